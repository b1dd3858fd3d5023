"""The conversations under Pilot, against the real sandbox over real sockets: read, answer, watch it arrive."""

from __future__ import annotations

import asyncio
import threading
from array import array
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.piloting import keys_are_answered
from tests.screens.messages.listed import loaded, stand_on
from tui.archive.coverage import Span
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.screens.base import OpenConversation
from tui.screens.messages.conversation_list import ConversationList
from tui.screens.messages.conversations import ConversationsScreen
from tui.screens.messages.screen import MessagesScreen
from tui.screens.sending.review import Review
from tui.services.session import EventType, SessionEvent
from tui.storage.connections import Connections, save
from tui.storage.drafts import Drafts
from tui.storage.journal import JournalState
from tui.storage.journal_entry import NewSend
from tui.twilio.messages import Message
from tui.widgets.dialogs import Choose, Confirm

MAYA, CHLOE, STRANGER = "+14155550123", "+14165550175", "+493012345678"
OTHER = "+14155550101"
"""Another number of the account than the one that Maya wrote to."""


class Person:
    """Somebody at the keys."""

    def __init__(self, pilot: Any, until: Callable[..., Awaitable[None]], text_of: Callable[[Any], str]) -> None:
        self.pilot, self._until, self._text_of = pilot, until, text_of

    @property
    def app(self) -> Any:
        return self.pilot.app

    @property
    def here(self) -> ConversationsScreen:
        return next(each for each in self.app._screen_stacks["messages"] if isinstance(each, ConversationsScreen))

    @property
    def rows(self) -> ConversationList:
        return self.here.query_one(ConversationList)

    @property
    def pane(self) -> Any:
        return self.here.pane

    async def until(self, so: Callable[[], object]) -> None:
        await self._until(self.pilot, so)

    async def sees(self, *words: str) -> None:
        await self.until(lambda: all(each in self._text_of(self.pilot) for each in words))

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.until(lambda: keys_are_answered(self.pilot))

    async def settled(self) -> None:
        """Wait until an account is open, its messages are here, and its senders are known."""
        await loaded(self.pilot, self._until, 50)

    async def hears(self, number: str, *texts: str) -> None:
        """Let messages arrive that nobody can have read: a minute from now, since times are told in seconds."""
        archive, own = self.app.session.archive, "+14155550100"
        for text in texts:
            sid, at = f"SM{hash((number, text)) & (1 << 128) - 1:032x}", datetime.now(UTC) + timedelta(minutes=1)
            await archive.put([Message(sid, "received", "inbound", own, number, text, date_created=at, date_sent=at)])

    async def among_the_persons(self) -> None:
        await self.press("t")
        await self.until(lambda: isinstance(self.app.screen, ConversationsScreen) and self.here.loader.read_once)

    async def opens(self, number: str) -> None:
        self.app.screen.post_message(OpenConversation(number))
        await self.until(lambda: isinstance(self.app.screen, ConversationsScreen) and self.here.opened)
        await self.until(lambda: self.pane.number == number and self.pane.can_write)

    async def writes(self, text: str) -> None:
        await self.press("y")
        await self.until(lambda: self.pane.writes)
        await self.press(*({" ": "space", "\n": "enter", "?": "question_mark"}.get(each, each) for each in text))

    async def sends(self) -> None:
        await self.press("ctrl+s")
        await self.until(lambda: isinstance(self.app.screen, Review))
        await self.press("y")


@pytest.fixture
def person(until: Any, text_of: Any) -> Callable[[Any], Person]:
    return lambda pilot: Person(pilot, until, text_of)


def posts(sandbox: Sandbox) -> list[Any]:
    return [each for each in sandbox.requests if each.method == "POST" and "Messages.json" in each.target]


