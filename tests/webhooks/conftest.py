"""A receiver over real sockets, and Twilio's side of the conversation."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest

from tui.http_server.server import Limits
from tui.twilio.signature import sign
from tui.webhooks.event_store import EventStore
from tui.webhooks.receiver import Listening, Receiver
from tui.webhooks.settings import ReceiverSettings
from tui.webhooks.verification import Tokens

TOKEN = "0123456789abcdef0123456789abcdef"
PUBLIC = "https://hooks.example.com"
TIGHT = Limits(header_bytes=4096, body_bytes=8192, header_seconds=0.3, body_seconds=0.3, idle_seconds=1.0)
HELLO = (("MessageSid", "SM1"), ("From", "+14155550123"), ("To", "+14155550100"), ("Body", "Hello & <bye>"))


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Twilio:
    """Posts to a receiver, over one connection for each request or over one that is given."""

    receiver: Receiver
    token: str = TOKEN
    base: str = PUBLIC
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def port(self) -> int:
        assert isinstance(self.receiver.state, Listening)
        return self.receiver.state.port

    def form(
        self,
        path: str,
        params: Sequence[tuple[str, str]],
        *,
        signature: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
        host: str = "hooks.example.com",
    ) -> bytes:
        body = urlencode(params).encode()
        signed = sign(self.token, self.base + path, params) if signature is None else signature
        rows = [f"POST {path} HTTP/1.1", f"Host: {host}", "Content-Type: application/x-www-form-urlencoded"]
        rows += [f"X-Twilio-Signature: {signed}"] if signed else []
        rows += [f"{name}: {value}" for name, value in headers]
        return "\r\n".join([*rows, f"Content-Length: {len(body)}", "", ""]).encode() + body

    async def post(self, path: str, params: Sequence[tuple[str, str]] = HELLO, **more: object) -> Answer:
        return await self.say(self.form(path, params, **more))  # type: ignore[arg-type]

    async def say(self, data: bytes) -> Answer:
        async with self.connect() as (reader, writer):
            writer.write(data)
            return await read_answer(reader)

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode("latin-1")
    line, *rows = head.rstrip("\r\n").split("\r\n")
    headers = {k.lower(): v.strip() for k, _, v in (row.partition(":") for row in rows)}
    body = await asyncio.wait_for(reader.readexactly(int(headers.get("content-length", "0"))), 10)
    return Answer(int(line.split()[1]), headers, body)


@pytest.fixture
def settings() -> ReceiverSettings:
    return ReceiverSettings(public_url=PUBLIC)


@pytest.fixture
async def receiver(settings: ReceiverSettings) -> AsyncIterator[Receiver]:
    store = EventStore(None)
    async with Receiver(store, settings=settings, tokens=Tokens(TOKEN), limits=TIGHT) as running:
        yield running
    store.close()


@pytest.fixture
def twilio(receiver: Receiver) -> Twilio:
    return Twilio(receiver)


@pytest.fixture
def answer() -> Callable[..., object]:
    return read_answer
