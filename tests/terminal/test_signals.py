"""Stopped, continued, cut off, stalled, broken: whatever happens to the program, the terminal is given back.

Each test was seen to fail with Textual's own driver and signals handled in the loop alone.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.test_exits import assert_given_back
from tui.ending import Ending

Open = Callable[..., Any]


def started(tuilio: Open) -> Any:
    terminal = tuilio("--sandbox")
    terminal.until(lambda: terminal.loaded >= 50)
    return terminal


def leave(terminal: Any) -> None:
    terminal.press("q")
    assert terminal.wait() == 0
    assert_given_back(terminal)


def test_a_program_that_was_stopped_from_outside_gives_the_terminal_back_at_the_end(tuilio: Open) -> None:
    terminal = started(tuilio)
    terminal.stop(signal.SIGSTOP)
    terminal.signal(signal.SIGCONT)
    terminal.signal(signal.SIGCONT)
    terminal.press("enter")
    terminal.until("SID")
    terminal.press("escape")
    terminal.until(lambda: "SID" not in terminal.text)
    leave(terminal)


def test_each_stop_gives_the_terminal_back_and_each_continuation_takes_it(tuilio: Open) -> None:
    terminal = started(tuilio)
    for _ in range(3):
        terminal.stop(signal.SIGTSTP)
        terminal.quiet(0.1)
        assert_given_back(terminal)
        terminal.screen.erase_in_display(2)
        terminal.signal(signal.SIGCONT)
        terminal.until(lambda: "Messages" in terminal.line(0) and terminal.modes[1049])
        assert terminal.attributes != terminal.before
    leave(terminal)


def test_a_stopped_program_can_be_ended(tuilio: Open) -> None:
    terminal = started(tuilio)
    terminal.stop(signal.SIGTSTP)
    terminal.signal(signal.SIGTERM)
    terminal.signal(signal.SIGCONT)
    assert terminal.wait() == 128 + signal.SIGTERM
    assert_given_back(terminal)


def test_a_terminal_that_goes_without_a_signal_ends_the_program(terminal_of: Open, environ: dict[str, str]) -> None:
    terminal = terminal_of([sys.executable, "-m", "tui", "--sandbox"], environ, controlling=False)
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.hang_up()
    assert terminal.wait(15) == 128 + signal.SIGHUP


@pytest.mark.long
def test_a_terminal_that_takes_nothing_more_does_not_keep_a_signal_from_ending_it(tuilio: Open) -> None:
    terminal = started(tuilio)
    used = lambda: sum(map(int, Path(f"/proc/{terminal.process.pid}/stat").read_text().rsplit(")")[1].split()[11:13]))  # noqa: E731
    before, end = used(), time.monotonic() + 20
    # Nobody reads any more: it draws until the pipe is full and the loop waits for it.
    while time.monotonic() < end:
        for _ in range(10):
            terminal.shake()
            time.sleep(0.02)
        now = used()
        if now == before:
            break
        before = now
    terminal.signal(signal.SIGTERM)
    terminal.process.wait(15)
    assert terminal.wait() == 128 + signal.SIGTERM
    assert terminal.attributes == terminal.before


@pytest.mark.parametrize("name", ["SIGTERM", pytest.param("SIGHUP", marks=pytest.mark.long)])
def test_a_signal_at_any_moment_of_the_start_gives_the_terminal_back(tuilio: Open, name: str) -> None:
    number = signal.Signals[name]
    for n in range(3):
        terminal = tuilio("--sandbox")
        terminal.listen(0.3 + 0.07 * n)
        terminal.signal(number)
        # Before the program is there to take it, a signal does what it does to every program.
        assert terminal.wait() in (128 + number, -number, 1)
        assert_given_back(terminal)


class Unwatched(Ending):
    """Its terminal is a test's, and going away with it ends nothing."""

    def _watch(self) -> None:
        pass


async def test_a_signal_that_came_before_the_app_could_end_ends_it_as_soon_as_it_can() -> None:
    ends = os.openpty()
    try:
        ending = Unwatched(ends[1], grace=0)
        ending._caught(signal.SIGTERM, None)
        ended = asyncio.Event()
        ending.ready(ended.set)
        await asyncio.wait_for(ended.wait(), 5)
        assert ending.status == 128 + signal.SIGTERM
    finally:
        for end in ends:
            os.close(end)


BREAKS = r"""
import sys
from tui.app import TuilioApp
def broken(self): raise RuntimeError("nobody foresaw this: \x1bc \x9b2J \u202e")
TuilioApp.action_help = broken
from tui.__main__ import main
sys.exit(main(["--sandbox"]))
"""


def test_a_crash_gives_the_terminal_back_and_says_what_it_was(terminal_of: Open, environ: dict[str, str]) -> None:
    terminal = terminal_of([sys.executable, "-c", BREAKS], environ)
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.press("f1")
    assert terminal.wait() == 1
    assert_given_back(terminal)
    said = terminal.raw.rsplit(b"\x1b[?1049l", 1)[1].decode()
    assert "nobody foresaw this: ␛c <U+009B>2J <U+202E>" in re.sub(r"\x1b\[[0-9;]*m", "", said)
    # What somebody sent may stand in it: none of it may command the terminal.
    assert not re.search("\x1bc|[\x80-\x9f\u202e]", said)
