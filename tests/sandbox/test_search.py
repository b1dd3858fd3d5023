"""Messages and codes that are looked for, and waited for; the clock that is moved meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.sandbox.codes import codes_in
from tui.sandbox.controls import MOST_WAITS
from tui.sandbox.server import Sandbox

MAYA, JONAS = "+14155550123", "+14155550124"


@pytest.fixture
async def client(empty: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    pair = (empty.account_sid, empty.auth_token)
    async with httpx.AsyncClient(base_url=empty.base_url, auth=pair, trust_env=False, timeout=60) as client:
        yield client


async def send(client: httpx.AsyncClient, sandbox: Sandbox, to: str, body: str) -> str:
    form = {"From": sandbox.numbers[0], "To": to, "Body": body}
    made = await client.post(f"/2010-04-01/Accounts/{sandbox.account_sid}/Messages.json", data=form)
    return made.json()["sid"]


async def bodies(client: httpx.AsyncClient, **query: Any) -> list[str]:
    query = {name.rstrip("_"): value for name, value in query.items()}
    return [each["body"] for each in (await client.get("/_sandbox/messages", params=query)).json()["messages"]]


async def test_messages_are_found_by_what_is_known_of_them(client: httpx.AsyncClient, empty: Sandbox) -> None:
    await send(client, empty, MAYA, "Your parcel is on its way")
    await send(client, empty, JONAS, "Your code is 482913")
    await client.post("/_sandbox/inbound", json={"From": MAYA, "To": empty.numbers[0], "Body": "Thank you"})
    assert await bodies(client) == ["Thank you", "Your code is 482913", "Your parcel is on its way"]
    assert await bodies(client, to=JONAS) == await bodies(client, to="(415) 555-0124") == ["Your code is 482913"]
    assert await bodies(client, from_=MAYA) == ["Thank you"]
    assert await bodies(client, body=r"^Your (code|PIN) .*\d{6}$") == ["Your code is 482913"]
    assert await bodies(client, body="(?i)PARCEL.+WAY") == ["Your parcel is on its way"]
    await client.post("/_sandbox/inbound", json={"From": JONAS, "To": empty.numbers[0], "Body": "x" * 5000 + " end"})
    assert len(await bodies(client, body=" end$")) == 1
    assert await bodies(client, status="received", from_=MAYA) == ["Thank you"]
    assert await bodies(client, to=MAYA, body="code") == []
    # As curl sends it when nobody encodes the plus sign.
    assert (await client.get(f"/_sandbox/messages?to={JONAS}")).json()["messages"]


async def test_the_history_is_left_out_unless_a_time_is_named(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient(base_url=sandbox.base_url, trust_env=False, verify=False) as client:
        assert await bodies(client) == []
        old = await bodies(client, since="2000-01-01", body="code")
        assert old
        assert all("code" in body for body in old)


async def test_a_message_that_is_waited_for_is_told_as_soon_as_it_is_there(
    client: httpx.AsyncClient, empty: Sandbox, clock: Any
) -> None:
    waiting = asyncio.create_task(bodies(client, to=JONAS, wait=20))
    status = asyncio.create_task(bodies(client, to=JONAS, status="delivered", wait=20))
    await send(client, empty, MAYA, "Not this")
    await asyncio.sleep(0)
    assert not waiting.done()
    await send(client, empty, JONAS, "This")
    assert await waiting == ["This"]
    assert not status.done()
    assert (await client.post("/_sandbox/clock", json={"advance": 60})).json()["moved"] == 60
    assert await status == ["This"]


async def test_what_does_not_come_is_told_with_what_came(client: httpx.AsyncClient, empty: Sandbox) -> None:
    begun = time.monotonic()
    none = await client.get("/_sandbox/messages", params={"to": JONAS, "wait": "0.05"})
    assert (none.status_code, "none came at all" in none.json()["message"]) == (408, True)
    assert time.monotonic() - begun >= 0.05
    await send(client, empty, MAYA, "Something else")
    other = await client.get("/_sandbox/messages", params={"to": JONAS, "wait": "0.05"})
    assert f"to {JONAS}" in other.json()["message"]
    assert f"to {MAYA} 'Something else' (queued)" in other.json()["message"]
    assert (await client.get("/_sandbox/codes", params={"wait": "0.05"})).status_code == 408
    assert (await client.get("/_sandbox/callbacks", params={"wait": "0.05"})).status_code == 408


async def test_a_wait_goes_on_through_a_reset(client: httpx.AsyncClient, empty: Sandbox) -> None:
    await send(client, empty, MAYA, "Before")
    waiting = asyncio.create_task(bodies(client, body="After", wait=20))
    await client.post("/_sandbox/reset", json={})
    await send(client, empty, MAYA, "After")
    assert await waiting == ["After"]


async def test_so_many_wait_at_a_time_and_others_are_answered_meanwhile(
    client: httpx.AsyncClient, empty: Sandbox
) -> None:
    """Each holds a connection, of which there are 64."""
    query = {"to": JONAS, "wait": 60}
    waiting = {asyncio.create_task(client.get("/_sandbox/messages", params=query)) for _ in range(MOST_WAITS + 1)}
    refused, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert [(await each).status_code for each in refused] == [503]
    await send(client, empty, JONAS, "This")
    assert [(await each).status_code for each in waiting] == [200] * MOST_WAITS
    assert await bodies(client, **query) == ["This"]


async def test_codes_are_found_in_what_was_sent(client: httpx.AsyncClient, empty: Sandbox) -> None:
    first = await send(client, empty, MAYA, "482913 is your code. Call +1 415 555 0100 if it was not you.")
    second = await send(client, empty, MAYA, "Your WhatsApp code: 123-456")
    await client.post("/_sandbox/inbound", json={"From": MAYA, "To": empty.numbers[0], "Body": "482914"})
    codes = (await client.get("/_sandbox/codes", params={"to": MAYA, "wait": 5})).json()["codes"]
    assert [(each["code"], each["sid"]) for each in codes] == [("123456", second), ("482913", first)]
    assert (await client.get("/_sandbox/codes", params={"to": JONAS})).json() == {"codes": []}


async def test_codes_of_verify_are_found_whatever_the_channel(client: httpx.AsyncClient, empty: Sandbox) -> None:
    (service, *_) = (await client.get("/verify/v2/Services")).json()["services"]
    waiting = asyncio.create_task(client.get("/_sandbox/codes", params={"to": JONAS, "wait": 20}))
    path = f"/verify/v2/Services/{service['sid']}/Verifications"
    for to, channel in ((MAYA, "sms"), (JONAS, "call")):
        assert (await client.post(path, data={"To": to, "Channel": channel})).status_code == 201
    (code,) = (await waiting).json()["codes"]
    assert (code["to"], code["channel"], code["sid"][:2], code["body"]) == (JONAS, "call", "VE", "")
    (other,) = (await client.get("/_sandbox/codes", params={"to": MAYA})).json()["codes"]
    assert (other["channel"], other["sid"][:2], other["code"] in other["body"]) == ("sms", "SM", True)
    check = {"To": JONAS, "Code": code["code"]}
    answer = await client.post(path.replace("Verifications", "VerificationCheck"), data=check)
    assert answer.json()["status"] == "approved"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Harbor: your one-time code is 204881.", ["204881"]),
        ("G-482913 is your code", ["482913"]),
        ("Use 1234 or 12345678", ["1234", "12345678"]),
        ("482913 482913\n\n@example.com #482913", ["482913"]),
        ("Your code: 123 456", ["123456"]),
        ("Am 24.12.2026 um 10:30, 1.234 EUR, 1234,50 EUR", []),
        ("https://example.com/1234 2026-12-24 +14155550123 12345678901 order HB482913", []),
        ("Gate 123", []),
        ("OTP:123456. Msg 2026-01", ["123456"]),
        ("验证码是123456，5分钟内有效", ["123456"]),
        ("123456是您的验证码", ["123456"]),
        ("인증번호는 [123456]입니다. 1500원, 2026年5月", ["123456"]),
        ("Show 4711 $5 off", ["4711"]),
        ("$1234, €1500, £ 2500, 3000 €, 4000€; tel:4155550123, http://shop.example:8080", []),
        ("Call (415) 555-0100 or 415-555-0100 or 030 123456 78", []),
    ],
)
def test_what_is_taken_for_a_code(text: str, codes: list[str]) -> None:
    assert list(codes_in(text)) == codes


@given(
    st.integers(4, 10).flatmap(lambda n: st.text("0123456789", min_size=n, max_size=n)), st.sampled_from([".", "", "!"])
)
@settings(max_examples=30)
def test_a_code_is_found_whatever_its_length(code: str, end: str) -> None:
    assert codes_in(f"Your code is {code}{end}") == (code,)


@pytest.mark.parametrize(
    ("query", "word"),
    [("wait=x", "wait"), ("wait=61", "60"), ("wait=nan", "wait"), ("status=gone", "delivered"), ("since=soon", "since"),
     ("colour=red", "colour"), ("body=(a", "body: the pattern")],
)  # fmt: skip
async def test_a_search_that_cannot_be_is_refused_by_name(client: httpx.AsyncClient, query: str, word: str) -> None:
    answer = await client.get(f"/_sandbox/messages?{query}")
    assert (answer.status_code, word in answer.json()["message"]) == (400, True)


async def test_what_is_not_searched_is_not_asked_as_if_it_were(client: httpx.AsyncClient) -> None:
    for path in ("requests", "creates", "faults", "clock", "state"):
        answer = await client.get(f"/_sandbox/{path}?to={MAYA}")
        assert (answer.status_code, "'to' is not known" in answer.json()["message"]) == (400, True)


async def test_the_clock_moves_by_seconds_or_to_a_time(client: httpx.AsyncClient, empty: Sandbox) -> None:
    sid = await send(client, empty, MAYA, "Hi")
    message = f"/2010-04-01/Accounts/{empty.account_sid}/Messages/{sid}.json"
    assert (await client.get(message)).json()["status"] == "queued"
    assert (await client.get("/_sandbox/clock")).json() == {"now": "2026-03-02T12:00:00Z", "moved": 0}
    moved = (await client.post("/_sandbox/clock", json={"now": "2026-03-02T13:00:00+00:30"})).json()
    assert moved == {"now": "2026-03-02T12:30:00Z", "moved": 1800}
    told = await client.get(message)
    assert told.json()["status"] == "delivered"
    assert told.headers["Date"] == "Mon, 02 Mar 2026 12:30:00 GMT"
    await client.post("/_sandbox/reset", json={})
    assert (await client.get("/_sandbox/clock")).json()["moved"] == 0


async def test_queues_follow_the_clock(client: httpx.AsyncClient, empty: Sandbox) -> None:
    await client.post("/_sandbox/state", json={"queues": {empty.numbers[0]: {"per_second": 0.01, "holds": 1}}})
    await send(client, empty, MAYA, "One")
    form = {"From": empty.numbers[0], "To": MAYA, "Body": "Two"}
    path = f"/2010-04-01/Accounts/{empty.account_sid}/Messages.json"
    assert (await client.post(path, data=form)).status_code == 429
    await client.post("/_sandbox/clock", json={"advance": 100})
    assert (await client.post(path, data=form)).status_code == 201


@pytest.mark.parametrize(
    "order",
    [{"advance": -1}, {"advance": 1e12}, {"advance": 10**400}, {"advance": True}, {"advance": "1"}, {"now": "noon"}, {},
     {"now": "2026-03-02T11:00:00Z"}, {"now": "9999-12-31T23:59:59-12:00"}, {"advance": 1, "now": "2027-01-01"}, []],
)  # fmt: skip
async def test_a_clock_cannot_go_back_nor_far(client: httpx.AsyncClient, order: object) -> None:
    before = (await client.get("/_sandbox/clock")).json()
    assert (await client.post("/_sandbox/clock", json=order)).status_code == 400
    assert (await client.get("/_sandbox/clock")).json() == before
