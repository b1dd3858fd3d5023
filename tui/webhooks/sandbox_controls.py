"""Controls of the sandbox, over HTTP: have a message arrive, set how webhooks are signed, ask what it has, connect.

Sends to loopback only, without credentials. Must not know the sandbox's code, nor a screen.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tui.http_server.loopback import is_loopback
from tui.storage.connection import API_KEY, Connection
from tui.twilio.errors import RequestFailed
from tui.twilio.exchange import OutgoingRequest
from tui.twilio.http import send_without_credentials
from tui.twilio.lenient_json import as_items, as_mapping, as_text
from tui.twilio.media_types import JSON
from tui.webhooks.errors import NoSandbox, SandboxRefused

SIGNING: Final = {
    "right": "rightly, as Twilio does",
    "token": "with another account's token",
    "scheme": "for https where the URL says http, as behind a proxy",
    "body": "for other parameters than it sends",
    "missing": "not at all",
}
"""Ways the sandbox can sign webhooks, in words."""

TEXTER: Final = "+14155550199"
"""The sender: a number from a range kept for fiction."""

NAME: Final = "sandbox"
"""What the connection to a sandbox is called."""

_SECONDS: Final = 5.0
_LARGEST: Final = 64 * 1024


async def ask_for_message(origin: str, to: str, body: str, *, sender: str = TEXTER, media: Sequence[str] = ()) -> None:
    """Have a message arrive at one of the sandbox's numbers, with the files at these URLs.

    Raises:
        SandboxRefused: the sandbox does not answer, or says no.
    """
    await _post(origin, "inbound", {"From": sender, "To": to, "Body": body, "MediaUrl": list(media)})


async def set_signing(origin: str, mode: str) -> None:
    """Have the sandbox sign webhooks this way from now on; `mode` is a key of `SIGNING`.

    Raises:
        SandboxRefused: the sandbox does not answer, or says no.
    """
    await _post(origin, "signing", {"mode": mode})


async def operations_of(origin: str) -> frozenset[tuple[str, str, str]]:
    """Method, host and path, as the catalogue of operations has them, of everything that the sandbox does.

    Raises:
        SandboxRefused: the sandbox does not answer, or says no.
    """
    rows = as_items(as_mapping(await _ask(origin, "GET", "operations")).get("operations"))
    return frozenset((as_text(row.get("method")), as_text(row.get("host")), as_text(row.get("path"))) for row in rows)


@dataclass(frozen=True, slots=True)
class SandboxAccess:
    """The connection to a sandbox, and which run of it that is: a restarted or emptied one gives out SIDs again."""

    connection: Connection
    run: str


async def access_to(origin: str) -> SandboxAccess:
    """How to connect to the sandbox there.

    Raises:
        SandboxRefused: no sandbox answers there, or it says no.
    """
    told = as_mapping(await _ask(origin, "GET", "connection"))
    sid, key, secret, token = (
        as_text(told.get(name)) for name in ("account_sid", "api_key_sid", "api_key_secret", "auth_token")
    )
    if not sid:
        raise NoSandbox
    connection = Connection(NAME, API_KEY, sid, key, secret, auth_token=token, base_url=origin)
    return SandboxAccess(connection, as_text(told.get("run")))


async def _post(origin: str, what: str, content: dict[str, object]) -> None:
    await _ask(origin, "POST", what, json.dumps(content).encode())


async def _ask(origin: str, method: str, what: str, body: bytes | None = None) -> object:
    if not is_loopback(urlsplit(origin).hostname or ""):
        raise SandboxRefused("sandbox", "The sandbox is on this machine only.", "Use the sandbox for this.")
    headers = (("Content-Type", JSON),) if body is not None else ()
    outgoing = OutgoingRequest(method, f"{origin}/_sandbox/{what}", headers, body)
    try:
        answer = await send_without_credentials(outgoing, limit=_SECONDS, largest=_LARGEST)
        told: object = json.loads(answer.content) if answer.content else None
    except RequestFailed:
        raise SandboxRefused(
            "sandbox", "The sandbox does not answer.", "Choose it anew among the connections."
        ) from None
    except ValueError:
        raise NoSandbox from None
    if not 200 <= answer.status < 300:
        if not (why := as_mapping(told).get("message")):
            raise NoSandbox
        raise SandboxRefused("sandbox", f"The sandbox refuses: {why}.", "Try again.")
    return told
