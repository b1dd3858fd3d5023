"""Who else may read what is kept: file and folder modes. Must not know what the files hold."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

from tui.storage.checks import Problem
from tui.storage.files import FILE_MODE, FOLDER_MODE, resolve

if TYPE_CHECKING:
    from pathlib import Path


def file_problems(path: Path) -> tuple[Problem, ...]:
    """Say where a file that may hold secrets, its backup or its folder is open to other users.

    What is missing, or cannot be asked, is no problem here. Windows has no such modes.
    """
    return tuple(
        Problem(
            str(each),
            f"Other users of this machine can open {'the folder ' if each.is_dir() else ''}{each.name} "
            f"(mode {mode:04o}, {wanted:04o} is enough).",
            f"Have it repaired, or run “chmod {wanted:o} {each}”.",
        )
        for each, mode, wanted in _too_wide(path)
    )


def repair_modes(path: Path) -> None:
    """Close what `file_problems` reports to other users.

    Raises:
        OSError: the system refuses, usually because someone else owns it.
    """
    for each, mode, wanted in _too_wide(path):
        each.chmod(mode & wanted)


def _too_wide(path: Path) -> list[tuple[Path, int, int]]:
    if sys.platform == "win32":
        return []
    target = resolve(path)
    wanted = {
        target: FILE_MODE,
        target.with_name(f"{target.name}.bak"): FILE_MODE,
        target.parent: FOLDER_MODE,
    }
    found: list[tuple[Path, int, int]] = []
    for each, allowed in wanted.items():
        try:
            mode = stat.S_IMODE(each.stat().st_mode)
        except OSError:
            continue
        if mode & ~allowed:
            found.append((each, mode, allowed))
    return found
