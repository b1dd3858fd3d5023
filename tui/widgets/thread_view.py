"""A conversation: all messages with one person, oldest first, drawn by the line, with a cursor on one of them.

Messages are read from the archive as the view comes near them, and laid out when they are drawn for the first time:
twenty thousand open as fast as twenty. Knows no screen, and asks Twilio nothing.

A place in it is a message's index and the number of a line within its block. What moves the view or the cursor is a
function from where both are to where they are to be. Where it comes to a message that was not read yet, the picture
stays, the messages around that one are read, and it is tried again; moves asked for meanwhile follow in their order.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message as Posted
from textual.strip import Strip

from tui.archive.coverage import Coverage, Span
from tui.services.messages_at_hand import MessagesAtHand
from tui.textual_fixes.key_queue import ASKS
from tui.textual_fixes.one_shot import OneShot
from tui.widgets.block_scroll import BlockScroll, Place
from tui.widgets.message_lines import Line, message_lines, own_name
from tui.widgets.message_words import day_words
from tui.widgets.thread_gaps import WHOLE, beginning_words, between_words, end_words, gaps_of
from tui.widgets.toned_lines import TonedLines

if TYPE_CHECKING:
    from tui.archive.store import ArchiveChange
    from tui.services.message_archive import MessageArchive
    from tui.twilio.message import Message

SLOW: Final = 0.1
"""Seconds that the conversation before stays while another one is read."""

_TALLEST: Final = 40
"""Lines of a view that has none yet, before the first layout."""


class Drawn(NamedTuple):
    """One line of the picture.

    Attributes:
        row: the row number of its message.
        line: which line of the message it is; fewer than none above it.
        pieces: what stands there.
        heading: whether it is no part of the message: a day, or what is not loaded.
    """

    row: int
    line: int
    pieces: Line
    heading: bool


Move = Callable[[Place, int], tuple[Place, int]]
"""From the first line in view and the cursor's message to where they are to be."""


class _NotRead(Exception):
    """A move came to this message, which is not at hand."""

    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index


