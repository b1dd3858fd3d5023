"""Escape, and another key in the same packet or right behind it, goes back and does nothing else.

With Textual's own reader escape and enter in one packet sent the message under review.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.test_sending import write

Open = Callable[..., Any]

ACTING = {
    "enter": "\r",
    "space": " ",
    "tab": "\t",
    "backspace": "\x7f",
    "down": "\x1b[B",
    "delete": "\x1b[3~",
    "f9": "\x1b[20~",
    "ctrl+s": "\x13",
    "enter spelt out": "\x1b[13u",
    "y": "y",
    "y, enter": "y\r",
    "1": "1",
    "[": "[\r",
    "O": "O\r",
    "enter twice": "\r\r",
}
"""What somebody in a hurry may press behind escape."""


def hurry(terminal: Any, keys: str, *, apart: bool) -> None:
    """Escape and these keys, once all is drawn, in one packet or in two that come close behind one another."""
    terminal.quiet(0.1)
    if apart:
        terminal.type("\x1b")
        terminal.listen(0.03)
        terminal.type(keys)
    else:
        terminal.type("\x1b" + keys)
    terminal.quiet(0.4)


def escape_until(terminal: Any, so: Callable[[], object]) -> None:
    for _ in range(4):
        if so():
            return
        # A form in which something was typed asks.
        terminal.press("y" if "esc Stay" in terminal.text or "Leave the form" in terminal.text else "escape")
        terminal.quiet()
    terminal.until(so)


def test_escape_and_enter_in_one_packet_send_nothing(tuilio: Open, saved: Path, service: Any) -> None:
    terminal = tuilio("--config", str(saved))
    write(terminal)
    terminal.press("ctrl+s")
    terminal.until("Send this?")
    hurry(terminal, "\r", apart=False)
    # Silence may mean that the program has not come to it yet.
    terminal.until(lambda: "Send this?" not in terminal.text)
    terminal.quiet()
    assert service.sends() == 0


@pytest.mark.long
@pytest.mark.parametrize("apart", [False, True])
def test_no_key_behind_escape_sends(tuilio: Open, saved: Path, service: Any, apart: bool) -> None:
    terminal = tuilio("--config", str(saved))
    write(terminal)
    for name, keys in ACTING.items():
        terminal.press("ctrl+s")
        terminal.until("Send this?")
        hurry(terminal, keys, apart=apart)
        assert service.sends() == 0, name
        escape_until(terminal, lambda: "Send this?" not in terminal.text)
        # What has the focus is left as well, so that this goes back to the form.
        terminal.press("f3")
        terminal.quiet()


@pytest.mark.long
@pytest.mark.parametrize("apart", [False, True])
def test_no_key_behind_escape_redacts(tuilio: Open, saved: Path, service: Any, apart: bool) -> None:
    service.receive("please keep me")
    terminal = tuilio("--config", str(saved))
    terminal.until("please keep me")
    for name, keys in ACTING.items():
        terminal.press("enter", "x")
        terminal.until("y Redact")
        hurry(terminal, keys, apart=apart)
        assert service.sends() == 0, name
        escape_until(terminal, lambda: "y Redact" not in terminal.text)


@pytest.mark.long
@pytest.mark.parametrize("apart", [False, True])
def test_no_key_behind_escape_chooses_from_a_menu(tuilio: Open, apart: bool) -> None:
    terminal = tuilio("--sandbox")
    terminal.until(lambda: terminal.loaded >= 50)
    for name, keys in ACTING.items():
        terminal.press("c")
        terminal.until("show plainly")
        before = len(terminal.raw)
        hurry(terminal, keys, apart=apart)
        assert b"\x1b]52" not in terminal.raw[before:], name
        escape_until(terminal, lambda: "show plainly" not in terminal.text)


@pytest.mark.long
@pytest.mark.parametrize("apart", [False, True])
def test_no_key_behind_escape_runs_what_the_palette_offers(tuilio: Open, apart: bool) -> None:
    terminal = tuilio("--sandbox")
    terminal.until(lambda: terminal.loaded >= 50)
    for name, keys in ACTING.items():
        terminal.press("ctrl+p")
        terminal.until("Search for commands")
        terminal.type("Compose")
        terminal.until("Go to Compose")
        hurry(terminal, keys, apart=apart)
        terminal.quiet()
        assert "F7 or ↓ chooses" not in terminal.text, name
        escape_until(terminal, lambda: "🔎" not in terminal.text)


@pytest.mark.long
@pytest.mark.parametrize("apart", [False, True])
def test_no_key_behind_escape_saves_a_form_or_uses_what_is_behind_it(tuilio: Open, saved: Path, apart: bool) -> None:
    terminal = tuilio("--config", str(saved), "--screen", "connections")
    terminal.until("acme")
    file = saved / "connections.toml"
    before = file.read_bytes()
    for name, keys in ACTING.items():
        terminal.press("e")
        terminal.until("Save")
        hurry(terminal, keys, apart=apart)
        terminal.quiet()
        assert file.read_bytes() == before, name
        escape_until(terminal, lambda: "Edit" in terminal.line(-1) or "Add" in terminal.line(-1))
