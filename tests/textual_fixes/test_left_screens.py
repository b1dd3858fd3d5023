"""A screen that was left goes, with all that was on it."""

from __future__ import annotations

import asyncio
import gc
import weakref
from pathlib import Path

from tests.screens.queries.desk import Desk, desk


async def test_nothing_holds_a_screen_that_was_left(tmp_path: Path) -> None:
    left: list[weakref.ref[Desk]] = []
    lasts, begun = asyncio.Event(), set[asyncio.Task[object]]()
    async with desk(tmp_path) as (pilot, below):
        below.session.archive = None
        for _ in range(3):
            screen = Desk(below.session)
            await pilot.app.push_screen(screen)

            async def begin_what_lasts() -> None:
                async with asyncio.timeout(600):
                    begun.add(asyncio.create_task(lasts.wait()))

            # Its worker, and what it hears, begin what goes on when it was left.
            screen.work(begin_what_lasts, group="lasts")
            screen.call_later(lambda: begun.add(below.session.run(lasts.wait())))
            await pilot.pause()
            left.append(weakref.ref(screen))
            screen.dismiss()
            await pilot.pause()
            del screen, begin_what_lasts
        gc.collect()
        # The last one may be remembered by what comes next.
        assert [each() for each in left[:-1]] == [None, None]
        assert len(begun) == 6
        lasts.set()
