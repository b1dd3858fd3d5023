"""Playing an event again to a program on this machine, with the body and headers it came with.

Goes to loopback and nowhere else: an event holds other people's words, and its signature.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx

from tui.http_server.http_messages import CONNECTION_HEADERS, FRAMING_HEADERS
from tui.http_server.loopback import is_loopback
from tui.twilio.confined import NoCookies
from tui.webhooks.errors import ReplayRefused
from tui.webhooks.events import Pairs, WebhookEvent

TIMEOUT: Final = 15.0
"""Seconds: as long as Twilio waits for an answer."""

LARGEST: Final = 1 << 20
"""Bytes of an answer that are read."""

# The host stays: what is signed holds it.
_LEFT_OUT: Final = (FRAMING_HEADERS | CONNECTION_HEADERS) - {"host"}


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the program answered (remote text: sanitise). `seconds` is how long it took, `cut` if more was sent."""

    url: str
    status: int
    headers: Pairs
    body: bytes
    seconds: float
    cut: bool = False


def replay_url(event: WebhookEvent, url: str) -> str:
    """The address an event goes to: without a path the event's own, without a query the event's own.

    Raises:
        ReplayRefused: no http(s) URL, or not on this machine.
    """
    text = url.strip()
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in {"http", "https"} or not host or not text.isprintable() or " " in text:
        raise ReplayRefused("url", "This is not an http URL.", "Write it as http://127.0.0.1:3000/sms.")
    if not is_loopback(host):
        raise ReplayRefused(
            "url",
            f"{host} is not this machine.",
            "Events are played again to 127.0.0.1, localhost or [::1] only; copy it as curl for anything else.",
        )
    path, _, query = event.target.partition("?")
    shown = parts.path if parts.path not in {"", "/"} else path
    asked = parts.query or query
    # A name is looked up, and could be made to mean another machine.
    bare = f"[{host}]" if ":" in host else "127.0.0.1" if host.lower() == "localhost" else host
    port = f":{parts.port}" if parts.port is not None else ""
    return f"{parts.scheme}://{bare}{port}{shown}{'?' + asked if asked else ''}"


async def replay(
    event: WebhookEvent, url: str, *, timeout: float = TIMEOUT, elapsed: Callable[[], float] = time.perf_counter
) -> Replayed:
    """Send an event to a program on this machine. Redirects are shown, not followed.

    Raises:
        ReplayRefused: the address is not on this machine, or no answer came within `timeout` seconds.
    """
    where = replay_url(event, url)
    headers = [
        (name.encode("ascii", "replace"), value.encode("latin-1", "replace"))
        for name, value in event.headers
        if name.lower() not in _LEFT_OUT
    ]
    started = elapsed()
    body = bytearray()
    try:
        async with (
            asyncio.timeout(timeout),
            httpx.AsyncClient(
                trust_env=False,
                # A program under development on this very machine has a certificate of its own, if any.
                verify=False,  # noqa: S501
                cookies=NoCookies(),
                timeout=httpx.Timeout(timeout),
            ) as client,
        ):
            request = client.build_request(event.method, where, headers=headers, content=event.body or None)
            answer = await client.send(request, stream=True)
            try:
                async for piece in answer.aiter_raw():
                    body += piece
                    if len(body) > LARGEST:
                        break
            finally:
                await answer.aclose()
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as problem:
        raise ReplayRefused("url", _why(problem, where, timeout), "Start the program there, then try again.") from None
    return Replayed(
        where,
        answer.status_code,
        tuple(answer.headers.multi_items()),
        bytes(body[:LARGEST]),
        elapsed() - started,
        cut=len(body) > LARGEST,
    )


def _why(problem: Exception, where: str, timeout: float) -> str:
    origin = "/".join(where.split("/")[:3])
    if isinstance(problem, httpx.ConnectError):
        return f"Nothing answers at {origin}."
    if isinstance(problem, httpx.TimeoutException | TimeoutError):
        return f"{origin} did not answer within {timeout:g} seconds."
    return f"{origin} broke off before its answer was whole."
