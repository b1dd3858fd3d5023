"""The HTTP client, and each layer of its confinement alone: one taken out must not be hidden by the others.

Each test was seen to fail with its own layer taken out and the others in place.
"""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from tui.raw_request import transfer
from tui.raw_request.links import redirect_target
from tui.raw_request.model import RawRequest
from tui.raw_request.sending import send as send_by_hand
from tui.raw_request.transfer import ResponseReader
from tui.storage.connection import Connection
from tui.twilio.client import Client
from tui.twilio.errors import BadAnswer, InvalidRequest, NoAnswer
from tui.twilio.exchange import IncomingResponse, OutgoingRequest, RequestBody
from tui.twilio.http import PolicedBasicAuth, PolicedTransport, send_without_credentials, tls_context
from tui.twilio.url_policy import UrlPolicy

TWILIO = UrlPolicy.for_region(None)
OWN = UrlPolicy.for_base_url("http://127.0.0.1:4010")
ELSEWHERE = (
    (TWILIO, "https://evil.example/x"),
    (TWILIO, "http://api.twilio.com/x"),
    (TWILIO, "https://u:p@api.twilio.com/x"),
    (OWN, "https://api.twilio.com/2010-04-01/x"),
    (OWN, "https://api.dublin.ie1.twilio.com/x"),
    (OWN, "http://127.0.0.1:4011/x"),
    (OWN, "https://127.0.0.1:4010/x"),
)


@pytest.mark.parametrize(("policy", "url"), ELSEWHERE)
def test_the_credentials_are_given_to_no_other_address(policy: UrlPolicy, url: str) -> None:
    request = httpx.Request("GET", url)
    with pytest.raises(InvalidRequest):
        next(PolicedBasicAuth(policy, "user", "secret").auth_flow(request))
    assert "authorization" not in request.headers


class NoPool:
    """Connections that nobody may ask for."""

    async def handle_async_request(self, request: object) -> object:
        pytest.fail("A connection was asked for.")


def unconnected(policy: UrlPolicy) -> PolicedTransport:
    transport = PolicedTransport(policy, None)
    transport._kept = transport._fresh = cast("Any", NoPool())
    return transport


@pytest.mark.parametrize(("policy", "url"), ELSEWHERE)
async def test_no_other_address_gets_a_connection(policy: UrlPolicy, url: str) -> None:
    with pytest.raises(InvalidRequest):
        await unconnected(policy).handle_async_request(httpx.Request("GET", url))


class Misread(UrlPolicy):
    """A gate that reads an address otherwise than httpx does."""

    def allows(self, url: str) -> bool:
        return True


async def test_what_httpx_would_connect_to_is_looked_at_as_well() -> None:
    policy = Misread(OWN.origin, OWN.prefix)
    for url in ("https://api.twilio.com/x", "http://127.0.0.1:4011/x", "https://evil.example/x"):
        with pytest.raises(InvalidRequest):
            await unconnected(policy).handle_async_request(httpx.Request("GET", url))


@pytest.mark.parametrize("url", ["https://api.twilio.com/x", "http://192.0.2.1/x", "http://user@127.0.0.1:4010/x", "x"])
async def test_what_is_sent_without_credentials_stays_on_this_machine(url: str) -> None:
    with pytest.raises(InvalidRequest):
        await send_without_credentials(OutgoingRequest("POST", url), limit=1.0, largest=100)


async def test_neither_roots_nor_a_log_of_keys_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    roots = tmp_path / "roots.pem"
    roots.write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(roots))
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys.log"))
    context = tls_context()
    assert context.cert_store_stats()["x509_ca"] > 20
    assert context.keylog_filename is None


