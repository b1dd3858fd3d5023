"""The colours that a person chose, by their name, for the next start."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tui.storage.atomic import make_folder, write_atomic
from tui.storage.regular import read_regular

_LONGEST: Final = 200


def read_theme(file: Path) -> str:
    """The name that is kept; empty where none is.

    Raises:
        ValueError: there is something that is no name.
    """
    try:
        name = read_regular(file, limit=_LONGEST).decode().strip()
    except FileNotFoundError:
        return ""
    except OSError as problem:
        raise ValueError(problem.strerror) from None
    if not name or not name.isprintable():
        raise ValueError("not a name")
    return name


def write_theme(file: Path, name: str) -> None:
    """Keep a name.

    Raises:
        OSError: it cannot be written.
    """
    make_folder(file.parent)
    write_atomic(file, f"{name}\n".encode())
