"""The lines of the list: days, gaps, messages and the edge, held against a naive list of all lines."""

from __future__ import annotations

from array import array
from datetime import UTC, date, datetime
from time import perf_counter
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.archive.layout import row_number, second_of
from tui.screens.messages.listing import DayLine, GapLine, Line, Listing

AUCKLAND, HAVANA = ZoneInfo("Pacific/Auckland"), ZoneInfo("America/Havana")
FIRST = int(datetime(2026, 10, 20, tzinfo=UTC).timestamp())
MARCH = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
SECONDS = st.integers(FIRST, FIRST + 20 * 86_400) | st.integers(MARCH, MARCH + 30 * 86_400)
ROWS = st.builds(row_number, st.just(0) | SECONDS, st.integers(0, 3))
SPANS = st.tuples(SECONDS, SECONDS).map(lambda two: Gap(first=min(two), last=max(two)))


def Gap(first: int, last: int) -> Any:
    return SimpleNamespace(first=first, last=last)


def listed(numbers: Any, *gaps: Any, zone: Any = UTC) -> Listing:
    return Listing(array("q", sorted(numbers)), gaps, zone=zone)


def lines(listing: Listing) -> list[Line]:
    return [listing.at(line) for line in range(len(listing))]


def naive(numbers: Any, gaps: Any, zone: Any) -> list[Line]:
    """All lines, made from the top by asking every message for its day."""
    made: list[Line] = []
    day: Any = ""
    left = sorted(gaps, key=lambda gap: -gap.last)
    for row in sorted(numbers, reverse=True):
        while left and second_of(row) <= left[0].last:
            made.append(GapLine(left.pop(0)))
        here = datetime.fromtimestamp(second_of(row), zone).date() if second_of(row) else None
        if here != day:
            day = here
            made.append(DayLine(here))
        made.append(row)
    return [*made, *(GapLine(gap) for gap in left), None] if made else []


@given(numbers=st.sets(ROWS, max_size=40), gaps=st.lists(SPANS, max_size=3, unique_by=lambda gap: gap.last))
@pytest.mark.parametrize("zone", [UTC, AUCKLAND, HAVANA], ids=str)
def test_lines_are_what_a_walk_over_all_messages_gives(zone: Any, numbers: set[int], gaps: list[Any]):
    listing = listed(numbers, *sorted(gaps, key=lambda gap: gap.last), zone=zone)
    assert lines(listing) == naive(numbers, gaps, zone)


@given(
    before=st.sets(ROWS, max_size=30),
    changes=st.lists(st.tuples(st.sets(ROWS, max_size=6), st.sets(ROWS, max_size=6)), max_size=5),
    gap=SPANS,
)
def test_after_any_change_the_lines_are_those_of_a_list_made_anew(before: set[int], changes: Any, gap: Any):
    listing = listed(before, gap, zone=AUCKLAND)
    now = set(before)
    for removed, added in changes:
        # Among them some that are there.
        removed = removed | set(sorted(now)[: len(removed)])
        after = (now - removed) | added
        assert listing.change(removed, added) is (after != now)
        now = after
        assert lines(listing) == naive(now, [gap], AUCKLAND)
        assert [listing.line_of(row) for row in now] == [lines(listing).index(row) for row in now]


@given(numbers=st.sets(ROWS, min_size=1, max_size=20), row=ROWS)
def test_the_line_near_a_message_that_is_not_listed_is_the_next_newer_one(numbers: set[int], row: int):
    listing = listed(numbers)
    newer = [each for each in numbers if each >= row]
    assert listing.at(listing.line_near(row)) == (min(newer) if newer else max(numbers))


def test_days_are_those_of_the_zone():
    late = row_number(int(datetime(2026, 11, 27, 20, tzinfo=UTC).timestamp()))
    assert listed([late], zone=UTC).at(0) == DayLine(date(2026, 11, 27))
    assert listed([late], zone=AUCKLAND).at(0) == DayLine(date(2026, 11, 28))


def test_the_days_on_which_the_clocks_change_have_23_and_25_hours():
    for day, hours in ((date(2026, 9, 27), 23), (date(2027, 4, 4), 25)):
        begins = int(datetime(day.year, day.month, day.day, tzinfo=AUCKLAND).timestamp())
        hourly = [row_number(begins + hour * 3600) for hour in range(-1, 26)]
        shown = lines(listed(hourly, zone=AUCKLAND))
        after, this = [n for n, line in enumerate(shown) if isinstance(line, DayLine)][:2]
        before = next(n for n, line in enumerate(shown) if n > this and isinstance(line, DayLine))
        assert shown[this] == DayLine(day)
        assert before - this - 1 == hours
        assert after == 0


def test_a_gap_stands_above_the_day_that_begins_with_it_and_messages_without_a_time_stand_last():
    old, new = row_number(FIRST), row_number(FIRST + 5 * 86_400)
    gap = Gap(FIRST + 60, FIRST + 4 * 86_400)
    shown = lines(listed([0, old, new], gap))
    assert shown == [
        *(DayLine(date(2026, 10, 25)), new, GapLine(gap)),
        *(DayLine(date(2026, 10, 20)), old, DayLine(None), 0, None),
    ]


def test_of_a_million_messages_a_line_and_a_new_one_cost_next_to_nothing():
    def cost(count: int) -> float:
        listing = Listing(array("q", range(row_number(FIRST), row_number(FIRST) + count * 90_000, 90_000)), zone=UTC)
        least = 1.0
        for n in range(20):
            begun = perf_counter()
            listing.change((), [row_number(FIRST + count * 90 + n)])
            for line in range(200):
                listing.at(line * (count // 200))
            least = min(least, perf_counter() - begun)
        return least

    assert cost(1_000_000) < 5 * cost(1_000)
