"""Phone numbers that can be bought: which countries and types there are, and what a purchase needs.

All lie in ranges that regulators keep for fiction: in North America the 555-0150 to 555-0189 of every area code, of
which the areas in `_PLACES` are found without asking for one. Where each area lies, and which numbers need an address
or a bundle or are new to Twilio, are examples.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tui.sandbox.addresses import phone_number
from tui.sandbox.errors import Refusal
from tui.sandbox.parameters import refuse
from tui.sandbox.senders import MAGIC_SENDER, is_toll_free

TYPES: Final = {"Local": "local", "Mobile": "mobile", "TollFree": "toll-free"}
"""The last word of a path → Twilio's word for that type of number."""

COUNTRIES: Final = {
    "AU": "Australia",
    "CA": "Canada",
    "DE": "Germany",
    "FR": "France",
    "GB": "United Kingdom",
    "SE": "Sweden",
    "US": "United States",
}
"""ISO code → name."""

NORTH_AMERICA = frozenset({"US", "CA"})
_ENDS = range(50, 90)


@dataclass(frozen=True, slots=True)
class AreaLocation:
    """Where an area code of North America lies; degrees north and east."""

    locality: str
    region: str
    postal_code: str
    lata: str
    rate_center: str
    latitude: float
    longitude: float


_PLACES: Mapping[str, tuple[str, AreaLocation]] = {
    "212": ("US", AreaLocation("New York", "NY", "10001", "132", "NEW YORK", 40.75, -73.99)),
    "202": ("US", AreaLocation("Washington", "DC", "20001", "236", "WASHINGTON", 38.9, -77.02)),
    "310": ("US", AreaLocation("Los Angeles", "CA", "90025", "730", "LOS ANGELES", 34.05, -118.24)),
    "415": ("US", AreaLocation("San Francisco", "CA", "94102", "722", "SAN FRANCISCO", 37.78, -122.42)),
    "425": ("US", AreaLocation("Bellevue", "WA", "98004", "674", "BELLEVUE", 47.61, -122.2)),
    "510": ("US", AreaLocation("Oakland", "CA", "94601", "722", "OAKLAND", 37.8, -122.27)),
    "720": ("US", AreaLocation("Denver", "CO", "80202", "656", "DENVER", 39.74, -104.99)),
    "737": ("US", AreaLocation("Austin", "TX", "78701", "558", "AUSTIN", 30.27, -97.74)),
    "773": ("US", AreaLocation("Chicago", "IL", "60614", "358", "CHICAGO", 41.92, -87.65)),
    "786": ("US", AreaLocation("Miami", "FL", "33130", "460", "MIAMI", 25.77, -80.2)),
    "438": ("CA", AreaLocation("Montreal", "QC", "H2Y", "888", "MONTREAL", 45.5, -73.57)),
    "647": ("CA", AreaLocation("Toronto", "ON", "M5H", "888", "TORONTO", 43.65, -79.38)),
    "778": ("CA", AreaLocation("Vancouver", "BC", "V6B", "888", "VANCOUVER", 49.28, -123.12)),
}


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Numbers that differ in their last two digits, 50 to 89."""

    country: str
    type: str
    prefix: str
    sms: bool = True
    mms: bool = False
    address: str = "none"
    needs_bundle: bool = False
    beta: bool = False
    place: AreaLocation | None = None


_RANGES = (
    NumberRange("AU", "local", "+612555001", sms=False, address="any"),
    NumberRange("CA", "toll-free", "+185555501", mms=True),
    NumberRange("DE", "local", "+4930231250", sms=False, address="local", needs_bundle=True),
    NumberRange("DE", "mobile", "+4917139200", address="local", needs_bundle=True),
    NumberRange("FR", "local", "+331990000", sms=False, beta=True),
    NumberRange("FR", "mobile", "+336399805", beta=True),
    NumberRange("GB", "local", "+4416329601", sms=False),
    NumberRange("GB", "mobile", "+4477009001"),
    NumberRange("GB", "toll-free", "+4480815701", sms=False),
    NumberRange("SE", "mobile", "+467017406"),
    NumberRange("US", "toll-free", "+183355501", mms=True),
    NumberRange("US", "toll-free", "+188855501", mms=True),
)
# Where Twilio's test credentials find no number; they buy the magic sender, and find one in area code 500
# (https://www.twilio.com/docs/iam/test-credentials).
_EMPTY_AREA = "533"


@dataclass(frozen=True, slots=True)
class NumberForSale:
    """One number, and what is true of all in its range."""

    phone_number: str
    range: NumberRange

    @property
    def friendly_name(self) -> str:
        """The number as a person writes it in North America, and as it is elsewhere."""
        text = self.phone_number
        if self.range.country not in NORTH_AMERICA:
            return text
        return f"({text[2:5]}) {text[5:8]}-{text[8:]}"

    @property
    def capabilities(self) -> Mapping[str, bool]:
        """Twilio's word for what a number can do → whether it can."""
        return {"voice": True, "sms": self.range.sms, "mms": self.range.mms, "fax": False}

    def check(self) -> None:
        """Let the number be bought by an account that has neither addresses nor bundles.

        Raises:
            Refusal: 21649 or 21631 for a number that needs one.
        """
        if self.range.needs_bundle:
            raise Refusal(21649, value=self.phone_number)
        if self.range.address != "none":
            raise Refusal(21631, value=self.phone_number)


