"""A text of some lines that is replaced often, drawn by the line: only lines that changed are repainted.

A `Static` in a scrolling container costs ten times the bytes for each cursor move over a slow line, and its
scroll bar comes and goes. Here the last line says when there is more below. A plain widget that keeps its own first
line: a `ScrollView` lays the whole screen out again whenever its virtual size changes.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region
from textual.selection import Selection
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from tui.textual_fixes.key_queue import Navigable


class TextPane(Navigable, Widget, can_focus=True):
    """Shows one `Content`, wrapped to its width."""

    DEFAULT_CSS = """
    TextPane { color: $foreground; background: $background; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "line_up", "Up", show=False),
        Binding("down,j", "line_down", "Down", show=False),
        Binding("pageup,ctrl+u", "page_up", "Page up", show=False),
        Binding("pagedown,ctrl+d,space", "page_down", "Page down", show=False),
        Binding("home,g", "first", "Top", show=False),
        Binding("end,G", "last", "End", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._content = Content("")
        self._strips: list[Strip] = []
        self._hinted = False
        self._top = 0

    def show(self, content: Content) -> None:
        """Replace the text; what stays the same on the screen is not drawn again."""
        self._content = content
        self._lay_out()

    def _lay_out(self, *, everything: bool = False) -> None:
        width, height = self.size
        if width <= 0:
            return
        before, top = self._strips, self._top
        self._strips = Visual.to_strips(self, self._content, width, None, self.visual_style, pad=True)
        self._top = self._within(top)
        hinted, was_hinted = self._more_below > 0, self._hinted
        self._hinted = hinted
        if everything or self._top != top:
            self.refresh()
            return
        for row in range(height):
            last = row == height - 1 and (hinted or was_hinted)
            if last or _line(before, top + row) != _line(self._strips, top + row):
                self._repaint(row)

    def _within(self, top: int) -> int:
        return max(0, min(top, len(self._strips) - self.size.height))

    def _repaint(self, row: int) -> None:
        self.refresh(Region(0, row, self.size.width, 1))

    @property
    def _more_below(self) -> int:
        return len(self._strips) - self._top - self.size.height

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width, top = self.size.width, self._top
        if width and y == self.size.height - 1 and y > 0 and (more := self._more_below) > 0:
            how = "" if self.has_focus else "; enter reads on"
            hint = Content.styled(f"↓ {more + 1} more lines{how}", "$quiet")
            return Visual.to_strips(self, hint, width, 1, self.visual_style, pad=True)[0]
        strip = _line(self._strips, top + y)
        if strip is None:
            return Strip.blank(width, self.rich_style)
        return strip.apply_offsets(0, top + y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """What the mouse has marked, as the text reads on the screen."""
        return selection.extract("\n".join(strip.text.rstrip() for strip in self._strips)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Show the mark."""
        self._lay_out(everything=True)

    def notify_style_update(self) -> None:
        """Draw anew in the colours of another theme."""
        super().notify_style_update()
        self._lay_out(everything=True)

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew."""
        self._lay_out(everything=True)

    def on_focus(self) -> None:
        """The last line says how to read on, which depends on the focus."""
        self._repaint(self.size.height - 1)

    def on_blur(self) -> None:
        """See `on_focus`."""
        self._repaint(self.size.height - 1)

    def on_mount(self) -> None:
        """Wrap what was given before there was a width."""
        self._lay_out()

    def action_line_up(self) -> None:
        """One line up."""
        self._scroll_by(-1)

    def action_line_down(self) -> None:
        """One line down."""
        self._scroll_by(1)

    def action_page_up(self) -> None:
        """One screen up."""
        self._scroll_by(1 - self.size.height)

    def action_page_down(self) -> None:
        """One screen down."""
        self._scroll_by(self.size.height - 1)

    def action_first(self) -> None:
        """To the first line."""
        self._scroll_by(-len(self._strips))

    def action_last(self) -> None:
        """To the last line."""
        self._scroll_by(len(self._strips))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves three lines, as everywhere."""
        event.stop()
        self._scroll_by(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """See `on_mouse_scroll_down`."""
        event.stop()
        self._scroll_by(-3)

    def _scroll_by(self, lines: int) -> None:
        top = self._within(self._top + lines)
        if top != self._top:
            self._top = top
            self._hinted = self._more_below > 0
            self.refresh()


def _line(strips: list[Strip], number: int) -> Strip | None:
    return strips[number] if 0 <= number < len(strips) else None


class Preview(TextPane, can_focus=False):
    """A few lines about the row under the cursor."""
