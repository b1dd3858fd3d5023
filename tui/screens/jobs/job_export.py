"""A job's report as it leaves the program: CSV with the columns it was made from, and plain text for a ticket. Pure.

What is written is the original text, not what is shown of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from tui.jobs.model import ItemState, Job, JobItem
from tui.jobs.report import Became, Fate, SentOutcome, mark_of, what_became
from tui.screens.jobs.count_lines import LEFT_OUT_WORDS, look_of_group
from tui.screens.jobs.job_words import begun, kind_word
from tui.storage.records import local_time
from tui.twilio.error_catalogue import explain

OWN_COLUMNS: Final = (
    *("item", "row", "number", "state", "sid", "status", "error_code", "error_meaning", "price", "price_unit", "time"),
    "detail",
)
"""What is added to the columns of the table: `row` is where it stands in there, `number` the recipient as it was sent
to, `state` what became of it."""

WORDS: Final = (
    "A line for each item, those left out too: the columns it was made from as they are, then number, state, SID, "
    "status, error code and its meaning, price, time. Times are local; what a spreadsheet would take for a formula "
    "gets an apostrophe before it."
)
"""What a person is told about the file."""

SAMPLES: Final = 3
"""SIDs of each code that a ticket names: what Twilio's support asks for."""


def csv_columns(job: Job) -> tuple[str, ...]:
    """The titles: those of the table, then ours, which give way where a table has the same."""
    taken = {title.strip().casefold() for title in job.new.columns}
    return (*job.new.columns, *(f"tuilio {title}" if title in taken else title for title in OWN_COLUMNS))


def csv_row(job: Job, item: JobItem, outcome: SentOutcome | None) -> tuple[object, ...]:
    """One item's line."""
    width = len(job.new.columns)
    # A row may be longer than the titles, or shorter.
    cells = (*item.cells[:width], *([""] * (width - len(item.cells))))
    code = item.code if item.code is not None else outcome.code if outcome is not None else None
    known = explain(code) if code is not None else None
    group = what_became(job.new.kind, mark_of(item, job), outcome)
    why = LEFT_OUT_WORDS[group.left_out] if group.left_out else ""
    return (
        *cells,
        *(item.number, item.line),
        item.draft.to if item.draft is not None else "",
        f"left out: {why}" if why else group.fate.value,
        item.sid,
        outcome.status if outcome is not None else "",
        code,
        known.meaning if known is not None else "",
        None if outcome is None or outcome.price is None else format(outcome.price, "f"),
        outcome.price_unit if outcome is not None else "",
        # What was left out from the start happened at no time.
        "" if item.state is ItemState.WAITING else local_time(item.changed_at),
        item.detail,
    )


def ticket(
    job: Job,
    groups: Mapping[Became, Sequence[int]],
    sids: Mapping[Became, Sequence[str]],
    state: str,
    read_at: datetime,
) -> str:
    """The report as plain text, with what Twilio's support asks for; times in UTC, no message's text.

    Args:
        job: whose.
        groups: what became of its items.
        sids: some messages of a group.
        state: the job's, in a word.
        read_at: when all that was read.
    """
    return "\n".join(_ticket(job, groups, sids, state, read_at)) + "\n"


def _ticket(
    job: Job,
    groups: Mapping[Became, Sequence[int]],
    sids: Mapping[Became, Sequence[str]],
    state: str,
    read_at: datetime,
) -> Iterator[str]:
    new = job.new
    yield f"{kind_word(job).capitalize()} “{new.name}”: {state}, {begun(job):,} of {job.counts.total:,}"
    if job.reason:
        yield job.reason
    facts = (
        ("Account", new.account_sid),
        ("From", ", ".join(new.senders)),
        ("Source", new.source),
        ("Begun", _utc(job.started_at)),
        ("Ended", _utc(job.ended_at)),
        ("As of", _utc(read_at)),
    )
    yield from (f"{label:<9} {text}" for label, text in facts if text)
    yield ""
    width = max((len(f"{len(numbers):,}") for numbers in groups.values()), default=1)
    for group, numbers in groups.items():
        _, words, _ = look_of_group(group, job)
        left_out = "left out: " if group.fate is Fate.LEFT_OUT else ""
        yield f"{len(numbers):>{width},}  {left_out}{words}"
        for sid in list(sids.get(group, ()))[:SAMPLES]:
            yield f"{'':>{width}}    {sid}"


def _utc(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def file_name(job: Job, now: datetime) -> str:
    """The file proposed: no foreign text is in it."""
    return f"{kind_word(job)}-{job.id}-{now.astimezone():%Y%m%d-%H%M}.csv"
