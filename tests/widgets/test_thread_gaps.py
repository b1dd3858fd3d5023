"""What is said of messages that may be missing from a conversation: each gap where it is, and none goes unsaid."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.archive.coverage import Coverage, Span
from tui.widgets.thread_gaps import beginning_words, between_words, end_words, gaps_of

DAY = 86_400
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
TODAY = int(NOW.timestamp())
"""Complete from 10 to 7 days ago, and for the last 4 days."""
COVERED = Coverage.of([Span(TODAY - 10 * DAY, TODAY - 7 * DAY), Span(TODAY - 4 * DAY, TODAY)])


def test_a_gap_is_said_where_it_is_and_what_stands_in_it_does_not_make_it_whole():
    assert between_words(COVERED, TODAY - 8 * DAY, TODAY - 3 * DAY) == "3 days not loaded"
    assert between_words(COVERED, TODAY - 3 * DAY, TODAY - DAY) == ""
    # One that was looked up stands within it.
    assert between_words(COVERED, TODAY - 8 * DAY, TODAY - 5 * DAY) == "of 3 days from here on only some are loaded"
    assert between_words(COVERED, TODAY - 5 * DAY, TODAY - 3 * DAY) == "up to here only some are loaded"
    assert end_words(COVERED, TODAY - 8 * DAY) == "3 days not loaded"
    assert end_words(COVERED, TODAY - 5 * DAY) == "24 hours not loaded"
    assert end_words(COVERED, TODAY - DAY) == ""


@pytest.mark.parametrize(
    ("coverage", "first", "words"),
    [
        (COVERED, TODAY - 8 * DAY, "all since 18 Nov"),
        (COVERED, TODAY - DAY, "all since 24 Nov"),
        (COVERED, TODAY - 5 * DAY, "not all older ones are loaded"),
        (COVERED, TODAY - 20 * DAY, "not all older ones are loaded"),
        (Coverage.of([Span(0, TODAY)]), TODAY - DAY, "that is all"),
        (Coverage(), TODAY, "older ones may not be loaded"),
    ],
)
def test_before_the_first_message_stands_since_when_all_are_here(coverage: Coverage, first: int, words: str):
    assert beginning_words(coverage, first, NOW) == words


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 9)), min_size=1, max_size=5),
    st.lists(st.integers(1, 70), min_size=1, max_size=8, unique=True),
)
def test_no_gap_goes_unsaid(spans: list[tuple[int, int]], seconds: list[int]):
    coverage = Coverage.of(Span(first, first + length) for first, length in spans)
    sent = sorted(seconds)
    said = beginning_words(coverage, sent[0], NOW) != "that is all"
    words = [between_words(coverage, *pair) for pair in pairwise(sent)]
    end = end_words(coverage, sent[-1])
    for gap in gaps_of(coverage):
        if gap.last < sent[0]:
            assert said
        elif gap.last > sent[-1]:
            assert end
        elif gap.last < sent[-1]:
            assert words[max(n for n, at in enumerate(sent) if at <= gap.last)]
