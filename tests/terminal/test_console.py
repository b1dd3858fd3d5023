"""The console in a real terminal: a list by hand, an upload, attempts with waits, one stopped, an answer saved."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

Open = Callable[..., Any]

PICTURE = bytes(range(256)) * 300


class Answering(BaseHTTPRequestHandler):
    """Takes uploads, is flaky twice, is slow until told, and has a picture."""

    protocol_version = "HTTP/1.1"
    server: Gateway

    def do_GET(self) -> None:
        path = self.path.rpartition("/")[2]
        self.server.asked.append(path)
        if path == "flaky" and self.server.asked.count("flaky") < 3:
            self._answer(503, b'{"code": 20503, "message": "Try later", "status": 503}')
        elif path == "slow":
            self.server.go.wait(60)
            self._answer(200, b"{}")
        elif path == "picture":
            self._answer(200, PICTURE, "image/png")
        else:
            self._answer(200, b'{"fine": true}')

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.headers["Content-Type"]
        self.server.taken.append(message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body))
        self._answer(201, b'{"taken": true}')

    def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Gateway(ThreadingHTTPServer):
    """A host that is a connection's own base URL."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked: list[str] = []
        self.taken: list[Message] = []
        self.go = threading.Event()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    server = Gateway()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.go.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def config(tmp_path: Path, gateway: Gateway) -> Path:
    """A configuration directory with a connection to it."""
    place = tmp_path / "config"
    place.mkdir(mode=0o700)
    file = place / "connections.toml"
    file.touch(0o600)
    file.write_text(
        f'schema = 1\n[connections.gateway]\nkind = "auth_token"\naccount_sid = "AC{"5" * 32}"\n'
        f'auth_token = "{"7" * 32}"\nbase_url = "http://127.0.0.1:{gateway.server_port}/v1"\n',
        encoding="utf-8",
    )
    return place


def go_to(terminal: Any, path: str) -> None:
    """Replace the path in the form."""
    terminal.press("f5")
    terminal.until("Section")
    terminal.press("ctrl+r")
    terminal.until("Open a request")
    terminal.type("the balance\r")
    terminal.until(lambda: "Open a request" not in terminal.text and "/Balance.json" in terminal.text)
    terminal.press("ctrl+u")
    terminal.type(path)
    terminal.until(lambda: re.search(rf"\s{path}(\s|$)", terminal.text))


def test_messages_are_listed_by_hand_and_one_opens(tuilio: Open) -> None:
    terminal = tuilio("--sandbox", "--screen", "console", size=(120, 40))
    terminal.until("Host:")
    terminal.press("ctrl+s")
    terminal.until("✓ 200 OK")
    terminal.until('"messages"')
    terminal.type("/")
    terminal.until("Search the body")
    terminal.type('"sid"\r')
    terminal.until("$.messages[0].sid")
    terminal.type("o")
    terminal.until(lambda: re.search(r"SID +SM[0-9a-f]{32}", terminal.text))


@pytest.mark.landing
def test_a_file_is_uploaded_with_two_fields(tuilio: Open, config: Path, gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(PICTURE)
    terminal = tuilio("--config", str(config), "--screen", "console", size=(120, 40))
    terminal.until("gateway")
    terminal.until("Host:")
    go_to(terminal, "/upload")
    terminal.press("\x1b[Z")
    terminal.press("ctrl+u")
    terminal.type("POST")
    terminal.until("POST    ▾")
    terminal.press("f7", "f7", "f7")
    terminal.until("[none]")
    terminal.press("right", "right", "right")
    terminal.until("[multipart]")
    terminal.press("tab")
    terminal.type("Name=Maya\rNote=for the “wall”\r")
    terminal.type(f"File=@{tmp_path}/cat")
    terminal.until("cat.png")
    terminal.press("right")
    terminal.until(
        lambda: re.search(r"multipart/form-data;\s", terminal.text) and "Content-Length: 77" in terminal.text
    )
    terminal.press("ctrl+s")
    terminal.until("✓ 201 Created")
    assert terminal.loaded == 0
    parts = gateway.taken[0].get_payload()
    assert [part.get_param("name", header="content-disposition") for part in parts] == ["Name", "Note", "File"]
    assert parts[0].get_payload(decode=True) == b"Maya"
    assert parts[1].get_payload(decode=True) == "for the “wall”".encode()
    assert parts[2].get_filename() == "cat.png"
    assert parts[2].get_content_type() == "image/png"
    assert parts[2].get_payload(decode=True) == PICTURE


@pytest.mark.landing
def test_three_attempts_are_watched_with_their_waits_and_another_is_stopped(
    tuilio: Open, config: Path, gateway: Gateway
) -> None:
    terminal = tuilio("--config", str(config), "--screen", "console", size=(120, 40))
    terminal.until("Host:")
    go_to(terminal, "/flaky")
    terminal.press("f7", "f7", "f7", "f7")
    terminal.until("Max retries")
    terminal.press("tab")
    terminal.type("2")
    terminal.press("tab")
    terminal.type("1200")
    terminal.press("ctrl+s")
    terminal.until("s to the next attempt")
    terminal.until("attempt 1 of 3 · 503")
    terminal.until("attempt 2 of 3 · 503")
    terminal.until("attempt 3 of 3 · 200 OK")
    assert [path for path in gateway.asked if path == "flaky"] == ["flaky"] * 3
    terminal.until(" · then after 1.2 s")
    go_to(terminal, "/slow")
    terminal.press("ctrl+s")
    terminal.until("under way; ctrl+x stops it")
    terminal.until(lambda: "slow" in gateway.asked)
    terminal.press("ctrl+x")
    terminal.until("– stopped")
    assert gateway.asked.count("slow") == 1


@pytest.mark.landing
def test_a_binary_answer_is_saved_byte_for_byte(tuilio: Open, config: Path, tmp_path: Path) -> None:
    terminal = tuilio("--config", str(config), "--screen", "console", size=(120, 40))
    terminal.until("Host:")
    go_to(terminal, "/picture")
    terminal.press("f7", "f7", "f7", "f7")
    terminal.until("Response type")
    terminal.press("tab", "tab", "tab", "right", "right")
    terminal.until("● binary")
    terminal.press("ctrl+s")
    terminal.until("✓ 200 OK")
    terminal.until("00 01 02 03")
    terminal.type("s")
    terminal.until("Save the body")
    terminal.until("answer.png")
    terminal.press("ctrl+u")
    terminal.type(f"{tmp_path}/got.png\r")
    terminal.until("76,800 bytes written")
    assert hashlib.sha256((tmp_path / "got.png").read_bytes()).digest() == hashlib.sha256(PICTURE).digest()


@pytest.mark.landing
def test_a_curl_command_is_printed_where_a_selection_holds_no_line_ends(tuilio: Open) -> None:
    terminal = tuilio("--sandbox", "--screen", "console", size=(80, 24))
    terminal.until("takes ")
    terminal.press("ctrl+u")
    terminal.type("/" + "long" * 40)
    terminal.until("longlong")
    before = len(terminal.raw)
    terminal.press("f10")
    terminal.until("Copy as…")
    terminal.type("2")
    terminal.until("Print it plainly")
    terminal.type("p")
    terminal.until("(enter goes back)")
    assert terminal.modes[1049] is False
    printed = bytes(terminal.raw[before:])
    assert b"/" + b"long" * 40 + b'?PageSize=20" \\\r\n' in printed
    assert b'-u "$TWILIO_' in printed
    terminal.press("enter")
    terminal.until(lambda: terminal.modes[1049])
    terminal.until("Section")
