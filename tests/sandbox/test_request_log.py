"""The log of requests: what a test can see of them, and what nobody can."""

from __future__ import annotations

import contextlib

import httpx

from tui.sandbox.request_log import LONGEST_BODY
from tui.sandbox.server import Sandbox


async def test_headers_bodies_and_answers_are_there_and_no_credentials(empty: Sandbox) -> None:
    account = f"/2010-04-01/Accounts/{empty.account_sid}"
    pair = (empty.account_sid, empty.auth_token)
    async with httpx.AsyncClient(base_url=empty.base_url, auth=pair, trust_env=False, verify=False) as client:
        form = {"From": empty.numbers[0], "To": "+14155550123", "Body": "Grüße"}
        sid = (await client.post(f"{account}/Messages.json", data=form, headers={"X-Mine": "7"})).json()["sid"]
        made = (await client.post(f"{account}/Keys.json", data={"FriendlyName": "Mine"})).json()
        await client.get(f"{account}.json")
        await client.post("/_sandbox/faults", json={"kind": "500-before"})
        await client.get(f"{account}/Balance.json")
        await client.post("/_sandbox/faults", json={"kind": "garbage"})
        long = form | {"Body": "x" * 9000}
        with contextlib.suppress(httpx.RemoteProtocolError):
            await client.post(f"{account}/Messages.json", data=long)
        told = (await client.get("/_sandbox/requests")).json()["requests"]
    assert ["X-Mine", "7"] in told[0]["headers"]
    assert "Body=Gr%C3%BC%C3%9Fe" in told[0]["body"]
    assert (told[0]["status"], sid in told[0]["answer"]) == (201, True)
    assert ["Content-Type", "application/json"] in told[0]["answer_headers"]
    assert '"secret":"***"' in told[1]["answer"]
    assert '"auth_token":"***"' in told[2]["answer"]
    assert (told[3]["status"], "20500" in told[3]["answer"]) == (500, True)
    assert (told[4]["answer"], len(told[4]["body"])) == ("", LONGEST_BODY)
    everything = str(told)
    assert not [secret for secret in (empty.auth_token, made["secret"], "Basic ") if secret in everything]
