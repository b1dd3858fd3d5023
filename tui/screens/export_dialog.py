"""The dialog that asks for a file to export to, checks it, and asks again before it replaces one.

What is written, and how, is the caller's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.safe_text import safe_text
from tui.screens.base import BaseScreen
from tui.widgets.dialogs import Ask, Confirm, key_line

Write = Callable[[Path, bool], str]
"""Called in a thread with the path and whether a file there may be replaced; returns what was written, in words that
"written to" follows. Raises FileExistsError when it may not, OSError or ValueError when it cannot, NothingToWrite when
it is gone."""

_FOLDER_GONE: Final = "The folder that tuilio was started in is gone: give a path from / or ~ on."


class NothingToWrite(Exception):
    """What was to be written cannot be had any more; the message is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Whole:
    """More of the same, which is not at hand yet.

    Attributes:
        words: what would be written then, in place of the export's own.
        gather: gets it; returns what writes it, or None when the person was told why there is nothing.
        group: of the work that does both, so that the asker can cancel it.
    """

    words: str
    gather: Callable[[], Awaitable[Write | None]]
    group: str


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
        whole: what can be had beyond it; None for nothing.
    """

    title: str
    words: str
    name: str
    write: Write
    endings: Sequence[str] = ()
    after: str = ""
    whole: Whole | None = None


class AskWhere(Ask):
    """Asks for the file; ctrl+n exports all there is, where that is more."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+n", "all", "All", show=False)]

    def __init__(self, export: Export) -> None:
        value, self._warning = propose(export.name)
        self.everything = False
        self._export = export
        super().__init__(
            export.title,
            self._say(export.words),
            value=value,
            check=lambda text: find_problem(text, export.endings),
            action="Write",
        )

    def _say(self, words: str) -> str:
        return f"{self._warning} {words}".strip()

    def keys(self) -> Content:
        if self._export.whole is None:
            return super().keys()
        which = "Only what is loaded" if self.everything else "All that match"
        return key_line(("⏎", "Write"), ("^n", which), ("esc", "Back"))

    def action_all(self) -> None:
        if (whole := self._export.whole) is not None:
            self.everything = not self.everything
            self.query_one(".words", Static).update(self._say(whole.words if self.everything else self._export.words))
            self.query_one(".keys", Static).update(self.keys())


def ask_to_export(asker: BaseScreen, export: Export) -> None:
    """Ask for a file and write it; what comes of it is said as a notification."""
    question = AskWhere(export)

    def entered(text: str | None) -> None:
        if not text:
            return
        path, whole = Path(text).expanduser(), export.whole
        if question.everything and whole is not None:
            asker.work(_gather(asker, export, whole, path), group=whole.group, exclusive=True)
        else:
            asker.work(_write(asker, export, path, replacing=False), group="export")

    asker.app.push_screen(question, entered)


def propose(name: str) -> tuple[str, str]:
    """A path for a file of this name in the working directory, and a sentence where there is none any more."""
    with suppress(OSError):
        return str(Path.cwd() / name), ""
    try:
        return str(Path.home() / name), _FOLDER_GONE
    except RuntimeError:
        return name, _FOLDER_GONE


async def _gather(asker: BaseScreen, export: Export, whole: Whole, path: Path) -> None:
    write = await whole.gather()
    if write is not None:
        asker.work(_write(asker, replace(export, write=write), path, replacing=False), group="export")


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


async def _write(asker: BaseScreen, export: Export, path: Path, *, replacing: bool) -> None:
    shown = safe_text(str(path), limit=120)
    try:
        what = await asyncio.to_thread(export.write, path, replacing)
    except FileExistsError:

        def answered(yes: bool | None) -> None:
            if yes:
                asker.work(_write(asker, export, path, replacing=True), group="export")

        asker.app.push_screen(Confirm("Replace the file?", f"{shown} is there already.", yes="Replace"), answered)
    except NothingToWrite as problem:
        asker.app.notify(safe_text(str(problem)), severity="error", timeout=12, markup=False)
    except (OSError, ValueError) as problem:
        why = (problem.strerror if isinstance(problem, OSError) else "") or str(problem)
        words = f"{shown} was not written: {why}. Choose another place."
        asker.app.notify(safe_text(words), severity="error", timeout=10, markup=False)
    else:
        asker.app.notify(f"{what} written to {shown}.{export.after}", markup=False)
