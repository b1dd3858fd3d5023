"""The calls that are written for the official `twilio` library exist there, and send what this program sends.

The library is asked itself: its classes are walked, and the programs run with an HTTP client that sends nothing.
"""

from __future__ import annotations

import inspect
import os
import re
import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
import requests
from twilio.base.domain import Domain
from twilio.base.instance_context import InstanceContext
from twilio.base.list_resource import ListResource
from twilio.base.version import Version
from twilio.http import HttpClient
from twilio.rest import Client as TwilioClient

from tui.raw_request.library_call import NOT_TAKEN, call_of, to_twilio
from tui.raw_request.model import FilePart, RawRequest
from tui.raw_request.sending import prepare
from tui.storage.connections import Connection
from tui.twilio.client import Client
from tui.twilio.errors import InvalidRequest
from tui.twilio.operations import Operation, Parameter, operations

SID = "AC" + "a" * 32
KEY = Connection("t", "api_key", SID, "SK" + "b" * 32, "s3cret-key", "s3cret-token")
TOKEN = Connection("t", "auth_token", SID, auth_token="s3cret-token")
MESSAGES = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"
METHODS = ("create", "delete", "fetch", "list", "patch", "update")
OFFERED = 1361
"""Of Twilio's 1,447 operations."""


class Asked(Exception):
    """Raised in place of asking."""


@dataclass
class Stub(HttpClient):
    """Takes down what the library would send."""

    last: requests.PreparedRequest | None = None

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__(None, False)  # type: ignore[arg-type]

    def request(self, method: str, uri: str, params: Any = None, data: Any = None, *_: Any, **__: Any) -> Any:
        Stub.last = requests.Request(method, uri, params=params, data=data).prepare()
        raise Asked


# -- what the library has ------------------------------------------------------------------------------


