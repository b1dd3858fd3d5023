"""Finding words in a large text: piece by piece, so that a thread can stop and tell how far it is.

Small letters find capitals as well; a capital in what is sought makes it exact. JSON is searched as it is
written, with its escapes understood. Knows bytes and offsets, not lines.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable
from typing import Final

MOST_FOUND: Final = 200_000
"""Places kept, four bytes each."""

MOST_SOUGHT: Final = 200
"""Characters that are looked for; a longer text is cut."""

_PIECE: Final = 1 << 17
_OVERLAP: Final = 1 << 13
_ESCAPED: Final = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", '"': '"', "\\": "\\", "/": "/"}


def text_pattern(sought: str) -> re.Pattern[bytes]:
    """What finds a text in UTF-8."""
    exact = sought != sought.lower()
    return re.compile(b"".join(_either(character, exact) for character in sought[:MOST_SOUGHT]))


def json_pattern(sought: str) -> re.Pattern[bytes]:
    """What finds a text in JSON as it is written: escaped or not, with any blanks around a colon."""
    exact = sought != sought.lower()
    parts: list[bytes] = []
    for part in re.split("( *: *)", sought[:MOST_SOUGHT]):
        if part.strip(" ") == ":":
            parts.append(rb"[ \t\r\n]{0,99}:[ \t\r\n]{0,99}")
        else:
            parts.extend(_either_escaped(character, exact) for character in part)
    return re.compile(b"".join(parts))


def shown_pattern(sought: str) -> re.Pattern[str]:
    """What finds the same text where it is drawn."""
    flags = re.NOFLAG if sought != sought.lower() else re.IGNORECASE
    return re.compile(re.escape(sought[:MOST_SOUGHT]), flags)


def inside_escape(content: bytes, at: int) -> bool:
    """Whether a byte of JSON is part of an escape but not its beginning, so that it is not what it looks like."""
    for back in range(1, 6):
        backslash = at - back
        if backslash < 0 or content[backslash] != 0x5C:
            continue
        before = backslash
        while before > 0 and content[before - 1] == 0x5C:
            before -= 1
        if (backslash - before) % 2 == 0:
            return back == 1 or content[backslash + 1] == 0x75
    return False


def find_all(
    content: bytes,
    pattern: re.Pattern[bytes],
    rest: Callable[[], None],
    found: array[int],
    *,
    is_json: bool = False,
    most: int = MOST_FOUND,
) -> bool:
    """Append the offsets of every match to `found`; False when there are more than `most`.

    `rest` is called every few milliseconds and may raise to stop. A match longer than 8 kB may be missed.
    """
    at = 0
    size = len(content)
    while at < size:
        limit = min(size, at + _PIECE)
        end = min(size, limit + _OVERLAP)
        while (match := pattern.search(content, at, end)) is not None and match.start() < limit:
            if is_json and inside_escape(content, match.start()):
                # What it took may hold the beginning of a real one.
                at = match.start() + 1
                continue
            if len(found) >= most:
                return False
            found.append(match.start())
            at = max(match.end(), match.start() + 1)
        at = max(at, limit)
        rest()
    return True


def _either(character: str, exact: bool) -> bytes:
    forms = {character} if exact else {character, character.lower(), character.upper()}
    return _group({re.escape(form.encode("utf-8", "replace")) for form in forms})


def _either_escaped(character: str, exact: bool) -> bytes:
    if character.isascii() and character.isalnum():
        return _either(character, exact)
    forms: set[bytes] = set()
    for form in {character} if exact else {character, character.lower(), character.upper()}:
        # A quote may be one that is written around a key, since that is how it is shown.
        if character != "\\" and character >= " ":
            forms.add(re.escape(form.encode("utf-8", "replace")))
        if character in _ESCAPED:
            forms.add(re.escape(b"\\" + _ESCAPED[character].encode()))
        units = form.encode("utf-16-be", "surrogatepass")
        forms.add(
            b"".join(
                rb"\\u" + _any_case(f"{int.from_bytes(units[at : at + 2], 'big'):04x}")
                for at in range(0, len(units), 2)
            )
        )
    return _group(forms)


def _any_case(digits: str) -> bytes:
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits).encode()


def _group(forms: set[bytes]) -> bytes:
    if len(forms) == 1:
        return next(iter(forms))
    if all(len(form) == 1 for form in forms):
        return b"[" + b"".join(sorted(forms)) + b"]"
    return b"(?:" + b"|".join(sorted(forms)) + b")"
