"""The operations of phone numbers and short codes."""

from __future__ import annotations

from collections.abc import Mapping

from tui.sandbox import sender_resources
from tui.sandbox.api_call import ApiCall, ApiReply, found, list_page
from tui.sandbox.errors import Refusal
from tui.sandbox.filters import numbers_asked_for, part_of_number
from tui.sandbox.number_search import search
from tui.sandbox.numbers_for_sale import COUNTRIES, TYPES, in_area, on_sale, types_in
from tui.sandbox.parameters import Value, refuse
from tui.sandbox.sender_settings import NUMBER_SETTINGS, SHORT_CODE_SETTINGS, defaults, read_changes
from tui.sandbox.senders import SandboxNumber, ShortCode


def list_countries(call: ApiCall) -> ApiReply:
    """GET /AvailablePhoneNumbers.json: the countries with numbers for sale."""
    return list_page(call, "countries", [sender_resources.country(call.account_sid, iso) for iso in COUNTRIES])


def fetch_country(call: ApiCall) -> ApiReply:
    """GET /AvailablePhoneNumbers/{CountryCode}.json."""
    return ApiReply(200, sender_resources.country(call.account_sid, _country(call)))


def _country(call: ApiCall) -> str:
    iso = call.sids[0].upper()
    return found(iso if iso in COUNTRIES else None, call.path)


def list_for_sale(call: ApiCall, word: str) -> ApiReply:
    """GET /AvailablePhoneNumbers/{CountryCode}/Local.json, Mobile and TollFree: what is not owned, see `search`."""
    country = _country(call)
    found(word if word in types_in(country) else None, call.path)
    numbers = search(call.query, country, TYPES[word])
    free = [number for number in numbers if call.account.senders.owned(number.phone_number) is None]
    return list_page(call, "available_phone_numbers", [sender_resources.number_for_sale(number) for number in free])


def buy_number(call: ApiCall, word: str = "") -> ApiReply:
    """POST /IncomingPhoneNumbers.json, Local, Mobile and TollFree: PhoneNumber, or any number of an AreaCode.

    It costs nothing here.
    """
    call.account.state.check()
    text = call.needed("PhoneNumber") if word else call.form.text("PhoneNumber")
    area = "" if word else call.form.text("AreaCode")
    if bool(text) == bool(area):
        raise Refusal(20001, reason="Either PhoneNumber or AreaCode is needed, and not both")
    senders = call.account.senders
    number = on_sale(text) if text else in_area(area, senders.owned)
    is_free = number is not None and senders.owned(number.phone_number) is None
    if number is None or not is_free or (word and number.range.type != TYPES[word]):
        raise Refusal(21422, value=text)
    number.check()
    changes = _changes(call, number.phone_number, sms=number.range.sms)
    settings = {**defaults(NUMBER_SETTINGS), "friendly_name": number.friendly_name, **changes}
    sid, now, of = call.account.sids.sid("PN"), call.account.clock(), number.range
    bought = SandboxNumber(sid, now, now, settings, number.phone_number, of.type, of.sms, of.mms, of.beta)
    senders.put(bought)
    shown = sender_resources.number_of_type if word else sender_resources.number
    return ApiReply(201, shown(call.account_sid, bought))


def _changes(call: ApiCall, number: str, *, sms: bool) -> Mapping[str, Value]:
    """Return what a request sets of a number; 21407 for a webhook of messages that it cannot get."""
    changes = read_changes(NUMBER_SETTINGS, call.form)
    if not sms and (changes.get("sms_url") or changes.get("sms_fallback_url")):
        raise Refusal(21407, value=number)
    return changes


def release_number(call: ApiCall) -> ApiReply:
    """DELETE /IncomingPhoneNumbers/{PN}.json: it is for sale again."""
    call.account.senders.release(call.number())
    return ApiReply(204)


def list_numbers(call: ApiCall) -> ApiReply:
    """GET /IncomingPhoneNumbers.json."""
    numbers = numbers_asked_for(call.query, call.account.senders.numbers)
    rows = [sender_resources.number(call.account_sid, number) for number in numbers]
    return list_page(call, "incoming_phone_numbers", rows)


def list_numbers_of_type(call: ApiCall, word: str) -> ApiReply:
    """GET /IncomingPhoneNumbers/Local.json, Mobile and TollFree."""
    numbers = numbers_asked_for(call.query, call.account.senders.numbers)
    of_type = [number for number in numbers if number.type == TYPES[word]]
    rows = [sender_resources.number_of_type(call.account_sid, number) for number in of_type]
    return list_page(call, "incoming_phone_numbers", rows)


def fetch_number(call: ApiCall) -> ApiReply:
    """GET /IncomingPhoneNumbers/{PN}.json."""
    return ApiReply(200, sender_resources.number(call.account_sid, call.number()))


def edit_number(call: ApiCall) -> ApiReply:
    """POST /IncomingPhoneNumbers/{PN}.json: see `sender_settings.NUMBER_SETTINGS`."""
    number = call.number()
    if (account := call.form.text("AccountSid")) not in {"", call.account_sid}:
        raise refuse("AccountSid", account, "the sandbox has no other account to give the number to")
    changes = _changes(call, number.phone_number, sms=number.sms)
    number = number.changed(changes, call.account.clock())
    call.account.senders.put(number)
    return ApiReply(200, sender_resources.number(call.account_sid, number))


def list_short_codes(call: ApiCall) -> ApiReply:
    """GET /SMS/ShortCodes.json: by FriendlyName, and by a part of the code in ShortCode."""
    name, is_like = call.query.get("FriendlyName") or None, part_of_number(call.query.text("ShortCode"))
    codes = call.account.senders.short_codes.values()
    asked_for = [code for code in codes if name in {None, code.friendly_name} and is_like(code.short_code)]
    return list_page(call, "short_codes", [sender_resources.short_code(call.account_sid, code) for code in asked_for])


def fetch_short_code(call: ApiCall) -> ApiReply:
    """GET /SMS/ShortCodes/{SC}.json."""
    return ApiReply(200, sender_resources.short_code(call.account_sid, _short_code(call)))


def edit_short_code(call: ApiCall) -> ApiReply:
    """POST /SMS/ShortCodes/{SC}.json: see `sender_settings.SHORT_CODE_SETTINGS`."""
    code = _short_code(call).changed(read_changes(SHORT_CODE_SETTINGS, call.form), call.account.clock())
    call.account.senders.put(code)
    return ApiReply(200, sender_resources.short_code(call.account_sid, code))


def _short_code(call: ApiCall) -> ShortCode:
    return found(call.account.senders.short_codes.get(call.sids[0]), call.path)
