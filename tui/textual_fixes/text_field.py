"""A text area that takes keys in their order; see `input_fields`. Apart from it: a text area takes long to import."""

from __future__ import annotations

from textual.reactive import reactive
from textual.widgets import TextArea

from tui.textual_fixes.input_fields import InOrder


class TextField(InOrder, TextArea):
    """A text; its cursor stands still, as a line's does."""

    cursor_blink = reactive(False, init=False)

    def on_resize(self) -> None:
        """Draw it anew: Textual wraps it for the new width after it was drawn, and draws again what is longer only."""
        self.refresh()

    def replace_all(self, text: str) -> None:
        """Put another text in place of this one, as one step that undo takes back."""
        self.history.checkpoint()
        self.replace(text, self.document.start, self.document.end)
        self.history.checkpoint()
