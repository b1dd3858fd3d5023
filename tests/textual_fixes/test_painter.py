"""The painter: a terminal shows the same as if everything were written, whatever was there before."""

from __future__ import annotations

import io

import pyte
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tui.textual_fixes.painter import Difference, Painter

WIDTH, HEIGHT = 24, 4
PARTS = ((0, 10), (10, 14), (14, 24))
"""Where three widgets stand beside each other."""

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
    st.tuples(st.integers(0, HEIGHT - 1), st.sampled_from([(0, 10), (10, 14), (14, 24), (0, 14), (10, 24), (0, 24)])),
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


class Filled(pyte.Screen):
    """Fills what it erases with the colour at hand, also where nothing was written before."""

    def erase_in_display(self, how=0, *args, **kwargs):
        super().erase_in_display(how, *args, **kwargs)
        for y in range(self.lines if how == 2 else 0):
            self.buffer[y].update(dict.fromkeys(range(self.columns), self.cursor.attrs))


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
        self.pyte = (Filled if fills else Unfilled)(WIDTH, HEIGHT)
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
    styled = [[Segment(word, Style.parse("white on blue"))] for word in words]
    return [[word, *[[]] * (len(PARTS) - 1)] for word in styled] + [[[]] * len(PARTS)] * (HEIGHT - len(words))


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


def test_a_terminal_that_fills_is_cleared_to_the_paper_of_most_of_a_picture():
    blank = [[Segment(" " * (end - start), Style.parse("white on blue"))] for start, end in PARTS]
    update = whole([*say("one")[:1], *[blank] * (HEIGHT - 1)])
    filled = Painter(fills=True).paint(update, ColorSystem.STANDARD)
    assert filled == "\x1b[m\x1b[44m\x1b[2J\x1b[1H\x1b[37mone\x1b[49m           \x1b[K\x1b[m"
    assert Painter().paint(update, ColorSystem.STANDARD).startswith("\x1b[m\x1b[2J")


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
    assert painter.paint(whole(say("one 🎉 xyz")), ColorSystem.STANDARD) == (
        "\x1b[1;9H\x1b[44m  \x1b[1;4H\x1b[37m 🎉 xyz\x1b[m"
    )
    assert painter.paint(whole(say("own 🎉 xyz")), ColorSystem.STANDARD) == "\x1b[1;2H\x1b[37;44mwn\x1b[m"


def test_a_terminal_of_another_size_is_written_whole():
    painter = Painter()
    painter.paint(whole(say("one")), ColorSystem.STANDARD)
    smaller = LayoutUpdate([[Strip([Segment("one")])], [Strip([Segment("two")])]], Region(0, 0, 3, 2))
    assert "one" in painter.paint(smaller, ColorSystem.STANDARD)


ODD = {
    **dict.fromkeys("नमसतपर", (1, 1)),
    **dict.fromkeys("\u0947\u0940\u094d\u0301", (0, 1)),
    **dict.fromkeys("\u200d\ufe0f", (0, 2)),
    **dict.fromkeys("❤👨👧🇩🇪\u0378🏾", (1, 2)),
    "漢": (2, 2),
}
"""Fewest and most cells that terminals take for each."""

PLAIN = "ab  xyz.│"

odd_texts = st.lists(
    st.sampled_from([*PLAIN, *ODD, "नमस्ते", "प्रती", "❤\ufe0f", "👨\u200d👧", "🇩🇪", "e\u0301", "     "]), max_size=8
).map("".join)
odd_segments = st.lists(st.builds(lambda text, style: Segment(text, style), odd_texts, styles), max_size=3)
layouts = st.sampled_from([PARTS, ((0, WIDTH),), ((0, 6), (6, 17), (17, WIDTH))])
odd_lines = st.lists(odd_segments, min_size=3, max_size=3)
dirty = st.one_of(st.none(), st.sampled_from([(0, 10), (10, 14), (14, 24), (0, 14), (3, 6), (7, 12), (6, 17)]))
paints = st.lists(st.tuples(odd_lines, layouts, dirty), min_size=1, max_size=5)
measures = st.fixed_dictionaries({character: st.integers(*few_and_most) for character, few_and_most in ODD.items()})


