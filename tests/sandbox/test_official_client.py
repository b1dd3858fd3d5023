"""The official `twilio` package against a real sandbox."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

from tui.sandbox.alerts import WebhookAnswer
from tui.sandbox.server import Sandbox

MAYA = "+14155550123"


async def test_a_message_is_created_and_delivered_as_time_passes(sandbox: Sandbox, official: Any, clock: Any) -> None:
    sent = await official.send(to=MAYA, from_=sandbox.numbers[0], body="Hello there")
    assert re.fullmatch(r"SM[0-9a-f]{32}", sent.sid)
    assert (sent.status, sent.direction, sent.num_segments, sent.num_media) == ("queued", "outbound-api", "1", "0")
    assert (sent.price, sent.price_unit, sent.date_sent, sent.error_code) == (None, "USD", None, None)
    assert sent.date_created == clock.now
    seen = [sent.status]
    for _ in range(40):
        clock.advance(seconds=0.1)
        message = await official.do(lambda client: client.messages(sent.sid).fetch())
        if message.status != seen[-1]:
            seen.append(message.status)
    assert seen == ["queued", "sending", "sent", "delivered"]
    assert message.price == "-0.00790"
    assert clock.now - timedelta(seconds=4) < message.date_sent < clock.now


@pytest.mark.parametrize(
    ("body", "segments"),
    [("x" * 160, "1"), ("x" * 161, "2"), ("é" * 160, "1"), ("ł" * 71, "2"), ("€" * 81, "2"), ("x" * 1600, "11")],
)
async def test_segments_are_counted_and_priced(
    sandbox: Sandbox, official: Any, clock: Any, body: str, segments: str
) -> None:
    sent = await official.send(to=MAYA, from_=sandbox.numbers[0], body=body)
    assert sent.num_segments == segments
    clock.advance(seconds=9)
    message = await official.do(lambda client: client.messages(sent.sid).fetch())
    assert float(message.price) == pytest.approx(-0.0079 * int(segments))


async def test_all_messages_are_paged_without_duplicate_or_gap_while_new_ones_arrive(
    sandbox: Sandbox, official: Any, clock: Any
) -> None:
    before = {m.sid for m in await official.do(lambda client: client.messages.list(limit=2000))}
    assert len(before) == 520

    def walk(client: Any) -> list[str]:
        sids: list[str] = []
        page = client.messages.page(page_size=50)
        while page is not None:
            sids += [message.sid for message in page]
            clock.advance(seconds=1)
            sandbox.receive(MAYA, sandbox.numbers[0], "one more")
            client.messages.create(to=MAYA, from_=sandbox.numbers[0], body="and another")
            page = page.next_page()
        return sids

    sids = await official.do(walk)
    assert len(sids) == len(set(sids)) == 520
    assert set(sids) == before


async def test_pages_lead_back_to_the_first(official: Any) -> None:
    def there_and_back(client: Any) -> tuple[list[str], list[str]]:
        first = client.messages.page(page_size=40)
        second = first.next_page()
        third = second.next_page()
        back = third.previous_page()
        again = back.previous_page()
        assert again.previous_page() is None
        return [m.sid for m in first] + [m.sid for m in second], [m.sid for m in again] + [m.sid for m in back]

    forth, back = await official.do(there_and_back)
    assert forth == back


async def test_lists_are_filtered_by_people_and_by_days(sandbox: Sandbox, official: Any, clock: Any) -> None:
    messages = await official.do(lambda client: client.messages.list())
    to_maya = await official.do(lambda client: client.messages.list(to=MAYA))
    assert {m.sid for m in to_maya} == {m.sid for m in messages if m.to == MAYA}
    day = date(2026, 2, 20)
    on = await official.do(lambda client: client.messages.list(date_sent=day))
    assert {m.sid for m in on} == {m.sid for m in messages if m.date_sent and m.date_sent.date() == day}
    moment = next(m.date_sent for m in on)
    after = await official.do(lambda client: client.messages.list(date_sent_after=moment, page_size=1000))
    until = await official.do(lambda client: client.messages.list(date_sent_before=moment, page_size=1000))
    both = {m.sid for m in after} & {m.sid for m in until}
    assert both == {m.sid for m in messages if m.date_sent == moment}
    assert len(after) + len(until) - len(both) == len(messages)


async def test_a_message_is_redacted_and_then_deleted(sandbox: Sandbox, official: Any, clock: Any) -> None:
    sent = await official.send(to=MAYA, from_=sandbox.numbers[0], body="Private")
    with pytest.raises(TwilioRestException) as caught:
        await official.do(lambda client: client.messages(sent.sid).delete())
    assert caught.value.code == 20009
    clock.advance(seconds=10)
    redacted = await official.do(lambda client: client.messages(sent.sid).update(body=""))
    assert (redacted.body, redacted.status) == ("", "delivered")
    assert await official.do(lambda client: client.messages(sent.sid).delete()) is True
    with pytest.raises(TwilioRestException) as caught:
        await official.do(lambda client: client.messages(sent.sid).fetch())
    assert (caught.value.code, caught.value.status) == (20404, 404)


async def test_an_update_that_neither_cancels_nor_redacts_is_30400(sandbox: Sandbox, official: Any, clock: Any) -> None:
    sent = await official.send(to=MAYA, from_=sandbox.numbers[0], body="First words")
    clock.advance(seconds=10)
    for changes in (
        {},
        {"body": "Other words"},
        {"body": " "},
        {"status": "failed"},
        {"status": ""},
        {"body": "", "status": "canceled"},
    ):
        with pytest.raises(TwilioRestException) as caught:
            await official.do(lambda client, changes=changes: client.messages(sent.sid).update(**changes))
        assert (caught.value.status, caught.value.code) == (400, 30400)
    assert (await official.do(lambda client: client.messages(sent.sid).fetch())).body == "First words"


async def test_what_is_still_in_flight_is_not_redacted(sandbox: Sandbox, official: Any, clock: Any) -> None:
    sent = await official.send(to=MAYA, from_=sandbox.numbers[0], body="Private")
    with pytest.raises(TwilioRestException) as caught:
        await official.do(lambda client: client.messages(sent.sid).update(body=""))
    assert (caught.value.status, caught.value.code) == (409, 20009)
    clock.advance(seconds=10)
    assert (await official.do(lambda client: client.messages(sent.sid).update(body=""))).body == ""


async def test_a_message_between_two_own_numbers_arrives_when_it_is_delivered(
    sandbox: Sandbox, official: Any, clock: Any
) -> None:
    from_, to = sandbox.numbers[:2]
    sent = await official.send(to=to, from_=from_, body="To the other desk")
    assert await official.do(lambda client: client.messages.list(to=to, limit=1)) != []
    before = await official.do(lambda client: client.messages.list(to=to, from_=from_))
    assert [message.direction for message in before] == ["outbound-api"]
    clock.advance(seconds=10)
    arrived, left = await official.do(lambda client: client.messages.list(to=to, from_=from_))
    assert (left.sid, left.status) == (sent.sid, "delivered")
    assert (arrived.direction, arrived.status, arrived.body) == ("inbound", "received", "To the other desk")
    assert arrived.sid != sent.sid


async def test_a_canceled_message_to_an_own_number_never_arrives(sandbox: Sandbox, official: Any, clock: Any) -> None:
    sent = await official.send(
        to=sandbox.numbers[1],
        messaging_service_sid=sandbox.services[0],
        body="Later",
        schedule_type="fixed",
        send_at=clock.now + timedelta(hours=1),
    )
    await official.do(lambda client: client.messages(sent.sid).update(status="canceled"))
    clock.advance(hours=2)
    listed = await official.do(
        lambda client: client.messages.list(to=sandbox.numbers[1], date_sent_after=sent.date_created)
    )
    assert [(message.sid, message.status) for message in listed] == [(sent.sid, "canceled")]


async def test_a_scheduled_message_waits_and_then_goes_out(sandbox: Sandbox, official: Any, clock: Any) -> None:
    sent = await official.send(
        to=MAYA,
        messaging_service_sid=sandbox.services[0],
        body="Later",
        schedule_type="fixed",
        send_at=clock.now + timedelta(hours=1),
    )
    assert (sent.status, sent.from_, sent.num_segments) == ("scheduled", None, "0")
    clock.advance(minutes=59)
    assert (await official.do(lambda client: client.messages(sent.sid).fetch())).status == "scheduled"
    clock.advance(minutes=2)
    arrived = await official.do(lambda client: client.messages(sent.sid).fetch())
    assert (arrived.status, arrived.from_, arrived.num_segments) == ("delivered", sandbox.numbers[0], "1")


async def test_a_scheduled_message_can_be_canceled_and_no_other(sandbox: Sandbox, official: Any, clock: Any) -> None:
    later = clock.now + timedelta(hours=1)
    service = sandbox.services[0]
    sent = await official.send(
        to=MAYA, messaging_service_sid=service, body="Later", schedule_type="fixed", send_at=later
    )
    canceled = await official.do(lambda client: client.messages(sent.sid).update(status="canceled"))
    assert canceled.status == "canceled"
    clock.advance(hours=2)
    assert (await official.do(lambda client: client.messages(sent.sid).fetch())).status == "canceled"
    with pytest.raises(TwilioRestException):
        await official.do(lambda client: client.messages(sent.sid).update(status="canceled"))


async def test_a_messaging_service_accepts_first_and_then_chooses_a_number_of_the_country(
    sandbox: Sandbox, official: Any, clock: Any
) -> None:
    sent = await official.send(to="+447700900123", messaging_service_sid=sandbox.services[0], body="Hello")
    assert (sent.status, sent.from_, sent.messaging_service_sid) == ("accepted", None, sandbox.services[0])
    clock.advance(seconds=0.5)
    queued = await official.do(lambda client: client.messages(sent.sid).fetch())
    assert (queued.status, queued.from_) == ("queued", "+447700900100")


async def test_media_messages_have_their_own_sids_and_a_list_of_files(
    sandbox: Sandbox, official: Any, clock: Any
) -> None:
    urls = ["https://files.example/a.png", "https://files.example/b.pdf"]
    sent = await official.send(to=MAYA, from_=sandbox.numbers[0], media_url=urls)
    assert sent.sid.startswith("MM")
    assert sent.num_media == "2"
    files = await official.do(lambda client: client.messages(sent.sid).media.list())
    assert [file.content_type for file in files] == ["image/png", "application/pdf"]
    one = await official.do(lambda client: client.messages(sent.sid).media(files[0].sid).fetch())
    assert (one.sid, one.parent_sid) == (files[0].sid, sent.sid)
    assert await official.do(lambda client: client.messages(sent.sid).media(files[0].sid).delete())
    assert len(await official.do(lambda client: client.messages(sent.sid).media.list())) == 1


async def test_feedback_is_taken(sandbox: Sandbox, official: Any) -> None:
    sent = await official.send(to=MAYA, from_=sandbox.numbers[0], body="Hello")
    feedback = await official.do(lambda client: client.messages(sent.sid).feedback.create(outcome="confirmed"))
    assert (feedback.outcome, feedback.message_sid) == ("confirmed", sent.sid)


async def test_owned_numbers_are_listed_found_and_given_a_webhook(sandbox: Sandbox, official: Any) -> None:
    numbers = await official.do(lambda client: client.incoming_phone_numbers.list())
    assert tuple(number.phone_number for number in numbers) == sandbox.numbers
    assert [number.capabilities["sms"] for number in numbers] == [True] * 6 + [False]
    wanted = sandbox.numbers[2]
    (found,) = await official.do(lambda client: client.incoming_phone_numbers.list(phone_number=wanted))
    changed = await official.do(
        lambda client: client.incoming_phone_numbers(found.sid).update(
            sms_url="https://hooks.example/in", sms_method="GET"
        )
    )
    assert (changed.sms_url, changed.sms_method) == ("https://hooks.example/in", "GET")
    again = await official.do(lambda client: client.incoming_phone_numbers(found.sid).fetch())
    assert again.sms_url == "https://hooks.example/in"


async def test_messaging_services_and_their_pools_are_listed(sandbox: Sandbox, official: Any) -> None:
    services = await official.do(lambda client: client.messaging.v1.services.list(page_size=1))
    assert tuple(service.sid for service in services) == sandbox.services
    pool = await official.do(lambda client: client.messaging.v1.services(services[0].sid).phone_numbers.list())
    assert [number.phone_number for number in pool] == [sandbox.numbers[0], sandbox.numbers[2]]
    assert (await official.do(lambda client: client.messaging.v1.services(services[1].sid).fetch())).sid


async def test_the_alerts_of_a_webhook_that_failed_are_listed_and_read(
    sandbox: Sandbox, official: Any, clock: Any
) -> None:
    about = WebhookAnswer("POST", "http://127.0.0.1:1/sms", (("Body", "Hi & bye"),), 500, (("Server", "x"),), b"Sorry")
    for _ in range(3):
        sandbox._account.alerts.add("SM1", 11200, about)
        clock.advance(days=1)
    alerts = await official.do(lambda client: client.monitor.v1.alerts.list(log_level="error", page_size=2))
    assert [(alert.error_code, alert.resource_sid) for alert in alerts] == [("11200", "SM1")] * 3
    assert alerts[0].date_generated > alerts[1].date_generated
    since = alerts[1].date_created
    assert len(await official.do(lambda client: client.monitor.v1.alerts.list(start_date=since))) == 2
    assert len(await official.do(lambda client: client.monitor.v1.alerts.list(end_date=since))) == 2
    assert await official.do(lambda client: client.monitor.v1.alerts.list(log_level="debug")) == []
    whole = await official.do(lambda client: client.monitor.v1.alerts(alerts[0].sid).fetch())
    assert (whole.request_method, whole.request_url) == ("POST", "http://127.0.0.1:1/sms")
    assert (whole.request_variables, whole.response_body) == ("Body=Hi+%26+bye", "Sorry")
    assert "httpResponse=500" in whole.alert_text
    with pytest.raises(TwilioRestException) as missing:
        await official.do(lambda client: client.monitor.v1.alerts("NO" + "0" * 32).fetch())
    assert missing.value.code == 20404


async def test_content_templates_are_listed_with_their_approval_made_submitted_and_deleted(
    sandbox: Sandbox, official: Any, clock: Any
) -> None:
    listed = await official.do(lambda client: client.content.v1.contents.list(page_size=2))
    both = await official.do(lambda client: client.content.v1.content_and_approvals.list(page_size=4))
    assert [each.sid for each in listed] == [each.sid for each in both]
    assert all(re.fullmatch(r"HX[0-9a-f]{32}", each.sid) for each in listed)
    said = {each.friendly_name + each.language: each.approval_requests for each in both}
    assert {each["status"] for each in said.values()} == {"approved", "pending", "rejected", "paused", "unsubmitted"}
    assert "MARKETING" in said["autumn_saleen"]["rejection_reason"]
    api = f"{sandbox.base_url}/v1/Content"
    form = {"language": "en", "types": {"twilio/text": {"body": "Hi {{1}}"}}, "variables": {"1": "Ana"}}
    created = await official.do(
        lambda client: client.request(
            "POST", api, data={"friendly_name": "hi", **form}, headers={"Content-Type": "application/json"}
        )
    )
    assert created.status_code == 201
    sid = json.loads(created.text)["sid"]
    made = await official.do(lambda client: client.content.v1.contents(sid).fetch())
    assert (made.friendly_name, made.types, made.variables) == ("hi", form["types"], {"1": "Ana"})
    assert (made.date_created, made.links["approval_fetch"]) == (clock.now, f"{api}/{sid}/ApprovalRequests")

    async def approval() -> dict[str, Any]:
        return (await official.do(lambda client: client.content.v1.contents(sid).approval_fetch().fetch())).whatsapp

    assert (await approval())["status"] == "unsubmitted"
    request = ApprovalCreateList.ContentApprovalRequest({"name": "hi", "category": "utility"})
    asked = await official.do(lambda client: client.content.v1.contents(sid).approval_create.create(request))
    assert (asked.name, asked.category, asked.status, asked.content_type) == (
        *("hi", "UTILITY", "received", "twilio/text"),
    )
    clock.advance(seconds=5)
    assert (await approval())["status"] == "pending"
    clock.advance(minutes=2)
    assert (await approval())["status"] == "approved"
    assert await official.do(lambda client: client.content.v1.contents(sid).delete())
    with pytest.raises(TwilioRestException) as missing:
        await official.do(lambda client: client.content.v1.contents(sid).fetch())
    assert missing.value.code == 20404


async def test_a_template_becomes_the_text_of_its_message_once_that_leaves(
    sandbox: Sandbox, official: Any, clock: Any
) -> None:
    templates = {each.name: each.sid for each in reversed(sandbox._account.templates.all())}
    sms = {"to": MAYA, "from_": sandbox.numbers[0], "content_sid": templates["order_ready"]}
    sent = await official.send(**sms, content_variables=json.dumps({"name": "Ana", "order": "7"}), body="ignored")
    assert (sent.status, sent.body) == ("queued", "")
    defaults = await official.send(**sms)
    parcel = await official.send(**{**sms, "content_sid": templates["parcel_photo"]})
    assert (parcel.num_media, parcel.sid[:2]) == ("1", "MM")
    clock.advance(seconds=10)

    async def seen(sid: str) -> tuple[str, str, int | None]:
        message = await official.do(lambda client: client.messages(sid).fetch())
        return message.body, message.status, message.error_code

    assert await seen(sent.sid) == (
        *("Hello Ana, your order 7 is ready. Harbor Deli, until 18:00.", "delivered", None),
    )
    assert "Hello Maya, your order HB499147" in (await seen(defaults.sid))[0]
    for fields, code in (
        ({**sms, "content_sid": "HX" + "0" * 32}, 21655),
        ({**sms, "content_variables": '{"name": ""}'}, 21656),
        ({**sms, "content_sid": "", "body": "Hi", "content_variables": "{}"}, 21654),
    ):
        with pytest.raises(TwilioRestException) as refused:
            await official.send(**fields)
        assert refused.value.code == code


async def test_whatsapp_lets_free_text_and_templates_pass_as_it_does(
    sandbox: Sandbox, official: Any, clock: Any
) -> None:
    templates = {each.name: each.sid for each in reversed(sandbox._account.templates.all())}
    own, maya = f"whatsapp:{sandbox.numbers[0]}", f"whatsapp:{MAYA}"

    async def fate(**fields: str) -> tuple[str, int | None]:
        sent = await official.send(to=maya, from_=own, **fields)
        clock.advance(seconds=10)
        message = await official.do(lambda client: client.messages(sent.sid).fetch())
        return message.status, message.error_code

    outside = {
        "order_ready": ("read", None),
        "closed_today": ("undelivered", 63040),
        "autumn_sale": ("undelivered", 63040),
        "parcel_photo": ("undelivered", 63041),
    }
    assert {name: await fate(content_sid=templates[name]) for name in outside} == outside
    assert await fate(body="Hello") == ("undelivered", 63016)
    sandbox.receive(maya, own, "Are you open?")
    assert await fate(body="Yes") == ("read", None)
    assert await fate(content_sid=templates["closed_today"]) == ("read", None)
    assert await fate(content_sid=templates["autumn_sale"]) == ("undelivered", 63040)
    clock.advance(hours=24)
    assert await fate(body="Hello") == ("undelivered", 63016)


async def test_the_account_and_its_balance_are_there(sandbox: Sandbox, official: Any) -> None:
    account = await official.do(lambda client: client.api.accounts(sandbox.account_sid).fetch())
    assert (account.sid, account.status) == (sandbox.account_sid, "active")
    assert (await official.do(lambda client: client.balance.fetch())).currency == "USD"
    both = await official.do(lambda client: client.api.accounts.list())
    assert [each.owner_account_sid for each in both] == [sandbox.account_sid] * 2
    branch = await official.do(lambda client: client.api.accounts(both[1].sid).fetch())
    assert (branch.friendly_name, branch.status, branch.type) == ("Harbor Street branch", "active", "Full")
    with pytest.raises(TwilioRestException, match="Of a sub-account the sandbox has no more"):
        await official.do(lambda client: client.api.accounts(branch.sid).messages("SM" + "0" * 32).fetch())


@pytest.mark.parametrize("which", ["token", "secret", "user"])
async def test_wrong_credentials_are_20003(sandbox: Sandbox, connect: Any, which: str) -> None:
    wrong = {
        "token": (sandbox.account_sid, "0" * 32),
        "secret": (sandbox.api_key_sid, sandbox.auth_token),
        "user": ("SK" + "0" * 32, sandbox.api_key_secret),
    }[which]
    with pytest.raises(TwilioRestException) as caught:
        await connect(sandbox, *wrong).do(lambda client: client.messages(f"SM{'0' * 32}").fetch())
    assert (caught.value.code, caught.value.status) == (20003, 401)


async def test_a_standard_key_does_all_but_read_the_account(sandbox: Sandbox, connect: Any) -> None:
    by_key = connect(sandbox, sandbox.api_key_sid, sandbox.api_key_secret)
    assert (await by_key.send(to=MAYA, from_=sandbox.numbers[0], body="By key")).status == "queued"
    assert len(await by_key.do(lambda client: client.messages.list(limit=5))) == 5
    assert (await by_key.do(lambda client: client.balance.fetch())).currency == "USD"
    with pytest.raises(TwilioRestException) as caught:
        await by_key.do(lambda client: client.api.accounts(sandbox.account_sid).fetch())
    assert caught.value.code == 20003
    with pytest.raises(TwilioRestException) as caught:
        await by_key.do(lambda client: client.new_keys.create())
    assert caught.value.code == 20003


async def test_another_accounts_sid_is_refused_like_wrong_credentials(sandbox: Sandbox, official: Any) -> None:
    with pytest.raises(TwilioRestException) as caught:
        await official.do(lambda client: client.api.accounts(f"AC{'0' * 32}").fetch())
    assert caught.value.status == 401


async def test_prices_are_listed_by_country_carrier_and_type_of_number(sandbox: Sandbox, official: Any) -> None:
    listed = await official.do(lambda client: client.pricing.v1.messaging.countries.list(page_size=5))
    codes = [each.iso_country for each in listed]
    assert codes == sorted(set(codes))
    assert len(codes) >= 13
    # Every country that a number of its own is in has prices.
    assert {number.country for number in sandbox._account.senders.numbers} <= set(codes)
    germany = await official.do(lambda client: client.pricing.v1.messaging.countries("DE").fetch())
    assert (germany.country, germany.price_unit) == ("Germany", "USD")
    assert {price["number_type"] for price in germany.inbound_sms_prices} >= {"local", "toll-free"}
    by_carrier = [
        {price["number_type"]: float(price["current_price"]) for price in carrier["prices"]}
        for carrier in germany.outbound_sms_prices
    ]
    assert len({prices["local"] for prices in by_carrier}) > 1
    # What is billed lies within the list.
    assert min(prices["mobile"] for prices in by_carrier) <= 0.112 <= max(prices["mobile"] for prices in by_carrier)
    for wrong in ("ZZ", "Germany"):
        with pytest.raises(TwilioRestException, match="was not found"):
            await official.do(lambda client, wrong=wrong: client.pricing.v1.messaging.countries(wrong).fetch())
