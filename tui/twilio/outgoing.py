"""A request on its way out, before the credentials: what it is, and how httpx is given it.

Must not know where it may go.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

from tui.http_server.http_messages import FRAMING_HEADERS
from tui.twilio.errors import InvalidRequest
from tui.twilio.media_types import FORM

if TYPE_CHECKING:
    import httpx


class RequestBody(Protocol):
    """A body that is produced while it is sent, so that its size does not matter to memory."""

    @property
    def length(self) -> int:
        """Bytes that `pieces` will bring, exactly."""
        ...

    def pieces(self) -> AsyncGenerator[bytes]:
        """The bytes from the first on; every call starts again."""
        ...


CONNECT_TIMEOUT = 10.0
"""Seconds to wait for a connection to be made."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that ask and change nothing (RFC 9110, 9.2.1)."""


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """A request as it goes out: everything but the credentials.

    Attributes:
        anonymous: without the connection's credentials, as a redirect to another host is followed.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes | RequestBody | None = None
    anonymous: bool = False


def form_post(url: str, form: Iterable[tuple[str, str]]) -> OutgoingRequest:
    """A POST of pairs as a form. What has no UTF-8 becomes a question mark."""
    content = urlencode(list(form), errors="replace").encode("ascii")
    return OutgoingRequest("POST", url, (("Content-Type", FORM),), content)


def _encoded(headers: Sequence[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Headers as bytes; refuses those that frame the request, since two opinions on its length are two requests."""
    for name, _ in headers:
        if name.strip().lower() in FRAMING_HEADERS:
            raise InvalidRequest("Headers", f"{name} is set by the connection itself.", "Take the header out.")
    try:
        return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers]
    except UnicodeEncodeError:
        raise InvalidRequest(
            "Headers", "A header holds a character that HTTP headers cannot carry.", "Use Latin-1 letters only."
        ) from None


def build_request(
    http: httpx.AsyncClient, outgoing: OutgoingRequest, limit: float, extensions: dict[str, object]
) -> httpx.Request:
    """The request as httpx sends it, within a limit in seconds for each of its steps.

    Raises:
        InvalidRequest: a header cannot be sent.
    """
    import httpx

    headers = _encoded(outgoing.headers)
    content = outgoing.content
    if content is not None and not isinstance(content, bytes):
        headers.append((b"Content-Length", str(content.length).encode("ascii")))
        content = content.pieces()
    return http.build_request(
        outgoing.method,
        outgoing.url,
        headers=headers,
        content=content,
        timeout=httpx.Timeout(limit, connect=min(CONNECT_TIMEOUT, limit)),
        extensions=extensions,
    )
