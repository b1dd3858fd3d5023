"""What other people's tests are given: a sandbox in a thread or in a process, its handle, the fixtures."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.sandbox.official_libraries import documented
from tui.sandbox.official_library import lead
from tui.sandbox.pytest_plugin import running, twilio_redirected, twilio_sandbox, twilio_sandbox_server
from tui.sandbox.testing import (
    SandboxHandle,
    SandboxTrouble,
    connect_to,
    run_in_process,
    run_in_thread,
)

__all__ = ["twilio_redirected", "twilio_sandbox", "twilio_sandbox_server"]

MAYA = "+14155550123"
ROOT = Path(__file__).parents[2]

Run = Callable[..., AbstractContextManager[SandboxHandle]]


@pytest.fixture(scope="module")
def beside() -> Iterator[SandboxHandle]:
    with run_in_process() as sandbox:
        yield sandbox


@pytest.fixture(params=["twilio_sandbox", "beside"])
def sandbox(request: pytest.FixtureRequest) -> SandboxHandle:
    """One of each kind, as new."""
    found: SandboxHandle = request.getfixturevalue(request.param)
    found.reset()
    return found


def send(sandbox: SandboxHandle, body: str = "Hello there", to: str = MAYA, **more: Any) -> Any:
    return sandbox.client().messages.create(to=to, from_=sandbox.numbers[0], body=body, **more)


def test_what_was_sent_is_seen_as_the_library_sees_it(sandbox: SandboxHandle) -> None:
    sent = send(sandbox)
    (seen,) = sandbox.messages()
    assert (seen.sid, seen.from_, seen.to, seen.body) == (sent.sid, sent.from_, MAYA, "Hello there")
    assert (seen.status, seen.direction, seen.error_code) == ("delivered", "outbound-api", None)
    assert seen.fields["num_segments"] == "1"


def test_messages_are_found_by_all_that_is_given(sandbox: SandboxHandle) -> None:
    send(sandbox, "Your code is 123456.")
    send(sandbox, "Your parcel is here.")
    send(sandbox, "Your parcel is here.", to="+14155530003")
    number = sandbox.numbers[0]
    assert [each.to for each in sandbox.messages(from_=number, matching=r"^Your parcel")] == ["+14155530003", MAYA]
    assert [each.body for each in sandbox.messages(to=MAYA, matching=r"\d{6}")] == ["Your code is 123456."]
    assert [each.error_code for each in sandbox.messages(status="undelivered")] == [30003]
    assert sandbox.messages(to=MAYA, status="undelivered") == ()
    with pytest.raises(SandboxTrouble, match="HTTP 400"):
        sandbox.messages(matching="(code")


def test_a_message_is_waited_for(sandbox: SandboxHandle) -> None:
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(sandbox.wait_for_message, to=MAYA, matching="last")
        send(sandbox, "the first")
        sent = send(sandbox, "the last")
        assert waiting.result(10).sid == sent.sid


def test_what_did_not_come_is_told_with_what_came_instead(sandbox: SandboxHandle) -> None:
    send(sandbox, "Something else")
    with pytest.raises(
        AssertionError, match=r"(?s)within 0.05 s \(to='\+14155550123', matching='code'\).*Something else"
    ):
        sandbox.wait_for_message(to=MAYA, matching="code", within=0.05)
    with pytest.raises(AssertionError, match="no code was sent to"):
        sandbox.code_for(MAYA, within=0.05)
    assert sandbox.messages(to="+14155550199", within=0.05) == ()


def test_a_code_is_found_in_the_newest_text(sandbox: SandboxHandle) -> None:
    send(sandbox, "Your code is 111111.")
    send(sandbox, "Your code is 222222.")
    assert sandbox.code_for(MAYA) == "222222"


def test_a_message_arrives(sandbox: SandboxHandle) -> None:
    arrived = sandbox.receive(MAYA, body="Hi", media=["https://files.example/cat.png"])
    assert (arrived.from_, arrived.to, arrived.direction) == (MAYA, sandbox.numbers[0], "inbound")
    assert arrived.fields["num_media"] == "1"
    assert sandbox.receive(MAYA, sandbox.numbers[1], "Hi").to == sandbox.numbers[1]
    assert sandbox.receive(MAYA, body="Hi", media="https://files.example/cat.png").fields["num_media"] == "1"
    assert sandbox.receive(f"whatsapp:{MAYA}", body="Hi").to == f"whatsapp:{sandbox.numbers[0]}"


def test_the_next_request_fails_and_no_other(sandbox: SandboxHandle) -> None:
    number = sandbox.numbers[0]
    sandbox.fail_next("429", path="Messages", method="POST", retry_after=2)
    client = sandbox.client()
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=MAYA, from_=number, body="x")
    assert refused.value.status == 429
    client.messages.create(to=MAYA, from_=number, body="x")
    posts = [each["status"] for each in sandbox.requests() if each["method"] == "POST"]
    assert posts == [429, 201]


def test_time_passes_at_once(sandbox: SandboxHandle) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    client = sandbox.client()
    sent = client.messages.create(
        to=MAYA, messaging_service_sid=sandbox.services[0], body="Hi", schedule_type="fixed", send_at=later
    )
    assert sandbox.messages(status="scheduled")[0].sid == sent.sid
    sandbox.advance(3700)
    assert sandbox.messages(status="delivered")[0].sid == sent.sid


def test_the_account_is_changed_and_put_back(sandbox: SandboxHandle) -> None:
    assert sandbox.state(status="suspended")["status"] == sandbox.state()["status"] == "suspended"
    with pytest.raises(SandboxTrouble, match=r"HTTP 400: .*status"):
        sandbox.state(status="merry")
    sandbox.reset()
    assert sandbox.state()["status"] == "active"


def test_what_the_sandbox_has_not_is_said_where_tests_are_read(
    twilio_sandbox: SandboxHandle, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio_sandbox.client().calls.create(to=MAYA, from_=twilio_sandbox.numbers[0], url="https://shop.example/call")
    assert refused.value.status == 501
    assert "The sandbox has no POST" in capsys.readouterr().err


def test_a_snapshot_is_gone_back_to(sandbox: SandboxHandle) -> None:
    sent = send(sandbox)
    sandbox.snapshot("one sent")
    send(sandbox)
    sandbox.restore("one sent")
    assert [each.sid for each in sandbox.messages()] == [sent.sid]


def test_a_signature_is_the_one_of_the_official_validator(sandbox: SandboxHandle) -> None:
    url, form = "https://shop.example/sms?a=1", {"Body": "Grüße & more", "From": MAYA}
    assert sandbox.signature(url, form) == RequestValidator(sandbox.auth_token).compute_signature(url, form)


def test_it_can_be_connected_to_by_its_address(sandbox: SandboxHandle) -> None:
    assert connect_to(f"{sandbox.base_url}/") == connect_to(f"{sandbox.base_url}/2010-04-01") == sandbox
    assert sandbox.auth_token not in repr(sandbox)


def test_where_there_is_none_that_is_said() -> None:
    with pytest.raises(SandboxTrouble, match=r"no sandbox answers at http://127\.0\.0\.1:1"):
        connect_to("http://127.0.0.1:1")


def test_what_is_no_sandbox_is_said_to_be_none() -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.wfile.write(b"HTTP/1.0 %d OK\r\n\r\n%s" % answers.pop())

        def log_message(self, *_: object) -> None: ...

    answers = [(200, b"[]"), (200, b"{}"), (200, b""), (404, b"[]"), (404, b""), (200, b"<html>"), (200, b'"x"')]
    with HTTPServer(("127.0.0.1", 0), Other) as server, ThreadPoolExecutor() as threads:
        threads.submit(server.serve_forever, 0.01)
        try:
            while answers:
                with pytest.raises(SandboxTrouble, match="sandbox"):
                    connect_to(f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()


@pytest.mark.parametrize("url", ["127.0.0.1:4010", "https://127.0.0.1:4010", "http://[", "http://x:99999", ""])
def test_what_can_be_no_sandboxs_address_is_said_with_what_can(url: str) -> None:
    with pytest.raises(SandboxTrouble, match=r"http://127\.0\.0\.1:4010"):
        connect_to(url)


def test_one_that_runs_already_is_not_shared_by_workers_who_would_reset_it_under_one_another() -> None:
    with pytest.raises(SandboxTrouble, match=r"TWILIO_SANDBOX_URL .* -n 0"):
        running({"TWILIO_SANDBOX_URL": "http://127.0.0.1:1"}, workers=2)
    assert running({}, workers=2) is None


@pytest.mark.parametrize("run", [run_in_thread, pytest.param(run_in_process, marks=pytest.mark.landing)])
def test_it_is_there_within_half_a_second_and_gone_at_the_end(run: Run) -> None:
    begun = time.perf_counter()
    with run(history=520, fast=False) as sandbox:
        # A bound for machines that do other things as well; docs/figures.md has what it takes.
        assert time.perf_counter() - begun < 5
        assert len(sandbox.client().messages.list(limit=2000)) == 520
        assert send(sandbox).status == "queued"
        assert sandbox.messages(matching="Hello there", to=MAYA)[0].status in {"queued", "sending"}
    with pytest.raises(SandboxTrouble):
        sandbox.messages()


@pytest.mark.landing
@pytest.mark.skipif(os.name != "posix", reason="kills by a signal of POSIX systems")
def test_one_beside_the_tests_ends_with_them_however_they_end() -> None:
    program = (
        "from tui.sandbox.testing import run_in_process\n"
        "with run_in_process() as sandbox: print(sandbox.base_url, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as tests:
        assert tests.stdout is not None
        url = tests.stdout.readline().strip()
        sandbox = connect_to(url)
        tests.send_signal(signal.SIGKILL)
        tests.wait()
    end = time.monotonic() + 30
    while is_there(sandbox):
        assert time.monotonic() < end


def is_there(sandbox: SandboxHandle) -> bool:
    try:
        return bool(sandbox.state())
    except SandboxTrouble:
        return False


def test_one_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'No module named tui' >&2\nexit 1\n")
    python.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(SandboxTrouble, match="did not start: No module named tui"), run_in_process():
        pass


def test_one_in_a_thread_that_cannot_start_says_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tui.sandbox.command", None)
    with pytest.raises(ImportError), run_in_thread():
        pass


def test_every_product_is_led_to_the_sandbox_and_nothing_else_anywhere() -> None:
    here = "http://127.0.0.1:4010"
    assert lead("https://verify.twilio.com/v2/Services?PageSize=1", here) == f"{here}/verify/v2/Services?PageSize=1"
    assert lead("https://api.dublin.ie1.twilio.com/2010-04-01/x", here) == f"{here}/api/2010-04-01/x"
    assert lead(f"{here}/v1/Services?Page=1", here) == f"{here}/v1/Services?Page=1"
    for elsewhere in ("https://evil.example/v1", "https://twilio.com.evil.example/", "http://127.0.0.1:40100/", "x"):
        with pytest.raises(ValueError, match="is neither"):
            lead(elsewhere, here)


async def test_the_library_without_and_with_asyncio_and_with_a_key(twilio_sandbox: SandboxHandle) -> None:
    client = twilio_sandbox.client(username=twilio_sandbox.api_key, password=twilio_sandbox.api_secret, region="ie1")
    assert client.messaging.v1.services.list(page_size=2)
    async with AsyncTwilioHttpClient() as http:
        client = twilio_sandbox.client(http_client=http)
        sent = await client.messages.create_async(to=MAYA, from_=twilio_sandbox.numbers[0], body="Hi")
        assert [each.sid for each in await client.messages.list_async()] == [sent.sid]


def test_a_client_that_the_program_makes_itself_is_led_there_as_well(twilio_redirected: SandboxHandle) -> None:
    sent = Client().messages.create(to=MAYA, from_=twilio_redirected.numbers[0], body="Hi")
    assert [each.sid for each in twilio_redirected.messages()] == [sent.sid]


def test_and_only_as_long_as_that_test_lasts(twilio_sandbox: SandboxHandle) -> None:
    assert "TWILIO_BASE_URL" not in os.environ
    assert Client("AC1", "x").get_hostname("https://api.twilio.com/x") == "https://api.twilio.com/x"


def test_the_lines_in_the_document_lead_a_client_there(
    twilio_sandbox: SandboxHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in twilio_sandbox.environ().items():
        monkeypatch.setenv(name, value)
    made: dict[str, Any] = {"os": os, "Client": Client}
    exec(documented("Python"), made)
    sent = made["client"].messages.create(to=MAYA, from_=twilio_sandbox.numbers[0], body="Hi")
    assert made["client"].lookups.v2.phone_numbers(sent.to).fetch().valid
    assert len(made["client"].messaging.v1.services.list(page_size=2)) == len(twilio_sandbox.services)
    with pytest.raises(TwilioRestException, match="The sandbox has no Conversations"):
        made["client"].conversations.v1.conversations.create()


def test_a_test_begins_with_nothing_sent(twilio_sandbox: SandboxHandle) -> None:
    assert twilio_sandbox.messages() == ()


IMPORTED = "import sys, tui.sandbox.pytest_plugin; print(*sys.modules, sep='\\n')"
LATER = (
    "asyncio",
    "http",
    "tui.sandbox.handle",
    "tui.sandbox.server",
    "tui.twilio",
    "twilio",
    "httpx",
    "textual",
    "h11",
)


@pytest.mark.landing
def test_pytest_loads_next_to_nothing_of_it_until_it_is_asked_for() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, timeout=30, check=True)
    assert [name for name in done.stdout.split() if name.startswith(LATER)] == []
