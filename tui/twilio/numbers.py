"""The account's phone numbers and where each sends its inbound messages: look, set, put back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tui.twilio.client import Client
from tui.twilio.errors import BadAnswer, InvalidRequest
from tui.twilio.lenient_json import as_items, as_mapping, as_text

MOST_LINKS: Final = 20
"""Pages that are followed: 20,000 numbers."""

_METHODS: Final = ("GET", "POST")
_SID: Final = re.compile(r"PN[0-9a-fA-F]{32}")
_URL: Final = re.compile(r"https?://[^/\s?#]+\S*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SmsWebhook:
    """Where a number sends its inbound messages; what there is to put back.

    Attributes:
        url: empty when there is none.
        method: "POST" or "GET".
        application_sid: a TwiML application (AP…), which Twilio uses instead of the URL where there is one.
    """

    url: str = ""
    method: str = "POST"
    application_sid: str = ""


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A phone number of the account.

    Attributes:
        sid: PN….
        phone_number: E.164.
        friendly_name: as Twilio keeps it (remote text).
        sms: whether it can take SMS.
        webhook: where its inbound messages go. A messaging service that the number is in may go before it.
    """

    sid: str
    phone_number: str
    friendly_name: str = ""
    sms: bool = True
    webhook: SmsWebhook = SmsWebhook()

    @property
    def sms_url(self) -> str:
        """The webhook's URL; empty for none."""
        return self.webhook.url

    @property
    def sms_method(self) -> str:
        """The webhook's method."""
        return self.webhook.method


async def list_numbers(client: Client) -> tuple[PhoneNumber, ...]:
    """The account's numbers, in Twilio's order.

    Source: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource.

    Raises:
        RequestFailed: see `tui.twilio.errors`.
    """
    url = client.gate.locate(f"/Accounts/{client.account_sid}/IncomingPhoneNumbers.json", [("PageSize", "1000")])
    found: dict[str, PhoneNumber] = {}
    seen: set[str] = set()
    for _ in range(MOST_LINKS):
        seen.add(url)
        page = await client.get(url)
        if not isinstance(page.get("incoming_phone_numbers"), list):
            raise BadAnswer(200, "The answer holds no phone numbers.", "Try again.")
        for number in map(_number, as_items(page["incoming_phone_numbers"])):
            if _SID.fullmatch(number.sid):
                found.setdefault(number.sid, number)
        link = as_text(page.get("next_page_uri"))
        url = client.gate.follow(link) if link else url
        if url in seen:
            break
    return tuple(found.values())


async def fetch_number(client: Client, sid: str) -> PhoneNumber:
    """One number as it is now.

    Raises:
        RequestFailed: see `tui.twilio.errors`.
    """
    return _number_of(sid, await client.get(_locate(client, sid)))


async def set_sms_webhook(client: Client, sid: str, url: str, method: str = "POST") -> PhoneNumber:
    """Have a number send its inbound messages to `url`; returns the number as Twilio then has it.

    A TwiML application would go before the URL, so it is taken off the number. Keep the number's `webhook` from
    before, to put it back with `restore_sms_webhook`.

    Raises:
        InvalidRequest: the URL, the method or the SID is malformed; nothing was sent.
        RequestFailed: see `tui.twilio.errors`.
    """
    if not _URL.fullmatch(url) or not url.isprintable():
        raise InvalidRequest("SmsUrl", "This is not an absolute http or https URL.", "Write it as https://host/path.")
    return await restore_sms_webhook(client, sid, SmsWebhook(url, method))


async def restore_sms_webhook(client: Client, sid: str, webhook: SmsWebhook) -> PhoneNumber:
    """Give a number exactly this webhook (an empty URL takes it off); returns it as Twilio then has it.

    Raises:
        InvalidRequest: the method or the SID is malformed; nothing was sent.
        RequestFailed: see `tui.twilio.errors`.
    """
    if webhook.method not in _METHODS:
        raise InvalidRequest("SmsMethod", f"{webhook.method} is neither GET nor POST.", "Choose one of the two.")
    form = [
        ("SmsUrl", webhook.url),
        ("SmsMethod", webhook.method),
        ("SmsApplicationSid", webhook.application_sid),
    ]
    return _number_of(sid, await client.post(_locate(client, sid), form))


def _locate(client: Client, sid: str) -> str:
    if not _SID.fullmatch(sid):
        raise InvalidRequest(
            "PhoneNumberSid", "This is not the SID of a phone number.", "It is PN and 32 hexadecimal digits."
        )
    return client.gate.locate(f"/Accounts/{client.account_sid}/IncomingPhoneNumbers/{sid}.json")


def _number_of(sid: str, item: Mapping[str, object]) -> PhoneNumber:
    number = _number(item)
    if number.sid != sid:
        # Taken for this one's, it would be noted as what there is to put back, or as put back.
        raise BadAnswer(200, "The answer is not about this number.", "List the numbers again, and look what it has.")
    return number


def _number(item: Mapping[str, object]) -> PhoneNumber:
    capable = as_mapping(item.get("capabilities"))
    method = as_text(item.get("sms_method")).upper()
    return PhoneNumber(
        sid=as_text(item.get("sid")),
        phone_number=as_text(item.get("phone_number")),
        friendly_name=as_text(item.get("friendly_name")),
        sms=capable.get("sms", capable.get("SMS")) is not False,
        webhook=SmsWebhook(
            url=as_text(item.get("sms_url")),
            # Twilio knows these two; with another nothing could be put back.
            method=method if method in _METHODS else "POST",
            application_sid=as_text(item.get("sms_application_sid")),
        ),
    )
