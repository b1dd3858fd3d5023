"""Whether Twilio sent a request, and if not, what would have matched. Knows tokens, never where they are kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from tui.answering import Request
from tui.twilio.diagnosis import Diagnosis, Mistake, OtherToken, diagnose
from tui.twilio.signature import covered_text, fits
from tui.webhooks.addresses import is_loopback
from tui.webhooks.events import Verdict
from tui.webhooks.reading import MOST_PARAMETERS, count_fields

_AUTHORITY: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?")

UNKNOWABLE: Final = (
    "Nobody can tell whether Twilio sent this: the connection has no auth token, and API keys never sign. "
    "Add the auth token under Connections."
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What signatures are checked against; nothing of it is ever printed.

    Attributes:
        primary: the account's auth token; empty when the connection has none.
        secondary: its secondary token, if known; used for diagnosis only.
        others: tokens of other saved connections; used for diagnosis only.
    """

    primary: str = field(default="", repr=False)
    secondary: str = field(default="", repr=False)
    others: tuple[OtherToken, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, the URL it holds for, and why it is not better."""

    verdict: Verdict
    url: str
    diagnosis: str = ""


def judge(request: Request, tokens: Tokens, urls: tuple[str, ...]) -> Judgement:
    """Judge a request. Never raises. A wrong signature costs milliseconds, a large body tens of them.

    Args:
        request: as received.
        tokens: see `Tokens`.
        urls: the URLs under which it may rightly have been called, the most likely first; never empty.
    """
    return judge_at_once(request, tokens, urls) or _explain(request, tokens, urls)


def judge_at_once(request: Request, tokens: Tokens, urls: tuple[str, ...]) -> Judgement | None:
    """Judge a request where that takes no search for what would have matched; None where it does. See `judge`."""
    if count_fields(request.target, request.body) > MOST_PARAMETERS:
        reason = f"It holds more than {MOST_PARAMETERS} parameters; Twilio never sends so many."
        return Judgement(Verdict.REJECTED, urls[0], reason)
    if not tokens.primary:
        return Judgement(Verdict.CANNOT_VERIFY, urls[0], UNKNOWABLE)
    signature = request.header("X-Twilio-Signature")
    kind, body = request.header("Content-Type"), request.body
    # They differ in their origin only, so what is signed after the URL is the same for each.
    text = covered_text(urls[0], method=request.method, content_type=kind, body=body) if signature else None
    if text is not None:
        for url in urls:
            if fits(tokens.primary, url, text, signature):
                return Judgement(Verdict.VERIFIED, url)
    return None if signature else _explain(request, tokens, urls)


def _explain(request: Request, tokens: Tokens, urls: tuple[str, ...]) -> Judgement:
    found = diagnose(
        tokens.primary,
        urls[0],
        request.header("X-Twilio-Signature") or None,
        method=request.method,
        content_type=request.header("Content-Type"),
        body=request.body,
        secondary=tokens.secondary,
        others=tokens.others,
        origins=_origins(request),
    )
    return Judgement(Verdict.REJECTED, urls[0], _sentence(found))


def loopback_origin(request: Request) -> str:
    """Return the origin a caller on this machine named in its Host header; empty for any other host.

    Other hosts are never taken from a header: whoever sends it would choose what the signature is checked for.
    """
    host = request.header("Host")
    parts = _AUTHORITY.fullmatch(host)
    return f"http://{host}" if parts and is_loopback(parts[1]) else ""


def _origins(request: Request) -> tuple[str, ...]:
    """Addresses by which the request may have been sent, told by headers: to be suggested, never to be believed."""
    found: list[str] = []
    for name in ("X-Forwarded-Host", "X-Original-Host", "Host"):
        host = request.header(name).partition(",")[0].strip()
        if _AUTHORITY.fullmatch(host):
            found += [f"https://{host}", f"http://{host}"]
    return tuple(dict.fromkeys(found))


def _sentence(found: Diagnosis) -> str:
    if found.mistake is Mistake.NONE:
        return "The signature fits, but not for this receiver."
    return found.sentence
