"""A desk at work against a running Twilio, with a journal in memory unless a test brings its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.services.sends.steps import submit
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.services.send_state import SendState
from tui.services.sends import SendService
from tui.storage.connection import Connection
from tui.storage.journal import JournalEntry, JournalState, SendJournal
from tui.twilio.client import Client
from tui.twilio.drafts import Draft
from tui.twilio.messages import Filters, Message, page

TO = "+14155552671"


@dataclass
class Bench:
    """A desk at work: against which Twilio, with which journal, and what it told."""

    sandbox: Sandbox
    client: Client
    outbox: SendJournal
    told: list[SendState]
    desk: SendService

    def draft(self, body: str = "Hello", **more: Any) -> Draft:
        fields: dict[str, Any] = {"to": TO, "from_": self.sandbox.numbers[0], "body": body, **more}
        return Draft(**fields)

    async def submit(self, draft: Draft | None = None) -> SendState:
        sending = await submit(self.desk, draft or self.draft())
        assert sending is not None
        return sending

    async def lose(self, kind: str, body: str = "Hello") -> JournalEntry:
        """An unknown send, from a fault."""
        self.sandbox.faults.add(Fault(kind, method="POST"))
        sending = await self.submit(self.draft(body))
        assert sending.entry is not None
        assert sending.entry.state is JournalState.UNKNOWN
        return sending.entry

    async def made(self, to: str = TO) -> tuple[Message, ...]:
        """What the account really holds for the recipient and was made here."""
        async with Client(self.client.connection) as other:
            found = (await page(other, Filters(to=to), page_size=1000)).messages
        return tuple(message for message in found if message.body.startswith("Hello"))

    @property
    def posts(self) -> int:
        return sum(request.method == "POST" for request in self.sandbox.requests)


Bring = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def bring(connect: Callable[..., Connection]) -> AsyncIterator[Bring]:
    """`await bring(sandbox, …)` sets a desk up; `twilio` overrides the connection."""
    async with AsyncExitStack() as stack:

        async def set_up(
            sandbox: Sandbox,
            *,
            timeout: float = 10.0,
            outbox: SendJournal | None = None,
            twilio: Connection | None = None,
            clock: Callable[[], datetime] = lambda: datetime.now(UTC),
            sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        ) -> Bench:
            client = await stack.enter_async_context(Client(twilio or connect(sandbox), timeout=timeout))
            journal = stack.enter_context(outbox or SendJournal(None))
            told: list[SendState] = []
            desk = SendService("here", client, journal, told.append, clock=clock, sleep=sleep)
            return Bench(sandbox, client, journal, told, desk)

        yield set_up


@pytest.fixture
async def bench(bring: Bring, sandbox: Sandbox) -> Bench:
    return await bring(sandbox)
