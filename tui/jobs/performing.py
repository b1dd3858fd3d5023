"""How an item of a job is done, as the runner sees it: a `Performer` writes items down, then does them one by one.

A performer knows one kind of job, Twilio and what is written before a request leaves; the runner knows order, pace and
when to stop. Must not know the store of jobs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tui.jobs.model import ItemResult, JobItem


@dataclass(frozen=True, slots=True)
class Leaving:
    """An item that is written down and ready to leave; nothing of it has. Performers add what they need to it."""

    item: JobItem


@dataclass(frozen=True, slots=True)
class NotNow:
    """An item that was certainly not done, for a reason that passes: it waits, and is begun again by itself.

    Attributes:
        number: which item.
        reason: why, as a sentence without what happens next: "Twilio says slow down." (may hold foreign text).
        code: Twilio's error, where there is one.
        entry: the number of its send in the journal, where one was begun.
        retry_after: seconds that Twilio asked to wait; None where it did not say.
        offline: whether Twilio was not reached at all: then nothing else is tried meanwhile either.
        queue_full: whether the sender's queue at Twilio is full, which takes minutes to drain.
    """

    number: int
    reason: str
    code: int | None = None
    entry: int | None = None
    retry_after: float | None = None
    offline: bool = False
    queue_full: bool = False


class Performer(Protocol):
    """Does the items of one job. No call raises for a reason of its own but StorageError: then nothing left."""

    async def leave(self, items: Sequence[JobItem]) -> Sequence[Leaving | ItemResult | NotNow]:
        """Write down that these items, LEAVING in the store of jobs by now, are about to be done; one commit.

        Returns for each either that it is about to leave, and then `perform` or `drop` must follow, or that it does not
        and why.

        Raises:
            StorageError: it could not be written down; nothing of any of them leaves.
        """
        ...

    async def perform(self, leaving: Leaving) -> ItemResult | NotNow:
        """Do one item, once, and write down what came of it. Cancelled, it is written down as unknown."""
        ...

    async def drop(self, leaving: Leaving) -> ItemResult:
        """Write down that an item does not leave after all, since the job was told to end meanwhile."""
        ...
