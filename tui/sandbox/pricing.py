"""The sandbox's price list, in the shape of pricing.twilio.com: examples for the countries that its bills know.

What a message is billed (`addresses.price_of`) lies within the list's range for its country. Carriers are made up.
"""

from __future__ import annotations

from decimal import Decimal

from tui.sandbox.addresses import INBOUND, OUTBOUND
from tui.sandbox.errors import Refusal
from tui.sandbox.resources import Json

NAMES = {
    "AE": "United Arab Emirates",
    "AU": "Australia",
    "BR": "Brazil",
    "CA": "Canada",
    "CN": "China",
    "DE": "Germany",
    "EG": "Egypt",
    "ES": "Spain",
    "FR": "France",
    "GB": "United Kingdom",
    "IL": "Israel",
    "IN": "India",
    "JP": "Japan",
    "KR": "South Korea",
    "MX": "Mexico",
    "SA": "Saudi Arabia",
    "SG": "Singapore",
    "US": "United States",
}

_CARRIERS = (("Example Mobile", "01"), ("Example Wireless", "02"), ("Other", "03"))
# Where prices differ from carrier to carrier: what the second and the third take more for a segment.
_MORE = {"DE": ("0.00200", "0.01100"), "GB": ("0.00000", "0.00160"), "FR": ("0.00150", "0.00150")}
_TYPES = {"mobile": "1", "local": "1", "shortcode": "1.25", "toll-free": "1"}


def countries(base_url: str) -> list[Json]:
    """The countries that prices are listed for."""
    return [
        {"country": NAMES[code], "iso_country": code, "url": f"{base_url}/v1/Messaging/Countries/{code}"}
        for code in sorted(OUTBOUND)
    ]


def country(code: str, base_url: str, path: str) -> Json:
    """The prices of one country.

    Raises:
        Refusal: 20404 where none are listed.
    """
    if code not in OUTBOUND:
        raise Refusal(20404, path=path)
    more = (Decimal(0), *map(Decimal, _MORE.get(code, ("0", "0"))))
    return {
        "country": NAMES[code],
        "inbound_sms_prices": [_price(name, INBOUND) for name in ("local", "mobile", "shortcode", "toll-free")],
        "iso_country": code,
        "outbound_sms_prices": [
            {
                "carrier": carrier,
                "mcc": "001",
                "mnc": network,
                "prices": [_price(name, (OUTBOUND[code] + add) * Decimal(times)) for name, times in _TYPES.items()],
            }
            for (carrier, network), add in zip(_CARRIERS, more, strict=True)
        ],
        "price_unit": "USD",
        "url": f"{base_url}/v1/Messaging/Countries/{code}",
    }


def _price(number_type: str, price: Decimal) -> Json:
    # Numbers, as Twilio's description says; its libraries have texts in their examples.
    number = float(round(price, 5))
    return {"base_price": number, "current_price": number, "number_type": number_type}
