"""Scrolling by the line over blocks of lines of different heights, whose heights are asked for only where one comes.

A place is a block's index and the number of a line in it. Pure: knows neither messages nor widgets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Place = tuple[int, int]
"""A block, and a line of it."""


@dataclass(frozen=True, slots=True)
class BlockScroll:
    """A view over one or more blocks. What is called `top` is the first line in view, `cursor` the block one is on.

    Attributes:
        count: how many blocks there are.
        height_of: how many lines a block has, at least one; what it raises is handed on.
        view: how many lines are in view.
        covered: how many of those, at the bottom, show something else.
    """

    count: int
    height_of: Callable[[int], int]
    view: int
    covered: int = 0

    @property
    def room(self) -> int:
        """Lines of the blocks that can be seen at once."""
        return max(1, self.view - self.covered)

    def last_line(self, index: int) -> Place:
        """The last line of a block."""
        return index, self.height_of(index) - 1

    def up(self, place: Place, lines: int) -> Place:
        """So many lines further up, at most the first line of all."""
        index, line = place
        while line < lines:
            if index == 0:
                return 0, 0
            lines -= line + 1
            index, line = self.last_line(index - 1)
        return index, line - lines

    def down(self, place: Place, lines: int) -> Place:
        """So many lines further down, at most the last line of all."""
        index, line = place
        while (left := self.height_of(index) - 1 - line) < lines:
            if index == self.count - 1:
                return self.last_line(index)
            lines -= left + 1
            index, line = index + 1, 0
        return index, line + lines

    def lowest(self) -> Place:
        """The top where the last line of all is in view, at the bottom if there are enough."""
        return self.up(self.last_line(self.count - 1), self.view - 1)

    def reveal(self, top: Place, index: int, *, upwards: bool = False) -> Place:
        """The top nearest to this one that brings a block into view; of one taller than the view its beginning, or end.

        Args:
            upwards: whether one comes from below, and sees the end first.
        """
        first, ends = (index, 0), self.up(self.last_line(index), self.room - 1)
        if first < top:
            return max(first, ends) if upwards else first
        return max(top, min(first, ends))

    def next(self, top: Place, cursor: int) -> tuple[Place, int]:
        """One block further down; within one taller than the view one line."""
        end, bottom = self.last_line(cursor), self.down(top, self.room - 1)
        if top <= end and (cursor, 0) <= bottom < end:
            return self.down(top, 1), cursor
        if cursor == self.count - 1 and top <= end <= bottom:
            return top, cursor
        cursor = min(cursor + 1, self.count - 1)
        return self.reveal(top, cursor), cursor

    def previous(self, top: Place, cursor: int) -> tuple[Place, int]:
        """One block further up; within one taller than the view one line."""
        if (cursor, 0) < top <= self.last_line(cursor):
            return self.up(top, 1), cursor
        cursor = max(0, cursor - 1)
        return self.reveal(top, cursor, upwards=True), cursor

    def page(self, top: Place, cursor: int, direction: int) -> tuple[Place, int]:
        """A view less one line further down or up; the cursor stays on its line of the screen, or goes to the end."""
        step = max(1, self.room - 1)
        there = min(self.lowest(), self.down(top, step)) if direction > 0 else self.up(top, step)
        if there == top or (direction > 0 and there < top):
            if direction < 0:
                return top, 0
            # Where lines are covered, those above them are the last that can be seen.
            last = self.count - 1
            return max(top, self.up(self.last_line(last), self.room - 1)), last
        y, place = 0, top
        while y < self.room - 1 and place < (cursor, 0):
            place, y = self.down(place, 1), y + 1
        return there, self.down(there, y)[0]
