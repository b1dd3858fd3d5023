"""The sandbox server: a Twilio on loopback, or where it is told to listen, started and stopped with `async with`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final, Self

from tui.http_server.http_messages import Answer, Request, Response
from tui.http_server.server import Server
from tui.sandbox import resources
from tui.sandbox.account import SandboxAccount
from tui.sandbox.api_call import ApiCall, ApiReply
from tui.sandbox.authentication import authenticate
from tui.sandbox.callbacks import Callbacks
from tui.sandbox.control_call import reply
from tui.sandbox.controls import PREFIX, Controls
from tui.sandbox.create_log import CreateCall
from tui.sandbox.errors import HEADER, NO_MORE_OF_A_SUBACCOUNT, NotInSandbox, Refusal
from tui.sandbox.faults import Faults, apply_fault
from tui.sandbox.media import serve
from tui.sandbox.messages import MessageStore, StoredMessage
from tui.sandbox.parameters import read_body, read_json, read_query
from tui.sandbox.reach import LOCAL, Reach
from tui.sandbox.request_log import CalledUrl, RequestLog, ServedRequest
from tui.sandbox.router import Router, read_product
from tui.sandbox.signing import Signing
from tui.sandbox.snapshots import SandboxParts
from tui.sandbox.traffic import fill_history

AT_ONCE: Final = 100_000.0
"""The speed at which a message is delivered within a millisecond after it was created."""


WATCHING = " (watching)"
"""The end of a User-Agent that only looks on (`tuilio --watch-sandbox`)."""


class NoPortForFiles(OSError):
    """The API's port could be had, and not the one for the files of messages."""

    def __init__(self, error: OSError, port: int) -> None:
        super().__init__(error.errno, error.strerror)
        self.port = port


def utc_now() -> datetime:
    """Return the present time, in UTC."""
    return datetime.now(UTC)


