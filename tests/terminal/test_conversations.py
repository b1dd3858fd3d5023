"""Conversations in a real terminal, over real sockets: read, answer, watch it arrive, and nothing by accident.

Keys that come in one piece sent the reply where questions took any key, as in `test_type_ahead`.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from tests.cases import in_full

pytestmark = pytest.mark.landing

Open = Callable[..., Any]

PERSON, SHOWN = "+14155550199", "+1 415 555 0199"
FRONT_DESK, ALERTS, LONDON = "+14155550100", "+12125550110", "+447700900100"
MANY = 2_000


class Line:
    """A kept connection to the service, over which many messages come and go."""

    def __init__(self, service: Any) -> None:
        self._told = service.exports
        self._http = http.client.HTTPConnection(urlsplit(self._told["TWILIO_BASE_URL"]).netloc, timeout=20)
        secret = f"{self._told['TWILIO_API_KEY']}:{self._told['TWILIO_API_SECRET']}"
        self._messages = f"/2010-04-01/Accounts/{self._told['TWILIO_ACCOUNT_SID']}/Messages.json"
        self._auth = "Basic " + base64.b64encode(secret.encode()).decode()

    def comes(self, body: str, *, sender: str = PERSON, to: str) -> None:
        """A message arrives."""
        content = json.dumps({"From": sender, "To": to, "Body": body}).encode()
        self._post("/_sandbox/inbound", content, "application/json")

    def goes(self, body: str, *, to: str = PERSON, sender: str) -> None:
        """A message is sent."""
        content = urlencode({"From": sender, "To": to, "Body": body}).encode()
        self._post(self._messages, content, "application/x-www-form-urlencoded")

    def is_quiet(self) -> bool:
        """Whether all that was sent is delivered: until then a message's time, and so its place, may be another."""
        self._http.request(
            "GET", f"{self._messages}?PageSize=1000&To={quote(PERSON)}", headers={"Authorization": self._auth}
        )
        return all(each["status"] == "delivered" for each in json.loads(self._read())["messages"])

    def _post(self, path: str, content: bytes, kind: str) -> None:
        self._http.request("POST", path, content, {"Content-Type": kind, "Authorization": self._auth})
        self._read()

    def _read(self) -> bytes:
        answer = self._http.getresponse()
        said = answer.read()
        assert answer.status < 300, said
        return said

    def close(self) -> None:
        """Let go of it."""
        self._http.close()


@pytest.fixture
def line(service: Any) -> Iterator[Line]:
    kept = Line(service)
    yield kept
    kept.close()


def started(tuilio: Open, saved: Path, *, size: tuple[int, int] = (80, 24)) -> Any:
    terminal = tuilio("--config", str(saved), size=size)
    terminal.until("● live")
    terminal.until(lambda: SHOWN in terminal.text)
    return terminal


def to_the_reply(terminal: Any) -> None:
    """From the list, with the cursor on the newest message, to the field for a reply."""
    terminal.press("t")
    terminal.until("Conversations")
    terminal.press("y")
    terminal.until("Write a reply")


def lines_with(terminal: Any, words: str) -> list[str]:
    return [line.rstrip() for line in terminal.screen.display if words in line]


