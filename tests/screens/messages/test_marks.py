"""Marks follow their messages, whatever becomes of the list; nothing is marked that is not listed."""

from __future__ import annotations

import time
from array import array
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Input

from tests.screens.messages.listed import count, loaded, messages, search, stand_on
from tui.screens.messages.bulk_dialogs import ChangeDialog, GroupDialog
from tui.screens.messages.marks import Marks
from tui.screens.messages.screen import MessagesScreen
from tui.screens.messages.table import MessageTable
from tui.storage.connection import Connection
from tui.twilio.client import Client
from tui.twilio.drafts import Draft
from tui.twilio.messages import send
from tui.widgets.bars import KeyBar
from tui.widgets.dialogs import Choose, TypeCount

STEPS = st.lists(
    st.tuples(st.sampled_from(["toggle", "all", "none", "move", "remove", "arrive", "narrow"]), st.integers(0, 10**6)),
    max_size=40,
)


@given(st.integers(1, 30), STEPS)
def test_whatever_happens_to_a_list_the_same_messages_stay_marked(size: int, steps: list[tuple[str, int]]) -> None:
    row_of = {message: 10 * message for message in range(size)}
    marked: set[int] = set()
    marks = Marks()
    for step, seed in steps:
        listed = sorted(row_of, key=row_of.__getitem__)
        if not listed:
            break
        one = listed[seed % len(listed)]
        if step == "toggle":
            assert marks.toggle(row_of[one], f"SM{one}") == (one not in marked)
            marked ^= {one}
        elif step == "all":
            marks.mark_all(array("q", [row_of[each] for each in listed]))
            marked = set(listed)
        elif step == "none":
            marks.clear()
            marked = set()
        elif step == "move":
            # In one write: each goes to the place of the next, as where many get their time of sending.
            some = [each for place, each in enumerate(listed) if seed >> place & 1]
            places = [row_of[each] for each in some]
            moves = list(zip(places, [*places[1:], max(row_of.values()) + 7], strict=True)) if some else []
            row_of.update({each: now for each, (_, now) in zip(some, moves, strict=True)})
            marks.follow(moves)
        elif step == "remove":
            marks.follow([(row_of.pop(one), None)])
            marked.discard(one)
        elif step == "arrive":
            row_of[1000 + seed] = max(row_of.values()) + 1
            marks.follow([(None, row_of[1000 + seed])])
        else:
            kept = [each for place, each in enumerate(listed) if seed >> place & 1]
            assert marks.keep_only([row_of[each] for each in kept]) == len(marked - set(kept))
            marked &= set(kept)
            row_of = {each: row_of[each] for each in kept}
        assert list(marks.rows) == sorted(row_of[each] for each in marked)
        assert all((row in marks) == (each in marked) for each, row in row_of.items())
        assert len(marks) == len(marked)


def test_of_marks_made_one_by_one_those_are_found_whose_row_is_another_messages() -> None:
    marks = Marks()
    for row, sid in ((1, "SMa"), (2, "SMb"), (3, "SMc")):
        marks.toggle(row, sid)
    assert marks.others_by_now({1: "SMa", 2: "SMx"}) == [2, 3]
    assert marks.discard([2, 3]) == 2
    assert marks.marked_one_by_one == [1]
    marks.follow([(1, 9)])
    assert marks.others_by_now({9: "SMa"}) == []


def test_marks_of_a_million_take_eight_bytes_each() -> None:
    marks = Marks()
    marks.mark_all(array("q", range(1_000_000)))
    assert marks.rows.buffer_info()[1] * marks.rows.itemsize == 8_000_000
    marks.toggle(500_000)
    assert len(marks) == 999_999
    assert 500_000 not in marks


def test_three_marks_of_a_million_are_looked_for_by_themselves() -> None:
    listed = array("q", range(0, 2_000_000, 2))
    marks = Marks()
    for row in (2, 3, 1_000_000):
        marks.toggle(row, f"SM{row}")
    began = time.process_time()
    assert marks.keep_only(listed) == 1
    assert time.process_time() - began < 0.01
    assert (list(marks.rows), marks.marked_one_by_one) == ([2, 1_000_000], [2, 1_000_000])


async def test_marked_messages_are_seen_counted_and_kept_until_escape(
    run_app: Any, until: Any, text_of: Any, sandbox: Any
) -> None:
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until, 50)
        screen = pilot.app.screen
        assert isinstance(screen, MessagesScreen)
        sids = [each.sid for each in messages(pilot)[1::-1]]
        await pilot.press("space", "space")
        assert "2 marked" in text_of(pilot)
        assert "B Change 2 marked" in text_of(pilot)
        assert sum(line.startswith("*") for line in text_of(pilot).split("\n")) == 2
        # What is done with one message is done with the one under the cursor.
        assert screen.current_message == messages(pilot)[2]
        sandbox.receive("+14155550123", sandbox.numbers[0], "Just now")
        assert screen.loader.archive is not None
        screen.loader.archive.look_now()
        await until(pilot, lambda: messages(pilot)[0].body == "Just now")
        assert [each.sid for each in marked(screen)] == sids
        await pilot.press("asterisk")
        await until(pilot, lambda: len(screen.loader.marks) == count(pilot))
        assert f"{count(pilot)} marked" in text_of(pilot)
        await pilot.press("asterisk")
        assert not screen.loader.marks
        stand_on(pilot, lambda message: message.error_code == 30007)
        await pilot.press("space")
        stand_on(pilot, lambda message: message.status == "delivered")
        await pilot.press("space")
        # Another query lets go of what it does not find, and says so.
        await search(pilot, until, "is:problem")
        await until(pilot, lambda: len(screen.loader.marks) == 1)
        assert "1 mark was dropped" in text_of(pilot)
        assert "1 marked" in text_of(pilot)
        await pilot.press("escape")
        assert not screen.loader.marks
        assert screen.loader.query is not None
        await pilot.press("escape")
        assert screen.loader.query is None
        assert not screen.query_one(KeyBar).said