async def test_a_host_that_cannot_prove_who_it_is_gets_no_byte_of_a_request(nobody: Path) -> None:
    heard: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1000))
        writer.close()

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(nobody)
    server = await asyncio.start_server(hear, "127.0.0.1", 0, ssl=tls)
    async with server:
        base_url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/2010-04-01"
        connection = Connection("c", "auth_token", "AC" + "0" * 32, auth_token="t" * 32, base_url=base_url)
        async with Client(connection) as client:
            for fresh in (False, True):
                with pytest.raises(NoAnswer, match="could not prove") as refused:
                    await client.exchange(OutgoingRequest("GET", f"{base_url}/x"), fresh=fresh)
                assert not refused.value.sent
    assert not any(heard)


async def test_a_redirect_is_held_to_the_gate_and_to_paths_that_do_not_climb(serve: Any, http: Any) -> None:
    for place, words in (
        ("https://evil.example/x", "reaches nothing else"),
        ("https://api.twilio.com/x", "reaches nothing else"),
        ("/2010-04-01/%2e%2e/x", "climbs"),
        ("/2010-04-01/a/%252e%252e/x", "climbs"),
    ):
        wire = await serve(http(b"", status="302 Found", headers=(f"Location: {place}",)))
        async with Client(wire.connection()) as client:
            redirect = redirect_target(client.policy, await send_by_hand(client, RawRequest("GET", "/x")))
        assert redirect is not None
        assert words in redirect.refusal


async def test_what_changes_things_and_a_second_try_by_hand_get_a_connection_of_their_own(
    serve: Any, http: Any
) -> None:
    answers = iter(["200 OK", "200 OK", "200 OK", "500 Oops", "200 OK"])

    async def reply(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(http(b"{}", status=next(answers)))

    wire = await serve(reply)
    async with Client(wire.connection()) as client:
        for method in ("GET", "GET"):
            await send_by_hand(client, RawRequest(method, "/x"))
        assert wire.connections == 1
        await send_by_hand(client, RawRequest("POST", "/x", data="a=b"))
        assert wire.connections == 2
        await send_by_hand(client, RawRequest("GET", "/x", max_retries=1))
        assert wire.connections == 3
    assert len(wire.heard) == 5


class Short:
    """A body that ends before its time."""

    length = 10

    async def pieces(self) -> AsyncGenerator[bytes]:
        yield b"abc"


async def test_a_request_that_breaks_after_its_head_has_left_may_have_been_sent(serve: Any, http: Any) -> None:
    wire = await serve(http(b"{}"))
    async with Client(wire.connection()) as client:
        with pytest.raises(NoAnswer) as broken:
            await client.exchange(OutgoingRequest("POST", wire.base_url + "/x", content=cast("RequestBody", Short())))
        assert broken.value.sent

        async def read(_: IncomingResponse) -> bytes:
            raise UnicodeDecodeError("utf-8", b"x", 0, 1, "odd")

        with pytest.raises(NoAnswer) as unreadable:
            await client.exchange(OutgoingRequest("POST", wire.base_url + "/x"), read=read)
        assert unreadable.value.sent


async def test_keys_and_clocks_get_their_turn_while_an_answer_swells(serve: Any, http: Any) -> None:
    bomb = gzip.compress(bytes(32 * 1024 * 1024))
    wire = await serve(http(bomb, headers=("Content-Encoding: gzip",)))
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with Client(wire.connection()) as client:
        await client.exchange(OutgoingRequest("GET", wire.base_url + "/x"))
        counting = asyncio.create_task(count())

        async def nothing(incoming: IncomingResponse) -> bytes:
            nonlocal turns
            turns = 0
            async for _ in incoming.pieces:
                pass
            return b""

        await client.exchange(OutgoingRequest("GET", wire.base_url + "/x"), read=nothing)
        counting.cancel()
    assert turns > 100


async def test_a_file_for_a_large_answer_has_a_bound_as_well(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(transfer, "LARGEST_SPILL", 4000)

    async def pieces() -> AsyncGenerator[bytes]:
        while True:
            yield bytes(1000)

    with (tmp_path / "spill").open("wb") as file, pytest.raises(BadAnswer, match="broken off"):
        await ResponseReader(1500, lambda: file, None).read(IncomingResponse(200, "OK", (), "HTTP/1.1", pieces()))
