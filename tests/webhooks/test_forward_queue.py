"""Events of one message are forwarded in their order, whatever becomes of those between them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.webhooks.test_export import EVENT
from tui.webhooks.events import EventKind, Forwarded, ForwardState
from tui.webhooks.forward_queue import ForwardQueue

STATUS = replace(EVENT, kind=EventKind.STATUS, parameters=(("MessageSid", "SM1"),))


async def test_one_that_is_given_up_lets_no_later_one_overtake_those_before_it() -> None:
    queue, sent, go_on = ForwardQueue(), list[int](), asyncio.Event()

    def forward(number: int, limit: float = 5) -> asyncio.Task[Forwarded]:
        async def send(_: float) -> Forwarded:
            sent.append(number)
            await go_on.wait()
            return Forwarded("", ForwardState.ANSWERED)

        return asyncio.create_task(queue.send(STATUS, "", send, limit=limit))

    waiting = [forward(0), forward(1)]
    assert (await forward(2, limit=0)).state is ForwardState.NOT_SENT
    waiting.append(forward(3))
    # By when this one, of no message, is through, the last has begun to wait.
    other = queue.send(replace(STATUS, parameters=()), "", lambda _: asyncio.sleep(0, Forwarded("")), limit=5)
    await other
    assert sent == [0]
    go_on.set()
    await asyncio.gather(*waiting)
    assert sent == [0, 1, 3]
