"""The files of a run: what is kept of sends, drafts, requests, variables, forms, prices, names and media.

Each is opened once, when it is first wanted; in memory for the sandbox, and what is typed into the console and into
campaigns also for a connection that keeps nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from tui.storage.errors import JobsUnavailable, OutboxUnavailable, StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from tui.jobs.store import JobStore
    from tui.raw_request.saved_requests import RequestStore
    from tui.raw_request.saved_variables import SavedVariables
    from tui.services.account import Account
    from tui.services.contacts import Contacts
    from tui.services.prices import Prices
    from tui.services.reply_drafts import ReplyDrafts
    from tui.storage.drafts import Drafts
    from tui.storage.journal import SendJournal
    from tui.storage.paths import Paths
    from tui.storage.private_folder import PrivateFolder


@dataclass(frozen=True, slots=True)
class SendFiles:
    """What is kept of sends and drafts; `tidied` is done when the outbox has been put in order.

    `writing` has the replies in conversations by connection: one that is opened twice in a row has the same.
    """

    outbox: SendJournal
    drafts: Drafts
    replies: Drafts
    tidied: asyncio.Task[None]
    writing: dict[str, ReplyDrafts] = field(default_factory=dict)


class SessionFiles:
    """Knows what is on disk and what in memory; `jobs` opens the file of jobs, which is there already."""

    def __init__(
        self,
        paths: Paths,
        *,
        jobs: Callable[[], JobStore],
        clock: Callable[[], datetime],
        run: Callable[[Coroutine[object, object, object]], object],
        names_changed: Callable[[], None],
        prices_changed: Callable[[Account], None],
        notice: Callable[[str], None],
    ) -> None:
        self._paths, self._jobs, self._clock, self._run = paths, jobs, clock, run
        self._names_changed, self._prices_changed, self._notice = names_changed, prices_changed, notice
        self._sends: dict[bool, SendFiles] = {}
        self._requests: dict[bool, RequestStore] = {}
        self._variables: dict[bool, SavedVariables] = {}
        self._forms: dict[tuple[Path, bool], Drafts] = {}
        self._names: dict[bool, Contacts] = {}
        self._prices: dict[bool, Prices] = {}
        self._names_followed = False

    def requests(self, account: Account) -> RequestStore:
        """The requests made and saved with connections like this one's."""
        from tui.raw_request.saved_requests import open_request_store

        if account.sandbox not in self._requests:
            self._requests[account.sandbox] = open_request_store(None if account.sandbox else self._paths)
        return self._requests[account.sandbox]

    def variables(self, account: Account) -> SavedVariables:
        """The variables of requests."""
        from tui.raw_request.saved_variables import SavedVariables

        if (kept := _keeps(account)) not in self._variables:
            self._variables[kept] = SavedVariables(self._paths.variables if kept else None)
        return self._variables[kept]

    def console_form(self, account: Account) -> Drafts:
        """What stood in the console's form."""
        return self._form(self._paths.console_form, account)

    def campaign_forms(self, account: Account) -> Drafts:
        """What stands in the form of a campaign."""
        return self._form(self._paths.campaign_form, account)

    def _form(self, path: Path, account: Account) -> Drafts:
        from tui.storage.drafts import Drafts

        if (key := (path, _keeps(account))) not in self._forms:
            self._forms[key] = Drafts(path if key[1] else None)
        return self._forms[key]

    def names(self, *, sandbox: bool) -> Contacts:
        """The names of numbers: for every connection those of contacts.toml."""
        from tui.services.contacts import Contacts

        if sandbox not in self._names:
            self._names[sandbox] = Contacts(
                None if sandbox else self._paths.contacts, changed=self._names_changed, notice=self._notice
            )
        return self._names[sandbox]

    def follow_names(self) -> None:
        """Read contacts.toml, and again when it changes."""
        if not self._names_followed:
            self._names_followed = True
            self._run(self.names(sandbox=False).follow())

    def prices(self, account: Account) -> Prices:
        """What messages cost."""
        from tui.services.prices import Prices

        if (kept := _keeps(account)) not in self._prices:
            self._prices[kept] = Prices(
                self._paths.prices if kept else None, clock=self._clock, run=self._run, changed=self._prices_changed
            )
        return self._prices[kept]

    @cached_property
    def media(self) -> PrivateFolder:
        """Where the media of messages are for as long as this run lasts."""
        from tui.storage.private_folder import PrivateFolder

        return PrivateFolder(self._paths.media)

    # -- sends ---------------------------------------------------------------------------------------

    def sends(self, *, sandbox: bool) -> SendFiles:
        """The outbox and drafts; putting them in order begins where they are wanted first."""
        if (found := self._sends.get(sandbox)) is None:
            from tui.storage.drafts import Drafts
            from tui.storage.journal import SendJournal

            outbox = SendJournal(None if sandbox else self._paths.outbox, clock=self._clock)
            drafts, replies = (Drafts(None if sandbox else path) for path in (self._paths.drafts, self._paths.replies))
            tidied = asyncio.create_task(self._tidy(outbox, drafts, replies, sandbox=sandbox))
            found = self._sends[sandbox] = SendFiles(outbox, drafts, replies, tidied)
        return found

    def replies(self, connection: str, *, sandbox: bool) -> ReplyDrafts:
        """What is typed into the conversations of a connection."""
        from tui.services.reply_drafts import ReplyDrafts

        loop, files = asyncio.get_running_loop(), self.sends(sandbox=sandbox)

        def unsaved(problem: StorageError) -> None:
            loop.call_soon_threadsafe(self._notice, str(problem))

        if connection not in files.writing:
            files.writing[connection] = ReplyDrafts(files.replies, connection, sandbox=sandbox, trouble=unsaved)
        return files.writing[connection]

    async def _tidy(self, outbox: SendJournal, *typed: Drafts, sandbox: bool) -> None:
        """Settle what the last run left behind, before the first send of this one."""
        media = self.media
        jobs: JobStore | None = None
        trouble: list[str] = []
        if not sandbox and await asyncio.to_thread(self._paths.jobs.exists):
            jobs = self._jobs()

        def tidy() -> int:
            for drafts in typed:
                # Read now, so that a damaged file is told of at the start, and not to nobody later.
                drafts.get("")
            stranded = len(outbox.recover())
            try:
                outbox.prune(jobs=() if jobs is None else jobs.under_way())
                if jobs is not None:
                    jobs.prune()
                    jobs.overwrite()
            except JobsUnavailable as problem:
                trouble.append(str(problem))
            outbox.overwrite()
            media.sweep()
            return stranded

        try:
            stranded = await asyncio.to_thread(tidy)
        except OutboxUnavailable as problem:
            # Without the journal reading goes on; sends are refused.
            self._notice(f"{problem} Nothing can be sent until then.")
        else:
            if stranded:
                words = "A send was" if stranded == 1 else f"{stranded} sends were"
                words += " cut off last time and may have reached Twilio"
                self._notice(f"{words}: look at the outbox in Compose.")
        kept = (outbox, *typed) if jobs is None else (outbox, jobs, *typed)
        for notice in (*(each.notice for each in kept), *trouble):
            if notice:
                self._notice(str(notice))

    # -- the end -------------------------------------------------------------------------------------

    async def remove_media(self) -> None:
        """Remove the media of this run."""
        if "media" in self.__dict__:
            await asyncio.to_thread(self.media.remove_all)

    async def close(self) -> None:
        """Save the replies, and close the outboxes."""
        for files in self._sends.values():
            for replies in files.writing.values():
                await asyncio.to_thread(replies.save)
            await asyncio.gather(files.tidied, return_exceptions=True)
            await asyncio.to_thread(files.outbox.close)


def _keeps(account: Account) -> bool:
    return not account.sandbox and account.connection.days_kept != 0
