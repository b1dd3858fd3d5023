"""Whether a word stands in a program's files still, and another program that is in the way of overwriting it there."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path


def files_with(folder: Path, word: str) -> list[str]:
    """The names of the files in a folder, and in those below it, that hold a word."""
    return sorted(each.name for each in folder.rglob("*") if each.is_file() and word.encode() in each.read_bytes())


@contextmanager
def another_reads(path: Path, database: sqlite3.Connection | None) -> Generator[None]:
    """While inside, another program is in the middle of reading; `database` waits for it no longer than 50 ms."""
    assert database is not None
    database.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield
