"""`tuilio --watch-sandbox URL`: what another program sends and receives is seen as it happens, and nothing is kept."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twilio.rest import Client

Open = Callable[..., Any]


def client_of(exports: dict[str, str]) -> Client:
    """Another program: the official package, led to the sandbox as its usage text says."""
    client = Client(exports["TWILIO_ACCOUNT_SID"], exports["TWILIO_AUTH_TOKEN"], environment={"NO": "environment"})
    client.api.base_url = exports["TWILIO_BASE_URL"]
    return client


def test_what_another_program_sends_appears_by_itself_and_leaves_nothing(
    tuilio: Open, service: Any, home: Path
) -> None:
    url = service.exports["TWILIO_BASE_URL"]
    terminal = tuilio("--watch-sandbox", url, size=(120, 40))
    terminal.until("● live")
    terminal.until(f"{url.removeprefix('http://')}  SANDBOX")
    client_of(service.exports).messages.create(from_="+14155550100", to="+14155550123", body="Your parcel waits")
    terminal.until("Your parcel waits")
    service.receive("Thanks, I will fetch it", to="+14155550100")
    terminal.until("Thanks, I will fetch it")
    terminal.press("q")
    assert terminal.wait() == 0
    assert [path for path in home.rglob("*") if path.is_file()] == []
    # It was only watched: another program goes on with it.
    assert service.process.poll() is None


@pytest.mark.landing
def test_a_sandbox_that_is_not_there_is_named_with_what_starts_it(tuilio: Open, service: Any) -> None:
    service.process.send_signal(signal.SIGTERM)
    service.process.wait(10)
    port = service.exports["TWILIO_BASE_URL"].rpartition(":")[2]
    terminal = tuilio("--watch-sandbox", f"http://127.0.0.1:{port}")
    terminal.until(lambda: f"tuilio sandbox --port {port}" in " ".join(terminal.text.split()))
    terminal.press("q")
    assert terminal.wait() == 0