def spent(terminal: Any) -> int:
    """Processor time that the program has taken, in ticks of the clock (10 ms)."""
    fields = Path(f"/proc/{terminal.process.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def cost(terminal: Any, key: str, times: int) -> float:
    """Processor time of a key that is pressed again and again, each time when the answer to the last was seen."""
    terminal.quiet()
    before = spent(terminal)
    for _ in range(times):
        known = len(terminal.raw)
        terminal.press(key)
        terminal.until(lambda known=known: len(terminal.raw) > known)
    terminal.quiet()
    return (spent(terminal) - before) / times


@pytest.mark.long
def test_a_thread_of_two_thousand_messages_is_read_answered_and_seen_to_arrive(
    tuilio: Open, saved: Path, service: Any, line: Line
) -> None:
    for number in range(MANY // 2):
        line.comes(f"question {number}", to=FRONT_DESK)
        line.goes(f"answer {number}", sender=FRONT_DESK)
    terminal = started(tuilio, saved)
    # What comes in the second of the first use counts as read; and within one Twilio's times tell no order.
    begun = int(time.time())
    terminal.until(lambda: int(time.time()) > begun + 1)
    line.comes("are you still open?", to=FRONT_DESK)
    terminal.until("Messages ●1")
    terminal.press("home")
    terminal.until("are you still open?")
    # What the archive does not hold yet.
    terminal.press("L")
    terminal.until("Load")
    terminal.press("1")
    terminal.until("Finished: all since")
    terminal.press("escape")
    terminal.until(lambda: "Finished" not in terminal.text)
    in_the_list = cost(terminal, "down", 80)
    terminal.press("home", "t", "enter")
    terminal.until(f"{MANY + 1:,} messages")
    in_the_thread = cost(terminal, "up", 80)
    pages = cost(terminal, "pageup", 30)
    terminal.press("home")
    terminal.until(lambda: "are you still open?" not in terminal.text)
    terminal.press("end")
    terminal.until("are you still open?")
    print(f"ticks of 10 ms a key: list {in_the_list:.2f}, thread {in_the_thread:.2f}, its pages {pages:.2f}")
    assert in_the_thread <= in_the_list * 1.25 + 0.2
    terminal.press("y")
    terminal.type("we are open until six")
    terminal.until("we are open until six")
    terminal.press("ctrl+s")
    terminal.until("Send this?")
    terminal.press("enter")
    terminal.until(lambda: any("→" in each for each in lines_with(terminal, "we are open until six")))
    terminal.until(lambda: any("✓" in each for each in lines_with(terminal, "we are open until six")))
    assert "Write a reply" in terminal.text
    assert service.sends() == MANY // 2 + 1


def test_what_arrives_while_one_types_changes_neither_the_text_nor_the_cursor(
    tuilio: Open, saved: Path, line: Line
) -> None:
    line.comes("is anybody there?", to=FRONT_DESK)
    terminal = started(tuilio, saved)
    to_the_reply(terminal)
    terminal.type("yes we are")
    terminal.press("left", "left", "left")
    terminal.until("yes we are")
    line.comes("hello?", to=FRONT_DESK)
    terminal.until("hello?")
    # From another person, and to another of the numbers: neither is who is written to, nor from where.
    line.comes("my order is late", sender="+14155550198", to=ALERTS)
    terminal.press("!")
    terminal.until("yes we !are")
    terminal.listen(5.0)
    assert SHOWN in terminal.line(2)
    assert "from Front desk" in terminal.text
    terminal.press("escape", "escape")
    terminal.until("my order is late")
    # One came while it was in view and one did not.
    assert any("●" in each for each in lines_with(terminal, "my order is late"))
    assert not any("●" in each for each in lines_with(terminal, SHOWN))


def test_the_sender_is_the_one_they_wrote_to_last_in_the_channel_they_wrote_in(
    tuilio: Open, saved: Path, service: Any, line: Line
) -> None:
    line.comes("to the desk", to=FRONT_DESK)
    terminal = started(tuilio, saved)
    to_the_reply(terminal)
    terminal.until("from Front desk")
    line.comes("to London", to=LONDON)
    terminal.until("to London")
    terminal.until(lambda: any("+44 770 090 0100" in each for each in lines_with(terminal, "from ")))
    # Two of the account's numbers are in the thread: each message says which one it was.
    assert any("Front desk" in each for each in terminal.text.splitlines() if "to the desk" in each or "←" in each)
    line.comes("by WhatsApp", sender=f"whatsapp:{PERSON}", to=f"whatsapp:{FRONT_DESK}")
    terminal.until("by WhatsApp")
    terminal.until(lambda: any("wa" in each for each in lines_with(terminal, "from ")))
    terminal.type("back to you")
    terminal.until("back to you")
    terminal.press("ctrl+s")
    terminal.until("Send this?")
    review = terminal.text
    assert re.search(rf"From +whatsapp:\{FRONT_DESK}", review)
    assert re.search(rf"To +whatsapp:\{PERSON}", review)
    assert "GSM-7" not in review
    terminal.press("escape")
    terminal.until(lambda: "Send this?" not in terminal.text)
    assert "back to you" in terminal.text
    assert service.sends() == 0


def test_from_the_start_to_the_cursor_in_the_reply_it_takes_six_keys_at_most(
    tuilio: Open, saved: Path, line: Line
) -> None:
    line.comes("where is my parcel?", to=ALERTS)
    for number in range(3):
        line.comes("something else", sender=f"+1415555018{number}", to=FRONT_DESK)
    terminal = tuilio("--config", str(saved))
    terminal.until("where is my parcel?")
    terminal.until(lambda: len(lines_with(terminal, "something else")) >= 3)
    # The thread is read on the way, and the text is typed as soon as the keys are.
    keys = ("down", "down", "down", "t", "enter", "y")
    assert len(keys) <= 6
    terminal.press(*keys)
    terminal.type("on its way")
    terminal.until("on its way")
    assert SHOWN in terminal.text
    assert lines_with(terminal, "where is my parcel?")
    assert any("+1 212 555 0110" in each or "alerts" in each.lower() for each in lines_with(terminal, "from "))


def test_no_burst_of_keys_in_a_reply_sends_what_nobody_confirmed(
    tuilio: Open, saved: Path, service: Any, line: Line
) -> None:
    line.comes("are you there?", to=FRONT_DESK)
    terminal = started(tuilio, saved)
    to_the_reply(terminal)
    terminal.type("yes")
    terminal.until("yes")
    # Enter, or y, behind the key that asks: pressed before the question could be read.
    terminal.type("\x13\ry\r")
    terminal.until("Send this?")
    terminal.quiet()
    assert "Send this?" in terminal.text
    assert service.sends() == 0
    # Escape and enter in one packet are escape.
    terminal.type("\x1b\r")
    terminal.until(lambda: "Send this?" not in terminal.text)
    terminal.quiet()
    assert service.sends() == 0
    assert lines_with(terminal, "yes")
    # Held down, it asks once.
    terminal.type("\x13" * 40)
    terminal.until("Send this?")
    terminal.quiet()
    assert service.sends() == 0
    terminal.press("enter", "enter", "enter")
    terminal.type("\x13" * 10)
    terminal.until(lambda: any("✓" in each for each in lines_with(terminal, "yes")))
    terminal.quiet()
    assert service.sends() == 1
    assert "Send this?" not in terminal.text


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM], ids=lambda number: number.name)
def test_a_reply_is_there_again_after_the_program_was_ended(
    tuilio: Open, saved: Path, service: Any, line: Line, number: signal.Signals
) -> None:
    line.comes("are you there?", to=FRONT_DESK)
    terminal = started(tuilio, saved)
    to_the_reply(terminal)
    terminal.type("tomorrow at nine, with 🎉")
    terminal.until("tomorrow at nine")
    if number == signal.SIGKILL:
        # What nobody can react to: half a second after the last key it is on the disk.
        terminal.listen(1.5)
    terminal.signal(number)
    assert terminal.wait() == (128 + number if number != signal.SIGKILL else -number)
    again = started(tuilio, saved)
    again.press("t", "enter")
    again.until("tomorrow at nine, with 🎉")
    assert service.sends() == 0


