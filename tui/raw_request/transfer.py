"""Bytes on their way, counted: a body going out, an answer coming in, memory kept within a limit.

Knows nothing of attempts or retries.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import BinaryIO

from tui.twilio.errors import BadAnswer
from tui.twilio.incoming import IncomingResponse
from tui.twilio.outgoing import RequestBody

LARGEST_SPILL = 1024 * 1024 * 1024
"""Bytes of a decoded answer that are written to a file; the bound against decompression bombs on disk."""

Spill = Callable[[], BinaryIO]
"""Opens a file for an answer that is too large for memory."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one attempt is, in bytes.

    Attributes:
        to_receive: what the answer announced, None when it did not or when it is compressed.
    """

    sent: int = 0
    to_send: int = 0
    received: int = 0
    to_receive: int | None = None


OnProgress = Callable[[Progress], object]


class ProgressBody:
    """A body that tells how much of it has left."""

    def __init__(self, body: RequestBody, tell: OnProgress | None) -> None:
        self._body = body
        self._tell = tell
        self._under_way: list[AsyncGenerator[bytes]] = []

    @property
    def length(self) -> int:
        """Bytes of the whole body."""
        return self._body.length

    def pieces(self) -> AsyncGenerator[bytes]:
        """The bytes from the first on."""
        pieces = self._counted()
        self._under_way.append(pieces)
        return pieces

    async def aclose(self) -> None:
        """Close what an ended attempt left open."""
        for pieces in self._under_way:
            await pieces.aclose()

    async def _counted(self) -> AsyncGenerator[bytes]:
        sent = 0
        async with aclosing(self._body.pieces()) as pieces:
            async for piece in pieces:
                yield piece
                # Asked for the next one: the network has taken this one.
                sent += len(piece)
                if self._tell is not None:
                    self._tell(Progress(sent, self.length))


class ResponseReader:
    """One answer: its head as soon as it is there, its body as far as memory goes, the rest to a file.

    Attributes:
        head: None until it has arrived.
        size: decoded bytes received.
        announced: how many there would be, None when that was not said.
        cut: whether `content` is not everything.
        note: one sentence about a body that is not whole here; may be empty.
    """

    def __init__(self, largest: int, spill: Spill | None, tell: OnProgress | None) -> None:
        self.head: IncomingResponse | None = None
        self.size = 0
        self.announced: int | None = None
        self.cut = False
        self.note = ""
        self._largest = largest
        self._spill = spill
        self._tell = tell
        self._body = bytearray()

    @property
    def content(self) -> bytes:
        """The body, or its first part when `cut`."""
        return bytes(self._body)

    async def read(self, incoming: IncomingResponse) -> bytes:
        """Take an answer; returns nothing, since the body is kept here even when it breaks off.

        Raises:
            BadAnswer: the file cannot take it.
        """
        self.head = incoming
        announced = self.announced = _announced(incoming)
        file: BinaryIO | None = None
        async for piece in incoming.pieces:
            self.size += len(piece)
            if self._tell is not None:
                self._tell(Progress(received=self.size, to_receive=announced))
            if file is None and self.size <= self._largest:
                self._body += piece
                continue
            if file is None:
                self.cut = True
                if self._spill is None:
                    self._body += piece[: self._largest - len(self._body)]
                    self.note = f"The answer is larger than {_megabytes(self._largest)}; the rest was not read."
                    return b""
                file = self._open(incoming, self._spill)
                self._body += piece[: self._largest - len(self._body)]
            self._write(incoming, file, piece)
        if file is not None:
            self.note = f"The answer is larger than {_megabytes(self._largest)}; all of it went to a file."
        return b""

    def _open(self, incoming: IncomingResponse, spill: Spill) -> BinaryIO:
        try:
            file = spill()
        except OSError as problem:
            raise _unwritable(incoming, problem) from None
        self._write(incoming, file, bytes(self._body))
        return file

    def _write(self, incoming: IncomingResponse, file: BinaryIO, piece: bytes) -> None:
        if self.size > LARGEST_SPILL:
            raise BadAnswer(
                incoming.status,
                f"The answer is larger than {_megabytes(LARGEST_SPILL)} and was broken off.",
                "Ask for less at a time.",
            )
        try:
            file.write(piece)
        except OSError as problem:
            raise _unwritable(incoming, problem) from None


def _announced(incoming: IncomingResponse) -> int | None:
    headers = {name.lower(): value for name, value in incoming.headers}
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 19 and "content-encoding" not in headers else None


def _megabytes(size: int) -> str:
    return f"{size / (1024 * 1024):.3g} MB"


def _unwritable(incoming: IncomingResponse, problem: OSError) -> BadAnswer:
    why = problem.strerror or "it failed"
    return BadAnswer(incoming.status, f"The answer could not be written to its file: {why}.", "Choose another place.")
