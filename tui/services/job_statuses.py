"""How the messages of a job fared after Twilio took them, as far as the archive knows. Asks it for those alone whose
status may change still, a piece at a time, and not too often.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from tui.twilio.message import FINAL

if TYPE_CHECKING:
    from tui.services.message_archive import MessageArchive

BETWEEN_COUNTS: Final = 2.0
"""Seconds between two counts."""

PIECE: Final = 200
"""Messages that the archive is asked for at a time."""

FAILED: Final = ("failed", "undelivered")


class JobStatuses:
    """What the archive knows of one job's messages, as of the last `count`.

    Attributes:
        known: whether they were counted.
        statuses: Twilio's status → how many; "" for those that the archive does not know.
        codes: of those that failed or were not delivered: Twilio's code → how many, None for none.
        settled: how many have a status that is final.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.known = False
        self.statuses: Counter[str] = Counter()
        self.codes: Counter[int | None] = Counter()
        self._monotonic = monotonic
        self._counted = float("-inf")
        self._final: dict[str, tuple[str, int | None]] = {}
        self._counting = False

    @property
    def due(self) -> bool:
        """Whether they may be counted again."""
        return not self._counting and self._monotonic() - self._counted >= BETWEEN_COUNTS

    @property
    def settled(self) -> int:
        """How many have a status that is final."""
        return len(self._final)

    def codes_known(self) -> dict[int, int]:
        """`codes` without those that have none."""
        return {code: count for code, count in self.codes.items() if code is not None}

    async def count(self, sids: Sequence[tuple[int, str]], archive: MessageArchive) -> None:
        """Count them anew: these messages, by the number of their item."""
        self._counting = True
        try:
            open_ones = await asyncio.to_thread(self._open, sids)
            found: dict[str, tuple[str, int | None]] = {}
            for first in range(0, len(open_ones), PIECE):
                piece = await archive.find_all(open_ones[first : first + PIECE])
                found |= {sid: (message.status, message.error_code) for sid, message in piece.items()}
            await asyncio.to_thread(self._add_up, sids, found)
            self.known = True
        finally:
            self._counting = False
            self._counted = self._monotonic()

    def _open(self, sids: Sequence[tuple[int, str]]) -> list[str]:
        """Those whose status may change still."""
        return [sid for _, sid in sids if sid not in self._final]

    def _add_up(self, sids: Sequence[tuple[int, str]], found: dict[str, tuple[str, int | None]]) -> None:
        self._final |= {sid: each for sid, each in found.items() if each[0] in FINAL}
        known = [self._final.get(sid) or found.get(sid, ("", None)) for _, sid in sids]
        self.statuses = Counter(status for status, _ in known)
        self.codes = Counter(code for status, code in known if status in FAILED)
