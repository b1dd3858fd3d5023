"""Webhook events in SQLite, on disk or in memory, bounded in number and in bytes; and the queue that writes them.

An event is on disk when `add` returns, so that whoever answers afterwards has promised nothing too early. Rejected
events have bounds of their own and never push out others. SQLite holds any kind of value in any column, and a disk or
another program may have changed it: of a damaged row the bad cells are named, and the rest is an event all the same.
Must not know HTTP or what an event leads to.
"""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import threading
from collections import deque
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Final, TypeVar, cast

from tui.storage.database import Layout, NewerSchema, ask, open_database, say_why, write_anew
from tui.twilio.signature import without_user
from tui.webhooks.errors import EventsUnavailable
from tui.webhooks.events import (
    EventKind,
    Forwarded,
    ForwardState,
    Pairs,
    Verdict,
    WebhookEvent,
    WebhookReply,
)
from tui.webhooks.parameters import MESSAGE_SIDS, read_parameters, storable

LAYOUT: Final = Layout(
    1,
    (
        """
        CREATE TABLE events (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            received_at TEXT NOT NULL,
            kind TEXT NOT NULL,
            method TEXT NOT NULL,
            target TEXT NOT NULL,
            url TEXT NOT NULL,
            headers TEXT NOT NULL,
            body BLOB NOT NULL,
            verdict TEXT NOT NULL,
            accepted INTEGER NOT NULL,
            diagnosis TEXT NOT NULL,
            duplicate_of INTEGER,
            reply_status INTEGER NOT NULL,
            reply_type TEXT NOT NULL,
            reply_body BLOB NOT NULL,
            retry_token TEXT NOT NULL,
            happening TEXT NOT NULL,
            size INTEGER NOT NULL
        )
        """,
        "CREATE INDEX events_by_sort ON events (accepted, id, size)",
        "CREATE INDEX events_by_token ON events (retry_token) WHERE accepted AND retry_token <> ''",
        "CREATE INDEX events_by_happening ON events (happening) WHERE accepted AND happening <> ''",
    ),
    "events",
    {"forwarded": "TEXT NOT NULL DEFAULT ''", "forwarded_body": "BLOB NOT NULL DEFAULT x''"},
)

UNKNOWN_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for a time that cannot be read."""

_COLUMNS: Final = (
    "received_at, kind, method, target, url, headers, body, verdict, accepted, diagnosis, duplicate_of, "
    "reply_status, reply_type, reply_body, forwarded, forwarded_body"
)
_SELECT: Final = f"SELECT id, {_COLUMNS} FROM events"  # noqa: S608 - as all below: made of these constants alone
_INSERT: Final = f"INSERT INTO events ({_COLUMNS}, retry_token, happening, size) VALUES ({', '.join('?' * 19)})"  # noqa: S608
_UPDATE: Final = (
    "UPDATE events SET reply_status = ?, reply_type = ?, reply_body = ?, forwarded = ?, forwarded_body = ?, size = ? "
    "WHERE id = ?"
)

_FORGET_ANSWERS: Final = """
    UPDATE events SET forwarded_body = x'',
        forwarded = CASE WHEN json_valid(forwarded) THEN json_set(forwarded, '$.headers', json('[]'), '$.problem',
            CASE json_extract(forwarded, '$.state') WHEN 'answered' THEN ''
                ELSE json_extract(forwarded, '$.problem') END) ELSE '' END,
        reply_body = CASE CASE WHEN json_valid(forwarded) THEN json_extract(forwarded, '$.relayed') END
            WHEN 0 THEN reply_body ELSE x'' END
    WHERE id IN (SELECT value FROM json_each(?))
"""

# What is neither accepted nor rejected is damaged, and kept with the rejected.
_WHERE: Final = {True: "accepted = 1", False: "(accepted < 1 OR accepted > 1)"}
_SIZE: Final = "min(max(CAST(size AS INTEGER), 0), 4294967296)"
# Of SM and MM the last letter alone: an expression that begins with one fixed letter is ten times as fast.
_SID: Final = re.compile(rb"M[0-9A-Fa-f]{32}")
_OVERWRITE_DUE: Final = 1
"""SQLite's `application_id` of a file whose events were deleted and are not overwritten yet: it is kept in the file, in
the transaction that deletes them."""
_PRUNED_AT_ONCE: Final = 200
_LAST_YEAR: Final = 9990
_LONGEST_FORWARD: Final = 86400.0
_FORWARDING: Final = "forwarding"

_Word = TypeVar("_Word", bound=Enum)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many events and bytes are kept, of accepted and of rejected events."""

    events: int = 10_000
    size: int = 64 * 1024 * 1024
    rejected_events: int = 1_000
    rejected_size: int = 8 * 1024 * 1024


