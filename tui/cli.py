"""What was asked for on the command line. Imports next to nothing, for --help to be instant."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO


MISUSE = 2
"""Exit status for a wrong command line or a terminal that cannot be used (the convention of the shells)."""

FAILED = 1


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
    """Say in one sentence why not, where there is anybody to say it to; returns the exit status.

    With FAILED the output is what failed: what it still holds is let go of.
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


SCREENS = ("messages", "compose", "console", "webhooks", "connections")


class BadCommandLine(Exception):
    """A word on the command line that cannot be."""


@dataclass(frozen=True, slots=True)
class StartOptions:
    """What the command line decided."""

    sandbox: bool = False
    connection: str | None = None
    screen: str = "messages"
    config: Path | None = None
    frugal: bool = False


def read_command_line(words: list[str], environ: Mapping[str, str] = os.environ) -> StartOptions:
    """Read the options of the main command; TUILIO_FRUGAL=1 stands for --frugal.

    Raises:
        BadCommandLine: with a sentence that names the word and what would do.
    """
    sandbox, frugal, values = False, environ.get("TUILIO_FRUGAL", "") not in ("", "0"), dict[str, str]()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if word == "--sandbox":
            sandbox = True
        elif word == "--frugal":
            frugal = True
        elif name in ("--config", "--connection", "--screen"):
            if not equals:
                if not rest:
                    raise BadCommandLine(f"{name} needs a value; see tuilio --help")
                value = rest.pop(0)
            values[name] = value
        else:
            raise BadCommandLine(f"“{_shown(word)}” is not an option; see tuilio --help")
    screen = values.get("--screen", "messages")
    if screen not in SCREENS:
        raise BadCommandLine(f"there is no screen “{_shown(screen)}”; choose one of {', '.join(SCREENS)}")
    if sandbox and "--connection" in values:
        raise BadCommandLine("--sandbox and --connection exclude each other; give one of them")
    config = values.get("--config")
    if config == "":
        raise BadCommandLine("--config needs a directory")
    return StartOptions(sandbox, values.get("--connection"), screen, Path(config) if config else None, frugal)


def _shown(word: str) -> str:
    """A word as it was given, without what would command the terminal that it is printed on."""
    from tui.safe_text import safe_text

    return safe_text(word, limit=80)


def read_port(words: list[str]) -> int | None:
    """Read the options of `tuilio sandbox`: the port, None when none was given.

    Raises:
        BadCommandLine: with a sentence that says what would do.
    """
    if not words:
        return None
    flat = [part for word in words for part in word.split("=", 1)]
    if len(flat) == 2 and flat[0] == "--port" and flat[1].isascii() and flat[1].isdigit() and int(flat[1]) < 65536:
        return int(flat[1])
    raise BadCommandLine("sandbox takes --port N, with N from 0 (any free one) to 65535")
