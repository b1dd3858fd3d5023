"""Webhook events in SQLite, on disk or in memory, bounded in number and in bytes.

An event is on disk when `add` returns, so that whoever answers afterwards has promised nothing too early. Rejected
events have bounds of their own and never push out others. Must not know HTTP or what an event leads to.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, cast

from tui.storage.database import Layout, NewerSchema, ask, open_database, say_why, write_anew
from tui.webhooks.errors import EventsUnavailable
from tui.webhooks.event_rows import COLUMNS, answer_cells, event_cells, read_event, text_or_bytes
from tui.webhooks.events import (
    EventKind,
    WebhookEvent,
)
from tui.webhooks.parameters import MESSAGE_SIDS, storable

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

_SELECT: Final = f"SELECT id, {COLUMNS} FROM events"  # noqa: S608 - as all below: made of these constants alone
_INSERT: Final = f"INSERT INTO events ({COLUMNS}, retry_token, happening, size) VALUES ({', '.join('?' * 19)})"  # noqa: S608
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
                    database.execute(_UPDATE, (*answer_cells(event), event.size, event.id))
                    kept.append(event)
                    continue
                first = _find_first(database, event) if event.accepted else None
                number = database.execute(_INSERT, event_cells(event, first)).lastrowid or 0
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
        return tuple(read_event(row) for row in rows)

    def find(self, number: int) -> WebhookEvent | None:
        """The event with this id; None when it was pruned or never was."""
        with self._use() as database:
            row = database.execute(f"{_SELECT} WHERE id = ?", (number,)).fetchone()
        return read_event(row) if row else None

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
                    self._database.text_factory = text_or_bytes
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
        read_event(row)
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
