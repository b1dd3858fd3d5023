"""Tables as spreadsheets save them, and as people paste them: CSV of any program into rows of texts.

Pure but for `read_file` and `read_table_file`. Whatever the bytes are, nothing but `TableUnread` is raised, and time
and memory are bounded. What cannot be read for certain is refused, or said of its row (`TableRow.flaw`), never guessed.

Sources: RFC 4180; what Excel, LibreOffice, Google Sheets and Numbers write.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Final

from tui.storage.files import read_regular
from tui.storage.number_cells import is_like_a_number, numbers_in
from tui.storage.table_layout import (
    SEPARATORS,
    column_letter,
    find_separator,
    has_header,
    is_caption,
    name_columns,
)
from tui.storage.text_decoding import TextUnread, decoded, find_encoding, in_pieces, lines

LARGEST_FILE: Final = 64 * 1024 * 1024
"""Bytes of a file that is read."""

MOST_ROWS: Final = 100_000

MOST_COLUMNS: Final = 500

MOST_CELLS: Final = 2_000_000
"""Cells of all rows: about 150 MB."""

TABLE_ENDINGS: Final = (".csv", ".tsv", ".txt")

_SAMPLE: Final = 50
"""Rows, or lines, by which a table is understood."""

_SAMPLE_SIZE: Final = 50_000
"""Characters of these."""

_LONGEST_ROW: Final = 1_000_000
"""Characters of one row; spreadsheets hold 32,767 in a cell."""

_REPEATED: Final = 20_000
"""Cells whose text is kept once where it repeats."""


class TableUnread(TextUnread):
    """What was given cannot be read as a table."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row.

    Attributes:
        line: the line of the file in which it begins, from 1.
        cells: one for each column, as they stand there (foreign texts), "" where it has fewer; more of them only with
            a flaw.
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

    def sample(self) -> tuple[tuple[str, ...], ...]:
        """Of each column some cells from its beginning, without blanks around them."""
        rows = [row.cells for row in self.rows[: _SAMPLE * 2] if not row.flaw]
        return tuple(tuple(cells[each].strip() for cells in rows) for each in range(len(self.columns)))


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
    with _said_of_tables():
        encoding = find_encoding(data)
        return _Reading(decoded(data, encoding, strict=True), most, cuts=cut).table(encoding.said, header)


def read_pasted(text: str) -> Table:
    """The table that was pasted: lines of a file, cells of a spreadsheet, or numbers alone.

    Numbers that stand in one line, with commas or semicolons between them, are a row each.

    Raises:
        TableUnread: it is none.
    """
    with _said_of_tables():
        reading = _Reading(in_pieces(text), MOST_ROWS)
        table = reading.table("pasted", None)
    return _one_each(table) if reading.separator in ",;" and not table.header else table


def read_table_file(path: Path) -> Table:
    """The table in a file. Takes a while with a large one, and belongs into a thread.

    Raises:
        TableUnread: it cannot be read, or is none.
    """
    return read_table(read_file(path))


def read_file(path: Path) -> bytes:
    """The bytes of a file that may hold a table.

    Raises:
        TableUnread: it is a folder, a pipe, too large, or not to be read.
    """
    try:
        return read_regular(path, limit=LARGEST_FILE)
    except (OSError, ValueError) as problem:
        strerror = problem.strerror if isinstance(problem, OSError) else None
        why = f"The file cannot be read: {strerror or type(problem).__name__}."
        raise TableUnread(why, f"It is a file of {LARGEST_FILE // 1024 // 1024} MB at most.") from None


@contextmanager
def _said_of_tables() -> Generator[None]:
    try:
        yield
    except TextUnread as problem:
        raise TableUnread(problem.reason, problem.remedy, problem.line) from None


_Raw = tuple[int, list[str], bool]
"""A row as it was read: its line, its cells, and whether it goes over several lines."""


