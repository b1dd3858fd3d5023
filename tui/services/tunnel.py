"""Runs one tunnel program for the receiver of webhooks, from its start to its end, and reads its public address.

    OFF ──open──▶ STARTING ──address──▶ OPEN ──▶ ENDED (by itself: its last lines say why)
     ▲               │ ended, or said no address in time ──▶ ENDED
     └──end──────────┴──────────────────────┘

The program runs below a keeper: a Python that ends it, with all that it started, when the pipe from here closes, and so
when this program crashes or is killed as well. Its output is always read, so that it never waits for us, and slowly, so
that a flood takes no time from the keys. Must not know what the address is used for.
"""

from __future__ import annotations

import asyncio
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from tui.raw_request.secret_names import MASK, secret_words
from tui.safe_text import glimpse
from tui.webhooks.errors import TunnelFailed
from tui.webhooks.tunnels import PROGRAMS, TunnelOutput, TunnelProgram, own_program

ADDRESS_SECONDS: Final = 30.0
"""How long a program may take to print its address."""

GUESS_SECONDS: Final = 3.0
"""How long an https URL within a line is held back: one that has a line to itself is the better guess."""

SETTLE_SECONDS: Final = 1.0
"""How long a command of one's own that leads to the public URL that is set has to fail."""

END_SECONDS: Final = 2
"""Between asking a program to end and ending it."""

_PIECE: Final = 64 * 1024
_PAUSE: Final = 0.05
"""Seconds after each piece: about a megabyte a second is read of a flood."""

_SIGNALS: Final = 128
"""A status above this is a signal's, as shells count."""

_LONGEST_LAST: Final = 400

_KEEPER: Final = f"""
import os, signal, subprocess, sys, threading
try:
    import ctypes
    # PR_SET_CHILD_SUBREAPER: what goes into the background in a session of its own becomes a child of this.
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
except (ImportError, OSError, AttributeError):
    pass
try:
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True)
except OSError as problem:
    print(problem.strerror or problem, flush=True)
    os._exit(127)
def tell(send, to, number):
    try:
        send(to, number)
    except OSError:
        pass
def tell_all(number):
    tell(os.killpg, child.pid, number)
    try:
        threads = [open("/proc/self/task/" + each + "/children") for each in os.listdir("/proc/self/task")]
    except OSError:
        return
    for pid in " ".join(each.read() for each in threads).split():
        tell(os.kill, int(pid), number)
ended = threading.Event()
def end_with_parent():
    os.read(0, 1)
    tell_all(signal.SIGTERM)
    ended.wait({END_SECONDS})
    # What they have started becomes a child of this as they go.
    while not ended.wait(0.02):
        tell_all(signal.SIGKILL)
threading.Thread(target=end_with_parent, daemon=True).start()
status = 0
while True:
    try:
        pid, how = os.wait()
    except ChildProcessError:
        break
    if pid == child.pid:
        status = os.waitstatus_to_exitcode(how)
        tell(os.killpg, child.pid, signal.SIGKILL)
os._exit(status if status >= 0 else 128 - status)
"""


@dataclass(frozen=True, slots=True)
class TunnelOff:
    """No tunnel program runs."""


@dataclass(frozen=True, slots=True)
class TunnelStarting:
    """The program of this name runs for `port`, and has not said its address yet."""

    name: str
    port: int


@dataclass(frozen=True, slots=True)
class TunnelOpen:
    """Requests to `url` reach `port` on this machine."""

    name: str
    url: str
    port: int


@dataclass(frozen=True, slots=True)
class TunnelEnded:
    """The program ended by itself, or could not be used; `words` say which and why, in its own last lines."""

    words: str


TunnelState: TypeAlias = TunnelOff | TunnelStarting | TunnelOpen | TunnelEnded


