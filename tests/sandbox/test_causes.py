"""The causes of trouble planted in the sandbox: each can be set, seen in a message, and read where Twilio tells it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException

from tui.sandbox.senders import ANOTHER_ACCOUNTS, FRONT_DESK, PARCELS, UNREGISTERED, UNVERIFIED
from tui.sandbox.server import Sandbox

MAYA = "+14155550123"


class Cause:
    """The state is set, a message is sent, and what became of it is looked at."""

    def __init__(self, sandbox: Sandbox, official: Any, clock: Any) -> None:
        self.sandbox, self.official, self.clock = sandbox, official, clock

    async def set(self, **state: object) -> None:
        async with httpx.AsyncClient(base_url=self.sandbox.base_url, trust_env=False) as client:
            assert (await client.post("/_sandbox/state", json=state)).status_code == 200

    async def of(self, to: str = MAYA, from_: str = FRONT_DESK, **fields: Any) -> tuple[str, int | None]:
        """Status and code of a message, or "refused" with the code and what is kept of it."""
        try:
            sent = await self.official.send(**{"to": to, "from_": from_, "body": "Hello", **fields})
        except TwilioRestException as refused:
            return f"refused {refused.status}", refused.code
        self.clock.advance(seconds=10)
        message = await self.official.do(lambda client: client.messages(sent.sid).fetch())
        return message.status, message.error_code


@pytest.fixture
def cause(empty: Sandbox, connect: Any, clock: Any) -> Cause:
    return Cause(empty, connect(empty), clock)


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({}, ("delivered", None)),
        ({"from_": UNREGISTERED}, ("undelivered", 30034)),
        ({"from_": UNVERIFIED}, ("undelivered", 30032)),
        ({"to": "+14155521610"}, ("refused 400", 21610)),
        ({"to": "+5355500123"}, ("refused 400", 21408)),
        ({"to": "+14155530006"}, ("undelivered", 30006)),
        ({"to": "+14155521614"}, ("refused 400", 21614)),
        ({"to": "+14155521612"}, ("refused 400", 21612)),
        ({"to": "+14155530002"}, ("failed", 30002)),
        ({"from_": "+14155550198"}, ("refused 400", 21659)),
        ({"from_": ANOTHER_ACCOUNTS}, ("refused 400", 21660)),
        ({"to": "+14155530001"}, ("failed", 30001)),
        ({"to": f"whatsapp:{MAYA}", "from_": f"whatsapp:{FRONT_DESK}"}, ("undelivered", 63016)),
        ({"media_url": ["https://files.invalid/a.png"]}, ("failed", 11200)),
        ({"media_url": ["https://files.example/a.png", "https://files.example/login.html"]}, ("failed", 12300)),
    ],
)
async def test_a_recipient_a_sender_or_a_file_brings_it_about(
    cause: Cause, fields: dict[str, Any], outcome: tuple[str, int | None]
) -> None:
    assert await cause.of(**fields) == outcome


@pytest.mark.parametrize("state", [{"status": "suspended"}, {"status": "closed"}, {"balance": "0"}, {"balance": -3}])
async def test_an_account_that_is_not_active_sends_nothing_and_can_be_read(cause: Cause, state: Any) -> None:
    await cause.set(**state)
    assert await cause.of() == ("refused 403", 10001)
    client = cause.official
    assert await client.do(lambda client: client.messages.list()) == []
    shown = await client.do(lambda client: client.api.accounts(cause.sandbox.account_sid).fetch())
    assert shown.status == state.get("status", "suspended")
    assert (await client.do(lambda client: client.balance.fetch())).balance in {"73.4200", "0.0000", "-3.0000"}
    await cause.set(status="active", balance="0.0100")
    assert await cause.of() == ("delivered", None)


async def test_what_waits_while_the_account_is_suspended_fails_and_what_left_arrives(cause: Cause) -> None:
    left = await cause.official.send(to=MAYA, from_=FRONT_DESK, body="First")
    cause.clock.advance(seconds=2)
    waiting = await cause.official.send(to=PARCELS, messaging_service_sid=cause.sandbox.services[0], body="Second")
    await cause.set(balance="-0.01")
    cause.clock.advance(seconds=10)
    listed = await cause.official.do(lambda client: client.messages.list())
    assert [(each.sid, each.status, each.error_code) for each in listed] == [
        (waiting.sid, "failed", 30002),
        (left.sid, "delivered", None),
    ]


async def test_the_queue_of_one_sender_is_full_and_no_others(cause: Cause) -> None:
    await cause.set(full_queues=[FRONT_DESK])
    assert await cause.of() == ("refused 429", 21611)
    assert await cause.of(from_=PARCELS) == ("delivered", None)


async def test_a_country_is_disabled_and_enabled(cause: Cause) -> None:
    await cause.set(disabled_countries=["DE", "CA"])
    assert await cause.of("+4915550000123") == ("refused 400", 21408)
    assert await cause.of("+14165550175") == ("refused 400", 21408)
    assert await cause.of() == ("delivered", None)
    assert await cause.of("+5355500123") == ("delivered", None)


async def test_registrations_come_and_go(cause: Cause) -> None:
    weekend, appointments = cause.sandbox.services[4], cause.sandbox.services[0]
    await cause.set(campaigns={weekend: "VERIFIED", appointments: None}, verifications={UNVERIFIED: "TWILIO_APPROVED"})
    assert await cause.of(from_=UNREGISTERED) == ("delivered", None)
    assert await cause.of(from_=UNVERIFIED) == ("delivered", None)
    assert await cause.of() == ("undelivered", 30034)
    await cause.set(campaigns={appointments: "SUSPENDED"})
    assert await cause.of() == ("undelivered", 30033)
    await cause.set(campaigns={appointments: "IN_PROGRESS"})
    assert await cause.of() == ("undelivered", 30034)
    campaigns = cause.official.client.messaging.v1.services(appointments).us_app_to_person
    assert [each.campaign_status for each in await cause.official.do(lambda _: campaigns.list())] == ["IN_PROGRESS"]


@pytest.mark.parametrize(
    ("to", "url", "code", "status"),
    [
        (MAYA, "https://files.invalid/a.png", 11200, "502"),
        (MAYA, "https://files.example/login.html", 12300, "200"),
        (f"whatsapp:{MAYA}", "https://files.invalid/a.png", 63019, "502"),
    ],
)
async def test_media_that_cannot_be_had_leave_an_alert(cause: Cause, to: str, url: str, code: int, status: str) -> None:
    channel = to.rpartition(":")[0]
    from_ = f"{channel}:{FRONT_DESK}" if channel else FRONT_DESK
    assert await cause.of(to, from_, media_url=[url]) == ("failed", code)
    (alert,) = await cause.official.do(lambda client: client.monitor.v1.alerts.list())
    (message,) = await cause.official.do(lambda client: client.messages.list())
    assert (alert.error_code, alert.resource_sid) == (str(code), message.sid)
    assert (alert.request_method, alert.request_url) == ("GET", url)
    assert f"httpResponse={status}" in alert.alert_text


async def test_who_said_stop_is_refused_until_start(cause: Cause) -> None:
    cause.sandbox.receive(MAYA, FRONT_DESK, "Stop")
    assert await cause.of() == ("refused 400", 21610)
    cause.sandbox.receive(MAYA, FRONT_DESK, "START")
    assert await cause.of() == ("delivered", None)
