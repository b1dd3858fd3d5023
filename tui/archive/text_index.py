"""The index of the messages' texts: trigrams of their folded form, by row number. SQL only.

The index keeps no texts of its own, so that taking one out needs the very text that was put in. What is taken out
leaves its trigrams behind, marked as gone, until `merge_index` has been through the index.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, cast

from tui.archive.folding import fold, fold_for_index

FOLDING: Final = f"1 {unicodedata.unidata_version}"
"""What the folding of a text depends on. An index that was made with another one has to be rebuilt."""

_PAGES_AT_ONCE: Final = 400
"""Of the index, that one step of a merge writes; some tens of milliseconds."""


def prepare(database: sqlite3.Connection) -> None:
    """Give a connection what searches need: the function `folded`, and the words of the index."""
    database.create_function("folded", 1, lru_cache(maxsize=16)(fold), deterministic=True)
    database.execute("CREATE VIRTUAL TABLE temp.trigrams USING fts5vocab (main, texts, row)")


def change_texts(
    database: sqlite3.Connection, *, gone: Iterable[tuple[int, str]] = (), new: Iterable[tuple[int, str]] = ()
) -> None:
    """Take texts out and put texts in, in the caller's transaction: (row number, text as it was or is)."""
    steps = [(row, 0, text) for row, each in gone if (text := fold_for_index(each))]
    if not steps:
        # By ascending row numbers: FTS5 makes a segment of its own for each step back.
        texts = sorted((row, text) for row, each in new if (text := fold_for_index(each)))
        database.executemany("INSERT INTO texts (rowid, body) VALUES (?, ?)", texts)
        return
    steps += [(row, 1, text) for row, each in new if (text := fold_for_index(each))]
    for row, is_new, text in sorted(steps):
        if is_new:
            database.execute("INSERT INTO texts (rowid, body) VALUES (?, ?)", (row, text))
        else:
            database.execute("INSERT INTO texts (texts, rowid, body) VALUES ('delete', ?, ?)", (row, text))


def rebuild_index(database: sqlite3.Connection) -> None:
    """Make the index anew from the messages, in the caller's transaction."""
    database.execute("INSERT INTO texts (texts) VALUES ('delete-all')")
    texts = database.execute("SELECT id, body FROM messages ORDER BY id")
    database.executemany(
        "INSERT INTO texts (rowid, body) VALUES (?, ?)",
        ((row, text) for row, body in cast("Iterator[tuple[int, str]]", texts) if (text := fold_for_index(body))),
    )


def merge_index(database: sqlite3.Connection, *, begin: bool) -> bool:
    """Do one step of merging the index into one segment, and return whether there is more to do.

    With `begin` all that is in the index is taken in, without it the steps go on with what was begun.
    """
    before = database.total_changes
    pages = -_PAGES_AT_ONCE if begin else _PAGES_AT_ONCE
    database.execute("INSERT INTO texts (texts, rank) VALUES ('merge', ?)", (pages,))
    # FTS5's own sign: a step that found nothing to do changes one row at most.
    return database.total_changes - before >= 2
