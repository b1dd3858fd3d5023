"""Exported records as JSON lines and CSV in valid UTF-8, as strict readers take them. Must not know what they hold.

JSON keeps every character that UTF-8 can; CSV differs in what a spreadsheet would take for a formula, see `guard`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Final

from tui.storage.files import open_private

_HALVES: Final = re.compile("[\ud800-\udfff]")
_UNSEEN: Final = re.compile("[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
"""Line ends of other alphabets, which split a line for some readers, and what acts on a terminal or is invisible."""

_NEEDS_QUOTES: Final = re.compile(rf"[\",;\0-\x1f]|^\s|\s$|{_UNSEEN.pattern}")

_ORDINARY: Final = re.compile(r"(?:[0-9A-Za-z](?:[ -!#-+\--:<-~]*[!#-+\--:<-~])?)?")
"""Visible ASCII that begins with a letter or a digit and needs no quotes: it is written as it is."""

_BEYOND_ASCII: Final = re.compile("[^\x00-\x7e]")

_FORMULA: Final = re.compile(rf"(?:\s|'|{_UNSEEN.pattern})*[=+\-@\t\r＝＋－＠]")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def json_line(record: Mapping[str, object], *, ascii_only: bool = False) -> str:
    """One object as one line, without the line's end; with `ascii_only` every other character as its number.

    Halves of surrogate pairs become U+FFFD; numbers that JSON has no form for become texts ("NaN").
    """
    return _as_json(record, _BEYOND_ASCII if ascii_only else _UNSEEN)


def csv_line(values: Iterable[object]) -> str:
    """A row of a CSV file (RFC 4180), with its end; quoted is whatever a reader might take for the end of something.

    None is an empty cell. What is no text is written as JSON has it.
    """
    return ",".join(map(_written, values)) + "\r\n"


def write_csv(columns: Iterable[object], rows: Iterable[Iterable[object]], path: Path, *, replace: bool) -> int:
    """Write a CSV file for its owner only, whole or not at all; returns how many rows it has below the columns' names.

    Raises:
        FileExistsError: it is there already and `replace` is False.
        OSError: it cannot be written.
    """
    count = 0
    with open_private(path, replace=replace) as file:
        file.write(csv_line(columns).encode())
        for count, row in enumerate(rows, start=1):  # noqa: B007 - counts
            file.write(csv_line(row).encode())
    return count


def local_time(moment: datetime | None, zone: tzinfo | None = None) -> str:
    """As `2026-11-27T21:02:39+01:00`, in this machine's zone when None; empty where there is no time."""
    if moment is None:
        return ""
    # The first and the last day that there is have no place in another zone.
    with suppress(OverflowError, OSError, ValueError):
        moment = moment.astimezone(zone)
    return moment.isoformat(timespec="seconds")


def guard(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe is put before what begins like one.

    Plain numbers stay as they are, telephone numbers and prices among them: they compute nothing. The way back: an
    apostrophe that guards what is behind it is left out. https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def whole(text: str) -> str:
    """The text with U+FFFD for each half of a surrogate pair, which UTF-8 has no form for."""
    return text if text.isascii() else _HALVES.sub("\ufffd", text)


def _as_json(value: object, numbered: re.Pattern[str]) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(json.loads(json.dumps(value), parse_constant=str), ensure_ascii=False)
    return numbered.sub(_numbered, whole(text))


def _numbered(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1] if found[0] != "\x7f" else "\\u007f"


def _written(value: object) -> str:
    if isinstance(value, str) and _ORDINARY.fullmatch(value):
        # Nearly every cell of a long export: looking closer would take most of its time.
        return value
    return _quoted(guard(_cell(value)))


def _quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"' if _NEEDS_QUOTES.search(cell) else cell


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else _as_json(value, _UNSEEN)
    # Many readers end at a NUL, some refuse the whole file.
    return whole(text).replace("\0", "\u2400")
