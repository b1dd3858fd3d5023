"""The outbox by keys: what was sent from here, unknowns first, and nothing sent again by itself."""

from __future__ import annotations

import re
import sqlite3
from contextlib import chdir, closing
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from unicodedata import category

import pytest

from tests.piloting import is_asked, keys_are_answered
from tests.terminal.hostile import PAYLOADS
from tui.jobs.model import Job, JobCounts, JobKind, JobState, NewJob
from tui.raw_request.model import RawRequest
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.screens.compose.outbox import OutboxScreen
from tui.screens.compose.outbox_export import COLUMNS, csv_rows
from tui.screens.compose.outbox_filter import OutboxLines, read_filter
from tui.screens.compose.outbox_rows import SendList, column_titles, entry_details, entry_row, in_order
from tui.screens.compose.outcome import Outcome
from tui.screens.compose.screen import ComposeScreen
from tui.screens.messages.screen import MessagesScreen
from tui.screens.sending.outcome_text import explanation
from tui.screens.sending.review import Review
from tui.services.jobs import JobView
from tui.services.send_state import SendStage, SendState
from tui.storage.connections import Connections, save
from tui.storage.journal import JournalEntry, JournalState, SendJournal
from tui.storage.journal_entry import NewSend
from tui.storage.paths import find_paths
from tui.twilio.client import Client
from tui.twilio.drafts import Draft
from tui.twilio.messages import Message, send
from tui.widgets.dialogs import Ask, Choose, Confirm

MAYA = "+14155550123"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Journal:
    """The journal of the saved connection `acme`, written as an earlier run would have."""

    def __init__(self, folder: Path, sandbox: Sandbox, connection: Any) -> None:
        save(folder / "connections.toml", Connections([connection]))
        self.path = find_paths(folder).outbox
        self.sandbox = sandbox

    def add(
        self,
        state: JournalState,
        *,
        by_hand: bool = False,
        media: tuple[str, ...] = (),
        body: str = "",
        options=(),
        **known,
    ) -> int:
        with SendJournal(self.path) as outbox:
            entry = outbox.begin(
                NewSend(
                    connection="acme",
                    account_sid=self.sandbox.account_sid,
                    to=MAYA,
                    sender=self.sandbox.numbers[0],
                    body=body or f"It is {state.value}",
                    media=media,
                    by_hand=by_hand,
                    options=options,
                )
            )
            return outbox.settle(entry.id, state, **known).id

    def state(self, number: int) -> JournalState:
        with SendJournal(self.path) as outbox:
            return next(each.state for each in outbox.entries(self.sandbox.account_sid) if each.id == number)


@pytest.fixture
def journal(tmp_path: Path, sandbox: Sandbox, connect: Any) -> Journal:
    return Journal(tmp_path / "config", sandbox, connect(sandbox, name="acme"))


@pytest.fixture
def opened(run_app: Any, until: Any, text_of: Any) -> Any:
    """`see = await opened(pilot)` opens the outbox; `await see(words)` waits for words on the screen."""

    async def open_outbox(pilot: Any, *keys: str) -> Any:
        async def see(words: str) -> None:
            await until(pilot, lambda: words in text_of(pilot))

        await until(pilot, lambda: pilot.app.session.account is not None)
        await until(pilot, lambda: pilot.app.screen.query("#form") and pilot.app.screen.query_one("#form").display)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(pilot.app.screen, OutboxScreen) and keys_are_answered(pilot))
        # Nothing is opened before the journal was read.
        await until(pilot, lambda: pilot.app.screen._read_once)
        await pilot.press(*keys)
        return see

    return open_outbox


def rows(pilot: Any) -> list[tuple[JournalState, bool]]:
    return [(entry.state, entry.by_hand) for entry in pilot.app.screen.query_one(SendList).entries]


def posts(sandbox: Sandbox) -> int:
    return sum(served.method == "POST" for served in sandbox.requests)


