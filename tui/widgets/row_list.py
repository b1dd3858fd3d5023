"""A list that draws its rows by the line: no widget per row, one row repainted for a cursor move.

Knows rows by number only. Whatever a subclass draws passes `safe_text` there, and the app's control filter after it. A
plain widget that keeps its own first row: a `ScrollView` lays the whole screen out again whenever its virtual size
changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from tui.widgets.toned_lines import WHEEL_ROWS, Piece, TonedLines, fit

__all__ = ["WHEEL_ROWS", "Piece", "RowList", "Titles", "fit"]
# With what the rows of a list are made of.


class Titles(Widget):
    """The line above a list's rows.

    Args:
        words: the titles for rows of so many cells.
    """

    DEFAULT_CSS = "Titles { height: 1; color: $quiet; }"

    def __init__(self, words: Callable[[int], str]) -> None:
        super().__init__()
        self._words = words

    def render(self) -> RenderResult:
        # Aligned with the rows below, whose last column is the mark's.
        width = max(0, self.size.width - 1)
        return Content(self._words(width)[:width])


class RowList(TonedLines):
    """Rows with a cursor. Subclasses implement `draw_row` and call `set_row_count`.

    A row that is no stop (`is_stop`) is a heading: the cursor passes over it, and it is in view with the row beside it.
    """

    CLICKS_TO_OPEN: ClassVar[int] = 2
    """1 where the rows are the answers to a question, and nothing else can be done with them."""

    cursor: reactive[int] = reactive(0, repaint=False)

    class RowMessage(Message):
        """Something about one row."""

        def __init__(self, rows: RowList, index: int) -> None:
            super().__init__()
            self.rows = rows
            self.index = index

        @property
        def control(self) -> RowList:
            return self.rows

    class Moved(RowMessage):
        """The cursor stands on another row."""

        def can_replace(self, message: Message) -> bool:
            # Only the last row matters when keys come faster than they are answered.
            return isinstance(message, RowList.Moved) and message.rows is self.rows

    class Opened(RowMessage):
        """A row was chosen with enter or a double click."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._count = 0
        self._top = 0

    # -- for subclasses ------------------------------------------------------------------------------

    def draw_row(self, index: int, width: int) -> Iterable[Piece]:
        """The pieces of one row, left to right; what is longer than `width` cells is cut with "…"."""
        raise NotImplementedError

    def is_stop(self, index: int) -> bool:
        """Whether the cursor may stand on this row; asked of many rows."""
        return True

    def view_changed(self) -> None:
        """Called when other rows may be in view than before."""

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return self._count

    @property
    def top(self) -> int:
        """The first row that is in view."""
        return self._top

    def set_row_count(self, count: int, *, cursor: int | None = None) -> None:
        """Set the number of rows and the cursor, and repaint.

        The row under the cursor stays on the screen line it was on, so that rows arriving above do not move it;
        but a list that stands at its very top goes on showing its top, or what arrives would never be seen.
        """
        offset, at_top, grown = self.cursor - self._top, self._top == 0, count != self._count
        if bool(count) != bool(self._count):
            # Whether there is something to open.
            self.refresh_bindings()
        self._count = count
        target = self.validate_cursor(self.cursor if cursor is None else cursor)
        self._top = self._within(self._top)
        if target != self.cursor:
            if cursor is not None and not at_top:
                self._top = self._within(target - offset)
            self.cursor = target
        self._reveal(target)
        self.view_changed()
        self.refresh(layout=grown and self.styles.auto_dimensions)

    def scroll_rows_to(self, top: int) -> None:
        """Show this row at the top, as far as there are rows to fill the view."""
        top = self._within(top)
        if top != self._top:
            self._top = top
            self.view_changed()
            self.refresh()

    def _within(self, top: int) -> int:
        return max(0, min(top, self._count - self.size.height))

    def redraw_row(self, index: int) -> None:
        """Repaint one row, if it is visible."""
        y = index - self._top
        if 0 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self._count

    # -- drawing -------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width = self.row_width
        index = y + self._top
        if not 0 <= index < self._count:
            return Strip.blank(width + 1, self.rich_style)
        mark = self.mark_at(y, first=self._top, shown=self.size.height, count=self._count)
        return self.strip(self.draw_row(index, width), selected=index == self.cursor, mark=mark)

    # -- moving --------------------------------------------------------------------------------------

    def validate_cursor(self, cursor: int) -> int:
        """The nearest stop from there on, in the direction in which the cursor moves; failing that in the other one."""
        cursor = max(0, min(cursor, self._count - 1))
        ways = (range(cursor, self._count), range(cursor - 1, -1, -1))
        for way in ways if cursor >= self.cursor else (range(cursor, -1, -1), range(cursor + 1, self._count)):
            for index in way:
                if self.is_stop(index):
                    return index
        return cursor

    def watch_cursor(self, old: int, new: int) -> None:
        self.redraw_row(old)
        self.redraw_row(new)
        self._reveal(new)
        self.post_message(self.Moved(self, new))

    def _reveal(self, index: int) -> None:
        """Scroll as little as brings the row into view, with the headings beside it where there is room."""
        height = self.size.height
        if height <= 0:
            return
        first = last = index
        if height > 2:
            first -= index > 0 and not self.is_stop(index - 1)
            last += index + 1 < self._count and not self.is_stop(index + 1)
        if first < self._top:
            self.scroll_rows_to(first)
        elif last >= self._top + height:
            self.scroll_rows_to(last - height + 1)

    def on_hide(self, event: events.Hide) -> None:
        """Keep the keys where it is shown again by now: Textual tells of a hiding late, and takes them away then."""
        if all(node.display for node in self.ancestors_with_self if isinstance(node, Widget)):
            event.prevent_default()

    def on_resize(self, event: events.Resize) -> None:
        self.scroll_rows_to(self._top)
        self._reveal(self.cursor)
        self.view_changed()

    def redraw_cursor(self) -> None:
        self.redraw_row(self.cursor)

    def action_cursor_up(self) -> None:
        self.cursor -= 1

    def action_cursor_down(self) -> None:
        self.cursor += 1

    def action_page_up(self) -> None:
        self._page(-1)

    def action_page_down(self) -> None:
        self._page(1)

    def _page(self, direction: int) -> None:
        step = max(1, self.size.height - 1) * direction
        self.scroll_rows_to(self._top + step)
        self.cursor += step

    def move_by(self, event: events.Key) -> None:
        """Move as for an arrow or a page key of one's own, while a line beside the list has the focus."""
        moves = {
            "up": self.action_cursor_up,
            "down": self.action_cursor_down,
            "pageup": self.action_page_up,
            "pagedown": self.action_page_down,
        }
        if event.key in moves and not self.has_focus:
            event.stop()
            moves[event.key]()

    def action_first(self) -> None:
        self.cursor = 0

    def action_last(self) -> None:
        self.cursor = self._count - 1

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._count > 0 if action == "open_row" else super().check_action(action, parameters)

    def action_open_row(self) -> None:
        self.post_message(self.Opened(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a double click opens; beside the rows it goes to that part of them."""
        if event.x >= self.row_width:
            self.scroll_rows_to(event.y * self._count // max(1, self.size.height) - self.size.height // 2)
            return
        index = event.y + self._top
        if 0 <= index < self._count and self.is_stop(index):
            self.cursor = index
            if event.chain == self.CLICKS_TO_OPEN:
                self.action_open_row()

    def scroll_lines(self, lines: int) -> bool:
        before = self._top
        self.scroll_rows_to(before + lines)
        return self._top != before
