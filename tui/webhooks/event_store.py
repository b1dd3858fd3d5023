"""The events that were received, kept on disk or in memory, bounded in number and in bytes.

An event is on disk when `add` returns, so that whoever answers afterwards has promised nothing too early. Rejected
events have bounds of their own and never push out others. Must not know HTTP or what an event leads to.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, cast

from tui.storage.database import Layout, NewerSchema, open_database, say_why
from tui.webhooks.errors import EventsUnavailable
from tui.webhooks.event_rows import COLUMNS, read_event, text_or_bytes
from tui.webhooks.events import WebhookEvent
from tui.webhooks.parameters import storable

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
)


def open_events(path: Path | None) -> tuple[sqlite3.Connection, str]:
    """The database, made where it is missing, and a notice where a broken one had to give way (else empty).

    With no path it lives in memory. The connection may be used from any thread, one at a time.

    Raises:
        EventsUnavailable: it cannot be opened, made or written, or a newer version wrote it.
    """
    try:
        database, aside = open_database(path, LAYOUT)
    except NewerSchema:
        raise EventsUnavailable(
            "events",
            "The kept webhook events were written by a newer tuilio.",
            "Update tuilio, or use another configuration folder with --config.",
        ) from None
    except (OSError, sqlite3.Error) as problem:
        raise unavailable(problem, str(path.parent) if path else "") from None
    return database, f"The kept webhook events were damaged and have been set aside as {aside.name}." if aside else ""


def unavailable(problem: Exception, folder: str) -> EventsUnavailable:
    """The error to raise when the store cannot be used."""
    return EventsUnavailable(
        "events",
        f"Webhook events cannot be kept on disk: {say_why(problem)}.",
        f"Check that {folder} can be written and has room." if folder else "Start the receiver again.",
    )


_BATCH: Final = 200

# What is neither accepted nor rejected is damaged, and kept with the rejected.
_SORTS: Final = {None: "TRUE", True: "accepted = 1", False: "(accepted < 1 OR accepted > 1)"}
_SIZE: Final = "min(max(CAST(size AS INTEGER), 0), 4294967296)"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept: so many events and so many bytes, of accepted ones and of rejected ones."""

    events: int = 10_000
    size: int = 64 * 1024 * 1024
    rejected_events: int = 1_000
    rejected_size: int = 8 * 1024 * 1024


