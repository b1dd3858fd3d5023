"""The last lines before the socket: credentials for the gate's addresses only, and no other origin at all.

Knows httpx and the gate, not what is asked for.
"""

from __future__ import annotations

from collections.abc import Generator
from http.cookiejar import CookieJar

import httpx

from tui.twilio.url_policy import Origin, UrlPolicy, unreachable


class PolicedBasicAuth(httpx.Auth):
    """HTTP Basic, for the gate's addresses only."""

    def __init__(self, gate: UrlPolicy, user: str, password: str) -> None:
        self._gate = gate
        self._basic = httpx.BasicAuth(user, password)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Add the credentials, or refuse."""
        if not self._gate.allows(str(request.url)):
            raise unreachable()
        yield from self._basic.auth_flow(request)


class NoCookies(CookieJar):
    """Keeps no cookie, and reads none either.

    A jar whose policy wants none reads them all first: 60 kB of them take it 0.15 s of the loop.
    """

    def extract_cookies(self, response: object, request: object) -> None:
        """Leave what an answer wants kept where it is."""


class ConfinedTransport(httpx.AsyncBaseTransport):
    """Refuses every origin but the gate's; the last line before the socket."""

    def __init__(self, gate: UrlPolicy, *, kept: httpx.AsyncBaseTransport, fresh: httpx.AsyncBaseTransport) -> None:
        self._gate = gate
        self._kept = kept
        self._fresh = fresh

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Hand the request on, on a kept connection or a fresh one, or refuse."""
        # What httpx will connect to is compared as well: its reading of an address need not be the gate's.
        url = request.url
        to = Origin(url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80))
        if not self._gate.allows(str(url)) or not self._gate.reaches(to):
            raise unreachable()
        way = self._fresh if request.extensions.get("fresh") else self._kept
        response = await way.handle_async_request(request)
        response.extensions["raw_headers"] = tuple(response.headers.raw)
        # httpx prepares to follow a redirect even when told not to, and fails on a Location it cannot read.
        response.headers.pop("location", None)
        return response

    async def aclose(self) -> None:
        """Close every connection."""
        await self._kept.aclose()
        await self._fresh.aclose()
