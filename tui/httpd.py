"""A small bounded HTTP/1.1 server: h11 over asyncio streams.

It knows bytes, deadlines and sizes, and nothing of Twilio. Every connection has a bound on its header
and body, in bytes and in seconds, and the server has a bound on connections, so that a peer who sends
half a request, or a thousand, costs a known amount and no more. Nothing is printed and no signal or
logger is touched: what goes wrong in a handler is handed to `on_error`.

What arrives and how it may be answered stand in `tui.answering`.
"""

from __future__ import annotations

import asyncio
import contextlib
import http
import itertools
import math
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self, TypeVar

import h11

from tui.answering import Answer, Dripping, Handler, RawBytes, Request, Reset, Response, Truncated, origin_form, plain

_CHUNK = 16 * 1024
_LINGER_SECONDS = 1.0
_LINGER_BYTES = 2 << 20
_BODILESS = {204, 304}
_PHRASES = {status.value: status.phrase for status in http.HTTPStatus}

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one peer, and all peers together, may cost. Sizes in bytes, times in seconds."""

    header_bytes: int = 16 * 1024
    body_bytes: int = 1 << 20
    header_seconds: float = 5.0
    body_seconds: float = 5.0
    idle_seconds: float = 30.0
    connections: int = 64


class Server:
    """Serve `handler` on one address, from `start` (or `async with`) to `aclose`.

    A taken port raises OSError from `start`. `on_error` receives what a handler raised; the peer gets a 500.
    `on_refusal` receives the status of every answer that no handler gave: 400, 408, 413, 431, 501, 503.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: Limits | None = None,
        on_error: Callable[[Exception], None] | None = None,
        on_refusal: Callable[[int], None] | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self._handler = handler
        self._limits = limits or Limits()
        self._on_error = on_error
        self._on_refusal = on_refusal
        self._listener: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], _Conversation] = {}

    async def start(self) -> None:
        """Listen. Once this returns, connections are accepted and `port` is the real one."""
        self._listener = await asyncio.start_server(self._accept, self.host, self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def aclose(self) -> None:
        """Stop listening, close every connection, and return when none of their tasks is left."""
        if self._listener is None:
            return
        listener, self._listener = self._listener, None
        listener.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await listener.wait_closed()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def connections(self) -> int:
        """How many connections are open now."""
        return sum(not conversation.abandoned for conversation in self._open.values())

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Even a polite "too many" costs a task for a second; past twice the bound there is none.
        if self._listener is None or len(self._open) >= 2 * self._limits.connections:
            writer.transport.abort()
            return
        conversation = _Conversation(reader, writer, self._handler, self._limits, self._on_error, self._on_refusal)
        conversation.refused = self.connections >= self._limits.connections and not self._evict()
        task = asyncio.create_task(conversation.run())
        self._open[task] = conversation
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._open.pop(task, None)
        if not task.cancelled() and isinstance(error := task.exception(), Exception) and self._on_error:
            self._on_error(error)

    def _evict(self) -> bool:
        # Silent connections go first; after them those still sending, since a flood of half-requests
        # must not keep an honest peer waiting. One that is being answered is never cut off.
        waiting = [(task, c) for task, c in self._open.items() if not (c.answering or c.abandoned)]
        if not waiting:
            return False
        task, oldest = min(waiting, key=lambda item: (not item[1].idle, item[1].since))
        oldest.abandon()
        task.cancel()
        return True


class _Refusal(Exception):
    """The request is not taken: answer `status` and close."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


class _Conversation:
    """One connection, from accept to close: requests in order, each answered before the next is read."""

    _numbers = itertools.count()

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        handler: Handler,
        limits: Limits,
        on_error: Callable[[Exception], None] | None,
        on_refusal: Callable[[int], None] | None,
    ) -> None:
        self.idle = True
        self.answering = self.refused = self.abandoned = False
        self.since = next(self._numbers)
        self._reader = reader
        self._writer = writer
        self._handler = handler
        self._limits = limits
        self._on_error = on_error
        self._on_refusal = on_refusal
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.header_bytes)
        name: tuple[str, int] = writer.get_extra_info("peername") or ("", 0)
        self._peer = (str(name[0]), int(name[1]))

    def abandon(self) -> None:
        self.abandoned = True
        self._writer.transport.abort()

    async def run(self) -> None:
        try:
            if self.refused:
                await self._refuse(_Refusal(503, "Too many connections are open; try again in a moment."))
            while not self.refused and await self._exchange():
                self._http.start_next_cycle()
                self.idle, self.since = True, next(self._numbers)
            await self._linger()
        except OSError:
            self._writer.transport.abort()
        finally:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    async def _exchange(self) -> bool:
        """Read one request and answer it. False means the connection is over."""
        try:
            if (request := await self._read_request()) is None:
                return False
            self.answering = True
            return await self._send(request.method, await self._ask_handler(request))
        except _Refusal as refusal:
            return await self._refuse(refusal)
        except h11.RemoteProtocolError as error:
            if error.error_status_hint == 431:
                return await self._refuse(self._too_large(431))
            return await self._refuse(_Refusal(error.error_status_hint, "This is not valid HTTP/1.1."))
        finally:
            self.answering = False

    async def _ask_handler(self, request: Request) -> Answer:
        try:
            return await self._handler(request)
        except Exception as error:
            if self._on_error is not None:
                self._on_error(error)
            return plain(500, "The server failed while it handled this request.")

    async def _read_request(self) -> Request | None:
        # The idle time runs until a first byte; the header deadline from then on, however slowly bytes drip.
        if not self._http.trailing_data[0]:
            try:
                async with asyncio.timeout(self._limits.idle_seconds):
                    data = await self._reader.read(_CHUNK)
            except TimeoutError:
                return None
            self._http.receive_data(data)
        self.idle = False
        # A deadline costs as much as reading: what has arrived already needs none.
        head = self._http.next_event()
        if head is h11.NEED_DATA:
            head = await _within(self._limits.header_seconds, "headers", self._next_event())
        if not isinstance(head, h11.Request):
            return None
        if self._check_head(head) <= len(self._http.trailing_data[0]):
            body = await self._read_body(head)
        else:
            body = await _within(self._limits.body_seconds, "body", self._read_body(head))
        target = head.target.decode("ascii")
        path, _, query = origin_form(target).partition("?")
        headers = tuple((k.decode("ascii"), v.decode("latin-1")) for k, v in head.headers.raw_items())
        return Request(head.method.decode("ascii"), target, path, query, headers, body, self._peer)

    def _check_head(self, head: h11.Request) -> float:
        """How many bytes the body has; endless when only its end will tell."""
        fields = list(head.headers)
        size = len(head.target) + sum(len(k) + len(v) + 4 for k, v in fields)
        if size > self._limits.header_bytes:
            raise self._too_large(431)
        lengths = [value for key, value in fields if key == b"content-length"]
        chunked = any(key == b"transfer-encoding" for key, _ in fields)
        # Which of the two ends the body is where request smuggling lives: take neither.
        if lengths and chunked:
            raise _Refusal(400, "Content-Length and Transfer-Encoding exclude each other.")
        if lengths and int(lengths[0]) > self._limits.body_bytes:
            raise self._too_large(413)
        return math.inf if chunked else int(lengths[0]) if lengths else 0

    async def _read_body(self, head: h11.Request) -> bytes:
        if self._http.they_are_waiting_for_100_continue:
            await self._write(self._http.send(h11.InformationalResponse(status_code=100, headers=[])))
        pieces: list[bytes] = []
        size = 0
        while isinstance(event := await self._next_event(), h11.Data):
            size += len(event.data)
            if size > self._limits.body_bytes:
                raise self._too_large(413)
            pieces.append(bytes(event.data))
        if not isinstance(event, h11.EndOfMessage):
            raise _Refusal(400, f"The connection ended inside the body of this {head.method.decode()}.")
        return b"".join(pieces)

    async def _next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        while True:
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                return event
            self._http.receive_data(await self._reader.read(_CHUNK))

    def _too_large(self, status: int) -> _Refusal:
        limits = self._limits
        what = f"body is larger than {limits.body_bytes}"
        if status == 431:
            what = f"headers are larger than {limits.header_bytes}"
        return _Refusal(status, f"The {what} bytes.")

    async def _refuse(self, refusal: _Refusal) -> bool:
        if self._on_refusal is not None:
            self._on_refusal(refusal.status)
        if self._http.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            await self._send("", plain(refusal.status, refusal.text, ("Connection", "close")))
        return False

    async def _send(self, method: str, answer: Answer) -> bool:
        """Write the answer; True when the connection may carry another request."""
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
                if method == "HEAD" or answer.status in _BODILESS:
                    body = b""
                else:
                    body = self._http.send(h11.Data(data=answer.body)) or b""
                await self._write(head + body + (self._http.send(h11.EndOfMessage()) or b""))
        return self._http.our_state is h11.DONE and self._http.their_state is h11.DONE

    def _head(self, response: Response) -> bytes:
        headers = [(k, v) for k, v in response.headers if k.lower() != "content-length"]
        if response.status not in _BODILESS:
            headers.append(("Content-Length", str(len(response.body))))
        reason = _PHRASES.get(response.status, "") if response.reason is None else response.reason
        event = h11.Response(
            status_code=response.status,
            headers=[(k.encode("ascii"), v.encode("latin-1")) for k, v in headers],
            reason=reason.encode("latin-1"),
        )
        return self._http.send(event) or b""

    async def _write(self, data: bytes | None) -> None:
        self._writer.write(data or b"")
        transport = self._writer.transport
        if not (transport.get_write_buffer_size() or transport.is_closing()):
            return
        # A peer that does not read must not hold the connection for ever.
        async with asyncio.timeout(self._limits.idle_seconds):
            await self._writer.drain()

    def _reset(self) -> None:
        sock: socket.socket = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def _linger(self) -> None:
        # Closing with bytes unread makes the kernel send RST, which can destroy the answer just written.
        if self._writer.transport.is_closing():
            return
        with contextlib.suppress(OSError):
            self._writer.write_eof()
            async with asyncio.timeout(_LINGER_SECONDS):
                left = _LINGER_BYTES
                while left > 0 and (data := await self._reader.read(_CHUNK)):
                    left -= len(data)


async def _within(seconds: float, what: str, arrival: Awaitable[_T]) -> _T:
    try:
        async with asyncio.timeout(seconds):
            return await arrival
    except TimeoutError:
        raise _Refusal(408, f"The request's {what} took too long to arrive.") from None