@pytest.mark.landing
@pytest.mark.parametrize("size", [(80, 24), (200, 60), (44, 14), (22, 10)])
async def test_unknown_sends_come_first_and_each_state_is_a_mark_and_a_word(
    run_app, journal, opened, until, sandbox, size
):
    journal.add(JournalState.ACCEPTED, sid="SM" + "1a" * 16)
    journal.add(JournalState.UNKNOWN)
    journal.add(JournalState.REJECTED, code=21610)
    journal.add(JournalState.NOT_SENT, by_hand=True)
    async with run_app(connection="acme", screen="compose", size=size) as pilot:
        see = await opened(pilot)
        await see("? 1 unknown")
        assert [state for state, _ in rows(pilot)] == [
            JournalState.UNKNOWN,
            JournalState.NOT_SENT,
            JournalState.REJECTED,
            JournalState.ACCEPTED,
        ]
        if size[0] >= 80:
            for words in ("? unknown", "✗ rejected", "✗ not sent", "› accepted", "by hand It is"):
                await see(words)
            for words in ("error 21610", "SM1a1a…1a1a", "connection acme"):
                await see(words)
        # The conversation with whom it went to leads back here.
        outbox = pilot.app.screen
        await pilot.press("t")
        await until(pilot, lambda: pilot.app.current_mode == "messages" and keys_are_answered(pilot))
        await until(pilot, lambda: getattr(pilot.app.screen, "opened", False))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is outbox)
        assert posts(sandbox) == 0


async def test_an_unknown_send_is_found_by_looking_and_settled(run_app, journal, opened, until, sandbox, connection):
    number = journal.add(JournalState.UNKNOWN, body="Only this one")
    async with Client(connection) as client:
        message = await send(client, Draft(MAYA, sandbox.numbers[0], "Only this one"))
    async with run_app(connection="acme", screen="compose") as pilot:
        see = await opened(pilot, "enter")
        await see("It may have been sent, or not")
        await see("acme")
        await pilot.press("c")
        await until(pilot, lambda: journal.state(number) is JournalState.ACCEPTED)
        await see(message.sid)
        await pilot.press("escape")
        await until(pilot, lambda: rows(pilot) == [(JournalState.ACCEPTED, False)])
        await see("none unknown")
    assert posts(sandbox) == 1


async def test_a_look_that_fails_gives_no_advice_that_could_be_meant_for_the_send(
    run_app, journal, opened, until, text_of, sandbox
):
    journal.add(JournalState.UNKNOWN)
    async with run_app(connection="acme", screen="compose") as pilot:
        see = await opened(pilot, "enter")
        await see("It may have been sent, or not")
        # Nothing listens there any more: the request of the look certainly never left.
        await sandbox.aclose()
        await pilot.press("c")
        await see("It could not be looked up")
        shown = text_of(pilot)
        assert "othing was sent" not in " ".join(shown.split())
        assert "try again" not in " ".join(shown.split())


async def test_an_unknown_send_can_be_marked_and_is_not_called_accepted(run_app, journal, opened, until, sandbox):
    number = journal.add(JournalState.UNKNOWN)
    async with run_app(connection="acme", screen="compose") as pilot:
        see = await opened(pilot, "enter")
        await see("Mark as sent")
        await pilot.press("m")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await see("By your own word")
        assert journal.state(number) is JournalState.ACCEPTED
        await pilot.press("escape")
        await see("✓ marked")
    assert posts(sandbox) == 0


async def test_sending_anyway_leads_into_the_form_and_sends_nothing_before_the_review(
    run_app, journal, opened, until, sandbox
):
    number = journal.add(JournalState.UNKNOWN, body="Once more", media=("https://example.com/a.png",))
    async with run_app(connection="acme", screen="compose") as pilot:
        see = await opened(pilot, "enter")
        await see("Send anyway")
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await see("may have arrived")
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
        await see("Once more")
        typed = pilot.app.screen._form.typed
        assert (typed.to, typed.body, typed.media) == (MAYA, "Once more", "https://example.com/a.png")
        assert journal.state(number) is JournalState.UNKNOWN
    assert posts(sandbox) == 0


