"""Reading the list into an archive: what is claimed to be complete is, whatever the server does between two pages."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.archive.list_server import NOW, ListServer, dated
from tests.archive.shelf import MemoryShelf
from tui.archive.coverage import Coverage, Span
from tui.archive.history_load import HistoryLoad
from tui.archive.sync import DAY, LAG, MOST_BARREN, MOST_PAGES_AT_THE_TOP, PAGE_SIZE, ListProof, Sync
from tui.storage.errors import ArchiveUnavailable
from tui.twilio.client import Client
from tui.twilio.errors import BadAnswer, RequestFailed
from tui.twilio.messages import Filters, Message, Page


@pytest.fixture
async def server() -> AsyncIterator[ListServer]:
    async with ListServer() as server:
        yield server


@pytest.fixture
async def shelf() -> AsyncIterator[MemoryShelf]:
    async with MemoryShelf() as shelf:
        yield shelf


@pytest.fixture
async def sync(server, shelf) -> AsyncIterator[Sync]:
    async with Client(server.connection) as client:
        yield Sync(client, shelf, clock=lambda: server.now)


def claimed(shelf, server):
    """SIDs that are claimed to be in the archive: what the server has in the spans that are complete."""
    return {sid for span in shelf.coverage.spans for sid in server.within(span.first, span.last)}


def asked(server, name):
    return [path for path in server.asked if name in path]


# -- the top ----------------------------------------------------------------------------------------


async def test_the_first_look_reads_one_page_and_claims_down_to_just_above_its_last_second(server, shelf, sync):
    server.add_many(NOW - 60 * n for n in range(1, 200))
    await sync.head()
    assert len(shelf.messages) == PAGE_SIZE
    assert shelf.coverage.spans == (Span(NOW - 60 * PAGE_SIZE + 1, NOW - LAG),)


async def test_messages_of_the_last_second_on_a_page_are_not_taken_for_all_of_that_second(server, shelf, sync):
    server.add_many([NOW - 100] * 40 + [NOW - 200] * 40)
    await sync.head()
    assert shelf.coverage.spans == (Span(NOW - 199, NOW - LAG),)
    while await sync.older():
        pass
    assert set(shelf.messages) == set(server.messages)


async def test_a_list_that_ends_is_complete_from_the_beginning_on(server, shelf, sync):
    server.add_many([NOW - 100, NOW - DAY])
    await sync.head()
    assert shelf.coverage.spans == (Span(0, NOW - LAG),)


async def test_an_account_without_messages_is_complete(server, shelf, sync):
    await sync.head()
    assert shelf.coverage.spans == (Span(0, NOW - LAG),)
    assert not await sync.older()


async def test_without_a_clock_of_the_servers_nothing_after_its_newest_message_is_claimed(server, shelf, sync):
    server.dates = False
    server.add_many([NOW - 100, NOW - 100, NOW - DAY])
    await sync.head()
    assert shelf.coverage.spans == (Span(0, NOW - 101),)


async def test_a_server_whose_clock_is_ahead_does_not_make_known_what_has_yet_to_come(server, shelf, sync):
    server.ahead = 3 * 3600
    server.add_many(NOW - 60 * n for n in range(1, 200))
    await sync.head()
    server.now += 3600
    server.add_many(NOW + n for n in range(120))
    await sync.head()
    assert claimed(shelf, server) <= set(shelf.messages)
    assert len(shelf.coverage.spans) == 1


async def test_a_message_of_the_far_future_does_not_make_known_what_comes_before_it(server, shelf, sync):
    server.dates = False
    server.add_many(NOW - 60 * n for n in range(1, 200))
    server.add(NOW + 400 * DAY)
    await sync.head()
    server.now += 3600
    server.add_many(NOW + n for n in range(120))
    await sync.head()
    assert claimed(shelf, server) <= set(shelf.messages)


async def test_a_day_that_has_yet_to_end_is_not_whole_because_the_servers_clock_is_ahead(server, shelf, sync):
    server.ahead = DAY
    server.add(NOW - 60)
    walk = sync.walk_day(NOW // DAY)
    await sync.read_page(walk)
    assert shelf.coverage.newest.last < NOW
    assert not await sync.is_empty(Span(NOW + 10, NOW + 100))


async def test_a_clock_of_this_machine_that_is_behind_keeps_nothing_from_being_claimed(server, shelf):
    server.add_many([NOW - 100, NOW - DAY])
    async with Client(server.connection) as client:
        await Sync(client, shelf, clock=lambda: NOW - 2 * DAY).head()
    assert shelf.coverage.spans == (Span(0, NOW - LAG),)


async def test_later_looks_read_until_what_is_known_is_met(server, shelf, sync):
    server.add_many(NOW - 60 * n for n in range(1, 200))
    await sync.head()
    server.now += 3600
    server.add_many(NOW + n for n in range(120))
    before = len(server.asked)
    await sync.head()
    assert len(server.asked) - before == 3
    assert len(shelf.coverage.spans) == 1
    assert claimed(shelf, server) <= set(shelf.messages)
    assert shelf.coverage.newest == Span(NOW - 60 * PAGE_SIZE + 1, NOW + 3600 - LAG)


async def test_a_look_that_finds_nothing_new_writes_nothing(server, shelf, sync):
    server.add_many([NOW - 100, NOW - DAY])
    await sync.head()
    server.now += 4
    before = shelf.coverage
    await sync.head()
    assert shelf.coverage is before
    server.now += 3600
    await sync.head()
    assert shelf.coverage.newest == Span(0, NOW + 3604 - LAG)


@pytest.mark.landing
async def test_after_too_much_that_is_new_a_gap_is_left_and_can_be_filled(server, shelf, sync):
    server.add_many(NOW - 60 * n for n in range(1, 200))
    await sync.head()
    server.now += 2_000
    server.add_many(NOW + n for n in range(1_200))
    await sync.head()
    assert len(shelf.messages) == PAGE_SIZE * (MOST_PAGES_AT_THE_TOP + 1)
    assert claimed(shelf, server) <= set(shelf.messages)
    (gap,) = shelf.coverage.gaps()
    await sync.fill(gap)
    assert shelf.coverage.gaps() == ()
    assert claimed(shelf, server) == set(shelf.messages)


async def test_what_was_deleted_elsewhere_goes_at_the_next_look(server, shelf, sync):
    sids = server.add_many([NOW - 100, NOW - 200, NOW - 300])
    await sync.head()
    del server.messages[sids[1]]
    await sync.head()
    assert set(shelf.messages) == {sids[0], sids[2]}


async def test_what_is_not_listed_but_still_there_stays_and_is_not_asked_for_each_time(server, shelf, sync):
    sids = server.add_many([NOW - 100, NOW - 200, NOW - 300])
    await sync.head()
    server.list_hides = {sids[1]}
    await sync.head()
    await sync.head()
    assert set(shelf.messages) == set(sids)
    assert len(asked(server, sids[1])) == 1


async def test_what_was_redacted_elsewhere_is_redacted_at_the_next_look(server, shelf, sync):
    sid = server.add(NOW - 100)
    await sync.head()
    server.change(sid, body="")
    await sync.head()
    assert shelf.messages[sid].body == ""


# -- further down -----------------------------------------------------------------------------------


@pytest.mark.parametrize("bounds", ["included", "excluded", "midnight"])
@pytest.mark.parametrize("by", ["sent", "created"])
async def test_however_the_server_takes_its_bounds_all_is_read_page_by_page_down_to_the_first(
    server, shelf, sync, bounds, by
):
    server.bounds, server.by = bounds, by
    chance = random.Random(4)
    for _ in range(700):
        created = NOW - chance.randrange(60, 20 * DAY)
        server.add(created, min(created + chance.choice([0, 1, 5, 4000]), NOW - 10))
    await sync.head()
    while await sync.older():
        assert claimed(shelf, server) <= set(shelf.messages)
    assert shelf.coverage.spans == (Span(0, NOW - LAG),)
    assert set(shelf.messages) == set(server.messages)


async def test_scrolling_goes_on_by_the_servers_links(server, shelf, sync):
    server.add_many(NOW - 60 * n for n in range(1, 400))
    await sync.head()
    for _ in range(3):
        assert await sync.older()
    assert len(asked(server, "PageToken")) == 2
    assert len(server.asked) == 4
    assert len(shelf.messages) == 4 * PAGE_SIZE - 2


async def test_scrolling_goes_on_where_all_that_was_complete_is_lost_meanwhile(server, shelf, sync):
    # More than a large page of one second, so that a page proves nothing by itself.
    server.add_many([NOW - 100] * 2200)
    await sync.head()

    def lose(path):
        # As where the file is found damaged, and begun anew.
        shelf.coverage = Coverage()

    server.before = lose
    assert await sync.older()


async def test_a_failed_page_can_be_asked_for_again(server, shelf, sync):
    server.add_many(NOW - 60 * n for n in range(1, 200))
    await sync.head()
    for failure in (500, 429, "reset", "cut"):
        server.failures = [failure]
        with pytest.raises(RequestFailed):
            await sync.older()
    while await sync.older():
        pass
    assert set(shelf.messages) == set(server.messages)


async def test_a_gap_is_filled_with_what_is_missing_and_not_much_more(server, shelf, sync):
    server.add_many(NOW - 600 * n for n in range(1, 3000))
    await sync.head()
    await shelf.keep((), Span(0, NOW - 10 * DAY))
    (gap,) = shelf.coverage.gaps()
    before = len(server.asked)
    await sync.fill(gap)
    assert len(server.asked) - before == 2
    assert shelf.coverage.spans == (Span(0, NOW - LAG),)
    assert server.within(gap.first, gap.last) <= set(shelf.messages)


async def read_again(server, sync, days):
    """Read so many days anew, whatever is complete of them."""
    since = datetime.fromtimestamp(NOW - days * DAY, UTC).date()
    await HistoryLoad(sync, since, again=True, clock=lambda: datetime.fromtimestamp(server.now, UTC)).run()


async def test_reading_anew_notices_what_was_changed_and_deleted_far_down(server, shelf, sync):
    sids = server.add_many(NOW - 6000 * n for n in range(1, 200))
    await sync.head()
    while await sync.older():
        pass
    gone, redacted = sids[100], sids[120]
    del server.messages[gone]
    server.change(redacted, body="")
    await read_again(server, sync, 12)
    assert set(shelf.messages) == set(server.messages)
    assert shelf.messages[redacted].body == ""


async def test_reading_anew_asks_also_for_what_was_found_a_moment_ago(server, shelf, sync):
    first, second = server.add_many([NOW - 600, NOW - 700])
    await sync.head()
    server.list_hides = {first}
    await read_again(server, sync, 1)
    assert set(shelf.messages) == {first, second}
    del server.messages[first]
    await read_again(server, sync, 1)
    assert set(shelf.messages) == {second}


# -- odd servers ------------------------------------------------------------------------------------


def link_to(server, path):
    """The server's pages link to a path from now on."""
    real = server.page

    def page(*given):
        return real(*given) | {"next_page_uri": path}

    server.page = page


