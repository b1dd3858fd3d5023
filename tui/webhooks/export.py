"""Export events as JSON lines, and as a curl command that sends the same request. Texts are the originals.

Credentials in headers (a webhook URL may carry a user and password, which Twilio sends there) are left out of both.
"""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tui.http_server.http_messages import CONNECTION_HEADERS, FRAMING_HEADERS
from tui.storage.files import write_private
from tui.storage.records import json_line
from tui.webhooks.events import WebhookEvent

SECRET_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_LEFT_OUT: Final = SECRET_HEADERS | FRAMING_HEADERS | CONNECTION_HEADERS


def to_json_line(event: WebhookEvent) -> str:
    """One event as one line of JSON (without the line's end). A body that is no UTF-8 comes as `body_base64`."""
    record: dict[str, object] = {
        "id": event.id,
        "received_at": event.received_at.isoformat(),
        "kind": event.kind.value,
        "verdict": event.verdict.value,
        "accepted": event.accepted,
        "diagnosis": event.diagnosis,
        "duplicate_of": event.duplicate_of,
        "method": event.method,
        "target": event.target,
        "url": event.url,
        "headers": [[k, v] for k, v in event.headers if k.lower() not in SECRET_HEADERS],
        "parameters": [[k, v] for k, v in event.parameters],
        "answer": {"status": event.reply.status, "content_type": event.reply.content_type},
        **_body("body", event.body),
    }
    if (forwarded := event.forwarded) is not None:
        record["forwarded"] = {
            "url": forwarded.url,
            "state": forwarded.state.value,
            "status": forwarded.status,
            "seconds": round(forwarded.seconds, 6),
            "problem": forwarded.problem,
            "relayed": forwarded.relayed,
            "by_hand": forwarded.by_hand,
            "signed_anew": forwarded.resigned,
            "headers": [[k, v] for k, v in forwarded.headers if k.lower() not in SECRET_HEADERS],
            **_body("body", forwarded.body),
        }
    # ASCII, so that no terminal is controlled by it.
    return json_line(record, ascii_only=True)


def _body(name: str, body: bytes) -> dict[str, str]:
    try:
        return {name: body.decode("utf-8")}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(body).decode("ascii")}


def write_json_lines(path: Path, events: Iterable[WebhookEvent], *, replace: bool) -> int:
    """Write events to a file, for its owner only, whole or not at all; returns how many.

    Raises:
        FileExistsError: it is there already and `replace` is False.
        OSError: it cannot be written.
    """
    lines = [to_json_line(event) for event in events]
    write_private(path, "".join(f"{line}\n" for line in lines).encode("ascii"), replace=replace)
    return len(lines)


def to_curl(event: WebhookEvent) -> str:
    """A POSIX shell command that sends the same request to the URL it was verified for."""
    words = ["curl", "--globoff", "--path-as-is", "-X", shlex.quote(event.method)]
    for name, value in event.headers:
        if name.lower() in _LEFT_OUT or not value.isprintable():
            continue
        # curl drops a header whose value is blank, unless it ends in a semicolon.
        words += ["-H", shlex.quote(f"{name}: {value}" if value.strip() else f"{name};")]
    before = ""
    if event.body:
        text = _plain(event.body)
        if text is None:
            before = f"printf '%b' '{_octal(event.body)}' | "
            words += ["--data-binary", "@-"]
        else:
            words += ["--data-raw", shlex.quote(text)]
    words.append(shlex.quote(event.url))
    return before + " ".join(words)


def _plain(body: bytes) -> str | None:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() else None


def _octal(body: bytes) -> str:
    return "".join(f"\\0{byte:03o}" for byte in body)