async def test_from_the_start_three_keys_lead_to_the_reply_which_is_sent_once_and_seen_delivered(
    run_app, sandbox, person
):
    sandbox.receive(MAYA, sandbox.numbers[1], "Which one is it?")
    async with run_app(sandbox=sandbox, size=(80, 24)) as pilot:
        me = person(pilot)
        await me.settled()
        await me.press("t", "enter", "m")
        await me.sees("This message has no media.")
        await me.press("y")
        await me.until(lambda: me.pane.writes)
        assert (me.pane.typed.to, me.pane.typed.from_) == (MAYA, sandbox.numbers[1])
        # The number of ours is named for what it is in each message, and nothing reads as if all were here.
        await me.sees("← to Parcel updates · Which one is it?", "from Front desk · Hi Maya", "from Parcel updates")
        await me.sees("; in Messages L loads more", " messages loaded")
        # Enter is a new line, and what arrives meanwhile changes neither text nor cursor.
        await me.press("a", "enter", "b", "left")
        at = me.pane.reply.field.cursor_location
        sandbox.receive(MAYA, sandbox.numbers[1], "Hello?")
        me.app.session.archive.look_now()
        await me.sees("Hello?")
        assert (me.pane.reply.body, me.pane.reply.field.cursor_location) == ("a\nb", at)
        await me.press("ctrl+s", "ctrl+s", "ctrl+s")
        await me.until(lambda: isinstance(me.app.screen, Review))
        assert posts(sandbox) == []
        await me.press("y")
        await me.until(lambda: me.pane.reply.body == "" and me.pane.can_write)
        await me.until(lambda: (current := me.pane.thread.current) is not None and current.status == "delivered")
        assert me.pane.thread.current.body == "a\nb"
        assert len(posts(sandbox)) == 1
        assert me.app.session.account.replies.unsaved_warning() == ""
        assert me.pane.thread.has_focus
        await me.press("escape")
        assert not me.here.opened
        await me.press("escape")
        await me.until(lambda: isinstance(me.app.screen, MessagesScreen))


