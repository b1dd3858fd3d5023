"""Who types ahead over a slow line: keys that arrive in one piece act where they were meant, and never send.

Checked by taking the protection out: with Textual's own `on_event` the filter, Compose and the redaction failed, and
with questions that take any key the redaction and the send.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.test_sending import write

pytestmark = pytest.mark.landing

Open = Callable[..., Any]


def test_a_filter_typed_in_one_piece_is_the_filter_that_is_set(tuilio: Open) -> None:
    terminal = tuilio("--sandbox")
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.type("/maya\r")
    terminal.until("[maya ×]")
    terminal.until(lambda: re.search(r"\d+ of \d+", terminal.text))


def test_what_is_typed_behind_a_place_lands_in_that_place(tuilio: Open) -> None:
    terminal = tuilio("--sandbox")
    terminal.until(lambda: terminal.loaded >= 50)
    # n opens Compose, tab goes on to To; as actions of the list these would copy, reply, delete.
    terminal.type("n\t+14155550123\tcdry now")
    terminal.until("cdry now")
    terminal.until(lambda: re.search(r"To +\+14155550123", terminal.text))
    assert "delete" not in terminal.text.lower()


def test_no_burst_of_keys_sends_a_message(tuilio: Open, saved: Path, service: Any) -> None:
    terminal = tuilio("--config", str(saved))
    write(terminal)
    terminal.type("\x13\ry\r")
    terminal.until("Send this?")
    terminal.quiet()
    assert "Send this?" in terminal.text
    assert service.sends() == 0
    terminal.press("enter")
    terminal.until("✓ Delivered")
    assert service.sends() == 1


def test_no_burst_of_keys_redacts_a_message(tuilio: Open, saved: Path, service: Any) -> None:
    service.receive("please keep me")
    terminal = tuilio("--config", str(saved))
    terminal.until("please keep me")
    before = service.sends()
    terminal.type("\rxy\ry")
    terminal.until("y Redact")
    terminal.quiet()
    assert service.sends() == before
    terminal.until("please keep me")


def test_no_burst_of_keys_chooses_a_recipient(tuilio: Open, saved: Path, service: Any) -> None:
    service.receive("hello", sender="+14155550199")
    terminal = tuilio("--config", str(saved), answers_after=0.4)
    terminal.until("hello")
    terminal.press("n")
    terminal.until("F7 or ↓ chooses among")
    terminal.type("\t+1415")
    terminal.until("+1 415 555 0199")
    # Who has seen no row that is chosen takes none; enter and tab alone go on.
    terminal.type("\x1b[B\r\t")
    terminal.quiet(0.6)
    assert re.search(r"To +\+1415\s", terminal.text)
    assert "+1 415 555 0199" in terminal.text
    chosen = next(line for line in terminal.text.splitlines() if re.match(r" +\+1 415", line))
    terminal.press("enter")
    terminal.until(
        lambda: re.search(rf"To +{re.escape(chosen.split('  ')[-2].strip().replace(' ', ''))}", terminal.text)
    )
    terminal.type("and the text")
    terminal.until(lambda: re.search(r"Text +and the text", terminal.text))
