"""The rows of a plan, in groups that unfold: what is left out and why, what is worth a look, and what is ready.

Each row is drawn when it is seen: there may be 100,000.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.jobs.model import LeftOut, NewItem
from tui.jobs.plan import Plan
from tui.safe_text import glimpse, safe_text
from tui.theme import Tone
from tui.twilio.segments import measure
from tui.widgets.message_words import show_address
from tui.widgets.meter import is_sms
from tui.widgets.row_list import Piece, RowList, fit


@dataclass(frozen=True, slots=True)
class PlanGroup:
    """Some rows of a plan under one heading.

    Attributes:
        key: tells it from the others.
        words: the heading behind the count (safe to show).
        more: what it means and what can be done (safe to show).
        rows: their places in `Plan.items`.
        counted: whether the heading begins with how many there are.
    """

    key: str
    words: str
    tone: Tone
    rows: Sequence[int] = ()
    more: str = ""
    counted: bool = True


class PlanRows(RowList):
    """Headings, and under those that are unfolded their rows; enter folds and unfolds."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open_row", "Fold", key_display="⏎", tooltip="Unfold this line into its rows, or fold it."),
    ]

    def __init__(self) -> None:
        super().__init__(id="plan-rows")
        self._plan: Plan | None = None
        self.groups: tuple[PlanGroup, ...] = ()
        self._open: set[str] = set()
        self._starts: list[int] = []
        self._column = 0

    def show(self, plan: Plan | None, groups: Sequence[PlanGroup], unfolded: Sequence[str], column: int) -> None:
        """Show a plan's groups; the cursor stands on the first row of the last one that is unfolded."""
        self._plan, self.groups, self._open, self._column = plan, tuple(groups), set(unfolded), column
        self._lay_out()
        at = next((n for n, each in reversed(list(enumerate(groups))) if each.key in self._open and each.rows), None)
        self.set_row_count(self._count_rows(), cursor=0 if at is None else self._starts[at] + 1)
        self.refresh()

    def _lay_out(self) -> None:
        sizes = [1 + (len(each.rows) if each.key in self._open else 0) for each in self.groups]
        self._starts = [0, *accumulate(sizes)]

    def _count_rows(self) -> int:
        return self._starts[-1] if self._starts else 0

    def at(self, index: int) -> tuple[PlanGroup | None, int | None]:
        """The group that a row of the list belongs to, and which row of the plan it is; None for the heading."""
        if not self.groups or not 0 <= index < self._count_rows():
            return None, None
        number = bisect_right(self._starts, index) - 1
        group, inside = self.groups[number], index - self._starts[number]
        return group, group.rows[inside - 1] if inside else None

    @property
    def current(self) -> tuple[PlanGroup | None, int | None]:
        """The group and the row under the cursor."""
        return self.at(self.cursor)

    def fold(self, index: int) -> None:
        """Fold the group of a row, or unfold it; the cursor stands on its heading then."""
        number = bisect_right(self._starts, index) - 1
        key = self.groups[number].key
        self._open ^= {key}
        self._lay_out()
        self.set_row_count(self._count_rows(), cursor=self._starts[number])
        self.refresh()

    def go_to(self, row: int) -> None:
        """Stand on a row of the plan, in the last group that has it: what became of it."""
        for number in range(len(self.groups) - 1, -1, -1):
            rows = self.groups[number].rows
            place = bisect_left(rows, row)
            if place < len(rows) and rows[place] == row:
                self._open.add(self.groups[number].key)
                self._lay_out()
                self.set_row_count(self._count_rows(), cursor=self._starts[number] + 1 + place)
                self.refresh()
                return

    def draw_row(self, index: int, width: int) -> list[Piece]:
        group, row = self.at(index)
        if group is None or self._plan is None:
            return []
        if row is None:
            mark = ("▾ " if group.key in self._open else "▸ ") if group.rows else "  "
            count = f"{len(group.rows):,} " if group.counted else ""
            return [(f" {mark}", "muted"), (f"{count}{group.words}", group.tone)]
        item = self._plan.items[row]
        to = item.draft.to if item.draft is not None else ""
        number = show_address(to) if to else self._cell(item)
        room = 20 if width >= 60 else 17
        pieces: list[Piece] = [(f"   {item.line:>6,}  ", "muted"), (f"{fit(glimpse(number, 40), room)}  ", "plain")]
        if item.draft is None or item.left_out is not None:
            # Its line stands before it.
            told = (item.detail or group.words).removeprefix(f"Line {item.line}").lstrip(",: ")
            return [*pieces, (glimpse(told, 200), "muted")]
        text = text_of(item)
        if is_sms(to, item.draft.from_) and width >= 60:
            pieces.append((f"{measure(text).segments:>2} seg  ", "muted"))
        return [*pieces, (glimpse(text or "(no text)", 300), "plain")]

    def _cell(self, item: NewItem) -> str:
        return item.cells[self._column] if self._column < len(item.cells) else ""


