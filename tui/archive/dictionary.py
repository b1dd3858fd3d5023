"""Texts that many messages share, each kept once: addresses, and the terms (services, currencies, accounts, errors).

Numbers that were looked up stay in memory. They hold for the transaction they were asked in and until another program
writes, or a transaction is given up: then `forget` has to be called, since what was given a number may have lost it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, cast

from tui.archive.countries import country

_AT_ONCE: Final = 500
"""Texts that one statement asks for; SQLite before 3.32 takes 999 at most."""

_REMEMBERED: Final = 20_000
"""Texts whose numbers are kept in memory, of each kind."""


def chunks(values: Sequence[object]) -> Iterator[tuple[Sequence[object], str]]:
    """The values in portions for one statement each, with the placeholders that stand for them."""
    for first in range(0, len(values), _AT_ONCE):
        portion = values[first : first + _AT_ONCE]
        yield portion, ",".join("?" * len(portion))


class Addresses:
    """Number and country of each address."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, str]] = {}

    def forget(self) -> None:
        """Trust nothing that was looked up before."""
        self._known.clear()

    def number(self, database: sqlite3.Connection, addresses: Iterable[str]) -> dict[str, tuple[int | None, str]]:
        """Number and country of these addresses, in a transaction that may add them; None and '' for no address."""
        wanted = set(addresses)
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        missing = [address for address in wanted if address and address not in self._known]
        for portion, marks in chunks(missing):
            found = database.execute(
                f"SELECT address, id, country FROM addresses WHERE address IN ({marks})",  # noqa: S608
                portion,
            )
            for address, id_, region in cast("Iterable[tuple[str, int, str]]", found):
                self._known[address] = (id_, region)
        new = [address for address in missing if address not in self._known]
        if new:
            first = next_id(database, "addresses")
            rows = [(first + n, each, each.rpartition(":")[2], country(each)) for n, each in enumerate(new)]
            database.executemany("INSERT INTO addresses VALUES (?, ?, ?, ?)", rows)
            self._known |= {address: (id_, region) for id_, address, _, region in rows}
        return {each: self._known[each] if each else (None, "") for each in wanted}


class Terms:
    """Number of each term."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def forget(self) -> None:
        """Trust nothing that was looked up before."""
        self._known.clear()

    def number(self, database: sqlite3.Connection, terms: Iterable[str]) -> dict[str, int | None]:
        """Numbers of these terms, in a transaction that may add them; None for no term."""
        wanted = set(terms)
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        for term in wanted:
            if term and term not in self._known:
                self._known[term] = self._find(database, term)
        return {each: self._known[each] if each else None for each in wanted}

    def _find(self, database: sqlite3.Connection, term: str) -> int:
        found = cast("tuple[int] | None", database.execute("SELECT id FROM terms WHERE text = ?", (term,)).fetchone())
        if found:
            return found[0]
        id_ = next_id(database, "terms")
        database.execute("INSERT INTO terms VALUES (?, ?)", (id_, term))
        return id_


def texts_of(database: sqlite3.Connection, select: str, ids: Iterable[object]) -> dict[object, str]:
    """The texts that numbers stand for, by number; what a damaged cell holds in place of either is passed over.

    `select` has the two columns: `SELECT id, text FROM terms`.
    """
    wanted = json.dumps([each for each in ids if isinstance(each, int)])
    found = database.execute(f"{select} WHERE id IN (SELECT value FROM json_each(?))", (wanted,))  # noqa: S608
    return {id_: text for id_, text in cast("Iterable[tuple[object, object]]", found) if isinstance(text, str)}


def text_at(cell: object, texts: Sequence[str]) -> str:
    """The text that a cell holds, or stands for by its place among these; empty where it is damaged."""
    if isinstance(cell, int):
        return texts[cell] if 0 <= cell < len(texts) else str(cell)
    return cell if isinstance(cell, str) else ""


def next_id(database: sqlite3.Connection, table: str) -> int:
    """A number that no row of the table has."""
    return cast("tuple[int]", database.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone())[0]  # noqa: S608


def drop_unused(database: sqlite3.Connection) -> None:
    """Remove the addresses and terms that no message has any more, in the caller's transaction."""
    database.execute(
        """
        DELETE FROM addresses WHERE id NOT IN (
            SELECT other FROM messages WHERE other IS NOT NULL UNION SELECT own FROM messages WHERE own IS NOT NULL
        )
        """
    )
    used = " UNION ".join(
        f"SELECT {column} FROM messages WHERE {column} IS NOT NULL"  # noqa: S608
        for column in ("currency", "service", "account", "error")
    )
    database.execute(f"DELETE FROM terms WHERE id NOT IN ({used})")  # noqa: S608
