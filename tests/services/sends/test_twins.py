"""Sends that are alike, and messages that somebody else sent: one is settled only by what can be nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.cases import in_full
from tests.outbox import kept, sids_in
from tests.services.sends.little_twilio import RESET, LittleTwilio, Stored, as_json
from tests.services.sends.steps import look_up, submit
from tui.services.send_state import SendState
from tui.services.sends import SendService
from tui.storage.journal import JournalEntry, JournalState, SendJournal
from tui.twilio.client import Client
from tui.twilio.drafts import Draft

TO, FROM, SERVICE = "+14155552671", "+15005550006", "MG" + "a" * 32
DRAFT = Draft(TO, FROM, "Hello")


@pytest.fixture
async def twilio() -> AsyncIterator[LittleTwilio]:
    async with LittleTwilio() as running:
        running.answer = lambda _: RESET
        yield running


@pytest.fixture
async def client(twilio: LittleTwilio) -> AsyncIterator[Client]:
    async with Client(twilio.connection, timeout=5) as opened:
        yield opened


@pytest.fixture
def outbox() -> SendJournal:
    return SendJournal(None)


@pytest.fixture
def desk(client: Client, outbox: SendJournal) -> SendService:
    return at(client, outbox)


def at(client: Client, outbox: SendJournal) -> SendService:
    return SendService("c", client, outbox, lambda _: None, clock=outbox.now)


async def lose(desk: SendService, draft: Draft = DRAFT) -> JournalEntry:
    sending = await submit(desk, draft)
    assert sending is not None
    assert sending.entry.state is JournalState.UNKNOWN
    return sending.entry


def nothing_kept(twilio: LittleTwilio) -> None:
    twilio.store = lambda _: None


def late(twilio: LittleTwilio, count: int) -> None:
    """Messages that come to stand in the list only now."""
    for _ in range(count):
        twilio.messages.insert(0, twilio.message(TO, FROM, "Hello"))


# -- as many sends as messages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("made", range(5))
@pytest.mark.parametrize("open_ones", [1, 2, in_full(3)])
async def test_open_sends_that_are_alike_are_settled_by_as_many_messages_only(
    twilio: LittleTwilio, desk: SendService, outbox: SendJournal, open_ones: int, made: int
) -> None:
    nothing_kept(twilio)
    entries = [await lose(desk) for _ in range(open_ones)]
    late(twilio, made)
    looked = [await look_up(desk, entry) for entry in entries]
    expected = JournalState.ACCEPTED if made == open_ones else JournalState.UNKNOWN
    assert [sending.entry.state for sending in looked] == [expected] * open_ones
    sids = {sending.entry.sid for sending in looked}
    assert sids == ({message["sid"] for message in twilio.messages} if made == open_ones else {None})
    assert len(sids_in(outbox, twilio.connection.account_sid)) == (made if made == open_ones else 0)


async def test_a_send_that_was_marked_as_sent_owns_a_message_too(twilio: LittleTwilio, desk: SendService) -> None:
    nothing_kept(twilio)
    marked, other = await lose(desk), await lose(desk)
    await desk.mark_as_sent(SendState.of_entry(marked))
    late(twilio, 1)
    assert (await look_up(desk, other)).entry.state is JournalState.UNKNOWN
    late(twilio, 1)
    assert (await look_up(desk, other)).entry.state is JournalState.ACCEPTED


async def test_sends_that_differ_do_not_stand_in_each_others_way(twilio: LittleTwilio, desk: SendService) -> None:
    nothing_kept(twilio)
    entry = await lose(desk)
    await lose(desk, replace(DRAFT, body="Hello again"))
    await lose(desk, replace(DRAFT, to="+14155552672"))
    await lose(desk, replace(DRAFT, from_="+15005550007"))
    late(twilio, 1)
    assert (await look_up(desk, entry)).entry.state is JournalState.ACCEPTED


async def test_an_open_twin_of_long_ago_takes_nothing(
    twilio: LittleTwilio, client: Client, outbox: SendJournal
) -> None:
    nothing_kept(twilio)
    entry = await lose(at(client, outbox))
    outbox._file._database.execute(  # type: ignore[union-attr]
        "UPDATE sends SET started_at = ?, before = ''", ((datetime.now(UTC) - timedelta(hours=1)).isoformat(),)
    )
    new = await lose(at(client, outbox))
    late(twilio, 1)
    assert (await look_up(at(client, outbox), new)).entry.state is JournalState.ACCEPTED
    assert (await look_up(at(client, outbox), entry)).entry.state is JournalState.UNKNOWN


async def test_a_lost_send_does_not_take_the_message_of_one_under_way(
    tmp_path: Path, twilio: LittleTwilio, client: Client
) -> None:
    # Two instances on one journal: A waits for its answer, B is lost before anything was processed.
    with SendJournal(tmp_path / "o.sqlite3") as ours, SendJournal(tmp_path / "o.sqlite3", process="other") as theirs:
        a = await at(client, ours).begin(SendState(DRAFT, datetime.now(UTC)))
        b = await at(client, theirs).begin(SendState(DRAFT, datetime.now(UTC)))
        assert a is not None
        assert b is not None
        # A is processed at Twilio, B never arrives, and B looks before A has heard.
        twilio.messages.insert(0, twilio.message(TO, FROM, "Hello"))
        theirs.settle(b.entry.id, JournalState.UNKNOWN)
        looked = await look_up(at(client, theirs), b.entry)
        assert (looked.entry.state, looked.candidates) == (JournalState.UNKNOWN, 1)
        ours.settle(a.entry.id, JournalState.ACCEPTED, sid=twilio.messages[0]["sid"])
        looked = await look_up(at(client, theirs), b.entry)
        assert (looked.entry.state, looked.candidates) == (JournalState.UNKNOWN, 0)


async def test_twilios_own_word_corrects_what_a_look_gave(
    twilio: LittleTwilio, desk: SendService, outbox: SendJournal
) -> None:
    nothing_kept(twilio)
    one, two = await lose(desk), await lose(desk)
    late(twilio, 2)
    taken = (await look_up(desk, one)).entry.sid
    other = next(message["sid"] for message in twilio.messages if message["sid"] != taken)
    # Its late answer names the message that the look took for the other one's.
    assert outbox.settle(two.id, JournalState.ACCEPTED, sid=taken).sid == taken
    assert (kept(outbox, one).state, kept(outbox, one).sid) == (JournalState.ACCEPTED, other)


async def test_where_no_other_message_is_left_it_is_unknown_again(
    twilio: LittleTwilio, desk: SendService, outbox: SendJournal
) -> None:
    nothing_kept(twilio)
    one = await lose(desk)
    late(twilio, 1)
    sid = (await look_up(desk, one)).entry.sid
    two = await lose(desk)
    outbox.settle(two.id, JournalState.ACCEPTED, sid=sid)
    assert (kept(outbox, one).state, kept(outbox, one).sid) == (JournalState.UNKNOWN, None)


@pytest.mark.parametrize("words", ["Hello", "Good evening"])
async def test_one_whose_words_were_withdrawn_may_still_own_what_is_found_for_another(
    twilio: LittleTwilio, desk: SendService, outbox: SendJournal, words: str
) -> None:
    nothing_kept(twilio)
    first = await lose(desk)
    late(twilio, 1)
    (sid,) = [message["sid"] for message in twilio.messages]
    assert (await look_up(desk, first)).entry.sid == sid
    outbox.withdraw(twilio.connection.account_sid, {sid: False})
    # Twilio's own answer to another send names it: now nobody knows what became of the first, nor what it said.
    other = await lose(desk)
    outbox.settle(other.id, JournalState.ACCEPTED, sid=sid)
    assert (kept(outbox, first).state, kept(outbox, first).body) == (JournalState.UNKNOWN, "")
    third = await lose(desk, replace(DRAFT, body=words))
    twilio.messages.insert(0, twilio.message(TO, FROM, words))
    looked = await look_up(desk, third)
    assert (looked.entry.state, looked.candidates) == (JournalState.UNKNOWN, 1)


@pytest.mark.parametrize("made", [1, 2])
async def test_two_instances_that_look_at_once_take_no_message_twice(
    tmp_path: Path, twilio: LittleTwilio, client: Client, made: int
) -> None:
    nothing_kept(twilio)
    with SendJournal(tmp_path / "o.sqlite3") as ours, SendJournal(tmp_path / "o.sqlite3", process="other") as theirs:
        entries = [await lose(at(client, ours)), await lose(at(client, theirs))]
        late(twilio, made)
        for _ in range(3):
            await asyncio.gather(*(look_up(at(client, box), entry) for box in (ours, theirs) for entry in entries))
        states = [kept(ours, entry).state for entry in entries]
        assert states == [JournalState.ACCEPTED if made == 2 else JournalState.UNKNOWN] * 2
        assert len(sids_in(ours, twilio.connection.account_sid)) == (2 if made == 2 else 0)


# -- what somebody else sent -------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(minutes=10), timedelta(days=-1), timedelta(days=400)])
@pytest.mark.parametrize(
    "ago", [timedelta(), in_full(timedelta(seconds=1)), in_full(timedelta(seconds=30)), in_full(timedelta(seconds=110))]
)
async def test_a_message_that_stood_there_before_is_not_ours(
    twilio: LittleTwilio, desk: SendService, ahead: timedelta, ago: timedelta
) -> None:
    twilio.ahead = ahead
    made = format_datetime(twilio.now - ago)
    twilio.messages.insert(0, twilio.message(TO, FROM, "Hello", date_created=made))
    nothing_kept(twilio)
    looked = await look_up(desk, await lose(desk))
    assert (looked.entry.state, looked.candidates) == (JournalState.UNKNOWN, 0)


async def test_one_that_came_into_the_list_late_is_told_by_its_time(
    twilio: LittleTwilio, desk: SendService, outbox: SendJournal
) -> None:
    twilio.ahead = timedelta(minutes=10)
    nothing_kept(twilio)
    entry = await lose(desk)
    made = format_datetime(twilio.now - timedelta(seconds=10))
    twilio.messages.insert(0, twilio.message(TO, FROM, "Hello", date_created=made))
    looked = await look_up(desk, entry)
    assert (looked.entry.state, looked.candidates) == (JournalState.UNKNOWN, 0)


@pytest.mark.parametrize("ahead", [timedelta(minutes=m) for m in (-1440, -10, -3, 0, 3, 10, 1440, 600_000)])
async def test_a_clock_that_is_off_loses_nothing(twilio: LittleTwilio, desk: SendService, ahead: timedelta) -> None:
    twilio.ahead = ahead
    assert (await look_up(desk, await lose(desk))).entry.state is JournalState.ACCEPTED


async def test_a_clock_that_was_set_right_since_loses_nothing(twilio: LittleTwilio, client: Client) -> None:
    off = timedelta(days=1)
    outbox = SendJournal(None, clock=lambda: datetime.now(UTC) + off)
    entry = await lose(at(client, outbox))
    off = timedelta()
    assert (await look_up(at(client, outbox), entry)).entry.state is JournalState.ACCEPTED


async def test_a_server_that_does_not_say_what_time_it_is_is_believed_within_two_minutes(
    twilio: LittleTwilio, desk: SendService
) -> None:
    twilio.dated, twilio.ahead = False, timedelta(seconds=90)
    assert (await look_up(desk, await lose(desk))).entry.state is JournalState.ACCEPTED
    twilio.messages.clear()
    twilio.ahead = timedelta(minutes=30)
    assert (await look_up(desk, await lose(desk))).entry.state is JournalState.UNKNOWN


async def test_a_list_that_cannot_be_read_before_keeps_no_send_back(twilio: LittleTwilio, desk: SendService) -> None:
    listed = twilio._list
    twilio._list = lambda _: as_json({"code": 20429}, "429 Too Many Requests")  # type: ignore[method-assign]
    entry = await lose(desk)
    assert len(twilio.posts) == 1
    twilio._list = listed  # type: ignore[method-assign]
    assert (await look_up(desk, entry)).entry.state is JournalState.ACCEPTED


# -- what Twilio refused -----------------------------------------------------------------------------------------


def refused(twilio: LittleTwilio, code: int = 21610, status: str = "failed") -> Stored:
    return twilio.message(TO, FROM, "Hello", status=status, error_code=code, error_message="Refused.")


@pytest.mark.parametrize(
    ("code", "status", "state"),
    [
        (21610, "failed", JournalState.REJECTED),
        (21211, "failed", JournalState.REJECTED),
        (21999, "failed", JournalState.REJECTED),
        (30008, "failed", JournalState.ACCEPTED),
        (30034, "undelivered", JournalState.ACCEPTED),
        (21610, "undelivered", JournalState.ACCEPTED),
    ],
)
async def test_a_lost_send_that_twilio_refused_is_rejected_with_the_code(
    twilio: LittleTwilio, desk: SendService, outbox: SendJournal, code: int, status: str, state: JournalState
) -> None:
    twilio.store = lambda _: refused(twilio, code, status)
    looked = await look_up(desk, await lose(desk))
    assert (looked.entry.state, looked.entry.code) == (state, code if state is JournalState.REJECTED else None)
    assert looked.entry == kept(outbox, looked.entry)
    assert looked.entry.sid == twilio.messages[0]["sid"]
    assert (looked.problem is not None) == (state is JournalState.REJECTED)


async def test_a_refusal_that_was_heard_is_not_taken_for_a_lost_send(twilio: LittleTwilio, desk: SendService) -> None:
    twilio.store = lambda _: refused(twilio)
    twilio.answer = lambda _: as_json({"code": 21610, "message": "Refused.", "status": 400}, "400 Bad Request")
    heard = await submit(desk, DRAFT)
    assert heard is not None
    assert (heard.entry.state, heard.entry.code, heard.entry.sid) == (JournalState.REJECTED, 21610, None)
    refusals = list(twilio.messages)
    twilio.messages.clear()
    nothing_kept(twilio)
    twilio.answer = lambda _: RESET
    entry = await lose(desk)
    # The refused one came into the list only now.
    twilio.messages.extend(refusals)
    looked = await look_up(desk, entry)
    assert (looked.entry.state, looked.candidates) == (JournalState.UNKNOWN, 0)
    late(twilio, 1)
    assert (await look_up(desk, entry)).entry.state is JournalState.ACCEPTED


async def test_a_refused_one_beside_one_that_was_taken_stays_unknown(twilio: LittleTwilio, desk: SendService) -> None:
    nothing_kept(twilio)
    entry = await lose(desk)
    twilio.messages.insert(0, refused(twilio))
    late(twilio, 1)
    assert (await look_up(desk, entry)).entry.state is JournalState.UNKNOWN