class EventStore:
    """Events in the order they came. Usable from any thread; opens when first used.

    Every method may raise `EventsUnavailable`; then nothing was written.
    """

    def __init__(self, path: Path | None, *, bounds: Bounds | None = None) -> None:
        self._path = path
        self._bounds = bounds or Bounds()
        self._guard = threading.RLock()
        self._database: sqlite3.Connection | None = None
        self._closed = False
        self._totals: dict[bool, tuple[int, int]] = {}
        self.notice = ""

    @property
    def on_disk(self) -> bool:
        """Whether events survive this process."""
        return self._path is not None

    def open(self) -> None:
        """Open now rather than at the first use."""
        with self._use():
            pass

    def add(self, event: WebhookEvent) -> WebhookEvent:
        """Keep an event; returns it with its number, and marked when it repeats an accepted one.

        Only accepted events can be repeated: a forgery must not make the true event look like a copy. An event
        counts as repeated when its retry token was seen, or its message with the same status.
        """
        return self.add_all([event])[0]

    def add_all(self, events: Sequence[WebhookEvent]) -> list[WebhookEvent]:
        """Keep events, in their order, all of them or none; each comes back as from `add`."""
        kept: list[WebhookEvent] = []
        with self._use() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                for event in events:
                    first = self._find_first(database, event) if event.accepted else None
                    number = self._insert(database, event, first)
                    kept.append(replace(event, id=number, duplicate_of=first))
                for accepted in (True, False):
                    sizes = [event.size for event in events if event.accepted is accepted]
                    if sizes:
                        self._prune(database, accepted, len(sizes), sum(sizes))
                database.execute("COMMIT")
            except BaseException:
                self._totals.clear()
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise
        return kept

    def latest(
        self, limit: int = 200, *, before: int | None = None, accepted: bool | None = None
    ) -> tuple[WebhookEvent, ...]:
        """The newest events, newest first; `before` continues where an id ended."""
        with self._use() as database:
            rows = database.execute(
                f"SELECT {COLUMNS} FROM events WHERE (? IS NULL OR id < ?) AND {_SORTS[accepted]} "  # noqa: S608
                "ORDER BY id DESC LIMIT ?",
                (before, before, limit),
            ).fetchall()
        return tuple(read_event(row) for row in rows)

    def find(self, number: int) -> WebhookEvent | None:
        """The event with this id; None when it was pruned or never was."""
        with self._use() as database:
            row = database.execute(f"SELECT {COLUMNS} FROM events WHERE id = ?", (number,)).fetchone()  # noqa: S608
        return read_event(row) if row else None

    def count(self, *, accepted: bool | None = None) -> int:
        """How many events are kept."""
        with self._use() as database:
            row = database.execute(f"SELECT count(*) FROM events WHERE {_SORTS[accepted]}").fetchone()  # noqa: S608
        return cast("tuple[int]", row)[0]

    def clear(self) -> None:
        """Forget every event."""
        with self._use() as database:
            database.execute("DELETE FROM events")
            self._totals.clear()

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
                    self._database, self.notice = open_events(self._path)
                    self._database.text_factory = text_or_bytes
                yield self._database
            except (sqlite3.Error, OSError) as problem:
                raise unavailable(problem, str(self._path.parent) if self._path else "") from None

    @staticmethod
    def _find_first(database: sqlite3.Connection, event: WebhookEvent) -> int | None:
        # The first delivery itself, not one that is marked as a copy already.
        for column, value in (("retry_token", event.retry_token), ("happening", event.happening)):
            if value:
                row = database.execute(
                    "SELECT CASE typeof(duplicate_of) WHEN 'integer' THEN duplicate_of ELSE id END FROM events "  # noqa: S608 - the column is one of two above
                    f"WHERE accepted AND {column} <> '' AND {column} = ? ORDER BY id LIMIT 1",
                    (storable(value),),
                ).fetchone()
                if row:
                    return cast("tuple[int]", row)[0]
        return None

    @staticmethod
    def _insert(database: sqlite3.Connection, event: WebhookEvent, first: int | None) -> int:
        cursor = database.execute(
            "INSERT INTO events (received_at, kind, method, target, url, headers, body, verdict, accepted, diagnosis, "
            "duplicate_of, reply_status, reply_type, reply_body, retry_token, happening, size) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
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
                event.reply.status,
                event.reply.content_type,
                event.reply.body,
                storable(event.retry_token),
                storable(event.happening),
                event.size,
            ),
        )
        return cursor.lastrowid or 0

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
    row = database.execute(
        f"SELECT count(*), coalesce(sum({_SIZE}), 0) FROM events WHERE {_SORTS[accepted]}"  # noqa: S608
    ).fetchone()
    return cast("tuple[int, int]", row)


def _drop_oldest(
    database: sqlite3.Connection, accepted: bool, total: tuple[int, int], events: int, size: int
) -> tuple[int, int]:
    rows = cast(
        "list[tuple[int, int]]",
        database.execute(
            f"SELECT id, {_SIZE} FROM events WHERE {_SORTS[accepted]} ORDER BY id LIMIT ?",  # noqa: S608
            (_BATCH,),
        ).fetchall(),
    )
    count, left = total
    last = 0
    for number, bytes_kept in rows:
        if (count <= events and left <= size) or count <= 1:
            break
        last, count, left = number, count - 1, left - bytes_kept
    database.execute(f"DELETE FROM events WHERE {_SORTS[accepted]} AND id <= ?", (last,))  # noqa: S608
    return count, left
