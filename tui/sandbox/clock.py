"""The sandbox's time. It can be moved forward; life cycles, expiries and queues follow it.

Backwards it goes by a restore alone, see `snapshots.py`: what was created would lie in the future.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import cast

_FARTHEST = timedelta(days=3650)
_EXAMPLE = '{"advance": 3600} in seconds, or {"now": "2027-01-31T09:00:00Z"}'


class SandboxClock:
    """Returns the present time in UTC when called. `source` tells it as long as nobody has moved it."""

    def __init__(self, source: Callable[[], datetime]) -> None:
        self.moved = timedelta()
        self._source = source

    def __call__(self) -> datetime:
        """Return the present time."""
        return self._source() + self.moved

    def elapsed(self) -> float:
        """Return seconds that pass as they do on a watch, and jump when the clock is moved."""
        return time.monotonic() + self.moved.total_seconds()

    def move(self, by: timedelta) -> None:
        """Move it forward.

        Raises:
            ValueError: that would be backwards, or more than ten years altogether.
        """
        if by < timedelta() or self.moved + by > _FARTHEST:
            days = _FARTHEST.days
            raise ValueError(f"the clock goes forward only, {days} days altogether; POST /_sandbox/reset puts it back")
        self.moved += by

    def shown(self) -> dict[str, str | float]:
        """The time and how many seconds it was moved, in JSON's own types."""
        return {"now": self().isoformat().replace("+00:00", "Z"), "moved": self.moved.total_seconds()}


def move_as_told(clock: SandboxClock, order: object) -> None:
    """Move a clock as a JSON object says, by seconds (`advance`) or to a time (`now`).

    Raises:
        ValueError: with a sentence, for anything else.
    """
    fields = cast("dict[str, object]", order) if isinstance(order, dict) else {}
    match fields:
        case {"advance": int() | float() as seconds} if len(fields) == 1 and not isinstance(seconds, bool):
            if not abs(seconds) <= _FARTHEST.total_seconds():
                raise ValueError(f"advance is a number of seconds, {_FARTHEST.days} days of them at most")
            clock.move(timedelta(seconds=seconds))
        case {"now": str() as text} if len(fields) == 1:
            clock.move(read_time("now", text) - clock())
        case _:
            raise ValueError(f"the clock is moved by {_EXAMPLE}")


def read_time(name: str, text: str) -> datetime:
    """Read an ISO 8601 time; UTC where it names no zone.

    Raises:
        ValueError: with a sentence that names the field.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{name} {text[:60]!r} is no time like 2027-01-31T09:00:00Z") from None
