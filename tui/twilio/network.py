"""The last step before the socket: which host is connected to, and how much a server may cost before it is cut off.

httpcore's own connection reads whatever comes: a thousand one-byte chunks or interim answers (`100 Continue`) are
handled in one go while no key gets its turn. So the stream is handed to it in small pieces while a head is awaited,
the loop gets a turn in between, and what is all wrapping and no answer is broken off.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Generator, Iterable
from contextlib import contextmanager
from typing import Any, cast

import httpcore
import httpx
from httpcore import AnyIOBackend

from tui.twilio.gate import Gate, Origin, unreachable

LARGEST_HEAD = 64 * 1024
"""Bytes before the body, interim answers included. Twilio's heads have less than two thousand."""

_HEAD_PIECE = 2048
"""Bytes read at a time while a head is awaited: at most 80 interim answers, some 10 ms."""

_PIECES_AT_ONCE = 32
"""Pieces of a body between two turns of the loop: about 3 ms."""

_MOST_PIECES = 20_000
_SMALLEST_MEAN = 32
"""Beyond so many pieces, a body may have one more for each so many bytes."""

_WRAPPING = 512 * 1024
"""Bytes of chunk sizes, extensions and trailers that a body may have beyond its own length."""


class Wasteful(httpx.RemoteProtocolError):
    """An answer that costs far more than it says; the text tells what is wrong with it, for after the host's name."""


class Network(httpcore.AsyncNetworkBackend):
    """Connects to the gate's hosts and to no other: no other name is even looked up."""

    def __init__(self, gate: Gate) -> None:
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
    """A connection whose answers are counted.

    Attributes:
        received: bytes since the last one was sent.
    """

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self._awaits_head = True
        self.received = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has arrived.

        Raises:
            Wasteful: the head has no end.
        """
        if self._awaits_head:
            if self.received > LARGEST_HEAD:
                raise Wasteful(f"sent {LARGEST_HEAD // 1024} kB without beginning its answer and was broken off")
            # A read of what has arrived already does not wait, and so would let nobody else have a turn.
            await asyncio.sleep(0)
            max_bytes = min(max_bytes, _HEAD_PIECE)
        content = await self._inner.read(max_bytes, timeout)
        self.received += len(content)
        return content

    def begin_body(self) -> None:
        """The head is whole: read as much at a time as there is."""
        self._awaits_head = False

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send; the next thing to arrive is another head."""
        self._awaits_head = True
        self.received = 0
        await self._inner.write(buffer, timeout)

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
        return self._inner.get_extra_info(info)


class CountedTransport(httpx.AsyncBaseTransport):
    """httpx's way to httpcore, over a network of our own; proxies and HTTP/2 are left out."""

    def __init__(self, gate: Gate, tls: ssl.SSLContext | None, limits: httpx.Limits) -> None:
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
        if not isinstance(wire, Stream):
            wire = None
        else:
            wire.begin_body()
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer, wire), extensions=dict(extensions)
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    """The pieces of a body as they were framed, as long as they are worth their wrapping."""

    def __init__(self, answer: httpcore.Response, wire: Stream | None) -> None:
        self._answer = answer
        self._wire = wire

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = size = 0
        with _in_httpx_words():
            async for piece in self._answer.aiter_stream():
                pieces += 1
                size += len(piece)
                wrapped = self._wire is not None and self._wire.received > 2 * size + _WRAPPING
                if wrapped or pieces > _MOST_PIECES + size / _SMALLEST_MEAN:
                    raise Wasteful("wraps its answer in far more than it holds and was broken off")
                yield piece
                if not pieces % _PIECES_AT_ONCE:
                    await asyncio.sleep(0)

    async def aclose(self) -> None:
        await self._answer.aclose()


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
