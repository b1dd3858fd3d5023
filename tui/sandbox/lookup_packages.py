"""What a look-up says of a number on request, package by package.

Source: the pages of https://www.twilio.com/docs/lookup/v2-api, one for each package. All of it is made up and stays the
same: every number belongs to the same person, and what is remarkable about one follows from its last digits.

    30006 21614    a landline
    0175           texts to it are likely fraud: a high risk of SMS pumping, blocked
    0176           inactive
    0177           its SIM was swapped, in the last 24 hours
    0178           its calls are forwarded
    0179           it was given to somebody else
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from tui.sandbox.errors import Refusal
from tui.sandbox.lifecycle import LANDLINES
from tui.sandbox.parameters import Form
from tui.sandbox.resources import Json
from tui.sandbox.senders import is_toll_free

NOT_ESTABLISHED: Final = ("phone_number_quality_score", "pre_fill")
"""Packages whose answer Twilio describes nowhere, so that they are refused."""

PUMPED: Final = "0175"
INACTIVE: Final = "0176"
SWAPPED: Final = "0177"
FORWARDED: Final = "0178"
REASSIGNED: Final = "0179"

_OWNER: Final = {
    "FirstName": "Maya",
    "LastName": "Okafor",
    "AddressLine1": "12 Harbor Street",
    "AddressLine2": "Suite 2",
    "City": "Oakland",
    "State": "CA",
    "PostalCode": "94607",
    "AddressCountryCode": "US",
    "NationalId": "900700000",
    "DateOfBirth": "19900412",
}
# Parameter → field that says whether it is the owner's.
_COMPARED: Final = {
    "FirstName": "first_name_match",
    "LastName": "last_name_match",
    "AddressLine1": "address_lines_match",
    "City": "city_match",
    "State": "state_match",
    "PostalCode": "postal_code_match",
    "AddressCountryCode": "address_country_match",
    "NationalId": "national_id_match",
    "DateOfBirth": "date_of_birth_match",
}
_NO_DATA = "no_data_available"
# Which of first name, last name and address match → summary score, as the page of Identity Match has it.
_SCORES: Final = {
    (True, True, True): 100,
    (True, False, True): 80,
    (True, True, False): 40,
    (False, True, True): 20,
    (False, True, False): 20,
}
# With the first name alone, and no address to compare.
_FIRST_NAME_ALONE = 70
_DATE = re.compile(r"[0-9]{8}")


def line_type(number: str) -> dict[str, str | None]:
    """Return what kind of line a number is; Twilio names no carrier of toll-free ones, no network of landlines."""
    kind = "tollFree" if is_toll_free(number) else "landline" if number.endswith(LANDLINES) else "mobile"
    mobile = kind == "mobile"
    return {
        "mobile_country_code": "001" if mobile else None,
        "mobile_network_code": "01" if mobile else None,
        "carrier_name": {"mobile": "Example Mobile", "landline": "Example Telephone"}.get(kind),
        "type": kind,
    }


def _line_type_intelligence(number: str, _: Form) -> Json:
    return {**line_type(number), "error_code": None}


def _caller_name(number: str, _: Form) -> Json:
    business = is_toll_free(number)
    return {
        "caller_name": "HARBOR DELI" if business else "MAYA OKAFOR",
        "caller_type": "BUSINESS" if business else "CONSUMER",
        "error_code": None,
    }


def _sim_swap(number: str, _: Form) -> Json:
    line = line_type(number)
    swapped = number.endswith(SWAPPED)
    return {
        "last_sim_swap": {"last_sim_swap_date": None, "swapped_period": "PT24H", "swapped_in_period": swapped},
        **{name: line[name] for name in ("carrier_name", "mobile_country_code", "mobile_network_code")},
        "error_code": None,
    }


def _call_forwarding(number: str, _: Form) -> Json:
    return {"call_forwarding_enabled": number.endswith(FORWARDED), "error_code": None}


def _line_status(number: str, _: Form) -> Json:
    return {"status": "inactive" if number.endswith(INACTIVE) else "reachable", "error_code": None}


def _identity_match(_: str, query: Form) -> Json:
    if (born := query.text("DateOfBirth")) and not _DATE.fullmatch(born):
        raise Refusal(20001, reason=f"DateOfBirth {born[:20]!r} is not valid: write it like 19901214")
    told: dict[str, Json] = {field: _compare(name, query.text(name)) for name, field in _COMPARED.items()}
    if query.text("AddressLine2") and _compare("AddressLine2", query.text("AddressLine2")) == "no_match":
        told["address_lines_match"] = "no_match"
    first, last, lines = (told[name] for name in ("first_name_match", "last_name_match", "address_lines_match"))
    found = (first == "exact_match", last == "exact_match", lines == "exact_match")
    score = _FIRST_NAME_ALONE if found == (True, False, False) and lines == _NO_DATA else _SCORES.get(found, 0)
    return {**told, "summary_score": score, "error_code": None, "error_message": None}


def _compare(name: str, text: str) -> str:
    if not text:
        return _NO_DATA
    return "exact_match" if text.casefold() == _OWNER[name].casefold() else "no_match"


def _reassigned_number(number: str, query: Form) -> Json:
    text = query.text("LastVerifiedDate")
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        reason = f"LastVerifiedDate {text[:20]!r} is not valid: reassigned_number needs one, like 20211015"
        raise Refusal(20001, reason=reason)
    return {
        "last_verified_date": day.isoformat(),
        "is_number_reassigned": "yes" if number.endswith(REASSIGNED) else "no",
        "error_code": None,
    }


def _sms_pumping_risk(number: str, _: Form) -> Json:
    pumped = number.endswith(PUMPED)
    return {
        "carrier_risk_category": "high" if pumped else "low",
        "number_blocked": pumped,
        "number_blocked_date": "2026-01-05T09:00:00Z" if pumped else None,
        "number_blocked_last_3_months": pumped,
        "sms_pumping_risk_score": 94 if pumped else 4,
        "error_code": None,
    }


PACKAGES: Final[Mapping[str, Callable[[str, Form], Json]]] = {
    "caller_name": _caller_name,
    "sim_swap": _sim_swap,
    "call_forwarding": _call_forwarding,
    "line_status": _line_status,
    "line_type_intelligence": _line_type_intelligence,
    "identity_match": _identity_match,
    "reassigned_number": _reassigned_number,
    "sms_pumping_risk": _sms_pumping_risk,
}
"""Name of a package → what it says of a number in E.164, with the parameters of the look-up."""
