"""The HTTP client: the one module of `tui.twilio` that knows httpx and httpcore.

An `OutgoingRequest` goes in; an `HttpResponse`, or a `RequestFailed` that says whether the request may have left, comes
out. Whatever takes httpx's place is written here. Redirects, cookies, `.netrc` and proxies from the environment are
ignored on purpose. The URL policy is asked before credentials are added, again before a connection is taken, and before
a name is looked up.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from http.cookiejar import CookieJar
from importlib.util import find_spec
from types import ModuleType
from typing import Any, cast
from urllib.parse import urlsplit

# httpx's own command line, which it imports wherever click happens to be installed: as long as all its rest.
sys.modules.setdefault("httpx._main", cast("ModuleType", None))
if find_spec("sniffio") is None:
    # httpcore looks for it anew with each request: that is a quarter of what a request costs.
    sys.modules["sniffio"] = cast("ModuleType", None)

import h11  # noqa: E402
import httpcore  # noqa: E402
import httpx  # noqa: E402
from httpcore import AnyIOBackend  # noqa: E402

from tui.http_server.loopback import is_loopback  # noqa: E402
from tui.twilio.errors import InvalidRequest, NoAnswer  # noqa: E402
from tui.twilio.exchange import (  # noqa: E402
    SAFE_METHODS,
    BrokenAnswer,
    HttpResponse,
    IncomingResponse,
    OutgoingRequest,
    Read,
    decode_headers,
    encode_headers,
    gunzip,
)
from tui.twilio.response_framing import ResponseFraming, bounded  # noqa: E402
from tui.twilio.tls import tls_failure, trust_file  # noqa: E402
from tui.twilio.url_policy import Origin, UrlPolicy, unreachable  # noqa: E402

CONNECT_TIMEOUT = 10.0
"""Seconds to wait for a connection to be made."""

_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fe80::/10")
)
"""Networks that no router of the internet leads to (RFC 1918, 4193, 4291; Tailscale and carriers: 6598)."""

_GLOBAL = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is given out for the internet (RFC 4291, IANA). What lies beside it may be a network of one's own:
site-local addresses, translators that lead to IPv4 addresses within it (RFC 8215), IPv4 addresses in older forms."""

