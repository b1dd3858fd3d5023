"""A TOML file of named entries: read and written whole, under a lock, so that two instances both keep their changes.

A file that cannot be read, or that a newer version wrote, is never written over. Must not know what the entries mean.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.storage.document import Table, as_table
from tui.storage.errors import ConfigReadOnly, ConfigUnreadable, ConfigUnwritable
from tui.storage.files import lock, make_folder, read_regular, sweep, write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class TomlFile:
    """The file at `path`. Usable from any thread.

    Attributes:
        entries: the key of the table that holds the named entries.
        schema: the newest that is written.
        limit: bytes; a larger file is not read.
        parse: makes a document of the file's bytes. Raises ConfigUnreadable.
        encode: makes bytes of a document. Raises ConfigUnwritable.
        missing: the document where there is no file.
    """

    path: Path
    entries: str
    schema: int
    limit: int
    parse: Callable[[bytes, Path], Table]
    encode: Callable[[Table, Path], bytes]
    missing: Table = field(default_factory=Table)
    guard: threading.RLock = field(default_factory=threading.RLock)

    def load(self) -> Table:
        """The document. Without the lock, for which a writer may wait seconds.

        Raises:
            ConfigUnreadable: the file is there, but cannot be read.
        """
        why = ""
        try:
            document = self.parse(read_regular(self.path, limit=self.limit), self.path)
            if as_table(document.get(self.entries, {})) is not None:
                return document
            why = f"{self.entries} is not a table in {self.path.name}."
        except FileNotFoundError:
            return dict(self.missing)
        except OSError as problem:
            why = f"{self.path.name} cannot be read: {problem.strerror or type(problem).__name__}."
        raise ConfigUnreadable(self.path, why, remedy="Mend it in an editor, or move it out of the way.")

    def change(self, change: Callable[[Table], None]) -> None:
        """Load the document, change it and write it.

        Raises:
            ConfigUnreadable, ConfigReadOnly, ConfigUnwritable: the file stays as it was.
        """
        name, folder = self.path.name, self.path.parent
        why = ""
        with self.guard:
            try:
                make_folder(folder)
                with lock(self.path):
                    document = self.load()
                    schema = document.get("schema", self.schema)
                    if not isinstance(schema, int) or schema > self.schema:
                        raise ConfigReadOnly(
                            self.path, f"{name} was written by a newer tuilio.", "Use that one to change it."
                        )
                    change(document)
                    write_atomic(self.path, self.encode(document, self.path))
                    sweep(folder)
                return
            except OSError as problem:
                why = problem.strerror or type(problem).__name__
        raise ConfigUnwritable(self.path, f"{name} is not saved: {why}.", f"Check that {folder} can be written.")


def entry_name_problem(name: str, longest: int) -> str:
    """What is wrong with the name of an entry, of so many characters at most; empty when nothing is."""
    if not name.strip():
        return "Give it a name."
    if len(name) > longest:
        return f"A name has at most {longest} characters."
    return "" if name.isprintable() else "A name holds no control characters."
