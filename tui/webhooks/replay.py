"""Replay an event to a program on this machine, with the body and headers it came with.

Sends to loopback only: an event holds other people's words, and its signature.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tui.http_server.http_messages import CONNECTION_HEADERS, FRAMING_HEADERS
from tui.http_server.loopback import is_loopback
from tui.twilio.errors import RequestFailed
from tui.twilio.exchange import OutgoingRequest
from tui.twilio.http import send_to_this_machine
from tui.webhooks.errors import ReplayRefused
from tui.webhooks.events import Pairs, WebhookEvent

TIMEOUT: Final = 15.0
"""Seconds: as long as Twilio waits for an answer."""

LARGEST: Final = 1 << 20
"""Bytes of an answer that are read."""

_LEFT_OUT: Final = FRAMING_HEADERS | CONNECTION_HEADERS


@dataclass(frozen=True, slots=True)
class ReplayAnswer:
    """The program's answer (remote text: sanitise), after `seconds`; `cut` if it was larger than `LARGEST`."""

    url: str
    status: int
    headers: Pairs
    body: bytes
    seconds: float
    cut: bool = False


def replay_url(event: WebhookEvent, url: str) -> str:
    """The URL to replay an event to: `url`, with the event's own path or query where it has none.

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
) -> ReplayAnswer:
    """Replay an event to a URL on this machine. Redirects are returned, not followed.

    Raises:
        ReplayRefused: the URL is not on this machine, or no answer came within `timeout` seconds.
    """
    where = replay_url(event, url)
    headers = tuple(
        (name.encode("ascii", "replace").decode(), value.encode("latin-1", "replace").decode("latin-1"))
        for name, value in event.headers
        if name.lower() not in _LEFT_OUT
    )
    # What is signed holds the host that Twilio called.
    host = next((value for name, value in event.headers if name.lower() == "host"), "")
    outgoing = OutgoingRequest(event.method, where, headers, event.body or None, host=host)
    try:
        answer = await send_to_this_machine(outgoing, limit=timeout, largest=LARGEST, elapsed=elapsed)
    except RequestFailed as problem:
        raise ReplayRefused("url", problem.reason, "Start the program there, then try again.") from None
    content = answer.content
    cut = len(content) > LARGEST
    return ReplayAnswer(where, answer.status, answer.headers, content[:LARGEST], answer.elapsed, cut=cut)
