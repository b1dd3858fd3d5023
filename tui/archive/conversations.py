"""Conversations: what an archive has of each person, and what of it was not read yet.

A person is a number without its channel: SMS and WhatsApp of one number are one conversation. What is kept of each
address is a row of the table `others` (see `layout`). What came in is unread if its row is after the one up to which
its address was read; `is:unread` asks the same.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar, cast

from tui.archive.encoding import SELECT_ROWS, decode, storable
from tui.archive.layout import PER_SECOND, READ_NOTE, row_number, second_of
from tui.twilio.message import PROBLEMS, Message

if TYPE_CHECKING:
    from tui.archive.matching import Asked
    from tui.archive.opt_outs import OptOut, SentSince
    from tui.archive.query import Query
    from tui.archive.standing import Standing

T = TypeVar("T")

LATE_SECONDS: Final = 600
"""What came so long before something that was read, and is told after that, was not read with it."""

_END: Final = 1 << 62
_FEW: Final = 20_000
"""Rows of which the people are looked up one by one; a row costs a microsecond."""

_PEOPLE: Final = """
    SELECT number, last FROM others o INDEXED BY others_by_last JOIN addresses USING (id)
    WHERE last >= 0 AND last < ? AND NOT EXISTS (
        SELECT 1 FROM addresses a JOIN others later ON later.id = a.id
        WHERE a.number = addresses.number AND later.last > o.last
    ) {only} ORDER BY last DESC LIMIT ?
"""
"""The number and the newest row of each person, newest first."""

_WITH_SOME: Final = """
    AND EXISTS (
        SELECT 1 FROM messages INDEXED BY by_other WHERE {condition}
        AND other IN (SELECT a.id FROM addresses a WHERE a.number = addresses.number)
    )
"""

_MATCHING: Final = """
    SELECT number, max(last) AS newest FROM addresses JOIN others USING (id) WHERE number IN (
        SELECT number FROM addresses WHERE id IN (
            SELECT other FROM messages WHERE id IN (SELECT value FROM json_each(?))
        )
    ) GROUP BY number HAVING newest < ? ORDER BY newest DESC LIMIT ?
"""
"""The same of those who have one of some rows."""

_SIDES: Final = """
    SELECT number, address, outgoing, unread,
        (SELECT max(id) FROM messages INDEXED BY by_incoming WHERE other = o.id AND direction = 0)
    FROM addresses JOIN others o USING (id) WHERE number IN (SELECT value FROM json_each(?)) AND last >= 0
    ORDER BY last DESC
"""
"""Each address of some people, with the newest row that came in."""

_NEWEST_UNREAD: Final = """
    SELECT o.id, max(m.id) FROM addresses JOIN others o USING (id)
    JOIN messages m INDEXED BY by_incoming ON m.other = o.id AND m.direction = 0 AND m.id > o.read AND m.id <= ?
    WHERE number = ? AND unread > 0 GROUP BY o.id
"""

_MARK: Final = """
    UPDATE others SET read = :row, unread = (
        SELECT count(*) FROM messages INDEXED BY by_incoming WHERE other = :id AND direction = 0 AND id > :row
    ) WHERE id = :id
"""

_SENT_TO: Final = """
    SELECT address, outgoing FROM others INDEXED BY others_by_outgoing JOIN addresses USING (id)
    WHERE outgoing >= 0 ORDER BY outgoing DESC LIMIT ?
"""
_CAME_FROM: Final = """
    SELECT address, last FROM others INDEXED BY others_by_last JOIN addresses USING (id)
    WHERE last >= 0 AND outgoing < 0 ORDER BY last DESC LIMIT ?
"""


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


class _Side(NamedTuple):
    address: str
    outgoing: int
    unread: int
    incoming: int | None


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
            return _describe(database, database.execute(_PEOPLE.format(only=""), (last, limit)))

        return self._read(look)

    def conversation(self, number: str) -> Conversation | None:
        """That with one person; None where nothing is kept of one."""

        def look(database: sqlite3.Connection) -> Conversation | None:
            sql = "SELECT number, max(last) AS newest FROM addresses JOIN others USING (id) WHERE number = ?"
            people = database.execute(f"{sql} GROUP BY number HAVING newest >= 0", (without_channel(number),))
            found = _describe(database, people)
            return found[0] if found else None

        return self._read(look)

    def thread_rows(self, number: str) -> array[int]:
        """The rows of all messages with a person, ascending."""

        def look(database: sqlite3.Connection) -> array[int]:
            ids = "SELECT id FROM addresses WHERE number = ?"
            sql = f"SELECT id FROM messages INDEXED BY by_other WHERE other IN ({ids})"  # noqa: S608
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

    def last_senders(self, senders: Iterable[str], others: Iterable[str]) -> dict[str, str]:
        """Which of some own addresses each of some people's addresses was last in touch with; those that were."""
        from tui.archive.standing import last_senders

        return self._read(lambda database: last_senders(database, senders, others))

    def opt_outs(self) -> list[OptOut]:
        """All who have opted out of a sender, the newest first."""
        from tui.archive.opt_outs import find_opt_outs

        return self._read(find_opt_outs)

    def sent_since(self, opt_outs: Sequence[OptOut]) -> list[SentSince]:
        """What was sent after each of some opt-outs."""
        from tui.archive.opt_outs import count_sent

        return self._read(lambda database: count_sent(database, opt_outs))

    def opted_out(self, own: str, addresses: Iterable[str]) -> dict[str, OptOut]:
        """Those of some addresses whose person wants no messages of a sender (`own` as for `standing`), and how."""
        from tui.archive.opt_outs import opted_out

        return self._read(lambda database: opted_out(database, own, addresses))

    @property
    def unread(self) -> int:
        """How many messages that came in were not read yet."""
        return self._read(_count_unread)

    def mark_read(self, number: str, row: int | None = None) -> bool:
        """What came in from a person up to a row was read, or all of it; whether any of it was not yet."""

        def write(database: sqlite3.Connection) -> bool:
            # Not further than what came in: what comes late, from before an answer, was not read by that.
            values = (_END if row is None else row, without_channel(number))
            found = cast("list[tuple[int, int]]", database.execute(_NEWEST_UNREAD, values).fetchall())
            database.executemany(_MARK, [{"id": each, "row": newest} for each, newest in found])
            return bool(found)

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
    """The number of an address, as the archive has it; what has none, a sender's name say, as it is."""
    return storable(address.rpartition(":")[2])


