"""What the form says of a request before it leaves: what its operation takes, what it holds, what to know about it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.raw_request.form_text import MESSAGES_PATH, RequestText
from tui.raw_request.model import RawRequest
from tui.raw_request.sending import PreparedRequest, check, prepare
from tui.raw_request.variables import Variables
from tui.screens.console.preview import marks_of, options_words, section_of, show_known, show_request
from tui.screens.console.request_runner import prepare_typed
from tui.storage.connection import Connection
from tui.twilio.client import Client
from tui.twilio.operations import Parameter, find_operation

MESSAGES = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"


def test_the_useful_parameters_of_a_message_are_seen_at_eighty_columns():
    operation = find_operation("POST", MESSAGES)
    assert operation is not None
    shown = show_known(operation.body, "", 78).plain
    assert shown.startswith("takes To · From · MessagingServiceSid · Body · MediaUrl")
    assert len(shown) <= 78
    assert shown.endswith("more …")
    assert "Body" not in show_known(operation.body, "Body=x", 78).plain.split(" · ")


def test_names_that_lines_have_are_not_offered_again_even_when_switched_off():
    known = tuple(map(Parameter, ("To", "From", "StatusCallback", "MediaUrl", "Body")))
    assert show_known(known, "To=+1\n# Body = x\n\nMediaUrl", 78).plain == "takes From · MediaUrl · StatusCallback"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (RequestText(), "options 30 s · no retries · json"),
        (RequestText(timeout="5", delay="200", backoff=True), "options 5 s · no retries · json"),
        (
            RequestText(retries="2", delay="200", all_errors=True),
            "options 30 s · 2 retries · after 200 ms · on all errors · json",
        ),
        (
            RequestText(retries="x\x1b", backoff=True, response_type="text"),
            "options 30 s · x␛ retries · exponential · text",
        ),
    ],
)
def test_the_options_are_told_in_one_line(typed, words):
    assert options_words(typed).plain == words


@given(
    st.lists(st.builds(Parameter, st.text("abcXYZ", min_size=1, max_size=12), st.booleans()), max_size=60),
    st.integers(30, 300),
)
def test_all_that_is_taken_is_shown_or_counted_within_its_room(known, room):
    shown = show_known(tuple(known), "", room).plain
    names = [each.name for each in known]
    if not names:
        assert shown == ""
        return
    parts = shown.removeprefix("takes ").split(" · ")
    more = int(parts.pop().split()[0]) if shown.endswith("more …") else 0
    assert len(parts) + more == len(names)
    assert len(shown) <= room


@pytest.mark.parametrize(("rows", "width"), [(2, 78), (3, 78), (5, 90)])
async def test_the_end_of_a_long_address_is_seen_in_one_row(rows, width):
    async with Client(Connection("c", "auth_token", "AC" + "0" * 32, auth_token="1" * 32)) as client:
        prepared = prepare(client, RawRequest("POST", MESSAGES, form=(("Body", "x"),)))
    first = show_request(prepared, {}, width, rows).plain.split("\n")[0]
    assert first == "POST https://api.twilio.com/2010-04-01/Accounts/AC0000…0000/Messages.json"


def test_sections_say_what_they_hold_and_the_fullest_is_shown():
    typed = RequestText(
        "POST", "/x", "# off=1\na=1\n\nb=2", "X: y", "multipart", "f=@x", "text", retries="2", backoff=True
    )
    assert marks_of(typed) == {"query": "2", "headers": "1", "body": "multipart 1", "options": "3"}
    assert section_of(typed) == "body"
    assert section_of(RequestText(query="a=1", headers="X: y")) == "query"
    assert section_of(RequestText(headers="X: y", body="left over")) == "headers"
    assert section_of(RequestText(timeout="3")) == "options"
    assert marks_of(RequestText(body_kind="raw", body="x")) == {"body": "raw"}
    assert section_of(RequestText()) == "query"


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
