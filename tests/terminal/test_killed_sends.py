"""The real program, killed or told to end at random instants of a send, and started again: nothing is sent twice, and
nothing is claimed that is not so. `tests/services/sends/test_dying.py` kills at each known point; here no point is
chosen.
"""

from __future__ import annotations

import itertools
import random
import re
import shutil
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.services.sends.dying import Twilio, false_entries

Open = Callable[..., Any]

SENDER = "+14155550100"
LINES: dict[str, dict[str, Any] | None] = {
    "answers at once": None,
    "answers slowly": {"kind": "delay", "seconds": 0.5},
    "processes slowly": {"kind": "delay-before", "seconds": 0.5},
    "resets before": {"kind": "reset-before"},
    "resets after": {"kind": "reset-after"},
    "5xx before": {"kind": "500-before"},
    "5xx after": {"kind": "500-after"},
}
"""What the server does to the send."""

ENDS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
KILLS, SIGNALS = 13, 5
"""Tries for each line: by SIGKILL, and by a signal that lets the program tidy up."""

OUTCOME = re.compile(r"SID +SM[0-9a-f]{32}|✗|\? It may have been sent")


@dataclass
class Stage:
    """A Twilio, and a program that is started anew, each time with a configuration of its own."""

    tuilio: Open
    saved: Path
    twilio: Twilio
    numbers: Iterator[int]

    def send(self, line: str, cut: tuple[signal.Signals, float] | None = None) -> tuple[str, float, list[str]]:
        """One confirmed send, cut off by a signal so many seconds after its Enter, and the start after it.

        Returns:
            How the journal calls it in the end, how many seconds it took, and what must never be, in words.
        """
        number = next(self.numbers)
        to, body = f"+1415552{7000 + number}", f"Boat {number} leaves at six."
        config = Path(shutil.copytree(self.saved, self.saved.with_name(f"config-{number}")))
        posts = self.twilio.posts()
        if LINES[line]:
            self.twilio.ask("/_sandbox/faults", "POST", {**(LINES[line] or {}), "method": "POST"})
        terminal = self.tuilio("--config", str(config), "--screen", "compose")
        terminal.until("F7 or ↓ chooses among")
        terminal.type(f"{SENDER}\t{to}\t{body}")
        terminal.until(body)
        terminal.until(lambda: body in kept_in(config))
        terminal.press("ctrl+s")
        terminal.until("Send this?")
        pressed = time.monotonic()
        terminal.press("enter")
        if cut is None:
            terminal.until(lambda: OUTCOME.search(terminal.text))
            terminal.signal(signal.SIGKILL)
        else:
            terminal.listen(cut[1])
            terminal.signal(cut[0])
        took = time.monotonic() - pressed
        terminal.wait()
        said = terminal.text
        terminal.close()
        self.twilio.ask("/_sandbox/faults", "DELETE")
        held = self.twilio.messages(to)
        wrong = [] if len(held) <= 1 >= self.twilio.posts() - posts else [f"sent {held} in more than one request"]
        wrong += false_words(said, held)
        at_once = false_entries(journal(config), held, bool(self.twilio.posts() - posts))
        wrong += [f"cut off: {each}" for each in at_once]
        again = self.tuilio("--config", str(config), "--screen", "compose")
        again.until("GSM-7")
        entries = journal(config)
        wrong += false_entries(entries, held, bool(self.twilio.posts() - posts))
        wrong += ["still called sending" for state, _ in entries if state == "sending"]
        if body not in again.text and not held:
            wrong.append("what was never sent is gone from the form")
        if body in again.text and held:
            try:
                again.until(lambda: re.search(r"This was sent to .* already|may have been sent, or not", again.text))
            except AssertionError:
                wrong.append("offered anew without a word in the form")
            again.press("ctrl+s")
            again.until("Send this?")
            if "The same text" not in again.text:
                wrong.append("offered anew without a word in the review")
        again.close()
        if self.twilio.messages(to) != held:
            wrong.append("sent once more by the start after it")
        told = f"{cut[0].name} after {cut[1]:.3f} s" if cut else "to the end"
        ended = entries[0][0] if entries else "never begun"
        return ended, took, [f"{line}, {told}, held {held}, {entries}: {each}" for each in wrong]


def kept_in(config: Path) -> str:
    file = config / "state" / "drafts.json"
    return file.read_text("utf-8") if file.exists() else ""


def journal(config: Path) -> list[tuple[str, str | None]]:
    with closing(sqlite3.connect(config / "state" / "outbox.sqlite3")) as database:
        return database.execute("SELECT state, sid FROM sends ORDER BY id").fetchall()


def false_words(text: str, held: list[str]) -> list[str]:
    """What a screen says that is not so."""
    wrong = [f"the screen names {sid}" for sid in re.findall(r"SM[0-9a-f]{32}", text) if sid not in held]
    if held and re.search(r"[Nn]othing was sent|Not sent\b", text):
        wrong.append("the screen says that nothing was sent")
    if not held and re.search(r"✓|Accepted by Twilio", text):
        wrong.append("the screen says that it was sent")
    return wrong


@pytest.fixture
def stage(tuilio: Open, service: Any, saved: Path) -> Stage:
    return Stage(tuilio, saved, Twilio(service.exports), itertools.count())


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("line", LINES)
def test_a_send_that_is_cut_off_at_any_instant_is_made_once_and_told_truly(stage: Stage, line: str) -> None:
    dice = random.Random(f"a send that is cut off: {line}")
    _, whole, faults = stage.send(line)
    ends: Counter[str] = Counter()
    for number in [signal.SIGKILL] * KILLS + dice.choices(ENDS, k=SIGNALS):
        ended, _, wrong = stage.send(line, (number, dice.uniform(0, 1.2 * whole)))
        ends[ended] += 1
        faults += wrong
    print(f"{line}: {KILLS + SIGNALS} tries in {whole:.2f} s after Enter, {dict(ends)}, {len(faults)} faults")
    assert faults == []


def test_a_send_that_is_killed_at_once_is_made_once_and_told_truly(stage: Stage) -> None:
    assert stage.send("answers at once", (signal.SIGKILL, 0.05))[2] == []
