"""What became of a job's items: each in one group, from its own state and from what its message came to. Pure.

A message that Twilio took is on its way until a status says how it ended; so the groups of a campaign go on changing
after its last item was sent. Must not know SQL, the archive or how anything is shown.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from tui.jobs.model import ItemState, Job, JobItem, JobKind, LeftOut
from tui.twilio.message import ARRIVED, FINAL, PROBLEMS


class Fate(StrEnum):
    """What became of an item; the order is the one in which they are listed."""

    UNKNOWN = "unknown"
    """Its answer was lost: it may have been done, or not."""
    FAILED = "failed"
    """Twilio refused it, or its message did not arrive."""
    WAITING = "waiting"
    LEAVING = "leaving"
    """It is being done now."""
    ON_THE_WAY = "on the way"
    """Twilio took its message, and no final status is known here."""
    DELIVERED = "delivered"
    CANCELED = "canceled"
    """Its message was canceled after Twilio had taken it."""
    DONE = "done"
    """The change was made."""
    OPTED_OUT = "opted out meanwhile"
    """Its recipient said while the job ran that they want no more messages."""
    LEFT_OUT = "left out"
    """From the start."""


@dataclass(frozen=True, slots=True)
class Became:
    """A group of items that have the same end.

    Attributes:
        code: of those that failed: Twilio's error; None for one without.
        left_out: of those left out: why.
    """

    fate: Fate
    code: int | None = None
    left_out: LeftOut | None = None


class ItemMark(NamedTuple):
    """As much of an item as its group is told from. There are ten thousand at a time: a tuple is made ten times faster.

    Attributes:
        later: whether it reached its state after the job was made.
    """

    number: int
    state: ItemState
    sid: str | None = None
    code: int | None = None
    left_out: LeftOut | None = None
    later: bool = False


@dataclass(frozen=True, slots=True)
class SentOutcome:
    """The newest that is known of a message that a job sent.

    Attributes:
        price: what Twilio charges for it; None where it has not said.
    """

    status: str
    code: int | None = None
    price: Decimal | None = None
    price_unit: str = ""

    @property
    def final(self) -> bool:
        """Whether it will not change any more, the price of what arrived included: that comes minutes later."""
        return self.status in FINAL and (self.price is not None or self.status not in ARRIVED)


_SIMPLE: Final = {
    ItemState.WAITING: Fate.WAITING,
    ItemState.LEAVING: Fate.LEAVING,
    ItemState.UNKNOWN: Fate.UNKNOWN,
}

_ORDER: Final = {fate: place for place, fate in enumerate(Fate)}


def what_became(kind: JobKind, mark: ItemMark, outcome: SentOutcome | None) -> Became:
    """The group of one item; `outcome` is its message's, where there is one and something is known of it."""
    match mark.state:
        case ItemState.LEFT_OUT if mark.later and mark.left_out is LeftOut.OPTED_OUT:
            return Became(Fate.OPTED_OUT)
        case ItemState.LEFT_OUT:
            return Became(Fate.LEFT_OUT, left_out=mark.left_out)
        case ItemState.FAILED:
            return Became(Fate.FAILED, mark.code)
        case ItemState.DONE:
            return _of_done(kind, outcome)
        case _:
            return Became(_SIMPLE[mark.state])


def _of_done(kind: JobKind, outcome: SentOutcome | None) -> Became:
    if kind is not JobKind.CAMPAIGN:
        return Became(Fate.DONE)
    if outcome is None:
        return Became(Fate.ON_THE_WAY)
    if outcome.status in PROBLEMS:
        return Became(Fate.FAILED, outcome.code)
    if outcome.status in ARRIVED:
        return Became(Fate.DELIVERED)
    return Became(Fate.CANCELED if outcome.status == "canceled" else Fate.ON_THE_WAY)


def mark_of(item: JobItem, job: Job) -> ItemMark:
    """The same of an item that is known whole."""
    later = item.changed_at is not None and item.changed_at > job.created_at
    return ItemMark(item.number, item.state, item.sid, item.code, item.left_out, later)


def group_items(
    kind: JobKind, marks: Iterable[ItemMark], outcomes: Mapping[int, SentOutcome]
) -> dict[Became, array[int]]:
    """The numbers of the items of each group, ascending; the groups in the order of `Fate`, the largest first.

    Args:
        kind: of the job.
        marks: its items by number.
        outcomes: number → what is known of its message.
    """
    # By what the group is told from first: there are few of these.
    alike: dict[object, tuple[ItemMark, SentOutcome | None, array[int]]] = {}
    for mark in marks:
        outcome = outcomes.get(mark.number)
        key = (mark[1], mark[3:], outcome and (outcome.status, outcome.code))
        if (found := alike.get(key)) is None:
            found = alike[key] = (mark, outcome, array("q"))
        found[2].append(mark[0])
    groups: dict[Became, array[int]] = {}
    for mark, outcome, numbers in alike.values():
        became = what_became(kind, mark, outcome)
        groups[became] = array("q", sorted(groups[became] + numbers)) if became in groups else numbers
    by_place = sorted(groups, key=lambda each: (_ORDER[each.fate], -len(groups[each]), each.code or 0))
    return {became: groups[became] for became in by_place}
