"""The screen lines of a large text: where each begins, worked out once from top to bottom, in pieces.

A line feed ends a line; what is longer than the screen is wide goes on in the next. One offset a line is all that is
kept. Every character is counted as it looks when it stands alone, which is never narrower than it looks among others.
"""

from __future__ import annotations

import codecs
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from rich.cells import cell_len

from tui.safe_text import safe_text

MOST_LINES: Final = 4_000_000
"""Lines kept, four bytes each."""

_PIECE: Final = 1 << 16
_LINES_BETWEEN_RESTS: Final = 2000
_MOST_UNBROKEN: Final = 1 << 14
_TAB: Final = "    "
_SIMPLE: Final = re.compile("[ -~]+")
# Without a byte order mark the decoder of Python gives up; the web reads little-endian (WHATWG Encoding §14.2).
_UNMARKED: Final = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


class TextLines:
    """Lines found so far; a thread may still be adding to them.

    Attributes:
        text: the text.
        width: cells a line has.
        count: lines that are finished and may be read.
        whole: whether the text was broken to its end.
    """

    __slots__ = ("_starts", "count", "text", "whole", "width")

    def __init__(self, text: str, width: int) -> None:
        self.text = text
        self.width = max(1, width)
        self.count = 0
        self.whole = False
        self._starts: array[int] = array("I")

    def start(self, line: int) -> int:
        """The offset at which a line begins, in characters."""
        return self._starts[line]

    def line_at(self, offset: int) -> int:
        """The line that shows a character; the last found so far when it is not reached."""
        return max(0, bisect_right(self._starts, offset, 0, self.count) - 1)

    def original(self, line: int) -> str:
        """What a line says, as received, without its line feed."""
        end = self._starts[line + 1] if line + 1 < self.count else len(self.text)
        start = self._starts[line]
        # The last line found so far may be the beginning of a long text.
        return self.text[start : min(end, start + _PIECE)].partition("\n")[0].removesuffix("\r")

    def read(self, checkpoint: Callable[[], None], most: int = MOST_LINES) -> None:
        """Find the lines. At every call of `checkpoint`, `count` of them may be read by others."""
        text, starts, width = self.text, self._starts, self.width
        at, size = 0, len(text)
        due = _LINES_BETWEEN_RESTS
        while at < size:
            if len(starts) >= due:
                self.count = len(starts)
                if self.count >= most:
                    return
                due = self.count + _LINES_BETWEEN_RESTS
                checkpoint()
            newline = text.find("\n", at, at + _MOST_UNBROKEN)
            end = newline if newline >= 0 else min(size, at + _MOST_UNBROKEN)
            line = text[at:end]
            if end - at <= width and line.isascii() and "\t" not in line:
                # A control character is drawn as one picture, one cell; DEL as well.
                starts.append(at)
            else:
                begins = break_text(line.removesuffix("\r"), width, width)
                if newline < 0 and end < size:
                    # What is left of the last line of a piece begins the next piece.
                    end = at + begins.pop() if len(begins) > 1 else end
                    starts.extend(at + begin for begin in begins)
                    at = end
                    checkpoint()
                    continue
                starts.extend(at + begin for begin in begins)
            at = end + 1
        if not size or text.endswith("\n"):
            starts.append(size)
        self.count, self.whole = len(starts), True


def to_text(content: bytes, charset: str, checkpoint: Callable[[], None]) -> str:
    """The text of some bytes; what does not fit the charset becomes U+FFFD."""
    if charset in _UNMARKED and not content.startswith(_MARKS):
        charset = _UNMARKED[charset]
    decoder = codecs.getincrementaldecoder(charset)("replace")
    pieces: list[str] = []
    for start in range(0, len(content), _PIECE):
        pieces.append(decoder.decode(content[start : start + _PIECE], start + _PIECE >= len(content)))
        checkpoint()
    return "".join(pieces)


def drawn(text: str) -> str:
    """A piece of one line as it is drawn: safe, tabs as blanks."""
    return safe_text(text.replace("\t", _TAB), limit=None)


def break_text(text: str, first: int, others: int) -> list[int]:
    """Where the lines of a text without line feeds begin, as character indices; the first is 0.

    `first` and `others` are the cells the first line and all others have.
    """
    starts = [0]
    left = max(1, first)
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
                at = starts[-1]
                left = others
            left -= end - at
            at = end
            continue
        need = _cells_alone(text[at])
        if need > left and at > starts[-1]:
            starts.append(at)
            left = others
        # One that is wider than a whole line leaves no room, and takes none of what stands before it.
        left = max(0, left - need)
        at += 1
    return starts


@lru_cache(maxsize=8192)
def _cells_alone(character: str) -> int:
    """Cells a character takes when nothing stands before it."""
    return cell_len(drawn(character))
