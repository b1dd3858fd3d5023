"""Campaigns, brands, toll-free verifications and countries, read by the official client; and what lacks them."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from tui.sandbox.senders import FRONT_DESK, PARCELS, TOLL_FREE, UNREGISTERED, UNVERIFIED
from tui.sandbox.server import Sandbox

MAYA = "+14155550123"


async def test_the_campaign_of_a_service_is_listed_and_read_where_it_has_one(sandbox: Sandbox, official: Any) -> None:
    found: dict[str, list[str]] = {}
    for service in sandbox.services:
        campaigns = await official.do(
            lambda client, service=service: client.messaging.v1.services(service).us_app_to_person.list()
        )
        found[service] = [campaign.campaign_status for campaign in campaigns]
        for campaign in campaigns:
            again = await official.do(
                lambda client, service=service, campaign=campaign: (
                    client.messaging.v1.services(service).us_app_to_person(campaign.sid).fetch()
                )
            )
            assert (again.sid, again.messaging_service_sid) == (campaign.sid, service)
            brand = await official.do(
                lambda client, again=again: client.messaging.v1.brand_registrations(
                    again.brand_registration_sid
                ).fetch()
            )
            assert (brand.status, brand.identity_status) == ("APPROVED", "VERIFIED")
    assert list(found.values()) == [["VERIFIED"], ["VERIFIED"], [], [], []]
    services = await official.do(lambda client: client.messaging.v1.services.list())
    assert [each.us_app_to_person_registered for each in services] == [True, True, False, False, False]
    brands = await official.do(lambda client: client.messaging.v1.brand_registrations.list())
    assert [brand.status for brand in brands] == ["APPROVED", "FAILED"]
    with pytest.raises(TwilioRestException, match="was not found"):
        await official.do(
            lambda client: client.messaging.v1.services(sandbox.services[4]).us_app_to_person("QE" + "0" * 32).fetch()
        )


async def test_the_verification_of_a_toll_free_number_is_found_by_it(sandbox: Sandbox, official: Any) -> None:
    numbers = {n.phone_number: n.sid for n in await official.do(lambda client: client.incoming_phone_numbers.list())}
    found = {
        number: await official.do(
            lambda client, sid=numbers[number]: client.messaging.v1.tollfree_verifications.list(
                tollfree_phone_number_sid=sid
            )
        )
        for number in (TOLL_FREE, UNVERIFIED, FRONT_DESK)
    }
    assert [[each.status for each in rows] for rows in found.values()] == [["TWILIO_APPROVED"], ["TWILIO_REJECTED"], []]
    rejected = found[UNVERIFIED][0]
    again = await official.do(lambda client: client.messaging.v1.tollfree_verifications(rejected.sid).fetch())
    assert (again.error_code, again.rejection_reason) == (30446, "The way people agree to be texted is not clear.")
    assert again.tollfree_phone_number == UNVERIFIED


@pytest.mark.parametrize(
    ("sender", "to", "code"),
    [
        (FRONT_DESK, MAYA, None),
        (PARCELS, MAYA, None),
        (TOLL_FREE, MAYA, None),
        (UNREGISTERED, MAYA, 30034),
        (UNREGISTERED, "+14165550175", None),
        (UNREGISTERED, "+4915550000123", None),
        (UNVERIFIED, MAYA, 30032),
        (UNVERIFIED, "+14165550175", 30032),
    ],
)
async def test_who_is_not_registered_does_not_get_through_to_north_america(
    sandbox: Sandbox, official: Any, clock: Any, sender: str, to: str, code: int | None
) -> None:
    sent = await official.send(to=to, from_=sender, body="Hello")
    clock.advance(seconds=10)
    ended = await official.do(lambda client: client.messages(sent.sid).fetch())
    assert (ended.status, ended.error_code) == ("undelivered" if code else "delivered", code)


async def test_a_number_in_a_pool_and_a_short_code_are_read(sandbox: Sandbox, official: Any) -> None:
    service = official.client.messaging.v1.services(sandbox.services[0])
    first, *_ = await official.do(lambda _: service.phone_numbers.list())
    assert (await official.do(lambda _: service.phone_numbers(first.sid).fetch())).phone_number == FRONT_DESK
    other = official.client.messaging.v1.services(sandbox.services[1])
    with pytest.raises(TwilioRestException, match="was not found"):
        await official.do(lambda _: other.phone_numbers(first.sid).fetch())
    (code,) = await official.do(lambda client: client.short_codes.list())
    assert (await official.do(lambda client: client.short_codes(code.sid).fetch())).short_code == "73224"


async def test_countries_are_enabled_or_not_as_a_create_finds_them(sandbox: Sandbox, official: Any) -> None:
    shown = (await official.do(lambda client: client.accounts.v1.messaging_geopermissions.fetch())).permissions
    assert len(shown) > 200
    assert {each["country_code"] for each in shown if not each["enabled"]} == {"CU", "IR"}
    (cuba,) = (
        await official.do(lambda client: client.accounts.v1.messaging_geopermissions.fetch(country_code="cu"))
    ).permissions
    assert cuba == {"country_code": "CU", "type": "country", "enabled": False, "error_code": 0, "error_messages": []}
    for to in ("+5355500123", "+989123456789"):
        with pytest.raises(TwilioRestException) as refused:
            await official.send(to=to, from_=FRONT_DESK, body="Hello")
        assert refused.value.code == 21408
