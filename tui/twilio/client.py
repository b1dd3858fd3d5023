"""The client of one Twilio connection: reads its credentials, sends its requests, masks secrets in failures.

The HTTP itself is done in `tui.twilio.http`, which is imported when the first client is opened: httpx takes a fifth of
what the whole start does, and the first picture needs none of it.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Self, TypeVar

from tui import __version__
from tui.storage.connection import AUTH_TOKEN
from tui.storage.connections import Connection
from tui.twilio.credentials import Mask, read_credentials
from tui.twilio.errors import ApiError, BadAnswer, NoAnswer, RequestFailed
from tui.twilio.exchange import HttpResponse, IncomingResponse, OutgoingRequest, Read, form_post, read_json
from tui.twilio.url_policy import UrlPolicy

if TYPE_CHECKING:
    from tui.twilio.http import HttpClient

READ_TIMEOUT = 30.0
"""Seconds one whole attempt may take, body included."""

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of a decoded answer that are kept in memory; the bound against decompression bombs."""

_READ_AT_ONCE = 256 * 1024
"""Bytes of JSON that are read on the event loop; more is read in a thread."""

_Page = TypeVar("_Page")


class Client:
    """A client of Twilio for one connection. Use as `async with Client(connection) as client`.

    Its calls raise the `RequestFailed`s of `tui.twilio.errors`, secrets masked. `watches` has it say so of itself in
    its User-Agent: a sandbox that another program uses then leaves what it reads out of its logs and faults.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        timeout: float = READ_TIMEOUT,
        largest: int = LARGEST_ANSWER,
        elapsed: Callable[[], float] = time.perf_counter,
        environ: Mapping[str, str] = os.environ,
        watches: bool = False,
    ) -> None:
        self.connection = connection
        policy = UrlPolicy.for_connection(connection.base_url, connection.region)
        # What an answer's link says may be repeated in a refusal.
        self.policy = replace(policy, hide=self._masked)
        self.timeout = timeout
        self.largest = largest
        self.mask = Mask()
        self.closed = False
        self._elapsed = elapsed
        self._environ = environ
        self._agent = f"tuilio/{__version__}{' (watching)' if watches else ''}"
        self._http: HttpClient | None = None

    @property
    def account_sid(self) -> str:
        """The account that every path is about."""
        return self.connection.account_sid

    async def __aenter__(self) -> Self:
        """Read the credentials and get ready; no byte leaves yet.

        Raises:
            InvalidRequest: a credential is missing or cannot be read from where it is kept.
        """
        from tui.twilio.http import HttpClient, tls_context

        credentials = await read_credentials(self.connection, self._environ)
        self.mask = credentials.mask
        encrypted = self.policy.origin.scheme == "https"
        tls = await asyncio.to_thread(tls_context, self.connection.ca_file) if encrypted else None
        self._http = HttpClient(
            self.policy,
            tls,
            credentials=(credentials.user, credentials.password),
            headers=(
                ("User-Agent", self._agent),
                ("Accept", "application/json"),
                ("Accept-Encoding", "gzip"),
            ),
            elapsed=self._elapsed,
        )
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close every connection."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; requests still under way fail. The client cannot be opened again."""
        # Said first: whoever is waiting for an attempt must not begin another meanwhile.
        self.closed = True
        if self._http is not None:
            await self._http.aclose()

    async def get(self, url: str) -> dict[str, object]:
        """GET a URL that the policy made, and read the JSON object of the response."""
        return await self.document(await self.exchange(OutgoingRequest("GET", url)))

    async def post(self, url: str, form: Sequence[tuple[str, str]]) -> dict[str, object]:
        """POST pairs as a form, on a connection of its own, and read the JSON object of the response."""
        return await self.document(await self.exchange(form_post(url, form), fresh=True))

    async def document(self, response: HttpResponse) -> dict[str, object]:
        """The JSON object of a 2xx response, read beside the loop where there is much of it.

        Raises:
            BadAnswer, ApiError: see `tui.twilio.errors`; secrets are masked, which a server may repeat in its words.
        """
        try:
            if len(response.content) <= _READ_AT_ONCE:
                return read_json(response)
            return await asyncio.to_thread(read_json, response)
        except RequestFailed as problem:
            if isinstance(problem, ApiError) and self.connection.kind == AUTH_TOKEN:
                problem.for_auth_token()
            raise problem.masked(self._masked) from None

    async def exchange(
        self, outgoing: OutgoingRequest, *, fresh: bool = False, timeout: float | None = None, read: Read | None = None
    ) -> HttpResponse:
        """Send one request once and read its whole response, whatever its status.

        Args:
            outgoing: what to send.
            fresh: use a connection made for this request alone.
            timeout: seconds for the whole attempt, the client's own when None.
            read: takes the body instead of memory; the time limit covers it.

        Raises:
            NoAnswer: no whole response came; `.sent` tells whether the request may have left.
            InvalidRequest: the policy refuses the URL.
        """
        http = self._opened()
        if self.closed:
            raise NoAnswer("The connection was closed.", "Choose it again.", sent=False)
        limit = self.timeout if timeout is None else timeout
        try:
            return await http.send(outgoing, read or self._read, limit=limit, fresh=fresh)
        except NoAnswer as problem:
            problem.masked(self._masked)
            raise

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
        own = () if outgoing.anonymous else (("Authorization", "Basic •••"),)
        return (*self._opened().headers_of(outgoing), *own)

    def _opened(self) -> HttpClient:
        if self._http is None:
            raise RuntimeError("Client is used outside of 'async with'")
        return self._http

    def _masked(self, text: str) -> str:
        # The mask is known only once the credentials were read.
        return self.mask.text(text)

    def hide(self, text: str) -> str:
        """A text with the connection's secrets masked, in every form that a request could carry them in.

        For what is written to disk: a person may paste a secret anywhere.
        """
        return self.mask.text(text, short=True)


async def walk_pages(
    client: Client,
    url: str,
    load: Callable[[str], Awaitable[_Page]],
    next_link: Callable[[_Page], str | None],
    *,
    most: int | None = None,
) -> AsyncIterator[_Page]:
    """Every page of a list, by the server's own links, each of which is held to the URL policy.

    Args:
        client: whose policy it is.
        url: the first page.
        load: loads the page at a URL.
        next_link: the link of a loaded page to the next one, if there is one.
        most: pages at most; the walk then ends there, and at a link that was followed before. Without it there is no
            end but the server's, and a circle is an error.

    Raises:
        BadAnswer: the links run in a circle.
        InvalidRequest: a link leads away from the connection's hosts.
    """
    seen: set[str] = set()
    while most is None or len(seen) < most:
        seen.add(url)
        loaded = await load(url)
        yield loaded
        link = next_link(loaded)
        if not link:
            return
        url = client.policy.follow(link)
        if url in seen and most is not None:
            return
        if url in seen:
            raise BadAnswer(200, "The server's links to further pages run in a circle.", "The list ends here.")
