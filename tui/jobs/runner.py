"""Runs a job: begins its items at their senders' pace, a few at a time, until none waits, it halts, or is told to end.

    read ahead ── due? ── claim ── leave ──┬── perform ──┬── settle     DONE, FAILED, UNKNOWN, LEFT_OUT
        ↑                 store   journal  │             │
        └── waits, its sender slower ◀─────┴── NotNow ───┘

An item is claimed in the store of jobs, then written down by its performer, then done: all three in this order, for a
group of as many as there are free places. A place is free again when what came of its item is in the store. Where
the store or what the performer writes cannot be written, the job halts: nothing leaves that is not written down.
Must not know HTTP, the session or how an item is done; clock, sleep and threads come in as parameters.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from tui.jobs.group_commit import GroupCommit
from tui.jobs.halting import Halt, Halting
from tui.jobs.model import ItemResult, ItemState, Job, JobItem, JobState
from tui.jobs.pace import Pace, segments_of
from tui.jobs.performing import Leaving, NotNow, Performer
from tui.jobs.settling import InThread, Store, settle_each
from tui.storage.errors import StorageError

T = TypeVar("T")

READ_AHEAD: Final = 200
"""Items that are read from the store at a time."""

MOST_AHEAD: Final = 4000
"""Items that are held at most, where one sender's stand so close that the others' are far below."""

LOOKS_AT_STATE: Final = 1.0
"""Seconds between two looks at what the store says of the job: another window may have paused it."""

OF_LATE: Final = 20.0
"""Seconds over which the rate is taken."""

GATHERS: Final = 0.01
"""Seconds that a free place of a job without a pace waits for others, up to half of them: what begins together is
written down in one commit, which is most of what a message costs beside its request."""

LONGEST_HOLD: Final = 3600.0
"""Seconds that an item waits at most for its `not_before`: the clock may have been set back since."""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended.

    Attributes:
        state: FINISHED or HALTED; None where it was told to end, or the store says that it was.
        reason: why it halted.
    """

    state: JobState | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a job waits for. `reason` is a sentence (may hold foreign text), `until` on the monotonic clock."""

    reason: str
    until: float


@dataclass(slots=True)
class _Queued:
    item: JobItem
    sender: str
    segments: int
    not_before: float


class Runner:
    """One run of a job; `run` once.

    Attributes:
        waiting: what it waits for, beyond its pace; None for nothing.
    """

    def __init__(
        self,
        job: Job,
        store: Store,
        performer: Performer,
        *,
        pace: Pace,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        in_thread: InThread,
        changed: Callable[[], None] = lambda: None,
        failed: Callable[[BaseException], None] = lambda _: None,
    ) -> None:
        """`changed` hears of every result, `failed` of what nobody foresaw: the job halts for it."""
        self.waiting: Waiting | None = None
        self._job, self._store, self._performer = job, store, performer
        self._pace, self._pacing = pace, job.new.pacing
        self._halting = Halting(job.new.halts)
        self._clock, self._monotonic, self._sleep, self._in_thread = clock, monotonic, sleep, in_thread
        self._changed, self._failed = changed, failed
        self._queues: dict[str, deque[_Queued]] = {sender: deque() for sender in job.new.senders}
        self._later: list[_Queued] = []
        self._after, self._all_read = 0, False
        self._under_way: set[asyncio.Task[None]] = set()
        self._freed = 0.0
        self._wake = asyncio.Event()
        self._told_to_end = False
        self._halt: Halt | None = None
        self._done = deque[float]()
        self._began = self._looked = monotonic()
        self._segments = self._measured = 0
        self._results = GroupCommit[ItemResult, None](self._write)

    # -- what is told of it --------------------------------------------------------------------------

    @property
    def under_way(self) -> int:
        """How many items are being done."""
        return len(self._under_way)

    @property
    def ending(self) -> bool:
        """Whether it begins nothing more."""
        return self._told_to_end or self._halt is not None

    def rate(self) -> float:
        """Items that were done in a second, over the last `OF_LATE` seconds."""
        now = self._monotonic()
        while self._done and self._done[0] < now - OF_LATE:
            self._done.popleft()
        return len(self._done) / max(1.0, min(OF_LATE, now - self._began))

    def left(self, open_items: int) -> float | None:
        """Seconds that so many items take: by the pace, or by the rate of late where that is lower; None where neither
        is known, or nothing was done of late.
        """
        by_pace = self._by_pace(open_items)
        rate, settled = self.rate(), self._monotonic() - self._began >= OF_LATE
        if settled and not rate and (by_pace is None or by_pace < open_items * OF_LATE / 2):
            # Twilio does not answer, or is not reached.
            return None
        by_rate = open_items / rate if rate > 0 and (settled or by_pace is None) else None
        known = [each for each in (by_pace, by_rate) if each is not None]
        return max(known) if known else None

    def _by_pace(self, open_items: int) -> float | None:
        if self._pacing.per_second is None:
            return None
        each = self._segments / self._measured if self._measured else 1.0
        return open_items * each / (self._pacing.per_second * max(1, len(self._queues)))

    # -- what is told to it --------------------------------------------------------------------------

    def end(self) -> None:
        """Begin nothing more; `run` returns when what is under way has ended."""
        self._told_to_end = True
        self._wake.set()

    def halt(self, halt: Halt) -> None:
        """The same, for a reason; the first one counts."""
        self._halt = self._halt or halt
        self._wake.set()

    def note_statuses(self, codes: dict[int, int], settled: int) -> None:
        """As `Halting.note_statuses`."""
        halt = self._halting.note_statuses(codes, settled)
        if halt is not None:
            self.halt(halt)

    async def run(self) -> RunEnd:
        """Run it. Cancelled, what is under way is cancelled as well, and waited for."""
        self._began = self._monotonic()
        try:
            await self._go()
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._halt is not None:
            return RunEnd(JobState.HALTED, self._halt.reason)
        return RunEnd() if self._told_to_end else RunEnd(JobState.FINISHED)

    async def _go(self) -> None:
        while True:
            ready, due = list[_Queued](), self._monotonic() + LOOKS_AT_STATE
            try:
                if not self.ending:
                    await self._look_at_state()
                    await self._read_ahead()
                if not self.ending:
                    ready, due = self._take_due()
                if ready:
                    await self._begin(ready)
            except StorageError as problem:
                self.halt(Halt(str(problem)))
            except Exception as problem:
                self._unforeseen(problem)
            left = self._later or any(self._queues.values())
            if not ready and not self._under_way and (self.ending or not left):
                return
            if not ready:
                await self._rest(due)

    async def _look_at_state(self, *, now: bool = False) -> None:
        moment = self._monotonic()
        if now or moment - self._looked >= LOOKS_AT_STATE:
            self._looked = moment
            # Also where nothing is done: how long it waits still, and how fast it is, changes all the same.
            self._changed()
            job = await self._in_thread(partial(self._store.job, self._job.id))
            if job.state is not JobState.RUNNING:
                self.end()

    async def _read_ahead(self) -> None:
        """Have items of every sender at hand, as far as there are any."""
        while not self._all_read:
            held = sum(map(len, self._queues.values()))
            if held >= MOST_AHEAD or (held >= READ_AHEAD and all(self._queues.values())):
                return
            found = await self._in_thread(partial(self._read, self._after))
            self._all_read = len(found) < READ_AHEAD
            for item, segments in found:
                self._after = item.number
                self._queue(item, segments)

    def _read(self, after: int) -> list[tuple[JobItem, int]]:
        """The next items with their segments; in a thread, since long texts take their time to measure."""
        paced = self._pacing.per_second is not None
        found = self._store.items(self._job.id, (ItemState.WAITING,), after=after, limit=READ_AHEAD)
        return [(item, segments_of(item) if paced else 1) for item in found]

    def _queue(self, item: JobItem, segments: int) -> None:
        sender = item.draft.from_ if item.draft is not None else ""
        self._segments, self._measured = self._segments + segments, self._measured + 1
        queued = _Queued(item, sender, segments, self._hold(item.not_before))
        if queued.not_before > self._monotonic():
            self._later.append(queued)
        else:
            self._queues.setdefault(sender, deque()).append(queued)

    def _hold(self, not_before: datetime | None) -> float:
        """An instant on the monotonic clock."""
        seconds = 0.0 if not_before is None else (not_before - self._clock()).total_seconds()
        return self._monotonic() + min(LONGEST_HOLD, max(0.0, seconds))

    def _queue_again(self, now: float) -> float:
        """Put in front of the others what may be begun again by now; returns when the next one may."""
        for queued in sorted(self._later, key=lambda each: -each.item.number):
            if queued.not_before <= now:
                self._later.remove(queued)
                self._queues.setdefault(queued.sender, deque()).appendleft(queued)
        return min((queued.not_before for queued in self._later), default=now + LOOKS_AT_STATE)

    def _take_due(self) -> tuple[list[_Queued], float]:
        """The items that leave now, at most as many as there are free places; and when the next one is due."""
        now, ready = self._monotonic(), list[_Queued]()
        again = self._queue_again(now)
        places = self._places(now) - len(self._under_way)
        if places <= 0:
            # Whoever ends wakes.
            return ready, now + LOOKS_AT_STATE
        if self._pacing.per_second is None and self._under_way and places < self._pacing.at_once // 2:
            gathered = self._freed + GATHERS
            if now < gathered:
                return ready, gathered
        while True:
            first = min(
                ((self._due(queue[0], now), queue[0].item.number, queue) for queue in self._queues.values() if queue),
                key=lambda each: each[:2],
                default=None,
            )
            if first is None:
                return ready, again
            due, _, queue = first
            if due > now or len(ready) >= places:
                return ready, min(due, again)
            queued = queue.popleft()
            self._pace.take(queued.sender, queued.segments, self._pacing.per_second, now)
            ready.append(queued)

    def _due(self, queued: _Queued, now: float) -> float:
        return self._pace.due(queued.sender, queued.segments, self._pacing.per_second, now)

    def _places(self, now: float) -> int:
        """How many may be under way at a time."""
        if self._pace.is_offline():
            return 1
        share = min((self._pace.share(sender, now) for sender, queue in self._queues.items() if queue), default=1.0)
        return max(1, int(self._pacing.at_once * share))

    async def _begin(self, ready: Sequence[_Queued]) -> None:
        by_number = {each.item.number: each for each in ready}
        claimed = await self._in_thread(partial(self._store.claim, self._job.id, list(by_number)))
        if len(claimed) < len(ready):
            # Done elsewhere meanwhile, or the job is not to be run any more.
            await self._look_at_state(now=True)
        if not claimed:
            return
        try:
            written = await self._performer.leave(claimed)
        except StorageError:
            # Nothing left. Where this cannot be written either, the next run finds them without a send.
            back = [ItemResult(item.number, ItemState.WAITING) for item in claimed]
            with suppress(StorageError):
                await self._in_thread(partial(self._store.settle, self._job.id, back))
            raise
        for each in written:
            number = each.item.number if isinstance(each, Leaving) else each.number
            task = asyncio.get_running_loop().create_task(self._do(by_number[number], each))
            self._under_way.add(task)
            task.add_done_callback(self._ended)

    async def _do(self, queued: _Queued, each: Leaving | ItemResult | NotNow) -> None:
        """Do one item, unless the job was told to end, and write down what came of it."""
        if not isinstance(each, Leaving):
            told = each
        elif self.ending:
            # Whoever pauses a job while its next ones are written down, which may take seconds, means these as well.
            told = await self._performer.drop(each)
        else:
            told = await self._performer.perform(each)
        result = self._put_back(queued, told) if isinstance(told, NotNow) else self._judge(queued, told)
        try:
            await self._results.add(result)
        except StorageError as problem:
            # It stays LEAVING; the next run settles it by what its performer wrote down.
            self.halt(Halt(str(problem)))
            return
        if result.state is ItemState.WAITING:
            queued.not_before = self._hold(result.not_before)
            self._later.append(queued)
        elif result.state is not ItemState.LEFT_OUT:
            self._done.append(self._monotonic())
        self._changed()

    def _judge(self, queued: _Queued, result: ItemResult) -> ItemResult:
        if result.state in (ItemState.DONE, ItemState.FAILED):
            self._pace.answered(queued.sender, taken=True)
            self.waiting = None
        if result.retry_after is not None:
            # Of a 503: what became of this one is not known, and the next one would fare alike.
            until = self._pace.slow(queued.sender, self._monotonic(), wait=result.retry_after)
            self.waiting = Waiting("Twilio says to wait", until)
        halt = self._halting.note(queued.sender, result)
        if halt is None:
            return result
        self.halt(halt)
        return replace(result, state=ItemState.WAITING) if halt.keep else result

    def _put_back(self, queued: _Queued, told: NotNow) -> ItemResult:
        now = self._monotonic()
        if told.offline:
            until = self._pace.offline(now)
        else:
            self._pace.answered(queued.sender, taken=False)
            until = self._pace.slow(queued.sender, now, wait=told.retry_after, queue_full=told.queue_full)
        self.waiting = Waiting(told.reason, until)
        return ItemResult(
            told.number,
            ItemState.WAITING,
            code=told.code,
            detail=told.reason,
            entry=told.entry,
            not_before=self._clock() + timedelta(seconds=until - now),
        )

    async def _write(self, results: Sequence[ItemResult]) -> Sequence[None]:
        await self._in_thread(partial(settle_each, self._store, self._job.id, results))
        return [None] * len(results)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if len(self._under_way) >= self._pacing.at_once:
            self._freed = self._monotonic()
        self._under_way.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            self._unforeseen(problem)
        self._wake.set()

    def _unforeseen(self, problem: BaseException) -> None:
        self._failed(problem)
        # Its type only: the words of an unknown error may repeat what was sent.
        self.halt(Halt(f"Something unexpected went wrong ({type(problem).__name__}); what was done is known."))

    async def _rest(self, until: float) -> None:
        """Sleep until then, or until something happens."""
        seconds = max(0.0, min(until - self._monotonic(), LOOKS_AT_STATE))
        self._wake.clear()
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        woken = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait((sleeping, woken), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            woken.cancel()
            await asyncio.gather(sleeping, woken, return_exceptions=True)
