"""What is listed equals what the archive holds, whatever changes while rows are being found, matched and read."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Coroutine
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.archive.coverage import Coverage, Span
from tui.archive.layout import row_number, second_of
from tui.archive.query_parser import parse
from tui.archive.store import ArchiveChange
from tui.screens.messages.listing import GapLine
from tui.screens.messages.loader import MessageLoader
from tui.services.message_archive import SyncStatus
from tui.services.messages_at_hand import MessagesAtHand
from tui.twilio.errors import ApiError, RequestFailed
from tui.twilio.messages import Message


class Kept:
    """An archive that answers late: each answer is of the moment in which it was asked, or of a later one."""

    def __init__(self) -> None:
        self.rows: dict[int, Message] = {}
        self.coverage = Coverage()
        self.status = SyncStatus(connected=True, looked=True)
        self.more_below = self.more_to_load = False
        self.answers: list[int] = []
        """How many turns of the loop the next answers take, before and after they are looked up."""

    async def _late(self) -> None:
        for _ in range(self.answers.pop() if self.answers else 0):
            await asyncio.sleep(0)

    async def list_rows(self, limit: int | None = None) -> array[int]:
        return await self.find_rows(None, limit=limit)

    async def find_rows(self, query: Any, *, limit: int | None = None) -> array[int]:
        await self._late()
        found = sorted(row for row, message in self.rows.items() if self.fits(query, message))
        await self._late()
        return array("q", found[-limit:] if limit else found)

    async def matching(self, query: Any, rows: Any) -> set[int]:
        await self._late()
        found = {row for row in rows if row in self.rows and self.fits(query, self.rows[row])}
        await self._late()
        return found

    async def read(self, rows: Any) -> list[Message | None]:
        await self._late()
        found = [self.rows.get(row) for row in rows]
        await self._late()
        return found

    @staticmethod
    def fits(query: Any, message: Message) -> bool:
        return not query or message.status == "failed"

    def ask(self, query: Any) -> None:
        return None

    def put(self, sid: str, row: int | None, status: str) -> ArchiveChange:
        """Put, move or remove (None) one message."""
        before = next((each for each, message in self.rows.items() if message.sid == sid), None)
        if row in self.rows and row != before:
            row = before
        if before is not None:
            del self.rows[before]
        if row is not None:
            self.rows[row] = Message(sid, status)
        return ArchiveChange({sid: (before, row)} if (before, row) != (None, None) else {})


class Stage:
    """A screen as far as the loader knows one."""

    def __init__(self) -> None:
        self.tasks: dict[asyncio.Task[Any], str] = {}
        self.session = SimpleNamespace(opening="", account=None, refusal="", clock=lambda: datetime.now(UTC))
        self.workers = SimpleNamespace(cancel_group=lambda _, group: self.cancel(group))

    def work(self, task: Any, *, group: str, exclusive: bool = False, asks: bool = False) -> None:
        if exclusive:
            self.cancel(group)
        running: Coroutine[Any, Any, Any] = task() if callable(task) else task
        self.tasks[asyncio.get_running_loop().create_task(running)] = group

    def cancel(self, group: str) -> None:
        for task, its in self.tasks.items():
            if its == group:
                task.cancel()

    async def settle(self) -> None:
        while waiting := [task for task in self.tasks if not task.done()]:
            await asyncio.gather(*waiting, return_exceptions=True)
        for task in self.tasks:
            if not task.cancelled():
                task.result()


def loader_of(stage: Any, seen: list[Any] | None = None, needs_more: bool = False) -> MessageLoader:
    return MessageLoader(
        stage,
        listed=lambda places: seen.append(places) if seen is not None else None,
        updated=lambda rows: None,
        status_changed=lambda: None,
        needs_more=lambda: needs_more,
    )


STEPS = st.one_of(
    st.tuples(
        st.just("put"),
        st.sampled_from("ABCDEFG"),
        st.none() | st.integers(1, 9),
        st.sampled_from(["failed", "delivered"]),
    ),
    st.tuples(st.just("narrow"), st.booleans()),
    st.tuples(st.just("reread")),
    st.tuples(st.just("turns"), st.integers(1, 6)),
)


@settings(max_examples=120, deadline=None)
@given(steps=st.lists(STEPS, max_size=25), delays=st.lists(st.integers(0, 5), max_size=30))
def test_whatever_changes_meanwhile_the_list_ends_as_the_archive_is(steps: list[Any], delays: list[int]):
    async def play() -> None:
        kept, stage = Kept(), Stage()
        kept.answers = [*delays]
        for n in range(3):
            kept.put(f"old {n}", 20 + n, "failed" if n else "delivered")
        loader = loader_of(stage)
        loader.begin(kept)  # pyright: ignore
        for step in steps:
            match step:
                case ("put", sid, row, status):
                    loader.take(kept.put(sid, row, status))
                case ("narrow", on):
                    loader.narrow(parse("is:problem") if on else None)
                case ("reread",):
                    loader.reread()
                case (_, turns):
                    for _ in range(turns):
                        await asyncio.sleep(0)
        await stage.settle()
        wanted = sorted(row for row, message in kept.rows.items() if kept.fits(loader.query, message))
        assert list(loader.listing.numbers) == wanted
        assert list(loader.whole.numbers) == sorted(kept.rows)
        assert loader.at_hand is not None
        await loader.at_hand.read(loader.at_hand.missing(wanted))
        assert [loader.at_hand.get(row) for row in wanted] == [kept.rows[row] for row in wanted]
        assert not loader.state.counting

    asyncio.run(play())


@given(
    moves=st.lists(st.tuples(st.sampled_from("ABC"), st.none() | st.integers(1, 4)), max_size=6),
    turns=st.lists(st.integers(0, 3), max_size=6),
)
def test_a_message_at_hand_is_never_one_from_before_a_change(moves: list[Any], turns: list[int]):
    async def play() -> None:
        kept = Kept()
        for n, sid in enumerate("ABC", 1):
            kept.put(sid, n, "new")
        at_hand = MessagesAtHand(kept.read)
        reading = [asyncio.create_task(at_hand.read([1, 2, 3, 4]))]
        for number, (sid, row) in enumerate(moves):
            kept.answers = [turns[number % len(turns)]] * 2 if turns else []
            change = kept.put(sid, row, f"status {number}")
            reading.append(asyncio.create_task(at_hand.read(at_hand.take(list(change.rows.values())))))
            for _ in range(number % 3):
                await asyncio.sleep(0)
        await asyncio.gather(*reading)
        await at_hand.read(at_hand.missing(kept.rows))
        assert {row: at_hand.get(row) for row in kept.rows} == kept.rows

    asyncio.run(play())


def running(test: Any) -> Any:
    """A test as a coroutine over a loader of three messages."""

    async def play() -> None:
        kept, stage, seen = Kept(), Stage(), []
        for n in range(3):
            kept.put(f"SM{n}", 10 + n, "delivered" if n else "failed")
        loader = loader_of(stage, seen, needs_more=True)
        loader.begin(kept)  # pyright: ignore
        await stage.settle()
        await test(loader, kept, stage, seen)

    return lambda: asyncio.run(play())


@running
async def test_the_first_rows_are_at_hand_when_they_are_shown(loader, kept, stage, seen):
    assert loader.at_hand.missing([10, 11, 12]) == []


@running
async def test_dropping_a_query_shows_all_messages_at_once(loader, kept, stage, seen):
    loader.narrow(parse("is:problem"))
    await stage.settle()
    assert list(loader.listing.numbers) == [10]
    loader.narrow(None)
    assert list(loader.listing.numbers) == [10, 11, 12]


@running
async def test_while_a_query_is_looked_up_the_list_before_stays(loader, kept, stage, seen):
    loader.narrow(parse("is:problem"))
    assert list(loader.listing.numbers) == [10, 11, 12]
    assert loader.state.found == 0
    assert loader.state.counting


@running
async def test_a_change_says_where_messages_went(loader, kept, stage, seen):
    seen.clear()
    loader.take(kept.put("SM1", 15, "sent"))
    assert seen == [{11: 15}]


@running
async def test_where_all_may_be_another_what_is_shown_is_read_again_and_stays_until_then(loader, kept, stage, seen):
    held = loader.at_hand.get(10)
    kept.put("SM0", 10, "read")
    loader.reread()
    assert loader.at_hand.get(10) == held
    await stage.settle()
    assert loader.at_hand.get(10).status == "read"


@running
async def test_a_change_of_coverage_shows_the_gap(loader, kept, stage, seen):
    seen.clear()
    kept.coverage = Coverage((Span(0, 1), Span(5, 9)))
    loader.take(ArchiveChange(coverage=kept.coverage))
    assert loader.listing.at(0) == GapLine(Span(2, 4))
    assert seen == [{}]


@running
async def test_single_messages_below_all_that_is_complete_stand_below_a_gap(loader, kept, stage, seen):
    late = second_of(row_number(1_000_000))
    kept.coverage = Coverage((Span(late, late + 9),))
    loader.take(kept.put("SM9", row_number(late + 1), "delivered"))
    assert loader.listing.at(2) == GapLine(Span(0, late - 2))
    assert loader.listing.end_of_loaded == 2
    loader.take(ArchiveChange({sid: (row, None) for sid, row in (("SM0", 10), ("SM1", 11), ("SM2", 12))}))
    assert loader.listing.end_of_loaded == len(loader.listing) == 3


@running
async def test_what_a_query_names_is_asked_of_twilio_and_again_after_it_failed(loader, kept, stage, seen):
    asked = []

    class Search:
        complete, back_to, whole = False, None, True

        async def more(self):
            asked.append(len(asked))
            if len(asked) == 2:
                raise ApiError(500, None, "Oh")
            self.complete = len(asked) == 4
            return not self.complete

    kept.ask = lambda query: Search()
    loader.narrow(parse("to:+14155550123"))
    await stage.settle()
    assert len(asked) == 2
    assert loader.state.error is not None
    loader.read_older()
    await stage.settle()
    assert len(asked) == 2
    kept.look_now = lambda: None
    loader.look_again()
    await stage.settle()
    assert (len(asked), loader.state.complete, loader.state.error) == (4, True, None)


@running
async def test_of_a_query_that_twilio_was_asked_half_of_no_end_is_told(loader, kept, stage, seen):
    class Search:
        complete, whole, back_to = False, False, datetime(2026, 1, 1, tzinfo=UTC)

        async def more(self):
            self.complete = True
            return False

    kept.ask = lambda query: Search()
    loader.narrow(parse("to:+14155550123 or parcel"))
    await stage.settle()
    state = loader.state
    assert (state.searched, state.complete, state.back_to) == (False, False, None)


class Search:
    """Two lists of Twilio's with three pages each, of which the first ones are asked for one after the other."""

    def __init__(self) -> None:
        self.asked = 0
        self.complete, self.back_to, self.whole = False, None, True
        self.down = False

    async def more(self) -> bool:
        await asyncio.sleep(0)
        if self.down:
            raise RequestFailed("Down", "Wait.")
        self.asked += 1
        if self.asked > 1:
            self.back_to = datetime(2026, 1, 7 - self.asked, tzinfo=UTC)
        self.complete = self.asked == 6
        return not self.complete