async def test_a_draft_that_is_being_written_is_not_replaced_without_asking(run_app, journal, opened, until, sandbox):
    journal.add(JournalState.REJECTED, body="Refused", code=21610, detail="They replied STOP.")
    async with run_app(connection="acme", screen="compose") as pilot:
        await until(pilot, lambda: pilot.app.session.account is not None)
        await until(pilot, lambda: pilot.app.screen.query_one("#form").display)
        pilot.app.screen._form.set_text("body", "My own words")
        await pilot.pause()
        see = await opened(pilot, "enter")
        await see("They replied STOP. (error 21610)")
        await pilot.press("g", "n", "c", "m")
        await pilot.press("e")
        await until(pilot, lambda: is_asked(pilot, Choose))
        await pilot.press("escape")
        await see("My own words")
    assert posts(sandbox) == 0


@pytest.mark.landing
async def test_a_send_that_failed_is_reviewed_again_with_all_it_held_and_what_was_typed_is_put_aside(
    run_app, journal, opened, until, sandbox
):
    options = (
        ("StatusCallback", "https://example.com/cb"),
        ("SmartEncoded", "true"),
        ("SendAt", "2020-01-01T09:00:00Z"),
    )
    journal.add(JournalState.REJECTED, body="Refused", code=21610, detail="They replied STOP.", options=options)
    async with run_app(connection="acme", screen="compose") as pilot:
        await until(pilot, lambda: pilot.app.session.account is not None)
        await until(pilot, lambda: pilot.app.screen.query_one("#form").display)
        compose = pilot.app.screen
        compose._form.set_text("body", "My own words")
        await pilot.pause()
        see = await opened(pilot, "enter")
        await see("They replied STOP. (error 21610)")
        await pilot.press("s", "s")
        await until(pilot, lambda: is_asked(pilot, Choose))
        await pilot.press("1")
        await until(pilot, lambda: is_asked(pilot, Review))
        await see("https://example.com/cb")
        await see("smart encoding: yes")
        assert not [screen for screen in pilot.app.screen_stack if isinstance(screen, Choose | OutboxScreen)]
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is compose and keys_are_answered(pilot))
        assert (compose._form.typed.body, compose._form.typed.send_at) == ("Refused", "")
        assert compose._drafts().aside.body == "My own words"
    assert posts(sandbox) == 0


@pytest.mark.parametrize("more", [{"by_hand": True}, {"withdrawn": True}, {"options": None}, {"damaged": ("text",)}])
def test_what_is_not_known_whole_is_never_called_the_same(more):
    entry = JournalEntry(1, "a", "AC", "+1", "+2", "Hi", (), JournalState.REJECTED, None, None, None, NOW, NOW)
    sending = SendState.of_entry(replace(entry, **more))
    assert SendState.of_entry(entry).whole and not sending.whole
    assert "sends the same" in explanation(SendState.of_entry(entry)).plain
    assert "sends the same" not in explanation(sending).plain


async def test_an_accepted_send_leads_to_its_message(run_app, journal, opened, until, sandbox, connection):
    async with Client(connection) as client:
        message = await send(client, Draft(MAYA, sandbox.numbers[0], "There it is"))
    journal.add(JournalState.ACCEPTED, sid=message.sid)
    async with run_app(connection="acme", screen="compose") as pilot:
        see = await opened(pilot, "enter")
        await until(pilot, lambda: pilot.app.screen.query_one(Outcome).sending is not None)
        assert message.sid in pilot.app.screen.query_one(Outcome).sending.sid
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen) and pilot.app.screen.opened)
        await see("There it is")


async def test_it_opens_from_messages_and_goes_back_there(run_app, journal, until, text_of):
    journal.add(JournalState.UNKNOWN)
    async with run_app(connection="acme") as pilot:
        await until(pilot, lambda: pilot.app.session.account is not None)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "? unknown" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen))
        await pilot.press("2")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))


async def test_a_message_sent_by_hand_is_listed_as_such_once_one_looks_again(run_app, journal, opened, until, sandbox):
    async with run_app(connection="acme", screen="compose") as pilot:
        see = await opened(pilot)
        await see("Nothing was sent from here")
        session = pilot.app.session
        data = f"To=%2B{MAYA[1:]}&From=%2B{sandbox.numbers[0][1:]}&Body=By+hand"
        request = RawRequest("POST", "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json", data=data)
        await session.send_by_hand(
            session.account, request, on_attempt=lambda _: None, on_progress=lambda _: None, spill=BytesIO
        )
        await pilot.press("r")
        await until(pilot, lambda: rows(pilot) == [(JournalState.ACCEPTED, True)])


