"""The sandbox's own paths: who may use them, what they take, and how much of it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tui.sandbox.faults import MOST_WAITING, Fault
from tui.sandbox.reach import LARGEST
from tui.sandbox.server import Sandbox

MAYA = "+14155550123"


@pytest.fixture
async def bare(empty: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=empty.base_url, trust_env=False, verify=False) as client:
        yield client


def hello(sandbox: Sandbox, **more: object) -> dict[str, object]:
    return {"From": MAYA, "To": sandbox.numbers[0], "Body": "Hello", **more}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:4010"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "192.0.2.1"},
        {"Host": "[::1"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "http://127.0.0.1"},
    ],
)
async def test_a_page_of_a_foreign_site_gets_nowhere(
    bare: httpx.AsyncClient, empty: Sandbox, headers: dict[str, str]
) -> None:
    empty.faults.add(Fault("429"))
    for method, path in (("POST", "inbound"), ("GET", "requests"), ("DELETE", "faults"), ("GET", "connection")):
        content = {"json": hello(empty)} if method == "POST" else {}
        answer = await bare.request(method, f"/_sandbox/{path}", headers=headers, **content)
        assert answer.status_code == 403
        assert "this machine" in answer.json()["message"] or "other sites" in answer.json()["message"]
    assert len(empty.faults.waiting) == 1
    assert len(empty._account.store) == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_what_a_page_may_send_unasked_is_not_taken(bare: httpx.AsyncClient, empty: Sandbox, kind: str) -> None:
    content = b'{"From": "+14155550123", "To": "+14155550100"}'
    answer = await bare.post("/_sandbox/inbound", content=content, headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert "application/json" in answer.json()["message"]
    assert len(empty._account.store) == 0


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
async def test_programs_of_this_machine_come_in_by_any_of_its_names_and_ports(
    bare: httpx.AsyncClient, empty: Sandbox, name: str
) -> None:
    headers = {"Host": f"{name}:9999", "Content-Type": "application/json; charset=utf-8"}
    assert (await bare.get("/_sandbox/requests", headers=headers)).status_code == 200
    own = {**headers, "Origin": f"http://{name}:9999"}
    assert (await bare.post("/_sandbox/inbound", headers=own, json=hello(empty))).status_code == 201


async def test_a_pattern_cannot_hang_it(bare: httpx.AsyncClient, empty: Sandbox) -> None:
    hanging = {"kind": "429", "path": r"(([a-zA-Z0-9/._-])+)+Z$", "times": 0}
    assert (await bare.post("/_sandbox/faults", json=hanging)).status_code == 201
    assert (await bare.get("/" + "a" * 900)).status_code == 401
    assert (await bare.delete("/_sandbox/faults")).status_code == 204
    costly = [{"kind": "429", "path": ".*a" * 66 + "Z$", "times": 0}] * MOST_WAITING
    assert (await bare.post("/_sandbox/faults", json=costly)).status_code == 201
    begun = time.process_time()
    assert (await bare.get("/" + "a" * 900)).status_code == 401
    assert time.process_time() - begun < 1


async def test_no_more_faults_wait_than_can_be_looked_through(bare: httpx.AsyncClient, empty: Sandbox) -> None:
    fault = {"kind": "429"}
    assert (await bare.post("/_sandbox/faults", json=[fault] * MOST_WAITING)).status_code == 201
    refused = await bare.post("/_sandbox/faults", json=[fault] * 2)
    assert refused.status_code == 400
    assert str(MOST_WAITING) in refused.json()["message"]
    assert len(empty.faults.waiting) == MOST_WAITING


@pytest.mark.parametrize(
    "order",
    [
        {"kind": "429", "path": "a" * 201},
        {"kind": "429", "times": 10**9},
        {"kind": "429", "skip": 10**9},
        {"kind": "429", "method": "G" * 1000},
        {"kind": "429", "retry_after": "1\r\nX-Evil: 1"},
        {"kind": "429", "retry_after": "9" * 1000},
        {"kind": "429", "retry_after": 10**300},
        {"kind": "delay", "seconds": 10**9},
    ],
)
async def test_a_fault_has_bounds(bare: httpx.AsyncClient, empty: Sandbox, order: dict[str, object]) -> None:
    assert (await bare.post("/_sandbox/faults", json=order)).status_code == 400
    assert empty.faults.waiting == ()


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b"{", b"\xff", b'{"From": "\\ud800", "To": "+1", "Body": ""}', b""]
)
async def test_what_is_no_json_is_told(bare: httpx.AsyncClient, content: bytes) -> None:
    answer = await bare.post("/_sandbox/inbound", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["message"]


async def test_too_much_is_not_read(bare: httpx.AsyncClient, empty: Sandbox) -> None:
    answer = await bare.post("/_sandbox/inbound", json=hello(empty, Body="x" * LARGEST))
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        ({"MediaUrl": "https://files.example/a.png"}, ["image/png"]),
        ({"MediaUrl": ["https://files.example/a.pdf", "https://files.example/b"]}, ["application/pdf", "image/jpeg"]),
        ({"MediaUrl0": "https://files.example/a.gif", "NumMedia": "1"}, ["image/gif"]),
        (
            {"MediaUrl0": "https://f.example/a.png", "MediaUrl1": "https://f.example/b.png", "NumMedia": 2},
            ["image/png"] * 2,
        ),
        ({"NumMedia": 0}, []),
    ],
)
async def test_files_may_arrive_with_a_message(
    bare: httpx.AsyncClient, empty: Sandbox, connect: Any, fields: dict[str, object], kinds: list[str]
) -> None:
    made = (await bare.post("/_sandbox/inbound", json=hello(empty, **fields))).json()
    assert made["num_media"] == str(len(kinds))
    assert made["sid"].startswith("MM" if kinds else "SM")
    listed = await connect(empty).do(lambda client: client.messages(made["sid"]).media.list())
    assert [media.content_type for media in listed] == kinds


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"MediaUrl": "a.png"}, "MediaUrl"),
        ({"MediaUrl": 7}, "MediaUrl"),
        ({"MediaUrl": ["https://f.example/a"] * 11}, "10"),
        ({"MediaUrl": "https://f.example/a", "NumMedia": 2}, "NumMedia"),
        ({"MediaUrl1": "https://f.example/a"}, "MediaUrl1"),
        ({"Colour": "blue"}, "Colour"),
        ({"Body": "x" * 70_000}, "Body"),
        ({"From": ""}, "From"),
        ({"From": "whatsapp:+14155550123"}, "whatsapp"),
    ],
)
async def test_what_would_be_left_out_is_refused(
    bare: httpx.AsyncClient, empty: Sandbox, fields: dict[str, object], word: str
) -> None:
    answer = await bare.post("/_sandbox/inbound", json=hello(empty, **fields))
    assert answer.status_code == 400
    assert word in answer.json()["message"]
    assert len(empty._account.store) == 0


async def test_a_number_is_the_same_however_it_is_written(bare: httpx.AsyncClient, empty: Sandbox) -> None:
    written = hello(empty, From="(415) 555-0123", To="+1 415 555 0100", Body="STOP")
    made = (await bare.post("/_sandbox/inbound", json=written)).json()
    assert (made["from"], made["to"]) == ("+14155550123", "+14155550100")


@pytest.mark.parametrize("fields", [{"Body": 5}, {"To": ""}, {"From": None}])
async def test_the_example_in_a_refusal_would_be_taken(
    bare: httpx.AsyncClient, empty: Sandbox, fields: dict[str, object]
) -> None:
    told = (await bare.post("/_sandbox/inbound", json=hello(empty, **fields))).json()["message"]
    example = json.loads(told[told.index("{") :])
    assert (await bare.post("/_sandbox/inbound", json=example)).status_code == 201


async def test_the_state_of_the_account_is_set_shown_and_put_back(
    bare: httpx.AsyncClient, empty: Sandbox, connect: Any
) -> None:
    before = (await bare.get("/_sandbox/state")).json()
    assert (before["status"], before["balance"], before["paid_lookups"]) == ("active", "73.4200", 0)
    assert (await bare.post("/_sandbox/state", json=before | {"paid_lookups": 0})).status_code == 400
    service = empty.services[4]
    changed = {"balance": "1.5", "disabled_countries": ["DE"], "campaigns": {service: "VERIFIED"}}
    after = (await bare.post("/_sandbox/state", json=changed)).json()
    assert after["balance"] == "1.5000"
    assert after["campaigns"] == {**before["campaigns"], service: "VERIFIED"}
    assert {name for name in before if before[name] != after[name]} == set(changed)
    assert (await connect(empty).do(lambda client: client.balance.fetch())).balance == "1.5000"
    gone = (await bare.post("/_sandbox/state", json={"campaigns": dict.fromkeys(after["campaigns"])})).json()
    assert gone["campaigns"] == {}
    assert (await bare.delete("/_sandbox/state")).status_code == 204
    assert (await bare.get("/_sandbox/state")).json() == before


@pytest.mark.parametrize(
    ("order", "word"),
    [
        ([], "JSON object"),
        ({"colour": 1}, "'colour'"),
        ({"status": "asleep"}, "active, suspended, closed"),
        ({"balance": "much"}, "balance"),
        ({"balance": True}, "balance"),
        ({"balance": "1e30"}, "balance"),
        ({"balance": "9e99999999"}, "balance"),
        ({"balance": "-9e99999999"}, "balance"),
        ({"balance": "NaN"}, "balance"),
        ({"disabled_countries": "DE"}, "a list"),
        ({"disabled_countries": ["Germany"]}, "'Germany'"),
        ({"disabled_countries": ["DE"] * 1000}, "300"),
        ({"full_queues": ["+14155550123"]}, "full_queues"),
        ({"queues": ["+14155550100"]}, "queues"),
        ({"queues": {"+14155550123": None}}, "'+14155550123'"),
        ({"queues": {"+14155550100": {"per_second": 0, "holds": 9}}}, "per_second"),
        ({"queues": {"+14155550100": {"per_second": 1e-12, "holds": 9}}}, "0.001"),
        ({"queues": {"+14155550100": {"per_second": True, "holds": 9}}}, "per_second"),
        ({"queues": {"+14155550100": {"per_second": 1}}}, "holds"),
        ({"creates_per_second": -1}, "creates_per_second"),
        ({"creates_per_second": True}, "creates_per_second"),
        ({"campaigns": {"MG1": None}}, "'MG1'"),
        ({"campaigns": []}, "campaigns"),
        ({"verifications": {"+18335550142": "fine"}}, "TWILIO_APPROVED"),
        ({"status": "suspended", "balance": []}, "balance"),
    ],
)
async def test_a_state_that_cannot_be_is_refused_by_name_and_nothing_changes(
    bare: httpx.AsyncClient, empty: Sandbox, order: object, word: str
) -> None:
    before = (await bare.get("/_sandbox/state")).json()
    answer = await bare.post("/_sandbox/state", json=order)
    assert answer.status_code == 400
    assert word in answer.json()["message"]
    assert (await bare.get("/_sandbox/state")).json() == before


@pytest.mark.parametrize("path", ["/_sandbox", "/_sandbox/", "/_sandbox/receive"])
async def test_a_mistyped_own_path_is_told_the_paths_there_are(bare: httpx.AsyncClient, path: str) -> None:
    answer = await bare.get(path)
    assert answer.status_code == 404
    assert "/_sandbox/inbound, /_sandbox/faults" in answer.json()["message"]


async def test_which_operations_there_are_is_told_and_every_one_of_them_is_answered(
    bare: httpx.AsyncClient, empty: Sandbox
) -> None:
    told = (await bare.get("/_sandbox/operations")).json()["operations"]
    assert {
        "method": "POST",
        "host": "api.twilio.com",
        "path": "/2010-04-01/Accounts/{AccountSid}/Messages.json",
    } in told
    assert {"method": "GET", "host": "messaging.twilio.com", "path": "/v1/Services/{Sid}"} in told
    assert not any(each["host"].startswith(("chat", "video")) for each in told)
    pair = (empty.account_sid, empty.auth_token)
    for each in told:
        path = re.sub(r"\{\w+\}", "XX", re.sub(r"/Accounts/\{\w+\}", f"/Accounts/{empty.account_sid}", each["path"]))
        answer = await bare.request(each["method"], path, headers={"Host": each["host"]}, auth=pair)
        assert answer.headers.get("X-Tuilio-Sandbox") is None, each
    assert (await bare.post("/_sandbox/operations", json={})).status_code == 405


async def test_whoever_shows_what_happens_here_is_told_how_to_connect(bare: httpx.AsyncClient, empty: Sandbox) -> None:
    answer = await bare.get("/_sandbox/connection")
    assert answer.headers["Content-Type"] == "application/json"
    told = answer.json()
    path = f"/2010-04-01/Accounts/{told['account_sid']}/Messages.json"
    for pair in ((told["account_sid"], told["auth_token"]), (told["api_key_sid"], told["api_key_secret"])):
        assert (await bare.get(path, auth=pair)).status_code == 200
    assert (await bare.post("/_sandbox/connection", json={})).status_code == 405
    assert all("_sandbox" not in served.target for served in empty.requests)
