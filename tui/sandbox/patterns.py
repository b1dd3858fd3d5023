"""Which paths a fault is for: regular expressions of a kind that no path can make run away.

    Messages\\.json$       characters, `\\` before one that means something else, `^` and `$` at the ends
    Messages/.*Media      `.*` and `.+` for anything between
    /(…)  a*  b?  c{2}    refused: no groups, and no other repetitions
    [0-9A-F]  \\d  .       one character of several; `|` between alternatives

Everything between two `.*` has a fixed length, so that finding it, leftmost first, never has to go back: a match costs
at most the length of the pattern times that of the path. Python's own matcher can take for ever where a repetition
stands inside another (`(a+)+$`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

LONGEST = 200
"""Characters of a pattern."""

LONGEST_PATH = 1000
"""Characters of a path that a pattern can fit; the sandbox has none half as long."""

_ITEM = re.compile(r"\\[dDwWsS]|\\[^A-Za-z0-9]|\[\^?\]?[^\]\[\\]*\]|[^\\\[\](){}*+?^$|]", re.DOTALL)
_GAP = re.compile(r"\.[*+]")
_DOUBLED = ("--", "&&", "||", "~~")


@dataclass(frozen=True, slots=True)
class _Way:
    """One alternative: pieces of fixed length, with gaps of any length between."""

    pieces: tuple[tuple[re.Pattern[str], int], ...]
    from_start: bool
    to_end: bool

    def fits(self, text: str) -> bool:
        position = 0
        for index, (piece, length) in enumerate(self.pieces):
            first, last = index == 0, index == len(self.pieces) - 1
            if last and self.to_end:
                start = len(text) - length
                tied = first and self.from_start
                return (start == 0 if tied else start >= position) and piece.match(text, start) is not None
            found = piece.match(text) if first and self.from_start else piece.search(text, position)
            if found is None:
                return False
            position = found.end()
        return True


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A pattern that was read; an empty one fits every path."""

    ways: tuple[_Way, ...]

    def fits(self, path: str) -> bool:
        """Tell whether it is found in the path. A path longer than any of the sandbox's is fitted by none."""
        return len(path) <= LONGEST_PATH and any(way.fits(path) for way in self.ways)


@lru_cache(maxsize=256)
def read_pattern(text: str) -> PathPattern:
    """Read a pattern.

    Raises:
        ValueError: with a sentence, for one that is too long or holds what is not taken.
    """
    if len(text) > LONGEST:
        raise ValueError(f"path is {len(text)} characters long; {LONGEST} are the most")
    way, position = _read_way(text, 0)
    ways = [way]
    while position < len(text):
        way, position = _read_way(text, position + 1)
        ways.append(way)
    return PathPattern(tuple(ways))


def _read_way(text: str, position: int) -> tuple[_Way, int]:
    from_start = text.startswith("^", position)
    position += from_start
    pieces: list[tuple[re.Pattern[str], int]] = []
    piece, length = "", 0
    while position < len(text) and text[position] != "|":
        if gap := _GAP.match(text, position):
            if gap[0] == ".+":
                piece, length = f"{piece}.", length + 1
            pieces.append((_compiled(text, piece), length))
            piece, length, position = "", 0, gap.end()
        elif text[position] == "$" and text[position + 1 : position + 2] in {"", "|"}:
            pieces.append((_compiled(text, piece), length))
            return _Way(tuple(pieces), from_start, True), position + 1
        elif (item := _ITEM.match(text, position)) and not any(two in item[0] for two in _DOUBLED):
            piece, length, position = piece + item[0], length + 1, item.end()
        else:
            raise _cannot(text, position)
    pieces.append((_compiled(text, piece), length))
    return _Way(tuple(pieces), from_start, False), position


def _compiled(text: str, piece: str) -> re.Pattern[str]:
    try:
        return re.compile(piece, re.DOTALL)
    except re.error:
        raise _cannot(text, text.find(piece)) from None


def _cannot(text: str, position: int) -> ValueError:
    rest = text[position : position + 10]
    return ValueError(
        f"path {text!r} cannot be read from {rest!r} on: it may hold characters, [a-z], \\d, \\., .* and .+, "
        "^ and $ at the ends, | between alternatives; no groups and no other repetitions"
    )
