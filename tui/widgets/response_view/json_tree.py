"""A JSON text as flat arrays: one row for a value, one more where an object or array ends; no object per value.

Rows stand in the order of the text, as it would be printed with one member a line. Every row knows where its
text begins, its parent and its depth: 22 bytes a row at most, whatever the values hold. The text itself stays
the only copy of keys and values, so that numbers and repeated keys are kept as written.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

NONE: Final = 0xFFFF_FFFF
"""No such row or offset; texts are shorter than that."""

_OPENERS: Final = b"{["
_CLOSERS: Final = b"}]"


class Tree:
    """Rows read so far; a reader in another thread may still be adding to them.

    Attributes:
        content: the JSON text as UTF-8.
        starts: where a row's value (or closing bracket) begins, as a byte offset.
        keys: where a member's key begins; an element's index in its array; NONE for the root and closing rows.
        links: of a value its end offset; of an object or array the row where it ends (its own when it is empty,
            NONE while that is not read); of a closing row the row it closes.
        parents: the row of the object or array around it, NONE for the root.
        depths: how many objects and arrays are around it.
        containers: the rows of objects and arrays that hold something.
        count: rows that are finished and may be read.
        whole: whether the text was read to its end.
    """

    __slots__ = ("containers", "content", "count", "depths", "keys", "links", "parents", "starts", "whole")

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.starts = array("I")
        self.keys = array("I")
        self.links = array("I")
        self.parents = array("I")
        self.depths = array("H")
        self.containers = array("I")
        self.count = 0
        self.whole = False

    def take_over(self, other: Tree) -> None:
        """Have the rows of another tree of the same text, which knows at least as many."""
        for mine, its in (
            (self.starts, other.starts),
            (self.keys, other.keys),
            (self.links, other.links),
            (self.parents, other.parents),
            (self.depths, other.depths),
            (self.containers, other.containers),
        ):
            mine[:] = its
        self.count, self.whole = max(self.count, other.count), other.whole

    # -- what a row is -------------------------------------------------------------------------------

    def mark(self, row: int) -> int:
        """The first byte of the row's value: `{`, `[`, `"`, a digit … or a closing bracket."""
        return self.content[self.starts[row]]

    def is_close(self, row: int) -> bool:
        """Whether the row is the end of an object or array."""
        return self.mark(row) in _CLOSERS

    def is_container(self, row: int) -> bool:
        """Whether the row begins an object or array that holds something."""
        return self.mark(row) in _OPENERS and self.links[row] != row

    def is_array(self, row: int) -> bool:
        """Whether the row begins an array."""
        return self.mark(row) == ord("[")

    def is_object(self, row: int) -> bool:
        """Whether the row begins an object."""
        return self.mark(row) == ord("{")

    def node(self, row: int) -> int:
        """The row that begins what this row belongs to: of a closing row the one it closes, else itself."""
        return self.links[row] if self.is_close(row) else row

    def last_row(self, row: int) -> int:
        """The last row of the value that begins at `row`; NONE while it is not read."""
        return self.links[row] if self.mark(row) in _OPENERS else row

    def has_next(self, row: int) -> bool:
        """Whether a comma follows the value that begins (or ends) at `row`, as far as is read."""
        last = row if self.is_close(row) else self.last_row(row)
        return last + 1 < self.count and not self.is_close(last + 1)

    # -- going around --------------------------------------------------------------------------------

    def children(self, row: int) -> Iterator[int]:
        """The rows of the values directly inside, as far as they are read."""
        if not self.is_container(row):
            return
        child, count = row + 1, self.count
        while child < count and self.parents[child] == row and not self.is_close(child):
            yield child
            last = self.last_row(child)
            if last == NONE:
                return
            child = last + 1

    def element(self, row: int, index: int) -> int:
        """The row of an element of the array at `row`; NONE when it has none such. Bisects: fast in any array."""
        if not self.is_container(row) or index < 0:
            return NONE
        low, end = row + 1, self.links[row]
        high = min(end, self.count)
        while low < high:
            middle = (low + high) // 2
            child = self._child_around(row, middle)
            found = self.keys[child]
            if found == index:
                return child
            if found < index:
                last = self.last_row(child)
                low = high if last == NONE else last + 1
            else:
                high = child
        return NONE

    def length(self, row: int, most: int) -> int:
        """How many values are directly inside, counted to `most` + 1 at the most."""
        if not self.is_container(row):
            return 0
        if self.is_array(row):
            end = min(self.links[row], self.count)
            return self.keys[self._child_around(row, end - 1)] + 1
        count = 0
        for _ in self.children(row):
            count += 1
            if count > most:
                break
        return count

    def _child_around(self, row: int, inner: int) -> int:
        while self.parents[inner] != row:
            inner = self.parents[inner]
        return self.node(inner)

    def row_at(self, offset: int) -> int:
        """The row whose text a byte offset belongs to; the closest before it when it is between two."""
        row = bisect_right(self.starts, offset, 0, self.count) - 1
        after = row + 1
        if after < self.count and self.text_start(after) <= offset:
            return after
        return max(0, row)

    def text_start(self, row: int) -> int:
        """Where the row's text begins: its key, or the value when it has none."""
        parent = self.parents[row]
        if self.is_close(row) or parent == NONE or self.is_array(parent):
            return self.starts[row]
        return self.keys[row]

    # -- texts ---------------------------------------------------------------------------------------

    def end(self, row: int) -> int:
        """The byte offset after the value that begins at `row`; what is read so far when its end is not."""
        mark = self.mark(row)
        if mark in _CLOSERS:
            return self.starts[row] + 1
        link = self.links[row]
        if mark not in _OPENERS:
            return link
        if link == row:
            return self.content.index(b"}" if mark == ord("{") else b"]", self.starts[row]) + 1
        return len(self.content) if link == NONE else self.starts[link] + 1

    def literal(self, row: int) -> bytes:
        """The value as written; of a closing row, what it closes."""
        row = self.node(row)
        return self.content[self.starts[row] : self.end(row)]

    def key_span(self, row: int) -> tuple[int, int] | None:
        """Where a member's key is written, quotes included; None for what has no key."""
        parent = self.parents[row]
        if parent == NONE or self.is_close(row) or self.is_array(parent):
            return None
        start = self.keys[row]
        return start, _string_end(self.content, start)

    def key(self, row: int) -> str | int | None:
        """A member's key, an element's index, None for the root."""
        row = self.node(row)
        if self.parents[row] == NONE:
            return None
        span = self.key_span(row)
        return self.keys[row] if span is None else json.loads(self.content[span[0] : span[1]])

    def steps(self, row: int) -> list[str | int]:
        """The keys and indices that lead from the root to the value."""
        found: list[str | int] = []
        row = self.node(row)
        while (key := self.key(row)) is not None:
            found.append(key)
            row = self.parents[row]
        found.reverse()
        return found


def _string_end(content: bytes, start: int) -> int:
    """The offset after the closing quote of a string that is known to be well formed."""
    at = start
    while True:
        at = content.index(b'"', at + 1)
        backslashes = 0
        while content[at - 1 - backslashes] == 0x5C:
            backslashes += 1
        if backslashes % 2 == 0:
            return at + 1
