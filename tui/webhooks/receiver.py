"""The receiver of webhooks: an HTTP server that verifies each request, stores it as an event, answers and queues it.

An event is stored before its request is answered. A request that is not known to be Twilio's gets 403 and leads to
nothing else; one that is, is forwarded to the person's own program where that is set, whose answer goes back. Must not
know what a screen does with an event.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final, Self, TypeAlias

from tui.http_server.http_messages import Request, Response, origin_form
from tui.http_server.loopback import is_loopback, local_origin
from tui.http_server.server import Limits, Server
from tui.twilio.signature import without_user
from tui.webhooks.errors import EventsUnavailable, InvalidSetting, ReceiverUnavailable, WebhookError
from tui.webhooks.event_queue import EventQueue
from tui.webhooks.event_store import EventStore
from tui.webhooks.event_writer import EventWriter
from tui.webhooks.events import EventKind, Verdict, WebhookEvent, WebhookReply
from tui.webhooks.forward_target import ForwardTarget
from tui.webhooks.forwarder import Forwarder
from tui.webhooks.forwarding import PROGRAM_SECONDS, relayed_headers
from tui.webhooks.parameters import LARGE, count_fields, read_parameters, tell_kind
from tui.webhooks.settings import ReceiverSettings
from tui.webhooks.twiml import render
from tui.webhooks.verification import (
    Tokens,
    Verification,
    loopback_origin,
    suggest_public_url,
    verify_at_once,
    verify_request,
)

ANSWER_SECONDS: Final = 5.0
"""Twilio waits 15 seconds for an answer; a disk that takes longer than this is not waited for."""

_MANY_FIELDS: Final = 500
_FORBIDDEN: Final = WebhookReply(403, "text/plain; charset=utf-8", b"This request is not known to be Twilio's.\n")
_NO_CONTENT: Final = WebhookReply(204)
_NOT_FOUND: Final = WebhookReply(404, "text/plain", b"Nothing is served here.\n")
_NOT_ALLOWED: Final = WebhookReply(405)


_KEEP_ANSWER_SECONDS: Final = 2.0
"""For noting what the program answered: with `PROGRAM_SECONDS` within the 15 that Twilio waits."""

_PASSES: Final = 3
"""Of the loop, from the end of an event's task until its answer is written."""


@dataclass(frozen=True, slots=True)
class NotListening:
    """Nothing listens."""


@dataclass(frozen=True, slots=True)
class Starting:
    """About to listen."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Requests are received on `host` and `port`; `exposed` if other machines can reach it."""

    host: str
    port: int
    exposed: bool


@dataclass(frozen=True, slots=True)
class Stopping:
    """No longer listening; the events that have arrived are still being stored."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It could not be started."""

    problem: WebhookError


ReceiverState: TypeAlias = NotListening | Starting | Listening | Stopping | Failed


