"""Finds the rows that match a query. The connection needs `tui.archive.matching.prepare` once."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui.archive.matching import Asked, Condition

if TYPE_CHECKING:
    import sqlite3

    from tui.archive.query import Query


def find_rows(database: sqlite3.Connection, query: Query, asked: Asked, limit: int | None = None) -> array[int]:
    """The row numbers of what matches, ascending; with a limit the newest ones."""
    found = query.criterion.condition(asked)
    sql = f"SELECT id FROM messages WHERE {found.sql} ORDER BY id DESC LIMIT ?"  # noqa: S608
    rows = array("q", (row for (row,) in database.execute(sql, (*found.values, -1 if limit is None else limit))))
    rows.reverse()
    return rows


def matching(database: sqlite3.Connection, query: Query, asked: Asked, rows: Iterable[int]) -> set[int]:
    """Which of some rows match."""
    return set(_filter(database, query.criterion.condition(asked), rows))


def _filter(database: sqlite3.Connection, condition: Condition, rows: Iterable[int]) -> list[int]:
    sql = f"SELECT id FROM messages WHERE id IN (SELECT value FROM json_each(?)) AND {condition.sql}"  # noqa: S608
    return [row for (row,) in database.execute(sql, (json.dumps(list(rows)), *condition.values))]
