"""A campaign in the real program: started, killed, started again, finished; the server's count equals the rows."""

from __future__ import annotations

import random
import re
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.services.jobs.campaigning import row
from tests.services.sends.dying import Twilio
from tui.storage.paths import find_paths

Open = Callable[..., Any]

SENDER = "+14155550100"


def begin(terminal: Any, file: Path, rows: int, per_second: int) -> None:
    """From Compose to a campaign that runs, as a person begins it: form, page, count."""
    terminal.until("F7 or ↓ chooses among")
    terminal.press("ctrl+n")
    terminal.until("Recipients")
    terminal.type(str(file))
    terminal.until(f"{rows} rows, 2 columns")
    terminal.press("tab", "tab", "tab")
    terminal.type(f"{SENDER}\tHi {{name}}, the boat leaves at six.\t{per_second}")
    terminal.until("one after the other")
    terminal.press("ctrl+s")
    terminal.until(lambda: f"of {rows} rows ready" in terminal.text)
    if f"{rows} of {rows} rows ready" not in terminal.text:
        # It is night where they live, when this runs.
        terminal.press("h")
        terminal.until(f"{rows} of {rows} rows ready")
    terminal.press("ctrl+s")
    terminal.until("how many?")
    terminal.type(str(rows))
    terminal.press("enter")


def go_on(terminal: Any) -> None:
    """From the start after a kill to the end of the campaign, by hand."""
    terminal.until("was interrupted")
    terminal.press("J")
    terminal.until("! interrupted")
    terminal.press("enter")
    terminal.until("space Go on")
    terminal.quiet()
    # A key goes on once a person can have seen that it waits.
    time.sleep(0.8)
    terminal.press(" ")


def is_over(place: Path) -> bool:
    """Whether the campaign had come to its end, though nobody saw that before the kill."""
    with closing(sqlite3.connect(f"{find_paths(place).jobs.as_uri()}?mode=ro", uri=True)) as jobs:
        return jobs.execute("SELECT state FROM jobs").fetchall() == [("finished",)]


def table(place: Path, rows: int) -> Path:
    file = place / "people.csv"
    lines = ["number,name", *(f"{row(number)},Person {number}" for number in range(1, rows + 1))]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def taken(twilio: Twilio) -> list[str]:
    """The recipients of all that Twilio took, in its order."""
    return [each["to"] for each in twilio.ask("/_sandbox/creates")[0]["creates"] if each["sid"]]


def test_a_campaign_is_killed_and_started_again_and_each_row_is_sent_once(
    tuilio: Open, saved: Path, service: Any, tmp_path: Path
) -> None:
    rows, twilio = 30, Twilio(service.exports)
    terminal = tuilio("--config", str(saved), "--screen", "compose", size=(100, 30))
    begin(terminal, table(tmp_path, rows), rows, 10)
    terminal.until("running")
    terminal.until(lambda: len(taken(twilio)) >= 8)
    terminal.signal(signal.SIGKILL)
    terminal.wait()
    cut_off = len(taken(twilio))
    assert cut_off < rows
    again = tuilio("--config", str(saved), size=(100, 30))
    again.until("was interrupted")
    # Nothing goes on by itself.
    assert len(taken(twilio)) == cut_off
    go_on(again)
    again.until(lambda: re.search(rf"finished · {rows} of {rows}", again.text))
    assert sorted(taken(twilio)) == [row(number) for number in range(1, rows + 1)]
    again.press("ctrl+q")
    assert again.wait() == 0


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_campaign_that_is_killed_again_and_again_sends_each_row_once(
    tuilio: Open, saved: Path, service: Any, tmp_path: Path
) -> None:
    rows, twilio, dice = 60, Twilio(service.exports), random.Random("killed again and again")
    terminal = tuilio("--config", str(saved), "--screen", "compose", size=(100, 30))
    begin(terminal, table(tmp_path, rows), rows, 10)
    terminal.until("running")
    kills = 0
    while True:
        terminal.listen(dice.uniform(0.05, 1.5))
        if "finished" in terminal.text:
            break
        terminal.signal(signal.SIGKILL)
        terminal.wait()
        terminal.close()
        kills += 1
        terminal = tuilio("--config", str(saved), size=(100, 30))
        if is_over(saved):
            terminal.until("live")
            terminal.press("J")
            terminal.until("finished")
            terminal.press("enter")
            terminal.until("what became of them")
            break
        go_on(terminal)
        terminal.until(lambda terminal=terminal: re.search(r"running|finished", terminal.text))
    print(f"{kills} kills")
    assert kills >= 3
    # An answer that was lost is looked up; what is not found stays unknown, and is not sent.
    end = time.monotonic() + 60
    while (missing := set(map(row, range(1, rows + 1))) - set(taken(twilio))) and time.monotonic() < end:
        terminal.listen(0.5)
        if len(missing) <= kills:
            break
    assert len(set(taken(twilio))) == len(taken(twilio))
    assert len(missing) <= kills
    if missing:
        assert re.search(rf"unknown +{len(missing)}\b", terminal.text), terminal.text
