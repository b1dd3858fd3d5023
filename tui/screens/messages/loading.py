"""Reading the list: the next page, all pages that a search or an export wants, and what is new.

Knows which messages are wanted and when to go on; not how they are shown.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual.reactive import reactive

from tui.safe_text import safe_text
from tui.screens.messages.filters import MessageFilter
from tui.screens.messages.message_detail import Looking
from tui.screens.messages.table import MessageTable
from tui.services.gc_tuning import freeze_long_lists
from tui.twilio.errors import RequestFailed

if TYPE_CHECKING:
    from tui.services.session import Session
    from tui.twilio.message_list import ListChange, MessageList

WATCH_SECONDS = 4.0
"""Between two looks for new messages."""

SLOWEST_WATCH = 60.0
"""Seconds between looks while Twilio cannot be reached."""


class Loading(Looking):
    """A list of messages that is being read. Abstract: the Messages place says what it shows of it."""

    watching: reactive[bool] = reactive(True)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._feed: MessageList | None = None
        self._selection = MessageFilter()
        self._loading = self._stopped = self._gathering = self._asking = False
        self._trouble: RequestFailed | None = None
        self._wake = asyncio.Event()

    @property
    def _table(self) -> MessageTable:
        return self.query_one(MessageTable)

    @abstractmethod
    def _changed(self, feed: MessageList, change: ListChange) -> None:
        """Show what a reading brought."""

    @abstractmethod
    def _show_state(self) -> None:
        """Show how the reading stands."""

    @property
    def more_below(self) -> bool:
        """Whether Twilio may have more that the list would show."""
        return self._feed is not None and self._feed.more_below

    def _load_older(self, feed: MessageList) -> None:
        if not self._loading and feed.more_below:
            self._loading = True
            self._show_state()
            self.work(self._older(feed), group="older")

    async def _older(self, feed: MessageList) -> None:
        try:
            await self._read_older(feed)
        finally:
            if feed is self._feed:
                self._loading = False
                if self._trouble is None:
                    self._fill_view(feed)
                self._show_state()

    async def _read_older(self, feed: MessageList) -> bool:
        before = len(feed.rows)
        try:
            return await self._read(feed, feed.older)
        finally:
            freeze_long_lists(before, len(feed.rows))

    def _fill_view(self, feed: MessageList) -> None:
        """Fetch ahead of the cursor; with a filter until the screen is full, the list ends or somebody stops it."""
        table = self._table
        # A list that shows no row yet has no height; without a filter the first page is enough for it.
        height = table.size.height or (self.size.height if self._selection.compares else 1)
        if table.row_count - table.cursor < 2 * height and not (self._selection.compares and self._stopped):
            self._load_older(feed)

    async def gather(self) -> bool:
        """See `Deeds.gather`."""
        feed = self._feed
        if feed is None:
            return False
        self._gathering = True
        try:
            while feed.more_below:
                self._show_state()
                if not await self._read_older(feed):
                    if feed is self._feed:
                        words = f"No file was written, since not all could be read: {self._trouble}"
                        self.app.notify(safe_text(words), severity="error", timeout=12, markup=False)
                    return False
            return True
        finally:
            if feed is self._feed:
                self._gathering = False
                self._show_state()

    async def _read(self, feed: MessageList, reading: Callable[[], Awaitable[ListChange]]) -> bool:
        try:
            change = await reading()
        except RequestFailed as problem:
            if feed is self._feed:
                self._trouble = problem
                self._show_state()
            return False
        if feed is not self._feed:
            return False
        self._trouble = None
        self._changed(feed, change)
        return True

    async def _watch(self) -> None:
        """Look for what is new, again and again; slower while Twilio cannot be reached."""
        pause = WATCH_SECONDS
        while True:
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                if not self.watching or not self.is_current:
                    continue
            self._wake.clear()
            feed = self._feed
            if feed is None or not feed.started:
                continue
            good = await self._read(feed, feed.newer)
            self._asking = self._asking and self._wake.is_set()
            self._show_state()
            pause = WATCH_SECONDS if good else min(SLOWEST_WATCH, pause * 2)

    # -- searching -----------------------------------------------------------------------------------

    @property
    def searching(self) -> bool:
        """Whether pages are being read that nobody has scrolled to."""
        return self._gathering or (self._loading and self._selection.compares)

    @property
    def can_search_on(self) -> bool:
        """Whether there are older messages, of which a filter might want some."""
        feed = self._feed
        return self._selection.compares and feed is not None and feed.more_below and not self._loading

    def action_stop_search(self) -> None:
        """Look no further back, and write nothing of what was being gathered."""
        self._give_up_gathering("Stopped")
        self._stopped = True
        self.workers.cancel_group(self, "older")
        self._loading = False
        self._show_state()

    def _give_up_gathering(self, why: str) -> None:
        if self._gathering:
            self._gathering = False
            self.workers.cancel_group(self, "gather")
            self.app.notify(f"{why}: no file was written.", severity="warning", markup=False)

    def action_search_on(self) -> None:
        """Look further back until the screen is full again, whatever was found so far."""
        if self._feed is not None and self.can_search_on:
            self._stopped = False
            self._trouble = None
            self._load_older(self._feed)
