"""Messaging's geographic permissions, as accounts.twilio.com shows them: which countries an SMS may be sent to.

Source: Twilio's OpenAPI description, and its official libraries for the fields of one country.
"""

from __future__ import annotations

from functools import cache, lru_cache

from tui.sandbox.addresses import region_of
from tui.sandbox.errors import Refusal
from tui.sandbox.parameters import Form
from tui.sandbox.resources import Json


@cache
def countries() -> frozenset[str]:
    """ISO codes of all countries that have phone numbers."""
    # 25 ms and 8 MB that a sandbox which only lists messages need not spend.
    import phonenumbers

    return frozenset(phonenumbers.SUPPORTED_REGIONS)


def is_enabled(to: str, disabled: frozenset[str]) -> bool:
    """Tell whether an SMS may go there; other channels know no such bound."""
    # Which country of a calling code it is takes long to find out, and most numbers begin otherwise.
    return not to.startswith(_prefixes(disabled)) or region_of(to) not in disabled


@lru_cache(maxsize=8)
def _prefixes(regions: frozenset[str]) -> tuple[str, ...]:
    """What the numbers of these countries begin with."""
    import phonenumbers

    return tuple({f"+{phonenumbers.country_code_for_region(region)}" for region in regions})


def permissions(query: Form, disabled: frozenset[str]) -> Json:
    """The permission of each country, or of those in CountryCode, separated by commas.

    Raises:
        Refusal: 20001 for a country that there is not.
    """
    asked = [code.strip().upper() for code in query.text("CountryCode").split(",") if code.strip()]
    if strange := next((code for code in asked if code not in countries()), ""):
        raise Refusal(20001, reason=f"CountryCode {strange[:20]!r} is not the ISO code of a country")
    return {
        "permissions": [
            {
                "country_code": code,
                "type": "country",
                "enabled": code not in disabled,
                "error_code": 0,
                "error_messages": [],
            }
            for code in asked or sorted(countries())
        ]
    }
