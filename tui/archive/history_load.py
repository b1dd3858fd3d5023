"""Loading the account's history into its archive: UTC days by `DateSent`, newest first, two at a time.

A day's list says by itself when it is at its end, whatever the order in it: so a day is complete or it is not, and one
that is complete is read again only where that is asked for. Stretches without a message are found by asking for a whole
stretch at once, twice as long each time, down to a single day where something is found. Whatever was read stays when it
is stopped or killed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from tui.archive.coverage import Span
from tui.archive.sync import DAY, instant
from tui.twilio.errors import ApiError, BadAnswer, InvalidRequest, NoAnswer, RequestFailed
from tui.twilio.lenient_json import as_time

if TYPE_CHECKING:
    from tui.archive.sync import Sync

AT_ONCE: Final = 2
"""Days that are read at the same time."""

LONGEST_STRETCH: Final = 512
"""Days that are asked for at once."""

TWILIO_BEGAN: Final = date(2008, 1, 1)
"""No message is older: the company was founded that year."""

STILL_OPEN: Final = 600
"""Seconds before now that count as today's to come: the list's top is read again and again anyway."""

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
"""Seconds before a failed request is made again: the first time, and at most, doubled each time in between."""

MOST_BAD_ANSWERS: Final = 3
"""Answers in a row that are not Twilio's, after which it is given up."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """How far a loading of history is.

    Attributes:
        since: the first UTC day that is wanted; None for all that the account has.
        running: whether it goes on by itself; False once it was stopped, failed or is finished.
        finished: whether the whole period is in the archive.
        days_done: UTC days of the period that are complete, those included that were so before.
        days_total: UTC days of the period; None until it is known when the account began.
        messages: how many were read in this run.
        rate: messages per second in this run.
        seconds_left: estimated from the days that are left; None where nothing can be said yet,
            and where all there is is wanted.
        reached: all is complete from this UTC day on; None before the first.
        waiting_until: it pauses until then, because Twilio asked for it (429) or a request failed; None otherwise.
        trouble: why it waits or has stopped by itself, as a sentence; empty where it did neither.
    """

    since: date | None
    running: bool = True
    finished: bool = False
    days_done: int = 0
    days_total: int | None = None
    messages: int = 0
    rate: float = 0.0
    seconds_left: float | None = None
    reached: date | None = None
    waiting_until: datetime | None = None
    trouble: str = ""


class HistoryLoad:
    """Loads one period, once.

    Args:
        sync: what reads, and keeps.
        since: the first UTC day; None for all that the account has.
        again: also days that are complete, to notice what was redacted or deleted elsewhere.
        progressed: called with every new `progress`.
        clock: says what time it is.
        sleep: waits between attempts.
    """

    def __init__(
        self,
        sync: Sync,
        since: date | None,
        *,
        again: bool = False,
        progressed: Callable[[LoadProgress], None] = lambda _: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.progress = LoadProgress(since)
        self._sync, self._since, self._again = sync, since, again
        self._progressed, self._clock, self._sleep = progressed, clock, sleep
        self._left: list[range] = []
        self._window = 1
        self._began = time.monotonic()
        self._days_before = 0
        self._busy = self._pausing = 0
        self._turn, self._free = asyncio.Event(), asyncio.Event()
        self._free.set()
        self._generation = sync.shelf.generation

    async def run(self) -> None:
        """Load until all is there. Never raises for the network: `progress.trouble` says why it ended.

        Raises:
            ArchiveUnavailable: it cannot be kept.
        """
        if self._again:
            self._sync.confirm_anew()
        try:
            first = await self._first_day() if self._since is None else self._since
            await self._read_days(first)
            if self._since is None and not await self._trying(self._is_the_beginning):
                # The account's own date says later than its oldest message.
                await self._read_days(TWILIO_BEGAN)
                await self._trying(self._is_the_beginning)
            self._tell(running=False, finished=True, trouble="", waiting_until=None)
        except RequestFailed as problem:
            self._tell(running=False, trouble=str(problem), waiting_until=None)
        finally:
            if self.progress.running:
                self._tell(running=False)

    # -- which days ----------------------------------------------------------------------------------

    async def _first_day(self) -> date:
        """The UTC day on which the account was made; Twilio's first where it does not say."""
        client = self._sync.client

        async def ask() -> date:
            document = await client.get(client.policy.locate(f"/Accounts/{client.account_sid}.json"))
            made = as_time(document.get("date_created"))
            return made.astimezone(UTC).date() if made else TWILIO_BEGAN

        try:
            return await self._trying(ask)
        except ApiError:
            # An API key may be forbidden to read the account.
            return TWILIO_BEGAN

    async def _is_the_beginning(self) -> bool:
        """Whether nothing is older than the oldest day that was read; noted as complete then."""
        first = self._sync.shelf.coverage.spans[0].first if self._sync.shelf.coverage else 0
        return first == 0 or await self._sync.is_empty(Span(0, first - 1))

    def _missing(self, first: date) -> list[range]:
        """Runs of days, as days since 1970, that are to be read; the newest last."""
        now = int(self._clock().timestamp()) - STILL_OPEN
        coverage = self._sync.shelf.coverage
        runs: list[range] = []
        for day in range((first - date(1970, 1, 1)).days, now // DAY + 1):
            if not self._again and coverage.holds(Span(day * DAY, min(day * DAY + DAY - 1, now))):
                continue
            if runs and runs[-1].stop == day:
                runs[-1] = range(runs[-1].start, day + 1)
            else:
                runs.append(range(day, day + 1))
        return runs

    async def _read_days(self, first: date) -> None:
        """Read all days from this one on that are to be read."""
        now = int(self._clock().timestamp()) - STILL_OPEN
        self._left = self._missing(first)
        self._window = 1
        total = max(now // DAY - (first - date(1970, 1, 1)).days + 1, 0)
        self._days_before = total - sum(len(run) for run in self._left)
        self._tell(days_total=total, days_done=self._days_before)
        workers = [asyncio.ensure_future(self._work()) for _ in range(AT_ONCE)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    # -- reading them --------------------------------------------------------------------------------

    async def _work(self) -> None:
        """Read what is left, until nothing is and nobody reads what may have to be asked for in parts."""
        while self._left or self._busy:
            if not self._left:
                self._turn.clear()
                await self._turn.wait()
                continue
            self._busy += 1
            try:
                await self._read_next()
            finally:
                self._busy -= 1
                self._turn.set()

    async def _read_next(self) -> None:
        run = self._left.pop()
        days = run[-min(self._window, len(run)) :]
        if len(days) < len(run):
            self._left.append(run[: -len(days)])
        if len(days) == 1:
            self._window = 1 if await self._read_day(days[0]) else 2
        elif await self._trying(partial(self._sync.is_empty, _span_of(days))):
            self._window = min(2 * len(days), LONGEST_STRETCH)
        else:
            self._left.append(days)
            self._window = len(days) // 2
            return
        self._tell(days_done=self.progress.days_done + len(days))

    async def _read_day(self, day: int) -> int:
        walk = self._sync.walk_day(day)
        count = 0
        while not walk.ended:
            read = await self._trying(lambda: self._sync.read_page(walk))
            count += read
            self._tell(messages=self.progress.messages + read)
        return count

    async def _trying(self, ask: Callable[[], Awaitable[_T]]) -> _T:
        """Ask until there is an answer, with pauses as long as Twilio asks for; what cannot get better is raised."""
        pause, bad = FIRST_PAUSE, 0
        while True:
            await self._free.wait()
            try:
                answer = await ask()
            except RequestFailed as problem:
                bad += isinstance(problem, BadAnswer)
                if _is_final(problem) or bad >= MOST_BAD_ANSWERS:
                    raise
                wait = (isinstance(problem, ApiError) and problem.retry_after) or pause
                pause = min(2 * pause, LONGEST_PAUSE)
                await self._wait(wait, str(problem))
            else:
                if self._sync.shelf.generation != self._generation:
                    raise RequestFailed(
                        "What had been loaded is not kept any more.", "Load it once more if you want it."
                    )
                if self.progress.trouble:
                    self._tell(trouble="", waiting_until=None)
                return answer

    async def _wait(self, seconds: float, why: str) -> None:
        """Pause all requests of this run."""
        self._pausing += 1
        self._free.clear()
        self._tell(waiting_until=self._clock() + timedelta(seconds=seconds), trouble=why)
        try:
            await self._sleep(seconds)
        finally:
            self._pausing -= 1
            if not self._pausing:
                self._free.set()

    def _tell(self, **more: object) -> None:
        told = replace(self.progress, **more)  # pyright: ignore[reportArgumentType]
        took = max(time.monotonic() - self._began, 1e-3)
        new = told.days_done - self._days_before
        left = None
        # Of all there is, most days may be empty: they are passed over in no time, and nobody knows which.
        if new > 0 and told.days_total is not None and told.since is not None:
            left = took / new * (told.days_total - told.days_done)
        newest = self._sync.shelf.coverage.newest
        whole = None if newest is None else -(-newest.first // DAY) * DAY
        reached = None if whole is None or newest is None or whole > newest.last else instant(whole).date()
        self.progress = replace(told, rate=told.messages / took, seconds_left=left, reached=reached)
        self._progressed(self.progress)


def _span_of(days: range) -> Span:
    return Span(days[0] * DAY, days[-1] * DAY + DAY - 1)


def _is_final(problem: RequestFailed) -> bool:
    """Whether asking again would bring the same: anything but trouble of the network, 429 and 5xx."""
    if isinstance(problem, ApiError):
        return problem.status != 429 and problem.status < 500
    return isinstance(problem, InvalidRequest) or not isinstance(problem, (NoAnswer, BadAnswer))
