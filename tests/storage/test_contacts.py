"""The names of numbers: contacts.toml, read with what is wrong in it, written whole."""

from __future__ import annotations

import os
import stat
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.storage.contacts import (
    LONGEST_NAME,
    Contact,
    ContactsFile,
    clean_name,
    contact_name_problem,
    plain_address,
)
from tui.storage.errors import ConfigReadOnly, ConfigUnreadable, ConfigUnwritable

MAYA, JONAS = Contact("+14155550123", "Maya Lindqvist"), Contact("whatsapp:+4915112345678", "Jonas")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "config" / "contacts.toml"


def written(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return ContactsFile(path)


def test_without_a_file_there_is_no_name_and_none_is_written(path):
    assert ContactsFile(path).read().contacts == ()
    assert ContactsFile(path).stamp() == ()
    assert not path.parent.exists()


def test_names_are_written_for_the_owner_only_and_read_again(path):
    file = ContactsFile(path)
    file.put([MAYA, JONAS])
    stamp = file.stamp()
    assert ContactsFile(path).read().contacts == (MAYA, JONAS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    file.put([Contact(MAYA.address, "Maya")])
    assert file.stamp() != stamp
    assert [each.name for each in file.read().contacts] == ["Maya", "Jonas"]
    file.remove([MAYA.address, "+1999"])
    assert file.read().contacts == (JONAS,)


def test_a_file_written_by_hand_may_group_digits_and_what_this_version_does_not_know_stays(path):
    file = written(
        path,
        'colour = "red"\n[contacts]\n"+1 (415) 555-0123" = "Maya"\n'
        '"WhatsApp: +49 151 12345678" = "no address"\n"+44 7700 900456" = { name = "Chloé", team = "night" }\n',
    )
    assert file.read().contacts[0] == Contact("+14155550123", "Maya")
    assert file.read().contacts[2] == Contact("+447700900456", "Chloé")
    file.put([Contact("+14155550123", "Maya L."), Contact("+447700900456", "Chloé D.")])
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    assert document["colour"] == "red"
    assert document["contacts"]["+1 (415) 555-0123"] == "Maya L."
    assert document["contacts"]["+44 7700 900456"] == {"name": "Chloé D.", "team": "night"}
    assert "+14155550123" not in document["contacts"]


def test_what_cannot_be_read_is_said_and_the_rest_is_there(path):
    wrong = "\n".join(f'"+1415555{n:04}" = {n}' for n in range(20))
    read = written(
        path, f'[contacts]\n"+14155550123" = "Maya"\n"+1 415 555 0123" = "Twice"\n"+4930" = "030 123456"\n{wrong}\n'
    ).read()
    assert read.contacts == (Contact("+14155550123", "Maya"),)
    assert "stands there twice" in read.problems[0]
    assert "a number itself" in read.problems[1]
    assert len(read.problems) == 6
    assert "17 more" in read.problems[-1]


@pytest.mark.parametrize("text", ['[contacts]\n"+1" = ', "contacts = 3", '[contacts]\n"+1" = "a"\n"+1" = "b"'])
def test_a_file_that_cannot_be_read_is_never_written_over(path, text: str):
    file = written(path, text)
    with pytest.raises(ConfigUnreadable, match=r"contacts\.toml"):
        file.read()
    with pytest.raises(ConfigUnreadable):
        file.put([MAYA])
    with pytest.raises(ConfigUnreadable):
        file.remove([MAYA.address])
    assert path.read_text() == text


def test_a_newer_file_stays_as_it_is(path):
    text = 'schema = 2\n[contacts]\n"+14155550123" = "Maya"\n'
    file = written(path, text)
    with pytest.raises(ConfigReadOnly):
        file.put([JONAS])
    assert path.read_text() == text


def test_thousands_of_contacts_fit_and_more_than_can_be_read_again_are_refused_whole(path):
    file = ContactsFile(path)
    many = [Contact(f"+1415{n:07}", f"Somebody {n}") for n in range(10_000)]
    file.put(many)
    before = path.read_bytes()
    with pytest.raises(ConfigUnwritable, match="2 MB"):
        file.put([Contact(f"+4915{n:08}", "x" * LONGEST_NAME) for n in range(30_000)])
    assert path.read_bytes() == before
    assert file.read().contacts == tuple(many)


def test_a_pipe_or_a_folder_in_its_place_is_not_waited_for(path):
    path.parent.mkdir()
    os.mkfifo(path)
    with pytest.raises(ConfigUnreadable):
        ContactsFile(path).read()


ADDRESSES = st.from_regex(r"(whatsapp:)?\+[1-9][0-9]{6,14}", fullmatch=True) | st.from_regex(
    r"[0-9]{5,6}", fullmatch=True
)
NAMES = st.text(max_size=LONGEST_NAME).map(clean_name).filter(lambda name: not contact_name_problem(name))


@given(st.dictionaries(ADDRESSES, NAMES, max_size=8), st.dictionaries(ADDRESSES, NAMES, max_size=4))
def test_whatever_the_names_are_they_are_read_as_they_were_written(tmp_path_factory, first, second):
    file = ContactsFile(tmp_path_factory.mktemp("contacts") / "contacts.toml")
    for names in (first, second):
        file.put([Contact(address, name) for address, name in names.items()])
    read = file.read()
    assert {each.address: each.name for each in read.contacts} == {**first, **second}
    assert read.problems == ()


@given(st.text(max_size=200))
def test_a_cleaned_name_is_one_line_that_needs_no_cleaning(text: str):
    name = clean_name(text)
    assert clean_name(name) == name
    assert not any(each < " " for each in name)
    name.encode("utf-8")


@given(st.text(max_size=30))
def test_an_address_that_is_plain_stays_so(text: str):
    assert plain_address(plain_address(text)) == plain_address(text)
