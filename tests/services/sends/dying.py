"""A program that sends and dies at a chosen point, and others that find out what became of it.

Run as a script: one case as a line of JSON in, what happened as a line of JSON out. Every stage is a real process,
forked from this one so that a hundred of them take seconds; between them and Twilio stands a relay that sees how far
the bytes have come and kills on the spot.
"""

from __future__ import annotations

import asyncio
import base64
import importlib
import json
import os
import secrets
import select
import signal
import socket
import sqlite3
import struct
import sys
import time
import traceback
import urllib.request
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.services.sends.steps import look_up, submit
from tui.raw_request.model import RawRequest
from tui.services.raw_requests import send_by_hand
from tui.services.sends import SendService
from tui.storage.connection import Connection
from tui.storage.journal import JournalEntry, JournalState, SendJournal
from tui.storage.journal_entry import NewSend
from tui.twilio.client import Client
from tui.twilio.drafts import Draft
from tui.twilio.errors import RequestFailed

BODY = "Hello, is the boat still leaving?"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
RESET = struct.pack("ii", 1, 0)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Mortal(SendJournal):
    """A journal in whose hands the program dies: before or after a step, or when all but the commit is done."""

    def __init__(self, path: str, point: str) -> None:
        super().__init__(Path(path), process=secrets.token_hex(8))
        self._point = point
        self._written = 0
        self._whole_transaction = self._file.transaction
        self._file.transaction = self._dying_transaction

    def begin(self, send: NewSend) -> JournalEntry:
        self._at("before the journal")
        entry = super().begin(send)
        self._at("written down")
        return entry

    def settle(self, id: int, state: JournalState, **more: Any) -> JournalEntry:
        self._at("answered")
        entry = super().settle(id, state, **more)
        self._at("settled")
        return entry

    @contextmanager
    def _dying_transaction(self, begin: str = "BEGIN IMMEDIATE") -> Generator[sqlite3.Connection]:
        with self._whole_transaction(begin) as database:
            yield database
            self._written += begin == "BEGIN IMMEDIATE"
            if begin == "BEGIN IMMEDIATE":
                # The first thing a process writes is a new entry or what it recovers, the second what came of it.
                self._at({1: "in the journal", 2: "in the answer's commit"}.get(self._written, "later"))

    def _at(self, name: str) -> None:
        if self._point == name:
            die()


def fork(work: Callable[[], str]) -> tuple[int, int]:
    """A child that does the work and tells its outcome; returns its number and where it tells."""
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return pid, read
    try:
        os.close(read)
        os.write(write, work().encode())
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(0)
    return 0, 0


def send(case: dict[str, Any], connection: Connection) -> str:
    """Send once, as Compose does or as the console does, and say what the person is told."""

    async def run() -> str:
        outbox = Mortal(case["journal"], case["point"])
        async with Client(connection, timeout=case["timeout"]) as client:
            if case["way"] == "compose":
                desk = SendService("here", client, outbox, lambda _: None, clock=lambda: datetime.now(UTC))
                sending = await submit(desk, Draft(to=case["to"], from_=case["from"], body=BODY))
                return sending.entry.state.value if sending else "refused"
            form = urlencode({"To": case["to"], "From": case["from"], "Body": BODY})
            path = "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"
            request = RawRequest("POST", path, data=form, timeout=case["timeout"])
            with suppress(RequestFailed):
                await send_by_hand(client, "here", outbox, request)
            return outbox.entries(client.account_sid)[0].state.value

    return asyncio.run(run())


