"""Terminal cells and draw runs: the style that each cell shows, and the fewest bytes that draw what changed.

Textual: writes the whole style of each piece of a line (SGR, ECMA-48 8.3.117), whatever stands there.
Needed: the difference between two styles; part of `painter`, and gone with it. Knows Rich's styles and the terminal's
codes, not what is painted or where.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple
from unicodedata import category, combining, east_asian_width

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

_ATTRIBUTES: Final = (
    ("bold", 1, 22),
    ("dim", 2, 22),
    ("italic", 3, 23),
    ("underline", 4, 24),
    ("blink", 5, 25),
    ("blink2", 6, 25),
    ("reverse", 7, 27),
    ("conceal", 8, 28),
    ("strike", 9, 29),
    ("underline2", 21, 24),
    ("frame", 51, 54),
    ("encircle", 52, 54),
    ("overline", 53, 55),
)
"""Rich's name, the code that sets it, the code that takes it back; some take back two. The place is the bit."""

_SEEN_ON_A_BLANK: Final = sum(
    1 << bit
    for bit, (name, _, _) in enumerate(_ATTRIBUTES)
    if name in ("underline", "reverse", "strike", "underline2", "frame", "encircle", "overline")
)

_CERTAIN: Final = re.compile(
    "[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u0482\u048a-\u052f"
    "\u2010-\u2027\u2190-\u21ff\u2400-\u2426\u2500-\u25a9\u2713\u2717\u23ce]*"
)
"""Characters of one cell in every terminal that was not told otherwise. Of all others terminals disagree."""

_TWO: Final = "[\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]"
"""Characters that take two cells wherever there are such, and nowhere fewer. Compiled when one comes: it takes 2 ms."""

_MOST_KEPT: Final = 4096


class State(NamedTuple):
    """How the terminal draws the next character: the codes of both colours, attributes as bits."""

    ink: str
    paper: str
    attributes: int


DEFAULT: Final = State("39", "49", 0)


class CellStyle:
    """One way to draw.

    Attributes:
        ink: the code of the foreground; empty where it cannot be seen.
        paper: the code of the background.
        attributes: bits; of a blank only those that can be seen.
        bare: whether a blank drawn with it shows nothing but its paper.
        cells: each character drawn this way; the same cell is nearly always the same object.
    """

    __slots__ = ("attributes", "bare", "cells", "ink", "paper")

    def __init__(self, state: State) -> None:
        self.ink, self.paper, self.attributes = state
        self.bare = not self.attributes & _SEEN_ON_A_BLANK
        self.cells = Cells(self, self if not self.ink or not self.bare else look(State("", self.paper, 0)))


class Cells(dict[str, "Cell"]):
    """Character → cell, made when it is first asked for. A blank has a look of its own: it shows no ink."""

    def __init__(self, look: CellStyle, blank: CellStyle) -> None:
        super().__init__()
        self._look = look
        self._blank = blank

    def __missing__(self, character: str) -> Cell:
        if len(self) > _MOST_KEPT:
            self.clear()
        cell = self[character] = Cell(character, self._blank if character == " " else self._look)
        return cell


class Cell(NamedTuple):
    """What stands in one place.

    Attributes:
        text: a character; all of a text that terminals measure differently, in its first cell; empty in its others.
    """

    text: str
    look: CellStyle


@cache
def look(state: State) -> CellStyle:
    """The look of a state; one object for each."""
    return CellStyle(state)


BLANK: Final = look(DEFAULT).cells[" "]
"""What a terminal shows that was just cleared."""


@lru_cache(maxsize=4096)
def look_of(style: Style | None, system: ColorSystem) -> CellStyle:
    """The look of a style, in as many colours as the terminal has. Links are not handed on."""
    if style is None:
        return look(DEFAULT)
    ink, paper = style.color, style.bgcolor
    return look(
        State(
            ";".join(ink.downgrade(system).get_ansi_codes()) if ink else DEFAULT.ink,
            ";".join(paper.downgrade(system).get_ansi_codes(foreground=False)) if paper else DEFAULT.paper,
            sum(1 << bit for bit, (name, _, _) in enumerate(_ATTRIBUTES) if getattr(style, name)),
        )
    )


