"""What the place counts: the query and the period in force, and the picture that the archive made of them.

The first figures are shown before the whole. Changes of the archive are counted in every few seconds while somebody
looks, and once when somebody comes back; and what changes by the clock alone each minute: a day ends, a message is out
for more than an hour.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final

from tui.screens.queries.query_names import read_query
from tui.textual_fixes.one_shot import OneShot

if TYPE_CHECKING:
    from datetime import datetime

    from tui.archive.periods import Window
    from tui.archive.picture import Figures, Picture
    from tui.archive.query import Query
    from tui.screens.base import BaseScreen
    from tui.services.message_archive import MessageArchive

LIVE_SECONDS: Final = 3.0
"""At least so long between two counts of what changes by itself."""

OLD_AFTER: Final = 60.0
"""Seconds after which the clock alone has made something else of the same messages."""

DIM_AFTER: Final = 0.15
"""Seconds that a count may take before what stands there is dimmed: most are there by then."""


class PictureLoader:
    """Counts in the workers of a screen.

    Args:
        screen: whose workers count.
        counted: called when there is another picture, or none can be made.
        begun: called when a count takes longer, and what stands there is of another query or period; and when the first
            figures of a count are there before the rest.
    """

    def __init__(self, screen: BaseScreen, *, counted: Callable[[], None], begun: Callable[[], None]) -> None:
        self._screen, self._counted, self._begun = screen, counted, begun
        self.archive: MessageArchive | None = None
        self.query_text = ""
        self.period = "7d"
        """As `read_window` reads it."""
        self.window: Window | None = None
        """The period when it was last counted; None before that."""
        self.as_of: datetime | None = None
        """When that was."""
        self.figures: tuple[Figures, Figures] | None = None
        """Of the period and the one before; None where they are not of the query and period in force."""
        self.picture: Picture | None = None
        """The last one that was counted, of whatever."""
        self.failed = False
        """Whether the archive could not be read."""
        self.counting = False
        """Whether the picture is not yet of the query and period in force."""
        self._stale = False
        self._counted_at = 0.0
        self._later: OneShot | None = None

    @property
    def _is_looked_at(self) -> bool:
        """Whether the place is shown, also under a question or a list of its own."""
        return self._screen in self._screen.app.screen_stack

    def begin(self, archive: MessageArchive | None) -> None:
        """Count another archive, without a query; nothing of the one before stays."""
        self.archive, self.query_text = archive, ""
        self.picture, self.figures, self.window, self.failed = None, None, None, False
        self.ask(self.query_text, self.period)

    def read_query(self) -> Query:
        """The query in force, with the names that are known by now."""
        return read_query(self.query_text, self._screen.session)

    def ask(self, query_text: str, period: str) -> None:
        """Count what a query finds in a period; both can be read."""
        self.query_text, self.period = query_text, period
        self.figures, self.counting = None, self.archive is not None
        self._count()

    def changed(self) -> None:
        """The archive has other messages: count again, not at once where that was done a moment ago."""
        self._stale = True
        if self._later is None and self._is_looked_at:
            # The first messages of an archive are shown at once: that there are none was never so.
            empty = self.picture is None or not self.picture.all.count
            wait = 0.0 if empty else LIVE_SECONDS - (monotonic() - self._counted_at)
            if wait <= 0:
                self._count()
            else:
                self._later = OneShot(self._screen, wait, self.look_again)

    def look_again(self) -> None:
        """Count again where something has changed since the last time, or that was a while ago."""
        if self._later is not None:
            self._later.stop()
            self._later = None
        old = self.picture is not None and monotonic() - self._counted_at >= OLD_AFTER
        if (self._stale or old) and self._is_looked_at:
            self._count()

    def _count(self) -> None:
        self._screen.workers.cancel_group(self._screen, "picture")
        if self.archive is not None:
            self._screen.work(partial(self._read, self.archive), group="picture", exclusive=True)

    async def _read(self, archive: MessageArchive) -> None:
        from tui.archive.periods import read_window

        self._stale, self._counted_at = False, monotonic()
        query, now = self.read_query(), self._screen.session.clock()
        self.window, self.as_of = (window := read_window(self.period, now)), now
        dims = OneShot(self._screen, DIM_AFTER, self._begun) if self.counting else None
        try:
            if self.counting:
                self.figures = await archive.figures(query, window)
                if self.figures is not None and dims is not None:
                    self._begun()
            picture = await archive.picture(query, window)
        finally:
            if dims is not None:
                dims.stop()
        if archive is not self.archive:
            return
        self._counted_at = monotonic()
        self.counting, self.failed = False, picture is None
        self.picture = picture
        self.figures = (picture.all, picture.before) if picture is not None else None
        self._counted()
        if self._stale:
            self.changed()
