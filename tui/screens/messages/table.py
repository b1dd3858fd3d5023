"""The message table: its columns by width, one message as a row, and the lines between messages.

Columns give way in this order as the list narrows: own number (below 150 cells), price (below 130), segments (below
110). The text comes last in the row, so that a terminal that measures an emoji differently shifts nothing else. The day
stands above its messages; where it has scrolled out of view, in the line of titles.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final

from rich.cells import cell_len, set_cell_size
from textual.binding import BindingType
from textual.message import Message as Posted
from textual.strip import Strip

from tui.price_format import say_amount
from tui.safe_text import glimpse
from tui.screens.messages.listing import DayLine, GapLine, Line, Listing
from tui.theme import Tone, look_of
from tui.widgets.error_words import short_error
from tui.widgets.message_words import SAID_BY_THE_MARK, day_words, gap_words, show_address
from tui.widgets.row_list import Piece, RowList, fit
from tui.widgets.toned_lines import TonedLines, without

if TYPE_CHECKING:
    from tui.archive.coverage import Span
    from tui.screens.base import BaseScreen
    from tui.services.messages_at_hand import MessagesAtHand
    from tui.twilio.messages import Message

NOWHERE: Final[Mapping[int, int | None]] = {}

LONGEST_PREVIEW: Final = 400
"""Characters of a body that a row looks at; no terminal is wider."""

_TIME: Final = 5
_NUMBER: Final = 18
_HEAD: Final = 1 + 1 + 1 + _TIME + 1 + 2 + _NUMBER
"""Cells of mark, time, arrow and number, with the blanks between them."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The width of the columns that narrow lists do without, in cells; 0 hides one."""

    own: int
    segments: int
    price: int


@lru_cache(maxsize=32)
def columns_for(width: int) -> Columns:
    """What fits a list of this width."""
    return Columns(
        own=_NUMBER if width >= 150 else 0, segments=3 if width >= 110 else 0, price=8 if width >= 130 else 0
    )


def title_line(width: int, day: str = "") -> str:
    """The line above the rows; the day of the first row, where that is not said in the rows themselves."""
    return "".join(text for text, _ in titles(width, day))


def titles(width: int, day: str = "") -> list[Piece]:
    """The title of each column."""
    words = fit(f"   {day} · Number" if day else "   Time    Number", _HEAD)
    return [(words, "muted"), *_rest(columns_for(width), "Via", "Seg", "Price"), ("  Text", "muted")]


def _unnamed(address: str, width: int) -> str:
    return show_address(address)


MARK: Final = "*"
"""What stands at the edge of a row that is marked: the key that marks all."""


def message_row(
    message: Message, width: int, who: Callable[[str, int], str] = _unnamed, *, marked: bool = False
) -> list[Piece]:
    """One message as a row; `who` is behind an address, in so many cells."""
    look = look_of(glimpse(message.status, 20))
    when = message.when
    time = when.astimezone().strftime("%H:%M") if when else " " * _TIME
    columns = columns_for(width)
    return [
        *([(MARK, "accent"), (f"{look.mark} ", look.tone)] if marked else [(f" {look.mark} ", look.tone)]),
        (f"{time} ", "muted"),
        (fit(f"{'←' if message.inbound else '→'} {who(message.other_party, _NUMBER)}", _NUMBER + 2), "plain"),
        *_rest(
            columns,
            who(message.own_party, _NUMBER) if columns.own else "",
            "" if message.num_segments is None else str(message.num_segments),
            "" if message.price is None else say_amount(abs(message.price)),
        ),
        ("  ", "plain"),
        *_text(message),
    ]


def _rest(columns: Columns, own: str, segments: str, price: str) -> list[Piece]:
    cells: list[Piece] = []
    if columns.own:
        cells.append(("  " + fit(own, columns.own), "muted"))
    if columns.segments:
        cells.append(("  " + _right(segments, columns.segments), "muted"))
    if columns.price:
        cells.append(("  " + _right(price, columns.price), "muted"))
    return cells


def _text(message: Message) -> list[Piece]:
    preview = glimpse(message.body, LONGEST_PREVIEW)
    tone: Tone = "plain" if preview else "muted"
    if not preview:
        preview = f"({message.num_media} media)" if message.num_media else "(no text)"
    if message.error_code is not None:
        why = short_error(message.error_code, message.error_message)
        return [(f"{why} · ", "bad"), (preview, "muted")]
    if message.status in SAID_BY_THE_MARK:
        return [(preview, tone)]
    look = look_of(glimpse(message.status, 20))
    return [(f"{look.word} · ", look.tone), (preview, tone)]


