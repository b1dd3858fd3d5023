"""Every operation that the sandbox serves is asked, and its answer held against Twilio's description of it."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.sandbox.answer_shapes import ANSWERS, faults_of, faults_of_answer, plain_path
from tui.sandbox.alerts import WebhookAnswer
from tui.sandbox.identity import derive
from tui.sandbox.lookup_packages import PACKAGES
from tui.sandbox.router import served_operations
from tui.sandbox.senders import SHORT_CODE, UNVERIFIED
from tui.sandbox.server import Sandbox
from tui.twilio.operations import Operation

MAYA = "+14155550123"
FRONT_DESK = "+14155550100"
VERIFY = "verify.twilio.com"

# What is sent with the operations that change something.
FORMS: dict[str, dict[str, Any]] = {
    "/Accounts/{}/Messages": {"To": MAYA, "From": FRONT_DESK, "Body": "Hello"},
    "/Accounts/{}/Messages/{}": {"Body": ""},
    "/Accounts/{}/IncomingPhoneNumbers": {"AreaCode": "415"},
    "/Accounts/{}/IncomingPhoneNumbers/Local": {"PhoneNumber": "+14155550160"},
    "/Accounts/{}/IncomingPhoneNumbers/Mobile": {"PhoneNumber": "+447700900150"},
    "/Accounts/{}/IncomingPhoneNumbers/TollFree": {"PhoneNumber": "+18335550150"},
    "/v1/Services": {"FriendlyName": "Night line"},
    "/v1/Services/{}/PhoneNumbers": {"PhoneNumberSid": "PN" + derive(2026, UNVERIFIED)},
    "/v1/Services/{}/ShortCodes": {"ShortCodeSid": "SC" + derive(2026, SHORT_CODE)},
    "/v1/Services/{}/AlphaSenders": {"AlphaSender": "ACME"},
    "/v1/Content": {"language": "en", "types": {"twilio/text": {"body": "Hi"}}},
    "/v1/Content/{}": {"types": {"twilio/text": {"body": "Hi"}}},
    "/v1/Content/{}/ApprovalRequests/whatsapp": {"name": "hello", "category": "UTILITY"},
    "/v2/Services": {"FriendlyName": "Owl"},
    "/v2/Services/{}/Verifications": {"To": MAYA, "Channel": "call"},
    "/v2/Services/{}/Verifications/{}": {"Status": "canceled"},
    "/v2/Services/{}/VerificationCheck": {"To": MAYA, "Code": "0000"},
}
QUERY = {"PageSize": "1000", "Fields": ",".join(PACKAGES), "LastVerifiedDate": "20240229"}


class Asked:
    """A sandbox that is asked; what its lists hold first fills the placeholders of what lies below them."""

    def __init__(self, sandbox: Sandbox, client: httpx.AsyncClient) -> None:
        self.client = client
        self.known = {"/Accounts": sandbox.account_sid, "/v2/PhoneNumbers": "+14155530006"}
        self.known["/Accounts/{}/AvailablePhoneNumbers"] = "GB"

    async def ask(self, operation: Operation) -> httpx.Response:
        plain = plain_path(operation)
        path = operation.path
        for found in re.finditer(r"\{\}", plain):
            path = re.sub(r"\{\w+\}", self.known[plain[: found.start() - 1]], path, count=1)
        form = FORMS.get(plain) if operation.method in {"POST", "PUT"} else None
        answer = await self.client.request(
            operation.method,
            path,
            headers={"Host": operation.host},
            params=QUERY if operation.method == "GET" else None,
            **({"json": form} if operation.body_type == "json" else {"data": form}),
        )
        if operation.method == "GET" and ANSWERS[f"GET {operation.product} {plain}"][0]:
            rows = answer.json()[ANSWERS[f"GET {operation.product} {plain}"][0]]
            if rows:
                self.known.setdefault(plain, rows[0].get("sid") or rows[0].get("iso_country"))
        elif answer.status_code == 201:
            self.known.setdefault(plain, answer.json().get("sid"))
        return answer


@pytest.fixture
async def asked(sandbox: Sandbox) -> Any:
    pair = (sandbox.account_sid, sandbox.auth_token)
    async with httpx.AsyncClient(base_url=sandbox.base_url, auth=pair, trust_env=False) as client:
        asking = Asked(sandbox, client)
        (service,) = sandbox._account.verifications.services
        form = {"To": "+4915550000123", "Channel": "sms"}
        started = await client.post(f"/v2/Services/{service}/Verifications", data=form, headers={"Host": VERIFY})
        asking.known["/v2/Services/{}/Verifications"] = started.json()["sid"]
        # One that may be changed.
        asking.known["/v1/Content"] = sandbox._account.templates.all()[-1].sid
        message = sandbox.receive(MAYA, FRONT_DESK, "Look", ("https://files.example/a.png",))
        for code in (11200, 11205):
            sandbox._account.alerts.add(message.sid, code, WebhookAnswer("POST", "http://127.0.0.1:9/hook", ()))
        yield asking


async def test_every_answer_has_the_fields_and_types_of_twilios_description(asked: Asked) -> None:
    everything = sorted(served_operations(), key=lambda each: len(each.path))
    # What a list lacks is made before one of it is asked for.
    order = sorted(
        (each for each in everything if each.method != "DELETE"), key=lambda each: (len(each.path), each.method)
    )
    # Members of pools before numbers, which leave their pools when they are released.
    removals = [each for each in everything if each.method == "DELETE"]
    order += sorted(removals, key=lambda each: (each.product == "api", -len(each.path)))
    assert sorted(order, key=str) == sorted(everything, key=str)
    wrong: list[str] = []
    for operation in order:
        answer = await asked.ask(operation)
        if operation.method == "DELETE":
            assert (answer.status_code, answer.content) == (204, b"")
            continue
        assert answer.status_code in {200, 201}, (operation, answer.text)
        wrong += faults_of_answer(operation, answer.json())
    assert sorted(set(wrong)) == []


def test_the_table_names_what_is_served_and_nothing_else() -> None:
    served = {f"{each.method} {each.product} {plain_path(each)}" for each in served_operations()}
    assert {name for name in served if not name.startswith("DELETE")} == ANSWERS.keys()


def test_what_does_not_fit_the_description_is_found() -> None:
    shape = {"a": "s?", "b": "[i]", "c": "x|y", "d": "rfc"}
    assert list(faults_of({"a": None, "b": [1], "c": "x", "d": "Mon, 02 Mar 2026 12:00:00 +0000"}, shape, "")) == []
    wrong = {"b": [True], "c": "z", "d": "2026-03-02", "e": 1}
    assert {text.split()[0] + text.split()[1] for text in faults_of(wrong, shape, "it")} == {
        *("itlacks", "ithas", "it.b[]is", "it.cis", "it.dis"),
    }
