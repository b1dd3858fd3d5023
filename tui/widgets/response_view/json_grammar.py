"""JSON's grammar, read carefully: one value, key or blank at a time, very long ones in pieces.

The fast reader beside this file comes here for what its one pattern does not match, and for the place and the
reason when a text is not JSON. RFC 8259, to the letter. Knows bytes and offsets, nothing of rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

Rest = Callable[[], None]
"""Called every millisecond or so of reading: the place to let others run, to tell how far it is, or to raise."""

PIECE: Final = 1 << 17

# Groups are atomic, not possessive: where one fails in its midst, Python before 3.11.5 goes on from there
# instead of from its start, and takes `1.` for a number (python/cpython, issue 106052).
STRING: Final = rb'"[^"\\\x00-\x1f]{0,9999}+(?>(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]{0,9999}+){0,99})"'
NUMBER: Final = rb"-?(?:0|[1-9][0-9]{0,9999}+)(?>(?:\.[0-9]{1,9999}+)?)(?>(?:[eE][+-]?[0-9]{1,9999}+)?)"

_BLANKS: Final = re.compile(rb"[ \t\n\r]*+")
_SOME_OF_A_STRING: Final = re.compile(STRING[1:-1])
_WORD: Final = re.compile(rb"true|false|null")
_DIGITS: Final = re.compile(rb"[0-9]*+")
_QUOTE: Final = 0x22
_BACKSLASH: Final = 0x5C


class NotJson(ValueError):
    """The text is not JSON, or none that can be shown.

    Attributes:
        reason: what is wrong, without a full stop.
        offset: where, in bytes from the start.
        line: the same counted in lines from 1.
        column: bytes from the start of that line, from 1.
    """

    def __init__(self, reason: str, content: bytes, offset: int) -> None:
        self.reason = reason
        self.offset = offset
        self.line = content.count(b"\n", 0, offset) + 1
        self.column = offset - content.rfind(b"\n", 0, offset)
        super().__init__(f"{reason} at line {self.line:,}, column {self.column:,}")


def skip_blanks(content: bytes, at: int, rest: Rest) -> int:
    """The offset of the first byte that is no blank."""
    return _run(_BLANKS, content, at, rest)


def read_key(content: bytes, at: int, rest: Rest) -> int:
    """The offset after a member's key, which begins at `at`."""
    if content[at : at + 1] != b'"':
        raise NotJson(_unexpected(content, at, "a key in quotes"), content, at)
    return read_string(content, at, rest)


def read_colon(content: bytes, at: int, rest: Rest) -> int:
    """The offset after the colon that follows a key."""
    at = skip_blanks(content, at, rest)
    if content[at : at + 1] != b":":
        raise NotJson(_unexpected(content, at, "a colon after the key"), content, at)
    return at + 1


def read_plain(content: bytes, at: int, rest: Rest) -> int:
    """The offset after a string, number, `true`, `false` or `null` that begins at `at`."""
    first = content[at : at + 1]
    if first == b'"':
        return read_string(content, at, rest)
    if first == b"-" or first.isdigit():
        return _read_number(content, at, rest)
    if word := _WORD.match(content, at):
        return word.end()
    raise NotJson(_unexpected(content, at, "a value"), content, at)


def read_string(content: bytes, at: int, rest: Rest) -> int:
    """The offset after the string that begins at `at`."""
    opened = at
    at += 1
    while some := _SOME_OF_A_STRING.match(content, at):
        if some.end() == at:
            break
        at = some.end()
        rest()
    if at >= len(content):
        raise NotJson("a string that does not end, begun", content, opened)
    if content[at] != _QUOTE:
        what = "an unknown escape" if content[at] == _BACKSLASH else "a control character in a string"
        raise NotJson(what, content, at)
    return at + 1


def read_after(content: bytes, at: int, rest: Rest) -> int:
    """The offset of the comma or bracket that follows a value inside an object or array."""
    at = skip_blanks(content, at, rest)
    if content[at : at + 1] in (b",", b"}", b"]"):
        return at
    raise NotJson(_unexpected(content, at, "a comma or a closing bracket"), content, at)


def _read_number(content: bytes, at: int, rest: Rest) -> int:
    begun = at
    at += content[at] == 0x2D
    at = at + 1 if content[at : at + 1] == b"0" else _digits(content, at, begun, rest)
    if content[at : at + 1] == b".":
        at = _digits(content, at + 1, begun, rest)
    if content[at : at + 1] in (b"e", b"E"):
        at += 1
        at += content[at : at + 1] in (b"+", b"-")
        at = _digits(content, at, begun, rest)
    return at


def _digits(content: bytes, at: int, begun: int, rest: Rest) -> int:
    end = _run(_DIGITS, content, at, rest)
    if end == at:
        raise NotJson("a number that is not finished", content, begun)
    return end


def _run(pattern: re.Pattern[bytes], content: bytes, at: int, rest: Rest) -> int:
    """Where a run of bytes ends; the pattern is a possessive repetition of single bytes."""
    while True:
        piece_end = at + PIECE
        found = pattern.match(content, at, piece_end)
        at = found.end() if found else at
        if at < piece_end or at >= len(content):
            return at
        rest()


def _unexpected(content: bytes, at: int, wanted: str) -> str:
    return f"{wanted} is missing" if at < len(content) else f"the text ends where {wanted} should be,"
