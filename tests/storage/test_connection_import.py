"""Connections from TWILIO_* variables and the profiles of Twilio's tool, read as they are, no secret in a sentence."""

from __future__ import annotations

import json
import os
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.storage.checks import check
from tui.storage.connection import API_KEY, AUTH_TOKEN
from tui.storage.connection_import import (
    IN_KEY_RING,
    ProfilesUnreadable,
    from_environment,
    profiles_file,
    read_profiles,
)
from tui.storage.connections import Connection, Secret

AC, SK = "AC" + "1" * 32, "SK" + "2" * 32
HIDDEN = "do-not-show-me-7f3a"

# As versions 5 and 6 of the tool write it.
DOCUMENT = {
    "edge": None,
    "email": {},
    "requireProfileInput": None,
    "prompts": {"acked": True},
    "projects": [
        {"id": "old", "accountSid": AC, "region": "ie1"},
        {"id": "both", "accountSid": "AC" + "9" * 32},
    ],
    "profiles": {
        "default": {"accountSid": AC, "region": "us1", "apiKey": SK, "apiSecret": HIDDEN},
        "both": {"accountSid": AC, "apiKey": SK, "apiSecret": HIDDEN},
        "work": {"accountSid": AC, "region": "au1", "edge": "sydney", "apiKey": SK, "apiSecret": HIDDEN},
    },
    "activeProject": "work",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "config.json"


def test_profiles_are_connections_and_the_active_one_comes_first(place: Path) -> None:
    place.write_text(json.dumps(DOCUMENT))
    profiles = read_profiles(place)
    assert [profile.connection.name for profile in profiles] == ["work", "default", "both", "old"]
    assert [profile.active for profile in profiles] == [True, False, False, False]
    for profile in profiles[:3]:
        connection = profile.connection
        assert (connection.kind, connection.account_sid, connection.api_key_sid) == (API_KEY, AC, SK)
        assert connection.api_key_secret == Secret.literal(HIDDEN)
        assert (check(connection), profile.missing) == ((), "")
    assert [profile.connection.region for profile in profiles] == ["au1", "us1", None, "ie1"]
    assert HIDDEN not in repr(profiles)
    assert json.loads(place.read_text()) == DOCUMENT


@pytest.mark.parametrize(
    ("written", "region"),
    [
        ("dublin.ie1", "ie1"),
        ("IE1", "ie1"),
        (" sydney.au1\n", "au1"),
        ("ashburn.us1", "us1"),
        ("", None),
        ("x.y", "x.y"),
    ],
)
def test_a_region_may_stand_behind_its_edge(place: Path, written: str, region: str | None) -> None:
    profile = {"accountSid": AC, "region": written, "edge": "dublin", "apiKey": SK, "apiSecret": HIDDEN}
    place.write_text(json.dumps({"profiles": {"p": profile}}))
    assert read_profiles(place)[0].connection.region == region


def test_a_profile_whose_key_is_in_the_key_ring_says_so(place: Path) -> None:
    place.write_text(json.dumps({"projects": DOCUMENT["projects"], "activeProject": None, "plugins": {}}))
    old, both = read_profiles(place)
    assert (old.missing, both.missing) == (IN_KEY_RING, IN_KEY_RING)
    assert (old.connection.account_sid, old.connection.api_key_secret) == (AC, None)


def test_a_profile_that_holds_the_auth_token_is_one_of_that_kind(place: Path) -> None:
    place.write_text(json.dumps({"profiles": {"t": {"accountSid": AC, "apiKey": AC, "apiSecret": HIDDEN}}}))
    (profile,) = read_profiles(place)
    assert (profile.connection.kind, profile.missing) == (AUTH_TOKEN, "")
    assert profile.connection.auth_token == Secret.literal(HIDDEN)


@pytest.mark.parametrize("lacking", ["accountSid", "apiKey", "apiSecret"])
@pytest.mark.parametrize("instead", [None, "", "  ", 5, ["x"]])
def test_what_is_missing_is_named(place: Path, lacking: str, instead: object) -> None:
    fields = {"accountSid": AC, "apiKey": SK, "apiSecret": HIDDEN, lacking: instead}
    place.write_text(json.dumps({"profiles": {"p": fields}}))
    (profile,) = read_profiles(place)
    assert lacking in profile.missing
    assert HIDDEN not in profile.missing


def test_no_file_means_no_profiles(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert read_profiles(tmp_path / "nowhere" / "config.json") == ()
    assert read_profiles(tmp_path / "file" / "config.json") == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"profiles": {"p": {"apiSecret": "do-not-show-me-7f3a"}},', "line 1, column 58"),
        (b"", "line 1, column 1"),
        (b"\xff\xfe\x00do-not-show-me-7f3a", "not UTF-8"),
        (b'["do-not-show-me-7f3a"]', "no JSON object"),
        (b'{"profiles": ["do-not-show-me-7f3a"]}', "is no table"),
        (b'{"projects": {"do-not-show-me-7f3a": 1}}', "is no list"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a": ' + b"1" * 5000 + b"}", "too long"),
        (b" " * (1024 * 1024 + 1), "too large"),
    ],
)
def test_a_file_nobody_can_read_gets_a_sentence_without_what_is_in_it(place: Path, content: bytes, words: str) -> None:
    place.write_bytes(content)
    with pytest.raises(ProfilesUnreadable) as raised:
        read_profiles(place)
    assert words in str(raised.value)
    assert raised.value.remedy
    assert raised.value.__context__ is None
    assert "do-not-show-me" not in "".join(traceback.format_exception(raised.value))


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(ProfilesUnreadable):
            read_profiles(place)


