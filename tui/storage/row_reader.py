"""Reading the cells of one row of a SQLite file: never fails, and remembers what could not be read. No SQL."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TypeVar, cast

Cell = str | bytes | int | float | None

UNREADABLE_TIME: Final = datetime.fromtimestamp(0, UTC)
"""Stands for a time that cannot be read."""

_HALVES: Final = re.compile("[\ud800-\udfff]")
_MARKS: Final = re.compile("[\udc80-\udcff]")

_Choice = TypeVar("_Choice", bound=StrEnum)


def storable(text: str) -> str | bytes:
    """A text as the database can hold it: half a surrogate pair is no UTF-8, such a text is kept as bytes."""
    if text.isascii() or _HALVES.search(text) is None:
        return text
    return text.encode("utf-8", "surrogatepass")


def write_time(moment: datetime) -> str:
    """An instant as a cell: in UTC, so that their order is the order of the texts."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


class RowReader:
    """Reads the cells of one row; `damaged` has the names of those that could not be read."""

    def __init__(self) -> None:
        self.damaged: list[str] = []

    def text(self, name: str, cell: Cell) -> str:
        """A text; empty where it cannot be read."""
        try:
            # Text that is no UTF-8 comes from the database with these marks; what is meant to hold them is bytes.
            if isinstance(cell, str) and (cell.isascii() or _MARKS.search(cell) is None):
                return cell
            if isinstance(cell, bytes):
                return cell.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            pass
        self.damaged.append(name)
        return ""

    def account(self, cell: Cell) -> str:
        """An account's SID."""
        account_sid = self.text("account", cell)
        if not account_sid.startswith("AC"):
            self.damaged.append("account")
        return account_sid

    def number(self, name: str, cell: Cell) -> int | None:
        """A whole number or none."""
        if cell is None or isinstance(cell, int):
            return cell
        self.damaged.append(name)
        return None

    def choice(self, name: str, cell: Cell, choices: type[_Choice], otherwise: _Choice) -> _Choice:
        """One of a few words."""
        try:
            return choices(self.text(name, cell))
        except ValueError:
            self.damaged.append(name)
            return otherwise

    def time(self, name: str, cell: Cell) -> datetime | None:
        """An instant, in UTC."""
        try:
            moment = datetime.fromisoformat(self.text(name, cell)).astimezone(UTC)
            # Whoever shows it in another zone, or adds to it, must not fall off the end of the calendar.
            if 1970 <= moment.year < 9000:
                return moment
        except (ValueError, OverflowError, OSError):
            pass
        self.damaged.append(name)
        return None

    def texts(self, name: str, cell: Cell) -> tuple[str, ...]:
        """A list of texts, in JSON."""
        items = self.json(name, cell)
        if isinstance(items, list) and all(isinstance(item, str) for item in cast("list[object]", items)):
            return tuple(cast("list[str]", items))
        self.damaged.append(name)
        return ()

    def json(self, name: str, cell: Cell) -> object:
        """What is in a cell of JSON; None where it is none, which is for the caller to name."""
        try:
            return json.loads(self.text(name, cell))
        except (ValueError, RecursionError):
            return None