@pytest.mark.landing
async def test_all_of_a_person_is_forgotten_by_a_query_a_star_and_its_count(
    run_app: Any, until: Any, text_of: Any, sandbox: Any, connection: Connection
) -> None:
    person, own = "+14155550999", sandbox.numbers[0]
    files = ("https://files.example/a.png",)
    sids = [sandbox.receive(person, own, f"Word {n}", media=files if n == 7 else ()).sid for n in range(55)]
    async with Client(connection) as client:
        sids += [(await send(client, Draft(to=person, from_=own, body=f"Answer {n}"))).sid for n in range(5)]
    store = sandbox._account.store
    await until(None, lambda: not any(store.find(sid).standing(datetime.now(UTC)).in_flight for sid in sids))
    for n in range(60):
        sandbox.receive("+14155550111", own, f"Somebody else {n}")
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until, 50)
        screen = pilot.app.screen
        await search(pilot, until, f"with:{person}")
        # Twilio has more of them than were looked at.
        await pilot.press("asterisk")
        await until(pilot, lambda: len(screen.loader.marks) == 60)
        assert "60 marked" in text_of(pilot)
        await pilot.press("B")
        await until(pilot, lambda: isinstance(pilot.app.screen, Choose))
        await pilot.press("1")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangeDialog))
        assert "60  can be redacted" in text_of(pilot)
        assert "1  of these have files" in text_of(pilot)
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, TypeCount))
        await pilot.press(*"60", "enter")
        await until(pilot, lambda: not any(store.find(sid).body or store.find(sid).media for sid in sids))
        assert not screen.loader.marks
        await until(pilot, lambda: not pilot.app.session.all_jobs.running)
        assert all(each.body for each in store if each.sender == "+14155550111")


def marked(screen: MessagesScreen) -> list[Any]:
    """The messages that are marked, the oldest first."""
    at_hand = screen.query_one(MessageTable)._at_hand
    assert at_hand is not None
    return [at_hand.get(row) for row in screen.loader.marks.rows]


@pytest.mark.landing
async def test_the_page_before_a_change_shows_what_is_behind_each_count(
    run_app: Any, until: Any, text_of: Any, sandbox: Any
) -> None:
    async with run_app(sandbox=sandbox) as pilot:
        await loaded(pilot, until, 50)
        screen = pilot.app.screen
        await pilot.press("asterisk")
        await until(pilot, lambda: len(screen.loader.marks) == count(pilot))
        all_marked = marked(screen)
        await pilot.press("B")
        await until(pilot, lambda: isinstance(pilot.app.screen, Choose))
        await pilot.press("3")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangeDialog))
        scheduled = [each for each in all_marked if each.status == "scheduled"]
        assert f"{len(scheduled)}  are scheduled, and can be canceled" in text_of(pilot)
        assert f"{len(all_marked) - len(scheduled)}  not scheduled" in text_of(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, GroupDialog))
        await until(pilot, lambda: scheduled[0].body[:20] in text_of(pilot))
        await pilot.press("escape", "y")
        await until(pilot, lambda: isinstance(pilot.app.screen, TypeCount))
        # Enter alone, and a wrong count, do nothing.
        await pilot.press("enter")
        assert f"Type {len(scheduled)} to cancel" in text_of(pilot)
        await pilot.press(*"999", "enter")
        assert isinstance(pilot.app.screen, TypeCount)
        assert isinstance(pilot.app.focused, Input)
        await pilot.press("escape")
        assert len(screen.loader.marks) == len(all_marked)
        # Messages that get other rows while a question stands: those that were marked are meant, wherever they are.
        await pilot.press("escape")
        stand_on(pilot, lambda message: message.status == "delivered" and message.body != "")
        await pilot.press("space", "B")
        await until(pilot, lambda: isinstance(pilot.app.screen, Choose))
        (meant,) = marked(screen)
        archive = screen.loader.archive
        assert archive is not None

        async def give_row_to_another(days: int) -> None:
            """Move the message, and put another one where it stood."""
            row = screen.loader.marks.rows[0]
            (before,) = await archive.read([row])
            await archive.put([replace(before, date_sent=meant.when + timedelta(days=days))])
            await archive.put([replace(before, sid=f"SM{days:032}", body="Somebody else's")])
            assert (await archive.read([row]))[0].sid != meant.sid

        await give_row_to_another(1)
        await pilot.press("1")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangeDialog))
        assert pilot.app.screen._plan.fit.sids == [meant.sid]
        await give_row_to_another(2)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, GroupDialog) and pilot.app.screen._table.current)
        assert pilot.app.screen._table.current.sid == meant.sid