def lay_out(segments: Iterable[Segment], system: ColorSystem) -> tuple[list[Cell], bool]:
    """Segments as cells, and whether all terminals agree where each of them stands."""
    cells: list[Cell] = []
    certain = True
    for text, style, control in segments:
        if control or not text:
            continue
        here = look_of(style, system)
        if _CERTAIN.fullmatch(text):
            cells.extend(map(here.cells.__getitem__, text))
            continue
        certain = False
        width = cell_len(text)
        if marks := _marks(text):
            # No cell of their own: they go with what is before them, and with nothing where nothing is.
            if cells:
                before = cells.pop()
                cells.append(Cell(before.text + text[:marks], before.look))
            text = text[marks:]
        if (start := _begins(text)) and start + cell_len(text[start:]) == width:
            cells.extend(map(here.cells.__getitem__, text[:start]))
            text, width = text[start:], width - start
        if width:
            cells.append(Cell(text, here))
            cells.extend([here.cells[""]] * (width - 1))
    return cells, certain


@lru_cache(maxsize=4096)
def is_certain(text: str) -> bool:
    """Whether what stands in a cell is one character that takes one cell in every terminal."""
    return len(text) == 1 and _CERTAIN.fullmatch(text) is not None


def _marks(text: str) -> int:
    """How many characters at the beginning take no cell."""
    return next((n for n, character in enumerate(text) if cell_len(character)), len(text))


def _begins(text: str) -> int:
    """Where that begins of which terminals disagree; a mark belongs to the character before it."""
    known = _CERTAIN.match(text)
    return max(0, known.end() - 1) if known else 0


_VIRAMA: Final = 9
"""The canonical combining class of signs that join consonants."""


def excess(cells: Sequence[Cell]) -> int:
    """How many cells more than these a terminal may need for them."""
    return max(0, sum(_most(character) for cell in cells for character in cell.text) - len(cells))


def shortfall(cells: Sequence[Cell]) -> int:
    """How many cells fewer than these a terminal may need: to some a joiner or a virama takes in what follows it."""
    text = "".join(cell.text for cell in cells)
    alone = [True, *(before != "\u200d" and combining(before) != _VIRAMA for before in text)]
    return max(0, len(cells) - sum(_least(each) for each, counts in zip(text, alone, strict=False) if counts))


@lru_cache(maxsize=4096)
def _most(character: str) -> int:
    """No character takes more than two cells anywhere; letters and marks that are not of East Asia, one."""
    if is_certain(character):
        return 1
    return 1 if category(character)[0] in "LM" and east_asian_width(character) in ("N", "Na", "H") else 2


@lru_cache(maxsize=4096)
def _least(character: str) -> int:
    return 1 if is_certain(character) else 2 if re.match(_TWO, character) else 0


@lru_cache(maxsize=4096)
def style_change(state: State, to: CellStyle) -> tuple[str, State]:
    """The sequence that makes the terminal draw with a look, and its state after that."""
    ink = to.ink or state.ink
    unwanted = state.attributes & ~to.attributes
    if not to.ink:
        # Bold and the like do not show on a blank; whatever comes after it may want them still.
        unwanted &= _SEEN_ON_A_BLANK
    kept = state.attributes
    codes: list[str] = []
    for bit, (_, _, off) in enumerate(_ATTRIBUTES):
        if unwanted >> bit & 1 and kept >> bit & 1:
            codes.append(str(off))
            kept &= ~sum(1 << other for other, (_, _, same) in enumerate(_ATTRIBUTES) if same == off)
    attributes = kept | to.attributes
    codes.extend(str(on) for bit, (_, on, _) in enumerate(_ATTRIBUTES) if (attributes & ~kept) >> bit & 1)
    if ink != state.ink:
        codes.append(ink)
    if to.paper != state.paper:
        codes.append(to.paper)
    after = State(ink, to.paper, attributes)
    if not codes:
        return "", after
    return ("\x1b[m" if after == DEFAULT else f"\x1b[{';'.join(codes)}m"), after


_WIDE_GAP: Final = re.compile(r"(?<! )( {12,})(?=[^ ])")
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
