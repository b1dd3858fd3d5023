"""The outbox as CSV: what is listed, sends and jobs, a line each, as the originals have it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from tui.screens.jobs.job_words import job_look, say_progress
from tui.storage.journal_entry import JournalEntry
from tui.storage.records import local_time
from tui.twilio.error_catalogue import explain

if TYPE_CHECKING:
    from tui.services.jobs import JobView

COLUMNS: Final = (
    *("kind", "time", "state", "status", "to", "contact_name", "from", "sid", "error_code", "error_meaning"),
    *("connection", "by_hand", "planned_for", "text", "media", "detail"),
)

WORDS: Final = (
    "A line for each that is listed; a job is one line, and its own screen writes what became of its items. Times are "
    "local; what a spreadsheet would take for a formula gets an apostrophe before it."
)
"""What a person is told about the file."""


def csv_rows(
    lines: Iterable[JournalEntry | JobView],
    *,
    status: Callable[[JournalEntry], str],
    name_of: Callable[[str], str],
) -> Iterator[tuple[object, ...]]:
    """The rows of the file.

    Args:
        lines: as they are listed.
        status: the newest known status of an entry's message.
        name_of: the person's own name for an address, as it was typed; "" for none.
    """
    for line in lines:
        yield _send(line, status(line), name_of) if isinstance(line, JournalEntry) else _job(line)


def _send(entry: JournalEntry, status: str, name_of: Callable[[str], str]) -> tuple[object, ...]:
    known = explain(entry.code) if entry.code is not None else None
    return (
        "send",
        "" if "time" in entry.damaged else local_time(entry.started_at),
        entry.state.value,
        status,
        entry.to,
        name_of(entry.to),
        entry.sender,
        entry.sid,
        entry.code,
        known.meaning if known else "",
        entry.connection,
        "yes" if entry.by_hand else "",
        local_time(entry.send_at),
        entry.text,
        " ".join(entry.media),
        entry.detail,
    )


def _job(view: JobView) -> tuple[object, ...]:
    job, new = view.job, view.job.new
    return (
        *(new.kind.value, local_time(job.started_at or job.created_at), job_look(view).word, "", "", ""),
        *(" ".join(new.senders), "", "", "", new.connection, "", "", new.name, "", f"{say_progress(job)} {job.reason}"),
    )
