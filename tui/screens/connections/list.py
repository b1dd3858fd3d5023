"""The saved connections, one line each. Draws what `rows.py` holds and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, Final, Literal
from urllib.parse import urlsplit

from textual.binding import BindingType

from tui.actions import CONNECTIONS, bindings
from tui.safe_text import safe_text
from tui.screens.connections.connection_test import TestResult
from tui.screens.connections.field_help import KINDS_IN_WORDS
from tui.screens.connections.rows import Row, SavedRow, UnreadableRow
from tui.storage.connections import Connection
from tui.widgets.row_list import Piece, RowList, fit

SHORTEST_NAME = 14
LONGEST_NAME = 30
STAR_CELLS = 3
VERDICT_CELLS = 13
"""The longest: `✗ incomplete`."""


class ConnectionList(RowList):
    """Rows of connections; enter uses one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(tuple(replace(each, name="open_row") for each in CONNECTIONS if each.name == "use"))
    ]

    def __init__(self) -> None:
        super().__init__(id="connection-list")
        self.rows: Sequence[Row] = ()
        self._verdicts: Mapping[str, TestResult] = {}

    def show(self, rows: Sequence[Row], verdicts: Mapping[str, TestResult], *, cursor: int | None = None) -> None:
        """Show these rows; `verdicts` by the name of the row."""
        self.rows, self._verdicts = rows, verdicts
        self.set_row_count(len(rows), cursor=cursor)

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def draw_row(self, index: int, width: int) -> list[Piece]:
        """In use, name, default, kind, account, where, what is wrong; from the right, what has no room is left out."""
        row = self.rows[index]
        name_cells, columns = _arrange(width)
        match row:
            case SavedRow(name, connection, problems, default, used):
                pieces: list[Piece] = [
                    _mark(used),
                    (_cell(safe_text(name, limit=60), name_cells), "plain"),
                    (_cell("★" if default else "", STAR_CELLS), "accent"),
                ]
                for column in columns:
                    pieces.append(_draw(column, connection))
                verdict = self._verdicts.get(name)
                if problems:
                    pieces.append(("✗ incomplete", "bad"))
                elif verdict is not None:
                    pieces.append((f"{verdict.mark} {verdict.short}", verdict.tone))
                return pieces
            case UnreadableRow(name, _):
                shown = _cell(safe_text(name, limit=60), name_cells + STAR_CELLS)
                return [_mark(False), (shown, "muted"), ("✗ this entry cannot be read", "bad")]
            case _:
                return [
                    _mark(row.used),
                    (_cell("sandbox", name_cells + STAR_CELLS), "warn"),
                    ("embedded, nothing leaves this machine", "muted"),
                ]


Column = Literal["kind", "sid", "where"]

_CELLS: Final[dict[Column, int]] = {"kind": 12, "sid": 13, "where": 11}
_BY_WORTH: Final[tuple[Column, ...]] = ("sid", "where", "kind")


def _arrange(width: int) -> tuple[int, list[Column]]:
    """How wide the name is, and which columns there is room for: the account first, the kind last."""
    room = width - 3 - STAR_CELLS - VERDICT_CELLS - SHORTEST_NAME
    fitting: list[Column] = []
    for column in _BY_WORTH:
        if _CELLS[column] > room:
            break
        room -= _CELLS[column]
        fitting.append(column)
    shown: list[Column] = [column for column in _CELLS if column in fitting]
    return min(LONGEST_NAME, SHORTEST_NAME + max(0, room)), shown


def _draw(column: Column, connection: Connection) -> Piece:
    cells = _CELLS[column]
    match column:
        case "kind":
            return (_cell(KINDS_IN_WORDS.get(connection.kind, "unknown"), cells), "muted")
        case "sid":
            return (_cell(shorten_sid(connection.account_sid) or "–", cells), "plain")
        case "where":
            return (_cell(_where(connection), cells), "muted")


def shorten_sid(sid: str) -> str:
    """`AC1234…cdef`: enough to tell accounts apart."""
    safe = safe_text(sid, limit=40)
    return safe if len(safe) < 14 else f"{safe[:6]}…{safe[-4:]}"


def _mark(used: bool) -> Piece:
    return (" ● " if used else "   ", "good")


def _where(connection: Connection) -> str:
    if not connection.base_url:
        return safe_text(connection.region or "us1", limit=8)
    try:
        return safe_text(urlsplit(connection.base_url).hostname or connection.base_url, limit=40)
    except ValueError:
        return safe_text(connection.base_url, limit=40)


def _cell(text: str, cells: int) -> str:
    return f"{fit(text, cells - 1)} "
