"""Work that fails in a way nobody foresaw: the person reads it, and nothing else dies, wherever it ran.

The cases of single widgets were seen to fail with those deaf to their workers, as Textual leaves them.
"""

from __future__ import annotations

import pytest
from textual import events

from tui.actions import PLACES
from tui.screens.base import BaseScreen
from tui.screens.connections.form import ConnectionForm
from tui.screens.console.lines_editor import LinesEditor


async def fail() -> None:
    raise LookupError("a shelf fell down")


def heard(pilot) -> int:
    return sum("a shelf fell down" in notice.message for notice in pilot.app._notifications)


@pytest.mark.parametrize("place", [name for name, _ in PLACES])
async def test_in_every_place_a_failure_is_told_and_the_place_goes_on(sandbox, run_app, until, place):
    async with run_app(sandbox=sandbox, screen=place) as pilot:
        app = pilot.app
        await until(pilot, lambda: app.session.account is not None and isinstance(app.screen, BaseScreen))
        app.screen.work(fail(), group="test")
        await until(pilot, lambda: heard(pilot) == 1)
        app.session.run(fail())
        await until(pilot, lambda: heard(pilot) == 2)
        here = app.screen
        for other in ("f2", "alt+o"):
            await pilot.press(other)
            await until(pilot, lambda: isinstance(app.screen, BaseScreen))
        await app.action_go(place)
        await until(pilot, lambda: app.screen is here)
        assert app.session.account is not None


async def test_a_save_of_a_connection_that_breaks_is_told_and_can_be_tried_again(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="connections") as pilot:
        session = pilot.app.session
        await until(pilot, lambda: session.account is not None)
        stored = []

        async def store(connections) -> None:
            stored.append(connections)
            await fail()

        session.saved.store = store
        await pilot.press("a")
        await until(pilot, lambda: pilot.app.screen.query(ConnectionForm))
        form = pilot.app.screen.query_one(ConnectionForm)
        for field, value in {
            "name": "acme",
            "account_sid": sandbox.account_sid,
            "api_key_sid": sandbox.api_key_sid,
            "api_key_secret": sandbox.api_key_secret,
        }.items():
            editor = form._rows[field].field
            editor.focus()
            await until(pilot, lambda editor=editor: editor.has_focus)
            pilot.app.post_message(events.Paste(value))
            await until(pilot, lambda editor=editor, value=value: editor.value == value)
        for times in (1, 2):
            await pilot.press("ctrl+s")
            await until(pilot, lambda times=times: len(stored) == times and heard(pilot) == times)
        assert "acme" in text_of(pilot)


async def test_a_look_at_a_file_that_breaks_is_told(sandbox, run_app, until, monkeypatch):
    monkeypatch.setattr("tui.screens.console.lines_editor.complete_file", lambda _: 1 / 0)
    async with run_app(sandbox=sandbox, screen="console") as pilot:
        await until(pilot, lambda: pilot.app.session.account is not None)
        editor = pilot.app.screen.query(LinesEditor).first()
        editor.files = True
        editor.text = "file=@/tm"
        editor.move_cursor(editor.document.end)
        editor.update_suggestion()
        await until(pilot, lambda: any("division" in notice.message for notice in pilot.app._notifications))
        assert editor.text == "file=@/tm"
