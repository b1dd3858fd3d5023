"""Lookup v2, as lookups.twilio.com answers it: whether a number can be one, and on request (paid) what is known of it.

Source: https://www.twilio.com/docs/lookup/v2-api. Numbers of ranges that regulators keep for fiction are valid here,
since the sandbox has no others. What is said on request is in `lookup_packages.py`.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from tui.sandbox.addresses import region_of
from tui.sandbox.errors import Refusal
from tui.sandbox.geo_permissions import countries
from tui.sandbox.lookup_packages import NOT_ESTABLISHED, PACKAGES
from tui.sandbox.parameters import Form
from tui.sandbox.resources import Json

_FREE = "validation"
_LONGEST = 60
_DEFAULT_COUNTRY = "US"


def paid_fields(query: Form) -> tuple[str, ...]:
    """Return which paid fields a look-up asks for.

    Raises:
        Refusal: 20001 for a field that Lookup has not, and for those that the sandbox has not.
    """
    asked = {name.strip() for name in query.text("Fields").split(",") if name.strip()}
    if strange := sorted(asked - {_FREE, *PACKAGES}):
        has = "the sandbox has all but that" if strange[0] in NOT_ESTABLISHED else "there is no such field"
        raise Refusal(
            20001, reason=f"Fields {strange[0][:60]!r} is not valid: {has}; write {_FREE}, {', '.join(PACKAGES)}"
        )
    return tuple(sorted(asked - {_FREE}))


def look_up(text: str, query: Form, base_url: str) -> Json:
    """Return what is known of a number, written as E.164 or as in CountryCode (US where none is given).

    Raises:
        Refusal: 20001 for a country that there is not, and for what a package cannot read.
    """
    country = query.text("CountryCode").upper()
    if country and country not in countries():
        raise Refusal(20001, reason=f"CountryCode {country[:20]!r} is not the ISO code of a country")
    import phonenumbers

    number, error = None, "NOT_A_NUMBER"
    try:
        number = phonenumbers.parse(text[:_LONGEST], country or _DEFAULT_COUNTRY)
        error = _ERRORS.get(phonenumbers.is_possible_number_with_reason(number), "")
    except phonenumbers.NumberParseException as problem:
        error = _PARSING.get(problem.error_type, error)
    known = number if number is not None and not error else None
    listed = phonenumbers.format_number(known, phonenumbers.PhoneNumberFormat.E164) if known else text
    national = phonenumbers.format_number(known, phonenumbers.PhoneNumberFormat.NATIONAL) if known else None
    asked = paid_fields(query)
    told: dict[str, Json] = {name: PACKAGES[name](listed, query) for name in asked} if known else {}
    return {
        "calling_country_code": str(known.country_code) if known else None,
        "country_code": (region_of(listed) or None) if known else None,
        "phone_number": listed,
        "national_format": national,
        "valid": known is not None,
        "validation_errors": [error] if error else [],
        **dict.fromkeys((*PACKAGES, *NOT_ESTABLISHED)),
        **told,
        "url": f"{base_url}/v2/PhoneNumbers/{quote(listed)}",
    }


# phonenumbers' ValidationResult and NumberParseException.error_type → Twilio's word.
_ERRORS: Final = {
    1: "INVALID_COUNTRY_CODE",
    2: "TOO_SHORT",
    3: "TOO_LONG",
    4: "TOO_SHORT",
    5: "INVALID_LENGTH",
}
_PARSING: Final = {0: "INVALID_COUNTRY_CODE", 1: "NOT_A_NUMBER", 2: "TOO_SHORT", 3: "TOO_SHORT", 4: "TOO_LONG"}
