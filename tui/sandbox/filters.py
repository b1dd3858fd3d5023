"""Which messages a list request asks for: To, From, and DateSent on, before and after, bounds included.

A day means the whole day in UTC. A message that has not been sent yet is found by the day it was created, so
that a search for a message just accepted does not miss it; Twilio does not say what it does there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tui.sandbox.addresses import channel_of, is_alphanumeric, is_short_code, phone_number
from tui.sandbox.errors import Refusal
from tui.sandbox.form import Form
from tui.sandbox.messages import Message

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a message must match. `since` is included, `until` is not."""

    to: str | None = None
    from_: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def admit(self, message: Message, now: datetime) -> bool:
        """Tell whether the message belongs on the list."""
        if self.to is not None and message.to != self.to:
            return False
        standing = message.standing(now)
        if self.from_ is not None and (message.sender != self.from_ or not standing.assigned):
            return False
        # Dates are shown, and therefore compared, in whole seconds.
        moment = (standing.sent or message.created).replace(microsecond=0)
        if self.since is not None and moment < self.since:
            return False
        return self.until is None or moment < self.until


def read_filters(query: Form) -> Filters:
    """Read the filters of a list request.

    Raises:
        Refusal: 20001 for a date that cannot be read.
    """
    since: datetime | None = None
    until: datetime | None = None
    for key, value in query.pairs:
        if not key.startswith("DateSent") or not value.strip():
            continue
        # `DateSent>=2026-01-02` is the pair ("DateSent>", "2026-01-02"); some clients encode the whole sign.
        relation = key.removeprefix("DateSent").rstrip("=")
        text = value.strip()
        if relation == "" and text[0] in "<>":
            relation, text = text[0], text[1:].removeprefix("=")
        start, end = _span(key, text, whole_day=relation == "")
        if relation in {"", ">"}:
            since = start if since is None else max(since, start)
        if relation in {"", "<"}:
            until = end if until is None else min(until, end)
    return Filters(_address(query.text("To")), _address(query.text("From")), since, until)


def _span(key: str, text: str, *, whole_day: bool) -> tuple[datetime, datetime]:
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        if whole_day or len(text) <= len("2026-01-02"):
            return midnight, midnight + _DAY
        return moment, moment + timedelta(seconds=1)
    except (ValueError, OverflowError):
        reason = f"{key} {text} is neither a date like 2026-01-02 nor an ISO 8601 time"
        raise Refusal(20001, reason=reason) from None


def _address(text: str) -> str | None:
    if not text:
        return None
    if channel_of(text) or is_short_code(text) or is_alphanumeric(text):
        return text
    return phone_number(text) or text
