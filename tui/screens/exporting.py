"""The question where to write something, what is wrong with that place, and whether a file there may go.

Knows files and questions; what is written, and how, is the asker's. Never overwrites by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tui.safe_text import safe_text
from tui.screens.place import Place
from tui.widgets.dialogs import Ask, Confirm


class NothingToWrite(Exception):
    """What was to be written cannot be had any more; the message is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Export:
    """Something that can be written to a file.

    Attributes:
        title: of the question.
        words: under it: what is written, and in which form.
        name: the file proposed, in the working directory.
        write: called in a thread with the path and whether a file there may be replaced; returns what was written,
            in words that "written to" follows. Raises FileExistsError when it may not, OSError or ValueError when it
            cannot, NothingToWrite when it is gone.
        endings: one of which the name has to have; empty for any.
        after: a sentence to add once it is written.
    """

    title: str
    words: str
    name: str
    write: Callable[[Path, bool], str]
    endings: Sequence[str] = ()
    after: str = ""


def ask_to_export(asker: Place, export: Export) -> None:
    """Ask for a file and write it; what comes of it is said as a notification."""

    def check(text: str) -> str:
        return find_problem(text, export.endings)

    def entered(text: str | None) -> None:
        if text:
            asker.work(_write(asker, export, Path(text).expanduser(), replace=False), group="export")

    question = Ask(export.title, export.words, value=str(Path.cwd() / export.name), check=check, action="Write")
    asker.app.push_screen(question, entered)


def find_problem(text: str, endings: Sequence[str] = ()) -> str:
    """What is wrong with a file to write to, as a sentence; empty for nothing that can be seen beforehand."""
    try:
        path = Path(text).expanduser()
        if not text or path.is_dir():
            return "Give the name of a file."
        if endings and path.suffix.lower() not in endings:
            return f"The name ends in none of {', '.join(endings)}; add the one you want."
        return "" if path.parent.is_dir() else f"There is no folder {safe_text(str(path.parent), limit=60)}."
    except RuntimeError:
        return "There is no home folder of that name; give the path from / on."
    except OSError as problem:
        return f"{problem.strerror or problem}: choose another name."


async def _write(asker: Place, export: Export, path: Path, *, replace: bool) -> None:
    shown = safe_text(str(path), limit=120)
    try:
        what = await asyncio.to_thread(export.write, path, replace)
    except FileExistsError:

        def answered(yes: bool | None) -> None:
            if yes:
                asker.work(_write(asker, export, path, replace=True), group="export")

        asker.app.push_screen(Confirm("Replace the file?", f"{shown} is there already.", yes="Replace"), answered)
    except NothingToWrite as problem:
        asker.app.notify(safe_text(str(problem)), severity="error", timeout=12, markup=False)
    except (OSError, ValueError) as problem:
        why = (problem.strerror if isinstance(problem, OSError) else "") or str(problem)
        words = f"{shown} was not written: {why}. Choose another place."
        asker.app.notify(safe_text(words), severity="error", timeout=10, markup=False)
    else:
        asker.app.notify(f"{what} written to {shown}.{export.after}", markup=False)
