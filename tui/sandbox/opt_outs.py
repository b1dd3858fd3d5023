"""Opt-outs: who said STOP to which sender, and START again."""

from __future__ import annotations

from collections.abc import Iterable

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})


class OptOuts:
    """Pairs of a recipient and the number of ours that may not text them."""

    def __init__(self) -> None:
        self._pairs: set[tuple[str, str]] = set()

    def hear(self, from_: str, to: str, body: str) -> None:
        """Take note of an inbound message, which may be STOP or START."""
        word = body.strip().upper()
        if word in STOP_WORDS:
            self._pairs.add((from_, to))
        elif word in START_WORDS:
            self._pairs.discard((from_, to))

    def block(self, recipient: str, senders: Iterable[str]) -> bool:
        """Tell whether the recipient has opted out of any of these senders."""
        return any((recipient, sender) in self._pairs for sender in senders)
