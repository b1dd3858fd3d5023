"""Stopped, continued, cut off, stalled, broken: whatever happens to the program, the terminal is given back.

Each test was seen to fail with Textual's own driver and signals handled in the loop alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.test_exits import assert_given_back
from tui.textual_fixes.exit_signals import GIVE_BACK, ExitSignals, ending_signals

Open = Callable[..., Any]

ENDING_SIGNALS = ending_signals()


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
    for round_ in range(3):
        assert terminal.modes[1003] is (round_ < 2)
        if round_ == 1:
            # GNU screen answers so; it keeps escape back until the next key while the mouse is reported.
            terminal.type(b"\x1b[>83;40900;0c")
            terminal.until(lambda: not terminal.modes[1000] and not terminal.modes[1003])
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


def stall(terminal: Any) -> None:
    """Nobody reads any more: it draws until the line is full and whoever writes waits for it."""
    used = lambda: sum(map(int, Path(f"/proc/{terminal.process.pid}/stat").read_text().rsplit(")")[1].split()[11:13]))  # noqa: E731
    before, end = used(), time.monotonic() + 20
    while time.monotonic() < end:
        for _ in range(10):
            terminal.shake()
            time.sleep(0.02)
        now = used()
        if now == before:
            break
        before = now


@pytest.mark.long
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGTERM", "SIGINT"])
def test_a_terminal_that_takes_nothing_more_is_given_back_when_it_takes_something_again(
    tuilio: Open, name: str
) -> None:
    number = signal.Signals[name]
    terminal = tuilio("--sandbox", size=(120, 40))
    terminal.until(lambda: terminal.loaded >= 50)
    stall(terminal)
    terminal.signal(number)
    # It ends while nobody reads.
    terminal.process.wait(15)
    assert terminal.wait() == 128 + number
    assert_given_back(terminal)
    assert not terminal.modes.get(1016)
    assert not terminal.modes.get(2026)


def test_an_end_by_force_lets_go_of_what_waits_to_be_written() -> None:
    """In a process of its own, since it ends there: a full terminal, a thread that writes, and the signal."""
    master, slave = os.openpty()
    child = subprocess.Popen([sys.executable, "-c", FULL], stdin=slave, stdout=slave, stderr=slave)
    try:
        assert child.wait(20) == 128 + signal.SIGTERM
        os.set_blocking(master, False)
        got = b""
        with contextlib.suppress(OSError):
            while piece := os.read(master, 65_536):
                got += piece
    finally:
        child.kill()
        child.wait(10)
        os.close(slave)
        os.close(master)
    assert got.endswith(GIVE_BACK)


FULL = """
import os, signal, threading, time
from tui.textual_fixes.exit_signals import GIVE_BACK, ExitSignals, ending_signals
ending = ExitSignals(0, grace=1)
ending.listen()
def write():
    while True: os.write(2, b"x" * 100_000)
threading.Thread(target=write, daemon=True).start()
time.sleep(0.3)
os.kill(os.getpid(), signal.SIGTERM)
threading.Event().wait()
"""


@pytest.mark.long
@pytest.mark.parametrize("number", ENDING_SIGNALS)
def test_every_signal_that_ends_a_process_gives_the_terminal_back(tuilio: Open, number: int) -> None:
    terminal = started(tuilio)
    terminal.process.send_signal(number)
    assert terminal.wait() == 128 + number
    assert_given_back(terminal)
    assert b"Traceback" not in terminal.raw


def test_all_signals_that_end_a_process_are_among_them() -> None:
    names = ("HUP", "INT", "QUIT", "TRAP", "ABRT", "USR1", "USR2", "ALRM", "TERM", "STKFLT", "XCPU", "VTALRM", "PROF")
    names += ("IO", "PWR", "SYS", "RTMIN", "RTMAX")
    assert {int(getattr(signal, f"SIG{name}")) for name in names} <= set(ENDING_SIGNALS)
    assert set(range(signal.SIGRTMIN, signal.SIGRTMAX + 1)) <= set(ENDING_SIGNALS)


@pytest.mark.landing
def test_many_stops_and_continuations_at_once_leave_it_going(tuilio: Open) -> None:
    terminal = started(tuilio)
    for _ in range(40):
        terminal.signal(signal.SIGTSTP)
        terminal.signal(signal.SIGCONT)
    # A key that comes while the terminal is given back is not the program's.
    while terminal.process.poll() is None and "SID" not in terminal.text:
        terminal.press("enter")
        terminal.quiet(0.5)
    terminal.press("escape")
    terminal.until(lambda: "SID" not in terminal.text)
    leave(terminal)


@pytest.mark.parametrize("name", ["SIGTERM", pytest.param("SIGHUP", marks=pytest.mark.long)])
def test_a_signal_at_any_moment_of_the_start_gives_the_terminal_back(tuilio: Open, name: str) -> None:
    number = signal.Signals[name]
    for n in range(3):
        terminal = tuilio("--sandbox")
        terminal.listen(0.3 + 0.07 * n)
        terminal.signal(number)
        # Before the program is there to take it, a signal does what it does to every program.
        assert terminal.wait() in (128 + number, -number)
        assert_given_back(terminal)
        assert b"Traceback" not in terminal.raw


@pytest.mark.long
@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_at_each_moment_of_the_start_prints_no_traceback(tuilio: Open, name: str) -> None:
    number = signal.Signals[name]
    for n in range(60):
        terminal = tuilio("--sandbox")
        terminal.listen(0.02 * n)
        terminal.signal(number)
        # Before the first line of ours an interrupt is Python's own.
        assert terminal.wait() in (128 + number, -number) or b"<frozen " in terminal.raw, n
        assert_given_back(terminal)
        assert b"/tui/" not in terminal.raw and b"NoMatches" not in terminal.raw, bytes(terminal.raw)
        terminal.close()


class Unwatched(ExitSignals):
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


READS_NO_MORE = r"""
import sys
from tui.textual_fixes.key_decoder import Keyboard
def broken(self, data, now): raise RuntimeError("the reader of keys is broken")
Keyboard.feed = broken
from tui.__main__ import main
sys.exit(main(["--sandbox"]))
"""


def test_a_thread_that_dies_ends_the_program_with_status_1(terminal_of: Open, environ: dict[str, str]) -> None:
    """Textual's own thread that reads keys tells the app to panic, whose status is 0 (8.2.8)."""
    terminal = terminal_of([sys.executable, "-c", READS_NO_MORE], environ)
    # The terminal's first answer is enough for it to read.
    assert terminal.wait() == 1
    assert_given_back(terminal)
    assert b"the reader of keys is broken" in terminal.raw
