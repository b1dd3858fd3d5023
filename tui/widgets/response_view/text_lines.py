"""The screen lines of a large text: where each begins, worked out once from top to bottom, in pieces.

A line feed ends a line; what is longer than the screen is wide goes on in the next. One byte offset a line is
all that is kept.
"""

from __future__ import annotations

import codecs
from array import array
from bisect import bisect_right
from typing import Final

from tui.widgets.response_view.json_grammar import Rest
from tui.widgets.response_view.wrapping import break_text, shown

MOST_LINES: Final = 4_000_000
"""Lines kept, four bytes each."""

_PIECE: Final = 1 << 16
_LINES_BETWEEN_RESTS: Final = 2000
_MOST_UNBROKEN: Final = 1 << 14
# Without a byte order mark the decoder of Python gives up; the web reads little-endian (WHATWG Encoding §14.2).
_UNMARKED: Final = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


class TextLines:
    """Lines found so far; a thread may still be adding to them.

    Attributes:
        content: the text as UTF-8.
        width: cells a line has.
        count: lines that are finished and may be read.
        whole: whether the text was broken to its end.
    """

    __slots__ = ("_starts", "content", "count", "whole", "width")

    def __init__(self, content: bytes, width: int) -> None:
        self.content = content
        self.width = max(1, width)
        self.count = 0
        self.whole = False
        self._starts: array[int] = array("I")

    def start(self, line: int) -> int:
        """The byte offset at which a line begins."""
        return self._starts[line]

    def line_at(self, offset: int) -> int:
        """The line that shows a byte; the last found so far when it is not reached."""
        return max(0, bisect_right(self._starts, offset, 0, self.count) - 1)

    def text(self, line: int) -> str:
        """What a line says, as it is drawn."""
        return shown(self.original(line))

    def original(self, line: int) -> str:
        """What a line says, as received, without its line feed."""
        end = self._starts[line + 1] if line + 1 < self.count else len(self.content)
        start = self._starts[line]
        # The last line found so far may be the beginning of a long text.
        raw = self.content[start : min(end, start + _PIECE)]
        newline = raw.find(b"\n")
        raw = raw if newline < 0 else raw[:newline]
        return raw.removesuffix(b"\r").decode("utf-8", "replace")

    def paragraph(self, line: int) -> str:
        """The whole line of the text, from line feed to line feed, as received."""
        start = self.content.rfind(b"\n", 0, self._starts[line]) + 1
        end = self.content.find(b"\n", start)
        return (
            self.content[start : len(self.content) if end < 0 else end].removesuffix(b"\r").decode("utf-8", "replace")
        )

    def read(self, rest: Rest, most: int = MOST_LINES) -> None:
        """Find the lines. At every call of `rest`, `count` of them may be read by others."""
        content, starts, width = self.content, self._starts, self.width
        at, size = 0, len(content)
        due = _LINES_BETWEEN_RESTS
        while at < size:
            if len(starts) >= due:
                self.count = len(starts)
                if self.count >= most:
                    return
                due = self.count + _LINES_BETWEEN_RESTS
                rest()
            newline = content.find(b"\n", at, at + _MOST_UNBROKEN)
            end = newline if newline >= 0 else size
            if end - at <= width and content[at:end].isascii() and b"\t" not in content[at:end]:
                # A control character is drawn as one picture, one cell; DEL as well.
                starts.append(at)
                at = end + 1
            elif newline >= 0 or size - at <= _MOST_UNBROKEN:
                self._wrap(content[at:end], at)
                at = end + 1
            else:
                at = self._wrap_some(at)
                rest()
        if not size or content.endswith(b"\n"):
            starts.append(size)
        self.count, self.whole = len(starts), True

    def _wrap(self, raw: bytes, at: int) -> None:
        text = raw.removesuffix(b"\r").decode("utf-8", "replace")
        breaks = break_text(text, self.width, self.width)
        self._starts.append(at)
        before = 0
        for begin in breaks[1:]:
            at += len(text[before:begin].encode())
            before = begin
            self._starts.append(at)

    def _wrap_some(self, at: int) -> int:
        """Wrap a piece of a very long line; what is left of its last line begins the next piece."""
        piece = self.content[at : at + _MOST_UNBROKEN]
        text = codecs.getincrementaldecoder("utf-8")("replace").decode(piece)
        breaks = break_text(text, self.width, self.width)
        if len(breaks) == 1:
            self._starts.append(at)
            return at + len(text.encode())
        before = 0
        for begin in breaks[1:]:
            self._starts.append(at)
            at += len(text[before:begin].encode())
            before = begin
        return at


def to_utf8(content: bytes, charset: str, rest: Rest) -> bytes:
    """The text as valid UTF-8, what does not fit its charset as U+FFFD; the same bytes when they are it already."""
    if charset == "utf-8" and _is_utf8(content, rest):
        return content
    if charset in _UNMARKED and not content.startswith(_MARKS):
        charset = _UNMARKED[charset]
    decoder = codecs.getincrementaldecoder(charset)("replace")
    kept: list[bytes] = []
    for start in range(0, len(content), _PIECE):
        text = decoder.decode(content[start : start + _PIECE], start + _PIECE >= len(content))
        kept.append(text.encode("utf-8", "replace"))
        rest()
    return b"".join(kept)


def _is_utf8(content: bytes, rest: Rest) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        for start in range(0, len(content), _PIECE):
            decoder.decode(content[start : start + _PIECE], start + _PIECE >= len(content))
            rest()
    except UnicodeDecodeError:
        return False
    return True
