"""Controls of the sandbox for trying webhooks out, over HTTP: have a message arrive, set how webhooks are signed.

Sends to loopback only, without credentials. Must not know the sandbox's code, nor a screen.
"""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import urlsplit

from tui.http_server.loopback import is_loopback
from tui.twilio.errors import RequestFailed
from tui.twilio.exchange import OutgoingRequest
from tui.twilio.http import send_to_this_machine
from tui.twilio.lenient_json import as_mapping
from tui.twilio.media_types import JSON
from tui.webhooks.errors import SandboxRefused

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

_SECONDS: Final = 5.0
_LARGEST: Final = 64 * 1024


async def ask_for_message(origin: str, to: str, body: str, *, sender: str = TEXTER) -> None:
    """Have a message arrive at one of the sandbox's numbers.

    Raises:
        SandboxRefused: the sandbox does not answer, or says no.
    """
    await _post(origin, "inbound", {"From": sender, "To": to, "Body": body})


async def set_signing(origin: str, mode: str) -> None:
    """Have the sandbox sign webhooks this way from now on; `mode` is a key of `SIGNING`.

    Raises:
        SandboxRefused: the sandbox does not answer, or says no.
    """
    await _post(origin, "signing", {"mode": mode})


async def _post(origin: str, what: str, content: dict[str, str]) -> None:
    if not is_loopback(urlsplit(origin).hostname or ""):
        raise SandboxRefused("sandbox", "The sandbox is on this machine only.", "Use the sandbox for this.")
    body = json.dumps(content).encode()
    outgoing = OutgoingRequest("POST", f"{origin}/_sandbox/{what}", (("Content-Type", JSON),), body)
    try:
        answer = await send_to_this_machine(outgoing, limit=_SECONDS, largest=_LARGEST)
        told: object = json.loads(answer.content)
    except (RequestFailed, ValueError):
        raise SandboxRefused(
            "sandbox", "The sandbox does not answer.", "Choose it anew among the connections."
        ) from None
    if not 200 <= answer.status < 300:
        why = as_mapping(told).get("message", answer.status)
        raise SandboxRefused("sandbox", f"The sandbox refuses: {why}.", "Try again.")
