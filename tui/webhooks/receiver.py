"""The receiver: takes webhook requests in, has them judged, keeps them, answers them, and tells of them.

Every request to one of its paths becomes an event that is stored before it is answered. A request that is not
known to be Twilio's gets 403 and leads to nothing else. Must not know what a screen does with an event.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final, Self, TypeAlias

from tui.http_server.http_messages import Request, Response, origin_form
from tui.http_server.loopback import is_loopback, local_origin
from tui.http_server.server import Limits, Server
from tui.webhooks.errors import EventsUnavailable, ReceiverUnavailable, WebhookError
from tui.webhooks.event_queue import EventQueue
from tui.webhooks.event_store import EventStore
from tui.webhooks.event_writer import EventWriter
from tui.webhooks.events import EventKind, Verdict, WebhookEvent, WebhookReply
from tui.webhooks.parameters import LARGE, count_fields, read_parameters, tell_kind
from tui.webhooks.settings import ReceiverSettings
from tui.webhooks.twiml import render
from tui.webhooks.verification import Tokens, Verification, loopback_origin, verify_at_once, verify_request

ANSWER_SECONDS: Final = 5.0
"""Twilio waits 15 seconds for an answer; a disk that takes longer than this is not waited for."""

_MANY_FIELDS: Final = 500
_FORBIDDEN: Final = WebhookReply(403, "text/plain; charset=utf-8", b"This request is not known to be Twilio's.\n")
_NO_CONTENT: Final = WebhookReply(204)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nothing listens."""


@dataclass(frozen=True, slots=True)
class Starting:
    """About to listen."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Requests are taken.

    Attributes:
        host: the address it listens on.
        port: the real one, also when any was asked for.
        exposed: whether other machines can reach it.
    """

    host: str
    port: int
    exposed: bool


@dataclass(frozen=True, slots=True)
class Stopping:
    """No longer listening; what has arrived is still being kept."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It could not be started."""

    problem: WebhookError


ReceiverState: TypeAlias = Stopped | Starting | Listening | Stopping | Failed


