"""A flood of webhooks: callbacks received in a second, none lost from the count, and what a key costs meanwhile.

The program runs in a pseudo-terminal with its receiver on, the callbacks come from another process. A key moves the
text of an opened event by a line; it is timed until the screen says so.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.driving import Driven
from tests.bench.figures import Table, median, quantile
from tests.bench.programs import Programs
from tests.terminal.conftest import PATIENCE

WIDTH = 20
"""Connections that Twilio keeps to the receiver."""

PAUSE = 0.03
"""Seconds between two keys: a key held down."""


def measure_flood(programs: Programs, count: int) -> Table:
    """One line for the flood, one for the same keys before it."""
    table = Table("flood", ("callbacks", "a second", "key ms", "p99 ms", "slowest ms", "CPU ms each"))
    with programs.account(50) as place, programs.tuilio("--config", str(place), "--screen", "webhooks") as driven:
        token = _token_of(place)
        driven.until("No webhooks yet")
        driven.press("s")
        port = _port(driven)
        with _posting(port, token, 1) as first:
            first.go()
            first.result()
        driven.until("Open")
        driven.press("enter")
        driven.until("more lines")
        idle = [_key(driven, turn) for turn in range(40)]
        busy: list[float] = []
        with _posting(port, token, count) as posting:
            spent = _cpu_seconds(driven)
            posting.go()
            while posting.process.poll() is None:
                busy.append(_key(driven, len(busy)))
                driven.listen(PAUSE)
            spent = _cpu_seconds(driven) - spent
            told = posting.result()
        driven.press("escape")
        driven.resize(160, 40)
        driven.until(f"{count + 1:,} received")
    assert told["statuses"] == {"204": count}, told
    table.add("before", 0, 0, *_of(idle), 0)
    table.add("meanwhile", count, round(count / told["seconds"]), *_of(busy), round(spent / count * 1e3, 2))
    return table


class _Posting:
    """Another process that posts once it is told to."""

    def __init__(self, port: int, token: str, count: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.callbacks", str(port), str(count), str(WIDTH)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._input, self._output = self.process.stdin, self.process.stdout
        self._say(token)
        assert self._output.readline() == "ready\n"

    def _say(self, line: str) -> None:
        self._input.write(line + "\n")
        self._input.flush()

    def go(self) -> None:
        self._say("go")

    def result(self) -> dict[str, float | dict[str, int]]:
        return json.loads(self._output.readline())


@contextmanager
def _posting(port: int, token: str, count: int) -> Iterator[_Posting]:
    posting = _Posting(port, token, count)
    with posting.process:
        yield posting


def _token_of(place: Path) -> str:
    found = re.search(r'auth_token = "([^"]+)"', (place / "connections.toml").read_text(encoding="utf-8"))
    assert found
    return found[1]


def _port(driven: Driven) -> int:
    driven.until("listening on http://127.0.0.1:")
    found = re.search(r"127\.0\.0\.1:(\d+)/", driven.text)
    assert found
    return int(found[1])


def _key(driven: Driven, turn: int) -> float:
    """Milliseconds until the text stands a line further down, or up."""
    key, step = ("down", -1) if turn % 2 == 0 else ("up", 1)
    expected = _below(driven) + step
    begun = time.perf_counter()
    driven.press(key)
    driven.until(lambda: _below(driven) == expected, PATIENCE)
    return (time.perf_counter() - begun) * 1e3


def _below(driven: Driven) -> int:
    found = re.search(r"↓ (\d+) more lines", driven.text)
    return int(found[1]) if found else -1


def _of(taken: list[float]) -> tuple[float, float, float]:
    return round(median(taken), 1), round(quantile(taken, 0.99), 1), round(max(taken), 1)


def _cpu_seconds(driven: Driven) -> float:
    """Processor time the program has taken; 0 where /proc is not there to tell."""
    try:
        fields = Path(f"/proc/{driven.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / 100
