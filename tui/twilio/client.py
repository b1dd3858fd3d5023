"""One confined, authenticated way out; every request to Twilio passes through it.

Credentials are attached here and nowhere else, after the gate has agreed to the address; a transport
refuses once more anything that slipped by. Proxies from the environment, `.netrc` and redirects
are ignored on purpose.

httpx is imported when the first client is opened: that takes a fifth of what the whole start does, and the first
picture needs none of it.
"""

from __future__ import annotations

import asyncio
import base64
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import quote, quote_plus, urlencode

from tui import __version__
from tui.storage.connections import Connection
from tui.storage.secrets import SecretUnavailable
from tui.twilio.answers import Answer, read_json
from tui.twilio.errors import BadAnswer, InvalidRequest, NoAnswer
from tui.twilio.gate import Gate
from tui.twilio.incoming import Incoming, Read, as_text, incoming_from
from tui.twilio.outgoing import CONNECT_TIMEOUT, SAFE_METHODS, Outgoing, build_request

if TYPE_CHECKING:
    import ssl
    from types import ModuleType

    import httpx

READ_TIMEOUT = 30.0
"""Seconds one whole attempt may take, body included."""

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of a decoded answer that are kept in memory; the bound against decompression bombs."""


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
    ) -> None:
        self.connection = connection
        self.gate = (
            Gate.for_base_url(connection.base_url) if connection.base_url else Gate.for_region(connection.region)
        )
        self.timeout = timeout
        self.largest = largest
        self._elapsed = elapsed
        self._http: httpx.AsyncClient | None = None
        self._secrets: tuple[str, ...] = ()
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
        from http.cookiejar import CookieJar, DefaultCookiePolicy

        # httpx's own command line, which it imports wherever click happens to be installed: as long as all its rest.
        sys.modules.setdefault("httpx._main", cast("ModuleType", None))
        import httpx

        from tui.twilio.confined import ConfinedTransport, GatedBasicAuth

        user, password = await self._credentials()
        kept = httpx.Limits(max_connections=16, max_keepalive_connections=4, keepalive_expiry=20.0)
        single = httpx.Limits(max_connections=16, max_keepalive_connections=0)
        self._secrets = await asyncio.to_thread(_forms, self.connection, user, password)
        tls = await asyncio.to_thread(_tls_context) if self.gate.origin.scheme == "https" else False
        self._http = httpx.AsyncClient(
            transport=ConfinedTransport(
                self.gate,
                kept=httpx.AsyncHTTPTransport(verify=tls, limits=kept, trust_env=False),
                fresh=httpx.AsyncHTTPTransport(verify=tls, limits=single, trust_env=False),
            ),
            auth=GatedBasicAuth(self.gate, user, password),
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
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
        return read_json(await self.exchange(Outgoing("GET", url)))

    async def post(self, url: str, form: Sequence[tuple[str, str]], *, fresh: bool = True) -> dict[str, object]:
        """POST pairs as a form, on a connection of its own, and read the JSON object it answers.

        Raises:
            NoAnswer, BadAnswer, ApiError: see `tui.twilio.errors`.
        """
        headers = (("Content-Type", "application/x-www-form-urlencoded"),)
        content = urlencode(list(form), errors="replace").encode("ascii")
        return read_json(await self.exchange(Outgoing("POST", url, headers, content), fresh=fresh))

    async def exchange(
        self, outgoing: Outgoing, *, fresh: bool = False, timeout: float | None = None, read: Read | None = None
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
            raise InvalidRequest("URL", "The address is not Twilio's.", "Nothing was sent.")
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
        self, http: httpx.AsyncClient, outgoing: Outgoing, left: _Departure, read: Read, *, fresh: bool, limit: float
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
                raise _no_answer(problem, self.gate, outgoing.method, True, limit) from problem
            raise InvalidRequest(
                "Headers", "The method or a header holds what HTTP does not allow.", "Nothing was sent; correct it."
            ) from problem
        except (httpx.RequestError, TimeoutError, OSError) as problem:
            raise _no_answer(problem, self.gate, outgoing.method, left.begun, limit) from problem
        except (httpx.InvalidURL, UnicodeError) as problem:
            if left.begun:
                raise _no_answer(problem, self.gate, outgoing.method, True, limit) from problem
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

    async def _read(self, incoming: Incoming) -> bytes:
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

    def preview(self, outgoing: Outgoing) -> tuple[tuple[str, str], ...]:
        """Every header that will leave with a request, in its order, the credentials masked.

        Raises:
            InvalidRequest: a header cannot be sent.
        """
        if self._http is None:
            raise RuntimeError("Client is used outside of 'async with'")
        request = build_request(self._http, outgoing, self.timeout, {})
        own = () if outgoing.anonymous else (("Authorization", "Basic •••"),)
        return (*as_text(request.headers.raw), *own)

    def hide(self, text: str) -> str:
        """A text with the connection's secrets masked, in every form that a request could carry them in.

        For what is written to disk: a person may paste a secret anywhere.
        """
        for form in self._secrets:
            text = text.replace(form, "•••")
        return text

    async def _credentials(self) -> tuple[str, str]:
        connection = self.connection
        if connection.kind == "api_key":
            field, user, secret = "api_key_secret", connection.api_key_sid, connection.api_key_secret
        else:
            field, user, secret = "auth_token", connection.account_sid, connection.auth_token
        if not user or secret is None:
            raise InvalidRequest(
                field if user else "api_key_sid",
                f"The connection “{connection.name}” is not complete.",
                "Open Connections and fill in what is missing.",
            )
        try:
            # A command or a key ring may take seconds; the interface must not wait for it.
            password = await asyncio.to_thread(secret.reveal)
        except SecretUnavailable as problem:
            raise InvalidRequest(field, problem.reason, problem.remedy) from None
        if any(0xD800 <= ord(c) < 0xE000 for c in user + password):
            # Bytes that are no UTF-8 come out of the environment like this.
            raise InvalidRequest(field, "The credentials hold bytes that are no text.", "Copy them again.")
        return user, password


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


def _forms(connection: Connection, user: str, password: str) -> tuple[str, ...]:
    """The secrets of a connection as they may stand in a text, the longest first: half a mask would show the rest.

    One that is not in use is looked at only where that asks nobody and takes no time.
    """
    secrets = {password}
    for secret in (connection.api_key_secret, connection.auth_token, connection.webhook_key):
        if secret is not None and secret.origin in ("literal", "env"):
            with suppress(SecretUnavailable):
                secrets.add(secret.reveal())
    forms = {base64.b64encode(f"{user}:{password}".encode()).decode()}
    for secret in secrets:
        forms |= {secret, quote(secret, safe=""), quote_plus(secret)}
    return tuple(sorted(forms, key=len, reverse=True))


def _tls_context() -> ssl.SSLContext:
    import httpx

    context = httpx.create_ssl_context(trust_env=False)
    # Python itself reads SSLKEYLOGFILE, left over from somebody's debugging: with those keys credentials can be read.
    context.keylog_filename = None  # pyright: ignore[reportAttributeAccessIssue]  # typeshed knows a path only
    return context


def timed_out(problem: NoAnswer) -> bool:
    """Whether it was the time limit that ended an exchange."""
    import httpx

    return isinstance(problem.__cause__, TimeoutError | httpx.TimeoutException)


def _no_answer(problem: Exception, gate: Gate, method: str, sent: bool, limit: float) -> NoAnswer:
    import httpx

    host = gate.origin.host if gate.origin.port in (80, 443) else f"{gate.origin.host}:{gate.origin.port}"
    reading = method in SAFE_METHODS
    if not sent and reading:
        # Not a word of sending: beside a message whose fate is unknown it would read as that message's.
        remedy = "Check the network, then try again."
    elif not sent:
        remedy = "Nothing was sent. Check the network, then try again."
    elif reading:
        remedy = "Reading again is safe: try again."
    else:
        remedy = "It may have been processed: look before sending it again."
    match problem:
        case httpx.ConnectTimeout():
            reason = f"{host} did not take the connection in time."
        case TimeoutError() | httpx.TimeoutException():
            reason = f"{host} did not answer within {limit:g} seconds."
        case httpx.ConnectError():
            reason = _connect_reason(problem, host)
        case httpx.DecodingError():
            reason = f"{host} sent a compressed answer that cannot be read."
        case httpx.RemoteProtocolError() | httpx.ReadError():
            reason = f"{host} broke off before its answer was whole."
        case _:
            reason = f"The connection to {host} failed."
    return NoAnswer(reason, remedy, sent=sent)


def _connect_reason(problem: Exception, host: str) -> str:
    text = str(problem).lower()
    if "certificate" in text or "ssl" in text or "tls" in text:
        return f"{host} could not prove that it is {host} (its certificate is not accepted)."
    if "name or service" in text or "nodename" in text or "getaddrinfo" in text or "name resolution" in text:
        return f"The name {host} could not be found; this machine may be offline."
    if "refused" in text or "all connection attempts failed" in text:
        return f"Nothing answers at {host}."
    return f"No connection to {host} could be made."
