"""Every page of a long history, followed by tuilio's client and by a bare httpx loop that parses the same JSON."""

from __future__ import annotations

import asyncio
import time

import httpx

from tests.apart import Apart, sandbox_apart
from tests.bench.figures import Table, median
from tui.storage.connections import Connection
from tui.twilio.client import Client
from tui.twilio.messages import Filters, pages

PAGE = 1000


def measure_paging(count: int, rounds: int) -> Table:
    """Messages a second, interleaved."""
    with sandbox_apart(history=count) as apart:
        ours, theirs = list[float](), list[float]()
        for _ in range(rounds):
            theirs.append(asyncio.run(_bare(apart)))
            ours.append(asyncio.run(_tuilio(apart)))
    table = Table(f"paging {count:,}", ("messages/s", "÷ httpx"))
    table.add("bare httpx", round(count / median(theirs)), 1.0)
    ratio = median(base / one for one, base in zip(ours, theirs, strict=True))
    table.add("tuilio", round(count / median(ours)), round(ratio, 2))
    return table


async def _bare(apart: Apart) -> float:
    begun = time.perf_counter()
    auth = httpx.BasicAuth(apart.fields["api_key_sid"], apart.fields["api_key_secret"])
    found = 0
    async with httpx.AsyncClient(auth=auth, trust_env=False) as client:
        uri: str | None = f"/2010-04-01/Accounts/{apart.fields['account_sid']}/Messages.json?PageSize={PAGE}"
        while uri:
            answer = (await client.get(apart.origin + uri)).json()
            found += len(answer["messages"])
            uri = answer["next_page_uri"]
    assert found
    return time.perf_counter() - begun


async def _tuilio(apart: Apart) -> float:
    begun = time.perf_counter()
    found = 0
    async with Client(Connection("bench", "api_key", **apart.fields)) as client:
        async for page in pages(client, Filters(), page_size=PAGE):
            found += len(page.messages)
    assert found
    return time.perf_counter() - begun
