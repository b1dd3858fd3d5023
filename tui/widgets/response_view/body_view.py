"""What the views of a response body share: work in threads that leaves the keys alone, and searching.

A view draws the lines that are looked at and keeps the body as it came. It knows no request and no screen; it
says what happens by messages, and the screen decides where to show it.
"""

from __future__ import annotations

import re
import time
from array import array
from bisect import bisect_left
from collections.abc import Callable
from threading import Event
from typing import ClassVar, Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from tui.widgets.response_view.text_search import text_pattern
from tui.widgets.row_list import RowList

_PROGRESS_EVERY: Final = 0.25
_PAUSE_EVERY: Final = 0.004
_PAUSE: Final = 0.0005


class Stopped(Exception):
    """The work is not wanted any more."""


class BodyView(RowList):
    """A body, line by line. Subclasses say what a line is and how lines and offsets in the body belong together.

    Attributes:
        note: one sentence about what is shown, loading or missing; may be empty.
        sought: what is searched for; empty for nothing.
        match_number: which match the cursor was taken to, from 1; 0 for none.
        search_running: whether more may be found.
        search_cut: whether there are more matches than are kept.
    """

    DEFAULT_CSS = """
    BodyView {
        & > .row--match { background: $warning-muted; text-style: bold underline; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"row--match"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", key_display="/", tooltip="Find a text in this body."),
        Binding("n", "next_match", "Next", show=False, tooltip="Go to the next match."),
        Binding("N", "previous_match", "Previous", show=False, tooltip="Go to the match before."),
    ]

    class Changed(Message):
        """What there is to say about the view changed: its note, its search, its filter."""

        def __init__(self, view: BodyView) -> None:
            super().__init__()
            self.view = view

    class Searched(Changed):
        """More was found, the search ended, or the cursor went to another match."""

    class SearchWanted(Changed):
        """The search key was pressed: ask for a text and call `search`."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.note = ""
        self.sought = ""
        self.match_number = 0
        self.search_running = False
        self.search_cut = False
        self._jobs: dict[str, Event] = {}
        self._found: array[int] = array("I")
        self._anchor = 0
        self._match_line = -1
        self._drawn_match: re.Pattern[str] | None = None

    # -- for subclasses ------------------------------------------------------------------------------

    def finder(self, sought: str) -> Callable[[Callable[[], None], array[int]], bool]:
        """What finds a text in the body: called in a thread with `checkpoint` and the offsets to add to.

        It gives False when there are more matches than are kept.
        """
        raise NotImplementedError

    def offset_at(self, line: int) -> int:
        """The offset in the body at which a line begins."""
        raise NotImplementedError

    def go_to_offset(self, offset: int) -> None:
        """Take the cursor to the line that shows an offset."""
        raise NotImplementedError

    def job_went_on(self, name: str) -> None:
        """A job of the subclass has more to show."""

    def job_ended(self, name: str, result: object, problem: Exception | None) -> None:
        """A job of the subclass is done, or failed."""

    def set_note(self, note: str) -> None:
        """Change the note."""
        if note != self.note:
            self.note = note
            self.post_message(self.Changed(self))

    # -- work in threads -----------------------------------------------------------------------------

    def begin_job(self, name: str, work: Callable[[Callable[[], None]], object]) -> None:
        """Run `work(checkpoint)` in a thread, instead of an earlier job of the same name.

        `work` calls `checkpoint` every millisecond or so: it lets the keys through, and raises where nobody waits for
        the result any more.
        """
        self.stop_job(name)
        stopped = self._jobs[name] = Event()
        # The first lines show at once.
        paused, said = time.monotonic(), 0.0

        def checkpoint() -> None:
            nonlocal paused, said
            if stopped.is_set():
                raise Stopped
            now = time.monotonic()
            if now - paused > _PAUSE_EVERY:
                # The interpreter changes threads every 5 ms at best; a real pause lets a key through at once.
                stopped.wait(_PAUSE)
                paused = time.monotonic()
            if now - said > _PROGRESS_EVERY:
                said = now
                self.call_later(self._job_went_on, name, stopped)

        def run() -> None:
            result = problem = None
            try:
                result = work(checkpoint)
            except Stopped:
                return
            except Exception as caught:
                problem = caught
            self.call_later(self._job_ended, name, stopped, result, problem)

        self.run_worker(run, thread=True, group=name, exit_on_error=False)

    def stop_job(self, name: str) -> None:
        """Forget a job, whatever comes of it."""
        if name in self._jobs:
            self._jobs.pop(name).set()

    @property
    def is_loading(self) -> bool:
        """Whether the body is still being read."""
        return "load" in self._jobs

    def _job_went_on(self, name: str, job: Event) -> None:
        if self._jobs.get(name) is job:
            if name == "search":
                self._search_went_on()
            else:
                self.job_went_on(name)

    def _job_ended(self, name: str, job: Event, result: object, problem: Exception | None) -> None:
        if self._jobs.get(name) is job:
            del self._jobs[name]
            if name == "search":
                self.search_running, self.search_cut = False, result is False
                self._search_went_on()
            else:
                self.job_ended(name, result, problem)

    def on_unmount(self) -> None:
        for name in tuple(self._jobs):
            self.stop_job(name)

    # -- searching -----------------------------------------------------------------------------------

    @property
    def search_status(self) -> str:
        """What to say beside the search field: `3 of 17`, `none`; empty when nothing is sought."""
        if not self.sought:
            return ""
        if not self._found:
            return "searching…" if self.search_running else "none"
        count = f"{len(self._found):,}" + ("+" if self.search_cut or self.search_running else "")
        return f"{self.match_number:,} of {count}" if self.match_number else f"{count} found"

    @property
    def match_offset(self) -> int | None:
        """The offset of the match the cursor was taken to."""
        return self._found[self.match_number - 1] if 0 < self.match_number <= len(self._found) else None

    def search(self, sought: str) -> None:
        """Look for a text from where the cursor was when the search began; an empty one ends the search."""
        self.stop_job("search")
        if not self.sought:
            self._anchor = self.offset_at(self.cursor) if self.row_count else 0
        self.sought = sought
        self.match_number = 0
        self.search_cut = False
        self.search_running = bool(sought)
        found = self._found = array("I")
        self._drawn_match = text_pattern(sought) if sought else None
        self.refresh()
        self.post_message(self.Searched(self))
        if sought:
            find = self.finder(sought)
            self.begin_job("search", lambda checkpoint: find(checkpoint, found))

    def _search_went_on(self) -> None:
        if not self.match_number and self._found:
            after = bisect_left(self._found, self._anchor)
            if after < len(self._found):
                self._go_to_match(after)
            elif not self.search_running:
                self._go_to_match(0)
        self.post_message(self.Searched(self))

    def _go_to_match(self, index: int) -> None:
        self.match_number = index + 1
        top = self.top
        self.go_to_offset(self._found[index])
        self._match_line = self.cursor
        if not top <= self.cursor < top + self.size.height:
            # In the middle, what is around it can be read as well.
            self.scroll_rows_to(self.cursor - self.size.height // 2)
        self.refresh()
        self.post_message(self.Searched(self))

    def action_next_match(self) -> None:
        """To the next match; after the last comes the first."""
        self._step(1)

    def action_previous_match(self) -> None:
        """To the match before; before the first comes the last."""
        self._step(-1)

    def _step(self, by: int) -> None:
        if not self._found:
            return
        if self.match_number and self.cursor == self._match_line:
            target = self.match_number - 1 + by
        else:
            target = bisect_left(self._found, self.offset_at(self.cursor)) - (by < 0)
        self._go_to_match(target % len(self._found))

    def action_search(self) -> None:
        self.post_message(self.SearchWanted(self))

    # -- drawing -------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line of the screen, matches marked."""
        strip = super().render_line(y)
        if self._drawn_match is None:
            return strip
        text = strip.text
        for match in self._drawn_match.finditer(text):
            begin = cell_len(text[: match.start()])
            end = begin + cell_len(match[0])
            if begin < end:
                strip = self._mark(strip, begin, end)
        return strip

    def _mark(self, strip: Strip, begin: int, end: int) -> Strip:
        mark = self.get_visual_style("row--match").rich_style
        marked = [Segment(piece.text, (piece.style or Style()) + mark) for piece in strip.crop(begin, end)]
        return Strip.join([strip.crop(0, begin), Strip(marked, end - begin), strip.crop(end)])
