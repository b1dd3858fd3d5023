"""What the list shows: saved connections, entries nobody can read, the sandbox. Pure data from the session."""

from __future__ import annotations

from dataclasses import dataclass

from tui.services.session import Session
from tui.storage.checks import check
from tui.storage.connections import Connection, Connections
from tui.storage.errors import Problem


@dataclass(frozen=True, slots=True)
class SavedRow:
    """A connection from the file.

    Attributes:
        problems: what has to be mended before it can be used.
        hints: what looks mistyped in its entry, and does no harm.
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
    """An entry of the file that is no connection; it stays in the file until it is deleted."""

    name: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class SandboxRow:
    """The sandbox: offered, never saved."""

    used: bool = False


Row = SavedRow | UnreadableRow | SandboxRow


def rows_of(session: Session) -> list[Row]:
    """Every row, in the file's order, the sandbox last."""
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
        rows.append(SandboxRow(bool(account and account.sandbox)))
    return rows


def _problems_with(name: str, connections: Connections) -> tuple[Problem, ...]:
    where = f"connections.{name}"
    return tuple(each for each in connections.problems if f"{each.field}.".startswith(f"{where}."))
