"""One account's archive of messages, off the loop: reads, writes, and what is asked of Twilio to keep it complete.

Every call that touches the file runs in a thread: one writes, one reads. Nothing here raises because of the disk: a
full disk, a damaged file or a lock that is not given become a sentence in `MessageArchive.status`, and the program
goes on, in memory where the file cannot be used any more.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Awaitable, Callable, Collection, Coroutine, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from tui.archive.layout import row_number
from tui.services.archive_threads import ArchiveThreads
from tui.storage.errors import ArchiveUnavailable
from tui.storage.files import lock
from tui.twilio.errors import ApiError, RequestFailed
from tui.twilio.message import StatusReport

if TYPE_CHECKING:
    from tui.archive.completion import Known
    from tui.archive.conversations import Conversation
    from tui.archive.coverage import Coverage, Span
    from tui.archive.history_load import LoadProgress
    from tui.archive.matching import Asked
    from tui.archive.opt_outs import OptOut, SentSince
    from tui.archive.periods import Window
    from tui.archive.picture import Figures, Picture
    from tui.archive.query import Query
    from tui.archive.standing import Standing
    from tui.archive.store import Archive, ArchiveChange
    from tui.archive.sync import ServerSearch, Sync
    from tui.twilio.client import Client
    from tui.twilio.message import Message

_T = TypeVar("_T")

WATCH_SECONDS: Final = 4.0
"""Between two looks for new messages."""

WATCH_LIVE_SECONDS: Final = 1.0
"""The same where another program's sandbox is watched: on this machine, to see what it does while it does it."""

LONGEST_DRAWING: Final = 0.25
"""Seconds that Twilio waits at most for what is kept to be read from a slow disk, and drawn."""

SLOWEST_WATCH: Final = 60.0
"""Seconds between looks while Twilio cannot be reached."""

TIDY_SECONDS: Final = 6 * 3600.0
"""Between two removals of what is older than is kept, while the archive is open."""

_BETWEEN_DAYS: Final = 0.05
"""Seconds between two steps of keeping columns of days, in which others may write."""

_LOAD_NOTE: Final = "loading history since"
_ALL: Final = "the beginning"


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """What is being read from Twilio, and what is in its way.

    Attributes:
        connected: whether there is a client to ask with; until then only the archive answers.
        looked: whether Twilio has answered at least once.
        loading: whether messages that were asked for are on their way: older ones, a gap, what a query asked for.
        asking: whether the person asked for what is new (`look_now`), and there is no answer yet.
        watching: whether new messages are looked for again and again.
        error: why the last request failed; None once one succeeds.
        offline_since: when requests began to fail; None while they succeed.
        next_try: when Twilio is asked again by itself after a failure; None while nothing fails, or nothing is watched.
        trouble: what is wrong with the file, as a sentence; empty where nothing is.
        load: the loading of history that runs, or the last one; None where there was none.
        unread: messages that came in and were not read yet (`is:unread`).
    """

    connected: bool = False
    looked: bool = False
    loading: bool = False
    asking: bool = False
    watching: bool = True
    error: RequestFailed | None = None
    offline_since: datetime | None = None
    next_try: datetime | None = None
    trouble: str = ""
    load: LoadProgress | None = None
    unread: int = 0


