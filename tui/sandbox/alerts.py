"""The account's alerts, as monitor.twilio.com keeps them: one for each webhook that failed, with request and answer.

A message whose media cannot be had leaves one too: 11200 and 12300 (a type that does not fit) are Twilio's codes for
what it fetches, 63019 is the channels' own. That the message itself ends with the same code is not established.

Source: https://www.twilio.com/docs/usage/monitor-alert. Which code a failure has: 11205 where no answer came, 11200 for
one that is no 2xx, 11750 for one that is too large, 12100 and 12102 for what is no TwiML (Twilio's error dictionary).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from tui.sandbox.errors import describe
from tui.sandbox.filters import ALWAYS, TimeSpan, read_span
from tui.sandbox.parameters import Form, choice, given

KEPT = 1000
"""Alerts that are kept; the oldest is forgotten first."""

NO_ANSWER, BAD_STATUS, TOO_LARGE, NOT_XML, NO_RESPONSE = 11205, 11200, 11750, 12100, 12102
BAD_TYPE, CHANNEL_MEDIA = 12300, 63019

LEVEL = "error"
"""The level of every alert here; Twilio has three more."""

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What came of a webhook that was called, after its last attempt.

    Attributes:
        status: 0 where no answer came.
        note: why there is no answer, or none that counts.
        too_large: whether its body was larger than Twilio reads.
    """

    method: str
    url: str
    params: Pairs
    status: int = 0
    headers: Pairs = ()
    body: bytes = b""
    note: str = ""
    too_large: bool = False

    @property
    def code(self) -> int | None:
        """The error code of its failure; None where it was answered as it should be."""
        if self.too_large:
            return TOO_LARGE
        if not self.status:
            return NO_ANSWER
        return None if 200 <= self.status < 300 else BAD_STATUS


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """One alert: of which message's webhook or media, which failure, when, and the exchange in full."""

    sid: str
    created: datetime
    resource_sid: str
    code: int
    answer: WebhookAnswer

    @property
    def text(self) -> str:
        """Twilio's own form of it: pairs, as in a query."""
        answer = self.answer
        return urlencode(
            [
                ("Msg", answer.note or describe(self.code) or ""),
                ("ErrorCode", str(self.code)),
                ("httpResponse", str(answer.status or 502)),
                ("url", answer.url),
                ("LogLevel", LEVEL.upper()),
            ]
        )


class AlertLog:
    """The alerts kept. `sid` gives out the SIDs of new ones."""

    def __init__(self, clock: Callable[[], datetime], sid: Callable[[str], str]) -> None:
        self._clock = clock
        self._sid = sid
        self._kept: deque[StoredAlert] = deque(maxlen=KEPT)

    def add(self, resource_sid: str, code: int, answer: WebhookAnswer) -> None:
        """Keep an alert about the webhook of this message, or about its media."""
        self._kept.appendleft(StoredAlert(self._sid("NO"), self._clock(), resource_sid, code, answer))

    def find(self, sid: str) -> StoredAlert | None:
        """Return the alert with this SID."""
        return next((alert for alert in self._kept if alert.sid == sid), None)

    def asked_for(self, query: Form) -> list[StoredAlert]:
        """Return the alerts that a list asks for, newest first.

        Raises:
            Refusal: 20001 for a LogLevel, a StartDate or an EndDate that cannot be.
        """
        level = given(query, "LogLevel", choice("error", "warning", "notice", "debug"))
        span = _span(query)
        return [alert for alert in self._kept if level in {None, LEVEL} and span.holds(alert.created)]


def _span(query: Form) -> TimeSpan:
    """From StartDate to EndDate, both included: each a day or a time in GMT."""
    start, end = (query.text(name) for name in ("StartDate", "EndDate"))
    since = read_span(Form([("StartDate>", start)]), "StartDate").since if start else None
    until = read_span(Form([("EndDate<", end)]), "EndDate").until if end else None
    return TimeSpan(since, until) if since or until else ALWAYS
