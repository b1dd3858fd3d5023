"""Times in a person's words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tui.time_format import ago, full, length, short, zone_name

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def utc(be_in):
    be_in("UTC")


def test_today_shows_the_time_other_days_the_day_other_years_the_year():
    assert short(NOW - timedelta(hours=1), NOW) == "11:00"
    assert short(NOW - timedelta(days=1), NOW) == "22 Nov 12:00"
    assert short(NOW - timedelta(days=400), NOW) == "19 Oct 2025"
    assert short(None, NOW) == ""


def test_a_zone_that_has_no_name_is_told_once(be_in):
    be_in("Europe/Berlin")
    assert zone_name(NOW) == "CET (UTC+01:00)"
    be_in("Asia/Kathmandu")
    assert zone_name(NOW) == "UTC+05:45"


def test_how_long_ago_uses_one_unit():
    assert ago(timedelta(seconds=1)) == "now"
    assert ago(timedelta(seconds=125)) == "2 min ago"
    assert ago(timedelta(seconds=-7300)) == "in 2 h"
    assert length(timedelta(days=3, hours=5)) == "3 d"
    assert full(NOW - timedelta(minutes=2), NOW) == "23 Nov 11:58:00 · 2 min ago"
