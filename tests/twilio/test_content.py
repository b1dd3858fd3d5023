"""Content templates: listed with what WhatsApp says of them, read whatever they hold, filled in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.http_server.http_messages import Request, Response
from tui.http_server.server import Server
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.storage.connections import Connection
from tui.twilio.client import Client
from tui.twilio.content import (
    KINDS,
    LONGEST,
    MOST_LINES,
    MOST_VARIABLES,
    ContentTemplate,
    as_values,
    fill,
    list_templates,
    put_value,
    read_template,
    read_values,
    render,
)
from tui.twilio.errors import ApiError, BadAnswer

NAMES = st.text("abcdefgh0123456789_", min_size=1, max_size=16)


@pytest.fixture
async def client(sandbox: Sandbox, connect: Callable[..., Connection]) -> AsyncIterator[Client]:
    async with Client(connect(sandbox)) as client:
        yield client


async def test_the_templates_come_by_name_with_their_texts_and_what_whatsapp_says(client: Client) -> None:
    templates = await list_templates(client)
    by_name = {(each.name, each.language): each for each in templates}
    assert list(by_name) == sorted(by_name)
    ready = by_name["order_ready", "en"]
    assert (ready.kind, ready.approval, dict(ready.variables)) == (
        *("twilio/quick-reply", "approved"),
        {"name": "Maya", "order": "HB499147"},
    )
    assert ready.created is not None
    assert ready.forms[0].lines == ("[Today]", "[Tomorrow]")
    assert by_name["autumn_sale", "en"].approvals["whatsapp"].reason.startswith("The category is wrong")
    assert by_name["autumn_sale", "en"].forms[0].head == ("Autumn sale",)
    assert by_name["autumn_sale", "en"].forms[0].lines[0] == "Write STOP to hear no more of it"
    assert by_name["delivery_day", "en"].forms[0].lines == (
        *("[Choose a day]", "• Monday: 8:00 to 12:00", "• Thursday: 14:00 to 18:00"),
    )
    assert by_name["parcel_photo", "en"].forms[0].lines == ("Media: https://files.harbor.example/{{2}}",)
    assert by_name["appointment_reminder", "en"].forms[0].lines[0] == "[Change it] https://harbor.example/{{3}}"


async def test_what_goes_by_sms_is_the_form_that_sms_takes(client: Client) -> None:
    ready = next(each for each in await list_templates(client) if (each.name, each.language) == ("order_ready", "en"))
    sms = render(ready, {"name": "Ana", "order": ""}, sms=True)
    assert sms.text == "Hello Ana, your order {{order}} is ready. Harbor Deli, until 18:00."
    assert (sms.kind, sms.lines, sms.missing) == ("twilio/text", (), ("order",))
    other = render(ready, {"name": "Ana", "order": "7", "unknown": "x"})
    assert (other.text, other.lines, other.missing) == (
        "Hello Ana, your order 7 is ready. When will you come?",
        ("[Today]", "[Tomorrow]"),
        (),
    )


async def test_all_pages_are_walked(sandbox: Sandbox, client: Client) -> None:
    account = sandbox._account
    for number in range(120):
        form = {"friendly_name": f"n{number:03}", "language": "en", "types": {"twilio/text": {"body": "Hi"}}}
        account.templates.create(form, account.sids.sid("HX"), account.clock())
    assert len(await list_templates(client)) == 129


@pytest.mark.parametrize("status", [403, 404])
async def test_who_may_read_the_templates_only_gets_them_without_approvals(
    sandbox: Sandbox, connect: Callable[..., Connection], status: int
) -> None:
    asked: list[str] = []

    async def answer(request: Request) -> Response:
        asked.append(request.path)
        if "Approvals" in request.path:
            return Response(status, body=json.dumps({"code": 20003, "message": "No", "status": status}).encode())
        return Response(200, body=json.dumps({"contents": [{"sid": "HX1", "friendly_name": "hi"}, 7, {}]}).encode())

    async with Server(answer) as server:
        base = f"http://127.0.0.1:{server.port}/2010-04-01"
        async with Client(replace(connect(sandbox), base_url=base)) as client:
            (only,) = await list_templates(client)
    assert asked == ["/v1/ContentAndApprovals", "/v1/Content"]
    assert (only.name, only.approval, only.body) == ("hi", "", "")


async def test_trouble_is_told(sandbox: Sandbox, client: Client) -> None:
    sandbox.faults.add(Fault("429", path="/v1/Content", times=1))
    with pytest.raises(ApiError):
        await list_templates(client)
    sandbox.faults.add(Fault("wrong-json", path="/v1/Content", status=200))
    with pytest.raises(BadAnswer, match="no templates"):
        await list_templates(client)


def test_approvals_are_read_in_both_of_their_forms() -> None:
    one = {"status": "Rejected", "rejection_reason": "Too long", "type": "WHATSAPP", "category": "UTILITY"}
    assert read_template({"approval_requests": one}).approval == "rejected"
    several = read_template({"approval_requests": {"whatsapp": one, "other": {"status": "pending"}, "odd": 3}})
    assert {channel: each.status for channel, each in several.approvals.items()} == {
        "whatsapp": "rejected",
        "other": "pending",
    }


FIELDS = [
    *("body", "title", "media", "actions", "items", "cards", "button", "url", "latitude", "longitude", "status"),
    *("sid", "friendly_name", "language", "variables", "types", "approval_requests", "whatsapp", "type"),
    *KINDS,
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text() | st.sampled_from(FIELDS), each, max_size=5),
    max_leaves=12,
)


@given(JSON | st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_whatever_a_template_holds_it_is_read_and_filled_in(item: object) -> None:
    template = read_template(item if isinstance(item, dict) else {"types": item, "variables": item})
    assert isinstance(template, ContentTemplate)
    assert isinstance(template.approval, str)
    for sms in (False, True):
        rendered = render(template, {}, sms=sms)
        assert rendered.text == template.form_for(sms=sms).body
        assert set(rendered.missing) == set(template.form_for(sms=sms).placeholders)


def test_what_is_too_much_is_cut() -> None:
    many = {f"v{number}": "x" * 10_000 for number in range(1000)}
    actions = [{"title": "x" * 10_000}] * 1000
    form = {"body": "{{a}}" * 10_000, "actions": actions, "items": actions, "media": ["m" * 10_000] * 1000}
    template = read_template({"variables": many, "types": dict.fromkeys((*KINDS, *many), form), "sid": "x" * 999})
    assert len(template.forms) <= 2 * len(KINDS)
    assert max(len(form.body) for form in template.forms) == LONGEST
    assert max(len(form.lines) for form in template.forms) == MOST_LINES
    assert len(template.variables) == MOST_VARIABLES


@given(st.lists(st.tuples(st.text(), NAMES)), st.dictionaries(NAMES, st.text(min_size=1)), st.text())
def test_each_placeholder_becomes_its_value_once_and_the_rest_stays(
    pieces: list[tuple[str, str]], values: dict[str, str], end: str
) -> None:
    pieces = [(text.replace("{", "").replace("}", ""), name) for text, name in pieces]
    end = end.replace("{", "").replace("}", "")
    text = "".join(f"{before}{{{{{name}}}}}" for before, name in pieces) + end
    assert fill(text, {}) == text
    assert (
        fill(text, values) == "".join(f"{before}{values.get(name, f'{{{{{name}}}}}')}" for before, name in pieces) + end
    )


def test_a_value_that_looks_like_a_placeholder_is_a_value() -> None:
    assert fill("{{1}} {{2}} { {3}} {{ 4 }} {{}}", {"1": "{{2}}", "2": "b", "4": "d"}) == "{{2}} b { {3}} d {{}}"


@given(st.dictionaries(NAMES, st.text(min_size=1)), NAMES, st.text())
def test_one_value_is_changed_and_all_others_stay(values: dict[str, str], name: str, value: str) -> None:
    written = put_value(json.dumps(values), name, value)
    expected = {key: each for key, each in values.items() if key != name} | ({name: value} if value else {})
    assert as_values(written) == expected
    assert bool(written) == bool(expected)


def test_what_is_no_text_is_kept_as_it_was_written() -> None:
    written = '{"1": 5, "unknown": {"a": [true]}, "name": "Ana"}'
    assert as_values(written) == {"1": "5", "unknown": '{"a": [true]}', "name": "Ana"}
    assert json.loads(put_value(written, "name", "Zoë")) == {**json.loads(written), "name": "Zoë"}
    assert "Zoë" in put_value(written, "name", "Zoë")


@pytest.mark.parametrize("text", ["[1]", "{", "7", "[" * 100_000, "null"])
def test_variables_that_are_no_object_cannot_be_read(text: str) -> None:
    assert read_values(text) is None
    assert as_values(text) == {}
    assert read_values(" ") == {}
