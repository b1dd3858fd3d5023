"""The queries that were typed with each connection, newest first, kept across runs: bounded, mode 0600.

Losing them is annoying, not dangerous: a file that cannot be read counts as empty, and is replaced by the next query.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Final, cast

from tui.storage.document import as_table
from tui.storage.errors import StorageError
from tui.storage.files import lock, make_folder, read_regular, sweep, write_atomic

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA: Final = 1
KEPT: Final = 200
"""Queries of a connection."""

LARGEST_FILE: Final = 16 * 1024 * 1024
"""Bytes."""

_Queries = dict[str, list[str]]


class QueriesUnsaved(StorageError):
    """The query is kept until the program ends, but is not on disk."""


class QueryHistory:
    """Connection name → queries, in the file at `path`, or in memory with None. Usable from any thread."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._memory: _Queries = {}
        self._guard = threading.RLock()

    def entries(self, connection: str) -> tuple[str, ...]:
        """The queries typed with a connection, newest first. Never raises."""
        with self._guard:
            unsaved = self._memory.get(connection, [])
            return tuple(dict.fromkeys([*unsaved, *self._load().get(connection, [])]))[:KEPT]

    def add(self, connection: str, query: str) -> None:
        """Put a query before the others; one that is there already moves there.

        Raises:
            QueriesUnsaved: it is remembered until the program ends, but is not on disk.
        """
        query = query.strip()
        if query:
            self._change(connection, query)

    def forget(self, connection: str) -> None:
        """Delete the queries of a connection.

        Raises:
            QueriesUnsaved: they are forgotten here, but are still on disk.
        """
        self._change(connection, "")

    def _change(self, connection: str, query: str) -> None:
        with self._guard:
            unsaved = [query, *self._memory.pop(connection, [])] if query else []
            if self._path is None:
                self._memory[connection] = list(dict.fromkeys(unsaved))[:KEPT]
                return
            try:
                make_folder(self._path.parent)
                with lock(self._path):
                    queries = self._load()
                    present = queries.pop(connection, [])
                    if query:
                        queries[connection] = list(dict.fromkeys([*unsaved, *present]))[:KEPT]
                    write_atomic(self._path, _encode(queries))
                    sweep(self._path.parent)
                return
            except OSError as problem:
                self._memory[connection] = list(dict.fromkeys(unsaved))[:KEPT]
                why = problem.strerror or type(problem).__name__
        raise QueriesUnsaved(
            f"The history of queries is not saved: {why}.", f"Check that {self._path.parent} can be written."
        )

    def _load(self) -> _Queries:
        if self._path is None:
            return {}
        try:
            document = as_table(cast("object", json.loads(read_regular(self._path, limit=LARGEST_FILE, follow=False))))
        except (OSError, ValueError, RecursionError):
            return {}
        found = as_table((document or {}).get("queries")) or {}
        return {
            name: [query for query in cast("list[object]", queries) if isinstance(query, str)]
            for name, queries in found.items()
            if isinstance(queries, list)
        }


def _encode(queries: _Queries) -> bytes:
    # ASCII escapes carry even half a surrogate pair, which UTF-8 cannot.
    return json.dumps({"schema": SCHEMA, "queries": queries}, ensure_ascii=True, indent=1).encode("ascii")
