"""Snapshots: whatever is done between one and its restore, the sandbox answers as if nothing had been."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Clock
from tui.sandbox.parameters import Form
from tui.sandbox.server import Sandbox
from tui.sandbox.signing import Signing
from tui.sandbox.snapshots import LONGEST, MOST

MAYA = "+14155550123"
LISTS = (
    *("Messages.json", "IncomingPhoneNumbers.json", "Balance.json", "Keys.json", "SMS/ShortCodes.json"),
    *("/v1/Services", "/v1/Alerts", "/v1/Content", "/v1/Tollfree/Verifications", "/verify/v2/Services"),
)
CONTROLS = ("messages", "codes", "faults", "creates", "callbacks", "signing", "state")


def to(sandbox: Sandbox) -> httpx.AsyncClient:
    pair = (sandbox.account_sid, sandbox.auth_token)
    return httpx.AsyncClient(base_url=sandbox.base_url, auth=pair, trust_env=False, verify=False)


def path(sandbox: Sandbox, name: str) -> str:
    return name if name.startswith("/") else f"/2010-04-01/Accounts/{sandbox.account_sid}/{name}"


async def everything(client: httpx.AsyncClient, sandbox: Sandbox) -> dict[str, Any]:
    """What the sandbox says when it is asked for everything, the log of requests by its length, since asking counts."""
    requests = (await client.get("/_sandbox/requests")).json()["requests"]
    controls = {name: (await client.get(f"/_sandbox/{name}")).json() for name in CONTROLS}
    lists = {name: (await client.get(path(sandbox, name))).json() for name in LISTS}
    return {"requests": requests, **controls, **lists}


async def send(client: httpx.AsyncClient, sandbox: Sandbox, body: str, recipient: str = MAYA, **more: str) -> str:
    form = {"From": sandbox.numbers[0], "To": recipient, "Body": body, **more}
    return (await client.post(path(sandbox, "Messages.json"), data=form)).json()["sid"]


async def change_everything(client: httpx.AsyncClient, sandbox: Sandbox) -> None:
    sid = await send(client, sandbox, "Your code is 482913")
    (message, *_) = (await client.get(path(sandbox, "Messages.json"))).json()["messages"]
    await client.post("/_sandbox/inbound", json={"From": MAYA, "To": sandbox.numbers[0], "Body": "STOP"})
    await client.post("/_sandbox/state", json={"balance": "1.5", "queues": {sandbox.numbers[0]: None}})
    await client.post("/_sandbox/signing", json={"mode": "token"})
    await client.post("/_sandbox/clock", json={"advance": 86_400})
    for each in (sid, message["sid"]):
        await client.post(path(sandbox, f"Messages/{each}.json"), data={"Body": ""})
        await client.delete(path(sandbox, f"Messages/{each}.json"))
    number = (await client.get(path(sandbox, "IncomingPhoneNumbers.json"))).json()["incoming_phone_numbers"][0]["sid"]
    await client.post(path(sandbox, f"IncomingPhoneNumbers/{number}.json"), data={"SmsUrl": "http://127.0.0.1:9/sms"})
    await client.post(f"/v1/Services/{sandbox.services[0]}", data={"FriendlyName": "Other"})
    template = {"friendly_name": "x", "language": "en", "types": {"twilio/text": {"body": "x"}}}
    await client.post("/v1/Content", json=template)
    await client.post("/verify/v2/Services", data={"FriendlyName": "Other"})
    await client.post(path(sandbox, "Keys.json"), data={"FriendlyName": "Other"})
    await client.post("/_sandbox/faults", json={"kind": "429", "path": "Nothing", "times": 0})
    await client.post("/_sandbox/inbound", json={"From": MAYA, "To": sandbox.numbers[0], "Body": "Hello"})
    await send(client, sandbox, "Your code is 482914", "+14155550124")
    await _quiet(sandbox)


async def test_whatever_was_done_a_restore_undoes_and_a_reset_too(sandbox: Sandbox) -> None:
    async with to(sandbox) as client:
        started = await everything(client, sandbox)
        await send(client, sandbox, "Kept")
        assert (await client.post("/_sandbox/snapshot", json={"name": "one sent"})).status_code == 201
        kept = await everything(client, sandbox)
        for _ in range(2):
            await change_everything(client, sandbox)
            same = {name for name, now in (await everything(client, sandbox)).items() if now == kept[name]}
            assert same == {"SMS/ShortCodes.json", "/v1/Tollfree/Verifications"}
            assert (await client.post("/_sandbox/restore", json={"name": "one sent"})).status_code == 204
            again = await everything(client, sandbox)
            assert len(again.pop("requests")) == len(kept["requests"])
            assert again == {name: told for name, told in kept.items() if name != "requests"} | {
                "messages": kept["messages"] | {"now": again["messages"]["now"]}
            }
        assert (await client.post("/_sandbox/reset", json={})).status_code == 204
        assert (await client.get("/_sandbox/requests")).json() == {"requests": []}
        fresh = await everything(client, sandbox)
        assert fresh["Messages.json"] == started["Messages.json"]
        assert fresh["creates"] == started["creates"]
        assert (await client.get("/_sandbox/snapshot")).json() == {"snapshots": ["one sent"]}


async def test_no_sid_is_given_twice(empty: Sandbox) -> None:
    async with to(empty) as client:
        sids = [await send(client, empty, "One")]
        await client.post("/_sandbox/reset", json={})
        sids.append(await send(client, empty, "Two"))
        assert len(set(sids)) == 2
        assert (await client.get(path(empty, f"Messages/{sids[0]}.json"))).status_code == 404


@pytest.mark.parametrize(("before", "after"), [(0, 10), (60, 0)])
async def test_callbacks_that_were_to_come_are_called_after_a_restore(
    empty: Sandbox, clock: Clock, before: int, after: int
) -> None:
    async with to(empty) as client:
        sid = await send(client, empty, "Hi", StatusCallback="http://127.0.0.1:9/status")
        clock.advance(seconds=2)
        assert (await client.get("/_sandbox/callbacks?event=sent&wait=5")).status_code == 200
        await client.post("/_sandbox/snapshot", json={})
        await client.post("/_sandbox/reset", json={})
        assert empty.calling == 0
        clock.advance(seconds=before)
        await client.post("/_sandbox/restore", json={})
        clock.advance(seconds=after)
        called = (await client.get(f"/_sandbox/callbacks?sid={sid}&event=delivered&wait=5")).json()["callbacks"]
        assert {each["event"] for each in called} == {"delivered"}
        await asyncio.wait_for(_quiet(empty), 5)


async def test_what_never_changes_is_not_copied(empty: Sandbox) -> None:
    account = empty._account
    async with to(empty) as client:
        await send(client, empty, "Hi")
        (service,) = account.verifications.services
        await client.post(f"/verify/v2/Services/{service}/Verifications", data={"To": MAYA, "Channel": "sms"})
    other = copy.deepcopy((account.creates.calls, account.verifications.codes, account.verifications.kept))
    assert other[0][0] is account.creates.calls[0]
    assert other[1][0] is account.verifications.codes[0]
    assert all(other[2][sid] is each for sid, each in account.verifications.kept.items())


async def test_what_comes_while_a_state_is_put_back_is_of_that_state(empty: Sandbox, clock: Clock) -> None:
    async with to(empty) as client:
        await send(client, empty, "Kept", StatusCallback="http://127.0.0.1:9/status")
        clock.advance(seconds=1)
        await client.post("/_sandbox/snapshot", json={})
        snapshots = empty._controls._snapshots
        form = Form([("From", empty.numbers[0]), ("To", MAYA), ("Body", "x"), ("StatusCallback", "http://127.0.0.1:9")])

        async def create() -> None:
            empty._account.create(form)

        await asyncio.gather(snapshots.restore("default"), snapshots.restore("default"), create())
        # Each of them is followed once.
        assert empty.calling == len(empty._account.store) == 2
        clock.advance(seconds=10)
        await asyncio.wait_for(_quiet(empty), 10)


async def test_what_a_fault_holds_back_is_not_carried_out_in_another_state(empty: Sandbox) -> None:
    async with to(empty) as client:
        await client.post("/_sandbox/faults", json={"kind": "delay-before", "seconds": 60})
        waiting = asyncio.create_task(send(client, empty, "Of the test before"))
        while empty.faults.waiting:
            await asyncio.sleep(0.01)
        await client.post("/_sandbox/reset", json={})
        with pytest.raises(KeyError):
            await waiting
        assert (await client.get("/_sandbox/messages")).json()["messages"] == []


async def _quiet(sandbox: Sandbox) -> None:
    while sandbox.calling:
        await asyncio.sleep(0.01)


async def test_signing_and_faults_go_back_as_well(empty: Sandbox) -> None:
    async with to(empty) as client:
        await client.post("/_sandbox/signing", json={"mode": "missing"})
        await client.post("/_sandbox/faults", json={"kind": "429", "times": 0})
        await client.post("/_sandbox/reset", json={})
        assert (empty.signing, empty.faults.waiting) == (Signing.RIGHT, ())


@pytest.mark.parametrize(
    ("order", "word"),
    [({"name": ""}, "characters"), ({"name": "x" * (LONGEST + 1)}, "characters"), ({"name": 7}, "named"),
     ({"colour": "red"}, "named"), ([], "JSON object")],
)  # fmt: skip
async def test_a_name_that_cannot_be_is_refused(empty: Sandbox, order: object, word: str) -> None:
    async with to(empty) as client:
        answer = await client.post("/_sandbox/snapshot", json=order)
        assert (answer.status_code, word in answer.json()["message"]) == (400, True)


async def test_so_many_are_kept_and_what_is_not_there_is_told(empty: Sandbox) -> None:
    async with to(empty) as client:
        for number in range(MOST):
            await client.post("/_sandbox/snapshot", json={"name": str(number)})
        assert (await client.post("/_sandbox/snapshot", json={"name": "more"})).status_code == 400
        assert (await client.post("/_sandbox/snapshot", json={"name": "7"})).status_code == 201
        gone = await client.post("/_sandbox/restore", json={"name": "more"})
        assert (gone.status_code, "'more'" in gone.json()["message"]) == (404, True)
        assert (await client.delete("/_sandbox/snapshot")).status_code == 204
        assert (await client.get("/_sandbox/snapshot")).json() == {"snapshots": []}
