"""The small server over real sockets: honest peers, abusive ones, and answers that misbehave on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import re
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tui.http_server.http_messages import Answer, Dripping, Handler, RawBytes, Request, Reset, Response, Truncated
from tui.http_server.server import Limits, Server

TIGHT = Limits(
    header_bytes=2048,
    body_bytes=4096,
    framing_bytes=512,
    header_seconds=0.2,
    body_seconds=0.2,
    idle_seconds=0.4,
    write_seconds=0.2,
    place_seconds=0.2,
    connections=4,
)
PATIENT = replace(TIGHT, body_seconds=60, idle_seconds=60)
"""For peers who say something and then something else: this machine may be busy in between."""
CHUNKED = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"


async def echo(request: Request) -> Response:
    text = f"{request.method} {request.path} ? {request.query} {len(request.body)}"
    return Response(200, (("X-Target", request.target),), text.encode())


class Peer:
    """A client that says exactly what it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, *texts: str | bytes) -> None:
        for text in texts:
            self.writer.write(text.encode() if isinstance(text, str) else text)
        await self.writer.drain()

    async def rest(self) -> bytes:
        return await asyncio.wait_for(self.reader.read(), 5)

    async def answer(self) -> bytes:
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                return head + await asyncio.wait_for(self.reader.readexactly(int(line.split(b":")[1])), 5)
        return head


