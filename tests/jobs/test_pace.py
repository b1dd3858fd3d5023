"""The pace of a sender: exactly so many segments a second, never a burst, slower when Twilio asks for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.jobs.model import ItemState, JobItem
from tui.jobs.pace import MAKES_UP, Pace, segments_of
from tui.storage.journal_entry import SentTemplate
from tui.twilio.drafts import Draft

A, B = "+15005550006", "+15005550007"


def send_all(pace, sizes, per_second, *, start=0.0, late=lambda _: 0.0):
    """The times at which items of these sizes leave, each some time after it is due."""
    now, left = start, []
    for number, size in enumerate(sizes):
        now = max(now, pace.due(A, size, per_second, now)) + late(number)
        pace.take(A, size, per_second, now)
        left.append(now)
    return left


@given(
    st.lists(st.integers(1, 10), min_size=1, max_size=60),
    st.floats(0.1, 100),
    st.lists(st.floats(0, 1), min_size=1, max_size=7),
)
def test_what_is_a_little_late_does_not_slow_the_pace(sizes, per_second, parts):
    # Later than the next one is due nothing is that the runner takes: it takes both then.
    most = min(MAKES_UP, 1 / per_second)
    left = send_all(Pace(), sizes, per_second, late=lambda number: most * parts[number % len(parts)])
    whole = sum(sizes) / per_second
    assert whole <= left[-1] + 1e-6 <= whole + most + 1e-3


@given(
    st.lists(st.integers(1, 10), min_size=2, max_size=60), st.floats(0.1, 100), st.lists(st.floats(0, 5), max_size=5)
)
def test_no_window_of_time_holds_more_than_the_pace(sizes, per_second, stalls):
    stalls = stalls or [0.0]
    left = send_all(Pace(), sizes, per_second, late=lambda number: stalls[number % len(stalls)])
    for first in range(len(left)):
        for last in range(first + 1, len(left)):
            sent = sum(sizes[first + 1 : last + 1])
            assert sent <= per_second * (left[last] - left[first] + MAKES_UP) + 1e-3


def test_a_start_waits_for_the_time_of_its_first_item_so_that_a_restart_is_no_burst():
    pace = Pace()
    assert pace.due(A, 3, 2.0, 100.0) == pytest.approx(101.5)
    assert pace.due(A, 3, None, 100.0) <= 100.0


def test_senders_do_not_wait_for_each_other():
    pace = Pace()
    pace.due(B, 1, 1.0, 0.0)
    send_all(pace, [1] * 5, 1.0)
    assert pace.due(B, 1, 1.0, 5.0) <= 5.0


def test_slow_down_halves_the_pace_once_for_all_that_were_under_way_and_it_comes_back_slowly():
    pace = Pace()
    send_all(pace, [1] * 3, 10.0)
    until = pace.slow(A, 1.0)
    assert pace.slow(A, 1.01) == until
    assert pace.share(A, 1.0) == 0.5
    assert pace.due(A, 1, 10.0, 1.1) >= until
    assert pace.share(A, until + 15) == pytest.approx(0.75)
    assert pace.share(A, until + 60) == 1.0


def test_waits_grow_until_something_is_taken():
    pace = Pace()
    now, waits = 0.0, []
    for _ in range(9):
        until = pace.slow(A, now)
        waits.append(until - now)
        now = until
    assert waits == sorted(waits) and waits[-1] == pytest.approx(30.0)
    assert pace.share(A, now) >= 1 / 16
    pace.answered(A, taken=True)
    assert pace.slow(A, now) - now == pytest.approx(0.5)
    assert pace.slow(B, now, wait=17.0) == now + 17.0
    assert pace.slow("MG", now, queue_full=True) - now == pytest.approx(30.0)


def test_without_a_network_one_tries_for_all_and_an_answer_ends_that():
    pace = Pace()
    first = pace.offline(0.0)
    assert pace.offline(0.1) == first and pace.is_offline()
    assert pace.due(B, 1, None, 0.5) == first
    assert pace.offline(first) - first > first
    pace.answered(B, taken=False)
    assert not pace.is_offline()
    assert pace.due(A, 1, None, 0.5) <= 0.5


def test_an_item_takes_the_segments_of_its_text_and_a_change_or_media_one():
    def item(draft, template=None):
        return JobItem(1, 1, 1, ItemState.WAITING, draft, template=template)

    assert segments_of(item(None)) == 1
    assert segments_of(item(Draft(A, B, "x" * 161))) == 2
    assert segments_of(item(Draft(A, B, "x" * 161, media_urls=("https://example.com/a.png",)))) == 1
    assert segments_of(item(Draft(A, B, content_sid="HX"), SentTemplate("t", "en", "ж" * 71))) == 2