def disagreeing(base, widths, *, joining):
    """A terminal that measures by a table, and takes what comes behind a joiner for a part of what is before it."""

    class Disagreeing(base):
        def draw(self, data):
            for character in data:
                width = widths.get(character, 2 if character in "漢字🎉" else 1)
                if (joining and self.joined) or not width:
                    self.joined = character in "\u200d\u094d"
                    if self.cursor.x:
                        cell = self.buffer[self.cursor.y][self.cursor.x - 1]
                        self.buffer[self.cursor.y][self.cursor.x - 1] = cell._replace(data=cell.data + character)
                    continue
                self.joined = character in "\u200d\u094d"
                x = self.cursor.x = min(self.cursor.x, self.columns - width)
                line = self.buffer[self.cursor.y]
                # Half of a wide character is none.
                if x and line[x].data == "":
                    line[x - 1] = line[x - 1]._replace(data=" ")
                if x + width < self.columns and line[x + width].data == "":
                    line[x + width] = line[x + width]._replace(data=" ")
                line[x] = self.cursor.attrs._replace(data=character)
                if width == 2:
                    line[x + 1] = self.cursor.attrs._replace(data="")
                self.cursor.x += width

        joined = False

        def cursor_position(self, line=None, column=None):
            self.joined = False
            super().cursor_position(line, column)

    return Disagreeing


def sure(strip):
    """How many cells at the left of a piece are the same in every terminal, and all of its text."""
    text = "".join(segment.text for segment in strip)
    odd = next((n for n, character in enumerate(text) if character in ODD or character in "漢字é🎉"), None)
    # What combines goes into the cell before it.
    return (strip.cell_length if odd is None else max(0, odd - 1)), text


def assert_all_beside_odd_texts_is_as_asked(paints, widths, joining, fills):
    asked, shown, painter, out = Screen(fills), Screen(fills), Painter(fills=fills), console()
    shown.pyte = disagreeing(Filled if fills else Unfilled, widths, joining=joining)(WIDTH, HEIGHT)
    shown.pyte.reset_mode(pyte.modes.DECAWM)
    shown.stream = pyte.Stream(shown.pyte)
    certain, owners = [True] * WIDTH, [(0, "")] * WIDTH
    for n, (line, layout, span) in enumerate(paints):
        pieces = [
            Strip(segments).adjust_cell_length(end - start)
            for segments, (start, end) in zip(line, layout, strict=False)
        ]
        starts, ends = [start for start, _ in layout], [end for _, end in layout]
        if n == 0 or span is None:
            span, update = (0, WIDTH), LayoutUpdate([pieces, *[[Strip.blank(WIDTH)]] * 3], Region(0, 0, WIDTH, HEIGHT))
        else:
            update = ChopsUpdate([dict(zip(starts, pieces, strict=True))] * HEIGHT, [(0, *span)], [ends] * HEIGHT)
        shown.write(Difference(update, painter).render_segments(out))
        for start, end, piece in zip(starts, ends, pieces, strict=True):
            if start < span[1] and end > span[0]:
                count, text = sure(piece)
                certain[start:end] = [True] * count + [False] * (end - start - count)
                owners[start:end] = [(start, text)] * (end - start)
                asked.write(f"\x1b[1;{start + 1}H" + piece.crop(0, count).render(out))
        for x, (start, text) in enumerate(owners):
            if certain[x]:
                assert shown.shown[0][x] == asked.shown[0][x]
            # What something else was drawn over lost its place.
            elif owners[start:x] == [(start, text)] * (x - start):
                assert set(shown.pyte.buffer[0][x].data) <= {*text, " "}, "nothing is left of what was there before"


