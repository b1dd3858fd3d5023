"""Something that is done once after a while, unless it is stopped before.

Textual 8.2 hands what a timer of `set_timer` calls to the queue of its node once the time has come (`call_next`), and
`Timer.stop` does not take it from there: on a slow machine it is called after it was stopped.
"""

from __future__ import annotations

from collections.abc import Callable

from textual.message_pump import MessagePump


class OneShot:
    """As `MessagePump.set_timer`, but nothing is called any more once it was stopped.

    Args:
        node: whose timer it is; it ends with it.
        seconds: until then.
        call: what is to be done.
    """

    def __init__(self, node: MessagePump, seconds: float, call: Callable[[], object]) -> None:
        self._call: Callable[[], object] | None = call
        self._timer = node.set_timer(seconds, self._due)

    def stop(self) -> None:
        """Let it be."""
        self._call = None
        self._timer.stop()

    def _due(self) -> object:
        # What it gives back may be awaited.
        return self._call() if self._call is not None else None
