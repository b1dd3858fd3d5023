"""Fixtures of the console's tests."""

from __future__ import annotations

import pytest

from tui.storage.connections import Connections, save


@pytest.fixture
def saved(tmp_path, sandbox, connect):
    """A saved connection to the sandbox, whose state is kept on disk."""
    connection = connect(sandbox, name="acme")
    save(tmp_path / "config" / "connections.toml", Connections({"acme": connection}, default="acme"))
    return connection
