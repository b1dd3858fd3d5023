"""How long a text becomes over the rows of a table: the typical row, the longest, and those with a value missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tui.jobs.placeholders import Missing, PlaceholderError, Template
from tui.storage.spreadsheets import Table
from tui.twilio.segments import measure

MOST_MEASURED: Final = 10_000
"""Rows that are measured while one types; the page before the start measures all."""


class MeasuringStopped(Exception):
    """Nobody waits for the sizes any more."""


@dataclass(frozen=True, slots=True)
class TextSizes:
    """What rows make of a text.

    Attributes:
        rows: how many were measured.
        typical: the text of a row whose length is in the middle.
        longest: the text of the row that has the most segments, and of those the most characters.
        longest_line: where that row stands in its file.
        missing: how many rows lack a value.
    """

    rows: int
    typical: str
    longest: str
    longest_line: int
    missing: int


def measure_rows(text: str, table: Table, stopped: Callable[[], bool] = lambda: False) -> TextSizes | None:
    """Fill a text in for each row and measure it; None where no row fills it. For a thread.

    Raises:
        PlaceholderError: its placeholders cannot be read, or name no column.
        MeasuringStopped: it was given up.
    """
    bound = Template(text).bound(table.columns)
    best: tuple[int, int] = (-1, -1)
    longest, line, missing = "", 0, 0
    lengths: list[tuple[int, int]] = []
    rows = table.rows[:MOST_MEASURED]
    for number, row in enumerate(rows):
        if number % 200 == 0 and stopped():
            raise MeasuringStopped
        filled = bound.fill(row.cells)
        if isinstance(filled, Missing):
            missing += 1
            continue
        lengths.append((len(filled), number))
        size = measure(filled).segments, len(filled)
        if size > best:
            best, longest, line = size, filled, row.line
    if not lengths:
        return None
    _, middle = sorted(lengths)[len(lengths) // 2]
    typical = bound.fill(rows[middle].cells)
    assert isinstance(typical, str)
    return TextSizes(len(rows), typical, longest, line, missing)


__all__ = ["MeasuringStopped", "PlaceholderError", "TextSizes", "measure_rows"]
