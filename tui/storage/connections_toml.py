"""connections.toml as text: bytes to tables and back. Must not know where the file is kept or who saves it.

Nothing raised here shows a line's text or a byte: any of them may be a secret.
"""

from __future__ import annotations

import os
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
    entries, inline = entries_of(document), dict[str, str]()
    for name, entry in entries.items():
        table = as_table(entry) or {}
        fetched = {key: each for key in SECRETS if (each := as_table(table.get(key))) is not None}
        marks = {key: f"inline-{os.urandom(16).hex()}" for key in fetched}
        inline.update({marks[key]: _inline(each) for key, each in fetched.items()})
        entries[name] = table | marks if marks else entry
    text = tomli_w.dumps({**document, "connections": entries})
    for mark, written in inline.items():
        text = text.replace(f'"{mark}"', written)
    return text


def _inline(value: object) -> str:
    table = as_table(value)
    if table is not None:
        pairs = (tomli_w.dumps({key: 0}).removesuffix("0\n") + _inline(each) for key, each in table.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(each) for each in cast("list[object]", value)) + "]"
    return tomli_w.dumps({"v": value}).removeprefix("v = ").rstrip("\n")


def _read_back(text: str) -> object:
    try:
        return cast("object", tomllib.loads(text))
    except (ValueError, RecursionError):
        return None
