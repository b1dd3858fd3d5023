"""Filters of lists and settings of numbers and services: the official `twilio` package against a real sandbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException

from tui.sandbox.server import Sandbox

MAYA = "+14155550123"


async def test_owned_numbers_are_filtered(sandbox: Sandbox, official: Any) -> None:
    async def found(**filters: Any) -> list[str]:
        numbers = await official.do(lambda client: client.incoming_phone_numbers.list(**filters))
        return [number.phone_number for number in numbers]

    everything = list(sandbox.numbers)
    assert await found(phone_number="+1415") == [everything[0], everything[6]]
    assert await found(phone_number="555*1*0") == [everything[n] for n in (0, 1, 4, 6)]
    assert await found(phone_number="(") == []
    assert await found(friendly_name="Front desk") == [everything[0]]
    assert await found(friendly_name="Front") == []
    assert await found(beta=True) == everything
    assert await found(beta=False) == [everything[n] for n in (0, 1, 3, 4, 5, 6)]
    assert await found(origin="twilio") == everything
    assert await found(origin="hosted") == []
    with pytest.raises(TwilioException, match="20001"):
        await found(origin="elsewhere")


async def test_accounts_are_filtered(official: Any) -> None:
    async def found(**filters: Any) -> int:
        return len(await official.do(lambda client: client.api.accounts.list(**filters)))

    assert await found(friendly_name="Sandbox account", status="active") == 1
    assert await found(friendly_name="Another") == 0
    assert await found(status="closed") == 0
    with pytest.raises(TwilioException, match="20001"):
        await found(status="asleep")


async def test_files_are_filtered_by_the_day_they_came(sandbox: Sandbox, official: Any, clock: Any) -> None:
    sent = await official.send(to=MAYA, from_=sandbox.numbers[0], media_url=["https://files.example/a.png"])
    today = clock.now.date()

    async def found(**filters: Any) -> int:
        return len(await official.do(lambda client: client.messages(sent.sid).media.list(**filters)))

    assert await found(date_created=today) == 1
    assert await found(date_created=today - timedelta(days=1)) == 0
    assert await found(date_created_before=today - timedelta(days=1)) == 0
    assert await found(date_created_after=today) == 1
    assert await found(date_created_after=today + timedelta(days=1)) == 0


async def test_every_setting_of_a_number_is_shown_again(sandbox: Sandbox, official: Any) -> None:
    numbers = await official.do(lambda client: client.incoming_phone_numbers.list())
    assert [number.type for number in numbers] == [
        *("local", "local", "mobile", "toll-free", "local", "toll-free", "local"),
    ]
    assert {(number.status, number.emergency_address_status) for number in numbers} == {("in-use", "unregistered")}
    settings: dict[str, Any] = {
        "friendly_name": "Night desk",
        "api_version": "2008-08-01",
        "voice_receive_mode": "fax",
        "voice_caller_id_lookup": True,
        **{
            f"{which}_url": f"https://hooks.example/{which}"
            for which in ("sms", "voice", "sms_fallback", "voice_fallback")
        },
        **{f"{which}_method": "GET" for which in ("sms", "voice", "sms_fallback", "voice_fallback", "status_callback")},
        "status_callback": "https://hooks.example/status",
    }
    number = official.client.incoming_phone_numbers(numbers[0].sid)
    await official.do(lambda _: number.update(**settings))
    again = await official.do(lambda _: number.fetch())
    assert {key: getattr(again, key) for key in settings} == settings
    cleared = await official.do(
        lambda _: number.update(sms_fallback_url="", address_sid="", account_sid=sandbox.account_sid)
    )
    assert (cleared.sms_fallback_url, cleared.address_sid, cleared.voice_url) == ("", None, settings["voice_url"])


async def test_a_setting_of_a_number_that_cannot_be_is_refused_and_changes_nothing(
    empty: Sandbox, connect: Any
) -> None:
    official = connect(empty)
    number = (await official.do(lambda client: client.incoming_phone_numbers.list(limit=1)))[0]
    for setting in (
        {"sms_application_sid": "AP" + "0" * 32},
        {"voice_application_sid": "AP" + "0" * 32},
        {"trunk_sid": "TK" + "0" * 32},
        {"identity_sid": "RI" + "0" * 32},
        {"address_sid": "AD" + "0" * 32},
        {"bundle_sid": "BU" + "0" * 32},
        {"emergency_address_sid": "AD" + "0" * 32},
        {"emergency_status": "Active"},
        {"account_sid": "AC" + "0" * 32},
        {"sms_fallback_url": "not a url"},
        {"status_callback_method": "PUT"},
        {"voice_receive_mode": "telex"},
        {"api_version": "1999-01-01"},
        {"friendly_name": "x" * 65},
    ):
        with pytest.raises(TwilioRestException) as caught:
            changes = {"sms_url": "https://hooks.example/", **setting}
            await official.do(lambda _, changes=changes: number.update(**changes))
        assert caught.value.status == 400
        assert (await official.do(lambda _: number.fetch())).sms_url == ""


async def test_every_setting_of_a_service_is_shown_again(sandbox: Sandbox, official: Any) -> None:
    settings: dict[str, Any] = {
        "friendly_name": "Night line",
        "inbound_request_url": "https://hooks.example/in",
        "inbound_method": "GET",
        "fallback_url": "https://hooks.example/fallback",
        "fallback_method": "GET",
        "status_callback": "https://hooks.example/status",
        "sticky_sender": False,
        "mms_converter": False,
        "smart_encoding": True,
        "scan_message_content": "disable",
        "fallback_to_long_code": True,
        "area_code_geomatch": False,
        "validity_period": 60,
        "synchronous_validation": True,
        "usecase": "poll",
        "use_inbound_webhook_on_number": False,
    }
    service = official.client.messaging.v1.services(sandbox.services[0])
    await official.do(lambda _: service.update(**settings))
    again = await official.do(lambda _: service.fetch())
    assert {key: getattr(again, key) for key in settings} == settings
    for wrong in ({"validity_period": 36_001}, {"usecase": "fun"}, {"status_callback": "https://a_b.example/"}):
        with pytest.raises(TwilioRestException):
            await official.do(lambda _, wrong=wrong: service.update(**wrong))
    assert {key: getattr(await official.do(lambda _: service.fetch()), key) for key in settings} == settings
