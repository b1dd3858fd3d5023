"""Files of other programs with people's names and numbers: CSV of any spreadsheet, and vCard 2.1, 3.0 and 4.0.

Pure, from bytes to texts: what a number is, is known elsewhere, and how a table is read in `spreadsheets`. Whatever the
bytes are, nothing but `ContactsUnread` is raised, and what is given back is bounded. For vCard no library was found
that is small, kept up and reads 2.1: three properties of it are needed.

Sources: vCard 2.1 (versit), RFC 2426 (3.0), RFC 6350 (4.0).
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from tui.storage.errors import StorageError
from tui.storage.number_cells import number_columns, numbers_in
from tui.storage.spreadsheets import TABLE_ENDINGS, Table, column_letter, read_table
from tui.storage.text_decoding import TextUnread, decoded, find_encoding, lines

MOST_FOUND: Final = 50_000
"""Numbers with their names that one file gives."""

ENDINGS: Final = (*TABLE_ENDINGS, ".vcf", ".vcard")

_LONGEST: Final = 500
"""Characters of a name or a number that are looked at."""


class ContactsUnread(StorageError):
    """A file holds nothing that can be read as names and numbers."""


@dataclass(frozen=True, slots=True)
class FoundContact:
    """A name with a number as a file has them.

    Attributes:
        line: of the file, from 1; of a vCard where the number stands.
        flaw: a sentence on why its row is not to be trusted (`TableRow`); "" for nothing.
    """

    line: int
    name: str
    number: str
    flaw: str = ""


@dataclass(frozen=True, slots=True)
class CardFile:
    """What a vCard file holds; `cut` where it holds more than `MOST_FOUND`."""

    found: tuple[FoundContact, ...]
    cut: bool = False


@dataclass(frozen=True, slots=True)
class TableFile:
    """What a CSV file holds.

    Attributes:
        table: all of it; `cut` where it has more than `MOST_FOUND` rows.
        titles: what each column is called: its title, or else its letter and what stands first in it.
        names: the choices of columns that make a name, the likeliest first, each some columns.
        numbers: the choices of columns that hold numbers, likewise.
    """

    table: Table
    titles: tuple[str, ...]
    names: tuple[tuple[int, ...], ...]
    numbers: tuple[tuple[int, ...], ...]

    def found(self, names: Sequence[int], numbers: Sequence[int]) -> Iterator[FoundContact]:
        """A name and a number for each number in these columns; of a row with a flaw one, whatever it holds."""
        for row in self.table.rows:
            name = " ".join(row.cells[each].strip() for each in names if row.cells[each].strip())[:_LONGEST]
            found = [number for each in numbers for number in numbers_in(row.cells[each])]
            if row.flaw:
                yield FoundContact(row.line, name, found[0] if found else "", row.flaw)
            else:
                yield from (FoundContact(row.line, name, number) for number in found)


def read_contacts_file(data: bytes) -> CardFile | TableFile:
    """What a file of contacts holds.

    Raises:
        ContactsUnread: it is neither vCard nor a table.
    """
    try:
        # Cards of one file may be in several encodings.
        pieces = decoded(data, find_encoding(data), strict=False)
        first = next(pieces, "")
        if re.match(r"\s*BEGIN:VCARD\b", first[:_LONGEST], re.IGNORECASE):
            return _read_cards(chain((first,), pieces))
        return _names_and_numbers(read_table(data, most=MOST_FOUND, cut=True))
    except TextUnread as problem:
        raise ContactsUnread(problem.reason, problem.remedy) from None


# -- Tables ----------------------------------------------------------------------------------------------

_NAME_TITLES: Final = (
    "name",
    "full name",
    "display name",
    "contact name",
    "contact",
    "file as",
    "label",
    "nom",
    "nombre",
)
_GIVEN_TITLES: Final = ("first name", "given name", "firstname", "vorname", "prénom", "first")
_MIDDLE_TITLES: Final = ("middle name", "additional name", "middlename")
_FAMILY_TITLES: Final = ("last name", "family name", "lastname", "surname", "nachname", "last")


def _names_and_numbers(table: Table) -> TableFile:
    columns = table.sample()
    own = [_own_title(table, each) for each in range(len(columns))]
    numbers = number_columns(own, columns)
    names = _name_choices(own, columns, numbers)
    if not numbers:
        numbers = tuple(each for each in range(len(columns)) if (each,) not in names[:1])
    if not names or not numbers:
        raise ContactsUnread(
            "There are no two columns, one of names and one of numbers.", "Write a row for each: Maya;+14155550123."
        )
    several = [numbers] if len(numbers) > 1 else []
    others = [(each,) for each in range(len(columns)) if each not in numbers]
    every = (*several, *((each,) for each in numbers), *others)
    titles = tuple(title[:60] or _first_of(each, columns[each]) for each, title in enumerate(own))
    return TableFile(table, titles, tuple(names), every)


def _own_title(table: Table, column: int) -> str:
    """The title that a column has; "" where it has none and is called by its letter."""
    title = table.columns[column]
    return title if table.header and title != column_letter(column) else ""


def _first_of(column: int, cells: Sequence[str]) -> str:
    return f"{column_letter(column)} ({next((cell for cell in cells if cell), 'empty')[:20]})"


def _name_choices(
    titles: Sequence[str], columns: Sequence[Sequence[str]], numbers: Sequence[int]
) -> list[tuple[int, ...]]:
    """Columns that make a name, the likeliest first: one called so, first and last name, and any with letters."""
    small = [title.strip().lower() for title in titles]

    def called(*wanted: str) -> list[int]:
        return [small.index(each) for each in wanted if each in small][:1]

    whole, family = called(*_NAME_TITLES), called(*_FAMILY_TITLES)
    given = [*called(*_GIVEN_TITLES), *called(*_MIDDLE_TITLES)]
    lettered = [
        each
        for each, cells in enumerate(columns)
        if each not in numbers and any(letter.isalpha() for cell in cells for letter in cell[:50])
    ]
    filled = [tuple(whole)] if whole and any(columns[whole[0]]) else []
    parts = [(*given, *family)] if given and family else []
    return list(dict.fromkeys([*filled, *parts, *((each,) for each in lettered)]))


# -- vCard -----------------------------------------------------------------------------------------------

_PROPERTY: Final = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:;(?:\"[^\"]*\"|[^\":])*)?):(.*)", re.DOTALL)
_QUOTED_PRINTABLE: Final = re.compile(r"^[^:]*;(?:ENCODING=)?QUOTED-PRINTABLE[;:]", re.IGNORECASE)
_WANTED: Final = frozenset({"BEGIN", "END", "FN", "N", "ORG", "NICKNAME", "TEL"})
_DEEPEST: Final = 10
_LONGEST_LINE: Final = 10_000
"""Characters of a property that are kept: pictures are not wanted."""


@dataclass(slots=True)
class _Card:
    names: dict[str, str] = field(default_factory=dict[str, str])
    numbers: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    @property
    def name(self) -> str:
        return next((self.names[each] for each in ("FN", "N", "NICKNAME", "ORG") if self.names.get(each)), "")


def _read_cards(pieces: Iterable[str]) -> CardFile:
    found: list[FoundContact] = []
    cards: list[_Card] = []
    for line, content in _unfolded(pieces):
        matched = _PROPERTY.fullmatch(content)
        name = matched[1].upper() if matched else ""
        if matched is None or name not in _WANTED:
            continue
        if name == "BEGIN":
            # A card may hold that of an assistant.
            cards = [*cards, _Card()][-_DEEPEST:]
        elif not cards:
            continue
        elif name == "END":
            card = cards.pop()
            found += [FoundContact(at, card.name, number) for at, number in card.numbers]
            if len(found) > MOST_FOUND:
                return CardFile(tuple(found[:MOST_FOUND]), cut=True)
        else:
            _take(cards[-1], line, name, matched[2].upper(), _value(matched[2], matched[3]))
    if not found:
        raise ContactsUnread("No card in this file has a number.", "Choose another file.")
    return CardFile(tuple(found))


def _take(card: _Card, line: int, name: str, parameters: str, value: str) -> None:
    if name == "TEL":
        if re.search(r"\b(FAX|PAGER)\b", parameters) is None and value.strip():
            card.numbers.append((line, value.strip()[:_LONGEST]))
        return
    parts = [_unescaped(each).strip() for each in re.split(r"(?<!\\);", value)]
    if name == "N":
        family, given, middle = (*parts, "", "", "")[:3]
        value = " ".join(each for each in (given, middle, family) if each)
    else:
        value = " ".join(each for each in parts if each)
    card.names.setdefault(name, value[:_LONGEST])


def _unfolded(pieces: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Each property on one line, with the number of its first one."""
    begun, parts, size, soft = 0, list[str](), 0, False
    for line, whole in lines(pieces, _LONGEST_LINE):
        each = whole.rstrip("\r\n")
        if soft or (parts and each[:1] in (" ", "\t")):
            more = each if soft else each[1:]
        else:
            if parts:
                yield begun, "".join(parts)
            begun, parts, size, more = line, [], 0, each
            soft = False
        quoted = bool(soft or (not parts and _QUOTED_PRINTABLE.match(more)))
        soft = quoted and more.endswith("=")
        if size < _LONGEST_LINE:
            parts.append((more[:-1] if soft else more)[:_LONGEST_LINE])
            size += len(more)
    if parts:
        yield begun, "".join(parts)


def _value(parameters: str, value: str) -> str:
    if re.search(r";(?:ENCODING=)?QUOTED-PRINTABLE(?:;|$)", parameters, re.IGNORECASE) is None:
        return value
    data = quopri.decodestring(value.encode("utf-8", "replace"))
    charset = re.search(r"CHARSET=\"?([\w.:-]{1,40})", parameters, re.IGNORECASE)
    for name in (charset[1] if charset else "utf-8", "utf-8"):
        try:
            return data.decode(name)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return data.decode("cp1252", "replace")


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: " " if found[1] in "nN" else found[1], value, flags=re.DOTALL)
