"""Text in columns: cut to so many cells with a sign of it, and the line of titles above a list's rows.

Knows cells and widths, neither rows nor what they say.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len, set_cell_size
from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget


def fit(text: str, width: int) -> str:
    """A text in exactly `width` cells (1 or more): blanks behind it, or an ellipsis where it was cut."""
    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"


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
        """Aligned with the rows below, which leave the last column to the mark."""
        width = max(0, self.size.width - 1)
        return Content(self._words(width)[:width])
