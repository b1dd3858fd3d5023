"""The lines of the message list: which message, day or gap stands on which. Pure; no message is read here.

The messages are row numbers of the archive (`tui.archive.layout`), eight bytes each, oldest first; a line is counted
from the top, where the newest stand. A row number contains its second, so days and gaps are found by bisection, and
only as many are kept as there are days. A new message on top moves nothing in the array.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.archive.coverage import Span


@dataclass(frozen=True, slots=True)
class DayLine:
    """The line above the messages of one local day; None for messages without a time."""

    day: date | None


@dataclass(frozen=True, slots=True)
class GapLine:
    """The line in place of messages that were not read: everything in this period."""

    span: Span


Line = int | DayLine | GapLine | None
"""A message's row number, a day, a gap, or None: the line below the last message."""


class Listing:
    """The lines of one list.

    Args:
        numbers: row numbers, oldest first; kept, not copied.
        gaps: periods that were not read, oldest first.
        zone: whose days they are; this machine's when None.
    """

    def __init__(
        self, numbers: array[int] | None = None, gaps: Sequence[Span] = (), *, zone: tzinfo | None = None
    ) -> None:
        self.numbers = array("q") if numbers is None else numbers
        self._zone = zone
        self._gaps = tuple(gaps)
        self._days: list[tuple[int, DayLine]] = []
        """With how many messages are of that day or older."""
        self._marks: list[DayLine | GapLine] = []
        """Days and gaps, the lowest first."""
        self._below: list[int] = []
        """How many messages stand below each of them."""
        self._heights: list[int] = []
        """How many messages, days and gaps stand below each of them."""
        if self.numbers:
            self._place(0)

    def __len__(self) -> int:
        """How many lines there are: none without a message."""
        return len(self.numbers) + len(self._marks) + 1 if self.numbers else 0

    def at(self, line: int) -> Line:
        """What stands on a line."""
        height = len(self) - 2 - line
        if height < 0:
            return None
        mark = bisect_left(self._heights, height)
        if mark < len(self._heights) and self._heights[mark] == height:
            return self._marks[mark]
        return self.numbers[height - mark]

    def rows(self, first: int, end: int) -> list[int]:
        """The row numbers of the messages on these lines, the top one first."""
        lines = (self.at(line) for line in range(max(0, first), min(end, len(self))))
        return [row for row in lines if isinstance(row, int)]

    def line_of(self, row: int) -> int | None:
        """The line of a message; None where it is not listed."""
        index = bisect_left(self.numbers, row)
        found = index < len(self.numbers) and self.numbers[index] == row
        return self._line(index) if found else None

    def line_near(self, row: int) -> int:
        """The line of the message, or of the next newer one, or of the newest."""
        return self._line(min(bisect_left(self.numbers, row), len(self.numbers) - 1))

    @property
    def end_of_loaded(self) -> int:
        """The line below which not all is loaded: of the gap that goes back to the beginning, or past the last one."""
        lowest = next((mark for mark, line in enumerate(self._marks) if isinstance(line, GapLine)), None)
        if lowest is None or self._gaps[0].first:
            return len(self)
        return len(self) - 2 - self._heights[lowest]

    def day_at(self, line: int) -> DayLine | None:
        """The day under which a line stands: the one of its message, or of the next one below."""
        from tui.archive.layout import second_of

        for each in range(line, min(line + 3, len(self))):
            match self.at(each):
                case int(row):
                    return DayLine(self._day(second_of(row)))
                case DayLine() as day:
                    return day
                case _:
                    pass
        return None

    def _line(self, index: int) -> int:
        return len(self) - 2 - index - bisect_right(self._below, index)

    # -- changes -------------------------------------------------------------------------------------

    def set_gaps(self, gaps: Sequence[Span]) -> bool:
        """Show these gaps; whether they are others than before."""
        changed = self._gaps != tuple(gaps)
        if changed:
            self._gaps = tuple(gaps)
            if self.numbers:
                self._order()
        return changed

    def change(self, removed: Iterable[int], added: Iterable[int]) -> bool:
        """Take rows out and put rows in, unless they are not there or there already; whether that changed anything."""
        self.numbers, lowest = change_rows(self.numbers, removed, added)
        if lowest is not None:
            self._place(lowest)
        return lowest is not None

    def _place(self, unchanged: int) -> None:
        """Find the days anew, of which so many of the oldest messages are as before."""
        # Imported where there is a message: a start without an archive needs no database.
        from tui.archive.layout import row_number, second_of

        while self._days and self._days[-1][0] >= unchanged:
            self._days.pop()
        known = self._days[-1][0] if self._days else 0
        found: list[tuple[int, DayLine]] = []
        index = len(self.numbers)
        while index > known:
            second = second_of(self.numbers[index - 1])
            day = self._day(second)
            found.append((index, DayLine(day)))
            begins = min(self._midnight(day), second) if day else 0
            index = bisect_left(self.numbers, row_number(begins), known, index)
        self._days += reversed(found)
        self._order()

    def _order(self) -> None:
        from tui.archive.layout import row_number

        gaps = [(bisect_left(self.numbers, row_number(gap.last + 1)), GapLine(gap)) for gap in self._gaps]
        # A gap above a day, where both stand above the same message.
        marks: list[tuple[int, DayLine | GapLine]] = sorted(
            [*self._days, *gaps], key=lambda mark: (mark[0], isinstance(mark[1], GapLine))
        )
        self._marks = [mark for _, mark in marks]
        self._below = [below for below, _ in marks]
        self._heights = [below + mark for mark, below in enumerate(self._below)]

    def _day(self, second: int) -> date | None:
        # Nothing was sent in the first second of 1970: there the messages stand that have no time.
        return datetime.fromtimestamp(second, self._zone).date() if second else None

    def _midnight(self, day: date) -> int:
        """The second in which a local day begins."""
        # Of midnight twice the first is meant; where the clocks leave it out this is when they are put forward.
        moment = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        return int((moment if self._zone else moment.astimezone()).timestamp())


def change_rows(numbers: array[int], removed: Iterable[int], added: Iterable[int]) -> tuple[array[int], int | None]:
    """Ascending numbers without some and with others, and the lowest place that is another; None where none is.

    One number costs a move of the memory above it, in the array itself; many cost one copy of it all.
    """
    gone, came = set(removed), set(added)
    cuts = [(bisect_left(numbers, row), True, row) for row in gone - came]
    cuts = [cut for cut in cuts if cut[0] < len(numbers) and numbers[cut[0]] == cut[2]]
    for row in came:
        index = bisect_left(numbers, row)
        if index == len(numbers) or numbers[index] != row:
            cuts.append((index, False, row))
    if not cuts:
        return numbers, None
    # Before one index rows are put in by their number, then the one that stands there is taken out.
    cuts.sort()
    lowest, taken, _ = cuts[0]
    if lowest == len(numbers):
        numbers.extend(row for _, _, row in cuts)
    elif len(cuts) == 1 and taken:
        del numbers[lowest]
    elif len(cuts) == 1:
        numbers.insert(lowest, cuts[0][2])
    else:
        numbers = _spliced(numbers, cuts)
    return numbers, lowest


def _spliced(numbers: array[int], cuts: Sequence[tuple[int, bool, int]]) -> array[int]:
    whole, place = array("q"), 0
    for index, taken, row in cuts:
        whole.extend(numbers[place:index])
        place = index + taken
        if not taken:
            whole.append(row)
    whole.extend(numbers[place:])
    return whole
