"""The session: the connection in use (`Account`), the saved ones, background work, and events for subscribers.

One `Account` is everything that belongs to the connection in use. Whoever starts work keeps the account it
began with and drops the answer when `session.account` is another one by then. Knows nothing of widgets;
what happens is published to its subscribers.

Whatever speaks to Twilio or keeps a journal is imported when a connection is opened: the first picture needs none.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextvars import copy_context
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Literal

from tui.services.account import Account, EventType, SessionEvent
from tui.services.saved_connections import SavedConnections
from tui.services.session_files import SessionFiles
from tui.storage.connection import NONE, USUAL_DAYS
from tui.storage.errors import ConfigUnreadable, StorageError
from tui.twilio.errors import InvalidRequest, RequestFailed

if TYPE_CHECKING:
    from tui.archive.store import ArchiveChange
    from tui.raw_request.model import RawRequest, RawResponse, RequestAttempt
    from tui.raw_request.transfer import Progress, Spill
    from tui.services.contacts import Contacts
    from tui.services.jobs import AccountJobs
    from tui.services.media import AccountMedia
    from tui.services.message_archive import MessageArchive
    from tui.services.message_changes import MessageChanges
    from tui.services.money import AccountMoney
    from tui.services.send_state import SendState
    from tui.services.session_jobs import SessionJobs
    from tui.services.webhook_service import WebhookService
    from tui.storage.connection import Connection
    from tui.storage.journal import JournalEntry
    from tui.storage.paths import Paths
    from tui.twilio.client import Client
    from tui.twilio.messages import Message

__all__ = ["Account", "EventType", "Session", "SessionEvent", "StartSandbox"]

_TOLD = "told what is kept"

StartSandbox = Callable[[], Awaitable["Connection"]]
"""Starts the embedded Twilio, or finds one that another program started, and returns the connection to it; raises
OSError or InvalidRequest. Given by `tui.launch`, which alone imports the sandbox.
"""


class Session:
    """The program's state that outlives every screen; `failed` names the connection that could not be opened.

    `archive` is the one of the connection in use; where none is, of the one being opened: there before its client is.
    `watches` is the origin of the sandbox that another program started, where that is the sandbox; empty otherwise.
    """

    def __init__(
        self,
        paths: Paths,
        *,
        start_sandbox: StartSandbox | None = None,
        stop_sandbox: Callable[[], Awaitable[None]] | None = None,
        watches: str = "",
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.paths = paths
        self.environ = environ
        self.watches = watches
        self.saved = SavedConnections(paths.connections, environ, self._connections_read)
        self.clock = clock
        self.files = SessionFiles(
            paths,
            jobs=lambda: self.all_jobs.store(sandbox=False),
            clock=clock,
            run=self.run,
            names_changed=lambda: self.publish(SessionEvent(EventType.NAMES, self.account)),
            prices_changed=lambda owner: self.publish(SessionEvent(EventType.PRICES, owner)),
            notice=self.notice,
        )
        self.account: Account | None = None
        self.archive: MessageArchive | None = None
        self.opening = self.failed = ""
        self.trouble: RequestFailed | ConfigUnreadable | None = None
        self.given_up: tuple[str, Literal["changed", "removed"]] | None = None
        self._start_sandbox = start_sandbox
        self._stop_sandbox = stop_sandbox
        self._sandbox: Connection | None = None
        self._observers: list[Callable[[SessionEvent], None]] = []
        self._tasks: set[asyncio.Task[object]] = set()
        self._opened: list[Account] = []
        self._archives: list[MessageArchive] = []
        self._failed: Callable[[BaseException], None] = lambda _: None
        self._context = copy_context()
        self._turn = 0
        self._starting = asyncio.Lock()
        self._opens_sandbox = False
        self._receiving: WebhookService | None = None
        self._watching: asyncio.Task[object] | None = None

    # -- observing -----------------------------------------------------------------------------------

    def subscribe(self, observer: Callable[[SessionEvent], None]) -> None:
        """Call this with every event from now on."""
        self._observers.append(observer)

    def unsubscribe(self, observer: Callable[[SessionEvent], None]) -> None:
        """Stop calling this."""
        if observer in self._observers:
            self._observers.remove(observer)

    def on_failure(self, report: Callable[[BaseException], None]) -> None:
        """Call this with every exception of background work that nobody handled.

        That work has the context of this call, not of the one that begins it: it may outlive whoever that is.
        """
        self._failed, self._context = report, copy_context()

    def report(self, problem: BaseException) -> None:
        """Pass on what failed and nobody handled, to whom `on_failure` names."""
        self._failed(problem)

    def notice(self, words: str) -> None:
        """Tell the person something."""
        self.publish(SessionEvent(EventType.NOTICE, words=words))

    def publish(self, event: SessionEvent) -> None:
        """Pass an event to every observer; one that raises stops neither the others nor the publisher."""
        for observer in tuple(self._observers):
            try:
                observer(event)
            except Exception as problem:
                self._failed(problem)

    # -- the connection in use -----------------------------------------------------------------------

    @property
    def sandbox_offered(self) -> bool:
        """Whether the embedded Twilio can be started."""
        return self._start_sandbox is not None

    @property
    def which_sandbox(self) -> str:
        """Which sandbox is offered, in words."""
        return f"another program's, at {self.watches}" if self.watches else "embedded, nothing leaves this machine"

    @property
    def refusal(self) -> str:
        """What kept a connection from being opened, with the connection's name; empty where nothing did."""
        if self.trouble is None:
            return ""
        return f"{self.failed or 'The connection'} could not be opened. {self.trouble}"

    @property
    def outdated(self) -> Literal["", "changed", "removed"]:
        """How the file has moved on from the connection in use; empty where it says the same or cannot be read."""
        return "" if self.account is None else self._how_outdated(self.account)

    def _how_outdated(self, account: Account) -> Literal["", "changed", "removed"]:
        if account.sandbox or self.saved.trouble is not None:
            return ""
        if account.name not in self.saved.connections.names:
            return "removed"
        return "" if self.saved.connections.get(account.name) == account.connection else "changed"

    def _connections_read(self) -> None:
        """Interrupt the jobs whose credentials are to be used no further. Those of the connection in use go on with it,
        as it was, until another is chosen.
        """
        self.publish(SessionEvent(EventType.CONNECTIONS))
        if self._opened and self.all_jobs.running:
            self.run(self.all_jobs.interrupt(lambda each: each is not self.account and bool(self._how_outdated(each))))

    @property
    def colour(self) -> str:
        """The colour of the connection in use, as the file says by now; empty for none, and for the sandbox.

        While the file says another thing of what is in use, the colour stays with what is.
        """
        account = self.account
        if account is None or account.sandbox:
            return ""
        saved = None if self.outdated else self.saved.connections.get(account.name)
        return (saved or account.connection).colour

    async def use(self, name: str) -> None:
        """Make a saved connection the one in use, once it is open.

        Trouble is kept in `trouble` and told; what was in use before stays in use then, unless it is `outdated`:
        credentials that were changed or removed are used no further, and `given_up` says whose and which of the two.
        """
        connection = self.saved.connections.get(name)
        if connection is None:
            self._trouble(InvalidRequest("connection", f"There is no connection “{name}”.", "Open Connections."))
            return
        await self._open(connection, sandbox=False)

    async def forget_messages(self, connection: Connection) -> None:
        """Remove what is kept of a connection's messages, its jobs, and the queries typed with it; waits for the disk.

        An archive in use begins anew, empty. One whose connection is saved no more keeps nothing from then on.

        Raises:
            StorageError: it is there still, or the queries are.
        """
        from tui.services.kept_messages import archive_path, forget_kept

        path = archive_path(self.paths, connection)
        used = self.archive if self.archive is not None and self.archive.path == path else None
        await self.all_jobs.interrupt(lambda each: each.name == connection.name)
        if used is not None:
            await used.close()
        try:
            await asyncio.to_thread(forget_kept, self.paths, connection)
            await asyncio.to_thread(self._forget_typed, connection)
            jobs = self.all_jobs.store(sandbox=False)
            await asyncio.to_thread(jobs.forget, connection.account_sid, connection.name)
        finally:
            if used is not None and self.opening:
                await self.use(self.opening)
            elif used is not None and (account := self.account) is not None:
                saved = self.saved.connections.get(account.name)
                await self._open(saved or replace(account.connection, history=NONE), sandbox=False)

    async def use_sandbox(self) -> None:
        """Start the embedded Twilio if it is not running, and use it. One that is watched is looked for each time."""
        if self._start_sandbox is None:
            return
        turn = self._begin("sandbox")
        async with self._starting:
            if self._sandbox is None or self.watches:
                try:
                    self._sandbox = await self._start_sandbox()
                except (OSError, InvalidRequest) as problem:
                    if turn == self._turn:
                        reason = f"The sandbox did not start: {problem}."
                        told = problem if isinstance(problem, InvalidRequest) else None
                        self._trouble(told or InvalidRequest("sandbox", reason, "Try again."))
                    return
        if turn == self._turn:
            await self._open(self._sandbox, sandbox=True)

    async def use_sandbox_again(self) -> None:
        """As `use_sandbox`, unless a saved connection is in use, or being opened."""
        if not self.opening and (self.account is None or self.account.sandbox):
            await self.use_sandbox()

    # -- work that outlives a screen -----------------------------------------------------------------

    def run(self, work: Coroutine[object, object, object]) -> asyncio.Task[object]:
        """Run work on the session; a failure nobody handled is reported, never silent."""
        context = self._context.copy()
        task: asyncio.Task[object] = asyncio.get_running_loop().create_task(work, context=context)
        self._tasks.add(task)
        task.add_done_callback(self._finished, context=context)
        return task

    def send(
        self, account: Account, state: SendState, spend: Callable[[JournalEntry], object] | None = None
    ) -> asyncio.Task[object]:
        """Send a message from an account and follow it; each state is published. As `SendService.send`."""
        return self.run(account.sends.send(state, spend))

    def check_send(self, account: Account, state: SendState) -> asyncio.Task[object]:
        """Look an unknown send up, and follow it where it was found; each state is published."""

        async def check() -> None:
            await account.sends.follow(await account.sends.check_again(state))

        return self.run(check())

    async def send_by_hand(
        self,
        account: Account,
        request: RawRequest,
        *,
        on_attempt: Callable[[RequestAttempt], object],
        on_progress: Callable[[Progress], object],
        spill: Spill,
        anonymous: bool = False,
    ) -> RawResponse:
        """Send a raw request from an account, which stays open until it has ended; see `tui.services.raw_requests`."""
        from tui.services.raw_requests import send_by_hand

        with account.working():
            return await send_by_hand(
                account.client,
                account.name,
                account.outbox,
                request,
                on_attempt=on_attempt,
                on_progress=on_progress,
                spill=spill,
                anonymous=anonymous,
            )

    @cached_property
    def all_jobs(self) -> SessionJobs:
        """The campaigns and bulk changes of every account."""
        from tui.services.session_jobs import SessionJobs

        return SessionJobs(
            self.paths,
            self.saved,
            outbox=lambda sandbox: self.files.sends(sandbox=sandbox).outbox,
            keep_changes=self.changes.take,
            clock=self.clock,
            run=self.run,
            publish=self.publish,
            notice=self.notice,
            failed=self.report,
        )

    def jobs(self, account: Account) -> AccountJobs:
        """The jobs of an account. One that runs goes on when another connection is chosen."""
        return self.all_jobs.of(account)

    @cached_property
    def changes(self) -> MessageChanges:
        """What becomes of messages other than by a send: kept, told of, and withdrawn from every file."""
        from tui.services.message_changes import MessageChanges

        return MessageChanges(self.run, self.publish, self._withdraw_words)

    async def _withdraw_words(self, account: Account, sids: Mapping[str, bool]) -> None:
        from tui.services.withdrawn_words import WordsKept, withdraw_words

        sandbox, receiving = account.sandbox, self._receiving
        events = None if receiving is None else receiving.store_so_far(sandbox=sandbox)
        try:
            await asyncio.to_thread(
                withdraw_words,
                sids,
                account.client.account_sid,
                outbox=account.outbox,
                jobs=self.all_jobs.store(sandbox=sandbox),
                history=self.files.requests(account).history,
                variables=self.files.variables(account),
                forms=self.files.console_form(account),
                campaign_forms=self.files.campaign_forms(account),
                events=events or (None if sandbox else self.paths.webhooks),
            )
        except WordsKept as problem:
            self.notice(str(problem))
        else:
            await account.archive.settle_withdrawn(sids)
        if account.media is not None:
            await account.media.forget({sid for sid, gone in sids.items() if gone})
        if self._receiving is not None:
            self._receiving.forget_unserved(sids, sandbox=sandbox)

    @property
    def contacts(self) -> Contacts:
        """The names of numbers: in memory for the sandbox, those of contacts.toml for every other connection."""
        return self.files.names(sandbox=self._opens_sandbox if self.account is None else self.account.sandbox)

    def money(self, account: Account) -> AccountMoney:
        """What an account has and what it used, as Twilio tells."""
        if account.money is None:
            from tui.services.money import AccountMoney

            account.money = AccountMoney(account.client, clock=self.clock, run=self.run)
        return account.money

    def media(self, account: Account) -> AccountMedia:
        """The media of an account's messages, and their files for as long as this run lasts."""
        if account.media is None:
            from tui.services.media import AccountMedia

            account.media = AccountMedia(account.client, self.files.media)
        return account.media

    # -- webhooks ------------------------------------------------------------------------------------

    @property
    def receiving(self) -> WebhookService:
        """The receiver of webhooks, made when it is first wanted: its parts take a while to import."""
        if self._receiving is None:
            from tui.services.webhook_service import WebhookService

            self._receiving = WebhookService(
                self.paths,
                run=self.run,
                on_change=lambda batch: self.publish(SessionEvent(EventType.WEBHOOKS, batch=batch)),
                environ=self.environ,
                clock=self.clock,
                notice=self.notice,
            )
            self.subscribe(self._receive_for)
            self._receive_for(SessionEvent(EventType.ACCOUNT))
        return self._receiving

    @property
    def receiving_so_far(self) -> WebhookService | None:
        """The receiver where somebody wanted one already."""
        return self._receiving

    def _receive_for(self, event: SessionEvent) -> None:
        account, receiving = self.account, self._receiving
        if event.what not in (EventType.ACCOUNT, EventType.CONNECTIONS) or account is None or receiving is None:
            return
        from tui.services.webhook_service import ActiveAccount

        saved = None if account.sandbox else self.saved.connections.get(account.name)
        # A token that was added since counts at once.
        connection = (
            saved if saved is not None and saved.account_sid == account.client.account_sid else account.connection
        )

        def known(message: Message) -> None:
            self.changes.known(account, message)

        used = ActiveAccount(connection, account.client, account.sandbox, known)
        receiving.use(
            used, [one for one in self.saved.connections.values() if account.sandbox or one.name != account.name]
        )

    @property
    def send_under_way(self) -> SendState | None:
        """The send that waits for Twilio's answer, be it of a connection that is in use no longer."""
        return next((state for each in self._opened if (state := each.sends.under_way) is not None), None)

    async def close(self) -> None:
        """Stop all work and close what is open. A send still in flight is left as unknown in the outbox.

        A job that runs is interrupted; what is under way of it has a moment to end.
        """
        # An opening that is still under way must find that it is too late.
        self._turn += 1
        await self.all_jobs.stop()
        if self._receiving is not None:
            await self._receiving.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # What was cancelled may have begun to put something away; that is short and is waited for.
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.files.remove_media()
        # Work that is cancelled before it began closes nothing.
        for account in self._opened:
            await account.client.aclose()
        for archive in tuple(self._archives):
            await archive.close()
        if self._stop_sandbox is not None:
            await self._stop_sandbox()
        await self.files.close()
        await self.all_jobs.close()

    # -- inside --------------------------------------------------------------------------------------

    def _begin(self, name: str) -> int:
        self._turn += 1
        self.opening, self.trouble, self.given_up = name, None, None
        self.publish(SessionEvent(EventType.ACCOUNT))
        return self._turn

    def _trouble(self, problem: RequestFailed) -> None:
        self.failed, self.opening, self.trouble = self.opening, "", problem
        if self.account is not None and (how := self.outdated):
            self.given_up = (self.account.name, how)
            self._retire()
        self.publish(SessionEvent(EventType.ACCOUNT))

    async def _open(self, connection: Connection, *, sandbox: bool) -> None:
        from importlib import import_module

        from tui.storage.checks import check

        turn = self._begin(connection.name)
        self._opens_sandbox = sandbox
        client: Client | None = None
        archive: MessageArchive | None = None
        try:
            for problem in check(connection):
                raise InvalidRequest(problem.field, problem.reason, problem.remedy)
            archive = await self._open_archive(connection, sandbox=sandbox, turn=turn)
            # What is kept is on the screen before all that speaks to Twilio is imported: both take the interpreter.
            await archive.drawn()
            if not sandbox:
                self.files.follow_names()
            if turn != self._turn:
                await self._give_up_archive(archive)
                return
            from tui.services.sends import SendService
            from tui.twilio.client import Client

            client = Client(connection, environ=self.environ, watches=sandbox and bool(self.watches))
            # The disk is waited for while httpx is imported, in a thread: what is kept is shown meanwhile.
            files = self.files.sends(sandbox=sandbox)
            await asyncio.to_thread(import_module, "tui.twilio.http")
            await client.__aenter__()
            await asyncio.shield(files.tidied)
        except BaseException as problem:
            if client is not None:
                await client.aclose()
            if archive is not None:
                await self._give_up_archive(archive)
            if turn == self._turn:
                if isinstance(problem, RequestFailed):
                    self._trouble(problem)
                else:
                    self.opening = ""
                    self.publish(SessionEvent(EventType.ACCOUNT))
            if isinstance(problem, RequestFailed):
                return
            raise
        if turn != self._turn:
            # Somebody chose another connection meanwhile.
            await client.aclose()
            await self._give_up_archive(archive)
            return
        account: Account | None = None

        def observe(state: SendState) -> None:
            if account is not None and state.message is not None:
                account.note(state.message)
                self.run(account.archive.put([state.message]))
            if account is not None and state.entry is not None and state.stage.accepted:
                self.run(asyncio.to_thread(account.replies.spend, state.entry))
            self.publish(SessionEvent(EventType.SEND, account, sending=state, message=state.message, sid=state.sid))

        sends = SendService(
            connection.name,
            client,
            files.outbox,
            observe,
            clock=self.clock,
            failed=self.report,
        )
        account = Account(
            connection,
            client,
            files.outbox,
            files.drafts,
            self.files.replies(connection.name, sandbox=sandbox),
            sends,
            archive,
            sandbox,
        )
        # Not before the other is open: where that fails, this one goes on as if nothing had been asked.
        retired = self._retire()
        self.archive = archive
        self._opened.append(account)
        self.account, self.opening = account, ""
        self.publish(SessionEvent(EventType.ACCOUNT, account))
        self.run(self._connect(account, retired))

    def _retire(self) -> asyncio.Task[object] | None:
        """Let go of the account in use; its client closes when its sends are done. The task closes its archive.

        Jobs of it go on, and keep both open, unless its credentials are to be used no further.
        """
        outdated, account, self.account = self.outdated, self.account, None
        if account is None:
            return None
        if self.archive is account.archive:
            self.archive = None
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        if outdated:
            self.run(self.all_jobs.interrupt(lambda each: each is account))
        works = self.all_jobs.works_for(account)
        self.run(self._close_when_idle(account, archive=account.archive if works else None))
        return None if works else self.run(self._close_archive(account.archive))

    async def _close_when_idle(self, account: Account, archive: MessageArchive | None) -> None:
        try:
            await account.idle()
        finally:
            await account.client.aclose()
            self._opened = [each for each in self._opened if each is not account]
            if archive is not None:
                await self._close_archive(archive)

    # -- archives ------------------------------------------------------------------------------------

    async def _open_archive(self, connection: Connection, *, sandbox: bool, turn: int) -> MessageArchive:
        """Open a connection's archive, in memory where nothing is to be kept.

        It is `archive` from now on, unless an account is in use: what is shown belongs to that one until the other is.
        Nor is it where another connection was chosen meanwhile.
        """
        from tui.services.kept_messages import archive_path
        from tui.services.message_archive import WATCH_LIVE_SECONDS, WATCH_SECONDS, MessageArchive

        days = connection.days_kept
        kept = not sandbox and days != 0
        path = archive_path(self.paths, connection) if kept else None
        if days == 0 and not sandbox:
            await self._forget_unkept(connection)

        def changed(change: ArchiveChange | None) -> None:
            owner = next((each for each in self._opened if each.archive is archive), None)
            if change is not None and change.withdrawn and owner is not None:
                self.changes.withdraw_soon(owner, change.withdrawn)
            if archive is self.archive:
                self.publish(SessionEvent(EventType.ARCHIVE, self.account, archive_change=change))

        def status_changed() -> None:
            if archive is self.archive:
                self.publish(SessionEvent(EventType.SYNC, self.account))

        def history_by_now() -> int | None:
            from tui.storage.connections import load

            try:
                saved = load(self.paths.connections).get(connection.name)
            except ConfigUnreadable:
                return days
            # What is saved no more keeps nothing more.
            return 0 if saved is None else saved.days_kept

        archive = MessageArchive(
            path,
            history=days if kept else None,
            history_by_now=history_by_now,
            clock=self.clock,
            changed=changed,
            status_changed=status_changed,
            noticed=self.notice,
            failed=self.report,
            pause=WATCH_LIVE_SECONDS if sandbox and self.watches else WATCH_SECONDS,
        )
        self._archives.append(archive)
        await archive.open()
        if self.account is None and turn == self._turn:
            self.archive = archive
            self.publish(SessionEvent(EventType.ARCHIVE))
        return archive

    async def _forget_unkept(self, connection: Connection) -> None:
        """Remove what was kept of a connection that says "none" by now, its jobs that have ended, and the queries and
        requests typed with it.

        Messages that another connection keeps are its own.
        """
        from tui.services.kept_messages import forget_kept

        saved = self.saved.connections.values()
        try:
            await asyncio.to_thread(
                forget_kept, self.paths, connection, [each for each in saved if each.days_kept != 0]
            )
            await asyncio.to_thread(self._forget_typed, connection)
            if await asyncio.to_thread(self.paths.jobs.exists):
                jobs = self.all_jobs.store(sandbox=False)
                await asyncio.to_thread(partial(jobs.forget, connection.account_sid, connection.name, ended=True))
        except StorageError as problem:
            self.notice(str(problem))

    def _forget_typed(self, connection: Connection) -> None:
        from tui.raw_request.saved_variables import SavedVariables
        from tui.services.prices import forget_prices
        from tui.storage.drafts import Drafts
        from tui.storage.query_history import QueryHistory

        name, queries = connection.name, QueryHistory(self.paths.query_history)
        if queries.entries(name):
            queries.forget(name)
        Drafts(self.paths.console_form).discard(name)
        Drafts(self.paths.campaign_form).discard(name)
        SavedVariables(self.paths.variables).forget_all(name)
        forget_prices(self.paths, connection)

    async def _connect(self, account: Account, retired: asyncio.Task[object] | None) -> None:
        """Have an account's archive ask Twilio, once the one before has let go of what it was loading."""
        if retired is not None:
            await asyncio.wait([retired])
        if account is self.account:
            account.archive.connect(account.client)
            self.run(self.all_jobs.recover(account))
            if account.connection.low_balance is not None:
                from tui.services.low_balance import LowBalance

                self._watching = self.run(LowBalance(account, self.money(account), self.notice).watch())
            if left := await account.archive.withdrawn():
                self.run(self.changes.withdraw_again(account, left))
            if not account.sandbox and account.connection.history is None:
                await self._tell_of_history(account)

    async def _tell_of_history(self, account: Account) -> None:
        """Tell once what is kept of a connection's messages where nobody has decided that."""
        archive = account.archive
        if archive.path is None or await archive.note(_TOLD):
            return
        self.notice(
            f"The messages of {account.name} are kept on this computer for {USUAL_DAYS} days, in {archive.path}, which "
            "only you can read. {connections.edit} in Connections keeps them longer, shorter, or not at all."
        )
        await archive.set_note(_TOLD, "yes")

    async def _give_up_archive(self, archive: MessageArchive) -> None:
        """Close an archive whose connection did not come into use; `archive` is that of the one in use again."""
        if self.archive is archive:
            self.archive = None if self.account is None else self.account.archive
            self.publish(SessionEvent(EventType.ARCHIVE, self.account))
        await self._close_archive(archive)

    async def _close_archive(self, archive: MessageArchive) -> None:
        await archive.close()
        self._archives = [each for each in self._archives if each is not archive]

    def _finished(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            self._failed(problem)
