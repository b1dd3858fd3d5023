"""A second start: what was kept can be read before the server has said anything, and is then brought up to date."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

Open = Callable[..., Any]

NEWEST = "15:30 is perfect"
"""What the newest message of the sandbox's history says."""

CAME = "Came while nobody looked"


def control(service: Any, method: str, path: str, body: object = None) -> Any:
    """Ask a control path of the sandbox."""
    request = urllib.request.Request(
        f"{service.exports['TWILIO_BASE_URL']}/_sandbox/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        return json.loads(answer.read() or "null")


def leave(terminal: Any) -> None:
    terminal.press("ctrl+q")
    assert terminal.wait() == 0


def test_what_was_kept_can_be_read_before_a_byte_has_come_from_the_server(
    tuilio: Open, saved: Path, service: Any
) -> None:
    first = tuilio("--config", str(saved), size=(120, 40))
    first.until(NEWEST)
    leave(first)
    service.receive(CAME)
    answered = len(control(service, "GET", "requests")["requests"])
    # Every answer waits until the faults are forgotten.
    control(service, "POST", "faults", {"kind": "delay-before", "path": "", "times": 0, "seconds": 600})

    second = tuilio("--config", str(saved), size=(120, 40))
    second.until(NEWEST)
    second.press("down", "down", "enter")
    second.until("SID")
    second.press("escape")
    asked = control(service, "GET", "requests")["requests"][answered:]
    assert [request["status"] for request in asked] == [0] * len(asked)
    assert CAME not in second.text

    control(service, "DELETE", "faults")
    second.until(CAME)
    leave(second)
