"""The records of changes of many messages, kept in a folder once their jobs have ended. Blocking: to be called in a
thread. A job goes after a while, its record stays until a person removes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from tui.jobs.model import ItemState
from tui.jobs.records import file_name, is_recorded, write_record
from tui.storage.errors import JobGone, StorageError
from tui.storage.files import make_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tui.jobs.model import Job, JobItem
    from tui.jobs.store import JobStore

_AT_ONCE: Final = 500


class RecordUnwritten(StorageError):
    """A record could not be written."""


def keep_record(store: JobStore, folder: Path, id: int, keeps: Callable[[str], bool]) -> Path | None:
    """Write the record of a job; None where there is none to write, or it is there already.

    Args:
        store: has the job.
        folder: of the records; it is made.
        id: the job.
        keeps: whether something of a connection, by its name, may be kept here.

    Raises:
        StorageError: the job cannot be read, or the record not be written.
    """
    try:
        job = store.job(id)
    except JobGone:
        return None
    return _keep(store, folder, job) if is_recorded(job) and keeps(job.new.connection) else None


def keep_missing(store: JobStore, folder: Path, account_sid: str, base: str, keeps: Callable[[str], bool]) -> None:
    """Write the records of an account's jobs that ended when the program did. As `keep_record`."""
    for job in store.jobs(account_sid, base):
        if is_recorded(job) and keeps(job.new.connection):
            _keep(store, folder, job)


def items_of(store: JobStore, id: int) -> Iterator[JobItem]:
    """All items of a job in their order, some hundreds in memory at a time."""
    after = 0
    while found := store.items(id, after=after, limit=_AT_ONCE):
        yield from found
        after = found[-1].number


def _keep(store: JobStore, folder: Path, job: Job) -> Path | None:
    path = folder / file_name(job)
    try:
        # What is under way, perhaps in another window, ends first: its end writes the record, or the next start.
        if path.exists() or job.counts.states.get(ItemState.LEAVING):
            return None
        make_folder(folder)
        write_record(job, partial(items_of, store, job.id), path, written_at=store.now(), replace=False)
    except FileExistsError:
        # Another window was here first.
        return None
    except OSError as problem:
        raise RecordUnwritten(
            f"The record of what was changed could not be written: {problem.strerror or problem}.",
            f"Make room in {folder}; it is written at the next start.",
        ) from None
    return path
