"""Rows of a tree on their way from one interpreter to another: the text goes in, frames of finished rows come out.

Run as a program's `main`, it reads a JSON text from its input until that ends and writes frames to its output. A frame
says from which row it counts, so that taking one twice, or one that is known in part, does no harm.
"""

from __future__ import annotations

import struct
import sys
from array import array
from typing import IO, Final

from tui.widgets.response_view.json_grammar import NotJson
from tui.widgets.response_view.json_reader import read_rows
from tui.widgets.response_view.json_tree import NONE, Tree

ROWS: Final = 1 << 15
"""Rows in a frame: some thirty milliseconds of reading, and half a millisecond of taking."""

_HEAD: Final = struct.Struct("<6Q")
_MORE, _WHOLE, _CUT, _NOT_JSON = range(4)


class Broken(Exception):
    """The frames ended before the text did."""


class Writer:
    """Writes what a tree has gained since the last frame."""

    def __init__(self, tree: Tree, out: IO[bytes]) -> None:
        self._tree = tree
        self._out = out
        self._rows = 0
        self._containers = 0
        self._open = array("I")

    def rest(self) -> None:
        """For `read_rows`: a frame, once there is enough for one."""
        if self._tree.count - self._rows >= ROWS:
            self._write(_MORE)

    def end(self, problem: NotJson | None = None) -> None:
        """The last frame."""
        self._write(_NOT_JSON if problem else _WHOLE if self._tree.whole else _CUT)
        if problem:
            reason = problem.reason.encode()
            self._out.write(struct.pack("<2Q", problem.offset, len(reason)) + reason)
            self._out.flush()

    def _write(self, kind: int) -> None:
        tree, first, end = self._tree, self._rows, self._tree.count
        # Containers whose end was not read when they were sent.
        closed = array("I", (row for row in self._open if tree.links[row] != NONE))
        ends = array("I", (tree.links[row] for row in closed))
        fresh = array("I", (row for row in tree.containers[self._containers :] if row < end))
        self._open = array("I", (row for row in (*self._open, *fresh) if tree.links[row] == NONE))
        self._out.write(_HEAD.pack(kind, first, end - first, self._containers, len(fresh), len(closed)))
        for column in (tree.starts, tree.keys, tree.links, tree.parents, tree.depths):
            self._out.write(column[first:end])
        for column in (fresh, closed, ends):
            self._out.write(column)
        self._out.flush()
        self._rows = end
        self._containers += len(fresh)


def take_frame(tree: Tree, source: IO[bytes]) -> bool:
    """Add the next frame to a tree; False when it was the last.

    Raises:
        NotJson: what is wrong, and where; as `read_rows`.
        Broken: there is no next frame, though there should be.
    """
    kind, first, rows, first_container, containers, closed = _HEAD.unpack(_read(source, _HEAD.size))
    for column in (tree.starts, tree.keys, tree.links, tree.parents, tree.depths):
        column[first : first + rows] = array(column.typecode, _read(source, rows * column.itemsize))
    fresh, begun, ends = (array("I", _read(source, 4 * count)) for count in (containers, closed, closed))
    tree.containers[first_container : first_container + containers] = fresh
    for row, end in zip(begun, ends, strict=True):
        tree.links[row] = end
    tree.count = max(tree.count, first + rows)
    if kind == _NOT_JSON:
        offset, length = struct.unpack("<2Q", _read(source, 16))
        raise NotJson(_read(source, length).decode(), tree.content, offset)
    tree.whole = kind == _WHOLE
    return kind == _MORE


def _read(source: IO[bytes], size: int) -> bytes:
    got = source.read(size)
    if len(got) < size:
        raise Broken
    return got


def main(most: int) -> None:
    """Read the input, write frames."""
    tree = Tree(sys.stdin.buffer.read())
    writer = Writer(tree, sys.stdout.buffer)
    try:
        read_rows(tree, writer.rest, most=most)
    except NotJson as problem:
        writer.end(problem)
    else:
        writer.end()
