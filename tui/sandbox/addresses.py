"""Addresses in To and From: phone numbers, short codes, alphanumeric senders, channels; their countries and prices."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

CHANNELS = frozenset({"whatsapp", "messenger", "rcs"})

_DECORATION = re.compile(r"[\s().\-]")
_SHORT_CODE = re.compile(r"[0-9]{5,6}")
_DIGITS = re.compile(r"\+?[0-9]{7,15}")
# User names and business-scoped ids of WhatsApp (2026), agents of RCS: at least one letter, no blanks.
_CHANNEL_ID = re.compile(r"(?=.*[A-Za-z])@?[A-Za-z0-9][A-Za-z0-9._\-]{2,127}")
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 &+_\-]{1,11}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")


def channel_of(address: str) -> str:
    """Return the channel that prefixes an address, "" for SMS."""
    prefix, colon, _ = address.partition(":")
    return prefix.lower() if colon and prefix.lower() in CHANNELS else ""


def is_short_code(address: str) -> bool:
    """Tell whether the address is five or six digits."""
    return _SHORT_CODE.fullmatch(address) is not None


def is_alphanumeric(address: str) -> bool:
    """Tell whether the address can be an alphanumeric sender: up to 11 characters, one of them a letter."""
    return _ALPHANUMERIC.fullmatch(address) is not None


def is_service(sender: str) -> bool:
    """Tell whether the sender is a messaging service's SID, which Twilio takes in From as well."""
    return _SERVICE.fullmatch(sender) is not None


def channel_address(text: str) -> str | None:
    """Return a channel address as Twilio would list it, None when it cannot be one.

    No national numbering plan is held against it: channels keep ids after a country has changed its numbers
    (`whatsapp:+5215512345678`), and some ids are no number at all. Digits have to be 7 to 15, as in E.164; anything
    else is a name of 3 to 128 letters, digits, dots, dashes and underscores. Messenger's ids are digits of its own.
    """
    channel, address = channel_of(text), text.partition(":")[2].strip()
    plain = _DECORATION.sub("", address)
    number = _international(plain)
    if channel == "messenger" and (number or re.fullmatch(r"[0-9]{3,32}", plain)):
        return f"{channel}:{plain}"
    if number:
        return f"{channel}:{number}"
    return f"{channel}:{address}" if _CHANNEL_ID.fullmatch(address) else None


# Whoever sends a thousand messages does so from one number, and asks of each recipient twice.
@lru_cache(maxsize=1024)
def phone_number(text: str) -> str | None:
    """Return a phone number in E.164, None when it cannot be one.

    Lenient as to form and range: blanks, dots, dashes and brackets are dropped, ten digits are taken as North
    American, and numbers kept for fiction pass. Length and country code have to be possible.
    """
    international = _international(_DECORATION.sub("", text))
    if international is None:
        return None
    # 25 ms and 8 MB that a sandbox which only lists messages need not spend.
    import phonenumbers

    try:
        number = phonenumbers.parse(international)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def recipient_address(text: str) -> str | None:
    """Return a phone number or a channel address as Twilio would list it, None when it can be neither."""
    return channel_address(text) if channel_of(text) else phone_number(text)


def as_listed(text: str) -> str:
    """Write a sender or recipient as it stands in the list: what is neither number nor channel stays as it is given."""
    return recipient_address(text) or text


def _international(plain: str) -> str | None:
    if not _DIGITS.fullmatch(plain):
        return None
    if plain.startswith("+"):
        return plain
    return f"+1{plain}" if len(plain) == 10 else f"+{plain}"


_DEFAULT = Decimal("0.05000")
INBOUND = Decimal("0.00830")
"""The price of an inbound segment."""
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
OUTBOUND = {country: Decimal(price) for country, price in _COUNTRIES.values()}
"""Country → price of an outbound segment."""


@lru_cache(maxsize=1024)
def region_of(number: str) -> str:
    """Return the ISO country of any phone number in E.164, "" when its calling code is nobody's."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    # Numbers kept for fiction belong to the calling code's main country.
    code = parsed.country_code or 0
    region = phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(code)
    # 001 and ZZ are no countries.
    return region if len(region) == 2 and region != "ZZ" else ""


def price_of(address: str, *, inbound: bool, segments: int, mms: bool) -> str:
    """Return what the message costs, negative as on a bill: `"-0.00790"`."""
    if mms:
        total = _MEDIA
    elif inbound:
        total = INBOUND * segments
    else:
        total = Decimal(_entry(address)[1]) * segments if _entry(address)[0] else _DEFAULT * segments
    return f"-{total:.5f}"


def _entry(address: str) -> tuple[str, str]:
    digits = address.rpartition(":")[2].removeprefix("+")
    for length in range(_LONGEST, 0, -1):
        if found := _COUNTRIES.get(digits[:length]):
            return found
    return ("", "")
