"""What a server may cost: wrapping without an answer, heads without an end or full of blanks, JSON without a bound.

Keys get their turn.

How long keys waited before and now is measured by `python -m tests.twilio.test_costs`.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
import time
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from http import cookiejar
from typing import Any

import h11
import pytest

from tests.twilio import heads
from tests.twilio.heads import CHUNKED
from tui.raw_request.links import pages, redirect_target
from tui.raw_request.model import RawRequest
from tui.raw_request.sending import send
from tui.twilio import exchange
from tui.twilio.client import Client
from tui.twilio.errors import ApiError, BadAnswer, NoAnswer, RequestFailed
from tui.twilio.exchange import OutgoingRequest
from tui.twilio.messages import Filters, page

ENDLESS: dict[str, tuple[bytes, bytes]] = {
    "one-byte chunks": (CHUNKED, b"1\r\na\r\n" * 5000),
    "chunks with extensions": (CHUNKED, b"1;" + b"x" * 2000 + b"\r\na\r\n"),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "early hints": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 1000),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"a: b\r\n" * 1000),
    "one header": (b"HTTP/1.1 200 OK\r\na: ", b"b" * 9000),
    "trailers": (CHUNKED + b"1\r\na\r\n0\r\n", b"a: b\r\n" * 1000),
    "empty gzip blocks": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"")[:10],
        b"\x00\x00\x00\xff\xff" * 2000,
    ),
    "bytes after gzip": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"{}"),
        b"x" * 9000,
    ),
}


def endless(begin: bytes, again: bytes) -> Callable[[Any, asyncio.StreamWriter], Any]:
    async def reply(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(begin)
        while True:
            writer.write(again)
            await writer.drain()

    return reply


class Turns:
    """How often the loop gave others a turn, and the longest they waited, in seconds of a clock."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.count = 0
        self.longest = 0.0
        self._clock = clock

    @asynccontextmanager
    async def counted(self) -> AsyncIterator[Turns]:
        async def count() -> None:
            last = self._clock()
            while True:
                await asyncio.sleep(0)
                now = self._clock()
                self.count += 1
                self.longest = max(self.longest, now - last)
                last = now

        counting = asyncio.create_task(count())
        try:
            yield self
        finally:
            counting.cancel()
            with suppress(asyncio.CancelledError):
                await counting


@pytest.mark.parametrize("kind", ENDLESS)
async def test_an_answer_that_is_all_wrapping_is_broken_off_while_keys_get_their_turn(serve: Any, kind: str) -> None:
    wire = await serve(endless(*ENDLESS[kind]))
    turns = Turns()
    async with Client(wire.connection(), timeout=20) as client:
        # What is imported for a first answer is no part of it.
        with suppress(RequestFailed):
            await client.exchange(OutgoingRequest("GET", wire.base_url + "/x"), timeout=0.01)
        async with turns.counted():
            with pytest.raises(NoAnswer) as raised:
                await client.exchange(OutgoingRequest("GET", wire.base_url + "/x"))
    assert raised.value.sent
    assert "within" not in raised.value.reason, "it was broken off by the time limit alone"
    assert turns.count > 10


async def test_keys_get_a_turn_for_every_few_pieces_of_an_answer(serve: Any, http: Any) -> None:
    """Before, a whole 64 kB of chunks was handled at once: five turns, and a second and more without any."""
    wrapped = b"1\r\na\r\n" * 60_000
    wire = await serve(CHUNKED + wrapped + b"0\r\n\r\n")
    turns = Turns()
    async with Client(wire.connection()) as client, turns.counted():
        answer = await client.exchange(OutgoingRequest("GET", wire.base_url + "/x"))
    assert len(answer.content) == 60_000
    assert turns.count > len(wrapped) / (16 * 1024)


@pytest.fixture
def given_to_h11(monkeypatch: pytest.MonkeyPatch) -> bytearray:
    """All that h11 is given of answers."""
    given = bytearray()
    receive = h11.Connection.receive_data

    def noted(self: h11.Connection, data: bytes) -> None:
        given.extend(data)
        receive(self, data)

    monkeypatch.setattr(h11.Connection, "receive_data", noted)
    return given