class Receiver:
    """One receiver, to be started and stopped as often as wanted; or used as `async with`.

    Args:
        store: where events are kept; the receiver opens it and does not close it.
        settings: see `ReceiverSettings`; may be replaced at every start.
        tokens: what signatures are checked against.
        limits: what one peer, and all together, may cost.
        clock: returns the time in UTC.
        on_change: called with every new state.
        on_error: receives what went wrong inside; the peer gets a 500.
        answer_seconds: how long keeping an event may delay its answer.
    """

    def __init__(
        self,
        store: EventStore,
        *,
        settings: ReceiverSettings | None = None,
        tokens: Tokens | None = None,
        limits: Limits | None = None,
        clock: Callable[[], datetime] = _utc_now,
        on_change: Callable[[ReceiverState], None] | None = None,
        on_error: Callable[[Exception], None] | None = None,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self.store = store
        self.feed = EventQueue()
        self.problem: EventsUnavailable | None = None
        self._settings = settings or ReceiverSettings()
        self._tokens = tokens or Tokens()
        self._limits = limits
        self._clock = clock
        self._on_change = on_change
        self._on_error = on_error
        self._answer_seconds = answer_seconds
        self._state: ReceiverState = Stopped()
        self._server: Server | None = None
        self._turn = asyncio.Lock()
        self._keeping: set[asyncio.Task[WebhookEvent]] = set()
        self._to_disk = EventWriter(store)
        self._heavy = asyncio.Lock()

    @property
    def state(self) -> ReceiverState:
        """Where it stands."""
        return self._state

    @property
    def settings(self) -> ReceiverSettings:
        """The settings in force."""
        return self._settings

    @property
    def inbound_url(self) -> str:
        """What to give a number as its SMS webhook; empty while it does not listen and has no public URL."""
        return self._outward(self._settings.inbound_path)

    @property
    def status_url(self) -> str:
        """What to give a message as its StatusCallback; empty while it does not listen and has no public URL."""
        return self._outward(self._settings.status_path)

    async def start(self, settings: ReceiverSettings | None = None) -> Listening:
        """Listen; does nothing when it does already, unless it is given other settings.

        Raises:
            WebhookError: it cannot listen, or a setting is wrong (`.field`, `.reason`, `.remedy`); the state is
                then `Failed` with the same error.
        """
        async with self._turn:
            if isinstance(self._state, Listening):
                if settings is None or settings.checked() == self._settings:
                    return self._state
                await self._shut()
            self._move(Starting())
            try:
                listening = await self._listen((settings or self._settings).checked())
            except WebhookError as problem:
                self._move(Failed(problem))
                raise
            except BaseException:
                self._move(Stopped())
                raise
            self._move(listening)
            return listening

    async def stop(self) -> None:
        """Stop listening and return once everything that arrived is kept. May be called at any time."""
        async with self._turn:
            await self._shut()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def adjust(
        self, *, public_url: str | None = None, allow_unsigned: bool | None = None, reply: str | None = None
    ) -> ReceiverSettings:
        """Change what may change while it listens; from the next request on.

        Raises:
            InvalidSetting: nothing is changed.
        """
        now = self._settings
        self._settings = replace(
            now,
            public_url=now.public_url if public_url is None else public_url,
            allow_unsigned=now.allow_unsigned if allow_unsigned is None else allow_unsigned,
            reply=now.reply if reply is None else reply,
        ).checked()
        return self._settings

    def forget_failure(self) -> None:
        """Settings have changed since it could not listen: what was wrong with the others says nothing any more."""
        if isinstance(self._state, Failed):
            self._move(Stopped())

    def use_tokens(self, tokens: Tokens) -> None:
        """Check signatures against these tokens from now on."""
        self._tokens = tokens

    async def _listen(self, settings: ReceiverSettings) -> Listening:
        try:
            await asyncio.to_thread(self.store.open)
            self.problem = None
        except EventsUnavailable as problem:
            # Receiving goes on without a disk; whoever shows this says so.
            self.problem = problem
        # The name may stand for two addresses, which "any free port" cannot serve with one number.
        host = "127.0.0.1" if settings.host.lower() == "localhost" else settings.host.strip("[]")
        server = Server(
            self._answer,
            host=host,
            port=settings.port,
            limits=self._limits,
            on_error=self._on_error,
            on_refusal=lambda _: self.feed.count_refused(),
        )
        try:
            await server.start()
        except (OSError, ValueError) as problem:
            raise explain_listen(problem, settings.host, settings.port) from None
        self._settings, self._server = settings, server
        return Listening(host, server.port, exposed=not is_loopback(host))

    async def _shut(self) -> None:
        server, self._server = self._server, None
        if server is None:
            self._move(Stopped())
            return
        self._move(Stopping())
        try:
            await server.aclose()
            await asyncio.gather(*self._keeping, return_exceptions=True)
            await self._to_disk.settle(self._answer_seconds)
        finally:
            self._move(Stopped())

    def _move(self, state: ReceiverState) -> None:
        if state != self._state:
            self._state = state
            if self._on_change is not None:
                self._on_change(state)

    def _outward(self, path: str) -> str:
        if self._settings.public_url:
            return self._settings.public_url + path
        if isinstance(self._state, Listening):
            return local_origin(self._state.host, self._state.port) + path
        return ""

    async def _answer(self, request: Request) -> Response:
        target = origin_form(request.target)
        path = target.partition("?")[0]
        if path not in {self._settings.inbound_path, self._settings.status_path}:
            self.feed.count_elsewhere(request.method, path)
            return Response(404, (("Content-Type", "text/plain"),), b"Nothing is served here.\n")
        if request.method not in {"GET", "POST"}:
            self.feed.count_elsewhere(request.method, path)
            return Response(405, (("Allow", "GET, POST"),))
        keeping = asyncio.create_task(self._take(request, target, path))
        self._keeping.add(keeping)
        keeping.add_done_callback(self._keeping.discard)
        # A peer who hangs up, or a stop, must not undo an event that has arrived.
        event = await asyncio.shield(keeping)
        reply = event.reply
        headers = (("Content-Type", reply.content_type),) if reply.content_type else ()
        return Response(reply.status, headers, reply.body)

    async def _take(self, request: Request, target: str, path: str) -> WebhookEvent:
        tokens = self._tokens
        # With something to check it with, nothing is taken for lack of it.
        unsigned = self._settings.allow_unsigned and not tokens.some
        make = partial(self._event, request, target, path, self._clock(), self._settings, unsigned)
        urls = self._urls(request, target)
        small = len(request.body) <= LARGE and count_fields(request.target, request.body) <= _MANY_FIELDS
        judgement = verify_at_once(request, tokens, urls) if small else None
        if judgement is not None:
            event = make(judgement)
        else:
            # Python computes one thread at a time: two such requests at once would be felt at the keyboard.
            async with self._heavy:
                event = await asyncio.to_thread(lambda: make(verify_request(request, tokens, urls)))
        event = await self._keep(event)
        self.feed.put(event)
        return event

    def _urls(self, request: Request, target: str) -> tuple[str, ...]:
        """The URLs this request may rightly have been signed for: the public one, and those on this machine."""
        server = self._server
        local = local_origin(server.host, server.port) if server else ""
        origins = (self._settings.public_url, loopback_origin(request), local)
        return tuple(dict.fromkeys(origin + target for origin in origins if origin)) or (target,)

    @staticmethod
    def _event(
        request: Request,
        target: str,
        path: str,
        received_at: datetime,
        settings: ReceiverSettings,
        unsigned: bool,
        judgement: Verification,
    ) -> WebhookEvent:
        accepted = judgement.verdict is Verdict.VERIFIED or (judgement.verdict is Verdict.CANNOT_VERIFY and unsigned)
        parameters = read_parameters(target, request.header("Content-Type"), request.body, accepted=accepted)
        kind = tell_kind(parameters, status_path=path == settings.status_path)
        reply = _NO_CONTENT if accepted else _FORBIDDEN
        if accepted and kind is EventKind.INBOUND:
            reply = WebhookReply(200, "text/xml; charset=utf-8", render(settings.reply, parameters))
        return WebhookEvent(
            received_at=received_at,
            kind=kind,
            method=request.method,
            target=target,
            url=judgement.url,
            headers=request.headers,
            body=request.body,
            parameters=parameters,
            verdict=judgement.verdict,
            accepted=accepted,
            reply=reply,
            diagnosis=judgement.diagnosis,
        )

    async def _keep(self, event: WebhookEvent) -> WebhookEvent:
        try:
            async with asyncio.timeout(self._answer_seconds):
                kept = await self._to_disk.keep(event)
        except EventsUnavailable as problem:
            self.problem = problem
            return event
        except TimeoutError:
            self.problem = EventsUnavailable(
                "events", "The disk is too slow: an event was answered before it was kept.", "Check the disk."
            )
            return event
        self.problem = None
        return kept


def explain_listen(problem: Exception, host: str, port: int) -> ReceiverUnavailable:
    """The error for a host and port that the system does not let us listen on."""
    number = problem.errno if isinstance(problem, OSError) else None
    if number == errno.EADDRINUSE:
        return ReceiverUnavailable(
            "port",
            f"Port {port} on {host} is in use by another program.",
            "Stop that program, choose another port, or leave the port out to get a free one.",
        )
    if number in (errno.EACCES, errno.EPERM):
        return ReceiverUnavailable(
            "port",
            f"Port {port} may not be used without special rights (ports below 1024 are privileged).",
            "Choose a port from 1024 on; the public URL may name another one.",
        )
    if number == errno.EADDRNOTAVAIL or isinstance(problem, socket.gaierror | UnicodeError | ValueError):
        return ReceiverUnavailable(
            "host", f"{host} is not an address of this machine.", "Use 127.0.0.1, or one of this machine's addresses."
        )
    why = (problem.strerror if isinstance(problem, OSError) else None) or type(problem).__name__
    return ReceiverUnavailable(
        "host", f"Listening on {host}, port {port}, is not possible: {why}.", "Choose another address."
    )
