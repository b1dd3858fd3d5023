"""connections.toml as text: bytes to tables and back. Must not know where the file is kept or who saves it.

Nothing raised here shows a line's text, a parser's message or a byte: any of them may be a secret.
"""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

import tomli_w

from tui.storage.document import SCHEMA, SECRET_FIELDS, Table, as_table, entries_of
from tui.storage.errors import ConfigUnreadable, ConfigUnwritable
from tui.storage.toml_reading import loads

if TYPE_CHECKING:
    from pathlib import Path

HEADER: Final = (
    "# The connections of tuilio, which reads and writes this file.\n"
    "# Keys it does not know are kept; comments are not, they go with the next save.\n\n"
)
_REPAIR: Final = "Mend the file in an editor, or set it aside and start with an empty one."
_POSITION: Final = re.compile(r"\(at line (\d+), column (\d+)\)")
_OTHER_ENCODINGS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_MEANINGS: Final = (
    ("Illegal character", "a text is not closed or holds a control character"),
    ("Unterminated", "a text is not closed"),
    ('Expected "', "a text is not closed"),
    ("Nested", "it is nested too deeply"),
    ("Unclosed", "a bracket is not closed"),
    ("Invalid value", "a value is not valid, texts need quotes"),
    ("Cannot", "a key or table stands there twice"),
    ("Duplicate", "a key or table stands there twice"),
    ("Expected '='", "a key is not followed by ="),
    ("Expected newline", "something stands behind a value"),
    ("Unescaped", "a backslash in a text needs doubling"),
    ("Invalid statement", "this is neither a key nor a table"),
)


def decode(data: bytes, path: Path) -> Table:
    """The tables of a file's contents; `path` is for the error only.

    Raises:
        ConfigUnreadable: not UTF-8 (a byte order mark is fine), not TOML, or a known key of the wrong type.
    """
    document = parse(data, path)
    _refuse_wrong_types(document, path)
    return document


def parse(data: bytes, path: Path) -> Table:
    """The tables of any TOML file of ours; `path` is for the error only.

    Raises:
        ConfigUnreadable: not UTF-8 (a byte order mark is fine) or not TOML, with line and column where known.
    """
    text = _decode_text(data, path)
    complaint = ""
    try:
        document = loads(text)
    except RecursionError:
        complaint, document = "Nested", None
    except ValueError as problem:  # beside its own error, tomllib lets int() refuse thousands of digits
        complaint, document = str(problem), None
    if document is None:
        raise _not_toml(complaint, text, path)
    return document


def encode(document: Mapping[str, object], path: Path) -> bytes:
    """The contents to write, read back once to be certain; `path` is for the error only.

    Raises:
        ConfigUnwritable: a text holds half a surrogate pair, which no file in UTF-8 can.
    """
    where = _find_surrogate(document, "")
    if where is not None:
        raise ConfigUnwritable(
            path,
            f"{where} holds a character that cannot be saved (half of a surrogate pair).",
            "Type it anew instead of pasting it.",
            field=where.rpartition(".")[2],
        )
    text = HEADER + _lay_out(document)
    if _read_back(text) != document:
        text = HEADER + tomli_w.dumps(document)
    return text.encode("utf-8")


def _decode_text(data: bytes, path: Path) -> str:
    for mark, name in _OTHER_ENCODINGS:
        if data.startswith(mark):
            raise ConfigUnreadable(
                path, f"The file is in {name}, not in UTF-8.", 1, 1, "Save it as UTF-8 in an editor."
            )
    body = data.removeprefix(codecs.BOM_UTF8)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as problem:
        before = body[: problem.start]
    line = before.count(b"\n") + 1
    column = len(before.rpartition(b"\n")[2].decode("utf-8")) + 1
    raise ConfigUnreadable(
        path,
        f"The file is not in UTF-8: line {line}, column {column} holds something else, perhaps Latin-1.",
        line,
        column,
        "Save it as UTF-8 in an editor.",
    )