@pytest.mark.parametrize("kind", heads.spoilt(b""))
async def test_what_h11_would_try_for_seconds_never_comes_to_it(serve: Any, kind: str, given_to_h11: bytearray) -> None:
    for run in (b" " * 300, b"\t" * 300, b" \t" * 150):
        wire = await serve(heads.spoilt(run)[kind])
        async with Client(wire.connection()) as client:
            try:
                await client.post(wire.base_url + "/x", [("a", "b")])
            except NoAnswer as broken:
                # A message may have been sent: that the answer is no HTTP says nothing of it.
                assert broken.sent
                assert "HTTP does not allow" in broken.reason
                assert "may have been processed" in broken.remedy
            else:
                assert kind.startswith("trailer"), "only what is thrown away unread may be anything"
        assert run not in given_to_h11


async def test_an_answer_that_nobody_asked_for_is_never_read(serve: Any, given_to_h11: bytearray) -> None:
    """It would be read as the answer to the next request, before anything was looked at."""
    run = b" " * 300

    async def reply(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(heads.unasked(run))

    wire = await serve(reply)
    async with Client(wire.connection()) as client:
        for _ in range(3):
            assert await client.get(wire.base_url + "/x") == {}
    assert wire.connections == 3
    assert run not in given_to_h11


async def test_cookies_are_not_even_read(serve: Any, http: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's jar copies what is left of them for each one, wanted or not: 60 kB took it 0.15 s."""
    cookies = ("Set-Cookie: a=b; expires=1", "Set-Cookie2: " + "a=b," * 100)
    wire = await serve(http(b"{}", headers=cookies))
    read: list[object] = []
    for reader in ("parse_ns_headers", "split_header_words"):
        monkeypatch.setattr(cookiejar, reader, lambda rows: read.append(rows) or [])
    async with Client(wire.connection()) as client:
        answer = await client.exchange(OutgoingRequest("GET", wire.base_url + "/x"))
    assert read == []
    assert [f"{name}: {value}" for name, value in answer.headers if name.startswith("Set-Cookie")] == list(cookies)


@pytest.mark.long
@pytest.mark.parametrize("kind", heads.answers(0))
async def test_no_head_keeps_keys_waiting(serve: Any, kind: str) -> None:
    """What the loop works between two turns, whatever else this machine does; the worst took 40 s."""
    content = heads.answers(60_000)[kind]

    async def reply(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()
        writer.close()

    wire = await serve(reply)
    async with Client(wire.connection()) as client:
        with suppress(RequestFailed):
            await client.exchange(OutgoingRequest("GET", wire.base_url + "/x"), timeout=0.01)
        turns = Turns(time.thread_time)
        async with turns.counted():
            for _ in range(2):
                with suppress(RequestFailed):
                    redirect_target(client.policy, await send(client, RawRequest("GET", "/x")))
                with suppress(RequestFailed):
                    await client.get(wire.base_url + "/x")
    assert turns.longest < 0.1


async def test_small_chunks_of_an_honest_server_are_no_waste(serve: Any) -> None:
    lines = [b'{"line": %d, "of": "a log that is sent as it is written"}\n' % number for number in range(30_000)]
    wire = await serve(CHUNKED + b"".join(b"%x\r\n%s\r\n" % (len(line), line) for line in lines) + b"0\r\n\r\n")
    async with Client(wire.connection()) as client:
        answer = await client.exchange(OutgoingRequest("GET", wire.base_url + "/x"))
    assert answer.content == b"".join(lines)


async def test_a_few_interim_answers_are_passed_over(serve: Any, http: Any) -> None:
    wire = await serve(b"HTTP/1.1 100 Continue\r\n\r\n" * 5 + http(b"{}"))
    async with Client(wire.connection()) as client:
        assert await client.get(wire.base_url + "/x") == {}


NESTED = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
COSTLY: dict[str, bytes] = {
    "many values": b'{"messages": [' + b"[]," * 600_000 + b"[]]}",
    "large": b'{"a": "' + b"x" * (17 * 1024 * 1024) + b'"}',
    "deep": NESTED,
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "a long number": b'{"a": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("kind", COSTLY)
async def test_json_that_no_list_of_twilios_could_be_is_refused_in_words(serve: Any, http: Any, kind: str) -> None:
    wire = await serve(http(COSTLY[kind]))
    async with Client(wire.connection()) as client:
        with pytest.raises(BadAnswer) as raised:
            await client.get(wire.base_url + "/x")
        assert raised.value.remedy
        response = await send(client, RawRequest("GET", "/x"))
        assert pages(client.policy, response).next is None
        assert response.error is None


@pytest.mark.parametrize("kind", COSTLY)
async def test_an_error_that_costs_too_much_is_told_by_its_status(serve: Any, http: Any, kind: str) -> None:
    wire = await serve(http(COSTLY[kind], status="500 Oops"))
    async with Client(wire.connection()) as client:
        with pytest.raises((ApiError, BadAnswer)) as raised:
            await client.get(wire.base_url + "/x")
        assert raised.value.status == 500


async def test_the_longest_list_that_twilio_gives_is_read_and_not_on_the_loop(
    serve: Any, http: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = {"sid": "SM" + "0" * 32, "body": "\U0001f600" * 800, **{f"field_{n}": None for n in range(24)}}
    content = json.dumps({"messages": [message] * 1000}).encode()
    assert len(content) > 9_000_000
    wire = await serve(http(gzip.compress(content, 1), headers=("Content-Encoding: gzip",)))
    loops: list[bool] = []
    loads = json.loads

    def noted(content: bytes) -> object:
        try:
            asyncio.get_running_loop()
            loops.append(True)
        except RuntimeError:
            loops.append(False)
        return loads(content)

    monkeypatch.setattr(exchange.json, "loads", noted)
    async with Client(wire.connection()) as client:
        document = await client.get(wire.base_url + "/x")
        listed = await page(client, Filters(), page_size=1000)
    assert len(document["messages"]) == len(listed.messages) == 1000  # type: ignore[arg-type]
    assert loops == [False, False]


async def measure() -> None:
    """How long keys wait at worst, for each kind; run it at an older commit to compare."""
    from tests.twilio.conftest import Wire, answer

    kinds: dict[str, Any] = {name: endless(*parts) for name, parts in ENDLESS.items()}

    def whole(content: bytes) -> Any:
        async def reply(_: Any, writer: asyncio.StreamWriter) -> None:
            writer.write(content)
            await writer.drain()

        return reply

    kinds["50 MB of [],"] = whole(answer(b'{"a":[' + b"[]," * 16_700_000 + b"[]]}"))
    kinds["480,000 values"] = whole(answer(b'{"a":[' + b"[]," * 239_000 + b"[]]}"))
    kinds["gzip bomb"] = whole(
        answer(zlib.compress(bytes(200_000_000), 9, wbits=31), headers=("Content-Encoding: gzip",))
    )
    kinds |= {name: whole(content) for name, content in heads.answers(20_000).items()}
    for name, reply in kinds.items():
        wire = Wire(reply)
        server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
        wire.port = server.sockets[0].getsockname()[1]
        turns = Turns()
        said = "a good answer"
        async with Client(wire.connection(), timeout=10) as client:
            with suppress(RequestFailed):
                await client.exchange(OutgoingRequest("GET", wire.base_url + "/x"), timeout=0.01)
            begun = time.perf_counter()
            async with turns.counted():
                try:
                    await client.get(wire.base_url + "/x")
                except RequestFailed as problem:
                    said = problem.reason
            took = time.perf_counter() - begun
        server.close()
        sys.stdout.write(f"{name:34} worst {turns.longest * 1000:7.0f} ms  took {took:5.1f} s  {said}\n")


if __name__ == "__main__":
    asyncio.run(measure())
