"""Frame HTTP/1.1: find the end of a head, join a chunked body, write a head; bounded in raw bytes, lines and chunks.

Bytes in, bytes out: knows no sockets and no deadlines. Requests that come in and Twilio's answers are both read through
it. h11 reads a head only once it has passed `head_fault` here: a header of 16 KB of blanks before a NUL
costs h11 0.16 two seconds, since its pattern tries every way of sharing the blanks out. Chunks are read here because
h11 makes an event of each (16 µs), of which a megabyte holds 170,000, and its patterns for their sizes and trailers
try as many ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

MOST_HEAD_LINES: Final = 128
"""Lines of a head; Twilio behind two proxies sends some thirty."""

_HEAD_END: Final = re.compile(rb"\n\r?\n")
_UNFIT: Final = re.compile(rb"[\x00\x0b\x0c]|\r(?!\n)")
_SIZE_LINE: Final = re.compile(rb"([0-9A-Fa-f]{1,16})(?:;[^\r\n]*|[ \t]*)\r\n")
_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_ENDS_LINE: Final = re.compile(r"[\r\n\0]")
_LONGEST_LINE: Final = 1024


def head_end(data: bytes | bytearray, searched: int = 0) -> int:
    """The length of the head that `data` begins with, its blank line included; 0 while that has not arrived.

    `searched` is how many bytes were looked through before, so that a head of one-byte pieces is not searched anew.
    """
    found = _HEAD_END.search(data, max(0, searched - 3))
    return found.end() if found else 0


def no_head(data: bytes | bytearray) -> bool:
    """Whether the first byte shows that this is neither request nor answer: a blank line, a control character, TLS."""
    return bool(data) and data[0] <= 0x20


def head_fault(head: bytes | bytearray) -> int:
    """The status to refuse a whole head with before it is parsed; 0 for one that may be parsed."""
    if head.count(b"\n") > MOST_HEAD_LINES:
        return 431
    return 400 if no_head(head) or _UNFIT.search(head) else 0


def answer_head(status: int, reason: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """The head of an answer, its blank line included.

    Raises:
        ValueError: it would end a line, or hold what is no header; UnicodeError is one.
    """
    lines = [f"HTTP/1.1 {status:03} {reason}"]
    for name, value in headers:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a header")
        lines.append(f"{name}: {value}")
    if any(map(_ENDS_LINE.search, lines)):
        raise ValueError("a header must not hold a line's end, nor NUL")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class BadChunk(Exception):
    """The body is not made of chunks, or of too many; `status` is the one to answer with."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Chunks:
    """A chunked body, joined as it arrives.

    Args:
        most: bytes it may have once joined; beyond it is a `BadChunk` 413.
        framing: bytes that sizes, extensions and trailers may take beside it. A chunk takes five at least, so this
            bounds their number as well; beyond it is a `BadChunk` 413.

    Whoever passes the body on as it comes calls `take`: `most` then bounds what was not taken yet, and as much framing
    is allowed anew as was taken of the body, so that neither bounds how long a body may be.
    """

    def __init__(self, most: int, framing: int) -> None:
        self.body = bytearray()
        self.done = False
        self._most = most
        self._framing = self._most_framing = framing
        self._left = 0
        self._at_end_of_chunk = self._in_trailers = False

    def feed(self, data: bytearray) -> None:
        """Remove from the beginning of `data` what can be read; what is incomplete or comes after the body stays there.

        Raises:
            BadChunk: 400 where it is malformed, 413 where it is too much.
        """
        body, place = self.body, 0
        while not self.done:
            if self._left:
                piece = data[place : place + self._left]
                body += piece
                place += len(piece)
                self._left -= len(piece)
                if self._left:
                    break
                self._at_end_of_chunk = True
            if self._at_end_of_chunk:
                if len(data) - place < 2:
                    break
                if not data.startswith(b"\r\n", place):
                    raise BadChunk(400)
                self._at_end_of_chunk = False
                place = self._spend(place, place + 2)
            if self._in_trailers:
                end = data.find(b"\n", place) - 1
                if end < -1:
                    break
                if end < place or not data.startswith(b"\r", end):
                    # Whoever takes this for the end of a line sees the body end elsewhere than we do.
                    raise BadChunk(400)
                self.done = end == place
                place = self._spend(place, end + 2)
                continue
            line = _SIZE_LINE.match(data, place)
            if line is None:
                self._check_incomplete_size(data, place)
                break
            place = self._spend(place, line.end())
            self._left = int(line[1], 16)
            self._in_trailers = not self._left
            if len(body) + self._left > self._most:
                raise BadChunk(413)
        del data[:place]
        if self._framing < (0 if self.done else len(data)):
            raise BadChunk(413)

    def take(self) -> bytes:
        """The body joined since the last call."""
        taken = bytes(self.body)
        self.body.clear()
        self._framing = min(self._most_framing, self._framing + len(taken))
        return taken

    def _spend(self, start: int, end: int) -> int:
        self._framing -= end - start
        return end

    @staticmethod
    def _check_incomplete_size(data: bytearray, place: int) -> None:
        """Raise where no further bytes could complete the line of a chunk's size."""
        if data.find(b"\n", place) >= 0 or len(data) - place > _LONGEST_LINE:
            raise BadChunk(400)
