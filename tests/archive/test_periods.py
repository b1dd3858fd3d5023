"""Periods are read as people name them, say themselves in a query, and know the one before."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.archive.matching import Asked
from tui.archive.periods import ALL, read_window
from tui.archive.query import QueryError
from tui.archive.query_parser import parse
from tui.archive.searching import split_period

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = (UTC, BERLIN, ZoneInfo("America/St_Johns"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu"))
TEXTS = ("today", "yesterday", "24h", "90min", "7d", "2w", "30d", "month", "mon", "2026-03", "2026-03-29", "all")
RANGES = ("2026-03-01..2026-03-29", "7d..yesterday", "..2026-03-01", "2026-03-29T01:30..", "2026-10-25 02:30..")
MOMENTS = st.datetimes(datetime(2026, 3, 29), datetime(2027, 4, 2)).map(lambda each: each.replace(tzinfo=UTC))


@given(st.sampled_from([*TEXTS, *RANGES]), MOMENTS, st.sampled_from(ZONES))
def test_a_period_and_the_one_before_are_what_their_terms_find(text: str, now: datetime, zone: tzinfo):
    try:
        window = read_window(text, now, zone)
    except QueryError as problem:
        assert problem.reason == "This period has not begun yet."
        return
    before = window.before(now, zone)
    for each in (window, before):
        if each is not None:
            criteria, first, end = split_period(parse(each.terms), Asked(now, zone))
            assert (criteria, first // 1024, end // 1024) == ((), *each.seconds())
            assert split_period(each.narrow(parse("")), Asked(now, zone))[1:] == (first, end)
    if before is not None:
        assert before.until is not None
        assert before.until <= window.since
        passed = min(window.until or now, now) - window.since
        # As long, but for what the clocks were put forward or back, or where it would reach into the period itself.
        assert abs((before.until - before.since) - passed) <= timedelta(hours=1, seconds=1)


def test_days_are_compared_with_as_many_days_before_at_the_same_time_of_day():
    now = datetime(2026, 11, 29, 2, 0, tzinfo=UTC)
    windows = {text: read_window(text, now, BERLIN) for text in ("today", "7d", "24h", "2026-11-01..2026-11-07")}
    assert {text: window.terms for text, window in windows.items()} == {
        "today": "since:today",
        "7d": "since:7d",
        "24h": "since:24h",
        "2026-11-01..2026-11-07": "since:2026-11-01 until:2026-11-07",
    }
    before = {text: window.before(now, BERLIN) for text, window in windows.items()}
    assert {text: each and each.terms for text, each in before.items()} == {
        "today": "since:2026-11-28 until:2026-11-28T02:59:59",
        "7d": "since:2026-11-14 until:2026-11-21T02:59:59",
        "24h": "since:2026-11-27T03:00:00 until:2026-11-28T02:59:59",
        "2026-11-01..2026-11-07": "since:2026-10-25 until:2026-10-31",
    }
    assert ALL.before(now, BERLIN) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "“” is no period."),
        ("lately", "“lately” is no period."),
        ("2026-11-07..2026-11-01", "This period ends before it begins."),
        ("2027-01-01..2027-02-01", "This period has not begun yet."),
        ("2026-02-30", "“2026-02-30” is no period."),
        ("..", "There is no day in this."),
        ("a..b..c", "is no period."),
    ],
)
def test_what_is_no_period_is_refused_with_a_way_out(text: str, reason: str):
    with pytest.raises(QueryError) as refused:
        read_window(text, datetime(2026, 11, 29, tzinfo=UTC), UTC)
    assert reason in refused.value.reason
    assert refused.value.remedy
