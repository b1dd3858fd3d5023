"""The send journal's SQL: its table, and the statements over its rows. Must not know locks or processes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from tui.storage.database import Layout
from tui.storage.errors import OutboxConflict, OutboxUnavailable
from tui.storage.journal_entry import (
    COLUMNS,
    FOLLOWERS,
    JournalEntry,
    JournalState,
    read_row,
    write_before,
    write_options,
    write_template,
)
from tui.storage.row_reader import storable
from tui.storage.state_file import FileWords

if TYPE_CHECKING:
    from datetime import datetime

    from tui.storage.journal_entry import NewSend, SendEnd
    from tui.storage.row_reader import Cell

ACCOUNT_UNREADABLE: Final = "(typeof(account_sid) != 'text' OR substr(account_sid, 1, 2) != 'AC')"
"""Rows whose account cannot be read are shown with every account: none may be lost without a word."""

OPEN: Final = "state NOT IN ('accepted', 'rejected', 'not_sent')"
"""Entries that are UNKNOWN or SENDING, or whose state cannot be read."""

OPEN_ENDS: Final = f"({OPEN} OR typeof(sid) != 'text' AND state != 'not_sent')"
"""Entries that may own a message of unknown SID: Twilio may list what it refused, too."""

NEWEST: Final = "SELECT seq FROM sqlite_sequence WHERE name = 'sends'"

SINGLE: Final = "(typeof(job) != 'integer' OR job <= 0 OR typeof(item) != 'integer' OR item <= 0)"
"""Entries that are no part of a job, or of which that cannot be read: an item's number is never 0."""

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
        "job": "INTEGER NOT NULL DEFAULT 0",
        "item": "INTEGER NOT NULL DEFAULT 0",
    },
    {
        # This very file, also when it is moved: what was written into another one is not looked for here.
        "identity": (
            "CREATE TABLE identity (mark TEXT NOT NULL)",
            "INSERT INTO identity VALUES (lower(hex(randomblob(16))))",
        ),
        # No item of a job is begun a second time while one send of it may have arrived, whoever tries.
        "sends_of_items": (
            "CREATE UNIQUE INDEX sends_of_items ON sends (job, item) "
            "WHERE job != 0 AND state NOT IN ('rejected', 'not_sent')",
        ),
        "sends_of_jobs": ("CREATE INDEX sends_of_jobs ON sends (job, item, id) WHERE job != 0",),
        # Of a hundred thousand entries a few are open, and few were sent one by one: each kind is found by itself.
        "sends_by_themselves": (f"CREATE INDEX sends_by_themselves ON sends (account_sid, id) WHERE {SINGLE}",),
        "sends_unsettled": (f"CREATE INDEX sends_unsettled ON sends (account_sid, id) WHERE {OPEN}",),
        "sends_with_open_ends": (
            f"CREATE INDEX sends_with_open_ends ON sends (account_sid, recipient) WHERE {OPEN_ENDS}",
        ),
        "sends_of_nobody": (f"CREATE INDEX sends_of_nobody ON sends (id) WHERE {ACCOUNT_UNREADABLE}",),
        "sends_to_overwrite": ("CREATE INDEX sends_to_overwrite ON sends (withdrawn) WHERE withdrawn = 1",),
    },
)


WORDS_OF_FILE: Final = FileWords(
    "The send journal",
    # Not a word of sending where it cannot be used: a send may be under way.
    "Sends that were under way are no longer followed: look for them among the messages before sending again.",
    OutboxUnavailable,
)


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


_TAKEN_BACK: Final = "The message that was taken for it turned out to be another send's."


def read(database: sqlite3.Connection, condition: str, *values: str | bytes | int) -> tuple[JournalEntry, ...]:
    """The entries that meet a condition."""
    rows = cast(
        "list[tuple[Cell, ...]]",
        database.execute(f"SELECT {COLUMNS} FROM sends WHERE {condition}", values).fetchall(),  # noqa: S608
    )
    return tuple(read_row(row) for row in rows)


