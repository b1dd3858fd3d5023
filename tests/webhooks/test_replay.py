"""Events replayed to programs on this machine, and to nowhere else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import cast

import pytest

from tests.webhooks.test_export import EVENT
from tui.http_server.http_messages import Request, Response
from tui.http_server.server import Server
from tui.webhooks.errors import ReplayRefused
from tui.webhooks.replay import LARGEST, ReplayAnswer, replay, replay_url


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000/sms?a=%2f&b=[1]"),
        ("http://localhost:3000/other", "http://127.0.0.1:3000/other?a=%2f&b=[1]"),
        ("http://[::1]:3000/x?c=1", "http://[::1]:3000/x?c=1"),
    ],
)
def test_an_address_without_a_path_takes_the_events_own(url: str, where: str) -> None:
    assert replay_url(EVENT, url) == where


@pytest.mark.parametrize(
    "url",
    [
        "", "https://example.com/", "http://127.0.0.1.example.com/", "http://127.0.0.1@example.com/", "file:///x",
        "http://0.0.0.0/", "http://169.254.169.254/", "http://localhost.example/", "http://[::]/", "//127.0.0.1/",
        "http://127.0.0.1:99999/", "http://exa mple/", "http://127.0.0.1\n.example.com/", "http://2130706433/",
    ],
)  # fmt: skip
async def test_nothing_is_played_to_other_machines(url: str) -> None:
    with pytest.raises(ReplayRefused) as caught:
        await replay(EVENT, url)
    assert caught.value.field == "url"
    assert caught.value.remedy


async def test_body_and_headers_arrive_as_they_came_and_redirects_are_not_followed() -> None:
    seen: list[Request] = []

    async def keep(request: Request) -> Response:
        seen.append(request)
        return Response(307, (("Location", "https://example.com/"),), b"x" * (LARGEST + 5))

    async with Server(keep) as server:
        answer = await replay(EVENT, f"http://127.0.0.1:{server.port}")
    assert (answer.status, len(answer.body), answer.cut) == (307, LARGEST, True)
    (request,) = seen
    assert (request.method, request.target, request.body) == ("POST", EVENT.target, EVENT.body)
    assert request.header("Host") == "h.example"
    assert request.header("X-Twilio-Signature") == "abc="
    assert request.header("X-Blank", "missing") == ""


async def test_a_program_that_is_not_there_is_told() -> None:
    async with Server(lambda _: None) as server:  # type: ignore[arg-type,return-value]
        port = server.port
    with pytest.raises(ReplayRefused, match="Nothing answers"):
        await replay(EVENT, f"http://127.0.0.1:{port}")


async def played(answer: Callable[[asyncio.StreamWriter], Awaitable[None]], timeout: float) -> ReplayAnswer:
    """Play the event to a program that answers like this."""
    answering: list[asyncio.Task[None]] = []

    async def program(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering.append(cast("asyncio.Task[None]", asyncio.current_task()))
        try:
            await reader.readuntil(b"\r\n\r\n")
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await answer(writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(program, "127.0.0.1", 0)
    try:
        return await replay(EVENT, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout=timeout)
    finally:
        server.close()
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)
        await asyncio.sleep(0)


async def test_an_answer_that_never_ends_is_read_to_its_bound() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(bytes(65536))
            await writer.drain()

    answer = await played(endless, 5)
    assert (len(answer.body), answer.cut) == (LARGEST, True)


async def test_an_answer_that_drips_has_an_end_in_time() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with asyncio.timeout(5):
        with pytest.raises(ReplayRefused, match="within"):
            await played(drip, 0.2)
