"""From what is typed to what would be sent, with everything that is certainly wrong on the way. No widgets here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from tui.screens.compose.draft_fields import DraftFields
from tui.screens.compose.schedule import read_send_at
from tui.storage.journal import JournalEntry
from tui.twilio.addresses import AddressError, Recipient, read_recipient, read_sender
from tui.twilio.drafts import Draft, check
from tui.twilio.errors import InvalidRequest

FIELD_OF = {
    "From": "from_",
    "To": "to",
    "Body": "body",
    "MediaUrl": "media",
    "StatusCallback": "callback",
    "SendAt": "send_at",
    "ValidityPeriod": "validity",
    "ContentSid": "content_sid",
    "ContentVariables": "content_variables",
}
"""Twilio's name of a parameter → the form's field, in the order of the form."""

_CHOICES = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class DraftReading:
    """What the form says, read.

    Attributes:
        draft: what would be sent; to be sent only when there are no problems.
        recipient: how To was read, None when it could not be.
        problems: what is wrong, in the order of the form, one per field.
    """

    draft: Draft
    recipient: Recipient | None
    problems: tuple[InvalidRequest, ...]


def read_draft(typed: DraftFields, *, now: datetime, zone: tzinfo | None = None) -> DraftReading:
    """Read a whole form.

    Args:
        typed: the texts of the form.
        now: the present, aware: schedules are measured from it.
        zone: the zone of times without one; this machine's when None.
    """
    problems: dict[str, InvalidRequest] = {}
    sender, recipient = typed.from_.strip(), None
    try:
        sender = read_sender(typed.from_) if sender else ""
    except AddressError as problem:
        problems["From"] = InvalidRequest("From", problem.reason, problem.remedy)
    try:
        recipient = recipient_of(typed)
    except InvalidRequest as problem:
        problems["To"] = problem
    send_at, validity = None, None
    try:
        send_at = read_send_at(typed.send_at, now=now, zone=zone)
    except InvalidRequest as problem:
        problems["SendAt"] = problem
    try:
        validity = _seconds(typed.validity)
    except InvalidRequest as problem:
        problems["ValidityPeriod"] = problem
    draft = Draft(
        to=recipient.address if recipient else typed.to.strip(),
        from_=sender,
        body=typed.body,
        media_urls=tuple(line.strip() for line in typed.media.splitlines() if line.strip()),
        status_callback=typed.callback.strip() or None,
        validity_period=validity,
        send_at=send_at,
        content_sid=typed.content_sid.strip() or None,
        content_variables=typed.content_variables.strip() or None,
        smart_encoded=_CHOICES.get(typed.smart_encoded),
        shorten_urls=_CHOICES.get(typed.shorten_urls),
        send_as_mms=_CHOICES.get(typed.send_as_mms),
    )
    for problem in check(draft, now):
        problems.setdefault(problem.field, problem)
    order = list(FIELD_OF)
    found = sorted(problems.values(), key=lambda p: order.index(p.field) if p.field in order else len(order))
    return DraftReading(draft, recipient, tuple(found))


def unspent(typed: DraftFields, entry: JournalEntry, now: datetime) -> DraftFields:
    """What is left of a draft after a send was accepted: its sender when it is what was sent, else all of it."""
    sent = read_draft(typed, now=now).draft
    same = (sent.to, sent.body, sent.media_urls) == (entry.to, entry.body, entry.media)
    return DraftFields(from_=typed.from_) if same else typed


def recipient_of(typed: DraftFields) -> Recipient | None:
    """How To is read with this sender; None when nothing is typed.

    Raises:
        InvalidRequest: field To.
    """
    if not typed.to.strip():
        return None
    try:
        return read_recipient(typed.to, sender=typed.from_.strip() or None)
    except AddressError as problem:
        raise InvalidRequest("To", problem.reason, problem.remedy) from None


def _seconds(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidRequest(
            "ValidityPeriod", "The validity is not a number of seconds.", "Give 1 to 36000, such as 3600."
        )
    return int(text)