@contextlib.asynccontextmanager
async def peer(server: Server) -> AsyncIterator[Peer]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        yield Peer(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def converse(said: str | bytes, handler: Handler = echo, limits: Limits = TIGHT) -> bytes:
    async with Server(handler, limits=limits) as server, peer(server) as client:
        await client.say(said)
        return await client.rest()


async def until(condition: object, seconds: float = 3.0) -> None:
    assert callable(condition)
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


async def test_target_path_and_query_keep_their_percent_encoding() -> None:
    said = await converse("GET /a%2Fb?x=%20+&y HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"X-Target: /a%2Fb?x=%20+&y\r\n" in said
    assert said.endswith(b"GET /a%2Fb ? x=%20+&y 0")


@pytest.mark.parametrize(
    ("target", "path"),
    [("http://elsewhere/p?q", "/p"), ("https://elsewhere?q", "/"), ("*", "*"), ("/http://x", "/http://x")],
)
async def test_an_absolute_target_yields_its_path(target: str, path: str) -> None:
    said = await converse(f"GET {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert f"GET {path} ?".encode() in said


async def test_headers_arrive_in_order_with_repeats_and_case() -> None:
    seen: list[Request] = []

    async def keep(request: Request) -> Response:
        seen.append(request)
        return Response(204)

    await converse("GET / HTTP/1.1\r\nHost: h\r\nX-B: 2\r\nx-a: 1\r\nX-B: 3\r\nConnection: close\r\n\r\n", keep)
    assert [(k, v) for k, v in seen[0].headers if k.lower().startswith("x-")] == [
        ("X-B", "2"),
        ("x-a", "1"),
        ("X-B", "3"),
    ]
    assert seen[0].header("x-b") == "2"
    assert seen[0].peer[0] == "127.0.0.1"


async def test_one_connection_carries_many_requests() -> None:
    async with Server(echo, limits=PATIENT) as server, peer(server) as client:
        for n in range(5):
            await client.say(f"POST /{n} HTTP/1.1\r\nHost: h\r\nContent-Length: {n}\r\n\r\n" + "x" * n)
            assert (await client.answer()).endswith(f"POST /{n} ?  {n}".encode())
        assert server.connections == 1


async def test_pipelined_requests_are_answered_in_order() -> None:
    said = "".join(f"GET /{n} HTTP/1.1\r\nHost: h\r\n\r\n" for n in range(20))

    async def uneven(request: Request) -> Response:
        await asyncio.sleep(0.01 if request.path == "/3" else 0)
        return Response(200, body=request.path.encode())

    async with Server(uneven, limits=TIGHT) as server, peer(server) as client:
        await client.say(said)
        answers = [await client.answer() for _ in range(20)]
    assert [answer.rpartition(b"/")[2] for answer in answers] == [str(n).encode() for n in range(20)]


async def test_head_has_the_length_but_no_body() -> None:
    async with Server(echo, limits=TIGHT) as server, peer(server) as client:
        await client.say("HEAD /h HTTP/1.1\r\nHost: h\r\n\r\nGET /g HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        said = await client.rest()
    head, _, rest = said.partition(b"\r\n\r\n")
    assert b"Content-Length: 12" in head
    assert rest.startswith(b"HTTP/1.1 200 OK")


async def test_http_1_0_is_answered_and_closed() -> None:
    assert (await converse("GET / HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 200 OK")


async def test_a_body_that_is_announced_is_asked_for() -> None:
    async with Server(echo, limits=PATIENT) as server, peer(server) as client:
        await client.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert (await client.answer()).startswith(b"HTTP/1.1 100 ")
        await client.say("abc")
        assert (await client.answer()).endswith(b" 3")


async def test_a_body_too_large_to_ask_for_is_refused_before_it_is_sent() -> None:
    said = await converse("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 413 ")


async def test_a_chunked_body_is_joined() -> None:
    said = await converse(
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
    )
    assert said.endswith(b" 7")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("\x16\x03\x01 tls hello\r\n\r\n", 400),
        ("GET /\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\nBad Header: 1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n Folded: 1\r\nHost: h\r\n\r\n", 400),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -3\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4097\r\n\r\n" + "x" * 4097, 413),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + "9" * 19 + "\r\n\r\n", 413),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + "400\r\n" + "x" * 1024 + "\r\n",
            408,
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + ("400\r\n" + "x" * 1024 + "\r\n") * 5,
            413,
        ),
        ("GET / HTTP/1.1\r\nHost: h\r\nX: " + "x" * 3000 + "\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: h\r\nX: " + "x" * 60_000, 431),
        ("GET /" + "x" * 3000 + " HTTP/1.1\r\nHost: h\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\nHost:", 408),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc", 408),
        ("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\nX: a\x00b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\n" + "a:\r\n" * 200 + "\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: h\r\n" + "a:\r\n" * 2000, 431),
        (CHUNKED + "1\r\na\r\n" * 1000, 413),
        (CHUNKED + "1;" + "x" * 900 + "\r\n", 413),
        (CHUNKED + "0\r\n" + "a: b\r\n" * 500, 413),
        (CHUNKED + "0\r\n" + "a: b\r\n", 408),
        (CHUNKED + "1\r\nabc", 400),
        (CHUNKED + "100 Continue\r\n" * 100, 400),
    ],
)
async def test_what_is_wrong_is_refused_and_the_connection_closed(said: str, status: int) -> None:
    answer = await converse(said)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert len(re.findall(rb"HTTP/1.1 \d", answer)) == 1
    assert b"connection: close" in answer.lower()


async def test_headers_that_drip_end_at_the_deadline_all_the_same() -> None:
    async with Server(echo, limits=TIGHT) as server, peer(server) as client:
        waiting = asyncio.create_task(client.rest())
        for letter in "GET / HTTP/1.1\r\nHost: hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh":
            with contextlib.suppress(OSError):
                await client.say(letter)
            await asyncio.sleep(0.02)
            if waiting.done():
                break
        else:
            pytest.fail("it was waited for as long as something came")
        assert (await waiting).startswith(b"HTTP/1.1 408 ")


async def test_a_silent_connection_is_closed_without_a_word() -> None:
    assert await converse("") == b""


async def test_half_a_body_and_then_nothing_is_not_handed_over() -> None:
    seen: list[Request] = []

    async def keep(request: Request) -> Response:
        seen.append(request)
        return Response(200)

    async with Server(keep, limits=TIGHT) as server, peer(server) as client:
        await client.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc")
        client.writer.write_eof()
        assert (await client.rest()).startswith(b"HTTP/1.1 400 ")
    assert seen == []


async def test_the_oldest_idle_connection_makes_room_for_a_new_one() -> None:
    async with Server(echo, limits=PATIENT) as server, contextlib.AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(peer(server)) for _ in range(TIGHT.connections)]
        for client in peers:
            await client.say("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            await client.answer()
        await peers[0].say("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await peers[0].answer()
        async with peer(server) as newcomer:
            await newcomer.say("GET /new HTTP/1.1\r\nHost: h\r\n\r\n")
            assert b"/new" in await newcomer.answer()
            with contextlib.suppress(ConnectionResetError):
                assert await peers[1].rest() == b""
            assert server.connections == TIGHT.connections
            await peers[0].say("GET /still HTTP/1.1\r\nHost: h\r\n\r\n")
            assert b"/still" in await peers[0].answer()


async def test_connections_that_are_being_answered_are_not_evicted() -> None:
    release = asyncio.Event()
    entered: list[str] = []

    async def hold(request: Request) -> Response:
        entered.append(request.path)
        await release.wait()
        return Response(200, body=request.path.encode())

    async with Server(hold, limits=TIGHT) as server, contextlib.AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(peer(server)) for _ in range(TIGHT.connections)]
        for n, client in enumerate(peers):
            await client.say(f"GET /{n} HTTP/1.1\r\nHost: h\r\n\r\n")
        await until(lambda: len(entered) == TIGHT.connections)
        async with peer(server) as newcomer:
            assert (await newcomer.rest()).startswith(b"HTTP/1.1 503 ")
        release.set()
        for n, client in enumerate(peers):
            assert (await client.answer()).endswith(f"/{n}".encode())


async def test_a_thousand_half_requests_cost_no_more_than_the_bound() -> None:
    limits = replace(TIGHT, connections=32, header_seconds=5)
    async with Server(echo, limits=limits) as server:
        writers: list[asyncio.StreamWriter] = []
        for _ in range(200):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(b"GET / HTTP/1.1\r\n")
            writers.append(writer)
            assert server.connections <= limits.connections + 1
        async with peer(server) as honest:
            await honest.say("GET /ok HTTP/1.1\r\nHost: h\r\n\r\n")
            assert b"/ok" in await honest.answer()
        for writer in writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


async def test_a_handler_that_fails_gives_500_and_is_reported(capfd: pytest.CaptureFixture[str]) -> None:
    errors: list[Exception] = []

    async def fail(request: Request) -> Response:
        raise RuntimeError("secret detail")

    async with Server(fail, limits=TIGHT, on_error=errors.append) as server, peer(server) as client:
        await client.say("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        answer = await client.answer()
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"secret" not in answer
    assert [str(error) for error in errors] == ["secret detail"]
    assert capfd.readouterr() == ("", "")


async def test_closing_the_server_ends_open_connections_and_leaves_no_task() -> None:
    entered = asyncio.Event()

    async def hang(request: Request) -> Response:
        entered.set()
        await asyncio.Event().wait()
        return Response(200)

    before = asyncio.all_tasks()
    server = Server(hang, limits=Limits())
    await server.start()
    async with peer(server) as idle, peer(server) as busy:
        await busy.say("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await entered.wait()
        async with asyncio.timeout(2):
            await server.aclose()
        assert await idle.rest() == b""
        assert await busy.rest() == b""
        assert asyncio.all_tasks() == before
    await server.aclose()


async def test_closing_does_not_wait_for_a_peer_who_does_not_read() -> None:
    async def flood(request: Request) -> Response:
        return Response(200, body=b"x" * 20_000_000)

    server = Server(flood, limits=Limits())
    await server.start()
    async with peer(server) as client:
        await client.say("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await until(lambda: any(each.blocked for each in server._open.values()))
        async with asyncio.timeout(2):
            await server.aclose()


async def test_a_taken_port_is_an_oserror() -> None:
    async with Server(echo) as first:
        with pytest.raises(OSError, match="in use"):
            await Server(echo, port=first.port).start()


@pytest.mark.parametrize("port", [70_000, 65_536, -1])
async def test_a_port_that_is_none_is_not_taken_for_another(port: int) -> None:
    with pytest.raises(OverflowError):
        await Server(echo, port=port).start()


async def test_a_reset_answer_resets_the_connection() -> None:
    async def reset(request: Request) -> Answer:
        return Reset()

    with pytest.raises(ConnectionResetError):
        await converse("GET / HTTP/1.1\r\nHost: h\r\n\r\n", reset)


async def test_raw_bytes_go_out_as_they_are() -> None:
    async def raw(request: Request) -> Answer:
        return RawBytes(b"\x00not http")

    assert await converse("GET / HTTP/1.1\r\nHost: h\r\n\r\n", raw) == b"\x00not http"


async def test_a_truncated_answer_promises_more_than_it_sends() -> None:
    async def cut(request: Request) -> Answer:
        return Truncated(Response(200, body=b"0123456789"), keep=4)

    answer = await converse("GET / HTTP/1.1\r\nHost: h\r\n\r\n", cut)
    assert b"Content-Length: 10" in answer
    assert answer.endswith(b"\r\n\r\n0123")


async def test_a_dripping_answer_arrives_whole_in_pieces() -> None:
    async def drip(request: Request) -> Answer:
        return Dripping(Response(200, body=b"0123456789"), piece=3, seconds=0.01)

    begun = time.monotonic()
    answer = await converse("GET / HTTP/1.1\r\nHost: h\r\n\r\n", drip)
    assert answer.endswith(b"\r\n\r\n0123456789")
    assert time.monotonic() - begun >= 0.04


async def test_a_reader_that_does_not_read_is_given_up() -> None:
    async def flood(request: Request) -> Response:
        return Response(200, body=b"x" * 20_000_000)

    patient = replace(TIGHT, idle_seconds=60)
    async with Server(flood, limits=patient) as server, peer(server) as client:
        await client.say("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await until(lambda: server.connections == 1)
        await until(lambda: server.connections == 0)


async def test_a_reader_that_is_slow_gets_its_answer_all_the_same() -> None:
    async def large(request: Request) -> Response:
        return Response(200, body=b"x" * 12_000_000)

    patient = replace(TIGHT, idle_seconds=60)
    async with Server(large, limits=patient) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 16)
        writer.write(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        size = 0
        while data := await asyncio.wait_for(reader.read(1 << 20), 5):
            size += len(data)
            await asyncio.sleep(0.005)
        assert size > 12_000_000
        writer.close()


async def test_of_all_that_wait_a_silent_one_gives_way_before_one_that_sends() -> None:
    async with (
        Server(echo, limits=replace(TIGHT, header_seconds=5, idle_seconds=5)) as server,
        contextlib.AsyncExitStack() as stack,
    ):
        sending = await stack.enter_async_context(peer(server))
        await sending.say("GET /first HTTP/1.1\r\n")
        await until(lambda: server.connections == 1 and not any(each.idle for each in server._open.values()))
        for _ in range(TIGHT.connections - 1):
            await stack.enter_async_context(peer(server))
        await until(lambda: server.connections == TIGHT.connections)
        async with peer(server) as newcomer:
            await newcomer.say("GET /new HTTP/1.1\r\nHost: h\r\n\r\n")
            assert b"/new" in await newcomer.answer()
        await sending.say("Host: h\r\n\r\n")
        assert b"/first" in await sending.answer()


@pytest.mark.parametrize("turns", range(6))
async def test_whoever_comes_while_it_closes_is_let_go(turns: int) -> None:
    server = Server(echo)
    await server.start()
    for _ in range(5):
        # It waits for somebody by then.
        await asyncio.sleep(0)
    with socket.create_connection(("127.0.0.1", server.port), 5) as peer:
        peer.setblocking(False)
        for _ in range(turns):
            await asyncio.sleep(0)
        await server.aclose()
        # What is left open is told by Python when nobody has it any more, and that fails the test.
        gc.collect()
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(5):
                assert await asyncio.get_running_loop().sock_recv(peer, 100) == b""
