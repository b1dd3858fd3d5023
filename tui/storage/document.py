"""connections.toml as decoded tables: entries as connections and back, and changes to the whole document.

Pure functions; tables given in are never altered. Must not know files or TOML's text.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Final, cast

from tui.storage.connection import SECRETS, Connection, read_colour, read_history, read_low_balance, read_region
from tui.storage.errors import EntryChanged, NameTaken
from tui.storage.secrets import Secret, SecretMalformed

if TYPE_CHECKING:
    from collections.abc import Mapping

Table = dict[str, object]

SCHEMA: Final = 1
TOP_KEYS: Final = ("schema", "default", "connections")
FIELDS: Final = tuple(field.name for field in fields(Connection) if field.name != "name")


class EntryUnreadable(Exception):
    """An entry is no connection; `field` is the key at fault, or "" for the entry as a whole."""

    def __init__(self, field: str, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason
        self.remedy = remedy


def as_table(value: object) -> Table | None:
    """The value as a table, or None where it is something else."""
    return cast("Table", value) if isinstance(value, dict) else None


def entries_of(document: Mapping[str, object]) -> Table:
    """The entries under `connections`, readable or not, in file order."""
    return dict(as_table(document.get("connections")) or {})


def read_entry(name: str, entry: object) -> Connection:
    """The connection an entry describes; a missing key reads as nothing given.

    Raises:
        EntryUnreadable: it is not a table, or a key holds something other than text (a number of days, in `history`, an
            amount in `low_balance`).
            A `colour` that is no text is passed over.
    """
    table = as_table(entry)
    if table is None:
        raise EntryUnreadable("", "It is not a table.", "Write it as [connections.NAME] with its keys below.")
    return Connection(
        name,
        kind=_text(table, "kind") or "",
        account_sid=_text(table, "account_sid") or "",
        api_key_sid=_text(table, "api_key_sid"),
        base_url=_text(table, "base_url"),
        region=read_region(_text(table, "region") or ""),
        ca_file=_text(table, "ca_file") or "",
        history=_history(table),
        low_balance=_low_balance(table),
        colour=read_colour(table.get("colour")),
        **{key: _secret(table, key) for key in SECRETS},
    )


def write_entry(connection: Connection) -> Table:
    """A connection as an entry; what is not given is left out."""
    table: Table = {}
    for key in FIELDS:
        value = cast("object", getattr(connection, key))
        if value or value == 0:
            table[key] = value.to_toml() if isinstance(value, Secret) else value
    return table


# -- changes: each takes a document, as read or as it is on disk by now, and returns the changed one -------------------


def put_entry(document: Table, old: str, new: str, seen: object, keys: Mapping[str, object]) -> Table:
    """The document with an entry changed, renamed or added; unknown keys and the entry's place stay.

    Args:
        document: is not altered.
        old: the entry's name.
        new: its name from now on.
        seen: the entry when it was read; None for an added one.
        keys: what changes: key → value, None for a key to take out.

    Raises:
        NameTaken: another entry has the new name.
        EntryChanged: one of these keys has become something else than was seen.
    """
    entries = entries_of(document)
    if old not in entries and seen is not None:
        # Renamed by an earlier save of the same change, if it is there at all.
        old = new
    present = entries.get(old)
    if (new != old and new in entries) or (seen is None and present is not None and not _says(present, keys)):
        raise NameTaken(
            f"There is already a connection called {new}.",
            "Choose another name, or delete that one first.",
            field="name",
        )
    if present is not None and present != seen and not _says(present, keys, seen):
        raise EntryChanged(old)
    entry = {**(as_table(seen if present is None else present) or {}), **keys}
    known = {key: entry[key] for key in FIELDS if entry.get(key) is not None}
    entry = known | {key: value for key, value in entry.items() if key not in FIELDS}
    entries = {(new if name == old else name): each for name, each in entries.items()} | {new: entry}
    default = {"default": new} if document.get("default") == old else {}
    return {**document, **default, "connections": entries}


def _says(entry: object, keys: Mapping[str, object], seen: object = None) -> bool:
    """Whether each of these keys is in an entry as given, or still as it was seen."""
    table, before = as_table(entry) or {}, as_table(seen)
    return all(
        table.get(key) == value or (before is not None and table.get(key) == before.get(key))
        for key, value in keys.items()
    )


def remove_entry(document: Table, name: str, seen: object) -> Table:
    """The document without an entry, if it is still as it was seen; a default of that name goes as well.

    Raises:
        EntryChanged: it has become another one.
    """
    entries = entries_of(document)
    if entries.pop(name, seen) != seen:
        raise EntryChanged(name)
    rest = {key: value for key, value in document.items() if key != "default" or value != name}
    return {**rest, "connections": entries}


def choose_default(document: Table, name: str | None) -> Table:
    """The document with the connection to start with: this one, where there is such an entry, or with None none."""
    if name is None:
        return {key: value for key, value in document.items() if key != "default"}
    return {**document, "default": name} if name in entries_of(document) else document


def overlay(document: Table, present: Table) -> Table:
    """All of a document put over what is there: its entries and default count, unknown things of both stay."""
    entries = entries_of(present)
    for name, entry in entries_of(document).items():
        ours, theirs = as_table(entry), as_table(entries.get(name))
        if ours is not None and theirs is not None:
            entry = ours | {key: value for key, value in theirs.items() if key not in (*FIELDS, *ours)}
        entries[name] = entry
    default = {"default": document["default"]} if document.get("default") is not None else {}
    return {**document, **present, **default, "connections": entries}


def in_order(document: Table) -> Table:
    """The document with the schema and the default first and the connections last."""
    full: Table = {"schema": SCHEMA, "connections": {}, **document}
    others = (key for key in full if key not in TOP_KEYS)
    return {key: full[key] for key in ("schema", "default", *others, "connections") if key in full}


def _text(table: Table, key: str) -> str | None:
    value = table.get(key)
    if value is None or isinstance(value, str):
        return value
    raise EntryUnreadable(key, f"{key} is not a text.", "Write it in quotes.")


def _history(table: Table) -> int | str | None:
    value = table.get("history")
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return read_history(value)
    raise EntryUnreadable("history", "history is no number of days.", 'Write history = 90, "all" or "none".')


def _low_balance(table: Table) -> float | str | None:
    value = table.get("low_balance")
    if value is None or isinstance(value, str | int | float):
        return None if value is None else read_low_balance(value)
    raise EntryUnreadable("low_balance", "low_balance is no amount.", "Write low_balance = 20.")


def _secret(table: Table, key: str) -> Secret | None:
    value = table.get(key)
    if value is None:
        return None
    fault: EntryUnreadable
    try:
        return Secret.from_toml(value)
    except SecretMalformed as problem:
        fault = EntryUnreadable(key, problem.reason, problem.remedy)
    raise fault
