"""Twilio's alerts: listed for a period, told apart, read whole; whatever is answered."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.http_server.http_messages import Request, Response
from tui.http_server.server import Server
from tui.sandbox.alerts import WebhookAnswer
from tui.sandbox.server import Sandbox
from tui.storage.connections import Connection
from tui.twilio.alerts import LONGEST, Alert, fetch_alert, find_alerts, list_alerts, read_alert
from tui.twilio.client import Client
from tui.twilio.errors import ApiError, BadAnswer, InvalidRequest

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SID = "SM" + "a" * 32


@pytest.fixture
async def client(sandbox: Sandbox, connect: Callable[..., Connection]) -> AsyncIterator[Client]:
    async with Client(connect(sandbox)) as client:
        yield client


def failed(url: str, status: int = 500, body: bytes = b"") -> WebhookAnswer:
    return WebhookAnswer("POST", url, (("Body", "Hi"),), status, body=body)


async def test_those_about_the_message_are_read_whole_and_those_about_the_urls_are_listed(sandbox, client) -> None:
    here = "http://127.0.0.1:8080/sms"
    for sid, url in ((SID, "http://127.0.0.1:1/x"), ("SM1", here + "?a=1"), ("SM2", "http://127.0.0.1:2"), (SID, here)):
        sandbox._account.alerts.add(sid, 11200, failed(url, body=b"Sorry"))
    now = sandbox._account.clock()
    found = await find_alerts(client, now - HOUR, now + HOUR, sid=SID, urls=[here + "/"])
    assert [(alert.url, alert.response) for alert in found.message] == [
        (here, "Sorry"),
        ("http://127.0.0.1:1/x", "Sorry"),
    ]
    assert [(alert.resource_sid, alert.response) for alert in found.urls] == [("SM1", "")]
    (alert, _) = found.message
    assert (alert.code, alert.status, alert.method, alert.level) == (11200, 500, "POST", "error")
    assert alert.at == now.replace(microsecond=0)
    assert "could not fetch" in alert.said
    assert not (await find_alerts(client, now - 2 * HOUR, now - HOUR, sid=SID, urls=[here])).message


async def test_all_pages_are_walked_within_bounds(sandbox, client) -> None:
    for _ in range(501):
        sandbox._account.alerts.add(SID, 11200, failed("http://127.0.0.1:1/"))
    now = sandbox._account.clock()
    assert len(await list_alerts(client, now - HOUR, now + HOUR)) == 500


async def test_an_alert_that_is_not_there_is_twilios_error(client) -> None:
    with pytest.raises(ApiError) as missing:
        await fetch_alert(client, "NO" + "0" * 32)
    assert missing.value.code == 20404
    with pytest.raises(InvalidRequest):
        await fetch_alert(client, "NO1/../x")


@pytest.mark.parametrize(("status", "code"), [(401, 20003), (403, 20003)])
async def test_who_may_not_read_them_is_told(connect, sandbox, status, code) -> None:
    async def answer(request: Request) -> Response:
        return Response(status, body=json.dumps({"code": code, "message": "Authenticate", "status": status}).encode())

    async with Server(answer) as server:
        base = f"http://127.0.0.1:{server.port}/2010-04-01"
        async with Client(replace(connect(sandbox), base_url=base)) as client:
            with pytest.raises(ApiError) as refused:
                await list_alerts(client, NOW, NOW)
    assert refused.value.status == status


async def test_an_answer_without_alerts_is_said(connect, sandbox) -> None:
    async def answer(request: Request) -> Response:
        return Response(200, body=b"{}")

    async with Server(answer) as server:
        base = f"http://127.0.0.1:{server.port}/2010-04-01"
        async with Client(replace(connect(sandbox), base_url=base)) as client:
            with pytest.raises(BadAnswer, match="holds no alerts"):
                await list_alerts(client, NOW, NOW)


@given(
    st.dictionaries(
        st.sampled_from(["sid", "error_code", "alert_text", "date_generated", "response_body"]),
        st.one_of(st.none(), st.integers(), st.text(), st.lists(st.text()), st.booleans()),
    )
)
def test_whatever_an_alert_holds_it_is_read(item) -> None:
    alert = read_alert(item)
    assert isinstance(alert, Alert)
    assert isinstance(alert.said, str)
    assert alert.status is None or isinstance(alert.status, int)


def test_long_texts_are_cut() -> None:
    alert = read_alert({"alert_text": "Msg=" + "x" * 10**6, "response_body": "y" * 10**6})
    assert len(alert.said) < LONGEST
    assert len(alert.response) == LONGEST
