"""Handing the receiver's URL to a number, and taking it back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from tui.http_server.http_messages import Request, Response
from tui.http_server.server import Server
from tui.sandbox.server import Sandbox
from tui.storage.connections import Connection
from tui.twilio.client import Client
from tui.twilio.errors import ApiError, BadAnswer, InvalidRequest
from tui.twilio.numbers import SmsWebhook, list_numbers, restore_sms_webhook, set_sms_webhook

PN = "PN" + "0" * 32


async def test_numbers_are_listed_with_where_their_messages_go(sandbox: Sandbox, connection: Connection) -> None:
    async with Client(connection) as client:
        numbers = await list_numbers(client)
    assert [number.phone_number for number in numbers] == list(sandbox.numbers)
    assert [number.sms for number in numbers] == [True] * 6 + [False]
    assert numbers[0].webhook == SmsWebhook("", "POST", "")


async def test_a_webhook_is_set_and_the_old_one_put_back(connection: Connection) -> None:
    async with Client(connection) as client:
        number = (await list_numbers(client))[0]
        first = await set_sms_webhook(client, number.sid, "https://one.example/sms", "GET")
        assert (first.webhook.url, first.webhook.method) == ("https://one.example/sms", "GET")
        second = await set_sms_webhook(client, number.sid, "https://two.example/sms")
        assert (second.webhook.url, second.webhook.method) == ("https://two.example/sms", "POST")
        assert (await restore_sms_webhook(client, number.sid, first.webhook)).webhook == first.webhook
        assert (await restore_sms_webhook(client, number.sid, number.webhook)).sms_url == ""
        assert (await list_numbers(client))[0] == number


@pytest.mark.parametrize(
    ("sid", "url", "method", "field"),
    [
        (PN, "example.com", "POST", "SmsUrl"),
        (PN, "ftp://example.com", "POST", "SmsUrl"),
        (PN, "https://exa mple.com", "POST", "SmsUrl"),
        (PN, "", "POST", "SmsUrl"),
        (PN, "https://example.com", "PUT", "SmsMethod"),
        ("PN1/../Keys", "https://example.com", "POST", "PhoneNumberSid"),
    ],
)
async def test_what_is_malformed_is_refused_before_anything_is_sent(
    sandbox: Sandbox, connection: Connection, sid: str, url: str, method: str, field: str
) -> None:
    async with Client(connection) as client:
        with pytest.raises(InvalidRequest) as caught:
            await set_sms_webhook(client, sid, url, method)
    assert caught.value.field == field
    assert sandbox.requests == ()


async def test_a_number_that_is_not_there_is_twilios_error(connection: Connection) -> None:
    async with Client(connection) as client:
        with pytest.raises(ApiError) as caught:
            await set_sms_webhook(client, PN, "https://example.com")
    assert caught.value.code == 20404


async def test_an_application_is_taken_off_and_put_back(sandbox: Sandbox, connect: Callable[..., Connection]) -> None:
    forms: list[dict[str, str]] = []
    odd = {"sms_application_sid": "AP1", "sms_method": "put", "capabilities": 3}

    async def answer(request: Request) -> Response:
        forms.append(dict(parse_qsl(request.body.decode(), keep_blank_values=True)))
        return Response(200, body=json.dumps(odd | {"sid": PN}).encode())

    async with Server(answer) as server:
        model = connect(sandbox)
        connection = Connection(
            name="own",
            kind="api_key",
            account_sid=model.account_sid,
            api_key_sid=sandbox.api_key_sid,
            api_key_secret=sandbox.api_key_secret,
            base_url=f"http://127.0.0.1:{server.port}",
        )
        async with Client(connection) as client:
            number = await set_sms_webhook(client, PN, "https://example.com/sms")
            assert number.webhook == SmsWebhook("", "POST", "AP1")
            await restore_sms_webhook(client, PN, number.webhook)
            with pytest.raises(BadAnswer):
                await list_numbers(client)
    assert forms[0] == {"SmsUrl": "https://example.com/sms", "SmsMethod": "POST", "SmsApplicationSid": ""}
    assert forms[1] == {"SmsUrl": "", "SmsMethod": "POST", "SmsApplicationSid": "AP1"}


@pytest.mark.parametrize("body", [b"{}", b'{"sid": null}', b'{"sid": "PN1", "sms_url": "https://other.example"}'])
async def test_an_answer_about_another_number_or_none_is_not_taken_for_this_one(
    sandbox: Sandbox, connect: Callable[..., Connection], body: bytes
) -> None:
    async def answer(request: Request) -> Response:
        return Response(200, body=body)

    async with Server(answer) as server:
        connection = replace(connect(sandbox), base_url=f"http://127.0.0.1:{server.port}")
        async with Client(connection) as client:
            for asked in (
                set_sms_webhook(client, PN, "https://new.example"),
                restore_sms_webhook(client, PN, SmsWebhook("https://old.example")),
            ):
                with pytest.raises(BadAnswer, match="not about this number"):
                    await asked
