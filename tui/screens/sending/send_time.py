"""What is said about the time at which a message is to be sent: how it was read, and what the recipient's clock shows.

Knows no widgets.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from tui.safe_text import safe_text
from tui.screens.sending.draft import DraftFields, read_send_at, recipient_of
from tui.theme import Tone
from tui.time_format import planned_time
from tui.twilio.addresses import AddressError, read_sender
from tui.twilio.drafts import schedule_problems
from tui.twilio.errors import InvalidRequest
from tui.twilio.recipient_time import RecipientTime, recipient_time


def say_recipient_time(there: RecipientTime | None, here: datetime) -> str:
    """`15:00 there (Berlin)`, with the weekday where it is another one than here, and whether it is night.

    Args:
        there: what the recipient's clock shows; None where nothing is known of it.
        here: the same instant in the person's own zone.
    """
    if there is None:
        return ""
    first, last = there.times[0], there.times[-1]
    if len(there.times) == 1:
        area = ", by the area code" if there.by_area_code else ""
        place = f" ({there.place}{area})" if there.place else ""
        return f"{_clock(first, here)} there{place}{': at night' if there.nights else ''}"
    night = "" if not there.nights else ": at night" if there.nights == len(there.times) else ": night for some"
    until = _clock(last, first if first.date() != here.date() else here)
    return f"{_clock(first, here)} to {until} there (several time zones){night}"


def _clock(there: datetime, here: datetime) -> str:
    return f"{there:%H:%M}" if there.date() == here.date() else f"{there:%a %H:%M}"


def explain_send_at(
    typed: DraftFields, *, now: datetime, zone: tzinfo | None = None, finished: bool = True
) -> tuple[str, Tone]:
    """How a typed time is read, what stands against it, and what time it is then for the recipient; and its tone.

    `finished` is False while it is being typed: what cannot be read yet is no mistake then.
    """
    try:
        planned = read_send_at(typed.send_at, now=now, zone=zone)
    except InvalidRequest as problem:
        return safe_text(str(problem), limit=240), "bad" if finished else "muted"
    if planned is None:
        return "", "plain"
    read = f"= {planned_time(planned.instant, now, zone)}"
    if problem := next(schedule_problems(_sender(typed), planned.instant, now, zone), None):
        return f"{read} · {problem}", "warn"
    there = recipient_time(_recipient(typed), planned.instant)
    parts = (read, say_recipient_time(there, planned.instant.astimezone(zone)), planned.note)
    return " · ".join(part for part in parts if part), "warn" if there and there.nights else "plain"


def _sender(typed: DraftFields) -> str:
    try:
        return read_sender(typed.from_)
    except AddressError:
        return ""


def _recipient(typed: DraftFields) -> str:
    try:
        recipient = recipient_of(typed)
    except InvalidRequest:
        return ""
    return recipient.address if recipient else ""
