"""The command line: its options, its help, and sentences printed before and after the screens.

Imports next to nothing: a start without options, and `--version`, read none of argparse. Options are named tuples,
since what makes dataclasses takes longer to import than all of Python does.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from tui import __version__

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Mapping
    from pathlib import Path
    from typing import NoReturn, TextIO

SCREENS = ("messages", "compose", "delivery", "console", "webhooks", "connections")

MISUSE = 2
"""Exit status for a wrong command line or a terminal that cannot be used (the convention of the shells)."""

FAILED = 1


class BadCommandLine(Exception):
    """A word on the command line that cannot be; its text is one sentence, safe to print."""


HISTORY = 520
"""How many messages a sandbox begins with: three months that hold everything a screen has to cope with."""

_MOST_HISTORY = 10_000_000


class SandboxOptions(NamedTuple):
    """The options of `tuilio sandbox`.

    Attributes:
        port: where to listen, 0 for any free port.
        history: how many messages to begin with.
        fast: deliver at once.
        host: an address of this machine, to be reached from others.
        callbacks_to: hosts beside this machine that webhooks go to.
        open_controls: let other machines use the paths under `/_sandbox/`.
    """

    port: int = 0
    history: int = HISTORY
    fast: bool = False
    host: str = "127.0.0.1"
    callbacks_to: tuple[str, ...] = ()
    open_controls: bool = False


class StartOptions(NamedTuple):
    """The options of `tuilio`.

    Attributes:
        sandbox: whether it starts with the sandbox: the embedded one, or the one at `watches`.
        history: how many messages the embedded sandbox begins with.
        theme: a name as typed.
        watches: the origin of a sandbox that another program started; empty for none.
    """

    sandbox: bool = False
    history: int = HISTORY
    connection: str | None = None
    screen: str = "messages"
    config: Path | None = None
    frugal: bool = False
    theme: str | None = None
    watches: str = ""


def read_command_line(words: list[str], environ: Mapping[str, str] = os.environ) -> StartOptions:
    """Read the options of `tuilio`; TUILIO_FRUGAL=1 stands for --frugal where no theme is asked for.

    `--help` prints it and exits. Whether there is such a theme is found out where themes are known.

    Raises:
        BadCommandLine: it names the option and what would do.
    """
    frugal = environ.get("TUILIO_FRUGAL", "") not in ("", "0")
    if not words:
        return StartOptions(frugal=frugal)
    parser = _make_parser("tuilio", "A terminal user interface for Twilio SMS.")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--sandbox", action="store_true", help="everything against an embedded Twilio; saves nothing, needs nothing"
    )
    which.add_argument(
        "--watch-sandbox",
        type=_sandbox_origin,
        metavar="URL",
        help="what another program does in a sandbox on this machine, as it happens; saves nothing",
    )
    parser.add_argument("--history", type=_count, metavar="N", help="with --sandbox: how many messages it begins with")
    which.add_argument("--connection", metavar="NAME", help="start with this saved connection")
    parser.add_argument("--screen", choices=SCREENS, default="messages", metavar="NAME", help=", ".join(SCREENS))
    parser.add_argument("--frugal", action="store_true", help="fewer bytes, for a slow line (or set TUILIO_FRUGAL=1)")
    parser.add_argument(
        "--theme", metavar="NAME", help="dark, light, nord… for this run only; a NAME that is none lists them all"
    )
    parser.add_argument(
        "--config", type=_directory, metavar="DIR", help="another configuration directory (holds connections.toml)"
    )
    parser.add_argument("--version", action="version", version=f"tuilio {__version__}\n")
    parser.epilog = "tuilio sandbox [--port N] [--empty] [--fast] … is the embedded Twilio alone, for other clients."
    read = parser.parse_args(words)
    if read.history is not None and not read.sandbox:
        parser.error("argument --history: it is for --sandbox and for tuilio sandbox")
    if read.theme is not None and read.frugal:
        parser.error("argument --theme: --frugal draws in the terminal's own colours; leave one of the two out")
    frugal = read.frugal or (frugal and read.theme is None)
    history = HISTORY if read.history is None else read.history
    sandbox, watches = read.sandbox or read.watch_sandbox is not None, read.watch_sandbox or ""
    return StartOptions(sandbox, history, read.connection, read.screen, read.config, frugal, read.theme, watches)


def read_sandbox_options(words: list[str], *, has: str) -> SandboxOptions:
    """Read the options of `tuilio sandbox`. `--help` prints it and exits.

    `has` says which resources the sandbox has, for the help.

    Raises:
        BadCommandLine: it names the option and what would do.
    """
    if not words:
        return SandboxOptions()
    parser = _make_parser("tuilio sandbox", "The embedded Twilio alone, for curl and other clients, until Ctrl+C.")
    parser.add_argument("--port", type=_port, default=0, metavar="N", help="where to listen; any free port if left out")
    begins = parser.add_mutually_exclusive_group()
    begins.add_argument(
        "--history",
        type=_count,
        default=HISTORY,
        metavar="N",
        help=f"how many messages it begins with, {HISTORY} if left out; a million take no longer",
    )
    begins.add_argument("--empty", action="store_const", dest="history", const=0, help="begin without messages")
    parser.add_argument("--fast", action="store_true", help="deliver at once; else it takes three to four seconds")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="listen there, such as 0.0.0.0: others can reach it then"
    )
    parser.add_argument(
        "--callbacks-to", action="append", default=[], metavar="HOST", help="with --host: webhooks may go there too"
    )
    parser.add_argument(
        "--open-controls", action="store_true", help="with --host: others may use the paths under /_sandbox/ too"
    )
    parser.epilog = (
        f"It has {has}; whatever else is answered with X-Tuilio-Sandbox: not-implemented. Paths under /_sandbox/ "
        "let messages arrive and requests fail, wait for messages and codes, put everything back, move the time, and "
        "tell what was asked and called. Once it listens it prints five lines of export TWILIO_...=... for another "
        "shell, and more."
    )
    read = parser.parse_args(words)
    return SandboxOptions(read.port, read.history, read.fast, read.host, tuple(read.callbacks_to), read.open_controls)


def _make_parser(name: str, purpose: str) -> ArgumentParser:
    from argparse import ArgumentParser

    class Parser(ArgumentParser):
        def error(self, message: str) -> NoReturn:
            from tui.safe_text import safe_text

            raise BadCommandLine(f"{safe_text(message, limit=200)}; see {name} --help")

        def _print_message(self, message: str, file: object = None) -> NoReturn:
            sys.exit(say(message))

    return Parser(prog=name, description=purpose, allow_abbrev=False)


def _directory(text: str) -> Path:
    from argparse import ArgumentTypeError
    from pathlib import Path

    if not text:
        raise ArgumentTypeError("it needs a directory")
    return Path(text)


def _sandbox_origin(text: str) -> str:
    """`http://127.0.0.1:4010` of a URL on this machine, its path left out."""
    from argparse import ArgumentTypeError
    from urllib.parse import urlsplit

    from tui.http_server.loopback import is_loopback, local_origin

    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme != "http" or not port or not is_loopback(parts.hostname or "") or parts.username is not None:
        raise ArgumentTypeError("it takes where a sandbox on this machine is, as in http://127.0.0.1:4010")
    return local_origin(str(parts.hostname), port)


def _port(text: str) -> int:
    from argparse import ArgumentTypeError

    if not (text.isascii() and text.isdigit() and int(text[:6]) < 65536):
        raise ArgumentTypeError("it takes a number from 0 (any free port) to 65535")
    return int(text)


def _count(text: str) -> int:
    from argparse import ArgumentTypeError

    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= _MOST_HISTORY):
        raise ArgumentTypeError(f"it takes a number from 0 to {_MOST_HISTORY}")
    return int(text)


def say(words: str) -> int:
    """Print; returns the exit status. Whoever reads no further (`| head`) is no failure, a full disk is one."""
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison] - closed by whoever started this
        return refuse("the output is closed; open it, or send it to a file")
    try:
        sys.stdout.write(words)
        sys.stdout.flush()
    except BrokenPipeError:
        discard(sys.stdout)
    except OSError as problem:
        return refuse(f"the output cannot be written: {problem.strerror}", status=FAILED)
    return 0


def refuse(reason: str, *, status: int = MISUSE) -> int:
    """Print on standard error, in one sentence, why the program does not run; returns the exit status.

    With FAILED standard output is what failed: what it still holds is let go of.
    """
    with contextlib.suppress(OSError, AttributeError):
        sys.stderr.write(f"tuilio: {reason}\n")
        sys.stderr.flush()
    if sys.stdout is not None and status == FAILED:  # pyright: ignore[reportUnnecessaryComparison]
        discard(sys.stdout)
    return status


def discard(stream: TextIO) -> None:
    """Let go of what is still buffered: at the end Python would fail to write it, and say so with status 120."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
