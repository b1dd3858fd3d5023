"""The second layer against control characters, alone: what the first one forgot does not pass it.

Seen to fail with each kind of control taken out of its pattern.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from wcwidth.table_zero import ZERO_WIDTH

from tui.safe_text import safe_text
from tui.textual_fixes.control_filter import ControlFilter


@pytest.mark.parametrize(
    "control",
    [
        *("\x00", "\x07", "\t", "\n", "\x1b", "\x1f", "\x7f", "\x80", "\x9b", "\x9d", "\x9f"),
        *("\u061c", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202e", "\u2066", "\u2069", "\ud800", "\udfff"),
    ],
)
def test_no_control_passes(control: str) -> None:
    (segment,) = ControlFilter().apply([Segment(f"a{control}b")], Color.parse("black"))
    assert segment.text == "a\ufffdb"


HIDING = {
    "zero-width space": "\u200b" * 300,
    "tags": "".join(chr(0xE0001 + n) for n in range(90)),
    "marks": "\u0301" * 200,
    "marks newer than this Python": "\u0897" * 200,
    "marks of two ages": "\u0301\u0897" * 100,
    "word joiner, byte order mark, soft hyphen": "\u2060\ufeff\u00ad",
    "Mongolian and Hangul fillers": "\u180e\u3164\u115f\uffa0",
    "noncharacters": "\ufdd0\uffff\U0001fffe",
    "variation selectors": "\ufe0f" * 50,
    "joiners": "\u200d" * 50,
}


def shown(*texts: str) -> str:
    return "".join(each.text for each in ControlFilter().apply(list(map(Segment, texts)), Color.parse("black")))


@pytest.mark.parametrize("name", HIDING)
@pytest.mark.parametrize("split", [False, True])
def test_nothing_that_hides_passes_and_every_cell_stays_where_it_is(name: str, split: bool) -> None:
    text = f"a{HIDING[name]}b"
    got = shown(*text) if split else shown(text)
    assert safe_text(got, limit=None) == got
    assert cell_len(got) == cell_len(text)
    assert got[0] == "a" and got[-1] == "b"
    assert sum(cell_len(each) == 0 for each in got) <= 4


@given(st.lists(st.text(max_size=12), max_size=5))
def test_whatever_is_drawn_is_as_safe_as_what_is_shown(texts: list[str]) -> None:
    got = shown(*texts)
    assert safe_text(got, limit=None) == got
    assert shown(got) == got


@given(st.text(max_size=60))
def test_what_passed_the_first_layer_passes_the_second_as_it_is(text: str) -> None:
    safe = safe_text(text, limit=None)
    assert shown(safe) == safe


def test_every_mark_that_terminals_know_is_one_for_us() -> None:
    """By the table of wcwidth, which pyte brings along."""
    newest = ZERO_WIDTH[max(ZERO_WIDTH, key=lambda version: [int(part) for part in version.split(".")])]
    for first, last in newest:
        for code in range(first, last + 1):
            flood = safe_text("a" + chr(code) * 9)
            assert flood.count(chr(code)) <= 4, hex(code)


def test_what_is_honest_passes_as_it_is() -> None:
    segments = [Segment("é 👩‍👧 שלום")]
    assert ControlFilter().apply(segments, Color.parse("black")) is segments
