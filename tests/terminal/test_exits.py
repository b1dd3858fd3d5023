"""Every way out gives the terminal back: settings, alternate screen, mouse, cursor."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Open = Callable[..., Any]

TAKEN = (1000, 1003, 1006, 1015, 1004, 2004, 1049)
"""Private modes of the mouse, the focus reports, bracketed paste and the alternate screen (xterm's ctlseqs)."""

CURSOR, WRAP = 25, 7


def assert_given_back(terminal: Any) -> None:
    assert terminal.attributes == terminal.before
    left_on = [mode for mode in TAKEN if terminal.modes.get(mode)]
    assert left_on == []
    assert terminal.modes.get(CURSOR, True)
    assert terminal.modes.get(WRAP, True)
    # The kitty keyboard protocol: what was pushed was popped.
    assert terminal.raw.count(b"\x1b[>25u") <= terminal.raw.count(b"\x1b[<u")


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
def test_quitting_ends_with_status_0_and_gives_the_terminal_back(tuilio: Open, key: str) -> None:
    terminal = tuilio("--sandbox")
    terminal.until(lambda: terminal.loaded >= 50)
    assert terminal.attributes != terminal.before
    assert terminal.modes[1049]
    terminal.press(key)
    assert terminal.wait() == 0
    assert_given_back(terminal)


@pytest.mark.parametrize(
    "name",
    ["SIGTERM", "SIGINT", "SIGUSR1", *(pytest.param(name, marks=pytest.mark.long) for name in ("SIGHUP", "SIGQUIT"))],
)
def test_a_signal_ends_it_with_128_plus_n_and_gives_the_terminal_back(tuilio: Open, name: str) -> None:
    number = signal.Signals[name]
    terminal = tuilio("--sandbox")
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.signal(number)
    assert terminal.wait() == 128 + number
    assert_given_back(terminal)
    assert b"Traceback" not in terminal.raw


def test_a_signal_before_the_first_answer_gives_the_terminal_back(tuilio: Open) -> None:
    terminal = tuilio("--sandbox")
    terminal.until(lambda: terminal.modes.get(1049) and "Messages" in terminal.text)
    terminal.signal(signal.SIGTERM)
    assert terminal.wait() == 128 + signal.SIGTERM
    assert_given_back(terminal)


def test_nothing_that_is_under_way_from_the_terminal_is_left_for_the_shell(tuilio: Open) -> None:
    """The question for leaving was drawn over once it was answered, and the terminal asked whether that was seen."""
    terminal = tuilio("--sandbox", answers_after=0.3)
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.press("n")
    terminal.until("What do you want to say?")
    terminal.press("tab", "tab", "Hello")
    terminal.until("Hello")
    terminal.press("ctrl+q")
    terminal.until("Leave tuilio?")
    terminal.listen(0.5)
    terminal.press("y")
    terminal.type_later(0.25, b"\x1b[<35;10;10M")
    assert terminal.wait() == 0
    assert terminal.unread == b""


def test_an_answer_that_comes_once_it_was_left_or_stopped_at_once_is_left_for_nobody(tuilio: Open) -> None:
    terminal = tuilio("--sandbox", answers_after=0.8)
    terminal.until(lambda: terminal.modes.get(1049))
    terminal.stop(signal.SIGTSTP)
    assert terminal.unread == b""
    terminal = tuilio("--sandbox", answers_after=0.8)
    terminal.until(lambda: terminal.modes.get(1049))
    terminal.signal(signal.SIGTERM)
    assert terminal.wait() == 128 + signal.SIGTERM
    assert terminal.unread == b""


def test_a_lost_terminal_ends_the_program(tuilio: Open) -> None:
    terminal = tuilio("--sandbox")
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.hang_up()
    assert terminal.wait() == 128 + signal.SIGHUP


def test_the_sandbox_writes_nothing_to_the_home_directory(tuilio: Open, home: Path) -> None:
    terminal = tuilio("--sandbox")
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.press("end")
    terminal.until(lambda: terminal.loaded > 50)
    terminal.press("q")
    assert terminal.wait() == 0
    assert list(home.rglob("*")) == []


def test_keystrokes_are_never_logged_to_a_file(tuilio: Open, tmp_path: Path) -> None:
    log = tmp_path / "keys.log"
    terminal = tuilio("--sandbox", TEXTUAL_LOG=str(log), TEXTUAL="debug,devtools")
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.press("q")
    assert terminal.wait() == 0
    assert not log.exists()


def test_the_environment_presses_no_keys_and_takes_no_pictures(tuilio: Open, home: Path) -> None:
    """TEXTUAL_PRESS would quit at once, TEXTUAL_SCREENSHOT write a picture and quit."""
    terminal = tuilio("--sandbox", TEXTUAL_PRESS="q", TEXTUAL_SCREENSHOT="1", TEXTUAL_SCREENSHOT_LOCATION=str(home))
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.listen(1.2)
    assert terminal.process.poll() is None
    terminal.press("q")
    assert terminal.wait() == 0
    assert list(home.rglob("*")) == []
