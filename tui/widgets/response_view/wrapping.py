"""Breaking text into lines of so many cells: nothing is lost, and a line never needs more room than it has.

Every character is counted as it looks when it stands alone, which is never narrower than it looks among others.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rich.cells import cell_len

from tui.safe_text import safe_text

_TAB: Final = "    "
_SIMPLE: Final = re.compile("[ -~]+")


def shown(text: str) -> str:
    """A piece of one line as it is drawn: safe, tabs as blanks."""
    return safe_text(text.replace("\t", _TAB), limit=None)


def break_text(text: str, first: int, others: int) -> list[int]:
    """Where the lines of a text without line feeds begin, as character indices; the first is 0.

    `first` and `others` are the cells the first line and all others have.
    """
    starts = [0]
    room = left = max(1, first)
    others = max(1, others)
    at, size = 0, len(text)
    while at < size:
        run = _SIMPLE.match(text, at)
        if run is not None:
            end = run.end()
            if end - at > left:
                begin = at + left
                starts.append(begin)
                starts.extend(range(begin + others, end, others))
                room = others
                at = starts[-1]
                left = room
            left -= end - at
            at = end
            continue
        need = cells_alone(text[at])
        if need > left and at > starts[-1]:
            starts.append(at)
            room = left = others
        # One that is wider than a whole line leaves no room, and takes none of what stands before it.
        left = max(0, left - need)
        at += 1
    return starts


@lru_cache(maxsize=8192)
def cells_alone(character: str) -> int:
    """Cells a character takes when nothing stands before it."""
    return cell_len(shown(character))
