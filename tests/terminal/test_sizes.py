"""A terminal that changes its size stays usable at every one of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

Open = Callable[..., Any]

SIZES = [(120, 40), (200, 60), (40, 12), (20, 5), (80, 24)]


def rows_of(text: str) -> list[str]:
    """The rows of the list that are on the screen."""
    return [line for line in text.splitlines() if re.search(r" [←→] \S", line)]


def test_pulling_the_window_about_redraws_the_whole_screen_each_time(tuilio: Open) -> None:
    terminal = tuilio("--sandbox")
    terminal.until(lambda: terminal.loaded >= 50 and len(rows_of(terminal.text)) >= 12)
    first = [row[:36] for row in rows_of(terminal.text)[:12]]
    for columns, lines in SIZES:
        terminal.resize(columns, lines)
        terminal.until(lambda: "Open" in terminal.line(-1) and "Messages" in terminal.line(0))
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
    terminal.until(lambda: re.search(r"SID +(SM|MM)[0-9a-f]{5}", terminal.text))
    terminal.until(lambda: len(rows_of(terminal.text)) >= 28)


@pytest.mark.parametrize("size", [(40, 12), (24, 8)])
def test_the_sandbox_says_so_even_in_a_narrow_terminal(tuilio: Open, size: tuple[int, int]) -> None:
    terminal = tuilio("--sandbox", size=size)
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.until(lambda: "SANDBOX" in terminal.line(0))


@pytest.mark.parametrize("term", ["screen", "tmux-256color", "linux", "vt100"])
def test_poor_terminals_get_the_same_words(tuilio: Open, term: str) -> None:
    terminal = tuilio("--sandbox", TERM=term)
    terminal.until(lambda: terminal.loaded >= 50 and len(rows_of(terminal.text)) >= 12)
    terminal.until("✗ undelivered")
    terminal.until(lambda: "SANDBOX" in terminal.line(0))


def test_no_color_leaves_only_greys(tuilio: Open) -> None:
    terminal = tuilio("--sandbox", NO_COLOR="1")
    terminal.until(lambda: terminal.loaded >= 50 and len(rows_of(terminal.text)) >= 12)
    colours = {int(number) for number in re.findall(rb"[34]8;5;(\d+)", terminal.raw)}
    # The 256-colour palette has its greys from 232 up; 0, 15, 16 and 231 are black and white.
    assert colours and all(colour >= 231 or colour in (0, 15, 16) for colour in colours)
