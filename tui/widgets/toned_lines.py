"""What is drawn by the line, in tones, with a cursor: what the list of rows and the conversation have in common.

The last column is kept for a mark that shows where in the whole the view is. Knows neither rows nor messages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widget import Widget

from tui.textual_fixes.key_queue import Navigable
from tui.theme import TONES, Tone

Piece = tuple[str, Tone]
"""Some text of a row and the tone it is drawn in."""


WHEEL_ROWS = 3
"""Lines that one turn of the mouse wheel goes."""


def fit(text: str, width: int) -> str:
    """A text in exactly `width` cells (1 or more): blanks behind it, or an ellipsis where it was cut."""
    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"


def without(own: Iterable[BindingType], *keys: str) -> list[BindingType]:
    """The keys of a widget but for those that have another use on its screen; with `inherit_bindings=False`."""
    return [each for each in own if not (isinstance(each, Binding) and each.key in keys)]


class TonedLines(Navigable, Widget, can_focus=True):
    """Lines of pieces in tones, the cursor's brighter; the keys that move. Subclasses have the actions of the keys."""

    DEFAULT_CSS = """
    TonedLines {
        height: 1fr;
        background: $background;
        & > .row--good { color: $text-success; }
        & > .row--bad { color: $text-error; }
        & > .row--warn { color: $text-warning; }
        & > .row--busy { color: $text-accent; }
        & > .row--plain { color: $foreground; }
        & > .row--muted { color: $quiet; }
        & > .row--accent { color: $text-primary; }
        & > .row--red { color: $connection-red; }
        & > .row--orange { color: $connection-orange; }
        & > .row--yellow { color: $connection-yellow; }
        & > .row--green { color: $connection-green; }
        & > .row--blue { color: $connection-blue; }
        & > .row--purple { color: $connection-purple; }
        & > .row--grey { color: $connection-grey; }
        & > .row--muted-selected { color: $quiet-selected; }
        & > .row--cursor { background: $panel; text-style: bold; }
        &:focus > .row--cursor { background: $primary-muted; text-style: bold; }
        & > .row--mark { color: $panel; }
        &:ansi > .row--mark { color: $foreground; }
        &:ansi > .row--cursor { text-style: underline; }
        &:ansi:focus > .row--cursor { text-style: reverse; }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"row--{tone}" for tone in TONES),
        "row--muted-selected",
        "row--cursor",
        "row--mark",
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor_up", "Up", show=False),
        Binding("down,j", "cursor_down", "Down", show=False),
        Binding("pageup,ctrl+u", "page_up", "Page up", show=False),
        Binding("pagedown,ctrl+d", "page_down", "Page down", show=False),
        Binding("space", "page_down", "Page down", show=False),
        Binding("home,g", "first", "First", show=False),
        Binding("end,G", "last", "Last", show=False),
        Binding("enter", "open_row", "Open", key_display="⏎", tooltip="Open what the cursor is on."),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._styles: dict[tuple[Tone, bool], Style] = {}

    @property
    def row_width(self) -> int:
        """Cells a line has; 0 before the first layout."""
        return max(0, self.size.width - 1)

    def strip(self, pieces: Iterable[Piece], *, selected: bool, mark: Segment) -> Strip:
        """One line: the pieces left to right, what is too long for it cut with "…", and the mark at its end."""
        left = width = self.row_width
        segments: list[Segment] = []
        for text, tone in pieces:
            if left <= 0:
                break
            cells = cell_len(text)
            if cells > left:
                # Cut without a sign of it, an order number would read as another.
                text, cells = fit(text, left), left
            segments.append(Segment(text, self._style(tone, selected)))
            left -= cells
        if left > 0:
            segments.append(Segment(" " * left, self._style("plain", selected)))
        segments.append(mark)
        return Strip(segments, width + 1)

    def mark_at(self, y: int, *, first: int, shown: int, count: int) -> Segment:
        """What stands at the end of a line of the view, which begins with the `first` of `count` and shows so many."""
        if count <= shown:
            return Segment(" ", self.rich_style)
        height = self.size.height
        length = max(1, min(height - 2, height * shown // count))
        room, last = height - length, count - shown
        # At an end only when the view is there.
        top = 0 if first == 0 else room if first >= last else max(1, min(room - 1, first * room // last))
        here = top <= y < top + length
        return Segment("┃" if here else " ", self.get_visual_style("row--mark").rich_style)

    def _style(self, tone: Tone, selected: bool) -> Style:
        style = self._styles.get((tone, selected))
        if style is None:
            name = "row--muted-selected" if selected and tone == "muted" else f"row--{tone}"
            names = (name, "row--cursor") if selected else (name,)
            style = self.get_visual_style(*names).rich_style
            if selected:
                # The visual style leaves out `reverse`.
                style += self.get_component_styles("row--cursor").text_style
            self._styles[tone, selected] = style
        return style

    def notify_style_update(self) -> None:
        self._styles.clear()
        super().notify_style_update()

    def redraw_cursor(self) -> None:
        """Repaint where the cursor is."""
        raise NotImplementedError

    def on_focus(self) -> None:
        # The cursor is brighter while this has the focus.
        self._styles.clear()
        self.redraw_cursor()

    def on_blur(self) -> None:
        self._styles.clear()
        self.redraw_cursor()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, -WHEEL_ROWS)

    def _wheel(self, event: events.MouseEvent, lines: int) -> None:
        if self.scroll_lines(lines):
            event.stop()

    def scroll_lines(self, lines: int) -> bool:
        """Move the view down by so many lines, up where they are fewer than none; whether it went anywhere."""
        raise NotImplementedError