@pytest.mark.parametrize(("turns", "needs_more", "asked"), [(0, False, 2), (9, False, 2), (0, True, 6), (9, True, 6)])
def test_a_search_asks_for_all_that_a_query_names_then_on_until_the_view_of_its_rows_is_full(turns, needs_more, asked):
    """Whether that is so shows when its own rows are found, not while all messages are still in view."""

    async def play() -> None:
        kept, stage = Kept(), Stage()
        loader = loader_of(stage)
        loader._needs_more = lambda: needs_more and loader.state.found is not None and not loader.state.counting
        kept.put("SM1", 10, "failed")
        loader.begin(kept)  # pyright: ignore
        await stage.settle()
        kept.answers, search = [turns, turns], Search()
        kept.ask = lambda query: search  # pyright: ignore
        loader.narrow(parse("is:problem"))
        await stage.settle()
        assert search.asked == asked

    asyncio.run(play())


@running
async def test_a_search_that_the_network_ended_goes_on_when_twilio_answers_again_and_not_before(
    loader, kept, stage, seen
):
    search = Search()
    kept.ask, search.down = (lambda query: search), True
    kept.status = SyncStatus(connected=True, looked=True, error=RequestFailed("Down", "Wait."))
    loader.narrow(parse("to:+14155550123"))
    loader.synced()
    await stage.settle()
    search.down = False
    loader.synced()
    await stage.settle()
    assert (search.asked, loader.state.error is None) == (0, False)
    kept.status = SyncStatus(connected=True, looked=True)
    loader.synced()
    await stage.settle()
    assert (search.complete, loader.state.error) == (True, None)


