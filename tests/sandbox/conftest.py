"""A sandbox to talk to, a clock to turn by hand, and the official client pointed at the one, reading the other."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import pytest
from twilio.rest import Client

from tui.sandbox.server import Sandbox
from tui.twilio.operations import Operation

T = TypeVar("T")


class Clock:
    """A time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> None:
        self.now += timedelta(**delta)


class Official:
    """The official, synchronous package in a thread of its own, unchanged but for the base URL."""

    def __init__(self, sandbox: Sandbox, user: str = "", password: str = "") -> None:
        self.client = Client(
            user or sandbox.account_sid,
            password or sandbox.auth_token,
            account_sid=sandbox.account_sid,
            environment={"NO": "environment"},
        )
        client = self.client
        products = (client.api, client.messaging, client.monitor, client.pricing, client.content, client.verify)
        for product in (*products, client.lookups, client.accounts):
            product.base_url = sandbox.base_url

    async def do(self, work: Callable[[Client], T]) -> T:
        return await asyncio.to_thread(work, self.client)

    async def send(self, **fields: Any) -> Any:
        return await self.do(lambda client: client.messages.create(**fields))


def http_to(sandbox: Sandbox) -> httpx.AsyncClient:
    """Plain HTTP with the account's credentials; its paths are those below the account."""
    return httpx.AsyncClient(
        base_url=f"{sandbox.base_url}/2010-04-01/Accounts/{sandbox.account_sid}",
        auth=(sandbox.account_sid, sandbox.auth_token),
        trust_env=False,
        verify=False,
    )


def path_of(operation: Operation, account: str, sid: str | Callable[[re.Match[str]], str]) -> str:
    """The path of one of Twilio's operations, with the account's SID and with `sid` for every other placeholder."""
    path = re.sub(r"/Accounts/\{\w+\}", f"/Accounts/{account}", operation.path)
    return re.sub(r"\{\w+\}", sid, path)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sandbox(clock: Clock) -> AsyncIterator[Sandbox]:
    async with Sandbox(clock=clock) as running:
        yield running


@pytest.fixture
async def empty(clock: Clock) -> AsyncIterator[Sandbox]:
    async with Sandbox(clock=clock, history=0) as running:
        yield running


@pytest.fixture
def official(sandbox: Sandbox) -> Official:
    return Official(sandbox)


@pytest.fixture
def connect() -> Callable[..., Official]:
    return Official
