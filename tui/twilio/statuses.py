"""The life of a message as its statuses tell it: every status there is, in order, and which of two comes later.

Pure tables, so that the list, the filter and the theme share one. Source: the Message resource of Twilio's OpenAPI
(April 2026) and its official libraries.
"""

from __future__ import annotations

from typing import Final

UNDER_WAY: Final = ("scheduled", "accepted", "queued", "receiving", "sending", "sent")
"""What a message may still leave, earliest first. `sent` may stay for ever and still is not final."""

FINAL: Final = ("failed", "undelivered", "partially_delivered", "received", "delivered", "read", "canceled")
"""What Twilio does not change any more, but from one of the first five to another, or to `read`."""

STATUSES: Final = (*UNDER_WAY, *FINAL)

ARRIVED: Final = frozenset({"received", "delivered", "read"})

PROBLEMS: Final = frozenset({"failed", "undelivered", "partially_delivered"})
"""The ends at which somebody did not get it."""

_STEP: Final = {
    **{status: step for step, status in enumerate(UNDER_WAY)},
    **dict.fromkeys(FINAL, len(UNDER_WAY) + 1),
    "read": len(UNDER_WAY) + 2,
    "canceled": len(UNDER_WAY) + 3,
}
_NOT_HEARD_OF: Final = len(UNDER_WAY)
_PLACE: Final = {status: place for place, status in enumerate(STATUSES)}


def step(status: str) -> int:
    """How far a message with this status has come, to be compared.

    A status nobody has heard of comes after what is under way and before the ends; none at all before everything.
    """
    return _STEP.get(status, _NOT_HEARD_OF) if status else -1


def further(one: str, other: str) -> str:
    """The one of two statuses that stands further on; the same whichever comes first."""
    return max(one, other, key=lambda status: (step(status), _PLACE.get(status, -1), status))
