"""Reads the recipients of a campaign, from a file or what was pasted or given, in a thread, and the same only once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from tui.jobs.recipients import number_column
from tui.safe_text import safe_text
from tui.screens.campaign.fields import FILE, LINES, CampaignFields, column_of, rows_of, table_of
from tui.storage.spreadsheets import Table, TableUnread, read_pasted, read_table_file


@dataclass(frozen=True, slots=True)
class ReadRows:
    """What was read.

    Attributes:
        table: the rows; None where there are none, or none that can be read.
        likeliest: the column that looks like that of the numbers.
        problem: why there is no table, as a sentence safe to show; "" where nothing was given yet.
    """

    table: Table | None = None
    likeliest: int | None = None
    problem: str = ""

    def column(self, typed: CampaignFields) -> int | None:
        """The column of the numbers, as it was chosen."""
        return None if self.table is None else column_of(self.table, typed.column, self.likeliest)

    def say(self) -> str:
        """`212 rows, 4 columns, UTF-8, semicolons`, safe to show."""
        if (table := self.table) is None:
            return self.problem
        rows, columns = len(table.rows), len(table.columns)
        counted = f"{rows:,} row{'' if rows == 1 else 's'}, {columns} column{'' if columns == 1 else 's'}"
        return f"{counted}{', ' if table.said else ''}{safe_text(table.said, limit=160)}"


class RowSource:
    """Keeps what was read last: the same rows are the same object, by which a plan knows them."""

    def __init__(self) -> None:
        self._of: object = None
        self._read = ReadRows()

    async def read(self, typed: CampaignFields) -> ReadRows:
        """What the recipients are as the form stands; a file is read anew where it is another by now."""
        of = await asyncio.to_thread(_mark_of, typed)
        if of != self._of:
            read = await asyncio.to_thread(_read, typed)
            self._of, self._read = of, read
        return self._read


def _mark_of(typed: CampaignFields) -> object:
    """What tells these rows from others."""
    if typed.source == LINES:
        return LINES, typed.lines
    if typed.source != FILE:
        return typed.source, typed.rows
    try:
        about = Path(typed.path.strip()).expanduser().stat()
    except (OSError, RuntimeError, ValueError):
        return FILE, typed.path
    return FILE, typed.path, about.st_mtime_ns, about.st_size, about.st_ino


def _read(typed: CampaignFields) -> ReadRows:
    try:
        table = _table(typed)
    except TableUnread as problem:
        return ReadRows(problem=safe_text(str(problem), limit=300))
    return ReadRows() if table is None else ReadRows(table, number_column(table))


def _table(typed: CampaignFields) -> Table | None:
    if typed.source == LINES:
        return read_pasted(typed.lines) if typed.lines.strip() else None
    if typed.source != FILE:
        given = rows_of(typed.rows)
        return table_of(given) if given is not None else None
    try:
        path = Path(typed.path.strip()).expanduser()
        if not typed.path.strip() or path.is_dir():
            return None
        exists = path.exists()
    except (OSError, RuntimeError, ValueError):
        raise TableUnread("No file can be called so.", "Write its path, like ~/reminders.csv.") from None
    if not exists:
        raise TableUnread(f"There is no file {path}.", "→ completes what is typed.")
    return read_table_file(path)
