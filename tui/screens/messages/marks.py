"""The messages that a person marked, by row number: eight bytes each, however many. Pure; no message is read here.

They follow their messages when these get other rows, and are let go of with them: nothing is marked that is not listed.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from tui.screens.messages.listing import change_rows

if TYPE_CHECKING:
    from tui.services.messages_at_hand import Moved


_FEW: Final = 8
"""Of so many listed one is marked, or fewer: each is looked for by itself."""


def _has(rows: Sequence[int], row: int) -> bool:
    place = bisect_left(rows, row)
    return place < len(rows) and rows[place] == row


class Marks:
    """What is marked.

    Attributes:
        rows: row numbers, oldest first.
    """

    def __init__(self) -> None:
        self.rows = array("q")
        self._sids: dict[int, str] = {}
        """SIDs of those that were marked one by one: what another window wrote may have moved them."""

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, row: int) -> bool:
        return _has(self.rows, row)

    def toggle(self, row: int, sid: str = "") -> bool:
        """Mark a message, or unmark it; whether it is marked now."""
        if row in self:
            self.discard([row])
            return False
        self.rows, _ = change_rows(self.rows, (), (row,))
        if sid:
            self._sids[row] = sid
        return True

    def mark_all(self, rows: array[int]) -> None:
        """Mark exactly these, ascending; they are copied."""
        self.rows, self._sids = rows[:], {}

    def clear(self) -> None:
        """Unmark all."""
        self.mark_all(array("q"))

    def has_all_of(self, rows: Sequence[int]) -> bool:
        """Whether all of these, of which nothing else is marked, are marked."""
        return len(self.rows) == len(rows) > 0

    # -- changes of the list -------------------------------------------------------------------------

    def follow(self, moves: Iterable[Moved]) -> None:
        """Go where messages went: row numbers before and now, of one write; one may take another's."""
        here = [(before, now) for before, now in moves if before is not None and before != now and before in self]
        if not here:
            return
        sids = {now: self._sids.get(before, "") for before, now in here if now is not None}
        self.rows, _ = change_rows(self.rows, [before for before, _ in here], list(sids))
        for before, _ in here:
            self._sids.pop(before, None)
        self._sids.update({row: sid for row, sid in sids.items() if sid})

    def discard(self, rows: Collection[int]) -> int:
        """Unmark these; how many of them were marked."""
        before = len(self.rows)
        self.rows, _ = change_rows(self.rows, [row for row in rows if row in self], ())
        for row in rows:
            self._sids.pop(row, None)
        return before - len(self.rows)

    def keep_only(self, listed: Sequence[int]) -> int:
        """Unmark what is not among these, ascending; how many that were."""
        if not self.rows or self.rows == listed:
            return 0
        before = len(self.rows)
        if before * _FEW < len(listed):
            # A set of a million rows takes the loop longer than a key may.
            self.rows = array("q", [row for row in self.rows if _has(listed, row)])
        else:
            among = set(listed)
            self.rows = array("q", [row for row in self.rows if row in among])
        self._sids = {row: sid for row, sid in self._sids.items() if row in self}
        return before - len(self.rows)

    def others_by_now(self, sids: Mapping[int, str]) -> list[int]:
        """Of those marked one by one the rows on which another message stands, or none, by these SIDs."""
        return [row for row, sid in self._sids.items() if sids.get(row) != sid]

    def are_others(self, rows: Iterable[int], sids: Iterable[str]) -> bool:
        """Whether one of these messages stands on the row of another that was marked by itself."""
        known = self._sids
        return bool(known) and any(known.get(row, sid) != sid for row, sid in zip(rows, sids, strict=True))

    @property
    def marked_one_by_one(self) -> list[int]:
        """The rows of those."""
        return list(self._sids)
