"""Loading history: all of it, no day twice, empty stretches in few requests, through trouble, and never for ever."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime

import pytest

from tests.archive.list_server import NOW, ListServer, dated
from tests.archive.shelf import MemoryShelf
from tui.archive.coverage import Span
from tui.archive.history_load import AT_ONCE, FIRST_PAUSE, MOST_BAD_ANSWERS, HistoryLoad
from tui.archive.sync import DAY, LAG, Sync, instant
from tui.twilio.client import Client
from tui.twilio.messages import Filters, pages

TODAY = NOW // DAY


class Desk:
    """A server, what is kept of it, and a loading."""

    def __init__(self, server, client, shelf):
        self.server, self.shelf = server, shelf
        self.sync = Sync(client, self.shelf, clock=lambda: server.now)
        self.told = []
        self.pauses = []

    async def pause(self, seconds):
        self.pauses.append(seconds)
        await asyncio.sleep(0)

    def load(self, since=None):
        return HistoryLoad(
            self.sync,
            since,
            progressed=self.told.append,
            clock=lambda: datetime.fromtimestamp(self.server.now, UTC),
            sleep=self.pause,
        )

    def days_asked(self):
        return [path.rpartition("DateSent=")[2].partition("&")[0] for path in self.server.asked if "DateSent=" in path]


@pytest.fixture
async def desk():
    async with ListServer() as server, Client(server.connection) as client, MemoryShelf() as shelf:
        yield Desk(server, client, shelf)


def day(number):
    """The UTC day so many days before today."""
    return instant((TODAY - number) * DAY).date()


async def test_a_period_is_read_whole_newest_first_and_nothing_older(desk):
    desk.server.add_many(NOW - 3600 * n for n in range(1, 24 * 40))
    await desk.load(day(6)).run()
    since = (TODAY - 6) * DAY
    assert set(desk.shelf.messages) == desk.server.within(since, NOW)
    assert desk.shelf.coverage.spans == (Span(since, NOW - LAG),)
    assert desk.days_asked() == [day(n).isoformat() for n in range(7)]
    end = desk.told[-1]
    assert (end.finished, end.running, end.days_done, end.days_total, end.trouble) == (True, False, 7, 7, "")
    assert end.messages == len(desk.shelf.messages)
    assert end.reached == day(6)


async def test_a_busy_day_takes_as_many_pages_as_it_has(desk):
    desk.server.add_many((TODAY - 1) * DAY + n for n in range(2500))
    await desk.load(day(1)).run()
    assert len(desk.shelf.messages) == 2500
    assert len(desk.days_asked()) == 4


async def test_days_that_are_complete_are_not_read_again(desk):
    desk.server.add_many(NOW - 3600 * n for n in range(1, 24 * 12))
    await desk.load(day(3)).run()
    desk.server.asked.clear()
    await desk.load(day(6)).run()
    assert desk.days_asked() == [day(n).isoformat() for n in (4, 5, 6)]
    assert desk.told[-1].days_done == desk.told[-1].days_total == 7
    desk.server.asked.clear()
    await desk.load(day(6)).run()
    assert desk.server.asked == []


async def test_all_is_read_to_the_first_message_though_the_account_says_it_is_younger(desk):
    desk.server.made = NOW - 10 * DAY
    desk.server.add_many(NOW - DAY * n for n in range(1, 40))
    await desk.load().run()
    assert set(desk.shelf.messages) == set(desk.server.messages)
    assert desk.shelf.coverage.spans == (Span(0, NOW - LAG),)


@pytest.mark.parametrize("bounds", ["included", "excluded", "midnight"])
async def test_years_with_few_messages_take_few_requests(desk, bounds):
    desk.server.bounds = bounds
    desk.server.made = NOW - 3000 * DAY
    midnight = (TODAY - 2000) * DAY
    times = [NOW - 100, NOW - 5 * DAY, NOW - 900 * DAY, midnight, midnight - 1, midnight + DAY, NOW - 2900 * DAY]
    desk.server.add_many(times)
    await desk.load().run()
    assert set(desk.shelf.messages) == set(desk.server.messages)
    assert desk.shelf.coverage.spans == (Span(0, NOW - LAG),)
    assert len(desk.server.asked) < 160
    assert desk.told[-1].finished


async def test_an_account_whose_date_is_not_to_be_had_is_read_from_twilios_first_day_on(desk):
    desk.server.made = None
    desk.server.add(NOW - 4000 * DAY)
    await desk.load().run()
    assert desk.told[-1].finished
    assert len(desk.shelf.messages) == 1
    assert desk.shelf.coverage.newest == Span(0, NOW - LAG)


async def test_no_more_than_two_days_are_asked_for_at_once(desk):
    desk.server.add_many(NOW - 3600 * n for n in range(1, 24 * 20))
    under_way, most = set(), []
    real = desk.sync.read_page

    async def read_page(walk):
        under_way.add(walk)
        most.append(len(under_way))
        try:
            return await real(walk)
        finally:
            under_way.discard(walk)

    desk.sync.read_page = read_page
    await desk.load(day(15)).run()
    assert max(most) == AT_ONCE


async def test_429_is_waited_out_as_long_as_twilio_asks_and_the_wait_is_told(desk):
    desk.server.add_many(NOW - 3600 * n for n in range(1, 24 * 5))
    desk.server.waits = 17
    desk.server.failures = [429]
    await desk.load(day(4)).run()
    assert desk.pauses == [17.0]
    waiting = [told for told in desk.told if told.waiting_until]
    assert waiting
    assert waiting[0].waiting_until == instant(NOW + 17)
    assert "17 s" in waiting[0].trouble
    assert desk.told[-1].finished
    assert desk.told[-1].trouble == ""


async def test_trouble_of_the_network_is_tried_again_with_longer_and_longer_pauses(desk):
    desk.server.add_many(NOW - 3600 * n for n in range(1, 24 * 3))
    desk.server.failures = [500, "reset", "cut", 503, "reset", "cut"]
    await desk.load(day(2)).run()
    assert desk.told[-1].finished
    assert desk.pauses[0] == FIRST_PAUSE
    assert max(desk.pauses) > FIRST_PAUSE
    assert set(desk.shelf.messages) == desk.server.within((TODAY - 2) * DAY, NOW)


async def test_a_refusal_ends_it_with_a_sentence_and_a_later_run_goes_on_there(desk):
    desk.server.add_many(NOW - 3600 * n for n in range(1, 24 * 10))
    desk.server.before = lambda path: (
        desk.server.failures.append(403) if f"DateSent={day(4)}" in path and not desk.server.failures else None
    )
    await desk.load(day(8)).run()
    end = desk.told[-1]
    assert (end.finished, end.running) == (False, False)
    assert end.trouble
    # The day before the refused one may have been under way.
    assert desk.shelf.coverage.holds(Span((TODAY - 2) * DAY, NOW - LAG))
    desk.server.before = lambda _: None
    desk.server.asked.clear()
    await desk.load(day(8)).run()
    assert desk.told[-1].finished
    assert day(2).isoformat() not in desk.days_asked()


async def test_links_in_a_circle_end_it(desk):
    desk.server.add_many(NOW - 3600 * n for n in range(1, 24 * 3))
    real = desk.server.page
    account = desk.server.connection.account_sid
    desk.server.page = lambda *given: (
        real(*given) | {"next_page_uri": f"/Accounts/{account}/Messages.json?PageToken={NOW}-x"}
    )
    await desk.load(day(2)).run()
    assert "circle" in desk.told[-1].trouble
    assert len(desk.server.asked) <= AT_ONCE * (MOST_BAD_ANSWERS + 2)


async def test_stopped_at_any_request_it_goes_on_where_it_was_and_no_half_day_is_taken_for_whole(desk):
    desk.server.add_many((TODAY - n % 5) * DAY + n * 7 for n in range(1, 2200))
    stops = random.Random(5)
    for _ in range(30):
        task = asyncio.create_task(desk.load(day(5)).run())
        at = len(desk.server.asked) + stops.randrange(1, 5)
        desk.server.before = lambda _, at=at, task=task: task.cancel() if len(desk.server.asked) >= at else None
        try:
            await task
        except asyncio.CancelledError:
            assert not desk.told[-1].running
        else:
            break
        for span in desk.shelf.coverage.spans:
            assert desk.server.within(span.first, span.last) <= set(desk.shelf.messages)
    assert desk.told[-1].finished
    assert desk.server.within((TODAY - 5) * DAY, NOW) <= set(desk.shelf.messages)


async def test_a_day_is_whole_only_when_it_is_over(desk):
    desk.server.add_many(NOW - 600 * n for n in range(1, 300))
    desk.server.now = TODAY * DAY + 300
    desk.server.messages = {
        sid: one for sid, one in desk.server.messages.items() if desk.server.when(one) < desk.server.now
    }
    await desk.load(day(1)).run()
    assert desk.shelf.coverage.newest.last < desk.server.now
    late = desk.server.add(TODAY * DAY + 400)
    desk.server.now += 3600
    await desk.load(day(1)).run()
    assert late in desk.shelf.messages


async def test_a_message_that_was_deleted_elsewhere_goes_when_its_day_is_read(desk):
    sids = desk.server.add_many((TODAY - 2) * DAY + 600 * n for n in range(1, 20))
    async for loaded in pages(desk.sync.client, Filters()):
        await desk.shelf.keep(loaded.messages)
    del desk.server.messages[sids[3]]
    desk.server.change(sids[4], body="", date_updated=dated(NOW))
    await desk.load(day(3)).run()
    assert set(desk.shelf.messages) == set(desk.server.messages)
    assert desk.shelf.messages[sids[4]].body == ""


async def test_trouble_while_a_missing_message_is_asked_for_is_tried_again_as_well(desk):
    begin = (TODAY - 1) * DAY
    sids = desk.server.add_many(begin + n for n in range(1, 1200))
    async for loaded in pages(desk.sync.client, Filters(), page_size=1000):
        await desk.shelf.keep(loaded.messages)
    gone = sids[0]
    del desk.server.messages[gone]
    refused = []

    def refuse_once(path):
        if gone in path and not refused:
            refused.append(path)
            desk.server.failures.append(503)

    desk.server.before = refuse_once
    await desk.load(day(1)).run()
    assert refused
    assert desk.told[-1].finished, desk.told[-1].trouble
    assert set(desk.shelf.messages) == set(desk.server.messages)
