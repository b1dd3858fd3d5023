"""Names of numbers in memory: whose name an address has, and what follows the file."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.services.contacts import Contacts
from tui.storage.contacts import Contact, ContactsFile
from tui.storage.errors import ConfigUnreadable


class Heard:
    def __init__(self) -> None:
        self.changes = 0
        self.notices: list[str] = []

    def changed(self) -> None:
        self.changes += 1


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "contacts.toml"


@pytest.fixture
async def contacts(path, heard):
    return Contacts(path, heard.changed, heard.notices.append)


async def test_a_number_has_its_name_in_every_channel_and_a_channel_may_have_its_own(contacts, heard):
    assert contacts.name_of("+14155550123") == ""
    await contacts.put("+14155550123", "Maya")
    await contacts.put("whatsapp:+4915112345678", "Jonas")
    assert contacts.name_of("whatsapp:+14155550123") == "Maya"
    assert contacts.name_of("+4915112345678") == "Jonas"
    await contacts.put("whatsapp:+14155550123", "Maya abroad")
    assert contacts.name_of("whatsapp:+14155550123") == "Maya abroad"
    assert contacts.name_of("rcs:+14155550123") == contacts.name_of("+14155550123") == "Maya"
    assert contacts.name_of("") == contacts.name_of("messenger:14155550123") == ""
    assert heard.changes == 3


async def test_two_people_of_one_name_are_both_found_by_it(contacts):
    await contacts.add([Contact("+14155550123", "Maya"), Contact("+14155550124", "Maya")])
    assert contacts.by_name() == {"Maya": ["+14155550123", "+14155550124"]}
    await contacts.remove("+14155550123")
    assert contacts.by_name() == {"Maya": ["+14155550124"]}


async def test_what_another_instance_wrote_is_read_and_only_then(contacts, heard, path):
    await contacts.read()
    ContactsFile(path).put([Contact("+14155550123", "Maya")])
    await contacts.read()
    assert contacts.name_of("+14155550123") == "Maya"
    await contacts.read()
    assert heard.changes == 1


async def test_names_stay_while_the_file_cannot_be_read_and_that_is_said_once(contacts, heard, path):
    await contacts.put("+14155550123", "Maya")
    path.write_text("[contacts\n")
    await contacts.read()
    await contacts.read()
    assert contacts.name_of("+14155550123") == "Maya"
    assert len(heard.notices) == 1
    assert "contacts.toml" in heard.notices[0]
    with pytest.raises(ConfigUnreadable):
        await contacts.put("+14155550123", "Other")
    assert path.read_text() == "[contacts\n"
    path.write_text("")
    await contacts.read()
    assert contacts.problems == ()
    assert contacts.name_of("+14155550123") == ""


async def test_a_file_is_followed_until_that_is_ended(heard, path, until):
    contacts = Contacts(path, heard.changed, heard.notices.append, pause=0.01)
    following = asyncio.create_task(contacts.follow())
    await until(None, lambda: contacts.loaded)
    ContactsFile(path).put([Contact("+14155550123", "Maya")])
    await until(None, lambda: contacts.name_of("+14155550123") == "Maya")
    following.cancel()


async def test_in_memory_names_are_kept_for_as_long_as_the_program_runs(heard):
    contacts = Contacts(None, heard.changed, heard.notices.append)
    await contacts.put("+14155550123", "Maya")
    await contacts.put("+14155550124", "Jonas")
    await contacts.remove("+14155550123")
    assert [each.name for each in contacts.entries()] == ["Jonas"]


async def test_a_name_is_alike_where_another_number_has_it_or_one_that_begins_so(contacts):
    await contacts.add(
        [
            Contact("+14155550123", "Customer Support Berlin"),
            Contact("whatsapp:+14155550123", "Customer Support Berlin"),
            Contact("+14155550124", "Customer Support Bonn"),
        ]
    )
    for address in ("+14155550123", "whatsapp:+14155550123"):
        assert not contacts.is_alike(address, "Customer Support Berlin")
        assert contacts.is_alike(address, "Customer Support B")
    assert contacts.is_alike("+14155550125", "Customer Support Bonn")
    assert not contacts.is_alike("+14155550125", "Somebody")


ADDRESSES = st.sampled_from(["+14155550123", "whatsapp:+14155550123", "rcs:+14155550123", "12345", "ACME"])


@given(names=st.dictionaries(ADDRESSES, st.sampled_from(["Maya", "Jonas", "Chloé"])), asked=ADDRESSES)
async def test_an_address_has_its_own_name_or_that_of_its_number_and_else_none(names, asked):
    contacts = Contacts(None, lambda: None, lambda _: None)
    await contacts.add(Contact(address, name) for address, name in names.items())
    found = contacts.name_of(asked)
    if asked in names:
        assert found == names[asked]
    elif asked.endswith("+14155550123"):
        same = [name for address, name in names.items() if address.endswith("+14155550123")]
        assert found == (names.get("+14155550123") or next(iter(same), ""))
    else:
        assert found == ""
