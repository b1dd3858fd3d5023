"""Pictures asked from the loop: given up when nobody waits for them, and quicker the next time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tui.archive import picture_columns, picture_reading
from tui.archive.periods import ALL
from tui.archive.query import Query
from tui.services.message_archive import MessageArchive
from tui.twilio.message import Message

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAYS = 40


@pytest.fixture
async def archive() -> AsyncIterator[MessageArchive]:
    """One message a day."""
    opened = MessageArchive(None, history=None, clock=lambda: NOW)
    await opened.open()
    times = [NOW - timedelta(days=day) for day in range(DAYS)]
    await opened.put(
        [
            Message(sid=f"SM{n:032x}", status="sent", direction="outbound-api", date_created=at)
            for n, at in enumerate(times)
        ]
    )
    yield opened
    await opened.close()


@pytest.mark.parametrize("asked", ["a picture", "what a query may name"])
async def test_a_count_ends_soon_once_nobody_waits_for_it(
    archive: MessageArchive, asked: str, monkeypatch: pytest.MonkeyPatch, until: Callable[..., Awaitable[Any]]
):
    read: list[int] = []

    def read_slowly(*args: Any) -> Any:
        read.append(1)
        time.sleep(0.01)
        return picture_columns.read_messages_of(*args)

    monkeypatch.setattr(picture_reading, "read_messages_of", read_slowly)
    asking = asyncio.create_task(archive.picture(Query(), ALL) if asked == "a picture" else archive.known())
    await until(None, lambda: len(read) > 1)
    asking.cancel()
    figures = await archive.figures(Query(), ALL)
    assert figures is not None
    assert figures[0].count == DAYS
    # Of the first one a few days were read, of the second all.
    assert len(read) < 2 * DAYS


async def test_after_a_picture_the_columns_of_its_days_are_kept(
    archive: MessageArchive, monkeypatch: pytest.MonkeyPatch, until: Callable[..., Awaitable[Any]]
):
    monkeypatch.setattr(picture_columns, "_WORTH", 1)
    monkeypatch.setattr("tui.services.message_archive._BETWEEN_DAYS", 0.0)
    before = await archive.picture(Query(), ALL)
    read: list[int] = []

    def read_day(*args: Any) -> Any:
        columns = picture_columns.read_day(*args)
        read.extend([1] * (columns is not None))
        return columns

    monkeypatch.setattr(picture_reading, "read_day", read_day)
    while not read:
        assert await archive.picture(Query(), ALL) == before
    assert len(read) >= DAYS - 3
