"""Price lists that were read from Twilio, kept for a while in one file: bounded, mode 0600. Must not know their fields.

Losing them costs one request: a file that cannot be read is set aside, one of a later version is left alone.
"""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from tui.storage.document import Table, as_table
from tui.storage.files import lock, make_folder, read_regular, set_aside, sweep, write_atomic

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA: Final = 1
MOST_LISTS: Final = 60
"""Lists of an owner; the oldest go."""

MOST_OWNERS: Final = 30
LARGEST_FILE: Final = 1024 * 1024
"""Bytes."""

_Lists = dict[str, dict[str, Table]]


class _Newer(Exception):
    """The file was written by a later version."""


class PriceFile:
    """Owner → country → a list as a table, in the file at `path`, or in memory with None. Usable from any thread."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._memory: _Lists = {}
        self._guard = threading.Lock()

    def load(self, owner: str) -> dict[str, Table]:
        """The lists of an owner, the one put last at the end. Never raises."""
        with self._guard:
            try:
                return self._load().get(owner, {})
            except (OSError, _Newer):
                return {}

    def put(self, owner: str, country: str, table: Table) -> None:
        """Keep a list.

        Raises:
            OSError: it is not on disk.
        """
        self._change(owner, country, table)

    def forget(self, owner: str) -> None:
        """Delete the lists of an owner.

        Raises:
            OSError: they are still on disk.
        """
        self._change(owner, "", None)

    def _change(self, owner: str, country: str, table: Table | None) -> None:
        with self._guard:
            if self._path is None:
                self._memory = _changed(self._memory, owner, country, table)
                return
            make_folder(self._path.parent)
            with lock(self._path), suppress(_Newer):
                before = self._load()
                if table is not None or owner in before:
                    lists = _changed(before, owner, country, table)
                    text = json.dumps({"schema": SCHEMA, "prices": lists}, ensure_ascii=True, indent=1)
                    write_atomic(self._path, text.encode("ascii"))
                    sweep(self._path.parent)

    def _load(self) -> _Lists:
        if self._path is None:
            return self._memory
        try:
            data = read_regular(self._path, limit=LARGEST_FILE * 2, follow=False)
        except FileNotFoundError:
            return {}
        found = _decode(data) if len(data) <= LARGEST_FILE else None
        if found is None:
            set_aside(self._path)
            return {}
        return found


def _changed(lists: _Lists, owner: str, country: str, table: Table | None) -> _Lists:
    others = {name: each for name, each in lists.items() if name != owner}
    if table is None:
        return others
    mine = {name: each for name, each in lists.get(owner, {}).items() if name != country} | {country: table}
    everyone = others | {owner: dict(list(mine.items())[-MOST_LISTS:])}
    return dict(list(everyone.items())[-MOST_OWNERS:])


def _decode(data: bytes) -> _Lists | None:
    """What a file says; None where it is no collection of price lists."""
    try:
        document = as_table(cast("object", json.loads(data)))
    except (ValueError, RecursionError):
        return None
    schema = None if document is None else document.get("schema")
    if document is None or not isinstance(schema, int):
        return None
    if schema > SCHEMA:
        raise _Newer
    owners = as_table(document.get("prices"))
    if owners is None:
        return None
    return {
        owner: {country: table for country, each in lists.items() if (table := as_table(each)) is not None}
        for owner, entry in owners.items()
        if (lists := as_table(entry)) is not None
    }
