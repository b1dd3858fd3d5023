"""What the client says when no good answer comes: whether the request may have left, in bounded time and space."""

from __future__ import annotations

import asyncio
import gzip
import socket
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.time_passing import let_pass
from tests.twilio.test_client import get, no_answer
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.storage.connection import Connection
from tui.twilio.client import Client
from tui.twilio.errors import ApiError, BadAnswer, InvalidRequest, NoAnswer
from tui.twilio.exchange import OutgoingRequest

Http = Callable[..., bytes]


@pytest.fixture
def silent() -> Iterator[int]:
    """A port whose queue is full, so that connecting to it takes for ever."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers: list[socket.socket] = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            fillers.append(filler)
        yield listener.getsockname()[1]
        for filler in fillers:
            filler.close()


@pytest.fixture
def closed() -> Iterator[int]:
    """A port that nobody listens on, and that nobody else is given meanwhile."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]


def to_port(port: int) -> Connection:
    return Connection("p", "auth_token", "AC" + "0" * 32, auth_token="token", base_url=f"http://127.0.0.1:{port}")


# -- what a failure says ---------------------------------------------------------------------------


async def test_a_refused_port_sent_nothing(closed: int) -> None:
    async with Client(to_port(closed)) as client:
        problem = await no_answer(client)
    assert not problem.sent
    assert "Nothing answers" in problem.reason


async def test_a_name_that_does_not_exist_sent_nothing() -> None:
    nowhere = Connection("p", "auth_token", "AC1", auth_token="t", base_url="https://nowhere.invalid")
    async with Client(nowhere, timeout=20) as client:
        problem = await no_answer(client)
    assert not problem.sent


async def test_a_name_too_long_for_dns_is_refused() -> None:
    odd = Connection("p", "auth_token", "AC1", auth_token="t", base_url=f"https://{'a' * 70}.invalid")
    async with Client(odd) as client:
        with pytest.raises((InvalidRequest, NoAnswer)) as raised:
            await client.exchange(get(client))
    assert getattr(raised.value, "sent", False) is False


async def test_a_connection_that_is_never_taken_sent_nothing(silent: int) -> None:
    async with Client(to_port(silent), timeout=0.5) as client:
        problem = await no_answer(client)
    assert not problem.sent
    assert "Check the network" in problem.remedy


async def test_only_what_changes_things_is_said_not_to_have_been_sent(silent: int) -> None:
    async with Client(to_port(silent), timeout=0.5) as client:
        reading = await no_answer(client)
        with pytest.raises(NoAnswer) as writing:
            await client.exchange(OutgoingRequest("POST", client.policy.locate("/x")))
    # It may stand beside a message of which nobody knows whether it was sent.
    assert "sent" not in str(reading)
    assert "Nothing was sent" in writing.value.remedy


async def test_connecting_has_a_time_of_its_own(silent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.twilio.http.CONNECT_TIMEOUT", 0.3)
    async with Client(to_port(silent), timeout=20) as client:
        problem = await no_answer(client)
    assert not problem.sent
    assert "did not take the connection" in problem.reason


async def test_a_server_that_does_not_speak_tls_is_sent_nothing() -> None:
    heard = b""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        heard = await reader.read(65536)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        secure = Connection("p", "auth_token", "AC1", auth_token="t", base_url=f"https://127.0.0.1:{port}")
        async with Client(secure, timeout=5) as client:
            problem = await no_answer(client)
    assert not problem.sent
    assert "no common way to encrypt" in problem.reason
    assert "port" in problem.remedy
    assert heard
    assert b"HTTP" not in heard


async def test_a_reset_after_the_request_may_have_sent_it(sandbox: Sandbox, connection: Connection) -> None:
    sandbox.faults.add(Fault("reset-before", times=2))
    async with Client(connection) as client:
        problem = await no_answer(client)
        assert problem.sent
        assert "Reading again is safe" in problem.remedy
        with pytest.raises(NoAnswer) as refused:
            await client.post(client.policy.locate("/Accounts/AC1/Messages.json"), [("To", "+1")])
    assert refused.value.sent
    assert "may have been processed" in refused.value.remedy


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\x16\x03\x01\x02\x00 garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000,
    ],
    ids=[
        "nothing",
        "garbage",
        "truncated",
        "two lengths",
        "cut chunk",
        "odd chunk",
        "endless head",
    ],
)
async def test_a_broken_answer_is_told_in_words_and_the_request_may_have_been_processed(
    serve: Any, said: bytes
) -> None:
    wire = await serve(said)
    async with Client(wire.connection(), timeout=5) as client:
        problem = await no_answer(client)
    assert problem.sent
    assert len(wire.heard) == 1


@pytest.mark.parametrize("status", ["200 OK", "502 Bad Gateway"])
async def test_a_web_page_is_a_bad_answer(serve: Any, http: Http, status: str) -> None:
    wire = await serve(http(b"<html>log in</html>", status=status, headers=("Content-Type: text/html",)))
    async with Client(wire.connection()) as client:
        with pytest.raises(BadAnswer, match="web page"):
            await client.get(client.policy.locate("/x"))


