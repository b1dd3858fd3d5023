"""Formats times for people: local time with a known zone, how long ago, and days as a person counts them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class Days:
    """Some days of a calendar, both ends included; they have 23 or 25 hours where the clocks change.

    Attributes:
        first: the first of them, or None for all that came before.
        last: the last of them, or None for all that come after.
        zone: whose days they are; this machine's when None.
    """

    first: date | None = None
    last: date | None = None
    zone: tzinfo | None = None

    def __bool__(self) -> bool:
        return bool(self.first or self.last)

    def __contains__(self, moment: datetime) -> bool:
        """Whether an instant is shown with one of these days."""
        day = moment.astimezone(self.zone).date()
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)

    def utc_days(self) -> tuple[date | None, date | None]:
        """The first and the last day of UTC that share an instant with these days."""
        first = self._midnight(self.first) if self.first else None
        end = self._midnight(self.last + timedelta(days=1)) - timedelta(microseconds=1) if self.last else None
        return first and first.date(), end and end.date()

    def words(self, now: datetime) -> str:
        """`27 Nov (EST)`, `1 Nov to 27 Nov (EDT, EST)`, `from 27 Nov 2025 (EST)`: the year where it is another one."""
        noons = [self._local(day, 12) for day in (self.first, self.last) if day]
        zones = ", ".join(dict.fromkeys(noon.tzname() or "UTC" for noon in noons))
        year = now.astimezone(self.zone).year
        first, last = (
            f"{day.day} {day:%b}{'' if day.year == year else f' {day.year}'}" if day else ""
            for day in (self.first, self.last)
        )
        if first and last:
            words = first if first == last else f"{first} to {last}"
        else:
            words = f"from {first}" if first else f"until {last}"
        return f"{words} ({zones})"

    def _midnight(self, day: date) -> datetime:
        # An hour that the clocks leave out begins where they are put forward, one that comes twice the first time.
        return self._local(day, 0).astimezone(UTC)

    def _local(self, day: date, hour: int) -> datetime:
        moment = datetime(day.year, day.month, day.day, hour, tzinfo=self.zone)
        return moment if self.zone else moment.astimezone()


def zone_name(now: datetime) -> str:
    """The local zone, as `CET (UTC+01:00)`, or `UTC+05:45` where it has no name but that."""
    local = now.astimezone()
    if not local.utcoffset():
        return "UTC"
    name, told = _abbreviation(local), _offset(local)
    return told if name == told else f"{name} ({told})"


def planned_time(moment: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """A time that lies ahead, to the minute: `Sun 29 Nov 09:00 EST`, with the year where it is another one.

    Args:
        moment: the instant, aware.
        now: the present, aware.
        zone: whose time it is said in; this machine's when None.
    """
    local = moment.astimezone(zone)
    year = "" if local.year == now.astimezone(zone).year else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M} {_abbreviation(local)}"


def _abbreviation(local: datetime) -> str:
    name = local.tzname() or ""
    return name if name[:1].isalpha() else _offset(local)


def _offset(local: datetime) -> str:
    offset = local.strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:5]}"


def short(moment: datetime | None, now: datetime) -> str:
    """Twelve cells at most: `14:02` today, `22 Nov 14:02` this year, `22 Nov 2025` before."""
    if moment is None:
        return ""
    local, today = moment.astimezone(), now.astimezone()
    if local.date() == today.date():
        return local.strftime("%H:%M")
    if local.year == today.year:
        return local.strftime("%d %b %H:%M")
    return local.strftime("%d %b %Y")


def full(moment: datetime | None, now: datetime) -> str:
    """To the second, with how long ago: `23 Nov 14:02:07 · 2 min ago`; the year where it is another one."""
    if moment is None:
        return ""
    local = moment.astimezone()
    day = "%d %b" if local.year == now.astimezone().year else "%d %b %Y"
    return f"{local.strftime(day + ' %H:%M:%S')} · {ago(now - moment)}"


def ago(span: timedelta) -> str:
    """`2 min ago`, `in 3 h`; one unit is enough."""
    seconds = int(span.total_seconds())
    if abs(seconds) < 2:
        return "now"
    words = length(timedelta(seconds=abs(seconds)))
    return f"in {words}" if seconds < 0 else f"{words} ago"


SECOND = 0.9995
"""Seconds from which they are told as such: what is less reads as at most 999 ms."""


def duration(seconds: float) -> str:
    """How long something took: `148 ms`, `2.3 s`, `1 s`."""
    if seconds < SECOND:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f}".removesuffix(".0") + " s"


def how_long(span: timedelta) -> str:
    """A length of time to a person's precision: `45 s`, `3 min 45 s`, `2 h 5 min`, `3 d 4 h`."""
    seconds = max(0, round(span.total_seconds()))
    for size, word, smaller, part in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            rest = seconds % size // smaller
            return f"{seconds // size} {word}{f' {rest} {part}' if rest else ''}"
    return f"{seconds} s"


def length(span: timedelta) -> str:
    """A length of time in its largest fitting unit."""
    seconds = span.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {word}"
    return f"{seconds:.0f} s"


def lasting(seconds: float) -> str:
    """A length of time in its two largest units, to wait for: `54 s`, `1 min 54 s`, `2 h`, `1 d 3 h`."""
    left = max(0, round(seconds))
    words: list[str] = []
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, size)
        if count or (not words and size == 1):
            words.append(f"{count:,} {word}")
        elif words:
            # What follows the largest unit is the next smaller one, or nothing: no "2 h 5 s".
            break
        if len(words) == 2:
            break
    return " ".join(words)
