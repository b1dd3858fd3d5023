"""What list requests ask for: messages by To, From and DateSent, files by DateCreated, numbers and accounts by name.

A message that has not been sent, be it still in the queue or refused, is found by the day it was created, so that a
search by date does not miss one just accepted, or one that failed; Twilio does not say what it does there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from tui.sandbox.addresses import as_listed
from tui.sandbox.fields import choice, flag, given
from tui.sandbox.form import Form
from tui.sandbox.messages import Message
from tui.sandbox.senders import OwnedNumber
from tui.sandbox.spans import ALWAYS, Span, read_span

_LONGEST_PATTERN = 64


@dataclass(frozen=True, slots=True)
class Filters:
    """What a message must match."""

    to: str | None = None
    from_: str | None = None
    sent: Span = ALWAYS

    def admit(self, message: Message, now: datetime) -> bool:
        """Tell whether the message belongs on the list."""
        if self.to is not None and message.to != self.to:
            return False
        standing = message.standing(now)
        if self.from_ is not None and (message.sender != self.from_ or not standing.assigned):
            return False
        return self.sent.holds(standing.sent or message.created)


def read_filters(query: Form) -> Filters:
    """Read the filters of a list of messages.

    Raises:
        Refusal: 20001 for a date that cannot be read.
    """
    to, from_ = as_listed(query.text("To")), as_listed(query.text("From"))
    return Filters(to or None, from_ or None, read_span(query, "DateSent"))


def numbers_asked_for(query: Form, numbers: tuple[OwnedNumber, ...]) -> list[OwnedNumber]:
    """Return the owned numbers that a list of them asks for.

    PhoneNumber is a part of the number, in which `*` stands for any one digit; FriendlyName is the whole name.
    Beta=false leaves numbers out that are new to Twilio, true is the default; Origin is twilio or hosted.

    Raises:
        Refusal: 20001 for a Beta or an Origin that cannot be.
    """
    part = query.text("PhoneNumber")[:_LONGEST_PATTERN]
    pattern = re.compile("[0-9]".join(map(re.escape, part.split("*"))))
    name = query.get("FriendlyName") or None
    with_beta = given(query, "Beta", flag) is not False
    hosted = given(query, "Origin", choice("twilio", "hosted")) == "hosted"
    return [
        number
        for number in numbers
        if pattern.search(number.phone_number)
        and name in {None, number.friendly_name}
        and (with_beta or not number.beta)
        and not hosted
    ]


def is_account_asked_for(query: Form, name: str, status: str) -> bool:
    """Tell whether a list of accounts, by FriendlyName and Status, holds the one of that name and status.

    Raises:
        Refusal: 20001 for a Status that cannot be.
    """
    wanted = given(query, "Status", choice("active", "suspended", "closed"))
    return (query.get("FriendlyName") or name) == name and wanted in {None, status}
