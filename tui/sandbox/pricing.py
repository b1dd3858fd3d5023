"""Prices in US dollars a segment, and the country of a number, by a short table of calling codes.

Prices resemble Twilio's published ones and are not kept up to date; nothing is ever charged.
"""

from __future__ import annotations

from decimal import Decimal

_DEFAULT = Decimal("0.05000")
_INBOUND = Decimal("0.00830")
_MEDIA = Decimal("0.02000")

# Calling code → (country, price of an outbound segment). The longest prefix that fits wins.
_COUNTRIES: dict[str, tuple[str, str]] = {
    "1": ("US", "0.00790"),
    "1416": ("CA", "0.00830"),
    "1604": ("CA", "0.00830"),
    "20": ("EG", "0.32960"),
    "33": ("FR", "0.07980"),
    "34": ("ES", "0.08660"),
    "44": ("GB", "0.05240"),
    "49": ("DE", "0.11200"),
    "52": ("MX", "0.10600"),
    "55": ("BR", "0.06490"),
    "61": ("AU", "0.05150"),
    "65": ("SG", "0.06400"),
    "81": ("JP", "0.08850"),
    "82": ("KR", "0.04940"),
    "86": ("CN", "0.06300"),
    "91": ("IN", "0.08320"),
    "966": ("SA", "0.20060"),
    "971": ("AE", "0.11500"),
    "972": ("IL", "0.25750"),
}
_LONGEST = max(map(len, _COUNTRIES))


def country_of(address: str) -> str:
    """Return the ISO country of a phone number, "" when it is not in the table."""
    return _entry(address)[0]


def price_of(address: str, *, inbound: bool, segments: int, mms: bool) -> str:
    """Return what the message costs, negative as on a bill: `"-0.00790"`."""
    if mms:
        total = _MEDIA
    elif inbound:
        total = _INBOUND * segments
    else:
        total = Decimal(_entry(address)[1]) * segments if _entry(address)[0] else _DEFAULT * segments
    return f"-{total:.5f}"


def _entry(address: str) -> tuple[str, str]:
    digits = address.rpartition(":")[2].removeprefix("+")
    for length in range(_LONGEST, 0, -1):
        if found := _COUNTRIES.get(digits[:length]):
            return found
    return ("", "")
