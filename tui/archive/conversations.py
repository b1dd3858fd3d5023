"""Conversations: what an archive has of each person, and what of it was not read yet.

A person is a number without its channel: SMS and WhatsApp of one number are one conversation. What is kept of each is
a row of the table `persons` (see `layout`). What came in is unread if its row is after the one up to which its person
was read; `is:unread` asks the same.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, cast

from tui.archive.encoding import SELECT_ROWS, decode
from tui.archive.layout import PER_SECOND, READ_NOTE, row_number, second_of
from tui.twilio.message import PROBLEMS, Message

if TYPE_CHECKING:
    from tui.archive.matching import Asked
    from tui.archive.query import Query
    from tui.archive.standing import Standing

T = TypeVar("T")

LATE_SECONDS: Final = 600
"""What came so long before something that was read, and is told after that, was not read with it."""

_END: Final = 1 << 62
_PERSON: Final = "number, last, outgoing, unread"
_ADDRESSES: Final = "SELECT id FROM addresses WHERE number = ?"

_NEWEST_UNREAD: Final = """
    SELECT max(m.id) FROM persons p JOIN addresses a ON a.number = p.number
    JOIN messages m INDEXED BY by_incoming ON m.other = a.id AND m.direction = 0 AND m.id > p.read AND m.id <= ?
    WHERE p.number = ? AND p.unread > 0
"""

_SIDES: Final = """
    SELECT number, address,
        (SELECT max(id) FROM messages INDEXED BY by_other WHERE other = a.id) AS last,
        (SELECT max(id) FROM messages INDEXED BY by_incoming WHERE other = a.id AND direction = 0)
    FROM addresses a WHERE number IN (SELECT value FROM json_each(?)) AND last IS NOT NULL ORDER BY last DESC
"""
"""Addresses of some people: each with its newest row, and with the newest that came in."""

_COUNT: Final = """
    UPDATE persons SET unread = (
        SELECT count(*) FROM addresses a JOIN messages m INDEXED BY by_incoming
        ON m.other = a.id AND m.direction = 0 AND m.id > persons.read
        WHERE a.number = persons.number
    ) WHERE number = ?
"""

_OF_PEOPLE: Final = """
    SELECT address, (SELECT max(id) FROM messages INDEXED BY {index} WHERE other = a.id AND {only}) AS newest
    FROM addresses a WHERE number IN (
        SELECT number FROM persons WHERE {column} > 0 ORDER BY {column} DESC LIMIT ?
    ) AND newest IS NOT NULL ORDER BY newest DESC
