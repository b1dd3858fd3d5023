"""The terminal while the app has it, and the signals that take it away.

Textual's driver (8.2.8) leaves four gaps, each measured: a SIGCONT that follows no SIGTSTP takes the raw settings for
those to give back; a terminal that went without a SIGHUP keeps a core busy for ever; one that takes no more bytes
keeps every signal from ending the program; of two sizes in quick succession the older may be told last. Knows the
driver and the system's signals, nothing of screens.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import termios
import threading
from collections.abc import Callable
from types import FrameType
from typing import IO, TYPE_CHECKING, Any, Final, cast

from textual import events
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size

if TYPE_CHECKING:
    from textual.app import App

ENDING: Final = ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGINT")
"""The signals that end the program in good order."""

GRACE_SECONDS: Final = 5
"""How long good order may take after a signal: a terminal that takes no more bytes would hold it up for ever."""

_GIVE_BACK: Final = (
    b"\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
"""What the driver writes at the end, for when the driver cannot (xterm's ctlseqs; kitty's keyboard protocol)."""


class Ending:
    """Ends the app when a signal says so; one that comes before the app can end is kept until it can.

    Args:
        fd: the terminal, given back by force when good order takes longer than `grace` seconds.
    """

    def __init__(self, fd: int = 0, *, grace: int = GRACE_SECONDS) -> None:
        self.number: int | None = None
        self._fd = fd
        self._grace = grace
        self._before = termios.tcgetattr(fd)
        self._end: Callable[[], object] = lambda: None

    def listen(self) -> None:
        """Take the signals over, from the main thread and before the terminal is taken."""
        for name in ENDING:
            signal.signal(getattr(signal, name), self._caught)
        signal.signal(signal.SIGALRM, self._give_up)

    def ready(self, end: Callable[[], object]) -> None:
        """From now on `end`, in the running loop, ends the app; also when the terminal goes without a word."""
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
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            self._end()

    def _watch(self) -> None:
        poll = select.poll()
        poll.register(self._fd, 0)
        for _, happened in poll.poll():
            if happened & (select.POLLHUP | select.POLLERR):
                os.kill(os.getpid(), signal.SIGHUP)

    def _give_up(self, _: int, __: FrameType | None) -> None:
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(self._fd, termios.TCSANOW, self._before)
            termios.tcflush(self._fd, termios.TCOFLUSH)
            # A description of its own, so that the shell's does not become non-blocking.
            os.write(os.open(os.ttyname(self._fd), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY), _GIVE_BACK)
        os._exit(self.status or 1)


class _Lasting:
    """A file whose writes are lost, not raised, once the terminal has gone: the driver's thread would die of them."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()


class TerminalDriver(LinuxDriver):
    """Textual's driver, which hears of stop, continuation and size in the loop's turn; the first two only in pairs."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._file = cast("IO[str]", _Lasting(self._file))
        self._giving_way = False
        self._waiting = False
        self._over = False
        # Not from within the signal: it may come while a lock is held that writing needs.
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTSTP, self._stop)
        loop.add_signal_handler(signal.SIGCONT, self._go_on)

    def start_application_mode(self) -> None:
        """Take the terminal, and hear of its size one change after the other.

        Textual reads and tells it within the signal, where the next signal may come between the two.
        """
        super().start_application_mode()
        asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, self._resized)

    def _resized(self) -> None:
        if not self._in_band_window_resize:
            size = Size(*self._get_terminal_size())
            self._app.post_message(events.Resize(size, size))

    def suspend_application_mode(self) -> None:
        """Give the terminal back for a while."""
        self._giving_way = True
        super().suspend_application_mode()
        self._giving_way, self._waiting = False, True

    def resume_application_mode(self) -> None:
        """Take the terminal again."""
        self._waiting = False
        super().resume_application_mode()

    def stop_application_mode(self) -> None:
        """Give the terminal back; for good where nobody said that it is for a while."""
        if not self._giving_way:
            self._over = True
        super().stop_application_mode()

    def _stop(self) -> None:
        if self._over:
            os.kill(os.getpid(), signal.SIGSTOP)
        else:
            self._sigtstp_application()

    def _go_on(self) -> None:
        if self._waiting and not self._over:
            self._sigcont_application()
