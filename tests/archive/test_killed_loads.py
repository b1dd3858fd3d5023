"""Killed while it loads history, at any instant: the file is whole, nothing is claimed that is not there, and the next
run goes on."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.archive.checking import check_file
from tests.archive.list_server import NOW, ListServer
from tests.cases import in_full
from tui.archive.coverage import Span
from tui.archive.matching import Asked
from tui.archive.query import Query
from tui.archive.store import Archive
from tui.archive.sync import DAY, LAG

_CHILD = """
import asyncio, json, sys
from datetime import UTC, date, datetime
from pathlib import Path
from tui.services.message_archive import MessageArchive
from tui.storage.connection import Connection
from tui.twilio.client import Client

async def load(url, account, path, now, since):
    archive = MessageArchive(Path(path), history=None, clock=lambda: datetime.fromtimestamp(now, UTC))
    await archive.open()
    connection = Connection("list", "auth_token", account, auth_token="t" * 32, base_url=url)
    async with Client(connection) as client:
        print("begins", flush=True)
        archive.connect(client)
        archive.start_load(date.fromisoformat(since))
        while archive.status.load is None or archive.status.load.running:
            await asyncio.sleep(0.01)
        await archive.close()
    return archive.status.load.finished

sys.exit(not asyncio.run(load(*json.loads(sys.argv[1]))))
"""


async def _run(server: ListServer, path: Path, since: str, seconds: float | None) -> int:
    """Load until it is done or, so many seconds after it began, killed; returns the exit status."""
    connection = server.connection
    told = json.dumps([connection.base_url, connection.account_sid, str(path), server.now, since])
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", _CHILD, told, stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    assert await child.stdout.readline() == b"begins\n"
    if seconds is not None:
        await asyncio.sleep(seconds)
        if child.returncode is None:
            child.kill()
    return await child.wait()


def _kept(path: Path) -> tuple[set[str], tuple[Span, ...]]:
    archive = Archive.open(path)
    assert archive.notice == ""
    rows = archive.find_rows(Query(), Asked(datetime.now(UTC)))
    found = {message.sid for message in archive.read(rows) if message is not None}
    spans = archive.coverage.spans
    archive.close()
    return found, spans


@pytest.mark.landing
@pytest.mark.parametrize(("seed", "most"), [(0, 3), *(in_full(seed, 10) for seed in range(1, 21))])
async def test_killed_at_any_instant_it_claims_no_more_than_it_has_and_goes_on(
    tmp_path: Path, seed: int, most: int
) -> None:
    """In full two hundred kills."""
    chance = random.Random(seed)
    path = tmp_path / "archive" / "one.sqlite3"
    first = (NOW // DAY - 9) * DAY
    async with ListServer() as server:
        server.add_many(chance.randrange(first, NOW - 60) for _ in range(4000))
        since = datetime.fromtimestamp(first, UTC).date().isoformat()
        kills = 0
        while kills < most and await _run(server, path, since, chance.uniform(0, 0.4)):
            kills += 1
            found, spans = _kept(path)
            check_file(path)
            assert found <= set(server.messages)
            for span in spans:
                assert server.within(span.first, span.last) <= found
        assert await _run(server, path, since, None) == 0
        found, spans = _kept(path)
        assert found == set(server.messages)
        assert spans == (Span(first, NOW - LAG),)
