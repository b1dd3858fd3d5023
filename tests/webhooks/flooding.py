"""Peers who mean harm, in a process of their own, until it is killed: `-m tests.webhooks.flooding PORT KIND PEERS`."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable
from urllib.parse import urlencode
from uuid import uuid4

from tests.webhooks.conftest import PUBLIC, TOKEN
from tui.twilio.signature import sign

HEAD = b"POST /sms HTTP/1.1\r\nHost: h\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
FORM = "application/x-www-form-urlencoded"
GET = b"GET /x HTTP/1.1\r\nHost: h\r\n"
FORGED = "//////////////////////////8="


def pour(peer: socket.socket, first: bytes, again: bytes = b"", times: int = 1000, *, read: bool = False) -> None:
    peer.sendall(first)
    for _ in range(times if again else 0):
        peer.sendall(again)
        if read:
            peer.recv(1 << 20)
    peer.recv(1 << 16)


def forged(body: bytes, kind: str = FORM) -> Callable[[socket.socket], None]:
    head = HEAD + f"X-Twilio-Signature: {FORGED}\r\nContent-Type: {kind}\r\n".encode()
    return lambda peer: pour(peer, head + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def signed(peer: socket.socket) -> None:
    params = {"MessageSid": f"SM{uuid4().hex}", "MessageStatus": "sent"}
    body = urlencode(params).encode()
    rows = [
        "POST /status HTTP/1.1",
        "Host: hooks.example.com",
        f"Content-Type: {FORM}",
        f"X-Twilio-Signature: {sign(TOKEN, f'{PUBLIC}/status', params)}",
        f"Content-Length: {len(body)}",
    ]
    pour(peer, "\r\n".join([*rows, "", ""]).encode() + body)


def half_open(peer: socket.socket) -> None:
    peer.sendall(HEAD)
    with contextlib.suppress(TimeoutError):
        peer.settimeout(0.3)
        while True:
            time.sleep(0.02)
            peer.sendall(b"X: y\r\n")


KINDS: dict[str, Callable[[socket.socket], None]] = {
    "chunks of one byte": lambda peer: pour(peer, CHUNKED, b"1\r\na\r\n" * 20_000, 50),
    "chunk extensions": lambda peer: pour(peer, CHUNKED, b"1;" + b"x" * 15_000 + b"\r\na\r\n"),
    "trailers": lambda peer: pour(peer, CHUNKED + b"0\r\n" + b"a:\r\n" * 15_000),
    "header lines": lambda peer: pour(peer, GET + b"a:\r\n" * 3900 + b"\r\n"),
    "a header of blanks": lambda peer: pour(peer, HEAD + b"a:" + b" " * 16_000 + b"\x00\r\n\r\n"),
    "requests ahead, unread": lambda peer: pour(peer, b"", (GET + b"\r\n") * 600),
    "requests ahead": lambda peer: pour(peer, b"", (GET + b"\r\n") * 300, read=True),
    "segments of one byte": lambda peer: pour(peer, HEAD + b"Content-Length: 1000000\r\n\r\n", b"a", 1_000_000),
    "forged lists": forged(b"[" + b"0," * 500_000 + b"0]", "application/json"),
    "forged escapes": forged(b"a=" + b"%41b" * 260_000),
    "forgeries": forged(b"MessageSid=SM1&Body=hello&From=%2B1415"),
    "half-open": half_open,
    "signed by Twilio": signed,
}  # fmt: skip


def main(port: int, kind: str, peers: int) -> None:
    def attack() -> None:
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=5) as peer:
                    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    KINDS[kind](peer)
            except OSError:
                time.sleep(0.002)

    threads = [threading.Thread(target=attack, daemon=True) for _ in range(peers)]
    for thread in threads:
        thread.start()
    sys.stdout.write("under way\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
