"""Removing the words of sends from the send journal, where their messages were redacted or deleted, or forgotten.

What is left of an entry tells that a message is known, and whose it was.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping
from typing import Final

from tui.storage.journal_database import OPEN, read
from tui.storage.journal_entry import JournalEntry, without_text, write_options, write_template
from tui.storage.row_reader import storable

WORDS: Final = frozenset({"ContentVariables"})
"""Options that are a part of what the recipient reads."""


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


def withdraw_jobs(database: sqlite3.Connection, jobs: Collection[int]) -> int:
    """Remove the words of all settled sends of these jobs; returns of how many."""
    return database.execute(
        "UPDATE sends SET body = '', media = '[]', options = '', template = '', withdrawn = 1 "  # noqa: S608
        f"WHERE job != 0 AND job IN (SELECT value FROM json_each(?)) AND NOT {OPEN} AND withdrawn = 0",
        (json.dumps(list(jobs)),),
    ).rowcount


def _without_words(
    entry: JournalEntry, sids: Mapping[str, bool]
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...] | None]:
    """Media and options that stay."""
    options = None if entry.options is None else tuple(pair for pair in entry.options if pair[0] not in WORDS)
    return () if sids.get(entry.sid or "") else entry.media, options
