"""What a response says of its own time, of its bytes on the wire, and of the request that it answers."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tui.raw_request.model import MOST_BODY_KEPT, FilePart, RawRequest, RawResponse, Timing
from tui.raw_request.sending import Unanswered, send
from tui.twilio.client import Client

Http = Callable[..., bytes]


def timing_of(response: RawResponse) -> Timing:
    assert response.timing is not None
    return response.timing


async def test_a_kept_connection_has_no_connect_and_a_fresh_one_has(serve: Any) -> None:
    async def keep(heard: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    wire = await serve(keep)
    async with Client(wire.connection()) as client:
        responses = [await send(client, RawRequest("GET", "/x")) for _ in range(2)]
        responses.append(await send(client, RawRequest("POST", "/x")))
    first, kept, fresh = map(timing_of, responses)
    assert kept.connect is None
    for timing, response in zip((first, kept, fresh), responses, strict=True):
        assert timing.first_byte is not None
        assert 0 <= (timing.connect or 0) <= timing.first_byte <= response.elapsed <= timing.total
    assert first.connect is not None
    assert fresh.connect is not None


async def test_the_total_covers_every_attempt_and_the_waits_between_them(serve: Any, http: Http) -> None:
    answers = iter((http(b"", status="503 Busy"), http(b"{}")))

    async def reply(heard: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(next(answers))
        writer.close()

    wire = await serve(reply)
    now = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        await asyncio.sleep(0)

    async with Client(wire.connection(), elapsed=lambda: now) as client:
        request = RawRequest("GET", "/x", max_retries=1, retry_delay_ms=2500)
        response = await send(client, request, sleep=sleep, clock=lambda: now)
    assert timing_of(response).total == 2.5
    assert response.elapsed == 0


async def test_compressed_bytes_are_counted_as_they_came(serve: Any, http: Http) -> None:
    packed = gzip.compress(b"[" + b" " * 5000 + b"]")
    wire = await serve(http(packed, headers=("Content-Encoding: gzip",)))
    async with Client(wire.connection()) as client:
        response = await send(client, RawRequest("GET", "/x"))
    assert (response.size, timing_of(response).wire) == (5002, len(packed))


async def test_the_request_is_kept_as_it_left_its_credentials_masked_and_its_body_bounded(
    serve: Any, http: Http, tmp_path: Path
) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(b"x" * 100_000)
    wire = await serve(http(b"{}"))
    async with Client(wire.connection()) as client:
        secret = client.mask.forms[0].decode()
        request = RawRequest("POST", f"/x?y={secret}", headers=[("X-Own", secret)], files=[FilePart("f", large)])
        response = await send(client, request)
    heard, sent = wire.heard[0], response.sent
    assert sent is not None
    assert (sent.method, sent.body_size) == ("POST", len(heard.body))
    assert sent.body == heard.body[:MOST_BODY_KEPT]
    own = {name.lower(): value for name, value in sent.headers}
    assert own["authorization"] == "Basic •••"
    assert int(own["content-length"]) == len(heard.body)
    shown = response.shown().sent
    assert shown is not None
    assert secret not in f"{shown.url}{shown.headers}"


async def test_what_was_sent_without_an_answer_is_kept_too(serve: Any) -> None:
    wire = await serve(b"")
    async with Client(wire.connection()) as client:
        try:
            await send(client, RawRequest("POST", "/x", data="a=b"))
        except Unanswered as problem:
            assert problem.request is not None
            assert (problem.request.body, problem.request.body_size) == (b"a=b", 3)
