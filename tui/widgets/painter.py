"""Writes to the terminal only what is not there already, with as few colour codes as it takes.

Textual writes every line anew that a changed widget touches, and the colours of each piece from nothing; over a slow
line that is most of the traffic. The painter remembers what stands in each cell and hands on the difference. It stands
between Textual's compositor and the driver, and knows neither widgets nor screens.
"""

from __future__ import annotations

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

from tui.widgets.cells import BLANK, DEFAULT, Cell, State, excess, is_certain, lay_out
from tui.widgets.strokes import Stroke, draw, draw_whole, joins, strokes_of

_SHORT_GAP: Final = 4
"""Cells that are cheaper to write again than to step over."""

Piece = tuple[int, int, Strip]
"""Column, line, and what Textual would write there."""


class Painter:
    """What the terminal shows, as far as is known.

    Args:
        restyle: what becomes of each style before it is written; None to leave them as they are.
        fills: whether the terminal fills what it erases with the colour at hand; see `tui.terminal_types`.
    """

    def __init__(self, restyle: Callable[[Style], Style] | None = None, *, fills: bool = False) -> None:
        self._restyle = restyle
        self._fills = fills
        self._lines: list[list[Cell | None]] = []
        self._uncertain: list[bool] = []
        self._written: list[str] = []
        self._strokes: list[Stroke] = []
        self._state: State = DEFAULT

    def forget(self) -> None:
        """Somebody else may have written there: everything is written again when it is painted again."""
        self._lines = []

    @property
    def knows_something(self) -> bool:
        """Whether anything was painted since the last time all was forgotten."""
        return bool(self._lines)

    def paint(self, update: CompositorUpdate, system: ColorSystem) -> str:
        """What to write for an update; empty when all of it is there already."""
        self._written, self._strokes, self._state = [], [], DEFAULT
        if isinstance(update, LayoutUpdate):
            if self._size != update.region.size:
                self._lines = [[BLANK] * update.region.width for _ in range(update.region.height)]
                self._uncertain = [False] * update.region.height
                self._written.append("\x1b[m\x1b[2J")
            pieces = _whole(update)
        else:
            assert isinstance(update, ChopsUpdate)
            height, width = len(update.chops), update.chop_ends[0][-1] if update.chop_ends else 0
            if self._size != (width, height):
                self._lines = [[None] * width for _ in range(height)]
                self._uncertain = [False] * height
            pieces = _parts(update)
        for x, y, strip in pieces:
            self._put(x, y, strip, system)
        # What may run into what is right of it comes first.
        return "".join(self._written) + draw(self._strokes, self._size[0], self._state, fills=self._fills)

    @property
    def _size(self) -> tuple[int, int]:
        return (len(self._lines[0]), len(self._lines)) if self._lines else (0, 0)

    def _put(self, x: int, y: int, strip: Strip, system: ColorSystem) -> None:
        segments: Iterable[Segment] = strip
        if (restyle := self._restyle) is not None:
            segments = [Segment(text, style and restyle(style), control) for text, style, control in strip]
        cells, certain = lay_out(segments, system)
        line = self._lines[y]
        del cells[len(line) - x :]
        end = x + len(cells)
        before = line[x:end]
        if before == cells:
            return
        line[x:end] = cells
        known = len(cells)
        if not certain or self._uncertain[y]:
            # Nothing has an influence on what is to the left of it.
            known = min(_first_uncertain(before), _first_uncertain(cells))
        changed = [
            n
            for n, (old, new) in enumerate(zip(before[:known], cells[:known], strict=True))
            if old is not new and old != new
        ]
        if changed:
            for first, last in _runs(changed, cells):
                self._strokes.extend(strokes_of(x + first, y, cells[first : last + 1], fills=self._fills))
        if before[known:] != cells[known:]:
            written, self._state = draw_whole(x + known, y, cells[known:], self._state, fills=self._fills)
            self._written.append(written)
            # Where this is drawn wider than it should be, it runs into what is to the right of it.
            reached = min(len(line), end + excess(cells[known:]))
            line[end:reached] = [None] * (reached - end)
            self._uncertain[y] = any(map(_is_uncertain, line))


def _first_uncertain(cells: Sequence[Cell | None]) -> int:
    return next((n for n, cell in enumerate(cells) if _is_uncertain(cell)), len(cells))


def _is_uncertain(cell: Cell | None) -> bool:
    return cell is not None and not is_certain(cell.text)


def _runs(changed: list[int], cells: list[Cell]) -> Iterator[tuple[int, int]]:
    """First and last of the stretches to write; short gaps are written along where they cost no colour."""
    first = last = changed[0]
    for place in changed[1:]:
        gap = cells[last + 1 : place]
        look = cells[last].look
        if len(gap) > _SHORT_GAP or any(cell.look is not look and not joins(cell.look, look) for cell in gap):
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
            yield x, y, strip if end <= x2 else strip.crop(0, x2 - x)


class Difference(CompositorUpdate):
    """An update that writes only what changes. It must be rendered when it is written, and only then."""

    def __init__(self, update: CompositorUpdate, painter: Painter) -> None:
        self._update = update
        self._painter = painter

    def render_segments(self, console: Console) -> str:
        """See `Painter.paint`."""
        system = console._color_system or ColorSystem.TRUECOLOR  # pyright: ignore[reportPrivateUsage]
        return self._painter.paint(self._update, system)
