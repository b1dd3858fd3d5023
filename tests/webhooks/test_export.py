"""Events as JSON lines, and as a command that a shell really runs."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui.webhooks.events import EventKind, Verdict, WebhookEvent, WebhookReply
from tui.webhooks.export import to_curl, to_json_line, write_json_lines

EVENT = WebhookEvent(
    id=7,
    received_at=datetime(2026, 3, 2, 12, 0, tzinfo=UTC),
    kind=EventKind.INBOUND,
    method="POST",
    target="/sms?a=%2f&b=[1]",
    url="https://h.example/sms?a=%2f&b=[1]",
    headers=(
        ("Host", "h.example"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("X-Twilio-Signature", "abc="),
        ("X-Blank", ""),
        ("Authorization", "Basic c2VjcmV0"),
        ("Content-Length", "24"),
    ),
    body=b"Body=it%27s+%22ok%22&a='",
    parameters=(("Body", 'it\'s "ok"'), ("a", "'")),
    verdict=Verdict.VERIFIED,
    accepted=True,
    reply=WebhookReply(204),
)


def test_a_line_of_json_holds_everything_but_credentials() -> None:
    line = to_json_line(EVENT)
    record = json.loads(line)
    assert record["parameters"] == [list(pair) for pair in EVENT.parameters]
    assert record["body"] == EVENT.body.decode()
    assert "c2VjcmV0" not in line
    assert ["X-Twilio-Signature", "abc="] in record["headers"]


def test_hostile_text_stays_on_its_line_and_bytes_survive() -> None:
    line = to_json_line(replace(EVENT, body=b"\xff\x00", diagnosis="a\u2028b\x1b]0;x\x07\n"))
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["body_base64"] == "/wA="


def test_a_file_is_written_whole_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    assert write_json_lines(path, [EVENT, EVENT], replace=False) == 2
    assert len(path.read_text().splitlines()) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_json_lines(path, [], replace=False)
    assert len(path.read_text().splitlines()) == 2
    assert write_json_lines(path, [EVENT], replace=True) == 1
    assert len(path.read_text().splitlines()) == 1
    with pytest.raises(FileNotFoundError):
        write_json_lines(tmp_path / "no" / "where.jsonl", [EVENT], replace=False)


def test_curl_gets_words_and_never_credentials() -> None:
    command = to_curl(EVENT)
    assert "--data-raw" in command
    assert "'X-Blank;'" in command
    assert "c2VjcmV0" not in command
    assert command.endswith("'https://h.example/sms?a=%2f&b=[1]'")


@settings(max_examples=25)
@given(st.binary(max_size=60), st.text(st.characters(codec="ascii"), max_size=20))
@example(b"@/etc/passwd", "$(id) `id` ' \" \\")
@example(b"%s\\n\x00\xff", "!")
@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
def test_a_shell_hands_curl_exactly_the_bytes(body: bytes, value: str) -> None:
    event = replace(EVENT, body=body, headers=(("X-A", value),))
    # A stand-in for curl that shows its arguments, then what it reads.
    script = f"curl() {{ printf '%s\\0' \"$@\"; case \" $* \" in *' @- '*) cat;; esac; }}\n{to_curl(event)}"
    said = subprocess.run(["sh", "-c", script], check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout
    words = said.split(b"\0")
    if body and b"--data-raw" in words:
        assert words[words.index(b"--data-raw") + 1] == body
    elif body:
        assert said.endswith(b"\0" + body)
    if value.isprintable() and value.strip():
        assert f"X-A: {value}".encode() in words
