"""Searching the list: what is shown and where the cursor stands, what Twilio is asked, and what an answer covers."""

from __future__ import annotations

import pytest

from tests.screens.messages.listed import count, loaded, messages, search, stand_on, table
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.screens.messages.screen import MessagesScreen
from tui.twilio.messages import Filters, page

NOBODYS = "neverever"


@pytest.fixture
async def sandbox():
    async with Sandbox(history=130) as running:
        yield running


async def read_everything(pilot):
    archive = pilot.app.session.archive
    while archive.more_below:
        await archive.older()


async def test_a_query_stands_on_its_first_match_and_escape_keeps_the_message_in_context(
    sandbox, run_app, until, text_of
):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until, 50)
        await read_everything(pilot)
        await until(pilot, lambda: count(pilot) == 130)
        await pilot.press("end")
        await search(pilot, until, "is:in")
        await until(pilot, lambda: count(pilot) < 130 and messages(pilot) and all(m.inbound for m in messages(pilot)))
        assert (table(pilot).cursor, table(pilot).top) == (1, 0)
        await until(pilot, lambda: f"{count(pilot)} of 130" in text_of(pilot))
        await pilot.press(*["down"] * 12)
        held = table(pilot).current
        await pilot.press("escape")
        await until(pilot, lambda: count(pilot) == 130 and table(pilot).current is not None)
        assert table(pilot).current.sid == held.sid
        assert table(pilot).has_focus


async def test_a_result_is_shown_even_where_a_message_was_open(sandbox, run_app, until):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until, 50)
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen.opened)
        pilot.app.screen.show_query("is:problem")
        await until(pilot, lambda: not pilot.app.screen.opened and count(pilot) < 50)
        assert table(pilot).has_focus


async def test_where_the_list_ran_empty_under_an_open_message_that_is_said(sandbox, run_app, until, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until)
        screen = pilot.app.screen
        # As by a second enter that comes while the first message of the list before is still there.
        screen.show_query("zzzz")
        screen.action_open()
        assert screen.opened
        await until(pilot, lambda: "Nothing found." in text_of(pilot))
        assert not screen.opened


async def test_a_number_is_asked_of_twilio_in_both_directions_and_its_history_is_complete(
    sandbox, run_app, until, text_of
):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until, 50)
        number = messages(pilot)[0].other_party
        pilot.app.screen.show_query(number)
        await until(pilot, lambda: "all that Twilio has" in text_of(pilot))
        client = pilot.app.session.account.client
        to, from_ = [(await page(client, Filters(**{way: number}), page_size=1000)).messages for way in ("to", "from_")]
        # The last of them may be read still when the line says that all are there.
        await until(pilot, lambda: {m.sid for m in messages(pilot)} == {m.sid for m in (*to, *from_)})
        assert len(messages(pilot)) == count(pilot)
        assert all(number in (m.to, m.from_) for m in messages(pilot))


async def test_where_nothing_is_found_it_says_what_was_tried_what_it_covers_and_what_to_press(
    sandbox, run_app, until, text_of
):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until, 50)
        await search(pilot, until, NOBODYS)
        await until(pilot, lambda: "Nothing found." in text_of(pilot))
        assert f"None of the 50 messages here match: {NOBODYS}." in text_of(pilot)
        assert "L loads more" in text_of(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: count(pilot) == 50 and table(pilot).has_focus)


async def test_without_a_network_a_search_finds_what_is_here_and_says_that_twilio_could_not_be_asked(
    sandbox, run_app, until, text_of
):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until, 50)
        sandbox.faults.add(Fault("html", path=r"Messages", times=100))
        pilot.app.screen.show_query("+19999999999")
        await until(pilot, lambda: "Twilio could not be asked" in text_of(pilot))
        sandbox.faults.clear()
        await pilot.press("r")
        await until(pilot, lambda: "Twilio has none either." in text_of(pilot))


@pytest.mark.landing
async def test_a_message_that_matches_by_now_comes_in_and_one_that_does_no_longer_goes(sandbox, run_app, until):
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until, 50)
        scheduled = stand_on(pilot, lambda message: message.status == "scheduled")
        await search(pilot, until, "is:in")
        await until(pilot, lambda: count(pilot) < 50)
        sandbox.receive("+14155550123", sandbox.numbers[0], "One more")
        await pilot.press("r")
        await until(pilot, lambda: messages(pilot)[0].body == "One more")
        await search(pilot, until, "status:scheduled")
        await until(pilot, lambda: scheduled.sid in [m.sid for m in messages(pilot)])
        await pilot.press("u")
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "Confirm")
        await pilot.press("y")
        await until(
            pilot,
            lambda: (
                isinstance(pilot.app.screen, MessagesScreen) and scheduled.sid not in [m.sid for m in messages(pilot)]
            ),
        )


async def test_a_day_shows_exactly_the_messages_with_its_date(sandbox, run_app, until, text_of, be_in):
    be_in("Pacific/Kiritimati")
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until, 50)
        await read_everything(pilot)
        archive = pilot.app.session.archive
        rows = [m for m in await archive.read(table(pilot).listing.numbers) if m is not None]
        day = rows[60].when.astimezone().date()
        await search(pilot, until, f"since:{day} until:{day}")
        wanted = {m.sid for m in rows if m.when.astimezone().date() == day}
        await until(pilot, lambda: {m.sid for m in messages(pilot)} == wanted)
        await until(pilot, lambda: f"{day:%a} {day.day} {day:%b}" in text_of(pilot))
