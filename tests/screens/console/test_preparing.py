"""What to know about a request before it leaves: what is likely a slip, where it goes, what cannot be sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.raw_request.form_text import MESSAGES_PATH, RequestText
from tui.raw_request.model import RawRequest
from tui.raw_request.sending import PreparedRequest, check
from tui.raw_request.variables import Variables
from tui.screens.console.preparing import prepare_typed
from tui.storage.connection import Connection
from tui.twilio.client import Client

SID = "AC" + "0" * 32


@dataclass
class Account:
    """As much of one as is looked at."""

    client: Client


def connection(**more):
    return Connection("acme", "auth_token", SID, auth_token="t" * 32, **more)


def notes(typed, **more):
    async def look():
        async with Client(connection(**more)) as client:
            return prepare_typed(Account(client), typed, Variables())

    ready = asyncio.run(look())
    assert isinstance(ready, PreparedRequest), ready
    return " ".join(ready.notes)


def problems(path):
    found = check(Client(connection()), RawRequest("GET", path))
    return [(problem.field, problem.reason) for problem in found]


@pytest.mark.parametrize(
    ("typed", "note"),
    [
        (RequestText("POST", "/x", body_kind="raw", body='{"a": 1,}'), "line 1, column 9"),
        (RequestText("POST", "/x", body_kind="raw", body='{"a": 1,}'), "It goes out as application/json"),
        (RequestText("POST", "/x", "", "Content-Type: text/plain", "raw", "{,"), "It goes out as text/plain"),
        (RequestText("POST", "/x", body_kind="raw", body="[1,\n NaN]"), "Not JSON"),
        (RequestText("POST", "/x", headers="Content-Type: application/json", body_kind="raw", body="a=b"), "Not JSON"),
        (RequestText("GET", "/x", body_kind="form", body="a=1"), "A GET with a body"),
        (RequestText("head", "/x", body_kind="multipart", body="a=1"), "A HEAD with a body"),
        (RequestText("POST", "/x", body_kind="raw", body="To=+1415&Body=a"), "+ means a blank"),
        (RequestText(path="/x", retries="2", delay="500", backoff=True), "The retry delay is not used"),
        (
            RequestText("POST", "/x", body_kind="raw", body="see $last.sid"),
            "$last in a raw body goes out as it is typed",
        ),
    ],
)
def test_what_is_likely_a_slip_is_noted(typed, note):
    assert note in notes(typed)


@pytest.mark.parametrize(
    "typed",
    [
        RequestText("POST", "/x", body_kind="raw", body='{"a": 1, "b": 1e400}'),
        RequestText("POST", "/x", body_kind="raw", body="a text with a + and a {"),
        RequestText("POST", "/x", body_kind="raw", body="To=%2B1415"),
        RequestText("POST", "/x", body_kind="form", body="To=+1415"),
        RequestText(path="/x", retries="2", delay="500"),
        RequestText("GET", "/x", body_kind="none", body="a=1"),
    ],
)
def test_what_is_as_it_should_be_is_not_noted(typed):
    assert notes(typed) == ""


def test_a_host_that_another_stands_for_is_named_and_so_is_a_region():
    docs = RequestText(path="https://messaging.twilio.com/v1/Services")
    assert "messaging.twilio.com" in notes(docs, base_url="http://127.0.0.1:4010/2010-04-01")
    in_ireland = notes(RequestText(path="https://api.twilio.com/2010-04-01/Accounts.json"), region="ie1")
    assert "https://api.dublin.ie1.twilio.com/2010-04-01/Accounts.json" in in_ireland
    assert notes(docs) == ""


@pytest.mark.parametrize("name", ["$FOO", "${FOO}", "$TWILIO_ACCOUNT_SIDS", "$1", "${"])
def test_a_variable_that_is_unknown_is_refused_by_name(name):
    assert problems(f"/Accounts/{name}/Messages.json") == [
        ("URL", f"{name} is no variable here, only $TWILIO_ACCOUNT_SID is.")
    ]


@pytest.mark.parametrize("path", ["/Messages/SM….json", "/Messages/SM....json", "/Messages/….json", "/{Sid}"])
def test_what_stands_for_a_value_is_refused(path):
    assert [field for field, _ in problems(path)] == ["URL"]


@given(
    st.text(st.characters(codec="ascii", exclude_characters="$#?{\\"), max_size=9), st.sampled_from(["…", "$X", "{A}"])
)
def test_no_placeholder_gets_through_wherever_it_stands(around, gap):
    assert problems(f"/a{around}{gap}/b.json")
    assert not problems(f"{MESSAGES_PATH}?To=$X…")