async def test_a_send_that_goes_on_meanwhile_changes_its_row(run_app, journal, opened, until, text_of, sandbox):
    sandbox.faults.add(Fault("delay", method="POST", seconds=60))
    async with run_app(connection="acme", screen="compose") as pilot:
        see = await opened(pilot)
        await see("Nothing was sent from here")
        assert "Open" not in text_of(pilot).splitlines()[-1]
        session = pilot.app.session
        session.send(session.account, SendState(Draft(MAYA, sandbox.numbers[0], "Under way"), datetime.now(UTC)))
        await until(pilot, lambda: rows(pilot) == [(JournalState.SENDING, False)])
        sandbox.faults.clear()
        await until(pilot, lambda: rows(pilot) == [(JournalState.ACCEPTED, False)])
        await pilot.press("enter")
        # It lives on while one looks.
        await until(pilot, lambda: any(w in text_of(pilot) for w in ("Accepted by Twilio", "It reached the recipient")))


async def test_the_cursor_stands_on_the_send_that_was_just_made(run_app, journal, opened, until, sandbox):
    journal.add(JournalState.UNKNOWN)
    async with run_app(connection="acme", screen="compose") as pilot:
        session, compose = pilot.app.session, pilot.app.screen
        await until(pilot, lambda: session.account is not None and session.account.senders is not None)
        await until(pilot, lambda: compose._addressing and compose._addressing.usual)
        await pilot.pause()
        compose._sending.submit(session.account, Draft("+15005550004", sandbox.numbers[0], "Blocked"))
        await until(pilot, lambda: compose._outcome.sending.stage is SendStage.REJECTED and compose._outcome.has_focus)
        await pilot.press("escape")
        await opened(pilot)
        await until(pilot, lambda: pilot.app.screen.query_one(SendList).current.state is JournalState.REJECTED)


async def test_another_account_does_not_see_what_this_one_sent(run_app, journal, opened, until, sandbox):
    journal.add(JournalState.UNKNOWN)
    async with run_app(sandbox=sandbox, connection="acme", screen="compose") as pilot:
        await opened(pilot)
        assert rows(pilot)
        await pilot.app.session.use_sandbox()
        await until(pilot, lambda: pilot.app.session.account.sandbox and not rows(pilot))


async def test_a_journal_that_cannot_be_read_says_so(run_app, journal, opened, sandbox):
    journal.add(JournalState.UNKNOWN)
    async with run_app(connection="acme", screen="compose") as pilot:
        see = await opened(pilot)
        with closing(sqlite3.connect(journal.path)) as other:
            other.execute("DROP TABLE sends")
            other.commit()
        await pilot.press("r")
        await see("The send journal cannot be used")


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_no_row_and_no_description_holds_what_a_terminal_would_obey(payload: str) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    entry = JournalEntry(
        1,
        payload,
        "AC1",
        payload,
        payload,
        payload,
        (payload,),
        JournalState.UNKNOWN,
        payload,
        1,
        payload,
        now,
        None,
        True,
    )
    for width in (20, 50, 80, 200):
        shown = "".join(text for text, _ in entry_row(entry, width, now)) + column_titles(width)
        shown += entry_details(entry, now).plain.replace("\n", "")
        assert not [character for character in shown if category(character) in ("Cc", "Cs", "Zl", "Zp")]
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", shown)
        assert len(shown) < 5000


