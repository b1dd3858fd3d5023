"""connections.toml as text: bytes to tables and back. Must not know where the file is kept or who saves it.

Nothing raised here shows a line's text or a byte: any of them may be a secret.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

import tomli_w

from tui.storage.connection import SECRETS
from tui.storage.document import SCHEMA, Table, as_table, entries_of
from tui.storage.errors import ConfigUnreadable, ConfigUnwritable
from tui.storage.toml_reading import parse

if TYPE_CHECKING:
    from pathlib import Path

HEADER: Final = (
    "# The connections of tuilio, which reads and writes this file.\n"
    "# Keys it does not know are kept; comments are not, they go with the next save.\n\n"
)


def decode(data: bytes, path: Path) -> Table:
    """The tables of a file's contents; `path` is for the error only.

    Raises:
        ConfigUnreadable: not UTF-8 (a byte order mark is fine), not TOML, or a known key of the wrong type.
    """
    document = parse(data, path)
    _refuse_wrong_types(document, path)
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


def _refuse_wrong_types(document: Table, path: Path) -> None:
    schema = document.get("schema", SCHEMA)
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        field, reason, remedy = "schema", "schema is not a number from 1 up.", f"Write schema = {SCHEMA}."
    elif schema > SCHEMA:
        return
    elif not isinstance(document.get("default", ""), str):
        field, reason, remedy = "default", "default is not a text.", 'Write it in quotes: default = "NAME".'
    elif as_table(document.get("connections", {})) is None:
        field, reason = "connections", "connections is not a table."
        remedy = "Write each connection as [connections.NAME] with its keys below."
    else:
        return
    raise ConfigUnreadable(path, reason, remedy=remedy, field=field)


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
    entries = entries_of(document)
    tables = {name: table for name, entry in entries.items() if (table := as_table(entry)) is not None}
    parts = [tomli_w.dumps({key: value for key, value in document.items() if key != "connections"})]
    others = {name: entry for name, entry in entries.items() if name not in tables}
    if others or not entries:
        parts.append(tomli_w.dumps({"connections": others}))
    parts += [_lay_out_entry(name, table) for name, table in tables.items()]
    return "\n".join(part for part in parts if part)


def _lay_out_entry(name: str, entry: Table) -> str:
    plain: Table = {}
    inline: list[str] = []
    below: Table = {}
    for key, value in entry.items():
        table = as_table(value)
        if table is None:
            plain[key] = value
        elif key in SECRETS:
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
