"""Loading history from a sandbox into an archive, beside a bare httpx loop over the same days; keys meanwhile."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx

from tests.apart import Apart, sandbox_apart
from tests.bench.figures import Table, median, quantile
from tests.bench.large_answers import Stage, press_keys
from tui.archive.query import parse
from tui.services.message_archive import MessageArchive
from tui.storage.connection import Connection
from tui.twilio.client import Client


def measure_load(folder: Path, days: int, rounds: int) -> Table:
    """Messages a second while history is loaded, beside a bare httpx loop over the same days; keys meanwhile."""
    since = (datetime.now(UTC) - timedelta(days=days)).date()
    bare, ours, keys, rest = list[float](), list[float](), list[float](), list[float]()
    count = 0
    with sandbox_apart(history=1_000_000) as apart:
        for number in range(rounds):
            took, count = asyncio.run(_read_bare(apart, since))
            bare.append(count / took)
            took, pressed, pressed_before = asyncio.run(_load(apart, folder / f"loaded-{number}.sqlite3", since, count))
            ours.append(count / took)
            keys += pressed
            rest += pressed_before
    table = Table(f"load {count:,} messages", ("messages/s", "÷ httpx", "key ms", "p99 ms", "slowest ms"))
    table.add("bare httpx; keys while nothing is loaded", round(median(bare)), 1.0, *_of_keys(rest))
    ratio = round(median(one / base for one, base in zip(ours, bare, strict=True)), 2)
    table.add("load history; keys meanwhile", round(median(ours)), ratio, *_of_keys(keys))
    return table


def _of_keys(taken: list[float]) -> tuple[float, float, float]:
    return round(median(taken), 1), round(quantile(taken, 0.99), 1), round(max(taken), 1)


async def _read_bare(apart: Apart, since: date) -> tuple[float, int]:
    auth = httpx.BasicAuth(apart.fields["api_key_sid"], apart.fields["api_key_secret"])
    path = f"/2010-04-01/Accounts/{apart.fields['account_sid']}/Messages.json"
    count = 0
    begun = time.perf_counter()
    async with httpx.AsyncClient(auth=auth, trust_env=False) as client:
        uri: str | None = f"{path}?PageSize=1000&DateSent%3E={since}"
        while uri:
            answer = (await client.get(apart.origin + uri)).json()
            count += len(answer["messages"])
            uri = answer["next_page_uri"]
    return time.perf_counter() - begun, count


async def _load(apart: Apart, path: Path, since: date, count: int) -> tuple[float, list[float], list[float]]:
    """Load the days in an app in which keys are pressed all the time: seconds, and milliseconds of keys."""
    app = Stage()
    archive = MessageArchive(path, history=None)
    async with app.run_test(size=(120, 40)) as pilot, Client(Connection("bench", "api_key", **apart.fields)) as client:
        app.list.set_row_count(1_000_000)
        app.list.focus()
        await pilot.pause()
        await archive.open()
        archive.connect(client)
        before = [taken for _ in range(12) for taken in await _hold_keys(app)]
        meanwhile: list[float] = []
        begun = time.perf_counter()
        archive.start_load(since)
        while (load := archive.status.load) is None or load.running:
            meanwhile += await _hold_keys(app)
        took = time.perf_counter() - begun
        assert load.finished, load.trouble
        assert len(await archive.find_rows(parse(""))) >= count
        await archive.close()
        return took, meanwhile, before


async def _hold_keys(app: Stage) -> list[float]:
    """Press keys with pauses between them, as a terminal repeats one that is held down."""
    taken = await press_keys(app)
    await asyncio.sleep(0.03)
    return taken
