"""Pairs as lines of text: one line a pair, in order, repeats kept, a line switched off by `#`.

Text is the editor that everybody knows: it is filled by keyboard alone, many lines are pasted at once, and
lines are moved by cutting. A name or a value that a line cannot hold plainly is written as a JSON string.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from tui.twilio.errors import InvalidRequest
from tui.twilio.raw_request import FilePart

Pair = tuple[str, str]


def read_pairs(text: str, *, field: str, separators: str = "=") -> tuple[Pair, ...]:
    """The pairs of the lines that are switched on.

    Args:
        text: the lines.
        field: the input's name, for refusals.
        separators: characters that may stand between name and value; the first one in a line counts.

    Raises:
        InvalidRequest: a line without a separator or a name; the sentence names the line.
    """
    pairs: list[Pair] = []
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.strip()
        if line and not line.startswith("#"):
            pairs.append(_read_line(line, number, field, separators))
    return tuple(pairs)


def write_pairs(pairs: Iterable[Pair], *, separator: str = "=") -> str:
    """Lines that `read_pairs` reads back as the same pairs."""
    space = " " if separator == ":" else ""
    return "\n".join(f"{_quoted(name, separator)}{separator}{space}{_quoted(value, '')}" for name, value in pairs)


def read_parts(text: str, *, field: str = "Form Data") -> tuple[tuple[Pair, ...], tuple[FilePart, ...]]:
    """The fields and files of a multipart form: a value that begins with `@` is the path of a file.

    After the path, `;type=image/png` and `;filename=name.png` may follow.

    Raises:
        InvalidRequest: as `read_pairs`.
    """
    fields: list[Pair] = []
    files: list[FilePart] = []
    for name, value in read_pairs(text, field=field):
        if value.startswith("@"):
            files.append(_read_file(name, value[1:]))
        else:
            fields.append((name, value))
    return tuple(fields), tuple(files)


def write_parts(fields: Sequence[Pair], files: Sequence[FilePart]) -> str:
    """Lines that `read_parts` reads back."""
    lines = [write_pairs(fields)] if fields else []
    for part in files:
        more = (f";filename={part.filename}" if part.filename else "") + (
            f";type={part.content_type}" if part.content_type else ""
        )
        lines.append(write_pairs([(part.key, f"@{part.path}{more}")]))
    return "\n".join(lines)


def _read_line(line: str, number: int, field: str, separators: str) -> Pair:
    name, rest = _read_name(line, separators)
    if name is None or not name.strip():
        kinds = " or ".join(f"name{each}value" for each in separators)
        raise InvalidRequest(
            field, f"Line {number} holds no name and value.", f"Write {kinds}, or # before it to switch it off."
        )
    return name.strip() if not line.startswith('"') else name, _unquoted(rest.strip())


def _read_name(line: str, separators: str) -> tuple[str | None, str]:
    if line.startswith('"'):
        try:
            name, end = json.JSONDecoder().raw_decode(line)
        except ValueError:
            name, end = None, 0
        rest = line[end:].lstrip()
        if isinstance(name, str) and rest[:1] and rest[0] in separators:
            return name, rest[1:]
    at = min((place for place in (line.find(each) for each in separators) if place >= 0), default=-1)
    return (None, "") if at < 0 else (line[:at], line[at + 1 :])


def _read_file(name: str, text: str) -> FilePart:
    path, *options = text.split(";")
    told = {name: value for name, _, value in (option.strip().partition("=") for option in options)}
    return FilePart(name, path.strip(), told.get("filename") or None, told.get("type") or None)


def _quoted(text: str, separator: str) -> str:
    plain = text == text.strip() and text.isprintable() and not text.startswith(("#", '"'))
    if plain and (not separator or (text and separator not in text)):
        return text
    return json.dumps(text)


def _unquoted(text: str) -> str:
    if not (len(text) > 1 and text[0] == text[-1] == '"'):
        return text
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str) else text
