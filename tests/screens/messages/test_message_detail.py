"""One message in full: wherever it came from, what belongs to it is there; keys that cannot work say why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.screens.messages.listed import loaded, table
from tui.archive.query import parse
from tui.sandbox.faults import Fault
from tui.screens.base import OpenMessage
from tui.screens.messages.message_detail import describe
from tui.screens.messages.screen import MessagesScreen
from tui.twilio.messages import Message
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
        await until(pilot, lambda: "Media     image/" in text_of(pilot) and "Country" in text_of(pilot))
        # Without its media the message is shown all the same.
        sandbox.faults.add(Fault("html", path=r"/Media", times=1))
        screen.detail.open_sid(other.sid)
        await until(pilot, lambda: "The media could not be listed" in text_of(pilot) and other.sid in text_of(pilot))


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

        pilot.app.session.message_known(account, await redact(account.client, table(pilot).current.sid))
        await until(pilot, lambda: table(pilot).current.body == "")
        for key, words in (("x", "There is no text to redact"), ("u", "Nothing to cancel")):
            await pilot.press(key)
            await until(pilot, lambda words=words: words in text_of(pilot))
            await pilot.press("y")
            await until(pilot, lambda: pilot.app.screen is screen)
            await pilot.press(key, "y")
            await until(pilot, lambda: pilot.app.screen is screen)
        assert isinstance(pilot.app.screen, MessagesScreen)


def timeline(message: Message, now: datetime = NOON) -> list[str]:
    return [line for line in describe(message, now).plain.split("\n") if "  •  " in line]


def test_a_timeline_is_in_order_and_has_days_unless_all_is_of_today():
    today = Message("SM1", "sent", date_created=NOON, date_sent=NOON + timedelta(seconds=2))
    assert timeline(today) == ["12:00:00  •  created", "12:00:02  •  sent  +2 s"]
    late = Message("SM1", "undelivered", date_created=NOON, date_sent=NOON + timedelta(seconds=1))
    late = Message(
        "SM1", "undelivered", date_created=NOON, date_sent=late.date_sent, date_updated=NOON + timedelta(hours=23)
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
        date_created=NOON,
        date_updated=NOON + timedelta(seconds=1),
        date_sent=NOON + timedelta(days=1),
    )
    assert [line.split("•  ")[1].split("  +")[0] for line in timeline(message)] == [
        "created",
        "scheduled",
        "to be sent",
    ]
