"""How many of a job's messages fail after Twilio took them, as far as the archive knows, for its halting. Asks it for
those alone whose status may change still, a piece at a time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from tui.twilio.message import FINAL

if TYPE_CHECKING:
    from tui.services.message_archive import MessageArchive

PIECE: Final = 200
"""Messages that the archive is asked for at a time."""

FAILED: Final = ("failed", "undelivered")


class JobStatuses:
    """What the archive knows of one job's messages, as of the last `count`."""

    def __init__(self) -> None:
        self._final: dict[str, int | None] = {}
        """SID of a message whose status is final → its code, where it failed by one."""

    @property
    def settled(self) -> int:
        """How many have a status that is final."""
        return len(self._final)

    async def count(self, sids: Sequence[tuple[int, str]], archive: MessageArchive) -> dict[int, int]:
        """Of those that failed or were not delivered, Twilio's code → how many; `sids` by the number of their item."""
        open_ones = await asyncio.to_thread(lambda: [sid for _, sid in sids if sid not in self._final])
        for first in range(0, len(open_ones), PIECE):
            for sid, message in (await archive.find_all(open_ones[first : first + PIECE])).items():
                if message.status in FINAL:
                    self._final[sid] = message.error_code if message.status in FAILED else None
        codes = await asyncio.to_thread(Counter, tuple(self._final.values()))
        return {code: count for code, count in codes.items() if code is not None}
