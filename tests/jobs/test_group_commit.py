"""Writing in groups: nobody who added something waits for ever, however the writing ends."""

from __future__ import annotations

import asyncio

from tui.jobs.group_commit import GroupCommit


async def test_given_up_while_it_writes_nobody_waits_for_ever():
    begun = asyncio.Event()

    async def write(_):
        begun.set()
        await asyncio.Event().wait()

    group = GroupCommit(write)
    first, second = (asyncio.ensure_future(group.add(number)) for number in (1, 2))
    await begun.wait()
    third = asyncio.ensure_future(group.add(3))
    await asyncio.sleep(0)
    # As at the end of a program that is given up: all that is under way is cancelled.
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    done, waiting = await asyncio.wait(tasks, timeout=2)
    assert not waiting and {first, second, third} <= done
