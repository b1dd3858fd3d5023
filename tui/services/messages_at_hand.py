"""Messages that were read from the archive, by row number: what a list draws from. Knows no list and no archive."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.twilio.message import Message

Moved = tuple[int | None, int | None]
"""The row number of a message before and now; None where it was not, or is not any more."""


class MessagesAtHand:
    """Messages that were read, by row number.

    Args:
        read: reads messages from the archive.
    """

    def __init__(self, read: Callable[[Sequence[int]], Awaitable[Sequence[Message | None]]]) -> None:
        self._read = read
        self._messages: dict[int, Message | None] = {}
        self._under_way: list[tuple[Sequence[int], set[int]]] = []
        """For each reading: its rows, and those that have changed since it began."""

    def get(self, row: int) -> Message | None:
        """The message of a row; None where it was not read, or is not there any more."""
        return self._messages.get(row)

    def missing(self, rows: Iterable[int]) -> list[int]:
        """Those of the rows that were not read."""
        return [row for row in rows if row not in self._messages]

    async def read(self, rows: Sequence[int]) -> list[int]:
        """Read messages, also those at hand; the rows whose message is another now.

        What changes meanwhile is not taken: it is missing still, or left as it was.
        """
        changed: set[int] = set()
        self._under_way.append((rows, changed))
        try:
            found = await self._read(rows)
        except Exception:
            # Whoever waits for these rows waits no longer.
            self._messages.update(dict.fromkeys(self.missing(rows)))
            raise
        finally:
            self._under_way = [each for each in self._under_way if each[1] is not changed]
        pairs = [(row, message) for row, message in zip(rows, found, strict=True) if row not in changed]
        others = [row for row, message in pairs if self._messages.get(row) != message]
        self._messages.update(pairs)
        return others

    def take(self, moves: Sequence[Moved]) -> list[int]:
        """Move messages to the rows they have now; the rows at hand that must be read again."""
        for _, changed in self._under_way:
            changed.update(row for move in moves for row in move if row is not None)
        held = {
            now: self._messages.pop(before) for before, now in moves if before is not None and before in self._messages
        }
        for _, now in moves:
            if now is not None:
                self._messages.pop(now, None)
        kept = {now: message for now, message in held.items() if now is not None and message is not None}
        self._messages.update(kept)
        return list(kept)

    def doubt(self) -> list[int]:
        """Take what is being read for out of date: anything may be another. The rows at hand, to be read again."""
        for rows, changed in self._under_way:
            changed.update(rows)
        return list(self._messages)

    def keep_only(self, rows: Iterable[int]) -> None:
        """Let go of all others."""
        self._messages = {row: self._messages[row] for row in rows if row in self._messages}
