"""How the sandbox signs what it calls: rightly, or wrongly in a way that a receiver ought to notice."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from tui.twilio.signature import sign


class Signing(Enum):
    """The switch."""

    RIGHT = "right"
    TOKEN = "token"  # noqa: S105 - another account's token
    SCHEME = "scheme"  # for https where the URL says http, as behind a proxy
    BODY = "body"  # for other parameters
    MISSING = "missing"


def signature(mode: Signing, token: str, url: str, params: Sequence[tuple[str, str]]) -> str:
    """Return the X-Twilio-Signature of a call; empty when there is to be none."""
    match mode:
        case Signing.RIGHT:
            return sign(token, url, params)
        case Signing.TOKEN:
            return sign(token[::-1], url, params)
        case Signing.SCHEME:
            return sign(token, "https:" + url.partition(":")[2], params)
        case Signing.BODY:
            return sign(token, url, [])
        case Signing.MISSING:
            return ""


def read_signing(value: object) -> Signing:
    """Read the switch from JSON.

    Raises:
        ValueError: it is none of the modes.
    """
    for mode in Signing:
        if value == mode.value:
            return mode
    raise ValueError(f"mode is none of {', '.join(mode.value for mode in Signing)}")
