"""Times as people write them: what is read lies ahead and inside of what was typed, also where the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.time_format import planned_time
from tui.time_reading import WEEKDAYS, UnreadableTime, read_ahead

TORONTO = ZoneInfo("America/Toronto")
NOW = datetime(2026, 11, 29, 14, 5, 33, tzinfo=UTC)
"""A Sunday, 9:05 in Toronto."""


def said(text: str, now: datetime = NOW, zone: ZoneInfo = TORONTO) -> str:
    """A text as it is read, or why it is not."""
    try:
        return planned_time(read_ahead(text, now=now, zone=zone).instant, now, zone)
    except UnreadableTime as problem:
        return str(problem)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("tomorrow 9:00", "Mon 30 Nov 09:00 EST"),
        ("  Tomorrow,  at 9 ", "Mon 30 Nov 09:00 EST"),
        ("today 17:30", "Sun 29 Nov 17:30 EST"),
        ("mon 17:30", "Mon 30 Nov 17:30 EST"),
        ("MONDAY 9", "Mon 30 Nov 09:00 EST"),
        ("sun 9:06", "Sun 29 Nov 09:06 EST"),
        ("sun 9:05", "Sun 6 Dec 09:05 EST"),
        ("17:30", "Sun 29 Nov 17:30 EST"),
        ("9:05", "Mon 30 Nov 09:05 EST"),
        ("9pm", "Sun 29 Nov 21:00 EST"),
        ("9:30 p.m.", "Sun 29 Nov 21:30 EST"),
        ("12am", "Mon 30 Nov 00:00 EST"),
        ("12 pm", "Sun 29 Nov 12:00 EST"),
        ("+2h", "Sun 29 Nov 11:05 EST"),
        ("2h", "Sun 29 Nov 11:05 EST"),
        ("90 min", "Sun 29 Nov 10:35 EST"),
        ("noon", "Sun 29 Nov 12:00 EST"),
        ("tomorrow at noon", "Mon 30 Nov 12:00 EST"),
        ("mon 12 noon", "Mon 30 Nov 12:00 EST"),
        ("9.30", "Sun 29 Nov 09:30 EST"),
        ("4 dec 9.30pm", "Fri 4 Dec 21:30 EST"),
        ("in 90 min", "Sun 29 Nov 10:35 EST"),
        ("in 1 hour and 30 minutes", "Sun 29 Nov 10:35 EST"),
        ("+1h30m", "Sun 29 Nov 10:35 EST"),
        ("in 3d", "Wed 2 Dec 09:05 EST"),
        ("+1d 9:00", "Mon 30 Nov 09:00 EST"),
        ("in 2 weeks at 9", "Sun 13 Dec 09:00 EST"),
        ("4 dec 9:00", "Fri 4 Dec 09:00 EST"),
        ("4. December 9", "Fri 4 Dec 09:00 EST"),
        ("Dec 4th, 9am", "Fri 4 Dec 09:00 EST"),
        ("Fri 4 Dec 2026 9:00", "Fri 4 Dec 09:00 EST"),
        ("2 jan 9:00", "Sat 2 Jan 2027 09:00 EST"),
        ("2026-12-04 09:00", "Fri 4 Dec 09:00 EST"),
        ("2026-12-04T9:00", "Fri 4 Dec 09:00 EST"),
        ("2026-12-04 09:00Z", "Fri 4 Dec 04:00 EST"),
        ("2026-12-04 09:00:00 +0200", "Fri 4 Dec 02:00 EST"),
        ("4 dec 9:00 utc+05:45", "Thu 3 Dec 22:15 EST"),
        ("17:30 UTC", "Sun 29 Nov 12:30 EST"),
        ("9pm est", "Sun 29 Nov 21:00 EST"),
        ("\uff19\uff1a\uff10\uff10", "Mon 30 Nov 09:00 EST"),
    ],
)
def test_a_natural_time_is_the_next_one_that_is_meant(text, read):
    assert said(text) == read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("soon", "Cannot read “soon” as a time. Write tomorrow 9:00, mon 17:30, 9pm, +2h or 4 dec 9:00."),
        ("9", "Cannot read “9” as a time."),
        ("+1h 9:00", "Cannot read “+1h 9:00” as a time."),
        ("x" * 5000, f"Cannot read “{'x' * 39}…” as a time."),
        ("\x1b[31m", "Cannot read “␛[31m” as a time."),
        ("tomorrow", "The time of day is missing. Write tomorrow 9:00."),
        ("4 dec", "The time of day is missing. Write 4 dec 9:00."),
        ("fri 4 dec", "The time of day is missing. Write fri 4 dec 9:00."),
        ("2026-12-04", "The time of day is missing. Write 2026-12-04 9:00."),
        ("31 nov 9:00", "There is no such date."),
        ("mon 4 dec 9:00", "4 Dec 2026 is a Friday."),
        ("25:00", "There is no such time of day."),
        ("13pm", "There is no such time of day."),
        ("4 dec 9:00 +25:00", "There is no such offset."),
        ("today 8:00", "Sun 29 Nov 08:00 EST has passed."),
        ("Sun 29 Nov 09:00 EST", "Sun 29 Nov 09:00 EST has passed."),
        ("2025-11-01 8:00", "Sat 1 Nov 2025 08:00 EDT has passed."),
        ("0001-01-01 00:00", "That year has passed."),
        ("9999-12-31 23:59", "That lies too far off."),
        ("+999999w", "That lies too far off."),
        ("+0h", "That is now, not later."),
        ("tomorrow 9:00 +02:00", "With an offset the day has to be a date."),
        ("+1d 9:00Z", "With an offset the day has to be a date."),
        ("9pm cet", "The time here is EST, not CET."),
    ],
)
def test_what_is_no_time_ahead_says_why_and_what_works(text, words):
    assert said(text).startswith(words)


def test_a_time_that_the_clocks_leave_out_is_refused():
    now = datetime(2027, 3, 13, 12, tzinfo=UTC)
    refusal = "Sun 14 Mar has no 02:30: the clocks are put forward over it. Write 03:30."
    assert {said(text, now) for text in ("14 mar 2:30", "tomorrow 2:30", "2027-03-14 02:30")} == {refusal}
    # Half an hour on Lord Howe Island.
    howe = ZoneInfo("Australia/Lord_Howe")
    assert said("2026-10-04 02:15", datetime(2026, 10, 1, tzinfo=UTC), howe).endswith("Write 02:45.")


def test_a_time_that_comes_twice_is_the_first_that_lies_ahead_and_says_so():
    before = datetime(2027, 11, 7, 4, 0, tzinfo=UTC)
    first = read_ahead("1:30", now=before, zone=TORONTO)
    assert first.instant == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)
    assert first.note == ("This time comes twice that day, and this is the first; 2027-11-07 01:30-05:00 is the other.")
    assert read_ahead("2027-11-07 01:30-05:00", now=before, zone=TORONTO).instant == first.instant + timedelta(hours=1)
    assert read_ahead("1:30 est", now=before, zone=TORONTO).instant == first.instant + timedelta(hours=1)
    between = read_ahead("1:30", now=before + timedelta(hours=2), zone=TORONTO)
    assert between.instant == first.instant + timedelta(hours=1)
    assert "this is the second; 2027-11-07 01:30-04:00 is the other" in between.note


ZONES = [
    ZoneInfo(name)
    for name in ("America/Toronto", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/London", "UTC")
]
CHANGES = [
    datetime(2026, 11, 1, 6, tzinfo=UTC),  # Toronto, back
    datetime(2027, 3, 14, 7, tzinfo=UTC),  # Toronto, forward
    datetime(2026, 10, 25, 1, tzinfo=UTC),  # Berlin and London, back
    datetime(2027, 3, 28, 1, tzinfo=UTC),  # Berlin and London, forward
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),  # Lord Howe, forward
    datetime(2027, 4, 3, 15, tzinfo=UTC),  # Lord Howe, back
]
zones = st.sampled_from(ZONES)
spans = st.timedeltas(timedelta(days=-3), timedelta(days=3))
moments = st.builds(lambda change, span: change + span, st.sampled_from(CHANGES), spans)
minutes = st.integers(0, 24 * 60 - 1)


@given(moments, zones, st.timedeltas(timedelta(minutes=1), timedelta(days=36)))
def test_what_is_shown_is_read_as_the_same_minute(now, zone, ahead):
    instant = (now + ahead).replace(second=0, microsecond=0)
    if instant > now:
        assert read_ahead(planned_time(instant, now, zone), now=now, zone=zone).instant == instant


@given(moments, zones, st.integers(1, 999), st.sampled_from(["min", "h", "d", "w"]), st.sampled_from(["+", "in ", ""]))
def test_a_span_is_exactly_so_much_later(now, zone, many, unit, sign):
    length = many * {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}.get(
        unit, timedelta(weeks=1)
    )
    assert read_ahead(f"{sign}{many}{unit}", now=now, zone=zone).instant == now + length


@given(moments, zones, minutes, st.sampled_from(["", "tomorrow ", "+1d ", *(f"{day} " for day in WEEKDAYS)]))
def test_what_is_read_lies_ahead_and_inside_of_what_was_typed(now, zone, minute, day):
    clock = f"{minute // 60}:{minute % 60:02}"
    try:
        read = read_ahead(f"{day}{clock}", now=now, zone=zone)
    except UnreadableTime as problem:
        assert "the clocks are put forward" in problem.reason
        return
    local, today = read.instant.astimezone(zone), now.astimezone(zone).date()
    assert read.instant > now
    assert (local.hour * 60 + local.minute, local.second) == (minute, 0)
    assert bool(read.note) == (local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset())
    days = (local.date() - today).days
    if day in ("tomorrow ", "+1d "):
        assert days == 1
    elif day:
        assert WEEKDAYS[local.weekday()] == day.strip() and 0 <= days <= 7
    else:
        # The next one: tomorrow only where the clock here is past it.
        assert days == 0 or (days == 1 and now.astimezone(zone).time() >= local.time())


@given(st.text(max_size=80) | st.text("0123456789:+-/ admontuehjpwz.,()", max_size=40), zones)
def test_any_text_is_read_as_a_time_ahead_or_refused_with_a_remedy(text, zone):
    try:
        assert read_ahead(text, now=NOW, zone=zone).instant > NOW
    except UnreadableTime as problem:
        assert problem.reason and problem.remedy


def test_the_zone_of_this_machine_is_meant_where_none_is_given(be_in):
    be_in("America/Toronto")
    assert planned_time(read_ahead("mon 9", now=NOW).instant, NOW) == "Mon 30 Nov 09:00 EST"
    between = read_ahead("1:30", now=datetime(2027, 11, 7, 6, tzinfo=UTC))
    assert between.instant == datetime(2027, 11, 7, 6, 30, tzinfo=UTC)
    assert "this is the second; 2027-11-07 01:30-04:00 is the other" in between.note
    with pytest.raises(UnreadableTime, match="has no 02:30"):
        read_ahead("14 mar 2:30", now=NOW)