LEAST = {character: fewest for character, (fewest, _) in ODD.items()}
JOINED_BLANK = [
    ([[], [], [Segment("aaaaaaaa🇩🇪", Style())]], PARTS, None),
    ([[], [], [Segment("a\u094d", Style(strike=True))]], PARTS, None),
]
"""A terminal that takes the blank behind a virama for a part of what is before it draws one cell less."""
WITHIN_ODD = [
    ([[Segment("aaaaaa\u200da", Style())], [], []], PARTS, None),
    ([[], [], []], ((0, 6), (6, 17), (17, WIDTH)), (10, 14)),
]
"""A piece that says what stands there already, but begins within a text that may stand elsewhere."""
CUT_WITHIN_ODD = [
    ([[Segment("aaaaaaaaaaनमस्ते", Style())], [], []], ((0, WIDTH),), None),
    ([[], [Segment("\u200d❤\ufe0faaa漢", Style())], []], PARTS, None),
]
"""Rich takes what follows a joiner for no cell, and cuts it as if it were two: two cells of the piece hold nothing."""


@example(JOINED_BLANK, LEAST, True, False)
@example(CUT_WITHIN_ODD, LEAST, False, False)
@example(WITHIN_ODD, LEAST, True, False)
@example(WITHIN_ODD, LEAST, False, False)
@given(paints, measures, st.booleans(), st.booleans())
@settings(max_examples=60)
def test_whatever_a_terminal_takes_for_odd_texts_all_beside_them_is_as_asked(paints, widths, joining, fills):
    assert_all_beside_odd_texts_is_as_asked(paints, widths, joining, fills)


@pytest.mark.long
@pytest.mark.timeout(600)
@given(paints, measures, st.booleans(), st.booleans())
@settings(max_examples=4_000)
def test_of_thousands_of_odd_texts_none_changes_what_is_beside_it(paints, widths, joining, fills):
    assert_all_beside_odd_texts_is_as_asked(paints, widths, joining, fills)


def test_what_an_odd_text_may_have_reached_is_written_again_and_nothing_else_beside_it():
    painter, style = Painter(), Style.parse("white on blue")
    beside = [[Segment("│abc", style)], [Segment("defghijklm", style)]]

    def frame(word):
        return [[[Segment(word, style)], *beside]] + [[[]] * len(PARTS)] * (HEIGHT - 1)

    painter.paint(whole(frame("one")), ColorSystem.STANDARD)
    # Only the left piece is dirty.
    update = part(frame("नमस्ते"), [(0, (0, 10))])
    assert painter.paint(update, ColorSystem.STANDARD) == (
        "\x1b[1;7H    \x1b[1H\x1b[37;44mनमस्ते\x1b[49m      \x1b[1;11H\x1b[44m│a\x1b[m"
    )


def test_a_mark_at_the_edge_stays_there_whatever_is_before_it():
    painter, style = Painter(), Style.parse("white on blue")
    line = [Segment("नमस्ते…  ", style), Segment("┃", Style.parse("red on blue"))]
    assert Strip(line).cell_length < PARTS[0][1]
    line[0] = Segment("नमस्ते" + "…" * (9 - Segment("नमस्ते").cell_length), style)
    painted = painter.paint(whole([[line, [], []]] + [[[]] * len(PARTS)] * (HEIGHT - 1)), ColorSystem.STANDARD)
    assert "\x1b[1;10H\x1b[31m┃" in painted or "\x1b[1;10H\x1b[31;44m┃" in painted


def test_an_odd_text_of_which_a_part_changed_is_written_whole():
    painter = Painter()
    painter.paint(whole(say("one two")), ColorSystem.STANDARD)
    assert "नमस्ते xyz" in painter.paint(part(say("नमस्ते xyz"), [(0, (0, 2))]), ColorSystem.STANDARD)
