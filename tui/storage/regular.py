"""Reading what must be an ordinary file: not waiting on a pipe, not without a bound. Must not know what is in it."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def read_regular(path: Path, *, limit: int, follow: bool = True, tail: bool = False) -> bytes:
    """The contents of a regular file.

    Args:
        path: where it is.
        limit: bytes; of a larger file nothing is read, or with `tail` only the last ones.
        follow: whether a symbolic link in its place may lead elsewhere.
        tail: whether the end of a larger file is wanted.

    Raises:
        FileNotFoundError: there is none.
        OSError: it is something else, too large, a link that may not be followed, or unreadable.
    """
    # Opening a named pipe would wait for a writer.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if not follow:
        flags |= getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "Not a regular file", str(path))
        if status.st_size > limit:
            if not tail:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
            file.seek(status.st_size - limit)
        return file.read(limit)
