"""A place with a list, and the row under the cursor in full beside it or over it.

Narrow terminals show one of them, with a peek under the list; from 120 columns on there is room for both. Knows
neither what the rows are nor where they come from.
"""

from __future__ import annotations

from abc import abstractmethod
from time import monotonic
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from tui.screens.base import BaseScreen
from tui.theme import FRUGAL
from tui.widgets.row_list import RowList
from tui.widgets.text_pane import Preview, TextPane

REPEAT_SECONDS = 0.08
"""Between two keys of a key held down, at the most: what stands beside the list waits until it is let go."""

REST_SECONDS = 0.4
"""Without a key before a frugal terminal is shown what stands beside the list: three quarters of a row's bytes."""


class ListDetailScreen(BaseScreen):
    """A list, its titles, what is said in place of an empty one, the peek and the pane.

    Subclasses give `current`, `show_current` and `moved`, and style themselves with `list_detail.tcss` and their own.
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", key_display="esc", tooltip="Back to the list; then drop the filter."),
        Binding("left", "neighbour(-1)", "The one before", show=False),
        Binding("right", "neighbour(1)", "The next one", show=False),
    ]

    opened: reactive[bool] = reactive(False)
    """Whether the row is being read: alone where it is narrow."""

    _moved_at: float = 0.0
    _later: Timer | None = None

    def list_and_pane(self, titles: Widget, rows: RowList) -> ComposeResult:
        """What stands under the lines that say how things are."""
        with Horizontal(id="body"):
            with Vertical(id="list"):
                yield titles
                yield rows
                yield Static(id="empty", markup=False)
                yield Preview(id="peek")
            yield TextPane(id="detail")

    @property
    def rows(self) -> RowList:
        """The list."""
        return self.query_one(RowList)

    @property
    def peeks(self) -> bool:
        """Whether there is a peek to fill."""
        return not self.opened and self.has_class("-narrow")

    @property
    def reads(self) -> bool:
        """Whether there is a pane to fill."""
        return self.opened or self.has_class("-wide")

    @abstractmethod
    def show_current(self) -> None:
        """Fill the peek and the pane, where they are shown."""

    def moved(self) -> None:
        """The cursor stands on another row, or the rows under it are others."""

    def show_nothing(self) -> None:
        """Empty the peek and the pane."""
        self.query_one("#detail", TextPane).show(Content(""))
        self.query_one("#peek", Preview).show(Content(""))

    def show_empty(self, words: Content | str | None) -> None:
        """Say this in place of the list, or show the list when None."""
        lost = self.has_class("-empty") and words is None
        self.set_class(words is not None, "-empty")
        if words is not None:
            empty = self.query_one("#empty", Static)
            if empty.content != words:
                empty.update(words)
        elif lost:
            # A hidden list loses the focus, and nothing gives it back.
            self.call_after_refresh(self._focus_list)

    def _focus_list(self) -> None:
        if self.focused is None and not self.opened:
            self.rows.focus()

    @on(RowList.Moved)
    def _row_moved(self) -> None:
        self.moved()
        self.refresh_bindings()

    @on(RowList.Opened)
    def _row_opened(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """Read the row under the cursor."""
        self.opened = True

    def watch_opened(self, opened: bool) -> None:
        """In a narrow terminal what is read takes the list's place."""
        self.set_class(opened, "-opened")
        if not self.is_mounted:
            return
        pane = self.query_one("#detail", TextPane)
        if opened:
            pane.action_first()
            pane.focus()
        else:
            self.rows.focus()
        self.show_current()
        self.refresh_bindings()

    def show_current_soon(self) -> None:
        """At once after a single key; while a key repeats, when it is let go: the pane is more to draw than a row.

        Over a slow line only when the person rests.
        """
        now, frugal = monotonic(), self.app.theme == FRUGAL.name
        repeats, self._moved_at = now - self._moved_at < REPEAT_SECONDS, now
        if self._later is not None:
            self._later.stop()
            self._later = None
        if repeats or frugal:
            self._later = self.set_timer(REST_SECONDS if frugal else REPEAT_SECONDS, self.show_current)
        else:
            self.show_current()

    def on_resize(self) -> None:
        """The pane or the peek may have come or gone, and a taller list wants more rows."""
        self.call_after_refresh(self.resized)

    def resized(self) -> None:
        """The terminal has another size, and the list is laid out for it."""
        self.show_current()

    def action_neighbour(self, step: int) -> None:
        """The row above or below, without leaving what is read."""
        if self.opened:
            self.rows.cursor += step
