"""No bytes on the keyboard end the program, and a failure is never status 0.

With Textual's own reader each of the first parts ended it, with a traceback and status 0.
"""

from __future__ import annotations

import itertools
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.conftest import PATIENCE
from tests.terminal.test_exits import assert_given_back

Open = Callable[..., Any]

CROOKED = (
    *(b"\xff", b"\xed\xa0\xbd", b"\xe2\x82", b"\x1b[200~a\xff\xfeb\x1b[201~", b"\x1b[M\x20\xff\xff", b"\x00"),
    *(b"\x1b[99999999999u", b"\x1b[97:98u", b"\x1b[55296u", b"\x1b[48;24;80;0;0t\x1b[<0;5;5M", b"\x1b[?2048;9$y"),
    *(b"\x1b[<0;99999999999999999999;1M", b"\x1b[<35;-1;-1M", b"\x9b1;1H", b"\x1b[0n", b"\x1b[;;;;;u", b"\x1b[1;1R"),
    *(b"\x1b[48;99999;99999;1;1t\x1b[48;24;80;480;800t", b"\x1b[200~" + b"x" * 5000 + b"\x1b[201~", b"\x1bP1$r\x1b\\"),
    *(b"\x1b]52;c;AAAA\x07", b"\x1b[", b"\x1b]", b"\x1b_G"),
)


def send(terminal: Any, data: bytes) -> None:
    """Write it all, however much of it the line takes at a time."""
    for start in range(0, len(data), 512):
        terminal.type(data[start : start + 512])
        terminal.listen(0.002)


@pytest.mark.landing
def test_no_crooked_bytes_end_it(tuilio: Open) -> None:
    terminal = tuilio("--sandbox")
    terminal.until(lambda: terminal.loaded >= 50)
    for data in CROOKED:
        send(terminal, data)
    terminal.listen(1.2)
    assert terminal.process.poll() is None
    assert b"Traceback" not in terminal.raw
    terminal.press("ctrl+q")
    assert terminal.wait() == 0
    assert_given_back(terminal)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("place", ["messages", "compose", "delivery", "console", "webhooks", "connections"])
def test_no_bytes_at_all_end_it(tuilio: Open, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Some of them may ask for an export.
    monkeypatch.chdir(tmp_path)
    terminal = tuilio("--sandbox", "--screen", place)
    terminal.until("SANDBOX")
    terminal.quiet()
    chosen = random.Random(place)
    pieces = [*CROOKED, b"\x1b", b"\x1b[", b"\x1bO", b"\x1b[200~", b"\x1b[201~", b"\x1b[M", b"\xf0\x9f"]
    for _ in range(120):
        piece = chosen.choice(pieces) if chosen.random() < 0.4 else chosen.randbytes(chosen.randrange(1, 40))
        # The ways out are taken out: the program must end by nothing else. `q` is one.
        send(terminal, piece.translate(None, b"\x03\x11q\x1a\x1c"))
        terminal.listen(0.02)
        assert terminal.process.poll() is None, terminal.text
    assert b"Traceback" not in terminal.raw
    # A paste without an end is left by escape; then everything is.
    for _ in range(6):
        terminal.press("escape")
        terminal.listen(1.3)
    # On a busy machine a key may come before the question it is meant for was shown, and is taken for none.
    ways_out = itertools.cycle(("ctrl+q", "y", "escape"))
    end = time.monotonic() + PATIENCE
    while terminal.process.poll() is None and time.monotonic() < end:
        terminal.press(next(ways_out))
        terminal.listen(1.0)
    assert terminal.wait(1.0) == 0
    assert_given_back(terminal)


@pytest.mark.long
@pytest.mark.parametrize("field", ["/", "n"])
def test_a_huge_paste_is_taken_or_refused_in_words(tuilio: Open, field: str) -> None:
    terminal = tuilio("--sandbox")
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.press(field)
    terminal.quiet()
    send(terminal, b"\x1b[200~" + b"0123456789" * 200_000 + b"\x1b[201~")
    terminal.until("longer than")
    send(terminal, b"\x1b[200~" + b"0123456789" * 50_000 + b"\x1b[201~")
    terminal.until("0123456789", 60)


PANICS = r"""
import sys
from tui.app import TuilioApp
from tui.textual_fixes.driver import TerminalDriver
from tui.__main__ import main
{broken}
sys.exit(main(["--sandbox"]))
"""

IN_THE_READER = """
def broken(self): raise RuntimeError("nobody foresaw this \\x1bc")
TerminalDriver.run_input_thread = broken
"""
IN_A_THREAD = """
import threading
def broken(): raise RuntimeError("nobody foresaw this \\x1bc")
TuilioApp.action_help = lambda self: threading.Thread(target=broken).start()
"""
IN_A_WORKER = """
async def broken(): raise RuntimeError("nobody foresaw this \\x1bc")
TuilioApp.action_help = lambda self: self.run_worker(broken())
"""


@pytest.mark.long
@pytest.mark.parametrize("where", [IN_THE_READER, IN_A_THREAD, IN_A_WORKER])
def test_a_failure_anywhere_is_told_and_ends_with_status_1(
    terminal_of: Open, environ: dict[str, str], where: str
) -> None:
    terminal = terminal_of([sys.executable, "-c", PANICS.format(broken=where)], environ)
    if where is not IN_THE_READER:
        terminal.until(lambda: terminal.loaded >= 50)
        terminal.press("f1")
        terminal.until("nobody foresaw this")
        terminal.press("ctrl+q")
    assert terminal.wait() == 1
    assert_given_back(terminal)
    assert b"nobody foresaw this" in terminal.raw
    assert b"\x1bc" not in terminal.raw
