"""A public address in one key: chosen, shown, started, used, ended. The tunnel program is a script of the test."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from tests.piloting import is_asked
from tui.screens.webhooks.forms import SettingsForm
from tui.services.tunnel import TunnelEnded, TunnelOff, TunnelOpen
from tui.storage.connection import Connection
from tui.storage.connections import Connections, save
from tui.storage.paths import find_paths
from tui.webhooks.errors import TunnelFailed
from tui.webhooks.receiver import Listening
from tui.webhooks.settings import load_settings
from tui.webhooks.tunnels import CLOUDFLARED
from tui.widgets.dialogs import Choose

OTHERS = "fedcba9876543210" * 2
URL = "https://angry-cat.trycloudflare.com"


@pytest.fixture
def installed(tmp_path: Path):
    """`installed(lines)` puts a cloudflared on PATH that does what these lines of a shell say."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def install(*lines: str) -> None:
        script = folder / "cloudflared"
        script.write_text("\n".join(["#!/bin/sh", f'echo "$@" > {tmp_path}/called', *lines]))
        script.chmod(0o755)

    for name in ("sh", "sleep"):
        (folder / name).symlink_to(f"/bin/{name}")
    return install


@pytest.fixture
def at_a_saved_one(run_app, at, sandbox, connect, tmp_path):
    """The Webhooks place with a saved connection, whose Twilio is the sandbox's server, and another one beside it."""
    paths = find_paths(tmp_path / "config")
    other = Connection("other", "auth_token", "AC" + "0" * 32, auth_token=OTHERS)
    save(paths.connections, Connections([connect(sandbox, name="acme", kind="auth_token"), other]))
    environ = {"PATH": str(tmp_path / "bin"), "DEPLOY": f"Basic {OTHERS}", "MINE": sandbox.auth_token, "HOME": "/home"}
    return lambda **more: run_app(connection="acme", screen="webhooks", environ=environ, **more)


RUNS = (f"echo '|  {URL}  |' >&2", "while :; do sleep 0.05; done")


async def start(place) -> None:
    await place.until(lambda: place.app.session.account is not None)
    await place.press("P")
    await place.until(lambda: is_asked(place.pilot, Choose))
    await place.press("enter")
    await place.until("Start this program?")


async def test_it_is_started_after_its_command_was_seen_and_offered_to_a_number(
    at_a_saved_one, at, installed, tmp_path, sandbox
):
    installed(f"export -p > {tmp_path}/seen", *RUNS)
    async with at_a_saved_one(size=(120, 40)) as pilot:
        place = at(pilot)
        await start(place)
        state = place.receiving.receiver.state
        assert isinstance(state, Listening)
        assert f"cloudflared tunnel --url http://127.0.0.1:{state.port}" in place.text
        assert not (tmp_path / "called").exists()
        await place.press("y")
        await place.until("Use for a number")
        assert f"{URL}/sms" in place.text
        assert (tmp_path / "called").read_text() == f"tunnel --url http://127.0.0.1:{state.port}\n"
        seen = (tmp_path / "seen").read_text()
        assert "HOME" in seen
        assert OTHERS not in seen
        assert sandbox.auth_token not in seen
        assert place.receiving.settings.public_url == URL
        await place.press("1")
        await place.until("Send the messages to")
        await place.press("y")
        await place.until(lambda: sandbox._account.senders.numbers[0].settings["sms_url"] == f"{URL}/sms")
        # What is written down is not the address of today.
        await place.until(lambda: load_settings(find_paths(tmp_path / "config").webhook_settings)[1])
        assert load_settings(find_paths(tmp_path / "config").webhook_settings)[0].public_url == ""
        await place.press("s")
        await place.until(lambda: place.receiving.tunnel.state == TunnelOff())
        assert place.receiving.settings.public_url == ""
        await place.until("Still pointed at its address")


async def test_that_it_ended_is_said_wherever_one_is(at_a_saved_one, at, installed, tmp_path):
    installed(RUNS[0], f"until [ -e {tmp_path}/enough ]; do sleep 0.02; done", "echo 'ERR bad [/] gateway'", "exit 1")
    async with at_a_saved_one(size=(120, 40)) as pilot:
        place = at(pilot)
        await start(place)
        await place.press("y")
        await place.until("Use for a number")
        await place.press("escape")
        assert f"public {URL}" in place.text
        await place.press("u")
        await place.until(lambda: isinstance(place.app.screen, SettingsForm))
        (tmp_path / "enough").touch()
        await place.until(lambda: isinstance(place.receiving.tunnel.state, TunnelEnded))
        # The form shows the address still; that nobody wrote it there.
        await place.press("ctrl+s")
        await place.until("The tunnel ended: cloudflared ended with 1")
        assert place.receiving.settings.public_url == ""
        assert "ERR bad [/] gateway" in place.receiving.tunnel.state.words


