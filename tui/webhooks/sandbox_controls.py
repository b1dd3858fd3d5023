"""What the sandbox offers for trying webhooks out: a message on demand, and signing wrongly. Over HTTP, no credentials.

Goes to loopback only. Must not know the sandbox's code, nor a screen.
"""

from __future__ import annotations

from typing import Final, cast
from urllib.parse import urlsplit

import httpx

from tui.http_server.loopback import is_loopback
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
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=_SECONDS) as client:
            answer = await client.post(f"{origin}/_sandbox/{what}", json=content)
        told: object = answer.json()
    except (httpx.HTTPError, ValueError):
        raise TrialRefused("sandbox", "The sandbox does not answer.", "Choose it anew among the connections.") from None
    table = cast("dict[str, object]", told) if isinstance(told, dict) else {}
    if not answer.is_success:
        raise TrialRefused("sandbox", f"The sandbox refuses: {table.get('message', answer.status_code)}.", "Try again.")
