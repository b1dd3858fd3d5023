"""What is told a person once, and never again."""

from __future__ import annotations

import os
from pathlib import Path


def first_time(folder: Path, name: str) -> bool:
    """Whether this is the first time; remembers that it was told.

    False as well where it cannot be remembered: better never than at every start.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(folder / f"told-{name}", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError:
        return False
    return True
