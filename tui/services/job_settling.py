"""What became of items whose run died, or whose answer was lost: by the send journal, and by looks at Twilio's list.

The journal is the truth about sends. An item that was about to leave when its run died is what its newest send is; one
without a send never left, unless it was written into another journal than this one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from tui.jobs.halting import ACCOUNT, SENDER
from tui.jobs.model import ItemResult, ItemState, JobItem, JobKind
from tui.jobs.pace import NOT_NOW
from tui.jobs.settling import settle_each
from tui.services.send_outcome import to_the_end
from tui.services.send_state import SendState
from tui.storage.errors import OutboxConflict, StorageError
from tui.storage.journal_entry import JournalEntry, JournalState

if TYPE_CHECKING:
    from tui.jobs.store import JobStore
    from tui.services.account import Account
    from tui.storage.journal import SendJournal

AT_ONCE: Final = 4
"""Sends that are looked up at a time."""

LOOKED_UP_FOR: Final = timedelta(days=3)
"""Afterwards no more is found than was; a person may still look, in the outbox."""

PIECE: Final = 200

_LOST: Final = "tuilio ended before Twilio's answer arrived."
_ELSEWHERE: Final = "The send journal that it was written into is another by now, or an older copy."


def settle_left(store: JobStore, outbox: SendJournal, id: int) -> int:
    """Settle the items that a run left as LEAVING when it died. For who holds the job's lock, and for a thread.

    Returns:
        How many there were.

    Raises:
        StorageError: the journal or the store could not be read or written; some may be settled.
    """
    settled, after, job = 0, 0, store.job(id)
    # A copy of the journal that was put back has its mark, and not what was begun since.
    same = not job.journal or (job.journal == outbox.identity and store.newest_entry(id) <= outbox.newest)
    while left := store.items(id, (ItemState.LEAVING,), after=after, limit=PIECE):
        if job.new.kind is JobKind.CAMPAIGN:
            newest = _newest(outbox.of_job(id, [item.number for item in left]))
            results = [_result_of_left(item, newest.get(item.number), same=same) for item in left]
        else:
            # A change may be made twice: it is looked at, and made where it was not.
            results = [ItemResult(item.number, ItemState.WAITING) for item in left]
        settle_each(store, id, results)
        settled, after = settled + len(left), left[-1].number
    return settled


def settle_journal(store: JobStore, outbox: SendJournal, account_sid: str) -> None:
    """Settle sends that are unknown in the journal though their items are known to be done: it could not be written
    when Twilio answered, and the store of jobs could. For a thread.
    """
    for entry in outbox.unknown(account_sid):
        if not entry.job or entry.damaged:
            continue
        for item in store.items_by_number(entry.job, [entry.item]):
            if item.state is ItemState.DONE and item.sid and item.entry == entry.id:
                # Another send may have it by now.
                with suppress(OutboxConflict):
                    outbox.settle(entry.id, JournalState.ACCEPTED, sid=item.sid)


def result_of_entry(number: int, entry: JournalEntry) -> ItemResult:
    """What an item became whose newest send stands so in the journal, when nobody waits for its answer any more."""
    match entry.state:
        case JournalState.ACCEPTED:
            return ItemResult(number, ItemState.DONE, entry.sid, entry=entry.id)
        case JournalState.REJECTED if entry.code in ACCOUNT | SENDER | NOT_NOW:
            # Not for a reason of its own: what would have been done with it, had its run not died.
            return ItemResult(number, ItemState.WAITING, detail=entry.detail, entry=entry.id)
        case JournalState.REJECTED:
            return ItemResult(number, ItemState.FAILED, entry.sid, entry.code, entry.detail, entry.id)
        case JournalState.NOT_SENT:
            return ItemResult(number, ItemState.WAITING, detail=entry.detail, entry=entry.id)
        case JournalState.SENDING | JournalState.UNKNOWN:
            return ItemResult(number, ItemState.UNKNOWN, detail=entry.detail or _LOST, entry=entry.id)


def _result_of_left(item: JobItem, entry: JournalEntry | None, *, same: bool) -> ItemResult:
    found = ItemResult(item.number, ItemState.WAITING) if entry is None else result_of_entry(item.number, entry)
    if same or found.state is not ItemState.WAITING:
        return found
    # A later send of it may stand in the other one.
    return ItemResult(item.number, ItemState.UNKNOWN, detail=_ELSEWHERE)


def _newest(entries: Iterable[JournalEntry]) -> dict[int, JournalEntry]:
    return {entry.item: entry for entry in sorted(entries, key=lambda each: each.id)}


async def look_up_unknown(store: JobStore, account: Account, id: int, progress: Callable[[int], None]) -> int:
    """Look up the items of a job that are unknown, some at a time; returns how many still are.

    They are settled by the journal's rules alone. `progress` hears how many are to be looked up still.

    Raises:
        StorageError: the journal or the store could not be read or written.
    """
    unknown = list[JobItem]()
    while found := await to_the_end(
        partial(store.items, id, (ItemState.UNKNOWN,), after=unknown[-1].number if unknown else 0, limit=PIECE)
    ):
        unknown += found
    if not unknown:
        return 0
    numbers = [item.number for item in unknown]
    now = store.now()
    recent = {each.number for each in unknown if each.changed_at and abs(now - each.changed_at) < LOOKED_UP_FOR}
    entries = _newest(await to_the_end(partial(account.outbox.of_job, id, numbers)))
    left, still = len(unknown), 0
    places = asyncio.Semaphore(AT_ONCE)

    async def look(number: int) -> None:
        nonlocal left, still
        async with places:
            result = None
            # Where something cannot be written it stays unknown.
            with suppress(StorageError):
                if (entry := entries.get(number)) is not None:
                    result = await _look(account, number, entry, ask=number in recent)
                if result is not None:
                    await to_the_end(partial(settle_each, store, id, [result]))
            still += result is None
            left -= 1
            progress(left)

    async with asyncio.TaskGroup() as group:
        for number in numbers:
            group.create_task(look(number))
    return still


async def _look(account: Account, number: int, entry: JournalEntry, *, ask: bool) -> ItemResult | None:
    """What an unknown send turned out to be; None where it stays unknown. Without `ask` only the journal is asked."""
    if entry.state in (JournalState.UNKNOWN, JournalState.SENDING):
        if account.client.closed or not ask:
            return None
        looked = await account.sends.check_again(SendState.of_entry(entry))
        entry = looked.entry or entry
    result = result_of_entry(number, entry)
    if result.state is ItemState.WAITING:
        # It is known by now that it was not sent. That was found by a person, who may have sent it in another way.
        return ItemResult(number, ItemState.FAILED, code=entry.code, detail=entry.detail, entry=entry.id)
    return None if result.state is ItemState.UNKNOWN else result
