"""The first start without configuration: every way on leads somewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tui.app import TuilioApp
from tui.launch import StartOptions
from tui.sandbox.server import Sandbox
from tui.screens.connections.form import ConnectionForm
from tui.screens.welcome.screen import WelcomeScreen
from tui.services.session import Session
from tui.storage.connections import Connection
from tui.storage.paths import find_paths

SHELL = {"TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": "do-not-show-me"}

First = Callable[..., AbstractAsyncContextManager[Pilot[None]]]


@pytest.fixture
def first_start(tmp_path: Path, sandbox: Sandbox, until: Any, text_of: Any) -> First:
    @asynccontextmanager
    async def run(
        environ: dict[str, str] | None = None, size: tuple[int, int] = (80, 24)
    ) -> AsyncIterator[Pilot[None]]:
        async def start() -> Connection:
            base = f"{sandbox.base_url}/2010-04-01"
            return Connection(
                "sandbox", "auth_token", sandbox.account_sid, auth_token=sandbox.auth_token, base_url=base
            )

        session = Session(find_paths(tmp_path / "config"), start_sandbox=start, environ=environ or {})
        async with TuilioApp(session, StartOptions()).run_test(size=size) as pilot:
            await until(pilot, lambda: "Add a connection" in text_of(pilot))
            yield pilot

    return run


@pytest.mark.parametrize("keys", [["s"], ["enter"]])
async def test_the_sandbox_is_one_key_away(
    first_start: First, until: Any, text_of: Any, tmp_path: Path, keys: list[str]
) -> None:
    async with first_start() as pilot:
        await pilot.press(*keys)
        session = pilot.app.session
        await until(pilot, lambda: session.account and session.account.sandbox)
        await until(pilot, lambda: "SANDBOX" in text_of(pilot).splitlines()[0])
    assert not (tmp_path / "config").exists()


async def test_adding_opens_the_form(first_start: First, until: Any) -> None:
    async with first_start() as pilot:
        await pilot.press("a")
        await until(pilot, lambda: pilot.app.screen.query(ConnectionForm))
        await pilot.press("escape")
        await until(pilot, lambda: not pilot.app.screen.query(ConnectionForm))


async def test_the_shells_variables_are_offered_when_they_are_set(first_start: First, until: Any, text_of: Any) -> None:
    async with first_start(SHELL) as pilot:
        assert "TWILIO_*" in text_of(pilot)
        await pilot.press("i")
        await until(pilot, lambda: pilot.app.screen.query(ConnectionForm))
        await until(pilot, lambda: SHELL["TWILIO_ACCOUNT_SID"] in text_of(pilot))
        assert "do-not-show-me" not in text_of(pilot)


async def test_the_shells_variables_are_not_mentioned_when_unset(first_start: First, text_of: Any) -> None:
    async with first_start() as pilot:
        assert "TWILIO_*" not in text_of(pilot)
        await pilot.press("i")
        assert isinstance(pilot.app.screen, WelcomeScreen)


async def test_escape_leads_to_the_empty_messages(first_start: First, until: Any) -> None:
    async with first_start() as pilot:
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, WelcomeScreen))
        assert pilot.app.current_mode == "messages"


async def test_a_double_click_chooses(first_start: First, until: Any) -> None:
    async with first_start() as pilot:
        await pilot.click("StartList", offset=(6, 1), times=2)
        await until(pilot, lambda: pilot.app.screen.query(ConnectionForm))


@pytest.mark.parametrize("size", [(80, 24), (40, 15), (200, 60)])
async def test_every_way_is_named_at_any_size(first_start: First, text_of: Any, size: Any) -> None:
    async with first_start(SHELL, size) as pilot:
        for words in ("Try the sandbox", "Add a connection", "Import TWILIO_*"):
            assert words in text_of(pilot)
