"""A job and an item of one, read from and written to a row. Reading never fails: what is damaged is named.

Must not know the database.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from math import isfinite
from typing import Final, cast
from zlib import crc32

from tui.jobs.model import (
    HaltRules,
    ItemState,
    Job,
    JobCounts,
    JobItem,
    JobKind,
    JobState,
    LeftOut,
    NewJob,
    Pacing,
)
from tui.storage.document import as_table
from tui.storage.journal_entry import read_template
from tui.storage.row_reader import UNREADABLE_TIME, Cell, RowReader
from tui.twilio.drafts import Draft

JOB_COLUMNS: Final = (
    "id, kind, name, connection, account_sid, base, source, columns, senders, pacing, halts, state, reason, journal, "
    "created_at, started_at, ended_at"
)
ITEM_COLUMNS: Final = (
    "job, number, line, state, draft, sid, template, cells, left_out, code, detail, entry, attempts, not_before, "
    "changed_at, withdrawn, checksum"
)

MOST_AT_ONCE: Final = 64
"""Requests that any pace may have under way at a time."""

_NO_DRAFT: Final = Draft("", "")
_TEXTS: Final = ("to", "from_", "body", "status_callback", "content_sid", "content_variables")
_FLAGS: Final = ("smart_encoded", "shorten_urls", "send_as_mms")


def read_job(row: tuple[Cell, ...], counts: JobCounts) -> Job:
    """The job in a row whose columns are JOB_COLUMNS. Where its state cannot be read it is HALTED."""
    number, kind, name, connection, account_sid, base, source, columns, senders, pacing, halts = row[:11]
    state, reason, journal, created, started, ended = row[11:]
    reader = RowReader()
    return Job(
        id=number if isinstance(number, int) else 0,
        new=NewJob(
            kind=reader.choice("kind", kind, JobKind, JobKind.CAMPAIGN),
            name=reader.text("name", name),
            connection=reader.text("connection", connection),
            account_sid=reader.account(account_sid),
            base=reader.text("base URL", base),
            source=reader.text("source", source),
            columns=reader.texts("columns", columns),
            senders=reader.texts("senders", senders),
            pacing=_read_pacing(reader, pacing),
            halts=_read_halts(reader, halts),
        ),
        state=reader.choice("state", state, JobState, JobState.HALTED),
        counts=counts,
        created_at=reader.time("time", created) or UNREADABLE_TIME,
        started_at=None if started is None else reader.time("time of its start", started),
        ended_at=None if ended is None else reader.time("time of its end", ended),
        reason=reader.text("reason", reason),
        journal=reader.text("journal", journal),
        damaged=tuple(dict.fromkeys(reader.damaged)),
    )


def read_item(row: tuple[Cell, ...]) -> JobItem:
    """The item in a row whose columns are ITEM_COLUMNS.

    Where its state cannot be read it is UNKNOWN, and 0 stands for a number that cannot be read.
    """
    job, number, line, state, draft, sid, template, cells, left_out, code, detail, entry, attempts = row[:13]
    not_before, changed, withdrawn, kept_sum = row[13:]
    reader = RowReader()
    present = reader.choice("state", state, ItemState, ItemState.UNKNOWN)
    why = None
    if present is ItemState.LEFT_OUT or left_out is not None:
        why = reader.choice("reason", left_out, LeftOut, LeftOut.NOT_SUITABLE)
    content = _read_draft(reader, draft)
    if kept_sum != checksum(job, number, draft, template, sid):
        reader.damaged.append("text")
    return JobItem(
        job=job if isinstance(job, int) else 0,
        number=reader.number("number", number) or 0,
        line=reader.number("line", line) or 0,
        state=present,
        draft=content,
        sid=None if sid is None else reader.text("SID", sid) or None,
        template=read_template(reader, template),
        cells=reader.texts("cells", cells),
        left_out=why,
        code=reader.number("code", code),
        detail=None if detail is None else reader.text("detail", detail),
        entry=reader.number("entry", entry),
        attempts=reader.number("attempts", attempts) or 0,
        not_before=None if not_before is None else reader.time("time of the next attempt", not_before),
        changed_at=reader.time("time", changed),
        withdrawn=bool(reader.number("withdrawn", withdrawn)),
        damaged=tuple(dict.fromkeys(reader.damaged)),
    )


def checksum(job: Cell, number: Cell, draft: Cell, template: Cell, sid: Cell) -> int:
    """The sum over what is frozen of an item, from its cells: what was shown is what is sent, or nothing is.

    The SID of a message that was sent is no part of it: that comes later.
    """
    return crc32(repr((job, number, draft, template, "" if draft else sid)).encode())


def write_draft(draft: Draft | None) -> str:
    """A draft as one cell of text, in JSON: what it says beyond an empty one; empty for none."""
    if draft is None:
        return ""
    said = {each.name: getattr(draft, each.name) for each in fields(draft)}
    changed = {name: value for name, value in said.items() if value != getattr(_NO_DRAFT, name)}
    return json.dumps(changed, default=datetime.isoformat)


def _read_draft(reader: RowReader, cell: Cell) -> Draft | None:
    if cell == "":
        return None
    table = as_table(reader.json("text", cell))
    if table is None or not all(_fits(name, value) for name, value in table.items()):
        reader.damaged.append("text")
        return None
    values = dict(table)
    if "send_at" in values:
        values["send_at"] = reader.time("time of sending", cast("str", values["send_at"]))
        if values["send_at"] is None:
            return None
    if "media_urls" in values:
        values["media_urls"] = tuple(cast("list[str]", values["media_urls"]))
    return Draft(**{"to": "", "from_": "", **values})  # pyright: ignore[reportArgumentType]


def _fits(name: str, value: object) -> bool:
    if name in _TEXTS or name == "send_at":
        return isinstance(value, str)
    if name in _FLAGS:
        return isinstance(value, bool)
    if name == "media_urls":
        return isinstance(value, list) and all(isinstance(each, str) for each in cast("list[object]", value))
    return name == "validity_period" and isinstance(value, int) and not isinstance(value, bool)


def _read_pacing(reader: RowReader, cell: Cell) -> Pacing:
    match reader.json("pace", cell):
        case [None, int() as at_once] if 1 <= at_once <= MOST_AT_ONCE:
            return Pacing(None, at_once)
        case [int() | float() as pace, int() as at_once] if (
            isfinite(pace) and pace > 0 and 1 <= at_once <= MOST_AT_ONCE
        ):
            return Pacing(float(pace), at_once)
        case _:
            reader.damaged.append("pace")
            return Pacing()


def _read_halts(reader: RowReader, cell: Cell) -> HaltRules:
    match reader.json("rules for halting", cell):
        case [int() as alike, int() | float() as filtered] if alike >= 1 and isfinite(filtered) and filtered >= 0:
            return HaltRules(alike, float(filtered))
        case _:
            reader.damaged.append("rules for halting")
            return HaltRules()
