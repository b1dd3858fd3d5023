"""The sandbox's control paths under `/_sandbox/`, for programs and tests on this machine, no foreign page.

POST   /_sandbox/inbound    JSON {"From", "To", "Body", "MediaUrl"}: a message arrives, see inbound.py
GET    /_sandbox/messages   messages since the start by ?to=, from=, body= (a pattern), status=, since= (a time); with
                            wait= (seconds) it answers as soon as there is one, and with 408 if none comes
GET    /_sandbox/codes      one-time codes in what was sent, by ?to=, since=, wait=
POST   /_sandbox/clock      JSON {"advance": seconds} or {"now": a time}: the time moves forward, life cycles follow
GET    /_sandbox/clock      the time, and how many seconds it was moved
POST   /_sandbox/reset      everything as it was at the start, the time too
POST   /_sandbox/snapshot   JSON {"name"}: keep everything as it is now, in memory, see snapshots.py
GET    /_sandbox/snapshot   the names of what is kept
DELETE /_sandbox/snapshot   forget all that is kept
POST   /_sandbox/restore    JSON {"name"}: everything as it was then
POST   /_sandbox/faults     JSON of one fault (see faults.py), or a list of them
GET    /_sandbox/faults     the faults still waiting
DELETE /_sandbox/faults     forget them
GET    /_sandbox/requests   what was asked and answered, with headers and bodies, without credentials
GET    /_sandbox/creates    the create calls that were carried out: "accepted" and "refused" (by code) count them,
                            "repeated" has what one recipient was sent more than once, "early" counts those that came
                            before a Retry-After was over, "creates" has each, see create_log.py
DELETE /_sandbox/creates    forget them
GET    /_sandbox/callbacks  which webhooks were called, what they answered, and which were not called, by ?sid=, event=;
                            with wait= it answers as soon as there is one, and with 408 if none comes
POST   /_sandbox/signing    JSON {"mode"}: sign webhooks right, or wrong (token, scheme, body, missing)
GET    /_sandbox/signing    how webhooks are signed
POST   /_sandbox/state      JSON of what is to change: {"status", "balance", "disabled_countries", "full_queues",
                            "queues", "creates_per_second", "campaigns", "verifications"}, see state.py
GET    /_sandbox/state      all of it, and "paid_lookups": how many look-ups that cost money were asked for
DELETE /_sandbox/state      back to how it was at the start
GET    /_sandbox/operations which of Twilio's operations there are here, as {"method", "host", "path"}
GET    /_sandbox/connection the account's SID, auth token and API key, and what it sends from ("numbers", "services");
                            for who shows or tests what another program does here;
                            "run" is another one in each run and whenever an earlier state was put back
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from functools import cache
from typing import Final, TypeAlias, cast

from tui.http_server.http_messages import Request, Response
from tui.sandbox.clock import move_as_told
from tui.sandbox.codes import search_codes
from tui.sandbox.control_call import ControlCall, reply
from tui.sandbox.faults import read_fault
from tui.sandbox.geo_permissions import countries
from tui.sandbox.inbound import receive
from tui.sandbox.reach import Reach, Turned
from tui.sandbox.request_log import CalledUrl
from tui.sandbox.resources import Json
from tui.sandbox.router import served_operations
from tui.sandbox.search import search_messages, wait_for
from tui.sandbox.signing import read_signing
from tui.sandbox.snapshots import DEFAULT, SandboxParts, Snapshots
from tui.sandbox.state import read_state

PREFIX = "/_sandbox/"

Control: TypeAlias = Callable[[ControlCall], Json | Awaitable[Json]]
"""What a path does; it returns the answer, None for an empty one (204)."""


MOST_WAITS: Final = 32
"""Requests that wait for something at a time: half of the connections there can be, so that others are answered."""


class Controls:
    """Answers the paths above."""

    def __init__(self, parts: SandboxParts, reach: Reach) -> None:
        self._parts = parts
        self._reach = reach
        self._snapshots = Snapshots(parts)
        self._waiting = 0

    async def answer(self, request: Request) -> Response:
        """Answer one request; what is wrong with it is told in a sentence."""
        waits = 0
        try:
            self._reach.check_control(request)
            control, call = _find(request), ControlCall(self._parts, self._snapshots, request)
            if control not in _SEARCHES:
                call.only()
            waits = int(bool(call.query.get("wait")))
            self._waiting += waits
            if waits and self._waiting > MOST_WAITS:
                raise Turned(503, f"{MOST_WAITS} requests wait already: try again once one of them is answered")
            answer = control(call)
            if isinstance(answer, Awaitable):
                answer = await answer
        except Turned as turned:
            return reply(turned.status, {"message": str(turned)})
        except ValueError as error:
            return reply(400, {"message": str(error)})
        finally:
            self._waiting -= waits
        if answer is None:
            return Response(204)
        return reply(201 if control in _MADE else 200, answer)


def _find(request: Request) -> Control:
    """Return what a request is for.

    Raises:
        Turned: 404 for a path that is none, 405 for a method that it does not take.
    """
    methods = TABLE.get(request.path.removeprefix(PREFIX), {})
    if not methods:
        own = ", ".join(PREFIX + name for name in TABLE)
        raise Turned(404, f"there is no {request.path}; these are the sandbox's own: {own}")
    if request.method not in methods:
        raise Turned(405, f"{request.method} is not for {request.path}")
    return methods[request.method]


def _show_clock(call: ControlCall) -> Json:
    return call.parts.account.clock.shown()


def _move_clock(call: ControlCall) -> Json:
    move_as_told(call.parts.account.clock, call.document())
    return _show_clock(call)


async def _reset(call: ControlCall) -> Json:
    await call.snapshots.reset()


def _take_snapshot(call: ControlCall) -> Json:
    call.snapshots.take(_name(call))
    return _show_snapshots(call)


def _show_snapshots(call: ControlCall) -> Json:
    return {"snapshots": call.snapshots.names}


def _forget_snapshots(call: ControlCall) -> Json:
    call.snapshots.forget()


async def _restore(call: ControlCall) -> Json:
    if not await call.snapshots.restore(name := _name(call)):
        kept = ", ".join(call.snapshots.names) or "none"
        raise Turned(404, f"there is no snapshot {name[:60]!r}; kept are: {kept}")


def _name(call: ControlCall) -> str:
    fields = call.fields()
    name = fields.pop("name", DEFAULT)
    if fields or not isinstance(name, str):
        raise ValueError(f'a snapshot is named as in {{"name": "signed up"}}; left out it is {DEFAULT!r}')
    return name


def _add_faults(call: ControlCall) -> Json:
    value = call.document()
    several = cast("list[object]", value) if isinstance(value, list) else [value]
    call.parts.faults.add(*map(read_fault, several))
    return _show_faults(call)


def _show_faults(call: ControlCall) -> Json:
    return {"faults": [asdict(fault) for fault in call.parts.faults.waiting]}


def _forget_faults(call: ControlCall) -> Json:
    call.parts.faults.clear()


def _show_requests(call: ControlCall) -> Json:
    return {"requests": [served.shown() for served in call.parts.journal.served]}


def _show_creates(call: ControlCall) -> Json:
    return call.parts.account.creates.summary()


def _forget_creates(call: ControlCall) -> Json:
    call.parts.account.creates.clear()


async def _show_callbacks(call: ControlCall) -> Json:
    call.only("sid", "event", "wait")
    seconds = call.wait()
    wanted = {name: text for name in ("sid", "event") if (text := call.query.text(name))}

    async def look() -> list[CalledUrl]:
        called = call.parts.journal.called
        return [each for each in called if all(getattr(each, name) == text for name, text in wanted.items())]

    found = await wait_for(look, seconds)
    if seconds and not found:
        told = "".join(f" with {name} {text[:40]}" for name, text in wanted.items())
        raise Turned(408, f"no webhook{told} was called within {seconds:g} s")
    return {"callbacks": [asdict(called) for called in found]}


def _set_signing(call: ControlCall) -> Json:
    value = call.document()
    mode = cast("dict[str, object]", value).get("mode") if isinstance(value, dict) else value
    call.parts.callbacks.sender.signing = read_signing(mode)
    return _show_signing(call)


def _show_signing(call: ControlCall) -> Json:
    return {"mode": call.parts.callbacks.sender.signing.value}


def _change_state(call: ControlCall) -> Json:
    account = call.parts.account
    numbers = account.senders.numbers
    known = {
        "disabled_countries": countries(),
        "full_queues": frozenset(number.phone_number for number in numbers),
        "queues": frozenset(number.phone_number for number in numbers),
        "campaigns": frozenset(account.senders.services),
        "verifications": frozenset(number.phone_number for number in numbers if number.type == "toll-free"),
    }
    account.change(read_state(call.document(), account.state, known))
    return _show_state(call)


def _show_state(call: ControlCall) -> Json:
    account = call.parts.account
    return {**account.state.written(), "paid_lookups": account.paid_lookups}


def _forget_state(call: ControlCall) -> Json:
    account = call.parts.account
    account.state, account.paid_lookups = account.state_at_start, 0


@cache
def _operations() -> list[Json]:
    return [{"method": each.method, "host": each.host, "path": each.path} for each in served_operations()]


def _show_operations(call: ControlCall) -> Json:
    return {"operations": _operations()}


def _show_connection(call: ControlCall) -> Json:
    account = call.parts.account
    identity = account.identity
    return {
        "account_sid": identity.account_sid,
        "auth_token": identity.auth_token,
        "api_key_sid": identity.api_key_sid,
        "api_key_secret": identity.api_key_secret,
        "run": call.snapshots.run,
        "numbers": [each.phone_number for each in account.senders.numbers if each.sms],
        "services": list(account.senders.services),
    }


TABLE: Mapping[str, Mapping[str, Control]] = {
    "inbound": {"POST": receive},
    "faults": {"POST": _add_faults, "GET": _show_faults, "DELETE": _forget_faults},
    "messages": {"GET": search_messages},
    "codes": {"GET": search_codes},
    "clock": {"POST": _move_clock, "GET": _show_clock},
    "reset": {"POST": _reset},
    "snapshot": {"POST": _take_snapshot, "GET": _show_snapshots, "DELETE": _forget_snapshots},
    "restore": {"POST": _restore},
    "requests": {"GET": _show_requests},
    "creates": {"GET": _show_creates, "DELETE": _forget_creates},
    "callbacks": {"GET": _show_callbacks},
    "signing": {"POST": _set_signing, "GET": _show_signing},
    "state": {"POST": _change_state, "GET": _show_state, "DELETE": _forget_state},
    "operations": {"GET": _show_operations},
    "connection": {"GET": _show_connection},
}

_MADE = frozenset[Control]({receive, _add_faults, _take_snapshot})
_SEARCHES = frozenset[Control]({search_messages, search_codes, _show_callbacks})
