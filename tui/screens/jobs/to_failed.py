"""A second campaign to those that failed only: which of them is asked, their rows go into the form of a campaign.

Nothing is sent by it. What is unknown is never among them: it may have been sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from tui.jobs.placeholders import escape
from tui.safe_text import safe_text
from tui.screens.base import BaseScreen, CampaignRows, DraftPrefill, OpenCampaign
from tui.screens.jobs.count_lines import look_of_group
from tui.screens.jobs.job_words import job_name
from tui.storage.errors import StorageError
from tui.twilio.error_catalogue import explain
from tui.widgets.dialogs import Choice, Choose

if TYPE_CHECKING:
    from tui.jobs.model import Job, JobItem
    from tui.jobs.report import Became
    from tui.services.job_report import JobReport

_ALL: Final = "all"

_AT_ONCE: Final = 500
"""Items that are read at once."""


def ask_to_write_again(
    screen: BaseScreen, job: Job, report: JobReport, failed: Mapping[Became, Sequence[int]], at: Became | None
) -> None:
    """Ask which of those that failed, and open the form of a campaign with their rows.

    Args:
        screen: over which it is asked.
        job: whose items they are.
        report: reads them.
        failed: the groups of those that failed.
        at: the group that is looked at, which is offered first.
    """
    groups = sorted(failed, key=lambda group: (group != at, -len(failed[group])))
    choices = [_choice(str(place), group, job, len(failed[group])) for place, group in enumerate(groups)]
    if len(groups) > 1:
        everybody = sum(map(len, failed.values()))
        choices.append(Choice(_ALL, f"all that failed: {everybody:,}", "look at each code first"))

    def chosen(key: str | None) -> None:
        if key is not None:
            wanted = groups if key == _ALL else [groups[int(key)]]
            numbers = sorted(number for group in wanted for number in failed[group])
            screen.work(partial(_open, screen, job, report, numbers), group="to failed", exclusive=True, asks=True)

    words = (
        "A new campaign with their rows, as they stood in the table. Its form opens, then the page that checks them: "
        "nothing is sent before that. What is unknown is left out: it may have been sent."
    )
    screen.app.push_screen(Choose("Write to those that failed with …", choices, words), chosen)


def _choice(key: str, group: Became, job: Job, count: int) -> Choice:
    _, words, _ = look_of_group(group, job)
    known = explain(group.code) if group.code is not None else None
    return Choice(key, f"{words}: {count:,}", "again will not help" if known and known.retry == "no" else "")


async def _open(screen: BaseScreen, job: Job, report: JobReport, numbers: Sequence[int]) -> None:
    items: list[JobItem] = []
    try:
        for first in range(0, len(numbers), _AT_ONCE):
            items += await report.items(numbers[first : first + _AT_ONCE])
    except StorageError as problem:
        screen.notify(safe_text(str(problem)), severity="error", timeout=12, markup=False)
        return
    screen.post_message(OpenCampaign(rows_of(job, items), prefill_of(items), name=f"{job.new.name}, again"))


def rows_of(job: Job, items: Sequence[JobItem]) -> CampaignRows:
    """The rows of some items as they stood in the table; only their numbers where there was none."""
    columns = job.new.columns
    if not columns:
        addresses = tuple((each.draft.to,) for each in items if each.draft is not None)
        return CampaignRows(f"failed in {job_name(job)}", ("number",), addresses)
    rows = tuple((*each.cells[: len(columns)], *([""] * (len(columns) - len(each.cells)))) for each in items)
    return CampaignRows(f"failed in {job_name(job)}", columns, rows, _number_column(items))


def _number_column(items: Sequence[JobItem]) -> int | None:
    """The column whose cells have the digits that were sent to; None where none has."""
    found: Counter[int] = Counter()
    for each in items[:_AT_ONCE]:
        sent = _digits(each.draft.to) if each.draft is not None else ""
        for place, cell in enumerate(each.cells):
            digits = _digits(cell).lstrip("0")
            found[place] += len(digits) > 5 and sent.endswith(digits)
    place, count = max(found.items(), key=lambda each: (each[1], -each[0]), default=(0, 0))
    return place if count else None


def _digits(text: str) -> str:
    return "".join(each for each in text if each.isdecimal() and each.isascii())


def prefill_of(items: Sequence[JobItem]) -> DraftPrefill:
    """The sender and the text, where all of them had the same: a text with names in it has to be written again."""
    drafts = [each.draft for each in items if each.draft is not None]
    senders, bodies = {each.from_ for each in drafts}, {each.body for each in drafts}
    media = {each.media_urls for each in drafts}
    return DraftPrefill(
        from_=senders.pop() if len(senders) == 1 else "",
        body=escape(bodies.pop()) if len(bodies) == 1 and not any(each.withdrawn for each in items) else "",
        media=tuple(map(escape, media.pop())) if len(media) == 1 else (),
    )
