"""A request that may have an effect goes on when another connection is chosen; what came of it is told and kept."""

from __future__ import annotations

import pytest

from tests.cases import in_full
from tests.piloting import keys_are_answered
from tests.screens.console.test_request_actions import BALANCE
from tests.screens.console.test_screen import form, ready
from tui.raw_request.form_text import MESSAGES_PATH, RequestText
from tui.sandbox.faults import Fault
from tui.storage.connections import Connections, save
from tui.storage.journal import JournalState
from tui.widgets.dialogs import Confirm


@pytest.fixture
def both(tmp_path, sandbox, connect):
    found = {name: connect(sandbox, name=name) for name in ("acme", "harbor")}
    save(tmp_path / "config" / "connections.toml", Connections(found, default="acme"))


def message(sandbox):
    body = f"To=+14155550123\nFrom={sandbox.numbers[0]}\nBody=By hand"
    return RequestText("POST", MESSAGES_PATH, body_kind="form", body=body)


async def send_and_leave(pilot, sandbox, until, typed):
    """Send from acme to a server that waits, then choose harbor."""
    session = pilot.app.session
    await ready(pilot, until)
    acme = session.account
    before = len(sandbox.requests)
    end = typed.path.rpartition("/")[2]
    sandbox.faults.add(Fault("delay", method=typed.method, path=end, seconds=60))
    form(pilot).fill(typed)
    await pilot.press("ctrl+s")
    await until(
        pilot,
        lambda: any((each.method, end in each.target) == (typed.method, True) for each in sandbox.requests[before:]),
    )
    session.run(session.use("harbor"))
    await until(pilot, lambda: session.account.name == "harbor" and "Nothing sent yet" in text(pilot))
    return acme


def text(pilot):
    return str(pilot.app.screen.query_one("#status").content)


def notices(pilot):
    return "\n".join(note.message for note in pilot.app._notifications)


async def test_a_message_by_hand_goes_on_where_it_was_sent_from(sandbox, both, run_app, until):
    async with run_app(screen="console", size=(120, 40)) as pilot:
        acme = await send_and_leave(pilot, sandbox, until, message(sandbox))
        console = pilot.app.screen
        assert "on “acme” goes on" in notices(pilot)
        assert not acme.client.closed
        # The other connection's console is free meanwhile.
        form(pilot).fill(RequestText(path="/Accounts/$TWILIO_ACCOUNT_SID/Balance.json"))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "✓ 200" in text(pilot))
        sandbox.faults.clear()
        await until(pilot, lambda: "POST …/Messages.json on “acme”: 201" in notices(pilot))
        assert acme.outbox.entries(acme.client.account_sid)[0].state is JournalState.ACCEPTED
        await until(pilot, lambda: len(console.requests.store.history.entries()) == 2)
        past = next(each for each in console.requests.store.history.entries() if each.request.method == "POST")
        assert (past.connection, past.status) == ("acme", 201)
        await until(pilot, lambda: acme.client.closed)
        assert "✓ 200" in text(pilot), "the answer that is shown is still the other connection's"


@pytest.mark.parametrize("method", [*map(in_full, ["PUT", "PATCH", "DELETE"])])
async def test_whatever_may_change_things_goes_on_and_its_failure_is_told(sandbox, both, run_app, until, method):
    async with run_app(screen="console", size=(120, 40)) as pilot:
        acme = await send_and_leave(pilot, sandbox, until, RequestText(method, "/Accounts/x.json"))
        assert not acme.client.closed
        sandbox.faults.clear()
        await until(pilot, lambda: f"{method} /Accounts/x.json on “acme”: 40" in notices(pilot))
        await until(pilot, lambda: acme.client.closed)


async def test_a_read_is_dropped_and_its_connection_closed(sandbox, both, run_app, until):
    async with run_app(screen="console", size=(120, 40)) as pilot:
        acme = await send_and_leave(pilot, sandbox, until, RequestText(path=BALANCE))
        await until(pilot, lambda: acme.client.closed)
        assert "goes on" not in notices(pilot)
        assert pilot.app.screen.unsaved_warning() == ""


async def test_leaving_the_program_asks_and_stop_asks_for_what_is_under_way_elsewhere(
    sandbox, both, run_app, until, text_of
):
    async with run_app(screen="console", size=(120, 40)) as pilot:
        acme = await send_and_leave(pilot, sandbox, until, message(sandbox))
        await pilot.press("ctrl+q")
        await until(
            pilot, lambda: isinstance(pilot.app.screen, Confirm) and "on “acme” would be cut off" in text_of(pilot)
        )
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Confirm) and keys_are_answered(pilot))
        await pilot.press("ctrl+x")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm) and "Stop it?" in text_of(pilot))
        await pilot.press("y")
        await until(pilot, lambda: "on “acme”: stopped" in notices(pilot))
        assert acme.outbox.entries(acme.client.account_sid)[0].state is JournalState.UNKNOWN
        await until(pilot, lambda: acme.client.closed)