def claimed(database: sqlite3.Connection, account_sid: str, among: Collection[str] | None = None) -> frozenset[str]:
    """The message SIDs that the entries of an account have, or which of these they have."""
    these = "" if among is None else "AND sid IN (SELECT value FROM json_each(?))"
    rows = database.execute(
        f"SELECT sid FROM sends WHERE account_sid = ? AND sid IS NOT NULL {these}",  # noqa: S608
        (storable(account_sid), *(() if among is None else (json.dumps(list(among)),))),
    ).fetchall()
    return frozenset(sid for (sid,) in cast("list[tuple[Cell]]", rows) if isinstance(sid, str))


def open_ends(database: sqlite3.Connection, account_sid: str, to: str | None = None) -> tuple[JournalEntry, ...]:
    """The sends of an account, or those to a recipient, that may own a message of unknown SID."""
    if to is None:
        return read(database, f"account_sid = ? AND {OPEN_ENDS}", storable(account_sid))
    return read(
        database,
        f"id IN (SELECT id FROM sends WHERE account_sid = ? AND recipient = ? AND {OPEN_ENDS})",  # noqa: S608
        storable(account_sid),
        storable(to),
    )


# SQLite would rather look through all of them.
_OF_NOBODY: Final = f"SELECT id FROM sends INDEXED BY sends_of_nobody WHERE {ACCOUNT_UNREADABLE}"  # noqa: S608
_UNSETTLED: Final = f"SELECT id FROM sends INDEXED BY sends_unsettled WHERE account_sid = ? AND {OPEN}"  # noqa: S608


def unknown(database: sqlite3.Connection, account_sid: str) -> tuple[JournalEntry, ...]:
    """The unknown sends of an account, newest first, and those whose account cannot be read."""
    found = read(
        database,
        f"id IN ({_UNSETTLED} UNION {_OF_NOBODY}) ORDER BY id DESC",
        storable(account_sid),
    )
    return tuple(entry for entry in found if entry.state is JournalState.UNKNOWN)


def latest(database: sqlite3.Connection, account_sid: str, limit: int) -> tuple[JournalEntry, ...]:
    """The newest sends of an account that are no part of a job, or are of a job and unknown."""
    account = storable(account_sid)
    found = read(
        database,
        f"id IN (SELECT id FROM (SELECT id FROM sends WHERE account_sid = ? AND {SINGLE} ORDER BY id DESC LIMIT ?) "  # noqa: S608
        f"UNION {_UNSETTLED}) ORDER BY id DESC",
        *(account, limit, account),
    )
    return tuple(entry for entry in found if not entry.job or entry.state is JournalState.UNKNOWN)[:limit]


def history(database: sqlite3.Connection, account_sid: str, limit: int) -> tuple[JournalEntry, ...]:
    """As `SendJournal.history`."""
    first = unknown(database, account_sid)
    nobodys = read(database, f"id IN ({_OF_NOBODY}) ORDER BY id DESC LIMIT ?", limit)
    others = {entry.id: entry for entry in (*latest(database, account_sid, limit), *nobodys)}
    for entry in first:
        others.pop(entry.id, None)
    return (*first, *(others[id] for id in sorted(others, reverse=True)))[:limit]


def prune(database: sqlite3.Connection, before: datetime, keep: int, jobs: Collection[int]) -> int:
    """As `SendJournal.prune`, of what was settled before then."""
    forgotten = 0
    accounts = cast("list[tuple[Cell]]", database.execute("SELECT DISTINCT account_sid FROM sends").fetchall())
    for (account,) in accounts:
        if not isinstance(account, str) or not account.startswith("AC"):
            continue
        newest = "SELECT id FROM sends WHERE account_sid = ? ORDER BY id DESC LIMIT 1 OFFSET ?"
        border = cast("tuple[int] | None", database.execute(newest, (account, keep - 1)).fetchone())
        if border is None or database.execute(_UNSETTLED, (account,)).fetchone() is not None:
            continue
        after = 0
        while old := read(
            database,
            "account_sid = ? AND id > ? AND id < ? ORDER BY id LIMIT ?",
            account,
            after,
            *border,
            _PRUNED_AT_ONCE,
        ):
            after = old[-1].id
            # A damaged one stays: what cannot be read may matter.
            gone = [
                (entry.id,)
                for entry in old
                if entry.settled_at and entry.settled_at < before and not entry.damaged and entry.job not in jobs
            ]
            database.executemany("DELETE FROM sends WHERE id = ?", gone)
            forgotten += len(gone)
            if not gone:
                # They were begun in this order: what follows is newer still.
                break
    return forgotten


