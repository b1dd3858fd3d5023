"""Verify v2: services, verifications and their codes. Knows nothing of HTTP, nor of how a code is sent.

Sources: https://www.twilio.com/docs/verify/api (service, verification, verification-check, rate-limits-and-timeouts),
Twilio's error dictionary. A code is good for ten minutes after the verification began. While it is, the same recipient
of the same service is sent the same one under the same SID, whatever the channel, five times at most (60203); after
five wrong tries no more are taken (60202), and no other is begun. What is approved or expired is gone (20404); what was
canceled, or tried too often, can be read until it expires.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from tui.sandbox.errors import Refusal
from tui.sandbox.sender_settings import Configured
from tui.sandbox.unchanging import Unchanging

LIFETIME: Final = timedelta(minutes=10)
MOST_SENDS: Final = 5
MOST_CHECKS: Final = 5

PENDING: Final = "pending"
APPROVED: Final = "approved"
CANCELED: Final = "canceled"
TRIED_TOO_OFTEN: Final = "max_attempts_reached"

# What is kept of the past: codes, and verifications that came to their end.
_MOST_KEPT = 10_000
_CODE = re.compile(r"[0-9A-Za-z]{4,10}")


@dataclass(frozen=True, slots=True)
class VerifyService(Configured):
    """A verification service; settings of a part are named as `totp.skew`, see `verify_settings.py`."""

    @property
    def code_length(self) -> int:
        """How many digits its codes have."""
        return int(str(self.settings["code_length"]))

    def has(self, setting: str) -> bool:
        """Whether a setting that is on or off is on."""
        return self.settings[setting] is True


@dataclass(frozen=True, slots=True)
class CodeAttempt:
    """One sending of a code."""

    sid: str
    at: datetime
    channel: str


@dataclass(frozen=True, slots=True)
class SentCode(Unchanging):
    """A code that was sent: to whom, on which channel (sms, call, whatsapp or email), when, in which verification."""

    to: str
    code: str
    channel: str
    at: datetime
    verification_sid: str


@dataclass(frozen=True, slots=True)
class StartedVerification(Unchanging):
    """One verification. `checks` counts the wrong tries; `attempts` are the sendings, oldest first."""

    sid: str
    service_sid: str
    to: str
    code: str
    created: datetime
    updated: datetime
    attempts: tuple[CodeAttempt, ...] = ()
    status: str = PENDING
    checks: int = 0

    @property
    def channel(self) -> str:
        """The channel it was last sent on."""
        return self.attempts[-1].channel

    def is_over(self, now: datetime) -> bool:
        """Whether Twilio has deleted it by now."""
        return self.status == APPROVED or now >= self.created + LIFETIME


@dataclass(slots=True)
class Verifications:
    """The account's verification services, what they verify, and every code they sent, oldest first."""

    services: dict[str, VerifyService] = field(default_factory=dict[str, VerifyService])
    codes: deque[SentCode] = field(default_factory=lambda: deque[SentCode](maxlen=_MOST_KEPT))
    kept: dict[str, StartedVerification] = field(default_factory=dict[str, StartedVerification])
    # Service and recipient → the verification that was begun last.
    latest: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def put(self, service: VerifyService) -> VerifyService:
        """Keep a new service, or one that was changed."""
        self.services[service.sid] = service
        return service

    def delete(self, service: VerifyService) -> None:
        """Remove a service with its verifications."""
        del self.services[service.sid]
        for verification in tuple(self.kept.values()):
            if verification.service_sid == service.sid:
                self._forget(verification)

    def find(self, service: VerifyService, sid: str, now: datetime) -> StartedVerification | None:
        """Return the verification with this SID, None for one that is over, or is another service's."""
        found = self.kept.get(sid)
        return None if found is None or found.service_sid != service.sid or found.is_over(now) else found

    def current(self, service: VerifyService, to: str, now: datetime) -> StartedVerification | None:
        """Return the verification of this recipient that stands in the way of a new one, or is to be checked."""
        found = self.find(service, self.latest.get((service.sid, to), ""), now)
        return None if found is None or found.status == CANCELED else found

    def send(
        self, service: VerifyService, to: str, channel: str, custom: str, now: datetime, sid: Callable[[str], str]
    ) -> StartedVerification:
        """Begin a verification, or send the code of the one that is under way once more.

        `custom` is a code that the caller made; empty for one that is made here. `sid` mints a SID of a kind.

        Raises:
            Refusal: 60202 or 60203 while the one under way takes no more; nothing is changed then.
        """
        verification = self.current(service, to, now)
        if verification is None:
            code = f"{int(sid(''), 16) % 10**service.code_length:0{service.code_length}}"
            verification = StartedVerification(sid("VE"), service.sid, to, code, now, now)
        if verification.status == TRIED_TOO_OFTEN:
            raise Refusal(60202)
        if len(verification.attempts) >= MOST_SENDS:
            raise Refusal(60203)
        attempt = CodeAttempt(sid("VL"), now, channel)
        code = custom or verification.code
        self.codes.append(SentCode(to, code, channel, now, verification.sid))
        return self._keep(replace(verification, code=code, attempts=(*verification.attempts, attempt), updated=now))

    def check(self, verification: StartedVerification, code: str, now: datetime) -> StartedVerification:
        """Try a code; the right one approves.

        Raises:
            Refusal: 60202 for one try too many, the right code or not.
        """
        if verification.status == TRIED_TOO_OFTEN or verification.checks >= MOST_CHECKS:
            self._keep(replace(verification, status=TRIED_TOO_OFTEN, updated=now))
            raise Refusal(60202)
        if code == verification.code:
            return self.end(verification, APPROVED, now)
        return self._keep(replace(verification, checks=verification.checks + 1, updated=now))

    def end(self, verification: StartedVerification, status: str, now: datetime) -> StartedVerification:
        """Approve or cancel a verification."""
        return self._keep(replace(verification, status=status, updated=now))

    def attempts(self) -> list[tuple[StartedVerification, CodeAttempt]]:
        """Return every sending that is kept, the newest first."""
        pairs = [(each, attempt) for each in self.kept.values() for attempt in each.attempts]
        return sorted(pairs, key=lambda pair: pair[1].at, reverse=True)

    def _keep(self, verification: StartedVerification) -> StartedVerification:
        if verification.sid not in self.kept:
            self.latest[verification.service_sid, verification.to] = verification.sid
        self.kept[verification.sid] = verification
        if len(self.kept) > _MOST_KEPT:
            self._forget(next(iter(self.kept.values())))
        return verification

    def _forget(self, verification: StartedVerification) -> None:
        del self.kept[verification.sid]
        whose = (verification.service_sid, verification.to)
        if self.latest.get(whose) == verification.sid:
            del self.latest[whose]


def is_code(text: str) -> bool:
    """Tell whether a text can be a code: four to ten letters and digits."""
    return _CODE.fullmatch(text) is not None
