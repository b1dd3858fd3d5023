"""A session at a sandbox, and inquiries of its account."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tui.sandbox.server import Sandbox
from tui.services.account import Account
from tui.services.session import Session
from tui.services.why.checks import Check, CheckState, Subject
from tui.services.why.inquiry import Inquiry
from tui.storage.connection import AUTH_TOKEN
from tui.storage.connections import Connection
from tui.storage.paths import find_paths
from tui.twilio.errors import ApiError
from tui.twilio.message import Message, read_message, read_messages


@dataclass
class Desk:
    """The sandbox, the account that is opened on it, and how often the last inquiry told of a change."""

    sandbox: Sandbox
    account: Account
    told: list[tuple[Check, ...]] = field(default_factory=list)

    async def send(self, **form: str) -> Message:
        """Send a message; Twilio's refusals are raised."""
        pairs = {"From": "+14155550100", "To": "+14155550123", "Body": "Hello"} | form
        return read_message(await self.account.client.post(self._messages(), list(pairs.items())))

    async def attempt(self, **form: str) -> Message | None:
        """What became of a message in the end, also where it was refused; None where nothing is kept of it."""
        sent: Message | None = None
        try:
            sent = await self.send(**form)
        except ApiError as refused:
            if refused.status != 400:
                return None
        async with asyncio.timeout(20):
            while sent is None or not sent.final:
                newest = read_messages(await self.account.client.get(self._messages([("PageSize", "1")])))[0]
                if sent is None or newest.sid == sent.sid:
                    sent = newest
                await asyncio.sleep(0.02)
        if "StatusCallback" in form:
            async with asyncio.timeout(20):
                while not await self._alerts():
                    await asyncio.sleep(0.05)
        await self.account.archive.put([sent])
        return sent

    async def control(self, name: str, value: object = None) -> Any:
        """One of the sandbox's own paths."""
        async with httpx.AsyncClient(base_url=self.sandbox.base_url, trust_env=False) as client:
            path = f"/_sandbox/{name}"
            answer = await (client.get(path) if value is None else client.post(path, json=value))
            assert answer.status_code < 300, answer.text
            return answer.json()

    async def look(self) -> None:
        """Have the archive ask for what is new."""
        self.account.archive.look_now()
        async with asyncio.timeout(20):
            while self.account.archive.status.asking or not self.account.archive.status.looked:
                await asyncio.sleep(0.02)

    async def _alerts(self) -> object:
        return (await self.account.client.get(self.account.client.policy.product("monitor", "/v1/Alerts")))["alerts"]

    def _messages(self, query: Sequence[tuple[str, str]] = ()) -> str:
        client = self.account.client
        return client.policy.locate(f"/Accounts/{client.account_sid}/Messages.json", query)

    async def ask(self, subject: Subject | Message, **more: Any) -> Inquiry:
        """An inquiry that was run."""
        if isinstance(subject, Message):
            subject = Subject.of_message(subject)
        self.told.clear()
        inquiry = Inquiry(self.account, subject, lambda: self.told.append(tuple(inquiry.checks)), **more)
        assert {each.state for each in inquiry.checks if each.name != "line_type"} == {CheckState.WAITING}
        await inquiry.run()
        return inquiry

    def asked(self, part: str = "") -> list[str]:
        """What was asked of the sandbox, where the target holds this."""
        return [each.target for each in self.sandbox.requests if part in each.target]


async def open_desk(sandbox: Sandbox, connection: Connection, folder: Path) -> tuple[Session, Desk]:
    """A session whose sandbox this is."""

    async def start() -> Connection:
        return connection

    session = Session(find_paths(folder), start_sandbox=start, environ={})
    await session.use_sandbox()
    assert session.account is not None
    return session, Desk(sandbox, session.account)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """One whose messages live fifty times as fast."""
    async with Sandbox(speed=50) as running:
        yield running


@pytest.fixture
async def desk(sandbox: Sandbox, connect: Callable[..., Connection], tmp_path: Path) -> AsyncIterator[Desk]:
    """With the auth token, which may read everything."""
    session, desk = await open_desk(sandbox, connect(sandbox, kind=AUTH_TOKEN), tmp_path / "config")
    yield desk
    await session.close()


@pytest.fixture
async def key_desk(sandbox: Sandbox, connect: Callable[..., Connection], tmp_path: Path) -> AsyncIterator[Desk]:
    """With an API key, which may not."""
    session, desk = await open_desk(sandbox, connect(sandbox), tmp_path / "config")
    yield desk
    await session.close()


def named(inquiry: Inquiry, name: str) -> Check:
    """The check with this name."""
    return next(each for each in inquiry.checks if each.name == name)
