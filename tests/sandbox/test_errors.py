"""What the sandbox has not says so, and is told apart from a SID that is wrong."""

from __future__ import annotations

import re
import tokenize
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException

import tui.sandbox
from tests.sandbox.conftest import path_of
from tui.sandbox.alerts import BAD_STATUS, NO_ANSWER, TOO_LARGE
from tui.sandbox.errors import _TEXTS, NOT_IMPLEMENTED, NotInSandbox
from tui.sandbox.history import MISHAPS
from tui.sandbox.lifecycle import FAILED, RCS_UNREACHABLE, UNDELIVERED
from tui.sandbox.router import TABLE, Router, served_operations
from tui.sandbox.server import Sandbox
from tui.twilio.error_catalogue import explain
from tui.twilio.operations import Operation, operations

MARK = "X-Tuilio-Sandbox"
NO_SUCH = "0" * 32


@pytest.fixture
async def http(empty: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=empty.base_url, auth=(empty.account_sid, empty.auth_token), trust_env=False
    ) as client:
        yield client


def test_every_operation_of_twilios_is_served_or_said_to_be_missing() -> None:
    router = Router("AC")
    served: list[Operation] = []
    for operation in operations():
        path = path_of(operation, "AC", f"XX{NO_SUCH}")
        try:
            router.find(operation.method, path, operation.product)
        except NotInSandbox as lacking:
            assert (lacking.status, lacking.code) == (501, 501)
            assert lacking.message.startswith("The sandbox has no ")
            assert operation.product.capitalize() in lacking.message
            assert f"{operation.method} {path}"[:200] in lacking.message
        else:
            served.append(operation)
    assert served == list(served_operations())
    assert len(served) >= 51


def test_what_is_routed_is_twilios() -> None:
    """But for the bytes of a file, of which its OpenAPI description does not tell."""
    known = {(each.product, each.path, each.method) for each in operations()}
    routed = {(name, path, method) for name, paths in TABLE.items() for path, each in paths.items() for method in each}
    bytes_of_a_file = "/2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}/Media/{Sid}"
    assert routed - known == {("api", bytes_of_a_file, "GET"), ("api", bytes_of_a_file, "DELETE")}


@pytest.mark.parametrize(
    "url",
    [
        "POST https://video.twilio.com/v1/Rooms",
        "GET https://lookups.twilio.com/v1/PhoneNumbers/+14155550123",
        "GET https://messaging.twilio.com/v1/Deactivations",
        "GET https://api.twilio.com/2010-04-01/Accounts/{AC}/Calls.json",
        "GET https://api.twilio.com/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers/{PN}/AssignedAddOns.json",
    ],
)
@pytest.mark.parametrize("told", ["by path", "by host", "by segment"])
async def test_the_answer_says_whose_it_is(http: httpx.AsyncClient, empty: Sandbox, url: str, told: str) -> None:
    number = empty._account.senders.numbers[0].sid
    method, _, whole = url.replace("{AC}", empty.account_sid).replace("{PN}", number).partition(" ")
    parts = urlsplit(whole)
    product = parts.netloc.partition(".")[0]
    path = f"/{product}{parts.path}" if told == "by segment" else parts.path
    answer = await http.request(method, path, headers={"Host": parts.netloc} if told == "by host" else {})
    assert answer.status_code == 501
    assert answer.headers[MARK] == "not-implemented"
    assert answer.json()["code"] == answer.json()["status"] == 501
    assert f"{method} {parts.path}" in answer.json()["message"]
    assert product.capitalize() in answer.json()["message"]
    assert " it has: " in answer.json()["message"] or " It has: " in answer.json()["message"]
    assert "Records/" not in answer.json()["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1/Nonsense",
        "/v9/Services",
        "/nonsense/v1/Services",
        "/verify/v1/Nonsense",
        "/2010-04-01/Accounts/x/Keys.json",
        "/2010-04-01/Accounts/AC123/Messages.json",
    ],
)
async def test_what_is_nobodys_is_twilios_404(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.json()["code"], MARK in answer.headers) == (404, 20404, False)


