"""Every documented parameter of every operation that the sandbox serves: obeyed, refused, or without effect at Twilio.

The parameters come from Twilio's own description of its API, so that neither a new operation nor a new parameter can be
taken in silence. What counts as obeyed or refused: with the parameter, everything that can be seen (the answer, the
messages and what was called two minutes later) is another than without it, in two sandboxes that are alike.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.sandbox import product_parameters, sender_parameters
from tests.sandbox.conftest import Clock, path_of
from tui.http_server.http_messages import Request
from tui.sandbox.account import SandboxAccount
from tui.sandbox.alerts import WebhookAnswer
from tui.sandbox.router import served_operations
from tui.sandbox.senders import SHORT_CODE, PoolMember
from tui.sandbox.server import Sandbox
from tui.twilio.operations import Operation

MAYA = "+14155550123"
BERLIN = product_parameters.BERLIN
FRONT_DESK = "+14155550100"
PAGING = {"PageSize": "1", "Page": "1", "PageToken": "PAnonsense"}
SIDS = {letters: letters + "0" * 32 for letters in ("AC", "AD", "AP", "BU", "HX", "RI", "TK")}
HOOK = "http://127.0.0.1:9/hook"

# Operation → what is asked before the parameter is added; `$service` is a messaging service.
BASE: dict[str, dict[str, str]] = {
    "POST /Messages.json": {"To": MAYA, "From": FRONT_DESK, "Body": "“Hi” https://files.example/a"},
    **sender_parameters.BASE,
    **product_parameters.BASE,
}
# Parameters that need another base: the one here takes the place of BASE.
OWN_BASE: dict[tuple[str, str], dict[str, str]] = {
    ("POST /Messages.json", "To"): {"From": FRONT_DESK, "Body": "Hi"},
    ("POST /Messages.json", "From"): {"To": MAYA, "Body": "Hi"},
    ("POST /Messages.json", "Body"): {"To": MAYA, "From": FRONT_DESK},
    ("POST /Messages.json", "ValidityPeriod"): {"To": "+14155560000", "From": FRONT_DESK, "Body": "Hi"},
    ("POST /Messages.json", "ShortenUrls"): {"To": MAYA, "From": "$service", "Body": "Hi https://files.example/a"},
    ("POST /Messages.json", "SendAt"): {"To": MAYA, "From": "$service", "Body": "Hi", "ScheduleType": "fixed"},
    ("POST /Messages.json", "ScheduleType"): {"To": MAYA, "From": "$service", "Body": "Hi"},
    ("POST /Messages.json", "ContentVariables"): {"To": MAYA, "From": FRONT_DESK, "ContentSid": "$template"},
    **sender_parameters.OWN_BASE,
    **product_parameters.OWN_BASE,
}
# Operation → parameter → a value that has to make a difference.
VALUES: dict[str, dict[str, str]] = {
    "GET .json": {"FriendlyName": "Another", "Status": "closed", **PAGING},
    "GET /Messages.json": {
        "To": MAYA,
        "From": MAYA,
        "DateSent": "2026-02-27",
        "DateSent<": "2026-02-27",
        "DateSent>": "2026-02-27",
        **PAGING,
    },
    "POST /Messages.json": {
        "To": MAYA,
        "From": FRONT_DESK,
        "Body": "Hello",
        "StatusCallback": HOOK,
        "ApplicationSid": SIDS["AP"],
        "ValidityPeriod": "10",
        "ContentRetention": "discard",
        "AddressRetention": "obfuscate",
        "SmartEncoded": "true",
        "ShortenUrls": "true",
        "ScheduleType": "asap",
        "SendAt": "2026-03-02T14:00:00Z",
        "SendAsMms": "true",
        "ContentVariables": '{"name": "Ana"}',
        "FallbackFrom": FRONT_DESK,
        "MessagingServiceSid": "$service",
        "MediaUrl": "https://files.example/a.png",
        "ContentSid": "$template",
    },
    "POST /Messages/{Sid}.json": {"Body": "", "Status": "canceled"},
    "POST /Messages/{MessageSid}/Feedback.json": {"Outcome": "unconfirmed"},
    "GET /Messages/{MessageSid}/Media.json": {
        "DateCreated": "2020-01-01",
        "DateCreated<": "2020-01-01",
        "DateCreated>": "2027-01-01",
        **PAGING,
    },
    **{
        f"GET /Usage/Records{below}.json": {
            "Category": "sms",
            "StartDate": "2026-03-03",
            "EndDate": "2026-02-10",
            **PAGING,
        }
        for below in (
            *("", "/AllTime", "/Daily", "/LastMonth", "/Monthly"),
            *("/ThisMonth", "/Today", "/Yearly", "/Yesterday"),
        )
    },
    "GET /v1/Alerts": {"LogLevel": "warning", "StartDate": "2026-03-03", "EndDate": "2026-03-01", **PAGING},
    "GET /v1/Messaging/Countries": PAGING,
    "GET /v1/Services": PAGING,
    "GET /v1/Services/{ServiceSid}/PhoneNumbers": PAGING,
    "GET /v1/Services/{MessagingServiceSid}/Compliance/Usa2p": {"Page": "1", "PageToken": "PAnonsense"},
    "GET /v1/a2p/BrandRegistrations": PAGING,
    "GET /v1/Tollfree/Verifications": {
        "TollfreePhoneNumberSid": "PN" + "0" * 32,
        "Status": "TWILIO_APPROVED",
        "ExternalReferenceId": "mine",
        "TrustProductSid": SIDS["BU"],
        **PAGING,
    },
    "GET /v1/Messaging/GeoPermissions": {"CountryCode": "DE,CU"},
    **product_parameters.VALUES,
    **sender_parameters.VALUES,
}
# What is taken and changes nothing, and why that is true of Twilio as well.
WITHOUT_EFFECT: dict[str, dict[str, str]] = {
    "POST /Messages.json": {
        "MaxPrice": "obsolete: without any effect since June 2024",
        "ProvideFeedback": "announces a call of Feedback, which is taken either way; no field shows it",
        "Attempt": "counts the sender's own attempts; no field shows it",
        "ForceDelivery": "reserved",
        "PersistentAction": "a location or the like on WhatsApp; no field of a message shows it",
        "TrafficType": "reserved",
        "RiskCheck": "exempts from fraud checks, of which the sandbox has none; no field shows it",
    },
    "GET /v1/Services/{MessagingServiceSid}/Compliance/Usa2p": {"PageSize": "a service has one campaign at most"},
    "GET /v1/Tollfree/Verifications": {"IncludeSubAccounts": "the sub-account has no numbers"},
    **sender_parameters.WITHOUT_EFFECT,
    **product_parameters.WITHOUT_EFFECT,
    **{
        operation: {"IncludeSubaccounts": "the sub-account has sent nothing"}
        for operation in VALUES
        if "/Usage/Records" in operation
    },
}
# What is given for those of them that take not everything.
TAKEN = {
    "TrafficType": "free",
    **dict.fromkeys(("ProvideFeedback", "ForceDelivery"), "true"),
    **dict.fromkeys(("IncludeSubAccounts", "IncludeSubaccounts"), "false"),
    **sender_parameters.TAKEN,
    **product_parameters.TAKEN,
}
# What takes any text; all other parameters refuse what they cannot be.
FREE_TEXTS: dict[str, tuple[str, ...]] = {
    "POST /Messages.json": ("Body", "PersistentAction"),
    "GET /Messages.json": ("To", "From"),
    **{operation: ("Category",) for operation in VALUES if "/Usage/Records" in operation},
    "GET /v1/Tollfree/Verifications": ("TollfreePhoneNumberSid", "ExternalReferenceId", "TrustProductSid"),
    **sender_parameters.FREE_TEXTS,
    **product_parameters.FREE_TEXTS,
}
# Which words of those that Twilio takes are refused as they stand: they need more, or what the account has not.
NOT_HERE: dict[tuple[str, str], tuple[str, ...]] = {
    ("POST /Messages.json", "ContentRetention"): ("discard",),
    ("POST /Messages.json", "AddressRetention"): ("obfuscate",),
    ("POST /Messages.json", "ScheduleType"): ("fixed",),
    **sender_parameters.NOT_HERE,
    **product_parameters.NOT_HERE,
}


@cache
def served() -> dict[str, Operation]:
    """The operations that the sandbox serves, by method and path below the account."""
    found: dict[str, Operation] = {}
    for operation in served_operations():
        below = re.sub(r"^/2010-04-01/Accounts(/\{AccountSid\})?(?=[/.])", "", operation.path)
        found[f"{operation.method} {below}"] = operation
    return found


def documented() -> Iterator[tuple[str, str]]:
    for name, operation in served().items():
        yield from ((name, parameter.name) for parameter in (*operation.query, *operation.body))


def outcome(operation: str, fields: dict[str, str]) -> tuple[int, Any]:
    return _outcome(operation, tuple(fields.items()))


@cache
def _outcome(operation: str, pairs: tuple[tuple[str, str], ...]) -> tuple[int, Any]:
    """All that can be seen of a request in a fresh sandbox: status, answer, messages and calls two minutes later."""
    fields, clock = dict(pairs), Clock()
    sandbox = Sandbox(history=25, clock=clock)
    account = sandbox._account
    number, service = account.senders.numbers[0].sid, sandbox.services[0]
    free_number, code = account.senders.numbers[5].sid, next(iter(account.senders.short_codes))
    if operation.startswith("GET /v1/Services/{ServiceSid}/"):
        members = (PoolMember(code, SHORT_CODE, clock()), PoolMember("SC" + "0" * 32, "73225", clock()))
        alpha = [PoolMember(f"AI{n:032}", "ACME", clock()) for n in range(2)]
        for member in (*members, *alpha):
            account.senders.put(account.senders.services[service].with_member(member))
    pictured = sandbox.receive(MAYA, FRONT_DESK, "Look", ("https://files.example/a.png",)).sid
    scheduled = next(m.sid for m in account.store if m.standing(clock()).status == "scheduled")
    for _ in range(2):
        account.alerts.add(pictured, 11200, WebhookAnswer("POST", HOOK, (), 500))
    verifier, verification = _begin(account)
    described = served()[operation]
    template = account.templates.all()[0].sid
    subject = number if "IncomingPhoneNumbers" in operation else service if "Services" in operation else pictured
    if "/Content/" in operation:
        # Of the last WhatsApp was asked nothing, so that it may be changed.
        subject = account.templates.all()[-1].sid if operation.startswith("PUT") else template
    if "/AvailablePhoneNumbers/" in operation:
        subject = fields.pop("$country", "GB" if "/Mobile" in operation else "US")
    if "/ShortCodes/{Sid}" in operation:
        subject = code
    if "/Keys/" in operation:
        subject = sandbox.api_key_sid
    if "/v2/PhoneNumbers/" in operation:
        subject = "2079460123"
    if operation.startswith("POST /Messages/{Sid}") and "Status" in fields:
        subject = scheduled
    path = path_of(described, sandbox.account_sid, subject)
    if operation.split()[1].startswith("/v2/Services"):
        path = described.path.replace("{Sid}", verification if "{ServiceSid}" in described.path else verifier)
        path = path.replace("{ServiceSid}", verifier)
    stand_for = {"$service": service, "$template": template, "$number": free_number, "$code": code}
    stand_for["$verification"] = verification
    filled = {name: stand_for.get(value, value) for name, value in fields.items()}
    status, answer = _ask(sandbox, described.method, path, filled, json_body=described.body_type == "json")
    clock.now += timedelta(minutes=2)
    messages = _ask(sandbox, "GET", f"/2010-04-01/Accounts/{sandbox.account_sid}/Messages.json", {"PageSize": "1000"})
    return status, (answer, messages, sandbox.callbacks)


def _begin(account: SandboxAccount) -> tuple[str, str]:
    """Begin a verification that is sent twice, and have a service more; return the SIDs of its service and its own."""
    (service,) = account.verifications.services.values()
    account.verifications.put(replace(service, sid="VA" + "1" * 32))
    for _ in range(2):
        verification = account.verifications.send(service, BERLIN, "sms", "", account.clock(), account.sids.sid)
    return service.sid, verification.sid


def _ask(
    sandbox: Sandbox, method: str, path: str, fields: dict[str, str], *, json_body: bool = False
) -> tuple[int, Any]:
    pair = base64.b64encode(f"{sandbox.account_sid}:{sandbox.auth_token}".encode()).decode()
    kind = "json" if json_body else "x-www-form-urlencoded"
    headers = (("Authorization", f"Basic {pair}"), ("Content-Type", f"application/{kind}"))
    query = urlencode(fields) if method == "GET" else ""
    asked = json.dumps({name: _value(text) for name, text in fields.items()}) if json_body else urlencode(fields)
    body = b"" if method == "GET" else asked.encode()
    response = sandbox._process(Request(method, f"{path}?{query}", path, query, headers, body, ("127.0.0.1", 1)))
    return response.status, _plain(json.loads(response.body or "{}"))


def _value(text: str) -> Any:
    """What stands for a text in JSON: the object that it writes out, or itself."""
    try:
        return json.loads(text) if text.startswith("{") else text
    except ValueError:
        return text


def _plain(answer: Any) -> Any:
    """Leave out what only repeats the request."""
    gone = {"uri", "first_page_uri", "next_page_uri", "previous_page_uri", "meta"}
    return {name: value for name, value in answer.items() if name not in gone}


def base_of(operation: str, parameter: str) -> dict[str, str]:
    return OWN_BASE.get((operation, parameter), BASE.get(operation, {}))


def test_each_documented_parameter_is_in_just_one_table() -> None:
    tables = [
        {(operation, name) for operation, names in table.items() for name in names}
        for table in (VALUES, WITHOUT_EFFECT)
    ]
    assert sorted(documented()) == sorted((*tables[0], *tables[1]))
    assert len(set(documented())) == len(list(documented())) > 120


@pytest.mark.parametrize("operation", VALUES)
def test_with_a_parameter_that_is_obeyed_or_refused_something_else_is_seen(operation: str) -> None:
    for name, value in VALUES[operation].items():
        base = base_of(operation, name)
        without, with_it = outcome(operation, base), outcome(operation, {**base, name: value})
        assert without != with_it, name
        assert 200 in {without[0], with_it[0]} or 201 in {without[0], with_it[0]}, name


@pytest.mark.parametrize("operation", WITHOUT_EFFECT)
def test_what_is_said_to_have_no_effect_has_none(operation: str) -> None:
    for name in WITHOUT_EFFECT[operation]:
        base = base_of(operation, name)
        value = TAKEN.get(name, "1")
        assert outcome(operation, base) == outcome(operation, {**base, name: value}), name


def test_a_value_that_cannot_be_is_refused() -> None:
    taken = [(operation, name) for operation, name in documented() if is_taken(operation, name, "no sense")]
    assert sorted(taken) == sorted((operation, name) for operation, names in FREE_TEXTS.items() for name in names)


@pytest.mark.landing
def test_each_word_that_twilio_takes_is_taken_or_known_to_be_refused() -> None:
    refused = {
        (operation, parameter.name): words
        for operation, described in served().items()
        for parameter in (*described.query, *described.body)
        if (words := tuple(word for word in parameter.allowed if not is_taken(operation, parameter.name, word)))
    }
    assert refused == NOT_HERE


def is_taken(operation: str, name: str, value: str) -> bool:
    status, _ = outcome(operation, {**base_of(operation, name), name: value})
    assert status < 500, (operation, name)
    return status < 400


@pytest.mark.parametrize("operation", ["POST /IncomingPhoneNumbers/{Sid}.json", "POST /v1/Services/{Sid}"])
def test_a_parameter_that_nobody_knows_is_ignored_as_at_twilio(operation: str) -> None:
    assert outcome(operation, {"Colour": "blue"})[0] == 200
