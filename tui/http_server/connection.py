"""One connection of the server, from accept to close: requests in order, each answered before the next is read.

h11 reads the head of a request; heads are bounded, bodies joined and the head of an answer written by
`tui.http_server.framing`. What a peer has sent already is read piece by piece, in turns with the other connections
(`RoundRobin`), so that none who sends fast keeps the loop from the others.
"""

from __future__ import annotations

import asyncio
import contextlib
import http
import socket
import struct
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

import h11

from tui.http_server.framing import BadChunk, Chunks, answer_head, head_end, head_fault, no_head
from tui.http_server.http_messages import (
    Answer,
    Dripping,
    Handler,
    RawBytes,
    Request,
    Reset,
    Response,
    Truncated,
    origin_form,
    plain,
)

_CHUNK: Final = 16 * 1024
_LINGER_SECONDS: Final = 1.0
_LINGER_BYTES: Final = 2 << 20
_BODILESS: Final = {204, 304}
_OURS: Final = {"content-length", "transfer-encoding", "connection"}
"""Headers of an answer that say where it ends and whether another can follow."""

_PHRASES: Final = {status.value: status.phrase for status in http.HTTPStatus}

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one peer and on all together; sizes in bytes, times in seconds.

    Attributes:
        framing_bytes: of the sizes, extensions and trailers of a chunked body, beside the body itself.
        write_seconds: how long an answer may wait for a peer that reads nothing of it.
        place_seconds: how long a newcomer waits while every connection is being answered.
        connections: open at once.
    """

    header_bytes: int = 16 * 1024
    body_bytes: int = 1 << 20
    framing_bytes: int = 64 * 1024
    header_seconds: float = 5.0
    body_seconds: float = 5.0
    idle_seconds: float = 30.0
    write_seconds: float = 3.0
    place_seconds: float = 2.0
    connections: int = 64


class RoundRobin:
    """Lets one connection at a time read a piece of what its peer has sent ahead, one piece in two passes of the loop.

    So any number of such peers costs the others no more than one does.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def give_way(self) -> None:
        """Return once it is the caller's turn to do another piece."""
        async with self._turn:
            await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Host:
    """What a connection needs of its server.

    Attributes:
        on_error: called with what a handler raised.
        on_refusal: called with the status of every answer that no handler gave.
        on_change: called when the connection may be closed for a newcomer that could not be before.
    """

    handler: Handler
    limits: Limits
    turns: RoundRobin
    on_error: Callable[[Exception], None] | None
    on_refusal: Callable[[int], None] | None
    on_change: Callable[[], None]


