"""The list of saved connections: its rows, the warnings about connections.toml above it, and the table widget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Literal
from urllib.parse import urlsplit

from textual.binding import BindingType

from tui.actions import CONNECTIONS, bindings
from tui.keymap import key_of
from tui.safe_text import safe_text
from tui.screens.connections.connection_fields import KINDS_IN_WORDS
from tui.screens.connections.connection_test import TestResult
from tui.services.session import Session
from tui.storage.checks import check
from tui.storage.connections import Connection, Connections
from tui.storage.errors import Problem
from tui.theme import Tone, connection_tone
from tui.widgets.row_list import Piece, RowList, fit

SHORTEST_NAME = 14
LONGEST_NAME = 30
STAR_CELLS = 3
VERDICT_CELLS = 13
"""The longest: `✗ incomplete`."""


@dataclass(frozen=True, slots=True)
class SavedRow:
    """A row for a connection from the file.

    Attributes:
        problems: errors that keep it from being used.
        hints: harmless entries that look mistyped.
        own: keys in its entry that tuilio does not know and keeps.
    """

    name: str
    connection: Connection
    problems: tuple[Problem, ...]
    default: bool = False
    used: bool = False
    hints: tuple[Problem, ...] = ()
    own: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row for an entry of the file that is not a valid connection; it stays in the file until it is deleted."""

    name: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class SandboxRow:
    """The row of the sandbox, which is never saved.

    Attributes:
        used: whether it is in use.
        which: says in words which one it is.
        watched: where another program has it; empty for the embedded one.
    """

    used: bool = False
    which: str = ""
    watched: str = ""


Row = SavedRow | UnreadableRow | SandboxRow


def rows_of(session: Session) -> list[Row]:
    """Build the rows in the file's order, the sandbox last."""
    account = session.account
    used = account.name if account and not account.sandbox else None
    connections = session.saved.connections
    rows: list[Row] = []
    for name in connections.names:
        connection, told = connections.get(name), _problems_with(name, connections)
        if connection is None:
            rows.append(UnreadableRow(name, told))
            continue
        hinted = [each.field for each in told]
        own = tuple(key for key in connections.unknown_keys(name) if f"connections.{name}.{key}" not in hinted)
        default = connections.default == name
        rows.append(SavedRow(name, connection, check(connection), default, used == name, told, own))
    if session.sandbox_offered:
        rows.append(SandboxRow(bool(account and account.sandbox), session.which_sandbox, session.watches))
    return rows


def _problems_with(name: str, connections: Connections) -> tuple[Problem, ...]:
    where = f"connections.{name}"
    return tuple(each for each in connections.problems if f"{each.field}.".startswith(f"{where}."))


@dataclass(frozen=True, slots=True)
class ConfigWarning:
    """A warning about connections.toml or the connection in use, shown above the list.

    Attributes:
        mend: what the repair key does about it: rename the file, or close its permissions; empty for nothing.
    """

    tone: Tone
    words: str
    mend: Literal["", "set_aside", "close"] = ""


def config_warnings(session: Session) -> list[ConfigWarning]:
    """Every warning about the file and the connection in use, the worst first."""
    found: list[ConfigWarning] = []
    if (broken := session.saved.trouble) is not None:
        words = str(broken.reason)
        if broken.line is not None and f"line {broken.line}" not in words:
            words += f" Look at line {broken.line}, column {broken.column}."
        words += f" Nothing is written over it. Fix {broken.path} and press {key_of('connections.reread')}, "
        words += f"or press {key_of('connections.mend')} to set it aside."
        found.append(ConfigWarning("bad", safe_text(words, limit=600), "set_aside"))
    elif session.saved.connections.read_only:
        words = (
            f"{session.saved.connections.read_only_reason} It is shown, but not changed. Update tuilio to change it."
        )
        found.append(ConfigWarning("warn", safe_text(words, limit=400)))
    # Problems with an entry stand in its own row.
    for problem in session.saved.connections.problems:
        if not problem.field.startswith("connections."):
            found.append(ConfigWarning("warn", safe_text(f"{problem.reason} {problem.remedy}", limit=300)))
    wide = session.saved.permission_problems()
    if wide:
        words = " ".join(problem.reason for problem in wide)
        found.append(
            ConfigWarning(
                "warn",
                safe_text(f"{words} Press {key_of('connections.mend')} to close it to them.", limit=500),
                "close",
            )
        )
    if (refused := session.refusal) and session.account is None:
        words = "{} was {} and is closed: ".format(*session.given_up) if session.given_up else ""
        found.append(ConfigWarning("bad", safe_text(f"{words}{refused}", limit=400)))
    if session.account is not None and session.outdated:
        name = session.account.name
        words = (
            f"{name} is in use with the credentials from before it was changed. Enter uses it as it is saved now."
            if session.outdated == "changed"
            else f"{name} was removed, and is in use until you choose another or quit."
        )
        found.append(ConfigWarning("warn", safe_text(words, limit=300)))
    return found


class ConnectionList(RowList):
    """The table of connections; enter uses the selected one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(tuple(replace(each, name="open_row") for each in CONNECTIONS if each.name == "use"))
    ]

    def __init__(self) -> None:
        super().__init__(id="connection-list")
        self.rows: Sequence[Row] = ()
        self._verdicts: Mapping[str, TestResult] = {}

    def show(self, rows: Sequence[Row], verdicts: Mapping[str, TestResult], *, cursor: int | None = None) -> None:
        """Show these rows; `verdicts` maps a connection's name to its test result."""
        self.rows, self._verdicts = rows, verdicts
        self.set_row_count(len(rows), cursor=cursor)

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def draw_row(self, index: int, width: int) -> list[Piece]:
        """Draw marks, name, kind, account SID, region or host, test result; columns without room are left out."""
        row = self.rows[index]
        name_cells, columns = _arrange(width)
        match row:
            case SavedRow(name, connection, problems, default, used):
                pieces: list[Piece] = [
                    _mark(used),
                    (_cell(safe_text(name, limit=60), name_cells), connection_tone(connection.colour)),
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
                    (row.which, "muted"),
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
