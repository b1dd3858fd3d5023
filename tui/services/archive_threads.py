"""An archive asked from the loop: a thread each writes, reads, counts and cleans up; changes are announced on the loop.

It is the `Shelf` of `tui.archive.sync`. Knows no Twilio.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from tui.archive.coverage import Coverage, Span
from tui.archive.layout import second_of

if TYPE_CHECKING:
    from tui.archive.store import Archive, ArchiveChange
    from tui.twilio.message import Message

_T = TypeVar("_T")

REST_SECONDS: Final = 5.0
"""Between two times that the file is cleaned up while message after message is redacted or deleted."""


class ArchiveThreads:
    """One archive and its threads. Every call but `close` raises ArchiveUnavailable where the file cannot be used.

    Args:
        changed: called on the loop with every change; None when everything may be another.
        noticed: called on the loop with each new `Archive.notice`; all may be another then.

    Attributes:
        coverage: what is complete, as of the last change.
        generation: that of the archive, when `coverage` was read.
    """

    def __init__(self, changed: Callable[[ArchiveChange | None], None], noticed: Callable[[str], None]) -> None:
        self.coverage = Coverage()
        self.generation = 0
        self._changed, self._noticed = changed, noticed
        self._told = 0
        self._archive: Archive | None = None
        self._closed = False
        self._closing: asyncio.Future[None] | None = None
        self._writer = ThreadPoolExecutor(1, "archive-writer")
        self._reader = ThreadPoolExecutor(1, "archive-reader")
        self._counter = ThreadPoolExecutor(1, "archive-counter")
        self._cleaner = ThreadPoolExecutor(1, "archive-cleaner")
        self._cleaning: asyncio.Future[None] | None = None
        self._due = False
        """Whether something was removed since that was last begun."""
        self._rests_until = 0.0

    async def open(
        self, path: Path | None, *, keeps: Callable[[], bool] = lambda: True, clock: Callable[[], float] = time.time
    ) -> None:
        """Open the file, or make it; with no path the archive lives in memory. Nothing happens once it is closed.

        For `keeps` and `clock` see `Archive.open`.
        """
        if self._closed:
            return

        def open_archive() -> None:
            from tui.archive.store import Archive

            self._archive = Archive.open(path, keeps=keeps, clock=clock, given_up=lambda: self._closed)

        await asyncio.get_running_loop().run_in_executor(self._writer, open_archive)
        if self._archive is not None and self._archive.notice:
            self._noticed(self._archive.notice)
        if not self._closed:
            await self.all_changed()

    def stop(self) -> None:
        """End what takes long: `close` follows, and all that is written before it finds the file free."""
        if self._archive is not None:
            self._archive.stop()

    async def close(self) -> None:
        """Wait for what is being done, and close the file; it is closed even if whoever waits for that gives up."""
        if self._closing is None:
            self._closed = True
            if self._cleaning is not None:
                # It may be resting still; what is due stays due.
                self._cleaning.cancel()
            self._closing = asyncio.ensure_future(asyncio.to_thread(self._close))
        await asyncio.shield(self._closing)

    def _close(self) -> None:
        self.stop()
        for executor in (self._reader, self._counter, self._cleaner, self._writer):
            executor.shutdown()
        if self._archive is not None:
            self._archive.close()

    async def read(self, work: Callable[[Archive], _T], *, apart: bool = False) -> _T:
        """Ask the archive something; cancelling this ends what is asked within milliseconds.

        What takes long is asked `apart`, so that the rows which are drawn meanwhile need not wait for it.
        """
        given_up = threading.Event()

        def ask(archive: Archive) -> _T:
            with archive.until(given_up.is_set):
                return work(archive)

        try:
            return await self._do(self._counter if apart else self._reader, ask)
        except asyncio.CancelledError:
            given_up.set()
            raise

    async def write(self, work: Callable[[Archive], _T]) -> _T:
        """Do something that may change the archive; the caller announces it."""
        return await self._do(self._writer, work)

    async def clean(self) -> None:
        """Where something was removed or redacted, leave nothing of it in any file; done when this returns."""
        await self._do(self._cleaner, _clean)

    def announce(self, change: ArchiveChange) -> None:
        """Tell of a change that was written; of one in a file that is gone by now, or not looked at yet, nothing."""
        if change and change.generation == self.generation:
            if change.coverage is not None:
                self.coverage = change.coverage
            self._changed(change)

    async def all_changed(self) -> None:
        """Tell that everything may be another."""
        self.coverage, self.generation = await self.write(_covered)
        self._changed(None)

    # -- as a shelf ----------------------------------------------------------------------------------

    async def keep(
        self,
        messages: Iterable[Message],
        covered: Span | None = None,
        *,
        generation: int | None = None,
        redacted: Collection[str] = (),
    ) -> ArchiveChange:
        """As `Archive.put`. What was redacted by it is cleaned up meanwhile."""
        listed = tuple(messages)

        def put(archive: Archive) -> tuple[ArchiveChange, bool]:
            change = archive.put(listed, covered=covered, generation=generation, redacted=redacted)
            return change, archive.scrub_due

        change, due = await self.write(put)
        self.announce(change)
        if due:
            self._clean_soon()
        return change

    async def drop(self, sids: Iterable[str]) -> None:
        """As `Archive.remove`. What is left of them in the files is cleaned up meanwhile."""
        listed = list(sids)
        self.announce(await self.write(lambda archive: archive.remove(listed)))
        self._clean_soon()

    async def held(self, span: Span, limit: int | None = None) -> list[tuple[str, int]]:
        """As `Archive.held`."""
        return await self.write(lambda archive: _with_seconds(archive.held(span, limit)))

    async def unsettled(self, since: int) -> list[tuple[str, int]]:
        """As `Archive.unsettled`, with seconds for rows."""
        return await self.write(lambda archive: _with_seconds(archive.unsettled(since)))

    # -- inside --------------------------------------------------------------------------------------

    async def _do(self, executor: ThreadPoolExecutor, work: Callable[[Archive], _T]) -> _T:
        from tui.storage.errors import ArchiveUnavailable

        archive = self._archive
        if archive is None or self._closed:
            raise ArchiveUnavailable("The archive is closed.", "Choose the connection again.")
        try:
            return await asyncio.get_running_loop().run_in_executor(executor, work, archive)
        finally:
            if archive.generation != self._told:
                self._told = archive.generation
                # Whoever asked may be cancelled; this has to be told all the same.
                telling = asyncio.ensure_future(self._tell_of_another(archive))
                telling.add_done_callback(_look_at_failure)
                await asyncio.shield(telling)

    async def _tell_of_another(self, archive: Archive) -> None:
        """Tell that the file was found damaged and begun anew, or was removed from outside."""
        # Nothing is claimed of it before it was looked at.
        self.coverage = Coverage()
        self._noticed(archive.notice)
        await self.all_changed()

    def _clean_soon(self) -> None:
        self._due = True
        if self._cleaning is None or self._cleaning.done():
            self._cleaning = asyncio.ensure_future(self._clean_rested())
            self._cleaning.add_done_callback(_look_at_failure)

    async def _clean_rested(self) -> None:
        """Clean up, unless that was done just now: each time the whole file is written anew. Again where something was
        removed meanwhile.
        """
        while self._due:
            await asyncio.sleep(max(0.0, self._rests_until - time.monotonic()))
            self._due = False
            began = time.monotonic()
            await self.clean()
            ended = time.monotonic()
            self._rests_until = ended + max(REST_SECONDS, 4 * (ended - began))


def _with_seconds(rows: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return [(sid, second_of(row)) for sid, row in rows]


def _covered(archive: Archive) -> tuple[Coverage, int]:
    # The number first: what is claimed with an older one is not believed.
    generation = archive.generation
    return archive.coverage, generation


def _clean(archive: Archive) -> None:
    # Where a reader is in the way it stays due.
    if archive.scrub_due:
        archive.scrub()


def _look_at_failure(cleaning: asyncio.Future[None]) -> None:
    # What is due stays due until the next time.
    if not cleaning.cancelled():
        cleaning.exception()
