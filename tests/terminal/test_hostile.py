"""Anyone may text the number that is shown here: nothing they write may drive the terminal.

More than sixty payloads, in every place that shows remote text: as bodies, addresses, statuses, prices and dates of
messages, names of numbers and connections, errors, JSON, plain text, bytes and headers. Everything the program then
writes is read as a terminal would. Checked by taking the protection out: with neither `safe_text` nor the filter
behind it, every one of these tests failed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from tests.terminal.hostile import HARMFUL, LONG, MARKUP, NAMES, PAYLOADS, strays

pytestmark = pytest.mark.landing

Open = Callable[..., Any]

SIZES = [pytest.param((80, 24)), *(pytest.param(size, marks=pytest.mark.long) for size in ((120, 40), (200, 60)))]


def end(terminal: Any) -> None:
    """Leave, and find that nothing but the program's own sequences was written."""
    terminal.press("ctrl+q")
    terminal.until(lambda: "Leave tuilio?" in terminal.text or terminal.process.poll() is not None)
    if terminal.process.poll() is None:
        terminal.press("y")
    assert terminal.wait() == 0
    assert strays(bytes(terminal.raw)) == []


def move(terminal: Any, key: str, until: Callable[[], object]) -> None:
    """Press a key again and again until something is so; each time the screen has to follow."""
    for _ in range(400):
        if until():
            return
        before = bytes(terminal.raw)[-400:]
        terminal.press(key)
        terminal.until(lambda before=before: bytes(terminal.raw)[-400:] != before)
    raise AssertionError(f"{key} does not lead there\n{terminal.text}")


def test_the_scan_sees_every_payload_that_holds_a_control_and_no_honest_text() -> None:
    assert [payload for payload in HARMFUL if not strays(payload.encode("utf-8", "surrogatepass"))] == []
    assert [payload for payload in MARKUP if strays(payload.encode())] == []
    assert strays("👩‍👩‍👧‍👦 👨🏿‍🚀 1️⃣ e\u0301 שלום धन्यवाद می‌خواهم\r\n\x1b[1;31mx\x1b[2;5H".encode()) == []
    assert len(PAYLOADS) >= 60


@pytest.mark.parametrize("size", SIZES)
def test_no_message_drives_the_terminal(tuilio: Open, attacked: Path, size: tuple[int, int]) -> None:
    terminal = tuilio("--config", str(attacked), size=size)
    terminal.until(lambda: terminal.loaded == len(PAYLOADS))
    move(terminal, "pagedown", lambda: re.search(rf"n{len(PAYLOADS) - 1}n", terminal.text))
    terminal.press("g")
    terminal.until("n0n")
    terminal.press("enter")
    terminal.until(lambda: "Back" in terminal.line(-1))
    for number in range(len(PAYLOADS)):
        # Where the list stands beside the message, the line between them tells which one is shown.
        # What Twilio says of an error stands above it, and the longest leaves no room: then nothing moves any more.
        told = rf"n{number}n\b" if size[0] < 100 else rf"│ n{number}n\b|│ ↓ \d+ more lines"
        terminal.until(lambda told=told: re.search(told, terminal.text))
        terminal.quiet()
        terminal.press("right")
    terminal.press("y")
    terminal.until("To ")
    terminal.press("f2")
    end(terminal)
    # It was really shown: pictures of controls, and markup as it was written.
    text = terminal.raw.decode()
    assert "␛" in text
    assert "@click=app.leave" in text


@pytest.mark.parametrize("size", SIZES)
def test_no_number_and_no_refusal_drives_the_terminal(tuilio: Open, attacked: Path, size: tuple[int, int]) -> None:
    terminal = tuilio("--config", str(attacked), "--screen", "compose", size=size)
    terminal.until("F7 or ↓ chooses among")
    terminal.press("f7")
    terminal.until("Send from")
    move(terminal, "pagedown", lambda: "+14155550060" in terminal.text)
    terminal.press("enter")
    terminal.until(lambda: "Send from" not in terminal.text)
    terminal.type("+14155550123")
    terminal.until("+14155550123")
    terminal.press("tab")
    terminal.type("hello")
    terminal.until("hello")
    terminal.press("ctrl+s")
    terminal.until("Send this?")
    terminal.press("enter")
    terminal.until("21211")
    end(terminal)