def text_of(item: NewItem) -> str:
    """What a row says: its text, or that of its template as it is known."""
    if item.draft is None:
        return ""
    return item.draft.body or (item.template.text if item.template is not None else "")


def find_line(plan: Plan, line: int) -> int | None:
    """The row that stands in a line of the file; None for none."""
    lines = [item.line for item in plan.items]
    place = bisect_left(lines, line)
    return place if place < len(lines) and lines[place] == line else None


_LEFT_OUT: dict[LeftOut, tuple[str, str]] = {
    LeftOut.NOT_A_NUMBER: (
        "without a number that can be read",
        "What stands in the column of numbers cannot be read as one, or can receive nothing. Correct it in the file, "
        "or say whose numbers those without a country code are (Country, in the form).",
    ),
    LeftOut.OPTED_OUT: (
        "opted out (STOP)",
        "They wrote STOP to this sender, or Twilio said so: it would refuse the message (21610). Only they can take "
        "that back, by writing START.",
    ),
    LeftOut.COUNTRY: (
        "in countries that are not enabled",
        "The account may not text these countries (21408). They are enabled in Twilio's Console, under Messaging, "
        "Settings, Geo permissions.",
    ),
    LeftOut.DUPLICATE: ("with a number that stands above already", "Each number gets one message, by its first row."),
    LeftOut.MISSING: (
        "without a value that the text names",
        "The text names a column that is empty in these rows. Fill it in in the file, or take it out of the text.",
    ),
    LeftOut.UNSENDABLE: ("that cannot be sent", "What these rows make of the message is too long, or no valid URL."),
    LeftOut.QUIET_HOURS: (
        "left out, it is night where they live",
        "Before 8:00 or after 21:00 where the recipient lives, as far as their number tells. {campaign_plan."
        "include_quiet} includes them; a messaging service can send later instead (Send at, in the form).",
    ),
    LeftOut.NOT_SUITABLE: ("not suitable", ""),
}


def groups_of(plan: Plan) -> tuple[PlanGroup, ...]:
    """What is worth a look first, then what is left out, and what is ready last."""
    from tui.keymap import name_keys

    groups = [
        PlanGroup(f"problem {number}", f"✗ {safe_text(str(problem), limit=300)}", "bad", counted=False)
        for number, problem in enumerate(plan.problems)
    ]
    notes = [
        PlanGroup(f"note {number}", f"! {safe_text(note.words, limit=400)}", "warn", note.rows, counted=False)
        if note.warning
        else PlanGroup(f"note {number}", safe_text(note.words, limit=400), "muted", note.rows, counted=False)
        for number, note in enumerate(plan.notes)
    ]
    groups += [each for each in notes if each.tone == "warn"]
    for reason in LeftOut:
        if rows := plan.left_out.get(reason, ()):
            words, more = _LEFT_OUT[reason]
            groups.append(PlanGroup(f"left out {reason}", words, "warn", rows, name_keys(more)))
    groups += [each for each in notes if each.tone != "warn"]
    groups.append(PlanGroup("ready", "ready", "good" if plan.ready else "muted", plan.ready))
    return tuple(replace(each, more=each.more or each.words) for each in groups)
