"""Attempts on the wire: when there is another, after how long exactly, and how many requests really arrived."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.time_passing import trickle
from tui.raw_request.model import AttemptOutcome, FilePart, RawRequest
from tui.raw_request.sending import Unanswered, send
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.storage.connections import Connection
from tui.twilio.client import Client

PATH = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"


class FakeClock:
    """Sleeps at once and remembers for how long it was asked to."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


async def tried(connection: Connection, chance: float = 0.0, **options: Any) -> tuple[Any, list[float]]:
    clock = FakeClock()
    async with Client(connection) as client:
        request = RawRequest(options.pop("method", "GET"), options.pop("path", PATH), **options)
        try:
            result: Any = await send(client, request, sleep=clock.sleep, chance=lambda: chance)
        except Unanswered as problem:
            result = problem
    return result, clock.slept


def arrived(sandbox: Sandbox) -> int:
    return len(sandbox.requests)


@pytest.mark.parametrize(
    ("kind", "attempts"),
    [("500-before", 3), ("reset-before", 3), ("garbage", 3), ("html", 3), ("429", 1), ("truncated", 1)],
)
async def test_only_server_and_network_errors_are_tried_again(sandbox, connection, kind, attempts):
    sandbox.faults.add(Fault(kind, times=0))
    result, slept = await tried(connection, max_retries=2, retry_delay_ms=250)
    assert len(result.attempts) == attempts
    assert arrived(sandbox) == attempts
    assert slept == [0.25] * (attempts - 1)


async def test_all_errors_means_client_errors_as_well(sandbox, connection):
    sandbox.faults.add(Fault("429", times=2))
    result, slept = await tried(connection, max_retries=5, retry_all_errors=True)
    assert [attempt.status for attempt in result.attempts] == [429, 429, 200]
    assert slept == [0.0, 0.0]


async def test_the_last_answer_is_the_result_when_the_retries_are_used_up(sandbox, connection):
    sandbox.faults.add(Fault("500-before", times=0))
    result, _ = await tried(connection, max_retries=1)
    assert result.status == 500
    assert [attempt.outcome for attempt in result.attempts] == [AttemptOutcome.ANSWERED] * 2


async def test_exponential_waits_double_and_ignore_the_fixed_delay(sandbox, connection):
    sandbox.faults.add(Fault("500-before", times=0))
    options = {"max_retries": 9, "retry_delay_ms": 9999, "exponential_backoff": True}
    _, slept = await tried(connection, **options)
    assert slept == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0])
    _, slept = await tried(connection, chance=1.0, **options)
    assert slept[:3] == pytest.approx([0.24, 0.48, 0.96])
    assert max(slept) == 30.0


async def test_retry_after_is_honoured_both_ways(sandbox, connection):
    sandbox.faults.add(Fault("429", times=2, retry_after=7))
    _, slept = await tried(connection, max_retries=2, retry_all_errors=True, retry_delay_ms=100)
    assert slept == [7.0, 7.0]
    sandbox.faults.add(Fault("429", times=2, retry_after=7))
    _, slept = await tried(connection, max_retries=2, retry_all_errors=True, exponential_backoff=True)
    assert slept == pytest.approx([7.0, 7.0])


async def test_a_timeout_covers_the_body_and_counts_as_a_network_error(serve: Any) -> None:
    wire = await serve(lambda _, writer: trickle(writer))
    result, _ = await tried(wire.connection(), path="/x", max_retries=1, timeout=10)
    assert isinstance(result, Unanswered)
    assert ["10 s" in attempt.error for attempt in result.attempts] == [True, True]
    assert len(wire.heard) == 2


async def test_cancelling_ends_it_at_once_and_sends_nothing_more(sandbox, connection):
    sandbox.faults.add(Fault("500-before", times=0))
    async with Client(connection) as client:
        waiting = asyncio.Event()

        async def sleep(_: float) -> None:
            waiting.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(send(client, RawRequest("GET", PATH, max_retries=5), sleep=sleep))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert arrived(sandbox) == 1


async def test_a_file_is_built_anew_for_every_attempt(serve: Any, http: Any, tmp_path: Path) -> None:
    path = tmp_path / 'quo"te.txt'
    path.write_bytes(b"content of the file")
    said = [http(b"", status="500 No"), http(b"{}")]

    async def reply(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(said.pop(0))
        await writer.drain()
        writer.close()

    wire = await serve(reply)
    async with Client(wire.connection()) as client:
        files = (FilePart("f\r\nX: y", path, content_type="text/plain"),)
        response = await send(
            client, RawRequest("POST", "/x", form=(("a", "1"), ("a", "2")), files=files, max_retries=1)
        )
    assert response.status == 200
    first, second = (heard.body for heard in wire.heard)
    assert first == second
    boundary = wire.heard[0].header("content-type").partition("boundary=")[2].encode()
    assert first == (
        b'--%(b)s\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        b'--%(b)s\r\nContent-Disposition: form-data; name="a"\r\n\r\n2\r\n'
        b'--%(b)s\r\nContent-Disposition: form-data; name="f%%0D%%0AX: y"; filename="quo%%22te.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\ncontent of the file\r\n--%(b)s--\r\n"
    ) % {b"b": boundary}


UPLOAD = """
import asyncio, resource, sys
from tui.storage.connections import Connection
from tui.twilio.client import Client
from tui.raw_request.model import FilePart, RawRequest
from tui.raw_request.sending import send

got = 0

async def talk(reader, writer):
    global got
    head = await reader.readuntil(b"\\r\\n\\r\\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\\r\\n")[0])
    while got < length:
        got += len(await reader.read(65536))
    writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n{}")
    await writer.drain()
    writer.close()

async def main():
    global got
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/2010-04-01"
    connection = Connection("t", "auth_token", "AC" + "0" * 32, auth_token="t", base_url=base)
    async with Client(connection) as client:
        await send(client, RawRequest("POST", "/x", files=(FilePart("f", __file__),)))
        before, got = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 0
        response = await send(client, RawRequest("POST", "/x", files=(FilePart("f", sys.argv[1]),), timeout=50))
        print(response.status, got, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)

asyncio.run(main())
"""


@pytest.mark.landing
def test_a_300_mb_file_is_streamed_in_under_60_mb_of_added_memory(tmp_path: Path) -> None:
    """Measured in a process of its own, as the growth of its peak over that of a small upload."""
    big, program = tmp_path / "big.bin", tmp_path / "upload.py"
    with big.open("wb") as file:
        file.truncate(300 * 1024 * 1024)
    program.write_text(UPLOAD)
    done = subprocess.run([sys.executable, program, big], capture_output=True, text=True, timeout=55, check=False)
    assert done.returncode == 0, done.stderr
    status, got, added_kilobytes = map(int, done.stdout.split())
    assert status == 200
    assert got > 300 * 1024 * 1024
    assert added_kilobytes < 60 * 1024


async def test_closing_the_client_ends_it_without_another_attempt(serve: Any) -> None:
    closing: list[asyncio.Task[None]] = []

    async def reply(_: Any, writer: asyncio.StreamWriter) -> None:
        closing.append(asyncio.create_task(client.aclose()))
        await writer.wait_closed()

    wire = await serve(reply)
    client = Client(wire.connection())
    async with client:
        with pytest.raises(Unanswered, match="closed"):
            await send(client, RawRequest("GET", "/x", max_retries=5))
        await asyncio.gather(*closing)
    assert len(wire.heard) == 1
