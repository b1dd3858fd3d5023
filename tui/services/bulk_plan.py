"""What changing many messages would do, counted from the archive alone: which can be changed, which not and why.

What was counted is what is done: the SIDs are taken here. No request is made, and no screen is known.
"""

from __future__ import annotations

from array import array
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Final

from tui.jobs.changes import SAID, Unsuitable, why_not
from tui.jobs.model import JobKind, LeftOut, NewItem
from tui.twilio.message import ARRIVED

if TYPE_CHECKING:
    from tui.services.message_archive import MessageArchive
    from tui.twilio.message import Message

MOST: Final = 100_000
"""Messages of one job: at a few requests a second these take half a day."""

_AT_ONCE: Final = 500
"""Messages that are held in memory."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some of the messages, in their order.

    Attributes:
        rows: their row numbers.
        sids: their SIDs, "" for one that is not kept any more.
    """

    rows: array[int] = field(default_factory=lambda: array("q"))
    sids: list[str] = field(default_factory=list[str])

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, row: int, sid: str) -> None:
        """Take one more."""
        self.rows.append(row)
        self.sids.append(sid)


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """What a change of many messages comes to.

    Attributes:
        kind: what is to be done; CAMPAIGN for sending their texts again.
        fit: those that it is done to, newest first.
        unfit: why not → those that it is not done to; without reasons that do not occur.
        with_files: those of `fit` with media, or of which that is not known.
        arrived: those of `fit` that somebody received.
        repeated: those of `fit` that go to somebody to whom a newer one does.
    """

    kind: JobKind
    fit: Group = field(default_factory=Group)
    unfit: Mapping[Unsuitable, Group] = field(default_factory=dict[Unsuitable, Group])
    with_files: Group = field(default_factory=Group)
    arrived: Group = field(default_factory=Group)
    repeated: Group = field(default_factory=Group)

    def items(self) -> Iterator[NewItem]:
        """The items of the job: what is to be done first, then what is left out, with why."""
        lines = count(1)
        for sid in self.fit.sids:
            yield NewItem(next(lines), sid=sid)
        for why, group in self.unfit.items():
            for sid in filter(None, group.sids):
                yield NewItem(next(lines), sid=sid, left_out=LeftOut.NOT_SUITABLE, detail=SAID[why])


async def plan_change(archive: MessageArchive, kind: JobKind, rows: array[int]) -> ChangePlan:
    """Count what a change of these messages would do.

    Args:
        archive: what is known of them.
        kind: REDACT, DELETE or CANCEL; CAMPAIGN for sending their texts again.
        rows: their row numbers, oldest first.
    """
    unfit: dict[Unsuitable, Group] = {}
    recipients: set[str] = set()
    plan = ChangePlan(kind, unfit=unfit)
    async for row, message in read_newest_first(archive, rows):
        why = Unsuitable.GONE if message is None else why_not(kind, message)
        if message is None or why is not None:
            unfit.setdefault(why or Unsuitable.GONE, Group()).add(row, message.sid if message is not None else "")
            continue
        plan.fit.add(row, message.sid)
        if message.num_media != 0:
            plan.with_files.add(row, message.sid)
        if message.status in ARRIVED:
            plan.arrived.add(row, message.sid)
        if message.to in recipients:
            plan.repeated.add(row, message.sid)
        recipients.add(message.to)
    return plan


async def read_newest_first(archive: MessageArchive, rows: array[int]) -> AsyncIterator[tuple[int, Message | None]]:
    """Each row with its message, None for one that is not kept any more, the newest first; read piece by piece."""
    for end in range(len(rows), 0, -_AT_ONCE):
        piece = rows[max(0, end - _AT_ONCE) : end][::-1]
        for row, message in zip(piece, await archive.read(piece), strict=True):
            yield row, message


async def read_again(archive: MessageArchive, group: Group) -> AsyncIterator[Message]:
    """The messages of a group in its order as they are by now, wherever they stand; without those that are gone."""
    for first in range(0, len(group), _AT_ONCE):
        piece = group.sids[first : first + _AT_ONCE]
        found = await archive.find_all(piece)
        for sid in piece:
            if (message := found.get(sid)) is not None:
                yield message
