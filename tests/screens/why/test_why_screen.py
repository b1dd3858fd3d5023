"""Why a message did not arrive, over the real sandbox: the verdict, the checks, what one does with them; leaving."""

from __future__ import annotations

from tests.screens.messages.listed import loaded, stand_on
from tui.sandbox.faults import Fault
from tui.screens.base import OpenMessage
from tui.screens.messages.screen import MessagesScreen
from tui.screens.why.check_list import CheckList
from tui.screens.why.screen import WhyScreen
from tui.services.why.checks import CheckState
from tui.storage.connections import Connections, save
from tui.widgets.dialogs import Choose


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
        assert "✗ Probably: a carrier filtered" in lines[3] and "What to do: Review the text" in lines[4]
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
            for words in ("A repeat fails", "Probably", "✓ The sender is the account", "c Copy"):
                await until(pilot, lambda words=words: words in text_of(pilot))

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
        await pilot.press("R")
        await until(pilot, lambda: answered(pilot))
        await app.action_go("connections")
        await until(pilot, lambda: app.current_mode == "connections")
        app.session.run(app.session.use("harbor"))
        await until(pilot, lambda: app.session.account is not account)
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(app.screen, MessagesScreen))
