"""Compose while no connection is in use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tui.storage.connections import Connection, Connections, Secret, save
from tui.storage.paths import find_paths


@pytest.fixture
def broken(tmp_path: Path, connection: Connection) -> None:
    paths = find_paths(tmp_path / "config")
    secret = Secret("env", "NOT_SET")
    save(paths.connections, Connections([replace(connection, name="harbor", api_key_secret=secret, auth_token=secret)]))


@pytest.mark.usefixtures("broken")
async def test_without_a_connection_no_hidden_field_takes_the_keys_that_lead_elsewhere(
    run_app: Any, until: Any
) -> None:
    async with run_app(screen="connections", connection="harbor") as pilot:
        app = pilot.app
        for key, place in (("2", "compose"), ("1", "messages"), ("2", "compose"), ("6", "connections")):
            await pilot.press(key)
            await until(pilot, lambda place=place: app.current_mode == place)


@pytest.mark.usefixtures("broken")
async def test_it_says_which_connection_it_was_that_did_not_open(run_app: Any, until: Any) -> None:
    async with run_app(screen="compose", connection="harbor") as pilot:
        await until(
            pilot, lambda: "harbor could not be opened" in pilot.app.screen.query_one("#nowhere").render().plain
        )
