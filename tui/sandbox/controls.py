"""The sandbox's control paths under `/_sandbox/`, for programs and tests on this machine, no foreign page.

POST   /_sandbox/inbound    JSON {"From", "To", "Body", "MediaUrl"}: a message arrives
POST   /_sandbox/faults     JSON of one fault (see faults.py), or a list of them
GET    /_sandbox/faults     the faults still waiting
DELETE /_sandbox/faults     forget them
GET    /_sandbox/requests   what was asked and answered
GET    /_sandbox/creates    the create calls that were carried out: "accepted" and "refused" (by code) count them,
                            "repeated" has what one recipient was sent more than once, "early" counts those that came
                            before a Retry-After was over, "creates" has each, see create_log.py
DELETE /_sandbox/creates    forget them
GET    /_sandbox/callbacks  which webhooks were called, what they answered, and which were not called
POST   /_sandbox/signing    JSON {"mode"}: sign webhooks right, or wrong (token, scheme, body, missing)
GET    /_sandbox/signing    how webhooks are signed
POST   /_sandbox/state      JSON of what is to change: {"status", "balance", "disabled_countries", "full_queues",
                            "queues", "creates_per_second", "campaigns", "verifications"}, see state.py
GET    /_sandbox/state      all of it, and "paid_lookups": how many look-ups that cost money were asked for
DELETE /_sandbox/state      back to how it was at the start
GET    /_sandbox/operations which of Twilio's operations there are here, as {"method", "host", "path"}
GET    /_sandbox/connection the account's SID, auth token and API key, for who shows what another program does here;
                            "run" is another one whenever the account began anew, so that SIDs are given out again

MediaUrl is a text or a list of texts, or MediaUrl0, MediaUrl1 … as in a webhook; NumMedia may say how many. Nothing is
fetched: the type of a file is told by its ending, and its content is one of the sandbox's own (see `media_bytes`).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from secrets import token_hex
from typing import cast
from urllib.parse import urlsplit

from tui.http_server.http_messages import Request, Response
from tui.http_server.loopback import is_loopback
from tui.sandbox import resources
from tui.sandbox.account import SandboxAccount
from tui.sandbox.callbacks import Callbacks
from tui.sandbox.faults import Faults, read_fault
from tui.sandbox.geo_permissions import countries
from tui.sandbox.parameters import is_url
from tui.sandbox.request_log import RequestLog
from tui.sandbox.resources import Json
from tui.sandbox.router import served_operations
from tui.sandbox.signing import read_signing
from tui.sandbox.state import read_state
from tui.sandbox.validation import MAX_MEDIA

LARGEST = 256 * 1024
"""Bytes of what a request may bring."""


class LocalOnly(Exception):
    """A request that is refused, with the HTTP status and the sentence to answer it with."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        super().__init__(reason)


def check_local_request(request: Request) -> None:
    """Refuse requests from elsewhere, from pages of other sites, and what is not JSON.

    Raises:
        Turned: 403 for somebody else, 415 for what is not JSON, 413 for too much of it.
    """
    host = request.header("host")
    if not is_loopback(request.peer[0]) or (host and not is_loopback(_name(host))):
        raise LocalOnly(403, f"these paths are for this machine only, under 127.0.0.1 or localhost, not {host[:100]!r}")
    origin = request.header("origin")
    if origin and origin.lower() != f"http://{host.lower()}":
        raise LocalOnly(403, f"these paths are not for pages of other sites, such as {origin[:100]!r}")
    if not request.body and request.method != "POST":
        return
    if len(request.body) > LARGEST:
        raise LocalOnly(413, f"the body is larger than {LARGEST} bytes")
    kind = request.header("content-type").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise LocalOnly(
            415, f"the body must be JSON and say so, with Content-Type: application/json, not {kind[:100]!r}"
        )


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


PREFIX = "/_sandbox/"

_NAMES = ("inbound", "faults", "requests", "creates", "callbacks", "signing", "state", "operations", "connection")

_LONGEST_URL = 2048
# What an inbound message is made of, and the most characters each may have.
_TEXTS = {"From": 256, "To": 256, "Body": 65_536}
# What every sentence about an inbound message shows: it would be taken as it stands.
_EXAMPLE = '{"From": "+14155550123", "To": "+14155550100", "Body": "Hi"}'


