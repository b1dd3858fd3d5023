"""A server that says exactly the bytes a test tells it to, and remembers the bytes it was told; and certificates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from tui.storage.connection import Connection


@dataclass
class Heard:
    """One request as it came in."""

    line: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def form(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True)


Reply = Callable[[Heard, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Wire:
    """A listener on loopback: what it heard, and over how many connections."""

    reply: Reply
    port: int = 0
    connections: int = 0
    heard: list[Heard] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connection(self, *, kind: str = "api_key", name: str = "wire") -> Connection:
        key = kind == "api_key"
        return Connection(
            name=name,
            kind=kind,
            account_sid="AC" + "0" * 32,
            api_key_sid="SK" + "1" * 32 if key else None,
            api_key_secret="key-secret" if key else None,
            auth_token=None if key else "token-secret",
            base_url=self.base_url,
        )

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        # What was drained is with the kernel; else up to 16 kB of an answer could still be thrown away below.
        writer.transport.set_write_buffer_limits(0)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, *rows = head.rstrip("\r\n").split("\r\n")
                headers = tuple((k, v.strip()) for k, _, v in (row.partition(":") for row in rows))
                length = next((int(v) for k, v in headers if k.lower() == "content-length"), 0)
                self.heard.append(Heard(line, headers, await reader.readexactly(length)))
                self.arrived.set()
                await self.reply(self.heard[-1], writer)
                await writer.drain()
                if writer.is_closing():
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self.ended.set()
            writer.transport.abort()


Serve = Callable[[Reply | bytes], Awaitable[Wire]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """`await serve(b"HTTP/1.1 200 …")` or `await serve(reply)` starts a server; all are gone after the test."""
    servers: list[asyncio.Server] = []
    handlers: set[asyncio.Task[None]] = set()

    async def start(reply: Reply | bytes) -> Wire:
        async def say(_: Heard, writer: asyncio.StreamWriter) -> None:
            assert isinstance(reply, bytes)
            writer.write(reply)
            await writer.drain()
            writer.close()

        wire = Wire(say if isinstance(reply, bytes) else reply)

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            handlers.add(task)
            try:
                await wire.serve(reader, writer)
            except asyncio.CancelledError:
                pass
            finally:
                handlers.discard(task)

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        servers.append(server)
        wire.port = server.sockets[0].getsockname()[1]
        return wire

    yield start
    for server in servers:
        server.close()
    for handler in tuple(handlers):
        handler.cancel()
    await asyncio.gather(*handlers)


def answer(body: bytes, *, status: str = "200 OK", headers: tuple[str, ...] = ()) -> bytes:
    """A plain HTTP answer."""
    rows = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", "")
    return "\r\n".join(rows).encode("latin-1") + body


@pytest.fixture
def http() -> Callable[..., bytes]:
    """`http(b"{}", status="200 OK", headers=("X: y",))` is a plain HTTP answer."""
    return answer


def _certificate(place: Path, until: datetime | None = None) -> Path:
    # Not at the top: what makes keys takes a third of a second to import, and few tests need one.
    import trustme

    issuer = trustme.CA()
    issued = issuer.issue_cert("127.0.0.1", not_after=until)
    parts = [issued.private_key_pem, *issued.cert_chain_pems, issuer.cert_pem]
    place.write_bytes(b"".join(part.bytes() for part in parts))
    return place


@pytest.fixture(scope="session")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody vouches for, with its key and its issuer."""
    return _certificate(tmp_path_factory.mktemp("tls") / "nobody.pem")


@pytest.fixture(scope="session")
def expired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of another issuer, out of date."""
    return _certificate(tmp_path_factory.mktemp("tls") / "expired.pem", datetime(2020, 1, 1, tzinfo=UTC))
