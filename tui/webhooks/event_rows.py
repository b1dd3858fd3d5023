"""An event out of its row in the store. What is damaged in a row is named, and the rest of it is an event all the same.

SQLite holds any kind of value in any column, and a disk or another program may have changed it. Never raises.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Final, TypeVar, cast

from tui.webhooks.events import EventKind, Pairs, Verdict, WebhookEvent, WebhookReply
from tui.webhooks.parameters import read_parameters, storable

COLUMNS: Final = (
    "id, received_at, kind, method, target, url, headers, body, verdict, accepted, diagnosis, duplicate_of, "
    "reply_status, reply_type, reply_body"
)

UNKNOWN_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for a time that cannot be read."""

_LAST_YEAR: Final = 9990

_Word = TypeVar("_Word", bound=Enum)


def text_or_bytes(data: bytes) -> str | bytes:
    """For SQLite's texts: what is no UTF-8 stays bytes, where `sqlite3` would refuse the whole answer."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data


def read_event(row: Sequence[object]) -> WebhookEvent:
    """The event of a row as `COLUMNS` order it; `unreadable` names what could not be read of it."""
    number, time, kind, method, target, url, headers, body, verdict, accepted, *rest = row
    diagnosis, duplicate_of, reply_status, reply_type, reply_body = rest
    bad: list[str] = []
    pairs = _pairs(headers, bad)
    judged = _word(verdict, Verdict, Verdict.CANNOT_VERIFY, "verdict", bad)
    believed = (
        _whole(accepted, "whether accepted", bad) == 1 and judged is not Verdict.REJECTED and "verdict" not in bad
    )
    where = _text(target, "path", bad)
    content = _bytes(body, "body", bad)
    content_type = next((value for name, value in pairs if name.lower() == "content-type"), "")
    return WebhookEvent(
        id=_whole(number, "number", bad),
        received_at=_time(time, bad),
        kind=_word(kind, EventKind, EventKind.OTHER, "kind", bad),
        method=_text(method, "method", bad),
        target=where,
        url=_text(url, "URL", bad),
        headers=pairs,
        body=content,
        parameters=read_parameters(where, content_type, content, accepted=believed),
        verdict=judged,
        accepted=believed,
        diagnosis=_text(diagnosis, "reason", bad),
        duplicate_of=None if duplicate_of is None else _whole(duplicate_of, "what it repeats", bad),
        reply=WebhookReply(
            _whole(reply_status, "answer", bad), _text(reply_type, "answer", bad), _bytes(reply_body, "answer", bad)
        ),
        unreadable=tuple(dict.fromkeys(bad)),
    )


def _text(value: object, what: str, bad: list[str]) -> str:
    if isinstance(value, str):
        return value
    bad.append(what)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _bytes(value: object, what: str, bad: list[str]) -> bytes:
    if isinstance(value, bytes):
        return value
    bad.append(what)
    return value.encode("utf-8") if isinstance(value, str) else b""


def _whole(value: object, what: str, bad: list[str]) -> int:
    if isinstance(value, int):
        return value
    bad.append(what)
    return 0


def _time(value: object, bad: list[str]) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else UNKNOWN_TIME
        # Where a zone is added, the first and the last years run out of the calendar.
        if moment.tzinfo is not None and UNKNOWN_TIME.year < moment.year < _LAST_YEAR:
            return moment
    except ValueError:
        pass
    bad.append("time")
    return UNKNOWN_TIME


def _word(value: object, words: type[_Word], otherwise: _Word, what: str, bad: list[str]) -> _Word:
    found = next((word for word in words if word.value == value), None)
    if found is None:
        bad.append(what)
    return found or otherwise


def _pairs(value: object, bad: list[str]) -> Pairs:
    found: list[tuple[str, str]] = []
    try:
        read: object = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        read = None
    for pair in cast("list[object]", read) if isinstance(read, list) else [None]:
        match pair:
            case [str(name), str(text)]:
                found.append((storable(name), storable(text)))
            case _:
                bad.append("headers")
    return tuple(found)
