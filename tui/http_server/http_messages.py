"""HTTP requests and responses of the server, as plain data.

A handler may answer badly on purpose (`RawBytes`, `Reset`, `Truncated`, `Dripping`), to try clients out.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

FRAMING_HEADERS: Final = frozenset({"host", "content-length", "transfer-encoding"})
"""Headers that whoever sends a request writes itself: its host, and where its body ends."""

CONNECTION_HEADERS: Final = frozenset({"connection", "keep-alive", "te", "trailer", "upgrade", "expect"})
"""Headers about the connection a request came by, which mean nothing on another (RFC 9110, 7.6.1 and 10.1.1)."""

_ABSOLUTE: Final = re.compile(r"https?://[^/?#]*", re.IGNORECASE)

Headers: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One complete request. `target`, `path` and `query` keep the percent-encoding they arrived with."""

    method: str
    target: str
    path: str
    query: str
    headers: Headers
    body: bytes
    peer: tuple[str, int]

    def header(self, name: str, default: str = "") -> str:
        """Return the first header of that name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), default)


@dataclass(frozen=True, slots=True)
class Response:
    """An ordinary response. Content-Length is added; `reason` defaults to the standard phrase."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RawBytes:
    """Write these bytes as they are, then close."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Reset:
    """Answer nothing and reset the connection (RST)."""


@dataclass(frozen=True, slots=True)
class Truncated:
    """Promise the whole body, send its first `keep` bytes, close."""

    response: Response
    keep: int


@dataclass(frozen=True, slots=True)
class Dripping:
    """Send the whole body, `piece` bytes every `seconds`."""

    response: Response
    piece: int = 1
    seconds: float = 0.1


Answer: TypeAlias = Response | RawBytes | Reset | Truncated | Dripping
Handler: TypeAlias = Callable[[Request], Awaitable[Answer]]


def origin_form(target: str) -> str:
    """Path and query of a request line's target, without the scheme and host of the absolute form."""
    absolute = _ABSOLUTE.match(target)
    if absolute is None:
        return target
    rest = target[absolute.end() :]
    return rest if rest.startswith("/") else f"/{rest}"


def plain(status: int, text: str, *headers: tuple[str, str]) -> Response:
    """A response of one line of plain text."""
    return Response(status, (("Content-Type", "text/plain; charset=utf-8"), *headers), f"{text}\n".encode())
