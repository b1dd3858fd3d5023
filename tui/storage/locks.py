"""File locks: one writer at a time, across processes. Must not know what is being written.

The lock is a file of its own beside the one it guards, because the guarded file is replaced with each save.
The system releases it when its holder ends, however that happens.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tui.storage.files import FILE_MODE, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

LOCK_SECONDS: Final = 5.0
PAUSE_SECONDS: Final = 0.02

_BUSY: Final = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})
_NO_LOCKS_HERE: Final = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS})


@contextmanager
def lock(
    path: Path,
    *,
    seconds: float = LOCK_SECONDS,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Generator[None]:
    """Hold the exclusive lock of a file, in a folder that exists, for the length of a with block.

    A file system that knows no locks is used without: a single instance is the common case there.

    Raises:
        TimeoutError: another holder kept it for `seconds`.
        OSError: the lock file cannot be made.
    """
    target = resolve(path)
    descriptor = os.open(target.with_name(f"{target.name}.lock"), os.O_RDWR | os.O_CREAT, FILE_MODE)
    try:
        patience = clock() + seconds
        while not _taken(descriptor):
            if clock() >= patience:
                raise TimeoutError(errno.ETIMEDOUT, "Another tuilio is writing it", str(target))
            sleep(PAUSE_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        _claim(descriptor)
    except OSError as problem:
        if problem.errno in _NO_LOCKS_HERE:
            return True
        if problem.errno in _BUSY:
            return False
        raise
    return True


if sys.platform == "win32":
    import msvcrt

    def _claim(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _claim(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
