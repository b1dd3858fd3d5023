"""Webhooks in the real program: the sandbox calls back, a person answers, a forgery is refused, a flood is borne."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from tui.twilio.signature import sign

pytestmark = pytest.mark.landing

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
SOME, ALL = 1_500, 10_000
"""Requests of a flood: those of every run, and those of the long proofs."""

FLOOD = """
import asyncio, sys
from urllib.parse import urlencode
from tui.twilio.signature import sign

port, token, count, width = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
url = f"http://127.0.0.1:{port}/sms"
answered = {}

def request(number):
    form = [("MessageSid", f"SM{number:032x}"), ("From", "+14155550123"), ("To", "+14155550100"), ("Body", "flood")]
    body = urlencode(form).encode()
    signed = sign(token if number % 4 else "f" * 32, url, form)
    head = (
        f"POST /sms HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\nContent-Type: application/x-www-form-urlencoded\\r\\n"
        f"X-Twilio-Signature: {signed}\\r\\nContent-Length: {len(body)}\\r\\n\\r\\n"
    )
    return head.encode() + body

async def post(numbers):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in numbers:
        writer.write(request(number))
        head = (await reader.readuntil(b"\\r\\n\\r\\n")).decode()
        status = head.split()[1]
        answered[status] = answered.get(status, 0) + 1
        await reader.readexactly(int(head.lower().partition("content-length:")[2].split()[0] or 0))
        if "connection: close" in head.lower():
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()

async def main():
    numbers = iter(range(1, count + 1))
    await asyncio.gather(*(post(numbers) for _ in range(width)))

