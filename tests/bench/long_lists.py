"""The list with many messages loaded: `python -m tests.bench.long_lists COUNT` prints one line of JSON.

The real screen under Pilot, its archive, which is a file, filled by hand: page by page over HTTP would take longer
than the question is worth. Each count has a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.figures import Table, median, quantile
from tui.app import TuilioApp
from tui.cli import StartOptions
from tui.sandbox.server import Sandbox
from tui.screens.messages.screen import MessagesScreen
from tui.screens.messages.table import MessageTable
from tui.services.session import Session
from tui.storage.connections import Connection, save
from tui.storage.paths import find_paths
from tui.twilio.messages import Message, read_messages

KEYS = 300
PAGE = 1000


def measure_lists(counts: list[int]) -> Table:
    """Cursor moves and memory, by the number of messages."""
    table = Table("list", ("one row ms", "p99 ms", "CPU ms", "first to last ms", "bytes a message"))
    for count in counts:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.long_lists", str(count)], capture_output=True, text=True, check=True
        )
        told = json.loads(done.stdout.splitlines()[-1])
        table.add(f"{count:,} messages", told["ms"], told["p99"], told["cpu"], told["end"], told["memory"])
    return table


async def measure(count: int) -> dict[str, float]:
    """Fill the list and press keys."""
    with TemporaryDirectory() as place:
        async with Sandbox(history=50, speed=10) as sandbox:
            base = f"{sandbox.base_url}/2010-04-01"
            key, secret = sandbox.api_key_sid, sandbox.api_key_secret
            acme = Connection("acme", "api_key", sandbox.account_sid, key, secret, base_url=base)
            paths = find_paths(Path(place))
            save(paths.connections, {"acme": acme})
            app = TuilioApp(Session(paths, environ={}), StartOptions(connection="acme"))
            async with app.run_test(size=(120, 40)) as pilot:
                return await _fill_and_press(app, pilot, count)


async def _fill_and_press(app: TuilioApp, pilot: Any, count: int) -> dict[str, float]:
    screen = app.screen
    assert isinstance(screen, MessagesScreen)
    while app.session.archive is None or not app.session.archive.status.looked:
        await pilot.pause(0.02)
    archive = app.session.archive
    while not screen.loader.listing.numbers:
        await pilot.pause(0.02)
    [known] = await archive.read(screen.loader.listing.numbers[-1:])
    assert known is not None
    sample = dict(known.raw)
    gc.collect()
    before = _resident()
    for first in range(0, count, PAGE):
        await archive.put(_page(sample, first))
    gc.collect()
    after = _resident()
    table = screen.query_one(MessageTable)
    # The account has none of these: the program finds that out, twenty at a time, and lets go of them.
    while len(table.listing.numbers) < count * 0.99:
        await pilot.pause(0.02)
    taken: list[float] = []
    spent: list[float] = []
    for _ in range(KEYS):
        begun = time.thread_time()
        taken.append(await _press(app, table, "down"))
        spent.append((time.thread_time() - begun) * 1e3)
    end = await _press(app, table, "end")
    return {
        "ms": round(median(taken), 2),
        "p99": round(quantile(taken, 0.99), 2),
        "cpu": round(median(spent), 2),
        "end": round(end, 1),
        "memory": round((after - before) / count),
    }


def _page(sample: dict[str, object], first: int) -> tuple[Message, ...]:
    """What one answer holds: nothing that Twilio makes unlike is alike in two of its messages."""
    known = str(sample["sid"])
    listed: list[object] = []
    for n in range(first, first + PAGE):
        sid = f"SM{sha256(str(n).encode()).hexdigest()[:32]}"
        sent = format_datetime(datetime(2026, 7, 1, tzinfo=UTC) - timedelta(seconds=17 * n))
        one = json.loads(json.dumps(sample).replace(known, sid))
        one |= {"date_created": sent, "date_sent": sent, "date_updated": sent}
        listed.append(one | {"to": f"+1415{n % 10_000_000:07}", "body": f"Message {n}: see you on Monday, will you?"})
    return read_messages(json.loads(json.dumps({"messages": listed})))


async def _press(app: TuilioApp, table: MessageTable, key: str) -> float:
    done = asyncio.Event()
    place = table.cursor
    begun = time.perf_counter()
    app.simulate_key(key)
    while table.cursor == place:
        await asyncio.sleep(0)
    app.call_after_refresh(done.set)
    await done.wait()
    return (time.perf_counter() - begun) * 1e3


def _resident() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4096


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(int(sys.argv[1])))))