class ThreadView(TonedLines):
    """All messages with one person; see `show`. The last line says how many came in below what is in view.

    Attributes:
        names: what an address is called; "" where it has no name. Call `redraw` where it says others.
        planned: for when a scheduled message (by its SID) is planned, where that is known.
        how_older: how one comes to messages that are not loaded; "" where nothing can be done about it here.
    """

    class ThreadMessage(Posted):
        """Something about the conversation."""

        def __init__(self, thread: ThreadView) -> None:
            super().__init__()
            self.thread = thread

        @property
        def control(self) -> ThreadView:
            return self.thread

    class Shown(ThreadMessage):
        """Another conversation is shown, or more or fewer messages of it."""

    class Moved(ThreadMessage):
        """The cursor stands on another message."""

        def can_replace(self, message: Posted) -> bool:
            return isinstance(message, ThreadView.Moved) and message.thread is self.thread

    class Opened(ThreadMessage):
        """A message was chosen with enter or a double click."""

        def __init__(self, thread: ThreadView, message: Message) -> None:
            super().__init__(thread)
            self.message = message

    class ReachedEnd(ThreadMessage):
        """Its newest message is in view, and was not before."""

    class OlderAsked(ThreadMessage):
        """A key asked for messages older than the first one."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.names: Callable[[str], str] = lambda _: ""
        self.planned: Callable[[str], datetime | None] = lambda _: None
        self.how_older: Callable[[], str] = lambda: ""
        self._now = now
        self._archive: MessageArchive | None = None
        self._number = ""
        self._asked: tuple[MessageArchive | None, str] = (None, "")
        """Which conversation was asked for last."""
        self._rows = array("q")
        self._covered, self._searched = Coverage(), Coverage()
        """Of which periods all its messages are here; those among them of which only its own were asked for."""
        self._at_hand: MessagesAtHand | None = None
        self._cursor = 0
        self._top: Place = (0, 0)
        self._at_end = True
        self._pinned = self._placed = self._scrolled = False
        """Whether the cursor marks a message that was asked for, and stays there; whether a view was laid out, and
        scrolled since."""
        self._blocks: dict[int, list[Drawn]] = {}
        self._picture: list[Drawn] = []
        self._moves: deque[Move] = deque()
        self._waits = self._reads_ahead = self._finding = self._find_again = False
        self._own: set[str] = set()
        """The own numbers of the messages that were laid out."""
        self._changes = 0
        """How often the archive has told of a change."""
        self._seen = self._told_end = -1
        """The newest row number when the end was in view last; the one of which `ReachedEnd` told."""

    # -- what is shown -------------------------------------------------------------------------------

    async def show(self, archive: MessageArchive | None, number: str, *, at: Message | None = None) -> None:
        """Show the conversation with a number: from its end, or with the cursor on the message `at`, which stays there.

        The one that is shown already stays where it is. With no archive or no number nothing is shown.
        """
        asked = (archive, number)
        if asked == (self._archive, self._number) == self._asked:
            if at is not None:
                await self._point_at(at)
            return
        if archive is not self._archive or archive is None or not number:
            # Nothing of another account may stay.
            self._forget()
        self._asked, changes = asked, self._changes
        if archive is None or not number:
            self.post_message(self.Shown(self))
            return
        late = OneShot(self, SLOW, self._forget)
        try:
            rows = await archive.thread_rows(number)
            at_hand = MessagesAtHand(archive.read)
            index = len(rows) - 1
            if at is None:
                await at_hand.read(rows[-self._height :])
            elif rows:
                index = await _index_of(at, rows, at_hand)
        finally:
            late.stop()
        if self._asked != asked:
            return
        self._forget()
        self._asked, self._archive, self._number = asked, archive, number
        self._rows, self._at_hand, self._cursor = rows, at_hand, max(0, index)
        self._pinned = at is not None
        self._seen = rows[-1] if rows else -1
        self._covered = archive.coverage
        self._do(self._settle)
        self.post_message(self.Shown(self))
        self.post_message(self.Moved(self))
        if changes != self._changes:
            # It may be about what was read by then.
            self.take(None)

    def clear(self) -> None:
        """Show nothing, at once."""
        self._asked = (None, "")
        if self._number:
            self._forget()
            self.post_message(self.Shown(self))

    async def _point_at(self, at: Message) -> None:
        """Move the cursor to a message of the conversation that is shown."""
        at_hand, rows = self._at_hand, self._rows
        if at_hand is None or not rows:
            return
        current, self._pinned = self.current, True
        if current is not None and current.sid == at.sid:
            return
        index = await _index_of(at, rows, at_hand)
        if at_hand is self._at_hand:
            row = rows[index]
            self._do(lambda top, _: (self._scroll.reveal(top, self._index(row)), self._index(row)))

    def _forget(self) -> None:
        self._archive, self._number, self._at_hand = None, "", None
        self._rows, self._picture, self._blocks = array("q"), [], {}
        self._moves.clear()
        self._own = set()
        self._covered = self._searched = Coverage()
        self._cursor, self._top, self._at_end = 0, (0, 0), True
        self._placed = self._pinned = self._scrolled = False
        self._seen = self._told_end = -1
        self.refresh()

    @property
    def number(self) -> str:
        """Whose conversation is shown; empty while none is."""
        return self._number

    @property
    def count(self) -> int:
        """How many messages it has."""
        return len(self._rows)

    @property
    def row(self) -> int | None:
        """The row number of the message under the cursor."""
        return self._rows[self._cursor] if self._rows else None

    @property
    def current(self) -> Message | None:
        """The message under the cursor; None where there is none, or another conversation is awaited."""
        row = self.row
        if row is None or self._at_hand is None or self._asked != (self._archive, self._number):
            return None
        return self._at_hand.get(row)

    @property
    def at_end(self) -> bool:
        """Whether the newest message is in view, to its last line."""
        return bool(self._picture) and self._at_end

    @property
    def new_below(self) -> int:
        """How many messages have come in since the end was in view."""
        return 0 if self._at_end else len(self._rows) - bisect_right(self._rows, self._seen)

    @property
    def gap(self) -> Span | None:
        """The newest period of which its messages may not all be here; None where nothing can be missing.

        From 0 on where that is the time before all that is complete.
        """
        if not self._covered:
            return Span(0, self._second_of(-1)) if self._rows else None
        gaps = gaps_of(self._covered)
        return gaps[-1] if gaps else None

    @property
    def began(self) -> int | None:
        """The second since 1970 of its first message."""
        return self._second_of(0) if self._rows else None

    def note_searched(self, span: Span) -> None:
        """Take note that all its messages of a period were asked for, and are here."""
        # With the second that `gap` leaves to what is complete after it.
        self._searched = self._searched.with_(Span(span.first, span.last + 1))
        self._look_at_coverage()

    def _look_at_coverage(self) -> None:
        archive, before = self._archive, self._covered
        if archive is None:
            return
        self._covered = Coverage.of((*archive.coverage.spans, *self._searched.spans))
        if gaps_of(before) != gaps_of(self._covered) or bool(before) != bool(self._covered):
            self.redraw()

    def _second_of(self, index: int) -> int:
        from tui.archive.layout import second_of

        return second_of(self._rows[index])

    def redraw(self) -> None:
        """Lay everything out anew: a name or a planned time is another."""
        self._blocks.clear()
        self._do(self._settle)

    # -- changes -------------------------------------------------------------------------------------

    def take(self, change: ArchiveChange | None) -> None:
        """Take over what one write to the archive changed; None where everything may be another."""
        at_hand = self._at_hand
        self._changes += 1
        if at_hand is None:
            return
        if change is None or change.coverage is not None:
            self._look_at_coverage()
        if change is None:
            self._work(partial(self._read_again, at_hand, at_hand.doubt()), "again")
            self._find()
            return
        moves = list(change.rows.values())
        again = at_hand.take(moves)
        others = {before: now for before, now in moves if before is not None and before != now}
        ours = {before: now for before, now in others.items() if self._holds(before)}
        if ours:
            rows = array("q", sorted({*self._rows} - set(ours) | {now for now in ours.values() if now is not None}))
            self._adopt(rows, ours)
        if again:
            self._work(partial(self._read_again, at_hand, again), "again")
        if any(before is None for before, _ in moves):
            # Whose they are, the archive knows.
            self._find()

    def _holds(self, row: int) -> bool:
        index = bisect_left(self._rows, row)
        return index < len(self._rows) and self._rows[index] == row

    async def _read_again(self, at_hand: MessagesAtHand, rows: Sequence[int]) -> None:
        others = await at_hand.read(rows)
        if at_hand is self._at_hand and others:
            for row in others:
                self._blocks.pop(row, None)
            self._do(self._settle)

    def _find(self) -> None:
        """Ask the archive again which messages the conversation has: one question at a time, and one after the last."""
        self._find_again = True
        if not self._finding:
            self._finding = True
            self._work(self._find_rows, "find")

    async def _find_rows(self) -> None:
        try:
            while self._find_again and (archive := self._archive) is not None:
                self._find_again = False
                at_hand, rows = self._at_hand, await archive.thread_rows(self._number)
                if at_hand is self._at_hand and not self._find_again and rows != self._rows:
                    self._adopt(rows, {})
        finally:
            self._finding = False

    def _adopt(self, rows: array[int], places: dict[int, int | None]) -> None:
        """Show these rows in place of those before; `places` tells where messages went."""
        before, cursor, top = self._rows, self._cursor, self._top
        if not before:
            self._rows, self._cursor, self._placed = rows, max(0, len(rows) - 1), False
        else:

            def at(index: int) -> int:
                row = before[index]
                now = places.get(row, row)
                return max(0, min(bisect_left(rows, row if now is None else now), len(rows) - 1))

            follows = self._at_end and cursor == len(before) - 1 and not self._pinned
            self._rows = rows
            self._cursor = max(0, len(rows) - 1) if follows else at(cursor)
            self._top = (at(top[0]), top[1])
            self._picture = [line._replace(row=places.get(line.row) or line.row) for line in self._picture]
        # Before another message a day may begin.
        self._blocks.clear()
        self._do(self._settle)
        self.post_message(self.Shown(self))

    # -- blocks --------------------------------------------------------------------------------------

    @property
    def _height(self) -> int:
        return self.size.height or _TALLEST

    def _index(self, row: int) -> int:
        return max(0, min(bisect_left(self._rows, row), len(self._rows) - 1))

    def _block(self, index: int) -> list[Drawn]:
        """The lines of a message, with the day above it where that begins there.

        Raises:
            _NotRead: it is not at hand.
        """
        row = self._rows[index]
        block = self._blocks.get(row)
        if block is None:
            block = self._blocks[row] = self._lay_out(index, row)
        return block

    def _lay_out(self, index: int, row: int) -> list[Drawn]:
        at_hand = self._at_hand
        assert at_hand is not None
        message = at_hand.get(row)
        if message is None and at_hand.missing([row]):
            raise _NotRead(index)
        width, now = self.row_width, self._now()
        headings = self._gap_above(index, now)
        day = _day(row)
        if not index or _day(self._rows[index - 1]) != day:
            words = f" ── {day_words(day, now.astimezone().date())} "
            headings.append([(words + "─" * (width - len(words) - 1), "muted")])
        if message is None:
            lines: list[Line] = [[("", "muted")]]
        else:
            if message.own_party and message.own_party not in self._own:
                self._own.add(message.own_party)
                if len(self._own) == 2:
                    # From now on each says over which number it went.
                    self._blocks.clear()
            via = own_name(message, self.names) if len(self._own) > 1 else ""
            lines = message_lines(message, width, via=via, now=now, planned=self.planned(message.sid))
        below: list[Line] = []
        if index == len(self._rows) - 1 and (words := end_words(self._covered, self._second_of(index))):
            below.append([(f" ── {words} ──", "warn")])
        heads, end = len(headings), len(lines)
        return [
            Drawn(row, n, pieces, not 0 <= n < end)
            for n, pieces in enumerate([*headings, *lines, *below], start=-heads)
        ]

    def _gap_above(self, index: int, now: datetime) -> list[Line]:
        """The line above a message about what is not loaded before it."""
        covered, second = self._covered, self._second_of(index)
        if index:
            words = between_words(covered, self._second_of(index - 1), second)
            return [[(f" ── {words} ──", "warn")]] if words else []
        words = beginning_words(covered, second, now.astimezone())
        how = self.how_older() if words != WHOLE else ""
        return [[(f" ── {words}{how and f' · {how}'} ──", "muted")]]

    # -- moves ---------------------------------------------------------------------------------------

    def _do(self, move: Move) -> None:
        self._moves.append(move)
        if not self._waits:
            self._run()

    def _run(self) -> None:
        while self._moves:
            try:
                self._make(self._moves[0])
            except _NotRead as missing:
                self._waits = True
                self._work(partial(self._read_around, missing.index), "view", asks=True)
                return
            self._moves.popleft()
        self._read_ahead()

    def _make(self, move: Move) -> None:
        if not self._rows or self.row_width <= 0 or self.size.height <= 0:
            self._show_picture([], self._cursor, self._top)
            return
        known = len(self._own)
        top, cursor = move(self._top, self._cursor)
        lowest = self._scroll.lowest()
        top = min(top, lowest)
        picture: list[Drawn] = []
        index, line = top
        while len(picture) < self._height and index < len(self._rows):
            picture += self._block(index)[line:]
            index, line = index + 1, 0
        if known < 2 <= len(self._own):
            # What was laid out before does not say its number.
            self._make(self._settle)
            return
        self._placed, self._at_end = True, top >= lowest
        if self._at_end:
            self._seen = self._rows[-1]
        self._show_picture(picture[: self._height], cursor, top)
        if self._at_end and self._told_end != self._seen:
            self._told_end = self._seen
            self.post_message(self.ReachedEnd(self))

    def _show_picture(self, picture: list[Drawn], cursor: int, top: Place) -> None:
        before, was = self._picture, self._cursor
        moved = cursor != was
        self._picture, self._cursor, self._top = picture, cursor, top
        if len(before) != len(picture) or any(old is not new for old, new in zip(before, picture, strict=False)):
            self.refresh()
        elif moved:
            rows = {self._rows[index] for index in (was, cursor) if index < len(self._rows)}
            self._redraw_lines(y for y, line in enumerate(picture) if line.row in rows)
        if moved:
            self.post_message(self.Moved(self))

    def _redraw_lines(self, lines: Iterable[int]) -> None:
        regions = [Region(0, y, self.size.width, 1) for y in lines]
        if regions:
            self.refresh(*regions)

    def redraw_cursor(self) -> None:
        self._redraw_lines(y for y, line in enumerate(self._picture) if line.row == self.row)

    def _settle(self, top: Place, cursor: int) -> tuple[Place, int]:
        """Stay where one is, among other messages, in another width."""
        cursor, view = max(0, min(cursor, len(self._rows) - 1)), self._scroll
        lowest, end = view.lowest(), view.last_line(cursor)
        if not self._placed:
            # A message that was asked for with what was answered below it.
            return min(lowest, view.up(end, view.view * 2 // 3)) if self._pinned else lowest, cursor
        row = self._rows[cursor]
        seen = next((y for y, line in enumerate(self._picture) if line.row == row and not line.heading), None)
        if self._at_end and (seen is None or (not self._pinned and end >= lowest)):
            return lowest, cursor
        if seen is None:
            index = min(top[0], len(self._rows) - 1)
            return (index, min(top[1], view.last_line(index)[1])), cursor
        # The cursor's message stays on its line of the screen.
        line = min(self._picture[seen].line - self._block(cursor)[0].line, end[1])
        top = min(lowest, view.up((cursor, line), min(seen, view.view - 1)))
        return view.reveal(top, cursor) if line == 0 else top, cursor

    @property
    def _scroll(self) -> BlockScroll:
        return BlockScroll(
            len(self._rows), lambda index: len(self._block(index)), self._height, 1 if self.new_below else 0
        )

    def _go(self, move: Move) -> None:
        """Move because of a key: from now on the cursor is where a person left it."""
        self._pinned = False
        self._do(move)

    def action_cursor_down(self) -> None:
        self._go(lambda top, cursor: self._scroll.next(top, cursor))

    def action_cursor_up(self) -> None:
        if self._at_beginning:
            self.post_message(self.OlderAsked(self))
        self._go(lambda top, cursor: self._scroll.previous(top, cursor))

    @property
    def _at_beginning(self) -> bool:
        return self._cursor == 0 and self._top == (0, 0)

    def action_page_up(self) -> None:
        if self._at_beginning:
            self.post_message(self.OlderAsked(self))
        self._page(-1)

    def action_page_down(self) -> None:
        self._page(1)

    def _page(self, direction: int) -> None:
        self._go(lambda top, cursor: self._scroll.page(top, cursor, direction))

    def action_first(self) -> None:
        if self._at_beginning:
            self.post_message(self.OlderAsked(self))
        self._go(lambda _top, _cursor: ((0, 0), 0))

    def action_last(self) -> None:
        self._go(lambda _top, _cursor: (self._scroll.lowest(), len(self._rows) - 1))

    def scroll_lines(self, lines: int) -> bool:
        before = self._top

        def scroll(top: Place, cursor: int) -> tuple[Place, int]:
            view = self._scroll
            return view.down(top, lines) if lines > 0 else view.up(top, -lines), cursor

        self._scrolled = True
        self._do(scroll)
        return self._top != before or self._waits

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.current is not None if action == "open_row" else super().check_action(action, parameters)

    def action_open_row(self) -> None:
        if (message := self.current) is not None:
            self.post_message(self.Opened(self, message))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a double click opens, as one does where no key can; on “new” it goes to the end."""
        if self.new_below and event.y == self.size.height - 1:
            self.action_last()
        elif 0 <= event.y < len(self._picture) and not self._picture[event.y].heading:
            row = self._picture[event.y].row
            # Read before the cursor goes there, for which others may have to be read.
            message = self._at_hand.get(row) if self._at_hand is not None else None
            (self._go if self.can_focus else self._do)(lambda top, _: (top, self._index(row)))
            awaited = self._asked != (self._archive, self._number)
            if message is not None and not awaited and event.chain == (2 if self.can_focus else 1):
                self.post_message(self.Opened(self, message))

    def on_hide(self) -> None:
        # Nobody sees its end then; where it is shown again, that is told again.
        self._told_end = -1

    def on_show(self) -> None:
        self._do(self._settle)

    def on_resize(self, event: events.Resize) -> None:
        self._blocks.clear()
        if self._pinned and not self._scrolled:
            # Where it belongs in a view of this height: the first layout may have had another.
            self._placed = False
        self._do(self._settle)

    # -- reading -------------------------------------------------------------------------------------

    def _work(self, task: Callable[[], Coroutine[object, object, None]], group: str, *, asks: bool = False) -> None:
        # In the screen's workers, whose errors are reported.
        self.screen.run_worker(
            task,
            name=ASKS if asks else "",
            group=f"{group} of thread {id(self)}",
            exit_on_error=False,
        )

    async def _read_around(self, index: int) -> None:
        at_hand, height = self._at_hand, self._height
        try:
            if at_hand is not None:
                around = self._rows[max(0, index - 2 * height) : index + 2 * height]
                await at_hand.read(at_hand.missing(around))
        finally:
            self._waits = False
        self._run()

    def _read_ahead(self) -> None:
        """Read what the next keys may come to, and let go of what is far away."""
        at_hand, rows = self._at_hand, self._rows
        if at_hand is None or not rows or self._reads_ahead or not self._picture:
            return
        height, first, last = self._height, self._top[0], self._index(self._picture[-1].row)
        if not at_hand.missing(rows[max(0, first - height) : last + height]):
            return
        self._reads_ahead = True

        async def read() -> None:
            try:
                wanted = [
                    *rows[max(0, first - 3 * height) : last + 3 * height],
                    *rows[:height],
                    *rows[-height:],
                    *rows[max(0, self._cursor - height) : self._cursor + height],
                ]
                await at_hand.read(at_hand.missing(wanted))
                if at_hand is self._at_hand:
                    at_hand.keep_only(dict.fromkeys(wanted))
                    self._blocks = {row: block for row, block in self._blocks.items() if not at_hand.missing([row])}
            finally:
                self._reads_ahead = False

        self._work(read, "ahead")

    # -- drawing -------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        new = self.new_below
        if new and y == self.size.height - 1:
            return self.strip([(f" ▼ {new:,} new", "accent")], selected=False, mark=self._mark(y))
        if y >= len(self._picture):
            return Strip.blank(width, self.rich_style)
        line = self._picture[y]
        marks = self.can_focus or self._pinned
        selected = marks and not line.heading and line.row == self.row
        return self.strip(line.pieces, selected=selected, mark=self._mark(y))

    def _mark(self, y: int) -> Segment:
        first, count, picture = self._top[0], len(self._rows), self._picture
        if self._top == (0, 0) and self._at_end:
            return self.mark_at(y, first=0, shown=count, count=count)
        shown = max(1, self._index(picture[-1].row) - first)
        first = count - shown if self._at_end else max(1, first) if self._top > (0, 0) else 0
        return self.mark_at(y, first=first, shown=min(shown, count - 1), count=count)


async def _index_of(wanted: Message, rows: array[int], at_hand: MessagesAtHand) -> int:
    """The index of a message among these rows, or of what was sent next; what is around it is read."""
    from tui.archive.layout import row_number

    second = int(wanted.when.timestamp()) if wanted.when else 0
    first = min(bisect_left(rows, row_number(second)), len(rows) - 1)
    await at_hand.read(at_hand.missing(rows[max(0, first - _TALLEST) : first + _TALLEST]))
    for index in range(first, min(first + _TALLEST, len(rows))):
        message = at_hand.get(rows[index])
        if message is not None and message.sid == wanted.sid:
            return index
    return first


def _day(row: int) -> date | None:
    from tui.archive.layout import second_of

    second = second_of(row)
    return datetime.fromtimestamp(second).astimezone().date() if second else None
