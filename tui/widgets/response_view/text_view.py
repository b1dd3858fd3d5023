"""Any text, wrapped to the width, with the keys of the other views; a line of megabytes is one like any other."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable

from textual import events

from tui.size_format import say_size
from tui.widgets.response_view.body_view import BodyView
from tui.widgets.response_view.text_lines import TextLines, drawn, to_text
from tui.widgets.response_view.text_search import find_all, text_pattern
from tui.widgets.row_list import Piece


class TextView(BodyView):
    """A text body. Call `set_text`; it is broken into lines in a thread, and shown as far as that is done."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: TextLines | None = None
        self._reading: list[TextLines] = []
        self._body: tuple[bytes, str] | None = None
        self._return_to = 0
        self._broken_for = 0

    def set_text(self, content: bytes, charset: str = "utf-8") -> None:
        """Show a body read with a charset of Python's name; what does not fit it shows as U+FFFD."""
        self.search("")
        self._body = content, charset
        self._return_to = 0
        self._lines = None
        self.set_row_count(0)
        if self.row_width:
            self._break(content, charset)

    def _break(self, content: bytes, charset: str) -> None:
        width = self._broken_for = self.row_width
        known = self._lines
        reading = self._reading = list[TextLines]()
        self.set_note("Reading…")

        def read(checkpoint: Callable[[], None]) -> None:
            lines = TextLines(known.text if known else to_text(content, charset, checkpoint), width)
            reading.append(lines)
            lines.read(checkpoint)

        self.begin_job("load", read)

    def on_resize(self, event: events.Resize) -> None:
        """Break the text anew for another width; the cursor stays on the same words."""
        if self.row_width == self._broken_for or self._body is None:
            return
        if self._lines is not None and self._lines.count:
            self._return_to = self._lines.start(min(self.cursor, self._lines.count - 1))
        self._break(*self._body)

    def job_went_on(self, name: str) -> None:
        self._show_found()
        lines = self._lines
        if lines is not None and lines.count:
            self.set_note(f"Reading: {say_size(lines.start(lines.count - 1))} of {say_size(len(lines.text))}.")

    def job_ended(self, name: str, result: object, problem: Exception | None) -> None:
        self._show_found()
        if problem is not None:
            self.set_note(f"The text could not be read: {problem}.")
            return
        lines = self._lines
        self.set_note("" if lines is None or lines.whole else f"Only the first {lines.count:,} lines are shown.")

    def _show_found(self) -> None:
        if not self._reading or not self._reading[0].count:
            return
        lines = self._lines = self._reading[0]
        cursor = None
        if self._return_to:
            cursor = lines.line_at(self._return_to)
            if lines.whole or lines.start(lines.count - 1) > self._return_to:
                self._return_to = 0
        self.set_row_count(lines.count, cursor=cursor)

    def draw_row(self, index: int, width: int) -> Iterable[Piece]:
        if self._lines is not None and index < self._lines.count:
            yield drawn(self._lines.original(index)), "plain"

    def finder(self, sought: str) -> Callable[[Callable[[], None], array[int]], bool]:
        text, pattern = self._lines.text if self._lines else "", text_pattern(sought)
        return lambda checkpoint, found: find_all(text, pattern, checkpoint, found)

    def offset_at(self, line: int) -> int:
        return self._lines.start(line) if self._lines and line < self._lines.count else 0

    def go_to_offset(self, offset: int) -> None:
        if self._lines is not None:
            self.cursor = self._lines.line_at(offset)
