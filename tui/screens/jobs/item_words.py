"""One item of a job in words: its row, and a few lines about it. Safe to show; asks nothing, changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from textual.content import Content

from tui.jobs.model import ItemState, Job, JobItem
from tui.price_format import say_price
from tui.safe_text import glimpse, safe_text
from tui.screens.jobs.count_lines import LEFT_OUT_WORDS, look_of_group
from tui.theme import TONES, Tone
from tui.time_format import full, short
from tui.twilio.message import PROBLEMS
from tui.widgets.error_words import advice, meaning_of, short_error
from tui.widgets.message_words import show_address
from tui.widgets.row_list import Piece, fit

if TYPE_CHECKING:
    from tui.jobs.report import Became, SentOutcome

LONGEST_TEXT: Final = 400
"""Characters of a text or a cell that are looked at; no terminal is wider."""

_LONGEST_CELL: Final = 60


def code_of(item: JobItem, outcome: SentOutcome | None) -> int | None:
    """The error that it failed by: Twilio's refusal, or its message's."""
    return item.code if item.code is not None else outcome.code if outcome is not None else None


def item_titles(width: int) -> str:
    """The line above the rows."""
    time = 12 if width >= _ROOMY else 6
    return f" {'Row':>6}  {'Time':>{time}}  {fit('To', 18)}  What" if width >= _LEAST else " To"


_LEAST, _ROOMY = 44, 76
"""Cells of a list from which it has columns, and from which a time has its day."""


def item_row(
    item: JobItem,
    outcome: SentOutcome | None,
    width: int,
    now: datetime,
    name_of: Callable[[str], str],
    *,
    code: int | None = None,
) -> list[Piece]:
    """An item in one line: its row, when, to whom, and what there is to say of it, but for the `code` said above."""
    pieces = list[Piece]()
    time = 12 if width >= _ROOMY else 6
    if width >= _LEAST:
        pieces.append((f" {item.line:>6}  {short(_when(item), now)[:time]:>{time}}  ", "muted"))
    pieces.append((f"{fit(who(item), 18)}  ", "plain"))
    pieces += _what(item, outcome, code)
    name = name_of(item.draft.to) if item.draft is not None else ""
    if name:
        pieces.append((f"{name} · ", "plain"))
    text = glimpse(item.draft.body, LONGEST_TEXT) if item.draft is not None else ""
    if item.withdrawn:
        text = "(text removed: redacted or deleted at Twilio)"
    pieces.append((text, "muted" if item.withdrawn else "plain"))
    return pieces


def _when(item: JobItem) -> datetime | None:
    """When something became of it; None for what was only written down, which no time may make look as if it left."""
    untouched = item.state in (ItemState.WAITING, ItemState.LEFT_OUT) and not item.attempts
    return None if untouched else item.changed_at


def who(item: JobItem) -> str:
    """Whom it goes to, or which message it changes; a first cell where its number could not be read."""
    if item.draft is not None and item.draft.to:
        return show_address(item.draft.to)
    if item.sid:
        sid = safe_text(item.sid, limit=40)
        return sid if len(sid) < 14 else f"{sid[:6]}…{sid[-4:]}"
    return glimpse(next((cell for cell in item.cells if cell.strip()), ""), _LONGEST_CELL)


def _what(item: JobItem, outcome: SentOutcome | None, said: int | None) -> Iterator[Piece]:
    if item.state is ItemState.LEFT_OUT and item.left_out is not None:
        detail = glimpse(item.detail or "", LONGEST_TEXT)
        yield (f"{detail or LEFT_OUT_WORDS[item.left_out]}  ", "warn" if detail else "muted")
    elif item.damaged:
        yield (f"unreadable: {safe_text(', '.join(item.damaged), limit=60)}  ", "warn")
    elif (code := code_of(item, outcome)) is not None:
        if code != said:
            yield (f"{short_error(code, item.detail or '')}  ", "bad")
    elif item.state is ItemState.FAILED:
        yield (f"{glimpse(item.detail or 'failed', _LONGEST_CELL)}  ", "bad")
    elif item.state is ItemState.UNKNOWN:
        yield ("may have been sent, or not  ", "warn")
    elif outcome is not None and outcome.status not in ("delivered", "sent", ""):
        tone: Tone = "bad" if outcome.status in PROBLEMS else "muted"
        yield (f"{safe_text(outcome.status, limit=24)}  ", tone)
    elif item.not_before is not None and item.state is ItemState.WAITING and item.attempts:
        yield ("tried, waits  ", "muted")


# -- under the list ----------------------------------------------------------------------------------


def item_lines(
    item: JobItem,
    group: Became,
    outcome: SentOutcome | None,
    now: datetime,
    *,
    job: Job,
    name_of: Callable[[str], str],
) -> Content:
    """What became of an item, its facts, its text, and its row of the table that it comes from."""
    return Content("\n").join(_item_lines(item, group, outcome, now, job, name_of))


def _item_lines(
    item: JobItem,
    group: Became,
    outcome: SentOutcome | None,
    now: datetime,
    job: Job,
    name_of: Callable[[str], str],
) -> Iterator[Content]:
    mark, words, tone = look_of_group(group, job)
    refused = "refused by Twilio · " if item.state is ItemState.FAILED and item.code is not None else ""
    name = name_of(item.draft.to) if item.draft is not None else ""
    to = " ".join(each for each in (who(item), name) if each)
    yield Content.assemble((f"{mark} {refused}{words}", f"bold {TONES[tone]}"), f"  row {item.line:,}", f"  {to}")
    facts = [full(_when(item), now)]
    if item.draft is not None and item.draft.from_:
        facts.append(f"from {show_address(item.draft.from_)}")
    if item.sid:
        facts.append(safe_text(item.sid, limit=40))
    if item.attempts > 1:
        facts.append(f"tried {item.attempts:,} times")
    if outcome is not None and outcome.price is not None:
        facts.append(say_price(-outcome.price, outcome.price_unit))
    yield Content.styled(" · ".join(each for each in facts if each), "$quiet")
    text = item.draft.body if item.draft is not None else ""
    if not text and item.template is not None:
        text = item.template.text
    if item.withdrawn:
        yield Content.styled("Text removed: redacted or deleted at Twilio.", "$quiet")
    elif text:
        yield Content(glimpse(text, LONGEST_TEXT))
    if cells := _cells(item, job.new.columns):
        yield Content.styled(cells, "$quiet")
    code = code_of(item, outcome)
    if code is not None:
        yield Content(f"{meaning_of(code, item.detail or '')} {advice(code)}")
    elif item.detail:
        yield Content(glimpse(item.detail, LONGEST_TEXT))


def _cells(item: JobItem, columns: tuple[str, ...]) -> str:
    """`name Maya · day Tuesday`: the row as it stands in its table."""
    named: list[str] = []
    for place, cell in enumerate(item.cells[:_MOST_CELLS]):
        title = glimpse(columns[place], 24) if place < len(columns) else ""
        shown = glimpse(cell, _LONGEST_CELL)
        if shown:
            named.append(f"{title} {shown}".strip())
    more = len(item.cells) - _MOST_CELLS
    return " · ".join([*named, *([f"{more} more columns"] if more > 0 else [])])


_MOST_CELLS: Final = 12
"""Columns of a row that are shown."""
