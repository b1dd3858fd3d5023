"""However keys arrive, each takes effect before the next is looked at; no question is answered before it is seen.

With Textual's own `on_event` six of these failed, the law among them.
"""

from __future__ import annotations

import asyncio
import itertools
from time import monotonic
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.drivers.headless_driver import HeadlessDriver
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, Static

from tui.textual_fixes.display_ack import DisplayAck
from tui.textual_fixes.input_fields import LineField
from tui.textual_fixes.key_decoder import Chord, Hasty
from tui.textual_fixes.key_queue import ASKS, SerialKeyApp
from tui.theme import own_variables
from tui.widgets.bars import key_under
from tui.widgets.dialogs import Ask, Choice, Choose, Confirm

KEYS = {"/": "slash", "\r": "enter", "\x1b": "escape", "\t": "tab"}


class Desk(Screen[None]):
    """A place whose every letter does something, with a line to type in."""

    AUTO_FOCUS = ""
    BINDINGS = [
        *(Binding(letter, f"note('{letter}')") for letter in "may"),
        Binding("slash", "ask"),
        Binding("w", "ask_in_a_moment"),
        Binding("c", "choose"),
        Binding("d", "delete"),
        Binding("o", "other"),
        Binding("escape", "leave"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []

    def compose(self) -> ComposeResult:
        yield LineField()
        yield Static("")

    def action_note(self, letter: str) -> None:
        self.done.append(letter)

    def action_leave(self) -> None:
        self.set_focus(None)

    def action_ask(self) -> None:
        self.app.push_screen(Ask("What?"), lambda text: self.done.append(f"asked {text}"))

    def action_ask_in_a_moment(self) -> None:
        async def ask() -> None:
            await asyncio.to_thread(lambda: None)
            self.action_ask()

        self.run_worker(ask(), name=ASKS)

    def action_choose(self) -> None:
        choices = [Choice("one", "one"), Choice("two", "two")]
        # A choice that leads to another question, as most do.
        self.app.push_screen(Choose("Which?", choices), lambda key: self.action_ask() if key == "two" else None)

    def action_delete(self) -> None:
        self.app.push_screen(Confirm("Delete?", "For good.", yes="Yes"), lambda yes: self.done.append(f"deleted {yes}"))

    def action_other(self) -> None:
        self.app.push_screen(Other())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.done.append(f"entered {event.value}")
        self.set_focus(None)


class Other(Screen[None]):
    """A place where the same letters would do harm."""

    BINDINGS = [*(Binding(letter, "harm") for letter in "dcw"), Binding("escape,o", "dismiss")]

    def action_harm(self) -> None:
        desk = self.app.screen_stack[0]
        assert isinstance(desk, Desk)
        desk.done.append("harm")


class Turns(SerialKeyApp):
    def get_css_variables(self) -> dict[str, str]:
        variables = super().get_css_variables()
        return variables | own_variables(variables)

    def get_default_screen(self) -> Desk:
        return Desk()

    @property
    def desk(self) -> Desk:
        desk = self.screen_stack[0]
        assert isinstance(desk, Desk)
        return desk

    def on_click(self, event: events.Click) -> None:
        if key := key_under(event):
            self.simulate_key(key)


def arrive(app: Any, keys: str, *, later: float = 0.0) -> None:
    """Let these keys come in one piece, as if some seconds later."""
    for key in keys:
        event = events.Key(KEYS.get(key, key), None if key in KEYS and key != "/" else key)
        event.time += later
        app.post_message(event)


async def settled(pilot: Pilot[Any]) -> None:
    while True:
        await pilot.pause()
        if pilot.app._answering is None and not pilot.app._held:
            return


def place_of(app: Any, words: str) -> tuple[int, int]:
    """The middle of words on the screen."""
    for y, line in enumerate(app.screen._compositor.render_strips()):
        if (x := line.text.find(words)) >= 0:
            return x + len(words) // 2, y
    raise AssertionError(words)


def standing(app: Any) -> tuple[object, ...]:
    fields = [field.value for screen in app.screen_stack for field in screen.query(LineField)]
    return ([type(screen).__name__ for screen in app.screen_stack], type(app.focused).__name__, fields, app.done())


async def after(bursts: list[str]) -> tuple[object, ...]:
    app = Turns()
    app.done = lambda: list(app.screen_stack[0].done)
    async with app.run_test() as pilot:
        for burst in bursts:
            arrive(app, burst)
            await settled(pilot)
        return standing(app)


TYPED = st.text(alphabet="/maywco12\t\r\x1b", max_size=12)
"""Whatever opens, fills, closes and answers; nothing that asks for a second thought."""


CUT = st.lists(st.integers(0, 12), max_size=4)


def compare(keys: str, cuts: list[int]) -> None:
    places = sorted({0, len(keys), *(min(cut, len(keys)) for cut in cuts)})
    bursts = [keys[start:end] for start, end in itertools.pairwise(places)]

    async def both() -> None:
        assert await after(bursts) == await after(list(keys))

    asyncio.run(both())


@settings(max_examples=6)
@given(TYPED, CUT)
def test_keys_in_bursts_do_what_the_same_keys_do_one_by_one(keys: str, cuts: list[int]) -> None:
    compare(keys, cuts)


@pytest.mark.long
@pytest.mark.timeout(600)
@settings(max_examples=150)
@given(TYPED, CUT)
def test_keys_in_any_bursts_do_what_the_same_keys_do_one_by_one(keys: str, cuts: list[int]) -> None:
    compare(keys, cuts)


@pytest.mark.parametrize("opener", ["/", "w", "c2"])
async def test_what_is_typed_behind_a_key_reaches_the_line_it_opens(opener: str) -> None:
    stack, _, _, done = await after([f"{opener}maya\r"])
    assert (stack, done) == (["Desk"], ["asked maya"])


async def test_no_key_acts_in_a_place_that_was_left_or_is_not_there_yet() -> None:
    assert (await after(["omay"]))[3] == []
    assert (await after(["odo"]))[3] == ["harm"]
    assert (await after(["oomay"]))[3] == ["m", "a", "y"]


async def test_a_question_is_not_answered_by_what_came_with_the_key_that_asked_it() -> None:
    stack, _, _, done = await after(["dy\ry"])
    assert stack == ["Desk", "Confirm"]
    assert done == []
    assert (await after(["dy", "y"]))[3] == ["deleted True"]


async def test_a_question_can_be_refused_at_once() -> None:
    assert (await after(["d\x1b", "m"]))[3] == ["deleted False", "m"]


async def test_what_was_pressed_behind_an_answer_does_nothing_where_it_leads() -> None:
    assert (await after(["d", "ymay"]))[3] == ["deleted True"]
    assert (await after(["d", "y", "may"]))[3] == ["deleted True", "m", "a", "y"]


async def test_what_was_pressed_behind_a_refusal_does_nothing_where_it_leads() -> None:
    assert (await after(["d\x1bm"]))[3] == ["deleted False"]


class Slow(HeadlessDriver):
    """A terminal that shows what is written when the test says so."""

    def __init__(self, *words: Any, **more: Any) -> None:
        super().__init__(*words, **more)
        self.looks: list[DisplayAck] = []

    def look(self) -> DisplayAck:
        self.looks.append(DisplayAck(monotonic(), 60.0))
        return self.looks[-1]

    def show(self) -> None:
        self.looks[-1].shown = monotonic()


class SlowTurns(Turns):
    def _build_driver(self, headless: bool, inline: bool, mouse: bool, size: tuple[int, int] | None) -> Any:
        return Slow(self, debug=False, mouse=mouse, size=size)


async def press(pilot: Pilot[Any], keys: str, *, later: float = 0.0) -> None:
    arrive(pilot.app, keys, later=later)
    await settled(pilot)


async def test_a_question_is_answered_only_when_the_terminal_has_shown_it() -> None:
    app = SlowTurns()
    async with app.run_test() as pilot:
        await press(pilot, "d")
        await press(pilot, "y")
        assert app.desk.done == []
        app._driver.show()
        await press(pilot, "y")
        assert app.desk.done == ["deleted True"]
        # What it leads to has been drawn, but nobody has seen it.
        await press(pilot, "m")
        assert app.desk.done == ["deleted True"]
        app._driver.show()
        # What was pressed in one breath with it is not done alone, on whatever is there.
        await press(pilot, "m")
        assert app.desk.done == ["deleted True"]
        await press(pilot, "m", later=1)
        assert app.desk.done == ["deleted True", "m"]


async def test_a_question_that_nobody_has_seen_can_be_refused() -> None:
    app = SlowTurns()
    async with app.run_test() as pilot:
        await press(pilot, "d")
        await press(pilot, "\x1b")
        assert app.desk.done == ["deleted False"]


async def test_a_question_that_changes_is_answered_only_when_the_change_was_shown() -> None:
    app = SlowTurns()
    async with app.run_test() as pilot:
        await press(pilot, "d")
        app._driver.show()
        app.screen.ask_anew("Delete all?", "", yes="Yes", no="No")
        await pilot.pause()
        await press(pilot, "y")
        assert app.desk.done == []
        app._driver.show()
        await press(pilot, "y")
        assert app.desk.done == ["deleted True"]


async def test_a_click_answers_only_what_was_shown() -> None:
    app = SlowTurns()
    async with app.run_test() as pilot:
        await press(pilot, "d")
        x, y = place_of(app, "y Yes")
        await pilot.click(offset=(x, y))
        await settled(pilot)
        assert app.desk.done == []
        app._driver.show()
        await pilot.click(offset=(x, y))
        await settled(pilot)
        assert app.desk.done == ["deleted True"]


@pytest.mark.parametrize(
    ("opener", "key"),
    [
        *(("d", "m"), ("c", "\r")),
        *(pytest.param(opener, key, marks=pytest.mark.long) for opener in ("d", "c", "/", "c2") for key in "\rm2\t"),
    ],
)
async def test_a_key_that_came_with_escape_does_nothing_where_the_escape_leads(opener: str, key: str) -> None:
    app = Turns()
    async with app.run_test() as pilot:
        await press(pilot, opener)
        app.post_message(events.Key("escape", None))
        app.post_message(Hasty(KEYS.get(key, key), key))
        await settled(pilot)
        assert type(app.screen) is Desk
        assert app.desk.done in ([], ["deleted False"], ["asked None"])
        assert app.focused is None
        # And so one that comes in a packet of its own.
        app.post_message(Hasty("m", "m"))
        await settled(pilot)
        assert "m" not in app.desk.done


async def test_behind_an_escape_that_closes_nothing_keys_act() -> None:
    app = Turns()
    async with app.run_test() as pilot:
        app.post_message(events.Key("escape", None))
        app.post_message(Hasty("m", "m"))
        await settled(pilot)
        assert app.desk.done == ["m"]


async def test_a_letter_that_came_behind_an_escape_byte_refuses_a_question_and_does_nothing_elsewhere() -> None:
    app = Turns()
    async with app.run_test() as pilot:
        app.post_message(Chord("alt+m", None))
        await press(pilot, "d")
        # A Linux console sends shift+tab so: the question stays, and nothing behind it answers.
        app.post_message(Chord("shift+tab", None))
        app.post_message(Hasty("y", "y"))
        await settled(pilot)
        assert type(app.screen) is not Desk
        assert app.desk.done == []
        app.post_message(Chord("alt+y", None))
        await press(pilot, "y")
        assert app.desk.done == ["deleted False"]


async def test_a_screen_that_never_comes_holds_keys_for_a_moment_only() -> None:
    app = Turns()
    async with app.run_test() as pilot:
        app.run_worker(asyncio.Event().wait(), name=ASKS)
        arrive(app, "mmm")
        await settled(pilot)
        assert app.screen_stack[0].done == ["m", "m", "m"]


async def test_the_next_key_is_taken_whatever_goes_wrong_while_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(Turns, "_stand", fail)
    async with Turns().run_test() as pilot:
        arrive(pilot.app, "may")
        await settled(pilot)
        assert pilot.app.screen.done == ["m", "a", "y"]
