"""An answer on its way in: its head, and its body a bounded piece at a time, gzip undone.

Must not know who asked, nor what becomes of the pieces.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

PIECE = 256 * 1024
"""Bytes of a decoded body handed on at a time, at most, when it was compressed."""

_MOST_EXTRA = 1024 * 1024
"""Bytes that a compressed body may be larger than what it stands for."""


@dataclass(frozen=True, slots=True)
class IncomingResponse:
    """An answer whose head has arrived and whose body is still to be read.

    Attributes:
        headers: as received: order, repeats and letter case kept.
        pieces: the decoded body, a bounded piece at a time.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    http_version: str
    pieces: AsyncIterator[bytes]


Read = Callable[[IncomingResponse], Awaitable[bytes]]
"""Reads an answer's body and returns what of it is to be kept."""


def incoming_from(response: httpx.Response) -> IncomingResponse:
    """An answer of httpx whose body was not read yet."""
    gzipped = response.headers.get("content-encoding", "").strip().lower() in ("gzip", "x-gzip")
    return IncomingResponse(
        response.status_code,
        response.reason_phrase,
        as_text(response.extensions["raw_headers"]),
        response.http_version,
        _decoded(response.aiter_raw(), gzipped=gzipped),
    )


def as_text(headers: Sequence[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Headers as received: order, repeats and letter case kept; UTF-8 where it is, Latin-1 otherwise."""
    return tuple((name.decode("latin-1"), _header_text(value)) for name, value in headers)


def _header_text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


async def _decoded(raw: AsyncIterator[bytes], *, gzipped: bool) -> AsyncIterator[bytes]:
    """Undo gzip a bounded piece at a time: a few bytes on the wire can stand for gigabytes."""
    if not gzipped:
        async for chunk in raw:
            yield chunk
        return
    import httpx

    inflate = zlib.decompressobj(wbits=31)
    begun = False
    packed = size = 0
    async for chunk in raw:
        pending = chunk
        begun = begun or bool(chunk)
        packed += len(chunk)
        if packed > size + _MOST_EXTRA:
            # Blocks that hold nothing, or bytes after the end: neither ever reaches a bound on what was decoded.
            raise httpx.DecodingError("more gzip than answer")
        while pending and not inflate.eof:
            try:
                piece = inflate.decompress(pending, PIECE)
            except zlib.error as problem:
                raise httpx.DecodingError("not gzip") from problem
            size += len(piece)
            yield piece
            pending = inflate.unconsumed_tail
            # A bomb swells without ever waiting for the network; keys and time limits must get their turn.
            await asyncio.sleep(0)
    # The answer to a HEAD names an encoding and has no body at all.
    if begun and not inflate.eof:
        raise httpx.RemoteProtocolError("the compressed answer ends early")
