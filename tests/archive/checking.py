"""What must hold for an archive's file at any time, whatever was done to it and wherever it was killed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from tui.archive.folding import fold_for_index
from tui.archive.layout import ROWS_OF_A_DAY
from tui.archive.picture_columns import Kinds, read_day, read_messages_of
from tui.archive.store import Archive
from tui.storage.database import connect


def check_tables(database: sqlite3.Connection) -> None:
    """The file is sound, the index holds the trigrams of the texts that are there and no others, and no row stands for
    an address or a term that is missing. What is kept of each address, and of each day, is what its messages say.
    """
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    # Raises where the index contradicts itself.
    database.execute("INSERT INTO texts (texts) VALUES ('integrity-check')")
    database.execute("CREATE VIRTUAL TABLE temp.found USING fts5vocab (main, texts, instance)")
    found = set(database.execute("SELECT doc, offset, term FROM temp.found"))
    database.execute("DROP TABLE temp.found")
    wanted = {
        (row, place, text[place : place + 3])
        for row, body in database.execute("SELECT id, body FROM messages")
        if (text := fold_for_index(body))
        for place in range(len(text) - 2)
    }
    assert found == wanted
    for column, table in [
        *(("other", "addresses"), ("own", "addresses")),
        *((name, "terms") for name in ("currency", "service", "account", "error")),
    ]:
        lost = f"SELECT count(*) FROM messages WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT id FROM {table})"
        assert database.execute(lost).fetchone() == (0,)
    assert database.execute("SELECT count(*) FROM messages WHERE sid IN (SELECT sid FROM removed)").fetchone() == (0,)
    others = """
        SELECT other, max(m.id), max(iif(direction <> 0, m.id, -1)), sum(direction = 0 AND m.id > read)
        FROM messages m JOIN others o ON o.id = other GROUP BY other
    """
    kept = "SELECT id, last, outgoing, unread FROM others WHERE last >= 0 ORDER BY id"
    assert database.execute(others).fetchall() == database.execute(kept).fetchall()
    missing = "SELECT count(*) FROM messages WHERE other IS NOT NULL AND other NOT IN (SELECT id FROM others)"
    assert database.execute(missing).fetchone() == (0,)
    kinds = Kinds(database)
    for (day,) in database.execute("SELECT day FROM days").fetchall():
        kept = read_day(database, day, kinds)
        first = day * ROWS_OF_A_DAY
        read = read_messages_of(database, first, first + ROWS_OF_A_DAY, kinds)
        assert kept is not None
        assert [first + place for place in kept.places] == list(read.places)
        assert kept.codes == read.codes
    left = "SELECT sum(unread) FROM others WHERE last < 0 OR id NOT IN (SELECT id FROM addresses)"
    assert database.execute(left).fetchone() in ((0,), (None,))


def check(archive: Archive) -> None:
    """See `check_tables`."""
    archive._file.write(check_tables)


def check_file(path: Path) -> None:
    """See `check_tables`."""
    database = connect(str(path))
    try:
        check_tables(database)
    finally:
        database.close()


def found_in(folder: Path, words: Iterable[str]) -> set[str]:
    """Which of these words stand in any file of a folder, in the encodings that a file of ours may have."""
    contents = [place.read_bytes() for place in folder.rglob("*") if place.is_file()]
    return {
        word
        for word in words
        if any(word.encode(encoding) in content for content in contents for encoding in ("utf-8", "utf-16-le"))
    }
