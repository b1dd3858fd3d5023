"""A terminal for the real program: a pseudo-terminal whose screen is kept by pyte.

Nothing here sleeps: every wait reads what the program writes until the screen says what it should, or fails
at a deadline with the screen as it stood.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import tty
import unicodedata
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyte
import pytest
import tomli_w
from wcwidth import wcwidth

from tests.terminal.hostile import ACCOUNT, MARKUP, NAMES, hostile_twilio
from tui.textual_fixes.display_ack import QUESTION as ASKED

PATIENCE = 30.0
"""Seconds a screen may take to say what it should; several programs may share the machine."""

BEHIND_ESCAPE = 0.25
"""Seconds behind escape within which a key is let go of, as one that came in its packet; ESCDELAY is 0.1."""

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "alt+o": "\x1bo",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
    "f10": "\x1b[21~",
    "f11": "\x1b[23~",
    **{f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "abcdefghijklmnopqrstuvwxyz"},
}

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Opens what is on loopback, whatever proxy the environment names."""

DIALOG = "╭─ "
"""Where the title of one begins."""

QUESTION = ASKED.encode()
"""What the program asks the terminal behind what has to be seen before it is answered."""

_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")


class Screen(pyte.Screen):
    """A screen that takes the few things pyte 0.8 trips over."""

    def erase_in_display(self, how: int = 0, *args: Any, **kwargs: Any) -> None:
        """Erase; pyte's own leaves out where nothing was written before, which the colour at hand fills as well."""
        super().erase_in_display(how, *args, **kwargs)
        if how == 2:
            for line in (self.buffer[y] for y in range(self.lines)):
                line.update(dict.fromkeys(range(self.columns), self.cursor.attrs))

    answer: Callable[[str], object] = staticmethod(str)
    """What becomes of the answers of the terminal to the program."""

    def write_process_input(self, data: str) -> None:
        """Answer the program."""
        self.answer(data)

    @property
    def display(self) -> list[str]:
        """The lines; pyte's own fails where the first half of a wide character was drawn over."""
        return ["".join(self.buffer[y][x].data for x in range(self.columns)) for y in range(self.lines)]

    def draw(self, data: str) -> None:
        """Draw text; pyte's own leaves out what is behind a mark of no width, as far as one read brought it."""
        super().draw("".join(char for char in data if wcwidth(char) > 0 or unicodedata.combining(char)))

    def select_graphic_rendition(self, *attrs: int, private: bool = False, **_: Any) -> None:
        """Take colours; `CSI > … m` asks for key reporting, not for a colour."""
        if not private:
            super().select_graphic_rendition(*attrs)


