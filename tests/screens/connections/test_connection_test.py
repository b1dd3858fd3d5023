"""A test's result in words, for every way it can end."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tui.sandbox.server import Sandbox
from tui.screens.connections.connection_test import put_to_test
from tui.services.session import Session
from tui.storage.connections import Connection, Secret
from tui.storage.paths import find_paths

SID = "AC" + "1" * 32


async def verdict(tmp_path: Path, connection: Connection) -> tuple[str, str, str]:
    session = Session(find_paths(tmp_path), environ={})
    found = await put_to_test(session, connection)
    await session.close()
    return found.mark, found.short, found.words


async def test_good_credentials_work_and_say_for_whom(tmp_path: Path, connection: Connection, sandbox: Sandbox) -> None:
    mark, short, words = await verdict(tmp_path, connection)
    assert (mark, short) == ("✓", "works")
    assert sandbox.account_sid in words


async def test_a_web_page_is_called_one(tmp_path: Path) -> None:
    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html>\x1b[31m</")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(page, "127.0.0.1", 0) as server:
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        mark, short, words = await verdict(tmp_path, Connection("x", "auth_token", SID, auth_token="t", base_url=base))
    assert (mark, short) == ("✗", "not Twilio")
    assert "web page" in words


async def test_an_unset_variable_is_named(tmp_path: Path) -> None:
    connection = Connection("x", "auth_token", SID, auth_token=Secret.env("TUILIO_TEST_NEVER_SET"))
    mark, short, words = await verdict(tmp_path, connection)
    assert (mark, short) == ("✗", "incomplete")
    assert "TUILIO_TEST_NEVER_SET" in words


async def test_what_cannot_work_is_not_even_asked(tmp_path: Path, sandbox: Sandbox) -> None:
    connection = Connection("x", "auth_token", "AC3", auth_token="t", base_url=sandbox.base_url)
    _, short, words = await verdict(tmp_path, connection)
    assert short == "incomplete"
    assert "too short" in words
    assert sandbox.requests == ()
