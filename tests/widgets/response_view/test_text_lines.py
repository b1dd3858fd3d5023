"""Lines of a text: nothing lost, nothing wider than the screen, whatever the text."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.safe_text import safe_text
from tui.widgets.response_view.text_lines import TextLines, drawn, to_text


def lines_of(text, width, **options):
    lines = TextLines(text, width)
    lines.read(lambda: None, **options)
    return lines


texts = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    | st.sampled_from(
        ["\n", "\r\n", "\t", "\x1b[2J", "日本語", "\u202e", "❤\ufe0f", "👨\u200d👩", "e\u0301\u0301", "x" * 90]
    ),
    max_size=12,
).map("".join)


@settings(max_examples=150)
@example(text="\U0001fffe0", width=8)
@given(text=texts, width=st.integers(8, 90))
def test_lines_hold_all_of_the_text_and_fit(text, width):
    lines = lines_of(text, width)
    assert lines.whole
    starts = [lines.start(line) for line in range(lines.count)]
    assert starts == sorted(starts)
    kept = "".join(lines.original(line) for line in range(lines.count))
    assert kept.replace("\r", "") == text.replace("\n", "").replace("\r", "")
    for line in range(lines.count):
        said = drawn(lines.original(line))
        # A character that is drawn as its number may alone be wider than a very narrow screen.
        assert cell_len(said) <= width or len(lines.original(line)) == 1
        assert safe_text(said, limit=None) == said
        assert lines.line_at(lines.start(line)) == max(n for n, start in enumerate(starts) if start == starts[line])


def test_line_feeds_end_lines_and_a_last_one_leaves_an_empty_line():
    lines = lines_of("one\r\ntwo\n\nthree\n", 80)
    assert [lines.original(n) for n in range(lines.count)] == ["one", "two", "", "three", ""]


@pytest.mark.parametrize("unit", ["x", "é", "日", "\x1b", "e\u0301"])
def test_a_line_of_five_megabytes_is_broken_like_any_other(unit):
    text = unit * (5_000_000 // len(unit.encode()) // (4 if unit != "x" else 1))
    lines = lines_of(text, 80)
    assert "".join(lines.original(n) for n in range(lines.count)) == text
    assert all(cell_len(drawn(lines.original(n))) <= 80 for n in range(0, lines.count, 97))


def test_more_lines_than_are_kept_end_the_reading():
    lines = lines_of("\n" * 50_000, 80, most=10_000)
    assert not lines.whole
    assert 10_000 <= lines.count < 15_000


@settings(max_examples=100)
@given(content=st.binary(max_size=60), charset=st.sampled_from(["utf-8", "latin-1", "utf-16", "shift_jis", "utf-7"]))
def test_any_bytes_become_text_in_any_charset(content, charset):
    assert to_text(content, charset, lambda: None) == content.decode(charset, "replace") or charset == "utf-7"


def test_a_mark_of_byte_order_is_not_text():
    assert to_text(codecs.BOM_UTF8 + b"a", "utf-8-sig", lambda: None) == "a"
