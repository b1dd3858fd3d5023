"""Forward an event to the person's own program: the request as it came, and the program's answer.

Replaying an event by hand is the same. Method, query, headers in their order and body leave byte for byte. What a
signature check at the program needs is set right: either Twilio's signature stays, with the public URL in
`X-Forwarded-Proto` and `-Host`; or the request is signed anew for the URL that the program itself sees. Nothing that
Twilio did not sign is signed here.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from tui.http_server.http_messages import CONNECTION_HEADERS
from tui.twilio.errors import InvalidRequest, RequestFailed
from tui.twilio.exchange import HttpResponse, OutgoingRequest
from tui.twilio.http import send_without_credentials
from tui.twilio.signature import SETTINGS_HEADER, read_scheme, sign_request, verify
from tui.webhooks.events import Forwarded, ForwardState, Pairs, Verdict, WebhookEvent, WebhookReply
from tui.webhooks.forward_target import ForwardTarget
from tui.webhooks.settings import AS_IT_CAME, FOR_MY_URL
from tui.webhooks.verification import Tokens

PROGRAM_SECONDS: Final = 12.0
"""How long the program may take: Twilio waits 15 seconds, and the request has to be stored and answered as well."""

LARGEST: Final = 1 << 20
"""Bytes of an answer that are read, and handed on."""

_REQUEST: Final = re.compile(r"[!-~]+ /[!-~]*")

_LEFT_OUT: Final = CONNECTION_HEADERS | {"proxy-connection", "proxy-authorization", "transfer-encoding"}
_FORWARDED: Final = frozenset({"forwarded", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port"})
_NEEDED: Final = frozenset({"host", "content-length", "content-type", "x-twilio-signature", SETTINGS_HEADER.lower()})
_NOT_RELAYED: Final = _LEFT_OUT | {"content-length", "content-type", "proxy-authenticate"}

_PSEUDONYM: Final = f"tuilio-{secrets.token_hex(4)}"
"""This program's name in `Via` (RFC 9110, 7.6.3): what comes back under it was forwarded from here."""


@dataclass(frozen=True, slots=True)
class Forwarding:
    """How events are forwarded.

    Attributes:
        target: the program.
        signature: one of `tui.webhooks.settings.SIGNATURES`.
        tokens: what it is signed with anew.
    """

    target: ForwardTarget
    signature: str = AS_IT_CAME
    tokens: Tokens = field(default_factory=Tokens)


def shown_url(event: WebhookEvent, target: ForwardTarget) -> str:
    """Where an event goes, without its query, which may hold words."""
    return target.url_of(event.target.partition("?")[0])


def came_back(event: WebhookEvent) -> bool:
    """Whether an event was forwarded from here already."""
    return any(name.lower() == "via" and _PSEUDONYM in value for name, value in event.headers)


async def forward(
    event: WebhookEvent,
    how: Forwarding,
    *,
    limit: float = PROGRAM_SECONDS,
    elapsed: Callable[[], float] = time.perf_counter,
) -> Forwarded:
    """Forward an event once, and read the program's answer within `limit` seconds. Redirects are not followed.

    Whatever fails is in what is returned; nothing is raised.
    """
    if not _REQUEST.fullmatch(f"{event.method} {event.target}"):
        # A damaged row may hold anything, even what would make the host's name longer.
        problem = "What is left of this event is no request."
        return Forwarded(str(how.target), ForwardState.NOT_SENT, problem=problem)
    request, resigned = make_request(event, how)
    shown = Forwarded(shown_url(event, how.target), resigned=resigned)
    return await send_to_program(request, shown, here=how.target.here, limit=limit, elapsed=elapsed)


async def send_to_program(
    request: OutgoingRequest,
    shown: Forwarded,
    *,
    here: bool,
    limit: float = PROGRAM_SECONDS,
    elapsed: Callable[[], float] = time.perf_counter,
) -> Forwarded:
    """Send a request to the person's own program, once; `shown` is returned with what came of it. Raises nothing.

    `here` says whether the program is on this machine; on another one it is reached as confirmed targets are.
    """
    started = elapsed()
    try:
        answer = await send_without_credentials(
            request, limit=limit, largest=LARGEST, beyond_this_machine=not here, elapsed=elapsed
        )
    except RequestFailed as problem:
        remedy = f" {problem.remedy}" if isinstance(problem, InvalidRequest) else ""
        return replace(
            shown, state=ForwardState.NO_ANSWER, seconds=elapsed() - started, problem=f"{problem.reason}{remedy}"
        )
    usable = len(answer.content) <= LARGEST
    return replace(
        shown,
        state=ForwardState.ANSWERED if usable else ForwardState.NO_ANSWER,
        status=answer.status,
        seconds=answer.elapsed,
        problem=_problem(answer),
        headers=answer.headers,
        body=answer.content[:LARGEST],
    )


