"""Twilio on a bad day: posts status callbacks as fast as they are answered, over connections that are kept alive.

`python -m tests.bench.callbacks PORT COUNT WIDTH`, the auth token on its input. Everything is signed before the first
byte leaves; each connection waits for its answer before it asks again. Prints one line of JSON: seconds, and statuses.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tui.twilio.signature import sign

ACCOUNT = "AC" + "0" * 32


def callback(port: int, token: str, number: int) -> bytes:
    """One request, as Twilio writes it."""
    sid = f"SM{number:032x}"
    form = [
        ("SmsSid", sid),
        ("SmsStatus", "delivered"),
        ("MessageStatus", "delivered"),
        ("To", f"+1415{number % 10_000_000:07}"),
        ("MessageSid", sid),
        ("AccountSid", ACCOUNT),
        ("From", "+14155550100"),
        ("ApiVersion", "2010-04-01"),
    ]
    body = urlencode(form).encode()
    lines = [
        "POST /status HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Content-Type: application/x-www-form-urlencoded; charset=UTF-8",
        f"Content-Length: {len(body)}",
        "Accept: */*",
        "User-Agent: TwilioProxy/1.1",
        f"I-Twilio-Idempotency-Token: {number:08x}-0000-4000-8000-000000000000",
        f"X-Twilio-Signature: {sign(token, f'http://127.0.0.1:{port}/status', form)}",
        "X-Home-Region: us1",
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


@dataclass(slots=True)
class Posted:
    """Seconds it took, how often each status came, and the milliseconds that each answer took."""

    seconds: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict[str, int])
    waits: list[float] = field(default_factory=list[float])


def post(port: int, requests: list[bytes], width: int) -> Posted:
    """Ask all of these, so many at a time."""
    posted = Posted()
    waiting = iter(requests)
    began = time.perf_counter()
    with selectors.DefaultSelector() as ready:
        for _ in range(min(width, len(requests))):
            _ask_again(ready, _connect(port), waiting)
        heard: dict[socket.socket, bytes] = {}
        asked = dict.fromkeys((key.fileobj for key in ready.get_map().values()), began)
        while ready.get_map():
            for key, _ in ready.select():
                one = key.fileobj
                assert isinstance(one, socket.socket)
                got = one.recv(1 << 16)
                answer = heard[one] = heard.get(one, b"") + got
                if got and not _is_whole(answer):
                    continue
                ready.unregister(one)
                heard.pop(one)
                status = answer[9:12].decode() or "none"
                posted.statuses[status] = posted.statuses.get(status, 0) + 1
                now = time.perf_counter()
                posted.waits.append((now - asked.pop(one)) * 1e3)
                if not got or b"connection: close" in answer.lower():
                    one.close()
                    one = _connect(port)
                asked[one] = now
                _ask_again(ready, one, waiting)
    posted.seconds = time.perf_counter() - began
    return posted


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"\ncontent-length: *([0-9]+)", head, re.IGNORECASE)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port))


def _ask_again(ready: selectors.BaseSelector, one: socket.socket, waiting: Iterator[bytes]) -> None:
    request = next(waiting, None)
    if request is None:
        one.close()
        return
    one.sendall(request)
    ready.register(one, selectors.EVENT_READ)


def main() -> None:
    """See above."""
    port, count, width = map(int, sys.argv[1:4])
    token = sys.stdin.readline().strip()
    # Another count posts other messages: none of them is there already.
    requests = [callback(port, token, number) for number in range(count, 2 * count)]
    print("ready", flush=True)
    sys.stdin.readline()
    posted = post(port, requests, width)
    print(json.dumps({"seconds": posted.seconds, "statuses": posted.statuses}))


if __name__ == "__main__":
    main()
