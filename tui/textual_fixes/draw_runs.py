"""Draw runs: changed cells of one style side by side, and the order that draws them in the fewest bytes.

Textual: draws line by line.
Needed: colour codes take more bytes than moves, so runs may be drawn colour by colour: whichever is shorter. Part of
`painter`, and gone with it. Knows cells and the terminal's codes (ECMA-48), not what is there already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from tui.textual_fixes.cells import DEFAULT, Cell, CellStyle, State, shortfall, style_change

_WIDE_GAP: Final = re.compile(r"(?<=\S)( {12,})(?=\S)")
"""Blanks that are cheaper to erase and to step over than to write."""

_ERASED: Final = 5
"""Blanks at the end of a stroke that are cheaper to erase, where nothing follows them."""

_ERASED_BEFORE_MORE: Final = 10
"""The same, where the cursor has to step over them afterwards."""


class DrawRun(NamedTuple):
    """Characters of one cell each, beside one another, that are drawn alike."""

    x: int
    y: int
    look: CellStyle
    text: str


Place = tuple[int, int]
"""Column and line of the terminal's cursor."""

NOWHERE: Final[Place] = (-1, -1)


def draw_runs_of(x: int, y: int, cells: Sequence[Cell], *, fills: bool = False) -> Iterator[DrawRun]:
    """Part cells where their look changes; a blank goes with what is before it as long as it looks the same.

    Args:
        fills: whether the terminal fills what it erases with the colour at hand.
    """
    here, text = cells[0].look, ""
    for cell in cells:
        look = cell.look
        if look is not here:
            if joins(look, here):
                pass
            elif joins(here, look):
                here = look
            else:
                yield from _parted(DrawRun(x, y, here, text), fills)
                x += len(text)
                here, text = look, ""
        text += cell.text
    yield from _parted(DrawRun(x, y, here, text), fills)


def joins(blank: CellStyle, look: CellStyle) -> bool:
    """Whether a cell is a blank that can be drawn with a look as well as with its own."""
    return not blank.ink and blank.paper == look.paper and look.bare


def _parted(stroke: DrawRun, fills: bool) -> Iterator[DrawRun]:
    x, y, look, text = stroke
    start = 0
    if _erasable(look, fills):
        for gap in _WIDE_GAP.finditer(text):
            yield DrawRun(x + start, y, look, text[start : gap.end()])
            start = gap.end()
    yield DrawRun(x + start, y, look, text[start:])


def _erasable(look: CellStyle, fills: bool) -> bool:
    return look.bare and (fills or look.paper == DEFAULT.paper)


def draw(strokes: list[DrawRun], width: int, state: State = DEFAULT, *, fills: bool = False) -> str:
    """The shorter way to draw these strokes on lines of a width; it leaves the terminal with its own colours.

    Args:
        state: how the terminal draws before.
        fills: see `draw_runs_of`.
    """
    by_line = _draw(strokes, width, state, fills)
    if len(strokes) < 3:
        return by_line
    by_look = _draw(sorted(strokes, key=_look), width, state, fills)
    return by_look if len(by_look) < len(by_line) else by_line


def _look(stroke: DrawRun) -> tuple[str, str, int]:
    look = stroke.look
    return look.paper, look.ink, look.attributes


def _draw(strokes: list[DrawRun], width: int, state: State, fills: bool) -> str:
    written: list[str] = []
    place = NOWHERE
    last = len(strokes) - 1
    for n, (x, y, look, text) in enumerate(strokes):
        sequence, state = style_change(state, look)
        written.append(move(place, x, y) + sequence)
        end = x + len(text)
        if _erasable(look, fills):
            drawn = text.rstrip(" ")
            blanks = len(text) - len(drawn)
            followed = n < last and strokes[n + 1].y == y and strokes[n + 1].x == end
            if blanks >= (_ERASED_BEFORE_MORE if followed else _ERASED):
                text = drawn + ("\x1b[K" if end == width else f"\x1b[{blanks}X")
                end -= blanks
        written.append(text)
        place = (end, y)
    if state != DEFAULT:
        written.append("\x1b[m")
    return "".join(written)


def move(place: Place, x: int, y: int) -> str:
    """The sequence that takes the cursor from one place to another."""
    at_x, at_y = place
    if at_y == y and at_x <= x:
        steps = x - at_x
        return f"\x1b[{steps}C" if steps > 1 else "\x1b[C" if steps else ""
    return f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"


def draw_whole(x: int, y: int, cells: Sequence[Cell], state: State, *, fills: bool = False) -> tuple[str, State]:
    """Cells in one go, for texts that terminals measure differently: where they end is not known.

    Args:
        state: how the terminal draws before; how it draws afterwards comes with the bytes.
        fills: see `draw_runs_of`.
    """
    written: list[str] = []
    # Drawn narrower than it should be, it would leave the end of what was there.
    if _erasable(cells[0].look, fills):
        sequence, state = style_change(state, cells[0].look)
        written.append(f"{move(NOWHERE, x, y)}{sequence}\x1b[{len(cells)}X")
    elif short := shortfall(cells):
        written.append(move(NOWHERE, x + len(cells) - short, y))
        for _, look in cells[-short:]:
            sequence, state = style_change(state, look.cells[" "].look)
            written.append(sequence + " ")
        written.append(move(NOWHERE, x, y))
    else:
        written.append(move(NOWHERE, x, y))
    for text, look in cells:
        sequence, state = style_change(state, look)
        written.append(sequence + text)
    return "".join(written), state
