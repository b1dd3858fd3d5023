"""Signals that end the program (SIGTERM, SIGHUP, SIGINT …), and the terminal given back whatever happens.

Textual: leaves these signals to Python, so that a terminal stays in its raw mode, with the mouse on.
Needed: an orderly end within `GRACE_SECONDS`; then what waits to be written is dropped, since a terminal that takes no
more bytes would keep every signal from ending the program, and the terminal gets what sets it right.
When it changes: keep what concerns a stalled terminal. Imports next to nothing, to be there early.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import termios
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

_NOT_OURS: Final = frozenset(
    {
        # Cannot be caught, or end nothing.
        *("SIGKILL", "SIGSTOP", "SIGCHLD", "SIGCLD", "SIGCONT", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGWINCH"),
        # The processor's word that the program is broken: a handler in Python would be called again and again.
        *("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL"),
        # Python turns them into errors, which writing can expect.
        *("SIGPIPE", "SIGXFSZ"),
    }
)

GRACE_SECONDS: Final = 5
"""How long good order may take after a signal."""

_TRIES: Final = 50
_TRY_SECONDS: Final = 0.02

GIVE_BACK: Final = (
    # What came before may have been cut within a string or an update.
    b"\x1b\\\x1b[?2026l\x1b[m"
    b"\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[<u\x1b[?1049l\x1b[?25h"
    b"\x1b[?1004l"
)
"""What the driver writes at the end, for when the driver cannot (xterm's ctlseqs; kitty's keyboard protocol)."""


def ending_signals() -> list[int]:
    """The numbers of all signals that end a process which does nothing about them, the real-time ones among them."""
    others = {number for name, number in vars(signal).items() if name in _NOT_OURS}
    return sorted(int(number) for number in signal.valid_signals() if number not in others)


class ExitSignals:
    """Ends the app when a signal says so; one that comes before the app can end is kept until it can.

    Args:
        fd: the terminal, given back by force when good order takes longer than `grace` seconds.
        written: the descriptors through which others write to it.
    """

    def __init__(self, fd: int = 0, *, grace: int = GRACE_SECONDS, written: tuple[int, ...] = (1, 2)) -> None:
        self.number: int | None = None
        self._fd = fd
        self._grace = grace
        self._written = written
        self._before = termios.tcgetattr(fd)
        self._giving_up = False
        self._end: Callable[[], object] = lambda: None

    def listen(self) -> None:
        """Take the signals over, from the main thread and before the terminal is taken."""
        for number in ending_signals():
            # Some numbers belong to the C library.
            with contextlib.suppress(OSError, ValueError):
                signal.signal(number, self._caught)

    def ready(self, end: Callable[[], object]) -> None:
        """From now on `end`, in the running loop, ends the app; also when the terminal goes without a word."""
        import asyncio

        loop = asyncio.get_running_loop()
        self._end = lambda: loop.call_soon_threadsafe(end)
        if self.number is not None:
            self._end()
        threading.Thread(target=self._watch, name="tuilio-hang-up", daemon=True).start()

    @property
    def status(self) -> int | None:
        """The exit status that tells of the signal; None where none came."""
        return None if self.number is None else 128 + self.number

    def _caught(self, number: int, _: FrameType | None) -> None:
        # Runs between any two steps of the program: nothing here may wait for a lock.
        if self.number is None:
            self.number = number
            signal.alarm(self._grace)
        elif number == signal.SIGALRM and not self._giving_up:
            self._give_up()
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            self._end()

    def _watch(self) -> None:
        poll = select.poll()
        poll.register(self._fd, 0)
        for _, happened in poll.poll():
            if happened & (select.POLLHUP | select.POLLERR):
                os.kill(os.getpid(), signal.SIGHUP)

    def _give_up(self) -> None:
        self._giving_up = True
        with contextlib.suppress(OSError, termios.error):
            terminal = self._another_way_in()
            self._stop_writers()
            termios.tcsetattr(terminal, termios.TCSANOW, self._before)
            termios.tcflow(terminal, termios.TCOON)
            self._set_right(terminal)
        os._exit(self.status or 1)

    def _another_way_in(self) -> int:
        """A description of its own, so that the shell's does not become non-blocking."""
        try:
            return os.open(os.ttyname(self._fd), os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError:
            return os.dup(self._fd)

    def _stop_writers(self) -> None:
        """Whoever waits for the terminal to take something goes on with nothing.

        The room that is made would be filled with more of the same at once. A write that waits in the system is still
        the terminal's; the signal ends it, and what is left of it goes elsewhere.
        """
        nothing = os.open(os.devnull, os.O_WRONLY)
        for fd in self._written:
            os.dup2(nothing, fd)
        for thread in threading.enumerate():
            if thread is not threading.main_thread() and thread.ident is not None:
                with contextlib.suppress(OSError):
                    signal.pthread_kill(thread.ident, signal.SIGALRM)

    def _set_right(self, terminal: int) -> None:
        for _ in range(_TRIES):
            termios.tcflush(terminal, termios.TCOFLUSH)
            with contextlib.suppress(BlockingIOError):
                # Whole or not at all, as far as it can be seen; a part of it would do no harm.
                if os.write(terminal, GIVE_BACK) == len(GIVE_BACK):
                    return
            time.sleep(_TRY_SECONDS)
