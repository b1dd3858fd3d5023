"""The send journal's SQL: its table, and the statements over its rows. Must not know locks or processes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from tui.storage.database import Layout, NewerSchema, open_database, say_why
from tui.storage.errors import OutboxConflict, OutboxUnavailable
from tui.storage.journal_entry import (
    COLUMNS,
    Cell,
    JournalEntry,
    JournalState,
    read_row,
    storable,
    without_text,
    write_options,
    write_template,
)

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
        "template": "TEXT NOT NULL DEFAULT ''",
        # 0; 1 once the words were removed, 2 once they were overwritten in the file as well.
        "withdrawn": "INTEGER NOT NULL DEFAULT 0",
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


ACCOUNT_UNREADABLE: Final = "(typeof(account_sid) != 'text' OR account_sid NOT LIKE 'AC%')"
"""Rows whose account cannot be read are shown with every account: none may be lost without a word."""

OPEN: Final = "state NOT IN ('accepted', 'rejected', 'not_sent')"
"""Entries that are UNKNOWN or SENDING, or whose state cannot be read."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a look-up in Twilio's list of messages found a send to be.

    Attributes:
        sid: the message that is taken for its own.
        could_be: every message that could be; if Twilio's own answer to another send claims `sid`, this send gets
            another one of them.
    """

    state: JournalState
    sid: str
    code: int | None = None
    detail: str | None = None
    could_be: tuple[str, ...] = ()


WORDS: Final = frozenset({"ContentVariables"})
"""Options that are a part of what the recipient reads."""

_TAKEN_BACK: Final = "The message that was taken for it turned out to be another send's."


def read(database: sqlite3.Connection, condition: str, *values: str | bytes | int) -> tuple[JournalEntry, ...]:
    """The entries that meet a condition."""
    rows = cast(
        "list[tuple[Cell, ...]]",
        database.execute(f"SELECT {COLUMNS} FROM sends WHERE {condition}", values).fetchall(),  # noqa: S608
    )
    return tuple(read_row(row) for row in rows)


def claimed(database: sqlite3.Connection, account_sid: str) -> frozenset[str]:
    """The message SIDs that the entries of an account have."""
    rows = database.execute(
        "SELECT sid FROM sends WHERE account_sid = ? AND sid IS NOT NULL", (storable(account_sid),)
    ).fetchall()
    return frozenset(sid for (sid,) in cast("list[tuple[Cell]]", rows) if isinstance(sid, str))


def open_ends(database: sqlite3.Connection, account_sid: str) -> tuple[JournalEntry, ...]:
    """The sends of an account that may own a message of unknown SID."""
    return read(
        database,
        f"account_sid = ? AND ({OPEN} OR typeof(sid) != 'text' AND state != ?)",
        storable(account_sid),
        JournalState.NOT_SENT.value,
    )


def find(database: sqlite3.Connection, id: int) -> JournalEntry:
    """One entry.

    Raises:
        OutboxConflict: there is none of this number.
    """
    for entry in read(database, "id = ?", id):
        return entry
    raise OutboxConflict("The send journal has no such entry.", "Look among the messages.")


def having_words(database: sqlite3.Connection, account_sid: str, sids: Mapping[str, bool]) -> tuple[JournalEntry, ...]:
    """The settled sends of these messages of which something is to be withdrawn; see `withdraw`."""
    settled = read(
        database,
        f"account_sid = ? AND sid IN (SELECT value FROM json_each(?)) AND NOT {OPEN}",  # noqa: S608
        storable(account_sid),
        json.dumps(list(sids)),
    )
    return tuple(
        entry
        for entry in settled
        if entry.text or entry.damaged or _without_words(entry, sids) != (entry.media, entry.options)
    )


def withdraw(database: sqlite3.Connection, account_sid: str, sids: Mapping[str, bool]) -> tuple[JournalEntry, ...]:
    """Remove the words of settled sends, and of those whose SID has True what they named as media as well.

    Returns those that had any, as they were.
    """
    changed = having_words(database, account_sid, sids)
    for entry in changed:
        media, options = _without_words(entry, sids)
        database.execute(
            "UPDATE sends SET body = '', media = ?, options = ?, template = ?, withdrawn = 1 WHERE id = ?",
            (
                json.dumps(list(media)),
                "" if options is None else storable(write_options(options)),
                storable(write_template(without_text(entry.template))),
                entry.id,
            ),
        )
    return changed


def _without_words(
    entry: JournalEntry, sids: Mapping[str, bool]
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...] | None]:
    """Media and options that stay."""
    options = None if entry.options is None else tuple(pair for pair in entry.options if pair[0] not in WORDS)
    return () if sids.get(entry.sid or "") else entry.media, options


def take_back(database: sqlite3.Connection, account_sid: str, sid: str, id: int, now: str) -> None:
    """Take a SID that Twilio's own answer names from the entry that got it by a look-up."""
    holder = cast(
        "tuple[int, Cell] | None",
        database.execute(
            "SELECT id, could_be FROM sends WHERE account_sid = ? AND sid = ? AND id != ? AND could_be != ''",
            (storable(account_sid), storable(sid), id),
        ).fetchone(),
    )
    if holder is None:
        return
    number, could_be = holder
    taken = claimed(database, account_sid)
    spare = next((each for each in str(could_be).split(" ") if each not in taken), None)
    database.execute("UPDATE sends SET sid = ? WHERE id = ?", (spare, number))
    if spare is None:
        database.execute(
            "UPDATE sends SET state = ?, settled_at = ?, could_be = '', detail = ? WHERE id = ?",
            (JournalState.UNKNOWN.value, now, _TAKEN_BACK, number),
        )