class Terminal:
    """One run of a program on a terminal of its own.

    Args:
        answers_after: seconds until an answer of the terminal arrives, as over a slow line; None for none at all.
    """

    def __init__(
        self,
        words: list[str],
        *,
        size: tuple[int, int],
        environ: Mapping[str, str],
        controlling: bool = True,
        answers_after: float | None = 0.0,
    ) -> None:
        self._master, self._slave = pty.openpty()
        self._measure(size)
        self.before = termios.tcgetattr(self._slave)
        self.raw = bytearray()
        self.screen = Screen(*size)
        self.answers_after = answers_after
        self._quick_until = 0.0
        self._answers: deque[tuple[float, bytes]] = deque()
        self.screen.answer = self._answer
        self._stream = pyte.ByteStream(self.screen)
        self.process = subprocess.Popen(
            words,
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env=dict(environ),
            start_new_session=True,
            # The new session takes it as its terminal, so that SIGWINCH and SIGHUP arrive as from a real one.
            preexec_fn=(lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if controlling else None,
        )

    # -- what a person sees ----------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The screen, line by line."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def line(self, number: int) -> str:
        """One line, counted from 0 at the top, or from -1 at the bottom."""
        return self.screen.display[number].rstrip()

    @property
    def loaded(self) -> int:
        """How many messages the summary says there are; 0 before it says so."""
        found = re.search(r"(\d+) messages", self.text)
        return int(found[1]) if found else 0

    @property
    def modes(self) -> dict[int, bool]:
        """The private modes the program has set or reset, with their last state."""
        return {
            int(number): state == b"h" for numbers, state in _MODE.findall(self.raw) for number in numbers.split(b";")
        }

    # -- what a person does ----------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys by name; a plain character is itself. None comes so close behind escape as nobody presses it."""
        for key in keys:
            self.type(KEYS.get(key, key))
            if key == "escape":
                self._quick_until = time.monotonic() + BEHIND_ESCAPE

    def type(self, text: str | bytes) -> None:
        """Type a text, or what no text is."""
        self.listen(self._quick_until - time.monotonic())
        os.write(self._master, text.encode() if isinstance(text, str) else text)

    def type_later(self, seconds: float, text: bytes) -> None:
        """Have something typed after a while, as over a slow line; before what the terminal answers from now on."""
        self._answers.append((time.monotonic() + seconds, text))

    def stop(self, number: signal.Signals) -> None:
        """Send a signal that stops the program, and wait until it has."""
        self.signal(number)
        end = time.monotonic() + PATIENCE
        while os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT | os.WNOHANG) is None:
            if time.monotonic() > end:
                raise AssertionError(f"not stopped after {PATIENCE:.0f} s\n{self._frame()}")
            # A program may have something to write before it stops.
            self._read(0.02)

    def resize(self, columns: int, lines: int) -> None:
        """Pull the window to another size."""
        self.screen.resize(lines, columns)
        # What is drawn from here on must fill the screen by itself.
        self.screen.erase_in_display(2)
        self._measure((columns, lines))

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        self.process.send_signal(number)

    def shake(self) -> None:
        """Resize without a look at what is drawn."""
        self._measure((self.screen.columns + 1, self.screen.lines))
        self._measure((self.screen.columns, self.screen.lines))

    def hang_up(self) -> None:
        """Take the terminal away, as a closed window or a lost line does."""
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = -1

    # -- waiting ---------------------------------------------------------------------------------------

    def until(self, so: Callable[[], object] | str, seconds: float = PATIENCE) -> None:
        """Read until something is so: a condition, or words on the screen.

        Where that is a dialog, it has been drawn to its end by then: a question takes no key before it was shown.
        """
        true = (lambda: so in self.text) if isinstance(so, str) else so
        end = time.monotonic() + seconds
        known = len(self.raw)
        while not true():
            if time.monotonic() > end:
                raise AssertionError(f"not so after {seconds:.0f} s: {so}\n{self._frame()}")
            known = len(self.raw)
            if not self._read(0.2) and self.process.poll() is not None:
                if true():
                    return
                raise AssertionError(f"the program ended with {self.process.returncode}: {so}\n{self._frame()}")
        if known < len(self.raw) and DIALOG in self.text:
            # Behind a question the program asks whether it was shown; other dialogs are just drawn.
            while QUESTION not in self.raw[known:] and time.monotonic() < end and (self._read(0.2) or self._works):
                pass

    def quiet(self, seconds: float = 0.3) -> None:
        """Read until nothing came for a while, and the program waits for something."""
        end = time.monotonic() + PATIENCE
        while self._read(seconds) or self._works:
            if time.monotonic() > end:
                raise AssertionError(f"not quiet after {PATIENCE:.0f} s\n{self._frame()}")

    def listen(self, seconds: float) -> None:
        """Read for so long, whatever comes."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._read(left)

    def wait(self, seconds: float = PATIENCE) -> int:
        """Read until the program has ended; returns its exit status."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > end:
                raise AssertionError(f"still running after {seconds:.0f} s\n{self._frame()}")
            if self._master < 0:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(0.2)
            else:
                self._read(0.05)
        while self._master >= 0 and self._read(0):
            pass
        return self.process.returncode

    def close(self) -> None:
        """End the program, whatever it does, and let go of the terminal."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        for end in (self._slave, self._master):
            if end >= 0:
                os.close(end)
        self._slave = self._master = -1

    @property
    def attributes(self) -> list[Any]:
        """The line discipline's present settings; `before` has those from the start."""
        return termios.tcgetattr(self._slave)

    @property
    def unread(self) -> bytes:
        """What was typed, or answered by the terminal, and was read by nobody: a shell would take it for typed."""
        self.listen(0.05 + max((due - time.monotonic() for due, _ in self._answers), default=0.0))
        tty.setraw(self._slave, termios.TCSANOW)
        return os.read(self._slave, 4096) if select.select([self._slave], [], [], 0)[0] else b""

    @property
    def _works(self) -> bool:
        """Whether the program has something to do: silence may mean that it waits for nothing but a processor."""
        states: set[str] = set()
        for thread in Path(f"/proc/{self.process.pid}/task").glob("*/stat"):
            with contextlib.suppress(OSError):
                states.add(thread.read_text().rpartition(")")[2].split()[0])
        return not states.isdisjoint({"R", "D"})

    def _answer(self, data: str) -> None:
        if self.answers_after is not None:
            self._answers.append((time.monotonic() + self.answers_after, data.encode()))
        self._send_answers()

    def _send_answers(self) -> None:
        while self._answers and self._answers[0][0] <= time.monotonic():
            os.write(self._master, self._answers.popleft()[1])

    def _read(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while True:
            self._send_answers()
            left = max(0.0, end - time.monotonic())
            due = self._answers[0][0] - time.monotonic() if self._answers else left
            ready, _, _ = select.select([self._master], [], [], max(0.0, min(left, due)))
            if ready or not left:
                break
        if not ready:
            return False
        got = os.read(self._master, 65_536)
        self.raw += got
        self._stream.feed(got)
        return bool(got)

    def _measure(self, size: tuple[int, int]) -> None:
        columns, lines = size
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def _frame(self) -> str:
        rule = "-" * self.screen.columns
        return f"{rule}\n{self.text}\n{rule}"


Open = Callable[..., Terminal]


def noon() -> str:
    """A zone where it is about noon: the day of the newest messages, minutes old, is today and does not end soon."""
    return f"NOON{datetime.now(UTC).hour - 12:+d}"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home directory."""
    place = tmp_path / "home"
    place.mkdir()
    return place


@pytest.fixture
def environ(home: Path) -> dict[str, str]:
    """What a login shell on a server hands down, and nothing of the machine's own Twilio settings."""
    return {
        "HOME": str(home),
        "PATH": os.environ.get("PATH", ""),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "TZ": noon(),
    }


@pytest.fixture
def terminal_of() -> Iterator[Open]:
    """`terminal_of(words, environ)` runs any program on a terminal of its own; it is ended after the test."""
    opened: list[Terminal] = []

    def start(words: list[str], environ: Mapping[str, str], size: tuple[int, int] = (80, 24), **more: Any) -> Terminal:
        opened.append(Terminal(words, size=size, environ=environ, **more))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


@pytest.fixture
def tuilio(environ: dict[str, str], terminal_of: Open) -> Open:
    """`tuilio("--sandbox", size=(80, 24))` starts the program; it is ended after the test."""

    def start(
        *words: str, size: tuple[int, int] = (80, 24), answers_after: float | None = 0.0, **more: str
    ) -> Terminal:
        command = [sys.executable, "-m", "tui", *words]
        return terminal_of(command, {**environ, **more}, size, answers_after=answers_after)

    return start


class Service:
    """`tuilio sandbox` as a process of its own."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tui", "sandbox"], stdout=subprocess.PIPE, env=dict(environ)
        )
        assert self.process.stdout is not None
        lines = [self.process.stdout.readline().decode() for _ in range(5)]
        if not all(lines):
            self.close()
            raise AssertionError(f"the sandbox ended with {self.process.returncode}: {lines}")
        self.exports = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)

    def receive(self, body: str, *, sender: str = "+14155550199", to: str = "+15550100001") -> None:
        """Let a message arrive."""
        content = json.dumps({"From": sender, "To": to, "Body": body}).encode()
        url = f"{self.exports['TWILIO_BASE_URL']}/_sandbox/inbound"
        with _DIRECT.open(urllib.request.Request(url, content, {"Content-Type": "application/json"}), timeout=10):
            pass

    def asked(self) -> int:
        """How many requests it has answered."""
        return len(self._served())

    def sends(self) -> int:
        """How many messages it was asked to send."""
        return sum(served["method"] == "POST" and "/Messages" in served["target"] for served in self._served())

    def _served(self) -> list[dict[str, Any]]:
        with _DIRECT.open(f"{self.exports['TWILIO_BASE_URL']}/_sandbox/requests", timeout=10) as answer:
            return json.load(answer)["requests"]

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def service(environ: dict[str, str]) -> Iterator[Service]:
    """A Twilio on loopback in another process, with `exports` and `receive`."""
    running = Service(environ)
    yield running
    running.close()


@pytest.fixture
def saved(tmp_path: Path, service: Service) -> Path:
    """A configuration directory with one connection, to `service`."""
    told = service.exports
    place = tmp_path / "config"
    place.mkdir(mode=0o700)
    file = place / "connections.toml"
    file.touch(0o600)
    file.write_text(
        "schema = 1\n"
        'default = "acme"\n'
        "[connections.acme]\n"
        'kind = "api_key"\n'
        f'account_sid = "{told["TWILIO_ACCOUNT_SID"]}"\n'
        f'api_key_sid = "{told["TWILIO_API_KEY"]}"\n'
        f'api_key_secret = "{told["TWILIO_API_SECRET"]}"\n'
        f'base_url = "{told["TWILIO_BASE_URL"]}/2010-04-01"\n'
        "history = 90\n",
        encoding="utf-8",
    )
    return place


@pytest.fixture
def attacked(tmp_path: Path) -> Iterator[Path]:
    """A configuration whose connections are named by the payloads and lead to a Twilio of payloads."""
    place = tmp_path / "config"
    place.mkdir(mode=0o700)
    with hostile_twilio() as url:
        common = {"kind": "auth_token", "account_sid": ACCOUNT, "auth_token": "0" * 32, "base_url": url, "history": 90}
        document = {"default": MARKUP[2], "connections": dict.fromkeys(NAMES, common)}
        (place / "connections.toml").touch(0o600)
        (place / "connections.toml").write_text(tomli_w.dumps(document), "utf-8")
        yield place
