"""Write a job's report to a file: asks for the file, reads the items as they are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui.screens.export_dialog import Export, ExportProgress, ask_to_export
from tui.screens.jobs.job_export import WORDS, csv_columns, csv_row, file_name
from tui.storage.records import write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from tui.jobs.model import Job
    from tui.screens.base import BaseScreen
    from tui.services.job_report import JobReport


def export_job(screen: BaseScreen, job: Job, report: JobReport) -> None:
    """Ask for a file, and write what became of each item of a job as it is known by now."""
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
