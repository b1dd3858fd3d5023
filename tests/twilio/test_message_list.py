"""The loaded list against the server's own, whatever happens in between: none twice, none missing, in order."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.storage.connection import Connection
from tui.twilio.client import Client, OutgoingRequest
from tui.twilio.drafts import Draft
from tui.twilio.errors import BadAnswer, NoAnswer, RequestFailed
from tui.twilio.exchange import HttpResponse, read_json
from tui.twilio.message_list import MOST_BARREN, MOST_PAGES_AT_THE_TOP, MessageList
from tui.twilio.messages import Filters, Message, fetch, page, send
from tui.twilio.url_policy import UrlPolicy

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass
class Account:
    """Stands for a client: a list that grows at the top, paged by anchors as Twilio pages it."""

    policy: UrlPolicy = field(default_factory=lambda: UrlPolicy.for_region(None))
    account_sid: str = "AC1"
    newest_first: list[dict[str, object]] = field(default_factory=list)
    count: int = 0
    asked: int = 0
    failing: int = 0

    def arrive(self, many: int) -> None:
        for _ in range(many):
            self.count += 1
            self.newest_first.insert(0, {"sid": f"SM{self.count:032x}", "status": "queued", "n": self.count})

    def change(self, place: int, status: str) -> None:
        if self.newest_first:
            row = self.newest_first[place % len(self.newest_first)]
            self.newest_first[place % len(self.newest_first)] = {**row, "status": status}

    async def exchange(self, outgoing: OutgoingRequest) -> HttpResponse:
        self.asked += 1
        await asyncio.sleep(0)
        if self.failing:
            self.failing -= 1
            raise NoAnswer("Broken off.", "Try again.", sent=True)
        query = {name: values[0] for name, values in parse_qs(urlsplit(outgoing.url).query).items()}
        size, below = int(query["PageSize"]), int(query.get("PageToken", self.count + 1))
        older = [row for row in self.newest_first if cast("int", row["n"]) < below]
        shown = older[:size]
        link = (
            f"/2010-04-01/Accounts/AC1/Messages.json?PageSize={size}&PageToken={shown[-1]['n']}"
            if older[size:]
            else None
        )
        content = json.dumps({"messages": shown, "next_page_uri": link}).encode()
        return HttpResponse(200, "OK", (), content, "HTTP/1.1", 0.0)

    async def document(self, answer: HttpResponse) -> dict[str, object]:
        return read_json(answer)


def feed_of(account: Account, size: int) -> MessageList:
    return MessageList(cast("Client", account), page_size=size)


def sids(rows: Iterable[Message | dict[str, object]]) -> list[str]:
    return [row.sid if isinstance(row, Message) else str(row["sid"]) for row in rows]


class Reading(RuleBasedStateMachine):
    """Arrivals, changes and deletions between readings from both ends."""

    @initialize(size=st.integers(1, 5), many=st.integers(0, 12))
    def begin(self, size: int, many: int) -> None:
        self.account = Account()
        self.account.arrive(many)
        self.feed = feed_of(self.account, size)
        self.size = size

    @rule(many=st.integers(1, 14))
    def messages_arrive(self, many: int) -> None:
        self.account.arrive(many)

    @rule(place=st.integers(0, 30), status=st.sampled_from(["queued", "sent", "delivered"]))
    def one_changes(self, place: int, status: str) -> None:
        self.account.change(place, status)

    @rule(place=st.integers(0, 30))
    def one_is_deleted_from_here(self, place: int) -> None:
        if rows := self.feed.rows:
            sid = rows[place % len(rows)].sid
            assert self.feed.forget(sid)
            self.account.newest_first = [row for row in self.account.newest_first if row["sid"] != sid]

    @rule()
    def read_older(self) -> None:
        before = len(self.feed.rows)
        change = asyncio.run(self.feed.older())
        assert change.added_below == len(self.feed.rows) - before

    @rule()
    def read_newer(self) -> None:
        started, before = self.feed.started, len(self.feed.rows)
        change = asyncio.run(self.feed.newer())
        assert change.restarted or change.added_at_top + change.added_below == len(self.feed.rows) - before
        if started:
            assert (
                sids(self.feed.rows[: self.size]) == sids(self.account.newest_first[: self.size])[: len(self.feed.rows)]
            )

    @rule(older=st.booleans())
    def reading_fails(self, older: bool) -> None:
        before = list(self.feed.rows)
        self.account.failing, asked = 1, self.account.asked
        try:
            asyncio.run(self.feed.older() if older else self.feed.newer())
        except RequestFailed:
            assert self.account.asked == asked + 1
        assert self.feed.rows == before
        self.account.failing = 0

    @invariant()
    def it_is_an_unbroken_piece_of_the_servers_list(self) -> None:
        if not hasattr(self, "feed"):
            return
        shown, whole = sids(self.feed.rows), sids(self.account.newest_first)
        assert len(set(shown)) == len(shown)
        if shown:
            start = whole.index(shown[0])
            assert whole[start : start + len(shown)] == shown
        if self.feed.started and not self.feed.more_below and shown:
            assert whole[-1] == shown[-1]
        assert all(self.feed.find(sid) is row for sid, row in zip(shown, self.feed.rows, strict=True))


TestReading = Reading.TestCase
TestReading.settings = settings(max_examples=120, stateful_step_count=20, deadline=None)


async def test_too_much_at_the_top_begins_the_list_anew() -> None:
    account = Account()
    account.arrive(4)
    feed = feed_of(account, 2)
    await feed.older()
    account.arrive(2 * MOST_PAGES_AT_THE_TOP + 1)
    change = await feed.newer()
    assert change.restarted
    assert sids(feed.rows) == sids(account.newest_first[: 2 * MOST_PAGES_AT_THE_TOP])
    while feed.more_below:
        await feed.older()
    assert sids(feed.rows) == sids(account.newest_first)


async def test_just_not_too_much_is_joined() -> None:
    account = Account()
    account.arrive(4)
    feed = feed_of(account, 2)
    await feed.older()
    account.arrive(2 * MOST_PAGES_AT_THE_TOP - 1)
    change = await feed.newer()
    assert not change.restarted
    assert change.added_at_top == 2 * MOST_PAGES_AT_THE_TOP - 1
    assert sids(feed.rows) == sids(account.newest_first[: len(feed.rows)])


async def test_a_reading_from_the_top_may_reach_below_what_is_loaded() -> None:
    account = Account()
    account.arrive(4)
    feed = feed_of(account, 2)
    await feed.older()
    gone = feed.rows[1].sid
    feed.forget(gone)
    account.newest_first = [row for row in account.newest_first if row["sid"] != gone]
    await feed.newer()
    assert sids(feed.rows) == sids(account.newest_first[:2])
    assert (await feed.older()).added_below == 1
    assert sids(feed.rows) == sids(account.newest_first)


async def test_an_unchanged_list_is_no_change() -> None:
    account = Account()
    account.arrive(3)
    feed = feed_of(account, 2)
    assert await feed.newer()
    assert not await feed.newer()
    account.change(0, "sent")
    change = await feed.newer()
    assert change.updated == {feed.rows[0].sid}


async def test_two_readings_at_once_do_not_double_anything() -> None:
    account = Account()
    account.arrive(9)
    feed = feed_of(account, 2)
    await asyncio.gather(feed.older(), feed.newer(), feed.older(), feed.newer())
    assert sids(feed.rows) == sids(account.newest_first[: len(feed.rows)])
    assert len(feed.rows) >= 2


# -- which of two states is the newer one ----------------------------------------------------------

LIFE = ["queued", "sending", "sent", "delivered"]


def state(status: str, seconds: float | None) -> Message:
    when = None if seconds is None else START + timedelta(seconds=int(seconds))
    return Message("SM1", status=status, body=status, date_updated=when)


@given(st.randoms(use_true_random=False), st.lists(st.floats(0, 3), min_size=4, max_size=4), st.booleans())
def test_states_may_arrive_in_any_order_and_the_newest_stays(
    chance: random.Random, times: list[float], dated: bool
) -> None:
    account = Account()
    account.arrive(1)
    account.newest_first[0]["sid"], account.newest_first[0]["status"] = "SM1", ""
    feed = feed_of(account, 5)
    asyncio.run(feed.older())
    told = [state(status, at if dated else None) for status, at in zip(LIFE, sorted(times), strict=True)]
    chance.shuffle(told)
    for message in told:
        feed.apply([message])
    assert feed.rows[0].status == "delivered"


def test_a_later_time_is_believed_in_all_but_a_status_that_went_back() -> None:
    account = Account()
    account.arrive(1)
    feed = feed_of(account, 5)
    asyncio.run(feed.older())
    known = replace(feed.rows[0], status="delivered", date_updated=START)
    assert feed.apply([known])
    emptied = replace(known, status="sent", body="", date_updated=START + timedelta(seconds=1))
    assert feed.apply([emptied]).updated == {known.sid}
    assert not feed.apply([known])
    assert feed.rows == [replace(emptied, status="delivered")]


async def test_a_message_deleted_while_an_answer_was_under_way_does_not_come_back() -> None:
    account = Account()
    account.arrive(3)
    feed = feed_of(account, 5)
    await feed.older()
    gone = feed.rows[1].sid
    assert feed.forget(gone)
    await feed.newer()
    assert sids(feed.rows) == [sid for sid in sids(account.newest_first) if sid != gone]


def test_what_is_not_loaded_is_neither_applied_nor_forgotten() -> None:
    feed = feed_of(Account(), 5)
    assert not feed.apply([Message("SM1")])
    assert not feed.forget("SM1")
    assert feed.find("SM1") is None
    assert feed.rows == []


# -- over a real socket ----------------------------------------------------------------------------


async def test_against_a_running_twilio_the_list_stays_whole(sandbox: Sandbox, connection: Connection) -> None:
    async with Client(connection) as client:
        feed = MessageList(client, page_size=50)
        assert (await feed.newer()).added_below == 50
        late = await fetch(client, (await send(client, Draft("+14155552671", sandbox.numbers[0], "hello"))).sid)
        for number in range(70):
            sandbox.receive("+14155559999", sandbox.numbers[0], f"number {number}")
        await feed.older()
        assert (await feed.newer()).added_at_top == 71
        while feed.more_below:
            await feed.older()
        whole = (await page(client, Filters(), page_size=1000)).messages
        assert sids(feed.rows) == sids(whole)
        while not (now := await fetch(client, late.sid)).final:
            pass
        # Twilio may have been quicker than the reading above.
        held = feed.find(late.sid)
        assert bool(feed.apply([now])) is (held != now)
        assert not feed.apply([late])
        assert feed.find(late.sid) == now


@pytest.mark.parametrize("kind", ["500-before", "reset-before", "truncated", "wrong-json", "html", "429"])
async def test_a_failed_reading_changes_nothing_and_can_be_made_again(
    sandbox: Sandbox, connection: Connection, kind: str
) -> None:
    async with Client(connection) as client:
        feed = MessageList(client, page_size=50)
        for read, length in ((feed.older, 0), (feed.older, 50), (feed.newer, 100)):
            sandbox.faults.add(Fault(kind))
            with pytest.raises(RequestFailed):
                await read()
            assert len(feed.rows) == length
            await read()


@pytest.mark.parametrize("circle", [True, False])
async def test_a_list_whose_links_never_end_is_not_followed_for_ever(circle: bool) -> None:
    asked = 0

    class Endless(Account):
        async def exchange(self, outgoing: OutgoingRequest) -> HttpResponse:
            nonlocal asked
            asked += 1
            link = f"/2010-04-01/Accounts/AC1/Messages.json?PageToken={1 if circle else asked}"
            messages = [{"sid": f"SM{1:032x}", "status": "sent"}] if circle else []
            content = json.dumps({"messages": messages, "next_page_uri": link}).encode()
            return HttpResponse(200, "OK", (), content, "HTTP/1.1", 0.0)

    feed = MessageList(cast("Client", Endless()))
    with pytest.raises(BadAnswer, match="without a further message"):
        while feed.more_below:
            await feed.older()
            assert asked <= MOST_BARREN + 1
    # Whoever asks again goes on from there.
    assert feed.more_below
