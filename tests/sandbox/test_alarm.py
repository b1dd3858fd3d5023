"""Many who wait for moments of a clock that is turned by hand: each is woken at its own, and at an edit all are."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tests.sandbox.conftest import Clock
from tui.sandbox.alarm import Alarm


async def test_each_is_woken_at_its_moment_in_their_order() -> None:
    clock = Clock()
    alarm, woken = Alarm(clock, lambda: 0), list[int]()

    async def wait(seconds: int) -> None:
        await alarm.until(clock.now + timedelta(seconds=seconds))
        woken.append(seconds)

    async with asyncio.timeout(10):
        waiting = [asyncio.create_task(wait(seconds)) for seconds in (30, 10, 20, 0, -5)]
        await asyncio.gather(*waiting[3:])
        assert woken == [0, -5]
        clock.advance(seconds=20)
        await asyncio.gather(*waiting[1:3])
        assert woken == [0, -5, 10, 20]
        assert not waiting[0].done()
        clock.advance(days=1)
        await waiting[0]


async def test_who_waits_for_something_that_was_edited_looks_again() -> None:
    clock, edits = Clock(), [0]
    alarm = Alarm(clock, lambda: edits[0])
    async with asyncio.timeout(10):
        waiting = [asyncio.create_task(alarm.until(clock.now + timedelta(days=day))) for day in (1, 2)]
        await asyncio.sleep(0)
        edits[0] += 1
        await asyncio.gather(*waiting)


async def test_one_that_is_due_before_all_others_waits_for_no_other_look() -> None:
    loop = asyncio.get_running_loop()
    clock = Clock()
    begun = clock.now
    alarm = Alarm(lambda: begun + timedelta(seconds=loop.time() - started), lambda: 0)
    started = loop.time()
    late = asyncio.create_task(alarm.until(begun + timedelta(hours=1)))
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await alarm.until(begun + timedelta(seconds=0.005))
    assert not late.done()
    late.cancel()
    alarm.clear()
