"""A conversation by the line: where it opens, what keys do, what changes while one reads."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from textual.app import App

from tui.services.message_archive import MessageArchive
from tui.theme import own_variables
from tui.twilio.message import Message
from tui.widgets.thread_view import ThreadView

THEM, US, SALES = "+14155550123", "+14155550100", "+14155550111"
BEGAN = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def message(n: int, body: str = "", **fields) -> Message:
    inbound = fields.pop("inbound", n % 3 == 0)
    own, other, at = (
        fields.pop("own", US),
        fields.pop("other", THEM),
        fields.pop("at", BEGAN + timedelta(minutes=7 * n)),
    )
    return Message(
        f"SM{n:032x}",
        **{
            "status": "received" if inbound else "delivered",
            "direction": "inbound" if inbound else "outbound-api",
            "from_": other if inbound else own,
            "to": own if inbound else other,
            "body": body or f"message {n}",
            "date_created": at,
            "date_sent": at,
            "date_updated": at,
            "num_media": 0,
            "num_segments": 1,
        }
        | fields,
    )


class Stage(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.posted: list[str] = []

    def get_css_variables(self):
        variables = super().get_css_variables()
        return variables | own_variables(variables)

    def compose(self):
        yield ThreadView(now=lambda: BEGAN + timedelta(days=30))

    def on_thread_view_reached_end(self, event):
        self.posted.append("end")

    def on_thread_view_older_asked(self, event):
        self.posted.append("older")

    def on_thread_view_opened(self, event):
        self.posted.append("opened")


@asynccontextmanager
async def stage(messages, *, size=(60, 12), show=THEM, at=None) -> AsyncGenerator:
    app = Stage()
    archive = MessageArchive(None, changed=lambda change: app.is_running and app.query_one(ThreadView).take(change))
    async with app.run_test(size=size) as pilot:
        await archive.open()
        await archive.put(messages)
        thread = app.query_one(ThreadView)
        thread.focus()
        if show:
            await thread.show(archive, show, at=at)
        await pilot.pause()
        try:
            yield app, pilot, thread, archive
        finally:
            await archive.close()


def lines(thread) -> list[str]:
    return [thread.render_line(y).text.rstrip().rstrip("┃").rstrip() for y in range(thread.size.height)]


async def test_it_opens_at_the_newest_and_older_ones_come_by_scrolling():
    async with stage([message(n) for n in range(300)]) as (app, pilot, thread, _):
        shown = lines(thread)
        assert "message 299" in shown[-1]
        assert app.posted == ["end"]
        await pilot.press("home")
        await pilot.pause()
        print("\n".join(lines(thread)))
        assert "message 0" in "".join(lines(thread))


async def test_what_arrives_below_moves_nothing_that_is_read_and_is_announced():
    async with stage([message(n) for n in range(60)]) as (_, pilot, thread, archive):
        await pilot.press("pageup", "pageup", "up", "up")
        before = lines(thread)
        await archive.put([message(60), message(61), message(62, other="+15005550009")])
        await until(pilot, lambda: thread.count == 62)
        await pilot.pause()
        assert lines(thread)[:-1] == before[:-1]
        assert "▼ 2 new" in lines(thread)[-1]
        await pilot.press("end")
        await pilot.pause()
        assert "message 61" in lines(thread)[-1]
        await archive.put([message(63)])
        await until(pilot, lambda: "message 63" in lines(thread)[-1])
        assert thread.current is not None
        assert thread.current.body == "message 63"


async def until(pilot, condition):
    for _ in range(400):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError("it did not come to that")


async def test_a_status_changes_in_place():
    sent = [message(n, inbound=False, status="sent") for n in range(20)]
    async with stage(sent) as (_, pilot, thread, archive):
        assert lines(thread)[-1].startswith(" ›")
        failed = message(
            19, status="undelivered", error_code=30007, inbound=False, date_updated=BEGAN + timedelta(days=2)
        )
        await archive.put([failed])
        await until(pilot, lambda: "30007" in "".join(lines(thread)))
        assert "undelivered · 30007 A carrier" in "\n".join(lines(thread))
        assert "message 19" in "\n".join(lines(thread))