_PRUNED_AT_ONCE: Final = 1000


def begin(database: sqlite3.Connection, send: NewSend, now: str, pid: int, process: str) -> JournalEntry:
    """Write a send down as SENDING.

    Raises:
        OutboxConflict: it is of an item of a job that is begun already.
    """
    values = (
        storable(send.connection),
        storable(send.account_sid),
        storable(send.to),
        storable(send.sender),
        storable(send.body),
        json.dumps(list(send.media)),
        JournalState.SENDING.value,
        now,
        pid,
        process,
        int(send.by_hand),
        storable(send.base),
        storable(write_options(send.options)),
        storable(write_before(send.before)),
        storable(write_template(send.template)),
        send.job,
        send.item,
    )
    try:
        number = database.execute(
            "INSERT INTO sends (connection, account_sid, recipient, sender, body, media, state, started_at, pid, "
            "process, by_hand, base, options, before, template, job, item) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        ).lastrowid
    except sqlite3.IntegrityError:
        raise OutboxConflict(
            f"Item {send.item} of this job was sent already, or may have been.",
            "Look at it in the outbox before sending again.",
            field="item",
        ) from None
    return find(database, number or 0)


def settle(database: sqlite3.Connection, end: SendEnd, now: str) -> JournalEntry:
    """Move an entry on; see `SendJournal.settle`.

    Raises:
        OutboxConflict: there is no such entry, it may not go there, or the SID is another entry's.
    """
    entry = find(database, end.id)
    if entry.state is end.state and (end.sid is None or end.sid == entry.sid):
        return entry
    _refuse_illegal(entry, end.state)
    if end.sid is not None:
        take_back(database, entry.account_sid, end.sid, end.id, now)
    try:
        database.execute(
            "UPDATE sends SET state = ?, sid = coalesce(?, sid), code = coalesce(?, code), "
            "detail = coalesce(?, detail), settled_at = ? WHERE id = ?",
            (
                end.state.value,
                None if end.sid is None else storable(end.sid),
                end.code,
                None if end.detail is None else storable(end.detail),
                now,
                end.id,
            ),
        )
    except sqlite3.IntegrityError:
        raise OutboxConflict(
            f"The message {end.sid} already belongs to another entry of the send journal.",
            "Look at both messages before sending again.",
            field="sid",
        ) from None
    return find(database, end.id)


def _refuse_illegal(entry: JournalEntry, state: JournalState) -> None:
    if entry.state is state and entry.sid is None:
        return
    if state not in FOLLOWERS[entry.state]:
        raise OutboxConflict(
            f"A send that is {entry.state.value} cannot become {state.value}.",
            "Look at the message itself before sending again.",
            field="state",
        )


def identity(database: sqlite3.Connection) -> str:
    """The mark of this very file; made where it is missing."""
    while True:
        row = cast("tuple[Cell] | None", database.execute("SELECT mark FROM identity").fetchone())
        if row is not None:
            return str(row[0])
        database.execute("INSERT INTO identity VALUES (lower(hex(randomblob(16))))")


def find(database: sqlite3.Connection, id: int) -> JournalEntry:
    """One entry.

    Raises:
        OutboxConflict: there is none of this number.
    """
    for entry in read(database, "id = ?", id):
        return entry
    raise OutboxConflict("The send journal has no such entry.", "Look among the messages.")


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
    candidates = str(could_be).split(" ")
    taken = claimed(database, account_sid, candidates)
    spare = next((each for each in candidates if each not in taken), None)
    database.execute("UPDATE sends SET sid = ? WHERE id = ?", (spare, number))
    if spare is None:
        database.execute(
            "UPDATE sends SET state = ?, settled_at = ?, could_be = '', detail = ? WHERE id = ?",
            (JournalState.UNKNOWN.value, now, _TAKEN_BACK, number),
        )
