"""variables.toml: the values that a connection's requests name as `$name`.

Read and written whole, under a lock, so that two instances both keep their changes; keys this version does not know
stay, comments do not. A file that cannot be read is never written over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui.raw_request.variables import value_problem, variable_name_problem, variable_problem
from tui.storage.document import Table, as_table
from tui.storage.errors import StorageError
from tui.storage.toml_file import TomlFile

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA: Final = 1
MOST: Final = 200
"""Variables of one connection."""

LARGEST_FILE: Final = 4 * 1024 * 1024
"""Bytes; a larger file is neither read nor written."""

HEADER: Final = (
    "# Variables of tuilio's console, by connection; it reads and writes this file, comments go with the next save.\n"
    '# NAME = "value", or NAME = { value = "…", message = "SM…" } for what came from a message.\n\n'
)


class VariableRefused(StorageError):
    """A name or a value that may not be a variable's; nothing was written."""


@dataclass(frozen=True, slots=True)
class SavedVariable:
    """A value with a name.

    Attributes:
        message: the SID of the message that it is a part of; it goes with that message's text. Empty for none.
    """

    value: str
    message: str = ""


class SavedVariables:
    """The file at `path`, or memory with None. Usable from any thread."""

    def __init__(self, path: Path | None) -> None:
        self._file = TomlFile(path, "variables", SCHEMA, LARGEST_FILE, HEADER, "Delete a variable.")

    def read(self, connection: str) -> dict[str, SavedVariable]:
        """The variables of a connection by name, in file order; what cannot be one is left out.

        Raises:
            ConfigUnreadable: the file is there, but cannot be read.
        """
        # Without the lock, for which a writer may wait seconds.
        return _variables(_entries(self._file.load(), connection))

    def put(
        self,
        connection: str,
        name: str,
        variable: SavedVariable,
        *,
        instead_of: str = "",
        hide: Callable[[str], str] = str,
    ) -> None:
        """Save a variable in place of the one of that name, and of the one it was called before.

        Args:
            connection: the name of the connection.
            name: of the variable.
            variable: its value.
            instead_of: the name it had, whose place in the file it takes.
            hide: masks the connection's credentials, and what else is a secret, in a text.

        Raises:
            VariableRefused: the name or the value may not be one, or there are too many.
            ConfigUnreadable, ConfigReadOnly, ConfigUnwritable: the file stays as it was.
        """
        if problem := variable_problem(name, variable.value, hide):
            raise VariableRefused(problem, "")

        def change(entries: Table) -> Table:
            if name not in entries and instead_of not in entries and len(entries) >= MOST:
                raise VariableRefused(f"A connection has at most {MOST} variables.", "Delete one first.")
            changed = {(name if each == instead_of else each): old for each, old in entries.items()}
            return {**changed, name: _written(variable, as_table(changed.get(name)))}

        self._change(connection, change)

    def remove(self, connection: str, name: str) -> None:
        """Delete a variable, if it is there.

        Raises:
            ConfigUnreadable, ConfigReadOnly, ConfigUnwritable: the file stays as it was.
        """
        self._change(connection, lambda entries: {each: old for each, old in entries.items() if each != name})

    def forget_all(self, connection: str) -> None:
        """Delete every variable of a connection; does nothing where there is none.

        Raises:
            ConfigUnreadable, ConfigReadOnly, ConfigUnwritable: the file stays as it was.
        """
        if _entries(self._file.load(), connection):
            self._change(connection, lambda _: {})

    def forget(self, goes: Callable[[SavedVariable], bool]) -> None:
        """Delete the variables, of any connection, of which this is true; does nothing where it is true of none.

        Raises:
            ConfigUnreadable, ConfigReadOnly, ConfigUnwritable: the file stays as it was.
        """

        def change(document: Table) -> None:
            connections = as_table(document.get("variables")) or {}
            document["variables"] = {name: _without(entries, goes) for name, entries in connections.items()}

        before = self._file.load()
        after = dict(before)
        change(after)
        if after["variables"] != before.get("variables", {}):
            self._file.change(change)

    def _change(self, connection: str, change: Callable[[Table], Table]) -> None:
        self._file.change_entries(
            lambda connections: {**connections, connection: change(as_table(connections.get(connection)) or {})}
        )


def _entries(document: Mapping[str, object], connection: str) -> Table:
    connections = as_table(document.get("variables")) or {}
    return as_table(connections.get(connection)) or {}


def _variables(entries: Table) -> dict[str, SavedVariable]:
    found: dict[str, SavedVariable] = {}
    for name, entry in entries.items():
        table = {"value": entry} if isinstance(entry, str) else as_table(entry) or {}
        value, message = table.get("value"), table.get("message")
        if isinstance(value, str) and not (variable_name_problem(name) or value_problem(value)):
            found[name] = SavedVariable(value, message if isinstance(message, str) else "")
    return dict(list(found.items())[:MOST])


def _without(entries: object, goes: Callable[[SavedVariable], bool]) -> object:
    table = as_table(entries) or {}
    gone = {name for name, each in _variables(table).items() if goes(each)}
    return {name: entry for name, entry in table.items() if name not in gone} if gone else entries


def _written(variable: SavedVariable, before: Table | None) -> object:
    unknown = {key: value for key, value in (before or {}).items() if key not in ("value", "message")}
    told = {"message": variable.message} if variable.message else {}
    return {"value": variable.value, **told, **unknown} if told or unknown else variable.value
