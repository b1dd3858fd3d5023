"""The app standing in Connections, with a file of its own and the sandbox offered but not in use."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.conftest import Until
from tests.piloting import keys_are_answered
from tui.app import TuilioApp
from tui.launch import StartOptions
from tui.sandbox.server import Sandbox
from tui.services.session import Session
from tui.storage.connections import Connection, Connections, save
from tui.storage.paths import find_paths


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    """Where the app under test keeps its connections."""
    return tmp_path / "config" / "connections.toml"


@pytest.fixture
def stand(tmp_path: Path, config_file: Path, sandbox: Sandbox) -> Callable[..., Any]:
    """`async with stand(connections, …) as pilot`: the app in Connections."""

    @asynccontextmanager
    async def run(
        *connections: Connection,
        default: str | None = None,
        text: str | None = None,
        screen: str = "connections",
        size: tuple[int, int] = (80, 24),
        environ: Mapping[str, str] | None = None,
        embedded: bool = False,
        offered: bool = True,
    ) -> AsyncGenerator[Pilot[None]]:
        if text is not None:
            config_file.parent.mkdir(mode=0o700)
            config_file.write_text(text)
            config_file.chmod(0o600)
        elif connections:
            save(config_file, Connections(connections, default=default))

        async def start() -> Connection:
            return Connection(
                "sandbox",
                "api_key",
                sandbox.account_sid,
                sandbox.api_key_sid,
                sandbox.api_key_secret,
                base_url=f"{sandbox.base_url}/2010-04-01",
            )

        session = Session(
            find_paths(tmp_path / "config"), start_sandbox=start if offered else None, environ=environ or {}
        )
        app = TuilioApp(session, StartOptions(sandbox=embedded, screen=screen))
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            yield pilot

    return run


Stand = Callable[..., AbstractAsyncContextManager[Pilot[None]]]


@pytest.fixture
def fill(until: Until) -> Callable[..., Any]:
    """`await fill(pilot, account_sid="…")` puts text into fields of the form, as a paste would."""

    async def put(pilot: Pilot[Any], **texts: str) -> None:
        from tui.widgets.form_fields import FieldRow

        # The key that opened the form goes on to put the cursor into it.
        await until(pilot, lambda: keys_are_answered(pilot))
        rows: list[FieldRow[Any]] = [*pilot.app.screen.query(FieldRow)]
        editors = {row.key: row.field for row in rows}
        for field, text in texts.items():
            editor = editors[field]
            assert isinstance(editor, Input)
            editor.focus()
            await until(pilot, lambda editor=editor: editor.has_focus)
            editor.value = text
        await pilot.pause()

    return put
