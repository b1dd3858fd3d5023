"""Verify a request's signature; where it does not fit, diagnose what would have. Knows tokens, not their storage."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from tui.http_server.http_messages import Request
from tui.http_server.loopback import is_loopback
from tui.twilio.signature import (
    HMAC_SHA1,
    SETTINGS_HEADER,
    Scheme,
    covered_text,
    fits,
    is_signature,
    read_scheme,
)
from tui.twilio.signature_diagnosis import Diagnosis, Mistake, OtherToken, diagnose
from tui.webhooks.events import Verdict
from tui.webhooks.parameters import MOST_PARAMETERS, count_fields

_AUTHORITY: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?")

_ORIGIN: Final = re.compile(r"https?://[^/?#]+")

_FORWARDED_HOST: Final = re.compile(r"(?:^|[;,])\s*host=(\"[^\"]*\"|[^;,\s]*)", re.IGNORECASE)

_LONGEST_WORD: Final = 60
_MOST_ORIGINS: Final = 8

UNKNOWABLE: Final = (
    "Nobody can tell whether Twilio sent this: the connection has no auth token, and API keys never sign. "
    "Add the auth token under Connections."
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What signatures are checked against; none of it is ever printed.

    Attributes:
        primary: the account's auth token; empty when the connection has none.
        shared: the shared key that Twilio may sign with instead; empty when the connection has none.
        secondary: its secondary token, if known; used for diagnosis only.
        others: tokens of other saved connections; used for diagnosis only.
    """

    primary: str = field(default="", repr=False)
    shared: str = field(default="", repr=False)
    secondary: str = field(default="", repr=False)
    others: tuple[OtherToken, ...] = field(default=(), repr=False)

    @property
    def some(self) -> bool:
        """Whether there is a token to verify with."""
        return bool(self.primary or self.shared)


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict, the URL it holds for, and the reason where the request is not verified."""

    verdict: Verdict
    url: str
    diagnosis: str = ""


def verify_request(request: Request, tokens: Tokens, urls: tuple[str, ...]) -> Verification:
    """Verify a request. Never raises. A wrong signature costs milliseconds, a large body tens of them.

    Args:
        request: as received.
        tokens: what to check the signature against.
        urls: the URLs under which it may rightly have been called, the most likely first; never empty.
    """
    return verify_at_once(request, tokens, urls) or _explain(request, tokens, urls)


def verify_at_once(request: Request, tokens: Tokens, urls: tuple[str, ...]) -> Verification | None:
    """As `verify_request`, but None where the reason would have to be searched for."""
    if count_fields(request.target, request.body) > MOST_PARAMETERS:
        reason = f"It holds more than {MOST_PARAMETERS} parameters; Twilio never sends so many."
        return Verification(Verdict.REJECTED, urls[0], reason)
    signature = request.header("X-Twilio-Signature")
    scheme = read_scheme(request.header(SETTINGS_HEADER), signature)
    kind, body = request.header("Content-Type"), request.body
    # They differ in their origin only, so what is signed after the URL is the same for each.
    text = covered_text(urls[0], method=request.method, content_type=kind, body=body) if signature else None
    # Twilio has the one or the other, and nobody else has either: whichever fits, it was Twilio.
    keys = [key for key in (tokens.primary, tokens.shared) if key and text is not None]
    for url, key in product(urls, keys):
        if fits(key, url, text or b"", signature, scheme.algorithm):
            return Verification(Verdict.VERIFIED, url)
    if why := _unverifiable(tokens, scheme, signature):
        return Verification(Verdict.CANNOT_VERIFY, urls[0], why)
    return None if signature else _explain(request, tokens, urls)


def _unverifiable(tokens: Tokens, scheme: Scheme, signature: str) -> str:
    """Why the signature cannot be checked; empty where it can."""
    if not scheme.shared:
        return "" if tokens.primary else UNKNOWABLE
    if not signature or (scheme.known and not is_signature(signature, scheme.algorithm)):
        return "" if tokens.some else UNKNOWABLE
    key = f" {scheme.key[:_LONGEST_WORD]}" if scheme.key else ""
    signed = f"Signed with a shared key{key}, {scheme.algorithm[:_LONGEST_WORD]}"
    if not scheme.known:
        return f"{signed}: a way of signing that this version does not know, so nobody here can tell who sent it."
    if not tokens.shared:
        return f"{signed}; this connection has none, so nobody can tell who sent it: set webhook_key under Connections."
    return ""


def _explain(request: Request, tokens: Tokens, urls: tuple[str, ...]) -> Verification:
    scheme = read_scheme(request.header(SETTINGS_HEADER), request.header("X-Twilio-Signature") or None)
    found = _diagnose(request, tokens, urls[0], scheme)
    fits_elsewhere = "The signature fits, but not for this receiver."
    sentence = fits_elsewhere if found.mistake is Mistake.NONE else found.sentence
    return Verification(Verdict.REJECTED, urls[0], sentence)


def _diagnose(request: Request, tokens: Tokens, url: str, scheme: Scheme) -> Diagnosis:
    return diagnose(
        tokens.shared if scheme.shared else tokens.primary,
        url,
        request.header("X-Twilio-Signature") or None,
        method=request.method,
        content_type=request.header("Content-Type"),
        body=request.body,
        secondary="" if scheme.shared else tokens.secondary,
        others=tokens.others,
        origins=_origins(request),
        algorithm=scheme.algorithm if scheme.known else HMAC_SHA1,
    )


def suggest_public_url(request: Request, tokens: Tokens, url: str) -> str:
    """The origin that a rejected request was signed for with the account's own token; empty where there is none.

    Takes some tens of milliseconds, as the diagnosis does.
    """
    scheme = read_scheme(request.header(SETTINGS_HEADER), request.header("X-Twilio-Signature") or None)
    found = _diagnose(request, tokens, url, scheme)
    parts = _ORIGIN.match(found.url) if found.mistake is Mistake.OTHER_URL else None
    return parts[0] if parts and not url.startswith(f"{parts[0]}/") else ""


def loopback_origin(request: Request) -> str:
    """The origin in the Host header of a caller on this machine; empty for any other host.

    Other hosts are never taken from a header: whoever sends it would choose what the signature is checked for.
    """
    host = request.header("Host")
    parts = _AUTHORITY.fullmatch(host)
    return f"http://{host}" if parts and is_loopback(parts[1]) else ""


def _origins(request: Request) -> tuple[str, ...]:
    """Origins that the headers claim the request was sent to: for the diagnosis only, never believed."""
    hosts = [host.strip('"') for host in _FORWARDED_HOST.findall(request.header("Forwarded"))]
    hosts += [
        request.header(name).partition(",")[0].strip() for name in ("X-Forwarded-Host", "X-Original-Host", "Host")
    ]
    found = [f"{scheme}://{host}" for host in hosts if _AUTHORITY.fullmatch(host) for scheme in ("https", "http")]
    return tuple(dict.fromkeys(found))[:_MOST_ORIGINS]
