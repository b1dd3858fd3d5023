"""The painter: a terminal shows the same as if everything were written, whatever was there before."""

from __future__ import annotations

import io

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tui.widgets.painter import Difference, Painter

WIDTH, HEIGHT = 24, 4
PARTS = ((0, 10), (10, 24))
"""Where two widgets stand beside each other."""

texts = st.text(st.sampled_from("ab  xyz.äß…→│✓ 漢字é🎉Ωд"), max_size=12)
styles = st.builds(
    Style,
    color=st.sampled_from([None, "red", "#D9DCE3", "default"]),
    bgcolor=st.sampled_from([None, "blue", "#15181E"]),
    bold=st.sampled_from([None, True]),
    italic=st.sampled_from([None, True]),
    underline=st.sampled_from([None, True]),
    reverse=st.sampled_from([None, True]),
    strike=st.sampled_from([None, True]),
)
segments = st.lists(st.builds(lambda text, style: Segment(text, style), texts, styles), max_size=4)
lines = st.lists(segments, min_size=len(PARTS), max_size=len(PARTS))
frames = st.lists(lines, min_size=HEIGHT, max_size=HEIGHT)
spans = st.lists(
    st.tuples(st.integers(0, HEIGHT - 1), st.sampled_from([(0, 10), (10, 24), (0, 24)])),
    min_size=1,
    max_size=HEIGHT,
    unique_by=lambda span: span[0],
)


def strips(line):
    return [Strip(pieces).adjust_cell_length(end - start) for pieces, (start, end) in zip(line, PARTS, strict=True)]


def whole(frame):
    return LayoutUpdate([strips(line) for line in frame], Region(0, 0, WIDTH, HEIGHT))


def part(frame, chosen):
    chops = [dict(zip((start for start, _ in PARTS), strips(line), strict=True)) for line in frame]
    return ChopsUpdate(chops, sorted((y, *x) for y, x in chosen), [[end for _, end in PARTS]] * HEIGHT)


class Unfilled(pyte.Screen):
    """Erases in its own colour, whatever is at hand."""

    def erase_characters(self, count=None):
        at_hand, self.cursor.attrs = self.cursor.attrs, self.default_char
        super().erase_characters(count)
        self.cursor.attrs = at_hand

    def erase_in_line(self, how=0, private=False):
        at_hand, self.cursor.attrs = self.cursor.attrs, self.default_char
        super().erase_in_line(how, private)
        self.cursor.attrs = at_hand


class Screen:
    """A terminal."""

    def __init__(self, fills=True):
        self.pyte = (pyte.Screen if fills else Unfilled)(WIDTH, HEIGHT)
        self.pyte.reset_mode(pyte.modes.DECAWM)
        self.stream = pyte.Stream(self.pyte)

    def write(self, text):
        self.stream.feed(text)

    @property
    def shown(self):
        """What a person sees: the ink of a blank is not among it."""
        return [[seen(self.pyte.buffer[y][x]) for x in range(WIDTH)] for y in range(HEIGHT)]


def seen(cell):
    marks = (cell.underscore, cell.reverse, cell.strikethrough)
    if cell.data.isspace() and not any(marks):
        return (cell.bg,)
    return (cell.data, cell.fg, cell.bg, cell.bold, cell.italics, *marks)


def console():
    return Console(file=io.StringIO(), color_system="truecolor", force_terminal=True, legacy_windows=False)


@given(frames, st.lists(st.tuples(frames, st.one_of(st.none(), spans)), max_size=5), st.booleans())
def test_the_terminal_shows_what_it_would_show_if_everything_were_written(first, later, fills):
    plain, sparing, painter, out = Screen(fills), Screen(fills), Painter(fills=fills), console()
    for frame, chosen in [(first, None), *later]:
        update = whole(frame) if chosen is None else part(frame, chosen)
        plain.write(update.render_segments(out))
        sparing.write(Difference(update, painter).render_segments(out))
        assert sparing.shown == plain.shown


def say(*words):
    return [[[Segment(word, Style.parse("white on blue"))], []] for word in words] + [[[], []]] * (HEIGHT - len(words))


def test_what_is_there_already_is_not_written_again():
    painter = Painter()
    assert painter.paint(whole(say("one", "two")), ColorSystem.TRUECOLOR)
    assert painter.paint(whole(say("one", "two")), ColorSystem.TRUECOLOR) == ""


def test_one_character_is_one_move_one_colour_and_the_character():
    painter = Painter()
    painter.paint(whole(say("one", "two")), ColorSystem.STANDARD)
    assert painter.paint(whole(say("one", "twa")), ColorSystem.STANDARD) == "\x1b[2;3H\x1b[37;44ma\x1b[m"


def test_what_was_forgotten_is_written_again():
    painter = Painter()
    update = whole(say("one", "two"))
    first = painter.paint(update, ColorSystem.TRUECOLOR)
    painter.forget()
    assert painter.paint(update, ColorSystem.TRUECOLOR) == first


def test_a_text_that_terminals_draw_wider_is_written_whole_with_as_much_right_of_it_as_it_may_reach():
    painter = Painter()
    painter.paint(whole(say("👩\u200d👧 abcdef")), ColorSystem.STANDARD)
    again = painter.paint(whole(say("👩\u200d👧 uvwxyz")), ColorSystem.STANDARD)
    assert "👩\u200d👧 uvwxyz" in again
    # Four more than two cells: the terminal may know neither the joiner nor the family.
    assert f"\x1b[1;{PARTS[1][0] + 1}H" in again
    assert again.endswith(f"\x1b[1;{PARTS[1][0] + 1}H    \x1b[m")


def test_a_text_that_can_only_be_narrower_leaves_what_is_right_of_it_alone():
    painter = Painter()
    painter.paint(whole(say("one 🎉 two")), ColorSystem.STANDARD)
    assert painter.paint(whole(say("one 🎉 xyz")), ColorSystem.STANDARD) == "\x1b[1;4H\x1b[37;44m 🎉 xyz\x1b[m"
    assert painter.paint(whole(say("own 🎉 xyz")), ColorSystem.STANDARD) == "\x1b[1;2H\x1b[37;44mwn\x1b[m"


def test_a_terminal_of_another_size_is_written_whole():
    painter = Painter()
    painter.paint(whole(say("one")), ColorSystem.STANDARD)
    smaller = LayoutUpdate([[Strip([Segment("one")])], [Strip([Segment("two")])]], Region(0, 0, 3, 2))
    assert "one" in painter.paint(smaller, ColorSystem.STANDARD)
