"""A webhook event as a row of its table, both ways.

SQLite holds any kind of value in any column, and a disk or another program may have changed it: of a damaged row the
bad cells are named, and the rest is an event all the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Final, TypeVar, cast

from tui.twilio.signature import without_user
from tui.webhooks.events import (
    EventKind,
    Forwarded,
    ForwardState,
    Pairs,
    Verdict,
    WebhookEvent,
    WebhookReply,
)
from tui.webhooks.parameters import read_parameters, storable

UNKNOWN_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for a time that cannot be read."""

COLUMNS: Final = (
    "received_at, kind, method, target, url, headers, body, verdict, accepted, diagnosis, duplicate_of, "
    "reply_status, reply_type, reply_body, forwarded, forwarded_body"
)
"""What is read of a row, after its id; and what is written, with what events are found by."""

_LAST_YEAR: Final = 9990
_LONGEST_FORWARD: Final = 86400.0
_FORWARDING: Final = "forwarding"

_Word = TypeVar("_Word", bound=Enum)


def event_cells(event: WebhookEvent, first: int | None) -> tuple[object, ...]:
    """The values of `COLUMNS` and those that events are found by; `first` is the id of the one it repeats."""
    return (
        event.received_at.isoformat(),
        event.kind.value,
        storable(event.method),
        storable(event.target),
        storable(event.url),
        storable(json.dumps(event.headers)),
        event.body,
        event.verdict.value,
        event.accepted,
        storable(event.diagnosis),
        first,
        *answer_cells(event),
        storable(event.retry_token),
        storable(event.message_and_status),
        event.size,
    )


def answer_cells(event: WebhookEvent) -> tuple[object, ...]:
    """Of the values of a row those that may change: the reply, and what came of forwarding."""
    reply, answer = event.reply, event.forwarded
    return (
        reply.status,
        storable(reply.content_type),
        reply.body,
        "" if answer is None else describe_answer(answer),
        b"" if answer is None else answer.body,
    )


def describe_answer(answer: Forwarded) -> str:
    """All of an answer but its body, as JSON."""
    told = {
        "url": answer.url,
        "state": answer.state.value,
        "status": answer.status,
        "seconds": float(answer.seconds),
        "problem": answer.problem,
        "relayed": answer.relayed,
        "by_hand": answer.by_hand,
        "resigned": answer.resigned,
        "headers": answer.headers,
    }
    return json.dumps(told)


def text_or_bytes(data: bytes) -> str | bytes:
    """SQLite's `text_factory`: what is no UTF-8 stays bytes, where `sqlite3` would refuse the whole answer."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data


def read_event(row: Sequence[object]) -> WebhookEvent:
    """The event of a row: its id and `COLUMNS`. `unreadable` names the cells that could not be read. Never raises."""
    number, time, kind, method, target, url, headers, body, verdict, accepted, *rest = row
    diagnosis, duplicate_of, reply_status, reply_type, reply_body, forwarded, forwarded_body = rest
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
        # Up to 0.1 the one of the public URL stood there with user and password.
        url=without_user(_text(url, "URL", bad)),
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
        forwarded=_forwarded(forwarded, forwarded_body, bad),
        unreadable=tuple(dict.fromkeys(bad)),
    )


def _forwarded(value: object, body: object, bad: list[str]) -> Forwarded | None:
    """What came of forwarding, from its two cells: whole, or unreadable."""
    wrong: list[str] = []
    content = _bytes(body, _FORWARDING, wrong)
    try:
        read: object = json.loads(value) if isinstance(value, str) and value else None
    except (ValueError, RecursionError):
        read = None
    match cast("object", read):
        case {
            "url": str(url),
            "state": str(state),
            "status": int(status),
            "seconds": float(seconds),
            "problem": str(problem),
            "relayed": bool(relayed),
            "by_hand": bool(by_hand),
            "resigned": bool(resigned),
            "headers": object() as headers,
        } if 0 <= status < 1000 and 0 <= seconds < _LONGEST_FORWARD:
            found = Forwarded(
                storable(url),
                _word(state, ForwardState, ForwardState.NO_ANSWER, _FORWARDING, wrong),
                status,
                seconds,
                storable(problem),
                relayed=relayed,
                by_hand=by_hand,
                resigned=resigned,
                headers=_pairs(json.dumps(headers), wrong) if headers else (),
                body=content,
            )
        case _ if value == "" and not wrong:
            return None
        case _:
            wrong.append(_FORWARDING)
            found = Forwarded("", ForwardState.NO_ANSWER, problem="What came of it cannot be read.", body=content)
    bad += [_FORWARDING for _ in wrong]
    return found


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