async def test_links_that_run_in_a_circle_are_an_error(server, shelf, sync):
    server.add_many(NOW - 60 * n for n in range(1, 200))
    await sync.head()
    link_to(server, f"/Accounts/{server.connection.account_sid}/Messages.json?PageToken={NOW}-x")
    with pytest.raises(BadAnswer, match="circle"):
        await sync.fill(Span(0, NOW - DAY))


async def test_pages_without_end_and_without_news_are_an_error(server, shelf, sync):
    server.add_many(NOW - 60 * n for n in range(1, 20))
    real, count = server.page, iter(range(10**6))
    server.page = lambda *given: (
        real(*given) | {"next_page_uri": f"/Accounts/{'AC' + '0' * 32}/Messages.json?n={next(count)}"}
    )
    with pytest.raises(BadAnswer, match="without a further message"):
        await sync.fill(Span(0, NOW - DAY))
    assert len(server.asked) <= MOST_BARREN + 3


@pytest.mark.parametrize(
    "odd",
    [
        {"date_sent": "soon", "date_created": 7},
        {"date_created": None, "date_sent": None},
        {"sid": None},
        {"status": None, "num_media": "many", "price": "NaN"},
        {"date_sent": dated(NOW + 900 * DAY)},
    ],
)
async def test_odd_messages_are_kept_or_passed_over_and_the_rest_is_read(server, shelf, sync, odd):
    sids = server.add_many(NOW - 60 * n for n in range(1, 120))
    server.oddly = {sids[30]: odd}
    await sync.head()
    while await sync.older():
        pass
    assert set(sids) - {sids[30]} <= set(shelf.messages)
    assert shelf.coverage.newest is not None
    assert shelf.coverage.newest.first == 0


