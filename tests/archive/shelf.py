"""An archive in memory that a `Sync` keeps messages in, and all that is in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Self

from tui.archive.matching import Asked
from tui.archive.query import Query
from tui.archive.store import Archive
from tui.services.archive_threads import ArchiveThreads
from tui.twilio.messages import Message


class MemoryShelf(ArchiveThreads):
    """`async with MemoryShelf() as shelf`."""

    def __init__(self) -> None:
        super().__init__(lambda _: None, lambda _: None)

    async def __aenter__(self) -> Self:
        await self.open(None)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def messages(self) -> dict[str, Message]:
        """SID → every message that is kept."""
        archive = self._archive
        assert isinstance(archive, Archive)
        rows = archive.find_rows(Query(), Asked(datetime.now(UTC)))
        return {message.sid: message for message in archive.read(rows) if message is not None}
