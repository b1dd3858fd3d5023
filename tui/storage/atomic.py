"""Writing a file whole, or not at all. Must not know what is in it.

A write goes to a temporary file in the same folder and is put in place by one rename, so that whoever reads,
and whatever kills this process, sees the old contents or the new ones.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui.storage.processes import is_running

if TYPE_CHECKING:
    from collections.abc import Callable

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
ORPHAN_SECONDS: Final = 3600.0

_TEMPORARY: Final = re.compile(r"\..+\.(\d+)-[0-9a-f]+\.tuilio-tmp")


def _no_step(name: str) -> None:
    """Nothing happens between the steps."""


def resolve(path: Path) -> Path:
    """The file that a path means once symbolic links are followed; it need not exist."""
    return Path(os.path.realpath(path))


def make_folder(folder: Path) -> None:
    """Make a folder and what is missing above it, each for its owner only; existing ones stay as they are.

    Raises:
        OSError: it cannot be made, or something else bears the name.
    """
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=FOLDER_MODE)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))


def write_atomic(
    path: Path,
    data: bytes,
    *,
    mode: int = FILE_MODE,
    backup: bool = False,
    step: Callable[[str], None] = _no_step,
) -> None:
    """Put `data` in the place of a file, so that it is there whole or the old contents still are.

    Symbolic links are followed, so that a linked file stays linked. With `backup` the old contents are kept
    beside it as `NAME.bak`. `step` is called with a name before each thing done on disk.

    Raises:
        OSError: it could not be done; the old contents are untouched and the temporary file is gone.
    """
    target = resolve(path)
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, "Not a regular file", str(target))
    if backup and target.exists():
        _replace(target.with_name(f"{target.name}.bak"), target.read_bytes(), mode, step)
    _replace(target, data, mode, step)


def sweep(folder: Path, *, now: float | None = None, running: Callable[[int], bool] = is_running) -> tuple[Path, ...]:
    """Remove temporary files whose writer is gone, or that are over an hour old; returns those removed.

    `now` is in seconds since the epoch. Never raises: an orphan does no harm where it is.
    """
    moment = time.time() if now is None else now
    removed: list[Path] = []
    with suppress(OSError):
        for each in folder.iterdir():
            named = _TEMPORARY.fullmatch(each.name)
            if named is None:
                continue
            with suppress(OSError):
                if running(int(named[1])) and moment - each.lstat().st_mtime < ORPHAN_SECONDS:
                    continue
                each.unlink()
                removed.append(each)
    return tuple(removed)


def set_aside(path: Path, *, now: datetime | None = None) -> Path:
    """Move a file nobody can read out of the way, under a name no other file has; returns the new place.

    Raises:
        OSError: it cannot be moved.
    """
    target = resolve(path)
    moment = (datetime.now(UTC) if now is None else now).strftime("%Y%m%d-%H%M%S")
    place = target.with_name(f"{target.name}.broken-{moment}")
    number = 1
    while os.path.lexists(place):
        number += 1
        place = target.with_name(f"{target.name}.broken-{moment}-{number}")
    target.rename(place)
    return place


def _replace(target: Path, data: bytes, mode: int, step: Callable[[str], None]) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}-{os.urandom(4).hex()}.tuilio-tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    step(f"create {target.name}")
    descriptor = os.open(temporary, flags, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            step(f"write {target.name}")
            file.write(data)
            file.flush()
            step(f"sync {target.name}")
            os.fsync(file.fileno())
        if stat.S_IMODE(temporary.stat().st_mode) != mode:
            temporary.chmod(mode)
        step(f"replace {target.name}")
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    step(f"sync folder of {target.name}")
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as problem:
        # Some network file systems cannot sync a folder; the rename itself has happened by now.
        if problem.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
