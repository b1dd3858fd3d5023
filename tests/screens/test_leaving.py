"""Quitting while a message is being sent: it is asked about, and the question never says what is no longer so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tui.sandbox.faults import Fault
from tui.screens.quit_dialogs import LeaveWhileSending
from tui.services.send_state import SendState
from tui.services.session import EventType, SessionEvent
from tui.storage.connections import Connections, save
from tui.storage.journal import JournalState, SendJournal
from tui.twilio.drafts import Draft

HELLO = Draft(to="+14155550123", from_="+14155550100", body="Hello")


async def begin_to_send(pilot, sandbox, until):
    session = pilot.app.session
    await until(pilot, lambda: session.account is not None)
    sandbox.faults.add(Fault("delay-before", method="POST", seconds=60))
    session.send(session.account, SendState(HELLO, datetime.now(UTC)))
    await until(pilot, lambda: session.send_under_way and session.send_under_way.entry)


async def ask_to_leave(pilot, until, text_of):
    await pilot.press("ctrl+q")
    await until(pilot, lambda: "Twilio has not answered yet" in text_of(pilot))


async def test_an_answer_that_comes_while_leaving_is_asked_about_changes_the_question(run_app, sandbox, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await begin_to_send(pilot, sandbox, until)
        await ask_to_leave(pilot, until, text_of)
        sandbox.faults.clear()
        await until(pilot, lambda: "Twilio has the message to +14155550123" in text_of(pilot))
        assert "unknown" not in text_of(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, LeaveWhileSending))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (JournalState.REJECTED, "Nothing was sent to +14155550123"),
        (JournalState.NOT_SENT, "Nothing was sent to +14155550123"),
        (JournalState.UNKNOWN, "may have been sent, or not"),
    ],
)
async def test_the_question_says_what_became_of_the_send(run_app, sandbox, until, text_of, state, words):
    async with run_app(sandbox=sandbox) as pilot:
        await begin_to_send(pilot, sandbox, until)
        await ask_to_leave(pilot, until, text_of)
        session = pilot.app.session
        known = replace(session.send_under_way, entry=replace(session.send_under_way.entry, state=state))
        session.publish(SessionEvent(EventType.SEND, session.account, sending=known))
        await until(pilot, lambda: words in text_of(pilot))
        assert "has not answered" not in text_of(pilot)
        sandbox.faults.clear()


async def test_a_send_of_a_connection_that_was_left_is_asked_about_as_well(
    run_app, sandbox, connect, until, text_of, tmp_path
):
    both = {name: connect(sandbox, name=name) for name in ("acme", "harbor")}
    save(tmp_path / "config" / "connections.toml", Connections(both, default="acme"))
    async with run_app() as pilot:
        await begin_to_send(pilot, sandbox, until)
        await pilot.press("ctrl+o", "2")
        await until(pilot, lambda: pilot.app.session.account and pilot.app.session.account.name == "harbor")
        await ask_to_leave(pilot, until, text_of)
        sandbox.faults.clear()


async def ask_before_it_leaves(pilot, sandbox, until, text_of):
    """The list, which is read before a message leaves, hangs."""
    session = pilot.app.session
    await until(pilot, lambda: session.account is not None)
    sandbox.faults.add(Fault("delay-before", method="GET", path="Messages", times=0, seconds=60))
    session.send(session.account, SendState(HELLO, datetime.now(UTC)))
    await until(pilot, lambda: session.send_under_way)
    await pilot.press("ctrl+q")
    await until(pilot, lambda: "The message to +14155550123 has not left yet" in text_of(pilot))


async def test_a_message_that_leaves_while_leaving_is_asked_about_changes_the_question(
    run_app, sandbox, until, text_of, monkeypatch
):
    monkeypatch.setattr("tui.twilio.send_lookup.LOOK_BEFORE", 60.0)
    async with run_app(sandbox=sandbox) as pilot:
        await ask_before_it_leaves(pilot, sandbox, until, text_of)
        sandbox.faults.clear()
        sandbox.faults.add(Fault("delay-before", method="POST", seconds=60))
        await until(pilot, lambda: "Twilio has not answered yet" in text_of(pilot))
        assert "has not left" not in text_of(pilot)
        sandbox.faults.clear()
        await until(pilot, lambda: "Twilio has the message to +14155550123" in text_of(pilot))


async def test_a_message_that_had_not_left_when_the_program_ends_never_does(
    run_app, sandbox, connect, until, text_of, monkeypatch, tmp_path
):
    monkeypatch.setattr("tui.twilio.send_lookup.LOOK_BEFORE", 60.0)
    save(tmp_path / "config" / "connections.toml", Connections([connect(sandbox, name="acme")]))
    async with run_app(connection="acme") as pilot:
        await ask_before_it_leaves(pilot, sandbox, until, text_of)
        await pilot.press("y")
        await until(pilot, lambda: not pilot.app.is_running)
    assert not any(served.method == "POST" for served in sandbox.requests)
    with SendJournal(tmp_path / "config" / "state" / "outbox.sqlite3") as journal:
        assert journal.entries(sandbox.account_sid) == ()
