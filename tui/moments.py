"""Instants in a person's words: local time with a known zone, and how long ago."""

from __future__ import annotations

from datetime import datetime, timedelta


def zone_name(now: datetime) -> str:
    """The local zone, as `CET (UTC+01:00)`."""
    local = now.astimezone()
    offset = local.strftime("%z")
    return f"{local.tzname()} (UTC{offset[:3]}:{offset[3:5]})" if local.utcoffset() else "UTC"


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


def length(span: timedelta) -> str:
    """A length of time in its largest fitting unit."""
    seconds = span.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {word}"
    return f"{seconds:.0f} s"