@pytest.mark.parametrize(
    ("send_at", "state", "status", "row", "details"),
    [
        (
            "2026-03-03T09:00:00Z",
            JournalState.ACCEPTED,
            "",
            "for 03 Mar 09:00  Hi",
            "planned for Tue 3 Mar 09:00 UTC",
        ),
        ("2026-03-03T09:00:00Z", JournalState.ACCEPTED, "scheduled", "for 03 Mar 09:00", "planned for Tue 3 Mar"),
        ("2026-03-03T09:00:00Z", JournalState.ACCEPTED, "canceled", "", "planned for Tue 3 Mar 09:00 UTC"),
        ("2026-03-03T09:00:00Z", JournalState.REJECTED, "", "", "planned for Tue 3 Mar 09:00 UTC"),
        ("2026-03-01T09:00:00Z", JournalState.ACCEPTED, "", "", "planned for Sun 1 Mar 09:00 UTC"),
        # By hand anything may have been asked for.
        ("tomorrow", JournalState.ACCEPTED, "", "", ""),
        ("9999-12-31T23:59:59-23:00", JournalState.ACCEPTED, "", "", ""),
        ("\x1b[31m", JournalState.ACCEPTED, "", "", ""),
        ("", JournalState.ACCEPTED, "", "", ""),
    ],
)
def test_for_when_a_send_is_planned_is_in_its_row_until_then(send_at, state, status, row, details, be_in):
    be_in("UTC")
    now = datetime(2026, 3, 2, tzinfo=UTC)
    options = (("ScheduleType", "fixed"), ("SendAt", send_at))
    entry = JournalEntry(1, "acme", "AC1", MAYA, "MG1", "Hi", (), state, "SM1", None, None, now, None, options=options)
    shown = "".join(text for text, _ in entry_row(entry, 120, now, status))
    assert row in shown and ("for " in shown) is bool(row)
    described = entry_details(entry, now, status).plain
    assert details in described and ("planned" in described) is bool(details)


async def test_a_damaged_row_is_a_row_and_the_connection_opens(run_app, journal, opened, text_of, sandbox):
    damaged, whole = (
        journal.add(JournalState.ACCEPTED, sid="SM" + "1" * 32),
        journal.add(JournalState.ACCEPTED, sid="SM" + "2" * 32),
    )
    with closing(sqlite3.connect(journal.path)) as database, database:
        database.execute("UPDATE sends SET state = 'x', started_at = 'never' WHERE id = ?", (damaged,))
    async with run_app(connection="acme", screen="compose", size=(120, 40)) as pilot:
        see = await opened(pilot)
        assert [entry.id for entry in pilot.app.screen.query_one(SendList).entries] == [damaged, whole]
        await see("? unreadable")
        await see("unreadable: state, time")
        await pilot.press("enter")
        await see("at a time that cannot be read in the send journal")
        await pilot.press("c")
        await see("Its state cannot be read in the send journal")
        assert posts(sandbox) == 0


async def test_what_is_known_of_a_message_since_is_shown_in_its_row(run_app, journal, opened, text_of, sandbox):
    sid = "SM" + "1" * 32
    journal.add(JournalState.ACCEPTED, sid=sid)
    async with run_app(connection="acme", screen="compose", size=(120, 40)) as pilot:
        see = await opened(pilot)
        await see("› accepted")
        assert "✓ accepted" not in text_of(pilot)
        session = pilot.app.session
        for status in ("sent", "undelivered", "sent"):
            session.changes.known(session.account, Message(sid, status=status))
            await see("✗ undelivered" if "undelivered" in session.account.statuses.values() else "› sent")
        await see("undelivered is the newest that is known")
        await pilot.press("enter")
        await see("✗ Not delivered")
        assert "Accepted by Twilio" not in text_of(pilot)


async def test_what_comes_to_be_known_of_a_message_is_shown_in_its_entry(run_app, journal, opened, sandbox):
    sid = "SM" + "1" * 32
    journal.add(JournalState.ACCEPTED, sid=sid)
    async with run_app(connection="acme", screen="compose", size=(120, 40)) as pilot:
        see, session = await opened(pilot), pilot.app.session
        await pilot.press("enter")
        await see("Accepted by Twilio")
        for status, words in (("sent", "› Sent"), ("undelivered", "✗ Not delivered"), ("sent", "✗ Not delivered")):
            await session.changes.known(session.account, Message(sid, status=status))
            await see(words)


