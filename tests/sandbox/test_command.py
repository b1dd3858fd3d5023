"""`tuilio sandbox` as a process of its own."""

from __future__ import annotations

import base64
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox.conftest import Official
from tests.sandbox.official_libraries import documented
from tui.__main__ import main
from tui.cli import BadCommandLine, SandboxOptions, read_command_line, read_sandbox_options
from tui.sandbox.command import usage
from tui.sandbox.reach import read_reach
from tui.sandbox.server import AT_ONCE, Sandbox

PROGRAM = "import sys; from tui.sandbox.command import run; sys.exit(run({port}, 520))"
NAMES = ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET", "TWILIO_BASE_URL"]


def start(port: int, stdout: int = subprocess.PIPE) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(port=port)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    with start(0) as running:
        yield running
        running.kill()


def exports(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in NAMES]
    found = [re.fullmatch(r"export ([A-Z_]+)=(\S+)\n", line) for line in lines]
    return {match[1]: match[2] for match in found if match}


def balance(values: dict[str, str], user: str, password: str) -> int:
    url = f"{values['TWILIO_BASE_URL']}/2010-04-01/Accounts/{values['TWILIO_ACCOUNT_SID']}/Balance.json"
    return httpx.get(url, auth=(values[user], values[password]), trust_env=False).status_code


def test_its_first_lines_are_for_a_shell_and_true_at_once(process: subprocess.Popen[str]) -> None:
    values = exports(process)
    assert list(values) == NAMES
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", values["TWILIO_BASE_URL"])
    assert balance(values, "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN") == 200
    assert balance(values, "TWILIO_API_KEY", "TWILIO_API_SECRET") == 200
    assert process.stdout is not None
    assert process.stderr is not None
    process.send_signal(signal.SIGINT)
    rest, errors = process.stdout.read(), process.stderr.read()
    process.wait(timeout=10)
    assert all(line.startswith("#") for line in rest.splitlines())
    assert all(f"#   {line}\n" in rest for line in documented("Python").splitlines() if line)
    assert "curl" in rest
    assert re.search(r"TWILIO_VERIFY_SERVICE_SID=VA[0-9a-f]{32}\n", rest)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.landing
def test_on_a_terminal_the_lines_for_a_shell_are_the_last_which_are_still_to_be_seen() -> None:
    ours, its = pty.openpty()
    with start(0, stdout=its) as running:
        os.close(its)
        said = ""
        while not re.search(r"^export TWILIO_BASE_URL=\S+\r\n", said, re.MULTILINE):
            said += os.read(ours, 4096).decode()
        running.kill()
    os.close(ours)
    *before, last = said.split("#\r\nexport ")
    assert [line.partition("=")[0] for line in last.replace("export ", "").splitlines()] == NAMES
    assert before and all(line.startswith("#") for part in before for line in part.splitlines())


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_what_it_has_not_is_told_on_stderr(process: subprocess.Popen[str]) -> None:
    values = exports(process)
    pair = (values["TWILIO_ACCOUNT_SID"], values["TWILIO_AUTH_TOKEN"])
    for path, status in (*[("/video/v1/Rooms", 501)] * 2, ("/v1/Nonsense", 404)):
        assert httpx.get(values["TWILIO_BASE_URL"] + path, auth=pair, trust_env=False).status_code == status
    basic = base64.b64encode(":".join(pair).encode()).decode()
    with socket.create_connection(("127.0.0.1", int(values["TWILIO_BASE_URL"].rpartition(":")[2]))) as line:
        line.sendall(f"GET /video/v1/Rooms/\x1b[2J HTTP/1.1\r\nAuthorization: Basic {basic}\r\n\r\n".encode())
        assert line.recv(64).startswith(b"HTTP/1.1 ")
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    told = process.stderr.read()
    assert told.startswith("# The sandbox has no Video (GET /v1/Rooms). It has: Api, ")
    assert told.count("GET /v1/Rooms)") == 1
    assert "Nonsense" not in told
    assert "\x1b" not in told


