"""How the Pilot of all tests waits: as long as Textual's own, with a quarter of the messages.

It waits for widgets. What a key leads to by a worker, or by the callback of a question, may come later than that.
"""

from __future__ import annotations

import asyncio
from typing import Any

from textual.message_pump import MessagePump
from textual.pilot import Pilot, WaitForScreenTimeout
from textual.screen import Screen
from textual.widget import Widget

from tui.textual_fixes.key_queue import SerialKeyApp


async def wait_for_the_busy(self: Pilot[Any], timeout: float = 30.0) -> bool:
    """Wait until the app, its screen and every widget with something to do have done it; False where the app failed.

    Pilot asks every widget by a message, and three quarters of all messages in a test of a screen were these. A widget
    that waits for a message itself has nothing to be waited for.
    """
    app = self.app
    if not app.screen_stack:
        return False
    left, done = 0, asyncio.Event()

    def answer() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            done.set()

    busy = [each for each in app.screen.walk_children(Widget) if not _rests(each)]
    asked: list[MessagePump] = [app, app.screen, *busy]
    left = sum(each.call_later(answer) for each in asked)
    if not left:
        return True
    waiting = [asyncio.create_task(done.wait()), asyncio.create_task(app._exception_event.wait())]
    finished, rest = await asyncio.wait(waiting, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    if not finished:
        raise WaitForScreenTimeout("Timed out while waiting for widgets to process pending messages.")
    return left <= 0


def _rests(node: MessagePump) -> bool:
    # Its task waits for a message, so it is mounted, and whatever it was given or put off has been done.
    queue = node._message_queue
    return queue.empty() and bool(queue.ready_event._waiters)


def keys_are_answered(pilot: Pilot[Any]) -> bool:
    """Whether all keys so far have done what they do; after a question one pressed before that would be let go of."""
    app = pilot.app
    assert isinstance(app, SerialKeyApp)
    # One that only moves within a list is not waited for by the app.
    passed_on = app._on_their_way
    return app._answering is None and not app._held and _rests(app) and (passed_on is None or _rests(passed_on))


def is_asked(pilot: Pilot[Any], question: type[Screen[Any]]) -> bool:
    """Whether such a question stands there, whole, and takes the next key."""
    return isinstance(pilot.app.screen, question) and pilot.app.focused is not None and keys_are_answered(pilot)
