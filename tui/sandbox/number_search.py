"""Searches for phone numbers to buy: by digits, by what they can do and need, by where they lie.

Source: https://www.twilio.com/docs/phone-numbers/api and Twilio's OpenAPI description of AvailablePhoneNumbers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping

from tui.sandbox.numbers_for_sale import NORTH_AMERICA, AreaLocation, NumberForSale, area_code, place_of, stock
from tui.sandbox.parameters import Form, flag, given, refuse


def search(query: Form, country: str, kind: str) -> list[NumberForSale]:
    """Return the numbers of a country and type that a search asks for, owned ones among them.

    As Twilio says of them, AreaCode, Near…, Distance and In… are for the United States and Canada: elsewhere they
    count for nothing. There a number whose area is not known has no place, and toll-free ones have none.

    Raises:
        Refusal: 20001 for a value that cannot be.
    """
    in_north_america = country in NORTH_AMERICA
    area = area_code(query.text("AreaCode")) if in_north_america and query.text("AreaCode") else ""
    tests = [*_traits(query), _containing(query.text("Contains"))]
    if in_north_america:
        tests += [*_nearness(query), *_whereabouts(query)]
    return [number for number in stock(country, kind, area) if all(test(number) for test in tests)]


_Test = Callable[[NumberForSale], bool]


def _traits(query: Form) -> Iterator[_Test]:
    for name, has in (
        ("SmsEnabled", "sms"),
        ("MmsEnabled", "mms"),
        ("VoiceEnabled", "voice"),
        ("FaxEnabled", "fax"),
    ):
        if (wanted := given(query, name, flag)) is not None:
            yield lambda number, has=has, wanted=wanted: number.capabilities[has] is wanted
    for name, left_out in (
        ("ExcludeAllAddressRequired", ("any", "local", "foreign")),
        ("ExcludeLocalAddressRequired", ("local",)),
        ("ExcludeForeignAddressRequired", ("foreign",)),
    ):
        if given(query, name, flag):
            yield lambda number, left_out=left_out: number.range.address not in left_out
    if given(query, "Beta", flag) is False:
        yield lambda number: not number.range.beta


_KEYS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_LONGEST_PATTERN = 16


def _containing(pattern: str) -> _Test:
    """Read Contains: digits, letters as on the keys of a telephone, `*` for one digit and `%` for any number of them.

    `+` stands before the whole number and `$` behind it.
    """
    digits = pattern.upper().translate(_KEYS)
    if digits and not (
        re.fullmatch(r"\+?[0-9*%]+\$?", digits, re.ASCII)
        and 2 <= len(digits) <= _LONGEST_PATTERN
        and len(re.findall("[0-9]", digits)) >= 2
    ):
        wanted = (
            f"write 2 to {_LONGEST_PATTERN} digits, letters, * and %, two of them no wildcards, + before and $ behind"
        )
        raise refuse("Contains", pattern[:20], wanted)
    parts = {"+": r"^\+", "*": "[0-9]", "%": "[0-9]*"}
    wanted_numbers = re.compile("".join(parts.get(each, each) for each in digits))
    return lambda number: wanted_numbers.search(number.phone_number) is not None


_DEFAULT_DISTANCE = 25
_FARTHEST = 500
_EARTH = 3958.8  # its radius in miles


def _nearness(query: Form) -> Iterator[_Test]:
    miles = given(query, "Distance", _distance) or _DEFAULT_DISTANCE
    if text := query.text("NearNumber"):
        place = place_of(text)
        yield lambda number: place is not None and _is_near(number, place.latitude, place.longitude, int(miles))
    if text := query.text("NearLatLong"):
        found = re.fullmatch(r"(-?[0-9]{1,2}(?:\.[0-9]{1,9})?),\s*(-?[0-9]{1,3}(?:\.[0-9]{1,9})?)", text, re.ASCII)
        if found is None:
            raise refuse("NearLatLong", text[:40], "write degrees like 37.78,-122.42")
        latitude, longitude = float(found[1]), float(found[2])
        yield lambda number: _is_near(number, latitude, longitude, int(miles))


def _distance(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= _FARTHEST):
        raise refuse(name, text[:20], f"write miles, 1 to {_FARTHEST}")
    return int(text)


def _is_near(number: NumberForSale, latitude: float, longitude: float, miles: int) -> bool:
    place = number.range.place
    if place is None:
        return False
    north, south = math.radians(place.latitude), math.radians(latitude)
    half = math.sin((north - south) / 2) ** 2
    half += math.cos(north) * math.cos(south) * math.sin(math.radians(place.longitude - longitude) / 2) ** 2
    return 2 * _EARTH * math.asin(math.sqrt(half)) <= miles


_WHEREABOUTS: Mapping[str, Callable[[AreaLocation], str]] = {
    "InPostalCode": lambda place: place.postal_code,
    "InRegion": lambda place: place.region,
    "InRateCenter": lambda place: place.rate_center,
    "InLata": lambda place: place.lata,
    "InLocality": lambda place: place.locality,
}


def _whereabouts(query: Form) -> Iterator[_Test]:
    """Read In…: what a place is called or, in the place of that, a number that lies there."""
    if query.text("InRateCenter") and not query.text("InLata"):
        raise refuse("InRateCenter", query.text("InRateCenter")[:20], "a rate center goes with its InLata")
    for name, read in _WHEREABOUTS.items():
        if text := query.text(name):
            of_number = place_of(text) if text.startswith("+") else None
            wanted = (read(of_number) if of_number else text).casefold()
            yield (
                lambda number, read=read, wanted=wanted: (
                    number.range.place is not None and read(number.range.place).casefold() == wanted
                )
            )
