"""Delivery over the sandbox: counting, another period and query, rows that lead to their messages, files and text."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta

import pytest

from tui.screens.base import Navigate
from tui.screens.delivery import picture_loader
from tui.screens.delivery.screen import DeliveryScreen
from tui.screens.messages.screen import MessagesScreen
from tui.storage.connections import Connections, save
from tui.widgets.dialogs import Ask, Choose


async def test_from_a_period_to_a_row_to_its_messages_and_back(sandbox, run_app, until, text_of, tmp_path, monkeypatch):
    async with run_app(sandbox=sandbox, screen="delivery", size=(120, 40)) as pilot:
        app = pilot.app
        await until(pilot, lambda: "● live" in text_of(pilot) and isinstance(app.screen, DeliveryScreen))
        screen = app.screen
        await until(pilot, lambda: screen.current is not None)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.press("6")
        await until(pilot, lambda: app.screen is screen and "· all time" in text_of(pilot))
        # What is no error code cannot be asked about, which is said.
        await pilot.press("end", "W")
        await until(pilot, lambda: "Go to a row of an error code" in text_of(pilot))
        assert "W Why" not in text_of(pilot)
        await pilot.press("home", "escape")
        await until(pilot, lambda: "W Why" in text_of(pilot))
        await pilot.press("slash", *"is:problem", "enter")
        await until(pilot, lambda: "[is:problem ×]" in text_of(pilot) and not screen.loader.counting)
        line = screen.current
        assert line is not None and line.row is not None and line.section == "code"
        # What is counted is what an export of the same query holds.
        archive = app.session.archive
        rows = await archive.find_rows(screen.loader.read_query())
        assert screen.loader.picture.all.count == len(rows)
        # A CSV of all rows.
        target = tmp_path / "figures.csv"
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        app.screen.query_one("Input").value = str(target)
        await pilot.press("enter")
        await until(pilot, lambda: target.exists())
        written = list(csv.DictReader(target.read_text(encoding="utf-8").splitlines()))
        assert written[0]["section"] == "all" and int(written[0]["count"]) == len(rows)
        assert {"code", "country", "sender", "status", "hour"} <= {each["section"] for each in written}
        # Text for a ticket.
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("c")
        await until(pilot, lambda: "of messages that match: is:problem" in app.clipboard)
        assert line.words in app.clipboard
        # Cursor and figures stay while messages change.
        screen.loader.changed()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MessagesScreen) and line.row.term in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen and screen.current.row.value == line.row.value)
        await pilot.press("escape")
        await until(pilot, lambda: "[is:problem" not in text_of(pilot) and not screen.loader.counting)
        # In the smallest terminal the top bar stays, which says whose account it is, and so do rows of the list.
        await pilot.resize_terminal(40, 12)
        await until(pilot, lambda: screen.size.height == 12 and screen.query_one("#causes").size.height in (2, 3))
        await until(pilot, lambda: "SANDBOX" in text_of(pilot).splitlines()[0] and screen.max_scroll_y == 0)
        await pilot.resize_terminal(120, 40)
        # A day ends while the place stands open, and no message changes.
        screen.show_period("today")
        await until(pilot, lambda: "· today" in text_of(pilot) and not screen.loader.counting)
        today, tomorrow = screen.window, datetime.now(UTC) + timedelta(days=1)
        app.session.clock = lambda: tomorrow
        screen.loader.look_again()
        assert screen.window == today
        monkeypatch.setattr(picture_loader, "OLD_AFTER", 0)
        screen.loader.look_again()
        await until(pilot, lambda: screen.window != today and "No message of today" in text_of(pilot))


async def test_without_a_connection_it_says_so(run_app, until, text_of):
    async with run_app(screen="delivery", connection="none") as pilot:
        app = pilot.app
        await until(pilot, lambda: app.screen_stack and "No connection is in use" in text_of(pilot))
        # What asks Twilio, or is of one account, is not offered; who asks for it from elsewhere is told.
        assert "Opt-outs" not in text_of(pilot)
        app.screen.post_message(Navigate("delivery", "money"))
        await until(pilot, lambda: any("chooses one." in each.message for each in app._notifications))
        app.session.opening = "Acme"
        app.screen.post_message(Navigate("delivery", "alerts"))
        await until(pilot, lambda: any("Acme is being opened" in each.message for each in app._notifications))


@pytest.mark.landing
async def test_the_keys_stay_with_the_list_of_causes_whatever_connection_is_opened(
    sandbox, run_app, connect, until, tmp_path
):
    names = ["one", "two"]
    save(tmp_path / "config" / "connections.toml", Connections([connect(sandbox, name=name) for name in names]))
    async with run_app(connection="one", screen="delivery", size=(120, 40)) as pilot:
        app = pilot.app
        screen = app.screen
        for name in [*names, *names, *names]:
            await app.session.use(name)
            await until(pilot, lambda: screen.loader.picture is not None and not screen.loader.counting)
            await until(pilot, lambda: screen.loader.picture.all.count and screen.current is not None)
            await pilot.pause()
            assert app.focused is screen.query_one("#causes"), name