_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv6 addresses whose last four bytes are an IPv4 address (RFC 6052)."""

_LOCAL_FAULTS = (httpx.LocalProtocolError, httpcore.LocalProtocolError, h11.LocalProtocolError)
_FAILURES = (
    BrokenAnswer,
    TimeoutError,
    OSError,
    httpx.RequestError,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class AddressRule:
    """Which addresses of a host may be connected to, told when its name has been looked up; what is said of others.

    Attributes:
        allows: whether an address may be.
        refusal: what is wrong with a host that has none, for after its name.
        remedy: one sentence: what to do instead.
    """

    allows: Callable[[str], bool]
    refusal: str
    remedy: str


class HttpClient:
    """Connections to the origins of one URL policy.

    Reads share kept-alive connections; a `fresh` request gets one for itself: an idle kept connection that closes while
    a POST is under way leaves its outcome unknown.
    """

    def __init__(
        self,
        policy: UrlPolicy,
        tls: ssl.SSLContext | None,
        *,
        credentials: tuple[str, str] | None = None,
        headers: Sequence[tuple[str, str]] = (),
        elapsed: Callable[[], float] = time.perf_counter,
        addresses: AddressRule | None = None,
    ) -> None:
        """`tls` may be None where the policy's origin is plain http; `headers` go with every request.

        With `addresses`, only those of a host's addresses are connected to that it allows.
        """
        self._http = httpx.AsyncClient(
            transport=PolicedTransport(policy, tls, addresses),
            auth=PolicedBasicAuth(policy, *credentials) if credentials else None,
            trust_env=False,
            follow_redirects=False,
            cookies=NoCookies(),
            headers=list(headers),
        )
        self._elapsed = elapsed
        self._under_way: set[asyncio.Task[HttpResponse]] = set()

    async def aclose(self) -> None:
        """Close every connection; requests still under way fail."""
        for attempt in tuple(self._under_way):
            attempt.cancel()
        # Waited for, so that no socket is left to the garbage collector.
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._http.aclose()

    async def send(self, outgoing: OutgoingRequest, read: Read, *, limit: float, fresh: bool = False) -> HttpResponse:
        """Send one request once and read its whole response, whatever its status, within `limit` seconds.

        Raises:
            NoAnswer: no whole response came; `.sent` tells whether the request may have left.
            InvalidRequest: the policy refuses the URL, or HTTP the request; nothing was sent.
        """
        trace = _Trace(self._elapsed)
        # A task of its own, so that closing the client can end it without ending whoever waits for it.
        attempt = asyncio.create_task(self._attempt(outgoing, read, trace, limit=limit, fresh=fresh))
        self._under_way.add(attempt)
        attempt.add_done_callback(self._under_way.discard)
        try:
            return await attempt
        except asyncio.CancelledError:
            waiting = asyncio.current_task()
            if waiting is not None and waiting.cancelling():
                raise
            raise NoAnswer("The connection was closed meanwhile.", "Choose it again.", sent=trace.begun) from None

    async def _attempt(
        self, outgoing: OutgoingRequest, read: Read, trace: _Trace, *, limit: float, fresh: bool
    ) -> HttpResponse:
        try:
            request = self._request(outgoing, limit, {"trace": trace.note, "fresh": fresh})
            # httpx's timeouts are per read: a dripping server would never trip them.
            async with asyncio.timeout(limit):
                auth = None if outgoing.anonymous else httpx.USE_CLIENT_DEFAULT
                response = await self._http.send(request, stream=True, auth=auth)
                incoming = _incoming(response, trace)
                try:
                    content = await read(incoming)
                finally:
                    await response.aclose()
        except _LOCAL_FAULTS as problem:
            # httpcore (1.0) translates only what is wrong with a head; a body that is too short comes as it is.
            if trace.complete:
                raise no_answer(problem, outgoing, sent=True, limit=limit) from problem
            raise InvalidRequest(
                "Headers", "The method or a header holds what HTTP does not allow.", "Nothing was sent; correct it."
            ) from problem
        except _FAILURES as problem:
            raise no_answer(problem, outgoing, sent=trace.begun, limit=limit) from problem
        except (httpx.InvalidURL, UnicodeError) as problem:
            if trace.begun:
                raise no_answer(problem, outgoing, sent=True, limit=limit) from problem
            # A host's label over 63 letters shows only when its name is looked up.
            raise InvalidRequest("URL", "The address cannot be read.", "Check the path and the query.") from problem
        return HttpResponse(
            incoming.status, incoming.reason, incoming.headers, content, incoming.http_version, trace.age()
        )

    def headers_of(self, outgoing: OutgoingRequest) -> tuple[tuple[str, str], ...]:
        """Every header that will leave with a request, in its order, but for credentials.

        Raises:
            InvalidRequest: a header cannot be sent.
        """
        return decode_headers(self._request(outgoing, CONNECT_TIMEOUT, {}).headers.raw)

    def _request(self, outgoing: OutgoingRequest, limit: float, extensions: dict[str, object]) -> httpx.Request:
        headers = encode_headers(outgoing.headers, verbatim=outgoing.verbatim)
        if outgoing.verbatim:
            # httpx itself would escape some signs of the URL, and add its own headers in front.
            scheme, _, rest = outgoing.url.partition("://")
            authority, _, target = rest.partition("/")
            return httpx.Request(
                outgoing.method,
                f"{scheme}://{authority}/",
                headers=headers,
                content=cast("bytes | None", outgoing.content),
                extensions={**extensions, "target": f"/{target}".encode("ascii"), "timeout": _timeout(limit).as_dict()},
            )
        content = outgoing.content
        if content is not None and not isinstance(content, bytes):
            headers.append((b"Content-Length", str(content.length).encode("ascii")))
            content = content.pieces()
        return self._http.build_request(
            outgoing.method,
            outgoing.url,
            headers=headers,
            content=content,
            timeout=_timeout(limit),
            extensions=extensions,
        )


def _timeout(limit: float) -> httpx.Timeout:
    return httpx.Timeout(limit, connect=min(CONNECT_TIMEOUT, limit))


async def send_without_credentials(
    outgoing: OutgoingRequest,
    *,
    limit: float,
    largest: int,
    beyond_this_machine: bool = False,
    elapsed: Callable[[], float] = time.perf_counter,
) -> HttpResponse:
    """Send one request to a person's own program, without credentials, on a connection of its own.

    That is on this machine; and, `beyond_this_machine`, wherever https leads, or http within a private network; never
    at Twilio. What it answers is read to a little beyond `largest` bytes, within `limit` seconds.

    Raises:
        NoAnswer, InvalidRequest: as `HttpClient.send`; InvalidRequest also for an address elsewhere.
    """

    async def read(incoming: IncomingResponse) -> bytes:
        body = bytearray()
        async for piece in incoming.pieces:
            body += piece
            if len(body) > largest:
                break
        return bytes(body)

    parts = urlsplit(outgoing.url)
    origin = Origin.of(parts)
    here = origin.is_loopback
    if "@" in parts.netloc or not (here or (beyond_this_machine and not origin.is_twilio_host)):
        raise unreachable()
    # A program under development on this very machine has a certificate of its own, if any.
    tls = await asyncio.to_thread(tls_context, verify=not here) if origin.scheme == "https" else None
    allowed = is_loopback if here else _is_somewhere if tls else _is_private
    addresses = AddressRule(allowed, "is not on a private network, and http is not encrypted", "Use https for it.")
    client = HttpClient(UrlPolicy(origin, ""), tls, elapsed=elapsed, addresses=addresses)
    try:
        return await client.send(outgoing, read, limit=limit, fresh=True)
    finally:
        await client.aclose()


async def read_without_credentials(
    outgoing: OutgoingRequest, read: Read, *, limit: float, here: bool, ca_file: str = ""
) -> HttpResponse:
    """Ask a host that a server named, without credentials, on a connection of its own.

    That is https at a public address of the internet; or, `here`, a server on this machine and nothing else. The
    address that was looked up is the one that is connected to: a name cannot mean another one in between. `ca_file` as
    for `tls_context`.

    Raises:
        NoAnswer, InvalidRequest: as `HttpClient.send`; InvalidRequest also for an address that is none of these.
    """
    parts = urlsplit(outgoing.url)
    origin = Origin.of(parts)
    if "@" in parts.netloc or (not origin.is_loopback if here else origin.scheme != "https"):
        raise unreachable()
    tls = await asyncio.to_thread(tls_context, ca_file) if origin.scheme == "https" else None
    addresses = AddressRule(
        is_loopback if here else _is_public, "has no public address of the internet", "It was not asked for anything."
    )
    client = HttpClient(UrlPolicy(origin, ""), tls, addresses=addresses)
    try:
        return await client.send(outgoing, read, limit=limit, fresh=True)
    finally:
        await client.aclose()


def _is_public(address: str) -> bool:
    """Whether an address is one of the internet, also where it stands for another: no network beside this machine."""
    found = _plain_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF) if found in _TRANSLATED else found.sixtofour
        if found.teredo is not None or (inner is not None and not inner.is_global):
            return False
        if found not in _GLOBAL and found not in _TRANSLATED:
            return False
    return found.is_global and not found.is_multicast


def _is_private(address: str) -> bool:
    """Whether an address is of a private network: what is sent there unencrypted stays within it."""
    found = _plain_address(address)
    return found.is_loopback or any(found in network for network in _PRIVATE if network.version == found.version)


def _is_somewhere(address: str) -> bool:
    """Whether an address is that of one machine."""
    found = _plain_address(address)
    return not (found.is_unspecified or found.is_multicast)


def _plain_address(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def tls_context(ca_file: str = "", *, verify: bool = True) -> ssl.SSLContext:
    """The certificates that come with httpx, and those of a PEM file; reads files, so it belongs into a thread.

    Nothing comes from the environment: neither roots (SSL_CERT_FILE) nor a file that keys are logged to.

    Raises:
        InvalidRequest: the file cannot be read or holds no certificate; the field is `ca_file`.
    """
    context = httpx.create_ssl_context(verify=verify, trust_env=False)
    # Python itself reads SSLKEYLOGFILE, left over from somebody's debugging: with those keys credentials can be read.
    context.keylog_filename = None  # pyright: ignore[reportAttributeAccessIssue]  # typeshed knows a path only
    if ca_file:
        trust_file(context, ca_file)
    return context


def no_answer(problem: Exception, outgoing: OutgoingRequest, *, sent: bool, limit: float) -> NoAnswer:
    """Why an attempt of so many seconds failed, in words that name the host; `sent`: any byte of it may have left.

    Decides by types, by codes of OpenSSL, and by text only where the standard library gives no more.
    """
    url = httpx.URL(outgoing.url)
    host = url.host if url.port is None else f"{url.host}:{url.port}"
    tls = next((each for each in _causes(problem) if isinstance(each, ssl.SSLError)), None)
    if tls is not None and not sent:
        reason, remedy = tls_failure(tls, host)
    else:
        reason, remedy = _reason(problem, host, limit), "Check the network, then try again."
    reading = outgoing.method in SAFE_METHODS
    if not sent and not reading:
        remedy = f"Nothing was sent. {remedy}"
    elif sent and reading:
        remedy = "Reading again is safe: try again."
    elif sent:
        remedy = "It may have been processed: look before sending it again."
    # Not a word of sending for what was read and never left: beside a message whose fate is unknown it would read
    # as that message's.
    timed_out = isinstance(problem, TimeoutError | httpcore.TimeoutException)
    return NoAnswer(reason, remedy, sent=sent, timed_out=timed_out)


def _reason(problem: Exception, host: str, limit: float) -> str:
    match problem:
        case httpcore.ConnectTimeout():
            return f"{host} did not take the connection in time."
        case TimeoutError() | httpcore.TimeoutException():
            return f"{host} did not answer within {limit:g} s."
        case httpcore.ConnectError():
            return _connect_reason(problem, host)
        case BrokenAnswer():
            return f"{host} {problem}."
        case httpcore.RemoteProtocolError() if "illegal" in str(problem):
            return f"{host} answered with something that is not HTTP."
        case httpcore.RemoteProtocolError() if "without sending a response" in str(problem):
            return f"{host} closed the connection without an HTTP answer."
        case httpcore.RemoteProtocolError() | httpcore.ReadError():
            return f"{host} broke off before its answer was whole."
        case _:
            return f"The connection to {host} failed."


def _connect_reason(problem: Exception, host: str) -> str:
    causes = tuple(_causes(problem))
    if any(isinstance(each, socket.gaierror) for each in causes):
        return f"The name {host} could not be found; this machine may be offline."
    refused = any(isinstance(each, ConnectionRefusedError) for each in causes)
    if refused or "all connection attempts failed" in str(problem).lower():
        return f"Nothing answers at {host}."
    return f"No connection to {host} could be made."


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """An exception and what led to it, groups of several included."""
    waiting: list[BaseException] = [problem]
    seen: set[int] = set()
    while waiting and len(seen) < 50:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
        waiting += [one for one in (each.__cause__, each.__context__) if one is not None]


def _incoming(response: httpx.Response, trace: _Trace) -> IncomingResponse:
    pieces = response.aiter_raw()
    if response.headers.get("content-encoding", "").strip().lower() in ("gzip", "x-gzip"):
        pieces = gunzip(pieces)
    return IncomingResponse(
        response.status_code,
        response.reason_phrase,
        decode_headers(response.extensions["raw_headers"]),
        response.http_version,
        pieces,
        trace.connect,
        trace.first_byte,
        lambda: response.num_bytes_downloaded,
    )


class _Trace:
    """Whether any byte of a request may have left, whether its head has, and when what came: from httpcore's events.

    The times are as `IncomingResponse` has them.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.begun = False
        self.complete = False
        self.connect: float | None = None
        self.first_byte: float | None = None
        self._clock = clock
        self._started = clock()
        self._connecting = 0.0

    def age(self) -> float:
        """Seconds since the attempt began."""
        return self._clock() - self._started

    async def note(self, event: str, info: object) -> None:
        match event.partition(".")[2]:
            case "connect_tcp.started":
                self._connecting = self.age()
            case "connect_tcp.complete" | "start_tls.complete":
                self.connect = self.age() - self._connecting
            case "send_request_headers.started":
                self.begun = True
            case "send_request_headers.complete":
                self.complete = True
            case "receive_response_headers.complete":
                self.first_byte = self.age()
            case _:
                pass


