"""The form that an operation of Twilio's gives, and that what it sends is what Twilio's description of it takes."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from tests.twilio.official_package import nameless, official_calls, products
from tests.twilio.test_operations_official import MESSAGING
from tui.raw_request.form_text import MESSAGES_PATH, RequestText, read
from tui.raw_request.operation_form import form_for
from tui.raw_request.sending import PreparedRequest, prepare
from tui.raw_request.variables import Variables
from tui.storage.connection import Connection
from tui.twilio.client import Client
from tui.twilio.operations import Operation, Parameter, find_operation, operations

ACCOUNT_SID = "AC" + "0" * 32
FILLINGS = {"list": ["a"], "object": {"a": "b"}, "number": 7, "boolean": True, "": "a value & more"}


def form_of(method: str, path: str) -> RequestText:
    operation = find_operation(method, path)
    assert operation is not None
    return form_for(operation)


def test_a_message_asks_for_what_twilio_refuses_it_without():
    form = form_of("POST", MESSAGES_PATH)
    assert form == RequestText("POST", MESSAGES_PATH, body_kind="form", body="To=\nFrom=\nBody=")


def test_other_hosts_are_written_in_full_with_their_placeholders():
    form = form_of("GET", "https://lookups.twilio.com/v2/PhoneNumbers/x")
    assert form == RequestText("GET", "https://lookups.twilio.com/v2/PhoneNumbers/{PhoneNumber}")


def test_an_operation_that_needs_nothing_has_an_empty_body_of_its_kind():
    form = form_of("POST", "/Accounts/AC1/IncomingPhoneNumbers/PN1.json")
    assert (form.body_kind, form.body) == ("form", "")


def test_a_json_body_is_an_object_of_what_is_required():
    form = form_of("POST", "https://content.twilio.com/v1/Content")
    assert form.body_kind == "raw"
    assert json.loads(form.body) == {"language": "", "types": {}}


def test_a_required_value_of_the_query_has_a_line():
    operation = Operation("api.twilio.com", "GET", "/x", (Parameter("A"), Parameter("B", required=True)), (), "")
    assert form_for(operation).query == "B="


def filled(form: RequestText, operation: Operation) -> RequestText:
    """The form as a person fills it in: a value for each placeholder, each line, each property."""
    values = {each.name: each.allowed[-1] if each.allowed else FILLINGS[each.kind] for each in parameters(operation)}

    def lines(text: str) -> str:
        written = {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}
        return "\n".join(f"{line}{written[line.removesuffix('=')]}" for line in text.split("\n") if line)

    as_json = form.body_kind == "raw"
    body = json.dumps({name: values[name] for name in json.loads(form.body)}) if as_json else lines(form.body)
    return replace(form, path=re.sub(r"\{\w+\}", "SID7", form.path), query=lines(form.query), body=body)


def parameters(operation: Operation) -> tuple[Parameter, ...]:
    return (*operation.query, *operation.body)


def sent_names(prepared: PreparedRequest) -> tuple[set[str], set[str]]:
    """The names in the query and in the body of what leaves."""
    query = {name for name, _ in parse_qsl(urlsplit(prepared.url).query, keep_blank_values=True)}
    content = prepared.outgoing.content
    if content is None:
        return query, set()
    assert isinstance(content, bytes)
    if prepared.content_type == "application/json":
        return query, set(json.loads(content))
    assert prepared.content_type == "application/x-www-form-urlencoded"
    return query, {name for name, _ in parse_qsl(content.decode(), keep_blank_values=True)}


@pytest.mark.parametrize("count", [150, *(pytest.param(each, marks=pytest.mark.landing) for each in (500, 1447))])
async def test_every_form_makes_a_request_that_its_operation_takes_once_it_is_filled_in(count):
    """Operations drawn at random; what each form sends is held against two things.

    The catalogue, that is Twilio's OpenAPI description as `operations.txt` has it: method, host and path are the
    operation's, every name stands where the description has it, and none that it requires is missing. Types and the
    meaning of values are not checked, since there is no more of the description here. And, for the six products about
    messages (for all when every operation is drawn), the source of the official package, which was made without us: it
    sends the same names to the same URL with the same method. Twilio itself is not asked.
    """
    drawn = random.Random(15).sample(operations(), count)
    asked = ("api", *MESSAGING) if count < 1447 else products()
    official = {call: names for product in asked for call, names in official_calls(product).items()}
    compared = 0
    async with Client(Connection("acme", "auth_token", ACCOUNT_SID, auth_token="t" * 32)) as client:
        for operation in drawn:
            reading = read(filled(form_for(operation), operation), Variables())
            assert reading.request is not None, (operation, reading.problems)
            prepared = prepare(client, reading.request)
            url = urlsplit(prepared.url)
            own = ACCOUNT_SID if operation.host == "api.twilio.com" else "SID7"
            path = re.sub(r"\{\w+\}", "SID7", operation.path.replace("{AccountSid}", own))
            assert (prepared.method, url.hostname, unquote(url.path)) == (operation.method, operation.host, path)
            query, body = sent_names(prepared)
            assert query <= {each.name for each in operation.query}, operation
            assert body <= {each.name for each in operation.body}, operation
            assert {each.name for each in parameters(operation) if each.required} <= query | body, operation
            theirs = official.get((operation.host, operation.method, nameless(operation.path)))
            if theirs is not None and operation.body_type != "json":
                assert query | body <= theirs, operation
                compared += 1
    assert compared > count // 5
