"""Finding words in a large text or in bytes: piece by piece, so that a thread can stop and tell how far it is.

Small letters find capitals as well; a capital in what is sought makes it exact. JSON is searched as it is written,
with its escapes understood.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable
from typing import AnyStr, Final

MOST_FOUND: Final = 200_000
"""Places kept, four bytes each."""

MOST_SOUGHT: Final = 200
"""Characters that are looked for; a longer text is cut."""

_PIECE: Final = 1 << 17
_OVERLAP: Final = 1 << 13
_ESCAPED: Final = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", '"': '"', "\\": "\\", "/": "/"}


def text_pattern(sought: str) -> re.Pattern[str]:
    """What finds a text where it stands as it is."""
    return re.compile(re.escape(sought[:MOST_SOUGHT]), case_flag(sought))


def json_pattern(sought: str) -> re.Pattern[str]:
    """What finds a text in JSON as it is written: escaped or not, with any blanks around a colon."""
    parts: list[str] = []
    for part in re.split("( *: *)", sought[:MOST_SOUGHT]):
        if part.strip(" ") == ":":
            parts.append(r"[ \t\r\n]{0,99}:[ \t\r\n]{0,99}")
        else:
            exact = sought != sought.lower()
            parts.extend(_either_escaped(character, exact) for character in part)
    return re.compile("".join(parts), case_flag(sought))


def case_flag(sought: str) -> re.RegexFlag:
    """Whether capitals count."""
    return re.NOFLAG if sought != sought.lower() else re.IGNORECASE


def find_all(
    content: AnyStr,
    pattern: re.Pattern[AnyStr],
    checkpoint: Callable[[], None],
    found: array[int],
    *,
    skip: Callable[[int], bool] | None = None,
    most: int = MOST_FOUND,
) -> bool:
    """Append the offsets of every match to `found`; False when there are more than `most`.

    `checkpoint` is called every few milliseconds and may raise to stop. `skip` says of an offset that what begins
    there only looks like a match. A match longer than 8,000 characters may be missed.
    """
    at = 0
    size = len(content)
    while at < size:
        limit = min(size, at + _PIECE)
        end = min(size, limit + _OVERLAP)
        while (match := pattern.search(content, at, end)) is not None and match.start() < limit:
            if skip is not None and skip(match.start()):
                # What it took may hold the beginning of a real one.
                at = match.start() + 1
                continue
            if len(found) >= most:
                return False
            found.append(match.start())
            at = max(match.end(), match.start() + 1)
        at = max(at, limit)
        checkpoint()
    return True


def inside_escape(text: str, at: int) -> bool:
    """Whether a character of JSON is part of an escape but not its beginning, so that it is not what it looks like."""
    for back in range(1, 6):
        backslash = at - back
        if backslash < 0 or text[backslash] != "\\":
            continue
        before = backslash
        while before > 0 and text[before - 1] == "\\":
            before -= 1
        if (backslash - before) % 2 == 0:
            return back == 1 or text[backslash + 1] == "u"
    return False


def _either_escaped(character: str, exact: bool) -> str:
    if character.isascii() and character.isalnum():
        return character
    # A quote may be one that is written around a key, since that is how it is shown.
    forms = {re.escape(character)} if character != "\\" and character >= " " else set[str]()
    if character in _ESCAPED:
        forms.add(re.escape("\\" + _ESCAPED[character]))
    for form in {character} if exact else {character, character.lower(), character.upper()}:
        units = form.encode("utf-16-be", "surrogatepass").hex()
        forms.add("".join(rf"\\u(?i:{units[at : at + 4]})" for at in range(0, len(units), 4)))
    return f"(?:{'|'.join(sorted(forms))})"
