"""The list reads the messages around its view: never more than it needs, and never a picture with holes."""

from __future__ import annotations

import asyncio
from array import array
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import pytest
from textual.app import App
from textual.screen import Screen

from tests.cases import in_full
from tui.archive.layout import row_number
from tui.screens.messages.listing import Listing
from tui.screens.messages.table import MessageTable
from tui.services.messages_at_hand import MessagesAtHand
from tui.theme import own_variables
from tui.twilio.messages import Message

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
COUNT = 100_000


def at(row: int) -> Message:
    """The message of a row, whose text is the number of its second."""
    sent = datetime.fromtimestamp(row // 1024, UTC)
    return Message(f"SM{row}", "delivered", to="+14155550123", body=f"text {row // 1024}", date_sent=sent)


class Shelf:
    """Reads messages when it may."""

    def __init__(self) -> None:
        self.may = asyncio.Event()
        self.may.set()
        self.asked: list[int] = []

    async def read(self, rows: Any) -> list[Message]:
        self.asked.append(len(rows))
        await self.may.wait()
        return [at(row) for row in rows]


class Place(Screen[None]):
    def compose(self) -> Any:
        yield MessageTable(now=lambda: NOW, screen=self)  # pyright: ignore

    def work(self, task: Any, *, group: str, asks: bool = False) -> None:
        self.run_worker(task, group=group)


class Stage(App[None]):
    def get_css_variables(self) -> dict[str, str]:
        variables = super().get_css_variables()
        return variables | own_variables(variables)

    def on_mount(self) -> None:
        self.push_screen(Place())


def shown(rows: MessageTable) -> list[str]:
    return [rows.render_line(y).text for y in range(rows.size.height)]


def numbers(count: int = COUNT) -> Any:
    last = int(NOW.timestamp())
    return array("q", (row_number(last - 40 * n) for n in range(count - 1, -1, -1)))


async def staged(pilot: Any, shelf: Shelf) -> MessageTable:
    rows = pilot.app.screen.query_one(MessageTable)
    rows.show(Listing(numbers(), zone=UTC), MessagesAtHand(shelf.read))
    rows.focus()
    await read(pilot, rows)
    return rows


async def read(pilot: Any, rows: MessageTable) -> None:
    """Wait until what is in view is at hand, and what is read ahead, and nothing is being read any more."""
    end = monotonic() + 30
    while rows._waits or rows._reads_ahead or rows._missing(1, 1) or rows._at_hand.missing(rows._ends()):
        assert monotonic() < end
        await pilot.pause(0.02)
    await pilot.pause()


def holes(rows: MessageTable) -> list[str]:
    return [line for line in shown(rows) if not line.strip(" ┃")]


@pytest.mark.parametrize("times", [1, in_full(4)])
async def test_pages_and_held_keys_never_show_a_hole_and_what_is_far_away_is_let_go(times: int):
    shelf = Shelf()
    async with Stage().run_test(size=(100, 20)) as pilot:
        rows = await staged(pilot, shelf)
        for key in [*["pagedown"] * 30 * times, *["down"] * 15 * times, *["pageup"] * 8 * times]:
            await pilot.press(key)
            assert not holes(rows)
        await read(pilot, rows)
        assert rows.current is not None
        assert len(rows._at_hand._messages) < 20 * 12
        assert max(shelf.asked) <= 20 * 6


async def test_a_jump_keeps_the_picture_before_until_its_rows_are_there():
    shelf = Shelf()
    async with Stage().run_test(size=(100, 20)) as pilot:
        rows = await staged(pilot, shelf)
        before = shown(rows)
        shelf.may.clear()
        rows.cursor = COUNT // 2
        await pilot.pause()
        assert shown(rows) == before
        assert rows.current is None
        shelf.may.set()
        await read(pilot, rows)
        assert not holes(rows)[1:]
        assert rows.current == at(rows.row)


async def test_both_ends_are_at_hand_from_the_start():
    shelf = Shelf()
    async with Stage().run_test(size=(100, 20)) as pilot:
        rows = await staged(pilot, shelf)
        shelf.may.clear()
        for key, number in (("end", 0), ("home", -1), ("end", 0)):
            await pilot.press(key)
            assert not holes(rows)[1:]
            assert rows.current == at(rows.listing.numbers[number])
        shelf.may.set()


async def test_a_new_message_on_top_is_shown_once_it_was_read_and_the_cursor_keeps_its_own():
    shelf = Shelf()
    async with Stage().run_test(size=(100, 20)) as pilot:
        rows = await staged(pilot, shelf)
        await pilot.press("down", "down")
        held, before = rows.current, shown(rows)
        new = row_number(int((NOW + timedelta(seconds=9)).timestamp()))
        shelf.may.clear()
        rows.listing.change((), [new])
        rows.show(rows.listing, rows._at_hand)
        await pilot.pause()
        assert shown(rows) == before
        shelf.may.set()
        await read(pilot, rows)
        assert f"text {new // 1024}" in shown(rows)[1]
        assert rows.current == held
        assert rows.top == 0
        # Above the view what is new is counted until it was in view, and not what was in view before it moved up.
        await pilot.press("pagedown", "pagedown")
        sent, newer = row_number(new // 1024 + 1), row_number(new // 1024 + 2)
        rows.listing.change([new], [sent, newer])
        rows.show(rows.listing, rows._at_hand, places={new: sent})
        assert rows.above == 1
        await pilot.press("home")
        await read(pilot, rows)
        assert (rows.top, rows.above) == (0, 0)


async def test_the_day_of_the_first_row_is_told_where_its_line_is_out_of_view():
    shelf = Shelf()
    async with Stage().run_test(size=(100, 20)) as pilot:
        rows = await staged(pilot, shelf)
        assert rows.day_in_view == ""
        await pilot.press("pagedown", "pagedown")
        assert rows.day_in_view == "today, Sat 28 Nov"
        await pilot.press("end")
        await read(pilot, rows)
        assert rows.day_in_view != "today, Sat 28 Nov"
