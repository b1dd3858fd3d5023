"""Asking for messages on the real screen over the sandbox: by typing, by views, by figures, by what was loaded."""

from __future__ import annotations

import pytest
from textual import events
from textual.command import CommandPalette

from tui.sandbox.server import Sandbox
from tui.screens.delivery.screen import DeliveryScreen
from tui.screens.history_dialog import LoadHistoryDialog
from tui.screens.messages.screen import MessagesScreen
from tui.screens.queries.query_bar import QueryBar, QueryChips, QueryInput
from tui.screens.queries.saved_views import ChooseView


@pytest.fixture
async def sandbox():
    async with Sandbox(history=520) as running:
        yield running


def bar(pilot):
    return pilot.app.screen.query_one(QueryBar)


async def listed(pilot, until, text_of):
    await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen) and "● live" in text_of(pilot))


async def test_a_number_however_written_finds_all_of_it_at_once(sandbox, run_app, until, text_of, be_in):
    be_in("Pacific/Auckland")
    async with run_app(sandbox=sandbox) as pilot:
        await listed(pilot, until, text_of)
        for key in "/+1 (416) 555-0175\r":
            pilot.app.post_message(
                events.Key({"/": "slash", "\r": "enter", "+": "plus", " ": "space"}.get(key, key), key)
            )
        await until(pilot, lambda: bar(pilot).text == "+1 (416) 555-0175")
        await until(pilot, lambda: "✗" in text_of(pilot) and "+1 416 555 0175" in text_of(pilot))
        await pilot.press("end")
        await until(pilot, lambda: "23 of" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: bar(pilot).text == "")


async def test_a_view_then_a_row_of_its_figures_then_a_chip_less(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await listed(pilot, until, text_of)
        await pilot.press("V")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChooseView))
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen) and "[is:problem ×]" in text_of(pilot))
        await pilot.press("S")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeliveryScreen) and "all time" in text_of(pilot))
        await until(pilot, lambda: pilot.app.screen.current is not None and not pilot.app.screen.loader.counting)
        await pilot.press("enter")
        await until(pilot, lambda: "[is:problem ×] [code:" in text_of(pilot))
        # Back to the figures, and from there to the list as it was.
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeliveryScreen))
        assert pilot.app.screen.loader.query_text == "is:problem"
        await pilot.press("enter")
        await until(pilot, lambda: "[is:problem ×] [code:" in text_of(pilot))
        line = next(line for line in text_of(pilot).splitlines() if "×]" in line)
        await pilot.click(QueryChips, offset=(line.index("×"), 0))
        await until(pilot, lambda: bar(pilot).text.startswith("code:"))
        assert "is:problem" not in text_of(pilot)


async def test_the_palette_lists_a_view(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await listed(pilot, until, text_of)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
        await pilot.press(*"view: sched")
        await until(pilot, lambda: "View: scheduled" in text_of(pilot))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "[status:scheduled ×]" in text_of(pilot))


@pytest.mark.landing
async def test_all_history_is_loaded_while_the_dialog_is_closed(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await listed(pilot, until, text_of)
        await pilot.press("L")
        await until(pilot, lambda: isinstance(pilot.app.screen, LoadHistoryDialog))
        await pilot.press("2")
        await until(pilot, lambda: "messages read" in text_of(pilot) or "Finished" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: not pilot.app.session.archive.status.load.running)
        await pilot.press("L")
        await until(pilot, lambda: "Finished: all since" in text_of(pilot))


async def test_what_is_being_typed_is_still_there_after_a_look_elsewhere(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await listed(pilot, until, text_of)
        await pilot.press("slash", *"parcel or", "f5")
        await until(pilot, lambda: not isinstance(pilot.app.screen, MessagesScreen))
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen))
        await pilot.press(*" order")
        assert pilot.app.screen.query_one(QueryInput).value == "parcel or order"


@pytest.mark.parametrize("first", [["slash"], []], ids=["into the bar", "into the list"])
async def test_the_sid_of_a_pasted_log_line_shows_its_message(sandbox, run_app, until, text_of, first: list[str]):
    async with run_app(sandbox=sandbox) as pilot:
        await listed(pilot, until, text_of)
        await until(pilot, lambda: pilot.app.screen.current_message is not None)
        sid = pilot.app.screen.current_message.sid
        await pilot.press("end", *first)
        pilot.app.post_message(events.Paste(f'12:00 WARN {{"uri": "/2010-04-01/Messages/{sid}.json"}}'))
        await until(pilot, lambda: pilot.app.screen.query(QueryInput) and pilot.app.screen.query_one(QueryInput).value)
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen.opened and sid in text_of(pilot))
        assert bar(pilot).text == ""
