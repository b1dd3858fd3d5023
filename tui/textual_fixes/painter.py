"""Painter: writes to the terminal only the cells that differ from what stands there, with few colour codes.

Textual: writes every line anew that a changed widget touches, and the colours of each piece from nothing; over a slow
line that is most of the traffic.
Needed: it remembers each cell, between the compositor and the driver, and hands on the difference. Terminals disagree
on how many cells some texts take: from the first of those on a piece is drawn in one go, and what it may have run into
is written again.
When it changes: `ChopsUpdate` and `LayoutUpdate` are what it reads; without the painter, `_display` is one line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import (  # pyright: ignore[reportPrivateUsage]  # the one place where a frame can be had
    ChopsUpdate,
    CompositorUpdate,
    LayoutUpdate,
)
from textual.strip import Strip

from tui.textual_fixes.cells import (
    BLANK,
    DEFAULT,
    Cell,
    DrawRun,
    State,
    draw,
    draw_runs_of,
    draw_whole,
    excess,
    is_certain,
    joins,
    lay_out,
    look_of,
    style_change,
)

_SHORT_GAP: Final = 4
"""Cells that are cheaper to write again than to step over."""

_UNKNOWN: Final = Cell("", BLANK.look)
"""Stands for a cell of which is not known what it shows."""

Piece = tuple[int, int, Strip]
"""Column, line, and what Textual would write there."""


class Painter:
    """What the terminal shows, as far as is known.

    Args:
        restyle: what becomes of each style before it is written; None to leave them as they are.
        fills: whether the terminal fills what it erases with the colour at hand; see
            `tui.textual_fixes.terminal_types`.
    """

    def __init__(self, restyle: Callable[[Style], Style] | None = None, *, fills: bool = False) -> None:
        self._restyle = restyle
        self._fills = fills
        self._lines: list[list[Cell | None]] = []
        self._odd: list[dict[int, int]] = []
        """By line, what was drawn in one go: where it begins and the column after it."""
        self._fresh: set[tuple[int, int]] = set()
        """Line and first column of what is still to be drawn in one go."""
        self._strokes: list[DrawRun] = []

    def forget(self) -> None:
        """Somebody else may have written there: everything is written again when it is painted again."""
        self._lines = []

    @property
    def knows_something(self) -> bool:
        """Whether anything was painted since the last time all was forgotten."""
        return bool(self._lines)

    def paint(self, update: CompositorUpdate, system: ColorSystem) -> str:
        """What to write for an update; empty when all of it is there already."""
        self._fresh, self._strokes = set(), []
        cleared, state = "", DEFAULT
        if isinstance(update, LayoutUpdate):
            if self._size != update.region.size:
                ground = self._ground(update, system)
                self._lines = [[ground] * update.region.width for _ in range(update.region.height)]
                self._odd = [{} for _ in range(update.region.height)]
                sequence, state = style_change(DEFAULT, ground.look)
                cleared = f"\x1b[m{sequence}\x1b[2J"
            pieces = _whole(update)
        else:
            assert isinstance(update, ChopsUpdate)
            height, width = len(update.chops), update.chop_ends[0][-1] if update.chop_ends else 0
            if self._size != (width, height):
                self._lines = [[None] * width for _ in range(height)]
                self._odd = [{} for _ in range(height)]
            pieces = _parts(update)
        for x, y, strip in pieces:
            self._put(x, y, strip, system)
        # What may run into what is beside it comes first.
        odd, state = self._draw_odd(state) if self._fresh else ("", state)
        return cleared + odd + draw(self._strokes, self._size[0], state, fills=self._fills)

    def _ground(self, update: LayoutUpdate, system: ColorSystem) -> Cell:
        """The blank that most of a picture is made of, where the terminal can be cleared to it."""
        blanks: Counter[Style | None] = Counter()
        for _, _, strip in _whole(update):
            for text, style, _ in strip:
                if text.isspace():
                    blanks[style] += len(text)
        if not self._fills or not blanks:
            return BLANK
        style = max(blanks, key=blanks.__getitem__)
        look = look_of(self._restyle(style) if style and self._restyle else style, system)
        return look.cells[" "] if look.bare else BLANK

    @property
    def _size(self) -> tuple[int, int]:
        return (len(self._lines[0]), len(self._lines)) if self._lines else (0, 0)

    def _put(self, x: int, y: int, strip: Strip, system: ColorSystem) -> None:
        segments: Iterable[Segment] = strip
        if (restyle := self._restyle) is not None:
            segments = [Segment(text, style and restyle(style), control) for text, style, control in strip]
        cells, certain = lay_out(segments, system)
        if (missing := strip.cell_length - len(cells)) > 0:
            # A text that was cut behind a joiner measures less than was left for it, and nobody else writes there.
            cells += [cells[-1].look.cells[" "] if cells else BLANK] * missing
        line = self._lines[y]
        del cells[len(line) - x :]
        end = x + len(cells)
        before = line[x:end]
        if before == cells and not self._odd[y]:
            return
        line[x:end] = cells
        first = stop = len(cells)
        if not certain:
            first = next((n for n, cell in enumerate(cells) if not is_certain(cell.text)), stop)
            if _is_edge(cells):
                stop -= 1
        if self._odd[y]:
            self._let_go(x, y, cells, before, first, stop)
        if first < stop and before[first:stop] != cells[first:stop]:
            self._odd[y][x + first] = x + stop
            self._fresh.add((y, x + first))
            before[first:stop] = cells[first:stop]
        changed = [n for n, (old, new) in enumerate(zip(before, cells, strict=True)) if old is not new and old != new]
        if changed:
            self._stroke(x, y, cells, changed)

    def _let_go(self, x: int, y: int, cells: list[Cell], before: list[Cell | None], first: int, stop: int) -> None:
        """Forget what stood `before` where cells come and something odd did, as that may stand elsewhere in part."""
        line, odd, end = self._lines[y], self._odd[y], x + len(cells)
        for start, after in list(odd.items()):
            if after <= x or start >= end:
                continue
            if (start, after) == (x + first, x + stop) and before[first:stop] == cells[first:stop]:
                continue
            del odd[start]
            if start < x:
                odd[start] = x
            if after > end:
                line[end:after] = [None] * (after - end)
            a, b = max(start, x) - x, min(after, end) - x
            before[a:b] = [None] * (b - a)

    def _stroke(self, x: int, y: int, cells: list[Cell], changed: list[int]) -> None:
        for first, last in _runs(changed, cells):
            self._strokes.extend(draw_runs_of(x + first, y, cells[first : last + 1], fills=self._fills))

    def _draw_odd(self, state: State) -> tuple[str, State]:
        """What terminals measure differently, and again what is known of the cells that it may have reached."""
        written: list[str] = []
        for y in sorted({y for y, _ in self._fresh}):
            line, odd = self._lines[y], self._odd[y]
            reached: set[int] = set()
            for start, end in sorted(odd.items()):
                if (y, start) not in self._fresh and start not in reached:
                    continue
                cells = [cell for cell in line[start:end] if cell is not None]
                drawn, state = draw_whole(start, y, cells, state, fills=self._fills)
                written.append(drawn)
                reached.difference_update(range(start, end))
                reached.update(range(end, min(len(line), end + excess(cells))))
            if reached:
                self._restore(y, reached)
        return "".join(written), state

    def _restore(self, y: int, reached: set[int]) -> None:
        """Write again what is known of these cells of a line, where it is not written anyhow."""
        line = self._lines[y]
        for stroke in self._strokes:
            if stroke.y == y:
                reached.difference_update(range(stroke.x, stroke.x + len(stroke.text)))
        cells = [cell or _UNKNOWN for cell in line]
        known = [n for n in sorted(reached) if (cell := line[n]) is not None and is_certain(cell.text)]
        if known:
            self._stroke(0, y, cells, known)
            self._strokes.sort(key=_place)


def _place(stroke: DrawRun) -> tuple[int, int]:
    return stroke.y, stroke.x


def _is_edge(cells: Sequence[Cell]) -> bool:
    """Whether the last cell is a sign of its own at the edge, as a row's mark is, and not the end of a text."""
    last = cells[-1]
    return len(cells) > 1 and is_certain(last.text) and last.text != " " and last.look is not cells[-2].look


