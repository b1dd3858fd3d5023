"""Twilio's price list for SMS (Pricing API): what a segment to a country costs, and the estimate made from it.

Source: https://www.twilio.com/docs/messaging/api/pricing. The list names prices by carrier and by type of the sending
number, with the account's own discounts; carrier fees, MMS and other channels are not in it. Which carrier a recipient
has is not known here, so a price is a range over all of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from tui.twilio.addresses import AddressKind, country_name, kind_of
from tui.twilio.client import Client
from tui.twilio.errors import InvalidRequest
from tui.twilio.lenient_json import as_currency, as_decimal, as_items, as_text

MOST_TYPES: Final = 20
"""Types of numbers of a country that are kept."""

_COUNTRY: Final = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class PriceRange:
    """The lowest and the highest price of one segment, both at least 0."""

    least: Decimal
    most: Decimal


@dataclass(frozen=True, slots=True)
class PriceList:
    """What sending to one country costs.

    Attributes:
        country: its ISO code, like "US".
        currency: three capitals, like "USD"; empty where Twilio gave none.
        outbound: type of the sending number → price of a segment over all carriers. Types are written as one word in
            small letters: `local`, `mobile`, `tollfree`, `shortcode`.
    """

    country: str
    currency: str
    outbound: Mapping[str, PriceRange]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a message will cost by the price list: from `least` to `most`, in one currency."""

    least: Decimal
    most: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class CountryPrices:
    """What is known of the prices of a country.

    Attributes:
        read_at: when Twilio was asked.
        prices: its list; None where there is none.
        reason: why there is none, as the end of a sentence, safe to show.
    """

    read_at: datetime
    prices: PriceList | None = None
    reason: str = ""


async def fetch_prices(client: Client, country: str) -> PriceList:
    """Ask for the prices of a country.

    Raises:
        InvalidRequest: this is no ISO code; nothing was sent.
        RequestFailed: as of every call of the client. An ApiError with status 401 or 403: these credentials may not
            read the list; with 404: Twilio lists no such country.
    """
    if not _COUNTRY.fullmatch(country):
        raise InvalidRequest("IsoCountry", "This is not the code of a country.", "It is two capitals, like US.")
    answer = await client.get(client.policy.product("pricing", f"/v1/Messaging/Countries/{country}"))
    return read_prices(country, answer)


def read_prices(country: str, answer: Mapping[str, object]) -> PriceList:
    """A price list from its JSON object; what is no price is passed over."""
    found: dict[str, PriceRange] = {}
    for carrier in as_items(answer.get("outbound_sms_prices")):
        for item in as_items(carrier.get("prices")):
            name = _type_name(as_text(item.get("number_type")))
            current = as_decimal(item.get("current_price"))
            price = as_decimal(item.get("base_price")) if current is None else current
            if not name or price is None or price < 0 or (name not in found and len(found) >= MOST_TYPES):
                continue
            before = found.get(name, PriceRange(price, price))
            found[name] = PriceRange(min(before.least, price), max(before.most, price))
    return PriceList(country, as_currency(answer.get("price_unit")), found)


def _type_name(text: str) -> str:
    """`toll-free` and `toll free` are one word here: Twilio's products write types in several ways."""
    return "".join(letter for letter in text.lower() if "a" <= letter <= "z")[:20]


def estimate(prices: PriceList, types: Collection[str], segments: int) -> Estimate | None:
    """What so many segments cost from a sender of one of these types; None for none, and where the list says nothing.

    Where the list has none of the types, or none is given (a messaging service chooses the sender), any may be meant.
    """
    ranges = [prices.outbound[name] for name in types if name in prices.outbound] or list(prices.outbound.values())
    if segments < 1 or not ranges or not prices.currency:
        return None
    least, most = min(each.least for each in ranges), max(each.most for each in ranges)
    return Estimate(least * segments, most * segments, prices.currency)


def why_unlisted(to: str, sender: str, *, media: bool) -> str:
    """Why the list says nothing of such a message, as the end of a sentence; empty where it may."""
    if AddressKind.CHANNEL in (kind_of(to), kind_of(sender)):
        return "Twilio's price list is for SMS only"
    return "Twilio's price list has no MMS" if media else ""


def nothing_for(country: str) -> str:
    """That the list of a country has no price, as the end of a sentence."""
    return f"Twilio's list has no price for {country_name(country) or country}"


def number_types(sender: str) -> tuple[str, ...]:
    """The types, as `PriceList` has them, that a sender may be of; empty where its address does not tell."""
    kind = kind_of(sender)
    if kind is AddressKind.SHORT_CODE:
        return ("shortcode",)
    if kind is not AddressKind.NUMBER:
        return ()
    from phonenumbers import NumberParseException, PhoneNumberType, number_type, parse

    try:
        found = number_type(parse(sender))
    except NumberParseException:
        return ()
    return {
        PhoneNumberType.TOLL_FREE: ("tollfree",),
        PhoneNumberType.MOBILE: ("mobile",),
        PhoneNumberType.FIXED_LINE: ("local",),
        PhoneNumberType.FIXED_LINE_OR_MOBILE: ("local", "mobile"),
    }.get(found, ())