@pytest.mark.parametrize("size", SIZES)
def test_no_check_no_usage_and_no_alert_drives_the_terminal(
    tuilio: Open, attacked: Path, size: tuple[int, int]
) -> None:
    terminal = tuilio("--config", str(attacked), size=size)
    terminal.until(lambda: terminal.loaded == len(PAYLOADS) and "n0n" in terminal.text)
    terminal.press("W")
    terminal.until(lambda: "Ask again" in terminal.line(-1) and " answered" not in terminal.text)
    terminal.press(*["down"] * 12, "escape")
    terminal.until(lambda: "Ask again" not in terminal.line(-1))
    terminal.press("3")
    terminal.until("Delivery ·")
    terminal.press("b")
    terminal.until(lambda: "-12.5000" in terminal.text and "1.5000 USD" in terminal.text)
    terminal.press("o", *["pagedown"] * 12)
    terminal.until(f"AC{len(PAYLOADS) - 1:032x}"[:6])
    terminal.quiet()
    terminal.press("escape")
    terminal.until(lambda: "-12.5000" not in terminal.text)
    terminal.press("a")
    terminal.until(f"{len(PAYLOADS)} alerts")
    terminal.press("enter")
    terminal.until("Twilio's request")
    for _ in PAYLOADS:
        terminal.press("right")
    terminal.quiet()
    assert "hunter2" not in terminal.raw.decode()
    end(terminal)


LATER = [pytest.param(*case, marks=pytest.mark.long) for case in (("/nowhere", "20404"), ("/text", "␛"))]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("path", "shown"), [("/Messages.json", '"messages"'), *LATER, ("/bytes", "1c 1d 1e")])
def test_no_answer_drives_the_terminal(
    tuilio: Open, attacked: Path, path: str, shown: str, size: tuple[int, int]
) -> None:
    terminal = tuilio("--config", str(attacked), "--screen", "console", size=size)
    terminal.until(lambda: "Nothing sent yet" in terminal.text and MARKUP[2][:8] in terminal.line(0))
    terminal.press("ctrl+u")
    terminal.until("There is no path")
    terminal.type(path)
    # What leaves may be broken in the middle of it.
    terminal.until(lambda: f"04-01{path[:6]}" in terminal.text)
    if path == "/bytes":
        terminal.press("f7", "f7", "f7", "f7")
        terminal.until("Response type")
        terminal.press("tab", "tab", "tab", "right", "right")
        terminal.until("● binary")
    terminal.press("ctrl+s")
    terminal.until(lambda: re.search(r"[✓✗] \d\d\d", terminal.text) and shown in terminal.text)
    for _ in range(60):
        terminal.press("pagedown")
    terminal.press("f8")
    terminal.until(lambda: "x-hostile" in terminal.text.lower())
    end(terminal)


@pytest.mark.parametrize("size", SIZES)
def test_no_name_of_a_connection_drives_the_terminal(tuilio: Open, attacked: Path, size: tuple[int, int]) -> None:
    terminal = tuilio("--config", str(attacked), "--screen", "connections", size=size)
    terminal.until("auth token")
    for _ in NAMES[1:]:
        terminal.press("down")
    terminal.press("e")
    terminal.until("Change ")
    terminal.press("escape")
    terminal.until(lambda: "Change " not in terminal.text)
    terminal.press("ctrl+o")
    terminal.until("Use which connection?")
    for _ in NAMES:
        terminal.press("down")
    terminal.press("enter")
    end(terminal)