class MessageArchive:
    """The messages of one account on this computer, and Twilio behind it.

    Args:
        path: the file; None keeps all in memory, for the sandbox and for connections that keep nothing.
        history: days that are kept; None for all.
        history_by_now: asked in a thread when the file was removed from outside: the days that the connection says by
            then, 0 where nothing is to be kept any more; `history` where it is not given.
        clock: says what time it is.
        changed: called on the loop after each change: with the rows and coverage that changed, or with None when
            everything may be another (it was opened, or another window wrote).
        status_changed: called on the loop when `status` is another.
        noticed: told of what a person should know about the file: it was damaged and set aside, say.
        failed: told of exceptions that nobody foresaw.
        pause: seconds between two looks for new messages.

    Attributes:
        status: what is being read, and what is in the way.
        shown: whether somebody looks at the list: only then is it watched, but for `watched`.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        history: int | None = 90,
        history_by_now: Callable[[], int | None] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        changed: Callable[[ArchiveChange | None], None] = lambda _: None,
        status_changed: Callable[[], None] = lambda: None,
        noticed: Callable[[str], None] = lambda _: None,
        failed: Callable[[BaseException], None] = lambda _: None,
        pause: float = WATCH_SECONDS,
    ) -> None:
        self.path = path
        self.history = history
        self.status = SyncStatus()
        self._clock, self._status_changed, self._noticed, self._failed = clock, status_changed, noticed, failed
        self._pause = pause
        self._history_by_now = history_by_now or (lambda: history)
        self._changed = changed
        self._threads = ArchiveThreads(self._change, noticed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._context = copy_context()
        self._wake = asyncio.Event()
        self._sync: Sync | None = None
        self._reading = self._watchers = 0
        self._load: asyncio.Task[None] | None = None
        self.shown = False
        self._closed = self._counting = self._count_again = self._keeping_days = False
        self._drawn = asyncio.Event()
        self._not_asking = asyncio.Event()
        self._not_asking.set()

    async def open(self) -> None:
        """Open the file, or make it, and remove what is older than is kept, now and again and again while it is open.

        Never raises: where the file cannot be used, all is kept in memory, and a notice says why.
        """
        try:
            await self._threads.open(self.path, keeps=self._keeps, clock=self._seconds)
        except ArchiveUnavailable as problem:
            self.path = None
            self._noticed(f"{problem} Until then nothing is kept after this run.")
            await self._threads.open(None, clock=self._seconds)
        if not self._closed:
            self._spawn(self._tidy())

    async def close(self) -> None:
        """Stop all that is under way and close the file."""
        self._closed = True
        self._threads.stop()
        for task in (tasks := tuple(self._tasks)):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._threads.close()

    # -- reading what is kept ------------------------------------------------------------------------

    @property
    def coverage(self) -> Coverage:
        """What is complete, as of the last change; known without waiting."""
        return self._threads.coverage

    @property
    def more_below(self) -> bool:
        """Whether Twilio may have messages older than all that is complete."""
        return not self.coverage or self.coverage.spans[0].first > 0

    @property
    def more_to_load(self) -> bool:
        """Whether loading history may bring older ones: not where all days that are kept are complete."""
        if self.history is None or not self.coverage:
            return self.more_below
        return self.coverage.spans[0].first > self._seconds() - self.history * 86_400

    async def list_rows(self, limit: int | None = None) -> array[int]:
        """The row numbers of all messages, ascending; with `limit` the newest ones."""
        found = await self._read(lambda archive: archive.list_rows(limit))
        return array("q") if found is None else found

    async def find_rows(self, query: Query, *, limit: int | None = None) -> array[int]:
        """The row numbers of all that match, ascending; with `limit` the newest ones. Days are this machine's."""
        asked = self._ask()
        found = await self._read(lambda archive: archive.find_rows(query, asked, limit=limit))
        return array("q") if found is None else found

    async def read(self, rows: Sequence[int]) -> list[Message | None]:
        """The messages of these rows; None for one that is not there any more."""
        return await self._read(lambda archive: archive.read(rows)) or [None] * len(rows)

    def note_drawn(self) -> None:
        """Say that the newest messages that are kept are on the screen, or that there are none."""
        self._drawn.set()

    async def drawn(self) -> None:
        """Wait for `note_drawn` where there are messages; not for long, since another screen may be shown."""
        if self.coverage:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._drawn.wait(), LONGEST_DRAWING)

    async def matching(self, query: Query, rows: Iterable[int]) -> set[int]:
        """Which of these rows match; see `find_rows`."""
        asked, listed = self._ask(), list(rows)
        return await self._read(lambda archive: archive.matching(query, asked, listed)) or set()

    async def find(self, sid: str) -> Message | None:
        """The message with this SID, if it is kept."""
        return await self._read(lambda archive: archive.find(sid))

    async def find_all(self, sids: Iterable[str]) -> dict[str, Message]:
        """Those of some messages that are kept, by SID; hundreds at a time, since others read as well."""
        wanted = list(sids)
        return await self._read(lambda archive: archive.find_all(wanted)) or {}

    async def figures(self, query: Query, window: Window) -> tuple[Figures, Figures] | None:
        """What all that matches in a period adds up to, and in the period before; None where the file cannot be read
        (`status.trouble`). Cancelling it ends the count within milliseconds.
        """
        asked = self._ask()
        return await self._guarded(
            self._threads.read(lambda archive: archive.figures(query, window, asked), apart=True)
        )

    async def picture(self, query: Query, window: Window) -> Picture | None:
        """The same by status, code, country, sender, service, hour and day."""
        asked = self._ask()
        picture = await self._guarded(
            self._threads.read(lambda archive: archive.picture(query, window, asked), apart=True)
        )
        self._keep_days_soon()
        return picture

    async def known(self) -> Known | None:
        """The codes, countries and own addresses that messages have; None where the file cannot be read."""
        asked = self._ask()
        return await self._guarded(self._threads.read(lambda archive: archive.known(asked), apart=True))

    async def note(self, name: str) -> str:
        """A remembered text; empty when there is none."""
        return await self._read(lambda archive: archive.note(name)) or ""

    async def set_note(self, name: str, value: str) -> None:
        """Remember a text under a name; an empty one is forgotten."""
        await self._guarded(self._threads.write(lambda archive: archive.set_note(name, value)))

    # -- people --------------------------------------------------------------------------------------

    async def conversations(
        self, limit: int, *, before: int | None = None, query: Query | None = None
    ) -> list[Conversation]:
        """The newest conversations; see `People.conversations`."""
        asked = self._ask() if query else None
        return (
            await self._read(
                lambda archive: archive.people.conversations(limit, before=before, query=query, asked=asked)
            )
            or []
        )

    async def conversation(self, number: str) -> Conversation | None:
        """That with one person; None where nothing is kept of one."""
        return await self._read(lambda archive: archive.people.conversation(number))

    async def thread_rows(self, number: str) -> array[int]:
        """The rows of all messages with a person, over all own numbers and channels, ascending."""
        found = await self._read(lambda archive: archive.people.thread_rows(number))
        return array("q") if found is None else found

    async def recent_recipients(self, limit: int) -> list[tuple[str, datetime]]:
        """Addresses that messages went to, and when last, newest first; then those that messages came from alone."""
        return await self._read(lambda archive: archive.people.recent_recipients(limit)) or []

    async def standing(self, own: str, other: str) -> Standing:
        """What is known between a sender (an address, a service's SID, empty for any) and a recipient's address."""
        from tui.archive.standing import Standing

        return await self._read(lambda archive: archive.people.standing(own, other)) or Standing()

    async def last_senders(self, senders: Iterable[str], others: Iterable[str]) -> dict[str, str]:
        """Which of some own addresses each of some people's addresses was last in touch with; those that were."""
        own, asked = list(senders), list(others)
        return await self._read(lambda archive: archive.people.last_senders(own, asked)) or {}

    async def opt_outs(self) -> list[OptOut] | None:
        """All who have opted out of a sender, the newest first; None where the file cannot be read."""
        return await self._read(lambda archive: archive.people.opt_outs())

    async def sent_since(self, opt_outs: Sequence[OptOut]) -> list[SentSince] | None:
        """What was sent after each of some opt-outs; None where the file cannot be read."""
        return await self._read(lambda archive: archive.people.sent_since(opt_outs))

    async def opted_out(self, own: str, addresses: Iterable[str]) -> dict[str, OptOut] | None:
        """Those of some addresses whose person wants no messages of a sender, each with how; see `People.opted_out`.

        None where that cannot be read, which says nothing about anybody.
        """
        wanted = list(addresses)
        return await self._read(lambda archive: archive.people.opted_out(own, wanted))

    async def mark_read(self, number: str, row: int | None = None) -> None:
        """What came in from a person up to a row was read, or all of it; `status.unread` follows."""
        if await self._guarded(self._threads.write(lambda archive: archive.people.mark_read(number, row))):
            self._count()

    async def mark_opened(self, message: Message) -> None:
        """What came in from its sender was read up to this message, which somebody looks at."""
        if message.inbound and message.when is not None:
            # The last row of its second: which one of them is its own is not known here.
            row = row_number(int(message.when.timestamp()) + 1) - 1
            await self.mark_read(message.other_party, row)

    async def mark_all_read(self) -> None:
        """All that is kept was read; `status.unread` follows."""
        now = self._seconds()
        await self._guarded(self._threads.write(lambda archive: archive.people.mark_all_read(now)))
        self._count()

    # -- writing -------------------------------------------------------------------------------------

    async def put(self, messages: Iterable[Message]) -> None:
        """Keep newer states of messages (a fetch, a webhook, an accepted send), merged with what is known.

        A `StatusReport` about a message that is not kept changes nothing: it does not say enough to be a message. What
        was redacted is overwritten in every file when this returns.
        """
        listed = list(messages)

        async def put() -> None:
            reports = [each for each in listed if isinstance(each, StatusReport)]
            known = {each.sid for each in reports if await self._threads.read(lambda a, sid=each.sid: a.find(sid))}
            told = [each for each in listed if not isinstance(each, StatusReport) or each.sid in known]
            await self._threads.keep(told)
            await self._threads.clean()

        await self._guarded(put())

    async def remove(self, sids: Iterable[str]) -> None:
        """Remove deleted messages, from every file; done when this returns."""

        async def remove() -> None:
            await self._threads.drop(sids)
            await self._threads.clean()

        await self._guarded(remove())

    async def take_changes(self, messages: Sequence[Message], redacted: Collection[str], gone: Collection[str]) -> bool:
        """Take over what many changes at Twilio came to; whether it was written down, so that it is certain to go.

        What was redacted or deleted is gone from the tables when this returns, and noted as withdrawn; the file itself
        is cleaned up every few seconds, not for each message.

        Args:
            messages: as Twilio has them now.
            redacted: SIDs of those of them whose text is emptied.
            gone: SIDs that Twilio has no longer.
        """

        async def take() -> bool:
            if messages:
                await self._threads.keep(messages, redacted=redacted)
            if gone:
                await self._threads.drop(gone)
            return True

        return await self._guarded(take()) or False

    async def withdrawn(self) -> Mapping[str, bool]:
        """As `Archive.withdrawn`."""
        return await self._read(lambda archive: archive.withdrawn) or {}

    async def settle_withdrawn(self, sids: Mapping[str, bool]) -> None:
        """As `Archive.settle_withdrawn`."""
        await self._guarded(self._threads.write(lambda archive: archive.settle_withdrawn(sids)))

    # -- Twilio --------------------------------------------------------------------------------------

    def connect(self, client: Client) -> None:
        """From now on Twilio can be asked: at once for what is new, then again and again while `shown`.

        A loading of history that the last run did not finish goes on.
        """
        from tui.archive.sync import Sync

        self._sync = Sync(client, self._threads, clock=self._seconds)
        self._set(connected=True)
        self._wake.set()
        self._spawn(self._watch(self._sync))
        self._spawn(self._resume_load())

    def look_now(self) -> None:
        """Ask for what is new at once; `status.asking` until there is an answer."""
        if self._sync is not None:
            self._set(asking=True)
            self._wake.set()

    @contextmanager
    def watched(self) -> Generator[None]:
        """While inside, new messages are looked for again and again, whether or not somebody looks at the list."""
        self._watchers += 1
        self._wake.set()
        try:
            yield
        finally:
            self._watchers -= 1

    async def look_first(self, seconds: float) -> None:
        """As `look_now`, and wait for the answer, or that there is none; so many seconds at most."""
        self.look_now()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._not_asking.wait()

    def watch(self, on: bool) -> None:
        """Look for new messages again and again, or stop that."""
        self._set(watching=on, next_try=self.status.next_try if on else None)
        if on:
            self._wake.set()

    async def older(self) -> bool:
        """Read a page of messages older than all that is complete; False when there is none, or reading failed.

        A failure is in `status.error`. While one call is under way others wait for it.
        """
        more = False

        async def read(sync: Sync) -> None:
            nonlocal more
            more = await sync.older()

        return await self._asking(read) and more

    async def fill(self, gap: Span) -> bool:
        """Read a gap of the coverage, newest first, to its end; False where that failed (`status.error`).

        Cancelling it keeps what was read by then.
        """
        return await self._asking(lambda sync: sync.fill(gap))

    def ask(self, query: Query) -> ServerSearch | None:
        """Have Twilio search for a query's `to:`, `from:`, `with:` and days; None where it names none, or offline.

        Nothing is asked before its `more` or `rest` is awaited; they raise RequestFailed.
        """
        filters = query.server_filters(self._clock(), None)
        if self._sync is None or not filters:
            return None
        return self._sync.search(filters, whole=query.is_asked_whole)

    def start_load(self, since: date | None, *, again: bool = False) -> None:
        """Load history from this UTC day on, or all of it for None; `status.load` tells how far it is.

        With `again` days that are complete are read as well, to notice what was redacted or deleted elsewhere. No more
        is loaded than is kept. It goes on after a restart until it is finished or stopped. One that runs takes the new
        period.
        """
        if self._sync is not None:
            self._begin_load(self._sync, since, asked=True, again=again)

    def stop_load(self) -> None:
        """Stop loading history; what is complete stays so, and a later start goes on there."""
        load = self._load

        async def stop() -> None:
            # The wish first: another window may be waiting for the lock.
            await self.set_note(_LOAD_NOTE, "")
            if load is not None:
                load.cancel()

        self._spawn(stop())

    # -- the file ------------------------------------------------------------------------------------

    def _ask(self) -> Asked:
        from tui.archive.matching import Asked

        return Asked(self._clock(), None)

    def _seconds(self) -> float:
        return self._clock().timestamp()

    def _change(self, change: ArchiveChange | None) -> None:
        self._changed(change)
        if change is None or change.rows:
            self._count()

    def _count(self) -> None:
        """Count what is unread anew, once for all changes that come meanwhile."""
        self._count_again = True
        if not self._counting and not self._closed:
            self._counting = True
            self._spawn(self._counted())

    async def _counted(self) -> None:
        try:
            # Not before what a start is waited for.
            await self.drawn()
            while self._count_again:
                self._count_again = False
                unread = await self._read(lambda archive: archive.people.unread)
                self._set(unread=self.status.unread if unread is None else unread)
        finally:
            self._counting = False

    async def _read(self, work: Callable[[Archive], _T]) -> _T | None:
        return await self._guarded(self._threads.read(work))

    async def _guarded(self, work: Awaitable[_T]) -> _T | None:
        """Do something with the archive; where that cannot be done, say so in `status.trouble` and go on."""
        try:
            done = await work
        except ArchiveUnavailable as problem:
            if not self._closed:
                self._set(trouble=str(problem))
            return None
        return done

    def _keeps(self) -> bool:
        """Whether a file that was removed is to be made anew. Runs in a thread."""
        days = self._history_by_now()
        self.history = days or None
        if days == 0:
            self.path = None
        return days != 0

    def _keep_days_soon(self) -> None:
        """Keep columns of days for the next picture, a few at a time, while there is nothing else to write."""
        if not self._closed and not self._keeping_days:
            self._keeping_days = True
            self._spawn(self._keep_days())

    async def _keep_days(self) -> None:
        try:
            await self.drawn()
            # The youngest days change still.
            before = int(self._seconds()) - 2 * 86_400
            more: int | None = 1
            while more and not (self.status.load is not None and self.status.load.running):
                more = await self._guarded(self._threads.write(lambda archive: archive.keep_days(before)))
                await asyncio.sleep(_BETWEEN_DAYS)
        finally:
            self._keeping_days = False

    async def _tidy(self) -> None:
        """Remove what is older than is kept, in short steps, and leave nothing of it in any file, every few hours."""
        while True:
            before = 0 if self.history is None else int(self._seconds()) - self.history * 86_400
            while change := await self._guarded(
                self._threads.write(lambda archive, before=before: archive.prune(before))
            ):
                self._threads.announce(change)
            await self._guarded(self._threads.clean())
            self._keep_days_soon()
            await asyncio.sleep(TIDY_SECONDS)

    # -- asking Twilio -------------------------------------------------------------------------------

    async def _watch(self, sync: Sync) -> None:
        """Ask for what is new every few seconds while the list is shown; less often while that fails."""
        due, delay = 0.0, self._pause
        while True:
            woken = await self._woken()
            if not woken and not (self._watchers or (self.status.watching and self.shown)):
                # What was forgotten elsewhere is let go of all the same.
                await self._guarded(self._threads.write(lambda archive: archive.follow()))
                continue
            if await self._guarded(self._threads.write(lambda archive: archive.changed_elsewhere())):
                await self._guarded(self._threads.all_changed())
            if not woken and time.monotonic() < due:
                continue
            good = await self._asking(_look, quietly=True)
            problem = self.status.error
            asked_to_wait = problem.retry_after if isinstance(problem, ApiError) and problem.retry_after else 0.0
            delay = self._pause if good else min(SLOWEST_WATCH, max(2 * delay, asked_to_wait))
            due = time.monotonic() + (0 if good else delay)
            next_try = None if good or not self.status.watching else self._clock() + timedelta(seconds=delay)
            self._set(asking=self.status.asking and self._wake.is_set(), next_try=next_try)

    async def _woken(self) -> bool:
        try:
            async with asyncio.timeout(self._pause):
                await self._wake.wait()
        except TimeoutError:
            return False
        self._wake.clear()
        return True

    async def _asking(self, ask: Callable[[Sync], Awaitable[object]], *, quietly: bool = False) -> bool:
        """Ask Twilio; whether that went well. What went wrong is in `status`."""
        if self._sync is None:
            return False
        self._reading += not quietly
        self._set(loading=self._reading > 0)
        try:
            await ask(self._sync)
        except RequestFailed as problem:
            self._set(error=problem, offline_since=self.status.offline_since or self._clock())
            return False
        except ArchiveUnavailable as problem:
            self._set(trouble=str(problem))
            return False
        else:
            # What was asked for was kept as well: whatever was wrong with the file is over.
            self._set(error=None, offline_since=None, next_try=None, looked=True, trouble="")
            return True
        finally:
            self._reading -= not quietly
            self._set(loading=self._reading > 0)

    # -- history -------------------------------------------------------------------------------------

    async def _resume_load(self) -> None:
        wanted = await self.note(_LOAD_NOTE)
        if wanted and self._sync is not None and self._load is None:
            with suppress(ValueError):
                self._begin_load(self._sync, None if wanted == _ALL else date.fromisoformat(wanted), asked=False)

    def _begin_load(self, sync: Sync, since: date | None, *, asked: bool, again: bool = False) -> None:
        if self.history is not None:
            kept = self._clock().astimezone(UTC).date() - timedelta(days=self.history)
            since = kept if since is None else max(since, kept)
        before, self._load = self._load, self._spawn(self._loading(sync, since, self._load, asked=asked, again=again))
        if before is not None:
            before.cancel()

    async def _loading(
        self, sync: Sync, since: date | None, before: asyncio.Task[None] | None, *, asked: bool, again: bool
    ) -> None:
        from tui.archive.history_load import HistoryLoad, LoadProgress

        if before is not None:
            await asyncio.wait([before])
        if asked:
            await self.set_note(_LOAD_NOTE, _ALL if since is None else since.isoformat())
        with ExitStack() as held:
            try:
                waited = False
                while not await self._lock_loading(held):
                    waited = True
                    trouble = "Another window of tuilio loads this account's history."
                    self._set(load=LoadProgress(since, running=False, trouble=trouble))
                    await asyncio.sleep(self._pause)
                if waited:
                    # What that window has read is not read again; what was stopped there is stopped.
                    await self._guarded(self._threads.all_changed())
                    if not await self.note(_LOAD_NOTE):
                        return
            except OSError as problem:
                trouble = f"The lock beside the archive cannot be made ({problem.strerror}). Check the folder."
                self._set(load=LoadProgress(since, running=False, trouble=trouble))
                return
            load = HistoryLoad(
                sync, since, again=again, progressed=lambda told: self._set(load=told), clock=self._clock
            )
            try:
                await load.run()
            except ArchiveUnavailable as problem:
                self._set(load=replace(load.progress, running=False, trouble=str(problem)), trouble=str(problem))
        if load.progress.finished:
            await self.set_note(_LOAD_NOTE, "")
        self._keep_days_soon()

    async def _lock_loading(self, held: ExitStack) -> bool:
        """Become the one window that loads this archive's history, until the stack is left; False where another is."""
        if self.path is None:
            return True
        try:
            # In a thread, though it does not wait: the file system may.
            await asyncio.to_thread(held.enter_context, lock(_lock_of(self.path), seconds=0, remove=True))
        except TimeoutError:
            return False
        return True

    # -- inside --------------------------------------------------------------------------------------

    def _set(self, **more: object) -> None:
        status = replace(self.status, **more)  # pyright: ignore[reportArgumentType]
        if status != self.status:
            self.status = status
            if status.asking:
                self._not_asking.clear()
            else:
                self._not_asking.set()
            if not self._closed:
                self._status_changed()

    def _spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        # Not in the context of whoever asks: it may outlive them.
        context = self._context.copy()
        task = asyncio.get_running_loop().create_task(work, context=context)
        self._tasks.add(task)
        task.add_done_callback(self._finished, context=context)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            self._failed(problem)


async def _look(sync: Sync) -> None:
    await sync.head()
    await sync.refresh_unsettled()


def _lock_of(path: Path) -> Path:
    """What is locked by the window that loads history; a file of its own, since SQLite's is locked while it opens."""
    return path.with_name(f"{path.name}.load")