class _Refusal(Exception):
    """The request is answered with `status`, without the handler, and the connection closed."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


class ServerConnection:
    """One connection.

    Attributes:
        idle: whether nothing of a request has arrived.
        since: the loop's time when it was opened, or last became idle or blocked.
        blocked: whether the peer does not read the answer it was given.
        refused: whether it is answered with 503 at once.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: Host) -> None:
        self.idle = True
        self.refused = self.abandoned = self.blocked = False
        self._answering = False
        self._reader = reader
        self._writer = writer
        self._host = host
        self._limits = host.limits
        self._http = h11.Connection(h11.SERVER)
        self._data = bytearray()
        self._keeps_alive = False
        self._clock = asyncio.get_running_loop().time
        self.since = self._clock()
        name: tuple[str, int] = writer.get_extra_info("peername") or ("", 0)
        self._peer = (str(name[0]), int(name[1]))

    @property
    def expendable(self) -> bool:
        """Whether it may be closed for a newcomer: it has no handler at work, or its peer does not read the answer."""
        return not self.abandoned and (self.blocked or not self._answering)

    def abandon(self) -> None:
        """Close it at once; its task is to be cancelled."""
        self.abandoned = True
        self._writer.transport.abort()

    async def run(self) -> None:
        """Answer request after request, until one side closes."""
        try:
            if self.refused:
                await self._refuse(_Refusal(503, "Too many connections are open; try again in a moment."))
            while not self.refused and await self._exchange():
                # Another one of which enough was read: h11's own next cycle wants to have read the body itself.
                self._http = h11.Connection(h11.SERVER)
                self._move(idle=not self._data)
                if self._data:
                    await self._host.turns.give_way()
            await self._linger()
        except (OSError, asyncio.CancelledError) as ended:
            # Closing would wait until a peer who does not read has taken what it was given.
            self._writer.transport.abort()
            if not isinstance(ended, OSError):
                raise
        finally:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    def _move(self, *, idle: bool = False, answering: bool = False, blocked: bool = False) -> None:
        self.idle, self._answering, self.blocked = idle, answering, blocked
        # Whoever sends request upon request is no newcomer each time.
        if idle or blocked:
            self.since = self._clock()
        if not answering or blocked:
            self._host.on_change()

    async def _exchange(self) -> bool:
        """Read one request and answer it; False ends the connection."""
        try:
            if (request := await self._read_request()) is None:
                return False
            self._move(answering=True)
            return await self._send(request.method, await self._ask_handler(request))
        except _Refusal as refusal:
            return await self._refuse(refusal)
        except h11.RemoteProtocolError as error:
            return await self._refuse(_Refusal(error.error_status_hint, "This is not valid HTTP/1.1."))

    async def _ask_handler(self, request: Request) -> Answer:
        try:
            return await self._host.handler(request)
        except Exception as error:
            if self._host.on_error is not None:
                self._host.on_error(error)
            return plain(500, "The server failed while it handled this request.")

    # -- reading -------------------------------------------------------------------------------------

    async def _fill(self) -> bool:
        data = await self._reader.read(_CHUNK)
        self._data += data
        return bool(data)

    async def _read_request(self) -> Request | None:
        # The idle time runs until a first byte; the header deadline from then on, however slowly bytes drip.
        if not self._data:
            try:
                async with asyncio.timeout(self._limits.idle_seconds):
                    await self._fill()
            except TimeoutError:
                return None
            if not self._data:
                return None
            self.idle = False
        # A deadline costs as much as reading: what has arrived already needs none.
        end = self._find_head(0) or await _within(self._limits.header_seconds, "headers", self._wait_for_head())
        head = self._read_head(end)
        fields = tuple(head.headers)
        self._keeps_alive = head.http_version >= b"1.1" and not _says_close(fields)
        length = self._check_head(fields)
        if length is not None and length <= len(self._data):
            body = self._cut(length)
        else:
            body = await _within(self._limits.body_seconds, "body", self._read_body(head, length))
        target = head.target.decode("ascii")
        path, _, query = origin_form(target).partition("?")
        headers = tuple((k.decode("ascii"), v.decode("latin-1")) for k, v in head.headers.raw_items())
        return Request(head.method.decode("ascii"), target, path, query, headers, body, self._peer)

    def _find_head(self, searched: int) -> int:
        if no_head(self._data):
            raise _Refusal(400, "This is not HTTP.")
        end = head_end(self._data, searched)
        if (end or len(self._data)) > self._limits.header_bytes:
            raise self._too_large(431)
        return end

    async def _wait_for_head(self) -> int:
        searched = len(self._data)
        while await self._fill():
            if end := self._find_head(searched):
                return end
            searched = len(self._data)
        raise _Refusal(400, "The connection ended inside the headers.")

    def _read_head(self, end: int) -> h11.Request:
        head = self._cut(end)
        if status := head_fault(head):
            raise self._too_large(431) if status == 431 else _Refusal(status, "This is not valid HTTP/1.1.")
        self._http.receive_data(head)
        request = self._http.next_event()
        if not isinstance(request, h11.Request):
            raise _Refusal(400, "This is not valid HTTP/1.1.")
        return request

    def _check_head(self, fields: tuple[tuple[bytes, bytes], ...]) -> int | None:
        """The length of the body in bytes; None for a chunked one."""
        lengths = [value for key, value in fields if key == b"content-length"]
        chunked = any(key == b"transfer-encoding" for key, _ in fields)
        # Which of the two ends the body is where request smuggling lives: take neither.
        if lengths and chunked:
            raise _Refusal(400, "Content-Length and Transfer-Encoding exclude each other.")
        if lengths and int(lengths[0]) > self._limits.body_bytes:
            raise self._too_large(413)
        return None if chunked else int(lengths[0]) if lengths else 0

    async def _read_body(self, head: h11.Request, length: int | None) -> bytes:
        if self._http.they_are_waiting_for_100_continue:
            await self._write(b"HTTP/1.1 100 Continue\r\n\r\n")
        cut_short = _Refusal(400, f"The connection ended inside the body of this {head.method.decode()}.")
        if length is not None:
            while len(self._data) < length:
                if not await self._fill():
                    raise cut_short
            return self._cut(length)
        chunks = Chunks(self._limits.body_bytes, self._limits.framing_bytes)
        try:
            chunks.feed(self._data)
            while not chunks.done:
                # What has arrived is there without waiting: thousands of chunks more in each piece.
                await self._host.turns.give_way()
                if not await self._fill():
                    raise cut_short
                chunks.feed(self._data)
        except BadChunk as bad:
            raise self._too_large(413) if bad.status == 413 else _Refusal(400, "This is no chunked body.") from None
        return bytes(chunks.body)

    def _cut(self, count: int) -> bytes:
        data = bytes(self._data[:count])
        del self._data[:count]
        return data

    def _too_large(self, status: int) -> _Refusal:
        limits = self._limits
        what = f"body is larger than {limits.body_bytes} bytes, or comes in too many chunks."
        if status == 431:
            what = f"headers are larger than {limits.header_bytes} bytes, or too many."
        return _Refusal(status, f"The {what}")

    async def _refuse(self, refusal: _Refusal) -> bool:
        if self._host.on_refusal is not None:
            self._host.on_refusal(refusal.status)
        self._keeps_alive = False
        await self._send("", plain(refusal.status, refusal.text))
        return False

    # -- writing -------------------------------------------------------------------------------------

    async def _send(self, method: str, answer: Answer) -> bool:
        """Write the answer; True when another request may follow."""
        match answer:
            case Reset():
                self._reset()
            case RawBytes(data):
                await self._write(data)
            case Truncated(response, keep):
                await self._write(self._head(response) + response.body[:keep])
            case Dripping(response, piece, seconds):
                await self._write(self._head(response))
                for start in range(0, len(response.body), max(1, piece)):
                    await asyncio.sleep(seconds)
                    await self._write(response.body[start : start + max(1, piece)])
            case Response():
                head = self._head(answer)
                await self._write(head if method == "HEAD" or answer.status in _BODILESS else head + answer.body)
                return self._keeps_alive
        return False

    def _head(self, response: Response) -> bytes:
        headers = [(k, v) for k, v in response.headers if k.lower() not in _OURS]
        if response.status not in _BODILESS:
            headers.append(("Content-Length", str(len(response.body))))
        if not self._keeps_alive:
            headers.append(("Connection", "close"))
        reason = _PHRASES.get(response.status, "") if response.reason is None else response.reason
        return answer_head(response.status, reason, headers)

    async def _write(self, data: bytes) -> None:
        self._writer.write(data)
        transport = self._writer.transport
        if not (transport.get_write_buffer_size() or transport.is_closing()):
            return
        # A peer that does not read must not hold the connection for ever: while it takes some it may go on.
        self._move(answering=True, blocked=True)
        async with asyncio.timeout(self._limits.idle_seconds):
            await self._drain()
        self._move(answering=True)

    async def _drain(self) -> None:
        transport = self._writer.transport
        while True:
            left = transport.get_write_buffer_size()
            try:
                async with asyncio.timeout(self._limits.write_seconds):
                    return await self._writer.drain()
            except TimeoutError:
                if transport.get_write_buffer_size() >= left:
                    raise

    def _reset(self) -> None:
        sock: socket.socket = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def _linger(self) -> None:
        # Closing with bytes unread makes the kernel send RST, which can destroy the answer just written.
        if self._writer.transport.is_closing():
            return
        self._move(idle=True)
        with contextlib.suppress(OSError):
            self._writer.write_eof()
            async with asyncio.timeout(_LINGER_SECONDS):
                left = _LINGER_BYTES
                while left > 0 and (data := await self._reader.read(_CHUNK)):
                    left -= len(data)
                    await self._host.turns.give_way()


def _says_close(fields: Iterable[tuple[bytes, bytes]]) -> bool:
    said = b",".join(value for name, value in fields if name == b"connection")
    return b"close" in {token.strip() for token in said.lower().split(b",")}


async def _within(seconds: float, what: str, arrival: Awaitable[_T]) -> _T:
    try:
        async with asyncio.timeout(seconds):
            return await arrival
    except TimeoutError:
        raise _Refusal(408, f"The request's {what} took too long to arrive.") from None
