"""Characters that nobody sees. They come with a paste, and are not meant. Pure, and knows nothing of ours.

Sources: Unicode's general categories, and its list of characters that draw nothing (Default_Ignorable_Code_Point).
"""

from __future__ import annotations

import unicodedata
from typing import Final

# Controls, formats (zero width, direction, byte order mark), blanks and line ends of all kinds.
_CATEGORIES: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
DRAW_NOTHING: Final = frozenset(
    [
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0),
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),
        *range(0xFFF0, 0xFFF9),
        *range(0xE0000, 0xE1000),
    ]
)
"""Draw nothing although their category is letter, mark or none at all: joiners, fillers, selectors."""

_EMPTY_BRAILLE: Final = "\u2800"
_QUOTES: Final = frozenset({'""', "''", "``", "“”", "‘’", "„“", "‚‘", "«»", "”“", "””", "’’"})
_ANY_QUOTE: Final = frozenset("".join(_QUOTES))


def is_unseen(character: str) -> bool:
    """Whether a character leaves no mark; blanks and line ends are among those."""
    drawn = ord(character) not in DRAW_NOTHING and character != _EMPTY_BRAILLE
    return not drawn or unicodedata.category(character) in _CATEGORIES


def code_point(character: str) -> str:
    """What a character is called when it cannot be shown, such as U+200B."""
    return f"U+{ord(character):04X}"


def bare(text: str) -> str:
    """A value without what a paste, a shell or a file adds around it: blanks, line ends, what nobody sees, quotes."""
    begin, end = 0, len(text)
    while begin < end:
        if is_unseen(text[begin]):
            begin += 1
        elif is_unseen(text[end - 1]):
            end -= 1
        elif end - begin > 1 and text[begin] + text[end - 1] in _QUOTES:
            begin, end = begin + 1, end - 1
        else:
            break
    return text[begin:end]


def flaw_in(value: str) -> str:
    """What cannot belong into a bare value that is one word, to follow its name in a sentence; empty for nothing.

    A plain blank is seen well enough, and may be meant.
    """
    for place, character in enumerate(value, 1):
        if character in "\r\n":
            return "holds a line end"
        if "\ud800" <= character <= "\udfff":
            return "holds bytes that are no text"
        if character != " " and is_unseen(character):
            return f"holds a character that nobody sees ({code_point(character)}, character {place})"
    quotes = [place for place, character in enumerate(value) if character in _ANY_QUOTE]
    if quotes in ([0], [len(value) - 1]):
        return "has a quote on one side only"
    return ""
