"""The conversation under the message in the pane: whose it is, which one is marked, what comes while one looks."""

from __future__ import annotations

import asyncio

import pytest

from tests.screens.messages.listed import loaded, stand_on, table
from tui.services.account import Account
from tui.widgets.text_pane import TextPane
from tui.widgets.thread_view import ThreadView

MAYA = "+14155550123"


@pytest.mark.landing
async def test_the_pane_shows_the_conversation_of_the_cursors_message_with_that_one_marked(
    sandbox, run_app, until, text_of, monkeypatch
):
    load = Account.load_senders

    async def load_slowly(account):
        await asyncio.sleep(0.6)
        return await load(account)

    monkeypatch.setattr(Account, "load_senders", load_slowly)
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        await loaded(pilot, until)
        held = stand_on(pilot, lambda message: message.other_party == MAYA and bool(message.body))
        await until(pilot, lambda: any(each.number == MAYA for each in pilot.app.screen.query(ThreadView)))
        thread = pilot.app.screen.query_one(ThreadView)
        assert thread.current.sid == held.sid
        await until(pilot, lambda: f"── with +1 415 555 0123 · {thread.count} messages" in text_of(pilot))
        # The text stands in the conversation; opened, the message says it itself.
        detail = pilot.app.screen.query_one("#detail", TextPane)
        assert held.body not in detail._content.plain
        await pilot.press("enter")
        await until(pilot, lambda: held.body in detail._content.plain)
        # The account's names for its numbers are learnt with that; the conversation says them as well.
        await until(pilot, lambda: "Front desk" in text_of(pilot).partition("── with")[2])
        await pilot.press("escape")

        before = thread.count
        sandbox.receive(MAYA, sandbox.numbers[0], "One more thing")
        await pilot.press("r")
        await until(pilot, lambda: thread.count > before)
        assert thread.current.sid == held.sid

        other = stand_on(pilot, lambda message: message.other_party != MAYA)
        number = other.other_party.rpartition(":")[2]
        await until(pilot, lambda: thread.number == number and thread.current is not None)
        assert thread.current.sid == other.sid

        first = next(y for y, line in enumerate(thread._picture) if not line.heading)
        sid = thread._at_hand.get(thread._picture[first].row).sid
        await pilot.click(thread, offset=(20, first))
        await until(pilot, lambda: pilot.app.screen.current_message.sid == sid and pilot.app.screen.opened)

        await pilot.press("escape")
        await pilot.resize_terminal(100, 40)
        await until(pilot, lambda: not thread.parent.display)
        assert table(pilot).row_width == 99
