"""The base of a screen with a list and the row under the cursor in full: beside it, or in its place.

Below 120 columns one of the two is shown, with a preview under the list; from 120 on both. Knows neither what the rows
are nor where they come from.
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
from textual.widget import Widget
from textual.widgets import Static

from tui.screens.base import BaseScreen
from tui.textual_fixes.one_shot import OneShot
from tui.theme import FRUGAL
from tui.widgets.row_list import RowList
from tui.widgets.text_pane import Preview, TextPane

REPEAT_SECONDS = 0.08
"""The longest time between two keys of a key held down; the pane is filled when it is let go."""

REST_SECONDS = 0.4
"""Without a key before the pane is filled with `--frugal`: it is three quarters of the bytes of a cursor move."""


class ListDetailScreen(BaseScreen):
    """A list with its titles, the words in place of an empty one, the preview and the pane.

    Subclasses yield `list_and_pane` in `content`, implement `show_current` and `moved`, and name `list_detail.tcss`
    before their own style sheet.
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", key_display="esc", tooltip="Back to the list; then drop the filter."),
        Binding("left", "neighbour(-1)", "The one before", show=False),
        Binding("right", "neighbour(1)", "The next one", show=False),
    ]

    opened: reactive[bool] = reactive(False)
    """Whether the pane has the focus, and below 120 columns the whole screen."""

    _moved_at: float = 0.0
    _later: OneShot | None = None

    def list_and_pane(self, titles: Widget, rows: RowList, pane: Widget | None = None) -> ComposeResult:
        """The widgets of the list and the pane: a `TextPane`, or what is given; what is filled in it is `#detail`."""
        with Horizontal(id="body"):
            with Vertical(id="list"):
                yield titles
                yield rows
                yield Static(id="empty", markup=False)
                yield Preview(id="peek")
            beside = pane or TextPane(id="detail")
            beside.add_class("pane")
            yield beside

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    @property
    def peeks(self) -> bool:
        """Whether the preview is shown."""
        return not self.opened and self.has_class("-narrow")

    @property
    def reads(self) -> bool:
        """Whether the pane is shown."""
        return self.opened or self.has_class("-wide")

    @abstractmethod
    def show_current(self) -> None:
        """Fill the preview and the pane, where they are shown."""

    def moved(self) -> None:
        """Called when the cursor has moved to another row."""

    def show_nothing(self) -> None:
        """Empty the preview and the pane."""
        self.query_one("#detail", TextPane).show(Content(""))
        self.query_one("#peek", Preview).show(Content(""))

    def show_empty(self, words: Content | str | None) -> None:
        """Show these words in place of the list; None shows the list again."""
        lost = self.has_class("-empty") and words is None
        self.set_class(words is not None, "-empty")
        if words is not None:
            empty = self.query_one("#empty", Static)
            if empty.content != words:
                # It has all the room there is, whatever it says.
                empty.update(words, layout=False)
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
        self.opened = True

    def watch_opened(self, opened: bool) -> None:
        self.set_class(opened, "-opened")
        if not self.is_mounted:
            return
        if opened:
            self.enter_pane()
        else:
            self.rows.focus()
        self.show_current()
        self.refresh_bindings()

    def enter_pane(self) -> None:
        """Give the pane the keys, and show it from its beginning."""
        pane = self.query_one("#detail", TextPane)
        pane.action_first()
        pane.focus()

    def show_current_soon(self) -> None:
        """Fill preview and pane at once after a single key, and after the last one of a key held down.

        With `--frugal` once no key was pressed for `REST_SECONDS`.
        """
        now, frugal = monotonic(), self.app.theme == FRUGAL.name
        repeats, self._moved_at = now - self._moved_at < REPEAT_SECONDS, now
        if self._later is not None:
            self._later.stop()
            self._later = None
        if repeats or frugal:
            self._later = OneShot(self, REST_SECONDS if frugal else REPEAT_SECONDS, self.show_current)
        else:
            self.show_current()

    def on_resize(self) -> None:
        self.call_after_refresh(self.resized)

    def resized(self) -> None:
        """Called when the terminal has another size, and the list is laid out for it."""
        self.show_current()

    def action_neighbour(self, step: int) -> None:
        if self.opened:
            self.rows.cursor += step
