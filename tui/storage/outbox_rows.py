"""The rows of the send journal as statements over its database. Must not know files, locks or processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from tui.storage.errors import OutboxConflict
from tui.storage.outbox_entry import COLUMNS, Cell, Entry, State, read_row, storable

if TYPE_CHECKING:
    import sqlite3

NOBODYS: Final = "(typeof(account_sid) != 'text' OR account_sid NOT LIKE 'AC%')"
"""Rows whose account cannot be read are shown with every account: none may be lost without a word."""

OPEN: Final = "state NOT IN ('accepted', 'rejected', 'not_sent')"
"""Unknown ones, those under way, and those whose state cannot be read."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a look at Twilio's list found a send to be.

    Attributes:
        sid: the message that is taken for its own.
        could_be: every message that could be; if Twilio's own answer to another send claims `sid`, this send gets
            another one of them.
    """

    state: State
    sid: str
    code: int | None = None
    detail: str | None = None
    could_be: tuple[str, ...] = ()


_TAKEN_BACK: Final = "The message that was taken for it turned out to be another send's."


def read(database: sqlite3.Connection, condition: str, *values: str | bytes | int) -> tuple[Entry, ...]:
    """The entries that meet a condition."""
    rows = cast(
        "list[tuple[Cell, ...]]",
        database.execute(f"SELECT {COLUMNS} FROM sends WHERE {condition}", values).fetchall(),  # noqa: S608
    )
    return tuple(read_row(row) for row in rows)


def claimed(database: sqlite3.Connection, account_sid: str) -> frozenset[str]:
    """The SIDs of an account that are known to be some entry's."""
    rows = database.execute(
        "SELECT sid FROM sends WHERE account_sid = ? AND sid IS NOT NULL", (storable(account_sid),)
    ).fetchall()
    return frozenset(sid for (sid,) in cast("list[tuple[Cell]]", rows) if isinstance(sid, str))


def open_ends(database: sqlite3.Connection, account_sid: str) -> tuple[Entry, ...]:
    """The sends of an account that may own a message whose SID is not known."""
    return read(
        database,
        f"account_sid = ? AND ({OPEN} OR typeof(sid) != 'text' AND state != ?)",
        storable(account_sid),
        State.NOT_SENT.value,
    )


def find(database: sqlite3.Connection, id: int) -> Entry:
    """One entry.

    Raises:
        OutboxConflict: there is none of this number.
    """
    for entry in read(database, "id = ?", id):
        return entry
    raise OutboxConflict("The send journal has no such entry.", "Look among the messages.")


def take_back(database: sqlite3.Connection, account_sid: str, sid: str, id: int, now: str) -> None:
    """Take a SID that Twilio's own answer names from the entry that a look gave it to."""
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
            (State.UNKNOWN.value, now, _TAKEN_BACK, number),
        )
