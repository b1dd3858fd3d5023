"""The list of figures: sections under headings, with bars in the row. Knows lines, not how they were counted."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len

from tui.screens.delivery.figure_lines import FigureColumn, FigureLine, lay_out, text_in
from tui.theme import Tone
from tui.widgets.row_list import Piece, RowList, fit


class FigureList(RowList):
    """Draws `FigureLine`s; the cursor stands on rows only."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: list[FigureLine] = []
        self.compared = False
        self.dimmed = False
        """Whether what is shown is of another query or period than the one that is being counted."""
        self._columns: dict[str, tuple[int, list[FigureColumn]]] = {}
        self._columns_for = -1

    def is_stop(self, index: int) -> bool:
        return index < len(self.lines) and self.lines[index].row is not None

    @property
    def current(self) -> FigureLine | None:
        """The row under the cursor."""
        return self.lines[self.cursor] if self.is_stop(self.cursor) else None

    def show(self, lines: list[FigureLine], *, compared: bool) -> None:
        """Show these lines; the cursor stays on its row, where that is still there."""
        if lines == self.lines and compared == self.compared and not self.dimmed:
            return
        # Hours and days without a message are rows as well; nobody chose one of those while there was nothing else.
        current, first = self.current, not any(line.row and line.row.figures.count for line in self.lines)
        self.lines, self.compared, self.dimmed = lines, compared, False
        self._columns_for = -1
        cursor = 0 if first else None
        if not first and current is not None and current.row is not None:
            value = current.row.value
            places = (n for n, line in enumerate(lines) if line.row and line.section == current.section)
            cursor = next((n for n in places if (row := lines[n].row) is not None and row.value == value), None)
        self.set_row_count(len(lines), cursor=cursor)
        self.refresh()

    def dim(self) -> None:
        """Show what stands here as what it is: not the answer that is awaited."""
        if self.lines and not self.dimmed:
            self.dimmed = True
            self.refresh()

    def draw_row(self, index: int, width: int) -> Iterable[Piece]:
        line = self.lines[index]
        if self._columns_for != width:
            self._columns_for = width
            self._columns = lay_out(self.lines, width, self.compared)
        room, columns = self._columns[line.section]
        if line.heading:
            return self._heading(line, room, columns)
        words = fit(f" {line.words}", room) if room > 1 else ""
        if line.row is None:
            return [(words, "muted")]
        cells: list[Piece] = [
            (_placed(text_in(column, line), column), self._tone(column.tone(line))) for column in columns
        ]
        return [(words, self._tone(line.tone)), *cells]

    def _tone(self, tone: Tone) -> Tone:
        return "muted" if self.dimmed else tone

    def _heading(self, line: FigureLine, room: int, columns: list[FigureColumn]) -> list[Piece]:
        title = f"── {line.words} "
        # The bar has no title: the rule goes on through its column.
        through = columns[0].cells if columns and not columns[0].title else 0
        rule = title + "─" * max(0, room + through - cell_len(title) - 1)
        titles = "".join(_placed(column.title, column) for column in columns if column.title)
        return [(fit(rule, room + through), "muted"), (titles, "muted")]


def _placed(text: str, column: FigureColumn) -> str:
    if column.left:
        return fit(f"  {text}", column.cells)
    return f"{fit(text, column.cells - 1) if cell_len(text) >= column.cells else text:>{column.cells}}"
