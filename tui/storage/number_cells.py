"""Cells of spreadsheets that hold phone numbers: what is put around them, what was rounded, which columns have them.

What a number is for certain, `tui.twilio.addresses` knows; here is what it looks like. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tui.safe_text import bare

ROUNDED_NUMBER: Final = (
    "A spreadsheet rounded this number when it saved it. Make the column text there, and export it once more."
)

_NUMBER_TITLE: Final = re.compile(
    r"phone|mobile|cell|\btel|telephone|telefon|téléphone|handy|mobil\b|móvil|celular|\bgsm\b|msisdn|whatsapp|\bsms\b"
    r"|^number$|^to$|^address$|nummer$|^número$|^numéro$",
    re.IGNORECASE,
)
_NO_NUMBER_TITLE: Final = re.compile(
    r"\b(type|label|fax|pager|telex|id|zip|postal|code|street|date|birthday|account|order|extension)\b"
    r"|(kunden|kontakt|rechnungs|bestell|konto|haus|auftrags|vertrags|artikel|mitglieds|faxn?|steuer)nummer",
    re.IGNORECASE,
)
_OF_A_POCKET: Final = re.compile(
    r"mobile|cell|handy|mobil\b|móvil|celular|\bgsm\b|msisdn|whatsapp|\bsms\b|^number$|^to$", re.IGNORECASE
)
_LIKE_A_NUMBER: Final = re.compile(r"(?:[a-z]{3,9}:)?\s*[+＋]?[\d(][\d\s()./\-\u2010-\u2015]{5,24}", re.IGNORECASE)
_DATE: Final = re.compile(r"\d{4}([-./])\d{1,2}\1\d{1,2}|\d{1,2}([-./])\d{1,2}\2\d{2,4}")
_DECIMAL: Final = re.compile(r"\d{1,7}[.,]\d{1,4}")
_ROUNDED: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)
_ZEROS: Final = re.compile(r"(\+?\d{7,})[.,]0+")
_BETWEEN_ANY: Final = re.compile(r":::|[\r\n]+")
_BETWEEN_NUMBERS: Final = re.compile(r"[,;|]|\s/\s|\s(?=\+)")
_FEWEST_DIGITS: Final = 6
_MOST_DIGITS: Final = 17
_LONGEST: Final = 500
"""Characters of a cell that are looked at."""


def is_rounded(number: str) -> bool:
    """Whether this is how a spreadsheet writes a number for which a column was too narrow: `1.41556E+10`."""
    return _ROUNDED.fullmatch(number[:_LONGEST].strip("'\"= ")) is not None


def bare_number(cell: str) -> str:
    """A number without what spreadsheets and exports put around it: `="+1…"`, `'+1…`, and the `.0` of a decimal."""
    # Copied from an address book a number has marks of direction around it, which nobody sees.
    number = bare(bare(cell).removeprefix("=").strip("\"'"))
    decimal = _ZEROS.fullmatch(number)
    return decimal[1] if decimal else number


def numbers_in(cell: str) -> list[str]:
    """The numbers of a cell: Google writes `:::` between them, or line ends; people also commas, where they are all
    like numbers.
    """
    found = list[str]()
    for piece in _BETWEEN_ANY.split(cell[:_LONGEST]):
        parts = [part for each in _BETWEEN_NUMBERS.split(piece) if (part := each.strip())]
        found += parts if all(map(_is_one, parts)) else [piece.strip()]
    return found


def is_like_a_number(cell: str) -> bool:
    """Whether a cell looks like one phone number or several, rather than like a date, a price or a name."""
    found = numbers_in(cell)
    return bool(found) and all(map(_is_one, found))


def number_columns(titles: Sequence[str], columns: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Which columns hold numbers, in their order: those called so, or else those that do.

    Args:
        titles: of each column; "" where it has none.
        columns: some cells of each.
    """
    called, like = list[int](), list[int]()
    for index, (title, cells) in enumerate(zip(titles, columns, strict=True)):
        filled = [cell for cell in cells if cell.strip()]
        count = sum(map(is_like_a_number, filled))
        if not count or (title and _NO_NUMBER_TITLE.search(title)):
            continue
        if title and _NUMBER_TITLE.search(title):
            called.append(index)
        elif count * 2 > len(filled):
            like.append(index)
    return tuple(called or like)


def is_of_a_pocket(title: str) -> bool:
    """Whether a column is called as if its numbers were of mobile phones, or to write to."""
    return _OF_A_POCKET.search(title) is not None


def share_with_code(cells: Sequence[str]) -> float:
    """Which share of the filled cells say of what country their number is: `+`, `00`, a channel; 0 of none."""
    filled = [bare_number(cell[:_LONGEST]) for cell in cells if cell.strip()]
    coded = sum(1 for cell in filled if is_like_a_number(cell) and ("+" in cell or cell.startswith("00")))
    return coded / len(filled) if filled else 0.0


def _is_one(cell: str) -> bool:
    if is_rounded(cell):
        return True
    number = bare_number(cell)
    digits = sum(map(str.isdecimal, number))
    return (
        _LIKE_A_NUMBER.fullmatch(number) is not None
        and _FEWEST_DIGITS <= digits <= _MOST_DIGITS
        and _DATE.fullmatch(number) is None
        and _DECIMAL.fullmatch(number) is None
    )