def test_a_template_for_somebody_by_name_on_whatsapp_is_not_sent_blind(
    tuilio: Open, saved: Path, service: Any, line: Line
) -> None:
    contacts = saved / "contacts.toml"
    contacts.touch(0o600)
    contacts.write_text(f'schema = 1\n[contacts]\n"whatsapp:{PERSON}" = "Maya Lindqvist"\n', "utf-8")
    line.comes("by WhatsApp", sender=f"whatsapp:{PERSON}", to=f"whatsapp:{FRONT_DESK}")
    terminal = tuilio("--config", str(saved), "--screen", "compose", size=(80, 30))
    terminal.until("F7 or ↓ chooses among")
    # A number first, which is no WhatsApp sender: said before anything leaves.
    terminal.press("f7")
    terminal.until("Send from")
    terminal.press("1")
    terminal.until("Front desk")
    terminal.until("↓ lists 1 name and")
    terminal.type("lind")
    terminal.until(lambda: lines_with(terminal, f"Maya Lindqvist  {SHOWN} wa"))
    terminal.press("down")
    terminal.quiet()
    terminal.press("enter")
    terminal.until(f"whatsapp:{PERSON}")
    terminal.until("From is SMS, To is WhatsApp")
    terminal.type("\x1b[Z\x1b[Z")
    terminal.type(f"whatsapp:{FRONT_DESK}")
    terminal.press("tab")
    terminal.until("WhatsApp sender")
    terminal.until(lambda: "From is SMS" not in terminal.text)
    terminal.press("f11")
    terminal.until("appointment_reminder")
    terminal.type("appointment")
    terminal.until(lambda: "autumn_sale" not in terminal.text)
    terminal.press("enter")
    terminal.until("Not filled in: 1, 2, 3")
    terminal.press("ctrl+s")
    terminal.until("Send this?")
    terminal.quiet()
    review = terminal.text
    for words in (f"whatsapp:{PERSON}", "Maya Lindqvist", "your appointment is on", "Not filled in: 1, 2, 3"):
        assert words in review, review
    assert "GSM-7" not in review
    assert service.sends() == 0
    terminal.press("escape")
    terminal.until(lambda: "Send this?" not in terminal.text)
    terminal.quiet()
    # Typed over the lines in one piece: what is reviewed, and sent, is all that was typed.
    terminal.type("Maya\tTuesday\tr/12\x13")
    terminal.until("Send this?")
    terminal.quiet()
    assert "Not filled in" not in terminal.text
    for words in ("Maya", "Tuesday", "r/12"):
        assert words in terminal.text, terminal.text
    terminal.press("enter")
    terminal.until(lambda: re.search(r"✓ (Delivered|Read)", terminal.text))
    assert service.sends() == 1


