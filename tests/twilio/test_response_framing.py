"""The last step before the socket: what httpcore gets of an answer, held to what h11 makes of the same bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import h11
import httpcore
import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.twilio.exchange import BrokenAnswer
from tui.twilio.http import PolicedTransport, Stream
from tui.twilio.url_policy import UrlPolicy

GATE = UrlPolicy.for_base_url("http://127.0.0.1:4010")
METHODS = st.sampled_from(["GET", "HEAD", "POST"])
INTERIM = st.lists(
    st.sampled_from([b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\n\n"]), max_size=3
).map(b"".join)
STATUS = st.sampled_from([b"200 OK", b"204 No Content", b"304 Not Modified", b"404", b"500 a  b"])
BODIES = st.lists(st.binary(min_size=1, max_size=40), max_size=5)
AFTER = st.sampled_from([b"", b"\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"])


class Segments(httpcore.AsyncNetworkStream):
    """A connection on which an answer arrives in pieces and ends."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.pieces = [piece for piece in pieces if piece]

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if not self.pieces:
            return b""
        piece = self.pieces.pop(0)
        if piece[max_bytes:]:
            self.pieces.insert(0, piece[max_bytes:])
        return piece[:max_bytes]

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        pass

    async def aclose(self) -> None:
        pass

    def get_extra_info(self, info: str) -> Any:
        return None


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    pieces = draw(BODIES)
    head = draw(INTERIM) + b"HTTP/1.1 " + draw(STATUS) + b"\r\nA: b\r\n c\r\n"
    match draw(st.sampled_from(["chunks", "both", "length", "end"])):
        case "length":
            return head + b"Content-Length: %d\r\n\r\n" % sum(map(len, pieces)) + b"".join(pieces) + draw(AFTER)
        case "end":
            return head + b"\r\n" + b"".join(pieces)
        case kind:
            length = b"Content-Length: 3\r\n" if kind == "both" else b""
            extension = draw(st.sampled_from([b"", b";a=b", b"  "]))
            chunks = b"".join(b"%x%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces)
            trailers = draw(st.sampled_from([b"", b"A: b\r\n", b"A: b\r\n c\r\n"]))
            return (
                head
                + length
                + b"Transfer-Encoding: chunked\r\n\r\n"
                + chunks
                + b"0\r\n"
                + trailers
                + b"\r\n"
                + draw(AFTER)
            )


def read_by_h11(method: str, data: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes] | None:
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "h")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    connection.receive_data(b"")
    head, body = None, b""
    try:
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
    except h11.RemoteProtocolError:
        return None
    assert head is not None
    return head.status_code, head.headers.raw_items(), body


async def read(method: str, pieces: Sequence[bytes]) -> tuple[int, list[tuple[bytes, bytes]], bytes] | None:
    connection = httpcore.AsyncHTTP11Connection(httpcore.Origin(b"http", b"127.0.0.1", 4010), Stream(Segments(pieces)))
    transport = PolicedTransport(GATE, None)
    transport._kept = connection  # type: ignore[assignment]  # One connection in place of a pool of them.
    try:
        answer = await transport.handle_async_request(httpx.Request(method, "http://127.0.0.1:4010/"))
        return answer.status_code, answer.headers.raw, b"".join([piece async for piece in answer.aiter_raw()])
    except (httpcore.RemoteProtocolError, BrokenAnswer):
        return None


@settings(max_examples=60)
@given(METHODS, answers(), st.integers(0, 5), st.lists(st.integers(1, 60), max_size=20))
def test_however_an_answer_is_cut_it_is_what_h11_reads(method: str, data: bytes, short: int, sizes: list[int]) -> None:
    """Whole or ended early: interim answers, every framing, nothing beyond its end."""
    data = data[: len(data) - short] if short else data
    pieces, start = [], 0
    for size in sizes:
        pieces.append(data[start : start + size])
        start += size
    pieces.append(data[start:])
    assert asyncio.run(read(method, pieces)) == read_by_h11(method, data)
