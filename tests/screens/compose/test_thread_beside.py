"""The conversation beside what is written: of whom stands in To, blank where nothing is known."""

from __future__ import annotations

import asyncio

from tui.screens.compose.form import DraftForm
from tui.services.account import Account
from tui.twilio.senders import AccountSenders
from tui.widgets.thread_pane import ThreadPane

MAYA = "+14155550123"


async def test_beside_the_form_stands_the_conversation_with_whom_stands_in_to(
    sandbox, run_app, until, text_of, monkeypatch
):
    known, load = asyncio.Event(), Account.load_senders

    async def late(account: Account) -> AccountSenders:
        await known.wait()
        return await load(account)

    monkeypatch.setattr(Account, "load_senders", late)
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        session = pilot.app.session
        await until(pilot, lambda: session.archive is not None and session.archive.status.looked)
        await pilot.press("2")
        await until(pilot, lambda: pilot.app.screen.query(DraftForm) and pilot.app.screen.query_one(DraftForm).display)
        form, pane = pilot.app.screen.query_one(DraftForm), pilot.app.screen.query_one(ThreadPane)
        form.set_text("from_", sandbox.numbers[0])
        width = form.size.width
        assert pane.display
        assert "── with" not in text_of(pilot)
        form.set_text("to", "(415) 555-0123")
        await until(pilot, lambda: pane.thread.number == MAYA)
        await until(pilot, lambda: "── with +1 415 555 0123" in text_of(pilot))
        await until(pilot, lambda: pane.thread.at_end)
        assert form.size.width == width
        # What the account calls its own numbers may be known later than the conversation.
        assert "Front desk" not in text_of(pilot)
        known.set()
        await until(pilot, lambda: "to Front desk" in text_of(pilot))
        # In its beginning nobody is known.
        form.set_text("to", "+1415555012")
        await until(pilot, lambda: not pane.thread.count)
        assert "── with" not in text_of(pilot)
        form.set_text("to", MAYA)
        await until(pilot, lambda: pane.thread.count)
        await pilot.resize_terminal(100, 40)
        await until(pilot, lambda: not pane.display)
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: pane.display and pane.thread.at_end)
        # A click opens the message; what was written stays.
        y = next(y for y, line in enumerate(pane.thread._picture) if not line.heading)
        sid = pane.thread._at_hand.get(pane.thread._picture[y].row).sid
        await pilot.click(pane.thread, offset=(20, y))
        await until(pilot, lambda: getattr(pilot.app.screen, "current_message", None) is not None)
        await until(pilot, lambda: pilot.app.screen.current_message.sid == sid and pilot.app.screen.opened)
        await pilot.press("2")
        await until(pilot, lambda: pilot.app.screen.query(DraftForm))
        assert form.typed.to == MAYA
