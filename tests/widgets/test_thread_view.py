"""A conversation by the line: where it opens, what keys do, what changes while one reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from textual.app import App
from textual.events import MouseScrollUp

from tui.archive.coverage import Span
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
        self.posted.append(f"opened {event.message.body}")


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
        assert "undelivered · 30007 Twilio or a" in "\n".join(lines(thread))
        assert "message 19" in "\n".join(lines(thread))


async def calm(pilot, thread):
    """Wait until nothing is read, found or laid out any more."""
    for _ in range(2):
        await until(pilot, lambda: not (thread._waits or thread._reads_ahead or thread._finding or thread._moves))
        await pilot.pause()


HOSTILE = [
    "\u202eevil\u202c and " + "x" * 30,
    "z" + "\u200b" * 5_000 + "end",
    "\x1b[31mred\x1b]52;c;QUJD\x07 done",
    "e" + "\u0301" * 5_000,
    "[@click=app.quit]hi[/] [/]",
    "👨‍👩‍👧‍👦 ❤️ " * 400,
    "\ud800 \u2028\u2029\x85 line",
    "a" * 20_000,
    "\n" * 20_000,
]


async def test_hostile_texts_fill_their_lines_and_no_more_and_every_size_keeps_the_place():
    # Also a place above the end that a tall terminal shows as well.
    texts = [message(n, body) for n, body in enumerate(HOSTILE)] + [
        message(n, f"{n} " + "word " * (n * 7 % 60)) for n in range(20, 60)
    ]
    async with stage(texts) as (_, pilot, thread, _):
        while thread.current.body != texts[-15].body:
            await pilot.press("up")
        for size in [(40, 12), (200, 50), (8, 3), (200, 50), (60, 3), (100, 12), (60, 12)]:
            await pilot.resize_terminal(*size)
            await calm(pilot, thread)
            assert thread.current.body == texts[-15].body
            assert any(line.row == thread.row and not line.heading for line in thread._picture), size
        await pilot.press("home")
        for _ in range(30):
            await calm(pilot, thread)
            drawn = [thread.render_line(y) for y in range(thread.size.height)]
            assert {strip.cell_length for strip in drawn} == {thread.size.width}
            assert not any(ord(each) < 32 or each in "\u202e\u200b\x7f\ud800" for strip in drawn for each in strip.text)
            await pilot.press("pagedown")


async def test_what_changes_in_the_middle_leaves_the_cursor_where_it_is_on_the_screen():
    texts = [message(n) for n in range(200)]
    async with stage(texts, at=texts[100]) as (app, pilot, thread, archive):

        def line() -> int:
            return next(y for y, line in enumerate(thread._picture) if line.row == thread.row and not line.heading)

        await calm(pilot, thread)
        stood = line()
        late = [message(1_000 + n, "late", at=texts[98].date_sent + timedelta(seconds=1 + n)) for n in range(5)]
        await archive.put(late)
        await until(pilot, lambda: thread.count == 205)
        await calm(pilot, thread)
        assert (line(), thread.current.body) == (stood, "message 100")
        assert "late" in "\n".join(lines(thread))
        await archive.remove([texts[101].sid, late[0].sid])
        await until(pilot, lambda: thread.count == 203)
        await calm(pilot, thread)
        assert (line(), thread.current.body) == (stood, "message 100")
        await archive.remove([texts[100].sid])
        await until(pilot, lambda: thread.current is not None and thread.current.body == "message 102")
        await archive.put([replace(texts[103], body="", date_updated=BEGAN + timedelta(days=2))])
        await until(pilot, lambda: "(redacted, or no text)" in "\n".join(lines(thread)))
        # What comes from a key is followed, also where a message was pointed at before.
        await pilot.press("end")
        await archive.put([message(200)])
        await until(pilot, lambda: thread.current is not None and thread.current.body == "message 200")
        await calm(pilot, thread)
        assert "message 200" in lines(thread)[-1]
        # A thousand within seconds.
        await pilot.press("pageup", "up", "up")
        await calm(pilot, thread)
        before = lines(thread)
        for n in range(3_000, 4_000, 10):
            await archive.put([message(n + each) for each in range(10)])
        await until(pilot, lambda: thread.new_below == 1_000)
        await calm(pilot, thread)
        assert lines(thread)[:-1] == before[:-1]
        # One of which the archive is told while another conversation is read is in it.
        other = "+15005550009"
        await archive.put([message(2_000 + n, other=other) for n in range(3)])
        thread_rows = archive.thread_rows

        async def slowly(number):
            rows = await thread_rows(number)
            await archive.put([message(2_010, "meanwhile", other=other), message(2_001, "", other=other)])
            archive.thread_rows = thread_rows
            return rows

        archive.thread_rows = slowly
        await thread.show(archive, other)
        await until(pilot, lambda: thread.count == 4)
        await until(pilot, lambda: "meanwhile" in "".join(lines(thread)))
        await archive.remove([message(n).sid for n in (2_000, 2_001, 2_002, 2_010)])
        await until(pilot, lambda: not thread.count)
        assert app.posted.count("older") == 0


async def test_the_mouse_goes_through_it_and_opens_the_message_that_was_meant():
    async with stage([message(n) for n in range(300)]) as (app, pilot, thread, archive):
        await calm(pilot, thread)
        for _ in range(2):
            await pilot._post_mouse_events([MouseScrollUp], thread, offset=(5, 5))
        await calm(pilot, thread)
        assert "message 293" in lines(thread)[-1]
        assert thread.current.body == "message 299"
        await pilot.click(thread, offset=(5, 5))
        assert thread.current.body == "message 287"
        assert app.posted == ["end"]
        await pilot.click(thread, offset=(5, 6), times=2)
        assert app.posted == ["end", "opened message 288"]
        # One click opens where no key can; the message that was seen, though others are read just then.
        thread.can_focus = False
        read, go_on = archive.read, asyncio.Event()

        async def slowly(rows):
            await go_on.wait()
            return await read(rows)

        thread._at_hand._read = slowly
        thread._at_hand._messages = {row: m for row, m in thread._at_hand._messages.items() if m.body != "message 0"}
        thread._blocks.clear()
        thread.action_first()
        assert thread._waits
        shown = lines(thread)[2]
        await pilot.click(thread, offset=(5, 2))
        go_on.set()
        await calm(pilot, thread)
        assert app.posted[-1] == f"opened {shown[10:].strip()}"


async def test_what_is_not_loaded_is_said_in_its_place_and_not_any_more_once_it_is():
    day = timedelta(days=1)
    texts = [message(n, at=BEGAN + n * day) for n in range(10)]
    second = int(BEGAN.timestamp())
    async with stage(texts, size=(60, 24)) as (app, pilot, thread, archive):
        thread.how_older = lambda: "↑ asks"
        thread.redraw()
        assert lines(thread)[0] == " ── older ones may not be loaded · ↑ asks ──"
        await archive._threads.keep((), Span(second - 90_000, second + 2 * 86_400 + 60))
        await archive._threads.keep((), Span(second + 5 * 86_400 + 62, second + 20 * 86_400))
        await until(
            pilot, lambda: " ── 3 days not loaded ──" not in lines(thread) and "only some" in "".join(lines(thread))
        )
        shown = lines(thread)
        assert shown[0] == " ── all since 19 Nov · ↑ asks ──"
        assert shown[shown.index(" ── of 3 days from here on only some are loaded ──") + 2].endswith("message 3")
        assert shown[shown.index(" ── up to here only some are loaded ──") + 2].endswith("message 6")
        await archive.remove([texts[n].sid for n in (3, 4, 5)])
        await until(pilot, lambda: " ── 3 days not loaded ──" in lines(thread))
        await archive.remove([texts[n].sid for n in (6, 7, 8, 9)])
        await until(pilot, lambda: thread.count == 3)
        assert lines(thread)[thread.count * 2 + 1] == " ── 3 days not loaded ──"
        assert thread.gap == Span(second + 2 * 86_400 + 61, second + 5 * 86_400 + 60)
        thread.note_searched(Span(second + 2 * 86_400, second + 6 * 86_400))
        assert "not loaded" not in "".join(lines(thread))
        await archive._threads.keep((), Span(0, second))
        await until(pilot, lambda: lines(thread)[0] == " ── that is all ──")
        assert thread.gap is None
        # Only the keys that go further up ask for older ones.
        await pilot.press("home", "down", "pageup")
        assert "older" not in app.posted
        await pilot.press("up", "pageup", "home")
        assert app.posted.count("older") == 3
