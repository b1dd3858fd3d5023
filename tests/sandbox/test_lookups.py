"""Look-ups, driven by the official package: what a number can be, and what each paid package says of it."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from tui.sandbox.lookup_packages import PACKAGES
from tui.sandbox.senders import TOLL_FREE
from tui.sandbox.server import Sandbox

MAYA = "+14155550123"
OWNER = {
    "first_name": "maya",
    "last_name": "Okafor",
    "address_line1": "12 Harbor Street",
    "address_line2": "Suite 2",
    "city": "Oakland",
    "state": "CA",
    "postal_code": "94607",
    "address_country_code": "US",
    "national_id": "900700000",
    "date_of_birth": "19900412",
}


@pytest.fixture
def look_up(official: Any) -> Any:
    async def ask(number: str, fields: str, **more: str) -> Any:
        asked = official.client.lookups.v2.phone_numbers(number)
        return getattr(await official.do(lambda _: asked.fetch(fields=fields, **more)), fields, None)

    return ask


@pytest.mark.parametrize(
    ("number", "fields"),
    [
        ("+14155550123", ("US", "1", "(415) 555-0123", True, [])),
        ("2125550134", ("US", "1", "(212) 555-0134", True, [])),
        ("+447700900123", ("GB", "44", "07700 900123", True, [])),
        ("+1415555", (None, None, None, False, ["TOO_SHORT"])),
        ("+141555501234", (None, None, None, False, ["TOO_LONG"])),
        ("+999155550123", (None, None, None, False, ["INVALID_COUNTRY_CODE"])),
        ("Maya", (None, None, None, False, ["NOT_A_NUMBER"])),
    ],
)
async def test_a_look_up_tells_whether_a_number_can_be_one(
    sandbox: Sandbox, official: Any, number: str, fields: tuple[Any, ...]
) -> None:
    found = await official.do(lambda client: client.lookups.v2.phone_numbers(number).fetch())
    told = (found.country_code, found.calling_country_code, found.national_format, found.valid, found.validation_errors)
    assert told == fields
    assert found.line_type_intelligence is None
    assert sandbox.paid_lookups == 0


async def test_the_type_of_a_line_is_told_when_it_is_asked_for_and_counted(sandbox: Sandbox, look_up: Any) -> None:
    numbers = (MAYA, "+14155530006", "+14155521614", TOLL_FREE)
    lines = [(await look_up(number, "line_type_intelligence"))["type"] for number in numbers]
    assert lines == ["mobile", "landline", "landline", "tollFree"]
    assert sandbox.paid_lookups == 4
    assert await look_up(MAYA, "validation") is None
    assert sandbox.paid_lookups == 4


@pytest.mark.parametrize(
    ("package", "field", "ordinary", "ending", "remarkable"),
    [
        ("line_status", "status", "reachable", "0176", "inactive"),
        ("call_forwarding", "call_forwarding_enabled", False, "0178", True),
        ("sms_pumping_risk", "carrier_risk_category", "low", "0175", "high"),
        ("sms_pumping_risk", "number_blocked", False, "0175", True),
    ],
)
async def test_what_is_remarkable_about_a_number_follows_from_its_last_digits(
    look_up: Any, package: str, field: str, ordinary: Any, ending: str, remarkable: Any
) -> None:
    assert (await look_up(MAYA, package))[field] == ordinary
    assert (await look_up(f"+1415555{ending}", package))[field] == remarkable


async def test_a_swapped_sim_a_reassigned_number_and_a_callers_name_are_told(look_up: Any) -> None:
    assert (await look_up(MAYA, "sim_swap"))["last_sim_swap"]["swapped_in_period"] is False
    assert (await look_up("+14155550177", "sim_swap"))["last_sim_swap"]["swapped_in_period"] is True
    asked = {"fields": "reassigned_number", "last_verified_date": "20240229"}
    assert (await look_up(MAYA, **asked))["is_number_reassigned"] == "no"
    told = await look_up("+14155550179", **asked)
    assert told == {"last_verified_date": "2024-02-29", "is_number_reassigned": "yes", "error_code": None}
    assert (await look_up(MAYA, "caller_name"))["caller_type"] == "CONSUMER"
    assert (await look_up(TOLL_FREE, "caller_name"))["caller_type"] == "BUSINESS"


@pytest.mark.parametrize(
    ("changes", "score"),
    [
        ({}, 100),
        ({"last_name": "Other"}, 80),
        ({"last_name": "", "address_line1": "", "address_line2": ""}, 70),
        ({"address_line2": "Suite 3"}, 40),
        ({"first_name": "Other"}, 20),
        ({"first_name": "Other", "address_line1": "1 Fox Lane"}, 20),
        ({"first_name": "Other", "last_name": "Other"}, 0),
        ({"last_name": "Other", "address_line1": "1 Fox Lane"}, 0),
    ],
)
async def test_an_identity_is_compared_and_scored(look_up: Any, changes: dict[str, str], score: int) -> None:
    given = {**OWNER, **changes}
    told = await look_up(MAYA, "identity_match", **given)
    assert told["summary_score"] == score
    first = {"maya": "exact_match", "": "no_data_available"}.get(given["first_name"], "no_match")
    assert told["first_name_match"] == first
    assert (told["city_match"], told["date_of_birth_match"]) == ("exact_match", "exact_match")


async def test_several_packages_are_told_at_once_and_none_of_an_impossible_number(
    sandbox: Sandbox, official: Any
) -> None:
    several = {"fields": ",".join(PACKAGES), "last_verified_date": "20240229"}
    whole = await official.do(lambda client: client.lookups.v2.phone_numbers(MAYA).fetch(**several))
    assert all(getattr(whole, name) for name in PACKAGES)
    assert sandbox.paid_lookups == len(PACKAGES)
    none = await official.do(lambda client: client.lookups.v2.phone_numbers("+1415555").fetch(**several))
    assert not any(getattr(none, name) for name in PACKAGES)


@pytest.mark.parametrize(
    "asked",
    [
        *({"fields": each} for each in ("pre_fill", "phone_number_quality_score", "carrier", "reassigned_number")),
        {"fields": "reassigned_number", "last_verified_date": "20240230"},
        {"fields": "identity_match", "date_of_birth": "1990-04-12"},
    ],
)
async def test_what_cannot_be_looked_up_is_refused_and_costs_nothing(
    sandbox: Sandbox, look_up: Any, asked: dict[str, str]
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await look_up(MAYA, **asked)
    assert (refused.value.code, refused.value.status) == (20001, 400)
    assert sandbox.paid_lookups == 0
