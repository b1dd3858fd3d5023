"""The database under the event store. Must not know what an event means."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from tui.storage.database import Layout, NewerSchema, open_database, say_why
from tui.webhooks.errors import EventsUnavailable

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
