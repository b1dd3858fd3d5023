"""The sandbox over plain HTTP: shapes, headers, refusals, faults, and its own paths."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import http_to
from tests.time_passing import let_pass
from tui.http_server.http_messages import Request
from tui.sandbox.errors import Refusal
from tui.sandbox.faults import Fault, FaultKind
from tui.sandbox.parameters import read_body
from tui.sandbox.server import Sandbox

MAYA = "+14155550123"
POST_MESSAGES = {"method": "POST", "path": r"Messages\.json$"}


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with http_to(sandbox) as client:
        yield client


def hello(sandbox: Sandbox) -> dict[str, str]:
    return {"To": MAYA, "From": sandbox.numbers[0], "Body": "Hello"}


async def newest(http: httpx.AsyncClient) -> Any:
    return (await http.get("/Messages.json", params={"PageSize": "1"})).json()["messages"][0]


async def test_a_list_has_the_classic_envelope(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    envelope = (await http.get("/Messages.json?PageSize=10&To=%2B14155550123")).json()
    path = f"/2010-04-01/Accounts/{sandbox.account_sid}/Messages.json"
    assert set(envelope) == {
        "messages", "page", "page_size", "start", "end", "uri",
        "first_page_uri", "next_page_uri", "previous_page_uri",
    }  # fmt: skip
    assert (envelope["page"], envelope["page_size"], envelope["start"], envelope["end"]) == (0, 10, 0, 9)
    assert envelope["first_page_uri"] == f"{path}?To=%2B14155550123&PageSize=10&Page=0"
    assert envelope["next_page_uri"].startswith(f"{path}?To=%2B14155550123&PageSize=10&Page=1&PageToken=PA")
    assert envelope["previous_page_uri"] is None


async def test_a_message_has_twilios_fields_and_types(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    message = await newest(http)
    assert set(message) == {
        "account_sid", "api_version", "body", "date_created", "date_sent", "date_updated", "direction",
        "error_code", "error_message", "from", "messaging_service_sid", "num_media", "num_segments", "price",
        "price_unit", "sid", "status", "subresource_uris", "to", "uri",
    }  # fmt: skip
    assert isinstance(message["num_segments"], str)
    assert re.fullmatch(r"Mon, 02 Mar 2026 11:5\d:00 \+0000", message["date_created"])
    assert message["uri"].endswith(f"/Messages/{message['sid']}.json")


async def test_answers_carry_twilios_headers(http: httpx.AsyncClient) -> None:
    answer = await http.get("/Messages.json", params={"PageSize": "1"})
    assert re.fullmatch(r"RQ[0-9a-f]{32}", answer.headers["Twilio-Request-Id"])
    assert answer.headers["Twilio-Concurrent-Requests"] == "1"
    assert float(answer.headers["Twilio-Request-Duration"]) >= 0
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/Nothing.json", 404, 20404),
        ("GET", f"/Messages/SM{'0' * 32}.json", 404, 20404),
        ("GET", "/Messages/nonsense.json", 404, 20404),
        ("GET", f"/IncomingPhoneNumbers/PN{'0' * 32}.json", 404, 20404),
        ("PUT", "/Messages.json", 405, 20004),
        ("GET", "/Messages.json?PageSize=0", 400, 20007),
        ("GET", "/Messages.json?Page=2", 400, 20001),
        ("GET", "/Messages.json?PageToken=PAnonsense", 400, 21481),
        ("GET", "/Messages.json?DateSent=yesterday", 400, 20001),
        ("GET", "/Messages.json?DateSent%3E=2026-13-40", 400, 20001),
        ("GET", "/Messages.json?DateSent=%3E%3D2026-02-27", 400, 20001),
        ("GET", "/Messages.json?DateSent%3E=%3C2026-02-27", 400, 20001),
    ],
)
async def test_what_cannot_be_answered_is_refused(
    http: httpx.AsyncClient, method: str, path: str, status: int, code: int
) -> None:
    answer = await http.request(method, path)
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert body["message"]


@pytest.mark.parametrize("authorization", ["", "Bearer x", "Basic !!!", "Basic eDp5", "Basic w4PDqQ=="])
async def test_credentials_that_are_not_ours_are_challenged(sandbox: Sandbox, authorization: str) -> None:
    async with httpx.AsyncClient(base_url=sandbox.base_url, trust_env=False, verify=False) as client:
        for path in ("/2010-04-01/Accounts.json", "/v1/Services", "/nowhere"):
            answer = await client.get(path, headers={"Authorization": authorization})
            assert (answer.status_code, answer.json()["code"]) == (401, 20003)
            assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("DateSent=2026-02-20", "20", "20"),
        ("DateSent=2026-02-20T00:00:00Z", "20", "20"),
        ("DateSent%3E=2026-02-20&DateSent%3C=2026-02-22", "20", "22"),
        ("DateSent%3E%3D=2026-02-20&DateSent%3C%3D=2026-02-22", "20", "22"),
        ("DateSent%3E=2026-02-19T23:59:59Z&DateSent%3C=2026-02-22T12:00:00.000-0800", "20", "22"),
    ],
)
async def test_days_are_whole_and_their_bounds_included(
    http: httpx.AsyncClient, query: str, first: str, last: str
) -> None:
    rows = (await http.get(f"/Messages.json?PageSize=1000&{query}")).json()["messages"]
    days = sorted({row["date_sent"][5:7] for row in rows if row["date_sent"] and "Feb" in row["date_sent"]})
    assert days[0] == first
    assert days[-1] == last


async def test_a_number_in_a_filter_may_be_written_loosely(http: httpx.AsyncClient) -> None:
    strict = (await http.get("/Messages.json", params={"To": MAYA})).json()["messages"]
    loose = (await http.get("/Messages.json", params={"To": "(415) 555-0123"})).json()["messages"]
    assert len(strict) > 3
    assert loose == strict


async def test_a_multipart_form_is_read_too(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    files = {name: (None, value) for name, value in {**hello(sandbox), "Body": "Grüße 🙂"}.items()}
    answer = await http.post("/Messages.json", files={**files, "Extra": ("a.txt", b"file")})
    assert (answer.status_code, answer.json()["body"]) == (201, "Grüße 🙂")


_FIELD = b'Content-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--a'


def _inside(n: int) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n)


@pytest.mark.parametrize(
    ("kind", "body", "pairs"),
    [
        ("a", b"before\r\n--a\r\n" + _FIELD % (b"To", b"+1\r\n\r\n") + b"--\r\nafter", [("To", "+1\r\n\r\n")]),
        ('"a"', b"--a\r\n" + _FIELD % (b'a \\"b\\"; filename=c', b"") + b"--", [('a "b"; filename=c', "")]),
        ("a", b"--a\r\nContent-Type: x/y; name=z\r\n" + _FIELD % (b"To", b"1") + b"--", [("To", "1")]),
        ("a", b"--a--" + _FIELD % (b"To", b"1"), []),
        ("", b"--\r\n" + _FIELD % (b"To", b"1"), []),
        # What Python's reader of mail takes seconds and more for, or no end of calls within calls.
        ("a", b"--a\r\n" + b"".join(map(_inside, range(900))), []),
        ("a", b"--a\r\n" + b"Content-Disposition: form-data" + b'; name*0="a"' * 150_000 + b"\r\n\r\n1\r\n--a--", []),
        ("a", b"--a\r\n" + b'; name="\\' * 50_000, []),
    ],
)
def test_a_multipart_body_is_read_in_the_time_that_it_is_long(
    kind: str, body: bytes, pairs: list[tuple[str, str]]
) -> None:
    headers = (("Content-Type", f"multipart/form-data; boundary={kind}"),)
    assert [*read_body(Request("POST", "/", "/", "", headers, body, ("127.0.0.1", 1))).pairs] == pairs


def test_as_many_parts_as_parameters_are_read() -> None:
    headers = (("Content-Type", "multipart/form-data; boundary=a"),)
    body = b"--a\r\n" + (_FIELD % (b"To", b"1") + b"\r\n") * 1_001
    request = Request("POST", "/", "/", "", headers, body, ("127.0.0.1", 1))
    with pytest.raises(Refusal, match="More than 1000 parameters"):
        read_body(request)
    assert len(read_body(replace(request, body=body[: body.rindex(b"\r\nContent")])).pairs) == 1_000


async def test_an_inbound_message_can_be_made_from_outside(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    message = {"From": MAYA, "To": sandbox.numbers[0], "Body": "STOP"}
    async with httpx.AsyncClient(base_url=sandbox.base_url, trust_env=False, verify=False) as client:
        assert (await client.post("/_sandbox/inbound", json=message)).status_code == 201
    assert (await newest(http))["direction"] == "inbound"
    assert (await http.post("/Messages.json", data=hello(sandbox))).json()["code"] == 21610


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("inbound", {"To": "+1"}, "From"),
        ("inbound", [], "JSON object"),
        ("faults", {"kind": "no such"}, "kind"),
        ("faults", {}, "kind"),
        ("faults", {"kind": "429", "times": "2"}, "times"),
        ("faults", {"kind": "429", "path": "("}, "path"),
        ("faults", {"kind": "429", "colour": 1}, "colour"),
        ("faults", {"kind": "html", "status": 42}, "status"),
    ],
)
async def test_what_is_wrong_with_an_order_is_told(sandbox: Sandbox, path: str, body: object, word: str) -> None:
    async with httpx.AsyncClient(base_url=sandbox.base_url, trust_env=False, verify=False) as client:
        answer = await client.post(f"/_sandbox/{path}", json=body)
    assert answer.status_code == 400
    assert word in answer.json()["message"]


async def test_faults_are_set_listed_and_cleared_over_http(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    async with httpx.AsyncClient(base_url=sandbox.base_url, trust_env=False, verify=False) as client:
        await client.post("/_sandbox/faults", json=[{"kind": "429", "times": 2}, {"kind": "garbage"}])
        assert (await http.get("/Balance.json")).status_code == 429
        waiting = (await client.get("/_sandbox/faults")).json()["faults"]
        assert [(fault["kind"], fault["times"]) for fault in waiting] == [("429", 1), ("garbage", 1)]
        await client.delete("/_sandbox/faults")
        assert (await http.get("/Balance.json")).status_code == 200
        served = (await client.get("/_sandbox/requests")).json()["requests"]
    assert [(row["method"], row["status"]) for row in served] == [("GET", 429), ("GET", 200)]
    assert [served.status for served in sandbox.requests] == [429, 200]


@pytest.mark.parametrize("retry_after", [None, 2, 0.5, "Mon, 02 Mar 2026 12:00:09 GMT"])
async def test_429_processes_nothing(http: httpx.AsyncClient, sandbox: Sandbox, retry_after: Any) -> None:
    sandbox.faults.add(Fault(FaultKind.RATE_LIMIT, retry_after=retry_after, **POST_MESSAGES))
    before = await newest(http)
    answer = await http.post("/Messages.json", data=hello(sandbox))
    assert (answer.status_code, answer.json()["code"]) == (429, 20429)
    assert answer.headers.get("Retry-After") == (None if retry_after is None else str(retry_after))
    assert await newest(http) == before
    assert (await http.post("/Messages.json", data=hello(sandbox))).status_code == 201


@pytest.mark.parametrize(("kind", "accepted"), [(FaultKind.ERROR_BEFORE, False), (FaultKind.ERROR_AFTER, True)])
async def test_a_500_comes_before_or_after_the_message_is_accepted(
    http: httpx.AsyncClient, sandbox: Sandbox, kind: FaultKind, accepted: bool
) -> None:
    sandbox.faults.add(Fault(kind, **POST_MESSAGES))
    answer = await http.post("/Messages.json", data=hello(sandbox))
    assert (answer.status_code, answer.json()["code"]) == (500, 20500)
    assert ((await newest(http))["body"] == "Hello") is accepted


@pytest.mark.parametrize(("kind", "accepted"), [(FaultKind.RESET_BEFORE, False), (FaultKind.RESET_AFTER, True)])
async def test_a_reset_comes_before_or_after_the_message_is_accepted(
    http: httpx.AsyncClient, sandbox: Sandbox, kind: FaultKind, accepted: bool
) -> None:
    sandbox.faults.add(Fault(kind, **POST_MESSAGES))
    with pytest.raises(httpx.ReadError):
        await http.post("/Messages.json", data=hello(sandbox))
    assert sandbox.requests[-1].status == 0
    assert ((await newest(http))["body"] == "Hello") is accepted


@pytest.mark.parametrize("kind", [FaultKind.TRUNCATED, FaultKind.GARBAGE])
async def test_half_an_answer_and_no_answer_are_protocol_errors(
    http: httpx.AsyncClient, sandbox: Sandbox, kind: FaultKind
) -> None:
    sandbox.faults.add(Fault(kind, **POST_MESSAGES))
    with pytest.raises(httpx.RemoteProtocolError):
        await http.post("/Messages.json", data=hello(sandbox))
    assert (await newest(http))["body"] == "Hello"


@pytest.mark.parametrize(("status", "shown"), [(None, 502), (200, 200)])
async def test_an_html_page_stands_where_json_should(
    http: httpx.AsyncClient, sandbox: Sandbox, status: int | None, shown: int
) -> None:
    sandbox.faults.add(Fault(FaultKind.HTML, status=status))
    answer = await http.get("/Messages.json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (shown, "text/html; charset=utf-8")
    assert answer.text.startswith("<!DOCTYPE html>")


async def test_wrong_json_is_json_all_the_same(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(FaultKind.WRONG_JSON))
    answer = await http.get("/Messages.json")
    assert answer.status_code == 200
    assert not isinstance(json.loads(answer.text)["messages"], list)


@pytest.mark.parametrize(("kind", "accepted"), [(FaultKind.DELAY, True), (FaultKind.DELAY_BEFORE, False)])
async def test_a_late_answer_runs_into_the_clients_timeout(
    http: httpx.AsyncClient, sandbox: Sandbox, until: Any, kind: FaultKind, accepted: bool
) -> None:
    sandbox.faults.add(Fault(kind, seconds=60, **POST_MESSAGES))
    answer = asyncio.create_task(http.post("/Messages.json", data=hello(sandbox), timeout=20))
    await until(None, lambda: sandbox.requests)
    let_pass(21)
    with pytest.raises(httpx.ReadTimeout):
        await answer
    assert ((await newest(http))["body"] == "Hello") is accepted
    assert [(served.method, served.status) for served in sandbox.requests] == [("POST", 0), ("GET", 200)]


async def test_an_answer_that_waits_is_given_when_the_faults_are_forgotten(
    http: httpx.AsyncClient, sandbox: Sandbox, until: Any
) -> None:
    sandbox.faults.add(Fault(FaultKind.DELAY, seconds=60, **POST_MESSAGES))
    answer = asyncio.create_task(http.post("/Messages.json", data=hello(sandbox)))
    await until(None, lambda: sandbox.requests)
    assert not answer.done()
    sandbox.faults.clear()
    assert (await answer).status_code == 201


async def test_a_dripping_answer_arrives_whole_in_the_end(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(FaultKind.DRIP, seconds=0.0005))
    assert (await http.get("/Balance.json")).json()["currency"] == "USD"


async def test_a_fault_waits_for_its_method_path_and_turn(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("429", method="get", path="Balance", skip=1, times=2))
    statuses = [(await http.get(path)).status_code for path in ("/Messages.json?PageSize=1", *["/Balance.json"] * 4)]
    assert statuses == [200, 200, 429, 429, 200]
    assert sandbox.faults.waiting == ()


async def test_a_fault_without_end_strikes_until_it_is_cleared(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("429", times=0))
    assert [(await http.get("/Balance.json")).status_code for _ in range(5)] == [429] * 5
    sandbox.faults.clear()
    assert (await http.get("/Balance.json")).status_code == 200


async def test_credentials_are_the_same_from_run_to_run_and_differ_by_seed() -> None:
    def identity(sandbox: Sandbox) -> tuple[str, ...]:
        return (sandbox.account_sid, sandbox.auth_token, sandbox.api_key_sid, sandbox.api_key_secret)

    assert identity(Sandbox(history=0)) == identity(Sandbox(history=3))
    assert not set(identity(Sandbox(history=0))) & set(identity(Sandbox(history=0, seed=1)))


def test_a_speed_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="speed"):
        Sandbox(speed=0)
