"""The country of an address, quickly enough for a history of addresses: as `country_of`, by prefixes.

Most country codes belong to one country. Where several share one the first digits decide, and what they decided once is
remembered. `phonenumbers` is imported when the first address asks.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

from tui.twilio.addresses import country_name, country_of

_DECIDING: Final = 8
"""Characters, the plus sign included, that tell the countries of one code apart."""

_DECIDING_IN_AMERICA: Final = 6
"""The same for the ten digits after +1: the area code, and what an exchange begins with."""

_AMERICAN: Final = 12

_REMEMBERED: Final = 10_000


def country(address: str) -> str:
    """The region of an address, like "US"; empty where it has none."""
    number = address.rpartition(":")[2]
    if not number.startswith("+") or not number.isascii() or not number[1:].isdecimal():
        return ""
    if not 7 <= len(number) <= 16:
        return ""
    alone = _countries_by_code()
    for length in (2, 3, 4):
        if (region := alone.get(number[:length])) is not None:
            return region
    american = number.startswith("+1") and len(number) == _AMERICAN
    deciding = _DECIDING_IN_AMERICA if american else _DECIDING
    return _decide(number[:deciding], max(len(number) - deciding, 0))


@cache
def _countries_by_code() -> dict[str, str]:
    """Country code with its plus → region, for the codes that one region has; empty for those of no country."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    return {
        f"+{code}": regions[0] if country_name(regions[0]) else ""
        for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()
        if len(regions) == 1
    }


@lru_cache(maxsize=_REMEMBERED)
def _decide(start: str, more: int) -> str:
    return country_of(start + "5" * more) or ""
