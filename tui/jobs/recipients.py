"""From rows to recipients: which column holds the numbers, what each row's address is, or why it has none. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tui.jobs.model import LeftOut
from tui.storage.number_cells import (
    ROUNDED_NUMBER,
    bare_number,
    is_of_a_pocket,
    is_rounded,
    number_columns,
    numbers_in,
    share_with_code,
)
from tui.storage.spreadsheets import Table, TableRow
from tui.twilio.addresses import AddressError, AddressKind, CountryUnknown, kind_of, read_recipient

_LONGEST_SAID: Final = 40


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
        lacks_country: whether it is left out only because nothing says of which country its number is.
    """

    row: TableRow
    address: str
    left_out: LeftOut | None = None
    detail: str = ""
    first: int | None = None
    lacks_country: bool = False


def number_column(table: Table) -> int | None:
    """The column that most likely holds the numbers; None where none does."""
    columns = table.sample()
    titles = table.columns if table.header else [""] * len(columns)
    found = number_columns(titles, columns)

    def likelihood(index: int) -> tuple[bool, float]:
        return is_of_a_pocket(titles[index]), share_with_code(columns[index])

    return max(found, key=likelihood, default=None)


def recipients(table: Table, column: int, default_country: str | None = None) -> Iterator[RowRecipient]:
    """Whom each row is for, in their order, as they are asked for: take some at a time, and stop when you like.

    The same person is one number in E.164, in whatever channel; the first row keeps them.

    Args:
        table: the rows.
        column: where their numbers stand.
        default_country: whose numbers those in national form are, like "DE"; `country_of` the sender, say.
    """
    title = table.columns[column][:_LONGEST_SAID]
    seen = dict[str, int]()
    for row in table.rows:
        if row.flaw:
            yield RowRecipient(row, "", LeftOut.UNSENDABLE, row.flaw)
            continue
        cell = row.cells[column]
        if not cell.strip():
            yield RowRecipient(row, "", LeftOut.NOT_A_NUMBER, f"The column “{title}” is empty in this row.")
            continue
        try:
            address, note = _read(cell, default_country)
        except AddressError as problem:
            lacks = isinstance(problem, CountryUnknown)
            detail = "It has no country code." if lacks else problem.reason
            yield RowRecipient(row, "", LeftOut.NOT_A_NUMBER, detail, lacks_country=lacks)
            continue
        person = address.rpartition(":")[2]
        if person in seen:
            detail = f"Line {seen[person]:,} has this number already."
            yield RowRecipient(row, address, LeftOut.DUPLICATE, detail, seen[person])
        else:
            seen[person] = row.line
            yield RowRecipient(row, address, detail=note)


def _read(cell: str, country: str | None) -> tuple[str, str]:
    """The address of a cell, and a note on how it was read."""
    if is_rounded(cell):
        raise AddressError("To", ROUNDED_NUMBER, "")
    try:
        found = read_recipient(bare_number(cell), default_country=country)
    except AddressError:
        if len(several := numbers_in(cell)) > 1:
            reason = f"There are {len(several)} numbers in this cell."
            raise AddressError("To", reason, "Leave the one to write to.") from None
        raise
    if kind_of(found.address) is AddressKind.SHORT_CODE:
        raise AddressError("To", f"{found.address} is too short for a person's number.", "")
    return found.address, found.note or ""
