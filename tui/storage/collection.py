"""All saved connections, as one immutable value that remembers where it started.

Remembering the starting point lets a save apply only this program's own changes, so that two running
instances keep each other's. Must not know paths' contents or the text of the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from tui.storage.checks import Problem
from tui.storage.connection import Connection
from tui.storage.document import (
    FIELDS,
    OWN_KEYS,
    SCHEMA,
    EntryUnreadable,
    Table,
    as_table,
    entries_of,
    merge,
    read_entry,
    revise_entry,
    write_entry,
)
from tui.storage.errors import NameTaken

if TYPE_CHECKING:
    from pathlib import Path


class Connections(Mapping[str, Connection]):
    """Name → connection, in file order. Changing returns a new value; nothing reaches the disk before `save`.

    Everything the file holds beyond what is understood is carried along, and entries that are no connection
    are kept and listed in `problems`.
    """

    def __init__(
        self,
        connections: Mapping[str, Connection] | Iterable[Connection] = (),
        *,
        default: str | None = None,
    ) -> None:
        named = _named(connections)
        document: Table = {"schema": SCHEMA}
        if default is not None:
            document["default"] = default
        document["connections"] = {name: write_entry(each) for name, each in named.items()}
        self._origin: Table = {}
        self._document = document
        self._sources: dict[str, str | None] = dict.fromkeys(named, None)
        self._path: Path | None = None
        self._read_only_reason: str | None = None
        self._readable, self._problems = _read(document)

    @classmethod
    def from_document(
        cls, document: Mapping[str, object], *, path: Path | None = None, read_only_reason: str | None = None
    ) -> Connections:
        """What a decoded file says. `path` is where it stands, with symbolic links resolved."""
        loaded = cls()
        loaded._origin = deepcopy(dict(document))
        loaded._document = loaded._origin
        loaded._sources = {name: name for name in entries_of(document)}
        loaded._path = path
        loaded._read_only_reason = read_only_reason
        loaded._readable, loaded._problems = _read(loaded._document)
        return loaded

    @property
    def default(self) -> str | None:
        """The connection to start with; None when none is chosen or the chosen one cannot be read."""
        name = self._document.get("default")
        return name if isinstance(name, str) and name in self._readable else None

    @property
    def schema(self) -> int:
        """The version of the file's layout."""
        schema = self._document.get("schema", SCHEMA)
        return schema if isinstance(schema, int) else SCHEMA

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Entries that are no connection, and names that look mistyped; they stay in the file as they are."""
        return self._problems

    @property
    def read_only(self) -> bool:
        """Whether saving would be refused."""
        return self._read_only_reason is not None

    @property
    def read_only_reason(self) -> str | None:
        """Why saving would be refused, as a sentence."""
        return self._read_only_reason

    def with_connection(self, connection: Connection, *, replacing: str | None = None) -> Connections:
        """With this connection added, or in the place of the one called `replacing` (or called the same).

        A renamed connection keeps its place, its unknown keys and its being the default.

        Raises:
            NameTaken: renaming it would land on another entry's name.
        """
        old_name = connection.name if replacing is None else replacing
        entries = entries_of(self._document)
        if connection.name != old_name and connection.name in entries:
            raise NameTaken(
                f"There is already a connection called {connection.name}.",
                "Choose another name, or delete that one first.",
                field="name",
            )
        entry = revise_entry(entries.get(old_name), self._readable.get(old_name), connection)
        sources = dict(self._sources)
        if old_name in entries:
            entries = {connection.name if name == old_name else name: entries[name] for name in entries}
            sources[connection.name] = sources.pop(old_name, None)
        else:
            sources[connection.name] = None
        entries[connection.name] = entry
        document = self._document | {"connections": entries}
        if document.get("default") == old_name:
            document["default"] = connection.name
        return self._changed(document, sources)

    def without(self, name: str) -> Connections:
        """With this connection, or unreadable entry, gone; nothing happens when there is none."""
        entries = entries_of(self._document)
        entries.pop(name, None)
        sources = {each: source for each, source in self._sources.items() if each != name}
        document = self._document | {"connections": entries}
        if document.get("default") == name:
            del document["default"]
        return self._changed(document, sources)

    def with_default(self, name: str | None) -> Connections:
        """With this connection as the one to start with; None chooses none.

        Raises:
            KeyError: there is no connection of that name.
        """
        document = dict(self._document)
        document.pop("default", None)
        if name is not None:
            document["default"] = self[name].name
        return self._changed(document, self._sources)

    def document(self) -> Table:
        """All that the file says, understood or not."""
        return deepcopy(self._document)

    def merged_onto(self, present: Mapping[str, object], path: Path) -> Table:
        """The document to write at `path`, where `present` stands now.

        Onto the file this was loaded from, only the changes made since are applied; elsewhere, or where the
        file is gone, everything is written and what stands there besides is kept.
        """
        if present and path == self._path:
            return merge(self._origin, self._document, present, self._sources)
        return self._document | merge({}, self._document, present, dict.fromkeys(self._sources))

    def __getitem__(self, name: str) -> Connection:
        return self._readable[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._readable)

    def __len__(self) -> int:
        return len(self._readable)

    def __repr__(self) -> str:
        return f"Connections({list(self._readable.values())!r}, default={self.default!r})"

    def _changed(self, document: Table, sources: dict[str, str | None]) -> Connections:
        changed = Connections()
        changed._origin, changed._document, changed._sources = self._origin, document, sources
        changed._path, changed._read_only_reason = self._path, self._read_only_reason
        changed._readable, changed._problems = _read(document)
        return changed


def _named(connections: Mapping[str, Connection] | Iterable[Connection]) -> dict[str, Connection]:
    if isinstance(connections, Mapping):
        given = cast("Mapping[str, Connection]", connections)
        return {name: replace(each, name=name) for name, each in given.items()}
    return {each.name: each for each in connections}


def _read(document: Mapping[str, object]) -> tuple[dict[str, Connection], tuple[Problem, ...]]:
    readable: dict[str, Connection] = {}
    problems: list[Problem] = []
    default, entries = document.get("default"), entries_of(document)
    for name, entry in entries.items():
        try:
            readable[name] = read_entry(name, entry)
        except EntryUnreadable as fault:
            where = f"connections.{name}.{fault.field}" if fault.field else f"connections.{name}"
            problems.append(Problem(where, fault.reason, fault.remedy))
    unknown = document.keys() - OWN_KEYS or any((as_table(each) or {}).keys() - FIELDS for each in entries.values())
    if unknown or default not in (None, *entries):
        from tui.storage.nearest import nearest
        from tui.storage.typos import strays

        problems += strays(document)
        if isinstance(default, str) and default not in entries:
            meant = nearest(default, entries, {})
            remedy = f"Did you mean {meant}?" if meant else "Choose another default."
            problems.append(Problem("default", f"There is no connection called {default}.", remedy))
    return readable, tuple(problems)
