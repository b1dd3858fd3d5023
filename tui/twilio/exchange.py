"""HTTP requests and responses as plain data: what is sent, what arrives, and the JSON object or error in an answer.

Knows no HTTP library (`tui.twilio.http` does), no credentials, and not where a request may go. Both shapes of Twilio's
errors are read: the classic `{"code", "message", "more_info", "status"}` and the RFC 9457 problem documents of newer
hosts (`type`, `title`, `detail`, `status`, sometimes `code`).
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Protocol, cast
from urllib.parse import urlencode

from tui.http_server.http_messages import FRAMING_HEADERS
from tui.twilio.errors import ApiError, BadAnswer, InvalidRequest
from tui.twilio.lenient_json import as_int, as_text
from tui.twilio.media_types import FORM

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that ask and change nothing (RFC 9110, 9.2.1)."""

PIECE = 256 * 1024
"""Bytes of a decoded body handed on at a time, at most, when it was compressed."""

_MOST_EXTRA = 1024 * 1024
"""Bytes that a compressed body may be larger than what it stands for."""

LONGEST_WAIT = 3600.0
"""Seconds: a Retry-After beyond this is taken as this."""

LARGEST_JSON = 16 * 1024 * 1024
"""Bytes of JSON that are read: a list of a thousand of the longest messages has twelve million."""

MOST_VALUES = 500_000
"""Values in JSON that is read: such a list has fifty thousand. Reading so many takes some 0.2 s under the interpreter's
lock, which keys wait for in whatever thread it is done."""

LARGEST_ERROR = 256 * 1024
"""Bytes of an error that are read; Twilio's have a few hundred."""


class RequestBody(Protocol):
    """A request body that is produced while it is sent, so that its size does not matter to memory."""

    @property
    def length(self) -> int:
        """Bytes that `pieces` will bring, exactly."""
        ...

    def pieces(self) -> AsyncGenerator[bytes]:
        """The bytes from the first on; every call starts again."""
        ...


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """A request, without the connection's credentials.

    Attributes:
        anonymous: sent without credentials, as a redirect to another host is followed.
        verbatim: path, query and headers, Host and Content-Length among them, leave byte for byte as they stand here,
            and no header is added.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes | RequestBody | None = None
    anonymous: bool = False
    verbatim: bool = False


def form_post(url: str, form: Iterable[tuple[str, str]]) -> OutgoingRequest:
    """A POST of pairs as a form. What has no UTF-8 becomes a question mark."""
    content = urlencode(list(form), errors="replace").encode("ascii")
    return OutgoingRequest("POST", url, (("Content-Type", FORM),), content)


def encode_headers(headers: Sequence[tuple[str, str]], *, verbatim: bool = False) -> list[tuple[bytes, bytes]]:
    """Headers as bytes; refuses those that frame the request, since two opinions on its length are two requests.

    Raises:
        InvalidRequest: a header cannot be sent.
    """
    for name, _ in headers:
        if name.strip().lower() in FRAMING_HEADERS and not verbatim:
            raise InvalidRequest("Headers", f"{name} is set by the connection itself.", "Take the header out.")
    try:
        return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers]
    except UnicodeEncodeError:
        raise InvalidRequest(
            "Headers", "A header holds a character that HTTP headers cannot carry.", "Use Latin-1 letters only."
        ) from None


def decode_headers(headers: Sequence[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Headers as received: order, repeats and letter case kept; UTF-8 where it is, Latin-1 otherwise."""
    return tuple((name.decode("latin-1"), _header_text(value)) for name, value in headers)


def _header_text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


@dataclass(frozen=True, slots=True)
class IncomingResponse:
    """A response whose head has arrived and whose body is still to be read.

    Attributes:
        headers: as received: order, repeats and letter case kept.
        pieces: the decoded body, a bounded piece at a time.
        connect: seconds to look up the name and to connect, TLS included; None over a connection that was kept.
        first_byte: seconds from the start of the attempt until the head had arrived.
        received: bytes of the body that arrived so far, still compressed if they were.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    http_version: str
    pieces: AsyncIterator[bytes]
    connect: float | None = None
    first_byte: float | None = None
    received: Callable[[], int] = int


Read = Callable[[IncomingResponse], Awaitable[bytes]]
"""Reads a response's body and returns what of it is to be kept."""


class BrokenAnswer(Exception):
    """A response that is not read on: it costs far more than it says, ends early, or is no HTTP.

    The text tells what is wrong with it, for after the host's name.
    """


