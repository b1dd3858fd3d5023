"""A person's own program behind the receiver: a raw server on loopback that keeps what came, byte for byte."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field

TWIML = b"<Response><Message>From my program</Message></Response>"
Say = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Arrived:
    """A request as it stood on the wire."""

    raw: bytes

    @property
    def line(self) -> str:
        return self.raw.partition(b"\r\n")[0].decode("latin-1")

    @property
    def headers(self) -> list[tuple[str, str]]:
        rows = self.raw.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
        return [(name, value.strip()) for name, _, value in (row.partition(":") for row in rows)]

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass
class Program:
    """What it was sent, and where it listens."""

    port: int = 0
    requests: list[Arrived] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def answer(body: bytes = TWIML, status: str = "200 OK", kind: str = "text/xml", *more: str) -> bytes:
    rows = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *more]
    return "\r\n".join([*rows, "", ""]).encode("latin-1") + body


@contextlib.asynccontextmanager
async def program(say: bytes | Say | Callable[[Arrived], bytes] = answer()) -> AsyncGenerator[Program]:  # noqa: B008
    """A program that answers with these bytes, with what `say` makes of a request, or as `say` writes."""
    running = Program()
    answering: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        answering.add(task)
        running.connections += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                head = await reader.readuntil(b"\r\n\r\n")
                length = Arrived(head).header("Content-Length")
                arrived = Arrived(head + await reader.readexactly(int(length or 0)))
                running.requests.append(arrived)
                if isinstance(say, bytes):
                    writer.write(say)
                elif asyncio.iscoroutinefunction(say):
                    await say(writer)
                else:
                    writer.write(say(arrived))  # type: ignore[arg-type]
                await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", running.port)
    running.port = server.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        server.close()
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)
