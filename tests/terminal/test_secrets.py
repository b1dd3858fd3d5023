"""A known secret is looked for in every byte the program writes: to the terminal, its clipboard, and below the home.

Only connections.toml and its backup may hold it. The search itself is held to its word below; and the tour failed, as
it must, with the form's password dots, the masked copy and the traceback without variables each taken out.
"""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.test_webhooks import port_of, post

Open = Callable[..., Any]

CLIPBOARD = re.compile(rb"\x1b\]52;[a-z]*;([A-Za-z0-9+/=]*)(?:\x07|\x1b\\)")
PIECE = 12
"""So many characters of a secret in a row are a leak as well."""


def copied(raw: bytes) -> list[bytes]:
    """What the terminal was asked to put into the clipboard."""
    return [base64.b64decode(found) for found in CLIPBOARD.findall(raw)]


def leaks(data: bytes, secrets: Iterable[str], users: Iterable[str] = ()) -> list[str]:
    """Pieces of the secrets in some bytes, plain or as HTTP Basic would carry them."""
    forms = [secret.encode() for secret in secrets]
    forms += [base64.b64encode(f"{user}:{secret}".encode())[-20:-4] for user in users for secret in secrets]
    pieces = {form[at : at + PIECE] for form in forms for at in range(len(form) - PIECE + 1)}
    return [piece.decode() for piece in sorted(pieces) if any(piece in each for each in (data, *copied(data)))]


class Seeded:
    """A configuration that holds two secrets, and where to look for them afterwards."""

    def __init__(self, config: Path, home: Path, told: dict[str, str]) -> None:
        self.config = config
        self.home = home
        self.secrets: tuple[str, ...] = (told["TWILIO_API_SECRET"], told["TWILIO_AUTH_TOKEN"])
        self.users = (told["TWILIO_API_KEY"], told["TWILIO_ACCOUNT_SID"])

    def in_bytes(self, data: bytes) -> list[str]:
        return leaks(data, self.secrets, self.users)

    def in_files(self) -> list[str]:
        """Files below the home and the configuration that hold a piece of a secret."""
        files = [each for place in (self.config, self.home) for each in place.rglob("*") if each.is_file()]
        assert files
        return sorted({each.name for each in files if self.in_bytes(each.read_bytes())})


@pytest.fixture
def seeded(saved: Path, home: Path, service: Any) -> Seeded:
    """The saved connection, with the auth token beside its API key."""
    file = saved / "connections.toml"
    told = service.exports
    file.write_text(f'{file.read_text()}auth_token = "{told["TWILIO_AUTH_TOKEN"]}"\n', encoding="utf-8")
    return Seeded(saved, home, told)


SELECT_ALL = "\x1b[1;2H"
"""Shift and home."""

HELD = ["connections.toml", "connections.toml.bak"]
"""The only files that may hold a secret."""


def choose(terminal: Any, words: str) -> None:
    """Pick a line of the dialog that is open by its number."""
    line = re.compile(rf"(\d)\s+{re.escape(words)}")
    terminal.until(lambda: line.search(terminal.text))
    found = line.search(terminal.text)
    assert found
    terminal.press(found[1])


def leave(terminal: Any, words: str) -> None:
    """Press escape and wait until what said `words` is gone: escape and a key at once would be another key."""
    terminal.press("escape")
    terminal.until(lambda: words not in terminal.text)


def test_the_search_finds_a_secret_however_it_is_carried() -> None:
    secret, user = "0123456789abcdef" * 2, "SK" + "1" * 32
    basic = base64.b64encode(f"{user}:{secret}".encode())
    clipboard = b"\x1b]52;c;" + base64.b64encode(f"curl -u x:{secret}".encode()) + b"\x07"
    for data in (secret.encode(), f"x{secret[5:20]}x".encode(), basic, clipboard):
        assert leaks(b"before " + data + b" after", [secret], [user])
    assert leaks(b"nothing " + secret[:10].encode(), [secret], [user]) == []


