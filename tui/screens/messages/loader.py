"""Reading the message list: the next page, all pages for a search or an export, and what is new.

Knows which messages are wanted and when to go on; not how they are shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tui.safe_text import safe_text
from tui.screens.messages.filters import MessageFilter
from tui.services.gc_tuning import freeze_long_lists
from tui.twilio.errors import RequestFailed

if TYPE_CHECKING:
    from tui.screens.base import BaseScreen
    from tui.services.session import Account
    from tui.twilio.message_list import ListChange, MessageList

PAGE_SIZE: Final = 50

WATCH_SECONDS: Final = 4.0
"""Between two looks for new messages."""

SLOWEST_WATCH: Final = 60.0
"""Seconds between looks while Twilio cannot be reached."""


@dataclass(slots=True)
class MessageListStatus:
    """What is loaded, and what is being read.

    Attributes:
        loaded: the messages so far; None without an account.
        filter: which of them are wanted.
        loading: whether a page is on its way.
        asking: whether the person asked for what is new, and there is no answer yet.
        watching: whether new messages are looked for again and again.
        stopped: whether the person stopped the search for older messages that match.
        gathering: whether all that match are being read, to be written to a file.
        error: why the last reading failed.
    """

    loaded: MessageList | None = None
    filter: MessageFilter = field(default_factory=MessageFilter)
    loading: bool = False
    asking: bool = False
    watching: bool = True
    stopped: bool = False
    gathering: bool = False
    error: RequestFailed | None = None

    @property
    def started(self) -> bool:
        """Whether the first page has arrived."""
        return self.loaded is not None and self.loaded.started

    @property
    def more_below(self) -> bool:
        """Whether Twilio may have older messages."""
        return self.loaded is not None and self.loaded.more_below

    @property
    def searching(self) -> bool:
        """Whether pages are being read that nobody has scrolled to."""
        return self.gathering or (self.loading and self.filter.compares)

    @property
    def can_search_on(self) -> bool:
        """Whether there are older messages, of which the filter might want some."""
        return self.filter.compares and self.more_below and not self.loading


class MessageLoader:
    """Reads a `MessageList` in the workers of a screen.

    An answer that belongs to another account or another list than the present one is dropped.

    Args:
        screen: whose workers read.
        changed: called with what a reading brought.
        status_changed: called when something else in `status` is another.
        needs_more: tells whether the view has too few rows below the cursor.
    """

    def __init__(
        self,
        screen: BaseScreen,
        *,
        changed: Callable[[ListChange], None],
        status_changed: Callable[[], None],
        needs_more: Callable[[], bool],
    ) -> None:
        self.status = MessageListStatus()
        self._screen = screen
        self._changed, self._status_changed, self._needs_more = changed, status_changed, needs_more
        self._wake = asyncio.Event()

    def begin(self, account: Account | None, wanted: MessageFilter) -> None:
        """Take another list, of this account and for this filter; nothing of it is read yet."""
        self.give_up_gathering("The list is another one now")
        loaded = _new_list(account, wanted) if account else None
        self.status = MessageListStatus(loaded, wanted, watching=self.status.watching)

    def narrow(self, wanted: MessageFilter) -> None:
        """Compare what is loaded with another filter."""
        self.give_up_gathering("The list is another one now")
        self.status.filter, self.status.stopped = wanted, False

    # -- older messages ------------------------------------------------------------------------------

    def load_older(self) -> None:
        """Read the next page, unless one is on its way."""
        status = self.status
        if status.loaded is not None and status.more_below and not status.loading:
            status.loading = True
            self._status_changed()
            self._screen.work(self._load_older(status.loaded), group="older")

    def fill_view(self) -> None:
        """Read ahead of the cursor; with a filter until the view is full, the list ends or the person stops it."""
        status = self.status
        if status.started and self._needs_more() and not (status.filter.compares and status.stopped):
            self.load_older()

    async def _load_older(self, loaded: MessageList) -> None:
        try:
            await self._read_older(loaded)
        finally:
            if loaded is self.status.loaded:
                self.status.loading = False
                if self.status.error is None:
                    self.fill_view()
                self._status_changed()

    async def _read_older(self, loaded: MessageList) -> bool:
        before = len(loaded.rows)
        try:
            return await self._read(loaded, loaded.older)
        finally:
            freeze_long_lists(before, len(loaded.rows))

    async def _read(self, loaded: MessageList, reading: Callable[[], Awaitable[ListChange]]) -> bool:
        """Whether it could be read, and is still the list that is shown."""
        try:
            change = await reading()
        except RequestFailed as problem:
            if loaded is self.status.loaded:
                self.status.error = problem
                self._status_changed()
            return False
        if loaded is not self.status.loaded:
            return False
        self.status.error = None
        self._changed(change)
        return True

    # -- all that match ------------------------------------------------------------------------------

    async def gather(self) -> bool:
        """Read all older pages; False where that failed, or another list is shown by then, and the person was told."""
        loaded = self.status.loaded
        if loaded is None:
            return False
        self.status.gathering = True
        try:
            while loaded.more_below:
                self._status_changed()
                if not await self._read_older(loaded):
                    if loaded is self.status.loaded:
                        words = f"No file was written, since not all could be read: {self.status.error}"
                        self._screen.app.notify(safe_text(words), severity="error", timeout=12, markup=False)
                    return False
            return True
        finally:
            if loaded is self.status.loaded:
                self.status.gathering = False
                self._status_changed()

    def give_up_gathering(self, why: str) -> None:
        """Cancel `gather` and the export that waits for it."""
        if self.status.gathering:
            self.status.gathering = False
            self._screen.workers.cancel_group(self._screen, "gather")
            self._screen.app.notify(f"{why}: no file was written.", severity="warning", markup=False)

    def stop(self) -> None:
        """Search no further back, and write nothing of what was being gathered."""
        self.give_up_gathering("Stopped")
        self.status.stopped = True
        self._screen.workers.cancel_group(self._screen, "older")
        self.status.loading = False
        self._status_changed()

    def search_on(self) -> None:
        """Search further back until the view is full again, whatever was found so far."""
        if self.status.can_search_on:
            self.status.stopped = False
            self.status.error = None
            self.load_older()

    # -- new messages --------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for what is new; a list that failed to load is tried again."""
        status = self.status
        if status.loaded is None:
            return
        if not status.started or status.error is not None:
            status.error = None
            status.loading = False
            self.load_older()
        status.asking = status.started
        self._status_changed()
        self.look_now()

    def look_now(self) -> None:
        """Have `watch` ask for what is new without waiting for its time."""
        self._wake.set()

    async def watch(self) -> None:
        """Ask for what is new every `WATCH_SECONDS` while the screen is shown; less often while that fails."""
        pause = WATCH_SECONDS
        while True:
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                if not self.status.watching or not self._screen.is_current:
                    continue
            self._wake.clear()
            loaded = self.status.loaded
            if loaded is None or not loaded.started:
                continue
            good = await self._read(loaded, loaded.newer)
            self.status.asking = self.status.asking and self._wake.is_set()
            self._status_changed()
            pause = WATCH_SECONDS if good else min(SLOWEST_WATCH, pause * 2)


def _new_list(account: Account, wanted: MessageFilter) -> MessageList:
    # Imported with the first account: until then there is nothing to read.
    from tui.twilio.message_list import MessageList

    return MessageList(account.client, wanted.server, page_size=PAGE_SIZE)
