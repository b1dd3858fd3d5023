"""The rows of the view of alerts: the same trouble folded into one, or each alert of it. Pure but for the widget."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rich.cells import cell_len

from tui.safe_text import safe_text
from tui.twilio.alerts import Alert, AlertGroup
from tui.widgets.alert_words import alert_tone, short_alert
from tui.widgets.row_list import Piece, RowList, fit

_WORDS: Final = 31
"""Cells of code and few words, with a blank behind them."""

_COUNT: Final = 6

_ROOMY: Final = 70
"""Cells from which on a line has the day and the time."""

_SCHEME: Final = re.compile(r"^https?://")


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One line.

    Attributes:
        alert: it, or the newest of those that are folded into this line.
        group: those of the same trouble.
        inner: whether it is one of an unfolded line, which stands above it.
    """

    alert: Alert
    group: AlertGroup
    inner: bool = False

    @property
    def folds(self) -> int:
        """How many it stands for; 0 for one alert."""
        count = len(self.group.alerts)
        return count if count > 1 and not self.inner else 0


def list_rows(groups: Iterable[AlertGroup], unfolded: Iterable[AlertGroup] = ()) -> list[AlertRow]:
    """A line for each group, and for each alert of those that are unfolded."""
    rows: list[AlertRow] = []
    # By identity: a group may hold thousands of alerts, and comparing looks at all of them.
    open_ones = {id(group) for group in unfolded}
    for group in groups:
        rows.append(AlertRow(group.newest, group))
        if id(group) in open_ones:
            rows += [AlertRow(alert, group, inner=True) for alert in group.alerts]
    return rows


def draw_alert(row: AlertRow, width: int, now: datetime) -> list[Piece]:
    """`23:12  11200 webhook not fetched   213×  example.com/sms` in so many cells; of a long URL the end."""
    alert, time = row.alert, _time_cells(width)
    room = _WORDS - (2 if row.inner else 0)
    where = safe_text(_SCHEME.sub("", alert.bare_url) or alert.resource_sid, limit=400)
    return [
        (f" {_moment(alert, now, time):>{time}}  {'  ' if row.inner else ''}", "muted"),
        (fit(short_alert(alert), room - 1) + " ", alert_tone(alert)),
        (f"{f'{row.folds:,}×' if row.folds else '':>{_COUNT}}  ", "plain"),
        (_end_of(where, width - time - _WORDS - _COUNT - 5), "muted"),
    ]


def titles(width: int) -> str:
    """The line above the rows."""
    return f" {'Last':>{_time_cells(width)}}  {'Code':<{_WORDS}}{'Times':>{_COUNT}}  URL"


def _time_cells(width: int) -> int:
    return 12 if width >= _ROOMY else 6


def _moment(alert: Alert, now: datetime, cells: int) -> str:
    """`23:12` today, `27 Nov 23:12` where there is room, else the day alone."""
    if alert.at is None:
        return "?"
    local = alert.at.astimezone()
    if local.date() == now.astimezone().date():
        return f"{local:%H:%M:%S}" if cells >= 8 else f"{local:%H:%M}"
    return f"{local.day} {local:%b %H:%M}" if cells >= 12 else f"{local.day} {local:%b}"


def _end_of(text: str, cells: int) -> str:
    """The end of a safe text, which says more than a host that most have in common."""
    if cell_len(text) <= cells:
        return text
    end = text[-max(0, cells - 1) :] if cells > 1 else ""
    while end and cell_len(end) >= cells:
        end = end[1:]
    return f"…{end}" if cells > 0 else ""


class AlertList(RowList):
    """The rows, newest first."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now
        self.rows: list[AlertRow] = []

    @property
    def current(self) -> AlertRow | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def show(self, rows: list[AlertRow]) -> None:
        """Show these; the cursor stays on its line."""
        before = self.current
        self.rows = rows
        at = 0
        if before is not None:
            same = (n for n, row in enumerate(rows) if row.alert.sid == before.alert.sid and row.inner == before.inner)
            at = next(same, 0)
        self.set_row_count(len(rows), cursor=at)
        self.refresh()

    def draw_row(self, index: int, width: int) -> list[Piece]:
        return draw_alert(self.rows[index], width, self._now()) if index < len(self.rows) else []
