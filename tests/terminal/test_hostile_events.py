"""Anyone may post to the receiver: neither what Twilio signed nor what was forged may drive the terminal.

Every payload as parameters and their names, header values, addresses and raw bodies, in the list, the detail with its
diagnosis, the filter, what can be copied, and the answer of the program that an event is played to. Checked by taking
the protection out at 80x24: with neither `safe_text` nor the filter behind it, it failed.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.terminal.hostile import PAYLOADS, hostile_twilio
from tests.terminal.test_hostile import SIZES, end, move
from tests.terminal.test_webhooks import port_of
from tui.twilio.signature import sign

pytestmark = pytest.mark.landing

Open = Callable[..., Any]

TOKEN, FORGED = "0" * 32, "f" * 32
PLENTY = 30_000
"""Characters of the longest payloads that are posted; more than a megabyte is refused unread."""


def deliver(port: int, number: int, payload: str, *, token: str, path: str) -> int:
    """Post a webhook all of whose texts are the payload; returns the status of the answer."""
    small = payload[:200].encode("utf-8", "replace").decode()
    text = f"n{number}n {payload[:PLENTY]}".encode("utf-8", "replace").decode()
    form = [("MessageSid", small), ("From", small), ("To", small), ("Body", text), (small, small)]
    form += [("MessageStatus", small), ("ErrorCode", small)] if path == "/status" else [("NumMedia", small)]
    target = f"{path}?e={number}&x={quote(small[:20])}"
    body = urlencode(form).encode()
    if number % 7 == 6:
        # No form at all: bytes, as they are.
        body = f"n{number}n ".encode() + payload[:PLENTY].encode("utf-8", "surrogatepass")
    signed = sign(token, f"http://127.0.0.1:{port}{target}", form)
    # In a value h11 lets everything pass but blanks and NUL.
    value = re.sub(rb"[\x00\s]+", b"", small.encode()) or b"-"
    head = [
        f"POST {target} HTTP/1.1".encode(),
        f"Host: 127.0.0.1:{port}".encode(),
        b"Content-Type: " + (b"application/x-www-form-urlencoded" if number % 7 != 6 else value),
        f"X-Twilio-Signature: {signed}".encode(),
        *(name + b": " + value for name in (b"User-Agent", b"X-Forwarded-For", b"X-Forwarded-Host", b"I-" + b"x" * 60)),
        f"Content-Length: {len(body)}".encode(),
        b"Connection: close",
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(b"\r\n".join([*head, b"", body]))
        answer = line.makefile("rb").readline()
    return int(answer.split()[1])


@pytest.mark.timeout(120)
@pytest.mark.parametrize("size", SIZES)
def test_no_webhook_drives_the_terminal(tuilio: Open, attacked: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    terminal = tuilio("--config", str(attacked), "--screen", "webhooks", size=size)
    terminal.until("No webhooks yet")
    terminal.press("s")
    port = port_of(terminal)
    answers: list[int] = []
    for number, payload in enumerate(PAYLOADS):
        token, path = (TOKEN, FORGED)[number % 2], ("/sms", "/status")[number // 2 % 2]
        answers.append(deliver(port, number, payload, token=token, path=path))
        if number % 20 == 0:
            terminal.quiet(0.05)
    assert min(answers.count(200), answers.count(204)) > len(PAYLOADS) / 8
    assert answers.count(403) > len(PAYLOADS) / 4
    # They are counted before the last of them stand in the list.
    terminal.until(lambda: all(f"{len(PAYLOADS)} {words}" in terminal.text for words in ("received", "listed")))

    # The list, and one event after the other in full, to its end.
    terminal.press("g", "enter")
    for number in reversed(range(len(PAYLOADS))):
        terminal.until(lambda number=number: re.search(rf"(e={number}&|n{number}n)", terminal.text))
        terminal.press("end", "home", "right")
    terminal.press("escape")
    # Escape and what follows it at once are read as a chord with alt.
    terminal.until(lambda: "Open" in terminal.line(-1))
    terminal.press("/")
    terminal.until("Filter events")
    terminal.type("\x1b[200~\x9b31m[/][@click=app.leave]\u202e\x1b[201~")
    terminal.press("enter")
    terminal.until("Nothing matches")
    terminal.press("escape")
    # The heading is not drawn in one piece with the list: only both say that the escape has been heard.
    terminal.until(lambda: "Nothing matches" not in terminal.text and f"{len(PAYLOADS)} listed" in terminal.text)
    terminal.press("end")

    # What can be done with an event shows it as well.
    terminal.press("c")
    terminal.until("curl command")
    move(terminal, "down", lambda: "plainly" in terminal.text)
    terminal.press("end", "enter")
    terminal.until("mouse select in most terminals")
    terminal.press("escape")
    terminal.until(lambda: "mouse select" not in terminal.text and f"{len(PAYLOADS)} listed" in terminal.text)
    with hostile_twilio() as elsewhere:
        terminal.press("p")
        terminal.until("Play it again")
        terminal.press("ctrl+u")
        terminal.type(f"{elsewhere.removesuffix('/2010-04-01')}/text\r")
        terminal.until("Played again")
        terminal.press("escape")
        terminal.until(lambda: "Played again" not in terminal.text)
    terminal.press("e")
    terminal.until("Export")
    terminal.press("ctrl+u")
    terminal.type(f"{tmp_path}/events.jsonl\r")
    terminal.until("events written")
    terminal.press("s")
    end(terminal)
    assert "␛" in terminal.raw.decode()
    # What is saved is the original.
    assert "\\u001b]52;c;" in (tmp_path / "events.jsonl").read_text()
