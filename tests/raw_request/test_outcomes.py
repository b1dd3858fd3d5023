"""What is told of each attempt, what is kept of an answer that breaks off, and what is left after a cancel: nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.time_passing import trickle
from tui.raw_request.model import AttemptOutcome, RawRequest, RequestAttempt
from tui.raw_request.sending import Unanswered, send
from tui.storage.connection import Connection
from tui.twilio.client import Client

Step = Callable[[asyncio.StreamWriter], Awaitable[None]]


def say(content: bytes) -> Step:
    async def step(writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()
        writer.close()

    return step


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


BUSY = say(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
FINE = say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
CUT = say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")
CUT_ERROR = say(b"HTTP/1.1 500 Oh\r\nContent-Length: 100\r\n\r\n{}")


async def at_once(_: float) -> None:
    """A wait that takes no time."""


def behave(*steps: Step) -> Callable[..., Awaitable[None]]:
    left = list(steps)

    async def reply(_: Any, writer: asyncio.StreamWriter) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(writer)

    return reply


async def test_each_attempt_is_reported_as_it_starts_ends_and_waits(serve: Any) -> None:
    wire = await serve(behave(BUSY, reset, FINE))
    reports: list[RequestAttempt] = []
    async with Client(wire.connection()) as client:
        request = RawRequest("GET", "/x", max_retries=5, retry_delay_ms=30)
        response = await send(client, request, reports.append, sleep=at_once)
    told = [(a.number, a.outcome.value, a.status, bool(a.error), a.wait_before_next) for a in reports]
    assert told == [
        (1, "started", None, False, None),
        (1, "answered", 503, False, None),
        (1, "answered", 503, False, 0.03),
        (2, "started", None, False, None),
        (2, "failed", None, True, None),
        (2, "failed", None, True, 0.03),
        (3, "started", None, False, None),
        (3, "answered", 200, False, None),
    ]
    assert response.attempts == (reports[2], reports[5], reports[7])
    assert {attempt.most for attempt in reports} == {6}
    assert response.attempts[0].reason == "Busy"


async def test_what_arrived_of_a_truncated_200_is_kept_and_it_is_never_tried_again(serve: Any) -> None:
    for all_errors in (False, True):
        wire = await serve(behave(CUT, FINE))
        async with Client(wire.connection()) as client:
            with pytest.raises(Unanswered, match="broke off") as raised:
                await send(client, RawRequest("POST", "/x", max_retries=3, retry_all_errors=all_errors))
        assert len(wire.heard) == 1
        assert raised.value.sent
        partial = raised.value.partial
        assert partial is not None
        assert (partial.status, partial.content, partial.cut) == (200, b"{}", True)
        assert [(a.status, a.outcome) for a in raised.value.attempts] == [(200, AttemptOutcome.FAILED)]


async def test_a_truncated_500_is_a_500(serve: Any) -> None:
    wire = await serve(behave(CUT_ERROR, FINE))
    async with Client(wire.connection()) as client:
        assert (await send(client, RawRequest("GET", "/x", max_retries=1))).status == 200


async def test_what_dripped_in_before_the_time_limit_is_kept(serve: Any) -> None:
    wire = await serve(behave(trickle))
    async with Client(wire.connection()) as client:
        with pytest.raises(Unanswered, match=r"not complete after 20 s; its first \d+ ") as raised:
            await send(client, RawRequest("GET", "/x", timeout=20))
    assert raised.value.partial is not None
    assert raised.value.partial.content.startswith(b"x")


async def test_an_answer_that_breaks_off_tells_how_much_of_it_there_is(serve: Any) -> None:
    wire = await serve(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nfour")
    async with Client(wire.connection()) as client:
        with pytest.raises(Unanswered, match=r"broke off .*; its first 4 of 1,000 bytes are shown\.") as raised:
            await send(client, RawRequest("GET", "/x"))
    assert raised.value.attempts[0].error == str(raised.value)


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PURGE"])
async def test_each_attempt_at_a_change_has_a_connection_of_its_own(serve: Any, http: Any, method: str) -> None:
    async def busy(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(http(b"{}", status="500 Oh"))

    wire = await serve(busy)
    async with Client(wire.connection()) as client:
        await send(client, RawRequest(method, "/x", max_retries=2))
    assert len(wire.heard) == wire.connections == 3


async def test_nobody_listening_is_a_network_error_and_nothing_was_sent() -> None:
    # Kept, so that nobody else is given it meanwhile.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{probe.getsockname()[1]}"
        async with Client(Connection("c", "auth_token", "AC1", auth_token="t", base_url=base)) as client:
            with pytest.raises(Unanswered, match="Nothing answers") as raised:
                request = RawRequest("GET", "/x", max_retries=2, retry_delay_ms=10)
                await send(client, request, sleep=at_once)
    assert not raised.value.sent
    assert raised.value.partial is None
    assert [attempt.wait_before_next for attempt in raised.value.attempts] == [0.01, 0.01, None]


async def test_cancelling_an_attempt_hangs_up_at_once() -> None:
    heard, gone = asyncio.Event(), asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        heard.set()
        assert await reader.read() == b""
        gone.set()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with Client(Connection("c", "auth_token", "AC1", auth_token="t", base_url=base)) as client:
        task = asyncio.create_task(send(client, RawRequest("POST", "/x", max_retries=9)))
        await asyncio.wait_for(heard.wait(), 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(gone.wait(), 10)
    server.close()
