"""A read-only text of some lines, wrapped and scrolled by the line, whose last line says how much is below.

A `Static` in a scrolling container has a scroll bar that comes and goes with the text. A plain widget that keeps its
own first line: a `ScrollView` lays the whole screen out again whenever its virtual size changes.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.selection import Selection
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from tui.textual_fixes.key_queue import Navigable
from tui.widgets.row_list import WHEEL_ROWS


class TextPane(Navigable, Widget, can_focus=True):
    """Shows one `Content`, wrapped to its width.

    Attributes:
        READ_ON: the key that leads into it from beside it.
    """

    READ_ON: ClassVar[str] = "enter"

    DEFAULT_CSS = """
    TextPane { color: $foreground; background: $background; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "line_up", "Up", show=False),
        Binding("down,j", "line_down", "Down", show=False),
        Binding("pageup,ctrl+u", "page_up", "Page up", show=False),
        Binding("pagedown,ctrl+d", "page_down", "Page down", show=False),
        Binding("space", "page_down", "Page down", show=False),
        Binding("home,g", "first", "Top", show=False),
        Binding("end,G", "last", "End", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._content = Content("")
        self._strips: list[Strip] = []
        self._top = 0

    def show(self, content: Content) -> None:
        """Replace the text; the first line shown stays where it was, as far as there are lines."""
        self._content = content
        self._wrap()

    def _wrap(self) -> None:
        if self.size.width > 0:
            self._strips = Visual.to_strips(self, self._content, self.size.width, None, self.visual_style, pad=True)
            self._top = self._within(self._top)
            self.refresh()

    def _within(self, top: int) -> int:
        return max(0, min(top, len(self._strips) - self.size.height))

    def render_line(self, y: int) -> Strip:
        width, top = self.size.width, self._top
        more = len(self._strips) - top - self.size.height
        if width and y == self.size.height - 1 and y > 0 and more > 0:
            how = "" if self.has_focus else f"; {self.READ_ON} reads on"
            hint = Content.styled(f"↓ {more + 1} more lines{how}", "$quiet")
            return Visual.to_strips(self, hint, width, 1, self.visual_style, pad=True)[0]
        if top + y >= len(self._strips):
            return Strip.blank(width, self.rich_style)
        return self._strips[top + y].apply_offsets(0, top + y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text that the mouse has marked, as it reads on the screen."""
        return selection.extract("\n".join(strip.text.rstrip() for strip in self._strips)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self._wrap()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._wrap()

    def on_resize(self, event: events.Resize) -> None:
        self._wrap()

    def on_focus(self) -> None:
        # The last line says how to read on, which depends on the focus.
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def action_line_up(self) -> None:
        self._scroll_by(-1)

    def action_line_down(self) -> None:
        self._scroll_by(1)

    def action_page_up(self) -> None:
        self._scroll_by(1 - self.size.height)

    def action_page_down(self) -> None:
        self._scroll_by(self.size.height - 1)

    def action_first(self) -> None:
        self._scroll_by(-len(self._strips))

    def action_last(self) -> None:
        self._scroll_by(len(self._strips))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll_by(WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll_by(-WHEEL_ROWS)

    def _scroll_by(self, lines: int) -> None:
        top = self._within(self._top + lines)
        if top != self._top:
            self._top = top
            self.refresh()


class Preview(TextPane, can_focus=False):
    """A few lines about the row under the cursor."""
