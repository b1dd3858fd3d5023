"""From what was asked for to a running app: whether this terminal will do, the sandbox, and the way out.

Belongs to the door: the one place that knows both the app and the sandbox.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tui.command_line import Start
from tui.terminal_types import CANNOT_DRAW, can_draw

if TYPE_CHECKING:
    from tui.sandbox.server import Sandbox
    from tui.storage.connections import Connection

MISUSE = 2

COLLECT_AFTER = 2.0
"""Seconds after the first picture until Python looks for garbage again."""

_LEAKY_VARIABLES = ("TEXTUAL_LOG", "TEXTUAL", "TEXTUAL_DEBUG", "TEXTUAL_PRESS", "TEXTUAL_SCREENSHOT")
"""Variables that make Textual write keystrokes to a file, talk to a console, or press keys by itself."""


def refusal(environ: Mapping[str, str], *, is_terminal: bool, encoding: str) -> str | None:
    """Why this terminal cannot be used, in one sentence; None when it can."""
    if not is_terminal:
        return "tuilio draws on a terminal, and its input or output is not one; run it in an interactive shell"
    if os.name == "posix" and not can_draw(environ):
        term = environ.get("TERM", "")
        name = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in term[:40])
        known = "cannot draw screens" if term in CANNOT_DRAW else "is not known here"
        return f"the terminal type TERM={name or '(unset)'} {known}; set TERM, for example xterm-256color"
    if encoding.lower().replace("-", "").replace("_", "") != "utf8":
        return f"the output encoding is {encoding}, but texts need UTF-8; set LANG, for example C.UTF-8"
    return None


def launch(start: Start) -> int:
    """Run the app; returns the exit status (128 + n when ended by signal n)."""
    # Nothing made while starting is garbage; looking for it took a tenth of the start.
    gc.disable()
    reason = refusal(
        os.environ,
        # Textual draws on standard error.
        is_terminal=all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)),
        encoding=sys.stdout.encoding or "unknown",
    )
    if reason is not None:
        sys.stderr.write(f"tuilio: {reason}\n")
        return MISUSE
    for name in _LEAKY_VARIABLES:
        os.environ.pop(name, None)

    ending, driver = None, None
    if os.name == "posix":
        from tui.ending import Ending

        # Before anything that takes its time.
        ending = Ending()
        ending.listen()
        from tui.terminal import TerminalDriver

        driver = TerminalDriver
    import asyncio

    from tui.app import TuilioApp
    from tui.session import Session
    from tui.storage.paths import find_paths

    embedded = EmbeddedSandbox()
    session = Session(find_paths(start.config), start_sandbox=embedded.start, stop_sandbox=embedded.stop)

    def ready() -> None:
        if ending is not None:
            ending.ready(app.exit)
        asyncio.get_running_loop().call_later(COLLECT_AFTER, collect_again)

    app = TuilioApp(session, start, on_ready=ready, driver_class=driver)
    failed: list[BaseException] = []

    def thread_failed(problem: threading.ExceptHookArgs) -> None:
        # Python would print it over the screen.
        if problem.exc_value is not None:
            failed.append(problem.exc_value)
            app.call_later(app.report, problem.exc_value)

    threading.excepthook = thread_failed
    app.run()
    _let_go_of_a_lost_terminal()
    return (ending.status if ending is not None else None) or app.return_code or int(bool(failed))


def collect_again() -> None:
    """Look for garbage from now on, but not among what every start makes: it stays for as long as the program runs."""
    gc.freeze()
    gc.enable()


def _let_go_of_a_lost_terminal() -> None:
    """What is still buffered for a terminal that has gone would turn the exit status into Python's 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class EmbeddedSandbox:
    """Starts the embedded Twilio when it is first wanted; it ends with the program."""

    def __init__(self) -> None:
        self._running: Sandbox | None = None

    async def start(self) -> Connection:
        """Serve on a free loopback port and return the connection to it.

        Raises:
            OSError: no port could be had.
        """
        from tui.sandbox.server import Sandbox
        from tui.storage.connections import Connection

        sandbox = await Sandbox().__aenter__()
        self._running = sandbox
        return Connection(
            name="sandbox",
            kind="api_key",
            account_sid=sandbox.account_sid,
            api_key_sid=sandbox.api_key_sid,
            api_key_secret=sandbox.api_key_secret,
            auth_token=sandbox.auth_token,
            base_url=f"{sandbox.base_url}/2010-04-01",
        )

    async def stop(self) -> None:
        """Close its port and its connections."""
        if self._running is not None:
            await self._running.__aexit__(None, None, None)
