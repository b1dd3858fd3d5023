"""Events elsewhere: as JSON lines, as a command that a shell really runs, played again to this machine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import stat
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui.http_server.http_messages import Request, Response
from tui.http_server.server import Server
from tui.webhooks.errors import ReplayRefused
from tui.webhooks.events import EventKind, Verdict, WebhookEvent, WebhookReply
from tui.webhooks.export import to_curl, to_json_line, write_json_lines
from tui.webhooks.replay import LARGEST, ReplayAnswer, replay, replay_url

EVENT = WebhookEvent(
    id=7,
    received_at=datetime(2026, 3, 2, 12, 0, tzinfo=UTC),
    kind=EventKind.INBOUND,
    method="POST",
    target="/sms?a=%2f&b=[1]",
    url="https://h.example/sms?a=%2f&b=[1]",
    headers=(
        ("Host", "h.example"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("X-Twilio-Signature", "abc="),
        ("X-Blank", ""),
        ("Authorization", "Basic c2VjcmV0"),
        ("Content-Length", "24"),
    ),
    body=b"Body=it%27s+%22ok%22&a='",
    parameters=(("Body", 'it\'s "ok"'), ("a", "'")),
    verdict=Verdict.VERIFIED,
    accepted=True,
    reply=WebhookReply(204),
)


def test_a_line_of_json_holds_everything_but_credentials() -> None:
    line = to_json_line(EVENT)
    record = json.loads(line)
    assert record["parameters"] == [list(pair) for pair in EVENT.parameters]
    assert record["body"] == EVENT.body.decode()
    assert "c2VjcmV0" not in line
    assert ["X-Twilio-Signature", "abc="] in record["headers"]


def test_hostile_text_stays_on_its_line_and_bytes_survive() -> None:
    line = to_json_line(replace(EVENT, body=b"\xff\x00", diagnosis="a\u2028b\x1b]0;x\x07\n"))
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["body_base64"] == "/wA="


def test_a_file_is_written_whole_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    assert write_json_lines(path, [EVENT, EVENT], replace=False) == 2
    assert len(path.read_text().splitlines()) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_json_lines(path, [], replace=False)
    assert len(path.read_text().splitlines()) == 2
    assert write_json_lines(path, [EVENT], replace=True) == 1
    assert len(path.read_text().splitlines()) == 1
    with pytest.raises(FileNotFoundError):
        write_json_lines(tmp_path / "no" / "where.jsonl", [EVENT], replace=False)


def test_curl_gets_words_and_never_credentials() -> None:
    command = to_curl(EVENT)
    assert "--data-raw" in command
    assert "'X-Blank;'" in command
    assert "c2VjcmV0" not in command
    assert command.endswith("'https://h.example/sms?a=%2f&b=[1]'")


@settings(max_examples=25)
@given(st.binary(max_size=60), st.text(st.characters(codec="ascii"), max_size=20))
@example(b"@/etc/passwd", "$(id) `id` ' \" \\")
@example(b"%s\\n\x00\xff", "!")
@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
def test_a_shell_hands_curl_exactly_the_bytes(body: bytes, value: str) -> None:
    event = replace(EVENT, body=body, headers=(("X-A", value),))
    # A stand-in for curl that shows its arguments, then what it reads.
    script = f"curl() {{ printf '%s\\0' \"$@\"; case \" $* \" in *' @- '*) cat;; esac; }}\n{to_curl(event)}"
    said = subprocess.run(["sh", "-c", script], check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout
    words = said.split(b"\0")
    if body and b"--data-raw" in words:
        assert words[words.index(b"--data-raw") + 1] == body
    elif body:
        assert said.endswith(b"\0" + body)
    if value.isprintable() and value.strip():
        assert f"X-A: {value}".encode() in words


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
