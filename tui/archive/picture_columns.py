"""Messages as columns of numbers, a UTC day at a time: where they stand, of what kind they are, how long they took.

A kind is all that messages have in common which are counted alike; there are some thousands in an account.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from tui.archive.layout import DIRECTIONS, PER_SECOND, STATUSES

if TYPE_CHECKING:
    import sqlite3

DAY: Final = 86_400
ROWS_OF_A_DAY: Final = DAY * PER_SECOND

_HELD_AT_MOST: Final = 36_000
"""Seconds that Twilio tries to send a message, its longest validity period; what it held for longer was scheduled."""

_DELAY: Final = f"""
    CASE WHEN status = {STATUSES.index("delivered")} AND direction <> {DIRECTIONS.index("inbound")} AND body <> ''
        AND typeof(created) = 'integer' AND typeof(sent) = 'integer' AND typeof(updated) = 'integer'
        AND sent BETWEEN created AND created + {_HELD_AT_MOST} AND updated BETWEEN sent AND created + {0x7FFFFFFF}
    THEN updated - created ELSE -1 END
"""
"""Seconds to delivery, -1 where they are not known; see `Figures.median`."""


class Kind(NamedTuple):
    """What counts of a message, as its columns have it: damaged ones hold anything."""

    status: object
    direction: object
    code: object
    country: object
    own: object
    service: object
    currency: object
    segments: object
    price: object
    media: object


KIND: Final = ", ".join(Kind._fields)


class Kinds(dict[tuple[object, ...], int]):
    """The kinds there are, numbered as they are met."""

    def __missing__(self, kind: tuple[object, ...]) -> int:
        number = self[kind] = len(self)
        return number


@dataclass(slots=True)
class MessageColumns:
    """Messages in the order of their rows.

    Attributes:
        rows: their row numbers.
        kinds: the number of each one's kind.
        delays: seconds to delivery, -1 where they are not known.
    """

    rows: array[int] = field(default_factory=lambda: array("q"))
    kinds: array[int] = field(default_factory=lambda: array("I"))
    delays: array[int] = field(default_factory=lambda: array("i"))


def read_rows(database: sqlite3.Connection, rows: array[int], kinds: Kinds) -> MessageColumns:
    """The columns of some rows."""
    sql = f"SELECT id, {_DELAY}, {KIND} FROM messages NOT INDEXED WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"  # noqa: S608, E501
    return _columns(database.execute(sql, (json.dumps(rows.tolist()),)), kinds)


def read_period(database: sqlite3.Connection, first: int, end: int, kinds: Kinds) -> MessageColumns:
    """The columns of all rows from one on and before another."""
    sql = f"SELECT id, {_DELAY}, {KIND} FROM messages NOT INDEXED WHERE id >= ? AND id < ? ORDER BY id"  # noqa: S608
    return _columns(database.execute(sql, (first, end)), kinds)


def days_with_messages(database: sqlite3.Connection, first: int, end: int) -> Iterator[int]:
    """The UTC days, counted from 1970, that have messages from one row on and before another."""
    sql = "SELECT min(id) FROM messages WHERE id >= ? AND id < ?"
    while first < end:
        row = cast("tuple[int | None]", database.execute(sql, (first, end)).fetchone())[0]
        if row is None:
            return
        yield row // ROWS_OF_A_DAY
        first = (row // ROWS_OF_A_DAY + 1) * ROWS_OF_A_DAY


def _columns(found: Iterable[tuple[object, ...]], kinds: Kinds) -> MessageColumns:
    columns = MessageColumns()
    for row in found:
        columns.rows.append(cast("int", row[0]))
        columns.delays.append(cast("int", row[1]))
        columns.kinds.append(kinds[row[2:]])
    return columns