class Controls:
    """Answers the paths above."""

    def __init__(self, account: SandboxAccount, faults: Faults, journal: RequestLog, callbacks: Callbacks) -> None:
        self._account = account
        self._faults = faults
        self._journal = journal
        self._callbacks = callbacks
        self._run = token_hex(8)

    def answer(self, request: Request) -> Response:
        """Answer one request; what is wrong with it is told in a sentence."""
        try:
            check_local_request(request)
            match request.method, request.path.removeprefix(PREFIX):
                case "POST", "inbound":
                    return reply(201, self._inbound(_read(request)))
                case "POST", "faults":
                    value = _read(request)
                    several = cast("list[object]", value) if isinstance(value, list) else [value]
                    self._faults.add(*map(read_fault, several))
                    return reply(201, self._waiting())
                case "GET", "faults":
                    return reply(200, self._waiting())
                case "DELETE", "faults":
                    self._faults.clear()
                    return Response(204)
                case "GET", "requests":
                    return reply(200, {"requests": [asdict(served) for served in self._journal.served]})
                case "GET", "creates":
                    return reply(200, self._account.creates.summary())
                case "DELETE", "creates":
                    self._account.creates.clear()
                    return Response(204)
                case "GET", "callbacks":
                    return reply(200, {"callbacks": [asdict(called) for called in self._journal.called]})
                case "POST", "signing":
                    value = _read(request)
                    mode = cast("dict[str, object]", value).get("mode") if isinstance(value, dict) else value
                    self._callbacks.signing = read_signing(mode)
                    return reply(200, {"mode": self._callbacks.signing.value})
                case "GET", "signing":
                    return reply(200, {"mode": self._callbacks.signing.value})
                case "POST", "state":
                    self._account.change(read_state(_read(request), self._account.state, self._known()))
                    return reply(200, self._state())
                case "GET", "state":
                    return reply(200, self._state())
                case "DELETE", "state":
                    self._account.state, self._account.paid_lookups = self._account.state_at_start, 0
                    return Response(204)
                case "GET", "operations":
                    return reply(200, {"operations": _operations()})
                case "GET", "connection":
                    return reply(200, self._connection())
                case _, name if name in _NAMES:
                    return reply(405, {"message": f"{request.method} is not for {request.path}"})
                case _:
                    own = ", ".join(PREFIX + name for name in _NAMES)
                    return reply(404, {"message": f"there is no {request.path}; these are the sandbox's own: {own}"})
        except LocalOnly as turned:
            return reply(turned.status, {"message": str(turned)})
        except ValueError as error:
            return reply(400, {"message": str(error)})

    def _connection(self) -> Json:
        identity = self._account.identity
        return {
            "account_sid": identity.account_sid,
            "auth_token": identity.auth_token,
            "api_key_sid": identity.api_key_sid,
            "api_key_secret": identity.api_key_secret,
            "run": self._run,
        }

    def _waiting(self) -> Json:
        return {"faults": [asdict(fault) for fault in self._faults.waiting]}

    def _state(self) -> Json:
        return {**self._account.state.written(), "paid_lookups": self._account.paid_lookups}

    def _known(self) -> dict[str, frozenset[str]]:
        numbers = self._account.senders.numbers
        return {
            "disabled_countries": countries(),
            "full_queues": frozenset(number.phone_number for number in numbers),
            "queues": frozenset(number.phone_number for number in numbers),
            "campaigns": frozenset(self._account.senders.services),
            "verifications": frozenset(n.phone_number for n in numbers if n.type == "toll-free"),
        }

    def _inbound(self, value: object) -> Json:
        if not isinstance(value, dict):
            raise ValueError(f"an inbound message is a JSON object, as in {_EXAMPLE}")
        fields = dict(cast("dict[str, object]", value))
        files = _files(fields)
        if strange := sorted(set(fields) - _TEXTS.keys()):
            raise ValueError(
                f"{strange[0][:60]!r} is not known here; these are: {', '.join(_TEXTS)}, MediaUrl, NumMedia"
            )
        texts = {name: _text(name, fields.get(name, ""), most) for name, most in _TEXTS.items()}
        if not (texts["From"] and texts["To"]):
            raise ValueError(f"From and To are needed, as in {_EXAMPLE}")
        message = self._account.receive(texts["From"], texts["To"], texts["Body"], files)
        return resources.message(self._account.identity.account_sid, message, self._account.clock())


@cache
def _operations() -> list[Json]:
    return [{"method": each.method, "host": each.host, "path": each.path} for each in served_operations()]


def _files(fields: dict[str, object]) -> tuple[str, ...]:
    """Take MediaUrl, MediaUrl0 … and NumMedia out of the fields, and return the URLs."""
    given = fields.pop("MediaUrl", [])
    urls = cast("list[object]", given) if isinstance(given, list) else [given]
    while (name := f"MediaUrl{len(urls)}") in fields:
        urls = [*urls, fields.pop(name)]
    count = fields.pop("NumMedia", None)
    if len(urls) > MAX_MEDIA:
        raise ValueError(f"MediaUrl names {len(urls)} files; {MAX_MEDIA} are the most")
    if count is not None and str(count) != str(len(urls)):
        raise ValueError(f"NumMedia is {str(count)[:20]!r}, but there are {len(urls)} of MediaUrl")
    texts = tuple(_text("MediaUrl", url, _LONGEST_URL) for url in urls)
    if not all(map(is_url, texts)):
        raise ValueError("MediaUrl must be an absolute http or https URL")
    return texts


def _text(name: str, given: object, most: int) -> str:
    """Return a text as it is."""
    if not isinstance(given, str):
        raise ValueError(f"{name} must be a text in quotation marks, as in {_EXAMPLE}")
    if len(given) > most:
        raise ValueError(f"{name} is {len(given)} characters long; {most} are the most")
    if any("\ud800" <= character <= "\udfff" for character in given):
        raise ValueError(f"{name} holds half a surrogate pair, which nobody can send")
    return given


def reply(status: int, value: Json, *headers: tuple[str, str]) -> Response:
    """Return a JSON answer."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(status, (("Content-Type", "application/json"), *headers), body)


def _read(request: Request) -> object:
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the body is not JSON: {error}") from None
