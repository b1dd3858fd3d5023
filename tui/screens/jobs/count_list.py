"""The list of a job's counts, with bars in the row. Knows lines, not how they were counted."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import BindingType

from tui.actions import JOB, bindings
from tui.jobs.report import Became
from tui.screens.jobs.count_lines import CountLine, LineKind
from tui.widgets.row_list import Piece, RowList, fit
from tui.widgets.toned_lines import TonedLines, without

_LEAST_BAR, _MOST_BAR = 6, 40
"""Cells of a bar: with less room there is none."""


class CountList(RowList, inherit_bindings=False):
    """The rows; enter lists the items behind one."""

    # The blank pauses the job here, and goes on with it.
    BINDINGS: ClassVar[list[BindingType]] = [
        *without(TonedLines.BINDINGS, "space", "enter"),
        *bindings(tuple(replace(each, name="open_row") for each in JOB if each.name == "open_count")),
    ]

    def __init__(self) -> None:
        super().__init__(id="counts")
        self.lines: list[CountLine] = []

    def is_stop(self, index: int) -> bool:
        return index < len(self.lines) and self.lines[index].kind is not LineKind.HEADING

    @property
    def current(self) -> CountLine | None:
        """The line under the cursor."""
        return self.lines[self.cursor] if self.is_stop(self.cursor) else None

    @property
    def group(self) -> Became | None:
        """The group under the cursor."""
        return self.current.group if self.current is not None else None

    def show(self, lines: list[CountLine]) -> None:
        """Show these; the cursor stays on its group, where that is still there."""
        if lines == self.lines:
            return
        current = self.current
        self.lines = lines
        cursor = None
        if current is not None:
            cursor = next((n for n, line in enumerate(lines) if line.group == current.group), None)
        self.set_row_count(len(lines), cursor=cursor)
        self.refresh()

    def draw_row(self, index: int, width: int) -> list[Piece]:
        line = self.lines[index]
        if line.kind is LineKind.HEADING:
            title = f"── {line.words} "
            return [(title + "─" * max(0, width - cell_len(title)), "muted")]
        number = f"{line.count:,}"
        column = max((cell_len(each.words) for each in self.lines if each.kind is LineKind.COUNT), default=0)
        digits = max((len(f"{each.count:,}") for each in self.lines), default=1)
        column = min(column, max(8, width - digits - 5))
        room = min(_MOST_BAR, width - column - digits - 6)
        pieces: list[Piece] = [(f" {fit(line.words, column)}  ", line.tone), (f"{number:>{digits}}", "plain")]
        if room >= _LEAST_BAR:
            cells = max(1, round(line.share * room))
            pieces.append((f"  {'█' * cells}", line.tone))
        return pieces
