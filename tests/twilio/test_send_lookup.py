"""Looking for a send whose answer was lost: which messages may be it, and which never."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.sandbox.server import Sandbox
from tui.storage.connection import Connection
from tui.twilio.client import Client
from tui.twilio.drafts import Draft
from tui.twilio.errors import RequestFailed
from tui.twilio.messages import Message, send
from tui.twilio.send_lookup import (
    CLOCK_SKEW,
    MOST_PAGES,
    TRIAL_PREFIX,
    WINDOW,
    SendAttempt,
    ServerClock,
    fitting,
    is_stored_as,
    reconcile_send,
)

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TO, FROM, SERVICE = "+14155552671", "+14155550100", "MG" + "a" * 32
ATTEMPT = SendAttempt(TO, FROM, "Hello", NOW)
MADE = Message(
    "SM" + "1" * 32, direction="outbound-api", to=TO, from_=FROM, body="Hello", num_media=0, date_created=NOW
)


SAME_TIME = ServerClock()


def matches(attempt: SendAttempt, messages: Any, claimed: Any, clock: ServerClock = SAME_TIME) -> tuple[Message, ...]:
    return fitting(attempt, messages, claimed, clock, is_stored_as)


async def find_sent(client: Client, attempt: SendAttempt, claimed: Any) -> tuple[Message, ...]:
    findings = await reconcile_send(client, attempt, now=lambda: datetime.now(UTC))
    return matches(attempt, findings.messages, claimed, findings.clock or SAME_TIME)


def test_the_message_it_made_is_found() -> None:
    assert matches(ATTEMPT, [MADE], ()) == (MADE,)


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "hello"},
        {"body": "Hello "},
        {"body": ""},
        {"to": "+14155552672"},
        {"from_": "+14155550101"},
        {"direction": "inbound"},
        {"num_media": 1},
        {"date_created": None},
        {"date_created": NOW - CLOCK_SKEW - timedelta(seconds=1)},
        {"date_created": NOW + CLOCK_SKEW + WINDOW + timedelta(seconds=1)},
    ],
)
def test_another_message_is_not_taken_for_it(changes: dict[str, Any]) -> None:
    assert matches(ATTEMPT, [replace(MADE, **changes)], ()) == ()


def test_what_another_send_is_known_to_have_made_is_not_taken() -> None:
    assert matches(ATTEMPT, [MADE], {MADE.sid}) == ()


def test_a_clock_that_is_a_little_off_does_not_hide_it() -> None:
    for made in (NOW - CLOCK_SKEW, NOW + WINDOW):
        assert matches(ATTEMPT, [replace(MADE, date_created=made)], ())


def test_a_trial_accounts_prefix_is_looked_through() -> None:
    assert matches(ATTEMPT, [replace(MADE, body=TRIAL_PREFIX + "Hello")], ())


def test_a_service_is_the_sender_whatever_number_it_chose() -> None:
    by_service = replace(ATTEMPT, sender=SERVICE)
    assert matches(by_service, [replace(MADE, messaging_service_sid=SERVICE, from_="+14155550177")], ())
    assert not matches(by_service, [MADE], ())


def test_pictures_and_plain_texts_are_told_apart() -> None:
    picture = replace(MADE, sid="MM" + "1" * 32, num_media=1)
    assert matches(replace(ATTEMPT, media=True), [MADE, picture], ()) == (picture,)
    assert matches(ATTEMPT, [MADE, picture], ()) == (MADE,)


def test_a_send_without_text_and_pictures_cannot_be_recognised() -> None:
    assert matches(replace(ATTEMPT, body=""), [replace(MADE, body="")], ()) == ()


@given(st.sampled_from([MADE.sid, "SM2"]), st.text(max_size=3), st.text(max_size=3), st.integers(-2000, 2000))
def test_whatever_matches_has_the_same_text_in_its_window(sid: str, tried: str, there: str, seconds: int) -> None:
    attempt = replace(ATTEMPT, body=tried)
    message = replace(MADE, sid=sid, body=there, date_created=NOW + timedelta(seconds=seconds))
    if matches(attempt, [message], {MADE.sid}):
        assert sid != MADE.sid
        assert tried == there != ""
        assert -CLOCK_SKEW <= timedelta(seconds=seconds) <= WINDOW + CLOCK_SKEW


async def test_twins_are_both_found(sandbox: Sandbox, connection: Connection) -> None:
    draft = Draft(TO, sandbox.numbers[0], "twice")
    async with Client(connection) as client:
        attempt = SendAttempt(TO, sandbox.numbers[0], "twice", datetime.now(UTC))
        one, two = await send(client, draft), await send(client, draft)
        assert {m.sid for m in await find_sent(client, attempt, ())} == {one.sid, two.sid}
        assert [m.sid for m in await find_sent(client, attempt, {one.sid})] == [two.sid]
        assert await find_sent(client, replace(attempt, started_at=attempt.started_at - timedelta(days=1)), ()) == ()


def listing(made: datetime, link: str | None) -> bytes:
    row = {"sid": "SM" + "2" * 32, "to": TO, "date_created": format_datetime(made), "direction": "outbound-api"}
    return json.dumps({"messages": [row], "next_page_uri": link}).encode()


async def test_the_list_is_read_no_further_than_the_attempt(serve: Any, http: Callable[..., bytes]) -> None:
    wire = await serve(http(listing(NOW - timedelta(hours=1), "/2010-04-01/more?Page=1")))
    async with Client(wire.connection()) as client:
        assert await find_sent(client, ATTEMPT, ()) == ()
    assert len(wire.heard) == 1


async def test_a_list_too_long_to_read_proves_nothing(serve: Any, http: Callable[..., bytes]) -> None:
    async def reply(_: Any, writer: Any) -> None:
        writer.write(http(listing(NOW + timedelta(hours=1), f"/2010-04-01/more?Page={len(wire.heard)}")))

    wire = await serve(reply)
    async with Client(wire.connection()) as client:
        with pytest.raises(RequestFailed, match="too many newer messages"):
            await find_sent(client, ATTEMPT, ())
    assert len(wire.heard) == MOST_PAGES


async def test_a_message_that_slid_to_the_next_page_meanwhile_is_one(serve: Any, http: Callable[..., bytes]) -> None:
    row = {
        "sid": MADE.sid,
        "to": TO,
        "from": FROM,
        "body": "Hello",
        "direction": "outbound-api",
        "date_created": format_datetime(NOW),
    }

    async def reply(_: Any, writer: Any) -> None:
        link = "/2010-04-01/more?Page=1" if len(wire.heard) == 1 else None
        writer.write(http(json.dumps({"messages": [row], "next_page_uri": link}).encode()))

    wire = await serve(reply)
    async with Client(wire.connection()) as client:
        assert [found.sid for found in await find_sent(client, ATTEMPT, ())] == [MADE.sid]
    assert len(wire.heard) == 2