class EventStore:
    """Events in the order they came, in a file, or in memory where `path` is None. Usable from any thread.

    Opens when first used; `notice` then says if a damaged file was set aside. Every method may raise
    `EventsUnavailable`; then nothing was written.
    """

    def __init__(self, path: Path | None, *, bounds: Bounds | None = None) -> None:
        self._path = path
        self._bounds = bounds or Bounds()
        self._guard = threading.RLock()
        self._database: sqlite3.Connection | None = None
        self._closed = False
        self._totals: dict[bool, tuple[int, int]] = {}
        self.notice = ""

    def open(self) -> None:
        """Open now rather than at the first use."""
        with self._use():
            pass

    def add(self, event: WebhookEvent) -> WebhookEvent:
        """Keep one event, see `add_all`."""
        return self.add_all([event])[0]

    def add_all(self, events: Sequence[WebhookEvent]) -> list[WebhookEvent]:
        """Keep events, all of them or none; each is returned with its id, and marked when it repeats an accepted one.

        An event that has an id already is brought up to date: its reply, and what came of forwarding it.

        Only accepted events can be repeated: a forgery must not make the true event look like a copy. An event
        counts as repeated when its retry token was seen, or its message with the same status.
        """
        kept: list[WebhookEvent] = []
        with self._use() as database, self._transaction(database):
            for event in events:
                if event.id:
                    database.execute(_UPDATE, (*_answer_cells(event), event.size, event.id))
                    kept.append(event)
                    continue
                first = _find_first(database, event) if event.accepted else None
                number = database.execute(_INSERT, _cells(event, first)).lastrowid or 0
                kept.append(replace(event, id=number, duplicate_of=first))
            for accepted in (True, False):
                some = [event for event in events if event.accepted is accepted]
                if some:
                    # What is brought up to date is counted twice; `_prune` measures before it drops anything.
                    added = sum(not event.id for event in some)
                    self._prune(database, accepted, added, sum(event.size for event in some))
        return kept

    def latest(self, limit: int = 200, *, before: int | None = None) -> tuple[WebhookEvent, ...]:
        """The newest events, newest first; of those below the id `before`, if given."""
        with self._use() as database:
            rows = database.execute(
                f"{_SELECT} WHERE ? IS NULL OR id < ? ORDER BY id DESC LIMIT ?", (before, before, limit)
            ).fetchall()
        return tuple(_read_event(row) for row in rows)

    def find(self, number: int) -> WebhookEvent | None:
        """The event with this id; None when it was pruned or never was."""
        with self._use() as database:
            row = database.execute(f"{_SELECT} WHERE id = ?", (number,)).fetchone()
        return _read_event(row) if row else None

    def clear(self) -> None:
        """Delete every event, and overwrite them in the file."""
        with self._use() as database:
            self._delete(database, "DELETE FROM events")
            _overwrite(database)

    def forget_messages(self, sids: Collection[str]) -> int:
        """Delete the events that have the words of these messages, and overwrite them in the file; returns how many.

        Reports of a message's status have none, nor have events of other messages that name one of these; what a
        program answered to them may have, and goes. Damaged files that were set aside go as well: nothing could be
        removed from them.
        """
        wanted = frozenset(sid.lower() for sid in sids)
        with self._use() as database:
            found = _find_mentions(database, wanted)
            gone = [event.id for event in found if _has_words(event, wanted)]
            answered = [event.id for event in found if event.forwarded is not None and event.id not in gone]
            if answered:
                self._delete(database, _FORGET_ANSWERS, answered)
            if gone:
                self._delete(database, "DELETE FROM events WHERE id IN (SELECT value FROM json_each(?))", gone)
            _overwrite(database)
            if self._path is not None:
                for place in self._path.parent.glob(f"{self._path.name}.broken-*"):
                    place.unlink(missing_ok=True)
        return len(gone)

    def _delete(self, database: sqlite3.Connection, statement: str, numbers: Sequence[int] = ()) -> None:
        """Delete events; that they are to be overwritten is known from then on, whatever happens to this program."""
        self._totals.clear()
        with self._transaction(database):
            database.execute(statement, (json.dumps(numbers),) if numbers else ())
            database.execute(f"PRAGMA application_id = {_OVERWRITE_DUE}")

    @contextmanager
    def _transaction(self, database: sqlite3.Connection) -> Generator[None]:
        database.execute("BEGIN IMMEDIATE")
        try:
            yield
            database.execute("COMMIT")
        except BaseException:
            self._totals.clear()
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close for good; what is kept stays."""
        with self._guard:
            self._closed = True
            if self._database is not None:
                with suppress(sqlite3.Error):
                    self._database.close()
                self._database = None

    @contextmanager
    def _use(self) -> Generator[sqlite3.Connection]:
        with self._guard:
            if self._closed:
                raise EventsUnavailable("events", "The store of webhook events is closed.", "Start again.")
            try:
                if self._database is None:
                    self._database, aside = open_database(self._path, LAYOUT)
                    self._database.text_factory = _text_or_bytes
                    with suppress(EventsUnavailable, sqlite3.Error):
                        # The last run did not come to it; where it cannot be done now either it stays due.
                        _overwrite(self._database)
                    if aside:
                        self.notice = f"The kept webhook events were damaged and have been set aside as {aside.name}."
                yield self._database
            except NewerSchema:
                raise EventsUnavailable(
                    "events",
                    "The kept webhook events were written by a newer tuilio.",
                    "Update tuilio, or use another configuration folder with --config.",
                ) from None
            except (sqlite3.Error, OSError) as problem:
                raise EventsUnavailable(
                    "events",
                    f"Webhook events cannot be kept on disk: {say_why(problem)}.",
                    f"Check that {self._path.parent} can be written and has room."
                    if self._path
                    else "Start the receiver again.",
                ) from None

    def _prune(self, database: sqlite3.Connection, accepted: bool, added: int, size_added: int) -> None:
        bounds = self._bounds
        events, size = (bounds.events, bounds.size) if accepted else (bounds.rejected_events, bounds.rejected_size)
        known = self._totals.get(accepted)
        total = _measure(database, accepted) if known is None else (known[0] + added, known[1] + size_added)
        if total[0] > events or total[1] > size:
            # Another instance may have pruned meanwhile.
            total = _measure(database, accepted)
        while (total[0] > events or total[1] > size) and total[0] > 1:
            total = _drop_oldest(database, accepted, total, events, size)
        self._totals[accepted] = total


def _measure(database: sqlite3.Connection, accepted: bool) -> tuple[int, int]:
    """The number of events of one sort, and their bytes."""
    question = f"SELECT count(*), coalesce(sum({_SIZE}), 0) FROM events WHERE {_WHERE[accepted]}"  # noqa: S608
    return cast("tuple[int, int]", database.execute(question).fetchone())


def _drop_oldest(
    database: sqlite3.Connection, accepted: bool, total: tuple[int, int], events: int, size: int
) -> tuple[int, int]:
    question = f"SELECT id, {_SIZE} FROM events WHERE {_WHERE[accepted]} ORDER BY id LIMIT ?"  # noqa: S608
    rows = cast("list[tuple[int, int]]", database.execute(question, (_PRUNED_AT_ONCE,)).fetchall())
    count, left = total
    last = 0
    for number, bytes_kept in rows:
        if (count <= events and left <= size) or count <= 1:
            break
        last, count, left = number, count - 1, left - bytes_kept
    database.execute(f"DELETE FROM events WHERE {_WHERE[accepted]} AND id <= ?", (last,))  # noqa: S608
    return count, left


def _find_mentions(database: sqlite3.Connection, sids: Collection[str]) -> list[WebhookEvent]:
    """The events in whose body or path one of these SIDs, in small letters, stands, whatever they are about."""
    wanted = {sid[1:].encode() for sid in sids}

    def mentions(row: Sequence[object]) -> bool:
        texts = (cell if isinstance(cell, bytes) else str(cell).encode("utf-8", "replace") for cell in row[1:])
        return any(sid.lower() in wanted for text in texts for sid in _SID.findall(text))

    # All in one pass, however many SIDs there are.
    rows = database.execute("SELECT id, body, target FROM events")
    numbers = [cast("int", row[0]) for row in rows if mentions(row)]
    return [
        _read_event(row)
        for number in numbers
        for row in database.execute(f"{_SELECT} WHERE id = ?", (number,)).fetchall()
    ]


def _has_words(event: WebhookEvent, sids: Collection[str]) -> bool:
    """Whether an event that names one of these messages has its words."""
    about = {value.lower() for name, value in event.parameters if name in MESSAGE_SIDS}
    if event.kind is not EventKind.OTHER and about and about.isdisjoint(sids):
        # Another message's: an answer names the one it answers (`OriginalRepliedMessageSid`).
        return False
    return event.kind is not EventKind.STATUS or bool(event.parameter("Body"))


def _overwrite(database: sqlite3.Connection) -> None:
    """Leave nothing of deleted events in the file, where that is due.

    Raises:
        EventsUnavailable: another program is reading. It stays due.
    """
    if ask(database, "PRAGMA application_id") != _OVERWRITE_DUE:
        return
    if not write_anew(database):
        raise EventsUnavailable(
            "events",
            "Deleted webhook events stand in the file still: another program reads it.",
            "They go when it is next opened.",
        )
    database.execute("PRAGMA application_id = 0")


def _find_first(database: sqlite3.Connection, event: WebhookEvent) -> int | None:
    """The id of the accepted event that this one repeats: its first delivery, not one marked as a copy already."""
    for column, value in (("retry_token", event.retry_token), ("happening", event.message_and_status)):
        if value:
            row = database.execute(
                "SELECT CASE typeof(duplicate_of) WHEN 'integer' THEN duplicate_of ELSE id END FROM events "  # noqa: S608
                f"WHERE accepted AND {column} <> '' AND {column} = ? ORDER BY id LIMIT 1",
                (storable(value),),
            ).fetchone()
            if row:
                return cast("tuple[int]", row)[0]
    return None


def _cells(event: WebhookEvent, first: int | None) -> tuple[object, ...]:
    """The values of `_INSERT`."""
    return (
        event.received_at.isoformat(),
        event.kind.value,
        storable(event.method),
        storable(event.target),
        storable(event.url),
        storable(json.dumps(event.headers)),
        event.body,
        event.verdict.value,
        event.accepted,
        storable(event.diagnosis),
        first,
        *_answer_cells(event),
        storable(event.retry_token),
        storable(event.message_and_status),
        event.size,
    )


def _answer_cells(event: WebhookEvent) -> tuple[object, ...]:
    """Of the values of `_INSERT` those that may change: the reply, and what came of forwarding."""
    reply, answer = event.reply, event.forwarded
    return (
        reply.status,
        storable(reply.content_type),
        reply.body,
        "" if answer is None else _describe(answer),
        b"" if answer is None else answer.body,
    )


def _describe(answer: Forwarded) -> str:
    """All of an answer but its body, as JSON."""
    told = {
        "url": answer.url,
        "state": answer.state.value,
        "status": answer.status,
        "seconds": float(answer.seconds),
        "problem": answer.problem,
        "relayed": answer.relayed,
        "by_hand": answer.by_hand,
        "resigned": answer.resigned,
        "headers": answer.headers,
    }
    return json.dumps(told)


# -- rows, whatever stands in them -------------------------------------------------------------------


def _text_or_bytes(data: bytes) -> str | bytes:
    """SQLite's `text_factory`: what is no UTF-8 stays bytes, where `sqlite3` would refuse the whole answer."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data


