"""Compose by keys, against the sandbox over real sockets."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from tests.cases import in_full
from tests.piloting import is_asked, keys_are_answered
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.screens.base import DraftPrefill, OpenCompose
from tui.screens.compose.form import DraftForm
from tui.screens.compose.outcome import Outcome
from tui.screens.compose.screen import Banner, ComposeScreen
from tui.screens.sending.review import Review
from tui.services.send_state import SendStage, SendState
from tui.services.sends import SendService
from tui.storage.connections import Connections, save
from tui.storage.drafts import Drafts
from tui.storage.journal import JournalState, SendJournal
from tui.storage.journal_entry import NewSend
from tui.widgets.dialogs import Choose, Confirm
from tui.widgets.form_fields import FieldNote

FRONT_DESK = "+14155550100"
LONDON = "+447700900100"
RECIPIENT = "+14155550123"


def journal_state(sending: SendState) -> JournalState:
    """What the journal says of a send; one that never came into it was not sent, once there is a reason."""
    if sending.entry is not None:
        return sending.entry.state
    return JournalState.SENDING if sending.problem is None else JournalState.NOT_SENT


class Person:
    """Someone at the keyboard of Compose."""

    def __init__(self, pilot: Pilot[Any], until: Any, text_of: Any) -> None:
        self.pilot, self._until, self._text_of = pilot, until, text_of

    async def sees(self, words: str) -> None:
        await self._until(self.pilot, lambda: words in self.screen)

    async def until(self, so: Callable[[], object]) -> None:
        await self._until(self.pilot, so)

    @property
    def screen(self) -> str:
        return self._text_of(self.pilot)

    @property
    def place(self) -> ComposeScreen:
        return next(s for s in self.pilot.app._screen_stacks["compose"] if isinstance(s, ComposeScreen))

    async def settled(self) -> None:
        """Wait until an account is open and Compose knows its senders."""
        session = self.pilot.app.session  # type: ignore[attr-defined]
        await self.until(lambda: session.account is not None and session.account.senders is not None)
        await self.until(lambda: self.place.query_one("#form").display)
        await self.pilot.pause()

    async def into(self, name: str, text: str) -> None:
        """Put the cursor into a field and paste."""
        field = self.place.query_one(f"#field-{name}")
        field.focus()
        await self.until(lambda: field.has_focus)
        await self.press("ctrl+end" if isinstance(field, TextArea) else "end")
        self.pilot.app.post_message(events.Paste(text))
        await self.pilot.pause()
        await self.until(lambda: keys_are_answered(self.pilot))

    async def press(self, *keys: str) -> None:
        """Press keys, and wait for what they do."""
        await self.pilot.press(*keys)
        await self.until(lambda: keys_are_answered(self.pilot))

    def value(self, name: str) -> str:
        field = self.place.query_one(f"#field-{name}")
        return field.text if isinstance(field, TextArea) else field.value  # type: ignore[attr-defined]

    def note(self, name: str) -> str:
        return str(self.place.query_one(f"#note-{name}", FieldNote).render())

    @property
    def sending(self) -> Any:
        return self.place.query_one(Outcome).sending

    async def write(self, to: str = RECIPIENT, body: str = "Your parcel is here", sender: str = FRONT_DESK) -> None:
        if not self.value("from_"):
            await self.into("from_", sender)
        await self.into("to", to)
        await self.into("body", body)

    async def review(self) -> None:
        await self.press("ctrl+s")
        await self.until(lambda: isinstance(self.pilot.app.screen, Review))

    async def send(self, **draft: str) -> None:
        await self.write(**draft)
        await self.review()
        await self.press("y")

    async def state(self, state: JournalState) -> None:
        await self.until(lambda: self.sending is not None and journal_state(self.sending) is state)


@pytest.fixture
def person(until: Any, text_of: Any) -> Callable[[Pilot[Any]], Person]:
    return lambda pilot: Person(pilot, until, text_of)


def posts(sandbox: Sandbox) -> int:
    return sum(1 for served in sandbox.requests if served.method == "POST" and "Messages.json" in served.target)


async def test_a_message_is_reviewed_sent_and_followed_until_it_is_delivered(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.write(body="Your parcel is here")
        await me.review()
        await me.sees("SANDBOX")
        await me.sees("Front desk")
        await me.sees("1 segment, GSM-7, 19 characters")
        assert posts(sandbox) == 0
        await me.press("enter")
        await me.sees("✓ Delivered")
        await me.sees(me.sending.sid)
        assert posts(sandbox) == 1
        await me.press("n")
        await me.sees("What do you want to say?")
        assert (me.value("from_"), me.value("to"), me.value("body")) == (FRONT_DESK, "", "")
        assert me.place.unsaved_warning() == ""


async def test_only_one_message_leaves_however_often_the_keys_are_pressed(run_app, sandbox, person):
    sandbox.faults.add(Fault("delay", method="POST", seconds=60))
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.write()
        await me.press("ctrl+s", "ctrl+s")
        await me.until(lambda: isinstance(pilot.app.screen, Review))
        await pilot.press("ctrl+s", "y", "y", "y", "ctrl+s", "f9")
        sandbox.faults.clear()
        await me.state(JournalState.ACCEPTED)
        assert posts(sandbox) == 1


async def test_while_a_message_has_not_left_yet_it_says_so_and_no_key_sends_another(
    run_app, sandbox, person, monkeypatch
):
    monkeypatch.setattr("tui.twilio.send_lookup.LOOK_BEFORE", 60.0)
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.write()
        sandbox.faults.add(Fault("delay-before", method="GET", path="Messages", times=0, seconds=60))
        await me.review()
        await pilot.press("enter")
        await me.sees("… Sending")
        await pilot.press("enter", "ctrl+s", "y", "g", "enter")
        await me.sees("… Sending")
        assert pilot.app.session.send_under_way.stage is SendStage.PREPARING
        assert posts(sandbox) == 0
        sandbox.faults.clear()
        await me.state(JournalState.ACCEPTED)
        assert posts(sandbox) == 1


async def test_ctrl_s_in_the_review_does_not_send(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.write()
        await me.review()
        await me.press("ctrl+s", "escape")
        assert me.value("body") == "Your parcel is here"
        assert posts(sandbox) == 0


@pytest.mark.parametrize(("to", "code"), [("+15005550001", 21211), ("+15005550004", 21610)])
async def test_a_rejection_is_explained_and_the_draft_is_intact(run_app, sandbox, person, to, code):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.send(to=to, body="Do not lose me")
        await me.sees("Rejected: nothing was sent")
        await me.sees(f"error {code}")
        await me.press("escape")
        assert (me.value("to"), me.value("body")) == (to, "Do not lose me")
        assert f"error {code}" in str(me.place.query_one(Banner).render())


async def test_an_unsent_draft_is_mentioned_when_leaving(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        assert me.place.unsaved_warning() == ""
        await me.into("body", "half a tho")
        await me.press("ctrl+q")
        await me.until(lambda: isinstance(pilot.app.screen, Confirm))
        await me.press("escape")
        assert me.value("body") == "half a tho"


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"to": RECIPIENT, "body": "x" * 1601}, "body", "Shorten it by 1"),
        ({"to": RECIPIENT, "body": ""}, "body", "There is nothing to send."),
        ({"to": "", "body": "Hello"}, "to", "There is no recipient."),
        in_full({"to": "hello", "body": "Hello"}, "to", "cannot contain"),
        in_full({"to": RECIPIENT, "body": "Hi", "media": "ftp://x"}, "media", "not an absolute http(s) URL"),
        in_full({"to": RECIPIENT, "body": "Hi", "send_at": "tomorrow"}, "send_at", "The time of day is missing."),
        ({"to": RECIPIENT, "body": "Hi", "send_at": "in 2h"}, "send_at", "Only a messaging service"),
        in_full({"to": RECIPIENT, "body": "Hi", "validity": "soon"}, "validity", "not a number of seconds"),
        in_full({"to": RECIPIENT, "body": "Hi", "callback": "example.com"}, "callback", "absolute http(s) URL"),
        in_full({"to": RECIPIENT, "body": "Hi", "content_variables": "{"}, "content_variables", "not a JSON object"),
    ],
)
async def test_what_cannot_be_sent_is_said_at_its_field_and_nothing_is_lost(
    run_app, sandbox, person, fields, field, words
):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.into("from_", FRONT_DESK)
        if set(fields) - {"to", "body"}:
            await me.press("ctrl+t")
        for name, text in fields.items():
            if text:
                await me.into(name, text)
        await me.press("ctrl+s")
        await me.until(lambda: words in me.note(field))
        await me.until(lambda: me.place.focused is me.place.query_one(f"#field-{field}"))
        assert not isinstance(pilot.app.screen, Review)
        assert {name: me.value(name) for name in fields} == fields
        assert posts(sandbox) == 0


async def test_a_national_number_is_shown_as_it_will_be_used(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.write(to="020 7946 0018", sender=LONDON)
        await me.until(lambda: "= +442079460018" in me.note("to"))
        assert "the United Kingdom" in me.note("to")
        assert me.value("to") == "020 7946 0018"
        await me.review()
        await me.sees("+442079460018")
        await me.press("enter")
        await me.state(JournalState.ACCEPTED)
        assert me.sending.message.to == "+442079460018"


async def test_f8_makes_a_text_plain_says_so_and_can_be_undone(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.into("body", "“Hi” – 5 € 😀")
        await me.sees("“ ” – 😀 need Unicode (70 per segment). F8 replaces “ ” –")
        await me.press("f8")
        await me.sees("Replaced “ ” –; ctrl+z takes that back.")
        assert me.value("body") == '"Hi" - 5 € 😀'
        await me.sees("😀 needs Unicode (70 per segment). No plain equivalent.")
        await me.press("ctrl+z")
        assert me.value("body") == "“Hi” – 5 € 😀"


async def test_the_meter_counts_and_says_by_how_much_it_is_too_long(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.into("body", "x" * 1600)
        await me.sees("GSM-7 · 11 segments · 83 left · 1600 of 1600")
        await me.press("x")
        await me.sees("1601 of 1600: 1 too many")


async def test_the_chooser_offers_the_accounts_senders(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.press("f7")
        await me.until(lambda: is_asked(pilot, Choose))
        await me.sees("London office")
        await me.press("3")
        await me.until(lambda: me.value("from_") == LONDON)
        await me.until(lambda: me.note("from_") == "London office")


async def test_whose_number_it_is_stands_under_a_sender_that_took_the_place_of_another(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        at = person(pilot)
        await at.settled()
        # From another field: leaving From would say it as well.
        await at.into("to", RECIPIENT)
        for key, name in (("1", "Front desk"), ("2", "Parcel updates")):
            await at.press("f7")
            await at.until(lambda: is_asked(pilot, Choose))
            await at.press(key)
            await at.until(lambda: isinstance(pilot.app.screen, ComposeScreen))
            await at.until(lambda name=name: name in at.note("from_"))


async def test_a_reset_after_twilio_accepted_is_settled_by_looking_it_up(run_app, sandbox, person):
    sandbox.faults.add(Fault("reset-after", method="POST", path="Messages"))
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.send(body="Only once, please")
        await me.state(JournalState.ACCEPTED)
        assert posts(sandbox) == 1
        assert me.sending.message.body == "Only once, please"
        await me.press("n")
        assert me.value("body") == ""


async def lost(me: Person, sandbox: Sandbox) -> None:
    """Send something of which nobody learns what became."""
    sandbox.faults.add(Fault("reset-before", method="POST", path="Messages"))
    await me.settled()
    await me.send(body="Did it leave?")
    await me.state(JournalState.UNKNOWN)
    await me.sees("It is not in the account's list so far")


async def test_an_unknown_send_offers_three_ways_and_does_nothing_by_itself(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await lost(me, sandbox)
        for words in ("It may have been sent, or not", "Check again", "Mark as sent", "Send anyway"):
            await me.sees(words)
        assert posts(sandbox) == 1
        looked = len(sandbox.requests)
        await me.press("c")
        await me.until(lambda: len(sandbox.requests) > looked and not me.sending.looking)
        assert me.sending.stage is SendStage.UNKNOWN
        assert posts(sandbox) == 1
        await me.press("escape")
        assert me.value("body") == "Did it leave?"
        await me.review()
        await me.sees("may have been sent less than a")


async def test_an_unknown_send_can_be_marked_as_sent(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await lost(me, sandbox)
        await me.press("m")
        await me.until(lambda: isinstance(pilot.app.screen, Confirm))
        await me.press("y")
        await me.state(JournalState.ACCEPTED)
        assert posts(sandbox) == 1
        await me.press("n")
        assert me.value("body") == ""


async def test_sending_anyway_asks_first_and_makes_a_new_entry(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await lost(me, sandbox)
        first = me.sending.entry.id
        await me.press("s")
        await me.until(lambda: isinstance(pilot.app.screen, Confirm))
        assert posts(sandbox) == 1
        await me.press("y")
        await me.state(JournalState.ACCEPTED)
        assert me.sending.entry.id > first
        assert posts(sandbox) == 2


async def test_what_certainly_never_left_is_sent_again_after_the_review(run_app, sandbox, person):
    sandbox.faults.add(Fault("429", method="POST", path="Messages"))
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.send()
        await me.sees("Not sent")
        await me.press("s", "s")
        await me.until(lambda: is_asked(pilot, Review))
        assert posts(sandbox) == 1
        await me.press("y")
        await me.state(JournalState.ACCEPTED)
        assert posts(sandbox) == 2


@pytest.mark.landing
async def test_what_was_not_delivered_says_why_once_and_is_sent_again_or_edited(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.write(to="+14155530003", body="Is your phone on?")
        me.place._form.set_text("validity", "600")
        await me.review()
        await me.press("y")
        await me.sees("✗ Not delivered: 30003 The phone is switched off or cannot be reached.")
        assert me.screen.count("switched off") == me.screen.count(" 30003 ") == 1
        assert "Undelivered" not in me.screen
        assert me.value("body") == ""
        await me.press("s", "s")
        await me.until(lambda: is_asked(pilot, Review))
        await me.sees("600 s")
        assert posts(sandbox) == 1
        await me.press("escape")
        assert (me.value("to"), me.value("body")) == ("+14155530003", "Is your phone on?"), "nothing is lost by a no"
        await me.review()
        await me.press("y")
        await me.until(lambda: posts(sandbox) == 2 and me.sending.failed)
        await me.press("e")
        await me.until(lambda: me.place.query_one("#form").display)
        assert (me.value("from_"), me.value("to"), me.value("body"), me.value("validity")) == (
            FRONT_DESK,
            "+14155530003",
            "Is your phone on?",
            "600",
        )
        assert posts(sandbox) == 2


async def test_a_key_that_repeats_while_the_review_is_prepared_is_not_typed_into_what_is_sent_again(
    run_app, sandbox, person, monkeypatch
):
    sandbox.faults.add(Fault("429", method="POST", path="Messages"))
    free, entries = threading.Event(), SendJournal.entries

    def slowly(*asked: Any) -> Any:
        free.wait(30)
        return entries(*asked)

    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.send()
        await me.sees("Not sent")
        monkeypatch.setattr(SendJournal, "entries", slowly)
        await me.press("s")
        await me.press("s")
        free.set()
        await me.until(lambda: is_asked(pilot, Review))
        await me.press("escape")
        assert me.value("body") == "Your parcel is here"
        await me.until(lambda: pilot.app.screen.focused is not None)


async def test_a_repeat_that_cannot_help_is_said_in_its_review_and_not_of_another_text(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        seed = DraftPrefill(RECIPIENT, FRONT_DESK, "again", failed_with=30006)
        pilot.app.screen.post_message(OpenCompose(seed, review=True))
        await me.until(lambda: is_asked(pilot, Review))
        await me.sees("This failed before with 30006 landline.")
        await me.press("escape")
        await me.into("body", "another")
        await me.press("ctrl+s")
        await me.until(lambda: is_asked(pilot, Review))
        await me.sees("another")
        assert "failed before" not in me.screen


async def test_the_outcome_is_still_there_after_a_look_elsewhere(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.send()
        await me.state(JournalState.ACCEPTED)
        sid = me.sending.sid
        await me.press("f2")
        await me.until(lambda: pilot.app.current_mode == "messages")
        await me.press("f3")
        await me.sees(sid)


async def test_the_same_text_again_is_warned_about_but_not_refused(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.send(body="Twice")
        await me.state(JournalState.ACCEPTED)
        await me.press("n")
        await me.write(body="Twice")
        await me.review()
        await me.sees("The same text was sent to the same recipient less than a")
        await me.press("y")
        await me.until(lambda: posts(sandbox) == 2)

        # Another window sends the same while the review is open: the yes asks once more, and sends nothing yet.
        await me.state(JournalState.ACCEPTED)
        await me.press("n")
        await me.write(body="Three windows")
        await me.review()
        assert "The same text" not in me.screen
        account = pilot.app.session.account
        account.outbox.begin(
            NewSend(
                connection="acme",
                account_sid=account.client.account_sid,
                to=RECIPIENT,
                sender=sandbox.numbers[0],
                body="Three windows",
            )
        )
        await me.press("y")
        await me.sees("The same text to the same recipient is being sent right now")
        assert posts(sandbox) == 2
        await me.press("y")
        await me.until(lambda: posts(sandbox) == 3)


@pytest.mark.landing
async def test_the_review_tells_of_media_and_time_before_a_long_text_and_keeps_its_columns(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose", size=(60, 15)) as pilot:
        me = person(pilot)
        await me.settled()
        await me.write(body="word " * 200)
        await me.press("ctrl+t")
        await me.into("media", "https://example.com/" + "a" * 90)
        await me.review()
        await me.sees("1, named under the text")
        await me.press("end")
        await me.sees("aaa")
        named = [line for line in me.screen.splitlines() if "aaa" in line]
        assert len(named) > 1
        assert len({line.index("h" if "https" in line else "a") for line in named}) == 1


@pytest.mark.landing
async def test_a_scheduled_message_says_when_it_goes_from_the_field_to_the_outbox(run_app, sandbox, person, be_in):
    be_in("UTC")
    async with run_app(sandbox=sandbox, screen="compose", size=(80, 24)) as pilot:
        me = person(pilot)
        await me.settled()
        await me.write(to="+4915112345678", sender=sandbox.services[0])
        await me.press("ctrl+t")
        # All of a long sentence is seen, with the form longer than the terminal.
        await me.into("send_at", "in 60 days")
        await me.sees("latest.")
        await me.press("ctrl+u", *"tomorrow", "space", *"9:0")
        # Read while it is typed, and the recipient's clock beside it.
        await me.sees("Cannot read")
        await me.press("0")
        await me.sees("there (Berlin)")
        tomorrow = pilot.app.session.clock().astimezone() + timedelta(days=1)
        planned = f"{tomorrow:%a} {tomorrow.day} {tomorrow:%b} 09:00"
        await me.sees(f"= {planned}")
        await me.press("ctrl+u", *"tomorrow", "space", *"3:00")
        await me.sees("there (Berlin): at night")
        await me.press("ctrl+u", *"tomorrow", "space", *"9:00")
        await me.review()
        await me.sees(f"Send at  {planned}")
        await me.sees("there (Berlin)")
        await me.press("y")
        await me.sees(f"Twilio sends it {planned}")
        await me.press("ctrl+r")
        await me.sees(f"planned for {planned}")
        await me.press("enter")
        await me.sees(f"Planned for  {planned}")


def saved(folder: Path, *connections: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    save(folder / "connections.toml", Connections({each.name: each for each in connections}))


async def test_a_draft_survives_a_restart_verbatim(run_app, sandbox, connect, person, tmp_path):
    saved(tmp_path / "config", connect(sandbox, name="acme"))
    async with run_app(connection="acme", screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.write(to="(415) 555-01 23", body="  two\n\nlines “x” ")
    async with run_app(connection="acme", screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        assert (me.value("to"), me.value("body")) == ("(415) 555-01 23", "  two\n\nlines “x” ")
        assert me.place.unsaved_warning() == ""  # It is kept: nothing is lost by quitting.
        await me.review()
        await me.press("y")
        await me.state(JournalState.ACCEPTED)
    async with run_app(connection="acme", screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        assert me.value("body") == ""
        assert me.value("from_") == FRONT_DESK


@pytest.mark.landing
async def test_each_connection_has_its_own_draft_and_sees_nothing_of_the_others(
    run_app, sandbox, connect, person, tmp_path
):
    saved(tmp_path / "config", connect(sandbox, name="acme"), connect(sandbox, name="other"))
    async with run_app(connection="acme", screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.write(body="for acme only")
        session = pilot.app.session
        await session.use("other")
        await me.until(lambda: session.account.name == "other")
        await me.settled()
        assert (me.value("to"), me.value("body")) == ("", "")
        assert "for acme only" not in me.screen
        await me.into("body", "for other")
        await session.use("acme")
        await me.until(lambda: session.account.name == "acme")
        await me.settled()
        assert me.value("body") == "for acme only"
        # What was typed is told of the form once the program has begun to end.
        pilot.app.exit()
        me.place._typed_changed()
    kept = json.loads((tmp_path / "config" / "state" / "drafts.json").read_text())["drafts"]
    assert {name: draft["body"] for name, draft in kept.items()} == {"acme": "for acme only", "other": "for other"}


@pytest.mark.landing
async def test_a_question_about_one_draft_is_not_answered_for_that_of_a_connection_opened_meanwhile(
    run_app, sandbox, connect, person, tmp_path
):
    saved(tmp_path / "config", connect(sandbox, name="acme"), connect(sandbox, name="other"))
    async with run_app(connection="acme", screen="compose") as pilot:
        me, session = person(pilot), pilot.app.session
        await me.settled()
        await me.write(body="for acme")

        async def switch(name: str) -> None:
            await session.use(name)
            await me.until(lambda: me.place._autosave is not None and me.place._autosave.account is session.account)
            await me.settled()

        await switch("other")
        await me.into("body", "for other")
        pilot.app.screen.post_message(OpenCompose(DraftPrefill(RECIPIENT, FRONT_DESK, "again"), review=True))
        await me.until(lambda: is_asked(pilot, Choose))
        await switch("acme")
        await me.press("2")
        await me.sees("Another connection was opened meanwhile")
        assert (me.value("body"), me.place._aside.blank) == ("for acme", True)
        assert not isinstance(pilot.app.screen, Review)
        await me.press("ctrl+l")
        await me.until(lambda: isinstance(pilot.app.screen, Confirm))
        await switch("other")
        await me.press("y")
        assert me.value("body") == "for other"


@pytest.mark.landing
async def test_a_send_accepted_after_switching_away_clears_that_accounts_draft_only(
    run_app, sandbox, connect, person, tmp_path
):
    saved(tmp_path / "config", connect(sandbox, name="acme"), connect(sandbox, name="other"))
    sandbox.faults.add(Fault("delay", method="POST", path="Messages", seconds=60))
    async with run_app(connection="acme", screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.send(body="on its way")
        session = pilot.app.session
        await session.use("other")
        await me.settled()
        await me.into("body", "another's words")
        drafts = session.account.drafts
        sandbox.faults.clear()
        await me.until(lambda: not drafts.get("acme"))
        assert me.value("body") == "another's words"
        assert me.sending is None


@pytest.mark.landing
async def test_a_send_accepted_after_switching_there_and_back_clears_the_draft_it_carried(
    run_app, sandbox, connect, person, tmp_path
):
    saved(tmp_path / "config", connect(sandbox, name="acme"), connect(sandbox, name="other"))
    sandbox.faults.add(Fault("delay", method="POST", path="Messages", seconds=60))
    async with run_app(connection="acme", screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.send(body="on its way")
        session = pilot.app.session
        await session.use("other")
        await session.use("acme")
        await me.settled()
        assert me.value("body") == "on its way"
        sandbox.faults.clear()
        await me.until(lambda: me.value("body") == "")
        await me.until(lambda: "body" not in session.account.drafts.get("acme"))
        assert posts(sandbox) == 1


@pytest.mark.landing
async def test_a_reply_asks_before_it_replaces_a_draft_and_f10_brings_that_back(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.write(body="the first one")
        pilot.app.screen.post_message(OpenCompose(DraftPrefill(to="+14155550177", from_=LONDON)))
        await me.until(lambda: is_asked(pilot, Choose))
        await me.press("1")
        await me.until(lambda: (me.value("to"), me.value("from_"), me.value("body")) == ("+14155550177", LONDON, ""))
        await me.press("f10")
        await me.until(lambda: (me.value("to"), me.value("body")) == (RECIPIENT, "the first one"))


async def test_escape_never_loses_what_is_typed(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.into("body", "still here")
        await me.press("escape", "escape")
        await me.until(lambda: pilot.app.current_mode == "messages")
        await me.press("f3")
        assert me.value("body") == "still here"


async def test_what_is_typed_is_shown_as_text_and_not_obeyed(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.write(body="[/] [@click=app.leave]x[/] \x1b]52;c;aGk=\x07")
        await me.review()
        await me.sees("[/] [@click=app.leave]x[/] ␛]52;c;aGk=␇")


@pytest.mark.landing
async def test_a_senders_remote_label_is_shown_as_text_and_not_obeyed(run_app, sandbox, person):
    label = "[/] [@click=app.leave]x[/] \x1b]0;owned\x07"
    async with httpx.AsyncClient(
        base_url=f"{sandbox.base_url}/2010-04-01/Accounts/{sandbox.account_sid}",
        auth=(sandbox.api_key_sid, sandbox.api_key_secret),
    ) as api:
        number = (await api.get("/IncomingPhoneNumbers.json")).json()["incoming_phone_numbers"][0]
        changed = await api.post(f"/IncomingPhoneNumbers/{number['sid']}.json", data={"FriendlyName": label})
        assert changed.json()["friendly_name"] == label
    async with run_app(sandbox=sandbox, screen="compose", size=(120, 40)) as pilot:
        me = person(pilot)
        await me.settled()
        await me.press("f7")
        await me.sees("[/] [@click=app.leave]x[/]")
        await me.press("1")
        await me.sees("[/] [@click=app.leave]x[/] ␛]0;owned␇")
        await me.write(body="hello")
        await me.review()
        await me.sees("[/] [@click=app.leave]x[/] ␛]0;owned␇")


async def test_ctrl_c_in_a_field_asks_before_it_leaves(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.into("body", "half a thought")
        await me.press("ctrl+c")
        await me.until(lambda: isinstance(pilot.app.screen, Confirm))
        await me.press("escape")
        assert me.value("body") == "half a thought"


async def test_a_send_journal_that_fails_stops_the_send_with_a_sentence(run_app, sandbox, connect, person, tmp_path):
    saved(tmp_path / "config", connect(sandbox, name="acme"))
    async with run_app(connection="acme", screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.write()
        with sqlite3.connect(tmp_path / "config" / "state" / "outbox.sqlite3") as journal:
            journal.execute("DROP TABLE sends")
        journal.close()
        pilot.app.notify("in front of it " * 12)
        await me.sees("in front of it")
        await me.press("ctrl+s")
        await me.until(lambda: "It cannot be sent now." in me.note("body"))
        await me.until(lambda: "in front of it" not in me.screen)
        assert posts(sandbox) == 0
        assert me.value("body") == "Your parcel is here"


async def test_an_unknown_send_of_an_earlier_run_is_found_again_and_can_be_settled(
    run_app, sandbox, connect, person, tmp_path
):
    saved(tmp_path / "config", connect(sandbox, name="acme"))
    async with run_app(connection="acme", screen="compose") as pilot:
        await lost(person(pilot), sandbox)
    async with run_app(connection="acme", screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        assert me.value("body") == "Did it leave?"
        await me.sees("acme: a message to +14155550123 may have been sent, or not.")
        await me.press("ctrl+r")
        await me.sees("? unknown")
        await me.press("enter")
        await me.sees("It may have been sent, or not")
        await me.press("m")
        await me.until(lambda: isinstance(pilot.app.screen, Confirm))
        await me.press("y")
        await me.sees("✓ Marked as sent")
        await me.press("escape", "escape")
        await me.until(lambda: me.value("body") == "")
        assert posts(sandbox) == 1


async def test_without_a_connection_it_says_what_to_do(run_app, connect, sandbox, person, tmp_path, until, text_of):
    saved(tmp_path / "config", connect(sandbox, name="acme"))
    async with run_app(connection="nobody", screen="compose") as pilot:
        await until(
            pilot, lambda: "There is no connection “nobody”. There are: acme." in " ".join(text_of(pilot).split())
        )
        await until(pilot, lambda: "opening" not in text_of(pilot))
        await pilot.press("f3")
        await until(pilot, lambda: "ctrl+o chooses a connection" in text_of(pilot))
        await pilot.press("ctrl+s", "f7", "f8")
        await until(pilot, lambda: keys_are_answered(pilot))
        assert "There is no connection" in text_of(pilot)


@pytest.mark.parametrize("size", [(80, 24), in_full((120, 40)), in_full((200, 60)), (40, 12)])
async def test_the_main_fields_and_the_meter_fit_without_scrolling(run_app, sandbox, person, size):
    async with run_app(sandbox=sandbox, screen="compose", size=size) as pilot:
        me = person(pilot)
        await me.settled()
        await me.write(body="fits")
        if size != (40, 12):
            for words in ("From", "To", "Text", "fits", "GSM-7 · 1 segment"):
                await me.sees(words)
        assert isinstance(me.place.query_one("#field-to"), Input)


@pytest.mark.parametrize("start", ["from_", "to", "body"])
async def test_every_empty_field_says_so_wherever_the_cursor_stood(run_app, sandbox, person, start):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        pilot.app.screen.query_one("#field-from_").value = ""
        pilot.app.screen.query_one(f"#field-{start}").focus()
        await pilot.press("ctrl+s")
        for words in ("There is no sender", "There is no recipient", "There is nothing to send"):
            await me.sees(words)
        await me.until(lambda: pilot.app.screen.focused.id == "field-from_")
        # Walking over a field does not answer what was said under it; a late word about the field left does not either.
        for _ in range(3):
            await pilot.press("tab")
        me.place.query_one(DraftForm).post_message(DraftForm.Left("to"))
        await pilot.pause()
        for words in ("There is no sender", "There is no recipient", "There is nothing to send"):
            assert words in me.screen


async def test_quitting_says_so_when_the_draft_cannot_be_kept(
    run_app, sandbox, person, connect, tmp_path, until, text_of
):
    config = tmp_path / "config"
    save(config / "connections.toml", Connections([connect(sandbox, name="acme")]))
    (config / "state").write_text("a file in the way")
    async with run_app(connection="acme", screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.write(body="Do not lose this")
        await pilot.press("ctrl+q")
        await until(pilot, lambda: "is lost if you quit" in text_of(pilot))


@pytest.fixture
def slow_disk(monkeypatch):
    """A disk that takes no draft before this event is set."""
    free, put = threading.Event(), Drafts.put

    def slowly(self: Drafts, connection: str, fields: Any) -> None:
        free.wait(30)
        put(self, connection, fields)

    monkeypatch.setattr("tui.screens.quit_dialogs.PUT_AWAY_IN", 0.1)
    monkeypatch.setattr(Drafts, "put", slowly)
    yield free
    free.set()


@pytest.fixture
def asked_on_a_slow_disk(run_app, sandbox, person, connect, tmp_path, slow_disk):
    """Someone who wants to quit while the slow disk still takes the draft, and is asked."""

    @asynccontextmanager
    async def ask() -> AsyncIterator[Any]:
        saved(tmp_path / "config", connect(sandbox, name="acme"))
        async with run_app(connection="acme", screen="compose") as pilot:
            me = person(pilot)
            await me.settled()
            await me.write(body="Do not lose this")
            await pilot.press("ctrl+q")
            await me.sees("The disk has not taken the message")
            yield me

    return ask


@pytest.mark.landing
async def test_quitting_waits_a_moment_for_the_disk_then_asks_and_asks_no_longer_once_it_is_kept(
    asked_on_a_slow_disk, slow_disk, tmp_path
):
    async with asked_on_a_slow_disk() as me:
        slow_disk.set()
        await me.until(lambda: me.pilot.app.return_code == 0)
    assert Drafts(tmp_path / "config" / "state" / "drafts.json").get("acme")["body"] == "Do not lose this"


@pytest.mark.landing
async def test_who_stays_is_not_sent_away_when_the_disk_is_done(asked_on_a_slow_disk, slow_disk):
    async with asked_on_a_slow_disk() as me:
        await me.pilot.press("escape")
        await me.until(lambda: me.pilot.app.screen is me.place)
        slow_disk.set()
        await me.until(lambda: me.place.unsaved_warning() == "")
        await me.pilot.pause()
        assert me.pilot.app.is_running and me.value("body") == "Do not lose this"


async def test_a_question_about_a_slow_disk_says_so_when_the_disk_refuses(asked_on_a_slow_disk, slow_disk, tmp_path):
    async with asked_on_a_slow_disk() as me:
        (tmp_path / "config" / "state" / "drafts.json").mkdir(parents=True)
        slow_disk.set()
        await me.sees("is lost if you quit")


@pytest.mark.landing
@pytest.mark.parametrize("age", ["hour", in_full("month")])
async def test_a_draft_that_was_sent_already_is_not_offered_as_if_it_were_new(
    run_app, sandbox, connect, person, tmp_path, age
):
    saved(tmp_path / "config", connect(sandbox, name="acme"))
    async with run_app(connection="acme", screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.send(body="Only once")
        await me.state(JournalState.ACCEPTED)
    # As if the program had been killed before the draft was cleared.
    fields = {"to": RECIPIENT, "from": FRONT_DESK, "body": "Only once"}
    Drafts(tmp_path / "config" / "state" / "drafts.json").put("acme", fields)
    then = datetime.now(UTC) - {"hour": timedelta(hours=1), "month": timedelta(days=30)}[age]
    with closing(sqlite3.connect(tmp_path / "config" / "state" / "outbox.sqlite3")) as database, database:
        database.execute("UPDATE sends SET started_at = ?", (then.isoformat(),))
    async with run_app(connection="acme", screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        assert me.value("body") == "Only once"
        ago = {"hour": "1 hour ago", "month": "30 days ago"}[age]
        await me.sees(f"This was sent to {RECIPIENT} {ago}")
        await me.review()
        await me.sees(f"The same text was sent to the same recipient {ago}")
        await me.press("n")
        await me.into("body", "!")
        await me.until(lambda: "This was sent" not in me.screen)
    assert posts(sandbox) == 1


async def test_the_draft_is_gone_from_the_disk_when_the_journal_says_accepted(
    run_app, sandbox, connect, person, tmp_path, monkeypatch
):
    saved(tmp_path / "config", connect(sandbox, name="acme"))
    file, seen = tmp_path / "config" / "state" / "drafts.json", []
    settle = SendJournal.settle

    def look(self: SendJournal, id: int, state: JournalState, **more: Any) -> Any:
        seen.append((state, json.loads(file.read_text())["drafts"].get("acme", {}).get("body")))
        return settle(self, id, state, **more)

    monkeypatch.setattr(SendJournal, "settle", look)
    async with run_app(connection="acme", screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.write(body="Only once")
        await me.until(lambda: file.exists() and "Only once" in file.read_text())
        await me.review()
        await me.press("y")
        await me.state(JournalState.ACCEPTED)
    assert seen == [(JournalState.ACCEPTED, None)]


@pytest.mark.landing
async def test_no_lock_of_the_drafts_is_waited_for_on_the_loop(
    run_app, sandbox, connect, person, tmp_path, monkeypatch
):
    saved(tmp_path / "config", connect(sandbox, name="acme"), connect(sandbox, name="other"))
    on_the_loop: list[str] = []
    for name in ("get", "put", "discard"):
        method = getattr(Drafts, name)

        def watched(self: Drafts, *rest: Any, _method: Any = method, _name: str = name) -> Any:
            if threading.current_thread() is threading.main_thread():
                on_the_loop.append(_name)
            return _method(self, *rest)

        monkeypatch.setattr(Drafts, name, watched)
    async with run_app(connection="acme", screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.write(body="for acme")
        session = pilot.app.session
        await session.use("other")
        await me.until(lambda: session.account.name == "other" and me.value("body") == "")
        await me.settled()
        await me.write(body="for other")
        await session.use("acme")
        await me.until(lambda: me.value("body") == "for acme")
        await me.review()
        await me.press("y")
        await me.state(JournalState.ACCEPTED)
        me.place.unsaved_warning()
    assert on_the_loop == []
    assert Drafts(tmp_path / "config" / "state" / "drafts.json").get("acme").get("body") is None
    on_the_loop.clear()
    assert Drafts(tmp_path / "config" / "state" / "drafts.json").get("other")["body"] == "for other"


@pytest.mark.landing
async def test_whoever_would_rather_keep_the_draft_is_back_where_they_came_from(run_app, sandbox, person, until):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.write(body="half written")
        await me.press("escape", "escape")
        await me.until(lambda: pilot.app.current_mode == "messages")
        await me.press("n")
        await me.until(lambda: is_asked(pilot, Choose))
        await me.press("escape")
        await me.until(lambda: pilot.app.current_mode == "messages")
        assert me.value("body") == "half written"


async def test_only_what_was_never_begun_is_called_not_sent(run_app, sandbox, person, monkeypatch):
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError("in the desk")

    monkeypatch.setattr(SendService, "post", broken)
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.send()
        await me.sees("It may have been sent, or not")
        assert not re.search("nothing was sent|not sent", me.screen.lower())
        assert me.place.query_one(Outcome).check_action("send_again", ()) is False


async def test_a_screen_that_fails_to_hear_of_it_makes_no_false_claim(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()

        def deaf(_: Any) -> None:
            raise ZeroDivisionError

        pilot.app.session.subscribe(deaf)
        await me.send()
        await me.state(JournalState.ACCEPTED)
        assert posts(sandbox) == 1


async def test_of_several_recipients_that_are_pasted_none_is_taken_and_all_are_offered(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        many = "\n".join(f"+1415555{number:04}" for number in range(20))
        await me.into("to", many)
        await me.sees("Write to all 20?")
        await me.press("escape")
        assert me.value("to") == ""
        await me.into("to", RECIPIENT)
        assert me.value("to") == RECIPIENT


@pytest.mark.landing
async def test_after_an_outcome_escape_leaves_the_header_its_keys(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.send()
        await me.state(JournalState.ACCEPTED)
        await me.press("escape")
        await me.sees("What do you want to say?")
        await me.press("1")
        await me.until(lambda: pilot.app.current_mode == "messages")
        assert me.value("to") == ""
        # Coming back, the next one is written to, and the sender stays who it is.
        await me.press("2", "+", "4", "9")
        assert (me.value("from_"), me.value("to")) == (FRONT_DESK, "+49")


async def test_which_characters_cost_more_and_what_replaces_them_is_said_whole(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose", size=(60, 30)) as pilot:
        me = person(pilot)
        await me.settled()
        await me.into("body", "“Größe” – 🍎 ❤\ufe0f … ‘x’ « y » 日 本 語 ë")
        await me.sees("need Unicode")
        said = " ".join(me.screen.split())
        assert "more need Unicode (70 per segment). F8 replaces “" in said
        assert "more" in said.rpartition("F8 replaces")[2]


@pytest.mark.landing
async def test_what_is_known_of_the_two_is_said_under_to_and_in_the_review_and_the_cost_beside_the_segments(
    run_app, sandbox, person
):
    sandbox.receive(RECIPIENT, FRONT_DESK, "STOP")
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        await me.into("from_", FRONT_DESK)
        # While it is typed: nobody has to leave the field to learn that they want no more.
        await me.into("to", RECIPIENT)
        await me.sees("sent STOP to this sender at")
        assert "USD" not in me.screen
        await me.into("body", "Your parcel is here")
        await me.sees("1 segment · 141 left · 19 of 1600 · about 0.0079 USD")
        await me.review()
        await me.sees("about 0.0079 USD · the sandbox's example prices")
        await me.sees("! +1 415 555 0123 sent STOP")
        await me.press("escape")
        assert prices_asked(sandbox) == ["/v1/Messaging/Countries/US"]
        # Another recipient: nothing of the one before stays.
        await me.into("to", "9")
        await me.into("body", "!")
        await me.until(lambda: "sent STOP" not in me.screen)
        # WhatsApp: no segments, no price, no F8; the 24 hours instead.
        me.place.query_one("#field-to", Input).value = f"whatsapp:{RECIPIENT}"
        await me.sees("! From is SMS, To is WhatsApp: Twilio refuses that with 21910. F7")
        await me.sees("20 of 1600")
        assert "segment" not in me.screen
        await me.press("f8")
        await me.sees("Only SMS is billed in segments")
        await me.review()
        await me.sees("Twilio refuses that with 21910. Change")
        await me.sees("not known: Twilio's price list is for SMS only")
        await me.press("escape")
        await me.press("f7")
        await me.sees(f"1 Write to {RECIPIENT}")
        await me.press("1")
        await me.until(lambda: me.value("to") == RECIPIENT)
        await me.until(lambda: "21910" not in me.screen)
        await me.sees("sent STOP")
        me.place.query_one("#field-from_", Input).value = f"whatsapp:{FRONT_DESK}"
        await me.sees("From is WhatsApp, To is SMS")
        await me.press("f7")
        await me.sees(f"1 Write to whatsapp:{RECIPIENT}")
        await me.press("1")
        await me.sees("They have not written")
        sandbox.receive(f"whatsapp:{RECIPIENT}", f"whatsapp:{FRONT_DESK}", "Hello?")
        pilot.app.session.archive.look_now()
        await me.sees("They last wrote just now: free text until tomorrow")
        await me.review()
        await me.sees("WhatsApp  They last wrote")
        assert posts(sandbox) == 0
        # Sent, the addresses are gone from the form, and so is what was said of them.
        await me.press("y")
        await me.until(lambda: posts(sandbox) == 1 and me.value("to") == "")
        await me.until(lambda: not me.place.query_one("#cautions").display)


async def test_a_yes_for_a_connection_that_is_used_no_more_says_that_nothing_was_sent(
    run_app, sandbox, connect, person, tmp_path
):
    saved(tmp_path / "config", connect(sandbox, name="acme"), connect(sandbox, name="other"))
    async with run_app(connection="acme", screen="compose") as pilot:
        me, session = person(pilot), pilot.app.session
        await me.settled()
        await me.write()
        await me.review()
        await session.use("other")
        await me.press("y")
        await me.sees("Nothing was sent: another connection")
        assert posts(sandbox) == 0


async def test_what_is_said_of_times_grows_old_while_nobody_types(run_app, sandbox, person):
    clock = {"now": datetime(2026, 11, 29, 12, tzinfo=UTC)}
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        pilot.app.session.clock = lambda: clock["now"]
        await me.press("ctrl+t")
        await me.into("from_", sandbox.services[0])
        await me.into("send_at", "2026-11-29 12:30Z")
        await me.until(lambda: me.note("send_at").startswith("= "))
        assert "too near" not in me.note("send_at")
        clock["now"] += timedelta(minutes=27)
        me.place._minute_passed()
        assert "too near" in me.note("send_at")


def prices_asked(sandbox: Sandbox) -> list[str]:
    return [served.target for served in sandbox.requests if "/Messaging/Countries/" in served.target]
