"""One account's archive of messages, off the loop: reads, writes, and what is asked of Twilio to keep it complete.

Every call that touches the file runs in a thread: one writes, one reads. Nothing here raises because of the disk: a
full disk, a damaged file or a lock that is not given become a sentence in `MessageArchive.status`, and the program
goes on, in memory where the file cannot be used any more.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tui.archive.coverage import Coverage, Span
    from tui.archive.history_load import LoadProgress
    from tui.archive.query import Query
    from tui.archive.statistics import Totals
    from tui.archive.store import ArchiveChange
    from tui.twilio.client import Client
    from tui.twilio.errors import RequestFailed
    from tui.twilio.message import Message

WATCH_SECONDS: Final = 4.0
"""Between two looks for new messages."""

SLOWEST_WATCH: Final = 60.0
"""Seconds between looks while Twilio cannot be reached."""


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


class ServerSearch:
    """What Twilio itself finds for a query's numbers and days, page by page, newest first; all of it is kept.

    Made by `MessageArchive.ask`. Whoever awaits `more` or `rest` stops the search by cancelling that task.

    Attributes:
        back_to: all that match and are newer than this instant are in the archive; None before the first page.
        complete: whether the end was reached, so that all that match are in the archive.
    """

    back_to: datetime | None = None
    complete: bool = False

    async def more(self) -> bool:
        """Read one more page; False where there is none. What came is announced by `changed`, as everything is.

        Raises:
            RequestFailed: and the same call may be made again.
        """
        raise NotImplementedError

    async def rest(self) -> None:
        """Read all that is left, for an export or a total.

        Raises:
            RequestFailed: as `more`.
        """
        while await self.more():
            pass


class MessageArchive:
    """The messages of one account on this computer, and Twilio behind it.

    Args:
        path: the file; None keeps all in memory, for the sandbox and for connections that keep nothing.
        history: days that are kept; None for all.
        clock: says what time it is.
        changed: called on the loop after each change: with the rows and coverage that changed, or with None when
            everything may be another (another window wrote, or the file had to be given up).
        status_changed: called on the loop when `status` is another.
        failed: told of what went wrong inside and is nobody's fault but ours.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        history: int | None = 90,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        changed: Callable[[ArchiveChange | None], None] = lambda _: None,
        status_changed: Callable[[], None] = lambda: None,
        failed: Callable[[BaseException], None] = lambda _: None,
    ) -> None:
        self.status = SyncStatus()
        self.notice = ""
        self.shown = False
        raise NotImplementedError

    async def open(self) -> None:
        """Open the file, or make it, and begin to remove what is older than is kept. Never raises; see `notice`."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop all that is under way and close the file."""
        raise NotImplementedError

    # -- reading what is kept ------------------------------------------------------------------------

    @property
    def coverage(self) -> Coverage:
        """What is complete, as of the last change; known without waiting."""
        raise NotImplementedError

    @property
    def more_below(self) -> bool:
        """Whether Twilio may have messages older than all that is complete."""
        raise NotImplementedError

    async def find_rows(self, query: Query, *, limit: int | None = None) -> array[int]:
        """The row numbers of all that match, ascending; with `limit` the newest ones."""
        raise NotImplementedError

    async def read(self, rows: Sequence[int]) -> list[Message | None]:
        """The messages of these rows; None for one that is not there any more."""
        raise NotImplementedError

    async def matching(self, query: Query, rows: Iterable[int]) -> set[int]:
        """Which of these rows match."""
        raise NotImplementedError

    async def find(self, sid: str) -> Message | None:
        """The message with this SID, if it is kept."""
        raise NotImplementedError

    async def totals(self, query: Query) -> Totals:
        """Counts and sums of all that match."""
        raise NotImplementedError

    # -- writing -------------------------------------------------------------------------------------

    async def put(self, messages: Iterable[Message]) -> None:
        """Keep newer states of messages (a fetch, a webhook, an accepted send), merged with what is known.

        A `StatusReport` about a message that is not kept changes nothing.
        """
        raise NotImplementedError

    async def remove(self, sids: Iterable[str]) -> None:
        """Remove deleted messages, from every file; done when this returns."""
        raise NotImplementedError

    # -- Twilio --------------------------------------------------------------------------------------

    def connect(self, client: Client) -> None:
        """From now on Twilio can be asked: at once for what is new, then again and again while `shown`."""
        raise NotImplementedError

    def look_now(self) -> None:
        """Ask for what is new at once; `status.asking` until there is an answer."""
        raise NotImplementedError

    def watch(self, on: bool) -> None:
        """Look for new messages again and again, or stop that."""
        raise NotImplementedError

    async def older(self) -> bool:
        """Read a page of messages older than all that is complete; False when there is none, or reading failed.

        A failure is in `status.error`. While one call is under way others wait for it.
        """
        raise NotImplementedError

    async def fill(self, gap: Span) -> bool:
        """Read a gap of the coverage, newest first, to its end; False where that failed (`status.error`).

        Cancelling it keeps what was read by then.
        """
        raise NotImplementedError

    async def reread(self, span: Span) -> bool:
        """Read a span anew, and so notice what was redacted or deleted elsewhere; False where that failed."""
        raise NotImplementedError

    def ask(self, query: Query) -> ServerSearch | None:
        """Have Twilio search for a query's `to:`, `from:`, `with:` and days; None where it names none, or offline."""
        raise NotImplementedError

    def start_load(self, since: date | None) -> None:
        """Load history from this UTC day on, or all of it for None; `status.load` tells how far it is.

        Goes on after a restart until it is finished or stopped. One that runs takes the new period.
        """
        raise NotImplementedError

    def stop_load(self) -> None:
        """Stop loading history; what is complete stays so, and a later start goes on there."""
        raise NotImplementedError
