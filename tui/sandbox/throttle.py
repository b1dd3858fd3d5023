"""How fast the sandbox takes messages: the queue of each sender (21611), and creates a second of the account (20429).

At Twilio a number sends so many segments a second, what is more waits in its queue, and a queue that is full takes no
more; too many requests a second are refused with 429 and, at times, a Retry-After. Nothing is limited here before
`POST /_sandbox/state` says so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tui.sandbox.errors import Refusal

RETRY_AFTER: Final = 1
"""Seconds that whoever asks too fast is told to wait."""


@dataclass(frozen=True, slots=True)
class SenderQueue:
    """The queue of one number: it sends so many segments a second, and holds so many."""

    per_second: float
    holds: int


@dataclass(slots=True)
class Throttle:
    """What is queued, and what came within the last second. `elapsed` returns seconds by a clock that nobody sets."""

    elapsed: Callable[[], float]
    _free_at: dict[str, float] = field(default_factory=dict[str, float])
    _lately: deque[float] = field(default_factory=deque[float])

    def admit(self, most: int) -> None:
        """Let a create call in; `most` is how many a second may be, 0 for any number.

        Raises:
            Refusal: 20429 with a Retry-After.
        """
        now = self.elapsed()
        while self._lately and self._lately[0] <= now - 1:
            self._lately.popleft()
        if most and len(self._lately) >= most:
            raise Refusal(20429, retry_after=RETRY_AFTER)
        if most:
            self._lately.append(now)

    def line_up(self, sender: str, segments: int, queue: SenderQueue | None) -> float:
        """Put a message into its sender's queue, and return how many seconds it waits there.

        Raises:
            Refusal: 21611 where it is full.
        """
        if queue is None:
            return 0.0
        now = self.elapsed()
        free_at = max(now, self._free_at.get(sender, now))
        if (free_at - now) * queue.per_second + segments > queue.holds:
            raise Refusal(21611, from_=sender)
        self._free_at[sender] = free_at + segments / queue.per_second
        return free_at - now
