"""A session at a sandbox, and inquiries of its account."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tui.sandbox.server import Sandbox
from tui.services.account import Account
from tui.services.session import Session
from tui.services.why.checks import Check, CheckState, Subject
from tui.services.why.inquiry import Inquiry
from tui.storage.connection import AUTH_TOKEN
from tui.storage.connections import Connection
from tui.storage.paths import find_paths
from tui.twilio.message import Message
from tui.twilio.messages import fetch


@dataclass
class Desk:
    """The sandbox, the account that is opened on it, and how often the last inquiry told of a change."""

    sandbox: Sandbox
    account: Account
    told: list[tuple[Check, ...]] = field(default_factory=list)

    async def send(self, **form: str) -> Message:
        """Send a message by the account's client; Twilio's refusals are raised."""
        from tui.twilio.message import read_message

        url = self.account.client.policy.locate(f"/Accounts/{self.account.client.account_sid}/Messages.json")
        pairs = {"From": "+14155550100", "To": "+14155550123", "Body": "Hello"} | form
        return read_message(await self.account.client.post(url, [(k.rstrip("_"), v) for k, v in pairs.items() if v]))

    async def settled(self, until: Callable[..., Any], sid: str) -> Message:
        """The message once nothing more happens to it."""
        found: list[Message] = []

        import asyncio

        for _ in range(400):
            found[:] = [await fetch(self.account.client, sid)]
            if found[0].final:
                break
            await asyncio.sleep(0.05)
        await self.account.archive.put(found)
        return found[0]

    async def ask(self, subject: Subject | Message, **more: Any) -> Inquiry:
        """An inquiry that was run."""
        if isinstance(subject, Message):
            subject = Subject.of_message(subject)
        self.told.clear()
        inquiry = Inquiry(self.account, subject, lambda: self.told.append(tuple(inquiry.checks)), **more)
        assert {each.state for each in inquiry.checks} <= {CheckState.WAITING, CheckState.NOT_ASKED}
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


def names(inquiry: Inquiry) -> list[str]:
    """The names of its checks."""
    return [each.name for each in inquiry.checks]


def instant(text: str) -> datetime:
    """An instant, from ISO 8601."""
    return datetime.fromisoformat(text)
