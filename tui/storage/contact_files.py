"""Files of other programs with people's names and numbers: CSV of any spreadsheet, and vCard 2.1, 3.0 and 4.0.

Pure, from bytes to texts: what a number is, is known elsewhere. Whatever the bytes are, nothing but `ContactsUnread` is
raised, and what is given back is bounded. For vCard no library was found that is small, kept up and reads 2.1: three
properties of it are needed.

Sources: RFC 4180; vCard 2.1 (versit), RFC 2426 (3.0), RFC 6350 (4.0).
"""

from __future__ import annotations

import codecs
import csv
import io
import quopri
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from tui.storage.errors import StorageError

LARGEST_FILE: Final = 64 * 1024 * 1024
"""Bytes; address books hold pictures."""

MOST_FOUND: Final = 50_000
"""Numbers with their names that one file gives."""

ENDINGS: Final = (".csv", ".tsv", ".txt", ".vcf", ".vcard")

_LONGEST: Final = 500
"""Characters of a name or a number that are looked at."""

_SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs"}
_SAMPLE: Final = 50
"""Rows by which a table is understood."""

_MOST_COLUMNS: Final = 500

_LONGEST_ROW: Final = 1_000_000
"""Characters of one row of a table; spreadsheets hold 32,767 in a cell."""

_MOST_LINES: Final = 2_000_000
"""Lines of a file; pictures in vCards have 75 characters a line."""

_PIECE: Final = 128 * 1024
"""Bytes that are decoded in one go. Other threads, the one that draws among them, have no turn until one call that is
written in C is done: nothing here goes over a whole file, or a line of any length, in one."""


class ContactsUnread(StorageError):
    """A file holds nothing that can be read as names and numbers."""


@dataclass(frozen=True, slots=True)
class FoundContact:
    """A name with a number as a file has them.

    Attributes:
        line: of the file, from 1; of a vCard where the number stands.
    """

    line: int
    name: str
    number: str


@dataclass(frozen=True, slots=True)
class CardFile:
    """What a vCard file holds; `cut` where it holds more than `MOST_FOUND`."""

    found: tuple[FoundContact, ...]
    cut: bool = False


@dataclass(frozen=True, slots=True)
class TableFile:
    """What a CSV file holds.

    Attributes:
        rows: line and cells of each row, without the header and empty ones.
        titles: what each column is called: its header, or else its letter and what stands first in it.
        names: the choices of columns that make a name, the likeliest first, each some columns.
        numbers: the choices of columns that hold numbers, likewise.
        said: how it was read, in words.
        cut: whether it has more rows than are read.
    """

    rows: tuple[tuple[int, tuple[str, ...]], ...]
    titles: tuple[str, ...]
    names: tuple[tuple[int, ...], ...]
    numbers: tuple[tuple[int, ...], ...]
    said: str
    cut: bool = False

    def found(self, names: Sequence[int], numbers: Sequence[int]) -> Iterator[FoundContact]:
        """A name and a number for each number in these columns."""
        for line, cells in self.rows:
            name = " ".join(cells[each].strip() for each in names if each < len(cells) and cells[each].strip())
            for each in numbers:
                # Google has several of one kind in one cell.
                for number in re.split(r":::|[\r\n]+", cells[each] if each < len(cells) else ""):
                    if number.strip():
                        yield FoundContact(line, name[:_LONGEST], number.strip()[:_LONGEST])


def read_contacts_file(data: bytes) -> CardFile | TableFile:
    """What a file of contacts holds.

    Raises:
        ContactsUnread: it is neither vCard nor a table.
    """
    text, encoding = _decode(data)
    if re.match(r"\s*BEGIN:VCARD\b", text[:_LONGEST], re.IGNORECASE):
        return _read_cards(text)
    return _read_table(text, encoding)


