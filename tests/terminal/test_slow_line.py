"""Over a line with a round trip of 600 ms no question is answered before it was seen; without answers nobody waits.

With the moment of writing in place of the terminal's answer the first three failed: the message was sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.test_sending import write
from tui.textual_fixes.display_ack import FIRST_ANSWER_SECONDS

Open = Callable[..., Any]

TRIP = 0.6


@pytest.mark.long
@pytest.mark.parametrize("pause", [0.05, 0.3, 0.5])
def test_enter_pressed_before_the_question_reached_the_eye_sends_nothing(
    tuilio: Open, saved: Path, service: Any, pause: float
) -> None:
    terminal = tuilio("--config", str(saved), answers_after=TRIP)
    write(terminal)
    terminal.press("ctrl+s")
    terminal.until("Send this?")
    # It is on the screen of the program; for the person it is on its way.
    terminal.listen(pause)
    terminal.press("enter")
    terminal.listen(1.0)
    assert "Send this?" in terminal.text
    assert service.sends() == 0
    terminal.press("enter")
    terminal.until("✓ Delivered")
    assert service.sends() == 1


@pytest.mark.long
def test_enter_held_down_from_the_review_on_sends_once_at_most(tuilio: Open, saved: Path, service: Any) -> None:
    terminal = tuilio("--config", str(saved), answers_after=TRIP)
    write(terminal)
    terminal.press("ctrl+s")
    for _ in range(60):
        terminal.press("enter")
        terminal.listen(0.04)
    terminal.until(lambda: service.sends() == 1)
    terminal.listen(2.0)
    assert service.sends() == 1


@pytest.mark.long
def test_a_terminal_that_gives_no_answer_keeps_nobody_waiting(tuilio: Open, saved: Path, service: Any) -> None:
    terminal = tuilio("--config", str(saved), answers_after=None)
    write(terminal)
    # That it never answers is known a second after the start; until then an answer is hoped for.
    terminal.listen(FIRST_ANSWER_SECONDS)
    terminal.press("ctrl+s")
    terminal.until("Send this?")
    terminal.listen(0.1)
    terminal.press("enter")
    terminal.until("✓ Delivered")
    assert service.sends() == 1


@pytest.mark.long
def test_answers_that_stop_coming_hold_a_question_for_a_few_seconds_and_never_escape(tuilio: Open, saved: Path) -> None:
    terminal = tuilio("--config", str(saved))
    write(terminal)
    terminal.answers_after = None
    terminal.press("ctrl+s")
    terminal.until("Send this?")
    terminal.press("escape")
    terminal.until(lambda: "Send this?" not in terminal.text)
    # What stands there now has to be seen as well.
    terminal.listen(3.5)
    terminal.press("ctrl+s")
    terminal.until("Send this?")
    since = time.monotonic()
    while "Send this?" in terminal.text:
        terminal.press("enter")
        terminal.listen(0.25)
    assert 2.5 < time.monotonic() - since < 6.0


@pytest.mark.long
def test_a_click_before_the_question_reached_the_eye_sends_nothing(tuilio: Open, saved: Path, service: Any) -> None:
    terminal = tuilio("--config", str(saved), answers_after=TRIP)
    write(terminal)
    terminal.press("ctrl+s")
    terminal.until("Send this?")

    def click() -> None:
        y, line = next((y, line) for y, line in enumerate(terminal.screen.display) if "⏎" in line)
        x = line.index("⏎") + 1
        terminal.type(f"\x1b[<0;{x};{y + 1}M\x1b[<0;{x};{y + 1}m")

    click()
    terminal.listen(1.0)
    assert service.sends() == 0
    click()
    terminal.until("✓ Delivered")
    assert service.sends() == 1