@cache
def library() -> dict[tuple[str, str], set[str]]:
    """Method and URL with `{}` for values → the ways there from the client, written as `LibraryCall` has them."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    client = TwilioClient(SID, "x", http_client=Stub())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for domain_name, domain in properties(client, Domain):
            for version_name, version in properties(domain, Version):
                for way in walk(version, f"{domain_name}.{version_name}", 0):
                    assert Stub.last is not None and Stub.last.url is not None
                    url = Stub.last.url.partition("?")[0]
                    order = re.findall(r"x([0-9]+)x", url)
                    places = [order.index(each) for each in re.findall(r"x([0-9]+)x", way) if each in order]
                    shape = re.sub(r"x[0-9]+x", "{}", way)
                    if places != sorted(places):
                        shape = re.sub(r"x([0-9]+)x", lambda it, order=order: f"{{{order.index(it[1])}}}", way)
                    found[Stub.last.method or "", re.sub(r"x[0-9]+x", "{}", url)].add(shape)
    return found


def properties(holder: object, kind: type) -> Iterator[tuple[str, Any]]:
    for name in dir(type(holder)):
        if isinstance(inspect.getattr_static(type(holder), name), property) and not name.startswith("_"):
            try:
                value = getattr(holder, name)
            except AttributeError:
                # The library's own slip: preview_iam.organization.
                continue
            if isinstance(value, kind):
                yield name, value


def walk(resource: object, way: str, given: int) -> Iterator[str]:
    """Every way that ends with a request, just after it was asked; a value of a path is x0x, x1x, …."""
    for method in METHODS if isinstance(resource, ListResource | InstanceContext) else ():
        if (call := getattr(resource, method, None)) is not None:
            names = [name for name in inspect.signature(call).parameters if name not in ("limit", "page_size")]
            try:
                call(**dict.fromkeys(names, "v"))
            except Asked:
                yield f"{way}.{method}"
            except AttributeError:
                # It takes an object of its own for its JSON.
                continue
    for name, below in properties(resource, ListResource):
        yield from walk(below, f"{way}.{name}", given)
    if isinstance(resource, ListResource) and "__call__" in vars(type(resource)):
        many = len(inspect.signature(resource).parameters)  # type: ignore[arg-type]
        values = [f"x{given + n}x" for n in range(many)]
        yield from walk(resource(*values), f"{way}({','.join(values)})", given + many)  # type: ignore[operator]


@pytest.mark.landing
def test_a_call_is_offered_wherever_the_library_has_one_and_nowhere_else() -> None:
    offered = 0
    wrong: list[str] = []
    for operation in operations():
        url = f"https://{operation.host}{re.sub(r'{[^}]*}', '{}', operation.path)}"
        there = library().get((operation.method, url), set())
        call = call_of(operation)
        offered += call is not None
        if call is None if there else call is not None:
            wrong.append(f"{operation.method} {url}: {call} not {there}")
        elif call is not None and f"{call.resource}.{call.method}" not in there:
            wrong.append(f"{operation.method} {url}: {call.resource}.{call.method} not {there}")
    assert not wrong, "\n".join(wrong)
    assert (offered, len(operations())) == (OFFERED, 1447)


# -- what is sent --------------------------------------------------------------------------------------


def run(program: str) -> requests.PreparedRequest:
    """What a program would send first."""
    names = ("TWILIO_API_KEY", "TWILIO_API_SECRET", "TWILIO_AUTH_TOKEN")
    environ = {"TWILIO_ACCOUNT_SID": SID, **dict.fromkeys(names, "secret")}
    Stub.last = None
    with (
        mock.patch.dict(os.environ, environ),
        mock.patch("twilio.base.client_base.TwilioHttpClient", Stub),
        mock.patch("twilio.http.http_client.TwilioHttpClient", Stub),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        with pytest.raises(Asked):
            exec(compile(program, "program", "exec"), {})
    assert Stub.last is not None
    return Stub.last


def value_of(parameter: Parameter) -> str:
    if parameter.values:
        return parameter.values[0]
    texts = {"number": "7", "boolean": "true", "object": '{"a": 1}', "list": "one, é"}
    return texts.get(parameter.kind, f'{parameter.name} & it\'s "+1"')


def pairs_of(operation: Operation, parameters: tuple[Parameter, ...]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for parameter in parameters:
        if (operation.path, parameter.name) in NOT_TAKEN:
            continue
        pairs.append((parameter.name, value_of(parameter)))
        if parameter.kind == "list":
            pairs.append((parameter.name, "two"))
    return pairs


def filled(operation: Operation) -> RawRequest:
    """An operation with a value for everything."""
    path = operation.typed_path
    for number, name in enumerate(re.findall(r"{[^}]*}", path)):
        path = path.replace(name, f"+1x{number}", 1)
    data = urlencode(pairs_of(operation, operation.body), quote_via=quote) or None
    return RawRequest(operation.method, path, pairs_of(operation, operation.query), data=data)


def sent(url: str, body: str | bytes | None) -> tuple[Any, ...]:
    parts = urlsplit(url)
    text = body.decode() if isinstance(body, bytes) else body or ""
    return (
        f"{parts.scheme}://{parts.netloc}{parts.path}",
        sorted(parse_qsl(parts.query, keep_blank_values=True)),
        sorted(parse_qsl(text, keep_blank_values=True)),
    )


def compare(client: Client, request: RawRequest, connection: Connection) -> str:
    """What differs between the request and its program; empty where nothing does."""
    prepared = prepare(client, request)
    theirs = run(to_twilio(request, connection))
    assert theirs.url is not None
    ours = (prepared.method, *sent(prepared.url, prepared.outgoing.content))  # type: ignore[arg-type]
    same = ours == (theirs.method, *sent(theirs.url, theirs.body))
    return "" if same else f"{ours}\n  not {(theirs.method, *sent(theirs.url, theirs.body))}"


async def compare_operations(chosen: list[Operation]) -> list[str]:
    wrong: list[str] = []
    async with Client(KEY) as client:
        for operation in chosen:
            if call_of(operation) is not None and (differs := compare(client, filled(operation), KEY)):
                wrong.append(f"{operation.method} {operation.path}: {differs}")
    return wrong


async def test_one_operation_in_thirty_is_sent_alike() -> None:
    wrong = await compare_operations(list(operations()[::30]))
    assert not wrong, "\n".join(wrong)


@pytest.mark.landing
async def test_every_operation_is_sent_alike() -> None:
    wrong = await compare_operations(list(operations()))
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong[:20])


# -- as a person would write it ------------------------------------------------------------------------

BEGIN = """import os

from twilio.rest import Client

client = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])
"""


@pytest.mark.parametrize(
    ("request_", "end"),
    [
        (
            RawRequest("POST", MESSAGES, data="To=%2B14155550123&From=%2B14155550100&Body=Hi"),
            'answer = client.messages.create(to="+14155550123", from_="+14155550100", body="Hi")\nprint(answer)\n',
        ),
        (
            RawRequest("POST", MESSAGES, data="To=%2B1415&Body=It%27s+so&MediaUrl=a&MediaUrl=b&ValidityPeriod=60"),
            'answer = client.messages.create(\n    to="+1415",\n    body="It\'s so",\n    media_url=["a", "b"],\n'
            "    validity_period=60,\n)\nprint(answer)\n",
        ),
        (
            RawRequest("GET", MESSAGES, (("PageSize", "20"), ("DateSent>", "2026-01-02"))),
            'for record in client.messages.list(date_sent_after="2026-01-02", limit=20):\n    print(record)\n',
        ),
        (
            RawRequest("GET", f"{MESSAGES}?PageSize=20&Page=1&PageToken=PA1"),
            'for record in client.messages.page(page_size=20, page_number=1, page_token="PA1"):\n    print(record)\n',
        ),
        (RawRequest("GET", MESSAGES), "for record in client.messages.page():\n    print(record)\n"),
        (
            RawRequest("GET", f"/Accounts/{SID}/Messages/SM1.json"),
            'answer = client.messages("SM1").fetch()\nprint(answer)\n',
        ),
        (
            RawRequest("DELETE", "/Accounts/AC2/Messages/SM1/Media/ME1.json"),
            'answer = client.api.v2010.accounts("AC2").messages("SM1").media("ME1").delete()\nprint(answer)\n',
        ),
        (
            RawRequest("GET", "/Accounts/${TWILIO_ACCOUNT_SID}.json"),
            'answer = client.api.v2010.accounts(os.environ["TWILIO_ACCOUNT_SID"]).fetch()\nprint(answer)\n',
        ),
        (
            RawRequest("GET", "https://lookups.twilio.com/v2/PhoneNumbers/+14155550123", (("Fields", "caller_name"),)),
            'answer = client.lookups.v2.phone_numbers("+14155550123").fetch(fields="caller_name")\nprint(answer)\n',
        ),
        (
            RawRequest(
                "POST", "https://verify.twilio.com/v2/Services/VA1/Verifications", data="To=%2B1415&Channel=sms"
            ),
            'answer = client.verify.v2.services("VA1").verifications.create(to="+1415", channel="sms")\n'
            "print(answer)\n",
        ),
    ],
)
async def test_a_call_is_written_as_a_person_would(request_: RawRequest, end: str) -> None:
    assert to_twilio(request_, TOKEN) == BEGIN + end
    async with Client(TOKEN) as client:
        assert not compare(client, request_, TOKEN)


@pytest.mark.parametrize(
    ("connection", "timeout", "line"),
    [
        (KEY, 30.0, '    os.environ["TWILIO_API_SECRET"],\n'),
        (Connection("t", "auth_token", SID, auth_token="x", region="ie1"), 30.0, '    edge="dublin",\n'),
        (
            Connection("t", "auth_token", SID, auth_token="x", base_url="http://127.0.0.1:4010"),
            30.0,
            'client.lookups.base_url = "http://127.0.0.1:4010"\n',
        ),
        (TOKEN, 2.5, "    http_client=TwilioHttpClient(timeout=2.5),\n"),
    ],
)
async def test_the_client_is_the_connections(connection: Connection, timeout: float, line: str) -> None:
    request = RawRequest("GET", "https://lookups.twilio.com/v2/PhoneNumbers/+1415", timeout=timeout)
    if connection.region:
        request = RawRequest("GET", "/Accounts/$TWILIO_ACCOUNT_SID/Balance.json")
    program = to_twilio(request, connection)
    assert line in program
    assert "s3cret" not in program
    async with Client(connection) as client:
        url = urlsplit(prepare(client, request).url)
    theirs = run(program)
    assert theirs.url == url.geturl()


FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (("PURGE", MESSAGES), "no call for PURGE /Accounts/$TWILIO_ACCOUNT_SID/Messages.json"),
        (("GET", "/Nowhere.json"), "no call for GET /Nowhere.json"),
        (("POST", "https://content.twilio.com/v1/Content", (), (), "{}"), "the JSON of POST /v1/Content"),
        (("GET", MESSAGES, (("Colour", "red"),)), "does not take Colour"),
        (("POST", MESSAGES, (), (), "Body=Hi"), "needs To"),
        (("POST", MESSAGES, (), (), "To=1&Odd=2"), "does not take Odd"),
        (("POST", MESSAGES, (), (), '{"To": 1}'), "this body as a form only"),
        (("POST", MESSAGES, (), (("X-A", "b"),), "To=1"), "the header X-A"),
        (("POST", MESSAGES, (), (), None, (("To", "1"),)), "no multipart form"),
        (("POST", MESSAGES, (), (), None, (), (FilePart("a", "b"),)), "no multipart form"),
        (("POST", MESSAGES, (), FORM, "To"), "no names and values"),
    ],
)
def test_what_the_library_cannot_say_is_refused_by_name(inputs: tuple[Any, ...], said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        to_twilio(RawRequest(*inputs), TOKEN)
    assert said in refused.value.reason
