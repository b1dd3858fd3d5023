"""Messages as columns of numbers: where they stand, of what kind they are, how long they took.

A kind is all that messages have in common which are counted alike; there are some thousands in an account. The columns
of whole UTC days are kept beside the messages, twelve bytes for each, so that a million are counted without looking at
one of them. They are nothing but quicker: a day that is not kept is read from its messages, and SQLite itself removes
one, by triggers, as soon as a message of it changes, whoever writes.
"""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from tui.archive.layout import DIRECTIONS, KIND_COLUMNS, ROWS_OF_A_DAY, STATUSES
from tui.archive.matching import Condition

if TYPE_CHECKING:
    import sqlite3

_HELD_AT_MOST: Final = 36_000
"""Seconds that Twilio tries to send a message, its longest validity period; what it held for longer was scheduled."""

_LONGEST: Final = (1 << 32) - 2

_DELAY: Final = f"""
    CASE WHEN status = {STATUSES.index("delivered")} AND direction <> {DIRECTIONS.index("inbound")} AND body <> ''
        AND typeof(created) = 'integer' AND typeof(sent) = 'integer' AND typeof(updated) = 'integer'
        AND sent BETWEEN created AND created + {_HELD_AT_MOST} AND updated BETWEEN sent AND created + {_LONGEST}
    THEN updated - created + 1 ELSE 0 END
"""
"""One more than the seconds to delivery, 0 where they are not known; see `Figures.median`."""

_SELECT: Final = f"SELECT id, {_DELAY}, {', '.join(KIND_COLUMNS)} FROM messages NOT INDEXED"  # noqa: S608

_WORTH: Final = 50
"""Messages of a day from which on its columns are kept."""

_CODES: Final = 8
_PLACES: Final = 4
"""Bytes of a message in the two columns."""


class Kinds:
    """The kinds there are, by their numbers.

    Attributes:
        numbers: kind → its number.
        kept: how many of them the archive has: those with numbers below.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self.numbers: dict[tuple[object, ...], int] = {}
        sql = f"SELECT {', '.join(KIND_COLUMNS)} FROM kinds ORDER BY id"  # noqa: S608
        for kind in cast("Iterable[tuple[object, ...]]", database.execute(sql)):
            self.numbers.setdefault(kind, len(self.numbers))
        self.kept = len(self.numbers)
        # Where their numbers have holes, or one stands twice, no column that is kept can be trusted.
        count, last = cast("tuple[int, int]", database.execute("SELECT count(*), max(id) FROM kinds").fetchone())
        self.sound = self.kept == count and (not count or last == count - 1)

    def __getitem__(self, kind: tuple[object, ...]) -> int:
        number = self.numbers.get(kind)
        if number is None:
            number = self.numbers[kind] = len(self.numbers)
        return number

    def __len__(self) -> int:
        return len(self.numbers)


class MessageColumns(NamedTuple):
    """Some messages in the order of their rows.

    Attributes:
        base: what is to be added to `places` for their row numbers.
        places: where each one stands.
        codes: the number of its kind times 2³², and one more than its seconds to delivery, or 0 where these are not
            known.
    """

    base: int
    places: array[int]
    codes: array[int]

    @property
    def kinds(self) -> array[int]:
        """The number of each one's kind."""
        return array("I", self.codes.tobytes())[int(sys.byteorder == "little") :: 2]


def read_rows(database: sqlite3.Connection, rows: array[int], kinds: Kinds) -> MessageColumns:
    """The columns of some rows."""
    sql = f"{_SELECT} WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"  # noqa: S608
    return _read(database.execute(sql, (json.dumps(rows.tolist()),)), kinds, 0)


def read_messages_of(
    database: sqlite3.Connection, first: int, end: int, kinds: Kinds, condition: Condition | None = None
) -> MessageColumns:
    """The columns of all messages from one row on and before another, or of those that meet a condition."""
    more = "" if condition is None else f" AND {condition.sql}"
    values = (first, end, *(() if condition is None else condition.values))
    return _read(database.execute(f"{_SELECT} WHERE id >= ? AND id < ?{more} ORDER BY id", values), kinds, 0)


