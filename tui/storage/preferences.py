"""What is remembered of a person's choices: the theme, and which one-time hints were shown."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from tui.storage.files import make_folder, read_regular, write_atomic

_LONGEST: Final = 200


def read_theme(file: Path) -> str:
    """The name of the chosen theme; empty where none is kept.

    Raises:
        ValueError: the file holds something that is no name, or cannot be read.
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
    """Keep the name of the chosen theme.

    Raises:
        OSError: it cannot be written.
    """
    make_folder(file.parent)
    write_atomic(file, f"{name}\n".encode())


def shown_once(folder: Path, name: str) -> bool:
    """Whether a one-time hint is to be shown now: true once for each name.

    False as well where it cannot be remembered: better never than at every start.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(folder / f"told-{name}", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError:
        return False
    return True