def _read_event(row: Sequence[object]) -> WebhookEvent:
    """The event of a row of `_SELECT`; `unreadable` names the cells that could not be read. Never raises."""
    number, time, kind, method, target, url, headers, body, verdict, accepted, *rest = row
    diagnosis, duplicate_of, reply_status, reply_type, reply_body, forwarded, forwarded_body = rest
    bad: list[str] = []
    pairs = _pairs(headers, bad)
    judged = _word(verdict, Verdict, Verdict.CANNOT_VERIFY, "verdict", bad)
    believed = (
        _whole(accepted, "whether accepted", bad) == 1 and judged is not Verdict.REJECTED and "verdict" not in bad
    )
    where = _text(target, "path", bad)
    content = _bytes(body, "body", bad)
    content_type = next((value for name, value in pairs if name.lower() == "content-type"), "")
    return WebhookEvent(
        id=_whole(number, "number", bad),
        received_at=_time(time, bad),
        kind=_word(kind, EventKind, EventKind.OTHER, "kind", bad),
        method=_text(method, "method", bad),
        target=where,
        # Up to 0.1 the one of the public URL stood there with user and password.
        url=without_user(_text(url, "URL", bad)),
        headers=pairs,
        body=content,
        parameters=read_parameters(where, content_type, content, accepted=believed),
        verdict=judged,
        accepted=believed,
        diagnosis=_text(diagnosis, "reason", bad),
        duplicate_of=None if duplicate_of is None else _whole(duplicate_of, "what it repeats", bad),
        reply=WebhookReply(
            _whole(reply_status, "answer", bad), _text(reply_type, "answer", bad), _bytes(reply_body, "answer", bad)
        ),
        forwarded=_forwarded(forwarded, forwarded_body, bad),
        unreadable=tuple(dict.fromkeys(bad)),
    )


