"""One message in full: wherever it came from, what belongs to it is there; keys that cannot work say why."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.screens.messages.listed import count, loaded, messages, search, table
from tui.archive.query_parser import parse
from tui.sandbox.faults import Fault
from tui.screens.base import OpenMessage
from tui.screens.messages.message_detail import Besides, describe, peek
from tui.screens.messages.screen import MessagesScreen
from tui.screens.queries.query_bar import QueryBar, QueryInput
from tui.services.send_state import SendState
from tui.twilio.drafts import Draft
from tui.twilio.errors import ApiError
from tui.twilio.messages import Message
from tui.widgets.dialogs import Ask
from tui.widgets.text_pane import TextPane

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def utc(be_in):
    be_in("UTC")


async def test_media_and_country_are_there_wherever_the_message_came_from(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox, size=(120, 50)) as pilot:
        await loaded(pilot, until)
        screen = pilot.app.screen
        archive = pilot.app.session.archive
        while archive.more_below:
            await archive.older()
        with_media = await archive.find_rows(parse("media:yes"))
        message, other, *_ = await archive.read(with_media)
        screen.post_message(OpenMessage(message.sid))
        await until(pilot, lambda: "Media     GIF image" in text_of(pilot) and "Country" in text_of(pilot))
        # Without its media the message is shown all the same.
        sandbox.faults.add(Fault("html", path=r"/Media", times=1))
        screen.detail.open_sid(other.sid)
        await until(pilot, lambda: "The media could not be listed" in text_of(pilot) and other.sid in text_of(pilot))


@pytest.mark.landing
async def test_while_twilio_is_asked_for_a_message_that_is_said_and_what_comes_takes_no_keys(
    sandbox, run_app, until, text_of, monkeypatch
):
    sid, answer = "SM" + "0" * 32, asyncio.Event()

    async def fetch(account, wanted):
        await answer.wait()
        return Message(wanted, "received", direction="inbound", body="Late")

    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        screen, bar = pilot.app.screen, pilot.app.screen.query_one(QueryBar)
        monkeypatch.setattr(screen.detail, "_fetch", fetch)
        screen.detail.open_sid(sid)
        await until(pilot, lambda: f"Asking Twilio for {sid}" in text_of(pilot))
        # The message under the cursor is not the one that is asked for.
        assert screen.opened and screen.current_message is None
        await pilot.press("slash", *"gala")
        answer.set()
        await until(pilot, lambda: "Late" in text_of(pilot))
        await pilot.press(*"xy")
        assert bar.is_open and screen.query_one(QueryInput).value == "galaxy"
        await pilot.press("escape", "escape")
        assert not screen.opened
        # Whoever goes back does not want it any more.
        answer.clear()
        screen.detail.open_sid(sid[:-1] + "1")
        await until(pilot, lambda: screen.opened)
        await pilot.press("escape")
        assert not screen.opened and screen.current_message is not None
        await until(pilot, lambda: not [work for work in pilot.app.workers if work.group == "look"])


async def test_a_message_that_was_opened_by_its_sid_stays_open_while_others_arrive(sandbox, run_app, until):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until, 50)
        screen = pilot.app.screen
        opened = messages(pilot)[7]
        screen.detail.open_sid(opened.sid)
        await until(pilot, lambda: screen.opened and screen.current_message.sid == opened.sid)
        before, line = count(pilot), table(pilot).cursor
        sandbox.receive("+14155550123", sandbox.numbers[0], "Is anyone there?")
        await pilot.press("r")
        await until(pilot, lambda: count(pilot) > before and table(pilot).cursor > line)
        # What the list tells of its cursor has been heard as well.
        await pilot.pause()
        assert screen.opened and screen.current_message.sid == opened.sid
        await pilot.press("escape")
        table(pilot).cursor += 1
        await until(pilot, lambda: screen.current_message == table(pilot).current)


@pytest.mark.landing
async def test_a_second_look_that_comes_before_the_first_began_takes_its_place(sandbox, run_app, until):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        detail, message = pilot.app.screen.detail, table(pilot).current
        # Python warns of a coroutine that never ran, and a warning fails the test.
        detail.open()
        detail.open()
        detail.open_sid(message.sid)
        detail.open_sid(message.sid)
        await until(pilot, lambda: detail.single == message)
        gc.collect()


async def test_a_sid_that_is_none_asks_again_but_takes_no_keys_from_a_field(
    sandbox, run_app, until, text_of, monkeypatch
):
    sid, answer = "SM" + "0" * 32, asyncio.Event()

    async def fetch(account, wanted):
        await answer.wait()
        raise ApiError(404, 20404, "not found")

    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        screen = pilot.app.screen
        monkeypatch.setattr(screen.detail, "_fetch", fetch)
        screen.detail.open_sid(sid)
        await until(pilot, lambda: screen.opened)
        await pilot.press("slash", *"gala")
        answer.set()
        await until(pilot, lambda: "Looked in" in text_of(pilot))
        await pilot.press(*"xy")
        assert screen.query_one(QueryInput).value == "galaxy"
        await pilot.press("escape")
        assert f"{sid}: " in text_of(pilot) and screen.current_message is None
        await pilot.press("escape")
        assert not screen.opened and screen.current_message is not None
        screen.detail.open_sid(sid)
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
        assert not screen.opened


async def test_an_opened_message_fills_the_pane_once_and_once_more_for_twilios_answer(
    sandbox, run_app, until, monkeypatch
):
    shown: list[str] = []
    show = TextPane.show

    def noted(pane: TextPane, content) -> None:
        if pane.id == "detail":
            shown.append(content.plain)
        show(pane, content)

    async with run_app(sandbox=sandbox, size=(120, 50)) as pilot:
        await loaded(pilot, until)
        await pilot.app.session.account.load_senders()
        await pilot.pause(0.2)
        monkeypatch.setattr(TextPane, "show", noted)
        await pilot.press("enter")
        await until(pilot, lambda: any("Country" in text for text in shown))
        await pilot.pause(0.2)
        assert ["Country" in text for text in shown] == [False, True]


async def test_x_and_u_say_why_they_cannot_and_the_y_that_follows_starts_no_reply(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        account, screen = pilot.app.session.account, pilot.app.screen
        from tui.twilio.messages import redact

        pilot.app.session.changes.known(account, await redact(account.client, table(pilot).current.sid))
        await until(pilot, lambda: table(pilot).current.body == "")
        for key, words in (("x", "There is no text to redact"), ("u", "Nothing to cancel")):
            await pilot.press(key)
            await until(pilot, lambda words=words: words in text_of(pilot))
            await pilot.press("y")
            await until(pilot, lambda: pilot.app.screen is screen)
            await pilot.press(key, "y")
            await until(pilot, lambda: pilot.app.screen is screen)
        assert isinstance(pilot.app.screen, MessagesScreen)


def timeline(message: Message, now: datetime = NOON, besides: Besides | None = None) -> list[str]:
    return [line for line in describe(message, now, besides).plain.split("\n") if "  •  " in line]


def test_a_timeline_is_in_order_and_has_days_unless_all_is_of_today():
    today = Message("SM1", "sent", body="Hi", date_created=NOON, date_sent=NOON + timedelta(seconds=2))
    assert timeline(today) == ["12:00:00  •  created", "12:00:02  •  sent  +2 s"]
    late = Message("SM1", "undelivered", date_created=NOON, date_sent=NOON + timedelta(seconds=1))
    late = Message(
        "SM1",
        "undelivered",
        body="Hi",
        date_created=NOON,
        date_sent=late.date_sent,
        date_updated=NOON + timedelta(hours=23),
    )
    assert timeline(late, NOON + timedelta(days=3)) == [
        "28 Nov 12:00:00  •  created",
        "28 Nov 12:00:01  •  sent  +1 s",
        "29 Nov 11:00:00  •  undelivered  +22 h",
    ]
    assert timeline(late, NOON + timedelta(days=90))[0] == "28 Nov 2026 12:00:00  •  created"


def test_what_came_in_is_received_once_and_updated_later():
    message = Message(
        "SM1", "received", direction="inbound", date_created=NOON, date_updated=NOON + timedelta(seconds=9)
    )
    assert timeline(message) == ["12:00:00  •  received", "12:00:09  •  updated  +9 s"]


def test_what_is_planned_stands_after_what_was_done():
    message = Message(
        "SM1",
        "scheduled",
        body="Hi",
        date_created=NOON,
        date_updated=NOON + timedelta(seconds=1),
        date_sent=NOON + timedelta(days=1),
    )
    assert [line.split("•  ")[1].split("  +")[0] for line in timeline(message)] == [
        "created",
        "scheduled",
        "to be sent",
    ]


def test_a_text_that_was_emptied_later_says_nothing_of_when_it_was_delivered():
    redacted = Message("SM1", "delivered", date_created=NOON, date_sent=NOON + timedelta(seconds=1), date_updated=NOON)
    redacted = replace(redacted, date_updated=NOON + timedelta(days=30))
    assert [line.split("•  ")[1] for line in timeline(redacted, NOON + timedelta(days=31))] == [
        "created",
        "sent  +1 s",
        "updated  +29 d",
    ]
    picture = replace(redacted, num_media=1)
    assert timeline(picture, NOON + timedelta(days=31))[2].endswith("delivered  +29 d")


def test_numbers_are_grouped_as_in_the_list_and_ours_has_its_name():
    names = Besides(lambda address: {"+18335550142": "On-call alerts"}.get(address, ""))
    both = Besides(lambda address: {"+18335550142": "On-call alerts", "+14155550123": "Maya"}.get(address, ""))
    message = Message("SM1", "delivered", to="+14155550123", from_="+18335550142")
    assert "+1 833 555 0142  →  +1 415 555 0123\nfrom On-call alerts\n" in describe(message, NOON, names).plain
    assert "+1 833 555 0142  →  +1 415 555 0123\n\n" in describe(message, NOON).plain
    assert peek(message, NOON, names).plain.splitlines()[0].endswith("  from On-call alerts")
    assert peek(message, NOON).plain.splitlines()[0].endswith("  from +1 833 555 0142")
    assert "+1 833 555 0142  →  +1 415 555 0123\nfrom On-call alerts to Maya\n" in describe(message, NOON, both).plain
    assert peek(message, NOON, both).plain.splitlines()[0].endswith("  to +1 415 555 0123  from On-call alerts")


def test_a_service_that_has_not_chosen_a_sender_leaves_the_number_on_one_line():
    service = "MG" + "0123456789abcdef" * 2
    shown = describe(Message("SM1", "accepted", to="+14155550123", messaging_service_sid=service), NOON).plain
    assert "MG0123…cdef  →  +1 415 555 0123\n" in shown
    assert f"Service   {service}" in shown


async def test_the_names_of_ours_are_asked_for_once_a_message_is_opened(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        await pilot.press("enter")
        await until(pilot, lambda: "\n  to Front desk" in text_of(pilot))
        listed = sum("IncomingPhoneNumbers" in served.target for served in sandbox.requests)
        await pilot.press("escape", "down", "enter")
        await until(pilot, lambda: "\n  from Front desk" in text_of(pilot))
        assert sum("IncomingPhoneNumbers" in served.target for served in sandbox.requests) == listed


def test_a_scheduled_message_says_for_when_or_that_it_is_not_known():
    message = Message("SM1", "scheduled", body="Hello", date_created=NOON - timedelta(hours=5))
    known = Besides(send_at=NOON + timedelta(hours=19))
    assert "○ scheduled  for 29 Nov 07:00:00 · in 19 h" in peek(message, NOON, known).plain
    assert describe(message, NOON, known).plain.splitlines()[0] == "○ scheduled · in 19 h"
    assert timeline(message, NOON, known)[-1].split("•  ")[1] == "to be sent  +1 d"
    assert "○ scheduled  created 28 Nov 07:00:00 · 5 h ago" in peek(message, NOON).plain
    assert describe(message, NOON).plain.splitlines()[:2] == [
        "○ scheduled",
        "Twilio does not say for when; that is known only of what was scheduled from here.",
    ]


async def test_what_could_only_say_why_it_cannot_be_done_is_not_in_the_palette(sandbox, run_app, until, text_of):
    def offered(app):
        return {command.title.partition("  (")[0] for command in app.get_system_commands(app.screen)}

    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        assert table(pilot).current.inbound
        assert "Cancel" not in offered(pilot.app)
        assert {"Redact", "Reply"} <= offered(pilot.app)
        await search(pilot, until, "status:scheduled")
        await until(pilot, lambda: table(pilot).current.status == "scheduled")
        assert "Cancel" in offered(pilot.app)


async def test_for_when_a_message_was_scheduled_from_here_is_known(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        session = pilot.app.session
        at = session.clock() + timedelta(days=2, minutes=5)
        draft = Draft("+14155550123", sandbox.services[0], "See you", send_at=at)
        session.send(session.account, SendState(draft, session.clock()))
        await until(pilot, lambda: "scheduled · See you" in text_of(pilot))
        await pilot.press("home")
        await until(pilot, lambda: " · in 2 d" in text_of(pilot))
