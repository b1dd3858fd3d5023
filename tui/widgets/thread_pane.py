"""The conversation beside something else: beside a message, with that one marked, or beside what is being written.

Read once the keys have come to rest, so that moving through a list or typing waits for nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from tui.textual_fixes.one_shot import OneShot
from tui.theme import FRUGAL
from tui.widgets.address_names import name_address, name_and_number
from tui.widgets.row_list import Titles, fit
from tui.widgets.thread_view import ThreadView

if TYPE_CHECKING:
    from datetime import datetime

    from tui.services.message_archive import MessageArchive
    from tui.services.session import Session, SessionEvent
    from tui.twilio.message import Message

REST_SECONDS: Final = 0.15
"""Without a key before a conversation is read."""

FRUGAL_SECONDS: Final = 0.4
"""The same with `--frugal`."""

Wanted = tuple["MessageArchive | None", str, "Message | None"]
"""An archive, the person's address, and the message of the conversation that is marked, if any."""


class ThreadPane(Vertical):
    """A line that says whose conversation it is, and the conversation; both blank where nothing is known.

    Args:
        planned: for when a scheduled message, by its SID, is planned, where that is known.
        how_older: as `ThreadView.how_older`.
    """

    DEFAULT_CSS = """
    ThreadPane { height: 1fr; }
    """

    def __init__(
        self,
        session: Session,
        planned: Callable[[str], datetime | None] = lambda _: None,
        *,
        how_older: Callable[[], str] = lambda: "",
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._session = session
        self._titles, self.thread = Titles(self._title), ThreadView(now=session.clock)
        self.thread.names, self.thread.planned = partial(name_address, session), planned
        self.thread.how_older = how_older
        # Its keys are those of what stands beside it.
        self.thread.can_focus = False
        self._wanted: Callable[[], Wanted] | None = None
        self._due = 0.0
        self._timer: OneShot | None = None

    def compose(self) -> ComposeResult:
        yield self._titles
        yield self.thread

    def _title(self, width: int) -> str:
        thread = self.thread
        if not thread.count:
            return ""
        words = f"── with {name_and_number(self._session, thread.number)} · {thread.count:,} message"
        words += " " if thread.count == 1 else "s "
        return fit(words + "─" * (width - cell_len(words)), width) if width else ""

    def follow(self, wanted: Callable[[], Wanted]) -> None:
        """Show what is wanted, asked once there was no key for a moment."""
        self._wanted = wanted
        if not (self.display and self.size.height):
            # Once there is room for it.
            return
        rest = FRUGAL_SECONDS if self.app.theme == FRUGAL.name else REST_SECONDS
        self._due = monotonic() + rest
        if self._timer is None:
            self._timer = OneShot(self, rest, self._look)

    @property
    def waits(self) -> bool:
        """Whether a conversation is to be read once there was no key for a moment."""
        return self._timer is not None

    def clear(self) -> None:
        """Show nothing, at once."""
        self._wanted = None
        self.thread.clear()

    def on_resize(self) -> None:
        if self._timer is None:
            self._look()

    def _look(self) -> None:
        self._timer = None
        left = self._due - monotonic()
        if left > 0.01:
            self._timer = OneShot(self, left, self._look)
        elif self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            archive, address, at = wanted()
            show = partial(self.thread.show, archive, address.rpartition(":")[2], at=at)
            self.screen.run_worker(show, group="thread", exclusive=True, exit_on_error=False)

    def take(self, event: SessionEvent) -> None:
        """Take over what the session tells: messages that changed, names that did."""
        from tui.services.session import EventType

        if event.what is EventType.ARCHIVE:
            self.thread.take(event.archive_change)
        elif event.what is EventType.NAMES:
            self.redraw()

    def redraw(self) -> None:
        """Show what is said otherwise by now: names, planned times."""
        self.thread.redraw()
        self._titles.refresh()

    @on(ThreadView.Shown)
    def _shown(self) -> None:
        self._titles.refresh()
