"""Beside the form: the columns of the table, and what its first, typical and longest rows make of the text."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual import events
from textual.content import Content

from tui.jobs.placeholders import Missing, PlaceholderError, Template
from tui.safe_text import glimpse, safe_text
from tui.screens.campaign.row_source import ReadRows
from tui.screens.campaign.text_sizes import TextSizes
from tui.storage.spreadsheets import Table, TableRow
from tui.theme import TONES
from tui.widgets.row_list import fit
from tui.widgets.text_pane import TextPane

MOST_ROWS = 40
"""Rows that are shown; no terminal has more room."""


class RowsPane(TextPane):
    """Shows the rows; while there are none, how to bring them."""

    READ_ON = "tab"

    _shown: Callable[[int], Content] | None = None

    def show_rows(self, read: ReadRows, column: int | None, body: str, sizes: TextSizes | None) -> None:
        """Show what was read, and what the text becomes."""
        self._shown = partial(rows_text, read, column, body, sizes)
        self.show(self._shown(self.size.width))

    def on_resize(self, event: events.Resize) -> None:
        """Cut the rows for the new width; they may have been read before there was any."""
        if self._shown is not None:
            self.show(self._shown(self.size.width))


def rows_text(read: ReadRows, column: int | None, body: str, sizes: TextSizes | None, width: int) -> Content:
    """The pane's text, each of the rows in one line of so many cells."""
    table = read.table
    if table is None or not table.rows:
        return Content.styled(
            read.problem
            or "Each row of the table is a message.\n\nGive a CSV file of any spreadsheet, with a row for each person "
            "and the titles of its columns first; or paste lines, a number each.",
            "$quiet",
        )
    parts = [_columns(table, column)]
    if sizes is not None and body.strip():
        parts.append(_head(f"the longest, line {sizes.longest_line:,}"))
        parts.append(Content(safe_text(sizes.longest, limit=2000, keep_newlines=True)))
        if sizes.typical != sizes.longest:
            parts.append(_head("a typical one"))
            parts.append(Content(safe_text(sizes.typical, limit=2000, keep_newlines=True)))
    parts.append(_head("the first rows"))
    parts += [_row(table, row, column, body).truncate(max(20, width), ellipsis=True) for row in table.rows[:MOST_ROWS]]
    return Content("\n").join(parts)


def _head(words: str) -> Content:
    return Content.styled(f"── {words} ──", "$quiet")


def _columns(table: Table, column: int | None) -> Content:
    names = [
        Content.styled(f"{glimpse(title, 30)}", f"bold {TONES['accent']}" if number == column else "")
        for number, title in enumerate(table.columns[:60])
    ]
    return Content.assemble(("Columns  ", "$quiet"), Content(" · ").join(names))


def _row(table: Table, row: TableRow, column: int | None, body: str) -> Content:
    number = row.cells[column] if column is not None and column < len(row.cells) else ""
    words, tone = (
        " · ".join(glimpse(cell, 40) for n, cell in enumerate(row.cells[:12]) if n != column and cell),
        "muted",
    )
    if row.flaw:
        words, tone = safe_text(row.flaw, limit=200), "warn"
    elif body.strip():
        try:
            filled = Template(body).bound(table.columns).fill(row.cells)
        except PlaceholderError:
            filled = ""
        if isinstance(filled, Missing):
            words, tone = f"no value for {', '.join(glimpse(each, 30) for each in filled.names)}", "warn"
        elif filled:
            words, tone = glimpse(filled, 160), "plain"
    return Content.assemble(
        (f"{row.line:>6,}  ", "$quiet"),
        f"{fit(glimpse(number, 24), 16)}  ",
        (words, TONES["warn"] if tone == "warn" else "$quiet" if tone == "muted" else ""),
    )