async def test_who_wrote_stands_out_until_their_conversation_was_opened(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        me = person(pilot)
        await me.settled()
        await me.hears(CHLOE, "Encore une question", "Et une autre")
        await me.until(lambda: me.app.session.archive.status.unread == 2)
        stand_on(pilot, lambda message: message.other_party == MAYA)
        await me.among_the_persons()
        await me.until(lambda: me.rows.current is not None and me.rows.current.number == MAYA)
        await me.sees("● 2 unread", " 2● ")
        # Another writes: they move up, the cursor stays on its person.
        await me.hears("+493012345678", "Guten Morgen")
        await me.sees("● 3 unread", "← Guten Morgen")
        assert me.rows.current.number == MAYA
        await me.press("u")
        await me.until(lambda: len(me.here.loader.listed) == 2)
        # Beside the list it is only glanced at.
        await me.until(lambda: me.rows.current.number == "+493012345678" == me.pane.number)
        await me.press("down")
        await me.until(lambda: me.pane.number == CHLOE and me.pane.thread.at_end)
        assert me.app.session.archive.status.unread == 3
        await me.press("enter")
        await me.until(lambda: me.app.session.archive.status.unread == 1)
        await me.until(lambda: me.rows.current.unread == 0)
        # Neither who was read nor who was not goes away under the eyes.
        assert [me.here.loader.listed.at(n).number for n in (0, 1)] == ["+493012345678", CHLOE]
        await me.press("escape", "A")
        await me.until(lambda: isinstance(me.app.screen, Confirm))
        await me.sees("Mark 1 message as read?")
        await me.press("y")
        await me.until(lambda: me.app.session.archive.status.unread == 0)
        await me.sees("none unread")
        await me.press("u")
        await me.until(lambda: me.here.loader.listed.ended and len(me.here.loader.listed) > 10)
        # In the list a message is read once it was opened, not when the cursor stands on it.
        await me.press("t")
        await me.until(lambda: isinstance(me.app.screen, MessagesScreen))
        await me.hears(CHLOE, "Et encore une")
        await me.until(lambda: me.app.session.archive.status.unread == 1)
        stand_on(pilot, lambda message: message.body == "Et encore une")
        await me.until(lambda: "Et encore une" in me.app.screen.current_message.body)
        assert me.app.session.archive.status.unread == 1
        await me.press("enter")
        await me.until(lambda: me.app.session.archive.status.unread == 0)


@pytest.mark.landing
async def test_what_is_not_loaded_of_a_conversation_is_asked_for_at_its_beginning_and_what_is_clicked_is_meant(
    run_app, sandbox, person
):
    for n in range(60):
        sandbox.receive("+14155550199", sandbox.numbers[1], f"from somebody else {n}")
    for n in range(5):
        sandbox.receive(MAYA, sandbox.numbers[1], f"number {n}")
    async with run_app(sandbox=sandbox, size=(140, 40)) as pilot:
        me = person(pilot)
        await me.settled()
        archive = me.app.session.archive
        edge = archive.coverage.spans[0].first
        assert edge > 0
        # A time long ago is complete as well.
        await archive._threads.keep((), Span(0, edge - 20 * 86_400))
        await me.among_the_persons()
        await me.until(lambda: me.pane.number == MAYA and me.pane.thread.at_end)
        thread, before = me.pane.thread, me.pane.thread.count
        y = next(y for y, line in enumerate(thread._picture) if any("number 0" in text for text, _ in line.pieces))
        await pilot.click(thread, offset=(20, y))
        await me.until(lambda: me.here.opened and me.here.current_message is not None)
        assert me.here.current_message.body == "number 0" == thread.current.body
        await me.sees("all since", "↑ asks Twilio for more")
        asked = len(sandbox.requests)
        # Held down, it asks once.
        await me.press("home", *["up"] * 10)
        await me.until(lambda: thread.count > before and thread.gap is None)
        assert len([each for each in sandbox.requests[asked:] if MAYA[1:] in each.target]) <= 8
        await me.press("home", "up")
        await me.sees("that is all", "there are no older ones")
        await me.press("escape")
        assert not me.here.opened
        # In the reply as well: its keys work there.
        await pilot.click(me.pane.reply.field, offset=(2, 0))
        await me.until(lambda: me.here.opened and me.pane.writes)
        await me.press("h", "i", "ctrl+s")
        await me.until(lambda: isinstance(me.app.screen, Review))


@pytest.mark.landing
async def test_what_is_typed_to_each_person_is_kept_until_it_is_sent(run_app, sandbox, connect, person, tmp_path):
    folder: Path = tmp_path / "config"
    save(folder / "connections.toml", Connections([connect(sandbox, name="acme"), connect(sandbox, name="other")]))
    async with run_app(connection="acme") as pilot:
        me = person(pilot)
        await me.settled()
        await me.opens(MAYA)
        await me.writes("one")
        await me.opens(CHLOE)
        assert me.pane.reply.body == ""
        await me.writes("two")
        # Another sender than they wrote to, and visibly so.
        await me.press("f7")
        await me.until(lambda: isinstance(me.app.screen, Choose))
        usual = me.pane.typed.from_
        other = next(n for n, each in enumerate(me.app.screen._choices) if each.key != usual and "+1" in each.key)
        await me.press(str(other + 1))
        await me.sees("they wrote to")
        sender = me.pane.typed.from_
        assert sender != usual
        await me.opens(MAYA)
        assert (me.pane.reply.body, me.pane.reply.addresses.is_another) == ("one", False)
        # What is typed under one connection is not kept with another one.
        here = me.here
        await me.app.session.use("other")
        await me.until(lambda: here.pane._account is me.app.session.account and me.app.session.account.name == "other")
        await me.until(lambda: keys_are_answered(pilot))
        assert here.pane.reply.body == ""
        # A connection that was changed and cannot be opened any more: nothing of it stays.
        await me.opens(MAYA)
        here = me.here
        await me.until(lambda: here.pane.thread.count)
        me.app.session._retire()
        me.app.session.publish(SessionEvent(EventType.ACCOUNT))
        await me.until(lambda: not here.pane.thread.count)
        await me.press("escape", "escape", "escape")
        await me.until(lambda: isinstance(me.app.screen, MessagesScreen))
        assert me.app.screen.unsaved_warning() == "" or await me.app.screen.put_away() is None
    kept = Drafts(folder / "state" / "replies.json")
    assert "other\\n" not in (folder / "state" / "replies.json").read_text("utf-8")
    assert dict(kept.get(f"acme\n{MAYA}")) == {"body": "one"}
    assert dict(kept.get(f"acme\n{CHLOE}")) == {"body": "two", "from": sender}
    async with run_app(connection="acme") as pilot:
        me = person(pilot)
        await me.settled()
        await me.opens(CHLOE)
        assert (me.pane.reply.body, me.pane.typed.from_) == ("two", sender)
        await me.writes("")
        await me.sends()
        await me.until(lambda: me.pane.reply.body == "")
    assert dict(Drafts(folder / "state" / "replies.json").get(f"acme\n{CHLOE}")) == {}


@pytest.mark.landing
async def test_what_was_refused_or_may_have_been_sent_is_said_in_place_and_the_text_stays(run_app, sandbox, person):
    async with run_app(sandbox=sandbox) as pilot:
        me = person(pilot)
        await me.settled()
        sandbox.faults.add(Fault("429", method="POST", path="Messages"))
        await me.opens(MAYA)
        await me.writes("Again")
        await me.sends()
        await me.sees("✗ Not sent", "Your text is still here")
        assert me.pane.reply.body == "Again" and me.pane.can_write
        sandbox.faults.add(Fault("reset-after", method="POST", path="Messages"))
        sandbox.faults.add(Fault("500-before", method="GET", path="Messages", times=0))
        await me.sends()
        await me.sees("may have been sent, or not", "never sent again")
        await me.until(lambda: me.pane.can_write)
        assert me.pane.reply.body == "Again"
        made = len(posts(sandbox))
        await me.press("ctrl+s")
        await me.until(lambda: isinstance(me.app.screen, Review))
        await me.sees("may have been sent")
        await me.press("escape")
        assert len(posts(sandbox)) == made


@pytest.mark.landing
async def test_from_elsewhere_and_from_a_message_one_comes_to_the_conversation_and_back(run_app, sandbox, person):
    async with run_app(sandbox=sandbox) as pilot:
        me = person(pilot)
        await me.settled()
        message = stand_on(pilot, lambda each: each.other_party == MAYA and not each.inbound)
        await me.press("enter", "t")
        await me.until(lambda: isinstance(me.app.screen, ConversationsScreen) and me.pane.thread.current is not None)
        assert me.pane.thread.current.sid == message.sid
        await me.press("enter")
        await me.until(lambda: isinstance(me.app.screen, MessagesScreen) and me.app.screen.opened)
        assert me.app.screen.current_message.sid == message.sid
        await me.press("escape")
        await me.until(lambda: isinstance(me.app.screen, ConversationsScreen) and me.here.opened)
        await me.press("t")
        await me.until(lambda: isinstance(me.app.screen, MessagesScreen) and not me.app.screen.opened)
        await me.press("5")
        await me.until(lambda: me.app.current_mode == "webhooks" and keys_are_answered(pilot))
        # A stranger: nothing was exchanged yet, and no sender is known.
        await me.opens("+493012345678")
        await me.sees("no message yet", "not known which of your numbers")
        await me.writes("x")
        await me.press("ctrl+s")
        await me.until(lambda: "note" and "sender" in str(me.pane.reply.query_one("#reply-note").render()).lower())
        await me.press("escape", "escape")
        await me.until(lambda: me.app.current_mode == "webhooks")
        # Who has a name in place of a number can be read, and not answered.
        await me.hears("Harbor Bank", "Your code is 123 456")
        await me.opens("Harbor Bank")
        await me.writes("x")
        await me.press("ctrl+s")
        await me.sees("Harbor Bank cannot be answered. A phone number cannot contain “H”.")
        assert "country code" not in str(me.pane.reply.query_one("#reply-note").render())


async def test_what_a_reply_costs_and_that_they_want_none_stands_beside_it(run_app, sandbox, person, monkeypatch):
    async with run_app(sandbox=sandbox, size=(80, 24)) as pilot:
        me = person(pilot)
        await me.settled()
        archive = me.app.session.archive
        rows, goes_on = archive.thread_rows, asyncio.Event()

        async def slowly(number: str) -> array[int]:
            await goes_on.wait()
            return await rows(number)

        # They write to another number while their conversation is read: a reply goes from that one.
        monkeypatch.setattr(archive, "thread_rows", slowly)
        opened = asyncio.create_task(me.opens(MAYA))
        await me.until(lambda: isinstance(me.app.screen, ConversationsScreen) and me.pane.number == MAYA)
        await me.until(lambda: archive.shown)
        at = datetime.now(UTC) + timedelta(minutes=1)
        sent = Message("SM" + "5" * 32, "received", "inbound", OTHER, MAYA, "Here now", date_created=at, date_sent=at)
        await archive.put([sent])
        await me.until(lambda: len(me.here.loader.listed) and me.here.loader.listed.at(0).own == OTHER)
        goes_on.set()
        await opened
        await me.until(lambda: me.pane.typed.from_ == OTHER == me.pane.reply.addresses.usual)
        at += timedelta(seconds=1)
        await archive.put([replace(sent, sid="SM" + "6" * 32, to="+14155550100", date_created=at, date_sent=at)])
        await me.until(lambda: me.pane.typed.from_ == "+14155550100")
        await me.writes("Hi")
        await me.sees("1 segment", "about 0.0079 USD")
        assert "STOP" not in me.pane.reply.query_one("#reply-cautions").render().plain
        await me.hears(MAYA, "STOP")
        await me.sees("! +1 415 555 0123 sent STOP to this sender at")
        await me.hears(MAYA, "start")
        await me.until(lambda: not me.pane.reply.query_one("#reply-cautions").display)
        assert me.pane.reply.body == "Hi"


@pytest.mark.landing
async def test_whose_reply_is_written_stays_whoever_leaves_the_list_meanwhile(run_app, sandbox, person, monkeypatch):
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        me = person(pilot)
        await me.settled()
        await me.hears(CHLOE, "Encore une question")
        await me.hears(STRANGER, "Guten Morgen")
        await me.among_the_persons()
        await me.press("u")
        await me.until(lambda: len(me.here.loader.listed) == 2 and me.pane.number == STRANGER)
        # A click into the reply beside the list opens the conversation: its keys work there.
        await pilot.click(me.pane.reply.field)
        await me.until(lambda: me.pane.writes and me.here.opened)
        await me.press("escape")
        await me.until(lambda: me.app.session.archive.status.unread == 1)
        await me.writes("For you alone")
        # Back from the review all are read again, and this one is unread no more.
        await me.press("ctrl+s")
        await me.until(lambda: isinstance(me.app.screen, Review))
        await me.press("escape")
        await me.until(lambda: not me.here.loader._busy and keys_are_answered(pilot))
        assert (me.pane.number, me.pane.reply.body, me.pane.writes) == (STRANGER, "For you alone", True)
        assert [me.here.loader.listed.at(n).number for n in (0, 1)] == [STRANGER, CHLOE]
        # Their only message goes, and with it their line.
        await me.app.session.archive.remove([me.pane.thread.current.sid])
        await me.until(lambda: me.here.loader.listed.of(STRANGER) is None and keys_are_answered(pilot))
        await me.press("x")
        assert me.rows.current.number == CHLOE
        assert (me.pane.number, me.pane.reply.body) == (STRANGER, "For you alonex")
        # Another person who is opened while the review is prepared is not asked for in place of the first.
        entries, waits = me.app.session.account.outbox.entries, threading.Event()
        monkeypatch.setattr(me.app.session.account.outbox, "entries", lambda *given: waits.wait(9) and entries(*given))
        me.here.action_send()
        await me.opens(CHLOE)
        waits.set()
        await me.until(lambda: not me.pane._sending._reviewing)
        assert me.app.screen is me.here and posts(sandbox) == []
        assert me.app.session.account.replies._typed[STRANGER].body == "For you alonex"
        # On to the next one by a key, and with keys that are held down Compose is for who they come to.
        await me.press("escape", "u")
        await me.until(lambda: len(me.here.loader.listed) > 5 and not me.here.opened)
        me.rows.action_cursor_down()
        me.rows.action_cursor_down()
        wanted = me.rows.current.number
        await me.press("ctrl+t")
        await me.until(lambda: me.app.current_mode == "compose" and me.app.screen._form.typed.to)
        assert me.app.screen._form.typed.to.endswith(wanted)


@pytest.mark.landing
async def test_a_reply_that_was_sent_in_compose_is_not_offered_again(run_app, sandbox, connect, person, tmp_path):
    folder: Path = tmp_path / "config"
    save(folder / "connections.toml", Connections([connect(sandbox, name="acme")]))
    kept = Drafts(folder / "state" / "replies.json")
    async with run_app(connection="acme") as pilot:
        me = person(pilot)
        await me.settled()
        await me.opens(MAYA)
        await me.writes("Hello")
        await me.press("ctrl+t")
        await me.until(lambda: me.app.current_mode == "compose" and me.app.screen._form.typed.body == "Hello")
        await me.sends()
        await me.until(lambda: dict(kept.get(f"acme\n{MAYA}")) == {})
        await me.until(lambda: me.pane.reply.body == "")
        # What is typed after that is another reply.
        await me.press("1")
        await me.until(lambda: me.app.screen is me.here and keys_are_answered(pilot))
        await me.press("H", "i")
        # It is sent by another window meanwhile, long ago by its clock: the program cannot have cleared it here.
        await me.press("escape", "escape")
        outbox, account = me.app.session.account.outbox, me.app.session.account
        entry = outbox.begin(
            NewSend(
                connection="acme", account_sid=account.client.account_sid, to=MAYA, sender="+14155550100", body="Hi"
            )
        )
        outbox.settle(entry.id, JournalState.ACCEPTED, sid=f"SM{'7' * 32}")
    assert dict(kept.get(f"acme\n{MAYA}")) == {"body": "Hi"}
    async with run_app(connection="acme") as pilot:
        me = person(pilot)
        await me.settled()
        now = me.app.session.clock
        me.app.session.clock = lambda: now() + timedelta(hours=2)
        await me.opens(MAYA)
        await me.until(lambda: me.pane.sent_before)
        await me.press("y", "ctrl+s")
        await me.until(lambda: isinstance(me.app.screen, Review))
        await me.sees("The same text was sent to the same recipient 2 hours ago.")


@pytest.mark.landing
async def test_beside_the_list_a_conversation_is_opened_by_going_into_it_and_the_cursor_is_nobodys_but_ones_own(
    run_app, sandbox, person
):
    for body in ("Le premier", "Le second", "Le troisième"):
        sandbox.receive(f"whatsapp:{CHLOE}", f"whatsapp:{sandbox.numbers[0]}", body)
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        me = person(pilot)
        await me.settled()
        message = stand_on(pilot, lambda each: each.body == "Le second")
        await me.press("enter", "t")
        await me.until(lambda: isinstance(me.app.screen, ConversationsScreen) and me.pane.thread.current is not None)
        assert me.pane.thread.current.sid == message.sid
        await me.opens("+493012345678")
        await me.press("escape", "home", "down")
        at = me.rows.current.number
        # Who was asked for and never wrote yet takes the cursor away neither now nor when they do.
        await me.hears(MAYA, "Me first")
        await me.until(lambda: me.here.loader.listed.at(0).number == MAYA)
        assert me.rows.current.number == at
        await me.hears("+493012345678", "Guten Morgen")
        await me.until(lambda: me.here.loader.listed.of("+493012345678") is not None)
        assert me.rows.current.number == at
        await me.until(lambda: me.pane.number == at and me.pane.can_write)
        await me.press("tab", "tab", "x", "ctrl+s")
        await me.until(lambda: isinstance(me.app.screen, Review))
        await me.press("escape")
        assert me.pane.writes and me.here.opened
        await me.press("escape", "escape")
        assert not me.here.opened and me.rows.has_focus
