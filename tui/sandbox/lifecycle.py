"""The life cycle of a message as a timetable of statuses, fixed when it is created.

Nothing here runs: a message's status is read off its timetable by whoever looks, at the time they look. What
happens to a message is decided by the recipient, so that anyone can try each ending: the last five digits of
an ordinary phone number choose it, whatever stands before them (`+14155530003` ends undelivered, 30003).

    30003 30004 30005 30006 30007 30032 30034         undelivered, with that code
    30001 30002 30008 30022 30023 30035 30036 30450   failed, with that code, never sent
    00000                                             stays `sent` for ever: no carrier receipt
    60000                                             waits a minute in the queue, then goes on
    70000                                             partially delivered: some segments arrived, others did not
    21610 21612 21614                                 refused at once, with that code
    30046, of an rcs: address                         undelivered, with that code: RCS does not reach the phone
    anything else                                     delivered after three to four seconds
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

UNDELIVERED = frozenset({30003, 30004, 30005, 30006, 30007, 30032, 30034})
FAILED = frozenset({30001, 30002, 30008, 30022, 30023, 30035, 30036, 30450})
STAYS_SENT = "00000"
SLOW = "60000"
PARTLY = "70000"
# Until August 2026 Twilio said 30036 for it. An ordinary number that ends so is delivered: the code is of RCS alone.
RCS_UNREACHABLE = 30046
LANDLINES = ("30006", "21614")
"""What the number of a landline ends with."""
REFUSED = frozenset({21610, 21612, 21614})
"""What a create is refused with at once, where the recipient ends so."""

_EXPIRED = 30036
_SLOW_SECONDS = 60.0


class DeliveryOutcome(Enum):
    """Where a message's timetable leads."""

    DELIVERED = "delivered"
    READ = "read"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    SENT = "sent"
    PARTLY = "partially_delivered"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class DeliveryPlan:
    """How a message ends, and the error code it ends with."""

    ending: DeliveryOutcome = DeliveryOutcome.DELIVERED
    code: int | None = None


@dataclass(frozen=True, slots=True)
class StatusStep:
    """From `at` on the message has this status."""

    at: datetime
    status: str
    code: int | None = None


def plan_for(to: str) -> DeliveryPlan:
    """Return what happens to a message to this address; see the table above."""
    digits = to[-5:]
    if digits == STAYS_SENT:
        return DeliveryPlan(DeliveryOutcome.SENT)
    if digits == SLOW:
        return DeliveryPlan(DeliveryOutcome.SLOW)
    if digits == PARTLY:
        return DeliveryPlan(DeliveryOutcome.PARTLY)
    code = int(digits) if digits.isdecimal() else 0
    if code == RCS_UNREACHABLE and to.startswith("rcs:"):
        return DeliveryPlan(DeliveryOutcome.UNDELIVERED, code)
    if code in UNDELIVERED:
        return DeliveryPlan(DeliveryOutcome.UNDELIVERED, code)
    if code in FAILED:
        return DeliveryPlan(DeliveryOutcome.FAILED, code)
    return DeliveryPlan(DeliveryOutcome.READ if ":" in to else DeliveryOutcome.DELIVERED)


def plan_ending_with(code: int | None) -> DeliveryPlan:
    """Return the plan that ends with this error code, delivery for None."""
    if code is None:
        return DeliveryPlan()
    return DeliveryPlan(DeliveryOutcome.FAILED if code in FAILED else DeliveryOutcome.UNDELIVERED, code)


@dataclass(frozen=True, slots=True)
class Timetable:
    """What the timetable of an outbound message depends on.

    Attributes:
        waits: seconds in the queue of its sender.
        pace: seconds per planned second.
    """

    start: datetime
    to: str
    by_service: bool = False
    send_at: datetime | None = None
    validity: int = 36_000
    waits: float = 0.0
    pace: float = 1.0

    def steps(self, plan: DeliveryPlan) -> tuple[StatusStep, ...]:
        """Return every status the message will have, oldest first."""
        first = self._first()
        begin = self.send_at or self.start
        delay = 0.4 if self.by_service and self.send_at is None else 0.0
        sending = _SLOW_SECONDS if plan.ending is DeliveryOutcome.SLOW else delay + 0.8
        too_late = self.validity < sending + self.waits
        sending += self.waits / self.pace

        def step(seconds: float, status: str, code: int | None = None) -> StatusStep:
            return StatusStep(begin + timedelta(seconds=seconds * self.pace), status, code)

        queued = (*first, step(delay, "queued"))
        if too_late:
            return (*queued, step(self.validity, "failed", _EXPIRED))
        moving = (*queued, step(sending, "sending"))
        # Between three and four seconds, the same for the same number.
        end = sending + 2.2 + int(self.to[-2:] if self.to[-2:].isdecimal() else 0) / 100
        match plan.ending:
            case DeliveryOutcome.FAILED:
                return (*moving, step(sending + 0.8, "failed", plan.code))
            case DeliveryOutcome.SENT:
                return (*moving, step(sending + 0.8, "sent"))
            case DeliveryOutcome.UNDELIVERED:
                return (*moving, step(sending + 0.8, "sent"), step(end, "undelivered", plan.code))
            case DeliveryOutcome.PARTLY:
                return (*moving, step(sending + 0.8, "sent"), step(end, "partially_delivered"))
            case DeliveryOutcome.READ:
                moving = (*moving, step(sending + 0.8, "sent"))
                return (*moving, step(end, "delivered"), step(end + 1.5, "read"))
            case DeliveryOutcome.DELIVERED | DeliveryOutcome.SLOW:
                return (*moving, step(sending + 0.8, "sent"), step(end, "delivered"))

    def _first(self) -> tuple[StatusStep, ...]:
        if self.send_at is not None:
            return (StatusStep(self.start, "scheduled"),)
        return (StatusStep(self.start, "accepted"),) if self.by_service else ()


def received(at: datetime) -> tuple[StatusStep, ...]:
    """Return the timetable of an inbound message: it is there at once."""
    return (StatusStep(at, "received"),)
