"""A row that was damaged where it is kept is a row all the same: named, listed, exported, in nobody's way."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.webhooks.test_event_store import ANSWER, EVENT, count, numbered
from tui.screens.webhooks.detail_text import describe, peek
from tui.screens.webhooks.event_list import draw_event, row_of
from tui.webhooks.event_rows import describe_answer
from tui.webhooks.event_store import Bounds, EventStore, _measure
from tui.webhooks.events import EventKind, Verdict, WebhookEvent
from tui.webhooks.export import to_curl, to_json_line, write_json_lines

NOW = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
CELLS = (
    *("received_at", "kind", "method", "target", "url", "headers", "body", "verdict", "accepted", "diagnosis"),
    *("duplicate_of", "reply_status", "reply_type", "reply_body", "retry_token", "happening", "size"),
    *("forwarded", "forwarded_body"),
)
VALUES: tuple[object, ...] = (
    "",
    "nonsense",
    b"\xff\xfe",
    b"",
    -1,
    7,
    2**62,
    1.5,
    float("inf"),
    "2026-13-01T00:00:00+00:00",
    "2026-03-02T12:00:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "[]",
    "[[1, 2]]",
    '[["a"]]',
    '{"a": 1}',
    '[["\\ud800", "\\udfff"]]',
    "[" * 5000,
    "1" * 5000,
    "\x1b]0;x\x07",
    "VERIFIED",
    '{"url": "http://x", "state": "answered"}',
    describe_answer(ANSWER).replace("200", "20000"),
    describe_answer(ANSWER).replace("0.5", "NaN"),
    describe_answer(ANSWER).replace("answered", "gone"),
    describe_answer(ANSWER).replace("text/xml", "\\ud800"),
    describe_answer(ANSWER).replace('[["Content-Type", "text/xml"]]', '{"a": ["b"]}'),
)


def damage(store: EventStore, cells: list[tuple[str, object]], number: int) -> None:
    database = store._database
    assert database is not None
    for cell, value in cells:
        # A text with broken UTF-8 gets in as any program would let it in.
        cast = "CAST(? AS TEXT)" if isinstance(value, bytes) and not cell.endswith("body") else "?"
        database.execute(f"UPDATE events SET {cell} = {cast} WHERE id = ?", (value, number))


def use(event: WebhookEvent) -> None:
    """All that the program does with an event it has read."""
    row = row_of(event)
    draw_event(row, 120, NOW)
    peek(row, NOW)
    describe(event, NOW)
    to_json_line(event)
    to_curl(event)
    assert event.sid is not None and event.size > 0 and event.message_and_status is not None


@pytest.mark.parametrize("cases", [30, pytest.param(2_000, marks=pytest.mark.long)])
def test_whatever_stands_in_a_cell_no_row_is_lost_and_none_stops_the_others(tmp_path: Path, cases: int) -> None:
    rng = random.Random(cases)
    store = EventStore(None, bounds=Bounds(events=6, rejected_events=6))
    for case in range(cases):
        store.clear()
        numbers = [store.add(numbered(n)).id for n in range(4)]
        cells = [(rng.choice(CELLS), rng.choice(VALUES)) for _ in range(rng.randint(1, 3))]
        with contextlib.suppress(sqlite3.IntegrityError):
            damage(store, cells, numbers[rng.randrange(4)])
        found = store.latest()
        assert [event.id for event in found] == numbers[::-1], (case, cells)
        for event in found:
            use(event)
            assert store.find(event.id) == event
        assert store._database is not None
        # Each belongs to one of the two sorts, so that the bounds hold for it.
        assert [sum(_measure(store._database, sort)[0] for sort in (True, False)), count(store)] == [4, 4]
        assert write_json_lines(tmp_path / "out.jsonl", found, replace=True) == 4
        for n in range(8):
            kept = store.add(numbered(n, accepted=n % 2 == 0))
            assert kept.duplicate_of is None or isinstance(kept.duplicate_of, int)
        assert count(store) <= 12
    store.close()


@pytest.mark.parametrize(
    ("cell", "value", "named"),
    [
        ("received_at", "yesterday", "time"),
        ("received_at", "2026-03-02T12:00:00", "time"),
        ("kind", "fax", "kind"),
        ("headers", "[[", "headers"),
        ("headers", b"\xff", "headers"),
        ("verdict", "fine", "verdict"),
        ("accepted", "perhaps", "whether accepted"),
        ("target", b"/sms\xff", "path"),
        ("body", "text", "body"),
        ("forwarded", "[", "forwarding"),
        ("forwarded", b"\xff", "forwarding"),
        ("forwarded", describe_answer(ANSWER).replace('"answered"', "1"), "forwarding"),
        ("forwarded", describe_answer(ANSWER).replace("0.5", "-1.0"), "forwarding"),
        ("forwarded", describe_answer(ANSWER).replace('"relayed": true', '"relayed": 1'), "forwarding"),
        ("forwarded_body", "text", "forwarding"),
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_is_shown(cell: str, value: object, named: str) -> None:
    store = EventStore(None)
    number = store.add(EVENT).id
    damage(store, [(cell, value)], number)
    event = store.find(number)
    store.close()
    assert event is not None
    assert event.unreadable == (named,)
    assert named in str(describe(event, NOW))
    assert f"unreadable: {named}" in "".join(text for text, _ in draw_event(row_of(event), 120, NOW))
    if named == "forwarding":
        assert event.forwarded is not None
    if cell in {"verdict", "accepted"}:
        # Nothing that was damaged makes an event a believed one.
        assert not event.accepted
    if cell == "verdict":
        assert event.verdict is Verdict.CANNOT_VERIFY
    if cell != "headers":
        assert event.header("Content-Type") == EVENT.header("Content-Type")
    assert event.kind is (EventKind.OTHER if cell == "kind" else EventKind.INBOUND)
