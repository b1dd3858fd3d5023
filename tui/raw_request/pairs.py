"""Read and write pairs as lines of text: one line a pair, in order, repeats kept, a line switched off by `#`.

What a line cannot hold plainly is written as a JSON string, and only what was written so is unquoted: the quotes of
`If-Match: "abc"` belong to the value.

In a multipart form a value that begins with `@` is the path of a file, written as curl's `-F` has it:
`key=@path;type=image/png;filename=name.png`, each part between quotes where it holds a `;`, a quote or what cannot
be seen. Between quotes a backslash stands before a quote or a backslash, and `\\uXXXX` for a character by its number.
A text that begins with `@` is quoted as a whole: `key="@home"`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from tui.raw_request.model import FILES, FORM, FilePart
from tui.twilio.errors import InvalidRequest

Pair = tuple[str, str]

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r'\\(?:(["\\])|u([0-9a-fA-F]{4})|U(00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}))')
_MORE = re.compile(r"\s*;\s*(type|filename|headers|encoder)=")
"""What may follow a path or what follows it; of anything else a `;` is a part (a type's charset, a name)."""


def read_pairs(text: str, *, field: str, separators: str = "=") -> tuple[Pair, ...]:
    """The pairs of the lines that are switched on; an empty name is a name.

    Args:
        text: the lines.
        field: the input's name, for errors.
        separators: characters that may stand between name and value; the first one in a line counts.

    Raises:
        InvalidRequest: a line without a separator; the sentence names the line.
    """
    return tuple((name, _read_value(value)) for _, name, value in _lines(text, field, separators))


def write_pairs(pairs: Iterable[Pair], *, separator: str = "=") -> str:
    """Lines that `read_pairs` reads back as the same pairs; with `:` they may be read with either separator."""
    space, separators = (" ", ":=") if separator == ":" else ("", separator)
    return "\n".join(f"{_write_name(name, separators)}{separator}{space}{_write_value(value)}" for name, value in pairs)


def read_parts(text: str) -> tuple[tuple[Pair, ...], tuple[FilePart, ...]]:
    """The fields and the files of a multipart form, each in order.

    Raises:
        InvalidRequest: as `read_pairs`, and where what follows a path cannot be read.
    """
    fields: list[Pair] = []
    files: list[FilePart] = []
    for number, name, value in _lines(text, FORM, "="):
        if value.startswith("@"):
            files.append(_read_file(name, value[1:], number))
        else:
            fields.append((name, _read_value(value, "@")))
    return tuple(fields), tuple(files)


def write_parts(fields: Iterable[Pair], files: Sequence[FilePart]) -> str:
    """Lines that `read_parts` reads back as the same fields and files."""
    lines = [f"{_write_name(name, '=')}={_write_value(value, '@')}" for name, value in fields]
    for part in files:
        path = str(part.path)
        line = f"{_write_name(part.key, '=')}=@{_write_word(path, ';' in path)}"
        if part.content_type:
            line += f";type={_write_word(part.content_type, _MORE.search(part.content_type) is not None)}"
        if part.filename:
            line += f";filename={_write_word(part.filename, ';' in part.filename)}"
        lines.append(line)
    return "\n".join(lines)


def switched_on(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are switched on, each with its number."""
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.strip()
        if line and not line.startswith("#"):
            yield number, line


def map_lines(text: str, change: Callable[[str], str], *, off: bool = True) -> str:
    """The lines, each changed without the blanks around it; one that stays alike stays as typed.

    Those that are switched off keep their `#` and are changed without it, or with `off` False not at all.
    """
    return "\n".join(_changed(line, change, off) for line in text.split("\n"))


def map_values(
    text: str, change: Callable[[str], str], *, separators: str = "=", parts: bool = False, off: bool = True
) -> str:
    """The lines with the value of each pair changed; of a multipart form (`parts`) the files stay. As `map_lines`."""

    def changed(line: str) -> str:
        _, at = name_of(line, separators)
        typed, marks = line[at + 1 :].strip(), "@" if parts else ""
        if at < 0 or (parts and typed.startswith("@")):
            return line
        value = _read_value(typed, marks)
        new = change(value)
        gap = " " if line[at + 1 : at + 2] == " " else ""
        return line if new == value else f"{line[: at + 1]}{gap}{_write_value(new, marks)}"

    return map_lines(text, changed, off=off)


def _changed(line: str, change: Callable[[str], str], off: bool) -> str:
    bare = line.strip()
    sign = bare[: len(bare) - len(bare.lstrip("# \t"))] if bare.startswith("#") else ""
    if sign and not off:
        return line
    rest = bare.removeprefix(sign)
    changed = change(rest)
    return line if changed == rest else f"{sign}{changed}"


def _lines(text: str, field: str, separators: str) -> Iterator[tuple[int, str, str]]:
    """The number, the name and the value, still quoted, of each line that is switched on."""
    for number, line in switched_on(text):
        name, at = name_of(line, separators)
        if at < 0:
            kinds = " or ".join(f"name{each}value" for each in separators)
            reason = f"Line {number} holds no name and value."
            remedy = f'Write {kinds}, or # before it to switch it off; a line end inside a value as "a\\nb".'
            raise InvalidRequest(field, reason, remedy)
        yield number, name, line[at + 1 :].strip()


def name_of(line: str, separators: str) -> tuple[str, int]:
    """The name that a line begins with, and where the separator after it stands, -1 without one."""
    if line.startswith('"'):
        try:
            name, end = json.JSONDecoder().raw_decode(line)
        except ValueError:
            name, end = None, 0
        at = len(line) - len(line[end:].lstrip())
        if isinstance(name, str) and line[at : at + 1] and line[at] in separators:
            return name, at
    at = min((place for place in map(line.find, separators) if place >= 0), default=-1)
    return line[: max(at, 0)].strip(), at


def _write_name(name: str, separators: str) -> str:
    plain = _is_bare(name) and not name.startswith(("#", '"')) and not any(each in name for each in separators)
    return name if plain else _quoted(name)


def _write_value(value: str, marks: str = "") -> str:
    return _quoted(value) if _needs_quotes(value, marks) else value


def _read_value(text: str, marks: str = "") -> str:
    inner = unquoted(text)
    return text if inner is None or not _needs_quotes(inner, marks) else inner


def _needs_quotes(value: str, marks: str) -> bool:
    """Whether a value would be trimmed, cannot be seen, begins with a mark, or looks like a quoted one itself."""
    if not _is_bare(value) or (marks and value.startswith(tuple(marks))):
        return True
    inner = unquoted(value)
    return inner is not None and _needs_quotes(inner, marks)


def _is_bare(text: str) -> bool:
    return text == text.strip() and text.isprintable()


def _quoted(text: str) -> str:
    # Half a surrogate pair stays as it is: beside its other half its escape would be read as one character.
    written = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() or "\ud800" <= c <= "\udfff" else json.dumps(c)[1:-1] for c in written)


def unquoted(text: str) -> str | None:
    """The text of a JSON string; None when it is none."""
    if not (len(text) > 1 and text[0] == text[-1] == '"'):
        return None
    try:
        value: object = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def _read_file(key: str, text: str, line: int) -> FilePart:
    path, rest = _read_word(text)
    more: dict[str, str] = {}
    while rest:
        found = _MORE.match(rest)
        if found is None or found[1] in ("headers", "encoder"):
            reason = f"Line {line}: after the path of “{key}” stands what cannot be sent, “{rest.strip()}”."
            raise InvalidRequest(FILES, reason, "Write ;type= or ;filename= there, or the whole path between quotes.")
        more[found[1]], rest = _read_word(rest[found.end() :])
    return FilePart(key, path, more.get("filename") or None, more.get("type") or None)


def _read_word(text: str) -> tuple[str, str]:
    """A path, a type or a name, and what follows it."""
    text = text.strip()
    quoted = _WORD.match(text)
    if quoted is not None:
        word = _ESCAPED.sub(lambda it: it[1] or chr(int(it[2] or it[3], 16)), quoted[1])
        return word, text[quoted.end() :].strip()
    stop = _MORE.search(text)
    return (text, "") if stop is None else (text[: stop.start()], text[stop.start() :])


def _write_word(text: str, ambiguous: bool) -> str:
    if _is_bare(text) and not text.startswith('"') and not ambiguous:
        return text
    written = re.sub(r'(["\\])', r"\\\1", text)
    return '"' + "".join(c if c.isprintable() else _by_number(c) for c in written) + '"'


def _by_number(char: str) -> str:
    return f"\\u{ord(char):04x}" if char <= "\uffff" else f"\\U{ord(char):08x}"
