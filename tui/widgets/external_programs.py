"""$PAGER and $EDITOR, which take over the terminal for a while, and what opens a file: beside the terminal, where there
is a display.

What is read there is made safe first, since a pager may pass on what drives a terminal; what is edited is the person's
own text, as it is. Knows the terminal and other programs, nothing of messages.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Final

from textual.app import SuspendNotSupported
from textual.dom import DOMNode

from tui.safe_text import safe_lines
from tui.storage.files import FILE_MODE

PAGERS: Final = ("less", "more")
EDITORS: Final = ("nano", "vi")
"""What is taken where no variable names one: the first that is installed."""

OPENER: Final = "TUILIO_OPENER"
"""The variable that names a program of one's own to open files with."""

_OPENING: Final = 3.0
"""Seconds within which a program that opens files says that it cannot."""

_PRINTER: Final = """
import sys
sys.stdout.buffer.write(sys.stdin.buffer.read() + b"\\n(enter goes back) ")
sys.stdout.flush()
with open("/dev/tty", "rb") as terminal:
    terminal.readline()
"""
"""What prints a text and waits; a program of its own, so that one that is never answered ends with this one."""

LARGEST_EDITED: Final = 1_000_000
"""Bytes taken back from an editor."""


class OutsideFailed(Exception):
    """It did not work; a sentence that says why and what to do, safe to show."""


def find_program(environ: Mapping[str, str], names: Sequence[str], otherwise: Sequence[str]) -> list[str]:
    """The words of the command that a person named in the environment, or one of those that are usual.

    No shell reads them, so that nothing in them but words and quotes means anything.

    Raises:
        OutsideFailed: naming the variable to set or to correct.
    """
    path = environ.get("PATH")
    for name in names:
        if not environ.get(name, "").strip():
            continue
        try:
            words = shlex.split(environ[name])
        except ValueError:
            raise OutsideFailed(f"${name} has a quote that is not closed; mend it in your shell.") from None
        if shutil.which(words[0], path=path) is None:
            raise OutsideFailed(f"${name} names a program that is not there; set it to one that is.")
        return words
    found = next((word for word in otherwise if shutil.which(word, path=path)), None)
    if found is None:
        raise OutsideFailed(f"Neither {' nor '.join(otherwise)} is installed; set ${names[-1]} to a program that is.")
    return [found]


async def read_outside(here: DOMNode, text: str, environ: Mapping[str, str]) -> None:
    """Show a text in the person's pager; nothing of it is written to disk.

    Raises:
        OutsideFailed: it could not be started here.
    """
    words = find_program(environ, ("PAGER",), PAGERS)
    content = await asyncio.to_thread(_readable, text)
    await _run(here, words, environ, content)


async def print_outside(here: DOMNode, text: str, environ: Mapping[str, str]) -> None:
    """Print a text where the shell was and wait for enter: the terminal breaks its lines, and a selection has none.

    Raises:
        OutsideFailed: it cannot be done here.
    """
    content = await asyncio.to_thread(_readable, text)
    await _run(here, [sys.executable, "-I", "-c", _PRINTER], environ, content)


async def edit_outside(here: DOMNode, text: str, environ: Mapping[str, str], suffix: str = ".txt") -> str:
    """Let the person edit a text in their editor, and return what they made of it, line ends as they are.

    Args:
        here: what is on the screen meanwhile.
        text: what they begin with.
        environ: names the editor.
        suffix: of the file's name, by which editors tell what a text is.

    Raises:
        OutsideFailed: it could not be started, or failed, or what it left is no text; the text is as it was.
    """
    words = find_program(environ, ("VISUAL", "EDITOR"), EDITORS)
    # In a folder for this person alone; editors leave copies beside the file.
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="tuilio-"))
    try:
        file = folder / f"text{suffix}"
        await asyncio.to_thread(_write, file, text)
        status = await _run(here, [*words, str(file)], environ)
        if status != 0:
            raise OutsideFailed(f"The editor ended with status {status}, so the text is as it was.")
        content = await asyncio.to_thread(_take_back, file)
    except OSError as problem:
        raise OutsideFailed(f"The text is as it was: {problem.strerror or 'the file is gone'}.") from None
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    if text.endswith(("\n", "\r")):
        return content
    # Editors end a file with a new line, which nobody typed.
    return content.removesuffix("\n").removesuffix("\r")


