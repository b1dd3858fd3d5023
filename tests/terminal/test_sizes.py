"""A terminal that changes its size stays usable at every one of them."""

from __future__ import annotations

import random
import re
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import pytest

from tests.terminal.test_bytes import assert_as_drawn_anew

pytestmark = pytest.mark.landing

Open = Callable[..., Any]

SIZES = [(120, 40), (200, 60), (40, 12), (20, 5), (80, 24)]

PULLED_WHILE_READ = """
    import fcntl, struct, sys, termios
    from tui.__main__ import main
    from tui.textual_fixes.driver import TerminalDriver

    read = TerminalDriver._get_terminal_size

    def read_too_early(self):
        size = read(self)
        if size[0] == 100:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 90, 0, 0))
        return size

    TerminalDriver._get_terminal_size = read_too_early
    sys.exit(main(["--sandbox"]))
"""
"""The program, in a window that becomes 90 columns wide just after it was seen to be 100 wide."""


def rows_of(text: str) -> list[str]:
    """The rows of the list that are on the screen."""
    return [line for line in text.splitlines() if re.search(r" [←→] \S", line)]


def test_pulling_the_window_about_redraws_the_whole_screen_each_time(tuilio: Open) -> None:
    terminal = tuilio("--sandbox")
    terminal.until(lambda: terminal.loaded >= 50 and len(rows_of(terminal.text)) >= 12)
    # Drawn colour by colour: a row may have its words before its time.
    terminal.quiet()
    first = [row[:36] for row in rows_of(terminal.text)[:12]]
    for columns, lines in SIZES:
        terminal.resize(columns, lines)
        terminal.until(lambda: "Open" in terminal.line(-1) and terminal.line(0).endswith("SANDBOX"))
        least = lines - 12 if lines > 12 else 1
        terminal.until(lambda least=least: len(rows_of(terminal.text)) >= least)
    terminal.until(lambda: [row[:36] for row in rows_of(terminal.text)[:12]] == first)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_each_size_has_the_list_the_label_and_the_keys(tuilio: Open, size: tuple[int, int]) -> None:
    terminal = tuilio("--sandbox", size=size)
    terminal.until(lambda: terminal.loaded >= 50 and len(rows_of(terminal.text)) >= size[1] - 12)
    terminal.until(lambda: terminal.line(0).endswith("SANDBOX"))
    terminal.until(lambda: "New" in terminal.line(-1) and "Reply" in terminal.line(-1))


def test_a_wide_terminal_shows_the_message_beside_the_list(tuilio: Open) -> None:
    terminal = tuilio("--sandbox", size=(160, 40))
    terminal.until(lambda: re.search(r"│ (SM|MM)[0-9a-f]{32}", terminal.text))
    terminal.until(lambda: len(rows_of(terminal.text)) >= 28)


@pytest.mark.parametrize("size", [(40, 12), (24, 8)])
def test_the_sandbox_says_so_even_in_a_narrow_terminal(tuilio: Open, size: tuple[int, int]) -> None:
    terminal = tuilio("--sandbox", size=size)
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.until(lambda: "SANDBOX" in terminal.line(0))


def test_of_two_sizes_at_once_the_last_is_the_one_that_stays(terminal_of: Open, environ: dict[str, str]) -> None:
    """Fails with Textual's own handler (8.2.8), which tells 90 first and 100 last."""
    terminal = terminal_of([sys.executable, "-c", textwrap.dedent(PULLED_WHILE_READ)], environ)
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.resize(100, 30)
    # The bar keeps its last column free.
    terminal.until(lambda: len(terminal.line(0)) == 89)
    terminal.quiet(0.5)
    assert len(terminal.line(0)) == 89


def test_three_hundred_pulls_while_it_works_leave_what_a_complete_redraw_would_make(tuilio: Open) -> None:
    terminal = tuilio("--sandbox")
    terminal.until(lambda: terminal.loaded >= 50)
    chosen = random.Random(11)
    for n in range(300):
        terminal.resize(chosen.randint(5, 160), chosen.randint(3, 50))
        if n % 7 == 0:
            terminal.press(chosen.choice(("down", "pagedown", "f3", "f2", "f5", "alt+o", "up")))
        if n % 3 == 0:
            terminal.listen(0.01)
    terminal.resize(90, 30)
    terminal.press("f2")
    terminal.until(lambda: "Messages" in terminal.line(0) and "Help" in terminal.line(-1) and terminal.loaded)
    assert_as_drawn_anew(terminal, least=10)
    terminal.press("q")
    assert terminal.wait() == 0
