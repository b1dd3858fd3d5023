"""The recipient's local time at an instant, as far as their number tells a time zone.

Area codes tell one, though people keep their numbers when they move; other numbers tell the zones of their country,
which may be several. Numbers that nobody has been given, names and short codes tell none. The zones of numbers are
`phonenumbers.timezone`, imported when first needed; their rules are this machine's (`zoneinfo`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tui.twilio.addresses import AddressKind, kind_of

DAY_BEGINS: Final = time(8)
DAY_ENDS: Final = time(21)
"""Outside of these a text may wake somebody; rules against spam in the United States name the same hours (TCPA)."""


@dataclass(frozen=True, slots=True)
class RecipientTime:
    """What the clocks of a recipient show at an instant.

    Attributes:
        times: from the westernmost of the time zones that the number may be in to the easternmost; one where all agree.
        place: the time zone's city where there is one zone only; else empty.
        by_area_code: whether that is told by the area code alone.
    """

    times: tuple[datetime, ...]
    place: str = ""
    by_area_code: bool = False

    @property
    def nights(self) -> int:
        """At how many of the times it is before 8:00 or after 21:00."""
        clocks = [local.time().replace(second=0, microsecond=0) for local in self.times]
        return sum(clock < DAY_BEGINS or clock > DAY_ENDS for clock in clocks)


@dataclass(frozen=True, slots=True)
class RecipientZones:
    """The time zones that a number may be in.

    Attributes:
        names: as `zoneinfo` knows them; never empty.
        by_area_code: whether the only one is told by the area code alone.
    """

    names: tuple[str, ...]
    by_area_code: bool = False

    def at(self, instant: datetime) -> RecipientTime | None:
        """What the clocks show at an instant; None on a machine without these zones."""
        try:
            there = [instant.astimezone(ZoneInfo(name)) for name in self.names]
        except (ZoneInfoNotFoundError, OSError, ValueError, OverflowError):
            # Better nothing than a part of the range.
            return None
        by_clock = {local.replace(tzinfo=None): local for local in there}
        place = self.names[0].rpartition("/")[2].replace("_", " ") if len(self.names) == 1 else ""
        return RecipientTime(tuple(by_clock[clock] for clock in sorted(by_clock)), place, self.by_area_code)


def recipient_zones(address: str) -> RecipientZones | None:
    """The time zones of whoever has this number (E.164, or a channel's address made from one); None where unknown."""
    number = address.rpartition(":")[2]
    if kind_of(number) is not AddressKind.NUMBER:
        return None
    from phonenumbers import NumberParseException, is_number_geographical, parse
    from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

    try:
        parsed = parse(number)
    except NumberParseException:
        return None
    names = tuple(name for name in time_zones_for_number(parsed) if name != UNKNOWN_TIMEZONE)
    if not names:
        return None
    return RecipientZones(names, len(names) == 1 and is_number_geographical(parsed))


def recipient_time(address: str, instant: datetime) -> RecipientTime | None:
    """The local time of whoever has this number at an instant; None where unknown."""
    zones = recipient_zones(address)
    return zones.at(instant) if zones is not None else None
