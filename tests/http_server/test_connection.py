"""Whoever sends ahead, sends in pieces, does not read or comes in a crowd keeps nobody else from an answer."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

import pytest

from tests.http_server.test_server import CHUNKED, TIGHT, Peer, echo, peer, until
from tui.http_server.connection import RoundRobin
from tui.http_server.http_messages import Request, Response
from tui.http_server.server import Server


class Order:
    """A handler that answers at once and remembers what it was asked in which order."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    async def __call__(self, request: Request) -> Response:
        self.paths.append(request.path)
        return Response(200, body=request.path.encode())


@pytest.mark.parametrize(
    ("ahead", "most"),
    [
        ("GET /flood HTTP/1.1\r\nHost: h\r\n\r\n" * 1000, 100),
        (CHUNKED.replace(" / ", " /flood ") + "1\r\na\r\n" * 10_000 + "0\r\n\r\n", 0),
    ],
    ids=["requests", "chunks"],
)
async def test_whoever_sends_much_ahead_keeps_nobody_waiting_until_all_of_it_is_read(ahead: str, most: int) -> None:
    order = Order()
    async with Server(order) as server, peer(server) as flood, peer(server) as honest:
        await until(lambda: server.connections == 2)
        # Both are there before the server looks at either.
        flood.writer.write(ahead.encode())
        honest.writer.write(b"GET /honest HTTP/1.1\r\nHost: h\r\n\r\n")
        assert b"/honest" in await honest.answer()
        assert order.paths.index("/honest") <= most
        await until(lambda: order.paths.count("/flood") == ahead.count("/flood"))


async def test_of_many_who_give_way_one_goes_on_in_two_passes_of_the_loop() -> None:
    turns = RoundRobin()
    passes = pieces = 0

    async def work() -> None:
        nonlocal pieces
        while pieces < 60:
            await turns.give_way()
            pieces += 1

    async def watch() -> None:
        nonlocal passes
        while pieces < 60:
            await asyncio.sleep(0)
            passes += 1

    await asyncio.gather(watch(), *(work() for _ in range(20)))
    assert passes >= 60


async def test_peers_who_send_ahead_and_never_read_cannot_hold_every_place() -> None:
    async def large(request: Request) -> Response:
        return Response(200, body=request.path.encode() * (200_000 if request.path == "/flood" else 1))

    limits = replace(TIGHT, write_seconds=30, idle_seconds=30)
    async with Server(large, limits=limits) as server, contextlib.AsyncExitStack() as stack:
        floods = [await stack.enter_async_context(peer(server)) for _ in range(TIGHT.connections)]
        for flood in floods:
            flood.writer.write(b"GET /flood HTTP/1.1\r\nHost: h\r\n\r\n" * 50)
        await until(lambda: sum(each.blocked for each in server._open.values()) == TIGHT.connections)
        for n in range(TIGHT.connections + 2):
            async with peer(server) as honest:
                await honest.say(f"GET /{n} HTTP/1.1\r\nHost: h\r\n\r\n")
                assert f"/{n}".encode() in await honest.answer()
        for flood in floods:
            flood.writer.transport.abort()


async def test_peers_who_send_ahead_hold_no_place_by_sending_more() -> None:
    order = Order()
    async with Server(order, limits=TIGHT) as server, contextlib.AsyncExitStack() as stack:
        floods = [await stack.enter_async_context(peer(server)) for _ in range(TIGHT.connections)]

        async def pour(flood: Peer) -> None:
            with contextlib.suppress(OSError):
                while True:
                    flood.writer.write(b"GET /flood HTTP/1.1\r\nHost: h\r\n\r\n" * 2000)
                    await flood.writer.drain()

        pouring = [asyncio.create_task(pour(flood)) for flood in floods]
        for n in range(10):
            async with peer(server) as honest:
                await honest.say(f"GET /{n} HTTP/1.1\r\nHost: h\r\n\r\n")
                assert f"/{n}".encode() in await honest.answer()
        for each, flood in zip(pouring, floods, strict=True):
            each.cancel()
            flood.writer.transport.abort()


async def test_a_newcomer_waits_for_a_place_while_all_are_being_answered() -> None:
    release = asyncio.Event()
    entered: list[str] = []

    async def hold(request: Request) -> Response:
        entered.append(request.path)
        if request.path != "/new":
            await release.wait()
        return Response(200, body=request.path.encode())

    patient = replace(TIGHT, place_seconds=5, idle_seconds=5)
    async with Server(hold, limits=patient) as server, contextlib.AsyncExitStack() as stack:
        for _ in range(TIGHT.connections):
            held = await stack.enter_async_context(peer(server))
            await held.say("GET /held HTTP/1.1\r\nHost: h\r\n\r\n")
        await until(lambda: len(entered) == TIGHT.connections)
        async with peer(server) as newcomer:
            await newcomer.say("GET /new HTTP/1.1\r\nHost: h\r\n\r\n")
            await asyncio.sleep(0.05)
            assert "/new" not in entered
            release.set()
            assert b"/new" in await newcomer.answer()


@pytest.mark.parametrize("burst", [60, pytest.param(1000, marks=pytest.mark.long)])
async def test_of_the_honest_who_come_in_the_middle_of_a_burst_of_half_requests_none_is_lost(burst: int) -> None:
    limits = replace(TIGHT, header_seconds=30, connections=16)
    async with Server(echo, limits=limits) as server, contextlib.AsyncExitStack() as stack:

        async def half() -> None:
            client = await stack.enter_async_context(peer(server))
            with contextlib.suppress(OSError):
                await client.say("GET / HTTP/1.1\r\nHost: h\r\n")

        async def honest(n: int) -> bytes:
            async with peer(server) as client:
                await client.say(f"GET /{n} HTTP/1.1\r\nHost: h\r\n\r\n")
                return await asyncio.wait_for(client.reader.readuntil(b"\r\n\r\n"), 60)

        for _ in range(2 if burst < 100 else 5):
            # Every fifth of those who knock at once is honest.
            knocking = [honest(n) if n % 5 == 3 else half() for n in range(burst)]
            answers = [answer for answer in await asyncio.gather(*knocking) if answer is not None]
            assert len(answers) == burst // 5
            assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
            assert server.connections <= limits.connections + 1