class Tunnel:
    """One tunnel program at a time.

    Args:
        run: starts a task that outlives every screen.
        on_change: called with every new state.
        seconds: how long a program may take to print its address.
    """

    def __init__(
        self,
        *,
        run: Callable[[Coroutine[object, object, object]], asyncio.Task[object]],
        on_change: Callable[[TunnelState], None],
        seconds: float = ADDRESS_SECONDS,
    ) -> None:
        self.state: TunnelState = TunnelOff()
        self._run = run
        self._on_change = on_change
        self._seconds = seconds
        self._running: _Running | None = None
        self._one_at_a_time = asyncio.Lock()

    async def open(
        self, program: TunnelProgram, port: int, environ: Mapping[str, str], public_url: str = ""
    ) -> TunnelOpen:
        """Start a program, after the one before has ended; returns once its address is known.

        Args:
            program: what to start.
            port: where the receiver listens.
            environ: the variables it may see.
            public_url: the public URL that is set: what a program leads to that prints no address of its own, and a
                command of one's own in any case.

        Raises:
            TunnelFailed: it could not be started, has ended, said no address in time, or was ended meanwhile.
        """
        async with self._one_at_a_time:
            await self.end()
            self._set_state(TunnelStarting(program.name, port))
            begun = asyncio.create_task(self._begin(program, port, environ))
            try:
                # What is started belongs to nobody until it is there: a cancelled wait would lose it.
                running = await asyncio.shield(begun)
                if not isinstance(self.state, TunnelStarting):
                    # It was ended before it was there.
                    self._let_go()
                url = await self._find_address(running, public_url if program.own or program.ready else "")
            except (OSError, ValueError) as problem:
                # A word with a NUL in it is a ValueError.
                why = problem.strerror if isinstance(problem, OSError) else problem
                raise self._failed(f"{program.name} could not be started: {why}.") from None
            except asyncio.CancelledError:
                # Whoever asked has gone, so that nobody would look at the address.
                await asyncio.wait([begun])
                self._let_go()
                self._set_state(TunnelOff())
                raise
            opened = TunnelOpen(program.name, url, port)
            self._set_state(opened)
            return opened

    async def _begin(self, program: TunnelProgram, port: int, environ: Mapping[str, str]) -> _Running:
        process = await asyncio.to_thread(_start, program.command(port), environ)
        running = self._running = _Running(process, program, TunnelOutput(program))
        running.ended = self._run(self._follow(running))
        return running

    async def end(self) -> None:
        """End the program, which has `END_SECONDS` for that; does nothing where none runs."""
        ended = self._let_go()
        self._set_state(TunnelOff())
        if ended is not None:
            await asyncio.wait([ended], timeout=END_SECONDS + 1)
            # What has left the keeper, which only Linux prevents, may hold the pipe for ever.
            ended.cancel()

    def _let_go(self) -> asyncio.Task[object] | None:
        """Have the keeper end the program; the task is done when it has."""
        running, self._running = self._running, None
        if running is None:
            return None
        running.hang_up()
        running.news.set()
        return running.ended

    async def _find_address(self, running: _Running, public_url: str) -> str:
        loop, output = asyncio.get_running_loop(), running.output
        settles = running.program.own and bool(public_url)
        until = loop.time() + (SETTLE_SECONDS if settles else self._seconds)
        guessing = False
        while self._running is running and loop.time() < until:
            if not settles and (found := public_url if output.ready else output.address):
                return found
            if output.guess and not guessing:
                guessing, until = True, min(until, loop.time() + GUESS_SECONDS)
            running.news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await running.news.wait()
        if self._running is not running:
            reason = self.state.words if isinstance(self.state, TunnelEnded) else f"{running.program.name} was ended."
            raise TunnelFailed("tunnel", reason, "")
        if found := public_url if settles else output.guess:
            return found
        what = "not said that the server listens" if running.program.ready else "printed no https address"
        self._let_go()
        raise self._failed(f"{running.program.name} has {what} in {self._seconds:g} s{_last(running)}")

    def _failed(self, words: str) -> TunnelFailed:
        self._set_state(TunnelEnded(words))
        return TunnelFailed("tunnel", words, "")

    async def _follow(self, running: _Running) -> None:
        """Read what a program prints, until it has ended."""
        process = running.process
        reader = asyncio.StreamReader(_PIECE)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), process.stdout
        )
        try:
            while piece := await reader.read(_PIECE):
                running.output.feed(piece)
                running.news.set()
                await asyncio.sleep(_PAUSE)
        finally:
            transport.close()
            running.hang_up()
        status = await asyncio.to_thread(process.wait)
        if self._running is running:
            self._running = None
            how = f"ended with {status}" if status < _SIGNALS else f"was ended by signal {status - _SIGNALS}"
            self._set_state(TunnelEnded(f"{running.program.name} {how}{_last(running)}"))
        running.news.set()

    def _set_state(self, state: TunnelState) -> None:
        if state != self.state:
            self.state = state
            self._on_change(state)


@dataclass(slots=True, eq=False)
class _Running:
    """A program that was started; `news` is set when it has printed something or has ended."""

    process: subprocess.Popen[bytes]
    program: TunnelProgram
    output: TunnelOutput
    news: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Task[object] | None = None

    def hang_up(self) -> None:
        """Have the keeper end it."""
        if self.process.stdin is not None:
            self.process.stdin.close()


def _start(command: tuple[str, ...], environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # Away from the terminal, of which ssh would ask a passphrase.
    return subprocess.Popen(  # noqa: S603 - what a person has looked at and agreed to
        [sys.executable, "-I", "-S", "-c", _KEEPER, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(environ),
        start_new_session=True,
    )


def _last(running: _Running) -> str:
    lines = running.output.last_lines()
    words = _without_its_secrets(running.program, " ⏎ ".join(lines))
    return f"; its last lines: {glimpse(words, _LONGEST_LAST)}" if lines else ", and printed nothing"


def show_command(program: TunnelProgram, port: int) -> str:
    """The command as one would type it, but for its tokens; its words may be remote text: sanitise before showing."""
    return shlex.join(_without_its_secrets(program, word) for word in program.command(port))


def _without_its_secrets(program: TunnelProgram, words: str) -> str:
    for secret in sorted(secret_words(program.arguments), key=len, reverse=True):
        words = words.replace(secret, MASK)
    return words


def find_installed(own: tuple[str, ...], environ: Mapping[str, str]) -> tuple[TunnelProgram, ...]:
    """The programs that are on PATH, a command of one's own first. Looks at the disk."""
    known = (own_program(own), *PROGRAMS) if own else PROGRAMS
    return tuple(program for program in known if shutil.which(program.name, path=environ.get("PATH")))


def without_secrets(environ: Mapping[str, str], hide: Callable[[str], str]) -> dict[str, str]:
    """The variables that another program may see: none of Twilio's, and none in which `hide` finds a secret."""
    return {name: value for name, value in environ.items() if not name.startswith("TWILIO_") and hide(value) == value}
