"""What is listed, written to a file: CSV or JSON lines, by the file's ending. The original text, not the shown one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from tui.storage.files import write_private
from tui.storage.records import csv_table, json_lines
from tui.twilio.messages import Message

COLUMNS = (
    "sid",
    "date_created",
    "date_sent",
    "direction",
    "from",
    "to",
    "status",
    "error_code",
    "num_segments",
    "num_media",
    "price",
    "price_unit",
    "messaging_service_sid",
    "body",
)


JSON_ENDINGS = (".jsonl", ".json", ".ndjson")
ENDINGS = (".csv", *JSON_ENDINGS)
"""What a file's name may end in; it decides the form."""

FORMS = (
    "The ending decides: .csv, or .jsonl for one JSON object a line. In CSV times are UTC, and what a "
    "spreadsheet would take for a formula gets an apostrophe before it."
)
"""What a person is told about both."""


def render(messages: Sequence[Message], path: Path) -> bytes:
    """The file's content: one JSON object a line for the endings of JSON, CSV otherwise; see `storage.records`.

    Each is Twilio's own resource, with the status and the error code that the list shows: a webhook may know better.
    """
    if path.suffix.lower() in JSON_ENDINGS:
        return json_lines(_resource(message) for message in messages)
    return csv_table(COLUMNS, (_row(message) for message in messages))


def write(messages: Sequence[Message], path: Path, *, replace: bool) -> None:
    """Write the file, for its owner only, whole or not at all.

    Raises:
        FileExistsError: it is there already and `replace` is False.
        OSError: it cannot be written.
    """
    # Other people's texts: for nobody else's eyes.
    write_private(path, render(messages, path), replace=replace)


def _resource(message: Message) -> Mapping[str, object]:
    raw = message.raw or {
        # Too deep to be kept: what was read of it.
        "sid": message.sid,
        "direction": message.direction,
        "from": message.from_,
        "to": message.to,
        "body": message.body,
    }
    news = {"status": message.status} if message.status and raw.get("status") != message.status else {}
    if message.error_code is not None and str(raw.get("error_code")) != str(message.error_code):
        return {**raw, **news, "error_code": message.error_code}
    return {**raw, **news} if news else raw


def _row(message: Message) -> Sequence[object]:
    resource = _resource(message)
    times = {"date_created": _iso(message.date_created), "date_sent": _iso(message.date_sent)}
    return [times.get(name) or resource.get(name) for name in COLUMNS]


def _iso(moment: datetime | None) -> str:
    """As `2026-11-27T20:02:39+00:00`; empty where there is none, or it could not be read."""
    return moment.isoformat(timespec="seconds") if moment else ""
