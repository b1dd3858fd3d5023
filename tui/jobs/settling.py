"""What whoever runs a job needs of its store, and threads to ask it in; settling several items whatever others did."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Protocol, TypeVar

from tui.jobs.model import ItemResult, ItemState, Job, JobItem
from tui.storage.errors import JobConflict

T = TypeVar("T")


class Store(Protocol):
    """What a runner needs of the store of jobs; see `tui.jobs.store`. Called in threads; raises StorageError."""

    def job(self, id: int) -> Job:
        """One job."""
        ...

    def items(
        self, id: int, states: Collection[ItemState] = (), *, after: int = 0, limit: int = 200
    ) -> tuple[JobItem, ...]:
        """Items in these states, by number, from the one after `after`."""
        ...

    def claim(self, id: int, numbers: Sequence[int]) -> tuple[JobItem, ...]:
        """WAITING → LEAVING; returns those that were WAITING."""
        ...

    def settle(self, id: int, results: Sequence[ItemResult]) -> None:
        """Write down what became of items."""
        ...


def settle_each(store: Store, id: int, results: Sequence[ItemResult]) -> None:
    """Settle items in one commit, or, where one of them was settled in another way meanwhile, each by itself.

    Raises:
        StorageError: they could not be written.
    """
    try:
        store.settle(id, results)
    except JobConflict:
        for each in results:
            with suppress(JobConflict):
                store.settle(id, [each])


class InThread(Protocol):
    """Does work in a thread, waits for it to its end, and only then is cancelled."""

    async def __call__(self, work: Callable[[], T], /) -> T: ...  # noqa: D102
