"""One confined, authenticated way out; every request to Twilio passes through it.

Credentials are attached here and nowhere else, after the gate has agreed to the address; a transport
refuses once more anything that slipped by. Proxies from the environment, `.netrc` and redirects
are ignored on purpose.

httpx is imported when the first client is opened: that takes a fifth of what the whole start does, and the first
picture needs none of it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Self, cast

from tui import __version__
from tui.storage.connections import Connection
from tui.twilio.answers import Answer, read_json
from tui.twilio.credentials import read_credentials
from tui.twilio.errors import BadAnswer, InvalidRequest, NoAnswer, RequestFailed
from tui.twilio.incoming import IncomingResponse, Read, as_text, incoming_from
from tui.twilio.masking import Mask
from tui.twilio.outgoing import CONNECT_TIMEOUT, OutgoingRequest, build_request, form_post
from tui.twilio.tls import tls_context
from tui.twilio.url_policy import UrlPolicy, unreachable

if TYPE_CHECKING:
    from types import ModuleType

    import httpx

READ_TIMEOUT = 30.0
"""Seconds one whole attempt may take, body included."""

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of a decoded answer that are kept in memory; the bound against decompression bombs."""

_READ_AT_ONCE = 256 * 1024
"""Bytes of JSON that are read on the event loop; more is read in a thread."""


