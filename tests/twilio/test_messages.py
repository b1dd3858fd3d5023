"""Messages against a running Twilio of our own: sent, fetched, paged, emptied, called off, deleted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.storage.connection import Connection
from tui.twilio.client import Client
from tui.twilio.drafts import Draft
from tui.twilio.errors import ApiError, BadAnswer, InvalidRequest
from tui.twilio.exchange import LARGEST_ERROR, HttpResponse
from tui.twilio.media import list_media
from tui.twilio.messages import (
    Filters,
    Message,
    cancel,
    delete,
    fetch,
    page,
    pages,
    read_document,
    read_message,
    redact,
    send,
)

Http = Callable[..., bytes]
SID = "SM" + "0" * 32
TO = "+14155552671"


@pytest.fixture
async def client(connection: Connection) -> AsyncIterator[Client]:
    async with Client(connection) as opened:
        yield opened


def draft(sandbox: Sandbox, **more: Any) -> Draft:
    return Draft(**{"to": TO, "from_": sandbox.numbers[0], "body": "Hello there", **more})


async def settled(client: Client, sid: str) -> Message:
    while not (message := await fetch(client, sid)).final:
        pass
    return message


async def test_a_message_is_sent_and_followed_to_its_end(sandbox: Sandbox, client: Client) -> None:
    sent = await send(client, draft(sandbox, body="Grüße 😀 & more = 100 %\nbye"))
    assert sent.sid.startswith("SM")
    assert (sent.to, sent.from_, sent.body) == (TO, sandbox.numbers[0], "Grüße 😀 & more = 100 %\nbye")
    assert sent.direction == "outbound-api"
    assert sent.account_sid == sandbox.account_sid
    assert not sent.inbound
    assert (sent.other_party, sent.own_party) == (TO, sandbox.numbers[0])
    end = await settled(client, sent.sid)
    assert end.status == "delivered"
    assert end.num_segments == 1
    assert end.when == end.date_sent


@pytest.mark.parametrize("template", [False, True])
async def test_what_the_form_says_is_what_the_server_hears(serve: Any, http: Http, template: bool) -> None:
    wire = await serve(http(json.dumps({"sid": SID}).encode(), status="201 Created"))
    full = Draft(
        TO,
        "MG" + "a" * 32,
        "a&b=c;d + e%20f",
        media_urls=("https://x/1?a=b&c=d", "https://x/1?a=b&c=d"),
        status_callback="https://hook.example/?a=1",
        validity_period=60,
        send_at=datetime.now(UTC) + timedelta(days=1),
        smart_encoded=False,
        shorten_urls=True,
        send_as_mms=False,
    )
    if template:
        full = replace(full, body="", media_urls=(), content_sid="HX" + "0" * 32, content_variables='{"1": "ä"}')
    async with Client(wire.connection()) as opened:
        await send(opened, full)
    assert wire.heard[0].line == f"POST /2010-04-01/Accounts/{'AC' + '0' * 32}/Messages.json HTTP/1.1"
    assert tuple(wire.heard[0].form) == full.form()


async def test_a_draft_that_cannot_be_right_never_leaves(sandbox: Sandbox, client: Client) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        await send(client, draft(sandbox, body=""))
    assert refusal.value.code == 21602
    assert sandbox.requests == ()


async def test_twilios_refusal_carries_its_code(sandbox: Sandbox, client: Client) -> None:
    with pytest.raises(ApiError) as raised:
        await send(client, draft(sandbox, to="+15005550001"))
    assert (raised.value.status, raised.value.code) == (400, 21211)


@pytest.mark.parametrize("document", [{}, {"sid": None}, {"sid": 7}, {"sid": "hello"}, {"sid": "AC" + "0" * 32}])
async def test_an_answer_without_a_message_sid_is_not_a_sent_message(
    serve: Any, http: Http, document: dict[str, object]
) -> None:
    wire = await serve(http(json.dumps(document).encode(), status="201 Created"))
    async with Client(wire.connection()) as opened:
        with pytest.raises(BadAnswer, match="no message SID"):
            await send(opened, Draft(TO, "+14155550100", "x"))


async def test_an_answer_about_something_else_does_not_become_the_message(sandbox: Sandbox, client: Client) -> None:
    sent = await send(client, draft(sandbox))
    for ask in (fetch, redact, cancel):
        sandbox.faults.add(Fault("wrong-json"))
        with pytest.raises(BadAnswer, match="not about the message"):
            await ask(client, sent.sid)


@pytest.mark.parametrize(
    "sid", ["", "SM", SID[:-1], SID + "0", "XX" + "0" * 32, "../" + SID, SID + "\n", "SM" + "g" * 32]
)
async def test_what_is_no_sid_is_refused_before_anything_is_asked(sandbox: Sandbox, client: Client, sid: str) -> None:
    for ask in (fetch, redact, cancel, delete, list_media):
        with pytest.raises(InvalidRequest) as refusal:
            await ask(client, sid)
        assert refusal.value.field == "Message SID"
    assert sandbox.requests == ()


async def test_a_message_that_is_not_there_is_20404(client: Client) -> None:
    with pytest.raises(ApiError) as raised:
        await fetch(client, SID)
    assert (raised.value.status, raised.value.code) == (404, 20404)


async def test_emptying_a_message_leaves_it_there_without_its_text(sandbox: Sandbox, client: Client) -> None:
    sent = await send(client, draft(sandbox))
    await settled(client, sent.sid)
    assert (await redact(client, sent.sid)).body == ""
    assert (await fetch(client, sent.sid)).body == ""


async def test_a_scheduled_message_is_called_off_once(sandbox: Sandbox, client: Client) -> None:
    later = draft(sandbox, from_=sandbox.services[0], send_at=datetime.now(UTC) + timedelta(days=1))
    sent = await send(client, later)
    assert sent.status == "scheduled"
    assert sent.messaging_service_sid == sent.own_party == sandbox.services[0]
    called_off = await cancel(client, sent.sid)
    assert called_off.status == "canceled"
    assert called_off.final
    with pytest.raises(ApiError):
        await cancel(client, sent.sid)


async def test_a_message_is_deleted_for_good_but_not_in_flight(sandbox: Sandbox, client: Client) -> None:
    sent = await send(client, draft(sandbox))
    with pytest.raises(ApiError) as raised:
        await delete(client, sent.sid)
    assert raised.value.code == 20009
    await settled(client, sent.sid)
    await delete(client, sent.sid)
    with pytest.raises(ApiError) as raised:
        await fetch(client, sent.sid)
    assert raised.value.status == 404


async def test_media_are_listed(sandbox: Sandbox, client: Client) -> None:
    sent = await send(client, draft(sandbox, media_urls=("https://x.example/a.png", "https://x.example/b.gif")))
    assert [media.content_type for media in await list_media(client, sent.sid)] == ["image/png", "image/gif"]
    plain = await send(client, draft(sandbox))
    assert await list_media(client, plain.sid) == ()


async def test_an_inbound_message_knows_its_sides(sandbox: Sandbox, client: Client) -> None:
    arrived = sandbox.receive("+14155559999", sandbox.numbers[1], "hi", ("https://x.example/a.png",))
    message = await fetch(client, arrived.sid)
    assert message.inbound
    assert (message.other_party, message.own_party) == ("+14155559999", sandbox.numbers[1])


# -- lists -----------------------------------------------------------------------------------------


async def test_pages_hold_every_message_once_in_order(client: Client) -> None:
    whole = (await page(client, Filters(), page_size=1000)).messages
    found = [
        message for each in [leaf async for leaf in pages(client, Filters(), page_size=60)] for message in each.messages
    ]
    assert [m.sid for m in found] == [m.sid for m in whole]
    assert len(found) == 520
    times = [m.date_created for m in found if m.date_created]
    assert times == sorted(times, reverse=True)


async def test_filters_select_at_the_server(sandbox: Sandbox, client: Client) -> None:
    whole = (await page(client, Filters(), page_size=1000)).messages
    one = whole[7]
    found = (await page(client, Filters(to=one.to, from_=one.from_), page_size=1000)).messages
    assert {m.sid for m in found} == {m.sid for m in whole if (m.to, m.from_) == (one.to, one.from_)}
    day = one.when.date() if one.when else None
    within = Filters(sent_after=day, sent_before=day)
    on_the_day, in_the_range = await page(client, Filters(sent_on=day)), await page(client, within)
    assert on_the_day.messages == in_the_range.messages != ()
    assert sandbox.requests[-1].target.endswith(f"?DateSent%3E={day}&DateSent%3C={day}&PageSize=50")


def test_an_empty_filter_asks_for_nothing() -> None:
    assert Filters().query() == ()
    assert Filters(to="+1", sent_on=date(2026, 1, 2)).query() == (("To", "+1"), ("DateSent", "2026-01-02"))


@pytest.mark.parametrize("size", [0, -1, 1001])
async def test_a_page_of_an_impossible_size_is_refused(sandbox: Sandbox, client: Client, size: int) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        await page(client, Filters(), page_size=size)
    assert refusal.value.field == "PageSize"
    assert sandbox.requests == ()


@pytest.mark.parametrize("document", ["{}", '{"messages": 7}', '{"messages": null}', '{"messages": {}}'])
async def test_an_answer_without_a_list_is_not_an_empty_list(serve: Any, http: Http, document: str) -> None:
    wire = await serve(http(document.encode()))
    async with Client(wire.connection()) as opened:
        with pytest.raises(BadAnswer, match="no list of messages"):
            await page(opened, Filters())


@pytest.mark.parametrize("items", ['[7, null, "x"]', '[{"body": "Hi"}]', '[{"sid": ""}]', '[[{"sid": "SM1"}]]'])
async def test_a_list_of_things_that_are_no_messages_is_not_an_empty_list(serve: Any, http: Http, items: str) -> None:
    wire = await serve(http(f'{{"messages": {items}}}'.encode()))
    async with Client(wire.connection()) as opened:
        with pytest.raises(BadAnswer, match="no messages"):
            await page(opened, Filters())


async def test_odd_things_among_messages_are_passed_over_and_shift_none(serve: Any, http: Http) -> None:
    items = '[7, {"sid": "SM1", "n": 1}, {"body": "no SID"}, {"sid": null}, {"sid": "SM2", "n": 2}]'
    wire = await serve(http(f'{{"messages": {items}}}'.encode()))
    async with Client(wire.connection()) as opened:
        listed = (await page(opened, Filters())).messages
    assert [(message.sid, message.raw["n"]) for message in listed] == [("SM1", 1), ("SM2", 2)]


async def test_links_that_run_in_a_circle_come_to_an_end(serve: Any, http: Http) -> None:
    async def reply(heard: Any, writer: Any) -> None:
        asked = dict(parse_qsl(urlsplit(heard.line.split()[1]).query))
        following = {"1": "2", "2": "3", "3": "1"}[asked.get("Page", "1")]
        path = urlsplit(heard.line.split()[1]).path
        writer.write(http(json.dumps({"messages": [], "next_page_uri": f"{path}?Page={following}"}).encode()))

    wire = await serve(reply)
    async with Client(wire.connection()) as opened:
        with pytest.raises(BadAnswer, match="circle"):
            [leaf async for leaf in pages(opened, Filters())]
    assert len(wire.heard) < 6


async def test_a_link_to_another_host_is_not_followed(serve: Any, http: Http) -> None:
    elsewhere = await serve(http(b"{}"))
    link = f"{elsewhere.base_url}/2010-04-01/x"
    wire = await serve(http(json.dumps({"messages": [], "next_page_uri": link}).encode()))
    async with Client(wire.connection()) as opened:
        with pytest.raises(InvalidRequest, match="away from"):
            [leaf async for leaf in pages(opened, Filters())]
    assert elsewhere.connections == 0


# -- reading ---------------------------------------------------------------------------------------


def test_fields_nobody_knows_are_kept() -> None:
    raw = {"sid": SID, "brand_new": {"x": [1]}, "num_segments": "2", "price": "-0.00750", "error_code": None}
    message = read_message(raw)
    assert message.raw == raw
    assert (message.num_segments, str(message.price), message.error_code) == (2, "-0.00750", None)


def test_an_empty_object_is_a_message_without_anything() -> None:
    assert read_message({}) == Message(sid="")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | st.just("--5"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
FIELDS = [
    *("sid", "status", "direction", "to", "from", "body", "num_segments", "num_media", "price", "price_unit"),
    *("error_code", "error_message", "date_created", "date_sent", "date_updated", "uri", "messaging_service_sid"),
]


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=4), JSON, max_size=8))
def test_no_object_is_too_odd_to_be_read(raw: dict[str, object]) -> None:
    message = read_message(raw)
    assert message.raw == raw
    assert isinstance(message.other_party + message.own_party + message.status, str)
    assert message.when is None or message.when.tzinfo is UTC


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_an_error_larger_than_any_of_twilios_is_not_looked_through(status: int) -> None:
    body = b'{"message": "' + b"x" * LARGEST_ERROR + b'"}'
    with pytest.raises(BadAnswer):
        read_document(HttpResponse(status, "", (), body, "HTTP/1.1", 0.1))
