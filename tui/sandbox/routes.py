"""The part of Twilio's API that the sandbox answers, one function an operation; `router` says which path is whose.

A route sees a `Call`, already authenticated, and returns a status and JSON; refusals are raised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tui.http_server.http_messages import Headers
from tui.sandbox import files, wire
from tui.sandbox.envelopes import Turn, classic, cut_fixed, modern
from tui.sandbox.errors import Refusal
from tui.sandbox.fields import refuse
from tui.sandbox.filters import is_account_asked_for, numbers_asked_for, read_filters
from tui.sandbox.form import Form
from tui.sandbox.messages import Media, Message
from tui.sandbox.paging import Leaf
from tui.sandbox.senders import OwnedNumber, Service
from tui.sandbox.settings import NUMBER, SERVICE, read_changes
from tui.sandbox.spans import read_span
from tui.sandbox.usage import Usage
from tui.sandbox.wire import Json
from tui.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request. `sids` are what the path names, in order."""

    world: World
    base_url: str
    path: str
    query: Form
    form: Form
    sids: tuple[str, ...] = ()

    @property
    def account_sid(self) -> str:
        """The account the sandbox is."""
        return self.world.identity.account_sid

    def message(self) -> Message:
        """Return the message the path names."""
        found = self.world.find(self.sids[0])
        if found is None:
            raise Refusal(20404, path=self.path)
        return found

    def media(self) -> Media:
        """Return the file of that message which the path names."""
        for media in self.message().media:
            if media.sid == self.sids[1]:
                return media
        raise Refusal(20404, path=self.path)

    def number(self) -> OwnedNumber:
        """Return the phone number the path names."""
        found = self.world.senders.number(self.sids[0])
        if found is None:
            raise Refusal(20404, path=self.path)
        return found

    def service(self) -> Service:
        """Return the messaging service the path names."""
        found = self.world.senders.services.get(self.sids[0])
        if found is None:
            raise Refusal(20404, path=self.path)
        return found

    def turn(self) -> Turn:
        """Return which page is asked for."""
        return Turn.of(self.path, self.query)


@dataclass(frozen=True, slots=True)
class Reply:
    """A status and what goes with it: JSON, or bytes where `body` is not None; neither for 204."""

    status: int
    json: Json = None
    headers: Headers = ()
    body: bytes | None = None


Route = Callable[[Call], Reply]


def fetch_account(call: Call) -> Reply:
    """GET /Accounts/{AC}.json."""
    identity = call.world.identity
    return Reply(200, wire.account(identity.account_sid, identity.auth_token, call.world.started))


def list_accounts(call: Call) -> Reply:
    """GET /Accounts.json."""
    turn = call.turn()
    asked = is_account_asked_for(call.query, wire.ACCOUNT_NAME, wire.ACCOUNT_STATUS)
    return Reply(200, classic(turn, "accounts", cut_fixed([fetch_account(call).json] if asked else [], turn)))


def fetch_balance(call: Call) -> Reply:
    """GET /Balance.json."""
    return Reply(200, wire.balance(call.account_sid))


def list_keys(call: Call) -> Reply:
    """GET /Keys.json."""
    turn = call.turn()
    rows = [wire.key(call.world.identity.api_key_sid, call.world.started)]
    return Reply(200, classic(turn, "keys", cut_fixed(rows, turn)))


def create_message(call: Call) -> Reply:
    """POST /Messages.json."""
    return _show(call, call.world.create(call.form), status=201)


def list_messages(call: Call) -> Reply:
    """GET /Messages.json."""
    turn = call.turn()
    leaf = call.world.list(read_filters(call.query), turn.size, turn.token)
    now = call.world.clock()
    rows = tuple(wire.message(call.account_sid, row, now) for row in leaf.rows)
    return Reply(200, classic(turn, "messages", Leaf(rows, leaf.next_token, leaf.previous_token)))


def fetch_message(call: Call) -> Reply:
    """GET /Messages/{SM}.json."""
    return _show(call, call.message())


def edit_message(call: Call) -> Reply:
    """POST /Messages/{SM}.json: redact or cancel."""
    return _show(call, call.world.edit(call.message(), call.form))


def delete_message(call: Call) -> Reply:
    """DELETE /Messages/{SM}.json."""
    call.world.delete(call.message())
    return Reply(204)


def list_media(call: Call) -> Reply:
    """GET /Messages/{SM}/Media.json."""
    message = call.message()
    turn = call.turn()
    asked_for = message.media if read_span(call.query, "DateCreated").holds(message.created) else ()
    rows = [wire.media(call.account_sid, message, media) for media in asked_for]
    return Reply(200, classic(turn, "media_list", cut_fixed(rows, turn)))