def reply_of(answer: Forwarded) -> WebhookReply | None:
    """The reply to Twilio that a program's answer is; None where it cannot be handed on."""
    if answer.state is not ForwardState.ANSWERED:
        return None
    kind = next((value for name, value in answer.headers if name.lower() == "content-type"), "")
    body = b"" if answer.status in {204, 304} else answer.body
    return WebhookReply(answer.status, _utf8(kind), body)


def relayed_headers(answer: Forwarded) -> Pairs:
    """The program's headers that go to Twilio beside its Content-Type: cookies, for one, and where it redirects."""
    left_out = _NOT_RELAYED | _named_in_connection(answer.headers)
    return tuple(
        (name, _utf8(value))
        for name, value in answer.headers
        if name.lower() not in left_out
        # Its body was unpacked on the way.
        and (name.lower() != "content-encoding" or value.strip().lower() not in {"gzip", "x-gzip"})
    )


def make_request(event: WebhookEvent, how: Forwarding) -> tuple[OutgoingRequest, bool]:
    """The request that forwards an event, and whether it is signed anew."""
    url = how.target.url_of(event.target)
    signature = _sign_anew(event, url, how) if how.signature == FOR_MY_URL else None
    left_out = _LEFT_OUT | _named_in_connection(event.headers)
    kept = [(name, value) for name, value in event.headers if name.lower() not in left_out]
    authority = urlsplit(url).netloc
    if signature is not None:
        # The program is to see its own URL: nothing may tell it of another one.
        kept = [(name, value) for name, value in kept if name.lower() not in _FORWARDED]
        kept = _with(_with(kept, "Host", authority), "X-Twilio-Signature", signature)
    elif event.url.startswith(("http://", "https://")):
        scheme, _, rest = event.url.partition("://")
        host = rest.partition("/")[0].partition("?")[0]
        kept = _with(_with(kept, "X-Forwarded-Proto", scheme), "X-Forwarded-Host", host)
    if not any(name.lower() == "host" for name, _ in kept):
        kept.insert(0, ("Host", authority))
    if event.body or any(name.lower() == "content-length" for name, _ in kept):
        kept = _with(kept, "Content-Length", str(len(event.body)))
    kept.append(("Via", f"1.1 {_PSEUDONYM}"))
    # Those of a damaged event may be anything.
    sendable = tuple(
        (name.encode("ascii", "replace").decode(), value.encode("latin-1", "replace").decode("latin-1"))
        for name, value in kept
    )
    return OutgoingRequest(event.method, url, sendable, event.body or None, verbatim=True), signature is not None


def _sign_anew(event: WebhookEvent, url: str, how: Forwarding) -> str | None:
    """Its signature for the program's URL; None for what is not known to be Twilio's, or without the key it used."""
    if event.verdict is not Verdict.VERIFIED:
        return None
    given = event.header("X-Twilio-Signature")
    scheme = read_scheme(event.header(SETTINGS_HEADER), given)
    key = how.tokens.shared if scheme.shared else how.tokens.primary
    kind = event.header("Content-Type")
    # It may have been verified in another run, with the token of another connection.
    if not scheme.known or not verify(
        key,
        event.url,
        given,
        method=event.method,
        content_type=kind,
        body=event.body,
        algorithm=scheme.algorithm,
    ):
        return None
    return sign_request(key, url, method=event.method, content_type=kind, body=event.body, algorithm=scheme.algorithm)


def _with(headers: list[tuple[str, str]], name: str, value: str) -> list[tuple[str, str]]:
    """Headers in which one has this value, once: in its first place where it stands there already, else at the end."""
    wanted = name.lower()
    places = [n for n, (each, _) in enumerate(headers) if each.lower() == wanted]
    if not places:
        return [*headers, (name, value)]
    changed = [*headers[: places[0]], (headers[places[0]][0], value), *headers[places[0] + 1 :]]
    return [pair for n, pair in enumerate(changed) if n not in places[1:]]


def _named_in_connection(headers: Pairs) -> set[str]:
    """The further headers that are about one connection only, in small letters."""
    named = (value for name, value in headers if name.lower() == "connection")
    return {word.strip().lower() for value in named for word in value.split(",")} - _NEEDED


def _problem(answer: HttpResponse) -> str:
    """Why an answer cannot be handed on, or is none that Twilio can use; empty otherwise."""
    if len(answer.content) > LARGEST:
        return f"Your program's answer is larger than {LARGEST:,} bytes."
    if 300 <= answer.status < 400 and (where := answer.header("Location")):
        return f"Your program redirects to {where[:200]}; that is not followed here."
    return ""


def _utf8(text: str) -> str:
    """A header's value of an answer as it goes over the wire: what was read as UTF-8 is UTF-8 again."""
    return text.encode("utf-8", "replace").decode("latin-1")
