"""What became of a job: its items in groups, and what is known of their messages, read again as often as wanted.

The states are the store's, what became of messages the archive's. Of a message that has ended, nothing is read again,
so that a look at ten thousand costs what has changed. Nothing is asked of Twilio.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Final

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
        self._prices_at = float("-inf")

    async def read(self) -> None:
        """Read how all of it stands by now.

        Raises:
            StorageError: it cannot be read, or is not there any more.
        """
        view = await self._look()
        kind, prices = view.job.new.kind, monotonic() - self._prices_at >= BETWEEN_PRICES
        # Going through ten thousand would be felt by the keys.
        marks, wanted = await asyncio.to_thread(self._read_marks, prices)
        if kind is JobKind.CAMPAIGN:
            await self._look_up(wanted)
            if prices:
                self._prices_at = monotonic()
        # Ten thousand take some milliseconds of the interpreter: a key may come in between.
        groups = await asyncio.to_thread(group_items, kind, marks, self.outcomes)
        self.view, self.groups = view, groups

    def _read_marks(self, prices: bool) -> tuple[tuple[ItemMark, ...], list[tuple[int, str]]]:
        """Also those whose messages are to be read again; of many that lack a price alone only with `prices`."""
        marks, outcomes = self._store.marks(self._id), self.outcomes
        wanted, unpriced = list[tuple[int, str]](), list[tuple[int, str]]()
        for mark in marks:
            if mark.state is not ItemState.DONE or not mark.sid:
                continue
            known = outcomes.get(mark.number)
            if known is None or known.status not in FINAL:
                wanted.append((mark.number, mark.sid))
            elif not known.final:
                unpriced.append((mark.number, mark.sid))
        return marks, [*wanted, *unpriced] if prices or len(unpriced) <= AT_ONCE else wanted

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
