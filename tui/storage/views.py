"""views.toml: queries of the message list saved under names. A query is a text here; what it means is not known.

Read and written whole, under a lock, so that two instances both keep their changes; what this version does not know
stays, comments do not. A file that cannot be read is never written over. Where there is no file there are four views,
and the first change writes them down with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui.safe_text import safe_text
from tui.storage.document import Table, as_table
from tui.storage.errors import ConfigUnreadable, NameTaken
from tui.storage.toml_file import TomlFile, entry_name_problem

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA: Final = 1
LONGEST_NAME: Final = 40
LARGEST_FILE: Final = 256 * 1024
"""Bytes; a larger file is neither read nor written."""

HEADER: Final = (
    "# Saved views of tuilio's messages, which reads and writes this file; comments go with the next save.\n"
    '# NAME = "query", or NAME = { query = "…", key = "x" } with the letter that chooses it.\n\n'
)

FIRST: Final[Table] = {
    "schema": SCHEMA,
    "views": {
        "problems": "is:problem",
        "today": "since:today",
        "unread": "is:unread",
        "scheduled": "status:scheduled",
    },
}
"""The document of whoever has saved none."""


@dataclass(frozen=True, slots=True)
class View:
    """A query saved under a name.

    Attributes:
        key: the character that chooses it in the list of views; "" where the file names none.
    """

    name: str
    query: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class ViewsFile:
    """The content of views.toml.

    Attributes:
        views: those that can be read, in file order.
        problems: a sentence for each thing that cannot, safe to show.
    """

    views: tuple[View, ...]
    problems: tuple[str, ...] = ()


class SavedViews:
    """The views in the file at `path`. Usable from any thread."""

    def __init__(self, path: Path) -> None:
        self._file = TomlFile(path, "views", SCHEMA, LARGEST_FILE, HEADER, "Delete a view.", missing=FIRST)

    def read(self) -> ViewsFile:
        """The saved views. Never raises: where the file cannot be read there are the four, and a sentence why."""
        try:
            return _read(self._file.load())
        except ConfigUnreadable as trouble:
            return ViewsFile(_read(FIRST).views, (safe_text(str(trouble), limit=300),))

    def put(self, name: str, query: str) -> None:
        """Save a query under a name, in place of the one that had it.

        Raises:
            ConfigUnreadable, ConfigReadOnly, ConfigUnwritable: the file stays as it was.
        """

        def change(views: Table) -> Table:
            present = as_table(views.get(name))
            return {**views, name: query if present is None else {**present, "query": query}}

        self._file.change_entries(change)

    def rename(self, name: str, new: str) -> None:
        """Give a view another name; it keeps its place.

        Raises:
            NameTaken: another view has it.
            ConfigUnreadable, ConfigReadOnly, ConfigUnwritable: the file stays as it was.
        """

        def change(views: Table) -> Table:
            if new != name and new in views:
                raise NameTaken(f"There is already a view called {new}.", "Choose another name.", field="name")
            return {(new if each == name else each): view for each, view in views.items()}

        self._file.change_entries(change)

    def remove(self, name: str) -> None:
        """Delete a view, if it is there.

        Raises:
            ConfigUnreadable, ConfigReadOnly, ConfigUnwritable: the file stays as it was.
        """
        self._file.change_entries(lambda views: {each: view for each, view in views.items() if each != name})


def view_name_problem(name: str) -> str:
    """What is wrong with a name for a view; empty when nothing is."""
    return entry_name_problem(name, LONGEST_NAME)


def _read(document: Table) -> ViewsFile:
    views: list[View] = []
    problems: list[str] = []
    for name, entry in (as_table(document.get("views")) or {}).items():
        shown = safe_text(name, limit=LONGEST_NAME)
        table: Table = {"query": entry} if isinstance(entry, str) else as_table(entry) or {}
        query, key = table.get("query"), table.get("key", "")
        if not isinstance(query, str):
            problems.append(f'The view {shown} has no query. Write it as {shown} = "is:problem".')
            continue
        if not isinstance(key, str) or len(key) > 1 or not key.isprintable() or key.isspace():
            problems.append(f'The view {shown}: key is not one character. Write it as key = "x".')
            key = ""
        if key and (other := next((each.name for each in views if each.key == key), "")):
            problems.append(f"The view {shown}: {key} belongs to the view {safe_text(other, limit=LONGEST_NAME)}.")
            key = ""
        views.append(View(name, query, key))
    return ViewsFile(tuple(views), tuple(problems))