async def test_one_that_fails_says_why_and_one_that_runs_is_ended_by_the_key(at_a_saved_one, at, installed):
    installed("echo 'you are not logged in'", "exit 2")
    async with at_a_saved_one(size=(120, 40)) as pilot:
        place = at(pilot)
        await start(place)
        await place.press("y")
        await place.until("cloudflared ended with 2; its last lines: you are not logged in")
        installed(*RUNS)
        await start(place)
        await place.press("y")
        await place.until("Use for a number")
        await place.press("escape")
        assert isinstance(place.receiving.tunnel.state, TunnelOpen)
        await place.press("P")
        await place.until("copy it")
        await place.press("3")
        await place.until(lambda: place.receiving.tunnel.state == TunnelOff())
        await place.until(lambda: URL not in place.text)


async def test_without_a_program_it_says_what_to_install(at_a_saved_one, at, installed):
    async with at_a_saved_one(size=(120, 40)) as pilot:
        place = at(pilot)
        await place.until(lambda: place.app.session.account is not None)
        await place.press("P")
        await place.until("No tunnel program")
        assert all(name in place.text for name in ("cloudflared", "tailscale", "ngrok", "ssh"))
        assert 'tunnel = ["program", "{port}"]' in place.text


async def test_a_command_of_ones_own_has_its_address_looked_at(at_a_saved_one, at, installed, tmp_path, monkeypatch):
    monkeypatch.setattr("tui.services.tunnel.GUESS_SECONDS", 0.1)
    installed('echo "see https://$1.example"', RUNS[1])
    settings = find_paths(tmp_path / "config").webhook_settings
    settings.write_text('tunnel = ["cloudflared", "p{port}", "--token", "t0k3n7f3a"]\n')
    settings.chmod(0o600)
    async with at_a_saved_one(size=(120, 40)) as pilot:
        place = at(pilot)
        await start(place)
        assert "runs  cloudflared p" in place.text
        assert "t0k3n" not in place.text
        await place.press("y")
        await place.until("Use this address?")
        url = place.receiving.tunnel.state.url
        assert place.receiving.settings.public_url == ""
        await place.press("y")
        await place.until("Use for a number")
        assert place.receiving.settings.public_url == url == f"https://p{place.receiving.listening.port}.example"
        # Ends with the program.
    assert place.receiving.tunnel.state == TunnelOff()


async def test_a_receiver_that_was_stopped_meanwhile_gets_no_tunnel(at_a_saved_one, at, installed, monkeypatch):
    installed(*RUNS)
    begun, stopped = threading.Event(), threading.Event()

    def at_hand(*_: object) -> list[str]:
        begun.set()
        stopped.wait(10)
        return []

    async with at_a_saved_one() as pilot:
        place = at(pilot)
        await place.until(lambda: place.app.session.account is not None)
        await place.receiving.start()
        monkeypatch.setattr("tui.services.webhook_service.at_hand", at_hand)
        monkeypatch.setattr(place.receiving.tunnel, "open", lambda *_: pytest.fail("it was started"))
        opening = asyncio.create_task(place.receiving.open_tunnel(CLOUDFLARED))
        await asyncio.to_thread(begun.wait, 10)
        await place.receiving.stop()
        stopped.set()
        with pytest.raises(TunnelFailed, match="was stopped while cloudflared started"):
            await opening
        assert place.receiving.tunnel.state == TunnelOff()


async def test_in_the_sandbox_it_is_refused(sandbox, run_app, at, installed):
    installed(*RUNS)
    async with run_app(sandbox=sandbox, screen="webhooks") as pilot:
        place = at(pilot)
        await place.until(lambda: place.app.session.account is not None)
        await place.press("P")
        await place.until("In the sandbox nothing leaves this machine")


async def test_ssh_leads_to_the_public_url_that_is_set(at_a_saved_one, at, installed, tmp_path):
    installed(*RUNS)
    ssh = tmp_path / "bin" / "ssh"
    ssh.write_text(
        f"#!/bin/sh\necho \"$@\" > {tmp_path}/called\necho 'debug1: remote forward success for: listen 8080' >&2\n"
        "while :; do sleep 0.05; done\n"
    )
    ssh.chmod(0o755)
    settings = find_paths(tmp_path / "config").webhook_settings
    settings.write_text('public_url = "https://hooks.example.com"\n')
    settings.chmod(0o600)
    async with at_a_saved_one(size=(120, 40)) as pilot:
        place = at(pilot)
        await place.until(lambda: place.app.session.account is not None)
        await place.press("P")
        await place.until("a server of your own")
        await place.press("2")
        await place.until("Through your own server")
        await place.press(*"me@host")
        await place.press("enter")
        await place.until("Start this program?")
        await place.press("y")
        await place.until("Use for a number")
        assert "https://hooks.example.com/sms" in place.text
        assert f"-R 8080:127.0.0.1:{place.receiving.listening.port} me@host" in (tmp_path / "called").read_text()
        assert load_settings(settings)[0].tunnel_server == "me@host"
