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

_FIRST_TOLD: Final = 0.02
_TELL_EVERY: Final = 0.5
_REST_EVERY: Final = 0.004
_REST: Final = 0.0005


class Stopped(Exception):
    """The work is not wanted any more."""


class Job:
    """Work in a thread: can be stopped, gives way to the keys, and tells now and then that it went on."""

    def __init__(self, tell: Callable[[], object], clock: Callable[[], float] = time.monotonic) -> None:
        self._tell = tell
        self._clock = clock
        self._stopped = Event()
        self._told = self._rested = clock()
        self._interval = _FIRST_TOLD

    def stop(self) -> None:
        """Make the next rest raise."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether nobody waits for it."""
        return self._stopped.is_set()

    def rest(self) -> None:
        """To be called every millisecond or so; raises Stopped when the work is not wanted any more."""
        if self._stopped.is_set():
            raise Stopped
        now = self._clock()
        if now - self._rested > _REST_EVERY:
            # The interpreter changes threads every 5 ms at best; a real pause lets a key through at once.
            self._stopped.wait(_REST)
            self._rested = self._clock()
        if now - self._told > self._interval:
            # Every time the lines are painted again: often at first, then as seldom as one can bear to watch.
            self._told = now
            self._interval = min(2 * self._interval, _TELL_EVERY)
            self._tell()


