"""Spelling suggestions: the known word that a mistyped one was probably meant for. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

_LIKENESS: Final = 0.72
_LIKENESS_OF_SHORT_ONES: Final = 0.6
_SHORT: Final = 4


def nearest(word: str, known: Collection[str], also: Mapping[str, str]) -> str | None:
    """The known word that is most like a mistyped one; None where none is.

    `also` maps other names, in letters and digits only, to known words.
    """
    letters = _letters(word)
    spelled = {_letters(each): each for each in known}
    found = spelled.get(letters) or also.get(letters)
    if found in known:
        return found
    begun = [each for name, each in spelled.items() if len(letters) > 1 and name.startswith(letters)]
    if len(begun) == 1:
        return begun[0]
    # Mistakes are rare: no start waits for this import.
    from difflib import get_close_matches

    alike = get_close_matches(
        letters, spelled, n=1, cutoff=_LIKENESS if len(letters) > _SHORT else _LIKENESS_OF_SHORT_ONES
    )
    return spelled[alike[0]] if alike else None


def _letters(word: str) -> str:
    return "".join(each for each in word.casefold() if each.isalnum()).removeprefix("twilio")
