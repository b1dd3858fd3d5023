"""How the jobs of the account in use stand, for what shows it everywhere: the mark in the top bar, the way out.

Reads one job for an event that is about one; all of them when another account is in use. Knows no widget.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Final

from tui.jobs.model import JobState
from tui.safe_text import glimpse
from tui.screens.jobs.job_words import begun, job_look, job_name, say_progress
from tui.services.session import EventType
from tui.storage.errors import StorageError
from tui.theme import Tone

if TYPE_CHECKING:
    from tui.services.jobs import JobView
    from tui.services.session import Account, Session, SessionEvent

_MOST_IN_FIGURES: Final = 1000
"""Items from which on the mark has a percentage: two numbers would be too long."""

JobMark = tuple[str, Tone]
"""What the top bar says, and in which tone; "" for nothing."""

Work = Callable[[], Coroutine[object, object, None]]


class JobWatch:
    """Keeps the jobs of the account in use that run, or wait for a person, and any that this window runs.

    Args:
        session: is asked, and followed by whoever calls `take`.
        work: runs what reads the disk.
        changed: called when `mark` may be another.
        say: tells the person something.
    """

    def __init__(
        self,
        session: Session,
        work: Callable[[Work], object],
        changed: Callable[[], object],
        say: Callable[[str], object],
    ) -> None:
        self._session, self._work, self._changed, self._say = session, work, changed, say
        self._account: Account | None = None
        self._views: dict[int, JobView] = {}
        self._of_sandbox: set[int] = set()
        """Those that are forgotten when the program ends."""

    def take(self, event: SessionEvent) -> None:
        """Follow what the session tells."""
        account = self._session.account
        if account is not self._account:
            self._account = account
            if account is not None:
                for view in self._here():
                    if view.job.new.connection == account.name:
                        continue
                    connection = glimpse(view.job.new.connection, 24)
                    self._say(f"“{job_name(view.job)}” goes on with {connection}, until tuilio ends or it is paused.")
                self._work(partial(self._read_all, account))
        elif event.what is EventType.JOBS and (owner := event.account or account) is not None:
            # A job goes on when another connection is in use.
            self._work(partial(self._read, owner, event.job))

    async def _read_all(self, account: Account) -> None:
        running = {id: view for id, view in self._views.items() if view.here}
        try:
            views = await self._session.jobs(account).all()
        except StorageError:
            # The list of jobs says why.
            views = ()
        if account is self._session.account:
            self._views = running | {view.job.id: view for view in views if _is_open(view)}
            self._changed()

    async def _read(self, owner: Account, id: int) -> None:
        try:
            view = await self._session.jobs(owner).view(id)
        except StorageError:
            # It is gone, or its screen says why.
            self._views.pop(id, None)
        else:
            if owner.sandbox:
                self._of_sandbox.add(id)
            theirs = (view.job.new.account_sid, view.job.new.base)
            account = self._session.account
            mine = account is not None and theirs == (account.client.account_sid, account.client.policy.base)
            if _is_open(view) and (mine or view.here):
                self._views[id] = view
            else:
                self._views.pop(id, None)
        self._changed()

    @property
    def mark(self) -> JobMark:
        """What the top bar says: of those that need somebody before those that run, before those that are paused."""
        if not self._views:
            return "", "plain"
        first, *others = sorted(self._views.values(), key=lambda view: (_urgency(view), -view.job.id))
        look, total = job_look(first), first.job.counts.total
        done = begun(first.job)
        account = self._session.account
        others_own = account is not None and first.job.new.connection != account.name and first.here
        whose = f" {glimpse(first.job.new.connection, 10)}" if others_own else ""
        far = f"{done}/{total}" if total < _MOST_IN_FIGURES else f"{done * 100 // total} %"
        return f"{look.mark}{whose} {far}" + (f" +{len(others)}" if others else ""), look.tone

    @property
    def ends_with_this(self) -> str:
        """What leaving now does to the jobs that run in this window, as sentences; "" where none does."""
        if not (here := self._here()):
            return ""
        named = ", ".join(f"“{job_name(view.job)}” ({say_progress(view.job)})" for view in here[:3])
        if len(here) > 3:
            named += f" and {len(here) - 3} more"
        runs, it = ("run", "They stop") if len(here) > 1 else ("runs", "It stops")
        words = f"{named} {runs}. {it} once what is under way is done; nothing is sent twice."
        forgotten = sum(view.job.id in self._of_sandbox for view in here)
        if forgotten < len(here):
            words += " The next start says so; nothing more is done until you go on."
        if forgotten:
            words += " What runs in the sandbox is forgotten with it."
        return words

    def _here(self) -> list[JobView]:
        """Those that this window runs."""
        return [view for view in self._views.values() if view.here and view.job.state is JobState.RUNNING]


def _is_open(view: JobView) -> bool:
    """Whether it runs, or waits for a person; what was never begun waits for nobody."""
    state = view.job.state
    return view.interrupted or state in (JobState.RUNNING, JobState.PAUSED, JobState.HALTED)


def _urgency(view: JobView) -> int:
    if view.interrupted or view.job.state is JobState.HALTED:
        return 0
    return 1 if view.job.state is JobState.RUNNING else 2
