"""While another program holds the files of saved requests, keys go on being answered."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.cases import in_full
from tests.piloting import is_asked, keys_are_answered
from tests.screens.console.test_request_actions import form, from_the_menu, listed, ready, send
from tui.raw_request.form_text import RequestText
from tui.raw_request.saved_requests import SavedRequests
from tui.screens.console.request_picker import ChooseRequest, RequestList
from tui.screens.console.screen import ConsoleScreen
from tui.storage.files import lock
from tui.widgets.dialogs import Ask

PATH = "/Accounts/$TWILIO_ACCOUNT_SID/Balance.json"


@pytest.fixture
def console(tmp_path):
    SavedRequests(tmp_path / "config" / "requests.toml").put("kept", RequestText(path=PATH))


async def keys_are_taken(pilot, until):
    """What is pressed now appears, although the lock is held: the loop that waits for it would show nothing."""
    await until(pilot, lambda: keys_are_answered(pilot))
    form(pilot).enter("path")
    await pilot.press("end", "!")
    await until(pilot, lambda: form(pilot).typed.path.endswith("!"), 3)
    await pilot.press("backspace")


@pytest.mark.parametrize("deed", ["save", *map(in_full, ["replace", "forget the history", "forget one"])])
async def test_a_lock_that_is_held_elsewhere_keeps_no_key_waiting(
    saved, console, run_app, until, text_of, tmp_path, deed
):
    state = tmp_path / "config"
    async with run_app(connection="acme", screen="console", size=(120, 40)) as pilot:
        await ready(pilot, until)
        await send(pilot, until, RequestText(path=PATH))
        screen = pilot.app.screen
        await until(pilot, lambda: screen.requests.store.history.entries())
        guarded = state / "state" / "requests.jsonl" if deed == "forget the history" else state / "requests.toml"
        with lock(guarded):
            if deed == "forget one":
                await listed(pilot, until)
                await pilot.press(*"kept", "f8")
                await until(pilot, lambda: "taken out of the saved" in text_of(pilot))
                await pilot.press("y")
                await until(pilot, lambda: isinstance(pilot.app.screen, ChooseRequest))
                assert [each.name for each in pilot.app.screen.query_one(RequestList).entries] == ["kept"]
                await pilot.press("escape")
            elif deed == "forget the history":
                await from_the_menu(pilot, until, "forget")
                await until(pilot, lambda: "Forget the history?" in text_of(pilot))
                await pilot.press("y")
            else:
                await from_the_menu(pilot, until, "name")
                await until(pilot, lambda: is_asked(pilot, Ask))
                pilot.app.screen.query_one(Input).value = "kept" if deed == "replace" else "new"
                await pilot.press("enter")
                if deed == "replace":
                    await until(pilot, lambda: "Replace it?" in text_of(pilot))
                    await pilot.press("y")
            await until(pilot, lambda: isinstance(pilot.app.screen, ConsoleScreen))
            await keys_are_taken(pilot, until)
        await until(
            pilot,
            {
                "save": lambda: set(screen.requests.store.saved.read().requests) == {"kept", "new"},
                "replace": lambda: "Saved as “kept”" in text_of(pilot),
                "forget the history": lambda: not screen.requests.store.history.entries(),
                "forget one": lambda: not screen.requests.store.saved.read().requests,
            }[deed],
        )