def begin_marks(database: sqlite3.Connection, row: int) -> None:
    """Count what came in up to a row as read, where nothing was marked yet."""
    if database.execute("SELECT 1 FROM notes WHERE name = ?", (READ_NOTE,)).fetchone() is None:
        mark_all(database, row)


def mark_all(database: sqlite3.Connection, row: int) -> None:
    """All that is kept was read, and so is what comes yet from before a row."""
    database.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (READ_NOTE, str(row)))
    database.execute("UPDATE others SET read = max(?, last), unread = 0 WHERE read < max(?, last)", (row, row))


def mark_late(database: sqlite3.Connection, news: Iterable[tuple[int | None, int]]) -> None:
    """Have what comes late, (number of the address, row), stand as unread, with what came after it."""
    late = f"""
        SELECT 1 FROM others WHERE id = :id AND read BETWEEN :row AND :row + {LATE_SECONDS * PER_SECOND}
        AND :row > (SELECT CAST(value AS INTEGER) FROM notes WHERE name = '{READ_NOTE}')
    """  # noqa: S608
    for id_, row in news:
        if database.execute(late, {"id": id_, "row": row}).fetchone():
            database.execute(_MARK, {"id": id_, "row": row - 1})


def _count_unread(database: sqlite3.Connection) -> int:
    sql = "SELECT coalesce(sum(unread), 0) FROM others INDEXED BY others_by_unread WHERE unread > 0"
    return cast("tuple[int]", database.execute(sql).fetchone())[0]


def _find_matching(
    database: sqlite3.Connection, query: Query, asked: Asked, before: int, limit: int
) -> Iterable[tuple[str, int]]:
    """As `_PEOPLE`, of those with a message that matches."""
    from tui.archive.matching import IsUnread
    from tui.archive.searching import find_rows

    many = isinstance(query.criterion.criteria[0], IsUnread) and _count_unread(database) >= _FEW
    if not many and len(rows := find_rows(database, query, asked, _FEW)) < _FEW:
        return database.execute(_MATCHING, (json.dumps(list(rows)), before, limit))
    # Where much matches, few people have to be looked at.
    condition = query.criterion.condition(asked)
    some = _WITH_SOME.format(condition=condition.sql)
    return database.execute(_PEOPLE.format(only=some), (before, *condition.values, limit))


def _describe(database: sqlite3.Connection, people: Iterable[tuple[str, int]]) -> list[Conversation]:
    """The conversations of people: (number, newest row)."""
    listed = dict(people)
    sides: dict[str, list[_Side]] = {number: [] for number in listed}
    for number, *side in database.execute(_SIDES, (json.dumps(list(listed)),)):
        sides[number].append(_Side(*side))
    outgoing = {number: max(side.outgoing for side in each) for number, each in sides.items()}
    incoming = {
        number: max(-1 if side.incoming is None else side.incoming for side in each) for number, each in sides.items()
    }
    rows = {row for row in (*listed.values(), *outgoing.values(), *incoming.values()) if row >= 0}
    messages = dict(map(decode, database.execute(SELECT_ROWS, (json.dumps(list(rows)),))))
    found: list[Conversation] = []
    for number, row in listed.items():
        last, sent = messages[row], messages.get(outgoing[number])
        answered = messages.get(incoming[number], last)
        found.append(
            Conversation(
                number,
                row,
                tuple(side.address for side in sides[number]),
                last,
                own=answered.own_party,
                to=answered.other_party,
                unread=sum(side.unread for side in sides[number]),
                failed=sent is not None and sent.status in PROBLEMS,
            )
        )
    return found


def _find_recent(database: sqlite3.Connection, limit: int) -> list[tuple[str, datetime]]:
    found = cast("list[tuple[str, int]]", database.execute(_SENT_TO, (limit,)).fetchall())
    found += cast("list[tuple[str, int]]", database.execute(_CAME_FROM, (limit - len(found),)).fetchall())
    return [(address, datetime.fromtimestamp(second_of(row), UTC)) for address, row in found]