def has_display(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a window that is opened here would be in front of the person."""
    if platform in ("darwin", "win32"):
        return not (environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def no_opener(environ: Mapping[str, str]) -> str:
    """Why no file can be opened here, as a sentence; empty where one may be."""
    if has_display(environ) or environ.get(OPENER, "").strip():
        return ""
    return (
        "There is no display here to open it on, as over SSH. Save it, copy its URL, or set "
        f"${OPENER} to a program that shows it in a terminal."
    )


async def open_outside(here: DOMNode, file: Path, environ: Mapping[str, str]) -> None:
    """Give a file to the program that opens such files, or to the person's own ($TUILIO_OPENER).

    With a display it runs beside the terminal. Without one only a program of one's own is asked, and has the terminal
    until it ends, as a pager has.

    Raises:
        OutsideFailed: there is no display, no such program, or it says that it cannot.
    """
    own = bool(environ.get(OPENER, "").strip())
    if refusal := no_opener(environ):
        raise OutsideFailed(refusal)
    if not has_display(environ):
        words = find_program(environ, (OPENER,), ())
        status: int | None = await _run(here, [*words, str(file)], environ)
    elif sys.platform == "win32" and not own:
        await asyncio.to_thread(_start_file, file)
        return
    else:
        words = find_program(environ, (OPENER,), ("open",) if sys.platform == "darwin" else ("xdg-open",))
        status = await _run_beside([*words, str(file)], environ)
    if status:
        raise OutsideFailed(f"{Path(words[0]).name} ended with status {status}: nothing here may open such a file.")


def _start_file(file: Path) -> None:
    if sys.platform == "win32":
        try:
            os.startfile(file)  # noqa: S606 - there is no other way
        except OSError as problem:
            raise OutsideFailed(f"Windows did not open it: {problem.strerror}.") from None


async def _run_beside(words: list[str], environ: Mapping[str, str]) -> int | None:
    """Start a program that needs no terminal; its status where it ends soon, None while it runs on."""
    try:
        process = await asyncio.to_thread(_start, words, environ)
    except OSError as problem:
        raise OutsideFailed(f"It could not be started: {problem.strerror or type(problem).__name__}.") from None
    end = monotonic() + _OPENING
    while process.poll() is None and monotonic() < end:  # noqa: ASYNC110 - nothing but asking tells
        await asyncio.sleep(0.05)
    return process.returncode


def _start(words: list[str], environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    nothing = subprocess.DEVNULL
    # Not asyncio's own, which would end the program with the loop.
    return subprocess.Popen(  # noqa: S603 - the person's own program, or the system's
        words, stdin=nothing, stdout=nothing, stderr=nothing, env=dict(environ), start_new_session=True
    )


def _readable(text: str) -> bytes:
    return ("\n".join(safe_lines(text, limit=None)) + "\n").encode("utf-8", "replace")


def _write(file: Path, text: str) -> None:
    file.touch(FILE_MODE, exist_ok=False)
    file.write_bytes(text.encode("utf-8", "surrogatepass"))


def _take_back(file: Path) -> str:
    with file.open("rb") as opened:
        content = opened.read(LARGEST_EDITED + 1)
    if len(content) > LARGEST_EDITED:
        raise OutsideFailed("The file is larger than 1 MB, so the text is as it was.")
    try:
        return content.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise OutsideFailed("The file is not UTF-8, so the text is as it was.") from None


async def _run(here: DOMNode, words: list[str], environ: Mapping[str, str], content: bytes | None = None) -> int:
    process: asyncio.subprocess.Process | None = None
    try:
        # Nothing is drawn meanwhile: the terminal is another's.
        with here.app.batch_update(), _without_interrupts(), here.app.suspend():
            source = None if content is None else asyncio.subprocess.PIPE
            process = await asyncio.create_subprocess_exec(*words, stdin=source, env=dict(environ))
            await process.communicate(content)
            return process.returncode or 0
    except SuspendNotSupported:
        raise OutsideFailed("Another program cannot have this terminal.") from None
    except OSError as problem:
        raise OutsideFailed(f"It could not be started: {problem.strerror or type(problem).__name__}.") from None
    finally:
        if process is not None and process.returncode is None:
            process.terminate()


@contextmanager
def _without_interrupts() -> Generator[None]:
    """ctrl+c and ctrl+\\ belong to the other program; the terminal sends them to both."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        for number in before:
            # Not SIG_IGN: the other program would inherit it.
            signal.signal(number, _let_pass)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def _let_pass(_: int, __: FrameType | None) -> None:
    """Meant for the other program."""
