"""Formats times for people: local time with a known zone, how long ago, how long."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo


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


def short_day(day: date, now: datetime) -> str:
    """`22 Nov`, with the year where it is another one."""
    return f"{day.day} {day:%b}" + ("" if day.year == now.year else f" {day.year}")


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
