"""The account's phone numbers (IncomingPhoneNumbers) and their SMS webhooks: list, set, restore.

The calls raise the `RequestFailed`s of `tui.twilio.errors`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tui.twilio.client import Client, walk_pages
from tui.twilio.errors import BadAnswer, InvalidRequest
from tui.twilio.lenient_json import as_items, as_mapping, as_text

MOST_LINKS: Final = 20
"""Pages that are followed: 20,000 numbers."""

NUMBERS_KEY: Final = "incoming_phone_numbers"

_METHODS: Final = ("GET", "POST")
_SID: Final = re.compile(r"PN[0-9a-fA-F]{32}")
_URL: Final = re.compile(r"https?://[^/\s?#]+\S*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SmsWebhook:
    """The webhook a number sends its inbound messages to.

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


async def list_numbers(client: Client) -> tuple[PhoneNumber, ...]:
    """The account's numbers, in Twilio's order.

    Source: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource.
    """
    found: dict[str, PhoneNumber] = {}
    async for item in list_items(
        client, numbers_url(client), NUMBERS_KEY, "The answer holds no phone numbers.", "Try again."
    ):
        number = read_number(item)
        if _SID.fullmatch(number.sid):
            found.setdefault(number.sid, number)
    return tuple(found.values())


def numbers_url(client: Client) -> str:
    """The first page of the account's phone numbers."""
    return client.policy.locate(f"/Accounts/{client.account_sid}/IncomingPhoneNumbers.json", [("PageSize", "1000")])


async def list_items(
    client: Client,
    url: str,
    key: str,
    reason: str,
    remedy: str,
    next_link: Callable[[Mapping[str, object]], object] = lambda page: page.get("next_page_uri"),
    *,
    cut: Callable[[], object] = lambda: None,
) -> AsyncIterator[Mapping[str, object]]:
    """Every resource of a short list, `MOST_LINKS` pages of it at most.

    Args:
        client: who asks.
        url: the first page.
        key: of the array in each page.
        reason: what is wrong with a page that has no such array.
        remedy: what to do then.
        next_link: finds a page's link to the next one.
        cut: called at the end where there would have been more.
    """
    link = ""
    async for page in walk_pages(client, url, client.get, lambda page: as_text(next_link(page)), most=MOST_LINKS):
        if not isinstance(page.get(key), list):
            raise BadAnswer(200, reason, remedy)
        for item in as_items(page[key]):
            yield item
        link = as_text(next_link(page))
    if link:
        cut()


async def set_sms_webhook(client: Client, sid: str, url: str, method: str = "POST") -> PhoneNumber:
    """Have a number send its inbound messages to `url`; returns the number as Twilio then has it.

    A TwiML application would go before the URL, so it is taken off the number. Keep the number's `webhook` from
    before, to put it back with `restore_sms_webhook`.

    Raises:
        InvalidRequest: the URL, the method or the SID is malformed; nothing was sent.
    """
    if not _URL.fullmatch(url) or not url.isprintable():
        raise InvalidRequest("SmsUrl", "This is not an absolute http or https URL.", "Write it as https://host/path.")
    return await restore_sms_webhook(client, sid, SmsWebhook(url, method))


async def restore_sms_webhook(client: Client, sid: str, webhook: SmsWebhook) -> PhoneNumber:
    """Give a number exactly this webhook (an empty URL takes it off); returns it as Twilio then has it.

    Raises:
        InvalidRequest: the method or the SID is malformed; nothing was sent.
    """
    if webhook.method not in _METHODS:
        raise InvalidRequest("SmsMethod", f"{webhook.method} is neither GET nor POST.", "Choose one of the two.")
    form = [
        ("SmsUrl", webhook.url),
        ("SmsMethod", webhook.method),
        ("SmsApplicationSid", webhook.application_sid),
    ]
    return _same_number(sid, await client.post(_locate(client, sid), form))


def _locate(client: Client, sid: str) -> str:
    if not _SID.fullmatch(sid):
        raise InvalidRequest(
            "PhoneNumberSid", "This is not the SID of a phone number.", "It is PN and 32 hexadecimal digits."
        )
    return client.policy.locate(f"/Accounts/{client.account_sid}/IncomingPhoneNumbers/{sid}.json")


def _same_number(sid: str, item: Mapping[str, object]) -> PhoneNumber:
    number = read_number(item)
    if number.sid != sid:
        # Taken for this one's, it would be noted as what there is to put back, or as put back.
        raise BadAnswer(200, "The answer is not about this number.", "List the numbers again, and look what it has.")
    return number


def read_number(item: Mapping[str, object]) -> PhoneNumber:
    """A phone number from its JSON object; odd and missing values become empty ones."""
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
