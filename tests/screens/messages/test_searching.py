"""Searching the list: how far it looks, how it is stopped and goes on, and where the cursor stands afterwards."""

from __future__ import annotations

import json

import pytest

from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.screens.messages.screen import MessagesScreen
from tui.screens.messages.table import MessageTable

NOBODYS = "a word that nobody has ever sent"


@pytest.fixture
async def sandbox():
    async with Sandbox(history=130) as running:
        yield running


def table(pilot):
    return pilot.app.screen.query_one(MessageTable)


def feed(pilot):
    return pilot.app.screen.loader.status.loaded


async def loaded(pilot, until):
    await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen) and table(pilot).row_count >= 50)


async def narrow(pilot, until, **typed):
    await pilot.press("slash")
    await until(pilot, lambda: pilot.app.screen.query("#filter-text"))
    for name, text in typed.items():
        pilot.app.screen.query_one(f"#filter-{name}").value = text
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen))


async def test_a_search_is_stopped_goes_on_and_says_how_far_it_looked_with_rows_and_without(
    sandbox, run_app, until, text_of
):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        sandbox.faults.add(Fault("delay-before", method="GET", seconds=60))
        await narrow(pilot, until, text=NOBODYS)
        await until(pilot, lambda: "searching further back… . stops." in text_of(pilot))
        assert "50 looked at, back to" in text_of(pilot)
        await pilot.press("full_stop")
        await until(pilot, lambda: "End searches further back." in text_of(pilot))
        sandbox.faults.clear()
        await pilot.press("r")
        await until(pilot, lambda: not pilot.app.screen.loader.status.asking)
        assert len(feed(pilot).rows) == 50
        # Now with a row, on which the cursor stands already.
        sandbox.faults.add(Fault("delay-before", method="GET", seconds=60))
        await narrow(pilot, until, text=feed(pilot).rows[0].sid)
        await until(pilot, lambda: "searching, back to" in text_of(pilot))
        await pilot.press("full_stop")
        await until(pilot, lambda: "End searches on" in text_of(pilot))
        sandbox.faults.clear()
        before = len(feed(pilot).rows)
        await pilot.press("end")
        await until(pilot, lambda: "1 of 130 loaded match, that is all" in text_of(pilot))
        assert before < 130
        await narrow(pilot, until, text=NOBODYS)
        await until(pilot, lambda: "The oldest is of" in text_of(pilot))
        assert "None of all 130 messages matches." in text_of(pilot)


async def test_without_a_row_end_searches_on_and_without_a_network_it_is_said_what_was_searched(
    sandbox, run_app, until, text_of
):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        sandbox.faults.add(Fault("html", path=r"Messages", times=100))
        await narrow(pilot, until, text=NOBODYS)
        await until(pilot, lambda: "No older ones could be read" in text_of(pilot))
        assert "50 looked at, back to" in text_of(pilot)
        assert "The messages could not be read" not in text_of(pilot)
        sandbox.faults.clear()
        await pilot.press("end")
        await until(pilot, lambda: "None of all 130 messages matches." in text_of(pilot))
        assert len(feed(pilot).rows) == 130


async def test_a_filter_shows_its_whole_result_from_the_top_or_from_the_message_that_was_in_use(
    sandbox, run_app, until, text_of
):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        table(pilot).cursor = 30
        held = table(pilot).current
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen.opened)
        await narrow(pilot, until, direction="out" if held.inbound else "in")
        assert not pilot.app.screen.opened
        await until(pilot, lambda: len(feed(pilot).rows) == 130 or table(pilot).row_count > 50)
        assert (table(pilot).cursor, table(pilot).top) == (0, 0)
        wanted = [m for m in feed(pilot).rows if m.inbound is not held.inbound]
        assert table(pilot).messages == wanted
        await pilot.press("escape")
        await until(pilot, lambda: table(pilot).messages == feed(pilot).rows)
        # Asked of Twilio, the message is found again in another list; and so it is when the filter is dropped.
        table(pilot).cursor = 30
        await narrow(pilot, until, **{"from": held.from_})
        await until(pilot, lambda: table(pilot).row_count and all(m.from_ == held.from_ for m in table(pilot).messages))
        await until(pilot, lambda: table(pilot).current.sid == held.sid)
        await pilot.press("escape")
        await until(pilot, lambda: table(pilot).row_count >= 50 and table(pilot).current.sid == held.sid)


async def test_an_export_says_that_there_is_more_and_writes_all_of_it_or_nothing_when_that_is_stopped(
    sandbox, run_app, until, text_of, tmp_path
):
    path = tmp_path / "all.jsonl"
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        for delayed in (True, False):
            await pilot.press("e")
            await until(pilot, lambda: "The 50 that are loaded; Twilio has more." in text_of(pilot))
            pilot.app.screen.query_one("Input").value = str(path)
            await pilot.press("ctrl+n")
            await until(pilot, lambda: "All that match, at Twilio as well" in text_of(pilot))
            if delayed:
                sandbox.faults.add(Fault("delay-before", method="GET", seconds=60))
            await pilot.press("enter")
            if delayed:
                await until(pilot, lambda: "searching, back to" in text_of(pilot))
                await pilot.press("full_stop")
                await until(pilot, lambda: "Stopped: no file was written." in text_of(pilot))
                sandbox.faults.clear()
                assert not path.exists()
        await until(pilot, path.exists)
        written = [json.loads(line)["sid"] for line in path.read_text("utf-8").splitlines()]
        assert written == [m.sid for m in feed(pilot).rows]
        assert len(written) == 130


async def test_a_day_shows_exactly_the_messages_with_its_date_and_names_the_zone(
    sandbox, run_app, until, text_of, be_in
):
    be_in("Pacific/Kiritimati")
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        rows = feed(pilot)
        while rows.more_below:
            await rows.older()
        day = rows.rows[60].when.astimezone().date()
        await narrow(pilot, until, after=f"{day}", before=f"{day}")
        await until(
            pilot, lambda: f"sent {day.day} {day:%b} (+14)" in text_of(pilot) and "that is all" in text_of(pilot)
        )
        shown = {m.sid for m in table(pilot).messages}
        assert shown == {m.sid for m in rows.rows if m.when.astimezone().date() == day}
