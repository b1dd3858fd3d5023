"""The app's receiver of webhooks: its tokens, settings, store, the numbers pointed at it, and what events lead to.

Events of the saved connections are kept on disk, those of the sandbox in memory. Events are taken from the receiver's
queue in batches, ten times a second at most and less often in a flood. An accepted event has its message fetched anew,
within bounds; a rejected one leads to nothing. Knows no screen and no session.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from secrets import token_hex
from typing import Final

from tui.services.message_refresher import MessageRefresher
from tui.services.tunnel import (
    Tunnel,
    TunnelEnded,
    TunnelOpen,
    TunnelStarting,
    TunnelState,
    find_installed,
    without_secrets,
)
from tui.storage.connection import SECRETS, Connection
from tui.storage.paths import Paths
from tui.storage.secrets import Secret, SecretUnavailable
from tui.twilio.client import Client
from tui.twilio.credentials import Mask
from tui.twilio.lenient_json import as_int
from tui.twilio.messages import Message, StatusReport
from tui.twilio.numbers import PhoneNumber, list_numbers, restore_sms_webhook, set_sms_webhook
from tui.twilio.signature_diagnosis import OtherToken
from tui.webhooks.errors import InvalidSetting, ReceiverUnavailable, SettingsUnreadable, SettingsUnsaved, TunnelFailed
from tui.webhooks.event_queue import EventBatch, EventQueue
from tui.webhooks.event_store import EventStore
from tui.webhooks.events import EventKind, Forwarded, Verdict, WebhookEvent
from tui.webhooks.forward_target import read_target
from tui.webhooks.forwarding import send_to_program
from tui.webhooks.own_events import OwnEvent, OwnKind, parameters_of, signed_request, split_query
from tui.webhooks.parameters import tell_kind
from tui.webhooks.receiver import Listening, Receiver, ReceiverState
from tui.webhooks.settings import NumberRouting, ReceiverSettings, ReplacedWebhook, load_settings, save_settings
from tui.webhooks.tunnels import TunnelProgram
from tui.webhooks.verification import Tokens

BEAT: Final = 0.1
"""Seconds between two batches at least."""

MANY: Final = 10
"""Events in a batch that nobody can read along: the next one waits `SLOWER` beats, so that drawing leaves time for keys
and for receiving."""

SLOWER: Final = 5

TOKEN_SECONDS: Final = 12.0
"""How long `start` waits for the auth token; a command that prints it may take ten."""

Run = Callable[[Coroutine[object, object, object]], asyncio.Task[object]]


@dataclass(frozen=True, slots=True)
class ActiveAccount:
    """The account whose webhooks are received.

    Attributes:
        sandbox: whether it is the embedded Twilio, of which nothing is saved.
        known: called with its messages in newer states.
    """

    connection: Connection
    client: Client
    sandbox: bool
    known: Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class ReceiverNews:
    """Numbers of events since the Webhooks screen was last shown, without repeated deliveries."""

    accepted: int = 0
    rejected: int = 0

    def __bool__(self) -> bool:
        return bool(self.accepted or self.rejected)

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """Both with their marks."""
        return ("+", self.accepted), ("✗", self.rejected)


class WebhookService:
    """Two receivers, one for the saved connections and one for the sandbox; the account in use decides which is meant.

    Args:
        run: starts a task that outlives every screen.
        on_change: called with a batch of events, or None when anything else has changed.
        notice: called with a sentence that a person has to see wherever they are.
        environ: where secrets may be kept.
        clock: returns the time in UTC.
        beat: seconds between two batches.

    Attributes:
        verifies: whether there is a token to check signatures with.
        tunnel: the program that gives the receiver of the saved connections a public address; the sandbox has none.
    """

    def __init__(
        self,
        paths: Paths,
        *,
        run: Run,
        on_change: Callable[[EventBatch | None], None],
        environ: Mapping[str, str],
        clock: Callable[[], datetime],
        notice: Callable[[str], None] = lambda _: None,
        beat: float = BEAT,
    ) -> None:
        self.used: ActiveAccount | None = None
        self._others: tuple[Connection, ...] = ()
        self.news = ReceiverNews()
        self.token_trouble: SecretUnavailable | None = None
        self.settings_trouble: SettingsUnreadable | None = None
        self.verifies = False
        self._watched = False
        self._paths = paths
        self._run = run
        self._on_change = on_change
        self._notice = notice
        self._environ = environ
        self._clock = clock
        self._beat = beat
        self._receivers: dict[bool, Receiver] = {}
        self._work: list[asyncio.Task[object]] = []
        self._reading: asyncio.Task[object] | None = None
        self._token_read = asyncio.Event()
        self._refreshing: asyncio.Task[object] | None = None
        self._refresher: MessageRefresher | None = None
        settings, replaced = ReceiverSettings(), ()
        try:
            settings, replaced = load_settings(paths.webhook_settings)
        except SettingsUnreadable as problem:
            self.settings_trouble = problem
        self._settings = {False: settings, True: ReceiverSettings()}
        self._saved = settings
        self._saving = asyncio.Lock()
        self._pointed = {False: NumberRouting(replaced), True: NumberRouting()}
        self.tunnel = Tunnel(run=run, on_change=self._tunnel_changed)
        self._tunnel_url = ""
        self._restarting = False
        self._closing = False

    # -- state ---------------------------------------------------------------------------------------

    @property
    def sandbox(self) -> bool:
        """Whether the account in use is the sandbox."""
        return self.used is not None and self.used.sandbox

    @property
    def receiver(self) -> Receiver:
        """The receiver for the account in use."""
        known = self._receivers.get(self.sandbox)
        if known is None:
            store = EventStore(None if self.sandbox else self._paths.webhooks)
            known = Receiver(
                store,
                settings=self.settings,
                clock=self._clock,
                on_change=partial(self._receiver_changed, self.sandbox),
                here_only=self.sandbox,
            )
            self._receivers[self.sandbox] = known
            self._work.append(self._run(self._take_batches(known.queue, sandbox=self.sandbox)))
        return known

    def store_so_far(self, *, sandbox: bool) -> EventStore | None:
        """Where the events of the sandbox, or of all other accounts, are kept; None where nobody wanted that yet."""
        known = self._receivers.get(sandbox)
        return None if known is None else known.store

    def forget_unserved(self, sids: Collection[str], *, sandbox: bool) -> None:
        """Forget the requests to what is not served that name one of these messages: they are kept in no store."""
        if (known := self._receivers.get(sandbox)) is not None:
            known.queue.forget_unserved(sids)

    @property
    def settings(self) -> ReceiverSettings:
        """The settings of the receiver for the account in use; the public URL is the tunnel's while one is open."""
        settings = self._settings[self.sandbox]
        return replace(settings, public_url=self._tunnel_url) if self._tunnel_url and not self.sandbox else settings

    @property
    def listening(self) -> Listening | None:
        """Where the receiver listens; None when it does not."""
        known = self._receivers.get(self.sandbox)
        return known.state if known is not None and isinstance(known.state, Listening) else None

    @property
    def reachable(self) -> bool:
        """Whether the account's Twilio can call this receiver: a public URL is set, or Twilio is on this machine."""
        used = self.used
        return used is not None and (bool(self.settings.public_url) or used.client.policy.origin.is_loopback)

    @property
    def inbound_url(self) -> str:
        """The URL for a number's SMS webhook; empty while nothing listens."""
        return self.receiver.inbound_url if self.listening else ""

    @property
    def callback_url(self) -> str:
        """The URL for a message's StatusCallback; empty while nothing would arrive."""
        return self.receiver.status_url if self.listening and self.reachable else ""

    @property
    def watched(self) -> bool:
        """Whether the Webhooks screen is shown."""
        return self._watched

    @watched.setter
    def watched(self, watched: bool) -> None:
        self._watched = watched
        if watched and self.news:
            self.news = ReceiverNews()
            self._on_change(None)

    # -- the account ---------------------------------------------------------------------------------

    def use(self, used: ActiveAccount, others: Sequence[Connection]) -> None:
        """Receive for this account from now on; `others` are the other saved connections.

        For another account unsigned requests are not allowed at first. Between the sandbox and a saved connection the
        receiver is stopped: what it listens to belongs to the account before.
        """
        before, self.used, self._others = self.used, used, tuple(others)
        if before is None or before.client is not used.client:
            if before is not None:
                if before.sandbox != used.sandbox and before.sandbox in self._receivers:
                    self._run(self._receivers[before.sandbox].stop())
                self._refuse_unsigned()
            self.news, self.token_trouble, self.verifies = ReceiverNews(), None, False
            self._token_read.clear()
            if self._refreshing is not None:
                self._refreshing.cancel()
            self._refresher = MessageRefresher(used.client, used.known)
            self._refreshing = self._run(self._refresher.run())
        if self._reading is not None:
            self._reading.cancel()
        self._reading = self._run(self._read_tokens(used, self._others))
        self._on_change(None)

    def _refuse_unsigned(self) -> None:
        for sandbox, settings in self._settings.items():
            self._settings[sandbox] = replace(settings, allow_unsigned=False)
        for receiver in self._receivers.values():
            # Not checked here: the file may hold settings that cannot work, which a start will say.
            receiver.settings = replace(receiver.settings, allow_unsigned=False)

    async def _read_tokens(self, used: ActiveAccount, others: tuple[Connection, ...]) -> None:
        receiver = self.receiver
        try:
            primary, shared = await asyncio.to_thread(own_tokens, used.connection, self._environ)
        except SecretUnavailable as problem:
            self.token_trouble = problem
            self._token_read.set()
            # Without the token it would refuse what is Twilio's, or take what anyone sends.
            await receiver.stop()
            self._on_change(None)
            return
        own = Tokens(primary, shared)
        self.token_trouble, self.verifies = None, own.some
        receiver.use_tokens(own)
        self._token_read.set()
        self._on_change(None)
        found = await asyncio.to_thread(other_tokens, others, self._environ)
        receiver.use_tokens(replace(own, others=tuple(o for o in found if o.token not in (primary, shared))))

    # -- on and off ----------------------------------------------------------------------------------

    async def start(self) -> Listening:
        """Listen with the present settings.

        Raises:
            WebhookError: naming the field at fault; the receiver's state says the same until it is tried again.
        """
        if self.used is None:
            raise ReceiverUnavailable(
                "connection", "No connection is in use, so nobody's webhooks can be verified.", "Choose one first."
            )
        try:
            async with asyncio.timeout(TOKEN_SECONDS):
                await self._token_read.wait()
        except TimeoutError:
            raise ReceiverUnavailable(
                "auth_token", "The auth token is still not there.", "See where it is kept under Connections; try again."
            ) from None
        if self.token_trouble is not None:
            raise ReceiverUnavailable("auth_token", self.token_trouble.reason, self.token_trouble.remedy)
        return await self.receiver.start(self.settings)

    async def stop(self) -> None:
        """Stop listening; events that have arrived are kept."""
        await self.receiver.stop()

    async def set_up(self, settings: ReceiverSettings) -> None:
        """Use other settings, now and at the next start; it listens anew where host or port is another.

        Raises:
            WebhookError: a setting is wrong (nothing is changed), it cannot listen so, or they cannot be written
                (`SettingsUnsaved`: they hold for this run).
        """
        settings = settings.checked()
        sandbox, before, receiver = self.sandbox, self.settings, self.receiver
        if sandbox and (target := settings.target) is not None and not target.here:
            raise InvalidSetting(
                "forward_to", f"{target.origin} is another machine.", "In the sandbox nothing leaves this one."
            )
        saved = settings
        if self._tunnel_url and not sandbox:
            if settings.public_url == self._tunnel_url:
                saved = replace(settings, public_url=self._settings[sandbox].public_url)
            else:
                # Another one was typed in its place.
                self._tunnel_url = ""
        self._settings[sandbox] = saved
        try:
            if self.listening and (settings.host, settings.port) != (before.host, before.port):
                self._restarting = True
                await receiver.start(settings)
            else:
                receiver.adjust(settings)
        finally:
            self._restarting = False
            self._receiver_changed(sandbox, receiver.state)
            await self._save(sandbox)

    async def set_forwarding(self, on: bool) -> None:
        """Forward events to the person's own program from now on, or not; where is in the settings.

        Raises:
            WebhookError: as `set_up`.
        """
        await self.set_up(replace(self.settings, forwards=on))

    async def confirm_program(self) -> None:
        """Note that events may be forwarded to the machine that the settings name.

        Raises:
            WebhookError: as `set_up`.
        """
        await self.set_up(self.settings.confirm())

    @property
    def forward_trouble(self) -> str:
        """Why nothing is forwarded although a program is set, as a sentence; empty where there is no trouble."""
        return self.receiver.forwarder.trouble

    async def adopt(self, event: WebhookEvent) -> str:
        """Change the settings so that requests like this one are served and verified; says in words what was changed.

        That is the public URL which a rejected request was signed for, or the path of one that is not served.

        Raises:
            WebhookError: as `set_up`; or nothing can be taken from it (`InvalidSetting`).
        """
        if event.kind is EventKind.UNSERVED and event.reply.status == 404:
            path = event.target.partition("?")[0]
            status = tell_kind(event.parameters, status_path=False) is EventKind.STATUS
            field = "status_path" if status else "inbound_path"
            await self.set_up(replace(self.settings, **{field: path}))
            return f"{'Statuses' if status else 'Messages'} are received at {path} now."
        origin = await asyncio.to_thread(self.receiver.suggest_public_url, event)
        if not origin:
            raise InvalidSetting("public_url", "Nothing in this request says what to change.", "")
        await self.set_up(replace(self.settings, public_url=origin))
        return f"The public URL is {origin} now."

    def check_program(self, event: WebhookEvent, url: str) -> None:
        """Refuse a URL that an event may not be forwarded to by hand.

        Raises:
            InvalidSetting: the field is `forward_to`.
        """
        self.receiver.forwarder.check(read_target(url), event)

    async def play_again(self, event: WebhookEvent, url: str = "") -> WebhookEvent:
        """Forward a kept event once more, by hand: to `url`, or else where events are forwarded to.

        Its new state is returned, kept, and in a batch of `on_change`. The answer goes to nobody else.

        Raises:
            WebhookError: nothing may be forwarded there, or the event cannot be read; nothing was sent.
        """
        return await self.receiver.play_again(event, read_target(url or self.settings.forward_to))

    # -- test events of one's own --------------------------------------------------------------------

    def own_event_url(self, target: str, kind: OwnKind) -> str:
        """The URL that a test event goes to, from what was typed: without a path, that of the receiver for its kind.

        Raises:
            InvalidSetting: nothing may be sent there; the field is `forward_to`.
        """
        where, query = split_query(target)
        self.receiver.forwarder.check_machine(where)
        settings = self.settings
        return where.url_of((settings.status_path if kind is OwnKind.STATUS else settings.inbound_path) + query)

    async def send_own_event(self, event: OwnEvent, target: str, signed_for: str) -> Forwarded:
        """Send a test event, signed with the auth token of the connection in use; returns what came of it.

        Args:
            event: what it says.
            target: where it goes, as for `own_event_url`.
            signed_for: the URL it is signed for; empty for no signature.

        Raises:
            WebhookError: naming the field at fault; nothing was sent.
        """
        url, used = self.own_event_url(target, event.kind), self.used
        if used is None:
            raise ReceiverUnavailable("connection", "No connection is in use.", "Choose one first.")
        parameters = parameters_of(
            event, account_sid=used.client.account_sid, now=self._clock(), new_sid=lambda: token_hex(16)
        )
        try:
            token, _ = await asyncio.to_thread(own_tokens, used.connection, self._environ) if signed_for else ("", "")
        except SecretUnavailable as problem:
            raise InvalidSetting("signed", problem.reason, problem.remedy) from None
        request = signed_request(parameters, url, signed_for, token, method=event.method, retry_id=token_hex(12))
        return await send_to_program(request, Forwarded(url), here=split_query(target)[0].here)

    async def close(self) -> None:
        """Stop, cancel all work and close the stores."""
        self._closing = True
        await self.tunnel.end()
        for receiver in self._receivers.values():
            await receiver.stop()
        for task in (*self._work, self._refreshing, self._reading):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task
        for receiver in self._receivers.values():
            await asyncio.to_thread(receiver.store.close)

    # -- a public address ----------------------------------------------------------------------------

    async def tunnel_programs(self) -> tuple[TunnelProgram, ...]:
        """The tunnel programs that are installed, a command of one's own first."""
        return await asyncio.to_thread(find_installed, self.settings.tunnel, self._environ)

    async def open_tunnel(self, program: TunnelProgram) -> TunnelOpen:
        """Start a tunnel program to the receiver, which listens; `use_tunnel` makes its address the public URL.

        Raises:
            WebhookError: the receiver does not listen, or is the sandbox's; the program has failed.
        """
        used, listening = self.used, self.listening
        if used is None or listening is None or used.sandbox:
            raise TunnelFailed("tunnel", "Nothing listens that a tunnel may lead to.", "Start the receiver first.")
        # Of every connection: the program is told nothing of the others either.
        told = await asyncio.to_thread(lambda: Mask.of(at_hand(self._others, SECRETS, self._environ)))
        seen = without_secrets(self._environ, lambda value: told.text(used.client.hide(value)))
        stopped = TunnelFailed("tunnel", f"The receiver was stopped while {program.name} started.", "")
        if self.listening != listening:
            raise stopped
        opened = await self.tunnel.open(program, listening.port, seen, self._settings[False].public_url)
        if self.listening != listening:
            # It was stopped while the tunnel before this one ended.
            await self.tunnel.end()
            raise stopped
        return opened

    def use_tunnel(self, opened: TunnelOpen) -> None:
        """Make the address of an open tunnel the public URL, until it ends; it is not saved.

        Raises:
            WebhookError: it cannot be a public URL, or the tunnel has ended.
        """
        if opened is not self.tunnel.state or self.sandbox:
            raise TunnelFailed("tunnel", f"{opened.name} has ended.", "")
        settings = replace(self._settings[False], public_url=opened.url).checked()
        self._tunnel_url = settings.public_url
        self.receiver.adjust(settings)
        self._on_change(None)

    async def keep_tunnel_server(self, server: str) -> None:
        """Remember the server that ssh leads through.

        Raises:
            WebhookError: as `set_up`.
        """
        if server != self.settings.tunnel_server:
            await self.set_up(replace(self.settings, tunnel_server=server))

    def _tunnel_changed(self, state: TunnelState) -> None:
        lost = "" if isinstance(state, TunnelOpen) else self._tunnel_url
        if lost:
            self._tunnel_url = ""
            if (receiver := self._receivers.get(False)) is not None:
                receiver.settings = replace(receiver.settings, public_url=self._settings[False].public_url)
        words = [f"The tunnel ended: {state.words}."] if lost and isinstance(state, TunnelEnded) else []
        numbers = [each.phone_number for each in self._pointed[False].all if lost and each.ours.startswith(f"{lost}/")]
        if numbers:
            words.append(f"Still pointed at its address: {', '.join(numbers)}; {{webhooks.numbers}} puts that back.")
        if words and not self._closing:
            self._notice(" ".join(words))
        self._on_change(None)

    def _receiver_changed(self, sandbox: bool, state: ReceiverState) -> None:
        tunnel = self.tunnel.state
        port = tunnel.port if isinstance(tunnel, TunnelOpen | TunnelStarting) else None
        listens = isinstance(state, Listening) and state.port == port
        if port is not None and not (sandbox or self._restarting or listens):
            self._run(self.tunnel.end())
        self._on_change(None)

    # -- the account's numbers -----------------------------------------------------------------------

    @property
    def pointed(self) -> tuple[ReplacedWebhook, ...]:
        """The numbers of the account in use that this program pointed at a receiver."""
        return self._pointed[self.sandbox].of(self.used.client.account_sid) if self.used else ()

    async def numbers(self, used: ActiveAccount) -> tuple[PhoneNumber, ...]:
        """The account's numbers that take SMS.

        Raises:
            RequestFailed: see `tui.twilio.errors`.
        """
        return tuple(number for number in await list_numbers(used.client) if number.sms)

    async def point(self, used: ActiveAccount, number: PhoneNumber, url: str) -> PhoneNumber:
        """Have a number send its messages to `url`; its present webhook is written down first.

        Raises:
            RequestFailed: see `tui.twilio.errors`.
            WebhookError: that cannot be written down; the number was left alone.
        """
        self._pointed[used.sandbox].note(used.client.account_sid, number, url)
        await self._save(used.sandbox)
        return await set_sms_webhook(used.client, number.sid, url)

    async def put_back(self, used: ActiveAccount, replaced: ReplacedWebhook) -> PhoneNumber:
        """Give a number its earlier webhook back.

        Raises:
            RequestFailed: see `tui.twilio.errors`.
            WebhookError: the number has it, but that could not be written down.
        """
        number = await restore_sms_webhook(used.client, replaced.number_sid, replaced.before)
        self._pointed[used.sandbox].forget(replaced.number_sid)
        await self._save(used.sandbox)
        return number

    async def _save(self, sandbox: bool) -> None:
        if sandbox:
            return
        if self.settings_trouble is not None:
            raise SettingsUnsaved("settings", self.settings_trouble.reason, self.settings_trouble.remedy)
        # Each compares with what the one before it has written.
        async with self._saving:
            settings, pointed = self._settings[False], self._pointed[False]
            await asyncio.to_thread(
                save_settings,
                self._paths.webhook_settings,
                settings,
                pointed.all,
                before=self._saved,
                put_back=pointed.put_back,
            )
            self._saved = settings

    # -- what arrives --------------------------------------------------------------------------------

    async def _take_batches(self, queue: EventQueue, *, sandbox: bool) -> None:
        while True:
            await queue.wait()
            batch = queue.take()
            if sandbox is self.sandbox:
                self._take(batch)
            await asyncio.sleep(self._beat * (SLOWER if len(batch.events) > MANY else 1))

    def _take(self, batch: EventBatch) -> None:
        fresh = [event for event in batch.events if event.duplicate_of is None]
        if not self._watched:
            accepted = sum(event.accepted for event in fresh)
            rejected = len(fresh) - accepted
            # What the queue left out is of the sort there was too much of.
            if accepted > rejected:
                accepted += batch.left_out
            else:
                rejected += batch.left_out
            self.news = ReceiverNews(self.news.accepted + accepted, self.news.rejected + rejected)
        for event in fresh:
            if event.accepted:
                self._follow_up(event)
        self._on_change(batch)

    def _follow_up(self, event: WebhookEvent) -> None:
        used, refresher = self.used, self._refresher
        if used is None or refresher is None or not event.sid or event.is_test:
            return
        account = event.parameter("AccountSid")
        if account and account != used.client.account_sid:
            return
        # An unverified event may cause a request, but is never believed.
        refresher.request(event.sid, _status_report(event) if event.verdict is Verdict.VERIFIED else None)


