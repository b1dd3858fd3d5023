"""What is stopped before its time is not done, whatever waits in the queue of its node."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.app import App

import tui
from tui.textual_fixes.one_shot import OneShot


class Late(App[None]):
    """Has something done while it does something else, and stops it when its time has come."""

    def __init__(self, stops: bool) -> None:
        super().__init__()
        self.stops, self.done = stops, 0

    def count(self) -> None:
        self.done += 1

    async def on_mount(self) -> None:
        shot = OneShot(self, 0.001, self.count)
        task = shot._timer._task
        assert task is not None
        while not task.done():
            await asyncio.sleep(0.001)
        if self.stops:
            shot.stop()


@pytest.mark.parametrize(("stops", "done"), [(True, 0), (False, 1)])
async def test_what_was_stopped_is_not_done(stops: bool, done: int, until: Callable[..., object]) -> None:
    app = Late(stops)
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.pause()
        assert app.done == done


def test_a_timer_that_is_kept_to_be_stopped_is_one_of_these() -> None:
    kept = re.compile(r"= .*\bset_timer\(")
    places = [path for path in Path(tui.__file__).parent.rglob("*.py") if kept.search(path.read_text("utf-8"))]
    assert [path.name for path in places] == ["one_shot.py"]