def _forwarded(value: object, body: object, bad: list[str]) -> Forwarded | None:
    """What came of forwarding, from its two cells: whole, or unreadable."""
    wrong: list[str] = []
    content = _bytes(body, _FORWARDING, wrong)
    try:
        read: object = json.loads(value) if isinstance(value, str) and value else None
    except (ValueError, RecursionError):
        read = None
    match cast("object", read):
        case {
            "url": str(url),
            "state": str(state),
            "status": int(status),
            "seconds": float(seconds),
            "problem": str(problem),
            "relayed": bool(relayed),
            "by_hand": bool(by_hand),
            "resigned": bool(resigned),
            "headers": object() as headers,
        } if 0 <= status < 1000 and 0 <= seconds < _LONGEST_FORWARD:
            found = Forwarded(
                storable(url),
                _word(state, ForwardState, ForwardState.NO_ANSWER, _FORWARDING, wrong),
                status,
                seconds,
                storable(problem),
                relayed=relayed,
                by_hand=by_hand,
                resigned=resigned,
                headers=_pairs(json.dumps(headers), wrong) if headers else (),
                body=content,
            )
        case _ if value == "" and not wrong:
            return None
        case _:
            wrong.append(_FORWARDING)
            found = Forwarded("", ForwardState.NO_ANSWER, problem="What came of it cannot be read.", body=content)
    bad += [_FORWARDING for _ in wrong]
    return found


