"""To: who is offered as one types, how names are read, and that nobody is chosen but by a person who saw them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from tests.screens.compose.test_compose import Person
from tui.sandbox.server import Sandbox
from tui.screens.compose.recipients import RecipientField, Recipients, may_be_a_name
from tui.screens.sending.draft import DraftFields

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
MAYA, OMAR, NIGHT, ZOE = "+14155550123", "+4915112345678", "whatsapp:+14165550175", "+33612345678"
NAMES = ((MAYA, "Maya Lindqvist"), (OMAR, "Omar Haddad"), (NIGHT, "Night shift"), (ZOE, "Zoë"))
RECENT = (
    (NIGHT, NOW - timedelta(hours=1)),
    ("+447700900456", NOW - timedelta(days=2)),
    (OMAR, NOW - timedelta(days=9)),
)


def known(names: Any = NAMES, recent: Any = RECENT) -> Recipients:
    return Recipients(names, recent, lambda address: dict(names).get(address, ""), lambda: NOW)


def offered(typed: str, who: Recipients | None = None) -> list[str]:
    return [each.address for each in (who or known()).offer(typed)]


def test_for_nothing_those_of_late_come_first_and_then_those_with_names():
    assert offered("") == [NIGHT, "+447700900456", OMAR, MAYA, ZOE]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("may", MAYA),
        ("LIND", MAYA),
        ("zoe", ZOE),
        ("shift", NIGHT),
        ("415", MAYA),
        ("+49", OMAR),
        ("0151 123", OMAR),
        ("0049 151", OMAR),
        ("(415) 555-01", MAYA),
        ("416555", NIGHT),
        ("whatsapp:+1", NIGHT),
        ("٤١٥", MAYA),
    ],
)
def test_part_of_a_name_or_of_a_number_offers_who_has_it(typed: str, first: str):
    assert offered(typed)[:1] == [first]


def test_the_beginning_of_a_name_goes_before_the_beginning_of_another_word_and_both_before_the_middle():
    names = (("+15550001", "Hannah Ma"), ("+15550002", "Norma"), ("+15550003", "Maya"))
    assert offered("ma", known(names, ())) == ["+15550003", "+15550001", "+15550002"]


def test_what_stands_there_already_and_what_cannot_receive_is_not_offered():
    assert offered(MAYA) == []
    assert offered("acme", known((("ACME", "Acme"),), (("MG" + "0" * 32, NOW),))) == []


@given(st.text(max_size=30))
def test_any_text_may_be_typed(typed: str):
    who = known()
    assert set(offered(typed, who)) <= set(offered("", who))
    who.problem_with(typed)
    assert who.addressed(DraftFields(to=typed)).to in (typed, MAYA, OMAR, NIGHT, ZOE)


@pytest.mark.parametrize(
    ("typed", "address"),
    [("Maya Lindqvist", MAYA), ("  maya   LINDQVIST ", MAYA), ("zoe", ZOE), ("Maya", "Maya"), (MAYA, MAYA), ("", "")],
)
def test_a_whole_name_stands_for_its_address_and_nothing_less_does(typed: str, address: str):
    assert known().addressed(DraftFields(to=typed)).to == address


def test_names_written_out_are_told_apart_by_their_accents():
    who = known((("+15550001", "Zoe"), ("+15550002", "Zoë")), ())
    assert who.address_of("zoe") == "+15550001"
    assert who.address_of("zoë") == "+15550002"


def test_a_name_of_several_says_so_and_one_of_nobody_names_the_nearest():
    twice = known((*NAMES, ("whatsapp:+14155550123", "Maya Lindqvist")))
    assert str(twice.problem_with("maya lindqvist")) == (
        "“maya lindqvist” has 2 addresses: +1 415 555 0123, +1 415 555 0123 wa. ↓ lists them: choose one."
    )
    assert twice.addressed(DraftFields(to="maya lindqvist")).to == "maya lindqvist"
    problem = known().problem_with("Mya Lindqvst")
    assert str(problem).startswith("Nobody is called “Mya Lindqvst”. The nearest is Maya Lindqvist.")
    assert known((), ()).problem_with("Mya") is None


def test_a_number_is_never_read_as_a_name():
    names = ((MAYA, "+4915112345678"), (OMAR, "12345"), (ZOE, "whatsapp:+1"))
    assert known([(MAYA, "Flat 7, 04103 Leipzig")], ()).address_of("flat 7, 04103 leipzig") == MAYA
    for _, name in names:
        assert not may_be_a_name(name)
        assert known(names, ()).addressed(DraftFields(to=name)).to == name


def test_ten_thousand_names_keep_no_key_waiting():
    names = [(f"+1415{number:07}", f"Person {number} of {number % 97}") for number in range(10_000)]
    who = known(names, ())
    before = time.process_time()
    for typed in ("p", "person 5", "of 96", "4150", "nobody"):
        who.offer(typed)
    assert (time.process_time() - before) / 5 < 0.05


@pytest.fixture
def person(until: Any, text_of: Any) -> Any:
    return lambda pilot: Person(pilot, until, text_of)


# -- in the form ---------------------------------------------------------------------------------------


async def write_to(me: Person, session: Any, *named: tuple[str, str]) -> RecipientField:
    """Name people, and stand in an empty To."""
    for address, name in named:
        await session.contacts.put(address, name)
    field = me.place.query_one(RecipientField)
    await me.into("from_", "+14155550100")
    field.focus()
    await me.until(lambda: field.has_focus and field.recipients.offer("") and "↓ lists" in me.note("to"))
    if named:
        await me.until(lambda: field.recipients.address_of(named[-1][1]))
    return field


async def test_a_person_is_found_by_a_few_letters_chosen_and_written_to(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        field = await write_to(me, pilot.app.session, (MAYA, "Maya Lindqvist"), (OMAR, "Maya Omar"))
        await me.press(*"maya")
        await me.sees("Maya Lindqvist  +1 415 555 0123")
        # Nobody is chosen: enter goes on, and what was typed is told to be nobody's whole name.
        await me.press("enter")
        assert me.value("to") == "maya"
        await me.sees("Nobody is called “maya”. The nearest is Maya")
        assert not field.listed.has_class("-shown")
        await me.press("shift+tab", "end", "down", "down", "up", "escape")
        assert field.has_focus
        assert me.value("to") == "maya"
        await me.press("down", "down", "tab")
        assert not field.has_focus
        chosen = me.value("to")
        assert chosen in (MAYA, OMAR)
        await me.sees("Maya Lindqvist · United States" if chosen == MAYA else "Maya Omar · Germany")
        await me.press(*"hi")
        assert me.value("body") == "hi"


@pytest.mark.landing
async def test_what_is_sent_is_the_number_and_what_is_kept_is_the_name(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        session = pilot.app.session
        await write_to(me, session, (MAYA, "Maya Lindqvist"))
        await me.press(*"maya lindqvist", "tab")
        await me.until(lambda: me.note("to").startswith("Maya Lindqvist · +1 415 555 0123 · "))
        await me.press(*"hi")
        assert me.place._autosave.kept.draft.to in ("", "maya lindqvist")
        # Renamed meanwhile: said, before and in the review.
        await session.contacts.put(OMAR, "Maya Lindqvist")
        await me.until(lambda: "has 2 addresses" in me.note("to"))
        await session.contacts.remove(MAYA)
        await me.until(lambda: "+49 151 1234 5678 · Germany · until now it was +1 415" in me.note("to"))
        await me.review()
        assert OMAR in me.screen.replace(" ", "")
        # Renamed once more, in another window while the review is open: it is sent to whom that names, and done with.
        await session.contacts.put(MAYA, "Maya Lindqvist")
        await session.contacts.remove(OMAR)
        await me.until(lambda: me.place.typed.to == MAYA)
        await me.press("enter")
        await me.until(lambda: me.sending is not None and me.sending.stage.accepted)
        assert me.sending.entry.to == OMAR
        # What was sent is offered no more.
        await me.until(lambda: me.place.typed.to == "" and me.place._autosave.kept.draft.blank)


async def test_a_key_or_a_click_that_came_before_the_row_was_seen_takes_nobody(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        field = await write_to(me, pilot.app.session)
        await me.press("down")
        early = events.Key("enter", "\r")
        early.time = 0.0
        pilot.app.post_message(early)
        await me.press("shift+left")
        assert (me.value("to"), field.has_focus) == ("", True)
        await me.press("down", "enter")
        assert me.value("to")


async def test_who_is_written_to_of_late_is_said_once_a_history_is_there(run_app, person):
    async with Sandbox(history=0) as empty, run_app(sandbox=empty, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        field = me.place.query_one(RecipientField)
        assert not field.recipients
        empty.receive(MAYA, empty.numbers[0], "Hello?")
        pilot.app.session.archive.look_now()
        await me.until(lambda: "1 recent recipient" in me.note("to"))
        assert [each.address for each in field.recipients.offer("")] == [MAYA]


async def test_a_click_takes_a_person(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        field = await write_to(me, pilot.app.session)
        # By mouse alone: the first click lists whom ↓ would.
        await pilot.click(field)
        second = field.recipients.offer("")[1].address
        await me.until(lambda: field.listed.region.height)
        await pilot.click(field.listed, offset=(8, 1))
        await me.until(lambda: me.value("to") == second)
        assert me.place.query_one("#field-body").has_focus


async def test_what_arrives_meanwhile_changes_no_row_that_is_listed(run_app, sandbox, person):
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me = person(pilot)
        await me.settled()
        field = await write_to(me, pilot.app.session)
        await me.press("down")
        first = field.recipients.offer("")[0].address
        me.place._addressing.take_recipients(Recipients([(OMAR, "Somebody else")]))
        await pilot.pause()
        await me.press("enter")
        assert me.value("to") == first
