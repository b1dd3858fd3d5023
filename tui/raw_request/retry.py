"""When a request is tried again, and after how long. Pure; must not know sockets, clocks or sleep.

Retrying what is not a read can do a thing twice; whether to is the person's choice, made in the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

FIRST_BACKOFF = 0.2
"""Seconds of the first exponential wait; each next one is twice as long."""

LONGEST_BACKOFF = 30.0
"""Seconds an exponential wait takes at most, jitter and Retry-After included."""

LARGEST_JITTER = 0.2
"""The share of an exponential wait that chance may add."""


class RetryReason(Enum):
    """Why an attempt brought no whole answer."""

    NETWORK = "network"
    """No connection, a reset, nothing that is HTTP."""
    TIMEOUT = "timeout"
    """The time limit ended it, in the head or in the body."""
    CUT = "cut"
    """The head came whole, the body did not: the request was processed, whatever the status says."""
    OWN = "own"
    """The fault is on this side: a file that changed, a full disk, a closed client."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What a request asks for.

    Attributes:
        max_retries: N means at most N + 1 attempts.
        delay: seconds between attempts, unless `exponential`.
        all_errors: also after a 3xx or 4xx.
    """

    max_retries: int = 0
    delay: float = 0.0
    all_errors: bool = False
    exponential: bool = False

    @property
    def attempts(self) -> int:
        """How many attempts there are at most."""
        return self.max_retries + 1

    def wants_another(self, status: int | None, trouble: RetryReason | None) -> bool:
        """Whether an attempt that ended like this is worth another, the count left aside.

        Args:
            status: the HTTP status, None when no head arrived.
            trouble: why no whole answer came, None when one did.
        """
        if trouble in (RetryReason.NETWORK, RetryReason.TIMEOUT):
            return True
        if status is None or trouble is RetryReason.OWN:
            return False
        return status >= 500 or (self.all_errors and status >= 300)

    def wait(self, attempt: int, asked: float | None, chance: float) -> float:
        """Seconds to wait after an attempt.

        Args:
            attempt: the number of the attempt that just ended, from 1.
            asked: seconds the answer's Retry-After asks for.
            chance: between 0 and 1, for the jitter.
        """
        if not self.exponential:
            return max(self.delay, asked or 0.0)
        # 2**10 is past the cap already; a larger exponent would only overflow.
        wait = max(asked or 0.0, FIRST_BACKOFF * 2 ** min(attempt - 1, 10))
        return min(wait * (1 + LARGEST_JITTER * chance), LONGEST_BACKOFF)