async def gunzip(raw: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Undo gzip a bounded piece at a time: a few bytes on the wire can stand for gigabytes.

    Raises:
        BrokenAnswer: it is no gzip, holds far more of it than content, or ends early.
    """
    inflate = zlib.decompressobj(wbits=31)
    begun = False
    packed = size = 0
    async for chunk in raw:
        pending = chunk
        begun = begun or bool(chunk)
        packed += len(chunk)
        if packed > size + _MOST_EXTRA:
            # Blocks that hold nothing, or bytes after the end: neither ever reaches a bound on what was decoded.
            raise BrokenAnswer("sent a compressed answer that cannot be read")
        while pending and not inflate.eof:
            try:
                piece = inflate.decompress(pending, PIECE)
            except zlib.error:
                raise BrokenAnswer("sent a compressed answer that cannot be read") from None
            size += len(piece)
            yield piece
            pending = inflate.unconsumed_tail
            # A bomb swells without ever waiting for the network; keys and time limits must get their turn.
            await asyncio.sleep(0)
    # The answer to a HEAD names an encoding and has no body at all.
    if begun and not inflate.eof:
        raise BrokenAnswer("broke off before its answer was whole")


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A whole response: status, headers in their order, and the decoded body.

    Attributes:
        elapsed: seconds from the start of the attempt to the last byte.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    content: bytes
    http_version: str
    elapsed: float

    def header(self, name: str) -> str:
        """The first header of that name, any case; empty when there is none."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


def read_json(response: HttpResponse) -> dict[str, object]:
    """The JSON object of a 2xx response; an empty one for 204.

    Raises:
        ApiError: Twilio's own error.
        BadAnswer: anything else that is not a JSON object with a 2xx status.
    """
    status = response.status
    if status >= 400:
        raise _error(response)
    if 300 <= status < 400:
        raise BadAnswer(
            status,
            f"The answer is a redirect ({status}), which Twilio does not use here.",
            "Check the connection's base URL; it was not followed.",
        )
    if status == 204 and not response.content:
        return {}
    if not is_readable(response.content):
        raise BadAnswer(
            status,
            f"The answer holds more than any list of Twilio's ({len(response.content):,} bytes), and was not read.",
            "Check the base URL; ask for less at a time.",
        )
    document = document_of(response)
    if document is None:
        raise _not_json(response)
    return document


def is_readable(content: bytes) -> bool:
    """Whether JSON is small enough to be read without the keys noticing; counts, which takes 1 ms a megabyte."""
    if len(content) > LARGEST_JSON:
        return False
    return len(content) < MOST_VALUES or sum(content.count(mark) for mark in (b",", b"[", b"{")) <= MOST_VALUES


def document_of(response: HttpResponse) -> dict[str, object] | None:
    """The JSON object a response holds, whatever its status and size; None where it holds none."""
    try:
        value: object = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def retry_after(response: HttpResponse) -> float | None:
    """Seconds the `Retry-After` header asks for, an hour at most; None when it asks for nothing readable.

    A date is read against the response's own Date header, since this machine's clock may be off.
    """
    text = response.header("retry-after").strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return min(float(text), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
        wait = (until - parsedate_to_datetime(response.header("date"))).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(wait, 0.0), LONGEST_WAIT)


def _error(response: HttpResponse) -> ApiError | BadAnswer:
    wait = retry_after(response)
    document = document_of(response) if len(response.content) <= LARGEST_ERROR else None
    if document is None:
        if response.status in (401, 429) or not response.content:
            return ApiError(response.status, None, "", retry_after=wait)
        return _not_json(response)
    code = as_int(document.get("code"))
    if code is None:
        # RFC 9457 keeps the code in the last part of the type URI.
        code = as_int(as_text(document.get("type")).rstrip("/").rpartition("/")[2])
    message = as_text(document.get("message")) or as_text(document.get("detail")) or as_text(document.get("title"))
    return ApiError(
        response.status,
        code,
        message,
        request_id=response.header("twilio-request-id"),
        retry_after=wait,
        more_info=as_text(document.get("more_info")) or as_text(document.get("type")),
    )


def _not_json(response: HttpResponse) -> BadAnswer:
    status = response.status
    start = response.content[:512].lstrip().lower()
    if "html" in response.header("content-type").lower() or start.startswith((b"<!doctype html", b"<html")):
        return BadAnswer(
            status,
            f"The answer ({status}) is a web page, not Twilio's.",
            "A proxy or a log-in page may stand in between; check the network and the base URL.",
        )
    return BadAnswer(
        status,
        f"The answer ({status}) is not the JSON that Twilio sends.",
        "Check the base URL; try again if the network is unsteady.",
    )
