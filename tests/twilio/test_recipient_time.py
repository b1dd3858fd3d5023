"""The recipient's local time: what their number tells for certain, and no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tui.twilio.recipient_time import recipient_time

NOON = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def clocks(address: str, instant: datetime = NOON) -> list[str]:
    there = recipient_time(address, instant)
    return [f"{local:%a %H:%M}" for local in there.times] if there else []


@pytest.mark.parametrize(
    ("address", "place", "by_area_code", "shown"),
    [
        ("+4915112345678", "Berlin", False, "Sun 13:00"),
        ("whatsapp:+4915112345678", "Berlin", False, "Sun 13:00"),
        ("+14155550123", "Los Angeles", True, "Sun 04:00"),
        ("+9779812345678", "Katmandu", False, "Sun 17:45"),
    ],
)
def test_a_number_of_one_time_zone_tells_the_time(address, place, by_area_code, shown):
    there = recipient_time(address, NOON)
    assert there is not None
    assert (there.place, there.by_area_code, clocks(address)) == (place, by_area_code, [shown])


def test_a_mobile_number_of_a_country_with_several_zones_tells_the_range():
    there = recipient_time("+61412345678", NOON)
    assert there is not None
    assert (there.place, there.by_area_code) == ("", False)
    shown = clocks("+61412345678")
    assert (shown[0], shown[-1]) == ("Sun 18:30", "Sun 23:00")  # Cocos Islands, Sydney and Lord Howe in summer


def test_zones_whose_clocks_agree_are_one_time():
    # London, Guernsey and the Isle of Man.
    assert clocks("+447911123456") == ["Sun 12:00"]


@pytest.mark.parametrize("address", ["", "12345", "Example", "MG" + "a" * 32, "+447700900456", "rcs:agent", "+8835100"])
def test_what_tells_no_zone_tells_no_time(address):
    assert recipient_time(address, NOON) is None


def test_a_machine_without_time_zones_tells_no_time(monkeypatch):
    monkeypatch.setattr("tui.twilio.recipient_time.ZoneInfo", _no_zones)
    assert recipient_time("+4915112345678", NOON) is None


def _no_zones(name: str) -> None:
    from zoneinfo import ZoneInfoNotFoundError

    raise ZoneInfoNotFoundError(name)


@pytest.mark.parametrize(
    ("hour", "minute", "night"), [(6, 59, 1), (7, 0, 0), (12, 0, 0), (20, 0, 0), (20, 1, 1), (23, 0, 1)]
)
def test_night_is_before_eight_and_after_nine_there(hour, minute, night):
    there = recipient_time("+4915112345678", NOON.replace(hour=hour, minute=minute, second=30))
    assert there is not None and there.nights == night


def test_the_hours_are_those_after_the_clocks_changed_there():
    summer = datetime(2027, 3, 27, 12, tzinfo=UTC)
    assert clocks("+4915112345678", summer) == ["Sat 13:00"]
    assert clocks("+4915112345678", summer + timedelta(days=1)) == ["Sun 14:00"]
