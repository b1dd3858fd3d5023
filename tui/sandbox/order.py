"""Places in the order of a list, and walks through them from any place on, in both directions."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Generic, Protocol, TypeVar

Position = tuple[int, int]
"""When a row was created, in microseconds since 1970, and how many had arrived before it."""

Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)


class Items(Protocol[Item_co]):
    """As much of a sequence as a walk needs."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Item_co: ...


class Order(Protocol):
    """Rows in ascending order, known by their positions."""

    def older(self, than: Position | None) -> Iterator[Position]:
        """Walk from a position down, itself left out; from the newest for None."""
        ...

    def newer(self, than: Position) -> Iterator[Position]:
        """Walk from a position up, itself left out."""
        ...


class Ordered(Generic[Item]):
    """A sequence of anything that has a position, ascending."""

    def __init__(self, items: Items[Item], position: Callable[[Item], Position]) -> None:
        self._items = items
        self._position = position

    def older(self, than: Position | None) -> Iterator[Position]:
        """Walk from a position down."""
        items, position = self._items, self._position
        end = len(items) if than is None else bisect_left(items, than, key=position)
        return (position(items[n]) for n in range(end - 1, -1, -1))

    def newer(self, than: Position) -> Iterator[Position]:
        """Walk from a position up."""
        items, position = self._items, self._position
        start = bisect_right(items, than, key=position)
        return (position(items[n]) for n in range(start, len(items)))


def in_order(positions: Items[Position]) -> Ordered[Position]:
    """Return the order of positions that are ascending already."""
    return Ordered(positions, _itself)


class Merged:
    """Two orders as one."""

    def __init__(self, one: Order, other: Order) -> None:
        self._both = (one, other)

    def older(self, than: Position | None) -> Iterator[Position]:
        """Walk from a position down."""
        return heapq.merge(*(order.older(than) for order in self._both), reverse=True)

    def newer(self, than: Position) -> Iterator[Position]:
        """Walk from a position up."""
        return heapq.merge(*(order.newer(than) for order in self._both))


class Within:
    """The part of an order from `since` on, before `until`."""

    def __init__(self, order: Order, since: Position, until: Position) -> None:
        self._order, self._since, self._until = order, since, until

    def older(self, than: Position | None) -> Iterator[Position]:
        """Walk from a position down."""
        start = self._until if than is None else min(than, self._until)
        return takewhile(lambda position: position >= self._since, self._order.older(start))

    def newer(self, than: Position) -> Iterator[Position]:
        """Walk from a position up."""
        before = (self._since[0], self._since[1] - 1)
        return takewhile(lambda position: position < self._until, self._order.newer(max(than, before)))


def _itself(position: Position) -> Position:
    return position
