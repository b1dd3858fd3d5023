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
from tui.sandbox.errors import _TEXTS, HAS, NotInSandbox, check_product
from tui.sandbox.history import MISHAPS
from tui.sandbox.lifecycle import FAILED, RCS_UNREACHABLE, UNDELIVERED
from tui.sandbox.router import Router, served_operations
from tui.sandbox.server import Sandbox
from tui.twilio.error_catalogue import explain
from tui.twilio.operations import Operation, operations

MARK = "X-Tuilio-Sandbox"
NO_SUCH = "0" * 32
PRODUCTS = {"accounts", "api", "content", "lookups", "messaging", "monitor", "pricing"}


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
            check_product(operation.host, operation.method, path)
            router.find(operation.method, path)
        except NotInSandbox as lacking:
            assert (lacking.status, lacking.code) in {(404, 20404), (405, 20004)}
            assert lacking.message.startswith(f"The sandbox has no {operation.method} ")
            assert HAS in lacking.message
        else:
            assert operation.host.partition(".")[0] in PRODUCTS
            served.append(operation)
    assert served == list(served_operations())
    assert len(served) > 50


@pytest.mark.parametrize(
    "url",
    [
        "POST https://verify.twilio.com/v2/Services",
        "GET https://lookups.twilio.com/v1/PhoneNumbers/+14155550123",
        "GET https://messaging.twilio.com/v1/Deactivations",
        "GET https://api.twilio.com/2010-04-01/Accounts/{AC}/Calls.json",
        "POST https://api.twilio.com/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers.json",
        "GET https://api.twilio.com/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers/Local.json",
        "DELETE https://messaging.twilio.com/v1/Services/MG00000000000000000000000000000000",
    ],
)
@pytest.mark.parametrize("by_host", [True, False])
async def test_the_answer_says_whose_it_is(http: httpx.AsyncClient, empty: Sandbox, url: str, by_host: bool) -> None:
    method, _, whole = url.replace("{AC}", empty.account_sid).partition(" ")
    parts = urlsplit(whole)
    answer = await http.request(method, parts.path, headers={"Host": parts.netloc} if by_host else {})
    assert answer.status_code in {404, 405}
    assert answer.headers[MARK] == "not-implemented"
    assert parts.path in answer.json()["message"]
    assert HAS in answer.json()["message"]


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
    assert (answer.status_code, answer.headers[MARK]) == (404, "not-implemented")
    assert f"write {whole}.json" in answer.json()["message"]


async def test_what_twilio_does_not_do_either_is_its_405(http: httpx.AsyncClient, empty: Sandbox) -> None:
    answer = await http.put(f"/2010-04-01/Accounts/{empty.account_sid}/Messages.json")
    assert (answer.status_code, answer.json()["code"], MARK in answer.headers) == (405, 20004, False)


async def test_the_services_of_another_product_are_not_taken_for_messaging_services(http: httpx.AsyncClient) -> None:
    for host, served in (("messaging", True), ("messaging.dublin.ie1", True), ("conversations", False), ("api", False)):
        answer = await http.get("/v1/Services", headers={"Host": f"{host}.twilio.com"})
        assert (answer.status_code == 200) is served, host
        assert (MARK in answer.headers) is not served


async def test_the_official_client_shows_the_sentence(empty: Sandbox, connect: Any) -> None:
    official = connect(empty)
    with pytest.raises(TwilioRestException) as caught:
        await official.do(lambda client: client.messaging.v1.services.create(friendly_name="New"))
    assert (caught.value.status, caught.value.code) == (405, 20004)
    assert "The sandbox has no POST /v1/Services" in caught.value.msg


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
    tables = {*_TEXTS, *UNDELIVERED, *FAILED, *MISHAPS, RCS_UNREACHABLE, NO_ANSWER, BAD_STATUS, TOO_LARGE}
    assert tables <= set(written)
