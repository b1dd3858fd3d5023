"""The written record of a change of many messages: for those who must prove what was erased, when, and by whom.

Which message (its SID) was redacted, deleted or canceled when, with which connection to which account, and what was not
and why. No texts, no numbers, no names but the connection's: what was erased is not in its own proof. Knows no folder.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tui.jobs.changes import SAID
from tui.jobs.model import ItemState, Job, JobItem, JobKind
from tui.storage.files import open_private
from tui.storage.records import csv_line, json_line
from tui.twilio.error_catalogue import explain

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS: Final = ("sid", "result", "at", "what", "error_code", "error_meaning")
"""Of an item, in both forms; in CSV the columns of `about` stand before them in every row."""

_RESULTS: Final[Mapping[ItemState, str]] = {
    ItemState.DONE: "done",
    ItemState.FAILED: "refused",
    ItemState.UNKNOWN: "unknown",
    ItemState.LEFT_OUT: "left out",
    ItemState.WAITING: "not done",
    ItemState.LEAVING: "unknown",
}
"""What is said of an item in each state."""

_OURS: Final = re.compile(r"(text|message)( and \d+ files?)? (removed|deleted)|canceled|gone already")
"""Words of `services.bulk_changes`. What else an item's details say may be a server's, and repeat what is erased."""


def is_recorded(job: Job) -> bool:
    """Whether a record is made of a job: it changes messages, and it has ended."""
    return job.new.kind is not JobKind.CAMPAIGN and job.state.ended


def file_name(job: Job) -> str:
    """The name of its file, which no other job's has; nothing foreign is in it."""
    return f"{job.created_at.astimezone(UTC):%Y%m%d-%H%M%S}-{job.new.kind.value}-{job.id}.jsonl"


def about(job: Job, written_at: datetime) -> dict[str, object]:
    """What is true of all items: who asked for what, when, where."""
    new = job.new
    return {
        "change": new.kind.value,
        "job": job.id,
        "connection": new.connection,
        "account_sid": new.account_sid,
        "server": new.base,
        "asked_at": _utc(job.created_at),
        "begun_at": _utc(job.started_at),
        "ended_at": _utc(job.ended_at),
        "written_at": _utc(written_at),
    }


def result_of(item: JobItem) -> str:
    """What is said of an item: of one that was begun and waits, that nobody knows; Twilio may have done it."""
    return _RESULTS[ItemState.UNKNOWN if item.state is ItemState.WAITING and item.attempts else item.state]


def write_record(
    job: Job,
    items: Callable[[], Iterable[JobItem]],
    path: Path,
    *,
    written_at: datetime,
    replace: bool,
    csv: bool = False,
    count: Callable[[int], object] = lambda _: None,
) -> int:
    """Write a record for its owner only, whole or not at all; returns how many items it has.

    JSON lines: the first says what is true of all and the counts, each other one is an item. CSV: a row for each item.
    `items` is asked twice where they are counted first; `count` is told of each that is written.

    Raises:
        FileExistsError: it is there already and `replace` is False.
        OSError: it cannot be written.
    """
    written, head = 0, about(job, written_at)
    with open_private(path, replace=replace) as file:
        if csv:
            file.write(csv_line((*head, *COLUMNS)).encode())
        else:
            counts = Counter(map(result_of, items()))
            file.write(f"{json_line({'record': 'tuilio', **head, 'counts': counts})}\n".encode())
        for written, item in enumerate(items(), 1):  # noqa: B007 - counts
            count(1)
            fields = dict[str, object](zip(COLUMNS, _fields(item), strict=True))
            line = csv_line((*head.values(), *fields.values())) if csv else f"{json_line(fields)}\n"
            file.write(line.encode())
    return written


def _fields(item: JobItem) -> Iterator[object]:
    yield item.sid
    yield result_of(item)
    # What was never begun happened at no time.
    begun = item.state is not ItemState.LEFT_OUT and (item.state is not ItemState.WAITING or item.attempts > 0)
    yield _utc(item.changed_at) if begun else None
    yield item.detail if item.detail in SAID.values() or _OURS.fullmatch(item.detail or "") else None
    code = item.code if item.state is not ItemState.DONE else None
    yield code
    explanation = explain(code) if code is not None else None
    yield explanation.meaning if explanation is not None else None


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")