def test_the_commands_it_shows_work_as_they_are_pasted(process: subprocess.Popen[str]) -> None:
    values = exports(process)
    sandbox = Sandbox(history=0)
    shown = "\n".join(line[1:] for line in usage(values["TWILIO_BASE_URL"], sandbox.numbers).splitlines())
    commands = re.findall(r"^ +((?:json=|curl )(?:.*\\\n)*.*)", shown, re.MULTILINE)
    own = [re.split("[ ?]", command.partition("_sandbox/")[2])[0] for command in commands if "_sandbox" in command]
    assert own == [
        *("inbound", "callbacks", "signing", "faults", "faults", "requests", "messages", "codes", "clock", "snapshot"),
        *("restore", "reset", "creates", "state", "state", "state", "operations"),
    ]
    script = "\n".join(["set -eu", *commands]).replace("curl -s", "curl -sSf")
    done = subprocess.run(
        ["sh", "-c", script], env={**os.environ, **values}, capture_output=True, text=True, timeout=20
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_sigterm_ends_it_with_143(process: subprocess.Popen[str]) -> None:
    exports(process)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (143, "")


def test_it_goes_on_when_nobody_reads_what_it_prints() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with socket.socket() as ours:
        # Bound and not listened on, it may be taken by whoever asks for it by its number; nobody is given it by chance.
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ours.bind(("127.0.0.1", 0))
        port = ours.getsockname()[1]
        with start(port, stdout=writing) as running:
            os.close(writing)
            try:
                deadline = time.monotonic() + 60
                while not _answers(port):
                    assert running.poll() is None
                    assert time.monotonic() < deadline
                running.send_signal(signal.SIGINT)
                assert running.stderr is not None
                assert running.stderr.read() == ""
                assert running.wait(timeout=10) == 0
            finally:
                running.kill()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == 401
    except httpx.TransportError:
        return False


def test_a_taken_port_is_one_sentence_and_status_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with start(port) as running:
            output, errors = running.communicate(timeout=10)
    assert (running.returncode, output) == (2, "")
    assert errors.count("\n") == 1
    assert str(port) in errors
    assert "--port" in errors


def test_the_port_that_is_taken_is_the_one_that_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    told = ""
    for _ in range(20):
        with socket.create_server(("0.0.0.0", 0)) as taken:
            port = taken.getsockname()[1]
            assert main(["sandbox", "--empty", "--host", "0.0.0.0", "--port", str(port - 1)]) == 2
        if f"port {port}, for the files of messages (" in (told := capsys.readouterr().err):
            return
        # Somebody else has the one before it.
    pytest.fail(told)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--host", "198.51.100.77"], "--host 198.51.100.77 is no address of this machine"),
        (["--host", "0.0.0.0", "--port", "65535"], "--port 65535 leaves no port after it"),
    ],
)
def test_what_is_wrong_with_where_it_is_to_listen_is_what_is_said(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sandbox", "--empty", *words]) == 2
    assert told in capsys.readouterr().err


def test_fast_and_empty_it_delivers_at_once_and_begins_with_nothing() -> None:
    options = read_sandbox_options(["--empty", "--fast"], has="")
    assert options == SandboxOptions(history=0, fast=True)
    with pytest.raises(BadCommandLine, match="--history"):
        read_sandbox_options(["--empty", "--history", "7"], has="")


async def test_what_is_delivered_at_once_begins_as_at_twilio() -> None:
    async with Sandbox(history=0, speed=AT_ONCE) as sandbox:
        send = Official(sandbox).send
        service = sandbox.services[0]
        made = [
            await send(from_=sandbox.numbers[0], to="+14155550123", body="Hi"),
            await send(messaging_service_sid=service, to="+14155560000", body="Hi"),
            await send(from_=sandbox.numbers[0], to="+14155530003", body="Hi"),
        ]
        assert [each.status for each in made] == ["queued", "accepted", "queued"]
        found = [await Official(sandbox).do(lambda client, sid=each.sid: client.messages(sid).fetch()) for each in made]
        assert [each.status for each in found] == ["delivered", "delivered", "undelivered"]


def test_whoever_can_reach_it_is_said_plainly() -> None:
    words = ["--host", "0.0.0.0", "--callbacks-to", "app", "--callbacks-to", "web"]
    options = read_sandbox_options(words, has="")
    reach = read_reach(options.host, options.callbacks_to, open_controls=options.open_controls)
    told = usage("http://127.0.0.1:4010", ["+14155550100", "+1"], reach)
    assert "WHOEVER REACHES this machine CAN USE IT (but not /_sandbox/): its credentials are the same" in told
    assert "app, web" in told
    assert all(line.startswith("#") for line in told.splitlines())
    assert "Nothing leaves this machine" in usage("http://127.0.0.1:4010", ["+14155550100", "+1"])


@pytest.mark.parametrize("words", [["--host", "example.com"], ["--callbacks-to", "app"], ["--open-controls"]])
def test_an_address_that_cannot_be_is_one_sentence_and_status_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sandbox", *words]) == 2
    told = capsys.readouterr().err
    assert (told.count("\n"), "--host" in told) == (1, True)


def test_a_port_that_is_no_port_is_one_sentence_and_status_2() -> None:
    with start(70000) as running:
        output, errors = running.communicate(timeout=10)
    assert (running.returncode, output) == (2, "")
    assert errors.count("\n") == 1
    assert "70000" in errors


def test_as_many_messages_as_asked_for() -> None:
    options = read_sandbox_options(["--history", "1000000", "--port", "4010"], has="")
    assert (options.port, options.history) == (4010, 1_000_000)
    assert read_sandbox_options([], has="") == read_sandbox_options(["--port", "0"], has="") == SandboxOptions(0, 520)
    assert read_command_line(["--sandbox", "--history", "7"], {}).history == 7
    assert read_command_line(["--sandbox"], {}).history == 520


@pytest.mark.parametrize(
    "words", [["--history", "x"], ["--history", "-1"], ["--history", "10000001"], ["--history", "0" * 30]]
)
def test_a_history_that_is_no_number_is_refused(words: list[str]) -> None:
    with pytest.raises(BadCommandLine, match="from 0 to 10000000"):
        read_sandbox_options(words, has="")


def test_no_history_without_a_sandbox() -> None:
    with pytest.raises(BadCommandLine, match="--history"):
        read_command_line(["--history", "7"], {})
