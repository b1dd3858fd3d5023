"""A screen that was left goes, with all that was on it."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

from tests.screens.queries.desk import Desk, desk


async def test_nothing_holds_a_screen_that_was_left(tmp_path: Path) -> None:
    left: list[weakref.ref[Desk]] = []
    async with desk(tmp_path) as (pilot, below):
        below.session.archive = None
        for _ in range(3):
            screen = Desk(below.session)
            await pilot.app.push_screen(screen)
            await pilot.pause()
            left.append(weakref.ref(screen))
            screen.dismiss()
            await pilot.pause()
            del screen
        gc.collect()
        # The last one may be remembered by what comes next.
        assert [each() for each in left[:-1]] == [None, None]
