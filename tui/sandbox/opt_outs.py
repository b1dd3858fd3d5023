"""Opt-outs: who said STOP to which sender or messaging service, and START again.

Whoever texts STOP to a number of a messaging service hears nothing more from the whole service; what is said to a
number outside of one holds for that number (https://help.twilio.com, "Twilio support for opt-out keywords").
"""

from __future__ import annotations

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})


class OptOuts:
    """Pairs of a recipient and what may not text them: a sender's address, or the SID of a messaging service."""

    def __init__(self) -> None:
        self._pairs: set[tuple[str, str]] = set()

    def hear(self, from_: str, to: str, body: str, service: str = "") -> None:
        """Take note of an inbound message, which may be STOP or START; `service` has `to` in its pool."""
        word = body.strip().upper()
        if word in STOP_WORDS:
            self._pairs.add((from_, service or to))
        elif word in START_WORDS:
            self._pairs -= {(from_, to), (from_, service)}

    def block(self, recipient: str, *senders: str) -> bool:
        """Tell whether the recipient has opted out of any of these senders and services."""
        return any((recipient, sender) in self._pairs for sender in senders)
