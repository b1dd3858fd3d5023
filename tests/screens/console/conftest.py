"""Fixtures of the console's tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tui.sandbox.server import Sandbox
from tui.storage.connections import Connection, Connections, save


@pytest.fixture
def saved(tmp_path: Path, sandbox: Sandbox, connect: Callable[..., Connection]) -> Connection:
    """A saved connection to the sandbox, whose state is kept on disk."""
    connection = connect(sandbox, name="acme")
    save(tmp_path / "config" / "connections.toml", Connections({"acme": connection}, default="acme"))
    return connection
