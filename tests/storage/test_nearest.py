"""Names in the configuration that mean nothing are told, with the known one they were probably meant for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.storage.checks import check, check_names
from tui.storage.connection import KINDS, REGIONS, Connection
from tui.storage.connections import Connections, load, save
from tui.storage.connections_toml import decode
from tui.storage.document import FIELDS
from tui.storage.nearest import nearest
from tui.storage.secrets import Secret, SecretMalformed

ENTRY = 'kind = "auth_token"\naccount_sid = "AC1"\n'


def told(text: str) -> list[str]:
    return [f"{each.reason} {each.remedy}" for each in check_names(decode(text.encode(), Path("connections.toml")))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"[connection.acme]\n{ENTRY}", "[connections.acme]"),
        (f"[Connections.acme]\n{ENTRY}", "[connections.acme]"),
        (f"[conections.acme]\n{ENTRY}", "[connections.acme]"),
        (f"[[connection]]\n{ENTRY}", "connections"),
        (f"[acme]\n{ENTRY}", "Write it as [connections.acme]"),
        (f"[twilio.acme]\n{ENTRY}", "Did you mean [connections.acme]?"),
        (ENTRY, "below [connections.NAME]"),
        ('deafult = "acme"', "Did you mean default?"),
        ("shema = 1", "Did you mean schema?"),
        ('[connections.acme]\nacount_sid = "AC1"', "acount_sid in the connection acme means nothing. Did you mean acc"),
        ('[connections.acme]\naccountSid = "AC1"', "account_sid"),
        ('[connections.acme]\nTWILIO_ACCOUNT_SID = "AC1"', "account_sid"),
        ('[connections.acme]\napi_secret = "x"', "api_key_secret"),
        ('[connections.acme]\ntoken = "x"', "auth_token"),
        ('[connections.acme]\nauth-token = "x"', "auth_token"),
        ('[connections.acme]\nregoin = "x"', "region"),
        ('[connections.acme]\nbase-url = "x"', "base_url"),
        ('[connections.acme]\nwebhookkey = "x"', "webhook_key"),
        ('[connections.acme]\nca_files = "x"', "ca_file"),
        ("[connections.acme]\nretention = 90", "history"),
        ("[connections.acme]\ncolor = 'red'", "colour"),
        ("[connections.acme]\nlowbalance = 20", "low_balance"),
        ("[connections.acme]\nthreshold = 20", "low_balance"),
        ("[connections.acme.auth_tokens]\nenv = 'X'", "auth_token"),
    ],
)
def test_a_mistyped_name_is_told_with_the_one_it_was_meant_for(text: str, words: str) -> None:
    assert len(told(text)) >= 1
    assert words in told(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        f"schema = 1\ndefault = 'acme'\n[connections.acme]\n{ENTRY}",
        f"[connections.acme]\n{ENTRY}note = 'x'\nowner = 'me'\ncomment = 'x'\n",
        "[theme]\nname = 'dark'\n[colors.light]\nred = 1\n",
        "schema = 99\n[connection.acme]\nacount_sid = 'x'",
    ],
)
def test_what_is_somebodys_own_or_a_newer_programs_bothers_nobody(text: str) -> None:
    assert told(text) == []


@settings(max_examples=50)
@given(st.sampled_from(FIELDS), st.data())
def test_one_wrong_letter_in_a_key_finds_it(field: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(field) - 1))
    change = data.draw(st.sampled_from(["left out", "doubled", "swapped", "capital"]))
    typo = {
        "left out": field[:at] + field[at + 1 :],
        "doubled": field[:at] + field[at] + field[at:],
        "swapped": field[: at - 1] + field[at] + field[at - 1] + field[at + 1 :],
        "capital": field.upper(),
    }[change]
    assert nearest(typo, FIELDS, {}) == field


def test_what_is_told_shows_no_value_and_stays_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "connections.toml"
    path.write_text(f"[connections.acme]\n{ENTRY}auth_tokn = 'hunter2'\n[connection.b]\nkind = 'hunter2'\n")
    loaded = load(path)
    assert [each.field for each in loaded.problems] == ["connection", "connections.acme.auth_tokn"]
    assert "hunter2" not in repr(loaded.problems)
    save(path, loaded.with_connection(Connection("new", "auth_token", "AC1", auth_token="x")))
    assert path.read_text().count("hunter2") == 2


def test_a_default_that_is_nobody_is_told_with_who_was_meant() -> None:
    (problem,) = Connections.from_document({"default": "amce", "connections": {"acme": {}, "zoo": {}}}).problems
    assert problem.remedy == "Did you mean acme?"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("apikey", "api_key"),
        ("API_KEY", "api_key"),
        ("token", "auth_token"),
        ("auth-token", "auth_token"),
        ("atuh_token", "auth_token"),
    ],
)
def test_a_mistyped_kind_is_told_with_the_one_it_was_meant_for(typed: str, meant: str) -> None:
    remedies = [each.remedy for each in check(Connection("a", typed, "AC1")) if each.field == "kind"]
    assert remedies == [f"Did you mean {meant}? Choose api_key or auth_token."]
    assert meant in KINDS


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("dublin", "ie1"), ("ie", "ie1"), ("us-1", "us1"), ("sydney", "au1"), ("jp", "jp1"), ("iel", "ie1")],
)
def test_a_mistyped_region_is_told_with_the_one_it_was_meant_for(typed: str, meant: str) -> None:
    remedies = [each.remedy for each in check(Connection("a", "x", "AC1", region=typed)) if each.field == "region"]
    assert remedies[0].startswith(f"Did you mean {meant}?")
    assert meant in REGIONS


@pytest.mark.parametrize(
    ("table", "meant"),
    [
        ({"evn": "A"}, "env"),
        ({"comand": ["op"]}, "command"),
        ({"key_ring": "a"}, "keyring"),
        ({"variable": "A"}, "env"),
    ],
)
def test_a_mistyped_source_of_a_secret_is_told_with_the_one_it_was_meant_for(table: object, meant: str) -> None:
    with pytest.raises(SecretMalformed) as caught:
        Secret.from_toml(table)
    assert caught.value.remedy.startswith(f"Did you mean {meant}?")


@pytest.mark.parametrize(
    ("typed", "meant"), [("never", "none"), ("Off", "none"), ("al", "all"), ("true", "all"), ("forever", "all")]
)
def test_a_mistyped_history_is_told_with_the_one_it_was_meant_for(typed: str, meant: str) -> None:
    problems = check(Connection("a", "x", "AC1", history=typed))
    remedies = [each.remedy for each in problems if each.field == "history"]
    assert remedies == [f"Did you mean {meant}? Give a number of days, all or none."]


@pytest.mark.parametrize(
    ("written", "meant"),
    [('"crimson"', "red"), ('"rde"', "red"), ('"violet"', "purple"), ('"blu"', "blue"), ('"#ff0000"', ""), ("5", "")],
)
def test_a_colour_that_is_none_is_told_with_the_one_it_was_meant_for_and_stays(
    written: str, meant: str, tmp_path: Path
) -> None:
    path = tmp_path / "connections.toml"
    path.write_text(f"[connections.acme]\n{ENTRY}colour = {written}\n")
    loaded = load(path)
    (problem,) = loaded.problems
    assert (problem.field, problem.reason) == ("connections.acme.colour", "The connection acme has an unknown colour.")
    choose = "Choose one of red, orange, yellow, green, blue, purple, grey, or leave it out."
    assert problem.remedy == (f"Did you mean {meant}? {choose}" if meant else choose)
    save(path, loaded.with_connection(replace(loaded["acme"], name="bakery", region="ie1"), replacing="acme"))
    assert f"colour = {written}" in path.read_text()


@pytest.mark.parametrize(("written", "read"), [("Red", "red"), (" grey", "grey"), ("GRAY", "grey"), ("", "")])
def test_a_colour_is_read_as_people_write_it(written: str, read: str) -> None:
    loaded = Connections.from_document({"connections": {"acme": {"colour": written}}})
    assert (loaded["acme"].colour, loaded.problems) == (read, ())


def test_the_beginning_of_one_known_word_is_enough() -> None:
    assert nearest("mes", ("last", "message_sid"), {}) == "message_sid"
    assert nearest("mes", ("message_sid", "messages"), {}) is None
