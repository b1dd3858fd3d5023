"""Tunnel programs that run: their address, why they end, and that they end with us. They are scripts of the tests."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tui.raw_request.secret_names import MASK
from tui.services import tunnel as tunnel_module
from tui.services.tunnel import (
    Tunnel,
    TunnelEnded,
    TunnelOff,
    TunnelOpen,
    TunnelStarting,
    find_installed,
    show_command,
    without_secrets,
)
from tui.webhooks.errors import TunnelFailed
from tui.webhooks.tunnels import CLOUDFLARED, TunnelProgram, own_program

PORT = 40123
URL = "https://angry-cat.trycloudflare.com"
UP = f'echo "INF |  {URL}  |" >&2'
FOR_EVER = "while :; do sleep 0.05; done"


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., TunnelProgram]:
    """`program(lines)` is cloudflared by name, and does what these lines of a shell say."""

    def make(*lines: str, own: bool = False) -> TunnelProgram:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        script = folder / "cloudflared"
        script.write_text("\n".join(["#!/bin/sh", f"echo $$ > {tmp_path}/pid", *lines]))
        script.chmod(0o755)
        return own_program(("cloudflared", "{port}")) if own else CLOUDFLARED

    return make


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"PATH": f"{tmp_path}/bin:{os.defpath}"}


@pytest.fixture
async def states() -> list[object]:
    return []


@pytest.fixture
async def tunnel(states: list[object]) -> AsyncIterator[Tunnel]:
    tasks = []

    def run(work):
        tasks.append(asyncio.create_task(work))
        return tasks[-1]

    tunnel = Tunnel(run=run, on_change=states.append, seconds=5.0)
    yield tunnel
    await tunnel.end()
    await asyncio.gather(*tasks)


async def gone(pid: int) -> None:
    """Wait until no such process is left."""
    async with asyncio.timeout(10):
        while True:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            with contextlib.suppress(OSError):
                if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                    return
            await asyncio.sleep(0.01)


def pid_in(folder: Path, name: str = "pid") -> int:
    return int((folder / name).read_text())


async def test_it_is_open_once_it_has_said_its_address_and_ends_when_told(tmp_path, tunnel, states, program, environ):
    opened = await tunnel.open(program('echo "args: $@" >&2', UP, FOR_EVER), PORT, environ)
    assert opened == TunnelOpen("cloudflared", URL, PORT)
    assert states == [TunnelStarting("cloudflared", PORT), opened]
    await tunnel.end()
    assert states[-1] == TunnelOff()
    await gone(pid_in(tmp_path))


async def test_one_that_ends_at_once_says_its_last_lines(tunnel, states, program, environ):
    failing = program("echo first", 'echo "ERR no such \033]52;c;aGk=\007 host \033[31m[/]" >&2', "exit 3")
    with pytest.raises(TunnelFailed) as problem:
        await tunnel.open(failing, PORT, environ)
    words = str(problem.value)
    assert words.startswith("cloudflared ended with 3; its last lines: first ⏎ ERR no such ␛]52")
    assert "\033" not in words
    assert "\007" not in words
    assert states[-1] == TunnelEnded(words)


async def test_a_token_of_its_command_is_shown_nowhere(tunnel, program, environ):
    name = program('echo "starting with $*"', "exit 3").name
    for words in (
        ("--authtoken", "t0k3n7f3a", "{port}"),
        ("http", "--token=t0k3n7f3a", "{port}"),
        ("-c", "x --api-key t0k3n7f3a {port}"),
    ):
        own = own_program((name, *words))
        with pytest.raises(TunnelFailed) as problem:
            await tunnel.open(own, PORT, environ)
        assert "starting with" in str(problem.value)
        for shown in (str(problem.value), show_command(own, PORT)):
            assert MASK in shown
            assert str(PORT) in shown
            assert "t0k3n" not in shown
    assert show_command(own_program(("a b", "--to={port}", "{port}")), 1) == "'a b' --to=1 1"


async def test_one_that_is_not_there_is_said(tunnel, environ):
    with pytest.raises(TunnelFailed, match="cloudflared ended with 127; its last lines: No such file"):
        await tunnel.open(CLOUDFLARED, PORT, environ)


async def test_a_command_that_no_system_takes_is_said_and_leaves_nothing_starting(tunnel, environ):
    with pytest.raises(TunnelFailed, match="could not be started: embedded null byte"):
        await tunnel.open(own_program(("sh", "a\0b")), PORT, environ)
    assert isinstance(tunnel.state, TunnelEnded)


async def test_one_that_says_no_address_in_time_is_ended(tmp_path, tunnel, program, environ):
    # On a busy machine a program may not have begun by then.
    for seconds in (0.3, 3, 30):
        tunnel._seconds = seconds
        with pytest.raises(TunnelFailed, match=f"has printed no https address in {seconds} s") as problem:
            await tunnel.open(program("echo visit https://x.example", FOR_EVER), PORT, environ)
        assert isinstance(tunnel.state, TunnelEnded)
        if "printed nothing" not in str(problem.value):
            break
    assert "its last lines: visit https://x.example" in str(problem.value)
    await gone(pid_in(tmp_path))


async def test_that_it_ends_later_is_noticed_at_once(tmp_path, tunnel, states, program, environ):
    await tunnel.open(program(UP, f"until [ -e {tmp_path}/enough ]; do sleep 0.02; done", "exit 1"), PORT, environ)
    (tmp_path / "enough").touch()
    async with asyncio.timeout(5):
        while not isinstance(tunnel.state, TunnelEnded):
            await asyncio.sleep(0.01)
    assert "cloudflared ended with 1; its last lines: INF" in tunnel.state.words


async def test_a_signal_that_ended_it_is_named(tmp_path, tunnel, program, environ):
    await tunnel.open(program(UP, FOR_EVER), PORT, environ)
    os.kill(pid_in(tmp_path), signal.SIGKILL)
    async with asyncio.timeout(5):
        while not isinstance(tunnel.state, TunnelEnded):
            await asyncio.sleep(0.01)
    assert "was ended by signal 9" in tunnel.state.words


@pytest.mark.landing
async def test_one_that_ignores_the_request_to_end_is_ended_with_what_it_started(tmp_path, tunnel, program, environ):
    stubborn = program("trap '' TERM", f"({FOR_EVER}) &", f"echo $! > {tmp_path}/child", UP, FOR_EVER)
    await tunnel.open(stubborn, PORT, environ)
    begun = time.monotonic()
    await tunnel.end()
    assert time.monotonic() - begun < 3
    await gone(pid_in(tmp_path))
    await gone(pid_in(tmp_path, "child"))


async def test_a_flood_neither_hides_the_address_nor_takes_the_loop(tunnel, program, environ):
    flood = "yes garbage-and-more-garbage | head -c 3000000"
    slowest, ticks = 0.0, 0

    async def tick() -> None:
        nonlocal slowest, ticks
        while True:
            begun = time.thread_time()
            await asyncio.sleep(0)
            slowest, ticks = max(slowest, time.thread_time() - begun), ticks + 1

    ticking = asyncio.create_task(tick())
    try:
        opened = await tunnel.open(program(f"{flood} &", UP, flood, FOR_EVER), PORT, environ)
    finally:
        ticking.cancel()
    assert opened.url == URL
    assert ticks > 10
    assert slowest < 0.1


async def test_a_command_of_ones_own_leads_to_the_public_url_that_is_set(tunnel, program, environ, monkeypatch):
    monkeypatch.setattr("tui.services.tunnel.SETTLE_SECONDS", 0.2)
    opened = await tunnel.open(program(FOR_EVER, own=True), PORT, environ, "https://hooks.example.com")
    assert opened.url == "https://hooks.example.com"
    with pytest.raises(TunnelFailed, match="ended with 4"):
        await tunnel.open(program("exit 4", own=True), PORT, environ, "https://hooks.example.com")


async def test_a_command_of_ones_own_may_say_it_within_a_line(tunnel, program, environ, monkeypatch):
    monkeypatch.setattr("tui.services.tunnel.GUESS_SECONDS", 0.1)
    opened = await tunnel.open(program('echo "see https://$1.example/a"', FOR_EVER, own=True), PORT, environ)
    assert opened.url == f"https://{PORT}.example/a"


async def test_ended_while_it_starts_it_is_gone(tmp_path, tunnel, program, environ):
    opening = asyncio.create_task(tunnel.open(program("echo hello", FOR_EVER), PORT, environ))
    async with asyncio.timeout(5):
        while not (tmp_path / "pid").exists():
            await asyncio.sleep(0.01)
    await tunnel.end()
    with pytest.raises(TunnelFailed, match="was ended"):
        await opening
    assert tunnel.state == TunnelOff()
    await gone(pid_in(tmp_path))


async def test_ended_before_it_is_there_it_does_not_open(tmp_path, tunnel, states, program, environ):
    opening = asyncio.create_task(tunnel.open(program(UP, FOR_EVER), PORT, environ))
    while states != [TunnelStarting("cloudflared", PORT)]:
        await asyncio.sleep(0)
    await tunnel.end()
    with pytest.raises(TunnelFailed, match="was ended"):
        await opening
    assert tunnel.state == TunnelOff()
    if (tmp_path / "pid").exists():
        await gone(pid_in(tmp_path))


async def test_nobody_waits_for_it_any_more(tmp_path, tunnel, program, environ):
    opening = asyncio.create_task(tunnel.open(program("echo hello", FOR_EVER), PORT, environ))
    async with asyncio.timeout(5):
        while not (tmp_path / "pid").exists():
            await asyncio.sleep(0.01)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert tunnel.state == TunnelOff()
    await gone(pid_in(tmp_path))


async def test_nobody_waits_for_it_while_it_is_being_started(tmp_path, tunnel, program, environ, monkeypatch):
    running, cancelled, start = threading.Event(), threading.Event(), tunnel_module._start

    def start_slowly(*arguments):
        process = start(*arguments)
        while not (tmp_path / "pid").exists():
            time.sleep(0.01)
        running.set()
        cancelled.wait(5)
        return process

    monkeypatch.setattr(tunnel_module, "_start", start_slowly)
    opening = asyncio.create_task(tunnel.open(program(FOR_EVER), PORT, environ))
    assert await asyncio.to_thread(running.wait, 5)
    opening.cancel()
    await asyncio.sleep(0)
    cancelled.set()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert tunnel.state == TunnelOff()
    await gone(pid_in(tmp_path))


async def test_it_ends_when_this_program_is_killed(tmp_path, program, environ):
    program(UP, FOR_EVER)
    code = textwrap.dedent(f"""
        import asyncio
        from tui.services.tunnel import Tunnel
        from tui.webhooks.tunnels import CLOUDFLARED
        async def main():
            tunnel = Tunnel(run=asyncio.get_running_loop().create_task, on_change=lambda _: None)
            await tunnel.open(CLOUDFLARED, 1, {environ!r})
            print("open", flush=True)
            await asyncio.sleep(60)
        asyncio.run(main())
    """)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as us:
        assert us.stdout is not None
        assert await asyncio.to_thread(us.stdout.readline) == b"open\n"
        us.kill()
    await gone(pid_in(tmp_path))


@pytest.mark.landing
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere nobody keeps what leaves its session")
async def test_one_that_goes_into_the_background_in_a_session_of_its_own_ends_as_well(
    tmp_path, tunnel, program, environ
):
    background = f"setsid sh -c 'echo $$ > {tmp_path}/background; trap : TERM; {UP}; {FOR_EVER}' &"
    opened = await tunnel.open(program(background, f"until [ -s {tmp_path}/background ]; do :; done"), PORT, environ)
    await gone(pid_in(tmp_path))
    os.kill(pid_in(tmp_path, "background"), 0)
    assert tunnel.state == opened
    await tunnel.end()
    await gone(pid_in(tmp_path, "background"))


async def test_no_secret_and_no_terminal_reach_it(tmp_path, tunnel, program, environ):
    told = {"TWILIO_AUTH_TOKEN": "t0k3n", "ACME": "s3cr3t", "HOME": "/home/me", **environ}
    seen = without_secrets(told, lambda text: re.sub("s3cr3t", "•••", text))
    await tunnel.open(
        program(f"env > {tmp_path}/env", f"(: < /dev/tty) 2> {tmp_path}/tty", f"cat > {tmp_path}/in", UP, FOR_EVER),
        PORT,
        seen,
    )
    variables = (tmp_path / "env").read_text()
    assert "HOME=/home/me" in variables
    assert "t0k3n" not in variables
    assert "s3cr3t" not in variables
    assert (tmp_path / "tty").read_text()
    assert (tmp_path / "in").read_text() == ""


def test_only_what_is_installed_is_offered(program, environ):
    own = ("cloudflared", "tunnel", "run", "desk")
    assert [one.name for one in find_installed((), {"PATH": "/nowhere"})] == []
    program()
    offered = find_installed(own, environ)
    assert [(one.name, one.own) for one in offered if one.name == "cloudflared"] == [
        ("cloudflared", True),
        ("cloudflared", False),
    ]
    assert not find_installed(("no-such-program",), {"PATH": "/nowhere"})
