"""The last step before the socket: which host is connected to, and how much a server may cost before it is cut off.

httpcore's own connection reads whatever comes and gives it to h11, whose patterns try every way of sharing out a
header's blanks (60,000 of them before a NUL: 40 s in one go), and whose events cost 16 µs for each chunk. So the stream
hands on one head at a time, whole and looked at, then exactly the body that was announced, in chunks made here; and
the loop gets a turn in between. What is all wrapping and no answer is broken off.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator, Generator, Iterable
from contextlib import contextmanager
from typing import Any, cast

import httpcore
import httpx
from httpcore import AnyIOBackend

from tui.http_server.framing import BadChunk, Chunks, head_end, head_fault, no_head
from tui.twilio.url_policy import Origin, UrlPolicy, unreachable

LARGEST_HEAD = 64 * 1024
"""Bytes before the body, interim answers included. Twilio's heads have less than two thousand."""

_HEAD_PIECE = 2048
"""Bytes read at a time while a head is awaited: most heads whole, and little of what comes after."""

_CHUNKED_PIECE = 16 * 1024
"""Bytes of a chunked body read between two turns of the loop: at most 2700 chunks, some 3 ms."""

_PIECES_AT_ONCE = 32
"""Pieces of a body between two turns of the loop: about 3 ms."""

_MOST_PIECES = 20_000
_SMALLEST_MEAN = 32
"""Beyond so many pieces, a body may have one more for each so many bytes."""

_WRAPPING = 512 * 1024
"""Bytes of chunk sizes, extensions and trailers that a body may have beyond its own length."""


class BrokenOff(httpx.RemoteProtocolError):
    """An answer that is not read on: it costs far more than it says, or is no HTTP.

    The text tells what is wrong with it, for after the host's name.
    """


