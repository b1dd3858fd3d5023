"""What a refresh leaves behind: nothing. Counted in objects and tasks in each run, in resident memory in the long one.

`pytest -m long tests/soak/test_refreshing.py -s` tells what it measured.
"""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from tests.apart import Apart
from tests.soak.conftest import resident_bytes
from tui.app import TuilioApp
from tui.cli import StartOptions
from tui.screens.messages.screen import MessagesScreen
from tui.services.session import Session
from tui.storage.connections import Connection, Connections, save
from tui.storage.paths import find_paths

MOST_BYTES = 400
"""Resident bytes that one of thousands may leave; 104 were when this was written, in caches that have bounds."""


async def refreshed(
    service: Apart, folder: Path, warm: int, many: int, rounds: int = 1
) -> tuple[int, Counter[type], int]:
    """Refresh the list and say what was left: resident bytes, objects and tasks.

    Of several rounds it is what the one left that left the fewest objects: what each refresh leaves every round has,
    and not what is kept once, or happens beside it.
    """
    paths = find_paths(folder)
    save(paths.connections, Connections([Connection(name="one", kind="api_key", **service.fields)]))
    app = TuilioApp(Session(paths, environ={}), StartOptions(connection="one"))
    async with app.run_test(size=(120, 40)) as pilot:
        while app.session.archive is None or not app.session.archive.status.looked:
            await pilot.pause(0.02)
        screen, archive = app.screen, app.session.archive
        assert isinstance(screen, MessagesScreen)
        archive.watch(False)

        async def refresh(times: int) -> tuple[int, Counter[type], int]:
            for _ in range(times):
                screen.action_refresh()
                while archive.status.asking:
                    await asyncio.sleep(0)
            await pilot.pause()
            return resident_bytes(), Counter(map(type, gc.get_objects())), len(asyncio.all_tasks())

        stands = [await refresh(warm), *[await refresh(many) for _ in range(rounds)]]
    left = [(now[0] - then[0], now[1] - then[1], now[2] - then[2]) for then, now in pairwise(stands)]
    return min(left, key=lambda each: each[1].total())


@pytest.mark.landing
@pytest.mark.usefixtures("garbage_as_ever")
async def test_a_refresh_that_brings_nothing_leaves_no_object_and_no_task(service: Apart, tmp_path: Path) -> None:
    _, objects, tasks = await refreshed(service, tmp_path, warm=20, many=60, rounds=3)
    # One for each would be sixty.
    assert objects.total() < 40, objects
    assert tasks <= 0


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("garbage_as_ever")
async def test_thousands_of_refreshes_leave_no_memory_behind(service: Apart, tmp_path: Path) -> None:
    many = 4000
    left, objects, _ = await refreshed(service, tmp_path, warm=1000, many=many)
    print(f"\n{many} refreshes left {left / 1e6:.2f} MB, {left / many:.0f} bytes each, and {objects.total()} objects")
    assert left / many < MOST_BYTES