@running
async def test_a_query_from_before_the_connection_is_asked_of_twilio_once_there_is_one(loader, kept, stage, seen):
    loader.narrow(parse("to:+14155550123"))
    await stage.settle()
    search = Search()
    kept.ask = lambda query: search
    loader.synced()
    await stage.settle()
    assert search.complete


@running
async def test_older_messages_are_read_one_page_after_the_other_until_there_are_enough_or_none(
    loader, kept, stage, seen
):
    pages = [True, True, False]

    async def older():
        await asyncio.sleep(0)
        return pages.pop(0)

    kept.older, kept.more_below = older, True
    loader.read_older()
    loader.read_older()
    await stage.settle()
    assert pages == []


@pytest.mark.parametrize(("asked", "pages"), [(False, 1), (True, 2)])
def test_what_is_asked_for_while_a_page_comes_is_read_after_it(asked, pages):
    """A page's rows are there, and one can move to the last of them, before its reading has ended."""

    async def play() -> None:
        kept, stage = Kept(), Stage()
        loader = loader_of(stage, needs_more=False)
        loader.begin(kept)  # pyright: ignore
        await stage.settle()
        read: list[bool] = []

        async def older():
            await asyncio.sleep(0)
            if asked and not read:
                loader.read_on()
            read.append(True)
            return True

        kept.older, kept.more_below = older, True  # pyright: ignore
        loader.read_on()
        await stage.settle()
        assert len(read) == pages

    asyncio.run(play())


@pytest.mark.parametrize("fails", [False, True])
def test_a_gap_that_was_filled_or_could_not_be_is_filled_no_longer(fails):
    async def play() -> None:
        kept, stage = Kept(), Stage()
        loader = loader_of(stage)
        loader.begin(kept)  # pyright: ignore

        async def fill(gap):
            await asyncio.sleep(0)
            return not fails

        kept.fill = fill  # pyright: ignore
        loader.fill(Span(1, 2))
        assert loader.filling == Span(1, 2)
        await stage.settle()
        assert loader.filling is None

    asyncio.run(play())
