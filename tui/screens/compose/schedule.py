"""When to send, as a person types it and as it is said back. Knows nothing of forms.

Only forms that cannot be read in two ways are taken: a full date and time, or a span from now.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from tui.twilio.errors import InvalidRequest

FORMS = "2026-11-30 09:00, or in 2h, in 90m, in 3d"

_CLOCK = re.compile(r"(\d{4}-\d{2}-\d{2})[ T]+(\d{1,2}:\d{2})(?::\d{2})?(\s*Z|\s*[+-]\d{2}:?\d{2})?", re.ASCII)
_SPAN = re.compile(r"in\s+(\d{1,5})\s*(m|min|h|d)", re.ASCII | re.IGNORECASE)
_UNITS = {"m": timedelta(minutes=1), "min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def read_send_at(text: str, *, now: datetime, zone: tzinfo | None = None) -> datetime | None:
    """The instant that is meant; None for an empty text.

    Args:
        text: `2026-11-30 09:00` in the zone (an offset or Z may follow), or `in 2h`, `in 90m`, `in 3d`.
        now: the present, aware.
        zone: the zone of times without an offset; this machine's when None.

    Raises:
        InvalidRequest: field SendAt; the text is neither, or names a time that does not exist.
    """
    text = text.strip()
    if not text:
        return None
    if span := _SPAN.fullmatch(text):
        return now + int(span[1]) * _UNITS[span[2].lower()]
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        raise InvalidRequest("SendAt", "This is not a time that can be read.", f"Write {FORMS}.")
    day, hour, offset = clock[1], clock[2].rjust(5, "0"), (clock[3] or "").strip()
    try:
        read = datetime.fromisoformat(f"{day}T{hour}{offset}")
    except ValueError:
        raise InvalidRequest("SendAt", "There is no such date or time.", "Check day, month, hour and minute.") from None
    return read if read.tzinfo is not None else _in_zone(read, zone)


def _in_zone(local: datetime, zone: tzinfo | None) -> datetime:
    try:
        aware = local.replace(tzinfo=zone) if zone is not None else local.astimezone()
        again = aware.astimezone(UTC).astimezone(zone)
    except (OverflowError, OSError, ValueError):
        raise InvalidRequest("SendAt", "That time is out of range.", f"Write {FORMS}.") from None
    if again.replace(tzinfo=None) != local:
        raise InvalidRequest(
            "SendAt", "The clocks are put forward over that time: it does not exist.", "Give one an hour later."
        )
    return aware


def explain_send_at(text: str, *, now: datetime, zone: tzinfo | None = None) -> tuple[str, bool]:
    """How a typed time is read, or what is wrong with it; and whether it is wrong."""
    try:
        instant = read_send_at(text, now=now, zone=zone)
    except InvalidRequest as problem:
        return str(problem), True
    return (f"= {say_instant(instant, zone)}" if instant else ""), False


def say_instant(instant: datetime, zone: tzinfo | None = None) -> str:
    """An instant in the zone, with its name and offset: `Mon 30 Nov 2026 09:00 CET (UTC+01:00)`."""
    local = instant.astimezone(zone)
    offset = local.strftime("%z")
    name = local.tzname() or ""
    sign = f"UTC{offset[:3]}:{offset[3:5]}"
    named = f"{name} ({sign})" if name and not name.startswith(("UTC", "+", "-")) else sign
    return f"{local:%a} {local.day} {local:%b %Y %H:%M} {'UTC' if name == 'UTC' else named}"
