"""Which messages a change can be made to, and why not to the others. Pure; asked of what the archive knows.

Sources: https://www.twilio.com/docs/messaging/api/message-resource for redacting, deleting and canceling; 20009 is what
Twilio answers about a message that is still on its way.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from tui.jobs.model import JobKind
from tui.twilio.message import STATUSES

if TYPE_CHECKING:
    from tui.twilio.message import Message

IN_FLIGHT: Final = frozenset({"accepted", "queued", "sending", "receiving"})
"""Twilio neither redacts nor deletes these (20009). `sent` may be the end: there the answer tells."""


class Unsuitable(StrEnum):
    """Why a change cannot be made to a message."""

    EMPTY = "empty"
    """There is neither a text nor a file: it was redacted before, or never had any."""
    IN_FLIGHT = "in_flight"
    SCHEDULED = "scheduled"
    NOT_SCHEDULED = "not_scheduled"
    INBOUND = "inbound"
    NO_TEXT = "no_text"
    """Nothing is known here of what it said: it was redacted, or had files or a template alone."""
    UNHEARD_STATUS = "unheard_status"
    """A status that this program does not know, or none: what Twilio would do is not known."""
    GONE = "gone"
    """It is not kept here any more."""


SAID: Final[Mapping[Unsuitable, str]] = {
    Unsuitable.EMPTY: "nothing to redact: neither a text nor files",
    Unsuitable.IN_FLIGHT: "on the way still: Twilio refuses that (20009)",
    Unsuitable.SCHEDULED: "scheduled: to be canceled first",
    Unsuitable.NOT_SCHEDULED: "not scheduled: nothing to cancel",
    Unsuitable.INBOUND: "came in: not sent from here",
    Unsuitable.NO_TEXT: "no text is known here",
    Unsuitable.UNHEARD_STATUS: "a status that is not known here",
    Unsuitable.GONE: "not kept here any more",
}
"""What is said of one or several such messages."""


def why_not(kind: JobKind, message: Message) -> Unsuitable | None:
    """Why this change is not made to a message; None where it can be. `CAMPAIGN` means to send its text again."""
    if kind is JobKind.CANCEL:
        return None if message.status == "scheduled" else Unsuitable.NOT_SCHEDULED
    if kind is JobKind.CAMPAIGN and message.inbound:
        return Unsuitable.INBOUND
    if kind is JobKind.REDACT and not message.body and message.num_media == 0:
        return Unsuitable.EMPTY
    if message.status not in STATUSES:
        return Unsuitable.UNHEARD_STATUS
    if message.status == "scheduled":
        return Unsuitable.SCHEDULED
    if message.status in IN_FLIGHT:
        return Unsuitable.IN_FLIGHT
    if kind is JobKind.CAMPAIGN and not message.body:
        return Unsuitable.NO_TEXT
    return None
