"""Write a job's report to a file: asks for the file, reads the items as they are written.

Of a change of messages it is the record of it, as it is kept once the job has ended (`tui.jobs.records`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tui.jobs.model import JobKind
from tui.jobs.records import write_record
from tui.screens.export_dialog import Export, ExportProgress, ask_to_export
from tui.screens.jobs.job_export import WORDS, csv_columns, csv_row, file_name
from tui.storage.records import write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from tui.jobs.model import Job, JobItem
    from tui.screens.base import BaseScreen
    from tui.services.job_report import JobReport


RECORD_WORDS: Final = (
    "What became of each message, by its SID, when, and with which connection: no texts and no numbers. The ending "
    "decides: .csv, or .jsonl with the counts in its first line. Times are UTC."
)
"""What a person is told about the record of a change."""


def export_job(screen: BaseScreen, job: Job, report: JobReport) -> None:
    """Ask for a file, and write what became of each item of a job as it is known by now."""
    if job.new.kind is not JobKind.CAMPAIGN:
        _export_record(screen, job, report)
        return
    progress = ExportProgress(sum(map(len, report.groups.values())))

    def rows() -> Iterator[tuple[object, ...]]:
        for item, outcome in report.each_item():
            progress.count(1)
            yield csv_row(job, item, outcome)

    def write(path: Path, replace: bool) -> str:
        count = write_csv(csv_columns(job), rows(), path, replace=replace)
        return f"{count:,} item{'' if count == 1 else 's'}"

    name = file_name(job, screen.session.clock())
    ask_to_export(screen, Export("Export the report", WORDS, name, write, (".csv",), progress=progress))


def _export_record(screen: BaseScreen, job: Job, report: JobReport) -> None:
    progress, now = ExportProgress(sum(map(len, report.groups.values()))), screen.session.clock()

    def items() -> Iterator[JobItem]:
        return (item for item, _ in report.each_item())

    def write(path: Path, replace: bool) -> str:
        is_csv = path.suffix.lower() == ".csv"
        count = write_record(job, items, path, written_at=now, replace=replace, csv=is_csv, count=progress.count)
        return f"The record of {count:,} message{'' if count == 1 else 's'}"

    name = file_name(job, now)
    endings = (".csv", ".jsonl")
    ask_to_export(screen, Export("Export the record", RECORD_WORDS, name, write, endings, progress=progress))