def _runs(changed: list[int], cells: list[Cell]) -> Iterator[tuple[int, int]]:
    """First and last of the stretches to write; short gaps are written along where they cost no colour."""
    first = last = changed[0]
    for place in changed[1:]:
        gap = cells[last + 1 : place]
        look = cells[last].look
        if len(gap) > _SHORT_GAP or any(
            (cell.look is not look and not joins(cell.look, look)) or not is_certain(cell.text) for cell in gap
        ):
            yield first, last
            first = place
        last = place
    yield first, last


def _whole(update: LayoutUpdate) -> Iterator[Piece]:
    for y, strips in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in strips:
            yield x, y, strip
            x += strip.cell_length


def _parts(update: ChopsUpdate) -> Iterator[Piece]:
    """As `ChopsUpdate.render_segments` goes through them (Textual 8.2.8)."""
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x >= x2 or end <= x1:
                continue
            # Whole even where less of it changed: a text that terminals measure differently cannot be cut.
            yield x, y, strip


class Difference(CompositorUpdate):
    """An update that writes only what changes. It must be rendered when it is written, and only then."""

    def __init__(self, update: CompositorUpdate, painter: Painter) -> None:
        self._update = update
        self._painter = painter

    def render_segments(self, console: Console) -> str:
        """See `Painter.paint`."""
        system = console._color_system or ColorSystem.TRUECOLOR  # pyright: ignore[reportPrivateUsage]
        return self._painter.paint(self._update, system)