class Receiver:
    """Receives webhooks, from `start` (or `async with`) to `stop`, as often as wanted.

    Args:
        store: where events are kept; the receiver opens it and does not close it.
        settings: may be replaced at every start.
        tokens: what signatures are checked against.
        limits: what one peer, and all together, may cost.
        clock: returns the time in UTC.
        on_change: called with every new state.
        answer_seconds: how long storing an event may delay its answer.
        program_seconds: how long after its arrival an event's answer from the person's own program is waited for.
        here_only: whether events are forwarded on this machine only, whatever was confirmed: so it is in the sandbox.

    Attributes:
        problem: why the last event could not be stored; None when it was.
    """

    def __init__(
        self,
        store: EventStore,
        *,
        settings: ReceiverSettings | None = None,
        tokens: Tokens | None = None,
        limits: Limits | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        on_change: Callable[[ReceiverState], None] = lambda _: None,
        answer_seconds: float = ANSWER_SECONDS,
        program_seconds: float = PROGRAM_SECONDS,
        here_only: bool = False,
    ) -> None:
        self.store = store
        self.queue = EventQueue()
        self.problem: EventsUnavailable | None = None
        self.settings = settings or ReceiverSettings()
        self.state: ReceiverState = NotListening()
        self._tokens = tokens or Tokens()
        self._limits = limits
        self._clock = clock
        self._on_change = on_change
        self._answer_seconds = answer_seconds
        self._program_seconds = program_seconds
        self.forwarder = Forwarder(
            lambda: self.settings, lambda: self._tokens, lambda: self._address, here_only=here_only
        )
        self._server: Server | None = None
        self._start_or_stop = asyncio.Lock()
        self._unanswered: set[asyncio.Task[WebhookEvent]] = set()
        self._forwarding: set[int] = set()
        self._writer = EventWriter(store)
        self._slow_verification = asyncio.Lock()

    @property
    def inbound_url(self) -> str:
        """The URL for a number's SMS webhook; empty while it does not listen and has no public URL."""
        return self._locate(self.settings.inbound_path)

    @property
    def status_url(self) -> str:
        """The URL for a message's StatusCallback; empty while it does not listen and has no public URL."""
        return self._locate(self.settings.status_path)

    def _locate(self, path: str) -> str:
        if self.settings.public_url:
            return self.settings.public_url + path
        return local_origin(self.state.host, self.state.port) + path if isinstance(self.state, Listening) else ""

    @property
    def _address(self) -> tuple[str, int]:
        """The host and port that it listens on, or is to."""
        return self.settings.host, self._server.port if self._server else self.settings.port

    async def start(self, settings: ReceiverSettings | None = None) -> Listening:
        """Listen; does nothing when it listens already with these settings.

        Raises:
            WebhookError: it cannot listen, or a setting is wrong (`.field`, `.reason`, `.remedy`); the state is
                then `Failed` with the same error.
        """
        async with self._start_or_stop:
            if isinstance(self.state, Listening):
                if settings is None or settings.checked() == self.settings:
                    return self.state
                await self._shut()
            self._set_state(Starting())
            try:
                listening = await self._listen((settings or self.settings).checked())
            except WebhookError as problem:
                self._set_state(Failed(problem))
                raise
            except BaseException:
                self._set_state(NotListening())
                raise
            self._set_state(listening)
            return listening

    async def stop(self) -> None:
        """Stop listening; returns once every event that arrived is stored. May be called at any time."""
        async with self._start_or_stop:
            await self._shut()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def adjust(self, settings: ReceiverSettings) -> None:
        """Use these settings from the next request on; another host or port takes a `start`.

        Raises:
            WebhookError: a setting is wrong; nothing is changed.
        """
        self.settings = settings.checked()
        if isinstance(self.state, Failed):
            # That was said of other settings.
            self._set_state(NotListening())

    def use_tokens(self, tokens: Tokens) -> None:
        """Check signatures against these tokens from now on."""
        self._tokens = tokens

    async def _listen(self, settings: ReceiverSettings) -> Listening:
        try:
            await asyncio.to_thread(self.store.open)
            self.problem = None
        except EventsUnavailable as problem:
            # Receiving goes on without a disk; the screen shows `problem`.
            self.problem = problem
        # The name may stand for two addresses, which "any free port" cannot serve with one number.
        host = "127.0.0.1" if settings.host.lower() == "localhost" else settings.host.strip("[]")
        server = Server(
            self._answer,
            host=host,
            port=settings.port,
            limits=self._limits,
            on_refusal=lambda _: self.queue.count_refused(),
        )
        try:
            await server.start()
        except (OSError, ValueError) as problem:
            raise explain_listen(problem, settings.host, settings.port) from None
        self.settings, self._server = settings, server
        self.forwarder.begin()
        return Listening(host, server.port, exposed=not is_loopback(host))

    async def _shut(self) -> None:
        server, self._server = self._server, None
        if server is None:
            self._set_state(NotListening())
            return
        self._set_state(Stopping())
        try:
            try:
                # What waits for the program is answered without it, before the connections close.
                await self.forwarder.end()
                if self._unanswered:
                    await asyncio.wait(self._unanswered, timeout=self._answer_seconds)
                for _ in range(_PASSES):
                    await asyncio.sleep(0)
            finally:
                # Whoever wanted it stopped may want it no longer: nobody else knows that it listens.
                await server.aclose()
            await asyncio.gather(*self._unanswered, return_exceptions=True)
            await self._writer.settle(self._answer_seconds)
        finally:
            self._set_state(NotListening())

    def _set_state(self, state: ReceiverState) -> None:
        if state != self.state:
            self.state = state
            self._on_change(state)

    async def _answer(self, request: Request) -> Response:
        target = origin_form(request.target)
        path = target.partition("?")[0]
        if path not in {self.settings.inbound_path, self.settings.status_path}:
            self.queue.note_unserved(self._unserved(request, target, _NOT_FOUND))
            return Response(404, (("Content-Type", "text/plain"),), _NOT_FOUND.body)
        if request.method not in {"GET", "POST"}:
            self.queue.note_unserved(self._unserved(request, target, _NOT_ALLOWED))
            return Response(405, (("Allow", "GET, POST"),))
        taking = asyncio.create_task(self._take(request, target))
        self._unanswered.add(taking)
        taking.add_done_callback(self._unanswered.discard)
        # A peer who hangs up, or a stop, must not undo an event that has arrived.
        event = await asyncio.shield(taking)
        reply = event.reply
        headers = (("Content-Type", reply.content_type),) if reply.content_type else ()
        if event.forwarded is not None and event.forwarded.relayed:
            headers += relayed_headers(event.forwarded)
        return Response(reply.status, headers, reply.body)

    def _unserved(self, request: Request, target: str, reply: WebhookReply) -> WebhookEvent:
        """What is remembered of a request that is not served; whether Twilio signed it, where that is soon told."""
        urls, verification = self._urls(request, target), None
        if _is_small(request):
            verification = verify_at_once(request, self._tokens, urls)
        signed = verification is not None and verification.verdict is Verdict.VERIFIED
        what = "Nothing is served at this path." if reply.status == 404 else "Only GET and POST are served here."
        return WebhookEvent(
            received_at=self._clock(),
            kind=EventKind.UNSERVED,
            method=request.method,
            target=target,
            url=urls[0],
            headers=request.headers,
            body=request.body[:LARGE],
            parameters=read_parameters(target, request.header("Content-Type"), request.body[:LARGE], accepted=False),
            verdict=Verdict.VERIFIED if signed else Verdict.REJECTED,
            accepted=False,
            reply=reply,
            diagnosis=f"Signed by Twilio. {what}" if signed else what,
        )

    async def _take(self, request: Request, target: str) -> WebhookEvent:
        """Verify a request, store its event, queue it, and forward it where that is set."""
        arrived, tokens = asyncio.get_running_loop().time(), self._tokens
        # Where there is a token to check with, nothing unsigned is accepted.
        unsigned = self.settings.allow_unsigned and not tokens.some
        make = partial(_make_event, request, target, self._clock(), self.settings, unsigned)
        urls = self._urls(request, target)
        verification = verify_at_once(request, tokens, urls) if _is_small(request) else None
        if verification is not None:
            event = make(verification)
        else:
            # Python computes one thread at a time: two such requests at once would be felt at the keyboard.
            async with self._slow_verification:
                event = await asyncio.to_thread(lambda: make(verify_request(request, tokens, urls)))
        event = await self._keep(self.forwarder.plan(event))
        # What could not be kept cannot be brought up to date either: it is told when all of it is known.
        if event.id or not event.being_forwarded:
            self.queue.put(event)
        if not event.being_forwarded:
            return event
        self._forwarding.add(event.id)
        try:
            event = await self.forwarder.forward(event, arrived + self._program_seconds)
            if event.id:
                event = await self._keep(event, seconds=_KEEP_ANSWER_SECONDS)
        finally:
            self._forwarding.discard(event.id)
        if event.id:
            self.queue.change(event)
        else:
            self.queue.put(event)
        return event

    def suggest_public_url(self, event: WebhookEvent) -> str:
        """The public URL with which a rejected event would have been verified; empty where none would do. Slow."""
        path, _, query = event.target.partition("?")
        request = Request(event.method, event.target, path, query, event.headers, event.body, ("", 0))
        return suggest_public_url(request, self._tokens, event.url)

    async def play_again(self, event: WebhookEvent, target: ForwardTarget) -> WebhookEvent:
        """Forward a kept event once more, by hand; what the program answers goes nowhere else.

        Raises:
            InvalidSetting: nothing may be forwarded there, or not this event, or not yet; the field is `forward_to`.
            EventsUnavailable: the store cannot be read; nothing was sent.
        """
        if event.being_forwarded and event.id in self._forwarding:
            raise InvalidSetting("forward_to", "It is on its way to your program still.", "Wait for the answer.")
        if event.id:
            # Since it was read Twilio may have got an answer, its message may have been redacted, and another store
            # may be in use, in which another event has its number.
            kept = await asyncio.to_thread(self.store.find, event.id)
            if kept is None or kept.received_at != event.received_at:
                raise InvalidSetting("forward_to", "This event is kept no longer.", "")
            event = kept
        event = await self.forwarder.repeat(event, target)
        if event.id:
            event = await self._keep(event)
            self.queue.change(event)
        return event

    def _urls(self, request: Request, target: str) -> tuple[str, ...]:
        """The URLs this request may rightly have been signed for: the public one, and those on this machine."""
        local = local_origin(self._server.host, self._server.port) if self._server else ""
        origins = (without_user(self.settings.public_url), loopback_origin(request), local)
        return tuple(dict.fromkeys(origin + target for origin in origins if origin)) or (target,)

    async def _keep(self, event: WebhookEvent, *, seconds: float | None = None) -> WebhookEvent:
        try:
            async with asyncio.timeout(self._answer_seconds if seconds is None else seconds):
                kept = await self._writer.keep(event)
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


