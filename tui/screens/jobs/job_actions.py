"""What can be done with a job, or one of its items, beside going on and pausing: each asks, opens or writes something.

Knows the screen as one that asks; not what it shows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.jobs.report import Fate
from tui.safe_text import safe_text
from tui.screens.base import BaseScreen, OpenSend
from tui.screens.jobs.job_words import job_look, job_name
from tui.storage.errors import StorageError
from tui.widgets.copying import offer_copies
from tui.widgets.dialogs import Confirm

if TYPE_CHECKING:
    from tui.jobs.model import Job, JobItem
    from tui.services.account import Account
    from tui.services.job_report import JobReport


class JobActions:
    """What can be done with one job.

    Args:
        screen: asks, and shows what is opened.
        account: whose job it is.
        report: what became of its items.
    """

    def __init__(self, screen: BaseScreen, account: Account, report: JobReport) -> None:
        self._screen, self._account, self._report = screen, account, report

    def stop(self, job: Job, do: Callable[[], object]) -> None:
        """Give up what is waiting, once that was agreed to."""

        def answered(yes: bool | None) -> None:
            if yes:
                do()

        left = job.counts.open
        words = (
            f"{left:,} of “{job_name(job)}” {'is' if left == 1 else 'are'} waiting. They are not done any more, also "
            "not later: the job cannot be gone on with. What was done stays done. To stop for a while only, pause it."
        )
        question = Confirm("Stop it for good?", words, yes="Stop for good", no="Back")
        self._screen.app.push_screen(question, answered)

    async def open_send(self, item: JobItem) -> None:
        """Show an item's newest send as the outbox does: an unknown one is looked for there, or settled by one's word.

        Never several at once: each that is sent anyway goes through the form and its review.
        """
        try:
            sends = await asyncio.to_thread(self._account.outbox.of_job, item.job, [item.number])
        except StorageError as problem:
            self._screen.notify(safe_text(str(problem)), severity="error", timeout=12, markup=False)
            return
        if sends and self._screen.is_on_top:
            self._screen.post_message(OpenSend(sends[-1]))

    async def ask_why(self, item: JobItem) -> None:
        """Ask why a message did not arrive, or was refused."""
        from tui.screens.why.opening import ask_why_of, open_why
        from tui.services.why.checks import Subject

        if item.sid:
            await ask_why_of(self._screen, item.sid)
        elif item.draft is not None:
            at = item.changed_at or self._screen.session.clock()
            await open_why(self._screen, Subject(None, item.code, item.draft.from_, item.draft.to, at=at))

    async def copy(self, item: JobItem | None) -> None:
        """Offer the report as plain text, and the SID of an item."""
        from tui.screens.jobs.job_export import SAMPLES, ticket

        view, groups = self._report.view, self._report.groups
        if view is None:
            return
        failed = {group: numbers[:SAMPLES] for group, numbers in groups.items() if group.fate is Fate.FAILED}
        wanted = [number for numbers in failed.values() for number in numbers]
        try:
            sids = {each.number: each.sid or "" for each in await self._report.items(wanted)}
        except StorageError:
            sids = {}
        named = {group: [sid for number in numbers if (sid := sids.get(number))] for group, numbers in failed.items()}
        text = ticket(view.job, groups, named, job_look(view).word, self._screen.session.clock())
        text = self._account.client.hide(text)
        parts = {"report": ("the report", text), "SID": ("the SID", (item.sid or "") if item is not None else "")}
        offer_copies(self._screen, parts, plainly="show plainly, to select it by hand", plain=text, again="job.copy")

    def export(self, job: Job) -> None:
        """Ask for a file, and write what became of each item as it is known by now."""
        from tui.screens.jobs.job_file import export_job

        export_job(self._screen, job, self._report)
