"""What an account can send from: its numbers and its messaging services."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from tui.twilio.addresses import kind_of
from tui.twilio.client import Client
from tui.twilio.errors import BadAnswer, RequestFailed
from tui.twilio.lenient_json import as_items, as_mapping, as_text

MOST_LINKS = 20
"""Pages of numbers that are followed; an account with more than 20,000 types its sender."""


class SenderKind(Enum):
    """What stands behind a sender."""

    NUMBER = "number"
    SERVICE = "messaging service"


@dataclass(frozen=True, slots=True)
class Sender:
    """One sender to offer.

    Attributes:
        address: what goes into From (E.164) or MessagingServiceSid (MG…).
        label: the friendly name, as Twilio keeps it (remote text).
        sms: whether it can send SMS.
    """

    kind: SenderKind
    address: str
    label: str = ""
    sms: bool = True


@dataclass(frozen=True, slots=True)
class AccountSenders:
    """All that could be learned.

    Attributes:
        problems: what could not be listed, and why; numbers may be readable where services are not.
    """

    offered: tuple[Sender, ...]
    problems: tuple[RequestFailed, ...] = ()


async def list_senders(client: Client) -> AccountSenders:
    """The account's numbers, then its messaging services; one failing does not hide the other.

    What can be no sender, whatever Twilio calls it, is not offered.

    Source: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource and
    https://www.twilio.com/docs/messaging/api/service-resource (a host of its own).
    """
    results = await asyncio.gather(_numbers(client), _services(client), return_exceptions=True)
    offered: list[Sender] = []
    problems: list[RequestFailed] = []
    for result in results:
        if isinstance(result, RequestFailed):
            problems.append(result)
        elif isinstance(result, BaseException):
            raise result
        else:
            offered.extend(result)
    return AccountSenders(tuple(offered), tuple(problems))


async def _numbers(client: Client) -> list[Sender]:
    url = client.gate.locate(f"/Accounts/{client.account_sid}/IncomingPhoneNumbers.json", [("PageSize", "1000")])
    return await _collect(client, url, "incoming_phone_numbers", _number, lambda page: page.get("next_page_uri"))


async def _services(client: Client) -> list[Sender]:
    url = client.gate.messaging("/v1/Services?PageSize=100")
    return await _collect(
        client, url, "services", _service, lambda page: as_mapping(page.get("meta")).get("next_page_url")
    )


async def _collect(
    client: Client,
    url: str,
    key: str,
    read: Callable[[Mapping[str, object]], Sender],
    next_link: Callable[[Mapping[str, object]], object],
) -> list[Sender]:
    found: dict[str, Sender] = {}
    seen: set[str] = set()
    for _ in range(MOST_LINKS):
        seen.add(url)
        page = await client.get(url)
        if not isinstance(page.get(key), list):
            raise BadAnswer(200, f"The answer holds no {key.replace('_', ' ')}.", "Type the sender by hand.")
        for sender in map(read, as_items(page[key])):
            if kind_of(sender.address) is not None:
                found.setdefault(sender.address, sender)
        link = as_text(next_link(page))
        url = client.gate.follow(link) if link else url
        if url in seen:
            break
    return list(found.values())


def _number(item: Mapping[str, object]) -> Sender:
    capable = as_mapping(item.get("capabilities"))
    return Sender(
        SenderKind.NUMBER,
        as_text(item.get("phone_number")),
        as_text(item.get("friendly_name")),
        sms=(capable.get("sms", capable.get("SMS")) is not False),
    )


def _service(item: Mapping[str, object]) -> Sender:
    return Sender(SenderKind.SERVICE, as_text(item.get("sid")), as_text(item.get("friendly_name")))