def _text(value: object, what: str, bad: list[str]) -> str:
    if isinstance(value, str):
        return value
    bad.append(what)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _bytes(value: object, what: str, bad: list[str]) -> bytes:
    if isinstance(value, bytes):
        return value
    bad.append(what)
    return value.encode("utf-8") if isinstance(value, str) else b""


def _whole(value: object, what: str, bad: list[str]) -> int:
    if isinstance(value, int):
        return value
    bad.append(what)
    return 0


def _time(value: object, bad: list[str]) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else UNKNOWN_TIME
        # Where a zone is added, the first and the last years run out of the calendar.
        if moment.tzinfo is not None and UNKNOWN_TIME.year < moment.year < _LAST_YEAR:
            return moment
    except ValueError:
        pass
    bad.append("time")
    return UNKNOWN_TIME


def _word(value: object, words: type[_Word], otherwise: _Word, what: str, bad: list[str]) -> _Word:
    found = next((word for word in words if word.value == value), None)
    if found is None:
        bad.append(what)
    return found or otherwise


def _pairs(value: object, bad: list[str]) -> Pairs:
    found: list[tuple[str, str]] = []
    try:
        read: object = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        read = None
    for pair in cast("list[object]", read) if isinstance(read, list) else [None]:
        match pair:
            case [str(name), str(text)]:
                found.append((storable(name), storable(text)))
            case _:
                bad.append("headers")
    return tuple(found)


MOST_AT_ONCE: Final = 250
"""Events in one transaction: a few milliseconds of writing, after which the first of them can be answered."""


class EventWriter:
    """Stores events in the order they came."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._waiting: deque[tuple[WebhookEvent, asyncio.Future[WebhookEvent]]] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, event: WebhookEvent) -> WebhookEvent:
        """Store an event; returns it with its id, as `EventStore.add`, once it is on disk.

        Cancelling the call does not undo it.

        Raises:
            EventsUnavailable: it could not be kept.
        """
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((event, kept))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await kept

    async def settle(self, seconds: float) -> None:
        """Wait until every event is on disk, but no longer than `seconds`."""
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=seconds)

    async def _write(self) -> None:
        try:
            while self._waiting:
                count = min(MOST_AT_ONCE, len(self._waiting))
                await self._write_some([self._waiting.popleft() for _ in range(count)])
        finally:
            self._writing = None

    async def _write_some(self, some: list[tuple[WebhookEvent, asyncio.Future[WebhookEvent]]]) -> None:
        try:
            kept = await asyncio.to_thread(self._store.add_all, [event for event, _ in some])
        except Exception as problem:
            if len(some) > 1 and not isinstance(problem, EventsUnavailable):
                # On an unexpected error retry one by one, so that one bad event does not lose the batch.
                for one in some:
                    await self._write_some([one])
                return
            for _, waiter in some:
                if not waiter.done():
                    waiter.set_exception(problem)
            return
        for (_, waiter), event in zip(some, kept, strict=True):
            if not waiter.done():
                waiter.set_result(event)
