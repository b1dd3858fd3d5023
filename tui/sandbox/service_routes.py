"""The operations of messaging services and of the senders in their pools."""

from __future__ import annotations

from tui.sandbox import sender_resources
from tui.sandbox.addresses import is_alphanumeric
from tui.sandbox.api_call import ApiCall, ApiReply, found, list_page_v1
from tui.sandbox.errors import Refusal
from tui.sandbox.parameters import refuse
from tui.sandbox.resources import Json
from tui.sandbox.sender_settings import SERVICE_SETTINGS, defaults, read_changes
from tui.sandbox.senders import PoolMember, Service

LARGEST_POOL = 400
"""Numbers and short codes of one service (Twilio's error dictionary, 21714)."""


def list_services(call: ApiCall) -> ApiReply:
    """GET /v1/Services."""
    rows = [_service(call, service) for service in call.account.senders.services.values()]
    return list_page_v1(call, "services", rows)


def create_service(call: ApiCall) -> ApiReply:
    """POST /v1/Services: see `sender_settings.SERVICE_SETTINGS`; its pool is empty."""
    call.needed("FriendlyName")
    now = call.account.clock()
    settings = {**defaults(SERVICE_SETTINGS), **read_changes(SERVICE_SETTINGS, call.form)}
    service = Service(call.account.sids.sid("MG"), now, now, settings)
    call.account.senders.put(service)
    return ApiReply(201, _service(call, service))


def fetch_service(call: ApiCall) -> ApiReply:
    """GET /v1/Services/{MG}."""
    return ApiReply(200, _service(call, call.service()))


def edit_service(call: ApiCall) -> ApiReply:
    """POST /v1/Services/{MG}: see `sender_settings.SERVICE_SETTINGS`."""
    service = call.service().changed(read_changes(SERVICE_SETTINGS, call.form), call.account.clock())
    call.account.senders.put(service)
    return ApiReply(200, _service(call, service))


def delete_service(call: ApiCall) -> ApiReply:
    """DELETE /v1/Services/{MG}: its senders stay the account's."""
    del call.account.senders.services[call.service().sid]
    return ApiReply(204)


def _service(call: ApiCall, service: Service) -> Json:
    registered = call.account.state.campaigns.get(service.sid) == "VERIFIED"
    return sender_resources.service(call.account_sid, service, call.base_url, registered=registered)


def list_pooled_numbers(call: ApiCall) -> ApiReply:
    """GET /v1/Services/{MG}/PhoneNumbers."""
    return _list(call, "phone_numbers", "PN")


def add_number(call: ApiCall) -> ApiReply:
    """POST /v1/Services/{MG}/PhoneNumbers: PhoneNumberSid of a number that can send, and is in no other pool."""
    service, sid = call.service(), call.needed("PhoneNumberSid")
    number = call.account.senders.number(sid)
    if number is None:
        raise Refusal(21421, value=sid)
    if not (number.sms or number.mms):
        raise Refusal(21715)
    return _add_to(call, service, number.sid, number.phone_number)


def list_pooled_short_codes(call: ApiCall) -> ApiReply:
    """GET /v1/Services/{MG}/ShortCodes."""
    return _list(call, "short_codes", "SC")


def add_short_code(call: ApiCall) -> ApiReply:
    """POST /v1/Services/{MG}/ShortCodes: ShortCodeSid of one that is in no other pool."""
    service, sid = call.service(), call.needed("ShortCodeSid")
    code = call.account.senders.short_codes.get(sid)
    if code is None:
        raise Refusal(21421, value=sid)
    return _add_to(call, service, code.sid, code.short_code)


def list_alpha_senders(call: ApiCall) -> ApiReply:
    """GET /v1/Services/{MG}/AlphaSenders."""
    return _list(call, "alpha_senders", "AI")


def add_alpha_sender(call: ApiCall) -> ApiReply:
    """POST /v1/Services/{MG}/AlphaSenders: a name of up to 11 characters; a service has one at most."""
    service, name = call.service(), call.needed("AlphaSender")
    if not is_alphanumeric(name):
        raise refuse(
            "AlphaSender", name[:12], "write at most 11 letters, digits, blanks, & + - _, one of them a letter"
        )
    if any(member.sid.startswith("AI") for member in service.members):
        raise refuse("AlphaSender", name, "the service has an alpha sender; delete that one first")
    return _join(call, service, PoolMember(call.account.sids.sid("AI"), name, call.account.clock()))


def fetch_member(call: ApiCall) -> ApiReply:
    """GET /v1/Services/{MG}/PhoneNumbers/{PN}, …/ShortCodes/{SC} and …/AlphaSenders/{AI}."""
    service = call.service()
    return ApiReply(200, _shown(call, service, _member(call, service)))


def remove_member(call: ApiCall) -> ApiReply:
    """DELETE of the same: a number or short code stays the account's."""
    service = call.service()
    call.account.senders.put(service.without_member(_member(call, service).sid))
    return ApiReply(204)


_RESOURCES = {"PN": "PhoneNumbers", "SC": "ShortCodes", "AI": "AlphaSenders"}


def _member(call: ApiCall, service: Service) -> PoolMember:
    """Return the member that the path names, below the resource that is of its kind."""
    member = found(service.member(call.sids[1]), call.path)
    return found(member if f"/{_RESOURCES[member.sid[:2]]}/" in call.path else None, call.path)


def _add_to(call: ApiCall, service: Service, sid: str, address: str) -> ApiReply:
    """Put one of the account's own senders into a pool."""
    if other := call.account.senders.service_of(address):
        raise Refusal(21710 if other.sid == service.sid else 21712)
    if len(service.members) >= LARGEST_POOL:
        raise Refusal(21714)
    return _join(call, service, PoolMember(sid, address, call.account.clock()))


def _join(call: ApiCall, service: Service, member: PoolMember) -> ApiReply:
    call.account.senders.put(service.with_member(member))
    return ApiReply(201, _shown(call, service, member))


def _list(call: ApiCall, key: str, kind: str) -> ApiReply:
    service = call.service()
    members = [member for member in service.members if member.sid.startswith(kind)]
    return list_page_v1(call, key, [_shown(call, service, member) for member in members])


def _shown(call: ApiCall, service: Service, member: PoolMember) -> Json:
    if member.sid.startswith("SC"):
        return sender_resources.pooled_short_code(call.account_sid, service, member, call.base_url)
    if member.sid.startswith("AI"):
        return sender_resources.pooled_alpha_sender(call.account_sid, service, member, call.base_url)
    number = found(call.account.senders.number(member.sid), call.path)
    return sender_resources.pooled_number(call.account_sid, service, member, number, call.base_url)
