"""The operations of senders: phone numbers, short codes, messaging services and their pools."""

from __future__ import annotations

from tui.sandbox import sender_resources
from tui.sandbox.api_call import ApiCall, ApiReply, found, list_page, list_page_v1
from tui.sandbox.filters import numbers_asked_for
from tui.sandbox.parameters import refuse
from tui.sandbox.resources import Json
from tui.sandbox.sender_settings import NUMBER, SERVICE, read_changes
from tui.sandbox.senders import Service


def list_numbers(call: ApiCall) -> ApiReply:
    """GET /IncomingPhoneNumbers.json."""
    numbers = numbers_asked_for(call.query, call.account.senders.numbers)
    rows = [sender_resources.number(call.account_sid, number) for number in numbers]
    return list_page(call, "incoming_phone_numbers", rows)


def fetch_number(call: ApiCall) -> ApiReply:
    """GET /IncomingPhoneNumbers/{PN}.json."""
    return ApiReply(200, sender_resources.number(call.account_sid, call.number()))


def edit_number(call: ApiCall) -> ApiReply:
    """POST /IncomingPhoneNumbers/{PN}.json: see `sender_settings.NUMBER`."""
    number = call.number()
    if (account := call.form.text("AccountSid")) not in {"", call.account_sid}:
        raise refuse("AccountSid", account, "the sandbox has no other account to give the number to")
    number = number.changed(read_changes(NUMBER, call.form), call.account.clock())
    call.account.senders.put(number)
    return ApiReply(200, sender_resources.number(call.account_sid, number))


def list_short_codes(call: ApiCall) -> ApiReply:
    """GET /SMS/ShortCodes.json: by FriendlyName, and by a part of the code in ShortCode."""
    code, name = call.account.senders.short_code, call.query.get("FriendlyName")
    is_asked_for = name in {None, "", code.friendly_name} and call.query.text("ShortCode") in code.short_code
    return list_page(call, "short_codes", [sender_resources.short_code(call.account_sid, code)] if is_asked_for else [])


def fetch_short_code(call: ApiCall) -> ApiReply:
    """GET /SMS/ShortCodes/{SC}.json."""
    code = call.account.senders.short_code
    return ApiReply(
        200, sender_resources.short_code(call.account_sid, found(code if code.sid == call.sids[0] else None, call.path))
    )


def list_services(call: ApiCall) -> ApiReply:
    """GET /v1/Services."""
    services = call.account.senders.services.values()
    rows = [_service(call, service) for service in services]
    return list_page_v1(call, "services", rows)


def fetch_service(call: ApiCall) -> ApiReply:
    """GET /v1/Services/{MG}."""
    return ApiReply(200, _service(call, call.service()))


def edit_service(call: ApiCall) -> ApiReply:
    """POST /v1/Services/{MG}: see `sender_settings.SERVICE`."""
    service = call.service().changed(read_changes(SERVICE, call.form), call.account.clock())
    call.account.senders.put(service)
    return ApiReply(200, _service(call, service))


def _service(call: ApiCall, service: Service) -> Json:
    registered = call.account.state.campaigns.get(service.sid) == "VERIFIED"
    return sender_resources.service(call.account_sid, service, call.base_url, registered=registered)


def list_pool(call: ApiCall) -> ApiReply:
    """GET /v1/Services/{MG}/PhoneNumbers."""
    return list_page_v1(call, "phone_numbers", list(_pool(call).values()))


def fetch_pooled(call: ApiCall) -> ApiReply:
    """GET /v1/Services/{MG}/PhoneNumbers/{PN}."""
    return ApiReply(200, found(_pool(call).get(call.sids[1]), call.path))


def _pool(call: ApiCall) -> dict[str, Json]:
    """The pool of the service that the path names, by the numbers' SIDs."""
    service = call.service()
    owned = [number for text in service.pool if (number := call.account.senders.owned(text))]
    return {number.sid: sender_resources.pooled(call.account_sid, service, number, call.base_url) for number in owned}