"""
_SENT_TO: Final = _OF_PEOPLE.format(index="by_outgoing", only="direction <> 0", column="outgoing")
_CAME_FROM: Final = _OF_PEOPLE.format(index="by_incoming", only="direction = 0", column="last")


@dataclass(frozen=True, slots=True)
class Conversation:
    """One person, and the newest of what was exchanged with them.

    Attributes:
        number: the other side's number without its channel, or whatever Twilio gave for one.
        row: the row number of `last`: what `before` takes for the next ones.
        addresses: the other side's addresses seen (`+1…`, `whatsapp:+1…`), last used first.
        last: the newest message.
        own: the own address, or the service's SID, that a reply is from: that of the newest one that came in, or else
            of the newest one; may be empty.
        to: the other side's address of that same message: where a reply goes.
        unread: messages that came in and were not read yet.
        failed: whether the newest one that went out did not arrive (`PROBLEMS`).
    """

    number: str
    row: int
    addresses: tuple[str, ...]
    last: Message
    own: str
    to: str
    unread: int
    failed: bool


class Transaction(Protocol):
    """`ArchiveFile.read` or `write`."""

    def __call__(self, work: Callable[[sqlite3.Connection], T], /) -> T:
        """Do something with a connection."""
        ...


class People:
    """What an archive is asked about people. Numbers are taken with or without their channel.

    Every method may raise ArchiveUnavailable, as those of `Archive`.
    """

    def __init__(self, read: Transaction, write: Transaction) -> None:
        self._read, self._write = read, write

    def conversations(
        self, limit: int, *, before: int | None = None, query: Query | None = None, asked: Asked | None = None
    ) -> list[Conversation]:
        """Newest first, those whose newest message is older than the row `before`; of those with a message that
        matches, with a query.
        """

        def look(database: sqlite3.Connection) -> list[Conversation]:
            last = _END if before is None else before
            if query and asked is not None:
                return _describe(database, _find_matching(database, query, asked, last, limit))
            sql = f"SELECT {_PERSON} FROM persons WHERE last > 0 AND last < ? ORDER BY last DESC LIMIT ?"  # noqa: S608
            return _describe(database, database.execute(sql, (last, limit)))

        return self._read(look)

    def conversation(self, number: str) -> Conversation | None:
        """That with one person; None where nothing is kept of one."""

        def look(database: sqlite3.Connection) -> Conversation | None:
            sql = f"SELECT {_PERSON} FROM persons WHERE number = ? AND last > 0"  # noqa: S608
            found = _describe(database, database.execute(sql, (without_channel(number),)))
            return found[0] if found else None

        return self._read(look)

    def thread_rows(self, number: str) -> array[int]:
        """The rows of all messages with a person, ascending."""

        def look(database: sqlite3.Connection) -> array[int]:
            sql = f"SELECT id FROM messages INDEXED BY by_other WHERE other IN ({_ADDRESSES})"  # noqa: S608
            found = cast("Iterable[tuple[int]]", database.execute(sql, (without_channel(number),)))
            return array("q", sorted(row for (row,) in found))

        return self._read(look)

    def recent_recipients(self, limit: int) -> list[tuple[str, datetime]]:
        """Addresses that messages went to, and when last, newest first; then those that messages came from alone."""
        return self._read(lambda database: _find_recent(database, limit))

    def standing(self, own: str, other: str) -> Standing:
        """What is known between a sender (`own`: an address, a service's SID, or empty) and a recipient's address."""
        from tui.archive.standing import read_standing

        return self._read(lambda database: read_standing(database, own, other))

    @property
    def unread(self) -> int:
        """How many messages that came in were not read yet."""
        sql = "SELECT coalesce(sum(unread), 0) FROM persons INDEXED BY persons_by_unread WHERE unread > 0"
        return self._read(lambda database: cast("tuple[int]", database.execute(sql).fetchone())[0])

    def mark_read(self, number: str, row: int | None = None) -> bool:
        """What came in from a person up to a row was read, or all of it; whether any of it was not yet."""

        def write(database: sqlite3.Connection) -> bool:
            person, last = without_channel(number), _END if row is None else row
            # Not further than what came in: what comes late, from before an answer, was not read by that.
            found = database.execute(_NEWEST_UNREAD, (last, person)).fetchone()
            (newest,) = cast("tuple[int | None]", found)
            if newest is None:
                return False
            _set_mark(database, person, newest)
            return True

        return self._write(write)

    def mark_all_read(self, now: float) -> None:
        """All that is kept was read; `now` is in seconds since 1970."""

        def write(database: sqlite3.Connection) -> None:
            # A time that lies far ahead is no reason to take all that comes until then for read.
            sql = "SELECT coalesce(max(id), 0) FROM messages WHERE id <= ?"
            found = database.execute(sql, (row_number(int(now) + 86_400),)).fetchone()
            mark_all(database, cast("tuple[int]", found)[0])

        self._write(write)


def without_channel(address: str) -> str:
    """The number of an address; what has none, a sender's name say, as it is."""
    return address.rpartition(":")[2]


def begin_marks(database: sqlite3.Connection, row: int) -> None:
    """Count what came in up to a row as read, where nothing was marked yet."""
    if database.execute("SELECT 1 FROM notes WHERE name = ?", (READ_NOTE,)).fetchone() is None:
        mark_all(database, row)


def mark_all(database: sqlite3.Connection, row: int) -> None:
    """All that is kept was read, and what comes from before a row was as well."""
    database.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (READ_NOTE, str(row)))
    database.execute("UPDATE persons SET read = max(?, last), unread = 0 WHERE read < max(?, last)", (row, row))


