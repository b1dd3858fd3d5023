"""Drafts of messages, one for each connection, kept across runs. Must not know what a draft's fields mean.

Losing a draft is annoying, not dangerous: trouble with the file never stops the program, and what is typed
stays in memory meanwhile.
"""

from __future__ import annotations

import errno
import json
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from tui.storage.document import as_table
from tui.storage.errors import DraftsUnsaved
from tui.storage.files import lock, make_folder, read_regular, set_aside, sweep, write_atomic

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA: Final = 1
SIZE_LIMIT: Final = 4 * 1024 * 1024
"""Bytes; a larger file is neither read nor written."""

_Fields = dict[str, str]


class _Unreadable(Exception):
    """The file is no collection of drafts."""


class _Newer(Exception):
    """The file was written by a later version."""


class Drafts:
    """Connection name → what was typed, field by field, verbatim. With no path they live in memory only.

    Attributes:
        notice: what happened to a file that could not be read, as a sentence; None when all is well.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, _Fields] = {}
        self._on_disk: dict[str, _Fields] = {}
        self._unsaved: set[str] = set()
        self.notice: str | None = None
        self._guard = threading.RLock()

    def connections(self) -> tuple[str, ...]:
        """The connections for which something is kept.

        Raises:
            DraftsUnsaved: the file cannot be read.
        """
        with self._guard:
            try:
                return tuple(self._load() | self._known)
            except (OSError, _Newer) as problem:
                why = _words(problem)
        raise DraftsUnsaved(f"Earlier drafts cannot be read: {why}.", "Mend their file, or move it out of the way.")

    def get(self, connection: str) -> Mapping[str, str]:
        """The fields last put for this connection, by whichever instance; empty when there are none. Never raises."""
        with self._guard:
            if self._path is not None and connection not in self._unsaved:
                try:
                    loaded = self._load()
                except (OSError, _Newer) as problem:
                    self.notice = f"Earlier drafts cannot be read: {_words(problem)}."
                else:
                    self._on_disk[connection] = loaded.get(connection, {})
                    self._known = _changed(self._known, connection, loaded.get(connection))
            return dict(self._known.get(connection, {}))

    def put(self, connection: str, fields: Mapping[str, str]) -> None:
        """Keep this connection's draft.

        Raises:
            DraftsUnsaved: it is remembered until the program ends, but is not on disk.
        """
        self._keep(connection, dict(fields))

    def discard(self, connection: str) -> None:
        """Delete this connection's draft.

        Raises:
            DraftsUnsaved: it is forgotten here, but is still on disk.
        """
        self._keep(connection, None)

    def _keep(self, connection: str, fields: _Fields | None) -> None:
        with self._guard:
            if connection not in self._on_disk:
                self.get(connection)
            if connection not in self._unsaved and self._known.get(connection, {}) == (fields or {}):
                return
            self._known = _changed(self._known, connection, fields)
            if self._path is not None:
                self._unsaved.add(connection)
                self._save(self._path, connection, fields)
                self._unsaved.discard(connection)
                self._on_disk[connection] = fields or {}

    def _save(self, path: Path, connection: str, fields: _Fields | None) -> None:
        try:
            make_folder(path.parent)
            with lock(path):
                drafts = self._load()
                present = drafts.get(connection, {})
                theirs = present and present not in (self._on_disk.get(connection, {}), fields)
                if theirs and fields is None:
                    return  # The draft on disk is another instance's.
                data = _encode(_changed(drafts, connection, fields))
                if not theirs and len(data) <= SIZE_LIMIT:
                    write_atomic(path, data)
                    sweep(path.parent)
                    return
            if theirs:
                # Another instance wrote since this one last looked: neither text may replace the other.
                why = "another tuilio holds a draft for this connection"
                remedy = "Send or clear it there; until then this one is kept while tuilio runs."
            else:
                why = f"their file would be larger than {SIZE_LIMIT // 1024 // 1024} MB and could not be read again"
                remedy = "Clear a long one; until then this one is kept while tuilio runs."
        except (OSError, _Newer) as problem:
            why = _words(problem)
            remedy = f"Check that {path.parent} can be written; until then it is kept while tuilio runs."
        raise DraftsUnsaved(f"The draft is not saved: {why}.", remedy)

    def _load(self) -> dict[str, _Fields]:
        if self._path is None:
            return self._known
        try:
            return _decode(read_regular(self._path, limit=SIZE_LIMIT))
        except FileNotFoundError:
            return {}
        except (OSError, _Unreadable) as problem:
            if isinstance(problem, OSError) and problem.errno != errno.EFBIG:
                raise
            place = set_aside(self._path)
        self.notice = f"Earlier drafts could not be read; their file was set aside as {place.name}."
        return {}


def _changed(drafts: dict[str, _Fields], connection: str, fields: _Fields | None) -> dict[str, _Fields]:
    others = {name: each for name, each in drafts.items() if name != connection}
    return others if not fields else others | {connection: fields}


def _encode(drafts: dict[str, _Fields]) -> bytes:
    # ASCII escapes carry even half a surrogate pair, which UTF-8 cannot.
    return json.dumps({"schema": SCHEMA, "drafts": drafts}, ensure_ascii=True, indent=1).encode("ascii")


def _decode(data: bytes) -> dict[str, _Fields]:
    try:
        document = as_table(cast("object", json.loads(data)))
    except (ValueError, RecursionError):
        document = None
    schema = None if document is None else document.get("schema")
    if document is None or not isinstance(schema, int):
        raise _Unreadable
    if schema > SCHEMA:
        raise _Newer
    drafts = as_table(document.get("drafts"))
    if drafts is None:
        raise _Unreadable
    read: dict[str, _Fields] = {}
    for name, entry in drafts.items():
        fields = as_table(entry)
        if fields is None:
            raise _Unreadable
        read[name] = {key: text for key, text in fields.items() if isinstance(text, str)}
    return read


def _words(problem: OSError | _Newer) -> str:
    if isinstance(problem, _Newer):
        return "the file was written by a newer tuilio"
    return problem.strerror or type(problem).__name__
