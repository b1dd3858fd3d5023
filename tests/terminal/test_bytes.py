"""What is written to the terminal: little, and yet always what a complete picture would be.

The bounds are a third to a half above what was reached where blanks cannot be erased in colour; a change that goes
over one writes something it need not.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from typing import Any
from unicodedata import category, east_asian_width

import pytest

pytestmark = pytest.mark.landing

Open = Callable[..., Any]

WIDE = (120, 40)


def started(tuilio: Open) -> Any:
    terminal = tuilio("--sandbox", size=WIDE, COLORTERM="truecolor")
    terminal.until("● live")
    # The page after it is fetched ahead of the cursor; nothing may be under way when something is measured.
    terminal.press("down")
    terminal.until(lambda: terminal.loaded >= 90)
    terminal.quiet()
    return terminal


def cost(terminal: Any, *keys: str) -> int:
    """Bytes of the answer to a key."""
    before = len(terminal.raw)
    terminal.press(*keys)
    terminal.until(lambda: len(terminal.raw) > before)
    terminal.quiet()
    return len(terminal.raw) - before


def test_the_first_picture_takes_few_bytes(tuilio: Open) -> None:
    terminal = tuilio("--sandbox", size=WIDE, COLORTERM="truecolor")
    terminal.until("● live")
    terminal.quiet()
    assert len(terminal.raw) < 15_000


def test_moving_writes_little(tuilio: Open) -> None:
    terminal = started(tuilio)
    # With the message and its conversation beside it, which are another person's.
    assert cost(terminal, "down") < 4_000
    assert cost(terminal, "pagedown") < 7_000
    assert cost(terminal, "enter") < 5_000
    assert cost(terminal, "escape") < 6_000


@pytest.mark.parametrize(
    ("words", "more"), [(("--frugal",), {}), pytest.param((), {"TUILIO_FRUGAL": "1"}, marks=pytest.mark.long)]
)
def test_frugal_writes_less_and_no_colour_but_the_terminals_own(
    tuilio: Open, words: tuple[str, ...], more: dict[str, str]
) -> None:
    terminal = tuilio("--sandbox", *words, size=WIDE, COLORTERM="truecolor", **more)
    terminal.until("● live")
    terminal.quiet()
    assert len(terminal.raw) < 7_500
    terminal.press("down")
    terminal.until(lambda: terminal.loaded >= 90)
    terminal.quiet(1.0)
    # Row by row; the message beside them comes when one rests.
    # For a program that is held up one may rest before the next key reaches it.
    assert min(cost(terminal, "down") for _ in range(4)) < 600
    terminal.quiet(1.0)
    assert cost(terminal, "pagedown") < 5_000
    assert b"8;2;" not in terminal.raw
    assert b"8;5;" not in terminal.raw


def test_a_place_is_drawn_once_and_in_few_bytes(tuilio: Open) -> None:
    terminal = started(tuilio)
    for key, words in (
        ("f3", "chooses among"),
        ("f4", "Error code"),
        ("f5", "http://127"),
        ("alt+o", "nothing is saved"),
        ("f2", "● live"),
    ):
        before = len(terminal.raw)
        terminal.press(key)
        terminal.until(words)
        terminal.quiet()
        assert len(terminal.raw) - before < 8_000, key


def test_typing_writes_what_was_typed_and_what_it_costs(tuilio: Open) -> None:
    terminal = tuilio("--sandbox", "--screen", "compose", size=WIDE, COLORTERM="truecolor")
    terminal.until("chooses among")
    terminal.press("tab", "tab")
    terminal.quiet()
    cost(terminal, "H")
    for key in "ello":
        assert cost(terminal, key) < 250


def test_nothing_is_written_while_nothing_happens(tuilio: Open) -> None:
    terminal = started(tuilio)
    before = len(terminal.raw)
    terminal.listen(3.0)
    assert len(terminal.raw) == before


def picture(terminal: Any) -> dict[int, list[tuple[object, ...]]]:
    """What is seen, by line: of a blank only its background.

    Without lines that change by themselves, and those that terminals measure differently.
    """
    screen = terminal.screen
    return {
        y: [
            (cell.bg, cell.underscore, cell.reverse) if not cell.data.strip() else tuple(cell)
            for cell in (screen.buffer[y][x] for x in range(screen.columns))
        ]
        for y in range(screen.lines)
        if not any(is_odd(character) for character in screen.display[y]) and " ago" not in screen.display[y]
    }


def assert_as_drawn_anew(terminal: Any, *, least: int) -> None:
    """What is shown is what drawing everything again shows, in more than `least` lines that can be compared."""
    terminal.quiet(0.5)
    shown = picture(terminal)
    assert len(shown) > least
    terminal.screen.erase_in_display(2)
    # The size is the same; the program cannot know that, and draws everything.
    terminal.signal(signal.SIGWINCH)
    terminal.quiet(0.5)
    assert picture(terminal) == shown


def is_odd(character: str) -> bool:
    """Emoji, wide characters, and those that combine."""
    marks = category(character) in ("Mn", "Mc", "Me", "Cf")
    return marks or east_asian_width(character) in "WF" or (character > "\u2740" and category(character) == "So")


WALK = (
    "down",
    "down",
    "pagedown",
    "enter",
    "escape",
    "f3",
    "f2",
    "f5",
    "alt+o",
    "ctrl+p",
    "escape",
    "/",
    "escape",
    "end",
    "up",
    "home",
)


@pytest.mark.long
def test_after_a_walk_the_screen_is_as_a_complete_redraw_would_make_it(tuilio: Open) -> None:
    terminal = started(tuilio)
    chosen = random.Random(7)
    for _ in range(20):
        terminal.press(chosen.choice(WALK))
        terminal.quiet(0.05)
    assert_as_drawn_anew(terminal, least=15)


def test_a_stopped_program_draws_its_screen_again_when_it_goes_on(tuilio: Open) -> None:
    terminal = started(tuilio)
    shown = picture(terminal)
    terminal.signal(signal.SIGTSTP)
    # Not before it has stopped, or it would stop after it was told to go on.
    os.waitid(os.P_PID, terminal.process.pid, os.WSTOPPED | os.WNOWAIT)
    terminal.screen.erase_in_display(2)
    terminal.signal(signal.SIGCONT)
    terminal.until(lambda: picture(terminal) == shown)
