"""The real program in a real terminal: from the command to a list that can be read, paged and opened."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Open = Callable[..., Any]

ALL = 520
"""Messages in the sandbox's history."""


def rows_of(text: str) -> list[str]:
    """The rows of the list that are on the screen, without its scroll bar."""
    return [line.rstrip(" ┃") for line in text.splitlines() if re.search(r" [←→] \S", line)]


def test_the_sandbox_starts_into_a_readable_list(tuilio: Open) -> None:
    terminal = tuilio("--sandbox")
    terminal.until(lambda: terminal.loaded >= 50 and len(rows_of(terminal.text)) >= 10)
    terminal.until(lambda: "Open" in terminal.line(-1))
    terminal.until(lambda: "Messages" in terminal.line(0) and terminal.line(0).endswith("SANDBOX"))
    # A status is said in words only where something is wrong.
    terminal.until(lambda: any(re.search(r"^ ✓ \d\d:\d\d → \+\d", row) for row in rows_of(terminal.text)))
    terminal.until(lambda: any(re.search(r"^ ✗ \d\d:\d\d → .* \d{5} \w+", row) for row in rows_of(terminal.text)))
    terminal.until(lambda: re.search(r"^ ── today, \w{3} \d+ \w{3} ─", terminal.text, re.MULTILINE))


def test_the_list_pages_down_to_the_very_last_message(tuilio: Open) -> None:
    terminal = tuilio("--sandbox")
    terminal.until(lambda: terminal.loaded >= 50)
    seen = [terminal.loaded]
    while terminal.loaded < ALL:
        before = terminal.loaded
        terminal.press("end")
        terminal.until(lambda before=before: terminal.loaded > before)
        seen.append(terminal.loaded)
    terminal.until("all there are")
    terminal.press("end")
    terminal.until("that is all")
    assert terminal.loaded == ALL
    assert seen == sorted(set(seen)) and len(seen) >= 5


def test_paging_down_loads_older_messages_before_the_end_is_reached(tuilio: Open) -> None:
    terminal = tuilio("--sandbox")
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.until(lambda: len(rows_of(terminal.text)) >= 10)
    # A picture comes colour by colour: half a row is there before the rest of it.
    terminal.quiet()
    first = rows_of(terminal.text)[0]
    while terminal.loaded < 200:
        before = terminal.text
        terminal.press("pagedown")
        terminal.until(lambda before=before: terminal.text != before)
    assert first not in rows_of(terminal.text)
    terminal.press("home")
    terminal.until(lambda: rows_of(terminal.text)[:1] == [first])


def test_enter_shows_a_message_in_full_and_escape_returns_to_the_list(tuilio: Open) -> None:
    terminal = tuilio("--sandbox")
    terminal.until(lambda: len(rows_of(terminal.text)) >= 10 and "Open" in terminal.line(-1))
    terminal.press("down", "enter")
    terminal.until(lambda: re.search(r"SID +(SM|MM)[0-9a-f]{32}", terminal.text))
    terminal.until(lambda: re.search(r"Direction +outbound-api", terminal.text))
    terminal.press("escape")
    terminal.until(lambda: len(rows_of(terminal.text)) >= 10)


def test_a_saved_connection_shows_its_account_and_no_sandbox_label(tuilio: Open, saved: Path) -> None:
    terminal = tuilio("--config", str(saved))
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.until(lambda: "acme" in terminal.line(0))
    assert "SANDBOX" not in terminal.text


def test_a_message_that_arrives_appears_at_the_top_by_itself(tuilio: Open, saved: Path, service: Any) -> None:
    terminal = tuilio("--config", str(saved))
    terminal.until(lambda: terminal.loaded >= 50)
    service.receive("the boat is here")
    terminal.until(lambda: "the boat is here" in (rows_of(terminal.text) or [""])[0])
    terminal.until(lambda: terminal.loaded > 50)


@pytest.mark.long
def test_looking_for_news_and_finding_none_draws_next_to_nothing(tuilio: Open, saved: Path, service: Any) -> None:
    terminal = tuilio("--config", str(saved))
    terminal.until(lambda: terminal.loaded >= 50 and "Open" in terminal.line(-1))
    asked = service.asked()
    terminal.until(lambda: service.asked() > asked)
    drawn, asked = len(terminal.raw), service.asked()
    terminal.until(lambda: service.asked() > asked)
    assert len(terminal.raw) - drawn < 1_000


@pytest.mark.landing
def test_a_twilio_that_goes_away_in_use_is_told_of_and_everything_else_goes_on(
    tuilio: Open, saved: Path, service: Any
) -> None:
    terminal = tuilio("--config", str(saved))
    terminal.until(lambda: terminal.loaded >= 50)
    service.process.kill()
    service.process.wait(10)
    terminal.press("r")
    terminal.until("Nothing answers at 127.0.0.1")
    # What was read stays, and every place is there.
    assert terminal.loaded >= 50
    terminal.press("f3")
    terminal.until("What do you want to say?")
    terminal.press("f2", "G")
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.press("q")
    assert terminal.wait() == 0
    assert b"Traceback" not in terminal.raw
