"""An archive that is asked from the loop: what nobody waits for any more is given up."""

from __future__ import annotations

import asyncio
import sqlite3
import threading

import pytest

from tui.archive.store import Archive
from tui.services.archive_threads import ArchiveThreads
from tui.storage.errors import ArchiveUnavailable

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest.mark.parametrize("name", ["kept.sqlite3", None])
async def test_closing_waits_for_no_question_that_nobody_cancelled(tmp_path, until, name):
    threads = ArchiveThreads(lambda _: None, lambda _: None)
    await threads.open(tmp_path / name if name else None)
    begun = threading.Event()

    def count_for_ever(database: sqlite3.Connection) -> None:
        begun.set()
        database.execute(ENDLESS).fetchone()

    asking = asyncio.ensure_future(threads.read(lambda archive: archive._file.read(count_for_ever)))
    try:
        await until(None, begun.is_set)
        async with asyncio.timeout(10):
            await threads.close()
    finally:
        asking.cancel()
    with pytest.raises((ArchiveUnavailable, asyncio.CancelledError)):
        await asking


async def test_a_question_that_is_cancelled_is_not_answered_to_its_end_and_the_next_one_is(tmp_path, until):
    told: list[str] = []
    threads = ArchiveThreads(lambda _: None, told.append)
    await threads.open(tmp_path / "kept.sqlite3")
    begun, ended = threading.Event(), threading.Event()

    def count_for_ever(database: sqlite3.Connection) -> None:
        begun.set()
        try:
            database.execute(ENDLESS).fetchone()
        finally:
            ended.set()

    def ask(archive: Archive) -> None:
        archive._file.read(count_for_ever)

    asking = asyncio.ensure_future(threads.read(ask))
    await until(None, begun.is_set)
    asking.cancel()
    await until(None, ended.is_set)
    assert await threads.read(lambda archive: list(archive.list_rows())) == []
    assert told == []
    await threads.close()
