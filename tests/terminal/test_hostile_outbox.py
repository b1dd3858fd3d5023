"""The journal holds what other people wrote: recipients pasted from anywhere, texts, Twilio's words for a refusal.

Every payload as recipient, sender, text, media, SID and detail, in the list, its glance and the outcome of each entry
with its questions; then the palette, help and notifications over it. Checked by taking the protection out: with
neither `safe_text` nor the filter behind it, it failed at 80x24.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.hostile import ACCOUNT, MARKUP, PAYLOADS
from tests.terminal.test_hostile import SIZES, end
from tui.storage.journal import JournalState, SendJournal
from tui.storage.journal_entry import NewSend
from tui.storage.paths import find_paths

pytestmark = pytest.mark.landing

Open = Callable[..., Any]

PLENTY = 20_000
STATES = (JournalState.ACCEPTED, JournalState.REJECTED, JournalState.NOT_SENT, JournalState.UNKNOWN)


@pytest.fixture
def journal(attacked: Path) -> Path:
    """The configuration, with a send of each payload in its journal; the newest is the last payload."""
    with SendJournal(find_paths(attacked).outbox) as outbox:
        for number, payload in enumerate(PAYLOADS):
            text = payload[:PLENTY].encode("utf-8", "replace").decode()
            small, state = text[:200], STATES[number % len(STATES)]
            entry = outbox.begin(
                NewSend(
                    connection=MARKUP[2],
                    account_sid=ACCOUNT,
                    to=small,
                    sender=small,
                    body=f"n{number}n {text}",
                    media=(small,),
                    by_hand=number % 5 == 0,
                )
            )
            known = {JournalState.ACCEPTED: {"sid": small}, JournalState.REJECTED: {"code": 21211, "detail": text}}
            outbox.settle(entry.id, state, **known.get(state, {"detail": text}))
    return attacked


@pytest.mark.timeout(120)
@pytest.mark.parametrize("size", SIZES)
def test_no_entry_of_the_outbox_drives_the_terminal(tuilio: Open, journal: Path, size: tuple[int, int]) -> None:
    terminal = tuilio("--config", str(journal), "--screen", "compose", size=size)
    terminal.until("may have been sent, or not")
    terminal.press("ctrl+r")
    terminal.until("SID, code")
    unknown = [number for number in range(len(PAYLOADS)) if STATES[number % 4] is JournalState.UNKNOWN]
    order = [*reversed(unknown), *(number for number in reversed(range(len(PAYLOADS))) if number not in unknown)]
    for number in order:
        if size == (80, 24) and number % 5:
            # In each run a fifth of them; the long ones open all.
            terminal.press("down")
            continue
        terminal.press("enter")
        terminal.until(lambda number=number: "SID, code" not in terminal.text and f"n{number}n" in terminal.text)
        if number == 3:
            for key, question in (("s", "Send it anyway?"), ("m", "Mark it as sent?")):
                terminal.press(key)
                terminal.until(question)
                terminal.press("escape")
                terminal.until(lambda question=question: question not in terminal.text)
            # It is looked for, among nothing but payloads.
            terminal.press("c")
            terminal.quiet()
        terminal.press("escape")
        terminal.until("SID, code")
        terminal.press("down")
    for key, shown in (("ctrl+p", "Search for"), ("f1", "What was sent from here with")):
        terminal.press(key)
        terminal.until(shown)
        terminal.press("escape")
        terminal.until(lambda shown=shown: shown not in terminal.text)
    end(terminal)
    assert "␛" in terminal.raw.decode()
    assert "@click=app.leave" in terminal.raw.decode()
