"""Why a message did not arrive, over the real sandbox: the verdict, the checks, what one does with them; leaving."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.screens.messages.listed import loaded, stand_on
from tui.sandbox.faults import Fault
from tui.screens.base import OpenMessage
from tui.screens.compose.outbox import OutboxScreen
from tui.screens.compose.outcome import Outcome
from tui.screens.messages.conversations import ConversationsScreen
from tui.screens.messages.screen import MessagesScreen
from tui.screens.why.check_list import CheckList
from tui.screens.why.opening import ask_why_of
from tui.screens.why.screen import WhyScreen
from tui.services.send_state import SendState
from tui.services.why.checks import CheckState
from tui.storage.connections import Connections, save
from tui.storage.journal_entry import JournalEntry, JournalState
from tui.widgets.dialogs import Choose, Confirm

OPTED_OUT = "+15005550004"
NOW = datetime(2026, 3, 11, 9, 41, tzinfo=UTC)
ENDED = (None, 21610, None, NOW, NOW)
"""SID, code, detail and times of an entry."""


def stands(pilot):
    return isinstance(pilot.app.screen, WhyScreen) and pilot.app.screen.query(CheckList)


def answered(pilot):
    return stands(pilot) and not any(check.state is CheckState.WAITING for check in pilot.app.screen.inquiry.checks)


async def test_a_failed_message_is_explained_its_requests_are_opened_and_all_is_copied(
    sandbox, run_app, until, text_of
):
    async with run_app(sandbox=sandbox) as pilot:
        app = pilot.app
        await loaded(pilot, until, 50)
        message = stand_on(pilot, lambda each: each.error_code == 30007)
        await until(pilot, lambda: "W Why" in text_of(pilot).splitlines()[-1])
        await pilot.press("W")
        await until(pilot, lambda: answered(pilot))
        why = app.screen
        lines = text_of(pilot).splitlines()
        assert lines[1].startswith(" Why  ✗ undelivered 30007 carrier filtered")
        assert lines[3].startswith(" ✗ Probably: ") and "What to do: Review the text" in lines[4]
        assert "esc Back" in lines[-1]

        # The request behind a check goes into the console, and is not sent; one comes back to the checks as they were.
        rows = why.query_one(CheckList)
        at = next(n for n, check in enumerate(rows.checks) if check.name == "sender")
        await pilot.press(*["down"] * at)
        served = len(sandbox.requests)
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "console" and "IncomingPhoneNumbers" in text_of(pilot))
        await until(pilot, lambda: "Nothing sent yet" in text_of(pilot))
        assert len(sandbox.requests) == served
        await pilot.press("f2")
        await until(pilot, lambda: app.screen is why)
        assert rows.cursor == at and len(sandbox.requests) == served
        await pilot.press("home", "enter")
        await until(pilot, lambda: any("no request behind this" in note.message for note in app._notifications))

        # For a ticket: without the text of the message, and without a credential.
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.press("1")
        await until(pilot, lambda: app.clipboard.startswith("Undelivered, error 30007\n"))
        assert message.sid in app.clipboard and "Verdict: Probably" in app.clipboard
        for secret in (message.body, sandbox.auth_token, sandbox.api_key_secret):
            assert secret not in app.clipboard
        assert any("checks copied" in note.message for note in app._notifications)

        # Every size shows the verdict, the checks and the keys.
        for size in ((60, 20), (200, 50), (120, 40)):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda size=size: app.screen.size == size)
            # Its title stands in its row and above its words in full.
            title = rows.current.title
            await until(
                pilot,
                lambda title=title: (
                    "Probably" in text_of(pilot) and "c Copy" in text_of(pilot) and text_of(pilot).count(title) == 2
                ),
            )

        # What costs money is asked only after a question that names the price.
        def paid():
            return [each.target for each in sandbox.requests if "line_type_intelligence" in each.target]

        await pilot.press("end", "enter")
        await until(pilot, lambda: isinstance(app.screen, Confirm) and "0.008 USD" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is why)
        assert paid() == []
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: answered(pilot) and not why.check_action("look_up", ()))
        assert len(paid()) == 1 and rows.checks[-1].name == "line_type" and rows.checks[-1].asked is not None

        # What else is asked of the place takes its place.
        app.post_message(OpenMessage(message.sid))
        await until(pilot, lambda: isinstance(app.screen, MessagesScreen) and app.screen.opened)
        await pilot.press("W")
        await until(pilot, lambda: answered(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, MessagesScreen))
        assert app.screen.opened

        # Where nothing is wrong, that is the answer.
        await pilot.press("escape")
        stand_on(pilot, lambda each: each.status == "delivered")
        await until(pilot, lambda: "W Why" not in text_of(pilot).splitlines()[-1])
        await pilot.press("W")
        await until(pilot, lambda: answered(pilot))
        assert "✓ Nothing is wrong: it was delivered." in text_of(pilot)


@pytest.mark.landing
async def test_leaving_stops_what_is_asked_and_another_connection_ends_it(
    sandbox, run_app, until, text_of, connect, tmp_path
):
    both = {name: connect(sandbox, name=name) for name in ("acme", "harbor")}
    save(tmp_path / "config" / "connections.toml", Connections(both, default="acme"))
    async with run_app(connection="acme") as pilot:
        app = pilot.app
        await loaded(pilot, until, 50)
        account = app.session.account
        stand_on(pilot, lambda each: each.error_code == 30007)
        sandbox.faults.add(Fault("delay-before", path="IncomingPhoneNumbers", seconds=60, times=2))
        await pilot.press("W")
        await until(pilot, lambda: stands(pilot) and "… asking:" in text_of(pilot))
        await until(pilot, lambda: account._at_work == 1)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, MessagesScreen) and account._at_work == 0)

        # Asked again it begins anew; what is another account's is not left standing, wherever one is meanwhile.
        await pilot.press("W")
        await until(pilot, lambda: stands(pilot) and account._at_work == 1)
        sandbox.faults.clear()
        await pilot.press("r")
        await until(pilot, lambda: answered(pilot) and "… asking" not in text_of(pilot))

        # Without an answer that is said once, and not in every row.
        sandbox.faults.add(Fault("reset-before", times=0))
        await pilot.press("r")
        await until(pilot, lambda: "checks had no answer: 127.0.0.1" in text_of(pilot))
        await until(pilot, lambda: answered(pilot))
        assert text_of(pilot).count("127.0.0.1") <= 2 and text_of(pilot).count("no answer") > 4
        sandbox.faults.clear()

        # A yes to what costs money is none for an account that is left by then.
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        app.session.run(app.session.use("harbor"))
        await until(pilot, lambda: app.session.account is not account)
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, MessagesScreen))
        assert not [each for each in sandbox.requests if "line_type_intelligence" in each.target]

        # And it does not stay where one comes back to it.
        await loaded(pilot, until, 50)
        account = app.session.account
        stand_on(pilot, lambda each: each.error_code == 30007)
        await pilot.press("W")
        await until(pilot, lambda: stands(pilot))
        await app.action_go("connections")
        await until(pilot, lambda: app.current_mode == "connections")
        app.session.run(app.session.use("acme"))
        await until(pilot, lambda: app.session.account is not account)
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(app.screen, MessagesScreen))


@pytest.mark.landing
async def test_it_is_asked_from_an_outcome_the_outbox_a_conversation_and_by_a_sid(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        app = pilot.app
        await until(pilot, lambda: app.session.account is not None and app.screen._form.display)
        entry = JournalEntry(1, "sandbox", "AC", OPTED_OUT, sandbox.numbers[0], "Hi", (), JournalState.REJECTED, *ENDED)
        # An attempt that Twilio refused is no message, and has a code.
        outcome = app.screen.query_one(Outcome)
        outcome.follow(app.session.account, SendState.of_entry(entry))
        app.screen._show("outcome")
        await until(pilot, lambda: "W Why" in text_of(pilot).splitlines()[-1])
        await pilot.press("W")
        await until(pilot, lambda: answered(pilot))
        assert "opted out" in text_of(pilot).splitlines()[3] and "2 Compose" in text_of(pilot).splitlines()[0]
        await pilot.press("escape")
        await until(pilot, lambda: app.screen.query(Outcome) and outcome.display)

        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, OutboxScreen) and app.screen._read_once)
        app.screen._rows.show((entry,))
        app.screen._describe()
        await until(pilot, lambda: "W Why" in text_of(pilot).splitlines()[-1])
        await pilot.press("W")
        await until(pilot, lambda: answered(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, OutboxScreen))

        await pilot.press("escape", "f2")
        await loaded(pilot, until, 50)
        failed = stand_on(pilot, lambda each: each.error_code == 30007)
        await pilot.press("enter", "t")
        await until(pilot, lambda: isinstance(app.screen, ConversationsScreen) and app.screen.pane.thread.current)
        conversations = app.screen
        await until(pilot, lambda: conversations.current_message.sid == failed.sid)
        await pilot.press("W")
        await until(pilot, lambda: answered(pilot) and "carrier filtered" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is conversations)

        # By its SID alone, as a webhook's event has it: what is not kept here Twilio is asked for.
        await ask_why_of(conversations, "SM" + "0" * 32)
        await until(pilot, lambda: any("could not be read" in note.message for note in app._notifications))
        await ask_why_of(conversations, failed.sid)
        await until(pilot, lambda: answered(pilot))