def _status_report(event: WebhookEvent) -> StatusReport:
    return StatusReport(
        sid=event.sid,
        status=event.status,
        direction="inbound" if event.kind is EventKind.INBOUND else "outbound-api",
        to=event.parameter("To"),
        from_=event.parameter("From"),
        body=event.parameter("Body"),
        account_sid=event.parameter("AccountSid"),
        messaging_service_sid=event.parameter("MessagingServiceSid"),
        error_code=as_int(event.parameter("ErrorCode")),
        opt_out_type=event.opt_out_type,
    )


def own_tokens(connection: Connection, environ: Mapping[str, str]) -> tuple[str, str]:
    """The token Twilio signs this account's webhooks with, and the shared key it may use instead; empty for none.

    Raises:
        SecretUnavailable: it has one, which cannot be had now.
    """
    token, key = connection.auth_token, connection.webhook_key
    return token.reveal(environ=environ) if token else "", key.reveal(environ=environ) if key else ""


def other_tokens(connections: Iterable[Connection], environ: Mapping[str, str]) -> tuple[OtherToken, ...]:
    """The tokens of connections that are not in use, for a diagnosis to name; what cannot be read is left out.

    Commands are not run for this: they may ask a person for something, and a hint is not worth that.
    """
    return tuple(
        OtherToken(connection.name, token)
        for connection in connections
        for token in at_hand((connection,), ("auth_token", "webhook_key"), environ)
    )


def at_hand(connections: Iterable[Connection], names: Iterable[str], environ: Mapping[str, str]) -> Iterator[str]:
    """The secrets of these fields of connections that can be read without running a command."""
    for connection in connections:
        secrets: list[Secret | None] = [getattr(connection, name) for name in names]
        for secret in secrets:
            if secret is not None and secret.origin != "command":
                with suppress(SecretUnavailable):
                    yield secret.reveal(environ=environ)
