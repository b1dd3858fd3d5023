"""The senders of an account: its phone numbers and its messaging services."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from tui.twilio.addresses import kind_of
from tui.twilio.client import Client
from tui.twilio.errors import RequestFailed
from tui.twilio.lenient_json import as_mapping, as_text
from tui.twilio.numbers import NUMBERS_KEY, list_items, numbers_url, read_number

_BY_HAND = "Type the sender by hand."


class SenderKind(Enum):
    """Whether a sender is a phone number or a messaging service."""

    NUMBER = "number"
    SERVICE = "messaging service"


@dataclass(frozen=True, slots=True)
class Sender:
    """One sender of an account.

    Attributes:
        address: what goes into From (E.164) or MessagingServiceSid (MG…).
        label: the friendly name, as Twilio keeps it (remote text).
        sms: whether it can send SMS.
    """

    kind: SenderKind
    address: str
    label: str = ""
    sms: bool = True


@dataclass(frozen=True)
class AccountSenders:
    """The senders that could be listed.

    Attributes:
        problems: what could not be listed, and why; numbers may be readable where services are not.
    """

    offered: tuple[Sender, ...]
    problems: tuple[RequestFailed, ...] = ()

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Address → friendly name (remote text), of those that have one."""
        return {sender.address: sender.label for sender in self.offered if sender.label}


async def list_senders(client: Client) -> AccountSenders:
    """The account's numbers, then its messaging services; one failing does not hide the other.

    What can be no sender, whatever Twilio calls it, is not offered.

    Source: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource and
    https://www.twilio.com/docs/messaging/api/service-resource (a host of its own).
    """
    results = await asyncio.gather(_numbers(client), _services(client), return_exceptions=True)
    offered: dict[str, Sender] = {}
    problems: list[RequestFailed] = []
    for result in results:
        if isinstance(result, RequestFailed):
            problems.append(result)
        elif isinstance(result, BaseException):
            raise result
        else:
            for sender in result:
                if kind_of(sender.address) is not None:
                    offered.setdefault(sender.address, sender)
    return AccountSenders(tuple(offered.values()), tuple(problems))


async def _numbers(client: Client) -> list[Sender]:
    reason = "The answer holds no incoming phone numbers."
    numbers = [
        read_number(item) async for item in list_items(client, numbers_url(client), NUMBERS_KEY, reason, _BY_HAND)
    ]
    return [Sender(SenderKind.NUMBER, each.phone_number, each.friendly_name, sms=each.sms) for each in numbers]


async def _services(client: Client) -> list[Sender]:
    services = list_items(
        client,
        client.policy.product("messaging", "/v1/Services?PageSize=100"),
        "services",
        "The answer holds no services.",
        _BY_HAND,
        lambda page: as_mapping(page.get("meta")).get("next_page_url"),
    )
    return [
        Sender(SenderKind.SERVICE, as_text(each.get("sid")), as_text(each.get("friendly_name")))
        async for each in services
    ]