class PolicedBasicAuth(httpx.Auth):
    """HTTP Basic credentials, for URLs that the policy allows only."""

    def __init__(self, policy: UrlPolicy, user: str, password: str) -> None:
        self._policy = policy
        self._basic = httpx.BasicAuth(user, password)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Add the credentials, or raise InvalidRequest."""
        if not self._policy.allows(str(request.url)):
            raise unreachable()
        yield from self._basic.auth_flow(request)


class NoCookies(CookieJar):
    """A cookie jar that keeps no cookie, and reads none either.

    A jar whose policy wants none reads them all first: 60 kB of them take it 0.15 s of the loop.
    """

    def extract_cookies(self, response: object, request: object) -> None:
        """Leave the cookies of a response where they are."""


class PolicedTransport(httpx.AsyncBaseTransport):
    """httpx's way to httpcore: refuses what the policy does not allow, counts what arrives; no proxies, no HTTP/2."""

    def __init__(self, policy: UrlPolicy, tls: ssl.SSLContext | None, addresses: AddressRule | None = None) -> None:
        self._policy = policy

        def pool(kept: int) -> httpcore.AsyncConnectionPool:
            return httpcore.AsyncConnectionPool(
                ssl_context=tls,
                max_connections=16,
                max_keepalive_connections=kept,
                keepalive_expiry=20.0,
                network_backend=Network(policy, addresses),
            )

        self._kept, self._fresh = pool(4), pool(0)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request on a kept connection or a fresh one and read the head of its response.

        Raises:
            InvalidRequest: the policy refuses the URL.
        """
        # What httpx will connect to is compared as well: its reading of an address need not be the policy's.
        url = request.url
        to = Origin(url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80))
        if not self._policy.allows(str(url)) or not self._policy.reaches(to):
            raise unreachable()
        stream = request.stream
        assert isinstance(stream, httpx.AsyncByteStream)
        response = await (self._fresh if request.extensions.get("fresh") else self._kept).handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=stream,
                extensions=request.extensions,
            )
        )
        extensions = cast("dict[str, object]", response.extensions)
        wire = extensions.get("network_stream")
        if isinstance(wire, Stream):
            wire.framing.begin_body(request.method, response.status, response.headers)
        # httpx prepares to follow a redirect even when told not to, and fails on a Location it cannot read.
        headers = [(name, value) for name, value in response.headers if name.lower() != b"location"]
        return httpx.Response(
            response.status,
            headers=headers,
            stream=_Body(response),
            extensions={**extensions, "raw_headers": tuple(response.headers)},
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._kept.aclose()
        await self._fresh.aclose()


class _Body(httpx.AsyncByteStream):
    """A body as it arrives, for httpx."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __aiter__(self) -> AsyncIterator[bytes]:
        return bounded(self._response.aiter_stream())

    async def aclose(self) -> None:
        await self._response.aclose()


