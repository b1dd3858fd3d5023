"""What is listed, written to a file: CSV or JSON lines, by the file's ending. The original text, not the shown one."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

from tui.storage.private import write_private
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


def render(messages: Sequence[Message], path: Path) -> bytes:
    """The file's content, UTF-8: one JSON object a line for `.jsonl` and `.json`, CSV otherwise."""
    if path.suffix.lower() in JSON_ENDINGS:
        lines = (json.dumps(dict(message.raw), ensure_ascii=False) for message in messages)
        return "".join(line + "\n" for line in lines).encode("utf-8", "surrogatepass")
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for message in messages:
        raw = message.raw
        table.writerow([_cell(raw.get(name)) for name in COLUMNS])
    return out.getvalue().encode("utf-8", "surrogatepass")


def write(messages: Sequence[Message], path: Path, *, replace: bool) -> None:
    """Write the file, for its owner only.

    Raises:
        FileExistsError: it is there already and `replace` is False.
        OSError: it cannot be written.
    """
    # Other people's texts: for nobody else's eyes.
    write_private(path, render(messages, path), replace=replace)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value)