def types_in(country: str) -> tuple[str, ...]:
    """Return the last words of the paths below a country, empty for one without numbers."""
    has = {each.type for each in _RANGES if each.country == country}
    if country in NORTH_AMERICA:
        has.add("local")
    return tuple(word for word, kind in TYPES.items() if kind in has)


def is_new(country: str) -> bool:
    """Tell whether all numbers of a country are new to Twilio."""
    return country not in NORTH_AMERICA and all(each.beta for each in _RANGES if each.country == country)


def on_sale(text: str) -> NumberForSale | None:
    """Return the number that reads so, None where it is not for sale.

    Raises:
        Refusal: 21421 for what can be no number.
    """
    number = phone_number(text)
    if number is None or number == "+15005550001":
        raise Refusal(21421, value=text)
    if number == MAGIC_SENDER:
        return NumberForSale(number, NumberRange("US", "local", number[:-2], mms=True))
    prefix, end = number[:-2], int(number[-2:])
    found = next((each for each in _RANGES if each.prefix == prefix), None)
    if found is None and prefix.startswith("+1") and prefix.endswith("55501"):
        found = _area(prefix[2:5])
    return NumberForSale(number, found) if found and end in _ENDS else None


def in_area(area: str, is_owned: Callable[[str], object]) -> NumberForSale:
    """Return the first number of an area code of North America that is not owned yet.

    Raises:
        Refusal: 20001 for what is no area code, 21452 for one without numbers.
    """
    found = _area(area_code(area))
    free = (number for number in (_numbers(found) if found else ()) if not is_owned(number.phone_number))
    if (number := next(free, None)) is None:
        raise Refusal(21452, value=area)
    return number


def area_code(text: str) -> str:
    """Read AreaCode: three digits, or 20001."""
    if not re.fullmatch(r"[0-9]{3}", text, re.ASCII):
        raise refuse("AreaCode", text[:20], "write three digits of the United States or Canada")
    return text


def _area(area: str) -> NumberRange | None:
    """Return the local numbers of an area code; None for none of the United States and Canada."""
    if area in _PLACES:
        country, place = _PLACES[area]
        return NumberRange(country, "local", f"+1{area}55501", mms=True, place=place)
    import phonenumbers

    number = phonenumbers.parse(f"+1{area}5550150")
    kinds = (phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE, phonenumbers.PhoneNumberType.PERSONAL_NUMBER)
    country = phonenumbers.region_code_for_number(number)
    if country not in NORTH_AMERICA or phonenumbers.number_type(number) not in kinds or area == _EMPTY_AREA:
        return None
    return NumberRange(country, "local", f"+1{area}55501", mms=True)


def _numbers(of: NumberRange) -> Iterator[NumberForSale]:
    return (NumberForSale(f"{of.prefix}{end}", of) for end in _ENDS)


def stock(country: str, kind: str, area: str = "") -> Iterator[NumberForSale]:
    """Return a country's numbers of a type, in North America those of one area code if it is given; owned ones too."""
    if kind == "local" and country in NORTH_AMERICA:
        areas = (area,) if area else sorted(_PLACES)
        ranges = [found for each in areas if (found := _area(each)) and found.country == country]
    else:
        ranges = [each for each in _RANGES if (each.country, each.type) == (country, kind)]
    for each in ranges:
        if not area or each.prefix.startswith(f"+1{area}"):
            yield from _numbers(each)


def place_of(text: str) -> AreaLocation | None:
    """Return where a number of North America lies, as far as its area code is known."""
    number = phone_number(text) or ""
    known = _PLACES.get(number[2:5]) if number.startswith("+1") and not is_toll_free(number) else None
    return known[1] if known else None