# -- what is claimed --------------------------------------------------------------------------------


messages = st.lists(
    st.builds(
        lambda at, wait, number: Message(
            f"SM{number}", "sent", date_created=_at(at - wait), date_sent=_at(at) if number % 5 else None
        ),
        st.integers(100, 160),
        st.integers(0, 20),
        st.integers(0, 10**9),
    ),
    max_size=40,
    unique_by=lambda each: each.sid,
)


def _at(second):
    from tui.archive.sync import instant

    return instant(second)


def when(message):
    return int(message.when.timestamp())


@given(messages, st.integers(1, 7), st.booleans(), st.booleans())
def test_a_proof_never_claims_a_second_of_which_a_later_page_has_messages(listed, size, dates, delays_seen):
    """By time of sending exactly; by time of creation where the longest delay stands on the first page."""
    if delays_seen:
        listed = sorted((m for m in listed if m.date_sent), key=lambda m: m.date_created, reverse=True)
        worst = max((when(m) - int(m.date_created.timestamp()) for m in listed), default=0)
        first = [
            Message("SMb", date_created=_at(201), date_sent=_at(201 + worst)),
            Message("SMa", date_created=_at(200), date_sent=_at(200)),
        ]
        listed = [*first, *listed]
    else:
        listed = sorted(listed, key=when, reverse=True)
    proof = ListProof()
    covered = Coverage()
    pages = [tuple(listed[at : at + size]) for at in range(0, len(listed), size)] or [()]
    seen = set()
    for number, page in enumerate(pages):
        last = number == len(pages) - 1
        step = proof.add(Page(page, None if last else "/next", _at(300) if dates else None))
        seen |= {m.sid for m in page}
        if step.proven:
            covered = covered.with_(step.proven)
            assert step.listed >= {m.sid for m in listed if when(m) in step.proven}
        for span in covered.spans:
            assert {m.sid for m in listed if when(m) in span} <= seen
        assert len(covered.spans) <= 1
    assert covered.spans[0].first == 0