asyncio.run(main())
print(answered["200"], answered["403"])
"""


def port_of(terminal) -> int:
    def shown() -> re.Match[str] | None:
        return re.search(r"listening on http://127\.0\.0\.1:(\d+)/sms", terminal.text)

    # What is read of a line may end within the number.
    terminal.until(shown)
    found = shown()
    assert found
    return int(found[1])


def post(port: int, form: dict[str, str], token: str, *, signed_for: str = "", path: str = "/sms") -> int:
    """Send a webhook; returns the status of the answer."""
    url = f"http://127.0.0.1:{port}{path}"
    headers = {"X-Twilio-Signature": sign(token, signed_for or url, form)} if token else {}
    request = urllib.request.Request(url, urllib.parse.urlencode(form).encode(), headers)
    try:
        with _DIRECT.open(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def test_send_with_the_callback_receive_answer_and_tell_a_forgery(tuilio):
    terminal = tuilio("--sandbox", "--screen", "webhooks")
    terminal.until(lambda: "No webhooks yet" in terminal.text and "SANDBOX" in terminal.line(0))
    terminal.press("s")
    terminal.until("Send the messages to +14155550100 here?")
    terminal.press("y")
    terminal.until("come here now")
    port = port_of(terminal)
    terminal.quiet()

    # A message with the callback: every status arrives, verified. Only a service's messages are queued first.
    terminal.press("2")
    terminal.until("To receiver")
    terminal.press("f7")
    terminal.until("Front desk")
    terminal.press(re.search(r"(\d) Alerts ", terminal.text)[1])
    terminal.until(lambda: re.search(r"From +MG[0-9a-f]{32}", terminal.text))
    terminal.type("+14155550123")
    terminal.press("tab")
    terminal.type("On our way")
    terminal.press("ctrl+g")
    terminal.until(f"http://127.0.0.1:{port}/status")
    terminal.press("ctrl+s")
    terminal.until("Send now")
    terminal.press("enter")
    terminal.until("delivered", 20)
    terminal.press("escape")
    terminal.until("What do you want to say?")
    terminal.until("Webhooks +")
    terminal.quiet()
    terminal.press("f6")
    terminal.until(lambda: all(status in terminal.text for status in ("✓ delivered", "› sent", "queued")))
    terminal.until(lambda: terminal.text.count(" ✓ status") == 3)

    # Somebody texts us; the answer goes back to them.
    terminal.press("t")
    terminal.until("Hello from the sandbox, number 1")
    terminal.press("y")
    terminal.until(lambda: "+14155550199" in terminal.text and "Review & send" in terminal.text)
    terminal.type("Yes, 15:30 is fine")
    terminal.press("ctrl+s")
    terminal.until("Send now")
    terminal.press("enter")
    terminal.until("SID")

    # A forgery: refused, and the URL that would have matched is named.
    form = {"MessageSid": "SM" + "e" * 32, "From": "+14155550123", "To": "+14155550100", "Body": "Pay me"}
    assert post(port, form, "") == 403
    terminal.press("escape")
    terminal.until("What do you want to say?")
    terminal.quiet()
    terminal.press("f6")
    terminal.until("There is no X-Twilio-Signature header")
    terminal.press("w")
    terminal.until("Signing")
    terminal.press("3")
    terminal.until("signs WRONGLY")
    terminal.press("t")
    terminal.until(f"Signed for https://127.0.0.1:{port}/sms")
    terminal.press("enter")
    terminal.until("refused with 403 and led to nothing")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("requests", [SOME, pytest.param(ALL, marks=pytest.mark.long)])
def test_of_a_flood_every_request_is_counted_and_no_key_held_up(tuilio, saved, service, requests):
    with (saved / "connections.toml").open("a") as file:
        file.write(f'auth_token = "{service.exports["TWILIO_AUTH_TOKEN"]}"\n')
    terminal = tuilio("--config", str(saved), "--screen", "webhooks")
    terminal.until(lambda: "No webhooks yet" in terminal.text and terminal.line(0).endswith(" acme"))
    terminal.press("s")
    port, token = port_of(terminal), service.exports["TWILIO_AUTH_TOKEN"]
    form = {"MessageSid": "SM" + "0" * 32, "From": "+14155550123", "To": "+14155550100", "Body": "First"}
    assert post(port, form, token) == 200
    terminal.until("First")
    terminal.press("enter")
    terminal.until("more lines")

    def below() -> int:
        found = re.search(r"↓ (\d+) more lines", terminal.text)
        return int(found[1]) if found else -1

    def answer(key: str) -> float:
        """Press a key that moves the text by a line; returns how long the screen took to show it, in seconds."""
        expected = below() + (-1 if key == "down" else 1)
        begun = time.perf_counter()
        terminal.press(key)
        terminal.until(lambda: below() == expected)
        return time.perf_counter() - begun

    idle = [answer("up" if turn % 2 else "down") for turn in range(20)]
    served = service.asked()
    words = [sys.executable, "-c", textwrap.dedent(FLOOD), str(port), token, str(requests), "20"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as flood:
        busy: list[float] = []
        begun = time.monotonic()
        while flood.poll() is None:
            busy.append(answer("up" if len(busy) % 2 else "down"))
            pause = time.monotonic() + 0.03
            terminal.until(lambda pause=pause: time.monotonic() > pause)
        lasted = time.monotonic() - begun
        assert flood.stdout is not None
        assert flood.stdout.read().split() == [str(requests * 3 // 4), str(requests // 4)]
    print(
        f"{requests} requests in {lasted:.1f} s; a key took {statistics.median(busy) * 1000:.0f} ms, at worst "
        f"{max(busy) * 1000:.0f} ms, over {len(busy)} keys (idle {statistics.median(idle) * 1000:.0f}, "
        f"{max(idle) * 1000:.0f})"
    )
    terminal.until("First")
    terminal.press("escape")
    if requests == ALL:
        terminal.until("r reads them")
        terminal.press("r")
    terminal.resize(160, 40)
    terminal.until(f"{requests + 1:,} received")
    terminal.until(f"{requests // 4:,} rejected")
    # Each verified one may have its message asked for; a few a second are, until now.
    assert service.asked() - served < 20 + 6 * (time.monotonic() - begun)
    assert statistics.median(busy) < 0.25
    assert max(busy) < 2.0
