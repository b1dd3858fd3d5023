"""A TOML file of named entries: read and written whole, under a lock, so that two instances both keep their changes.

A file that cannot be read, or that a newer version wrote, is never written over. Must not know what the entries mean.
"""

from __future__ import annotations

import threading
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.storage.document import Table, as_table
from tui.storage.errors import ConfigReadOnly, ConfigUnreadable, ConfigUnwritable
from tui.storage.files import lock, make_folder, read_regular, sweep, write_atomic
from tui.storage.toml_reading import parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(slots=True)
class TomlFile:
    """The file at `path`, or memory with None. Usable from any thread.

    Attributes:
        entries: the key of the table that holds the named entries.
        schema: the newest that is written.
        limit: bytes; a larger file is not read.
        header: comments that it begins with.
        too_large: what to do about a file that would be too large.
        keys: what stands before the entries beside the schema, with the values of those that are missing.
        missing: the document where there is no file; in memory, the one that is kept.
    """

    path: Path | None
    entries: str
    schema: int
    limit: int
    header: str
    too_large: str
    keys: Table = field(default_factory=Table)
    missing: Table = field(default_factory=Table)
    guard: threading.RLock = field(default_factory=threading.RLock)

    def load(self) -> Table:
        """The document. Without the lock, for which a writer may wait seconds.

        Raises:
            ConfigUnreadable: the file is there, but cannot be read.
        """
        path = self.path
        if path is None:
            return self.missing
        why = ""
        try:
            document = parse(read_regular(path, limit=self.limit), path)
            if as_table(document.get(self.entries, {})) is not None:
                return document
            why = f"{self.entries} is not a table in {path.name}."
        except ConfigUnreadable as trouble:
            why = f"{path.name}: {trouble.reason}"
            raise ConfigUnreadable(path, why, trouble.line, trouble.column, trouble.remedy) from None
        except FileNotFoundError:
            return dict(self.missing)
        except OSError as problem:
            why = f"{path.name} cannot be read: {problem.strerror or type(problem).__name__}."
        raise ConfigUnreadable(path, why, remedy="Mend it in an editor, or move it out of the way.")

    def change(self, change: Callable[[Table], None]) -> None:
        """Load the document, change it and write it.

        Raises:
            ConfigUnreadable, ConfigReadOnly, ConfigUnwritable: the file stays as it was.
        """
        path = self.path
        if path is None:
            with self.guard:
                document = dict(self.missing)
                change(document)
                self.missing = document
            return
        name, folder = path.name, path.parent
        why = ""
        with self.guard:
            try:
                make_folder(folder)
                with lock(path):
                    document = self.load()
                    schema = document.get("schema", self.schema)
                    if not isinstance(schema, int) or schema > self.schema:
                        raise ConfigReadOnly(
                            path, f"{name} was written by a newer tuilio.", "Use that one to change it."
                        )
                    change(document)
                    write_atomic(path, self._encode(document, path))
                    sweep(folder)
                return
            except OSError as problem:
                why = problem.strerror or type(problem).__name__
        raise ConfigUnwritable(path, f"{name} is not saved: {why}.", f"Check that {folder} can be written.")

    def change_entries(self, change: Callable[[Table], Table]) -> None:
        """As `change`, of the entries alone: they become what this returns for them."""

        def change_document(document: Table) -> None:
            document[self.entries] = change(as_table(document.get(self.entries)) or {})

        self.change(change_document)

    def _encode(self, document: Table, path: Path) -> bytes:
        ordered: Table = {key: document.get(key, value) for key, value in ({"schema": self.schema} | self.keys).items()}
        ordered.update({key: value for key, value in document.items() if key not in (*ordered, self.entries)})
        ordered[self.entries] = document.get(self.entries, {})
        try:
            data = (self.header + multiline_toml(ordered)).encode("utf-8")
        except UnicodeEncodeError:
            data = None
        if data is None:
            reason = "It holds a character that cannot be saved (half of a surrogate pair)."
            raise ConfigUnwritable(path, reason, "Type it anew instead of pasting it.")
        if len(data) > self.limit:
            size = f"{self.limit // 1024 // 1024} MB" if self.limit >= 1024 * 1024 else f"{self.limit // 1024} kB"
            reason = f"{path.name} would be larger than {size} and could not be read again."
            raise ConfigUnwritable(path, reason, self.too_large)
        return data


def multiline_toml(document: Table) -> str:
    """The document as TOML, texts of several lines as such where those can hold every line end."""
    import tomli_w

    text = tomli_w.dumps(document, multiline_strings=True)
    return text if tomllib.loads(text) == document else tomli_w.dumps(document)


def entry_name_problem(name: str, longest: int) -> str:
    """What is wrong with the name of an entry, of so many characters at most; empty when nothing is."""
    if not name.strip():
        return "Give it a name."
    if len(name) > longest:
        return f"A name has at most {longest} characters."
    return "" if name.isprintable() else "A name holds no control characters."
