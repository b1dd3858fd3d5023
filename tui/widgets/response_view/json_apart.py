"""A large JSON text read by an interpreter of its own: the keys need not share this one with seconds of reading.

Threads of one interpreter take turns of 5 ms; with another, the keys lose nothing and the text is read at full speed.
It costs 30 ms to start and the text once more in memory while it runs. Where it cannot be started, or dies, the text is
read here after all. Knows no view.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Final

from tui.widgets.response_view.json_frames import Broken, take_frame
from tui.widgets.response_view.json_grammar import Rest
from tui.widgets.response_view.json_reader import MOST_ROWS, read_rows
from tui.widgets.response_view.json_tree import Tree

LARGE: Final = 2_000_000
"""Bytes from which on it pays."""

AT_ONCE: Final = 4096
"""Rows read here first: there is something to look at while the other interpreter starts."""

_ROOT: Final = str(Path(__file__).parents[3])
_PROGRAM: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); from tui.widgets.response_view.json_frames import main; main({})"
)


def read_large_rows(
    tree: Tree, rest: Rest, *, most: int = MOST_ROWS, large: int = LARGE, interpreter: str = sys.executable
) -> None:
    """Fill the tree, as `read_rows` does.

    Args:
        tree: with the text, and no rows yet.
        rest: see `Rest`; when it raises, the other interpreter is ended.
        most: rows kept at the most, or a few more.
        large: bytes of text from which on another interpreter reads it.
        interpreter: what to start.

    Raises:
        NotJson: what is wrong, and where; the rows before it are left as they are.
    """
    process = _start(interpreter, most) if len(tree.content) >= large else None
    if process is None:
        read_rows(tree, rest, most=most)
        return
    feeding = Thread(target=_feed, args=(process, tree.content), daemon=True)
    feeding.start()
    try:
        read_rows(tree, rest, most=min(AT_ONCE, most))
        if tree.whole or tree.count >= most:
            return
        assert process.stdout is not None
        while take_frame(tree, process.stdout):
            rest()
    except Broken:
        _read_here(tree, rest, most)
    finally:
        process.kill()
        process.wait()
        feeding.join()
        if process.stdout is not None:
            process.stdout.close()


def _start(interpreter: str, most: int) -> subprocess.Popen[bytes] | None:
    try:
        return subprocess.Popen(  # noqa: S603 - this interpreter, with a program of ours
            [interpreter, "-I", "-S", "-c", _PROGRAM.format(most), _ROOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None


def _feed(process: subprocess.Popen[bytes], content: bytes) -> None:
    assert process.stdin is not None
    with suppress(OSError, ValueError), process.stdin as pipe:
        pipe.write(content)


def _read_here(tree: Tree, rest: Rest, most: int) -> None:
    # Others look at the tree meanwhile: the rows it has stay, and those it lacks are put behind them in the end.
    again = Tree(tree.content)
    try:
        read_rows(again, rest, most=most)
    finally:
        tree.take_over(again)
