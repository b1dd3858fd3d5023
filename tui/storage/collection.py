"""All saved connections as one immutable value, which remembers the changes made to it since it was read.

A save applies these changes to the file as it is by then, so that two running instances keep each other's. Must not
know the text of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, cast

from tui.storage.connection import COLOURS, Connection
from tui.storage.document import (
    FIELDS,
    SCHEMA,
    TOP_KEYS,
    EntryUnreadable,
    Table,
    as_table,
    choose_default,
    entries_of,
    in_order,
    overlay,
    put_entry,
    read_entry,
    remove_entry,
    write_entry,
)
from tui.storage.errors import Problem

if TYPE_CHECKING:
    from pathlib import Path


class Connections(Mapping[str, Connection]):
    """Name → connection, in file order. Changing returns a new value; nothing reaches the disk before `save`.

    Everything the file holds beyond what is understood is carried along, and entries that are no connection
    are kept and listed in `problems`.

    Attributes:
        default: the connection to start with; None when none is chosen or the chosen one cannot be read.
        names: every entry's name, those of unreadable ones as well.
        problems: entries that are no connection, and names that look mistyped, and colours that are none; they stay in
            the file as they are.
        read_only_reason: why saving would be refused, as a sentence; empty where it would not.
    """

    def __init__(
        self,
        connections: Mapping[str, Connection] | Iterable[Connection] = (),
        *,
        default: str | None = None,
    ) -> None:
        if isinstance(connections, Mapping):
            named = dict(cast("Mapping[str, Connection]", connections))
        else:
            named = {each.name: each for each in connections}
        document: Table = {"schema": SCHEMA, "connections": {name: write_entry(each) for name, each in named.items()}}
        self._take(document if default is None else {**document, "default": default})

    @classmethod
    def from_document(cls, document: Table, *, path: Path | None = None, read_only_reason: str = "") -> Connections:
        """What a decoded file says. `path` is where it is, with symbolic links resolved."""
        return cls.__new__(cls)._take(document, path=path, read_only_reason=read_only_reason)

    def _take(
        self,
        document: Table,
        changes: tuple[Callable[[Table], Table], ...] = (),
        path: Path | None = None,
        read_only_reason: str = "",
    ) -> Connections:
        self._document, self._changes, self._path = document, changes, path
        self._readable, self.problems = _read(document)
        default = document.get("default")
        self.default = default if isinstance(default, str) and default in self._readable else None
        self.names = tuple(entries_of(document))
        self.read_only_reason = read_only_reason
        return self

    @property
    def read_only(self) -> bool:
        """Whether saving would be refused."""
        return bool(self.read_only_reason)

    def unknown_keys(self, name: str) -> tuple[str, ...]:
        """The keys of an entry that mean nothing here, and are kept."""
        return tuple(key for key in as_table(entries_of(self._document).get(name)) or {} if key not in FIELDS)

    def with_connection(self, connection: Connection, *, replacing: str | None = None) -> Connections:
        """With this connection added, or in the place of the one called `replacing` (or called the same).

        A renamed connection keeps its place, its unknown keys and its being the default.

        Raises:
            NameTaken: renaming it would land on another entry's name.
        """
        old = connection.name if replacing is None else replacing
        before, wanted = self.get(old), write_entry(connection)
        known = {} if before is None else write_entry(before)
        keys = {key: wanted.get(key) for key in FIELDS if before is None or wanted.get(key) != known.get(key)}
        seen = entries_of(self._document).get(old)
        return self._changed(partial(put_entry, old=old, new=connection.name, seen=seen, keys=keys))

    def without(self, name: str) -> Connections:
        """With this connection, or unreadable entry, gone; nothing happens when there is none."""
        entries = entries_of(self._document)
        return self._changed(partial(remove_entry, name=name, seen=entries[name])) if name in entries else self

    def with_default(self, name: str | None) -> Connections:
        """With this connection as the one to start with; None chooses none.

        Raises:
            KeyError: there is no connection of that name.
        """
        return self._changed(partial(choose_default, name=None if name is None else self[name].name))

    def applied_to(self, present: Table, path: Path) -> Table:
        """The document to write at `path`, where `present` is now.

        To the file this was read from, the changes made since are applied; elsewhere, or where the file is gone,
        everything is written and what is there besides is kept.

        Raises:
            NameTaken, EntryChanged: what is there now has the name, or is not what was changed here.
        """
        if not present or path != self._path:
            return in_order(overlay(self._document, present))
        for change in self._changes:
            present = change(present)
        return in_order(present)

    def __getitem__(self, name: str) -> Connection:
        return self._readable[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._readable)

    def __len__(self) -> int:
        return len(self._readable)

    def __repr__(self) -> str:
        return f"Connections({list(self._readable.values())!r}, default={self.default!r})"

    def _changed(self, change: Callable[[Table], Table]) -> Connections:
        changed = Connections.__new__(Connections)
        return changed._take(change(self._document), (*self._changes, change), self._path, self.read_only_reason)


def _read(document: Table) -> tuple[dict[str, Connection], tuple[Problem, ...]]:
    readable: dict[str, Connection] = {}
    problems: list[Problem] = []
    default, entries = document.get("default"), entries_of(document)
    for name, entry in entries.items():
        try:
            readable[name] = read_entry(name, entry)
        except EntryUnreadable as fault:
            where = f"connections.{name}.{fault.field}" if fault.field else f"connections.{name}"
            problems.append(Problem(where, fault.reason, fault.remedy))
    unknown = document.keys() - TOP_KEYS or any((as_table(each) or {}).keys() - FIELDS for each in entries.values())
    strange = any((as_table(each) or {}).get("colour", "") not in ("", *COLOURS) for each in entries.values())
    if unknown or strange or default not in (None, *entries):
        from tui.storage.checks import check_names

        problems += check_names(document)
    return readable, tuple(problems)