def _right(text: str, width: int) -> str:
    return " " * max(0, width - cell_len(text)) + (text if cell_len(text) <= width else text[: width - 1] + "…")


class MessageTable(RowList, inherit_bindings=False):
    """The list of messages, drawn from those that are at hand; others are read when the view comes near them.

    What is in view and not at hand is waited for with the picture before, and keys that do more than move wait as well.

    Args:
        now: the present, for the names of days.
        screen: whose workers read.
        who: says who is behind an address, in so many cells at most; safe to show.
        marked: tells whether a row number is marked.
    """

    # The blank marks here.
    BINDINGS: ClassVar[list[BindingType]] = without(TonedLines.BINDINGS, "space")

    class DayChanged(Posted):
        """The first row in view is of another day."""

    class Arrived(Posted):
        """What the picture waited for is at hand: only now there is a message under the cursor."""

    class AboveChanged(Posted):
        """More came that stand above the view, or fewer of them are unseen."""

    class EndAsked(Posted):
        """The key for the last row was pressed, also where the cursor stands there: older messages are wanted."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        screen: BaseScreen,
        who: Callable[[str, int], str] = _unnamed,
        marked: Callable[[int], bool] = lambda _: False,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._marked = marked
        self._now, self._screen, self._who = now, screen, who
        self._at_hand: MessagesAtHand | None = None
        self._row: int | None = None
        self._day = ""
        self._newest_seen: int | None = None
        """The row number of the newest message that was in view; those above it are new."""
        self._seen_above: set[int] = set()
        """But for these, which were below it: a message moves up when it is sent later than it was created."""
        self.above = 0
        """How many came that stand above the view, and were not in it so far."""
        self._drawn: dict[int, Strip] = {}
        self._waits = self._reads_ahead = False
        self.listing = Listing()
        self.edge = ""
        """The words below the last message."""
        self.filling: Span | None = None
        """The gap that is being loaded."""

    def action_last(self) -> None:
        super().action_last()
        self.post_message(self.EndAsked())

    # -- what is listed --------------------------------------------------------------------------------

    def show(
        self,
        listing: Listing,
        at_hand: MessagesAtHand | None,
        *,
        places: Mapping[int, int | None] = NOWHERE,
        cursor: int | None = None,
    ) -> None:
        """Show these lines, or those that `listing` has by now; the cursor stays on its message.

        Args:
            listing: kept, not copied.
            at_hand: holds its messages, and reads them.
            places: where messages went: old row number → new one, or None where one is gone.
            cursor: the row number of another message for the cursor.
        """
        if at_hand is not self._at_hand:
            # Nothing of another account may stay in view.
            self._drawn.clear()
            self._newest_seen = None
        self._follow_seen(places)
        row = self._row if cursor is None else cursor
        row = places.get(row, row) if row is not None else None
        self.listing, self._at_hand = listing, at_hand
        self.set_row_count(len(listing), cursor=listing.line_near(row) if row is not None and listing else None)
        self._row = self._row_at(self.cursor)

    def watch_cursor(self, old: int, new: int) -> None:
        self._row = self._row_at(new)
        super().watch_cursor(old, new)

    def _row_at(self, index: int) -> int | None:
        line = self.listing.at(index) if index < len(self.listing) else None
        return line if isinstance(line, int) else None

    @property
    def row(self) -> int | None:
        """The row number of the message under the cursor; None on a gap, and where there is none."""
        return self._row

    @property
    def current(self) -> Message | None:
        """The message under the cursor; None where there is none, or it is not at hand yet."""
        row = self.row
        return self._at_hand.get(row) if row is not None and self._at_hand is not None else None

    @property
    def under_cursor(self) -> Line:
        """What stands on the cursor's line; None also where there is no line."""
        return self.listing.at(self.cursor) if self.cursor < len(self.listing) else None

    @property
    def gap(self) -> Span | None:
        """The gap under the cursor."""
        line = self.under_cursor
        return line.span if isinstance(line, GapLine) else None

    @property
    def day_in_view(self) -> str:
        """The day of the first row in view, where its own line is not in view; empty where it is."""
        top = self.top
        if not 0 < top < len(self.listing) or not isinstance(self.listing.at(top), int):
            return ""
        day = self.listing.day_at(top)
        return day_words(day.day, self._today()) if day else ""

    @property
    def lines_below(self) -> int:
        """How many lines there are from the cursor to where older ones are not loaded; negative below that."""
        return self.listing.end_of_loaded - self.cursor - 1

    def show_below(self, words: str, filling: Span | None) -> None:
        """Say these words below the last message, and which gap is being loaded."""
        if (words, filling) != (self.edge, self.filling):
            self.edge, self.filling = words, filling
            self.refresh()

    def redraw_message(self, row: int) -> None:
        """Repaint the line of a message, where it is in view."""
        line = self.listing.line_of(row)
        if line is not None:
            self.redraw_row(line)

    def is_stop(self, index: int) -> bool:
        return isinstance(self.listing.at(index), int | GapLine)

    # -- reading ---------------------------------------------------------------------------------------

    def view_changed(self) -> None:
        if (day := self.day_in_view) != self._day:
            self._day = day
            self.post_message(self.DayChanged())
        if (above := self._count_above()) != self.above:
            self.above = above
            self.post_message(self.AboveChanged())
        if self._missing(0, 0):
            if not self._waits:
                self._waits = True
                self._screen.work(self._read_view, group="view", asks=True)
        elif not self._reads_ahead and self._missing(1, 1):
            self._reads_ahead = True
            self._screen.work(self._read_ahead, group="ahead")

    def _follow_seen(self, places: Mapping[int, int | None]) -> None:
        if (seen := self._newest_seen) is None:
            self._seen_above.clear()
            return
        for before, now in places.items():
            if before <= seen or before in self._seen_above:
                self._seen_above.discard(before)
                if now is not None and now > seen:
                    self._seen_above.add(now)

    def _count_above(self) -> int:
        numbers, seen = self.listing.numbers, self._newest_seen
        in_view = self.listing.rows(self.top, self.top + 3)[:1] if self.top else list(numbers[-1:])
        if in_view and (seen is None or in_view[0] > seen):
            self._newest_seen = seen = in_view[0]
            self._seen_above = {row for row in self._seen_above if row > seen}
        if seen is None:
            return 0
        first = bisect_right(numbers, seen)
        known = sum(row in self._seen_above for row in numbers[first:]) if self._seen_above else 0
        return len(numbers) - first - known

    def _missing(self, above: int, below: int) -> list[int]:
        """The rows that are not at hand among those in view, so many pages above and below, and the cursor's."""
        if self._at_hand is None:
            return []
        return self._at_hand.missing(self._window(above, below))

    def _window(self, above: int, below: int) -> list[int]:
        height, row = self.size.height, self.row
        rows = self.listing.rows(self.top - above * height, self.top + (below + 1) * height)
        return rows if row is None else [*rows, row]

    def _ends(self) -> list[int]:
        height, count = self.size.height, len(self.listing)
        return [*self.listing.rows(0, height), *self.listing.rows(count - height, count)]

    async def _read_view(self) -> None:
        try:
            while (at_hand := self._at_hand) is not None and (rows := self._missing(0, 0)):
                await at_hand.read(rows)
        finally:
            self._waits = False
            self.refresh()
            self.post_message(self.Arrived())
        self.view_changed()

    async def _read_ahead(self) -> None:
        try:
            if (at_hand := self._at_hand) is not None:
                # With the ends of the list, so that `home` and `end` need not wait either.
                await at_hand.read(at_hand.missing([*self._window(2, 2), *self._ends()]))
                at_hand.keep_only([*self._window(4, 4), *self._ends()])
        finally:
            self._reads_ahead = False
        self.view_changed()

    # -- drawing ---------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        if self._waits:
            drawn = self._drawn.get(y)
            fits = drawn is not None and drawn.cell_length == self.size.width
            return drawn if drawn is not None and fits else Strip.blank(self.size.width, self.rich_style)
        self._drawn[y] = strip = super().render_line(y)
        return strip

    def draw_row(self, index: int, width: int) -> list[Piece]:
        match self.listing.at(index):
            case int(row):
                message = self._at_hand.get(row) if self._at_hand is not None else None
                if message is None:
                    return []
                return message_row(message, width, self._who, marked=self._marked(row))
            case DayLine(day):
                # Below that line there are others between those that are listed, and no other line says so.
                part = ", in part" if index > self.listing.end_of_loaded else ""
                words = f" ── {day_words(day, self._today())}{part} {'─' * _HEAD}"
                return [(set_cell_size(words, _HEAD), "muted")]
            case GapLine(gap):
                what = gap_words(gap) if gap.first else "older ones"
                if gap == self.filling:
                    return [(f" ── loading {what}… ──", "busy")]
                if not gap.first:
                    return [(" ── not all older ones are loaded · enter loads more ──", "warn")]
                return [(f" ── {what} not loaded · enter loads them ──", "warn")]
            case None:
                return [(f" {self.edge}", "muted")]

    def _today(self) -> date:
        return self._now().astimezone().date()