async def test_an_empty_body_is_a_bad_answer(serve: Any, http: Http) -> None:
    wire = await serve(http(b""))
    async with Client(wire.connection()) as client:
        with pytest.raises(BadAnswer, match="JSON"):
            await client.get(client.policy.locate("/x"))


async def test_wrong_credentials_are_20003_with_what_to_check(sandbox: Sandbox) -> None:
    wrong = Connection("w", "auth_token", sandbox.account_sid, auth_token="0" * 32, base_url=sandbox.base_url)
    async with Client(wrong) as client:
        with pytest.raises(ApiError) as raised:
            await client.get(client.policy.locate(f"/Accounts/{client.account_sid}/Messages.json"))
    assert (raised.value.status, raised.value.code) == (401, 20003)
    assert "region" in raised.value.remedy
    assert raised.value.request_id.startswith("RQ")


@pytest.mark.parametrize(("kind", "told"), [("auth_token", False), ("api_key", True)])
async def test_only_who_uses_an_api_key_is_told_what_a_standard_key_may_not_do(
    sandbox: Sandbox, kind: str, told: bool
) -> None:
    wrong = Connection(
        "w",
        kind,
        sandbox.account_sid,
        sandbox.api_key_sid,
        "0" * 32,
        auth_token="0" * 32,
        base_url=sandbox.base_url,
    )
    async with Client(wrong) as client:
        with pytest.raises(ApiError) as raised:
            await client.get(client.policy.locate(f"/Accounts/{client.account_sid}/Messages.json"))
    assert ("Standard API key" in str(raised.value)) is told
    assert "compare the region." in raised.value.remedy


# -- time and space --------------------------------------------------------------------------------


async def test_a_dripping_server_ends_with_the_whole_attempts_time(serve: Any) -> None:
    dripped = 0

    async def drip(_: Any, writer: asyncio.StreamWriter) -> None:
        nonlocal dripped
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x")
            await writer.drain()
            dripped += 1
            # No pause is as long as the limit; all of them are.
            let_pass(3)
            await asyncio.sleep(0.01)

    wire = await serve(drip)
    async with Client(wire.connection(), timeout=20) as client:
        problem = await no_answer(client)
    assert problem.sent
    assert "20 s" in problem.reason
    assert 1 < dripped < 100


async def test_a_timeout_may_be_given_for_one_request(serve: Any) -> None:
    async def reply(_: Any, writer: asyncio.StreamWriter) -> None:
        let_pass(21)
        await writer.wait_closed()

    wire = await serve(reply)
    async with Client(wire.connection(), timeout=600) as client:
        problem = await no_answer(client, timeout=20)
    assert problem.sent
    assert "20 s" in problem.reason


def bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    zeros = bytes(1024 * 1024)
    return b"".join(packer.compress(zeros) for _ in range(megabytes)) + packer.flush()


async def test_a_gzip_bomb_is_cut_off_in_bounded_memory(serve: Any, http: Http) -> None:
    wire = await serve(http(bomb(200), headers=("Content-Encoding: gzip",)))
    largest = 4 * 1024 * 1024
    async with Client(wire.connection(), largest=largest) as client:
        tracemalloc.start()
        try:
            with pytest.raises(BadAnswer, match="4 MB"):
                await client.exchange(get(client))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 4 * largest


async def test_a_plain_answer_without_end_is_cut_off(serve: Any) -> None:
    async def reply(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(bytes(65536))
            await writer.drain()

    wire = await serve(reply)
    async with Client(wire.connection(), largest=1024 * 1024) as client:
        with pytest.raises(BadAnswer, match="1 MB"):
            await client.exchange(get(client))


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
async def test_a_compressed_answer_is_read_whole(serve: Any, http: Http, size: int) -> None:
    text = b'{"a": "' + b"x" * size + b'"}'
    wire = await serve(http(gzip.compress(text), headers=("Content-Encoding: gzip",)))
    async with Client(wire.connection()) as client:
        assert (await client.exchange(get(client))).content == text


@pytest.mark.parametrize("content", [b"not gzip at all", gzip.compress(b"{}" * 50)[:-9]], ids=["not gzip", "cut short"])
async def test_a_broken_compressed_answer_is_no_answer(serve: Any, http: Http, content: bytes) -> None:
    wire = await serve(http(content, headers=("Content-Encoding: gzip",)))
    async with Client(wire.connection()) as client:
        assert (await no_answer(client)).sent


async def test_the_answer_to_a_head_may_name_an_encoding_and_have_no_body(serve: Any) -> None:
    wire = await serve(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 33\r\n\r\n")
    async with Client(wire.connection()) as client:
        answer = await client.exchange(OutgoingRequest("HEAD", client.policy.locate("/x")))
    assert (answer.status, answer.content) == (200, b"")
