"""How SQLite goes about what a program asks of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable


def scans(database: sqlite3.Connection | None, work: Callable[[], object]) -> list[str]:
    """The steps of everything asked during `work` that go through a whole table or index, JSON's own aside."""
    assert database is not None
    asked: list[str] = []
    database.set_trace_callback(asked.append)
    try:
        work()
    finally:
        database.set_trace_callback(None)
    found: list[str] = []
    for statement in asked:
        if statement.startswith(("SELECT", "UPDATE", "INSERT", "DELETE")):
            plan = database.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
            found += [step[3] for step in plan if step[3].startswith("SCAN") and "json_each" not in step[3]]
    assert asked
    return found
