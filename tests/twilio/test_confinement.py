"""Two real servers: one that a connection leads to and that wants the credentials elsewhere, and the one they are for.

The second must hear nothing, not even that somebody knocks. Checked by taking the protection out: with a client that
follows redirects and a gate that allows everything it hears all of them, credentials included.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from tui.raw_request import links
from tui.raw_request.model import RawRequest
from tui.raw_request.sending import send as send_by_hand
from tui.twilio.client import Client
from tui.twilio.drafts import Draft
from tui.twilio.errors import RequestFailed
from tui.twilio.messages import Filters, fetch, pages, send
from tui.twilio.numbers import list_numbers
from tui.twilio.senders import list_senders

Http = Callable[..., bytes]
ACCOUNT = "AC" + "0" * 32
SID = "SM" + "2" * 32


def leads(thief: str) -> list[str]:
    """Ways of writing the other server's address into an answer; `thief` is its host and port."""
    port = thief.partition(":")[2]
    return [
        f"http://{thief}/",
        f"//{thief}/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1",
        f"///{thief}/x",
        f"/\\{thief}/x",
        f"\\\\{thief}\\x",
        f"http:{thief}/x",
        f"http:/{thief}/x",
        f"HTTP://{thief}/x",
        f"http://user:pass@{thief}/x",
        f"http://api.twilio.com@{thief}/x",
        f"http://api.twilio.com:443@{thief}/x",
        f"http://{thief}#@api.twilio.com/x",
        f"http://{thief}?@api.twilio.com/x",
        f"http://{thief}\\@api.twilio.com/x",
        f"http://localhost:{port}/x",
        f"http://127.1:{port}/x",
        f"http://2130706433:{port}/x",
        f"http://0x7f000001:{port}/x",
        f"http://[::ffff:127.0.0.1]:{port}/x",
        f"http://127.0.0.1.:{port}/x",
        f"http://127.0.0.1:0{port}/x",
        f" http://{thief}/x",
        f"\thttp://{thief}/x",
        f"https://{thief}/x",
        f"ws://{thief}/x",
        f"/x/../../../@{thief}/",
        f"/2010-04-01/%2e%2e/%2f%2f{thief}/x",
        f"?next=http://{thief}/",
        f".{thief}",
        f"@{thief}/x",
        f":{port}/x",
    ]


async def listening(serve: Any) -> tuple[Any, str]:
    thief = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    return thief, f"127.0.0.1:{thief.port}"


async def everything(client: Client) -> None:
    """Every kind of request the program makes, each to its end whatever comes of it."""

    async def all_pages() -> None:
        async for _ in pages(client, Filters(), page_size=2):
            pass

    attempts: list[Callable[[], Awaitable[object]]] = [
        all_pages,
        lambda: fetch(client, SID),
        lambda: send(client, Draft(to="+14155550123", from_="+14155550100", body="secret")),
        lambda: list_senders(client),
        lambda: list_numbers(client),
        lambda: send_by_hand(client, RawRequest("GET", "/x", max_retries=1, retry_all_errors=True)),
        lambda: send_by_hand(client, RawRequest("POST", "/x", data="a=b", headers=(("X-Key", "mine"),))),
    ]
    for attempt in attempts:
        with suppress(RequestFailed):
            async with asyncio.timeout(10):
                await attempt()


@pytest.fixture(autouse=True)
def proxies(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Name a proxy for everything in the environment."""

    def name(thief: str) -> None:
        for variable in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(variable, f"http://{thief}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)

    return name


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_no_redirect_takes_anything_to_another_host(serve: Any, http: Http, proxies: Any, status: str) -> None:
    thief, where = await listening(serve)
    proxies(where)
    turn = iter(leads(where) * 20)

    async def redirect(_: Any, writer: asyncio.StreamWriter) -> None:
        place = next(turn)
        extras = (
            f"Location: {place}",
            f"Refresh: 0; url={place}",
            f'Alt-Svc: h2="{where}"',
            f"Link: <{place}>; rel=next",
        )
        writer.write(http(b"{}", status=status, headers=extras))

    wire = await serve(redirect)
    async with Client(wire.connection()) as client:
        for _ in range(4):
            await everything(client)
    assert len(wire.heard) >= len(leads(where))
    assert thief.connections == 0


async def test_no_link_in_an_answer_takes_anything_to_another_host(serve: Any, http: Http, proxies: Any) -> None:
    thief, where = await listening(serve)
    proxies(where)
    turn = iter(leads(where) * 20)

    async def lure(_: Any, writer: asyncio.StreamWriter) -> None:
        place = next(turn)
        body = {
            "messages": [],
            "incoming_phone_numbers": [],
            "services": [],
            "next_page_uri": place,
            "previous_page_uri": place,
            "first_page_uri": place,
            "uri": place,
            "meta": {"next_page_url": place, "url": place, "key": "services"},
        }
        writer.write(http(json.dumps(body).encode(), headers=("Content-Type: application/json", "Set-Cookie: a=b")))

    wire = await serve(lure)
    async with Client(wire.connection()) as client:
        for _ in range(6):
            await everything(client)
    assert len(wire.heard) >= len(leads(where))
    assert thief.connections == 0


async def test_what_the_console_would_follow_stays_with_the_connections_own_host(serve: Any, http: Http) -> None:
    thief, where = await listening(serve)
    for place in leads(where):
        body = json.dumps({"next_page_uri": place}).encode()
        wire = await serve(http(body, status="302 Found", headers=(f"Location: {place}",)))
        async with Client(wire.connection()) as client:
            response = await send_by_hand(client, RawRequest("GET", "/x"))
            onward: list[tuple[str, bool]] = []
            redirect = links.redirect_target(client.policy, response)
            if redirect is not None and not redirect.refusal:
                onward.append((redirect.url, redirect.crosses))
            with suppress(RequestFailed):
                if (after := links.pages(client.policy, response).next) is not None:
                    onward.append((after, False))
            for url, crosses in onward:
                with suppress(RequestFailed):
                    await send_by_hand(client, RawRequest("GET", url), anonymous=crosses)
    assert thief.connections == 0


async def test_a_host_that_asks_for_the_credentials_again_gets_no_more_than_it_had(
    serve: Any, http: Http, proxies: Any
) -> None:
    thief, where = await listening(serve)
    proxies(where)
    asking = (
        'WWW-Authenticate: Basic realm="x"',
        'WWW-Authenticate: Digest realm="x", nonce="y"',
        f"Location: //{where}",
    )
    wire = await serve(http(b"{}", status="401 Unauthorized", headers=asking))
    async with Client(wire.connection()) as client:
        await everything(client)
    wanted = "Basic " + base64.b64encode(b"SK" + b"1" * 32 + b":key-secret").decode()
    assert {heard.header("authorization") for heard in wire.heard} == {wanted}
    assert thief.connections == 0