# -- what still changes -----------------------------------------------------------------------------


async def test_few_messages_without_a_final_status_are_fetched_one_by_one(server, shelf, sync):
    sids = [server.add(NOW - 3600 * n, status="sent") for n in (1, 2)]
    await sync.head()
    server.now += 3600
    for sid in sids:
        server.change(sid, status="delivered")
    await sync.refresh_unsettled()
    assert all(shelf.messages[sid].status == "delivered" for sid in sids)
    assert len(asked(server, "SM")) == 2


async def test_many_of_a_day_are_read_from_the_list_and_those_not_on_it_are_fetched(server, shelf, sync):
    sids = [server.add(NOW - 10 * n, status="sent") for n in range(1, 41)]
    await sync.head()
    server.now += 3600
    for sid in sids:
        server.change(sid, status="delivered")
    server.change(sids[20], date_sent=dated(server.now - 60))
    before = len(server.asked)
    await sync.refresh_unsettled()
    assert all(each.final for each in shelf.messages.values())
    assert len(server.asked) - before == 2


async def test_the_older_they_are_the_less_often_they_are_asked_for_and_after_four_days_never(server, shelf, sync):
    server.add(NOW - 80, status="sent")
    await sync.head()
    counts = []
    for age in (60, 3600, DAY, 5 * DAY):
        server.asked.clear()
        for step in range(60):
            server.now = NOW + age + 10 * step
            await sync.refresh_unsettled()
        counts.append(len(server.asked))
    assert counts[0] > counts[1] >= counts[2] >= counts[3] == 0


async def test_an_unsettled_message_that_cannot_be_fetched_is_not_asked_for_by_every_look(server, shelf, sync):
    server.add(NOW - 60, status="sent")
    await sync.head()
    server.now += 3600
    server.failures = [400]
    with pytest.raises(RequestFailed):
        await sync.refresh_unsettled()
    asked_before = len(server.asked)
    await sync.refresh_unsettled()
    assert len(server.asked) == asked_before


async def test_an_unsettled_message_that_was_deleted_goes(server, shelf, sync):
    sid = server.add(NOW - 60, status="sent")
    await sync.head()
    server.now += 3600
    server.messages.clear()
    await sync.refresh_unsettled()
    assert sid not in shelf.messages


# -- what a query names -----------------------------------------------------------------------------


