"""How a table is laid out, by its first rows: what separates its cells, whether it has titles, what columns are called.

Pure, and over a few rows only.
"""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Final

from tui.storage.number_cells import is_like_a_number

SEPARATORS: Final = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars"}
"""What separates cells, the likeliest first where all else is equal, and its name."""

_MOST_LOOKED_AT: Final = 50
"""Cells of a row."""

_MOST_OF_A_LINE: Final = 10_000
_MANY_DIGITS: Final = 6
_LONGEST_TITLE: Final = 200
_NO_BRACES: Final = {ord("{"): None, ord("}"): None}


def column_key(title: str) -> str:
    """What a column is known by: its title without case and blanks. "First name" is `firstname`."""
    # Some systems write an é as two characters.
    folded = unicodedata.normalize("NFKC", title).casefold()
    return "".join(folded.split())


def column_letter(index: int) -> str:
    """What a spreadsheet calls a column, from 0: A to Z, AA and so on."""
    before, last = divmod(index, 26)
    return (column_letter(before - 1) if before else "") + chr(ord("A") + last)


def find_separator(sample: Sequence[str]) -> str:
    """What the quotes hold with, what sets numbers apart in most rows, and else what parts most of them into one and
    the same number of cells.

    Args:
        sample: the first lines, with their ends; the last row may be cut.
    """
    best, most = ",", (False, 0, 0, 0)
    begun = [line[:_MOST_OF_A_LINE] for line in sample]
    for each in SEPARATORS:
        rows, holds = _part(begun, each)
        width, count = max(Counter(map(len, rows)).items(), key=lambda entry: (entry[1], entry[0]), default=(1, 0))
        like = sum(1 for cells in rows if any(map(is_like_a_number, cells[:_MOST_LOOKED_AT])))
        if width > 1 and (holds, like, count, width) > most:
            best, most = each, (holds, like, count, width)
    return best


def _part(sample: Sequence[str], separator: str) -> tuple[list[list[str]], bool]:
    """The rows up to where quotes do not hold, and whether they do."""
    rows = list[list[str]]()
    try:
        for cells in csv.reader(sample, delimiter=separator, strict=True):
            if any(cells):
                rows.append(cells)
    except csv.Error as problem:
        return rows, "expected after" not in str(problem)
    return rows, True


def is_caption(sample: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is a text over the titles, as Numbers writes the name of a table."""
    first, titles, row = ([cell for cell in cells if cell.strip()] for cells in (*sample[:3], (), (), ())[:3])
    return (
        len(first) == 1
        and len(titles) > 1
        and len(row) > 1
        and not any(map(is_like_a_number, (*first, *titles)))
        and any(map(is_like_a_number, row))
    )


def has_header(sample: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names what the others hold: it has no number, and nothing else with as many digits."""
    first = [cell for cell in sample[0] if cell.strip()]
    return (
        len(sample) > 1
        and not any(map(is_like_a_number, first))
        and not any(sum(map(str.isdecimal, cell)) >= _MANY_DIGITS for cell in first)
    )


def name_columns(titles: Sequence[str], width: int) -> tuple[str, ...]:
    """What each column is called: no two alike, none by nothing, and none with braces, so that each can be written as a
    `{placeholder}`.
    """
    taken = dict[str, str]()
    for index in range(width):
        written = titles[index].translate(_NO_BRACES) if index < len(titles) else ""
        title = " ".join(written.split())[:_LONGEST_TITLE]
        title = name = title if column_key(title) else column_letter(index)
        count = 1
        while column_key(name) in taken:
            count += 1
            name = f"{title} ({count})"
        taken[column_key(name)] = name
    return tuple(taken.values())