@pytest.mark.parametrize(
    "path",
    [
        f"Messages/SM{NO_SUCH}.json",
        "Messages/nonsense.json",
        f"Messages/SM{NO_SUCH}/Media.json",
        f"IncomingPhoneNumbers/PN{NO_SUCH}.json",
        "IncomingPhoneNumbers/nonsense.json",
    ],
)
async def test_a_wrong_sid_is_twilios_own_404(http: httpx.AsyncClient, empty: Sandbox, path: str) -> None:
    answer = await http.get(f"/2010-04-01/Accounts/{empty.account_sid}/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)
    assert answer.json()["message"].startswith("The requested resource /2010-04-01/")
    assert MARK not in answer.headers


@pytest.mark.parametrize("path", ["Messages", "IncomingPhoneNumbers", f"Messages/SM{NO_SUCH}", "Usage/Records/Today"])
async def test_who_asks_for_xml_is_told_to_ask_for_json(http: httpx.AsyncClient, empty: Sandbox, path: str) -> None:
    whole = f"/2010-04-01/Accounts/{empty.account_sid}/{path}"
    answer = await http.get(whole)
    assert (answer.status_code, answer.headers[MARK]) == (501, "not-implemented")
    assert f"write {whole}.json" in answer.json()["message"]


async def test_what_twilio_does_not_do_either_is_its_405(http: httpx.AsyncClient, empty: Sandbox) -> None:
    answer = await http.put(f"/2010-04-01/Accounts/{empty.account_sid}/Messages.json")
    assert (answer.status_code, answer.json()["code"], MARK in answer.headers) == (405, 20004, False)


async def test_a_product_is_named_by_its_host_or_by_a_segment_before_the_version(
    http: httpx.AsyncClient, empty: Sandbox
) -> None:
    """Several products have a `/v1/Services`; without a name it is messaging's."""
    for host, served in (("messaging", True), ("messaging.dublin.ie1", True), ("conversations", False), ("api", None)):
        answer = await http.get("/v1/Services", headers={"Host": f"{host}.twilio.com"})
        assert answer.status_code == {True: 200, False: 501, None: 404}[served], host
        assert (MARK in answer.headers) is (served is False)
    for segment, status in (("/messaging", 200), ("/conversations", 501), ("/api", 404), ("", 200)):
        answer = await http.get(f"{segment}/v1/Services")
        assert answer.status_code == status, segment
        if status == 200:
            page = answer.json()
            urls = (page["meta"]["url"], page["services"][0]["url"], page["services"][0]["links"]["phone_numbers"])
            assert all(url.startswith(f"{empty.base_url}{segment}/v1/Services") for url in urls)


async def test_whoever_names_a_product_pages_through_its_lists(empty: Sandbox, connect: Any) -> None:
    official = connect(empty)
    for product in (official.client.messaging, official.client.api):
        product.base_url = f"{empty.base_url}/{type(product).__name__.lower()}"
    services = await official.do(lambda client: client.messaging.v1.services.list(page_size=2))
    assert [service.sid for service in services] == list(empty.services)
    numbers = await official.do(lambda client: client.incoming_phone_numbers.list(page_size=2))
    assert [number.phone_number for number in numbers] == list(empty.numbers)


async def test_the_official_client_shows_the_sentence(empty: Sandbox, connect: Any) -> None:
    official = connect(empty)
    with pytest.raises(TwilioRestException) as caught:
        await official.do(lambda client: client.messaging.v1.deactivations().fetch())
    assert (caught.value.status, caught.value.code) == (501, 501)
    assert "The sandbox has no GET /v1/Deactivations of Messaging" in caught.value.msg


def test_every_code_that_the_sandbox_writes_is_explained():
    """Read from its sources, where only error codes are written as five or six digits in a row (`36_000` else)."""
    written: dict[int, str] = {}
    for path in Path(tui.sandbox.__file__).parent.glob("*.py"):
        with path.open("rb") as source:
            for token in tokenize.tokenize(source.readline):
                if token.type == tokenize.NUMBER and re.fullmatch(r"[1-9][0-9]{4,5}", token.string):
                    written[int(token.string)] = path.name
    assert {code: name for code, name in written.items() if explain(code) is None} == {}
    # Its own tables are among them: what it refuses, what becomes of messages, what is noted of webhooks.
    tables = {
        *_TEXTS.keys() - {NOT_IMPLEMENTED},
        *UNDELIVERED,
        *FAILED,
        *MISHAPS,
        RCS_UNREACHABLE,
        NO_ANSWER,
        BAD_STATUS,
        TOO_LARGE,
    }
    assert tables <= set(written)
