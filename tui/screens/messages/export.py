"""Messages written to a file: CSV or JSON lines, by the file's ending. The original text, not the shown one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Final

from tui.storage.files import open_private
from tui.storage.records import csv_line, json_line, local_time
from tui.twilio.error_catalogue import explain
from tui.twilio.messages import Message

COLUMNS: Final = (
    "sid",
    "date_created",
    "date_sent",
    "direction",
    "from",
    "to",
    "own_name",
    "status",
    "error_code",
    "error_meaning",
    "num_segments",
    "num_media",
    "price",
    "price_unit",
    "messaging_service_sid",
    "body",
    "contact_name",
)
"""Of CSV. `own_name` is what the account calls its own number or messaging service, `error_meaning` what the code means
in words, `contact_name` a person's own name for the other side, which JSON has as well; all else is called as in
Twilio's resource."""

JSON_ENDINGS: Final = (".jsonl", ".json", ".ndjson")
ENDINGS: Final = (".csv", *JSON_ENDINGS)
"""What a file's name may end in; it decides the form."""


FORMS: Final = (
    "The ending decides: .csv, or .jsonl for each message as Twilio has it, one a line; your name for the other side "
    "comes last in both. In CSV times are local with their offset from UTC, and what a spreadsheet would take for a "
    "formula gets an apostrophe before it."
)
"""What a person is told about both."""


def write(
    messages: Iterable[Message],
    path: Path,
    *,
    replace: bool,
    names: Mapping[str, str] | None = None,
    name_of: Callable[[str], str] = lambda _: "",
    zone: tzinfo | None = None,
) -> int:
    """Write messages one by one, for the file's owner only, whole or not at all; returns how many.

    Args:
        messages: taken one at a time. What it raises ends the writing, and what was there before stays.
        path: its ending decides the form.
        replace: whether a file that is there may be replaced.
        names: the account's own numbers and services → what it calls them.
        name_of: the person's own name for an address, as it was typed; "" for none.
        zone: of the times in CSV; this machine's when None.

    Raises:
        FileExistsError: it is there already and `replace` is False.
        OSError: it cannot be written.
    """
    count = 0
    # Other people's texts: for nobody else's eyes.
    with open_private(path, replace=replace) as file:
        is_json = path.suffix.lower() in JSON_ENDINGS
        form = _json_form(name_of) if is_json else _csv_form(names or {}, name_of, zone)
        if not is_json:
            file.write(csv_line(COLUMNS).encode())
        for count, message in enumerate(messages, start=1):  # noqa: B007 - counts
            file.write(form(message).encode())
    return count


def _json_form(name_of: Callable[[str], str]) -> Callable[[Message], str]:
    def line(message: Message) -> str:
        name = name_of(message.other_party)
        return f"{json_line({**message.raw, 'contact_name': name} if name else message.raw)}\n"

    return line


def _csv_form(names: Mapping[str, str], name_of: Callable[[str], str], zone: tzinfo | None) -> Callable[[Message], str]:
    def line(message: Message) -> str:
        code = message.error_code
        return csv_line(
            (
                message.sid,
                local_time(message.date_created, zone),
                local_time(message.date_sent, zone),
                message.direction,
                message.from_,
                message.to,
                names.get(message.own_party) or names.get(message.messaging_service_sid),
                message.status,
                code,
                message.error_message if (explained := explain(code)) is None else explained.meaning,
                message.num_segments,
                message.num_media,
                None if message.price is None else format(message.price, "f"),
                message.price_unit,
                message.messaging_service_sid,
                message.body,
                name_of(message.other_party),
            )
        )

    return line
