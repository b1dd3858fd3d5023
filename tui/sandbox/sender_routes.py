"""The operations of phone numbers and short codes."""

from __future__ import annotations

from tui.sandbox import sender_resources
from tui.sandbox.api_call import ApiCall, ApiReply, found, list_page
from tui.sandbox.filters import numbers_asked_for
from tui.sandbox.parameters import refuse
from tui.sandbox.sender_settings import NUMBER_SETTINGS, SHORT_CODE_SETTINGS, read_changes
from tui.sandbox.senders import ShortCode


def list_numbers(call: ApiCall) -> ApiReply:
    """GET /IncomingPhoneNumbers.json."""
    numbers = numbers_asked_for(call.query, call.account.senders.numbers)
    rows = [sender_resources.number(call.account_sid, number) for number in numbers]
    return list_page(call, "incoming_phone_numbers", rows)


def fetch_number(call: ApiCall) -> ApiReply:
    """GET /IncomingPhoneNumbers/{PN}.json."""
    return ApiReply(200, sender_resources.number(call.account_sid, call.number()))


def edit_number(call: ApiCall) -> ApiReply:
    """POST /IncomingPhoneNumbers/{PN}.json: see `sender_settings.NUMBER_SETTINGS`."""
    number = call.number()
    if (account := call.form.text("AccountSid")) not in {"", call.account_sid}:
        raise refuse("AccountSid", account, "the sandbox has no other account to give the number to")
    number = number.changed(read_changes(NUMBER_SETTINGS, call.form), call.account.clock())
    call.account.senders.put(number)
    return ApiReply(200, sender_resources.number(call.account_sid, number))


def list_short_codes(call: ApiCall) -> ApiReply:
    """GET /SMS/ShortCodes.json: by FriendlyName, and by a part of the code in ShortCode."""
    name, part = call.query.get("FriendlyName") or None, call.query.text("ShortCode")
    codes = call.account.senders.short_codes.values()
    asked_for = [code for code in codes if name in {None, code.friendly_name} and part in code.short_code]
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