def read_day(database: sqlite3.Connection, day: int, kinds: Kinds) -> MessageColumns | None:
    """The columns of a UTC day, counted from 1970, as they are kept; None where they are not."""
    found = cast("tuple[object] | None", database.execute("SELECT columns FROM days WHERE day = ?", (day,)).fetchone())
    columns = found[0] if found is not None else None
    if not kinds.sound or not isinstance(columns, bytes) or len(columns) % (_CODES + _PLACES):
        return None
    count = len(columns) // (_CODES + _PLACES)
    codes, places = array("Q", columns[: count * _CODES]), array("I", columns[count * _CODES :])
    if sys.byteorder == "big":
        codes.byteswap()
        places.byteswap()
    # A damaged cell may hold anything.
    return MessageColumns(day * ROWS_OF_A_DAY, places, codes) if max(codes, default=0) >> 32 < kinds.kept else None


def days_with_messages(database: sqlite3.Connection, first: int, end: int) -> Iterator[int]:
    """The UTC days, counted from 1970, that have messages from one row on and before another."""
    sql = "SELECT min(id) FROM messages WHERE id >= ? AND id < ?"
    while first < end:
        row = cast("tuple[int | None]", database.execute(sql, (first, end)).fetchone())[0]
        if row is None:
            return
        yield row // ROWS_OF_A_DAY
        first = (row // ROWS_OF_A_DAY + 1) * ROWS_OF_A_DAY


def keep_days(database: sqlite3.Connection, before: int, *, most: int) -> int:
    """Keep the columns of days before a row that have many messages and are not kept yet, newest first, in the caller's
    transaction: of `most` messages, and at least of one day. Returns how many days that were.
    """
    kinds = Kinds(database)
    if not kinds.sound:
        _drop_all(database)
        kinds = Kinds(database)
    kept = {day for (day,) in cast("Iterable[tuple[object]]", database.execute("SELECT day FROM days"))}
    done = messages = 0
    for day in reversed([each for each in days_with_messages(database, 0, before) if each not in kept]):
        first = day * ROWS_OF_A_DAY
        if first + ROWS_OF_A_DAY > before or not _has_many(database, first):
            continue
        if done and messages >= most:
            break
        columns = read_messages_of(database, first, first + ROWS_OF_A_DAY, kinds)
        places, codes = array("I", (row - first for row in columns.places)), columns.codes
        if sys.byteorder == "big":
            codes.byteswap()
            places.byteswap()
        database.execute("INSERT INTO days VALUES (?, ?)", (day, codes.tobytes() + places.tobytes()))
        done, messages = done + 1, messages + len(places)
    marks = ",".join("?" * (1 + len(KIND_COLUMNS)))
    new = [(number, *kind) for kind, number in kinds.numbers.items() if number >= kinds.kept]
    database.executemany(f"INSERT INTO kinds VALUES ({marks})", new)  # noqa: S608
    return done


def blank_unused_kinds(database: sqlite3.Connection) -> None:
    """Leave only their numbers of the kinds that no kept day has any more, in the caller's transaction."""
    kinds = Kinds(database)
    if not kinds.sound:
        _drop_all(database)
        return
    days = cast("list[tuple[int]]", database.execute("SELECT day FROM days").fetchall())
    used: set[int] = set()
    for (day,) in days:
        columns = read_day(database, day, kinds)
        used.update(() if columns is None else columns.kinds)
    # Each still another one: two alike would be taken for damage.
    cells = ", ".join(f"{each} = NULL" for each in KIND_COLUMNS[1:])
    unused = [(number,) for number in range(kinds.kept) if number not in used]
    database.executemany(f"UPDATE kinds SET status = -1 - id, {cells} WHERE id = ?", unused)  # noqa: S608


def _drop_all(database: sqlite3.Connection) -> None:
    database.execute("DELETE FROM days")
    database.execute("DELETE FROM kinds")


def _has_many(database: sqlite3.Connection, first: int) -> bool:
    sql = "SELECT count(*) FROM (SELECT 1 FROM messages WHERE id >= ? AND id < ? LIMIT ?)"
    return database.execute(sql, (first, first + ROWS_OF_A_DAY, _WORTH)).fetchone() == (_WORTH,)


def _read(found: Iterable[tuple[object, ...]], kinds: Kinds, base: int) -> MessageColumns:
    columns = MessageColumns(base, array("q"), array("Q"))
    for row in found:
        columns.places.append(cast("int", row[0]))
        columns.codes.append(kinds[row[2:]] << 32 | cast("int", row[1]))
    return columns
