"""Which line of the screen shows which row of a tree, when some are folded away and some take several lines.

Only what differs from "one row, one line" is kept: a mark for each fold that nothing else hides, and for each
value opened to several lines. Finding a row or a line bisects the marks.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Final

from tui.widgets.response_view.json_tree import NONE, Tree

MOST_FOLDS: Final = 200_000
"""Folds made at once by depth; more would take longer than a keystroke may."""


class Folding:
    """The lines of a tree."""

    __slots__ = ("_after", "_folded", "_opened", "_rows", "_tree")

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._folded: set[int] = set()
        self._opened: dict[int, int] = {}
        self._rows: list[int] = []
        # How many lines all marks up to and with this one add, or take away when negative.
        self._after: list[int] = []

    # -- asking --------------------------------------------------------------------------------------

    @property
    def line_count(self) -> int:
        """How many lines there are, for the rows read so far."""
        return self._tree.count + (self._after[-1] if self._after else 0)

    def is_folded(self, row: int) -> bool:
        """Whether the object or array at `row` is folded."""
        return row in self._folded

    def extra_lines(self, row: int) -> int:
        """How many lines beyond the first the row takes."""
        return self._opened.get(row, 0)

    @property
    def opened(self) -> tuple[int, ...]:
        """The rows that take more than one line."""
        return tuple(self._opened)

    def row_at(self, line: int) -> tuple[int, int]:
        """The row on a line, and which of the row's lines that is, from 0."""
        mark = bisect_right(range(len(self._rows)), line, key=self._line_of_mark) - 1
        if mark < 0:
            return line, 0
        row = self._rows[mark]
        into = line - self._line_of_mark(mark)
        if into <= self._opened.get(row, 0):
            return row, into
        return line - self._after[mark], 0

    def line_of(self, row: int) -> int:
        """The line of a row; of one that is folded away, the line of the fold."""
        mark = bisect_left(self._rows, row) - 1
        if mark < 0:
            return row
        above = self._rows[mark]
        if above in self._folded and row <= self._tree.links[above]:
            return self._line_of_mark(mark)
        return row + self._after[mark]

    def _line_of_mark(self, mark: int) -> int:
        return self._rows[mark] + (self._after[mark - 1] if mark else 0)

    # -- changing ------------------------------------------------------------------------------------

    def fold(self, row: int) -> bool:
        """Fold the object or array at `row`; False while its end is not read, or when it holds nothing."""
        if not self._tree.is_container(row) or self._tree.links[row] >= self._tree.count:
            return False
        self._folded.add(row)
        self._mark()
        return True

    def unfold(self, row: int) -> None:
        """Show what the object or array at `row` holds; folds inside it stay."""
        self._folded.discard(row)
        self._mark()

    def fold_depth(self, depth: int) -> bool:
        """Fold every object and array at a depth that is read to its end; False when not all could be."""
        tree = self._tree
        found: list[int] = []
        whole = True
        for row in tree.containers:
            if row < tree.count and tree.depths[row] == depth:
                if len(found) >= MOST_FOLDS:
                    whole = False
                    break
                if tree.links[row] < tree.count:
                    found.append(row)
                else:
                    whole = False
        self._folded.update(found)
        self._mark()
        return whole

    def unfold_depth(self, depth: int) -> None:
        """Show what all objects and arrays at a depth hold."""
        self._folded -= {row for row in self._folded if self._tree.depths[row] == depth}
        self._mark()

    def unfold_all(self) -> None:
        """Show everything."""
        self._folded.clear()
        self._mark()

    def reveal(self, row: int) -> bool:
        """Unfold what hides a row; tells whether anything had to be."""
        around = self._tree.parents[row]
        hiding: set[int] = set()
        while around != NONE:
            hiding.add(around)
            around = self._tree.parents[around]
        hiding &= self._folded
        # A closing row stands inside the fold of the row it closes.
        if self._tree.is_close(row) and self._tree.links[row] in self._folded:
            hiding.add(self._tree.links[row])
        if not hiding:
            return False
        self._folded -= hiding
        self._mark()
        return True

    def open(self, rows: Iterable[tuple[int, int]]) -> None:
        """Give rows so many lines beyond the first; 0 takes them back."""
        for row, extra in rows:
            if extra > 0:
                self._opened[row] = extra
            else:
                self._opened.pop(row, None)
        self._mark()

    def _mark(self) -> None:
        rows: list[int] = []
        changes: list[int] = []
        links = self._tree.links
        shown_from = 0
        for row in sorted(self._folded.union(self._opened)):
            if row < shown_from:
                continue
            rows.append(row)
            if row in self._folded:
                changes.append(row - links[row])
                shown_from = links[row] + 1
            else:
                changes.append(self._opened[row])
        self._rows, self._after = rows, list(accumulate(changes))