@pytest.mark.landing
def test_no_secret_leaves_on_a_tour_of_every_place(tuilio: Open, seeded: Seeded, service: Any) -> None:
    terminal = tuilio("--config", str(seeded.config), size=(120, 40))
    terminal.until(lambda: terminal.loaded >= 50 and "Open" in terminal.line(-1))
    terminal.quiet()
    terminal.press("enter")
    terminal.until("Direction")
    terminal.press("c")
    choose(terminal, "the message as JSON")
    terminal.until(lambda: any(b'"account_sid"' in each for each in copied(terminal.raw)))
    # -- why: every check with its request, and what is copied for a ticket
    terminal.press("W")
    terminal.until(lambda: "Ask again" in terminal.line(-1) and " answered" not in terminal.text)
    terminal.press("c")
    choose(terminal, "the verdict and checks")
    terminal.until(lambda: any(b"Verdict: " in each for each in copied(terminal.raw)))
    terminal.press("escape")
    terminal.until(lambda: "Ask again" not in terminal.line(-1))
    terminal.press("escape")
    terminal.until(lambda: "Open" in terminal.line(-1))
    terminal.press("e")
    terminal.until("messages-2")
    terminal.press("ctrl+u")
    terminal.until(lambda: "messages-2" not in terminal.text)
    terminal.type(str(seeded.home / "all.jsonl"))
    terminal.until("all.jsonl")
    terminal.press("enter")
    terminal.until(lambda: (seeded.home / "all.jsonl").exists())
    terminal.press("f1")
    terminal.until("· help")
    leave(terminal, "· help")
    # -- balance and usage: all that Twilio says of the account, copied; an account's own JSON has its token
    terminal.press("3")
    terminal.until("Balance")
    terminal.press("b")
    terminal.until(lambda: "state unknown" in terminal.text and "Total" in terminal.text)
    terminal.press("c")
    terminal.until(lambda: any(b"Messages on this computer add up" in each for each in copied(terminal.raw)))
    terminal.until(lambda: "state unknown" in terminal.text)
    leave(terminal, "state unknown")

    # -- what Twilio noted itself
    terminal.press("a")
    terminal.until("noted nothing in this")
    leave(terminal, "noted nothing in this")
    terminal.press("o")
    terminal.until("From what is loaded")
    leave(terminal, "From what is loaded")
    # -- the console: its preview, an answer, its headers, the request as sent, the request in every language
    terminal.press("4")
    terminal.until("Nothing sent yet")
    terminal.press("ctrl+s")
    terminal.until("✓ 200")
    terminal.press("f8")
    terminal.until("Authorization: Basic •••")
    languages = (("curl", b"curl "), ("Python, twilio", b"Client("), ("Python, httpx", b"httpx"), ("HTTPie", b"http "))
    for words, kind in languages:
        terminal.press("f10")
        choose(terminal, "Copy as…")
        choose(terminal, words)
        terminal.until(lambda kind=kind: any(kind in each for each in copied(terminal.raw)))
        terminal.until(") copied.")
        leave(terminal, ") copied.")
    # -- connections: the list, the form with every field, a test of what is typed, a change that is saved
    terminal.press("alt+o")
    terminal.until("acme")
    terminal.press("t")
    terminal.until(lambda: "✓" in terminal.text)
    terminal.press("e")
    terminal.until("unchanged · saved in the file")
    terminal.press(*["tab"] * 4)
    terminal.type(seeded.secrets[0])
    terminal.until("•" * 20)
    terminal.type(SELECT_ALL)
    terminal.press("ctrl+c")
    terminal.until("not copied")
    terminal.press("ctrl+x")
    terminal.until("use delete")
    terminal.press("f8")
    terminal.until("✓")
    terminal.press("ctrl+s")
    terminal.until(lambda: "Change acme" not in terminal.text)
    terminal.press("f3")
    terminal.until("F7 or ↓ chooses among")
    terminal.press("ctrl+q")
    assert terminal.wait() == 0
    assert seeded.in_bytes(bytes(terminal.raw)) == []
    assert set(seeded.in_files()) <= set(HELD)
    assert len(copied(terminal.raw)) == 7


