"""What the door says before and after the screens: on streams that may be closed, full, or read by nobody.

Imports next to nothing, for --help to be instant.
"""

from __future__ import annotations

import contextlib
import os
import sys
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
