"""Starts the app: checks the terminal, installs signal handlers, runs it, returns the exit status.

Part of the entry point: the only module that imports both the app and the sandbox.
"""

from __future__ import annotations

import gc
import os
import re
import sys
import threading
from collections.abc import Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Final

from tui.cli import StartOptions, discard, refuse
from tui.textual_fixes.terminal_types import CANNOT_DRAW, can_draw

if TYPE_CHECKING:
    from typing import TextIO

    from tui.sandbox.server import Sandbox
    from tui.services.watched_sandbox import WatchedSandbox
    from tui.storage.connections import Connection

COLLECT_AFTER = 2.0
"""Seconds after the first picture until Python looks for garbage again."""

_KEPT_VARIABLES = {
    "TEXTUAL_COLOR_SYSTEM": ("auto", "standard", "256", "truecolor"),
    "TEXTUAL_DISABLE_KITTY_KEY": ("0", "1"),
    "TEXTUAL_SMOOTH_SCROLL": ("0", "1"),
}
"""What may be asked of Textual, and in which words.

Others make it write keystrokes to a file, talk to a console, press keys by itself or load another driver, and most
values that it does not know end it.
"""


def refusal(environ: Mapping[str, str], *, is_terminal: bool, encoding: str) -> str | None:
    """Why this terminal cannot be used, in one sentence; None when it can."""
    if not is_terminal:
        return "its input and output must be a terminal, and one of them is not; run it in an interactive shell"
    if os.name == "posix" and not can_draw(environ):
        term = environ.get("TERM", "")
        name = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in term[:40])
        known = "cannot draw screens" if term in CANNOT_DRAW else "is not known here"
        return f"the terminal type TERM={name or '(unset)'} {known}; set TERM, for example xterm-256color"
    if encoding.lower().replace("-", "").replace("_", "") != "utf8":
        return f"the output encoding is {encoding}, but texts need UTF-8; set LANG, for example C.UTF-8"
    return None


def no_theme(typed: str, names: Sequence[str]) -> str:
    """What is said, in one sentence, of a theme's name that is none."""
    from tui.safe_text import glimpse
    from tui.storage.nearest import nearest

    meant = nearest(typed, names, {})
    hint = f" (did you mean {meant}?)" if meant else ""
    return f"argument --theme: there is no theme “{glimpse(typed, 40)}”{hint}; there are {', '.join(names)}"


def forget_odd_variables(environ: MutableMapping[str, str], *, measured: bool) -> None:
    """Take out what would make Textual do something else than draw, or draw on a terminal that is not there.

    Args:
        environ: the variables.
        measured: whether the terminal knows its size, so that COLUMNS and LINES tell nothing.
    """
    for name in list(environ):
        if name.partition("_")[0] == "TEXTUAL" and environ[name] not in _KEPT_VARIABLES.get(name, ()):
            del environ[name]
    for name in ("COLUMNS", "LINES"):
        if name in environ and (measured or not re.fullmatch("[1-9][0-9]{0,2}", environ[name])):
            del environ[name]


SWITCH_SECONDS: Final = 0.001
"""After which a thread that computes gives up the interpreter to another that waits for it: Python's 5 ms are waited
for several times by each key while history is read.
"""


def launch(start: StartOptions) -> int:
    """Run the app; returns the exit status (128 + n when ended by signal n)."""
    # Nothing made while starting is garbage; looking for it took a tenth of the start.
    gc.disable()
    sys.setswitchinterval(SWITCH_SECONDS)
    streams: tuple[TextIO | None, ...] = (sys.stdin, sys.stdout, sys.stderr)
    reason = refusal(
        os.environ,
        # Textual draws on standard error.
        # One that whoever started this has closed is none.
        is_terminal=all(stream is not None and stream.isatty() for stream in streams),
        encoding=getattr(sys.stdout, "encoding", None) or "unknown",
    )
    if reason is not None:
        return refuse(reason)
    forget_odd_variables(os.environ, measured=os.get_terminal_size(sys.stdin.fileno()).columns > 0)

    ending, driver = None, None
    if os.name == "posix":
        from tui.textual_fixes.exit_signals import ExitSignals

        # Before anything that takes its time.
        ending = ExitSignals()
        ending.listen()
        from tui.textual_fixes.driver import TerminalDriver

        driver = TerminalDriver
    from tui.storage.paths import NoHome, find_paths

    try:
        paths = find_paths(start.config)
    except NoHome as problem:
        return refuse(str(problem))
    import asyncio

    from tui.app import TuilioApp
    from tui.services.session import Session

    if start.theme is not None:
        from tui.theme import find_theme, theme_names

        if not (theme := find_theme(start.theme)):
            return refuse(no_theme(start.theme, theme_names()))
        start = start._replace(theme=theme)
    watched = _watched(start.watches) if start.watches else None
    sandbox = watched or EmbeddedSandbox(start.history)
    session = Session(paths, start_sandbox=sandbox.start, stop_sandbox=sandbox.stop, watches=start.watches)

    def ready() -> None:
        if ending is not None:
            ending.ready(app.exit)
        if watched is not None:
            session.run(watched.follow(session.use_sandbox_again))
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
    for stream in (sys.stdout, sys.stderr):
        # What is still buffered for a terminal that has gone.
        try:
            stream.flush()
        except OSError:
            discard(stream)
    return (ending.status if ending is not None else None) or app.return_code or int(bool(failed))


def collect_again() -> None:
    """Look for garbage from now on, but not among what every start makes: it stays for as long as the program runs."""
    gc.freeze()
    # A page of a history makes thousands of objects, none of them garbage of this kind: Python's 700 are a search each.
    gc.set_threshold(10_000, 10, 10)
    gc.enable()


def _watched(origin: str) -> WatchedSandbox:
    # Imported where one is watched: it speaks HTTP.
    from tui.services.watched_sandbox import WatchedSandbox

    return WatchedSandbox(origin)


class EmbeddedSandbox:
    """Starts the embedded Twilio when it is first wanted; it ends with the program."""

    def __init__(self, history: int) -> None:
        self._history = history
        self._running: Sandbox | None = None

    async def start(self) -> Connection:
        """Serve on a free loopback port and return the connection to it.

        Raises:
            OSError: no port could be had.
        """
        from tui.sandbox.server import Sandbox
        from tui.storage.connections import Connection

        sandbox = await Sandbox(history=self._history).__aenter__()
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