@pytest.mark.long
def test_no_secret_leaves_where_webhooks_come_and_many_are_written_to(
    tuilio: Open, seeded: Seeded, service: Any, tmp_path: Path
) -> None:
    token, key = seeded.secrets[1], "webhookkey7f3a" * 2
    seeded.secrets = (*seeded.secrets, key)
    file = seeded.config / "connections.toml"
    file.write_text(f'{file.read_text()}webhook_key = "{key}"\n', encoding="utf-8")
    terminal = tuilio("--config", str(seeded.config), "--screen", "webhooks", size=(120, 40))
    terminal.until(lambda: "No webhooks yet" in terminal.text and terminal.line(0).endswith(" acme"))
    terminal.press("s")
    port = port_of(terminal)
    form = {"MessageSid": "SM" + "a" * 32, "From": "+14155550123", "To": "+14155550100", "Body": "Hello"}
    assert post(port, form, token) == 200
    terminal.until("1 listed")
    terminal.quiet()
    # -- one event in full, as a curl command, in a file, played again; a test event that is signed with the token
    terminal.press("enter")
    terminal.quiet()
    terminal.press("c")
    terminal.until("curl command")
    choose(terminal, "a curl command")
    terminal.until(lambda: any(b"curl " in each for each in copied(terminal.raw)))
    terminal.quiet()
    terminal.press("escape")
    terminal.quiet()
    terminal.press("e")
    terminal.until("Export")
    terminal.press("ctrl+u")
    terminal.type(f"{seeded.home}/events.jsonl\r")
    terminal.until("written to")
    terminal.press("T")
    terminal.until("Signed for")
    terminal.press("f9")
    terminal.quiet()
    terminal.press("escape")
    terminal.quiet()
    # -- settings whose target has a password are refused, and kept nowhere
    terminal.press("u")
    terminal.until("Public URL")
    terminal.quiet()
    terminal.press("escape")
    terminal.quiet()
    # -- a text to many: its page, its job, the report copied and in a file
    rows = tmp_path / "rows.csv"
    rows.write_text("phone,name\n+14155550123,Maya\n+14155550124,Bo\n", encoding="utf-8")
    terminal.press("2")
    terminal.until("F7 or ↓ chooses among")
    terminal.press("ctrl+n")
    terminal.until("Pace")
    terminal.type(f"\x1b[200~{rows}\x1b[201~")
    terminal.until("2 rows")
    terminal.press("f7")
    terminal.until("Send from")
    terminal.press("1")
    terminal.until(lambda: "Send from" not in terminal.text)
    terminal.press("tab")
    terminal.type("Hello")
    terminal.press("f9")
    terminal.until("rows ready")
    terminal.quiet()
    if "0 of 2 rows" in terminal.text:
        terminal.press("h")
        terminal.until("2 of 2 rows ready")
        terminal.quiet()
    terminal.press("f9")
    terminal.until(" to send ")
    count = re.search(r"Type (\d+) to send", terminal.text)
    assert count
    terminal.type(f"{count[1]}\r")
    terminal.until("finished")
    terminal.quiet()
    terminal.press("c")
    choose(terminal, "the report")
    terminal.until(lambda: any("Campaign “rows”".encode() in each for each in copied(terminal.raw)))
    terminal.quiet()
    terminal.press("e")
    terminal.until("Export the report")
    terminal.press("ctrl+u")
    terminal.type(f"{seeded.home}/report.csv\r")
    terminal.until(lambda: (seeded.home / "report.csv").exists())
    terminal.quiet()
    # -- the outbox in a file, a reply that stays, a name, a view, what the console keeps of a request
    terminal.press("escape")
    terminal.quiet()
    terminal.press("f2")
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.quiet()
    terminal.press("t")
    terminal.until("Conversations ")
    terminal.quiet()
    terminal.press("enter", "y")
    terminal.type("hello")
    terminal.quiet()
    terminal.press("escape", "escape", "escape")
    terminal.quiet()
    terminal.press("N")
    terminal.quiet()
    terminal.type("Maya\r")
    terminal.quiet()
    terminal.press("f5")
    terminal.until("Nothing sent yet")
    terminal.press("ctrl+s")
    terminal.until("✓ 200")
    terminal.press("f10")
    choose(terminal, "Save")
    terminal.quiet()
    terminal.type("mine\r")
    terminal.quiet()
    terminal.press("ctrl+q")
    terminal.until(lambda: "Leave tuilio?" in terminal.text or terminal.process.poll() is not None)
    if terminal.process.poll() is None:
        terminal.press("y")
    assert terminal.wait() == 0
    assert seeded.in_bytes(bytes(terminal.raw)) == []
    assert set(seeded.in_files()) <= set(HELD)
    made = {each.name for each in seeded.config.rglob("*") if each.is_file()}
    assert {
        "webhooks.sqlite3",
        "jobs.sqlite3",
        "outbox.sqlite3",
        "replies.json",
        "contacts.toml",
        "requests.toml",
    } <= made