@pytest.mark.parametrize("size", SIZES)
def test_no_thread_no_name_no_medium_and_no_template_drives_the_terminal(
    tuilio: Open, attacked: Path, size: tuple[int, int]
) -> None:
    contacts = {f"+1415555{number:04d}": f"N{name}" for number, name in enumerate(NAMES)}
    (attacked / "contacts.toml").write_text(tomli_w.dumps({"contacts": contacts}), "utf-8")
    terminal = tuilio("--config", str(attacked), size=size)
    terminal.until(lambda: terminal.loaded == len(PAYLOADS))
    terminal.press("t")
    terminal.until("Conversations")
    move(terminal, "pagedown", lambda: re.search(rf"n{len(PAYLOADS) - 1}n", terminal.text))
    terminal.press("g", "enter")
    for _ in PAYLOADS:
        # With one person here or another; each has to be drawn.
        terminal.quiet(0.05)
        terminal.press("right")
    terminal.press("escape", "escape")
    terminal.until("all there are")
    terminal.press("down", "m")
    # As pictures: the filter behind would leave blots.
    terminal.until("size ?  ␛[2J")
    for _ in PAYLOADS:
        terminal.press("down")
    terminal.press("s")
    terminal.until("A media SID is ME")
    terminal.press("escape")
    terminal.until(lambda: "size ?" not in terminal.text)
    terminal.press("N")
    terminal.until("Another name")
    terminal.press("f7")
    terminal.until(f"{len(contacts)} names")
    move(terminal, "pagedown", lambda: "N<U+FDD0>" in terminal.text)
    terminal.press("escape")
    terminal.until(lambda: "Rename" not in terminal.text)
    terminal.press("escape")
    terminal.until(lambda: "Another name" not in terminal.text)
    terminal.press("2")
    terminal.until("recent recipients")
    terminal.press("f11")
    terminal.until("t000 ␛")
    for number in range(1, len(PAYLOADS)):
        terminal.press("down")
        terminal.until(f"t{number:03d}")
    terminal.press("enter")
    terminal.until("of 1600: ")
    assert "went wrong" not in terminal.raw.decode()
    end(terminal)


def test_the_whole_seeded_history_reaches_the_terminal_without_a_control(tuilio: Open) -> None:
    terminal = tuilio("--sandbox", size=(200, 60))
    terminal.until(lambda: terminal.loaded >= 50)
    move(terminal, "pagedown", lambda: "that is all" in terminal.text)
    end(terminal)
    assert "␛".encode() in terminal.raw


def test_a_megabyte_in_one_line_holds_nobody_up(tuilio: Open, attacked: Path) -> None:
    terminal = tuilio("--config", str(attacked))
    terminal.until(lambda: terminal.loaded == len(PAYLOADS))
    terminal.press("G")
    terminal.until(f"n{len(PAYLOADS) - 1}n")
    assert PAYLOADS[-len(LONG) :] == LONG
    drawn = len(terminal.raw)
    for _ in LONG:
        terminal.press("up")
    terminal.press("enter")
    terminal.until(f"n{len(PAYLOADS) - len(LONG) - 1}n")
    terminal.press("right")
    terminal.until(f"n{len(PAYLOADS) - len(LONG)}n", seconds=5)
    assert len(terminal.raw) - drawn < 200_000
    end(terminal)


HIDING = "a\u200bb\U000e0041c\u2060d\ufeffe\u00adf\u180eg\u3164h\ufdd0i" + "\u0301" * 60 + "\u0897" * 60 + "j"


@pytest.mark.long
@pytest.mark.parametrize("field", ["text", "to", "filter", "console"])
def test_what_hides_in_an_edited_text_never_reaches_the_terminal(tuilio: Open, field: str) -> None:
    terminal = tuilio("--sandbox", "--screen", {"filter": "messages", "console": "console"}.get(field, "compose"))
    terminal.until({"filter": "● live", "console": "http://127"}.get(field, "chooses among"))
    terminal.quiet()
    if field == "filter":
        terminal.press("/")
        terminal.quiet()
    elif field == "text":
        terminal.press("tab", "tab")
    terminal.quiet()
    terminal.type(f"\x1b[200~{HIDING}\x1b[201~")
    terminal.quiet(0.6)
    written = terminal.raw.decode("utf-8", "replace")
    assert "a" in written
    for hidden in "\u200b\U000e0041\u2060\ufeff\u00ad\u180e\u3164\ufdd0":
        assert hidden not in written, hex(ord(hidden))
    assert not re.search("[\u0301\u0897]{5}", written)
