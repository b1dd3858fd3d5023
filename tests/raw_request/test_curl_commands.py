"""Commands from documentation and threads leave the form as curl itself would send them, or are refused by name.

Real curl is asked over a socket. On the way here the command becomes the form's text, and the form's variables have the
values that the shell's have: what the form sends then is what the shell and curl would have sent.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.raw_request.curl_commands import COMMANDS, ENVIRON, FILES, Command
from tests.raw_request.test_curl_oracle import ask_curl, told
from tui.raw_request.curl_import import read_curl
from tui.raw_request.form_text import read, write
from tui.raw_request.sending import send
from tui.raw_request.variables import Variables
from tui.twilio.client import Client
from tui.twilio.errors import InvalidRequest

READ = [each for each in COMMANDS if not each.refused]
SECRETS = [value for name, value in ENVIRON.items() if name.startswith("TWILIO_")]
WITH_CURL = pytest.mark.skipif(shutil.which("curl") is None or shutil.which("bash") is None, reason="no curl here")


def test_there_are_fifty_and_more() -> None:
    assert len(COMMANDS) >= 50 and len({each.name for each in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.refused], ids=lambda each: each.name)
def test_a_command_that_cannot_be_read_is_refused_by_name(command: Command) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_curl(command.text)
    assert command.refused in refused.value.reason
    assert refused.value.remedy


async def differs(wire: Any, client: Client, command: Command, folder: Path) -> str:
    """What the form sends otherwise than curl does; empty for nothing."""
    wire.heard.clear()
    text = re.sub(r"https://[\w-]+\.twilio\.com", wire.base_url, command.posix or command.text)
    await ask_curl(text, folder, {**ENVIRON, "TWILIO_ACCOUNT_SID": client.account_sid})
    if len(wire.heard) != 1:
        return f"{command.name}: curl asked {len(wire.heard)} times"
    theirs = wire.heard.pop()
    reading = read_curl(command.text)
    saved = {name: value for name, value in ENVIRON.items() if not name.startswith("TWILIO_")}
    typed = write(reading.request, reading.variables)
    request = read(typed, Variables(saved, account_sid=client.account_sid)).request
    if request is None:
        return f"{command.name}: {typed}"
    await send(client, request)
    ours = wire.heard.pop()
    headers = {name.lower() for name, _ in request.headers}
    same = told(ours, headers) == told(theirs, headers)
    return "" if same else f"{command.name}:\n  curl: {told(theirs, headers)}\n  here: {told(ours, headers)}"


async def compare(commands: list[Command], serve: Any, http: Any, folder: Path) -> list[str]:
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    wire = await serve(http(b"", headers=("Connection: close",)))
    async with Client(wire.connection()) as client:
        return [said for each in commands if (said := await differs(wire, client, each, folder))]


@WITH_CURL
async def test_some_commands_leave_the_form_as_curl_sends_them(
    serve: Any, http: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = await compare(READ[::6], serve, http, tmp_path)
    assert not wrong, "\n".join(wrong)


@WITH_CURL
@pytest.mark.landing
async def test_every_command_leaves_the_form_as_curl_sends_it(
    serve: Any, http: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = await compare(READ, serve, http, tmp_path)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("command", READ, ids=lambda each: each.name)
def test_no_credential_of_a_command_is_taken_over(command: Command) -> None:
    reading = read_curl(command.text)
    assert not any(secret in repr(reading) for secret in SECRETS)
    assert not {"TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET"} & set(reading.variables)
