"""Writes to the terminal only what is not there already, with as few colour codes as it takes.

Textual writes every line anew that a changed widget touches, and the colours of each piece from nothing; over a slow
line that is most of the traffic. The painter remembers what stands in each cell and hands on the difference. It stands
between Textual's compositor and the driver, and knows neither widgets nor screens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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

from tui.widgets.cells import BLANK, DEFAULT, Cell, State, lay_out, turn

_SHORT_GAP: Final = 4
"""Cells that are cheaper to write again than to step over."""

Piece = tuple[int, int, Strip]
"""Column, line, and what Textual would write there."""


class Painter:
    """What the terminal shows, as far as is known.

    Args:
        restyle: what becomes of each style before it is written; None to leave them as they are.
    """

    def __init__(self, restyle: Callable[[Style], Style] | None = None) -> None:
        self._restyle = restyle
        self._lines: list[list[Cell | None]] = []
        self._uncertain: list[bool] = []
        self._written: list[str] = []
        self._state: State = DEFAULT
        self._place = (-1, -1)

    def forget(self) -> None:
        """Somebody else may have written there: everything is written again when it is painted again."""
        self._lines = []

    @property
    def knows_something(self) -> bool:
        """Whether anything was painted since the last time all was forgotten."""
        return bool(self._lines)

    def paint(self, update: CompositorUpdate, system: ColorSystem) -> str:
        """What to write for an update; empty when all of it is there already."""
        self._written, self._state, self._place = [], DEFAULT, (-1, -1)
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
        if self._state != DEFAULT:
            self._written.append("\x1b[m")
        return "".join(self._written)

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
        if certain and not self._uncertain[y]:
            changed = [
                n for n, (old, new) in enumerate(zip(before, cells, strict=True)) if old is not new and old != new
            ]
            for first, last in _runs(changed, cells):
                self._write(x + first, y, cells[first : last + 1])
            return
        # Where this is drawn wider than it should be, it runs into what is to the right of it.
        self._write(x, y, cells)
        line[end:] = [None] * (len(line) - end)
        self._uncertain[y] = not certain or any(_is_uncertain(cell) for cell in line)

    def _write(self, x: int, y: int, cells: list[Cell]) -> None:
        write = self._written.append
        if self._place != (x, y):
            at_x, at_y = self._place
            steps = x - at_x
            if at_y == y and steps > 0:
                write(f"\x1b[{steps}C" if steps > 1 else "\x1b[C")
            else:
                write(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H")
        state = self._state
        for text, look in cells:
            sequence, state = turn(state, look)
            write(sequence + text)
        self._state = state
        self._place = (x + len(cells), y)


def _is_uncertain(cell: Cell | None) -> bool:
    return cell is not None and len(cell.text) != 1


def _runs(changed: list[int], cells: list[Cell]) -> Iterator[tuple[int, int]]:
    """First and last of the stretches to write; short gaps are written along where they cost no colour."""
    first = last = changed[0]
    for place in changed[1:]:
        gap = cells[last + 1 : place]
        if len(gap) > _SHORT_GAP or any(cell.look is not cells[last].look for cell in gap):
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
