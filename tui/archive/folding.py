"""Folds texts for comparison: without regard to case, marks, width, and the alphabets' own digits, blanks and dashes.

What is searched and what is searched for pass through here, so that they meet. The result depends on the Unicode data
of this Python (`unicodedata.unidata_version`): an index built with other data has to be built again. Pure.

Sources: Unicode normalisation (UAX #15), full case folding (`str.casefold`), and canonical combining classes (UAX #44).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from tui.safe_text import is_unseen

INDEX_END: Final = "\n\n"
"""Follows each text in the index, so that its last two characters begin a trigram too. In no folded text."""

_KEPT_CLASSES: Final = frozenset({0, 8, 9})
"""Combining classes of marks that make another letter: vowel signs, the voicing of kana, viramas."""

_MOST_REMEMBERED: Final = 20_000
"""Characters whose plain form is kept in memory."""

_BLANKS: Final = re.compile(r" {2,}")


class _Folded(dict[int, str]):
    """A table for `str.translate`, filled as characters are met: what stands for each one in a folded text."""

    def __missing__(self, code: int) -> str:
        apart = unicodedata.normalize("NFKD", chr(code)).casefold()
        folded = "".join(map(_plain, unicodedata.normalize("NFKD", apart)))
        if len(self) < _MOST_REMEMBERED:
            self[code] = folded
        return folded


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp", "Cc"):
        return " "
    if category == "Cs":
        # Half of a pair, which neither UTF-8 nor SQLite has.
        return "\ufffd"
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd":
        return "-"
    if category == "Me" or is_unseen(character) or unicodedata.combining(character) not in _KEPT_CLASSES:
        return ""
    return character


_FOLDED: Final = _Folded()


def fold(text: str) -> str:
    """A text for comparison. Folding it once more changes nothing.

    Compatibility forms come apart (NFKD), case is folded, accents and points are dropped, as are characters that
    nobody sees; digits become 0 to 9, dashes `-`, and blanks, line ends and control characters one blank together.
    """
    if text.isascii() and text.isprintable():
        folded = text.lower()
    else:
        # Character by character, and then again: the marks that are left may stand in another order.
        folded = unicodedata.normalize("NFKD", text.translate(_FOLDED))
    return _BLANKS.sub(" ", folded) if "  " in folded else folded


def fold_for_index(text: str) -> str:
    """A text as the index of texts has it: folded, and with an end by which words of one or two characters are found.

    Empty for a text in which nothing can be found.
    """
    folded = fold(text)
    return folded + INDEX_END if folded else ""
