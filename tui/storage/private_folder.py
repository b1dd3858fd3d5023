"""A folder for files that live as long as this run of the program: for its owner only, and gone afterwards.

What a run that was killed left there is removed by the next one. Must not know what the files are.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from tui.storage.files import FOLDER_MODE, is_running, make_folder

_RUN: Final = re.compile(r"run-(\d+)-[0-9a-f]{8}")


class PrivateFolder:
    """The files of this run, in a folder of their own below `path`. Touches the disk: call it in a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._own: Path | None = None
        self._guard = threading.Lock()

    def sweep(self) -> None:
        """Remove what earlier runs left, and nothing of this one. Never raises."""
        with self._guard:
            sweep_runs(self._path, own=self._own)

    def new(self) -> Path:
        """A new empty folder for one file, so that names never meet.

        Raises:
            OSError: it cannot be made.
        """
        with self._guard:
            if self._own is None:
                sweep_runs(self._path)
                make_folder(self._path)
                own = self._path / f"run-{os.getpid()}-{os.urandom(4).hex()}"
                own.mkdir(mode=FOLDER_MODE)
                self._own = own
            folder = self._own / os.urandom(6).hex()
            folder.mkdir(mode=FOLDER_MODE)
            return folder

    def remove(self, folder: Path) -> None:
        """Remove one of the folders of `new` with what is in it."""
        if self._own is not None and folder.parent == self._own:
            shutil.rmtree(folder, ignore_errors=True)

    def remove_all(self) -> None:
        """Remove all files of this run."""
        own, self._own = self._own, None
        if own is not None:
            shutil.rmtree(own, ignore_errors=True)
            # Where another run has some of its own there, it stays.
            with suppress(OSError):
                self._path.rmdir()


def sweep_runs(path: Path, *, own: Path | None = None, running: Callable[[int], bool] = is_running) -> None:
    """Remove what runs left below a path that are no more, `own` excepted. Never raises."""
    with suppress(OSError):
        for each in path.iterdir():
            run = _RUN.fullmatch(each.name)
            # In containers every run has the same number: what is not this run's own is of one before.
            if run is not None and each != own and (int(run[1]) == os.getpid() or not running(int(run[1]))):
                shutil.rmtree(each, ignore_errors=True)
