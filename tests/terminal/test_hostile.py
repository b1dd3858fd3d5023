"""Anyone may text the number that is shown here: nothing they write may drive the terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Open = Callable[..., Any]

PAYLOADS = (
    "\x1b]52;c;ZWNobyBnb3RjaGE=\x07",
    "\x1b]0;a new title\x07",
    "\x1b]8;;https://phish.example/\x1b\\your bank\x1b]8;;\x1b\\",
    "\x1b[31mred\x1b[2J\x1b[5;5Hjump",
    "\x1bP+q544e\x1b\\ and \x1b_Gi=1\x1b\\ and \x1bc",
    "\x9b31mC1\x9d0;title\x9c\x90q\x9c",
    "\x07\x08\x0b\x0c\x0e\x0f\x7f",
    "\u202eevil\u202c \u2066isolated\u2069",
    "[@click=app.leave]x[/] [b]bold[/b] [/nothing]",
)

SEQUENCE = re.compile(
    rb"\x1b\[(?:\?[0-9;]*[hl]|\?2026\$p|\?2048\$p|[0-9;]*m|[0-9]*;[0-9]*H|>[0-9;]*[um]|<u)|\x1b\]22;[a-z-]+(?:\x07|\x1b\\\\)"
)
"""Everything the program itself has to say to a terminal: modes, colours, positions, keys, the pointer's shape."""

CONTROL = re.compile(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]")
"""C0 but for line ends, DEL, C1 in UTF-8, and the overrides of writing direction."""


def strays(raw: bytes) -> list[bytes]:
    """Controls in the output that are none of the program's own, with what follows them."""
    own_removed = SEQUENCE.sub(b"", raw)
    return [own_removed[found.start() : found.start() + 24] for found in CONTROL.finditer(own_removed)]


def test_the_scan_itself_sees_every_payload_that_holds_a_control() -> None:
    unseen = [payload for payload in PAYLOADS if not strays(payload.encode())]
    assert unseen == [PAYLOADS[-1]]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_no_payload_reaches_the_terminal_as_a_control(
    tuilio: Open, saved: Path, service: Any, size: tuple[int, int]
) -> None:
    for number, payload in reversed(list(enumerate(PAYLOADS))):
        service.receive(f"n{number}n {payload} m{number}m", sender=f"+1415555019{number}")
    terminal = tuilio("--config", str(saved), size=size)
    terminal.until(lambda: terminal.loaded >= 50 and "n0n" in terminal.text)
    terminal.press("enter")
    terminal.until(lambda: "Back" in terminal.line(-1))
    for number in range(len(PAYLOADS)):
        terminal.until(f"n{number}n")
        terminal.until(lambda number=number: "→  +1" in terminal.text and f"m{number}m" in terminal.text)
        terminal.press("right")
    terminal.press("ctrl+q")
    assert terminal.wait() == 0
    assert strays(bytes(terminal.raw)) == []
    assert b"\x1b[31mred" not in terminal.raw


def test_the_whole_seeded_history_reaches_the_terminal_without_a_control(tuilio: Open) -> None:
    terminal = tuilio("--sandbox", size=(200, 60))
    terminal.until(lambda: terminal.loaded >= 50)
    while "that is all" not in terminal.text:
        before = terminal.text
        terminal.press("pagedown")
        terminal.until(lambda before=before: terminal.text != before)
    assert "␛" in terminal.text or terminal.raw.count("␛".encode()) > 0
    terminal.press("ctrl+q")
    assert terminal.wait() == 0
    assert strays(bytes(terminal.raw)) == []
