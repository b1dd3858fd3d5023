"""Numbers bought and released, services and their pools: the official `twilio` package against a real sandbox."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.base.exceptions import TwilioException

from tui.sandbox.errors import Refusal
from tui.sandbox.number_search import search
from tui.sandbox.numbers_for_sale import COUNTRIES, TYPES, on_sale, stock, types_in
from tui.sandbox.parameters import Form
from tui.sandbox.senders import FRONT_DESK, TOLL_FREE, UNREGISTERED, UNVERIFIED, VOICE_ONLY
from tui.sandbox.server import Sandbox

MAYA = "+14155550123"
BERLIN = "+4930123456"


async def code_of(work: Any) -> int:
    with pytest.raises(TwilioException) as caught:
        await work
    return getattr(caught.value, "code", 0)


def test_every_number_on_sale_is_found_by_its_own_digits_and_can_be_looked_for_alone() -> None:
    seen: set[str] = set()
    for country in COUNTRIES:
        for word in types_in(country):
            for number in stock(country, TYPES[word]):
                assert on_sale(number.phone_number) == number
                seen.add(number.phone_number)
            assert search(Form([("Contains", number.phone_number)]), country, TYPES[word]) == [number]
    assert len(seen) == 40 * (13 + 12)


@given(st.sampled_from(["US", "CA"]), st.text("0123456789*", min_size=2, max_size=4), st.integers(1, 500))
def test_filters_only_ever_leave_numbers_out(country: str, part: str, miles: int) -> None:
    everything = search(Form(), country, "local")
    some = search(Form([("Contains", part)]), country, "local")
    assert some == [each for each in everything if each in some]
    place = {"US": "37.78,-122.42", "CA": "43.65,-79.38"}[country]
    near, nearer = (
        search(Form([("NearLatLong", place), ("Distance", str(each))]), country, "local")
        for each in (miles, max(1, miles // 2))
    )
    assert nearer
    assert set(nearer) <= set(near)
    assert search(Form([("Contains", part), ("NearLatLong", place), ("Distance", str(miles))]), country, "local") == [
        each for each in near if each in some
    ]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+14155550150", None),
        ("+16505550189", None),
        ("+15005550006", None),
        ("+14155550149", 21422),
        ("+15005550000", 21422),
        ("+15335550150", 21422),
        ("+19995550150", 21422),
        ("+15005550001", 21421),
        ("no number", 21421),
        ("+493023125050", 21649),
        ("+61255500150", 21631),
    ],
)
def test_what_is_for_sale_and_what_it_needs(number: str, code: int | None) -> None:
    try:
        found = on_sale(number)
        if found is not None:
            found.check()
        assert (None if found else 21422) == code
    except Refusal as refusal:
        assert refusal.code == code


async def test_a_number_is_searched_for_bought_used_and_released(empty: Sandbox, connect: Any) -> None:
    official = connect(empty)
    countries = await official.do(lambda client: client.available_phone_numbers.list())
    assert [each.country_code for each in countries] == sorted(COUNTRIES)
    sale = official.client.available_phone_numbers("US")
    found = await official.do(lambda _: sale.local.list(contains="415***0150", sms_enabled=True))
    assert [each.phone_number for each in found] == ["+14155550150"]
    assert (found[0].locality, found[0].region, found[0].friendly_name) == ("San Francisco", "CA", "(415) 555-0150")
    number = await official.do(
        lambda client: client.incoming_phone_numbers.create(
            phone_number=found[0].phone_number, sms_url="https://hooks.example/sms"
        )
    )
    assert (number.friendly_name, number.type, number.sms_url) == (
        "(415) 555-0150",
        "local",
        "https://hooks.example/sms",
    )
    assert await official.do(lambda _: sale.local.list(contains="415***0150")) == []
    buy = official.client.incoming_phone_numbers.create
    assert await code_of(official.do(lambda _: buy(phone_number=number.phone_number))) == 21422
    sent = await official.send(to=BERLIN, from_=number.phone_number, body="Hallo")
    assert (await official.do(lambda client: client.messages(sent.sid).fetch())).from_ == number.phone_number
    await official.do(lambda client: client.incoming_phone_numbers(number.sid).delete())
    assert await code_of(official.send(to=BERLIN, from_=number.phone_number, body="Hallo")) == 21659
    assert len(await official.do(lambda _: sale.local.list(contains="415***0150"))) == 1


async def test_a_number_is_bought_by_its_area_or_its_type(empty: Sandbox, connect: Any) -> None:
    official = connect(empty)
    numbers = official.client.incoming_phone_numbers
    first, second = [await official.do(lambda _: numbers.create(area_code="650")) for _ in range(2)]
    assert (first.phone_number, second.phone_number) == ("+16505550150", "+16505550151")
    mobile = await official.do(lambda _: numbers.mobile.create(phone_number="+447700900150"))
    free = await official.do(lambda _: numbers.toll_free.create(phone_number="+18885550150"))
    assert [each.sid for each in await official.do(lambda _: numbers.mobile.list())][-1] == mobile.sid
    assert {each.phone_number for each in await official.do(lambda _: numbers.toll_free.list())} == {
        *(TOLL_FREE, UNVERIFIED, free.phone_number),
    }
    assert await code_of(official.do(lambda _: numbers.mobile.create(phone_number="+14155550152"))) == 21422
    assert await code_of(official.do(lambda _: numbers.create(area_code="533"))) == 21452
    assert await code_of(official.do(lambda _: numbers.create(area_code="53"))) == 20001
    assert await code_of(official.do(lambda _: numbers.create())) == 20001
    assert await code_of(official.do(lambda _: numbers.create(area_code="212", phone_number="+14155550153"))) == 20001
    with pytest.raises(TwilioException, match="404"):
        await official.do(lambda client: client.available_phone_numbers("US").mobile.list())


async def test_all_numbers_can_be_released(empty: Sandbox, connect: Any) -> None:
    official = connect(empty)
    for number in await official.do(lambda client: client.incoming_phone_numbers.list()):
        await official.do(lambda _, number=number: number.delete())
    assert await official.do(lambda client: client.incoming_phone_numbers.list()) == []
    service = official.client.messaging.v1.services(empty.services[0])
    assert await official.do(lambda _: service.phone_numbers.list()) == []
    assert await code_of(official.send(to=MAYA, messaging_service_sid=empty.services[0], body="Hi")) == 21704
    assert len(await official.do(lambda client: client.messaging.v1.brand_registrations.list())) == 2


async def test_a_service_is_made_filled_used_and_deleted(empty: Sandbox, connect: Any, clock: Any) -> None:
    official = connect(empty)
    service = await official.do(
        lambda client: client.messaging.v1.services.create(friendly_name="Night line", sticky_sender=False)
    )
    assert (service.friendly_name, service.sticky_sender, service.usecase) == ("Night line", False, "undeclared")
    assert await code_of(official.send(to=MAYA, messaging_service_sid=service.sid, body="Hi")) == 21704
    (number,) = await official.do(lambda client: client.incoming_phone_numbers.list(phone_number=UNVERIFIED))
    clock.advance(hours=1)
    pooled = await official.do(lambda _: service.phone_numbers.create(phone_number_sid=number.sid))
    assert (pooled.phone_number, pooled.date_created > service.date_created) == (UNVERIFIED, True)
    code = (await official.do(lambda client: client.short_codes.list()))[0]
    await official.do(lambda _: service.short_codes.create(short_code_sid=code.sid))
    alpha = await official.do(lambda _: service.alpha_senders.create(alpha_sender="ACME"))
    for to, sender in ((BERLIN, "ACME"), (MAYA, code.short_code), ("+14165550123", UNVERIFIED)):
        sent = await official.send(to=to, messaging_service_sid=service.sid, body="Hi")
        clock.advance(minutes=1)
        assert (await official.do(lambda client, sent=sent: client.messages(sent.sid).fetch())).from_ == sender
    for pool, sid in (
        (service.phone_numbers, number.sid),
        (service.short_codes, code.sid),
        (service.alpha_senders, alpha.sid),
    ):
        assert [each.sid for each in await official.do(lambda _, pool=pool: pool.list())] == [sid]
        assert (await official.do(lambda _, pool=pool, sid=sid: pool(sid).fetch())).service_sid == service.sid
        await official.do(lambda _, pool=pool, sid=sid: pool(sid).delete())
        assert await code_of(official.do(lambda _, pool=pool, sid=sid: pool(sid).fetch())) == 20404
    await official.do(lambda _: service.delete())
    assert await code_of(official.send(to=MAYA, messaging_service_sid=service.sid, body="Hi")) == 21701


async def test_what_cannot_join_a_pool_is_refused(empty: Sandbox, connect: Any) -> None:
    official = connect(empty)
    appointments, alerts, *_ = (official.client.messaging.v1.services(sid) for sid in empty.services)
    sids = {each.phone_number: each.sid for each in await official.do(lambda c: c.incoming_phone_numbers.list())}

    async def add(service: Any, sid: str) -> int:
        return await code_of(official.do(lambda _: service.phone_numbers.create(phone_number_sid=sid)))

    assert await add(appointments, sids[FRONT_DESK]) == 21710
    assert await add(alerts, sids[FRONT_DESK]) == 21712
    assert await add(alerts, "PN" + "0" * 32) == 21421
    empty._account.senders.put(empty._account.senders.services[empty.services[3]].without_member(sids[VOICE_ONLY]))
    assert await add(alerts, sids[VOICE_ONLY]) == 21715
    await official.do(lambda _: alerts.alpha_senders.create(alpha_sender="ACME"))
    for name in ("ACME", "Other", "12345", "x" * 12):
        work = official.do(lambda _, name=name: alerts.alpha_senders.create(alpha_sender=name))
        assert await code_of(work) == 20001
    (code,) = await official.do(lambda client: client.short_codes.list())
    # As others' logs show, a full pool is 412 and no 400.
    assert (Refusal(21710).status, Refusal(21712).status, Refusal(21714).status) == (409, 409, 412)
    # A short code is no number of the pool, though it has a SID there.
    await official.do(lambda _: alerts.short_codes.create(short_code_sid=code.sid))
    assert await code_of(official.do(lambda _: alerts.phone_numbers(code.sid).fetch())) == 20404


async def test_a_number_without_a_campaign_gets_one_by_joining_a_registered_service(
    empty: Sandbox, connect: Any, clock: Any
) -> None:
    official = connect(empty)
    number = await official.do(lambda client: client.incoming_phone_numbers.create(area_code="415"))

    async def ends_with() -> tuple[str, int | None]:
        sent = await official.send(to=MAYA, from_=number.phone_number, body="Hi")
        clock.advance(minutes=1)
        message = await official.do(lambda client: client.messages(sent.sid).fetch())
        return message.status, message.error_code

    assert await ends_with() == ("undelivered", 30034)
    service = official.client.messaging.v1.services(empty.services[0])
    await official.do(lambda _: service.phone_numbers.create(phone_number_sid=number.sid))
    assert await ends_with() == ("delivered", None)
    assert UNREGISTERED not in {each.phone_number for each in await official.do(lambda _: service.phone_numbers.list())}


async def test_a_short_code_is_changed(empty: Sandbox, connect: Any) -> None:
    official = connect(empty)
    (code,) = await official.do(lambda client: client.short_codes.list())
    settings: dict[str, Any] = {
        "friendly_name": "Codes",
        "sms_url": "https://hooks.example/code",
        "sms_method": "GET",
        "sms_fallback_url": "https://hooks.example/fallback",
        "sms_fallback_method": "GET",
        "api_version": "2008-08-01",
    }
    await official.do(lambda _: code.update(**settings))
    again = await official.do(lambda client: client.short_codes(code.sid).fetch())
    assert {name: getattr(again, name) for name in settings} == settings
    assert await code_of(official.do(lambda _: code.update(sms_url="no url"))) == 20001


async def test_the_webhook_of_a_short_code_is_called(empty: Sandbox, connect: Any, until: Any) -> None:
    official = connect(empty)
    (code,) = await official.do(lambda client: client.short_codes.list())
    empty.receive(MAYA, code.short_code, "Nobody hears this")
    await official.do(lambda _: code.update(sms_url="http://127.0.0.1:9/code"))
    message = empty.receive(MAYA, code.short_code, "Hello")
    await until(None, lambda: empty.callbacks)
    assert [(each.sid, each.url) for each in empty.callbacks] == [(message.sid, "http://127.0.0.1:9/code")]


TORONTO = "+16475550123"
NEW_YORK = "+12125550123"


async def test_a_service_sends_from_where_the_recipient_is_and_stays_with_one_number(
    empty: Sandbox, connect: Any, clock: Any
) -> None:
    """By area code and country, else from the United States; AreaCodeGeomatch and StickySender can be turned off."""
    official = connect(empty)
    service = await official.do(lambda client: client.messaging.v1.services.create(friendly_name="Everywhere"))
    buy = official.client.incoming_phone_numbers.create

    async def add(number: str) -> str:
        bought = await official.do(lambda _: buy(phone_number=number))
        pooled = await official.do(lambda _: service.phone_numbers.create(phone_number_sid=bought.sid))
        assert pooled.country_code == {"+1647": "CA", "+1212": "US", "+1415": "US", "+4477": "GB"}[number[:5]]
        return bought.sid

    async def sender(to: str) -> str:
        sent = await official.send(to=to, messaging_service_sid=service.sid, body="Hi")
        clock.advance(minutes=1)
        return (await official.do(lambda client: client.messages(sent.sid).fetch())).from_

    toronto, london, bay = "+16475550150", "+447700900150", "+14155550150"
    await add(toronto)
    assert [await sender(to) for to in (TORONTO, BERLIN, NEW_YORK)] == [toronto] * 3
    for number in (london, bay):
        await add(number)
    assert [await sender(to) for to in ("+447700900123", "+33639980123", TORONTO)] == [london, bay, toronto]
    # Who was sent something hears from the same number, however much nearer others are.
    york = await add("+12125550150")
    assert [await sender(to) for to in (NEW_YORK, BERLIN, "+12125550124")] == [toronto, toronto, "+12125550150"]
    await official.do(lambda _: service.update(sticky_sender=False))
    assert [await sender(to) for to in (NEW_YORK, BERLIN)] == ["+12125550150", bay]
    await official.do(lambda _: service.update(sticky_sender=True, area_code_geomatch=False))
    assert [await sender(to) for to in (NEW_YORK, "+12125550125")] == [toronto, bay]
    await official.do(lambda _: service.update(area_code_geomatch=True))
    await official.do(lambda client: client.incoming_phone_numbers(york).delete())
    assert await sender("+12125550124") == bay


async def test_a_number_of_canada_needs_no_campaign_to_text_canada(empty: Sandbox, connect: Any, clock: Any) -> None:
    official = connect(empty)
    number = await official.do(lambda client: client.incoming_phone_numbers.create(area_code="647"))
    for to, status in ((TORONTO, "delivered"), (NEW_YORK, "undelivered")):
        sent = await official.send(to=to, from_=number.phone_number, body="Hi")
        clock.advance(minutes=1)
        assert (await official.do(lambda client, sent=sent: client.messages(sent.sid).fetch())).status == status


async def test_a_number_without_sms_takes_no_webhook_for_it(empty: Sandbox, connect: Any) -> None:
    official = connect(empty)
    (number,) = await official.do(lambda client: client.incoming_phone_numbers.list(phone_number=VOICE_ONLY))
    assert await code_of(official.do(lambda _: number.update(sms_url="http://127.0.0.1:9/"))) == 21407
    assert (await official.do(lambda _: number.update(sms_url="", friendly_name="Desk"))).friendly_name == "Desk"
    buy, voice_only = official.client.incoming_phone_numbers.create, "+441632960150"
    assert await code_of(official.do(lambda _: buy(phone_number=voice_only, sms_url="http://127.0.0.1:9/"))) == 21407
    assert not (await official.do(lambda _: buy(phone_number=voice_only))).capabilities["sms"]


async def test_a_short_code_is_found_by_a_part_with_wildcards(empty: Sandbox, connect: Any) -> None:
    official = connect(empty)
    for part, count in (("7*224", 1), ("32", 1), ("*****", 1), ("73224", 1), ("7*24", 0), ("99", 0)):
        found = await official.do(lambda client, part=part: client.short_codes.list(short_code=part))
        assert len(found) == count, part


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("+1415", 40),
        ("+415", 0),
        ("0150$", 13),
        ("415%0150", 1),
        ("415***0150", 1),
        ("SFO", 0),
        ("JKL", 520),  # the 555 of all of them
        ("+1415555015%", 10),
    ],
)
def test_contains_is_read_as_twilio_describes_it(pattern: str, found: int) -> None:
    numbers = search(Form([("Contains", pattern)]), "US", "local") + search(
        Form([("Contains", pattern)]), "CA", "local"
    )
    assert len(numbers) == found


@pytest.mark.parametrize("pattern", ["4", "*", "4*", "**", "+", "4+1", "1$2", "$", "ü1", "4" * 17, "4 1"])
def test_a_pattern_that_twilio_does_not_take_is_refused(pattern: str) -> None:
    with pytest.raises(Refusal) as caught:
        search(Form([("Contains", pattern)]), "US", "local")
    assert caught.value.code == 20001