async def test_a_text_that_is_removed_while_its_send_is_shown_is_not_brought_back(
    run_app, journal, opened, text_of, until, sandbox
):
    sid, options = "SM" + "1" * 32, (("ContentVariables", '{"1": "Plums"}'),)
    journal.add(JournalState.ACCEPTED, sid=sid, body="Plums", options=options)
    async with run_app(connection="acme", screen="compose", size=(120, 40)) as pilot:
        see, session = await opened(pilot, "enter"), pilot.app.session
        await session.changes.known(session.account, Message(sid, status="undelivered", body="Plums"))
        await see("s sends the same again")
        await session.changes.deleted(session.account, sid)
        await see("Text  removed: redacted or deleted at Twilio")
        assert "Plums" not in text_of(pilot) and "sends the same" not in text_of(pilot)
        await pilot.press("s", "e")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen) and keys_are_answered(pilot))
        typed = pilot.app.screen._form.typed
        assert (typed.to, typed.body, typed.content_variables) == (MAYA, "", "")


async def test_a_text_that_was_removed_with_its_message_is_not_called_none(run_app, journal, opened, text_of, sandbox):
    sid = "SM" + "1" * 32
    journal.add(JournalState.ACCEPTED, sid=sid, body="Plums")
    async with run_app(connection="acme", screen="compose", size=(120, 40)) as pilot:
        see, session = await opened(pilot), pilot.app.session
        await see("Plums")
        await session.changes.deleted(session.account, sid)
        await see("(text removed: redacted or deleted at Twilio)")
        assert "Plums" not in text_of(pilot)
        await pilot.press("enter")
        await see("Text  removed: redacted or deleted at Twilio")


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("", [1, 2, 3]),
        ("is:unknown", [2]),
        ("is:failed", [3]),
        ("plums", [1]),
        ("415 555 0123", [1, 2, 3]),
        ("opted", [3]),
        ("is:unk", []),
        ("is:job", [9]),
        ("autumn", [9]),
    ],
)
def test_words_numbers_and_states_narrow_the_list(typed, ids):
    sends = [
        JournalEntry(n, "acme", "AC1", MAYA, "+1", body, (), state, None, code, None, NOW, None)
        for n, (body, state, code) in enumerate(
            [
                ("Plums", JournalState.ACCEPTED, None),
                ("Pears", JournalState.UNKNOWN, None),
                ("Figs", JournalState.REJECTED, 21610),
            ],
            1,
        )
    ]
    new = NewJob(JobKind.CAMPAIGN, "Autumn", "acme", "AC1", "https://api.twilio.com")
    view = JobView(Job(9, new, JobState.FINISHED, JobCounts(), NOW))
    lines = OutboxLines(lambda _: "", lambda _: "")
    lines.take(in_order(sends, [view]))
    lines.wanted = read_filter(typed)
    listed = {each.id if isinstance(each, JournalEntry) else each.job.id for each in lines.listed}
    assert listed == ({1, 2, 3, 9} if not lines.wanted else set(ids))
    assert lines.all[0] is sends[1]
    newer = replace(view, job=replace(view.job, id=10, created_at=NOW))
    assert [each.job.id for each in in_order((), [newer, view])] == [10, 9]
    written = list(csv_rows(lines.all, status=lambda _: "", name_of=lambda _: ""))
    assert {len(row) for row in written} == {len(COLUMNS)}


def test_a_state_that_is_none_is_named_with_those_there_are():
    assert "is:foo is no state here. There are: unknown" in read_filter("is:foo").wrong
    # While one types it may become one.
    assert read_filter("is:unk").wrong == ""


async def test_the_list_is_narrowed_exported_and_listed_whole_again(run_app, journal, opened, until, tmp_path):
    journal.add(JournalState.UNKNOWN)
    journal.add(JournalState.REJECTED, code=21610)
    async with run_app(connection="acme", screen="compose") as pilot:
        see = await opened(pilot)
        await pilot.press("slash", *"is:failed", "enter")
        await until(pilot, lambda: rows(pilot) == [(JournalState.REJECTED, False)])
        await see("1 listed of 2")
        with chdir(tmp_path):
            await pilot.press("e")
            await until(pilot, lambda: is_asked(pilot, Ask))
            await pilot.press("enter")
            await see("1 line written")
        (file,) = tmp_path.glob("outbox-*.csv")
        assert "rejected" in file.read_text() and "unknown" not in file.read_text()
        await pilot.press("escape")
        await until(pilot, lambda: len(rows(pilot)) == 2)
