"""The database under the send journal. Must not know what an entry means."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from tui.storage.database import Layout, NewerSchema, open_database, say_why
from tui.storage.errors import OutboxUnavailable

if TYPE_CHECKING:
    from pathlib import Path

LAYOUT: Final = Layout(
    1,
    (
        """
        CREATE TABLE sends (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            connection TEXT NOT NULL,
            account_sid TEXT NOT NULL,
            recipient TEXT NOT NULL,
            sender TEXT NOT NULL,
            body TEXT NOT NULL,
            media TEXT NOT NULL,
            state TEXT NOT NULL,
            sid TEXT,
            code INTEGER,
            detail TEXT,
            started_at TEXT NOT NULL,
            settled_at TEXT,
            pid INTEGER NOT NULL,
            process TEXT NOT NULL
        )
        """,
        "CREATE UNIQUE INDEX sends_by_sid ON sends (account_sid, sid)",
        "CREATE INDEX sends_by_account ON sends (account_sid, id)",
        "CREATE INDEX sends_by_state ON sends (state)",
    ),
    "sends",
    {
        "by_hand": "INTEGER NOT NULL DEFAULT 0",
        "base": "TEXT NOT NULL DEFAULT ''",
        "options": "TEXT NOT NULL DEFAULT ''",
        "before": "TEXT NOT NULL DEFAULT ''",
        "could_be": "TEXT NOT NULL DEFAULT ''",
    },
)


def open_journal(path: Path | None) -> tuple[sqlite3.Connection, str | None]:
    """The journal's database, made where it is missing, and a notice where a broken one had to give way.

    With no path it lives in memory. The connection may be used from any thread, one at a time.

    Raises:
        OutboxUnavailable: it cannot be opened, made or written, or a newer version wrote it.
    """
    why = ""
    try:
        database, aside = open_database(path, LAYOUT)
    except NewerSchema:
        raise OutboxUnavailable(
            "The send journal was written by a newer tuilio.",
            "Update tuilio, or use another configuration folder with --config.",
        ) from None
    except (OSError, sqlite3.Error) as problem:
        why = say_why(problem)
    else:
        return database, None if aside is None else (
            f"The send journal was damaged and has been set aside as {aside.name}. Sends that were under "
            "way are no longer followed: look for them among the messages before sending again."
        )
    raise unavailable(why, "its folder" if path is None else str(path.parent))


def unavailable(why: str, folder: str) -> OutboxUnavailable:
    """The error to raise when the journal cannot be used. Not a word of sending: a send may be under way."""
    return OutboxUnavailable(
        f"The send journal cannot be used: {why}.",
        f"Check that {folder} can be written and has room.",
    )