def fetch_media(call: Call) -> Reply:
    """GET /Messages/{SM}/Media/{ME}.json."""
    return Reply(200, wire.media(call.account_sid, call.message(), call.media()))


def fetch_bytes(call: Call) -> Reply:
    """GET /Messages/{SM}/Media/{ME}: leads to where the bytes are, see `files`."""
    there = files.address(call.world.identity.auth_token, call.message(), call.media())
    return Reply(307, headers=(("Location", call.base_url + there),), body=b"")


def download(world: World, path: str) -> Reply:
    """GET the address that `fetch_bytes` leads to. No credentials are asked for."""
    parts = path.removeprefix(files.PREFIX).split("/")
    message = world.find(parts[0])
    for media in message.media if message else ():
        if message and path == files.address(world.identity.auth_token, message, media):
            return Reply(200, headers=(("Content-Type", media.content_type),), body=files.content(media))
    raise Refusal(20404, path=path)


def delete_media(call: Call) -> Reply:
    """DELETE /Messages/{SM}/Media/{ME}.json."""
    call.world.shelf.put(call.message().without_media(call.media().sid, call.world.clock()))
    return Reply(204)


def create_feedback(call: Call) -> Reply:
    """POST /Messages/{SM}/Feedback.json."""
    message = call.message()
    outcome = call.form.text("Outcome") or "confirmed"
    if outcome not in {"confirmed", "unconfirmed"}:
        raise Refusal(20001, reason=f"Outcome {outcome} is neither confirmed nor unconfirmed")
    return Reply(200, wire.feedback(call.account_sid, message, outcome, call.world.clock()))


def list_numbers(call: Call) -> Reply:
    """GET /IncomingPhoneNumbers.json."""
    turn = call.turn()
    numbers = numbers_asked_for(call.query, call.world.senders.numbers)
    rows = [wire.number(call.account_sid, number) for number in numbers]
    return Reply(200, classic(turn, "incoming_phone_numbers", cut_fixed(rows, turn)))


def fetch_number(call: Call) -> Reply:
    """GET /IncomingPhoneNumbers/{PN}.json."""
    return Reply(200, wire.number(call.account_sid, call.number()))


def edit_number(call: Call) -> Reply:
    """POST /IncomingPhoneNumbers/{PN}.json: see `settings.NUMBER`."""
    number = call.number()
    if (account := call.form.text("AccountSid")) not in {"", call.account_sid}:
        raise refuse("AccountSid", account, "the sandbox has no other account to give the number to")
    number = number.changed(read_changes(NUMBER, call.form), call.world.clock())
    call.world.senders.put(number)
    return Reply(200, wire.number(call.account_sid, number))


def list_services(call: Call) -> Reply:
    """GET /v1/Services."""
    turn = call.turn()
    services = call.world.senders.services.values()
    rows = [wire.service(call.account_sid, service, call.base_url) for service in services]
    return Reply(200, modern(turn, "services", cut_fixed(rows, turn), call.base_url))


def fetch_service(call: Call) -> Reply:
    """GET /v1/Services/{MG}."""
    return Reply(200, wire.service(call.account_sid, call.service(), call.base_url))


def edit_service(call: Call) -> Reply:
    """POST /v1/Services/{MG}: see `settings.SERVICE`."""
    service = call.service().changed(read_changes(SERVICE, call.form), call.world.clock())
    call.world.senders.put(service)
    return Reply(200, wire.service(call.account_sid, service, call.base_url))


def list_pool(call: Call) -> Reply:
    """GET /v1/Services/{MG}/PhoneNumbers."""
    turn = call.turn()
    service = call.service()
    owned = [number for text in service.pool if (number := call.world.senders.owned(text))]
    rows = [wire.pooled(call.account_sid, service, number, call.base_url) for number in owned]
    return Reply(200, modern(turn, "phone_numbers", cut_fixed(rows, turn), call.base_url))


def list_usage(call: Call) -> Reply:
    """GET /Usage/Records.json and what lies below it."""
    turn = call.turn()
    usage = Usage(call.account_sid, call.world.shelf, call.world.clock())
    rows = usage.records(call.query, call.sids[0])
    return Reply(200, classic(turn, "usage_records", cut_fixed(rows, turn)))


def _show(call: Call, message: Message, status: int = 200) -> Reply:
    return Reply(status, wire.message(call.account_sid, message, call.world.clock()))