class BodyView(RowList):
    """A body, line by line. Subclasses say what a line is and how lines and byte offsets belong together.

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

    class Told(Message):
        """`note` changed."""

        def __init__(self, view: BodyView) -> None:
            super().__init__()
            self.view = view

        @property
        def control(self) -> BodyView:
            """The view it is about."""
            return self.view

    class Searched(Told):
        """More was found, the search ended, or the cursor went to another match."""

    class SearchWanted(Told):
        """The search key was pressed: ask for a text and call `search`."""

    class Stepped(Message, bubble=False):
        """A job went on or ended; for the view itself."""

        def __init__(
            self, name: str, job: Job, *, done: bool, result: object = None, problem: Exception | None = None
        ) -> None:
            super().__init__()
            self.name = name
            self.job = job
            self.done = done
            self.result = result
            self.problem = problem

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.note = ""
        self.sought = ""
        self.match_number = 0
        self.search_running = False
        self.search_cut = False
        self._jobs: dict[str, Job] = {}
        self._found: array[int] = array("I")
        self._anchor = 0
        self._match_line = -1
        self._shown_match: re.Pattern[str] | None = None

    # -- for subclasses ------------------------------------------------------------------------------

    def finder(self, sought: str) -> Callable[[Callable[[], None], array[int]], bool]:
        """What finds a text in the body: called in a thread with `rest` and the offsets to add to.

        It gives False when there are more matches than are kept.
        """
        raise NotImplementedError

    def offset_at(self, line: int) -> int:
        """The byte offset at which a line begins."""
        raise NotImplementedError

    def go_to_offset(self, offset: int) -> None:
        """Take the cursor to the line that shows a byte."""
        raise NotImplementedError

    def job_went_on(self, name: str) -> None:
        """A job of the subclass has more to show."""

    def job_ended(self, name: str, result: object, problem: Exception | None) -> None:
        """A job of the subclass is done, or failed."""

    @property
    def text_width(self) -> int:
        """Cells a line has; 0 before the first layout."""
        return self.row_width

    def tell(self, note: str) -> None:
        """Change the note."""
        if note != self.note:
            self.note = note
            self.post_message(self.Told(self))

    # -- work ----------------------------------------------------------------------------------------

    def begin_job(self, name: str, work: Callable[[Callable[[], None]], object]) -> None:
        """Run `work(rest)` in a thread, instead of an earlier job of the same name."""
        self.stop_job(name)
        job = Job(lambda: self.post_message(self.Stepped(name, job, done=False)))
        self._jobs[name] = job

        def run() -> None:
            result = problem = None
            try:
                result = work(job.rest)
            except Stopped:
                return
            except Exception as caught:
                problem = caught
            if not job.stopped:
                self.post_message(self.Stepped(name, job, done=True, result=result, problem=problem))

        self.run_worker(run, thread=True, group=name, exit_on_error=False)

    def stop_job(self, name: str) -> None:
        """Forget a job; what it still says is not heard."""
        job = self._jobs.pop(name, None)
        if job is not None:
            job.stop()

    def has_job(self, name: str) -> bool:
        """Whether a job of that name goes on."""
        return name in self._jobs

    @property
    def is_loading(self) -> bool:
        """Whether the body is still being read."""
        return self.has_job("load")

    def on_body_view_stepped(self, message: Stepped) -> None:
        """Sort what the threads say; what an abandoned one says is dropped."""
        if self._jobs.get(message.name) is not message.job:
            return
        if message.done:
            del self._jobs[message.name]
        if message.name == "search":
            self._search_went_on(message.done)
        elif message.done:
            self.job_ended(message.name, message.result, message.problem)
        else:
            self.job_went_on(message.name)

    def on_unmount(self) -> None:
        """Let no thread outlive the view."""
        for name in tuple(self._jobs):
            self.stop_job(name)

    # -- searching -----------------------------------------------------------------------------------

    @property
    def match_count(self) -> int:
        """How many matches were found so far."""
        return len(self._found)

    @property
    def search_status(self) -> str:
        """What to say beside the search field: `3 of 17`, `none`; empty when nothing is sought."""
        if not self.sought:
            return ""
        count = f"{self.match_count:,}" + ("+" if self.search_cut or self.search_running else "")
        if not self.match_count:
            return "searching…" if self.search_running else "none"
        return f"{self.match_number:,} of {count}" if self.match_number else f"{count} found"

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
        self._shown_match = text_pattern(sought) if sought else None
        self.refresh()
        self.post_message(self.Searched(self))
        if not sought:
            return
        finder = self.finder(sought)

        def find(rest: Callable[[], None]) -> None:
            whole = finder(rest, found)
            if self._found is found:
                self.search_cut = not whole

        self.begin_job("search", find)

    def _search_went_on(self, done: bool) -> None:
        self.search_running = not done
        if not self.match_number and self._found:
            after = bisect_left(self._found, self._anchor)
            if after < len(self._found):
                self._go_to_match(after)
            elif done:
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

    @property
    def match_offset(self) -> int | None:
        """The byte offset of the match the cursor was taken to."""
        return self._found[self.match_number - 1] if 0 < self.match_number <= len(self._found) else None

    def search_next(self) -> None:
        """To the next match; after the last comes the first."""
        self._step(1)

    def search_previous(self) -> None:
        """To the match before; before the first comes the last."""
        self._step(-1)

    def _step(self, by: int) -> None:
        if not self._found:
            return
        here = self.offset_at(self.cursor)
        if self.match_number and self.cursor == self._match_line:
            self._go_to_match((self.match_number - 1 + by) % len(self._found))
        elif by > 0:
            self._go_to_match(bisect_left(self._found, here) % len(self._found))
        else:
            self._go_to_match((bisect_left(self._found, here) - 1) % len(self._found))

    def action_search(self) -> None:
        """Ask whoever shows the view for a text."""
        self.post_message(self.SearchWanted(self))

    def action_next_match(self) -> None:
        """To the next match."""
        self.search_next()

    def action_previous_match(self) -> None:
        """To the match before."""
        self.search_previous()

    # -- drawing -------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line of the screen, matches marked."""
        strip = super().render_line(y)
        if self._shown_match is None:
            return strip
        text = strip.text
        for match in self._shown_match.finditer(text):
            begin = cell_len(text[: match.start()])
            end = begin + cell_len(match[0])
            if begin < end:
                strip = self._mark(strip, begin, end)
        return strip

    def _mark(self, strip: Strip, begin: int, end: int) -> Strip:
        mark = self.get_visual_style("row--match").rich_style
        marked = [Segment(piece.text, (piece.style or Style()) + mark) for piece in strip.crop(begin, end)]
        return Strip.join([strip.crop(0, begin), Strip(marked, end - begin), strip.crop(end)])
