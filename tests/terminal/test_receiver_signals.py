"""However the program ends while it listens: its port is free at once, nothing of it is left, and nothing is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cases import in_full
from tests.terminal.test_exits import assert_given_back
from tests.terminal.test_webhooks import port_of, post
from tui.storage.paths import find_paths
from tui.webhooks.event_store import EventStore

Open = Callable[..., Any]

ENDS = ("SIGTERM", in_full("SIGHUP"), in_full("SIGQUIT"), "the terminal is lost")


@pytest.mark.parametrize("end", ENDS)
def test_a_receiver_that_is_ended_frees_its_port_and_keeps_what_it_took(
    tuilio: Open, saved: Path, service: Any, end: str
) -> None:
    token = service.exports["TWILIO_AUTH_TOKEN"]
    with (saved / "connections.toml").open("a") as file:
        file.write(f'auth_token = "{token}"\n')
    terminal = tuilio("--config", str(saved), "--screen", "webhooks")
    terminal.until(lambda: "No webhooks yet" in terminal.text and terminal.line(0).endswith(" acme"))
    terminal.press("s")
    port = port_of(terminal)
    session = os.getsid(terminal.process.pid)
    # Somebody who never says anything is connected the whole time, and somebody in the middle of a request.
    with socket.create_connection(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)) as half:
        half.sendall(b"POST /sms HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf of ")
        for number in range(5):
            form = {"MessageSid": f"SM{number:032x}", "From": "+1", "To": "+14155550100", "Body": f"b{number}"}
            # The last is answered, and the end comes before anything else can happen.
            assert post(port, form, token) == 200
        if end.startswith("SIG"):
            number = signal.Signals[end]
            terminal.signal(number)
            assert terminal.wait() == 128 + number
            assert_given_back(terminal)
            assert b"Traceback" not in terminal.raw
        else:
            terminal.hang_up()
            assert terminal.wait() == 128 + signal.SIGHUP
    with socket.socket() as again:
        # As any other program would bind it: what lingers in the kernel is nobody's.
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))
        again.listen()
    assert of_session(session) == []
    with contextlib.closing(EventStore(find_paths(saved).webhooks)) as store:
        assert {event.parameter("Body") for event in store.latest(100)} == {f"b{number}" for number in range(5)}


def of_session(session: int) -> list[str]:
    """The programs that belong to a session still; the program that was ended led its own."""
    found: list[str] = []
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            with contextlib.suppress(OSError):
                words = (each / "stat").read_text().rsplit(")", 1)[1].split()
                if int(words[3]) == session and words[0] != "Z":
                    found.append((each / "cmdline").read_text())
    return found


@pytest.mark.landing
@pytest.mark.parametrize("end", ["SIGKILL", *map(in_full, ("SIGTERM", "the terminal is lost", "q"))])
def test_a_tunnel_program_ends_with_all_it_started_however_this_one_ends(
    tuilio: Open, saved: Path, tmp_path: Path, environ: dict[str, str], end: str
) -> None:
    folder = tmp_path / "programs"
    folder.mkdir()
    lines = (
        *("#!/bin/sh", "trap : TERM HUP"),
        f"setsid sh -c 'trap : TERM HUP; echo $$ > {folder}/one; while :; do sleep 0.1; done' &",
        *(f"until [ -s {folder}/one ]; do :; done", f"echo $$ > {folder}/two"),
        # What drives a terminal, and the address of another site first.
        r"printf '\033]0;x\007\033[2Jhttps://evil.example https://cat.trycloudflare.com.evil.example \r\n'",
        *("echo '|  https://cat.trycloudflare.com  |'", "while :; do echo; done"),
    )
    (program := folder / "cloudflared").write_text("\n".join(lines))
    program.chmod(0o755)
    terminal = tuilio(
        "--config", str(saved), "--screen", "webhooks", PATH=f"{folder}:{environ['PATH']}", size=(120, 40)
    )
    terminal.until(lambda: "No webhooks yet" in terminal.text and terminal.line(0).endswith(" acme"))
    terminal.press("P")
    terminal.until("a new address, without an account")
    terminal.press("enter")
    terminal.until("Start this program?")
    terminal.press("y")
    terminal.until("public https://cat.trycloudflare.com")
    assert b"\x1b[2Jhttps" not in terminal.raw
    pids = [int((folder / name).read_text()) for name in ("one", "two")]
    if end == "q":
        terminal.until("Use for a number")
        terminal.press("escape")
        terminal.quiet()
        terminal.press("q")
        terminal.until("The receiver stops")
        terminal.press("y")
    elif end == "SIGKILL":
        terminal.process.kill()
    elif end == "SIGTERM":
        terminal.signal(signal.SIGTERM)
    else:
        terminal.hang_up()
    terminal.wait()
    end_by = time.monotonic() + 10
    while any(map(is_running, pids)):
        assert time.monotonic() < end_by
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
