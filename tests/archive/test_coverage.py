"""What is complete, held against plain sets of seconds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.archive.coverage import Coverage, Span

SPANS = st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))
SECOND = st.integers(0, 80)


def seconds(spans: tuple[Span, ...] | list[Span]) -> set[int]:
    return {second for span in spans for second in range(span.first, span.last + 1)}


@given(st.lists(SPANS, max_size=8).flatmap(lambda spans: st.tuples(st.just(spans), st.permutations(spans))))
def test_spans_cover_the_same_seconds_in_whatever_order_they_come(spans: tuple[list[Span], list[Span]]) -> None:
    one, other = spans
    coverage = Coverage()
    for span in one:
        coverage = coverage.with_(span)
    assert coverage == Coverage.of(other)
    assert seconds(coverage.spans) == seconds(one)
    assert bool(coverage) == bool(one)


@given(st.lists(SPANS, max_size=8))
def test_no_two_spans_touch_and_the_gaps_are_what_is_between(spans: list[Span]) -> None:
    coverage = Coverage.of(spans)
    assert all(older.last + 1 < newer.first for older, newer in zip(coverage.spans, coverage.spans[1:], strict=False))
    covered = seconds(spans)
    between = set(range(min(covered), max(covered) + 1)) - covered if covered else set[int]()
    assert seconds(coverage.gaps()) == between
    assert len(coverage.gaps()) == max(len(coverage.spans) - 1, 0)


@given(st.lists(SPANS, max_size=8), SECOND)
def test_what_is_forgotten_is_not_covered_and_nothing_else_is_lost(spans: list[Span], second: int) -> None:
    left = Coverage.of(spans).without_before(second)
    assert seconds(left.spans) == {each for each in seconds(spans) if each >= second}
    assert left == Coverage.of(left.spans)


@given(st.lists(SPANS, max_size=8), SPANS)
def test_a_period_is_held_where_each_of_its_seconds_is(spans: list[Span], asked: Span) -> None:
    coverage, covered = Coverage.of(spans), seconds(spans)
    assert coverage.holds(asked) == (seconds([asked]) <= covered)
    found = coverage.span_at(asked.first)
    assert (found is not None) == (asked.first in covered)
    assert found is None or (found in coverage.spans and asked.first in found)
    assert coverage.newest == (max(coverage.spans) if coverage.spans else None)


def test_a_span_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        Span(2, 1)