class Sandbox:
    """A stateful Twilio, on 127.0.0.1 unless `reach` says otherwise.

    Args:
        port: where to listen; 0 lets the system choose. A port in use raises OSError on start.
        seed: fixes credentials, SIDs and history, so that runs can be compared.
        history: how many messages there are at the start; of more than a thousand most are computed when asked for.
        clock: returns the time in UTC; life cycles follow it.
        speed: how many times faster than real messages advance; 10 delivers in 0.3 to 0.4 s, `AT_ONCE` at once.
        on_error: receives what went wrong inside; the client gets a 500.
        on_missing: receives a sentence about each operation that was asked for and is not here: once, since what
            comes of it may be read by nobody.
        reach: where it listens and whom it calls, see reach.py.
    """

    def __init__(
        self,
        port: int = 0,
        seed: int = 2026,
        history: int = 520,
        clock: Callable[[], datetime] = utc_now,
        speed: float = 1.0,
        on_error: Callable[[Exception], None] | None = None,
        on_missing: Callable[[str], None] | None = None,
        reach: Reach = LOCAL,
    ) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be more than 0, not {speed}")
        self.faults = Faults()
        self._account = SandboxAccount(seed, clock, pace=1 / speed)
        fill_history(self._account, seed, history)
        self._journal = RequestLog()
        self._callbacks = Callbacks(self._account, self._journal, lambda: self.base_url, on_error, reach)
        self._account.announce = self._callbacks.take
        self._controls = Controls(SandboxParts(self._account, self.faults, self._journal, self._callbacks), reach)
        self._router = Router(self.account_sid)
        self._on_missing = on_missing
        self._missed: set[str] = set()
        self._reach = reach
        self._server = Server(self._answer, host=reach.host, port=port, on_error=on_error)
        # Any free port, which redirects name; where others reach it the next one, which can be let through.
        beside = port + 1 if port and not reach.is_local else 0
        self._storage = Server(self._answer_for_files, host=reach.host, port=beside, on_error=on_error)
        self._busy = 0

    async def start(self) -> None:
        """Listen. A port in use raises OSError, `NoPortForFiles` where it is that of the files."""
        await self._server.start()
        try:
            await self._storage.start()
        except BaseException as problem:
            await self._server.aclose()
            if isinstance(problem, OSError):
                raise NoPortForFiles(problem, self._storage.port) from problem
            raise

    async def aclose(self) -> None:
        """Stop, closing every connection and dropping the callbacks that are still to come."""
        await self._server.aclose()
        await self._storage.aclose()
        await self._callbacks.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.port

    @property
    def base_url(self) -> str:
        """Scheme, host and port, without a version path."""
        return self._reach.own_url(self.port)

    @property
    def storage_url(self) -> str:
        """Scheme, host and port of the host that stores the files of messages; another than the API's."""
        return self._reach.own_url(self._storage.port)

    @property
    def account_sid(self) -> str:
        """The account's SID."""
        return self._account.identity.account_sid

    @property
    def auth_token(self) -> str:
        """The account's auth token."""
        return self._account.identity.auth_token

    @property
    def api_key_sid(self) -> str:
        """The SID of the account's Standard API key."""
        return self._account.identity.api_key_sid

    @property
    def api_key_secret(self) -> str:
        """The secret of that key."""
        return self._account.identity.api_key_secret

    @property
    def numbers(self) -> tuple[str, ...]:
        """The account's phone numbers; the last one has voice only."""
        return tuple(number.phone_number for number in self._account.senders.numbers)

    @property
    def services(self) -> tuple[str, ...]:
        """The SIDs of the messaging services: two that work, an empty pool, one without SMS, one without campaign."""
        return tuple(self._account.senders.services)

    @property
    def verify_service(self) -> str:
        """The SID of the service of Verify's that there is from the start."""
        return next(iter(self._account.verifications.services))

    @property
    def requests(self) -> tuple[ServedRequest, ...]:
        """What was asked and answered, oldest first; the sandbox's own paths are left out."""
        return self._journal.served

    @property
    def paid_lookups(self) -> int:
        """How many look-ups that cost money at Twilio were asked for."""
        return self._account.paid_lookups

    @property
    def creates(self) -> tuple[CreateCall, ...]:
        """The create calls that were carried out, oldest first."""
        return self._account.creates.calls

    @property
    def callbacks(self) -> tuple[CalledUrl, ...]:
        """Which webhooks were called, what they answered, and which were not called; oldest first."""
        return self._journal.called

    @property
    def calling(self) -> int:
        """How many messages still have webhooks to be called for."""
        return self._callbacks.running

    @property
    def signing(self) -> Signing:
        """How webhooks are signed."""
        return self._callbacks.sender.signing

    @signing.setter
    def signing(self, mode: Signing) -> None:
        self._callbacks.sender.signing = mode

    def receive(self, from_: str, to: str, body: str, media: tuple[str, ...] = ()) -> StoredMessage:
        """Let an inbound message arrive."""
        return self._account.receive(from_, to, body, media)

    async def _answer_for_files(self, request: Request) -> Answer:
        number = self._journal.arrive(request)
        fault = self.faults.take_for(request.method, request.path)
        if fault is None:
            response = serve(self._account, request)
            self._journal.answer(number, response.status, response)
            return response
        process = partial(serve, self._account, request)
        answer, status = await apply_fault(fault, process, self._refuse, self.faults.wait)
        self._journal.answer(number, status)
        return answer

    async def _answer(self, request: Request) -> Answer:
        if f"{request.path}/".startswith(PREFIX):
            return await self._controls.answer(request)
        if request.method == "GET" and request.header("user-agent").endswith(WATCHING):
            # Who watches another program takes none of its faults, and is not counted with it.
            return await self._honest(request)
        number = self._journal.arrive(request)
        if is_create := request.method == "POST" and request.path.endswith("/Messages.json"):
            self._account.creates.arrive()
        self._busy += 1
        try:
            fault = self.faults.take_for(request.method, request.path)
            if fault is None:
                response = await self._honest(request)
                self._journal.answer(number, response.status, response)
                answer = response
            else:
                process = partial(self._process_late, request, self._account.store)
                answer, status = await apply_fault(fault, process, self._refuse, self.faults.wait)
                self._journal.answer(number, status, answer if isinstance(answer, Response) else None)
            if is_create and isinstance(answer, Response) and answer.status == 429:
                self._account.creates.hold(_retry_after(answer))
            return answer
        finally:
            self._busy -= 1

    async def _honest(self, request: Request) -> Response:
        # A long history takes its time to add up.
        is_sum = "/Usage/" in request.path
        return await asyncio.to_thread(self._process, request) if is_sum else self._process(request)

    def _process(self, request: Request) -> Response:
        begun = time.perf_counter()
        try:
            done = self._carry_out(request)
        except Refusal as refusal:
            return self._refused(refusal, time.perf_counter() - begun)
        headers = (*done.headers, *self._headers(time.perf_counter() - begun))
        if done.body is not None or done.status == 204:
            return Response(done.status, headers, done.body or b"")
        return reply(done.status, done.json, *headers)

    def _process_late(self, request: Request, store: MessageStore) -> Response:
        # What was asked for before another state was put back is not carried out in that one.
        return self._process(request) if self._account.store is store else self._refuse(20500)

    def _carry_out(self, request: Request) -> ApiReply:
        own, account = self.account_sid, self._account
        product, path = read_product(request.header("host"), request.path)
        who = authenticate(account.accounts, account.keys, own, request.header("authorization"), path)
        if who != own and f"/Accounts/{who}" not in path:
            raise NotInSandbox(NO_MORE_OF_A_SUBACCOUNT)
        route, sids = self._router.find(request.method, path, product)
        query, form = read_query(request.query), read_body(request)
        document = read_json(request)
        # Whoever named the product in front of the path finds it there in every URL of the answer.
        came_to = request.header("host")
        base_url = self._reach.url_for(came_to, self.port) + request.path.removesuffix(path)
        storage_url = self._reach.beside(came_to, self._storage.port)
        return route(ApiCall(self._account, who, base_url, storage_url, path, query, form, sids, document))

    def _refuse(self, code: int) -> Response:
        return self._refused(Refusal(code), 0.0)

    def _refused(self, refusal: Refusal, seconds: float) -> Response:
        headers = self._headers(seconds)
        if refusal.status == 401:
            headers = (*headers, ("WWW-Authenticate", 'Basic realm="Twilio API"'))
        if isinstance(refusal, NotInSandbox):
            headers = (*headers, HEADER)
            if self._on_missing is not None and refusal.operation not in self._missed:
                self._missed.add(refusal.operation)
                self._on_missing(refusal.message)
        if refusal.retry_after is not None:
            headers = (*headers, ("Retry-After", str(refusal.retry_after)))
        return reply(refusal.status, resources.refusal(refusal), *headers)

    def _headers(self, seconds: float) -> tuple[tuple[str, str], ...]:
        return (
            ("Twilio-Concurrent-Requests", str(self._busy)),
            ("Twilio-Request-Id", self._account.sids.sid("RQ")),
            ("Twilio-Request-Duration", f"{seconds:.3f}"),
            ("Date", resources.http_date(self._account.clock())),
        )


def _retry_after(answer: Response) -> float:
    """The seconds of a Retry-After; 0 without one, and where it is a date."""
    told = next((value for name, value in answer.headers if name == "Retry-After"), "")
    return float(told) if told.replace(".", "", 1).isdecimal() else 0.0
