"""Rows of a tree seen as dicts, lists and plain values, made when they are looked at and kept by nobody.

Numbers keep every digit: whole ones are ints, others `Decimal`.
"""

from __future__ import annotations

import json
from collections.abc import ItemsView, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from tui.widgets.response_view.json_grammar import Rest
from tui.widgets.response_view.json_tree import NONE, Tree

_MOST_DIGITS: Final = 4000


@dataclass(frozen=True, slots=True)
class Walk:
    """A tree, and whom to ask now and then whether to go on."""

    tree: Tree
    rest: Rest


class JsonObject(Mapping[str, object]):
    """An object; of a repeated key the last counts when it is asked for, all when it is gone through."""

    __slots__ = ("last", "row", "walk")

    def __init__(self, walk: Walk, row: int) -> None:
        self.walk = walk
        self.row = row
        self.last = NONE

    def __getitem__(self, key: str) -> object:
        self.last = self.find(key)
        if self.last == NONE:
            raise KeyError(key)
        return as_value(self.walk, self.last)

    def __iter__(self) -> Iterator[str]:
        for key, _ in self.members():
            yield key

    def __len__(self) -> int:
        return sum(1 for _ in self.walk.tree.children(self.row))

    def items(self) -> ItemsView[str, object]:
        """The members in order, repeated keys included."""
        return _Members(self)

    def members(self) -> Iterator[tuple[str, int]]:
        """Keys and rows."""
        tree, rest = self.walk.tree, self.walk.rest
        for child in tree.children(self.row):
            rest()
            key = tree.key(child)
            assert isinstance(key, str)
            yield key, child

    def find(self, key: str) -> int:
        """The row of the last member of that name, NONE when there is none."""
        found = NONE
        for name, child in self.members():
            if name == key:
                found = child
        return found


class _Members(ItemsView[str, object]):
    def __init__(self, of: JsonObject) -> None:
        super().__init__(of)
        self._of = of

    def __iter__(self) -> Iterator[tuple[str, object]]:
        for key, row in self._of.members():
            self._of.last = row
            yield key, as_value(self._of.walk, row)


class JsonArray(Sequence[object]):
    """An array."""

    __slots__ = ("last", "row", "walk")

    def __init__(self, walk: Walk, row: int) -> None:
        self.walk = walk
        self.row = row
        self.last = NONE

    def __getitem__(self, index: int | slice) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
        if isinstance(index, slice):
            return (self[at] for at in range(*index.indices(len(self))))
        self.last = self.find(index)
        if self.last == NONE:
            raise IndexError(index)
        return as_value(self.walk, self.last)

    def __iter__(self) -> Iterator[object]:
        for child in self.walk.tree.children(self.row):
            self.walk.rest()
            self.last = child
            yield as_value(self.walk, child)

    def __len__(self) -> int:
        return self.walk.tree.length(self.row, 0)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return False
        return list(self) == list(other)  # pyright: ignore[reportUnknownArgumentType]

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def find(self, index: int) -> int:
        """The row of an element, NONE when there is none; negative ones count from the end."""
        return self.walk.tree.element(self.row, index if index >= 0 else len(self) + index)


def as_value(walk: Walk, row: int) -> object:
    """The value at a row."""
    tree = walk.tree
    match tree.mark(row):
        case 0x7B:
            return JsonObject(walk, row)
        case 0x5B:
            return JsonArray(walk, row)
        case 0x22:
            return json.loads(tree.literal(row))
        case 0x74:
            return True
        case 0x66:
            return False
        case 0x6E:
            return None
        case _:
            return _number(tree.literal(row).decode())


def row_of(around: object, key: int | str) -> int:
    """The row of a value that was just taken out of an object or array."""
    if isinstance(around, JsonObject | JsonArray):
        # A filter may have looked elsewhere in the same object since.
        if around.last != NONE and around.walk.tree.key(around.last) == key:
            return around.last
        if isinstance(around, JsonObject) and isinstance(key, str):
            return around.find(key)
        if isinstance(around, JsonArray) and isinstance(key, int):
            return around.find(key)
    raise LookupError(key)


def _number(digits: str) -> int | Decimal | str:
    # Python refuses to make very long whole numbers from text, since that takes time squared.
    if len(digits) < _MOST_DIGITS and digits.lstrip("-").isdigit():
        return int(digits)
    try:
        return Decimal(digits)
    except InvalidOperation:
        return digits
