"""The send journal's SQL: its table, and the statements over its rows. Must not know locks or processes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
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
    without_text,
    write_before,
    write_options,
    write_template,
)
from tui.storage.row_reader import storable
from tui.storage.state_file import FileWords

if TYPE_CHECKING:
    from tui.storage.journal_entry import NewSend, SendEnd
    from tui.storage.row_reader import Cell

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
    },
)


WORDS_OF_FILE: Final = FileWords(
    "The send journal",
    # Not a word of sending where it cannot be used: a send may be under way.
    "Sends that were under way are no longer followed: look for them among the messages before sending again.",
    OutboxUnavailable,
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