def _not_toml(complaint: str, text: str, path: Path) -> ConfigUnreadable:
    meaning = next((words for start, words in _MEANINGS if complaint.startswith(start)), "it is not valid TOML")
    position = _POSITION.search(complaint)
    line = column = None
    if position is not None:
        line, column = int(position[1]), int(position[2])
    elif "end of document" in complaint:
        line, column = text.count("\n") + 1, len(text.rpartition("\n")[2]) + 1
    where = f" at line {line}, column {column}" if line is not None else ""
    return ConfigUnreadable(path, f"The file cannot be read{where}: {meaning}.", line, column, _REPAIR)


def _refuse_wrong_types(document: Table, path: Path) -> None:
    schema = document.get("schema", SCHEMA)
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise ConfigUnreadable(
            path, "schema is not a number from 1 up.", remedy=f"Write schema = {SCHEMA}.", field="schema"
        )
    if schema > SCHEMA:
        return
    if not isinstance(document.get("default", ""), str):
        raise ConfigUnreadable(
            path,
            "default is not a text.",
            remedy='Write it in quotes: default = "NAME".',
            field="default",
        )
    if as_table(document.get("connections", {})) is None:
        raise ConfigUnreadable(
            path,
            "connections is not a table.",
            remedy="Write each connection as [connections.NAME] with its keys below.",
            field="connections",
        )


def _find_surrogate(value: object, where: str) -> str | None:
    if isinstance(value, str):
        return where if any("\ud800" <= each <= "\udfff" for each in value) else None
    pairs: list[tuple[str, object]] = []
    if isinstance(value, Mapping):
        for key, each in cast("Mapping[str, object]", value).items():
            if _find_surrogate(key, key) is not None:
                return f"a name in {where}" if where else "A name"
            pairs.append((f"{where}.{key}" if where else key, each))
    elif isinstance(value, list):
        pairs = [(where, each) for each in cast("list[object]", value)]
    return next((found for path, each in pairs if (found := _find_surrogate(each, path)) is not None), None)


def _lay_out(document: Mapping[str, object]) -> str:
    """Ordinary TOML but for one thing: ways to fetch a secret stand on one line, as inline tables."""
    rest = {key: value for key, value in document.items() if key != "connections"}
    plain = {key: value for key, value in rest.items() if not isinstance(value, Mapping)}
    tables = {key: value for key, value in rest.items() if key not in plain}
    parts = [tomli_w.dumps(plain)]
    if "connections" in document:
        entries = entries_of(document)
        odd = {name: entry for name, entry in entries.items() if not as_table(entry)}
        if odd or not entries:
            parts.append(tomli_w.dumps({"connections": odd}))
        parts += [_lay_out_entry(name, table) for name in entries if (table := as_table(entries[name])) is not None]
    if tables:
        parts.append(tomli_w.dumps(tables))
    return "\n".join(part for part in parts if part)


def _lay_out_entry(name: str, entry: Table) -> str:
    plain: Table = {}
    inline: list[str] = []
    below: Table = {}
    for key, value in entry.items():
        table = as_table(value)
        if table is None:
            plain[key] = value
        elif key in SECRET_FIELDS:
            inline.append(f"{_key(key)} = {_inline(table)}\n")
        else:
            below[key] = value
    text = tomli_w.dumps({"connections": {name: plain}}) + "".join(inline)
    return text + (f"\n{tomli_w.dumps({'connections': {name: below}})}" if below else "")


def _inline(value: object) -> str:
    table = as_table(value)
    if table is not None:
        return "{ " + ", ".join(f"{_key(key)} = {_inline(each)}" for key, each in table.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(each) for each in cast("list[object]", value)) + "]"
    return tomli_w.dumps({"v": value}).removeprefix("v = ").rstrip("\n")


def _key(key: str) -> str:
    return tomli_w.dumps({key: 0}).removesuffix(" = 0\n")


def _read_back(text: str) -> object:
    try:
        return cast("object", tomllib.loads(text))
    except (ValueError, RecursionError):
        return None
