"""What the sandbox offers for trying webhooks out: a message on demand, and signing wrongly. Over HTTP, no credentials.

Goes to loopback only. Must not know the sandbox's code, nor a screen.
"""

from __future__ import annotations

import json
from typing import Final, cast
from urllib.parse import urlsplit

from tui.http_server.loopback import is_loopback
from tui.twilio.errors import RequestFailed
from tui.twilio.exchange import IncomingResponse, OutgoingRequest
from tui.twilio.http import send_to_this_machine
from tui.twilio.media_types import JSON
from tui.webhooks.errors import TrialRefused

SIGNING: Final = {
    "right": "rightly, as Twilio does",
    "token": "with another account's token",
    "scheme": "for https where the URL says http, as behind a proxy",
    "body": "for other parameters than it sends",
    "missing": "not at all",
}
"""How the sandbox can be told to sign, in words."""

TEXTER: Final = "+14155550199"
"""Who texts us: a number from a range kept for fiction."""

_SECONDS: Final = 5.0


async def ask_for_message(origin: str, to: str, body: str, *, sender: str = TEXTER) -> None:
    """Have somebody text one of the sandbox's numbers.

    Raises:
        TrialRefused: the sandbox does not answer, or says no.
    """
    await _ask(origin, "inbound", {"From": sender, "To": to, "Body": body})


async def set_signing(origin: str, mode: str) -> None:
    """Have it sign like this from now on, see `SIGNING`.

    Raises:
        TrialRefused: the sandbox does not answer, or says no.
    """
    await _ask(origin, "signing", {"mode": mode})


async def _ask(origin: str, what: str, content: dict[str, str]) -> None:
    if not is_loopback(urlsplit(origin).hostname or ""):
        raise TrialRefused("sandbox", "The sandbox is on this machine only.", "Use the sandbox for this.")
    body = json.dumps(content).encode()
    outgoing = OutgoingRequest("POST", f"{origin}/_sandbox/{what}", (("Content-Type", JSON),), body)
    try:
        answer = await send_to_this_machine(outgoing, _read, limit=_SECONDS)
        told: object = json.loads(answer.content)
    except (RequestFailed, ValueError):
        raise TrialRefused("sandbox", "The sandbox does not answer.", "Choose it anew among the connections.") from None
    table = cast("dict[str, object]", told) if isinstance(told, dict) else {}
    if not 200 <= answer.status < 300:
        raise TrialRefused("sandbox", f"The sandbox refuses: {table.get('message', answer.status)}.", "Try again.")


async def _read(incoming: IncomingResponse) -> bytes:
    return b"".join([piece async for piece in incoming.pieces])
