"""From rows to recipients: which column holds the numbers, what each row's address is, or why it has none. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tui.jobs.model import LeftOut
from tui.storage.spreadsheets import Table, TableRow


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A column that may hold the numbers to write to.

    Attributes:
        index: which one, from 0.
        sure: whether no other could be meant; otherwise a person is asked.
    """

    index: int
    sure: bool


@dataclass(frozen=True, slots=True)
class RowRecipient:
    """Whom a row is for.

    Attributes:
        row: it.
        address: as Twilio takes it, E.164 or with its channel; "" where `left_out`, but that of a DUPLICATE.
        left_out: DUPLICATE, NOT_A_NUMBER, or UNSENDABLE for a row with a flaw; None where it may be written to.
        detail: a sentence on why it is left out, or else how it was read where that is worth a look (may hold foreign
            text); "" for nothing.
        first: the line of the row that has the same person, of a DUPLICATE.
    """

    row: TableRow
    address: str
    left_out: LeftOut | None = None
    detail: str = ""
    first: int | None = None


def number_columns(table: Table) -> tuple[NumberColumn, ...]:
    """The columns that hold numbers, the likeliest first; the first one alone may be sure."""
    raise NotImplementedError


def number_column(table: Table) -> int | None:
    """The column that most likely holds the numbers; None where none does."""
    return next((each.index for each in number_columns(table)), None)


def recipients(table: Table, column: int, default_country: str | None = None) -> Iterator[RowRecipient]:
    """Whom each row is for, in their order, as they are asked for: take some at a time, and stop when you like.

    Args:
        table: the rows.
        column: where their numbers stand.
        default_country: whose numbers those in national form are, like "DE"; `country_of` the sender, say.
    """
    raise NotImplementedError


def recipients_table(rows: Sequence[tuple[str, str, str, str]], said: str) -> Table:
    """The table of a query's people: number, name, last text, own number."""
    columns = ("number", "name", "last text", "own number")
    return Table(columns, tuple(TableRow(line, cells) for line, cells in enumerate(rows, 1)), said)
