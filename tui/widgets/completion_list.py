"""What may be typed next, listed under the field in which it is typed.

Knows rows of words, not what they are about; keys are the field's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len
from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from tui.safe_text import safe_text
from tui.theme import FRUGAL
from tui.widgets.row_list import fit

WIDEST = 60
"""Characters of a column that is followed by others."""


class CompletionList(Widget):
    """Rows with one of them chosen, or none, and over them a sentence about what is wrong.

    Takes no room: it lies over what follows the field, and is there only while it has something to say.

    Args:
        clicked: called with the row that was clicked.
        most: how many rows are seen at once; those around the chosen one are.
    """

    DEFAULT_CSS = """
    CompletionList {
        overlay: screen; height: auto; padding: 0 1 0 4; background: $surface; color: $foreground; display: none;
        &.-shown { display: block; }
    }
    """
    ALLOW_SELECT = False

    def __init__(self, clicked: Callable[[int], object], *, most: int = 8) -> None:
        super().__init__()
        self._clicked, self._most = clicked, most
        self._said: tuple[tuple[tuple[str, ...], ...], int, str] = ((), -1, "")

    def say(self, rows: Sequence[tuple[str, ...]] = (), chosen: int = -1, wrong: str = "") -> None:
        """Show rows of as many columns each (remote text), the chosen one marked, and a sentence that is safe to show.

        The last column tells about the row, and is quieter.
        """
        if (said := (tuple(rows), chosen, wrong)) != self._said:
            self._said = said
            self.set_class(bool(rows or wrong), "-shown")
            self.refresh(layout=True)

    def render(self) -> RenderResult:
        rows, chosen, wrong = self._said
        lines = [Content.styled(wrong, "$text-error")] if wrong else []
        first = max(0, min(chosen - self._most + 2, len(rows) - self._most))
        shown = [[safe_text(each, limit=WIDEST) for each in row[:-1]] for row in rows[first : first + self._most]]
        columns = [max(map(cell_len, column)) for column in zip(*shown, strict=True)]
        width = self.content_size.width or sum(columns)
        for number, words in enumerate(shown, first):
            more = len(rows) - first - self._most if number == first + self._most - 1 else 0
            hint = f"{safe_text(rows[number][-1], limit=200)}{f'  ↓ {more} more' if more > 0 else ''}"
            pieces = [fit(word, column) if column else "" for word, column in zip(words, columns, strict=True)]
            line = Content.styled(pieces[0], "$text-primary")
            for piece in filter(None, pieces[1:]):
                line = Content.assemble(line, "  " if line.plain else "", piece)
            quiet = "$quiet-selected" if number == chosen else "$quiet"
            line = Content.assemble(line, ("  " + hint, quiet)).truncate(width, ellipsis=True, pad=True)
            if number == chosen:
                line = line.stylize("reverse" if self.app.theme == FRUGAL.name else "bold on $primary-muted")
            lines.append(line.stylize(Style.from_meta({"row": number})))
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        row = event.style.meta.get("row")
        if isinstance(row, int):
            self._clicked(row)
