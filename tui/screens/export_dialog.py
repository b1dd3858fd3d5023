"""The dialog that asks for a file to export to, checks it, and asks again before it replaces one.

What is written, and how, is the caller's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from textual.content import Content
from textual.widgets import Static

from tui.safe_text import safe_text
from tui.screens.base import BaseScreen
from tui.storage.errors import StorageError
from tui.widgets.dialogs import Ask, Confirm, Dialog, key_line

Write = Callable[[Path, bool], str]
"""Called in a thread with the path and whether a file there may be replaced; returns what was written, in words that
"written to" follows. Raises FileExistsError when it may not, OSError or ValueError when it cannot, NothingToWrite when
it is gone."""

_FOLDER_GONE: Final = "The folder that tuilio was started in is gone: give a path from / or ~ on."


SHOWN_AFTER: Final = 0.5
"""Seconds that the writing may take before its progress is shown."""


class NothingToWrite(Exception):
    """What was to be written cannot be had any more; the message is a sentence for the person."""


class ExportStopped(Exception):
    """The person stopped the writing, or left; what was there before is still there."""


@dataclass(slots=True)
class ExportProgress:
    """How far a long export is: the thread that writes counts, the loop shows it and may stop it.

    Attributes:
        total: records to write.
        done: records written.
        stopped: whether the next count raises.
        ended: whether the writing is over, in whatever way.
    """

    total: int
    done: int = 0
    stopped: bool = False
    ended: bool = False

    def count(self, records: int) -> None:
        """Say that so many more are done.

        Raises:
            ExportStopped: it was stopped.
        """
        if self.stopped:
            raise ExportStopped
        self.done += records


@dataclass(frozen=True, slots=True)
class Export:
    """Something that can be written to a file.

    Attributes:
        title: of the question.
        words: under it: what is written, and in which form.
        name: the file proposed, in the working directory.
        write: does it.
        endings: one of which the name has to have; empty for any.
        after: a sentence to add once it is written.
        progress: what `write` counts with, where it may take long; it can be stopped then.
    """

    title: str
    words: str
    name: str
    write: Write
    endings: Sequence[str] = ()
    after: str = ""
    progress: ExportProgress | None = None


class ExportUnderWay(Dialog[None]):
    """How far an export is, until it ends; escape stops it."""

    def __init__(self, path: str, progress: ExportProgress) -> None:
        self._path, self._progress = path, progress
        super().__init__("Exporting", self._say())

    def on_mount(self) -> None:
        self.set_interval(0.2, self._look)

    def keys(self) -> Content:
        return key_line(("esc", "Stop"))

    def action_refuse(self) -> None:
        """Stop; the dialog goes once the file is given up."""
        self._progress.stopped = True
        self._look()

    def _say(self) -> str:
        if self._progress.stopped:
            return "Stopping…"
        done, total = self._progress.done, self._progress.total
        return f"{done:,} of {total:,} ({done * 100 // max(1, total)} %), to {self._path}"

    def _look(self) -> None:
        if not self._progress.ended:
            self.query_one(".words", Static).update(Content(self._say()))
        else:
            # Where help stands over it, it goes later.
            self.dismiss(None)


def ask_to_export(asker: BaseScreen, export: Export) -> None:
    """Ask for a file and write it; what comes of it is said as a notification."""
    value, warning = propose(export.name)

    def entered(text: str | None) -> None:
        if text:
            asker.work(partial(_write, asker, export, Path(text).expanduser(), replacing=False), group="export")

    question = Ask(
        export.title,
        f"{warning} {export.words}".strip(),
        value=value,
        check=lambda text: find_problem(text, export.endings),
        action="Write",
    )
    asker.app.push_screen(question, entered)


def propose(name: str) -> tuple[str, str]:
    """A path for a file of this name in the working directory, and a sentence where there is none any more."""
    with suppress(OSError):
        return str(Path.cwd() / name), ""
    try:
        return str(Path.home() / name), _FOLDER_GONE
    except RuntimeError:
        return name, _FOLDER_GONE


def find_problem(text: str, endings: Sequence[str] = ()) -> str:
    """What is wrong with a file to write to, as a sentence; empty for nothing that can be seen beforehand."""
    try:
        path = Path(text).expanduser()
        if text and not path.is_absolute() and not _has_working_folder():
            return _FOLDER_GONE
        if not text or path.is_dir():
            return "Give the name of a file."
        if endings and path.suffix.lower() not in endings:
            return f"The name ends in none of {', '.join(endings)}; add the one you want."
        return "" if path.parent.is_dir() else f"There is no folder {safe_text(str(path.parent), limit=60)}."
    except RuntimeError:
        return "There is no home folder of that name; give the path from / on."
    except OSError as problem:
        return f"{problem.strerror or problem}: choose another name."


def _has_working_folder() -> bool:
    try:
        return Path.cwd().is_dir()
    except OSError:
        return False


async def _written(asker: BaseScreen, export: Export, path: Path, *, replacing: bool) -> str:
    """Write in a thread, and show how far that is where it takes a while; returns what was written."""
    if (progress := export.progress) is None:
        return await asyncio.to_thread(export.write, path, replacing)
    progress.done, progress.stopped, progress.ended = 0, False, False
    writing = asyncio.ensure_future(asyncio.to_thread(export.write, path, replacing))
    try:
        await asyncio.wait({writing}, timeout=SHOWN_AFTER)
        if not writing.done():
            asker.app.push_screen(ExportUnderWay(safe_text(str(path), limit=120), progress))
        return await writing
    finally:
        # Whoever left the program while it was written does not wait for it.
        progress.stopped = progress.ended = True
        writing.cancel()


async def _write(asker: BaseScreen, export: Export, path: Path, *, replacing: bool) -> None:
    shown = safe_text(str(path), limit=120)
    try:
        what = await _written(asker, export, path, replacing=replacing)
    except ExportStopped:
        asker.app.notify(f"Stopped. {shown} is as it was before.", markup=False)
    except FileExistsError:

        def answered(yes: bool | None) -> None:
            if yes:
                asker.work(partial(_write, asker, export, path, replacing=True), group="export")

        asker.app.push_screen(Confirm("Replace the file?", f"{shown} is there already.", yes="Replace"), answered)
    except NothingToWrite as problem:
        asker.app.notify(safe_text(str(problem)), severity="error", timeout=12, markup=False)
    except StorageError as problem:
        asker.app.notify(safe_text(f"{shown} was not written. {problem}"), severity="error", timeout=12, markup=False)
    except (OSError, ValueError) as problem:
        why = (problem.strerror if isinstance(problem, OSError) else "") or str(problem)
        words = f"{shown} was not written: {why}. Choose another place."
        asker.app.notify(safe_text(words), severity="error", timeout=10, markup=False)
    else:
        asker.app.notify(f"{what} written to {shown}.{export.after}", markup=False)
