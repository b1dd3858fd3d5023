"""What is said under the form's sections: notes on the request, what leaves, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.raw_request.sending import PreparedRequest
from tui.screens.console.preview import show_notes, show_request
from tui.theme import TONES

FEWEST_ROWS = 2
"""Rows of a preview where nothing else has room: the address and the body."""


class RequestPreview(Vertical):
    """Fits what leaves into the rows it has, so that the body is always seen."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.border_title = " what leaves "
        self._prepared: PreparedRequest | None = None
        self._values: Mapping[str, str] = {}
        self._notes = Content("")

    def compose(self) -> ComposeResult:
        for name in ("notes", "preview", "wrong"):
            yield Static(id=name, markup=False)

    def on_resize(self, event: events.Resize) -> None:
        self._draw()

    def show(self, prepared: PreparedRequest | None, values: Mapping[str, str], notes: tuple[str, ...]) -> None:
        """Show a request that could be sent, with what its variables stand for; None without a connection."""
        self._prepared, self._values, self._notes = prepared, values, show_notes(notes)
        say(self.query_one("#wrong", Static), Content(""))
        say(self.query_one("#notes", Static), self._notes)
        self._draw()

    def refuse(self, lines: list[str], notes: tuple[str, ...]) -> None:
        """Show what is wrong in place of the request (lines already safe to show)."""
        self.show(None, {}, notes)
        say(self.query_one("#wrong", Static), Content("\n").join(Content.styled(line, TONES["bad"]) for line in lines))

    def _draw(self) -> None:
        width = self.content_size.width
        words = Content("")
        if self._prepared is not None and width > 0:
            notes = len(self._notes.wrap(width)) if self._notes else 0
            # Among stacked sections it has the rest of the rows, else what it needs.
            rows = self.content_size.height - notes if self.styles.is_relative_height else FEWEST_ROWS + (notes < 2)
            words = show_request(self._prepared, self._values, width, max(rows, FEWEST_ROWS))
        say(self.query_one("#preview", Static), words)


def say(line: Static, words: Content) -> None:
    """Show a text in a line that takes no room while it is empty."""
    line.display = bool(words)
    line.update(words)