CRASH = """
import sys
from tui.cli import read_command_line
from tui.launch import launch
from tui.screens.messages.screen import MessagesScreen

def action_watch(self):
    connection = self.session.account.connection
    password = connection.api_key_secret.reveal()
    both = {"password": password, "token": connection.auth_token.reveal()}
    raise RuntimeError(f"broken on purpose, with {len(both)} at hand")

MessagesScreen.action_watch = action_watch
sys.exit(launch(read_command_line(sys.argv[1:])))
"""


def test_a_crash_shows_no_variable_and_ends_with_status_1(
    environ: dict[str, str], seeded: Seeded, terminal_of: Any
) -> None:
    terminal = terminal_of([sys.executable, "-c", CRASH, "--config", str(seeded.config)], environ)
    terminal.until(lambda: terminal.loaded >= 50)
    terminal.press("w")
    assert terminal.wait() == 1
    assert "broken on purpose, with" in terminal.raw.decode()
    assert seeded.in_bytes(bytes(terminal.raw)) == []
    assert seeded.in_files() == HELD[:1]


@pytest.mark.landing
def test_a_secret_pasted_where_it_does_not_belong_reaches_no_file(tuilio: Open, seeded: Seeded) -> None:
    secret, token = seeded.secrets
    terminal = tuilio("--config", str(seeded.config), "--screen", "console", size=(120, 40))
    terminal.until(lambda: "Nothing sent yet" in terminal.text and terminal.line(0).endswith(" acme"))
    terminal.type(f"?Note={secret}&Other={token}")
    terminal.until(lambda: token in terminal.text)
    terminal.press("ctrl+s")
    terminal.until(lambda: re.search(r"[✓✗] \d\d\d", terminal.text))
    terminal.press("ctrl+q")
    terminal.wait()
    assert seeded.in_files() == HELD[:1]


@pytest.mark.landing
def test_a_secret_asked_for_in_the_list_reaches_no_file(tuilio: Open, seeded: Seeded) -> None:
    terminal = tuilio("--config", str(seeded.config), size=(120, 40))
    terminal.until(lambda: terminal.loaded >= 50 and "● live" in terminal.text)
    for typed in (*seeded.secrets, "boat"):
        terminal.press("/")
        # The word Search stands in the last line only until the bar is open.
        terminal.until("words, a number")
        terminal.type(typed)
        terminal.until(typed)
        terminal.press("enter")
        terminal.until(lambda: re.search(r"^ \d+ of \d+", terminal.text, re.MULTILINE))
        terminal.press("escape")
        terminal.until(lambda: re.search(r"^ \d+ messages", terminal.text, re.MULTILINE))
    # What was typed last is kept: what was typed before would be there by now.
    past = seeded.config / "state" / "queries.json"
    terminal.until(lambda: past.exists() and b"boat" in past.read_bytes())
    terminal.press("ctrl+q")
    terminal.wait()
    assert seeded.in_files() == HELD[:1]
