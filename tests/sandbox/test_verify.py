"""Verify, driven by the official package: services, codes that are sent and checked, and what is refused."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.base.exceptions import TwilioRestException

from tui.sandbox.errors import Refusal
from tui.sandbox.identity import SidGenerator
from tui.sandbox.server import Sandbox
from tui.sandbox.verify import CANCELED, LIFETIME, Verifications
from tui.sandbox.verify_settings import service_at_start

MAYA = "+14155550123"
BERLIN = "+4915550000123"


class Verify:
    """One service of the account, and what was sent in its name."""

    def __init__(self, sandbox: Sandbox, official: Any) -> None:
        self.sandbox = sandbox
        self._official = official
        self.sid = next(iter(sandbox._account.verifications.services))

    async def do(self, work: Any) -> Any:
        return await self._official.do(lambda client: work(client.verify.v2.services(self.sid)))

    async def start(self, to: str = MAYA, channel: str = "sms", **more: Any) -> Any:
        return await self.do(lambda service: service.verifications.create(to=to, channel=channel, **more))

    async def check(self, code: str, **whose: str) -> Any:
        return await self.do(lambda service: service.verification_checks.create(code=code, **(whose or {"to": MAYA})))

    async def fetch(self, sid: str) -> Any:
        return await self.do(lambda service: service.verifications(sid).fetch())

    async def settle(self, sid: str, status: Any) -> Any:
        return await self.do(lambda service: service.verifications(sid).update(status))

    async def change(self, **settings: Any) -> Any:
        return await self.do(lambda service: service.update(**settings))

    @property
    def code(self) -> str:
        return self.sandbox._account.verifications.codes[-1].code

    @property
    def wrong(self) -> str:
        return "0" * len(self.code) if self.code.strip("0") else "1" * len(self.code)

    @property
    def said(self) -> str:
        store = self.sandbox._account.store
        newest = store.at(store.positions[-1])
        assert newest is not None
        return newest.body


async def refusal(work: Any) -> int | None:
    try:
        await work
    except TwilioRestException as error:
        return error.code
    return None


@pytest.fixture
def verify(empty: Sandbox, connect: Any) -> Verify:
    return Verify(empty, connect(empty))


async def test_a_code_is_sent_as_a_message_checked_and_gone(verify: Verify, connect: Any) -> None:
    started = await verify.start()
    assert (started.status, started.valid, started.channel, started.to) == ("pending", False, "sms", MAYA)
    assert re.fullmatch(r"VE[0-9a-f]{32}", started.sid)
    assert [each["channel"] for each in started.send_code_attempts] == ["sms"]
    messages = await connect(verify.sandbox).do(lambda client: client.messages.list(to=MAYA))
    assert [each.body for each in messages] == [f"Your Harbor Street verification code is: {verify.code}"]
    assert re.fullmatch(r"[0-9]{6}", verify.code)
    assert (await verify.fetch(started.sid)).status == "pending"
    assert (await verify.check(verify.wrong)).status == "pending"
    checked = await verify.check(verify.code)
    assert (checked.status, checked.valid, checked.sid) == ("approved", True, started.sid)
    assert await refusal(verify.check(verify.code)) == 20404
    assert await refusal(verify.fetch(started.sid)) == 20404


async def test_another_send_has_the_same_code_on_any_channel(verify: Verify) -> None:
    first = await verify.start()
    code = verify.code
    for channel in ("call", "whatsapp"):
        again = await verify.start(channel=channel)
        assert (again.sid, again.channel, verify.code) == (first.sid, channel, code)
    assert verify.said == f"*{code}* is your verification code. For your security, do not share this code."
    assert [each["channel"] for each in again.send_code_attempts] == ["sms", "call", "whatsapp"]
    assert [each.channel for each in verify.sandbox._account.verifications.codes] == ["sms", "call", "whatsapp"]
    mail = await verify.start(to="maya@example.com", channel="email")
    assert (await verify.check(verify.code, verification_sid=mail.sid)).to == "maya@example.com"


async def test_five_sends_and_five_tries_are_the_most(verify: Verify, clock: Any) -> None:
    for _ in range(5):
        started = await verify.start()
    assert await refusal(verify.start()) == 60203
    for _ in range(5):
        assert (await verify.check(verify.wrong)).status == "pending"
    assert await refusal(verify.check(verify.code)) == 60202
    assert (await verify.fetch(started.sid)).status == "max_attempts_reached"
    assert await refusal(verify.start()) == 60202
    clock.advance(minutes=10)
    assert await refusal(verify.fetch(started.sid)) == 20404
    assert (await verify.start()).sid != started.sid


async def test_a_code_expires_after_ten_minutes(verify: Verify, clock: Any) -> None:
    await verify.start()
    clock.advance(minutes=9, seconds=59)
    await verify.start()
    assert (await verify.check(verify.wrong)).status == "pending"
    clock.advance(seconds=1)
    assert await refusal(verify.check(verify.code)) == 20404


async def test_a_verification_is_canceled_or_approved_by_hand(verify: Verify) -> None:
    first = await verify.start()
    assert (await verify.settle(first.sid, "canceled")).status == "canceled"
    assert (await verify.fetch(first.sid)).status == "canceled"
    assert await refusal(verify.check(verify.code)) == 20404
    assert await refusal(verify.settle(first.sid, "approved")) == 60200
    second = await verify.start()
    assert second.sid != first.sid
    assert (await verify.settle(second.sid, "approved")).valid is True
    assert await refusal(verify.fetch(second.sid)) == 20404


async def test_a_service_is_made_changed_and_deleted(verify: Verify, connect: Any) -> None:
    async def ask(work: Any) -> Any:
        return await connect(verify.sandbox).do(lambda client: work(client.verify.v2.services))

    made = await ask(
        lambda services: services.create(
            friendly_name="Owl Banking",
            code_length=4,
            totp_skew=2,
            passkeys_relying_party_origins="a.example, b.example",
        )
    )
    assert re.fullmatch(r"VA[0-9a-f]{32}", made.sid)
    assert (made.code_length, made.lookup_enabled, made.dtmf_input_required) == (4, False, True)
    assert made.totp == {"issuer": "Owl Banking", "time_step": 30, "code_length": 6, "skew": 2}
    assert made.passkeys["relying_party"]["origins"] == ["a.example", "b.example"]
    assert made.links["verifications"] == f"{made.url}/Verifications"
    assert {each.sid for each in await ask(lambda services: services.list())} == {made.sid, verify.sid}
    verify.sid = made.sid
    assert (await verify.change(friendly_name="Owl", do_not_share_warning_enabled=True)).friendly_name == "Owl"
    started = await verify.start(app_hash="He42w354ol9")
    assert verify.said == (
        f"<#> Your Owl verification code is: {verify.code}. Don't share this code with anyone; our employees will "
        "never ask for the code\nHe42w354ol9"
    )
    assert len(verify.code) == 4
    assert await ask(lambda services: services(made.sid).delete()) is True
    assert await refusal(verify.fetch(started.sid)) == 20404
    assert made.sid not in [each.sid for each in await ask(lambda services: services.list())]
    assert await refusal(ask(lambda services: services.create(friendly_name=""))) == 60200


async def test_language_name_and_code_of_ones_own(verify: Verify) -> None:
    await verify.start(to=BERLIN)
    assert verify.said == f"Ihr Verifizierungscode für Harbor Street lautet: {verify.code}"
    await verify.start(to=BERLIN, locale="en-GB", custom_friendly_name="Fox Lane")
    assert verify.said == f"Your Fox Lane verification code is: {verify.code}"
    assert await refusal(verify.start(custom_code="246810")) == 60204
    await verify.change(custom_code_enabled=True)
    await verify.start(custom_code="24abCD")
    assert (await verify.check("24abCD")).status == "approved"


async def test_landlines_are_looked_up_and_left_out_where_the_service_says_so(verify: Verify) -> None:
    landline = "+14155530006"
    assert (await verify.start(landline)).lookup == {"carrier": None}
    await verify.change(lookup_enabled=True)
    assert (await verify.start(landline)).lookup["carrier"]["type"] == "landline"
    await verify.change(skip_sms_to_landlines=True)
    assert await refusal(verify.start(landline)) == 60205
    assert (await verify.start(landline, "call")).status == "pending"


@pytest.mark.parametrize(
    "fields",
    [
        *({"to": each} for each in ("", "Maya", "4155550123", "maya@example.com", "+1415")),
        *({"channel": each} for each in ("", "fax", "sna", "auto", "email")),
        *({name: "1"} for name in ("custom_message", "amount", "payee", "rate_limits", "template_sid", "templates")),
        *({"locale": "xx"}, {"tags": "[]"}, {"tags": '{"a": 1}'}, {"risk_check": "maybe"}, {"device_ip": "300.1.1.1"}),
        *(
            {"send_digits": "12"},
            {"channel": "call", "send_digits": "x"},
            {"channel": "call", "app_hash": "He42w354ol9"},
        ),
        *({"app_hash": "short"}, {"channel_configuration": "{}"}, {"custom_friendly_name": "Call 41555"}),
        *({"enable_sna_client_token": True}, {"template_custom_substitutions": "{}"}),
    ],
)
async def test_a_wrong_parameter_is_60200_and_sends_nothing(verify: Verify, fields: dict[str, Any]) -> None:
    assert await refusal(verify.start(**{"to": MAYA, **fields})) == 60200
    assert not verify.sandbox._account.verifications.codes
    assert not verify.sandbox._account.store.positions


async def test_what_changes_nothing_that_is_shown_is_taken(verify: Verify) -> None:
    await verify.start(
        channel="call", send_digits="12#", device_ip="::1", risk_check="disable", tags='{"purpose": "signup"}'
    )
    configuration = '{"from": "desk@example.com", "from_name": "Desk"}'
    await verify.start("maya@example.com", "email", channel_configuration=configuration)
    assert len(verify.sandbox._account.verifications.codes) == 2


@pytest.mark.parametrize(
    "settings",
    [
        *({"friendly_name": each} for each in ("", "x" * 33, "Call 41555", "owl.example/login")),
        *({"code_length": each} for each in (3, 11, "six")),
        *({"totp_time_step": 19}, {"totp_code_length": 9}, {"totp_skew": 3}, {"psd2_enabled": True}),
        *({"push_apn_credential_sid": "CR" + "0" * 32}, {"default_template_sid": "HJ" + "0" * 32}),
        *({"whatsapp_msg_service_sid": "MG" + "0" * 32}, {"whatsapp_from": "Owl"}, {"lookup_enabled": "yes"}),
        *({"passkeys_user_verification": "maybe"}, {"passkeys_authenticator_attachment": "usb"}),
    ],
)
async def test_a_setting_that_cannot_be_is_60200_and_changes_nothing(verify: Verify, settings: dict[str, Any]) -> None:
    before = verify.sandbox._account.verifications.services[verify.sid]
    assert await refusal(verify.change(**settings)) == 60200
    assert verify.sandbox._account.verifications.services[verify.sid] == before


async def test_what_a_check_lacks_is_60200_and_nobodys_is_20404(verify: Verify, connect: Any) -> None:
    started = await verify.start()
    assert await refusal(verify.do(lambda service: service.verification_checks.create(code="123456"))) == 60200
    for whose in ({"to": "Maya"}, {"to": MAYA, "amount": "1"}, {"to": MAYA, "sna_client_token": "t"}):
        assert await refusal(verify.check(verify.code, **whose)) == 60200
    assert await refusal(verify.check("12")) == 60200
    for whose in (
        {"to": BERLIN},
        {"verification_sid": "VE" + "0" * 32},
        {"to": BERLIN, "verification_sid": started.sid},
    ):
        assert await refusal(verify.check(verify.code, **whose)) == 20404
    verify.sid = "VA" + "0" * 32
    assert await refusal(verify.start()) == 20404


async def test_attempts_are_listed_filtered_and_summed(verify: Verify, connect: Any, clock: Any) -> None:
    first = await verify.start()
    await verify.check(verify.code)
    clock.advance(minutes=1)
    await verify.start(to=BERLIN, channel="call")

    async def ask(work: Any) -> Any:
        return await connect(verify.sandbox).do(lambda client: work(client.verify.v2))

    async def attempts(**filters: Any) -> Any:
        return await ask(lambda client: client.verification_attempts.list(**filters))

    async def total(**filters: Any) -> Any:
        return await ask(lambda client: client.verification_attempts_summary().fetch(**filters))

    both = await attempts()
    assert [(each.channel, each.conversion_status) for each in both] == [("call", "unconverted"), ("sms", "converted")]
    one = await ask(lambda client: client.verification_attempts(both[1].sid).fetch())
    assert one.verification_sid == first.sid
    for filters in (
        *({"channel": "sms"}, {"status": "converted"}, {"country": "US"}, {"channel_data_to": MAYA}),
        *({"verification_sid": first.sid}, {"date_created_before": clock.now.replace(second=0, minute=0)}),
    ):
        assert [each.sid for each in await attempts(**filters)] == [both[1].sid]
    assert await attempts(verify_service_sid="VA" + "0" * 32) == []
    all_of_them = await total()
    assert (all_of_them.total_attempts, all_of_them.total_converted) == (2, 1)
    assert all_of_them.conversion_rate_percentage == "50.00"
    assert (await total(destination_prefix="+49")).total_attempts == 1


async def test_a_suspended_account_verifies_nobody(verify: Verify) -> None:
    verify.sandbox._account.change(replace(verify.sandbox._account.state, status="suspended"))
    assert await refusal(verify.start()) == 10001


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.sampled_from([MAYA, BERLIN])),
        st.tuples(st.just("check"), st.sampled_from([MAYA, BERLIN]), st.booleans()),
        st.tuples(st.just("cancel"), st.sampled_from([MAYA, BERLIN])),
        st.tuples(st.just("wait"), st.integers(1, 400)),
    ),
    max_size=40,
)


@given(_STEPS)
@settings(max_examples=100)
def test_no_code_is_sent_or_tried_more_than_five_times_nor_good_for_more_than_ten_minutes(steps: list[Any]) -> None:
    now = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    known, sids = Verifications(), SidGenerator(1)
    service = known.put(service_at_start(1, now))
    for what, *more in steps:
        if what == "wait":
            now += timedelta(seconds=more[0])
            continue
        current = known.current(service, more[0], now)
        try:
            if what == "send":
                sent = known.send(service, more[0], "sms", "", now, sids.sid)
                assert current is None or (sent.sid, sent.code) == (current.sid, current.code)
            elif current is not None and what == "cancel":
                known.end(current, CANCELED, now)
            elif current is not None:
                known.check(current, current.code if more[1] else "none", now)
        except Refusal as refusal:
            assert current is not None
            assert refusal.code in {60202, 60203}
        for each in known.kept.values():
            assert len(each.attempts) <= 5
            assert each.checks <= 5
            if (there := known.current(service, each.to, now)) is not None:
                assert now < there.created + LIFETIME
        assert copy.deepcopy(known) == known
