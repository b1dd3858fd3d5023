"""Texts with `{placeholders}`: which columns they name, and what a row makes of them. Pure.

`{name}` stands for the value of the column "name", whatever its case and blanks; `{{` and `}}` stand for braces. Values
are put in once, without blanks around them: one that has braces itself stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from tui.safe_text import is_unseen
from tui.storage.nearest import nearest
from tui.storage.table_layout import column_key

_TOKENS: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_DOUBLED: Final = re.compile(r"(?<!\{)\{\{([^{}]+)\}\}(?!\})")
"""Not a placeholder here, but one in Twilio's templates and most programs that send mail."""

_LINE_ENDS: Final = re.compile(r"\r\n?")
_MOST_SAID: Final = 8
"""Columns that are listed."""

_LONGEST_SAID: Final = 40
"""Characters of a name in a sentence."""


class PlaceholderError(ValueError):
    """A text whose placeholders cannot be read, or name no column.

    Attributes:
        place: the character of the text at which it goes wrong, from 0.
        reason: a sentence: what is wrong (may hold foreign text).
        remedy: a sentence: what to write instead.
    """

    def __init__(self, place: int, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} {remedy}")
        self.place, self.reason, self.remedy = place, reason, remedy


@dataclass(frozen=True, slots=True)
class Missing:
    """The columns that a text names and a row has no value for, by their titles."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        names = ", ".join(f"“{_short(each)}”" for each in self.names)
        return f"There is no value for {names}."


@dataclass(frozen=True, slots=True)
class _Placeholder:
    name: str
    place: int


class Template:
    """A text that was read.

    Attributes:
        text: as it was written.
        names: the placeholders, each once, as they are written.

    Raises:
        PlaceholderError: a brace stands alone, or nothing in braces.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts: list[str | _Placeholder] = []
        place = 0
        for token in _TOKENS.finditer(text):
            self._parts.append(text[place : token.start()])
            place = token.end()
            if token[0] in ("{{", "}}"):
                self._parts.append(token[0][0])
            elif token[1] is None:
                raise _stray(text, token.start())
            elif not column_key(token[1]):
                remedy = "Write the name of a column between them, or {{ and }} for braces."
                raise PlaceholderError(token.start(), f"Nothing stands between the braces {_at(text, place)}.", remedy)
            else:
                self._parts.append(_Placeholder(token[1].strip(), token.start()))
        self._parts.append(text[place:])
        found = dict[str, str]()
        for part in self._parts:
            if isinstance(part, _Placeholder):
                found.setdefault(column_key(part.name), part.name)
        self.names = tuple(found.values())

    def bound(self, columns: Sequence[str], *, url: bool = False) -> BoundTemplate:
        """The text for the rows of a table with these columns.

        Args:
            columns: their titles.
            url: whether the text is a URL: values in it are percent-encoded, but for one that it begins with.

        Raises:
            PlaceholderError: it names a column that there is none of; says the nearest.
        """
        known = {column_key(title): index for index, title in reversed(list(enumerate(columns)))}
        for doubled in _DOUBLED.finditer(self.text):
            if column_key(doubled[1]) in known:
                name = _short(doubled[1].strip())
                reason = f"“{{{{{name}}}}}” would be sent as it stands, with braces around the word."
                raise PlaceholderError(doubled.start(), reason, f"Write {{{name}}} for the value of the column.")
        parts = list[str | int]()
        for part in self._parts:
            if isinstance(part, str):
                parts.append(part)
            elif (index := known.get(column_key(part.name))) is None:
                raise _unknown(part, columns)
            else:
                parts.append(index)
        return BoundTemplate([part for part in parts if part != ""], columns, url=url)


class BoundTemplate:
    """A text of which it is known which cell each placeholder stands for; made by `Template.bound`."""

    def __init__(self, parts: Sequence[str | int], columns: Sequence[str], *, url: bool) -> None:
        self._parts, self._columns, self._url = parts, columns, url
        self._used = tuple(dict.fromkeys(part for part in parts if isinstance(part, int)))

    def fill(self, cells: Sequence[str]) -> str | Missing:
        """What a row makes of the text; which values it lacks, where it lacks some."""
        missing = [self._columns[each] for each in self._used if each >= len(cells) or _is_empty(cells[each])]
        if missing:
            return Missing(tuple(missing))
        filled = (
            part if isinstance(part, str) else self._value(cells[part], first=place == 0)
            for place, part in enumerate(self._parts)
        )
        return "".join(filled)

    def _value(self, cell: str, *, first: bool) -> str:
        value = cell.strip()
        if self._url:
            # What a URL begins with is one itself, with its own scheme and host.
            return value if first else quote(value, safe="", errors="replace")
        return _LINE_ENDS.sub("\n", value) if "\r" in value else value


def escape(text: str) -> str:
    """The text as it is written so that it has no placeholders: each brace twice."""
    return text.replace("{", "{{").replace("}", "}}")


def _is_empty(cell: str) -> bool:
    return all(map(is_unseen, cell))


def _stray(text: str, place: int) -> PlaceholderError:
    brace = text[place]
    where = f"The {brace} {_at(text, place)}"
    if brace == "{":
        reason = f"{where} is not closed."
        remedy = "Close it behind the name of a column, or write {{ if a brace is meant."
    else:
        reason = f"{where} closes nothing."
        remedy = "Write }} if a brace is meant."
    return PlaceholderError(place, reason, remedy)


def _unknown(placeholder: _Placeholder, columns: Sequence[str]) -> PlaceholderError:
    meant = nearest(placeholder.name, columns, {})
    reason = f"There is no column “{_short(placeholder.name)}”."
    listed = ", ".join(f"“{_short(each)}”" for each in columns[:_MOST_SAID])
    more = ", …" if len(columns) > _MOST_SAID else ""
    remedy = f"Is {{{_short(meant)}}} meant?" if meant else f"The columns are {listed}{more}; {{{{ stands for a brace."
    return PlaceholderError(placeholder.place, reason, remedy)


def _at(text: str, place: int) -> str:
    line = text.count("\n", 0, place) + 1
    character = place - (text.rfind("\n", 0, place) + 1) + 1
    return f"at character {character}" if "\n" not in text else f"in line {line}, character {character},"


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_SAID else f"{name[: _LONGEST_SAID - 1]}…"
