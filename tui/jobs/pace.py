"""When each sender may send its next item: so many segments a second, slower after Twilio asked for it, never a burst.

An item of s segments at r segments a second may leave s/r seconds after the one before it: its time is waited for
before it leaves. So what was sent shortly before a restart needs not be known. What leaves a little late makes up for
it, so that over a minute it is the pace exactly. All jobs of an account share one `Pace`: a sender has but one queue at
Twilio. Times are seconds of one monotonic clock; this module has none of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tui.jobs.model import JobItem
from tui.twilio.segments import measure

QUEUE_FULL: Final = 21611

NOT_NOW: Final = frozenset({20429, QUEUE_FULL, 21702, 30001})
"""Codes that say that it was not taken since there is too much at present, whatever HTTP status they come with."""

MAKES_UP: Final = 0.5
"""Seconds of lateness that are made up for."""

SLOWEST: Final = 1 / 16
"""The part of its pace that a sender keeps, however often Twilio asks to slow down."""

COMES_BACK: Final = 60.0
"""Seconds in which a sender comes back from nothing to its whole pace: from half of it, in half of them."""

FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 30.0
"""Seconds that a sender waits after Twilio asked to slow down: the double each time, within these."""

QUEUE_FULL_WAIT: Final = 30.0
"""Seconds, at least, before a sender whose queue is full is tried again: a queue holds what takes ten hours."""

LONGEST_QUEUE_WAIT: Final = 300.0

OFFLINE_WAIT: Final = 1.0
LONGEST_OFFLINE_WAIT: Final = 60.0
"""Seconds between two tries to reach Twilio."""


@dataclass(slots=True)
class _Sender:
    """Attributes:
    paid: until when its time is used up.
    held: nothing before this.
    share: of its pace, as of `since`.
    waits: how often in a row it was held.
    """

    paid: float
    held: float = 0.0
    share: float = 1.0
    since: float = 0.0
    waits: int = 0


class Pace:
    """When senders may send; see above.

    Args:
        random: from 0 to 1; so that windows that were refused together do not come back together.
    """

    def __init__(self, random: Callable[[], float] = lambda: 0.5) -> None:
        self._random = random
        self._senders: dict[str, _Sender] = {}
        self._offline = _Sender(0.0)

    def due(self, sender: str, segments: int, per_second: float | None, now: float) -> float:
        """When an item of this sender may leave; `per_second` is None for as fast as Twilio accepts."""
        one = self._sender(sender, now)
        free = max(one.held, self._offline.held)
        if per_second is None:
            return free
        return max(free, one.paid + segments / (per_second * self.share(sender, now)))

    def take(self, sender: str, segments: int, per_second: float | None, now: float) -> None:
        """An item of this sender leaves now, which is due."""
        one, due = self._sender(sender, now), self.due(sender, segments, per_second, now)
        # What is later than that was not late: there was nothing to send, or it was paused. That is no credit.
        one.paid = due if now - due <= MAKES_UP else now

    def share(self, sender: str, now: float) -> float:
        """The part of its pace that a sender may use."""
        one = self._sender(sender, now)
        return min(1.0, one.share + max(0.0, now - max(one.since, one.held)) / COMES_BACK)

    def slow(self, sender: str, now: float, *, wait: float | None = None, queue_full: bool = False) -> float:
        """Twilio asked this sender to slow down; returns until when it waits.

        Those that were under way together are answered alike, and count once.

        Args:
            sender: whose item was not taken.
            now: the present.
            wait: seconds that Twilio asked to wait.
            queue_full: whether it was the sender's queue that is full.
        """
        one = self._sender(sender, now)
        if now >= one.held:
            one.share, one.since = max(SLOWEST, self.share(sender, now) / 2), now
            least, most = (QUEUE_FULL_WAIT, LONGEST_QUEUE_WAIT) if queue_full else (FIRST_WAIT, LONGEST_WAIT)
            one.held = now + self._wait(one, least, most)
        if wait is not None:
            one.held = max(one.held, now + wait)
        return one.held

    def offline(self, now: float) -> float:
        """Twilio was not reached; returns until when nobody tries."""
        if now >= self._offline.held:
            self._offline.held = now + self._wait(self._offline, OFFLINE_WAIT, LONGEST_OFFLINE_WAIT)
        return self._offline.held

    def is_offline(self) -> bool:
        """Whether the last that was heard is that Twilio is not reached: then one item tries, for all."""
        return self._offline.waits > 0

    def answered(self, sender: str, *, taken: bool) -> None:
        """Twilio answered this sender; with `taken` it did not ask to slow down."""
        self._offline.waits, self._offline.held = 0, 0.0
        if taken and sender in self._senders:
            self._senders[sender].waits = 0

    def _wait(self, one: _Sender, least: float, most: float) -> float:
        one.waits += 1
        return min(most, least * 2 ** min(one.waits - 1, 16)) * (0.9 + 0.2 * self._random())

    def _sender(self, sender: str, now: float) -> _Sender:
        if sender not in self._senders:
            self._senders[sender] = _Sender(now)
        return self._senders[sender]


def segments_of(item: JobItem) -> int:
    """How many segments an item takes of its sender's pace: a change and a message with media count as one."""
    draft = item.draft
    if draft is None or draft.media_urls:
        return 1
    return max(1, measure(draft.body or (item.template.text if item.template is not None else "")).segments)
