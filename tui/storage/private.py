"""Writing something private where a person wants it, at once or bit by bit. Must not know what that is."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, BinaryIO

from tui.storage.atomic import FILE_MODE, write_atomic

if TYPE_CHECKING:
    from pathlib import Path


def open_private(path: Path, *, replace: bool) -> BinaryIO:
    """An empty file, readable by its owner alone before the first byte is in it.

    Raises:
        FileExistsError: it is there already and `replace` is False.
        OSError: it cannot be opened or closed to others, or is no regular file; what was in it is untouched.
    """
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags | (0 if replace else os.O_EXCL), FILE_MODE)
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "Not a regular file", str(path))
        if stat.S_IMODE(mode) & 0o077 and hasattr(os, "fchmod"):
            # A file that was there keeps its mode when it is opened, and the umask says nothing about it.
            os.fchmod(descriptor, FILE_MODE)
        os.ftruncate(descriptor, 0)
        return os.fdopen(descriptor, "wb")
    except BaseException:
        os.close(descriptor)
        raise


def write_private(path: Path, content: bytes, *, replace: bool) -> None:
    """Write a file for its owner only, whatever the umask or the file that was there says.

    One that is replaced is replaced whole or not at all.

    Raises:
        FileExistsError: it is there already and `replace` is False.
        OSError: it cannot be written.
    """
    if replace:
        write_atomic(path, content)
        return
    with open_private(path, replace=False) as file:
        file.write(content)
