"""A program in a pseudo-terminal whose answers are timed as they arrive and read afterwards.

The terminal of the tests shows each piece to pyte at once, which takes longer than most of what is measured here;
so every piece is kept with its time, and the screen is worked out when the program has become quiet.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.terminal.conftest import KEYS, Terminal

SIZE = (120, 40)
QUIET = 0.25
"""Seconds without a byte after which an answer is taken to be complete."""

BURST = 0.04
"""Seconds between two pieces of the same answer at the most; what comes later is counted, but not waited for."""

LONGEST = 20.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer: milliseconds to its first bytes and to the end of its first burst, and all of its bytes."""

    first_ms: float
    ms: float
    bytes: int


@dataclass(frozen=True, slots=True)
class Start:
    """One start.

    Attributes:
        first_ms: until anything could be read.
        ready_ms: until the words that were asked for stood there.
        ready_bytes: how many bytes had come by then.
        bytes: how many had come when it became quiet.
        rss_mb: resident memory then; 0 where /proc is not there to tell.
    """

    first_ms: float
    ready_ms: float
    ready_bytes: int
    bytes: int
    rss_mb: float


class Driven(Terminal):
    """A terminal that is read first and looked at later."""

    def __init__(self, words: list[str], *, environ: Mapping[str, str], size: tuple[int, int] = SIZE) -> None:
        self.began = time.perf_counter()
        super().__init__(words, size=size, environ=environ)

    def collect(self, quiet: float = QUIET, longest: float = LONGEST) -> list[tuple[float, bytes]]:
        """Everything until nothing came for a while, each piece with the time it came."""
        pieces: list[tuple[float, bytes]] = []
        end = time.perf_counter() + longest
        while time.perf_counter() < end and select.select([self._master], [], [], quiet)[0]:
            got = os.read(self._master, 1 << 16)
            pieces.append((time.perf_counter(), got))
        return pieces

    def take_in(self, pieces: list[tuple[float, bytes]]) -> None:
        """Show pieces to the screen."""
        for _, got in pieces:
            self.raw += got
            self._stream.feed(got)

    def settle(self, quiet: float = QUIET) -> None:
        """Let it finish what it is doing."""
        self.take_in(self.collect(quiet))

    def started(self, words: str, quiet: float = 1.0) -> Start:
        """Wait for words, then for quiet."""
        pieces = self.collect(LONGEST, 0.0)
        first = ready = 0.0
        bytes_then = total = 0
        end = time.perf_counter() + LONGEST
        while not ready and time.perf_counter() < end:
            pieces = self.collect(quiet)
            for at, got in pieces:
                self.take_in([(at, got)])
                total += len(got)
                if not first and self.text.strip():
                    first = at
                if not ready and words in self.text:
                    ready, bytes_then = at, total
            if self.process.poll() is not None:
                raise SystemExit(f"{self.process.args} ended with {self.process.returncode}\n{self.text}")
        if not ready:
            raise SystemExit(f"“{words}” did not appear within {LONGEST:.0f} s:\n{self.text}")
        return Start((first - self.began) * 1e3, (ready - self.began) * 1e3, bytes_then, total, self.rss_mb)

    def timed(self, *keys: str, quiet: float = QUIET) -> Sample:
        """Press keys in one go and wait for the answer."""
        stream = "".join(KEYS.get(key, key) for key in keys).encode()
        begun = time.perf_counter()
        os.write(self._master, stream)
        pieces = self.collect(quiet)
        self.take_in(pieces)
        last = begun
        for at, _ in pieces:
            if last != begun and at - last > BURST:
                break
            last = at
        first = pieces[0][0] if pieces else begun
        return Sample((first - begun) * 1e3, (last - begun) * 1e3, sum(len(got) for _, got in pieces))

    def idle_bytes(self, seconds: float) -> int:
        """How many bytes come while nothing is done."""
        end = time.perf_counter() + seconds
        total = 0
        while (left := end - time.perf_counter()) > 0:
            pieces = self.collect(left, left)
            self.take_in(pieces)
            total += sum(len(got) for _, got in pieces)
        return total

    @property
    def rss_mb(self) -> float:
        """Resident memory in MB."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        except OSError:
            return 0.0
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


Begin = Callable[[], Driven]
