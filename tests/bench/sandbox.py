"""The sandbox as a bench for other programs: creates, fetches, pages of a million, memory, callbacks.

The sandbox is a process of its own, whoever asks it another, with eight connections that are kept. All share the
machine's cores, so that a second's requests depend on what else it does: the sandbox's processor time is told beside.
`python -m tests.bench.sandbox ask` and `… receive` are those other processes.
"""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.apart import Apart, sandbox_apart
from tests.bench.callbacks import Posted, post
from tests.bench.figures import Table, quantile
from tui.http_server.http_messages import Answer, Request, Response
from tui.http_server.server import Server

WIDTH = 8
"""Connections that a test suite's client, or its threads, keep."""

LISTS = {
    "page of 50": {},
    "page of 50, by To": {"To": "+14155550123"},
    "page of 50, by To, nobody's": {"To": "+14155559876"},
    "page of 50, by From and To": {"From": "+14155550100", "To": "+14155550123"},
    "page of 50, by DateSent<": {"DateSent<": "2026-01-01"},
}


def measure_sandbox(count: int, million: int) -> list[Table]:
    """Requests of each kind; memory; callbacks."""
    table = Table("sandbox", ("a second", "CPU ms each", "p99 ms"))
    memory = Table("sandbox: memory", ("MB",))
    callbacks = Table("sandbox: callbacks", ("creates", "a second", "p99 ms", "called", "called a second"))
    with sandbox_apart(history=520) as apart:
        # What is imported at the first one, and the log of requests, which keeps 2,000.
        _ask(apart, [_create(apart, number) for number in range(2_500)])
        before = _resident(apart)
        creates = [_create(apart, number) for number in range(count)]
        _add(table, "create", apart, creates)
        memory.add(f"10,000 messages more, of {count:,}", round((_resident(apart) - before) / count / 100, 1))
        _add(table, "create, one recipient", apart, [_create(apart, number, same=True) for number in range(count)])
        sids = _sids(apart)
        _add(table, "fetch", apart, [_get(apart, f"/{sids[number % len(sids)]}.json") for number in range(count)])
        listed = f"of {2 * count:,} that were created"
        _add(table, f"page of 50, by To, {listed}", apart, _pages(apart, {"To": "+14155640007"}, count // 20))
    for past in (520, million):
        with sandbox_apart(history=past) as apart:
            _ask(apart, _pages(apart, {}, 20))
            for name, asked in LISTS.items():
                _add(table, f"{name}, of {past:,}", apart, _pages(apart, asked, count // 20))
            memory.add(f"in all, with a past of {past:,}", round(_resident(apart) / 1e6, 1))
    for with_callback in (False, True):
        with sandbox_apart(history=0) as apart, _receiver() as receiver:
            url = f"{receiver}/status" if with_callback else ""
            _ask(apart, [_create(apart, number) for number in range(100)])
            told = _ask(apart, [_create(apart, number, callback=url) for number in range(count)])
            began = time.monotonic()
            called = _all_called(receiver, 2 * count if with_callback else 0)
            row = (count, round(count / told.seconds), _p99(told), called)
            callbacks.add(
                f"StatusCallback: {url != ''}", *row, round(called / (time.monotonic() - began + told.seconds))
            )
    return [table, memory, callbacks]


def _add(table: Table, name: str, apart: Apart, requests: list[bytes]) -> None:
    spent = _cpu_seconds(apart)
    told = _ask(apart, requests)
    spent = _cpu_seconds(apart) - spent
    assert set(told.statuses) <= {"200", "201"}, told.statuses
    table.add(name, round(len(requests) / told.seconds), round(spent / len(requests) * 1e3, 2), _p99(told))


def _p99(told: Posted) -> float:
    return round(quantile(told.waits, 0.99), 1)


def _head(apart: Apart, method: str, path: str, *more: str) -> bytes:
    fields = apart.fields
    secret = base64.b64encode(f"{fields['account_sid']}:{fields['auth_token']}".encode()).decode()
    lines = [
        f"{method} /2010-04-01/Accounts/{fields['account_sid']}/Messages{path} HTTP/1.1",
        f"Host: {urlsplit(apart.origin).netloc}",
        "User-Agent: twilio-python/9.8.0 (Linux x86_64) Python/3.11",
        "Accept: application/json",
        "Accept-Encoding: gzip, deflate",
        "Connection: keep-alive",
        "X-Twilio-Client: python-9.8.0",
        f"Authorization: Basic {secret}",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _create(apart: Apart, number: int, *, same: bool = False, callback: str = "") -> bytes:
    form = {
        "To": f"+141556{40_000 + number % 5_000 * (not same):05}",
        "From": "+14155550100",
        "Body": f"Your parcel HB{number:06} is out for delivery today.",
        **({"StatusCallback": callback} if callback else {}),
    }
    body = urlencode(form).encode()
    kind = "Content-Type: application/x-www-form-urlencoded"
    return _head(apart, "POST", ".json", kind, f"Content-Length: {len(body)}") + body


def _get(apart: Apart, path: str) -> bytes:
    return _head(apart, "GET", path)


def _pages(apart: Apart, asked: dict[str, str], count: int) -> list[bytes]:
    return [_get(apart, f".json?{urlencode({'PageSize': '50', **asked})}")] * count


def _sids(apart: Apart) -> list[str]:
    place = f"{apart.origin}/2010-04-01/Accounts/{apart.fields['account_sid']}/Messages.json?PageSize=1000"
    secret = base64.b64encode(f"{apart.fields['account_sid']}:{apart.fields['auth_token']}".encode()).decode()
    asked = urllib.request.Request(place, headers={"Authorization": f"Basic {secret}"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return [each["sid"] for each in json.load(answer)["messages"]]


def _ask(apart: Apart, requests: list[bytes]) -> Posted:
    """Ask these from another process."""
    order = {"port": urlsplit(apart.origin).port, "requests": [each.decode() for each in requests]}
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.sandbox", "ask"],
        input=json.dumps(order),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Posted(**json.loads(done.stdout))


@contextmanager
def _receiver() -> Generator[str]:
    """The origin of a process that takes any request, and tells at /count how many there were."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.sandbox", "receive"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def _all_called(receiver: str, expected: int) -> int:
    """How many requests it got, once they are as many, or no more come."""
    before, quiet_since = -1, time.monotonic()
    while True:
        with urllib.request.urlopen(f"{receiver}/count", timeout=30) as answer:
            count = int(answer.read())
        if count >= expected or time.monotonic() - quiet_since > 10:
            return count
        if count != before:
            before, quiet_since = count, time.monotonic()
        time.sleep(0.05)


async def _receive() -> None:
    count = 0

    async def answer(request: Request) -> Answer:
        nonlocal count
        if request.path == "/count":
            return Response(200, body=str(count).encode())
        count += 1
        return Response(204)

    async with Server(answer) as server:
        print(f"http://127.0.0.1:{server.port}", flush=True)
        await asyncio.to_thread(sys.stdin.read)


def _resident(apart: Apart) -> int:
    return int(Path(f"/proc/{apart.pid}/statm").read_text(encoding="ascii").split()[1]) * 4096


def _cpu_seconds(apart: Apart) -> float:
    fields = Path(f"/proc/{apart.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    if sys.argv[1] == "receive":
        asyncio.run(_receive())
    else:
        order = json.load(sys.stdin)
        print(json.dumps(asdict(post(order["port"], [each.encode() for each in order["requests"]], WIDTH))))
