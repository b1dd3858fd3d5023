"""Heads and bodies of responses, cut out of what a server sends: how much it may cost before it is broken off.

h11, which httpcore gives all it reads, tries every way of sharing out a header's blanks (60,000 of them before a NUL:
40 s in one go), and makes an event of each chunk (16 µs). So one head at a time is handed on, whole and looked at, then
exactly the body that was announced, in chunks made here; and the loop gets a turn in between. Knows no HTTP library.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence

from tui.http_server.framing import BadChunk, Chunks, head_end, head_fault, no_head
from tui.twilio.exchange import BrokenAnswer

LARGEST_HEAD = 64 * 1024
"""Bytes before the body, interim responses included. Twilio's heads have less than two thousand."""

_HEAD_PIECE = 2048
"""Bytes read at a time while a head is awaited: most heads whole, and little of what comes after."""

_CHUNKED_PIECE = 16 * 1024
"""Bytes of a chunked body read between two turns of the loop: at most 2700 chunks, some 3 ms."""

_WRAPPING = 512 * 1024
"""Bytes of chunk sizes, extensions and trailers that a body may have beyond its own length."""

_PIECES_AT_ONCE = 32
"""Pieces of a body between two turns of the loop: about 3 ms."""

_MOST_PIECES = 20_000
_SMALLEST_MEAN = 32
"""Beyond so many pieces, a body may have one more for each so many bytes."""


class ResponseFraming:
    """What arrives on one connection, in the pieces that an HTTP parser may be given.

    What came beyond a response stays here, in `waiting`.
    """

    def __init__(self, receive: Callable[[int, float | None], Awaitable[bytes]]) -> None:
        """`receive` reads at most so many bytes within so many seconds; none once the server has closed."""
        self.waiting = bytearray()
        self._receive = receive
        self._received = 0
        self._body: Chunks | int | None = None

    def begin_head(self) -> None:
        """Expect a head: a request is being sent."""
        self._body = None
        self._received = 0

    def begin_body(self, method: str, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """Expect the body after a head that was parsed: chunks, or so many bytes (RFC 9112, 6.3)."""
        fields = {name.lower(): value for name, value in headers}
        if method == "HEAD" or status in (204, 304):
            self._body = 0
        elif b"transfer-encoding" in fields:
            self._body = Chunks(sys.maxsize, _WRAPPING)
        else:
            # Without a length, all that comes until the connection ends.
            self._body = int(fields.get(b"content-length", sys.maxsize))

    async def read(self, max_bytes: int, timeout: float | None) -> bytes:
        """A whole head, or what has arrived of the body.

        Raises:
            BrokenAnswer: a head or a chunk is not HTTP, or has no end.
        """
        if self._body is None:
            return await self._read_head(timeout)
        if isinstance(self._body, Chunks):
            return await self._read_chunks(self._body, timeout)
        size = min(max_bytes, self._body)
        content = self._cut(size) if self.waiting else await self._receive(size, timeout)
        self._body -= len(content)
        return content

    async def _read_head(self, timeout: float | None) -> bytes:
        # Interim answers that came together are handed on without waiting for the network.
        await asyncio.sleep(0)
        searched = 0
        while not (end := head_end(self.waiting, searched)):
            if no_head(self.waiting):
                raise _unfit("headers")
            if self._received > LARGEST_HEAD:
                raise BrokenAnswer(f"sent {LARGEST_HEAD // 1024} kB without beginning its answer and was broken off")
            searched = len(self.waiting)
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
                chunks.feed(self.waiting)
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
        content = await self._receive(size, timeout)
        self.waiting += content
        self._received += len(content)
        return bool(content)

    def _cut(self, size: int) -> bytes:
        content = bytes(self.waiting[:size])
        del self.waiting[:size]
        return content


async def bounded(body: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The pieces of a body, with turns for the loop in between.

    Raises:
        BrokenAnswer: there are more of them than the body is worth.
    """
    pieces = size = 0
    async for piece in body:
        pieces += 1
        size += len(piece)
        if pieces > _MOST_PIECES + size / _SMALLEST_MEAN:
            raise _wasteful()
        yield piece
        if not pieces % _PIECES_AT_ONCE:
            await asyncio.sleep(0)


def _wasteful() -> BrokenAnswer:
    return BrokenAnswer("wraps its answer in far more than it holds and was broken off")


def _unfit(what: str) -> BrokenAnswer:
    return BrokenAnswer(f"sent {what} that HTTP does not allow and was broken off")
