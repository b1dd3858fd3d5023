"""Create calls are counted, and those that come too fast are refused: by their sender's queue, or by the account."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException

from tui.sandbox.errors import Refusal
from tui.sandbox.faults import Fault
from tui.sandbox.senders import FRONT_DESK, PARCELS
from tui.sandbox.server import Sandbox
from tui.sandbox.throttle import SenderQueue, Throttle

MAYA = "+14155550123"


class Elapsed:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def refused(official: Any, **fields: Any) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        await official.send(**{"to": MAYA, "from_": FRONT_DESK, "body": "Hello", **fields})
    return caught.value.status, caught.value.code


async def test_creates_are_counted_by_what_became_of_them_and_by_recipient_and_text(
    empty: Sandbox, connect: Any
) -> None:
    official = connect(empty)
    first = await official.send(to=MAYA, from_=FRONT_DESK, body="Hello")
    again = await official.send(to=MAYA, messaging_service_sid=empty.services[0], body="Hello")
    await official.send(to=MAYA, from_=FRONT_DESK, body="a" * 161)
    assert await refused(official, to="+14155521610") == (400, 21610)
    async with httpx.AsyncClient(base_url=empty.base_url, trust_env=False) as client:
        seen = (await client.get("/_sandbox/creates")).json()
        assert (seen["accepted"], seen["refused"], seen["early"]) == (3, {"21610": 1}, 0)
        assert seen["repeated"] == [{"To": MAYA, "Body": "Hello", "times": 2}]
        assert [each["sid"] for each in seen["creates"][:2]] == [first.sid, again.sid]
        assert [each["sender"] for each in seen["creates"][:2]] == [FRONT_DESK, empty.services[0]]
        assert [each["segments"] for each in seen["creates"]] == [1, 1, 2, 1]
        times = [each["at"] for each in seen["creates"]]
        assert times == sorted(times)
        assert (await client.delete("/_sandbox/creates")).status_code == 204
        assert (await client.get("/_sandbox/creates")).json()["creates"] == []


async def test_what_comes_before_a_retry_after_is_over_is_counted_as_early(empty: Sandbox, connect: Any) -> None:
    empty.faults.add(Fault("429", method="POST", retry_after=60), Fault("429", method="POST"))
    official = connect(empty)
    assert [await refused(official) for _ in range(2)] == [(429, 20429)] * 2
    await official.send(to=MAYA, from_=FRONT_DESK, body="Hello")
    async with httpx.AsyncClient(base_url=empty.base_url, trust_env=False) as client:
        seen = (await client.get("/_sandbox/creates")).json()
    assert (seen["accepted"], seen["refused"], seen["early"]) == (1, {}, 2)


async def test_a_senders_queue_fills_and_what_is_in_it_waits(empty: Sandbox, connect: Any, clock: Any) -> None:
    official = connect(empty)
    async with httpx.AsyncClient(base_url=empty.base_url, trust_env=False) as client:
        queues = {FRONT_DESK: {"per_second": 0.001, "holds": 3}}
        state = (await client.post("/_sandbox/state", json={"queues": queues})).json()
        assert state["queues"] == queues
        await official.send(to=MAYA, from_=FRONT_DESK, body="One")
        two = await official.send(to=MAYA, from_=FRONT_DESK, body="a" * 161)
        assert await refused(official) == (429, 21611)
        await official.send(to=MAYA, from_=PARCELS, body="Another's queue")
        clock.advance(seconds=900)
        assert (await official.do(lambda client: client.messages(two.sid).fetch())).status == "queued"
        clock.advance(seconds=110)
        assert (await official.do(lambda client: client.messages(two.sid).fetch())).status == "delivered"
        assert (await client.post("/_sandbox/state", json={"queues": {FRONT_DESK: None}})).json()["queues"] == {}
    await official.send(to=MAYA, from_=FRONT_DESK, body="Four")


async def test_an_account_takes_so_many_creates_a_second(empty: Sandbox, connect: Any) -> None:
    async with httpx.AsyncClient(base_url=empty.base_url, trust_env=False) as client:
        await client.post("/_sandbox/state", json={"creates_per_second": 1})
        path = f"/2010-04-01/Accounts/{empty.account_sid}/Messages.json"
        form = {"To": MAYA, "From": FRONT_DESK, "Body": "Hello"}
        login = (empty.account_sid, empty.auth_token)
        answers = [await client.post(path, data=form, auth=login) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 429]
    assert answers[1].headers["Retry-After"] == "1"
    assert answers[1].json()["code"] == 20429


def test_a_queue_empties_at_its_pace() -> None:
    elapsed = Elapsed()
    throttle, queue = Throttle(elapsed), SenderQueue(2.0, 4)
    assert [throttle.line_up("a", 1, queue) for _ in range(4)] == [0.0, 0.5, 1.0, 1.5]
    with pytest.raises(Refusal) as full:
        throttle.line_up("a", 1, queue)
    assert full.value.code == 21611
    assert throttle.line_up("b", 4, queue) == 0.0
    elapsed.now += 1.0
    assert [throttle.line_up("a", 2, queue)] == [1.0]
    elapsed.now += 60.0
    assert throttle.line_up("a", 4, queue) == 0.0


def test_a_second_holds_so_many_creates_wherever_it_begins() -> None:
    elapsed = Elapsed()
    throttle = Throttle(elapsed)
    throttle.admit(2)
    elapsed.now += 0.9
    throttle.admit(2)
    with pytest.raises(Refusal) as limited:
        throttle.admit(2)
    assert (limited.value.status, limited.value.retry_after) == (429, 1)
    elapsed.now += 0.2
    throttle.admit(2)
    with pytest.raises(Refusal):
        throttle.admit(2)
