"""The configuration as plain tables: what an entry says, what changed, and whose change wins.

Pure functions over decoded TOML. Tables given in are never altered. Must not know files or text.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Final, cast

from tui.storage.connection import SECRETS, Connection, read_region
from tui.storage.secrets import Secret, SecretMalformed

if TYPE_CHECKING:
    from collections.abc import Mapping

Table = dict[str, object]

SCHEMA: Final = 1
SECRET_FIELDS: Final = frozenset(SECRETS)
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
        EntryUnreadable: it is not a table, or a key holds something other than text.
    """
    table = as_table(entry)
    if table is None:
        raise EntryUnreadable("", "It is not a table.", "Write it as [connections.NAME] with its keys below.")
    return Connection(
        name,
        kind=_text(table, "kind") or "",
        account_sid=_text(table, "account_sid") or "",
        api_key_sid=_text(table, "api_key_sid"),
        api_key_secret=_secret(table, "api_key_secret"),
        auth_token=_secret(table, "auth_token"),
        region=read_region(_text(table, "region") or ""),
        base_url=_text(table, "base_url"),
        webhook_key=_secret(table, "webhook_key"),
        ca_file=_text(table, "ca_file") or "",
    )


def write_entry(connection: Connection) -> Table:
    """A connection as an entry; what is not given is left out."""
    table: Table = {}
    for key in FIELDS:
        value = _written(connection, key)
        if value is not None:
            table[key] = value
    return table


def revise_entry(entry: object, old: Connection | None, new: Connection) -> Table:
    """An entry changed from `old` to `new`: keys that say the same stay as written, unknown keys stay."""
    table = dict(as_table(entry) or {})
    for key in FIELDS:
        value = _written(new, key)
        if old is not None and value == _written(old, key):
            continue
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
    return _ordered(table)


def merge(
    origin: Mapping[str, object],
    ours: Mapping[str, object],
    theirs: Mapping[str, object],
    sources: Mapping[str, str | None],
) -> Table:
    """What changed from `origin` to `ours`, applied to `theirs`.

    `sources` names, for each of our entries, the entry of `origin` it came from (None for a new one), so that
    a rename is told from a removal with an addition. Both sides' changes are kept down to the single key;
    where both changed the same key, ours wins. A removal wins over a change.
    """
    merged: Table = {"schema": theirs.get("schema", SCHEMA)}
    default = _merge_default(origin, ours, theirs, sources)
    if default is not None:
        merged["default"] = default
    merged.update({key: value for key, value in theirs.items() if key not in OWN_KEYS})
    merged["connections"] = _merge_entries(entries_of(origin), entries_of(ours), entries_of(theirs), sources)
    return merged


OWN_KEYS: Final = ("schema", "default", "connections")


def _merge_default(
    origin: Mapping[str, object],
    ours: Mapping[str, object],
    theirs: Mapping[str, object],
    sources: Mapping[str, str | None],
) -> object:
    default = ours.get("default")
    if default != origin.get("default"):
        return default
    present = theirs.get("default")
    if present not in entries_of(origin) or present in entries_of(ours):
        return present
    return next((name for name, source in sources.items() if source == present), None)


def _merge_entries(origin: Table, ours: Table, theirs: Table, sources: Mapping[str, str | None]) -> Table:
    successor = {source: name for name, source in sources.items() if source is not None}
    removed = origin.keys() - successor.keys()
    placed: Table = {}
    for present, entry in theirs.items():
        name = successor.get(present)
        if name is None and present in ours and sources.get(present) not in theirs:
            name = present
        if name is not None:
            source = sources.get(name)
            placed[name] = _merge_entry(None if source is None else origin.get(source), ours[name], entry)
        elif present not in removed and present not in ours:
            placed[present] = entry
    for name, entry in ours.items():
        source = sources.get(name)
        untouched = source is not None and source == name and origin.get(source) == entry
        if name not in placed and not untouched:
            placed[name] = entry
    return placed


def _merge_entry(base: object, ours: object, theirs: object) -> object:
    if base == ours:
        return theirs
    our_table, their_table = as_table(ours), as_table(theirs)
    if our_table is None or their_table is None:
        return ours
    base_table = as_table(base)
    if base_table is None:
        base_table = {key: their_table[key] for key in FIELDS if key in their_table}
    merged = dict(their_table)
    for key in [*base_table, *our_table]:
        if key not in our_table:
            merged.pop(key, None)
        elif key not in base_table or base_table[key] != our_table[key]:
            merged[key] = our_table[key]
    return _ordered(merged)


def _ordered(table: Table) -> Table:
    known = {key: table[key] for key in FIELDS if key in table}
    return known | {key: value for key, value in table.items() if key not in known}


def _written(connection: Connection, key: str) -> object:
    value = cast("object", getattr(connection, key))
    return value.to_toml() if isinstance(value, Secret) else value or None


def _text(table: Table, key: str) -> str | None:
    value = table.get(key)
    if value is None or isinstance(value, str):
        return value
    raise EntryUnreadable(key, f"{key} is not a text.", "Write it in quotes.")


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
