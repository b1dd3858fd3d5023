"""Asks other programs over plain HTTP/1.1: h11 over asyncio streams, with connections that are kept and used again.

No redirect is followed, no proxy is used, no content is decompressed: none is asked for.
"""

from __future__ import annotations

import asyncio
import base64
import select
import string
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final
from urllib.parse import quote, unquote, urlsplit

import h11

from tui.http_server.http_messages import Headers

_KEPT: Final = 32
_LONGEST_HEAD: Final = 100 * 1024
_PIECE: Final = 64 * 1024


class PlainHttp:
    """Keeps connections that can be used again, to whatever place, the newest `_KEPT`."""

    def __init__(self) -> None:
        self._kept: list[Exchange] = []

    async def ask(self, method: str, url: str, headers: Sequence[tuple[str, str]], content: bytes) -> Exchange:
        """Send a request, and return the exchange with the head of its answer; it is to be left with `async with`.

        Raises:
            OSError: nobody is there, or the connection broke.
            h11.ProtocolError: what came is no HTTP, or the URL cannot be asked for.
            ValueError: the URL has a port that is none.
        """
        parts = urlsplit(url)
        place = (parts.hostname or "", parts.port or 80)
        own = [("Host", parts.netloc.rpartition("@")[2])]
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
            own.append(("Authorization", f"Basic {base64.b64encode(pair).decode()}"))
        if content:
            own.append(("Content-Length", str(len(content))))
        # As it is written, but for what cannot stand in a request.
        target = quote(f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", safe=string.punctuation)
        exchange = self._take(place) or Exchange(self._kept, place, *await asyncio.open_connection(*place))
        try:
            await exchange.begin(h11.Request(method=method, target=target, headers=[*own, *headers]), content)
        except BaseException:
            exchange.close()
            raise
        return exchange

    def close(self) -> None:
        """Close every connection that is kept."""
        for each in self._kept:
            each.close()
        self._kept.clear()

    def _take(self, place: tuple[str, int]) -> Exchange | None:
        for each in [each for each in self._kept if each.place == place]:
            self._kept.remove(each)
            # The other side may have closed it meanwhile.
            if each.stands:
                return each
            each.close()
        return None


@dataclass(eq=False, slots=True)
class Exchange:
    """A connection on which one request was made: the head of its answer, then its body, piece by piece."""

    _kept: list[Exchange]
    place: tuple[str, int]
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    status: int = 0
    headers: Headers = ()
    _http: h11.Connection = field(default_factory=lambda: h11.Connection(h11.CLIENT, _LONGEST_HEAD))

    @property
    def stands(self) -> bool:
        """Whether the other side has said nothing more, which it does only to close the connection."""
        if self._writer.is_closing():
            return False
        # What has arrived, and the loop has not heard of yet, counts too.
        said = select.poll()
        said.register(self._writer.get_extra_info("socket"), select.POLLIN)
        return not (said.poll(0) or self._reader.at_eof())

    async def begin(self, request: h11.Request, content: bytes) -> None:
        """Send a request, and read the head of its answer."""
        sent = [self._http.send(each) for each in (request, h11.Data(data=content), h11.EndOfMessage())]
        self._writer.write(b"".join(filter(None, sent)))
        await self._writer.drain()
        while not isinstance(head := await self._next(), h11.Response):
            pass
        self.status = head.status_code
        self.headers = tuple((name.decode(), value.decode("latin-1")) for name, value in head.headers)

    async def body(self) -> AsyncIterator[bytes]:
        """Read the body, as it comes."""
        while isinstance(piece := await self._next(), h11.Data):
            yield piece.data

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()

    async def __aenter__(self) -> Exchange:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Keep the connection for the next request, if both sides are done with this one."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            self.close()
            return
        self._http.start_next_cycle()
        self._kept.append(self)
        if len(self._kept) > _KEPT:
            self._kept.pop(0).close()

    async def _next(self) -> h11.Event:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(_PIECE))
        if not isinstance(event, h11.Event):
            raise h11.RemoteProtocolError("it wants to speak something else than HTTP")
        return event