def look(case: dict[str, Any], connection: Connection, point: str) -> str:
    """Start anew: what is still called sending becomes unknown, and every unknown is looked up."""

    async def run() -> str:
        outbox = Mortal(case["journal"], point)
        outbox.recover()
        async with Client(connection, timeout=case["timeout"]) as client:
            desk = SendService("here", client, outbox, lambda _: None, clock=lambda: datetime.now(UTC))
            for entry in outbox.unknown(client.account_sid):
                if case["careless"] == "sends again":
                    await submit(desk, Draft(to=entry.to, from_=entry.sender, body=entry.body))
                elif case["careless"] == "believes it failed":
                    outbox.settle(entry.id, JournalState.NOT_SENT)
                elif case["careless"] == "believes it worked":
                    outbox.settle(entry.id, JournalState.ACCEPTED)
                else:
                    with suppress(RequestFailed):
                        await look_up(desk, entry)
            return json.dumps([[each.state.value, each.sid] for each in outbox.entries(client.account_sid)])

    return asyncio.run(run())


class Relay:
    """Passes bytes between a child and Twilio, and kills the child when they have come as far as told."""

    def __init__(self, host: str, port: int) -> None:
        self._twilio = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def attend(
        self, work: Callable[[], str], point: str, method: str = "GET", marked: bytes = b"", seconds: float = 30
    ) -> tuple[bool, str]:
        """Whether the child had to be killed, and what it told if it was not.

        Only requests of the method count that hold `marked`. Before a POST the list is read, over a connection of its
        own. Nothing may be silent for so many seconds.
        """
        pid, told = fork(work)
        peers: dict[socket.socket, socket.socket] = {}
        asked: dict[socket.socket, bytes] = {}
        looks_first = method == "POST"

        def kill_at(name: str) -> bool:
            if point == name:
                os.kill(pid, signal.SIGKILL)
            return point == name

        outcome = b""
        while True:
            ready, _, _ = select.select([self._listener, told, *peers], [], [], seconds)
            if not ready:
                raise TimeoutError(f"nothing happens at {point!r}")
            if told in ready:
                if got := os.read(told, 65536):
                    outcome += got
                    continue
                break
            for each in ready:
                if each is self._listener:
                    client, _ = self._listener.accept()
                    if (asked or not looks_first) and kill_at("connected"):
                        client.close()
                    else:
                        twilio = socket.create_connection(self._twilio)
                        peers |= {client: twilio, twilio: client}
                        asked[client] = b""
                elif isinstance(each, socket.socket) and each in peers:
                    self._pass_on(each, peers, asked, kill_at, (method.encode(), marked))
        os.close(told)
        for each in peers:
            each.close()
        _, status = os.waitpid(pid, 0)
        return os.WIFSIGNALED(status), outcome.decode()

    def _pass_on(
        self,
        source: socket.socket,
        peers: dict[socket.socket, socket.socket],
        asked: dict[socket.socket, bytes],
        point_reached: Callable[[str], bool],
        wanted: tuple[bytes, bytes],
    ) -> None:
        target, hard = peers[source], False
        method, marked = wanted

        def kill_at(name: str) -> bool:
            request = asked[source if source in asked else target]
            return request.startswith(method) and marked in request and point_reached(name)

        try:
            got = source.recv(65536)
        except ConnectionError:
            got, hard = b"", True
        try:
            if got and source in asked:
                asked[source] += got
                whole = is_whole(asked[source])
                if kill_at("half a request left"):
                    got = got[: len(got) // 2]
                if whole and kill_at("lost on the way"):
                    got = b""
                target.sendall(got)
                if whole and kill_at("asked"):
                    # What has arrived is processed, though nobody is left to hear of it.
                    select.select([target], [], [], 30)
                return
            if got:
                if kill_at("half an answer"):
                    got = got[: len(got) // 2]
                target.sendall(got)
                return
        except OSError:
            pass
        if hard:
            with suppress(OSError):
                target.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        for each in (source, target):
            peers.pop(each, None)
            each.close()


def is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = next(
        (line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
    )
    return bool(end) and len(body) >= int(length)


class Twilio:
    """The sandbox as it sees itself: what it was asked, and what it holds."""

    def __init__(self, told: dict[str, str]) -> None:
        self._told = told
        basic = base64.b64encode(f"{told['TWILIO_ACCOUNT_SID']}:{told['TWILIO_AUTH_TOKEN']}".encode()).decode()
        self._headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}

    def ask(self, path: str, method: str = "GET", value: object = None) -> Any:
        url = self._told["TWILIO_BASE_URL"] + path
        content = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(url, content, self._headers, method=method)
        with DIRECT.open(request, timeout=30) as answer:
            text = answer.read()
            return (json.loads(text) if text else None), int(answer.headers.get("Twilio-Concurrent-Requests") or 1)

    def posts(self) -> int:
        served = self.ask("/_sandbox/requests")[0]["requests"]
        # A port is somebody else's after a while, and then others knock there: with webhooks, say.
        return sum(each["method"] == "POST" and "/Messages" in each["target"] for each in served)

    def messages(self, to: str) -> list[str]:
        """The SIDs of what the recipient got, once nothing is under way any more."""
        path = f"/2010-04-01/Accounts/{self._told['TWILIO_ACCOUNT_SID']}/Messages.json?To=%2B{to[1:]}"
        end = time.monotonic() + 30
        while True:
            document, under_way = self.ask(path)
            if under_way <= 1:
                return [each["sid"] for each in document["messages"]]
            if time.monotonic() > end:
                raise TimeoutError(f"{under_way - 1} other requests go on")


def false_entries(journal: Sequence[tuple[str, str | None]], held: list[str], asked: bool) -> list[str]:
    """What a journal of one send says that is not so, given what the recipient got and whether it left."""
    wrong = ["two entries for one send"] if len(journal) > 1 else []
    if asked and not journal:
        wrong.append("it left without being written down")
    for state, sid in journal:
        if state == "accepted" and [sid] != held:
            wrong.append("called sent, and it was not")
        if state in ("not_sent", "rejected") and held:
            wrong.append(f"called {state}, and it was sent")
    return wrong


def play(case: dict[str, Any], twilio: Twilio, relay: Relay, connection: Connection) -> dict[str, Any]:
    """One send from its beginning to the last look, and what each stage left behind."""
    prepare = SendJournal(Path(case["journal"]))
    prepare.settle(
        prepare.begin(NewSend(connection="x", account_sid="ACx", to="", sender="", body="")).id, JournalState.NOT_SENT
    )
    prepare.close()
    before = twilio.posts()
    if case["fault"]:
        twilio.ask("/_sandbox/faults", "POST", {**case["fault"], "method": "POST"})
    killed, said = relay.attend(lambda: send(case, connection), case["point"], "POST")
    twilio.ask("/_sandbox/faults", "DELETE")
    if case["look_fault"]:
        twilio.ask("/_sandbox/faults", "POST", {**case["look_fault"], "method": "GET"})
    killed_again, _ = relay.attend(lambda: look(case, connection, case["look_point"]), case["look_point"])
    twilio.ask("/_sandbox/faults", "DELETE")
    held = twilio.messages(case["to"])
    journals = [json.loads(relay.attend(lambda: look(case, connection, ""), "")[1]) for _ in range(2)]
    return {
        "killed": killed,
        "killed_again": killed_again,
        "said": said,
        "held": held,
        "held_at_last": twilio.messages(case["to"]),
        "journals": journals,
        "posts": twilio.posts() - before,
    }


def main() -> None:
    for slow_to_load in ("anyio._backends._asyncio", "certifi", "concurrent.futures.thread", "h11", "httpcore"):
        importlib.import_module(slow_to_load)  # here once, rather than in every child
    told: dict[str, str] = json.loads(sys.argv[1])
    twilio = Twilio(told)
    relay = Relay("127.0.0.1", int(told["TWILIO_BASE_URL"].rpartition(":")[2]))
    connection = Connection(
        "here",
        "auth_token",
        told["TWILIO_ACCOUNT_SID"],
        auth_token=told["TWILIO_AUTH_TOKEN"],
        base_url=f"http://127.0.0.1:{relay.port}/2010-04-01",
    )
    for line in sys.stdin:
        print(json.dumps(play(json.loads(line), twilio, relay, connection)), flush=True)


if __name__ == "__main__":
    main()