def _is_small(request: Request) -> bool:
    """Whether it is looked at on the loop: that takes no time which keys would notice."""
    return len(request.body) <= LARGE and count_fields(request.target, request.body) <= _MANY_FIELDS


def _make_event(
    request: Request,
    target: str,
    received_at: datetime,
    settings: ReceiverSettings,
    unsigned: bool,
    verification: Verification,
) -> WebhookEvent:
    verdict = verification.verdict
    accepted = verdict is Verdict.VERIFIED or (verdict is Verdict.CANNOT_VERIFY and unsigned)
    parameters = read_parameters(target, request.header("Content-Type"), request.body, accepted=accepted)
    kind = tell_kind(parameters, status_path=target.partition("?")[0] == settings.status_path)
    reply = _NO_CONTENT if accepted else _FORBIDDEN
    if accepted and kind is EventKind.INBOUND:
        reply = WebhookReply(200, "text/xml; charset=utf-8", render(settings.reply, parameters))
    return WebhookEvent(
        received_at=received_at,
        kind=kind,
        method=request.method,
        target=target,
        url=verification.url,
        headers=request.headers,
        body=request.body,
        parameters=parameters,
        verdict=verdict,
        accepted=accepted,
        reply=reply,
        diagnosis=verification.diagnosis,
    )


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
