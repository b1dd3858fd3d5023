"""Answers on disk: one that is too large for memory, and any that is saved. Never overwrites by itself."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from tui.storage.private import open_private


class Spool:
    """Holds the whole of an answer that outgrew memory, in a file without a name: it goes when it is closed, or when
    the program ends in any way.
    """

    def __init__(self) -> None:
        self._file: BinaryIO | None = None

    @property
    def holds_one(self) -> bool:
        """Whether there is an answer in it."""
        return self._file is not None

    def open(self) -> BinaryIO:
        """Begin anew.

        Raises:
            OSError: the temporary folder (`TMPDIR`) cannot take it.
        """
        self.drop()
        self._file = file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `drop`
        return file

    def drop(self) -> None:
        """Forget what it holds."""
        file, self._file = self._file, None
        if file is not None:
            # What could not be written is being thrown away.
            with suppress(OSError):
                file.close()

    def copy_to(self, file: BinaryIO) -> None:
        """Write what it holds into another file.

        Raises:
            OSError: it cannot be written, or read back.
        """
        held = self._file
        if held is not None:
            held.seek(0)
            shutil.copyfileobj(held, file, 1024 * 1024)


def write_answer(path: Path, content: bytes, spool: Spool, *, replace: bool) -> int:
    """Write an answer's body, from the spool where it holds the whole; returns the bytes written.

    Raises:
        FileExistsError: it is there already and `replace` is False.
        OSError: it cannot be written.
    """
    # It may be about other people: for nobody else's eyes.
    with open_private(path, replace=replace) as file:
        try:
            if spool.holds_one:
                spool.copy_to(file)
            else:
                file.write(content)
            file.flush()
        except OSError:
            if not replace:
                # Half an answer under the name of a whole one is worse than none.
                path.unlink(missing_ok=True)
            raise
        return file.tell()
