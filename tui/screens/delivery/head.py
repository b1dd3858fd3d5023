"""The first line of the place: which period, how much of it is here, messages per day, whether it is followed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.content import Content

from tui.archive.coverage import Coverage, Span
from tui.safe_text import safe_text
from tui.screens.delivery.figure_words import Group, sparkline
from tui.theme import TONES
from tui.widgets.archive_words import covered_words, live_words, load_words
from tui.widgets.row_list import fit

if TYPE_CHECKING:
    from datetime import datetime

    from tui.archive.periods import Window
    from tui.archive.picture import Picture
    from tui.services.message_archive import MessageArchive, SyncStatus

LOADS: Final = "delivery.load_history"

LEAST_OF_TROUBLE: Final = 20
"""Cells that say enough of what is wrong, where all of it has no room."""


@dataclass(frozen=True, slots=True)
class Held:
    """How much of a period is on this computer.

    Attributes:
        whole: whether all of it is.
        before: whether all of the period before is as well; not where there is none.
        words: as Messages says it; "" where nothing is known.
    """

    whole: bool = False
    before: bool = False
    words: str = ""


def what_is_held(archive: MessageArchive, window: Window, now: datetime) -> Held:
    """How much of a period is here, as far as Twilio has answered by now."""
    from tui.archive.query import Query

    status, coverage = archive.status, archive.coverage
    sure = status.looked and status.error is None
    before = window.before(now)
    whole = sure and window.narrow(Query()).is_held_by(coverage, now)
    if not window.terms:
        whole = sure and _is_all(coverage)
    words = "all of this period" if whole and window.terms else ""
    return Held(
        whole,
        # It has passed: whether Twilio answers by now makes no difference to it.
        before is not None and _is_held(coverage, before),
        words or covered_words(coverage, now, more=archive.more_to_load, key=LOADS),
    )


def _is_held(coverage: Coverage, window: Window) -> bool:
    first, end = window.seconds()
    return coverage.holds(Span(first, end - 1))


def _is_all(coverage: Coverage) -> bool:
    return bool(coverage) and coverage.spans[0].first == 0 and not coverage.gaps()


def head_line(
    period: str,
    held: Held,
    status: SyncStatus,
    picture: Picture | None,
    now: datetime,
    width: int,
    *,
    counting: bool,
    opening: bool = True,
    refusal: str = "",
) -> Content:
    """The line, in exactly so many cells; what matters least is left out whole.

    Args:
        period: what it is called.
        held: how much of it is here.
        status: what is being read from Twilio.
        picture: what was counted; None for nothing yet.
        now: the present.
        width: cells.
        counting: whether what is shown is not yet of this period and query.
        opening: as `live_words` takes it.
        refusal: why the connection could not be opened; "" where it could.
    """
    left: list[Group] = [(" Delivery", "plain"), (f" · {period}", "accent")]
    right = live_words(status, opening=opening)
    room = width - sum(cell_len(words) for words, _ in [*left, right]) - 2
    wanted: list[Group] = []
    if why := status.trouble or refusal or (status.error.reason if status.error is not None else ""):
        wanted.append((safe_text(why, limit=120), "bad"))
    if status.load is not None and status.load.running:
        wanted.append((load_words(status.load, now), "busy"))
    if counting:
        wanted.append(("counting…", "busy"))
    if held.words:
        wanted.append((held.words, "muted" if held.whole else "warn"))
    for words, tone in wanted:
        if cell_len(words) + 3 > room and words == held.words:
            # What is not here is said without its key before it is not said at all.
            words = words.partition(";")[0]
        if cell_len(words) + 3 <= room:
            left.append((f" · {words}", tone))
            room -= cell_len(words) + 3
        elif tone == "bad" and room > LEAST_OF_TROUBLE:
            left.append((f" · {fit(words, room - 3)}", tone))
            room = 0
    drawn = _drawn(picture, room - 2) if picture is not None and not counting else ""
    line = Content.assemble(*((words, _style(words, tone)) for words, tone in left))
    end = Content.assemble((f"{drawn}  " if drawn else "", TONES["accent"]), (right[0], TONES[right[1]]), " ")
    return Content.assemble(line, " " * max(1, width - line.cell_length - end.cell_length), end)[:width]


def _style(words: str, tone: str) -> str:
    return "bold" if tone == "plain" else TONES[tone]  # pyright: ignore[reportArgumentType]


def _drawn(picture: Picture, room: int) -> str:
    """Messages sent over time, where there is room; with what a cell stands for."""
    per_hour = sum(bool(row.value) for row in picture.days) < 2
    rows: Sequence[object] = picture.hours if per_hour else picture.days
    cells, size = sparkline(picture.hours if per_hour else [row for row in picture.days if row.value])
    unit = "hour" if per_hour else "day"
    words = f"{cells} per {f'{size} {unit}s' if size > 1 else unit}"
    return words if rows and cells and cell_len(words) <= room else ""
