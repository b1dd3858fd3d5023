"""The main job in a real terminal: write a message, send it once, watch it arrive, find it in the list."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Open = Callable[..., Any]

BODY = "The boat leaves at six, bring a coat."


def write(terminal: Any, *, to: str = "+14155550123", body: str = BODY) -> None:
    """From the list to a filled form."""
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.press("n")
    terminal.until("F7 or ↓ chooses among")
    terminal.press("f7")
    terminal.until("Send from")
    terminal.press("1")
    terminal.until("Front desk")
    terminal.until(lambda: "Send from" not in terminal.text)
    terminal.type(to)
    terminal.until(to)
    terminal.press("tab")
    terminal.type(body)
    terminal.until(body)


def rows_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if re.search(r" [←→] \S", line)]


def test_a_message_is_written_sent_delivered_and_found_at_the_top(tuilio: Open) -> None:
    terminal = tuilio("--sandbox")
    write(terminal)
    terminal.until("GSM-7 · 1 segment")
    terminal.press("ctrl+s")
    terminal.until("Send this?")
    terminal.until(lambda: "SANDBOX  nothing leaves" in terminal.text and BODY in terminal.text)
    terminal.press("enter")
    terminal.until(lambda: re.search(r"SID +SM[0-9a-f]{32}", terminal.text))
    terminal.until("✓ Delivered")
    terminal.press("f2")
    terminal.until(lambda: BODY[:20] in (rows_of(terminal.text) or [""])[0])
    terminal.until(lambda: re.search(r"^ ✓ \d\d:\d\d → ", rows_of(terminal.text)[0]))
    # Only what is under the cursor tells its status in words.
    terminal.press("home")
    terminal.until(lambda: re.search(rf"✓ delivered .*\n {re.escape(BODY)}", terminal.text))
    terminal.press("q")
    assert terminal.wait() == 0


def test_an_impatient_second_press_sends_nothing_more(tuilio: Open, saved: Path, service: Any) -> None:
    terminal = tuilio("--config", str(saved))
    write(terminal)
    terminal.press("ctrl+s")
    terminal.until("Send this?")
    terminal.press("enter", "enter", "enter")
    terminal.until(lambda: re.search(r"SID +SM[0-9a-f]{32}", terminal.text))
    terminal.until("✓ Delivered")
    assert service.sends() == 1


@pytest.mark.long
def test_an_undelivered_message_says_why(tuilio: Open) -> None:
    terminal = tuilio("--sandbox")
    write(terminal, to="+14155530003")
    terminal.press("ctrl+s")
    terminal.until("Send this?")
    terminal.press("enter")
    terminal.until("30003")
    terminal.until("✗")


def test_keys_that_arrive_in_one_burst_reach_the_fields_they_were_meant_for(tuilio: Open) -> None:
    terminal = tuilio("--sandbox", "--screen", "compose")
    terminal.until("F7 or ↓ chooses among")
    terminal.type("\t+14155550123\tsix o'clock")
    terminal.until("six o'clock")
    terminal.until(lambda: re.search(r"To +\+14155550123", terminal.text))
    terminal.until(lambda: re.search(r"Text +six o'clock", terminal.text))


def test_a_pasted_text_is_taken_once_with_its_line_ends(tuilio: Open) -> None:
    terminal = tuilio("--sandbox", "--screen", "compose")
    terminal.until("F7 or ↓ chooses among")
    terminal.type("\t\t\x1b[200~first line\rsecond line\x1b[201~")
    terminal.until("second line")
    terminal.until("22 of 1600")
    assert terminal.text.count("first line") == 1


@pytest.mark.landing
def test_ctrl_c_in_the_form_asks_nothing_and_the_draft_is_there_again_at_the_next_start(
    tuilio: Open, saved: Path
) -> None:
    terminal = tuilio("--config", str(saved))
    write(terminal)
    terminal.press("ctrl+c")
    assert terminal.wait() == 0
    again = tuilio("--config", str(saved), "--screen", "compose")
    again.until(BODY)
    again.until("+14155550123")