class Network(httpcore.AsyncNetworkBackend):
    """Connects to the gate's hosts and to no other: no other name is even looked up."""

    def __init__(self, gate: UrlPolicy) -> None:
        self._gate = gate
        self._backend: httpcore.AsyncNetworkBackend = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect, or refuse."""
        if not any(self._gate.reaches(Origin(scheme, host.lower(), port)) for scheme in ("https", "http")):
            raise unreachable()
        return Stream(await self._backend.connect_tcp(host, port, timeout, local_address, socket_options))

    async def sleep(self, seconds: float) -> None:
        """Wait, between two tries at a connection."""
        await asyncio.sleep(seconds)


class Stream(httpcore.AsyncNetworkStream):
    """A connection whose answers are counted, and looked at before httpcore gets them.

    What came beyond an answer stays here; httpcore then takes the connection for closed and makes another.
    """

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self._waiting = bytearray()
        self._received = 0
        self._body: Chunks | int | None = None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """A whole head, or what has arrived of the body.

        Raises:
            BrokenOff: a head or a chunk is not HTTP, or has no end.
        """
        if self._body is None:
            return await self._read_head(timeout)
        if isinstance(self._body, Chunks):
            return await self._read_chunks(self._body, timeout)
        size = min(max_bytes, self._body)
        content = self._cut(size) if self._waiting else await self._inner.read(size, timeout)
        self._body -= len(content)
        return content

    def begin_body(self, body: Chunks | int) -> None:
        """The head was read: what follows is chunks, or so many bytes."""
        self._body = body

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send; the next thing to arrive is another head."""
        self._body = None
        self._received = 0
        await self._inner.write(buffer, timeout)

    async def _read_head(self, timeout: float | None) -> bytes:
        # Interim answers that came together are handed on without waiting for the network.
        await asyncio.sleep(0)
        searched = 0
        while not (end := head_end(self._waiting, searched)):
            if no_head(self._waiting):
                raise _unfit("headers")
            if self._received > LARGEST_HEAD:
                raise BrokenOff(f"sent {LARGEST_HEAD // 1024} kB without beginning its answer and was broken off")
            searched = len(self._waiting)
            if not await self._fill(_HEAD_PIECE, timeout):
                return b""
        head = self._cut(end)
        if head_fault(head):
            raise _unfit("headers")
        return head

    async def _read_chunks(self, chunks: Chunks, timeout: float | None) -> bytes:
        """What came of the body as one chunk of our own: h11 has one to read for thousands that were sent."""
        while True:
            try:
                chunks.feed(self._waiting)
            except BadChunk as bad:
                raise _wasteful() if bad.status == 413 else _unfit("chunks") from None
            content = chunks.take()
            framed = b"%x\r\n%b\r\n" % (len(content), content) if content else b""
            if chunks.done:
                return framed + b"0\r\n\r\n"
            if framed or not await self._fill(_CHUNKED_PIECE, timeout):
                return framed

    async def _fill(self, size: int, timeout: float | None) -> bool:
        """Wait for more; False when the server has closed."""
        # A read of what has arrived already does not wait, and so would let nobody else have a turn.
        await asyncio.sleep(0)
        content = await self._inner.read(size, timeout)
        self._waiting += content
        self._received += len(content)
        return bool(content)

    def _cut(self, size: int) -> bytes:
        content = bytes(self._waiting[:size])
        del self._waiting[:size]
        return content

    async def aclose(self) -> None:
        """Close the connection."""
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """The same connection, encrypted."""
        return Stream(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """What the connection itself tells."""
        if info == "is_readable" and self._waiting:
            return True
        return self._inner.get_extra_info(info)


class CountedTransport(httpx.AsyncBaseTransport):
    """httpx's way to httpcore, over a network of our own; proxies and HTTP/2 are left out."""

    def __init__(self, gate: UrlPolicy, tls: ssl.SSLContext | None, limits: httpx.Limits) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=Network(gate),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read the head of its answer."""
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        stream = request.stream
        assert isinstance(stream, httpx.AsyncByteStream)
        with _in_httpx_words():
            answer = await self._pool.handle_async_request(
                httpcore.Request(
                    request.method, target, headers=request.headers.raw, content=stream, extensions=request.extensions
                )
            )
        extensions = cast("dict[str, object]", answer.extensions)
        wire = extensions.get("network_stream")
        if isinstance(wire, Stream):
            wire.begin_body(_body_of(answer, request.method))
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=dict(extensions))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    """The pieces of a body as they arrived, as long as they are worth their number."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = size = 0
        with _in_httpx_words():
            async for piece in self._answer.aiter_stream():
                pieces += 1
                size += len(piece)
                if pieces > _MOST_PIECES + size / _SMALLEST_MEAN:
                    raise _wasteful()
                yield piece
                if not pieces % _PIECES_AT_ONCE:
                    await asyncio.sleep(0)

    async def aclose(self) -> None:
        await self._answer.aclose()


def _body_of(answer: httpcore.Response, method: str) -> Chunks | int:
    """What follows a head that h11 has read: chunks, or how many bytes (RFC 9112, 6.3)."""
    if method == "HEAD" or answer.status in (204, 304):
        return 0
    headers = {name.lower(): value for name, value in answer.headers}
    if b"transfer-encoding" in headers:
        return Chunks(sys.maxsize, _WRAPPING)
    # Without a length, all that comes until the connection ends.
    return int(headers.get(b"content-length", sys.maxsize))


def _unfit(what: str) -> BrokenOff:
    return BrokenOff(f"sent {what} that HTTP does not allow and was broken off")


def _wasteful() -> BrokenOff:
    return BrokenOff("wraps its answer in far more than it holds and was broken off")


@contextmanager
def _in_httpx_words() -> Generator[None]:
    """httpcore's exceptions as httpx's, which have the same names; the first stays the cause of the second."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
    ) as problem:
        raise getattr(httpx, type(problem).__name__)(str(problem)) from problem