def test_a_byte_order_mark_is_no_mistake(place: Path) -> None:
    place.write_bytes(b"\xef\xbb\xbf" + json.dumps(DOCUMENT).encode())
    assert len(read_profiles(place)) == 4


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["profiles", "projects"]), inner),
)
some_profiles = st.fixed_dictionaries(
    {},
    optional={
        "profiles": json_values | st.dictionaries(st.text(), json_values),
        "projects": json_values | st.lists(json_values),
        "activeProject": json_values,
    },
)


@given(document=some_profiles)
def test_no_document_breaks_the_reading(tmp_path_factory: pytest.TempPathFactory, document: object) -> None:
    place = tmp_path_factory.getbasetemp() / "any.json"
    place.write_text(json.dumps(document))
    try:
        profiles = read_profiles(place)
    except ProfilesUnreadable:
        return
    for profile in profiles:
        assert profile.connection.name
        connection = profile.connection
        assert profile.missing or connection.api_key_secret or connection.auth_token


def test_the_file_is_in_the_home_folder_that_the_environment_names() -> None:
    assert profiles_file({"HOME": "/home/maya"}) == Path("/home/maya/.twilio-cli/config.json")
    assert profiles_file({"HOME": "somewhere"}) is None
    assert profiles_file({}) is None


API = {"TWILIO_ACCOUNT_SID": AC, "TWILIO_API_KEY": SK, "TWILIO_API_SECRET": "hunter2"}
TOKEN = {"TWILIO_ACCOUNT_SID": AC, "TWILIO_AUTH_TOKEN": "hunter2"}


def test_an_api_key_in_the_environment_is_preferred_to_the_token():
    connection = from_environment({**API, **TOKEN, "TWILIO_REGION": "ie1"})
    assert connection == Connection(
        "environment",
        "api_key",
        AC,
        SK,
        Secret.env("TWILIO_API_SECRET"),
        Secret.env("TWILIO_AUTH_TOKEN"),
        "ie1",
    )
    assert check(connection) == ()


def test_a_token_in_the_environment_makes_a_connection():
    connection = from_environment(TOKEN)
    assert connection == Connection("environment", "auth_token", AC, auth_token=Secret.env("TWILIO_AUTH_TOKEN"))


def test_an_environment_without_credentials_makes_none():
    for lacking in ("TWILIO_ACCOUNT_SID", "TWILIO_API_SECRET", "TWILIO_API_KEY"):
        assert from_environment({**API, lacking: " "}) is None
    assert from_environment({}) is None


@pytest.mark.parametrize(
    ("names", "sid", "secret"),
    [
        ("KEY_SID KEY_SECRET", "KEY_SID", "KEY_SECRET"),
        ("KEY KEY_SECRET", "KEY", "KEY_SECRET"),
        ("KEY_SID SECRET", "KEY_SID", "SECRET"),
        ("KEY KEY_SID KEY_SECRET", "KEY_SID", "KEY_SECRET"),
        ("KEY SECRET KEY_SID KEY_SECRET", "KEY", "SECRET"),
    ],
)
def test_an_api_key_goes_by_two_names_and_what_belongs_together_goes_first(names: str, sid: str, secret: str) -> None:
    values = {f"TWILIO_API_{name}": f"SK{name}" for name in names.split()}
    connection = from_environment({"TWILIO_ACCOUNT_SID": AC, **values})
    assert connection is not None
    assert (connection.kind, connection.api_key_sid) == ("api_key", f"SK{sid}")
    assert connection.api_key_secret == Secret.env(f"TWILIO_API_{secret}")


def test_what_a_shell_or_a_file_adds_around_a_variable_is_dropped() -> None:
    told = {"TWILIO_ACCOUNT_SID": f'"{AC}"', "TWILIO_AUTH_TOKEN": "'t0ken'\r", "TWILIO_REGION": "\ufeffdublin.ie1 "}
    connection = from_environment(told)
    assert connection is not None
    assert (connection.account_sid, connection.region) == (AC, "ie1")
    assert connection.auth_token is not None
    assert connection.auth_token.reveal(environ=told) == "t0ken"


def test_the_address_printed_by_the_sandbox_gets_its_version_path():
    for told in ("http://127.0.0.1:4010", "http://127.0.0.1:4010/", "http://127.0.0.1:4010/2010-04-01"):
        connection = from_environment({**TOKEN, "TWILIO_BASE_URL": told})
        assert connection is not None
        assert connection.base_url == "http://127.0.0.1:4010/2010-04-01"
    broken = from_environment({**TOKEN, "TWILIO_BASE_URL": "http://[::1"})
    assert broken is not None
    assert [each.field for each in check(broken)] == ["base_url"]