async def test_a_search_asks_for_both_directions_and_says_how_far_back_it_is(server, shelf, sync):
    person = "+15551234567"
    sids = [server.add(NOW - 100 * n, **{"to" if n % 3 else "from": person}) for n in range(1, 300)]
    server.add_many(NOW - 100 * n - 50 for n in range(300))
    search = sync.search((Filters(to=person), Filters(from_=person)))
    assert search.back_to is None
    while await search.more():
        if search.back_to is not None:
            assert {sid for sid in sids if server.when(server.messages[sid]) >= search.back_to.timestamp()} <= set(
                shelf.messages
            )
    assert search.complete
    assert set(shelf.messages) == set(sids)
    assert shelf.coverage == Coverage()


async def test_a_search_can_be_stopped_and_gone_on_with(server, shelf, sync):
    sids = server.add_many(NOW - 100 * n for n in range(1, 500))
    search = sync.search((Filters(to="+15550000001"),))
    task = asyncio.create_task(search.rest())
    server.before = lambda _: task.cancel() if len(server.asked) == 4 else None
    with pytest.raises(asyncio.CancelledError):
        await task
    assert 0 < len(shelf.messages) < len(sids)
    await search.rest()
    assert set(shelf.messages) == set(sids)


async def test_a_page_of_a_search_that_could_not_be_kept_is_kept_by_the_next_call(server, shelf, sync, monkeypatch):
    sids = server.add_many(NOW - 100 * n for n in range(1, 120))
    search = sync.search((Filters(to="+15550000001"),))
    with monkeypatch.context() as patch:

        async def full(*_):
            raise ArchiveUnavailable("The disk is full.", "Make room.")

        patch.setattr(shelf, "keep", full)
        with pytest.raises(RequestFailed, match="full"):
            await search.more()
    await search.rest()
    assert set(shelf.messages) == set(sids)


# -- everything at once -----------------------------------------------------------------------------


async def _storm(seed, steps, most):
    """A server that adds, changes, moves, deletes and fails between any two requests, and a reader that does all."""
    chance = random.Random(seed)
    bounds = chance.choice(["included", "excluded", "midnight"])
    async with ListServer(bounds=bounds) as server, MemoryShelf() as shelf:

        def meddle(_):
            server.now += chance.randrange(4)
            for _ in range(chance.choice([0, 0, 1, 3])):
                kind = chance.randrange(6)
                known = list(server.messages)
                if kind <= 1 or not known:
                    status = chance.choice(["queued", "sent", "delivered"])
                    server.add(server.now, server.now if status != "queued" else None, status=status)
                elif kind == 2:
                    del server.messages[chance.choice(known)]
                elif kind == 3:
                    server.change(chance.choice(known), body="")
                elif kind == 4:
                    waiting = [sid for sid in known if server.messages[sid]["date_sent"] is None]
                    for sid in waiting[:2]:
                        server.change(sid, status="sent", date_sent=dated(server.now))
                else:
                    server.failures.append(chance.choice([500, 429, "reset", "cut"]))
            # What is claimed was there, or was not known to the server yet when it was read.
            assert claimed(shelf, server) <= set(shelf.messages)

        server.add_many(server.now - chance.randrange(60, 6 * DAY) for _ in range(chance.choice([0, 30, 120, most])))
        async with Client(server.connection) as client:
            sync = Sync(client, shelf, clock=lambda: server.now)
            server.before = meddle
            for _ in range(steps):
                try:
                    what = chance.randrange(5)
                    if what <= 1:
                        await sync.head()
                    elif what == 2:
                        await sync.older()
                    elif what == 3 and shelf.coverage.gaps():
                        await sync.fill(shelf.coverage.gaps()[0])
                    else:
                        await sync.refresh_unsettled()
                except RequestFailed:
                    pass
                server.now += chance.choice([0, 5, 600])
            server.before, server.failures = lambda _: None, []
            server.now += 60
            await sync.head()
            for gap in shelf.coverage.gaps():
                await sync.fill(gap)
            while await sync.older():
                pass
            assert shelf.coverage.spans == (Span(0, server.now - LAG),) or len(shelf.coverage.spans) == 1
            await read_again(server, sync, 7)
        messages = shelf.messages
    assert set(messages) == set(server.messages)
    for sid, stored in server.messages.items():
        assert (messages[sid].body, messages[sid].status) == (stored["body"], stored["status"])


@pytest.mark.parametrize("seed", range(6))
async def test_after_any_storm_the_archive_equals_the_server_and_never_claimed_too_much(seed):
    await _storm(seed, 20, 200)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 200))
async def test_after_many_storms_too(seed):
    await _storm(seed, 80, 1200)