class Network(httpcore.AsyncNetworkBackend):
    """httpcore's network: connects to the hosts of the policy and to no other; no other name is even looked up.

    With `addresses`, it connects only to those of a host's addresses that this allows.
    """

    def __init__(self, policy: UrlPolicy, addresses: AddressRule | None = None) -> None:
        self._policy = policy
        self._addresses = addresses
        self._backend: httpcore.AsyncNetworkBackend = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect, or refuse."""
        if not any(self._policy.reaches(Origin(scheme, host.lower(), port)) for scheme in ("https", "http")):
            raise unreachable()
        if self._addresses is None:
            return Stream(await self._backend.connect_tcp(host, port, timeout, local_address, socket_options))
        allowed = [each for each in await _look_up(host, port) if self._addresses.allows(each)]
        if not allowed:
            raise InvalidRequest("URL", f"{host} {self._addresses.refusal}.", self._addresses.remedy)
        for address in allowed[:-1]:
            with suppress(httpcore.ConnectError):
                return Stream(await self._backend.connect_tcp(address, port, timeout, local_address, socket_options))
        return Stream(await self._backend.connect_tcp(allowed[-1], port, timeout, local_address, socket_options))

    async def sleep(self, seconds: float) -> None:
        """Wait, between two tries at a connection."""
        await asyncio.sleep(seconds)


@cache
def _lookups() -> ThreadPoolExecutor:
    """Threads for names that are looked up: while a network is away each takes up to half a minute, which cannot be
    ended, and the loop's own threads, few as they are, write to the disk."""
    return ThreadPoolExecutor(4, "names")


async def _look_up(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host. `localhost` is not looked up: a name could be made to mean another machine."""
    if host.lower() == "localhost":
        return ("127.0.0.1", "::1")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return (host,)
    try:
        find = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(_lookups(), find)
    except socket.gaierror as problem:
        raise httpcore.ConnectError(str(problem)) from problem
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class Stream(httpcore.AsyncNetworkStream):
    """A connection whose responses are counted, and looked at before httpcore gets them.

    httpcore takes a connection on which more than a response came for closed and makes another.
    """

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self.framing = ResponseFraming(inner.read)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """See `ResponseFraming.read`."""
        return await self.framing.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send; the next thing to arrive is another head."""
        self.framing.begin_head()
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """The same connection, encrypted."""
        return Stream(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """As the connection beneath."""
        if info == "is_readable" and self.framing.waiting:
            return True
        return self._inner.get_extra_info(info)
