"""The way out over real sockets: whom the credentials are shown to, and over which connections."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from tui.storage.connection import Connection
from tui.storage.secrets import Secret
from tui.twilio.client import Client
from tui.twilio.errors import InvalidRequest, NoAnswer
from tui.twilio.exchange import OutgoingRequest

Http = Callable[..., bytes]
SECRETS = (b"key-secret", base64.b64encode(b"SK" + b"1" * 32 + b":key-secret"))


def get(client: Client, path: str = "/x") -> OutgoingRequest:
    return OutgoingRequest("GET", client.policy.locate(path))


async def no_answer(client: Client, outgoing: OutgoingRequest | None = None, **more: Any) -> NoAnswer:
    with pytest.raises(NoAnswer) as raised:
        await client.exchange(outgoing or get(client), **more)
    assert raised.value.reason
    assert raised.value.remedy
    return raised.value


def to_port(port: int) -> Connection:
    return Connection("p", "auth_token", "AC" + "0" * 32, auth_token="token", base_url=f"http://127.0.0.1:{port}")


# -- whom the credentials are shown to -------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "pair"),
    [("api_key", "SK" + "1" * 32 + ":key-secret"), ("auth_token", "AC" + "0" * 32 + ":token-secret")],
)
async def test_both_kinds_of_credentials_go_out_as_basic(serve: Any, http: Http, kind: str, pair: str) -> None:
    wire = await serve(http(b"{}"))
    async with Client(wire.connection(kind=kind)) as client:
        await client.get(client.policy.locate("/Accounts"))
    expected = "Basic " + base64.b64encode(pair.encode()).decode()
    assert [v for k, v in wire.heard[0].headers if k.lower() == "authorization"] == [expected]
    assert wire.heard[0].line == "GET /2010-04-01/Accounts HTTP/1.1"


async def test_a_typed_authorization_does_not_replace_the_connections(serve: Any, http: Http) -> None:
    wire = await serve(http(b"{}"))
    async with Client(wire.connection()) as client:
        await client.exchange(OutgoingRequest("GET", client.policy.locate("/x"), (("Authorization", "Bearer other"),)))
    sent = [v for k, v in wire.heard[0].headers if k.lower() == "authorization"]
    assert len(sent) == 1
    assert sent[0].startswith("Basic ")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_redirect_is_not_followed(serve: Any, http: Http, status: int, method: str) -> None:
    elsewhere = await serve(http(b"{}"))
    wire = await serve(http(b"", status=f"{status} Moved", headers=(f"Location: {elsewhere.base_url}/x",)))
    async with Client(wire.connection()) as client:
        answer = await client.exchange(OutgoingRequest(method, client.policy.locate("/x"), content=b"To=1"))
    assert answer.status == status
    assert answer.header("location") == f"{elsewhere.base_url}/x"
    assert elsewhere.connections == 0


@pytest.mark.parametrize("place", ["http://[::1", "//evil.example:x/", "https://evil.example/\xe9"])
async def test_a_redirect_to_an_address_nobody_can_read_is_still_an_answer(serve: Any, http: Http, place: str) -> None:
    wire = await serve(http(b"", status="302 Found", headers=(f"Location: {place}",)))
    async with Client(wire.connection()) as client:
        answer = await client.exchange(get(client))
    assert (answer.status, answer.header("location")) == (302, place)


@pytest.mark.parametrize("url", ["http://127.0.0.1:{other}/x", "https://evil.example/x", "http://localhost:{port}/x"])
async def test_another_origin_is_refused_before_a_socket_is_made(serve: Any, http: Http, url: str) -> None:
    wire, other = await serve(http(b"{}")), await serve(http(b"{}"))
    async with Client(wire.connection()) as client:
        with pytest.raises(InvalidRequest, match="none that this connection reaches"):
            await client.exchange(OutgoingRequest("GET", url.format(port=wire.port, other=other.port)))
    assert (wire.connections, other.connections) == (0, 0)


async def test_proxies_and_netrc_of_the_environment_are_ignored(
    serve: Any, http: Http, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wire, proxy = await serve(http(b"{}")), await serve(http(b"{}"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy.base_url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password word\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    async with Client(wire.connection()) as client:
        await client.get(client.policy.locate("/x"))
    assert proxy.connections == 0
    assert "b3RoZXI6d29yZA==" not in str(wire.heard[0].headers)
    assert len(wire.heard) == 1


async def test_a_cookie_is_not_kept(serve: Any, http: Http) -> None:
    wire = await serve(http(b"{}", headers=("Set-Cookie: a=b; Path=/",)))
    async with Client(wire.connection()) as client:
        await client.get(client.policy.locate("/x"))
        await client.get(client.policy.locate("/x"))
    assert [heard.header("cookie") for heard in wire.heard] == [None, None]


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding"])
async def test_headers_that_frame_the_request_are_the_clients_own(serve: Any, http: Http, name: str) -> None:
    wire = await serve(http(b"{}"))
    async with Client(wire.connection()) as client:
        with pytest.raises(InvalidRequest, match=name):
            await client.exchange(OutgoingRequest("POST", client.policy.locate("/x"), ((name, "3"),), b"abc"))
    assert wire.connections == 0


@pytest.mark.parametrize(
    "header", [("X", "a\r\nY: b"), ("X\r\nY", "b"), ("X", "a\x00"), ("X", "€"), ("Ü", "x"), ("", "")]
)
async def test_a_header_that_http_forbids_is_refused_and_nothing_is_sent(
    serve: Any, http: Http, header: tuple[str, str]
) -> None:
    wire = await serve(http(b"{}"))
    async with Client(wire.connection()) as client:
        with pytest.raises(InvalidRequest) as refusal:
            await client.exchange(OutgoingRequest("GET", client.policy.locate("/x"), (header,)))
    assert refusal.value.field == "Headers"
    assert wire.heard == []


async def test_a_latin_1_header_goes_out_as_typed(serve: Any, http: Http) -> None:
    wire = await serve(http(b"{}"))
    async with Client(wire.connection()) as client:
        await client.exchange(OutgoingRequest("GET", client.policy.locate("/x"), (("X-Name", "Zoë"),)))
    assert wire.heard[0].header("x-name") == "Zoë"


async def test_repeated_pairs_of_a_form_arrive_in_order(serve: Any, http: Http) -> None:
    wire = await serve(http(b"{}"))
    form = [("MediaUrl", "https://a/?x=1&y=2"), ("Body", "Grüße + 100 % 😀\n"), ("MediaUrl", ""), ("A&B", "=")]
    async with Client(wire.connection()) as client:
        await client.post(client.policy.locate("/x"), form)
    assert wire.heard[0].form == form
    assert wire.heard[0].header("content-type") == "application/x-www-form-urlencoded"


# -- connections -----------------------------------------------------------------------------------


async def test_reads_share_a_connection_and_sends_get_one_each(serve: Any, http: Http) -> None:
    async def reply(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(http(b"{}"))

    wire = await serve(reply)
    async with Client(wire.connection()) as client:
        url = client.policy.locate("/x")
        for _ in range(3):
            await client.get(url)
        assert wire.connections == 1
        await client.post(url, [("a", "b")])
        await client.post(url, [("a", "b")])
        assert wire.connections == 3
        await client.get(url)
        assert wire.connections == 3


async def test_a_closed_client_sends_nothing(serve: Any, http: Http) -> None:
    wire = await serve(http(b"{}"))
    client = Client(wire.connection())
    async with client:
        assert not client.closed
    assert client.closed
    problem = await no_answer(client)
    assert not problem.sent
    assert wire.connections == 0
    await client.aclose()


async def test_closing_ends_what_is_under_way(serve: Any) -> None:
    async def reply(_: Any, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    wire = await serve(reply)
    async with Client(wire.connection()) as client:
        reading = asyncio.create_task(client.exchange(get(client)))
        await wire.arrived.wait()
        await client.aclose()
        with pytest.raises(NoAnswer) as raised:
            await reading
    assert raised.value.sent


async def test_a_cancelled_request_leaves_no_task_and_no_connection(serve: Any) -> None:
    async def say_nothing(*_: Any) -> None:
        return

    wire = await serve(say_nothing)
    async with Client(wire.connection()) as client:
        before = asyncio.all_tasks()
        reading = asyncio.create_task(client.exchange(get(client), fresh=True))
        await wire.arrived.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert {task for task in asyncio.all_tasks() - before if "handle" not in str(task.get_coro())} == set()
        async with asyncio.timeout(5):
            await wire.ended.wait()


# -- credentials that cannot be had ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("connection", "field"),
    [
        (Connection("c", "api_key", "AC1", api_key_secret="s"), "api_key_sid"),
        (Connection("c", "api_key", "AC1", api_key_sid="SK1"), "api_key_secret"),
        (Connection("c", "auth_token", "AC1"), "auth_token"),
        (Connection("c", "auth_token", "AC1", auth_token=Secret.env("NO_SUCH_VARIABLE_7")), "auth_token"),
        (Connection("c", "auth_token", "AC1", auth_token="t\udcff"), "auth_token"),
    ],
)
async def test_missing_credentials_name_the_field(connection: Connection, field: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        async with Client(connection):
            pass
    assert refusal.value.field == field
    assert refusal.value.remedy


async def test_an_unopened_client_is_a_mistake_in_the_program() -> None:
    with pytest.raises(RuntimeError):
        await Client(to_port(1)).exchange(OutgoingRequest("GET", "http://127.0.0.1:1/x"))


async def test_no_secret_shows_in_what_goes_wrong(serve: Any) -> None:
    wire = await serve(b"")
    async with Client(wire.connection()) as client:
        problem = await no_answer(client)
    told = f"{problem!r} {problem} {problem.__cause__!r} {client!r} {client.connection!r}".encode()
    assert not any(secret in told for secret in SECRETS)


async def test_the_secret_is_hidden_in_every_form_it_could_travel_in(connect, sandbox):
    secret = "p/w +ä&=" + "x" * 10
    async with Client(replace(connect(sandbox), api_key_secret=Secret.literal(secret))) as client:
        basic = base64.b64encode(f"{sandbox.api_key_sid}:{secret}".encode()).decode()
        text = f"a {secret} b {quote_plus(secret)} c {quote_plus(secret).replace('+', '%20')} d Basic {basic} e"
        assert client.hide(text) == "a ••• b ••• c ••• d Basic ••• e"
        assert client.hide("nothing of it") == "nothing of it"
        assert client.hide(f"the other one: {sandbox.auth_token}") == "the other one: •••"
    # One that begins like the other must not leave its end behind.
    one, other = Secret.literal("begin"), Secret.literal("begin-end")
    async with Client(replace(connect(sandbox), api_key_secret=one, auth_token=other)) as client:
        assert client.hide("begin-end, begin") == "•••, •••"