def mark_late(database: sqlite3.Connection, news: Iterable[tuple[str, int]]) -> None:
    """Have what comes late, (address, row), stand as unread, with what came after it: nobody has seen it."""
    late = """
        SELECT 1 FROM persons WHERE number = ? AND read BETWEEN ? AND ?
        AND ? > (SELECT CAST(value AS INTEGER) FROM notes WHERE name = ?)
    """
    for address, row in news:
        number = without_channel(address)
        values = (number, row, row + LATE_SECONDS * PER_SECOND, row, READ_NOTE)
        if database.execute(late, values).fetchone():
            _set_mark(database, number, row - 1)


def _set_mark(database: sqlite3.Connection, number: str, row: int) -> None:
    database.execute("UPDATE persons SET read = ? WHERE number = ?", (row, number))
    database.execute(_COUNT, (number,))


def _find_matching(
    database: sqlite3.Connection, query: Query, asked: Asked, before: int, limit: int
) -> Iterable[tuple[str, int, int, int]]:
    """Of those with a message that matches, as `_PERSON`."""
    from tui.archive.searching import find_rows

    rows = find_rows(database, query, asked)
    sql = f"""
        SELECT {_PERSON} FROM persons WHERE number IN (
            SELECT number FROM addresses WHERE id IN (
                SELECT other FROM messages WHERE id IN (SELECT value FROM json_each(?))
            )
        ) AND last < ? ORDER BY last DESC LIMIT ?
    """  # noqa: S608
    return database.execute(sql, (json.dumps(list(rows)), before, limit))


def _describe(database: sqlite3.Connection, people: Iterable[tuple[str, int, int, int]]) -> list[Conversation]:
    """Conversations of people that are told as `_PERSON`."""
    listed = list(people)
    addresses: dict[str, list[str]] = {}
    incoming: dict[str, int] = {}
    sides = database.execute(_SIDES, (json.dumps([number for number, *_ in listed]),))
    for number, address, _, newest in cast("Iterable[tuple[str, str, int, int | None]]", sides):
        addresses.setdefault(number, []).append(address)
        incoming[number] = max(incoming.get(number, 0), newest or 0)
    wanted = {row for number, last, outgoing, _ in listed for row in (last, outgoing, incoming.get(number, 0)) if row}
    messages = dict(map(decode, database.execute(SELECT_ROWS, (json.dumps(sorted(wanted)),))))
    found: list[Conversation] = []
    for number, last, outgoing, unread in listed:
        newest, sent = messages[last], messages.get(outgoing)
        answered = messages.get(incoming[number], newest)
        found.append(
            Conversation(
                number,
                last,
                tuple(addresses[number]),
                newest,
                own=answered.own_party,
                to=answered.other_party,
                unread=unread,
                failed=sent is not None and sent.status in PROBLEMS,
            )
        )
    return found


def _find_recent(database: sqlite3.Connection, limit: int) -> list[tuple[str, datetime]]:
    # So many people have so many addresses at least; of those whose newest one came in, less than `limit` were sent to.
    found = dict(cast("Iterable[tuple[str, int]]", database.execute(_SENT_TO, (limit,))))
    if len(found) < limit:
        for address, row in cast("Iterable[tuple[str, int]]", database.execute(_CAME_FROM, (2 * limit,))):
            found.setdefault(address, row)
    recent = islice(found.items(), limit)
    return [(address, datetime.fromtimestamp(second_of(row), UTC)) for address, row in recent]
