"""A sandbox of another program is connected to as it is, again when it began anew, and leaves nothing on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from tui.http_server.http_messages import Answer, Request, Response
from tui.http_server.server import Server
from tui.sandbox.faults import Fault
from tui.sandbox.server import Sandbox
from tui.services.session import Session
from tui.services.watched_sandbox import WatchedSandbox
from tui.storage.connections import Connection, Connections
from tui.storage.paths import find_paths
from tui.twilio.errors import InvalidRequest

Until = Callable[..., Awaitable[None]]
Connect = Callable[..., Connection]


def watching(place: Path, origin: str) -> Session:
    watched = WatchedSandbox(origin, pause=0.01)
    session = Session(
        find_paths(place), start_sandbox=watched.start, stop_sandbox=watched.stop, watches=origin, environ={}
    )
    session.run(watched.follow(session.use_sandbox_again))
    return session


async def test_it_is_opened_as_a_sandbox_and_nothing_of_it_is_saved(
    tmp_path: Path, sandbox: Sandbox, until: Until
) -> None:
    session = watching(tmp_path / "config", sandbox.base_url)
    await session.use_sandbox()
    assert session.account is not None
    assert session.account.sandbox
    sandbox.faults.add(Fault("429"))
    await until(None, lambda: session.archive is not None and session.archive.status.looked)
    # What another program is to meet is left to it, and its requests can be counted.
    assert len(sandbox.faults.waiting) == 1
    assert sandbox.requests == ()
    await session.close()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_one_that_is_not_there_yet_is_told_and_waited_for(tmp_path: Path, until: Until) -> None:
    async with Sandbox(history=0) as before:
        port = before.port
    session = watching(tmp_path / "config", f"http://127.0.0.1:{port}")
    await session.use_sandbox()
    assert isinstance(session.trouble, InvalidRequest)
    assert f"tuilio sandbox --port {port}" in str(session.trouble)
    async with Sandbox(port, history=0):
        await until(None, lambda: session.account is not None)
        await session.close()


async def test_of_a_run_before_nothing_stays_since_the_next_gives_out_the_same_sids(tmp_path: Path) -> None:
    port, session, sids = 0, None, set[str]()
    for turn in ("one", "two"):
        async with Sandbox(port, history=0) as sandbox:
            port = sandbox.port
            sent = sandbox.receive("+14155550123", sandbox.numbers[0], turn)
            sids.add(sent.sid)
            if session is None:
                session = watching(tmp_path / "config", sandbox.base_url)
                await session.use_sandbox()
            while (
                session.archive is None or (kept := await session.archive.find(sent.sid)) is None or kept.body != turn
            ):
                await asyncio.sleep(0.01)
    assert len(sids) == 1
    assert session is not None
    await session.close()


async def test_a_saved_connection_that_was_chosen_stays_in_use(
    tmp_path: Path, sandbox: Sandbox, connect: Connect
) -> None:
    session = watching(tmp_path / "config", sandbox.base_url)
    session.saved.connections = Connections({"one": connect(sandbox, name="one")})
    await session.use("one")
    account = session.account
    await session.use_sandbox_again()
    assert session.account is account
    await session.close()


async def test_what_answers_but_is_no_sandbox_is_said_to_be_none_and_no_start_at_its_port(tmp_path: Path) -> None:
    answers = [Response(200, body=b"{}"), Response(404, body=b"<html>"), Response(403, body=b"[]")]

    async def answer(_: Request) -> Answer:
        return answers[0]

    async with Server(answer) as other:
        session = watching(tmp_path / "config", f"http://127.0.0.1:{other.port}")
        while answers:
            await session.use_sandbox()
            assert isinstance(session.trouble, InvalidRequest)
            assert session.trouble.reason.startswith("What answers there is no sandbox")
            assert f"--port {other.port}" not in session.trouble.remedy
            assert session.account is None
            answers.pop(0)
        await session.close()
