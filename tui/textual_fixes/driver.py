"""The terminal driver: raw mode, signals of the terminal (resize, stop, continue), bytes in and out.

Textual's own for Linux leaves gaps, each measured: a SIGCONT that follows no SIGTSTP takes the raw settings for those
to give back; of two sizes in quick succession the older may be told last; one byte that is no UTF-8 ends it;
GNU screen lets go of escape with the next key only, while the mouse is reported; what the terminal was asked is
answered into the shell, where the answer comes after the end, and so is a report of the mouse.
Needed: none of that; and writes that a stalled terminal cannot hold back for ever.
When it changes: compare `LinuxDriver` method by method. Signals that end the program are in `exit_signals`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
from time import monotonic, sleep
from types import FrameType
from typing import IO, TYPE_CHECKING, Any, Final, cast

from textual import events
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.message import Message

from tui.textual_fixes.display_ack import QUESTION, DisplayAck, DisplayAcks
from tui.textual_fixes.key_decoder import Answered, InGnuScreen, Keyboard, bounded
from tui.textual_fixes.terminal_types import is_linux_console

if TYPE_CHECKING:
    from textual.app import App

_LOOK_SECONDS = 0.1
"""How often the reading thread looks whether it should end."""

_LAST_ANSWER_LOOK = 0.002
"""Seconds between two looks whether the last answer came, before the terminal is given back."""

_AT_ONCE = 0.008
"""Seconds between a continuation and a stop of which nobody knows the order: Python calls handlers that wait together
by their numbers, and two threads may have been told. Nothing is drawn again, and then stopped, as fast."""

_NO_FOCUS_REPORTS: Final = "\x1b[?1004l"

_WHO: Final = "\x1b[>c"
"""Asks what kind of terminal this is (xterm's ctlseqs, secondary device attributes)."""


class _Lasting:
    """A file whose writes are lost, not raised, once the terminal has gone: the driver's thread would die of them.

    So it would of half a character, which becomes U+FFFD.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._file.write(text.encode("utf-8", "replace").decode())

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()


class TerminalDriver(LinuxDriver):
    """Textual's driver, which reads any bytes and can be asked what the terminal has shown.

    It hears in the loop's turn of the terminal's size, and of stop and continuation, of which only the last counts.
    """

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._file = cast("IO[str]", _Lasting(self._file))
        self._sight = DisplayAcks()
        self._giving_way = False
        self._waiting = False
        self._over = False
        self._told = {signal.SIGTSTP: 0.0, signal.SIGCONT: 0.0}
        for number in self._told:
            signal.signal(number, self._signalled)

    def start_application_mode(self) -> None:
        """Take the terminal, ask whether it answers, and hear of its size one change after the other.

        Textual reads and tells the size within the signal, where the next signal may come between the two.
        """
        super().start_application_mode()
        asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, self._resized)
        self._sight.begin(monotonic())
        self.write(_WHO + QUESTION)

    def look(self) -> DisplayAck:
        """Look at what has been written so far; screens that are closed at the end are drawn, and nobody is asked."""
        if not self._reads:
            now = monotonic()
            return DisplayAck(now, 0.0, now)
        return self._sight.look(monotonic(), lambda: self.write(QUESTION))

    def run_input_thread(self) -> None:
        """Read until told to end. A terminal that has gone has nothing to read: that is a hang-up."""
        keyboard = Keyboard(linux_console=is_linux_console(os.environ))
        while not self.exit_event.is_set():
            if select.select([self.fileno], [], [], _LOOK_SECONDS)[0]:
                try:
                    data = os.read(self.fileno, 4096)
                except OSError:
                    data = b""
                if not data:
                    os.kill(os.getpid(), signal.SIGHUP)
                    return
                for message in keyboard.feed(data, monotonic()):
                    self.process_message(message)
            for message in keyboard.tick(monotonic()):
                self.process_message(message)

    def process_message(self, message: Message) -> None:
        """Pass on what was read, but for answers."""
        if isinstance(message, Answered):
            self._sight.answered(message.time)
        elif isinstance(message, InGnuScreen):
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._do_without_mouse)
        else:
            super().process_message(message)

    def _get_terminal_size(self) -> tuple[int, int]:
        """As large as the terminal is; what COLUMNS and LINES say counts where it does not know itself."""
        try:
            columns, lines = os.get_terminal_size(self.fileno)
        except OSError:
            columns, lines = 0, 0
        if not columns or not lines:
            columns, lines = super()._get_terminal_size()
        size = bounded(columns, lines)
        return size.width, size.height

    def _resized(self) -> None:
        if not self._in_band_window_resize:
            size = Size(*self._get_terminal_size())
            self._app.post_message(events.Resize(size, size))

    def _do_without_mouse(self) -> None:
        """Let go of the mouse for good: while it is reported, GNU screen (4.9) keeps escape until the next key."""
        self._disable_mouse_support()
        self._mouse = False

    def suspend_application_mode(self) -> None:
        """Give the terminal back for a while."""
        self._giving_way = True
        super().suspend_application_mode()
        self._giving_way, self._waiting = False, True

    def resume_application_mode(self) -> None:
        """Take the terminal again."""
        self._waiting = False
        super().resume_application_mode()

    def disable_input(self) -> None:
        """Read no more, once what is on its way from the terminal has come: it would be typed into the shell.

        Where the terminal answers, it is asked behind the word that its reports are to end. In the loop's turn, for a
        round trip to the terminal, and no longer than `LAST_ANSWER_SECONDS`.
        """
        if self._reads and self._sight.answers:
            self._disable_mouse_support()
            self.write(_NO_FOCUS_REPORTS)
            self.look()
        while self._reads and self._sight.is_answer_due(monotonic()):
            sleep(_LAST_ANSWER_LOOK)
        super().disable_input()

    @property
    def _reads(self) -> bool:
        """Whether somebody would hear what the terminal answers."""
        return self._key_thread is not None and self._key_thread.is_alive()

    def stop_application_mode(self) -> None:
        """Give the terminal back; for good where nobody said that it is for a while."""
        if not self._giving_way:
            self._over = True
        if self._mouse_pixels:
            # Textual asks for reports by the pixel and leaves them on.
            self.write("\x1b[?1016l")
        super().stop_application_mode()

    def _signalled(self, number: int, _: FrameType | None) -> None:
        self._told[signal.Signals(number)] = monotonic()
        # Not from within the signal: it may come while a lock is held that writing needs.
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._settle)

    @property
    def _to_stop(self) -> bool:
        return self._told[signal.SIGTSTP] - self._told[signal.SIGCONT] > _AT_ONCE

    def _settle(self) -> None:
        if self._to_stop and self._auto_restart and not self._over and not self._waiting:
            self.suspend_application_mode()
            self._must_signal_resume = True
        # A continuation that has come by now would not wake what stops after it.
        if self._to_stop:
            os.kill(os.getpid(), signal.SIGSTOP)
        elif self._waiting and not self._over:
            self._sigcont_application()