class _Reading:
    """One reading of a table.

    Args:
        pieces: its text.
        most, cuts: as in `read_table`.
    """

    def __init__(self, pieces: Iterable[str], most: int, *, cuts: bool = False) -> None:
        self._most, self._cuts = most, cuts
        every = lines(pieces, _LONGEST_ROW)
        head = list[tuple[int, str]]()
        for line in every:
            head.append((line[0], line[1].lstrip("\ufeff")) if not head else line)
            if len(head) > _SAMPLE or sum(len(content) for _, content in head) > _SAMPLE_SIZE:
                break
        told = re.fullmatch(r'"?sep=([^\w\r\n"\0 ])"?[\r\n]*', head[0][1], re.IGNORECASE) if head else None
        if told:
            del head[0]
        self.separator = told[1] if told else find_separator([content for _, content in head])
        self._skipped = 1 if told else 0
        self._lines = chain(head, every)
        self._record: list[str] = []

    def table(self, said: str, header: bool | None) -> Table:
        """Read all of it; `said` is what is known of it so far."""
        raw = self._rows()
        sample = list(islice(raw, _SAMPLE + 1))
        notes = [said, SEPARATORS.get(self.separator, f"“{self.separator}”")]
        if header is None and is_caption([cells for _, cells, _ in sample]):
            notes.append(f"line {sample.pop(0)[0]} is a caption")
        titled = bool(sample) and (has_header([cells for _, cells, _ in sample]) if header is None else header)
        titles = sample.pop(0)[1] if titled else []
        notes.append(f"{'with' if titled else 'without'} a header")
        if not sample:
            raise TableUnread("There is no row in it.", "Choose another file, or paste some lines.")
        # Programs write as many cells in each row; trailing empty ones Excel may leave out.
        allowed = len(titles) or sorted(len(cells) for _, cells, _ in sample)[len(sample) // 2]
        rows, width, cut = self._checked(chain(sample, raw), allowed)
        columns = name_columns(titles, max(width, _filled(titles), 1))
        return Table(columns, _padded(rows, len(columns)), ", ".join(notes), cut, titled)

    def _checked(self, raw: Iterable[_Raw], allowed: int) -> tuple[list[TableRow], int, bool]:
        """The rows, how many of the allowed columns hold something, and whether there are more rows."""
        rows, width, count = list[TableRow](), 0, 0
        known = dict[str, str]()
        for line, read, spans in raw:
            filled = _filled(read)
            count += filled
            if len(rows) >= self._most or count > MOST_CELLS:
                if self._cuts:
                    return rows, width, True
                what = f"{self._most:,} rows" if len(rows) >= self._most else f"{MOST_CELLS:,} cells"
                raise TableUnread(f"This table has more than {what}.", "Split it into several files.", line)
            flaw = ""
            if filled > allowed:
                flaw = (
                    f"This row has {filled:,} cells and the table {allowed:,} columns: a text with "
                    f"“{self.separator}” in it needs quotes around it."
                ).replace("“\t”", "a tab")
            elif spans and _swallows(read, self.separator, allowed):
                flaw = "This row holds what looks like the next one: a quote in it is not closed where it should be."
            else:
                width = max(width, filled)
            once = known.setdefault if len(known) < _REPEATED else known.get
            rows.append(TableRow(line, tuple([once(cell, cell) for cell in read[: max(filled, allowed)]]), flaw))
        return rows, width, False

    def _rows(self) -> Iterator[_Raw]:
        """Each row that is not empty."""
        reader = csv.reader(self._content(), delimiter=self.separator, strict=True)
        line = self._skipped + 1
        while True:
            self._record.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as problem:
                raise self._unread(line, str(problem)) from None
            spans = reader.line_num + self._skipped > line
            if any(map(str.strip, cells)):
                if len(cells) > MOST_COLUMNS and _filled(cells) > MOST_COLUMNS:
                    reason = f"Line {line:,} has {len(cells):,} cells; a table has {MOST_COLUMNS} columns at most."
                    raise TableUnread(reason, "Take out the columns that are not wanted.", line)
                yield line, cells, spans
            line = reader.line_num + self._skipped + 1

    def _content(self) -> Iterator[str]:
        """The lines, of which what makes up the row that is being read is kept."""
        size = 0
        for number, content in self._lines:
            size = len(content) + (size if self._record else 0)
            self._record.append(content)
            if size > _LONGEST_ROW:
                first = number - len(self._record) + 1
                raise TableUnread(f"Line {first:,} begins a row that does not end.", "Choose another file.", first)
            if "\0" in content:
                reason = f"Line {number:,} holds a character that no text has (U+0000)."
                raise TableUnread(reason, "Take it out, and read it again.", number)
            if not content.isascii() and _HALF.search(content):
                raise TableUnread(f"Line {number:,} holds half of a character.", "Take it out.", number)
            yield content

    def _unread(self, line: int, problem: str) -> TableUnread:
        place = f"Line {line:,}, column {column_letter(_broken_column(''.join(self._record), self.separator))}"
        if "expected after" in problem:
            reason = f"{place}, goes on after its closing quote."
            return TableUnread(reason, "Write a quote inside a text in quotes twice, and read it again.", line)
        if "field limit" in problem:
            reason = f"{place}, holds more than {csv.field_size_limit():,} characters."
            return TableUnread(reason, "Is a quote there not closed? Mend it, and read it again.", line)
        return TableUnread(f"{place}, begins a text in quotes that does not end.", "Mend the quotes there.", line)


_HALF: Final = re.compile("[\ud800-\udfff]")


def _filled(cells: Sequence[str]) -> int:
    """How many cells there are up to the last one that holds something."""
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return end


def _padded(rows: list[TableRow], width: int) -> tuple[TableRow, ...]:
    """The rows with a cell for each column."""
    for place, row in enumerate(rows):
        if len(row.cells) < width or (len(row.cells) > width and not row.flaw):
            rows[place] = replace(row, cells=(row.cells + ("",) * (width - len(row.cells)))[:width])
    return tuple(rows)


def _swallows(cells: Sequence[str], separator: str, width: int) -> bool:
    """Whether a line inside a cell looks like a row of its own."""
    inner = (line for cell in cells for line in re.split(r"[\r\n]+", cell)[1:])
    return width > 1 and any(
        len(parts) >= width and any(map(is_like_a_number, parts)) for parts in (line.split(separator) for line in inner)
    )


_QUOTED: Final = re.compile(r'"[^"]*(?:""[^"]*)*"')


def _broken_column(record: str, separator: str) -> int:
    """Which cell of a row has quotes that do not hold, or is too long."""
    place = column = 0
    while place < len(record):
        end = place
        if record[place] == '"':
            quoted = _QUOTED.match(record, place)
            if quoted is None or record[quoted.end() : quoted.end() + 1] not in (separator, "\r", "\n", ""):
                break
            end = quoted.end()
        end = record.find(separator, end)
        if end < 0 or end - place > csv.field_size_limit():
            break
        place, column = end + 1, column + 1
    return column


def _one_each(table: Table) -> Table:
    """A row for each number, where there are nothing but numbers."""
    found = list[TableRow]()
    for row in table.rows:
        for cell in row.cells:
            if cell.strip():
                if not is_like_a_number(cell):
                    return table
                found += [TableRow(row.line, (number,)) for number in numbers_in(cell)]
    if len(found) > MOST_ROWS:
        raise TableUnread(f"There are more than {MOST_ROWS:,} numbers.", "Paste fewer at a time.")
    return replace(table, columns=("number",), rows=tuple(found))
