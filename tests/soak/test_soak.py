"""An hour's worth of use, compressed: nothing grows, nothing hangs, no draft is lost, no send is forgotten.

An hour is counted in things done, not in seconds: someone who does one thing every twenty seconds, the whole hour long.
`SOAK_SECONDS=600 python -m pytest -m long tests/soak -s` tells what it measured; the short form is part of every run.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.apart import Apart
from tests.soak.conftest import resident_bytes
from tests.soak.person import Person, Watched
from tui.cli import StartOptions
from tui.services.session import Session
from tui.storage.connections import Connection, Connections, save
from tui.storage.journal import JournalState, SendJournal
from tui.storage.paths import find_paths
from tui.twilio.client import Client
from tui.twilio.messages import Filters, pages

LONG = float(os.environ.get("SOAK_SECONDS", "330"))
PARTS = (0.3, 0.5, 0.75, 1.0)
"""The parts of the time after which memory is measured; until the first caches fill."""

AN_HOUR = 180
"""Things that are done at least: messages read and sent, requests by hand, places and connections changed."""

MOST_GROWTH_MB = 20.0
"""Resident memory that may be added from then to the end; 6 were when this was written, in caches that have bounds."""


async def soak(service: Apart, folder: Path, *, seconds: float = 0.0, deeds: int = 0, seed: int) -> float:
    """Use the app for so long and until so much is done, or for everything once.

    Returns how many MB it grew after it had warmed up.
    """
    one = Connection(name="one", kind="api_key", **service.fields)
    named = ("account_sid", "auth_token", "base_url")
    two = Connection(name="two", kind="auth_token", **{name: service.fields[name] for name in named})
    paths = find_paths(folder)
    save(paths.connections, Connections([one, two]))
    before = asyncio.all_tasks()
    app = Watched(Session(paths, environ={}), StartOptions(connection="one"))
    measured: list[float] = []
    began = time.monotonic()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        person = Person(pilot, service, seed)
        await person.until(lambda: app.session.account is not None)
        if not seconds:
            await person.do_each()
        for part in PARTS:
            end, most = began + seconds * part, deeds * part
            await person.use(lambda end=end, most=most: time.monotonic() < end or person.count < most)
            measured.append(resident_bytes() / 2**20)
        await person.rest()
    print(
        f"\nsoak: seed {seed}, {time.monotonic() - began:.0f} s, {person.count} deeds {person.done}, "
        f"{person.keys} keys, {len(person.sent)} sends, resident MB {' '.join(f'{each:.1f}' for each in measured)}"
    )
    await asyncio.sleep(0)
    left = asyncio.all_tasks() - before
    assert left == set()
    assert person.count >= deeds
    assert set(person.done) == set(person.deeds)
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("textual")] == []
    assert app.unforeseen == []
    await every_send_is_accounted_for(one, person.sent, paths.outbox)
    return measured[-1] - measured[0]


async def every_send_is_accounted_for(connection: Connection, sent: list[str], outbox_file: Path) -> None:
    known: Counter[str] = Counter()
    async with Client(connection) as client:
        async for page in pages(client, Filters(), page_size=1000):
            known.update(message.body for message in page.messages if message.body.startswith("soak "))
    with SendJournal(outbox_file) as outbox:
        entries = outbox.entries(connection.account_sid, limit=1_000_000)
    assert sent
    assert entries
    assert set(known) <= set(sent)
    perhaps = Counter(entry.body for entry in entries if entry.state in (JournalState.ACCEPTED, JournalState.UNKNOWN))
    surely = Counter(entry.body for entry in entries if entry.state is JournalState.ACCEPTED)
    # What Twilio took is accepted or unknown here; what is accepted here, Twilio took; once each.
    assert known - perhaps == Counter()
    assert surely - known == Counter()
    assert all(times == 1 for times in known.values())
    assert not [entry for entry in entries if entry.state is JournalState.SENDING]


@pytest.mark.long
@pytest.mark.usefixtures("garbage_as_ever")
async def test_everything_done_once_while_twilio_fails_leaves_nothing_behind(service: Apart, tmp_path: Path) -> None:
    await soak(service, tmp_path / "config", seed=3)


@pytest.mark.long
@pytest.mark.usefixtures("garbage_as_ever")
@pytest.mark.timeout(2 * LONG + 120)
async def test_an_hour_of_use_leaves_nothing_behind(service: Apart, tmp_path: Path) -> None:
    assert await soak(service, tmp_path / "config", seconds=LONG, deeds=AN_HOUR, seed=5) < MOST_GROWTH_MB
