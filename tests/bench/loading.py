"""Loading history from a sandbox into an archive, beside a bare httpx loop over the same days; keys meanwhile."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from tests.apart import Apart, sandbox_apart
from tests.bench.figures import Figure, Table, median, quantile
from tests.bench.large_answers import Stage, press_keys
from tui.archive.query_parser import parse
from tui.launch import SWITCH_SECONDS, collect_again
from tui.services.message_archive import MessageArchive
from tui.storage.connection import Connection
from tui.twilio.client import Client


@dataclass(frozen=True, slots=True)
class Load:
    """One reading of the same days: messages, seconds, seconds of the processor, milliseconds of keys meanwhile."""

    count: int
    seconds: float
    cpu: float
    keys: tuple[float, ...] = ()

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.count / self.seconds


def measure_load(days: int, rounds: int) -> Table:
    """Messages a second while history is loaded, beside a bare httpx loop over the same days; keys meanwhile."""
    since = (datetime.now(UTC) - timedelta(days=days)).date()
    found: dict[str, list[Load]] = defaultdict(list)
    rest: list[float] = []
    with sandbox_apart(history=1_000_000) as apart, TemporaryDirectory() as folder:
        for number in range(rounds):
            bare = asyncio.run(_read_bare(apart, since))
            found["bare httpx"].append(bare)
            for what, is_typed in (("load history", False), ("load history, keys held down", True)):
                path = Path(folder) / f"{number}-{what}.sqlite3"
                loaded, before = asyncio.run(_load(apart, path, since, bare.count, is_typed=is_typed))
                found[what].append(loaded)
                rest += before
    base = found["bare httpx"]
    name = f"load {base[0].count:,} messages"
    table = Table(name, ("messages/s", "÷ httpx", "CPU µs each", "key ms", "p99 ms", "slowest ms"))
    for what, loads in found.items():
        keys = [taken for load in loads for taken in load.keys]
        table.add(
            what,
            round(median(load.rate for load in loads)),
            round(median(load.rate / bare.rate for load, bare in zip(loads, base, strict=True)), 2),
            round(median(load.cpu / load.count for load in loads) * 1e6),
            *_of_keys(keys),
        )
    table.add("keys held down, nothing loaded", "", "", "", *_of_keys(rest))
    return table


def _of_keys(taken: list[float]) -> tuple[Figure, ...]:
    if not taken:
        return "", "", ""
    return round(median(taken), 1), round(quantile(taken, 0.99), 1), round(max(taken), 1)


async def _read_bare(apart: Apart, since: date) -> Load:
    auth = httpx.BasicAuth(apart.fields["api_key_sid"], apart.fields["api_key_secret"])
    path = f"/2010-04-01/Accounts/{apart.fields['account_sid']}/Messages.json"
    count = 0
    begun, spent = time.perf_counter(), time.process_time()
    async with httpx.AsyncClient(auth=auth, trust_env=False) as client:
        uri: str | None = f"{path}?PageSize=1000&DateSent%3E={since}"
        while uri:
            answer = (await client.get(apart.origin + uri)).json()
            count += len(answer["messages"])
            uri = answer["next_page_uri"]
    return Load(count, time.perf_counter() - begun, time.process_time() - spent)


async def _load(apart: Apart, path: Path, since: date, count: int, *, is_typed: bool) -> tuple[Load, list[float]]:
    """Load the days in an app, in which keys are pressed or not; also what keys took before."""
    sys.setswitchinterval(SWITCH_SECONDS)
    app = Stage()
    archive = MessageArchive(path, history=None)
    async with app.run_test(size=(120, 40)) as pilot, Client(Connection("bench", "api_key", **apart.fields)) as client:
        app.list.set_row_count(1_000_000)
        app.list.focus()
        await pilot.pause()
        # As the program does after its first picture.
        collect_again()
        await archive.open()
        archive.connect(client)
        before = [taken for _ in range(12) for taken in await _hold_keys(app)]
        meanwhile: list[float] = []
        begun, spent = time.perf_counter(), time.process_time()
        archive.start_load(since)
        while (load := archive.status.load) is None or load.running:
            if is_typed:
                meanwhile += await _hold_keys(app)
            else:
                await asyncio.sleep(0.01)
        loaded = Load(count, time.perf_counter() - begun, time.process_time() - spent, tuple(meanwhile))
        assert load.finished, load.trouble
        assert len(await archive.find_rows(parse(""))) >= count
        await archive.close()
        return loaded, before


async def _hold_keys(app: Stage) -> list[float]:
    """Press keys with pauses between them, as a terminal repeats one that is held down."""
    taken = await press_keys(app)
    await asyncio.sleep(0.03)
    return taken
