"""Tables as spreadsheets save them, and as people paste them: CSV of any program into rows of texts.

Pure but for `read_table_file`. Whatever the bytes are, nothing but `TableUnread` is raised, and time and memory are
bounded. What cannot be read for certain is refused, or said of its row (`TableRow.flaw`), never guessed.

Sources: RFC 4180; what Excel, LibreOffice, Google Sheets and Numbers write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui.storage.errors import StorageError

LARGEST_FILE: Final = 64 * 1024 * 1024
"""Bytes of a file that is read."""

MOST_ROWS: Final = 100_000
"""Rows of a table."""

TABLE_ENDINGS: Final = (".csv", ".tsv", ".txt")


class TableUnread(StorageError):
    """What was given cannot be read as a table.

    Attributes:
        line: where, from 1; None for all of it.
    """

    def __init__(self, reason: str, remedy: str, line: int | None = None) -> None:
        super().__init__(reason, remedy)
        self.line = line


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row.

    Attributes:
        line: the line of the file in which it begins, from 1.
        cells: as many as the table has columns, as they stand there (foreign texts); "" where it has fewer.
        flaw: a sentence about what is wrong with the row as a whole, so that its cells are not to be trusted; "" for
            nothing.
    """

    line: int
    cells: tuple[str, ...]
    flaw: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns.

    Attributes:
        columns: what each is called, no two alike for `column_key`: its title, or else its letter (foreign texts).
        rows: in the order of the file, without the titles and without empty ones.
        said: how it was read, in words: encoding, what separates cells, whether there are titles.
        cut: whether there are more rows than `most`; only where that was asked for.
        header: whether the titles are its own.
    """

    columns: tuple[str, ...]
    rows: Sequence[TableRow]
    said: str = ""
    cut: bool = False
    header: bool = True


def column_key(title: str) -> str:
    """What a column is known by: its title without case, blanks and braces. "First name" is `firstname`."""
    return "".join(each for each in title.casefold() if not each.isspace() and each not in "{}")


def read_table(data: bytes, *, header: bool | None = None, most: int = MOST_ROWS, cut: bool = False) -> Table:
    """The table that a spreadsheet saved as CSV.

    Args:
        data: the file.
        header: whether the first row has the titles; None to find out.
        most: rows that are read.
        cut: whether what is beyond `most` is left unread; otherwise such a table is refused.

    Raises:
        TableUnread: it is none.
    """
    raise NotImplementedError


def read_pasted(text: str, *, header: bool | None = None) -> Table:
    """The table that was pasted: lines of a file, cells of a spreadsheet, or numbers alone.

    Numbers that stand in one line are a row each.

    Raises:
        TableUnread: it is none.
    """
    raise NotImplementedError


def read_table_file(path: Path, *, header: bool | None = None) -> Table:
    """The table in a file. Takes a while with a large one, and belongs into a thread.

    Raises:
        TableUnread: it cannot be read, or is none.
    """
    raise NotImplementedError
