"""Terminals with few colours or none get the same words, and only codes that they understand."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.cases import in_full
from tests.terminal.test_sizes import rows_of

pytestmark = pytest.mark.landing

Open = Callable[..., Any]

BRIGHT = {*range(100, 108)}
"""Codes of bright backgrounds."""

SGR = re.compile(rb"\x1b\[([0-9;]*)m")


def colours(raw: bytes) -> set[str]:
    """The kinds of colour codes in the output."""
    found: set[str] = set()
    for codes in SGR.findall(bytes(raw)):
        numbers = [int(number) for number in codes.split(b";") if number]
        while numbers:
            number = numbers.pop(0)
            if number in (38, 48):
                many = numbers.pop(0) == 2
                found.add("16 million" if many else "256")
                del numbers[: 3 if many else 1]
            elif 30 <= number <= 49 or 90 <= number <= 107:
                found.add("16")
    return found - {"16"} or found


@pytest.mark.parametrize(
    ("term", "colorterm", "most"),
    [
        ("xterm-256color", "truecolor", "16 million"),
        ("screen-256color", "", "256"),
        in_full("tmux-256color", "", "256"),
        ("linux", "", "16"),
        ("xterm", "", "16"),
        in_full("xterm-16color", "", "16"),
        ("ansi", "", "16"),
    ],
)
def test_every_terminal_gets_the_same_words_in_no_more_colours_than_it_has(
    tuilio: Open, term: str, colorterm: str, most: str
) -> None:
    terminal = tuilio("--sandbox", TERM=term, **({"COLORTERM": colorterm} if colorterm else {}))
    terminal.until(lambda: terminal.loaded >= 50 and len(rows_of(terminal.text)) >= 12)
    terminal.until(lambda: any(re.search(r"^ ✗ \d\d:\d\d → .* \d{5} \w+", row) for row in rows_of(terminal.text)))
    terminal.until(lambda: "SANDBOX" in terminal.line(0))
    assert colours(terminal.raw) == {most}
    # The row under the cursor differs from the one below it by more than bold type, which is faint on many.
    # Colour by colour: it may come after the words.
    here, below = (terminal.screen.buffer[y] for y in (3, 4))
    # A Linux console has no bright backgrounds, and shows them as the dark ones (console_codes(4)).
    assert (
        term != "linux"
        or not {int(code) for codes in SGR.findall(terminal.raw) for code in codes.split(b";") if code} & BRIGHT
    )
    terminal.until(lambda: any((here[x].bg, here[x].reverse) != (below[x].bg, below[x].reverse) for x in range(1, 60)))


def test_no_color_leaves_no_colour_code_at_all_and_the_cursor_to_be_seen(tuilio: Open) -> None:
    terminal = tuilio("--sandbox", NO_COLOR="1", COLORTERM="truecolor")
    terminal.until(lambda: terminal.loaded >= 50 and len(rows_of(terminal.text)) >= 12)
    for key, words in (("f3", "chooses among"), ("f5", "http://127"), ("alt+o", "No connection is saved")):
        terminal.press(key)
        terminal.until(words)
    terminal.press("f2")
    terminal.until(lambda: len(rows_of(terminal.text)) >= 12)
    terminal.press("ctrl+o")
    terminal.until("Use which connection?")
    terminal.press("escape")
    terminal.until(lambda: "Use which connection?" not in terminal.text)
    # What the question hid is drawn again line by line.
    terminal.until(lambda: sum(terminal.screen.buffer[y][10].reverse for y in range(24)) == 1)
    assert colours(terminal.raw) == set()