ODD = (
    "नमस्ते, आपका पार्सल आज शाम तक पहुँच जाएगा। कृपया घर पर रहें।",
    "שלום, ההזמנה שלך מוכנה לאיסוף בחנות ברחוב הרצל 12 עד השעה 18:00 היום בערב.",
    "مرحبا، طلبك جاهز للاستلام من المتجر قبل الساعة السادسة مساءً، شكرًا لك.",
    "👨‍👩‍👧‍👦 ❤️ 🏳️‍🌈 👍🏽 ☀️ 1️⃣ " * 6,
    "漢字とかなを混ぜた長い文章です。荷物は今日の夕方までに届きます。👩🏽‍🚀",
    "é̂̃ combined ẹ̀ marks ก็ ที่ and " + "ไทยมากมาย " * 8,
)


def everything(terminal: Any) -> list[str]:
    """All that stands there, but for lines that change by themselves."""
    return ["" if " ago" in line else line.rstrip() for line in terminal.screen.display]


@pytest.mark.parametrize("size", [(80, 24), in_full((120, 40))], ids=str)
def test_what_terminals_measure_differently_leaves_nothing_wrong_behind_it(
    tuilio: Open, saved: Path, line: Line, size: tuple[int, int]
) -> None:
    for number in range(8):
        for text in ODD:
            line.comes(f"{text} {number}", to=FRONT_DESK)
        line.goes(f"a plain answer, {number}", sender=FRONT_DESK)
    latest = time.monotonic() + 30
    while not line.is_quiet():
        assert time.monotonic() < latest, "not all of it was delivered"
    terminal = started(tuilio, saved, size=size)
    terminal.press("t", "enter")
    terminal.until(f"{8 * (len(ODD) + 1)} messages")
    terminal.quiet(0.5)
    for keys in (("up",) * 7, ("pageup",) * 3, ("home",), ("pagedown", "down", "down"), ("end", "pageup", "pagedown")):
        terminal.press(*keys)
        terminal.quiet(0.5)
        shown = everything(terminal)
        terminal.screen.erase_in_display(2)
        # The size is the same; the program cannot know that, and draws everything.
        terminal.signal(signal.SIGWINCH)
        terminal.quiet(0.5)
        assert everything(terminal) == shown