def _decode(data: bytes) -> tuple[str, str]:
    """The text, and which encoding that was: what its mark says, else UTF-8, else what Windows uses in the West."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return _decoded(data[len(mark) :], name, "replace"), name.upper().removesuffix("-LE").removesuffix("-BE")
    # Without a mark every other byte of a Western text is nothing.
    for name, nothing in (("utf-16-le", data[1:2000:2]), ("utf-16-be", data[0:2000:2])):
        if len(nothing) > 1 and nothing.count(0) > len(nothing) * 0.6:
            return _decoded(data, name, "replace"), "UTF-16"
    if data.count(0, 0, 10_000) > 0:
        raise ContactsUnread(
            "This is no text: perhaps a spreadsheet itself (.xlsx).",
            "Save it as CSV or export a vCard, then choose that.",
        )
    try:
        return _decoded(data, "utf-8", "strict"), "UTF-8"
    except UnicodeDecodeError:
        # Five bytes mean nothing in cp1252.
        return _decoded(data, "cp1252", "replace"), "Windows-1252 (Latin-1)"


def _decoded(data: bytes, encoding: str, errors: str) -> str:
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    pieces = [decoder.decode(data[place : place + _PIECE]) for place in range(0, len(data), _PIECE)]
    return "".join([*pieces, decoder.decode(b"", final=True)])


def _lines(text: str, longest: int) -> Iterator[tuple[int, str]]:
    """The lines with their numbers from 1, the ends of any system taken off; of a longer one a little over `longest`.

    Raises:
        ContactsUnread: there are more than any such file has.
    """
    begin_of = re.compile(rf"([^\r\n]{{0,{longest + 1}}})(\r\n?|\n)?")
    place, number = 0, 0
    while place < len(text):
        number += 1
        if number > _MOST_LINES:
            raise ContactsUnread(f"This file has more than {_MOST_LINES:,} lines.", "Choose another file.")
        found = begin_of.match(text, place)
        assert found is not None
        yield number, found[1]
        place = found.end()
        while found is not None and not found[2] and place < len(text):
            # What is left of it: a bounded piece at a time as well.
            found = begin_of.match(text, place)
            place = found.end() if found is not None else len(text)


# -- CSV -------------------------------------------------------------------------------------------------

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
_NUMBER_TITLE: Final = re.compile(
    r"phone|mobile|cell|\btel|telephone|telefon|handy|mobil\b|msisdn|whatsapp|\bsms\b|^number$|^to$|^address$|nummer$",
    re.IGNORECASE,
)
_NO_NUMBER_TITLE: Final = re.compile(
    r"\b(type|label|fax|pager|telex|id|zip|postal|code|street|date|birthday|account|order|extension)\b", re.IGNORECASE
)
_LIKE_A_NUMBER: Final = re.compile(r"['=\"]*\+?[\d(][\d\s()./\-\u2010-\u2015]{5,24}['\"]*(?:\.0)?")
_ROUNDED: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)


def is_rounded(number: str) -> bool:
    """Whether this is how a spreadsheet writes a number for which a column was too narrow: `1.41556E+10`."""
    return _ROUNDED.fullmatch(number.strip("'\"= ")) is not None


def _is_like_a_number(cell: str) -> bool:
    return all(_LIKE_A_NUMBER.fullmatch(each.strip()) is not None or is_rounded(each) for each in cell.split(":::")[:5])


def _read_table(text: str, encoding: str) -> TableFile:
    first, _, rest = text.partition("\n")
    told = re.fullmatch(r"sep=([^\r\"])\r?", first.strip('\ufeff"')) if len(first) < 10 else None
    skipped = 1 if told else 0
    body = rest if told else text
    separator = told[1] if told else _separator(body)
    rows, cut = _rows(body, separator, skipped)
    if not rows:
        raise ContactsUnread("There is no row in this file.", "Choose another file.")
    sample = [cells for _, cells in rows[: _SAMPLE + 1]]
    header = _has_header(sample)
    head = sample[0] if header else ()
    rows = rows[1:] if header else rows
    width = min(_MOST_COLUMNS, max(len(cells) for cells in sample))
    columns = [[cells[each].strip() for cells in sample[header:] if each < len(cells)] for each in range(width)]
    titles = tuple(_title(each, head, columns[each], named=bool(header)) for each in range(width))
    numbers = [each for each in range(width) if _holds_numbers(titles[each] if header else "", columns[each])]
    names = _name_choices(titles if header else (), columns, numbers)
    if not numbers and width:
        numbers = [each for each in range(width) if (each,) not in names[:1]]
    if not rows or not names or not numbers:
        raise ContactsUnread(
            "There are no two columns, one of names and one of numbers.", "Write a row for each: Maya;+14155550123."
        )
    several = [tuple(numbers)] if len(numbers) > 1 else []
    others = [(each,) for each in range(width) if each not in numbers]
    said = f"{encoding}, {_SEPARATORS.get(separator, separator)}, {'with' if header else 'without'} a header"
    every = (*several, *((each,) for each in numbers), *others)
    return TableFile(tuple(rows), titles, tuple(names), every, said, cut)


def _rows(text: str, separator: str, skipped: int) -> tuple[list[tuple[int, tuple[str, ...]]], bool]:
    """Line and cells of each row that is not empty; a quote that is never closed ends at the largest cell there is."""
    rows: list[tuple[int, tuple[str, ...]]] = []
    line, size = skipped + 1, 0

    def lines() -> Iterator[str]:
        nonlocal size
        for _, content in _lines(text, _LONGEST_ROW):
            size += len(content) + 1
            if size > _LONGEST_ROW:
                raise ContactsUnread(f"Line {line:,} begins a row that does not end.", "Choose another file.")
            # NUL is none of csv's.
            yield content.replace("\0", "") + "\n"

    reader = csv.reader(lines(), delimiter=separator)
    while True:
        size = 0
        try:
            cells = next(reader)
        except StopIteration:
            return rows, False
        except csv.Error:
            raise ContactsUnread(
                f"Line {line:,} begins a text in quotes that does not end.",
                "Mend the quotes there, and import it again.",
            ) from None
        if any(map(str.strip, cells)):
            rows.append((line, tuple(cells[:_MOST_COLUMNS])))
        if len(rows) > MOST_FOUND:
            return rows[:MOST_FOUND], True
        line = reader.line_num + skipped + 1


def _separator(text: str) -> str:
    """What parts most rows of the beginning into one and the same number of cells, two or more."""
    sample = list(islice(io.StringIO(text[:50_000], newline=None), _SAMPLE))
    best, most = ",", (0, 0)
    for each in _SEPARATORS:
        try:
            widths = Counter(len(cells) for cells in csv.reader(sample, delimiter=each) if any(cells))
        except csv.Error:
            continue
        width, count = max(widths.items(), key=lambda entry: (entry[1], entry[0]), default=(1, 0))
        if width > 1 and (count, width) > most:
            best, most = each, (count, width)
    return best


def _has_header(sample: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names what the others hold: it has no number, and they do."""
    first = [cell for cell in sample[0] if cell.strip()]
    return (
        len(sample) > 1
        and not any(_is_like_a_number(cell) for cell in first)
        and not any(sum(each.isdecimal() for each in cell) >= 6 for cell in first)
    )


def _title(column: int, head: Sequence[str], cells: Sequence[str], *, named: bool) -> str:
    title = head[column].strip() if named and column < len(head) else ""
    if title:
        return title[:60]
    letter = chr(ord("A") + column) if column < 26 else f"{column + 1}"
    return f"{letter} ({next((cell for cell in cells if cell), 'empty')[:20]})"


def _holds_numbers(title: str, cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    like = sum(map(_is_like_a_number, filled))
    if title and _NO_NUMBER_TITLE.search(title):
        return False
    if title and _NUMBER_TITLE.search(title):
        return like > 0
    return bool(filled) and like * 2 > len(filled) and not title


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


def _read_cards(text: str) -> CardFile:
    found: list[FoundContact] = []
    cards: list[_Card] = []
    for line, content in _unfolded(text):
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


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Each property on one line, with the number of its first one."""
    begun, parts, size, soft = 0, list[str](), 0, False
    for line, each in _lines(text, _LONGEST_LINE):
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