class Client:
    """Speaks to Twilio for one connection. Use as `async with Client(connection) as client`.

    Reads share kept-alive connections. Sends get a fresh one each: an idle kept connection that closes while
    a POST is under way leaves its outcome unknown.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        timeout: float = READ_TIMEOUT,
        largest: int = LARGEST_ANSWER,
        elapsed: Callable[[], float] = time.perf_counter,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.connection = connection
        gate = (
            UrlPolicy.for_base_url(connection.base_url)
            if connection.base_url
            else UrlPolicy.for_region(connection.region)
        )
        # What an answer's link says may be repeated in a refusal.
        self.gate = replace(gate, hide=self._masked)
        self.timeout = timeout
        self.largest = largest
        self._elapsed = elapsed
        self._http: httpx.AsyncClient | None = None
        self._environ = environ
        self.mask = Mask()
        self._closing = False
        self._under_way: set[asyncio.Task[Answer]] = set()

    @property
    def closed(self) -> bool:
        """Whether the client was closed; it cannot be opened again."""
        return self._closing

    @property
    def account_sid(self) -> str:
        """The account every path is about."""
        return self.connection.account_sid

    async def __aenter__(self) -> Self:
        """Read the credentials and get ready; no byte leaves yet.

        Raises:
            InvalidRequest: a credential is missing or cannot be read from where it is kept.
        """
        # httpx's own command line, which it imports wherever click happens to be installed: as long as all its rest.
        sys.modules.setdefault("httpx._main", cast("ModuleType", None))
        import httpx

        from tui.twilio.confined import ConfinedTransport, NoCookies, PolicedBasicAuth
        from tui.twilio.network import CountedTransport

        credentials = await read_credentials(self.connection, self._environ)
        self.mask = credentials.mask
        kept = httpx.Limits(max_connections=16, max_keepalive_connections=4, keepalive_expiry=20.0)
        single = httpx.Limits(max_connections=16, max_keepalive_connections=0)
        encrypted = self.gate.origin.scheme == "https"
        tls = await asyncio.to_thread(tls_context, self.connection.ca_file) if encrypted else None
        self._http = httpx.AsyncClient(
            transport=ConfinedTransport(
                self.gate,
                kept=CountedTransport(self.gate, tls, kept),
                fresh=CountedTransport(self.gate, tls, single),
            ),
            auth=PolicedBasicAuth(self.gate, credentials.user, credentials.password),
            trust_env=False,
            follow_redirects=False,
            cookies=NoCookies(),
            timeout=httpx.Timeout(self.timeout, connect=min(CONNECT_TIMEOUT, self.timeout)),
            headers={
                "User-Agent": f"tuilio/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
            },
        )
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close every connection."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; requests still under way fail."""
        # Said first: whoever is waiting for an attempt must not begin another meanwhile.
        self._closing = True
        for attempt in tuple(self._under_way):
            attempt.cancel()
        # Waited for, so that no socket is left to the garbage collector.
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()

    async def get(self, url: str) -> dict[str, object]:
        """GET a URL the gate made, and read the JSON object it answers.

        Raises:
            NoAnswer, BadAnswer, ApiError: see `tui.twilio.errors`.
        """
        return await self.document(await self.exchange(OutgoingRequest("GET", url)))

    async def post(self, url: str, form: Sequence[tuple[str, str]]) -> dict[str, object]:
        """POST pairs as a form, on a connection of its own, and read the JSON object it answers.

        Raises:
            NoAnswer, BadAnswer, ApiError: see `tui.twilio.errors`.
        """
        return await self.document(await self.exchange(form_post(url, form), fresh=True))

    async def document(self, answer: Answer) -> dict[str, object]:
        """The JSON object of a good answer, beside the loop where there is much of it.

        Raises:
            BadAnswer, ApiError: see `tui.twilio.errors`; secrets are masked, which a server may repeat in its words.
        """
        try:
            if len(answer.content) <= _READ_AT_ONCE:
                return read_json(answer)
            return await asyncio.to_thread(read_json, answer)
        except RequestFailed as problem:
            raise problem.masked(self._masked) from None

    async def exchange(
        self, outgoing: OutgoingRequest, *, fresh: bool = False, timeout: float | None = None, read: Read | None = None
    ) -> Answer:
        """Send one request once and read its whole answer, whatever its status.

        Args:
            outgoing: what to send.
            fresh: use a connection made for this request alone.
            timeout: seconds for the whole attempt, the client's own when None.
            read: takes the body instead of memory; the time limit covers it.

        Raises:
            NoAnswer: no whole answer came; `.sent` tells whether the request may have left.
            InvalidRequest: the gate refuses the address.
        """
        http = self._http
        if http is None:
            raise RuntimeError("Client is used outside of 'async with'")
        if self.closed:
            raise NoAnswer("The connection was closed.", "Choose it again.", sent=False)
        if not self.gate.allows(outgoing.url):
            raise unreachable()
        left = _Departure()
        # A task of its own, so that closing the client can end it without ending whoever waits for it.
        limit = self.timeout if timeout is None else timeout
        attempt = asyncio.create_task(self._attempt(http, outgoing, left, read or self._read, fresh=fresh, limit=limit))
        self._under_way.add(attempt)
        attempt.add_done_callback(self._under_way.discard)
        try:
            return await attempt
        except asyncio.CancelledError:
            waiting = asyncio.current_task()
            if waiting is not None and waiting.cancelling():
                raise
            raise NoAnswer("The connection was closed meanwhile.", "Choose it again.", sent=left.begun) from None

    async def _attempt(
        self,
        http: httpx.AsyncClient,
        outgoing: OutgoingRequest,
        left: _Departure,
        read: Read,
        *,
        fresh: bool,
        limit: float,
    ) -> Answer:
        import h11
        import httpx

        started = self._elapsed()
        try:
            request = build_request(http, outgoing, limit, {"trace": left.note, "fresh": fresh})
            # httpx's timeouts are per read: a dripping server would never trip them.
            async with asyncio.timeout(limit):
                auth = None if outgoing.anonymous else httpx.USE_CLIENT_DEFAULT
                response = await http.send(request, stream=True, auth=auth)
                incoming = incoming_from(response)
                try:
                    content = await read(incoming)
                finally:
                    await response.aclose()
        except (httpx.LocalProtocolError, h11.LocalProtocolError) as problem:
            # httpcore (1.0) translates only what is wrong with a head; a body that is too short comes as it is.
            if left.complete:
                raise self._failure(problem, outgoing, limit, sent=True) from problem
            raise InvalidRequest(
                "Headers", "The method or a header holds what HTTP does not allow.", "Nothing was sent; correct it."
            ) from problem
        except (httpx.RequestError, TimeoutError, OSError) as problem:
            raise self._failure(problem, outgoing, limit, sent=left.begun) from problem
        except (httpx.InvalidURL, UnicodeError) as problem:
            if left.begun:
                raise self._failure(problem, outgoing, limit, sent=True) from problem
            # A host's label over 63 letters shows only when its name is looked up.
            raise InvalidRequest("URL", "The address cannot be read.", "Check the path and the query.") from problem
        return Answer(
            status=incoming.status,
            reason=incoming.reason,
            headers=incoming.headers,
            content=content,
            http_version=incoming.http_version,
            elapsed=self._elapsed() - started,
        )

    def _failure(self, problem: Exception, outgoing: OutgoingRequest, limit: float, *, sent: bool) -> NoAnswer:
        import httpx

        from tui.twilio.failures import no_answer

        failure = no_answer(problem, httpx.URL(outgoing.url), outgoing.method, sent=sent, limit=limit)
        return failure.masked(self._masked)

    async def _read(self, incoming: IncomingResponse) -> bytes:
        body = bytearray()
        async for piece in incoming.pieces:
            body += piece
            if len(body) > self.largest:
                raise BadAnswer(
                    incoming.status,
                    f"The answer is larger than {self.largest / (1024 * 1024):.3g} MB and was cut off.",
                    "Ask for less at a time.",
                )
        return bytes(body)

    def preview(self, outgoing: OutgoingRequest) -> tuple[tuple[str, str], ...]:
        """Every header that will leave with a request, in its order, the credentials masked.

        Raises:
            InvalidRequest: a header cannot be sent.
        """
        if self._http is None:
            raise RuntimeError("Client is used outside of 'async with'")
        request = build_request(self._http, outgoing, self.timeout, {})
        own = () if outgoing.anonymous else (("Authorization", "Basic •••"),)
        return (*as_text(request.headers.raw), *own)

    def _masked(self, text: str) -> str:
        # The mask is known only once the credentials were read.
        return self.mask.text(text)

    def hide(self, text: str) -> str:
        """A text with the connection's secrets masked, in every form that a request could carry them in.

        For what is written to disk: a person may paste a secret anywhere.
        """
        return self.mask.text(text, short=True)


class _Departure:
    """Whether any byte of a request may have left, and whether its head has, told by httpcore's trace."""

    def __init__(self) -> None:
        self.begun = False
        self.complete = False

    async def note(self, event: str, info: object) -> None:
        if event.endswith(".send_request_headers.started"):
            self.begun = True
        elif event.endswith(".send_request_headers.complete"):
            self.complete = True
