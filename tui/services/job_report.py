"""What became of a job: its items in groups, and what is known of their messages, read again as often as wanted.

The states are the store's, what became of messages the archive's. Items that were not changed and messages that have
ended are not read again, so that a look at ten thousand costs what has changed. Nothing is asked of Twilio.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple

from tui.jobs.model import ItemState, JobKind
from tui.jobs.report import Became, ItemMark, SentOutcome, group_items
from tui.twilio.message import FINAL

if TYPE_CHECKING:
    from tui.jobs.model import JobItem
    from tui.jobs.store import JobStore
    from tui.services.jobs import JobView
    from tui.services.message_archive import MessageArchive

AT_ONCE: Final = 500
"""Messages that are looked up in one read of the archive."""

BETWEEN_PRICES: Final = 5.0
"""Seconds between two looks for the prices of what has arrived: they come minutes later, and thousands may
wait. Up to `AT_ONCE` are looked up each time."""


class _Known(NamedTuple):
    """What is known of the items.

    Attributes:
        marks: number → the item's, in their order.
        followed: number → SID of the messages that have not ended, or lack a price.
        change: the last change of the job that is in it; None before any was read.
    """

    marks: dict[int, ItemMark]
    followed: dict[int, str]
    change: int | None


class JobReport:
    """A job's groups of items.

    Args:
        look: how the job stands; raises StorageError.
        store: has its items.
        archive: has its messages.
        id: the job.

    Attributes:
        view: how it stood when it was last read; None before.
        groups: group → the numbers of its items, ascending, in the order in which they are shown.
        outcomes: number → the newest that is known of its message.
    """

    def __init__(
        self, look: Callable[[], Coroutine[object, object, JobView]], store: JobStore, archive: MessageArchive, id: int
    ) -> None:
        self._look, self._store, self._archive, self._id = look, store, archive, id
        self.view: JobView | None = None
        self.groups: Mapping[Became, array[int]] = {}
        self.outcomes: dict[int, SentOutcome] = {}
        self._known = _Known({}, {}, None)
        self._prices_at = float("-inf")

    async def read(self) -> None:
        """Read how all of it stands by now.

        Raises:
            StorageError: it cannot be read, or is not there any more.
        """
        view = await self._look()
        kind, prices = view.job.new.kind, monotonic() - self._prices_at >= BETWEEN_PRICES
        # Going through ten thousand would be felt by the keys.
        self._known, wanted = await asyncio.to_thread(self._read_marks, self._known, prices)
        if kind is JobKind.CAMPAIGN:
            await self._look_up(wanted)
            if prices:
                self._prices_at = monotonic()
        # Ten thousand take some milliseconds of the interpreter: a key may come in between.
        groups = await asyncio.to_thread(group_items, kind, self._known.marks.values(), self.outcomes)
        self.view, self.groups = view, groups

    def _read_marks(self, known: _Known, prices: bool) -> tuple[_Known, list[tuple[int, str]]]:
        """What is known with what was changed since, and whose messages are to be read again, number and SID: of many
        that lack a price alone only with `prices`. Changes nothing: a reading may be given up.
        """
        changed, last = self._store.marks(self._id, known.change)
        if known.change is not None and last < known.change:
            # Another file stands there: an older copy was put back.
            changed, last = self._store.marks(self._id)
        marks, followed = known.marks.copy(), known.followed.copy()
        for mark in changed:
            marks[mark.number] = mark
            if mark.state is ItemState.DONE and mark.sid:
                followed[mark.number] = mark.sid
            else:
                followed.pop(mark.number, None)
        wanted, unpriced = list[tuple[int, str]](), list[tuple[int, str]]()
        for number, sid in tuple(followed.items()):
            outcome = self.outcomes.get(number)
            if outcome is None or outcome.status not in FINAL:
                wanted.append((number, sid))
            elif outcome.final:
                del followed[number]
            else:
                unpriced.append((number, sid))
        if prices or len(unpriced) <= AT_ONCE:
            wanted += unpriced
        return _Known(marks, followed, last), wanted

    async def _look_up(self, wanted: Sequence[tuple[int, str]]) -> None:
        outcomes = self.outcomes
        for first in range(0, len(wanted), AT_ONCE):
            portion = wanted[first : first + AT_ONCE]
            found = await self._archive.find_all(sid for _, sid in portion)
            for number, sid in portion:
                if (message := found.get(sid)) is not None:
                    outcomes[number] = SentOutcome(
                        message.status, message.error_code, message.price, message.price_unit
                    )

    async def items(self, numbers: Collection[int]) -> Sequence[JobItem]:
        """Some items whole, by number.

        Raises:
            StorageError: they cannot be read.
        """
        return await asyncio.to_thread(self._store.items_by_number, self._id, numbers)

    def each_item(self) -> Iterator[tuple[JobItem, SentOutcome | None]]:
        """All items by number, each with what is known of its message; reads the disk, so not for the loop.

        Raises:
            StorageError: they cannot be read.
        """
        after = 0
        while items := self._store.items(self._id, after=after, limit=AT_ONCE):
            for item in items:
                yield item, self.outcomes.get(item.number)
            after = items[-1].number
