"""The log of create calls, for tests that count: what was sent to whom how often and how fast, the last 100,000.

It has what was carried out, taken or refused. What never came so far (a fault that strikes before) is in the log of
requests alone.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from tui.sandbox.unchanging import Unchanging

if TYPE_CHECKING:
    from tui.sandbox.resources import Json

_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class CreateCall(Unchanging):
    """One create call.

    Attributes:
        at: seconds since the sandbox was made, by a clock that nobody sets.
        sender: the number, or the messaging service, that it names.
        sid: the message that it made; "" where it was refused.
        code: what it was refused with; 0 where it was not.
    """

    at: float
    to: str
    sender: str
    body: str
    segments: int
    sid: str = ""
    code: int = 0


# `asdict` would copy each value of each call, which are a hundred thousand.
_SHOWN = tuple(each.name for each in fields(CreateCall))


class CreateLog:
    """Create calls in their order. `elapsed` returns seconds, by a clock that nobody sets."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._began = elapsed()
        self._calls: deque[CreateCall] = deque(maxlen=_KEPT)
        self._early = 0
        self._held_until = 0.0

    @property
    def now(self) -> float:
        """Seconds since the sandbox was made."""
        return self._elapsed() - self._began

    def add(self, to: str, sender: str, body: str, segments: int, *, sid: str = "", code: int = 0) -> None:
        """Write one down, as it is carried out."""
        self._calls.append(CreateCall(self.now, to, sender, body, segments, sid, code))

    def arrive(self) -> None:
        """A create call arrives, whatever becomes of it."""
        self._early += self.now < self._held_until

    def hold(self, seconds: float) -> None:
        """The caller was told to wait so long (Retry-After)."""
        self._held_until = max(self._held_until, self.now + seconds)

    def clear(self) -> None:
        """Forget all."""
        self._calls.clear()
        self._early, self._held_until = 0, 0.0

    @property
    def calls(self) -> tuple[CreateCall, ...]:
        """The calls kept, oldest first."""
        return tuple(self._calls)

    def summary(self) -> dict[str, Json]:
        """How many were accepted, refused by which code, sent twice, and came too early; and each of them."""
        refused = Counter(str(call.code) for call in self._calls if call.code)
        taken = Counter((call.to, call.body) for call in self._calls if call.sid)
        return {
            "accepted": sum(taken.values()),
            "refused": dict(refused),
            "repeated": [{"To": to, "Body": body, "times": times} for (to, body), times in taken.items() if times > 1],
            "early": self._early,
            "creates": [{name: getattr(call, name) for name in _SHOWN} for call in self._calls],
        }
