"""A small bounded HTTP/1.1 server: h11 over asyncio streams.

Every connection has bounds on its header and body, in bytes, chunks and seconds, and the server one on connections, so
that a peer who sends half a request, or a thousand, costs a known amount and no more. A newcomer beyond that waits in
the listen backlog until an older connection may be closed: a burst of others refuses nobody. Nothing is printed, and no
signal or logger is touched. Knows nothing of Twilio.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
from collections.abc import Callable
from typing import Final, Self

from tui.http_server.connection import Host, Limits, RoundRobin, ServerConnection
from tui.http_server.http_messages import Handler

__all__ = ["Limits", "Server"]

_BACKLOG: Final = 1024
"""Connections that wait in the listen backlog; asyncio's own server would accept and drop them."""

_GRACE: Final = 0.03
"""Seconds for which no connection is closed for a newcomer: an honest request arrives with its connection, or right
behind it. One that has begun to send has twice as long. 64 connections so bear a thousand new ones a second."""

_RETRY: Final = 0.1
"""Seconds until accepting is tried again where the system has no room for another connection."""


class Server:
    """Serves `handler` on one address, from `start` (or `async with`) to `aclose`.

    Args:
        port: 0 for any free one; the attribute is the real one once it listens.
        on_error: called with what a handler raised; the peer gets a 500.
        on_refusal: called with the status of every answer that no handler gave: 400, 408, 413, 431, 501, 503.
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
        self._limits = limits or Limits()
        self._on_error = on_error
        self._changed = asyncio.Event()
        self._for_each = Host(handler, self._limits, RoundRobin(), on_error, on_refusal, self._changed.set)
        self._sockets: list[socket.socket] = []
        self._accepting: list[asyncio.Task[None]] = []
        self._open: dict[asyncio.Task[None], ServerConnection] = {}

    async def start(self) -> None:
        """Listen. Once this returns, connections are accepted.

        Raises:
            OSError: the port is taken, or the host is none of this machine's.
            OverflowError: the number is no port.
        """
        if not 0 <= self.port <= 65535:
            # A look-up may cut the number to 16 bits, and the socket module leaves a socket open over it.
            raise OverflowError(f"{self.port} is no port: 0 to 65535 are.")
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self.host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        try:
            for family, _, _, _, address in dict.fromkeys(found):
                sock = socket.create_server((address[0], self.port), family=family, backlog=_BACKLOG)
                sock.setblocking(False)
                self._sockets.append(sock)
        except OSError:
            self._shut()
            raise
        self.port = self._sockets[0].getsockname()[1]
        self._accepting = [asyncio.create_task(self._accept(sock)) for sock in self._sockets]

    async def aclose(self) -> None:
        """Stop listening, close every connection, and return once their tasks have ended."""
        accepting, self._accepting = self._accepting, []
        for task in accepting:
            task.cancel()
        try:
            await asyncio.gather(*accepting, return_exceptions=True)
        finally:
            self._shut()
            for task in self._open:
                task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def connections(self) -> int:
        """How many connections are open now."""
        return sum(not conversation.abandoned for conversation in self._open.values())

    def _shut(self) -> None:
        for sock in self._sockets:
            sock.close()
        self._sockets = []

    async def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                # Not `loop.sock_accept`: a connection it has accepted when its task is cancelled is never closed.
                connection, _ = listener.accept()
                connection.setblocking(False)
            except BlockingIOError:
                await _readable(listener)
                continue
            except OSError:
                # No more files, or it was gone before we came to it.
                await asyncio.sleep(_RETRY)
                continue
            try:
                has_room = await self._make_room()
                reader, writer = await asyncio.open_connection(sock=connection)
            except OSError:
                connection.close()
                continue
            except BaseException:
                connection.close()
                raise
            conversation = ServerConnection(reader, writer, self._for_each)
            conversation.refused = not has_room
            task = asyncio.create_task(conversation.run())
            self._open[task] = conversation
            task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._open.pop(task, None)
        self._changed.set()
        if not task.cancelled() and isinstance(error := task.exception(), Exception) and self._on_error:
            self._on_error(error)

    async def _make_room(self) -> bool:
        """Wait for room, closing the oldest connection that may be closed; False when all are being answered."""
        clock = asyncio.get_running_loop().time
        end = clock() + self._limits.place_seconds
        while self.connections >= self._limits.connections:
            self._changed.clear()
            oldest = min(self._open, key=self._kept_until)
            held, now = self._kept_until(oldest), clock()
            if held <= now:
                self._open[oldest].abandon()
                oldest.cancel()
                break
            if held == math.inf and end <= now:
                return False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout((end if held == math.inf else held) - now):
                    await self._changed.wait()
        return True

    def _kept_until(self, task: asyncio.Task[None]) -> float:
        """The loop's time from which a connection may be closed for a newcomer; infinity while it is being answered."""
        one = self._open[task]
        return one.since + _GRACE * (1 if one.idle else 2) if one.expendable else math.inf


async def _readable(sock: socket.socket) -> None:
    """Wait until there is something to read or to accept."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_reader(sock, lambda: ready.done() or ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_reader(sock)
