"""Drawn JSON: it reads as the same JSON, fits its width, and holds nothing a terminal would obey."""

from __future__ import annotations

import json
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.safe_text import safe_text
from tui.widgets.response_view.json_drawing import (
    FOLDED,
    OPENED,
    draw_around,
    draw_folded,
    draw_open,
    show_string,
    wrap_value,
)
from tui.widgets.response_view.json_table import read_table

OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}

hostile = st.sampled_from(
    [
        "\x1b[2J",
        "\u202egnp.exe",
        "a\u200db",
        "e" + "\u0301" * 9,
        "\u2028",
        "\x9b31m",
        "\ud800",
        "\x7f",
        "👨\u200d👩\u200d👧",
        "\U000e0041",
        "日本",
    ]
)
texts = st.lists(hostile | st.text(st.characters(exclude_categories=[]), max_size=8), max_size=6).map("".join)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=20,
)


def table_of(value):
    # Lone surrogates have no UTF-8; in JSON they can only stand as escapes.
    content = json.dumps(value, ensure_ascii=False)
    try:
        encoded = content.encode()
    except UnicodeEncodeError:
        encoded = json.dumps(value).encode()
    return read_table(encoded, lambda: None)


def said(pieces):
    return "".join(text for text, _ in pieces)


@settings(max_examples=100)
@given(value=values)
def test_unfolded_lines_read_as_the_same_json(value):
    table = table_of(value)
    # The mark of what can be folded is a piece of its own; the same characters in a key are the key's.
    lines = [said(p for p in draw_open(table, line, 4000) if p != (OPENED, "muted")) for line in range(table.count)]
    assert json.loads("\n".join(lines)) == value


@settings(max_examples=120)
@given(value=values, width=st.integers(24, 90))
def test_every_line_is_safe_and_fits(value, width):
    table = table_of(value)
    for line in range(table.count):
        lines = [said(draw_open(table, line, width))]
        if not table.is_container(line) and not table.is_close(line):
            lines.extend(map(said, wrap_value(table, line, width)))
        assert [line for line in lines if cell_len(line) > width] == []
        if table.is_container(line):
            lines.append(said(draw_folded(table, line, width)))
        for line in lines:
            assert not [character for character in line if unicodedata.category(character) in OBEYED] or joined(line)


def joined(line):
    """Joiners are all there is, each where `safe_text` leaves it."""
    return safe_text(line, limit=None) == line


@settings(max_examples=120)
@given(text=texts)
def test_a_shown_string_is_safe_and_the_same_string(text):
    for literal in (json.dumps(text), json.dumps(text, ensure_ascii=False)):
        shown = show_string(literal)
        assert json.loads(shown) == json.loads(literal)
        assert safe_text(shown, limit=None) == shown


@settings(max_examples=120)
@given(text=texts, cut=st.integers(1, 60), ascii=st.booleans())
def test_a_cut_string_is_a_beginning_of_it(text, cut, ascii):
    literal = json.dumps(text, ensure_ascii=ascii)
    if cut >= len(literal):
        return
    shown = show_string(literal[:cut], whole=False)
    assert json.loads(literal).startswith(json.loads(shown + '"'))


@settings(max_examples=80)
@given(text=texts, width=st.integers(30, 100))
def test_an_open_value_shows_all_of_itself(text, width):
    table = table_of({"key": text})
    lines = [said(line) for line in wrap_value(table, 1, width)]
    whole = lines[0].removeprefix("  " + OPENED + '"key": ') + "".join(line[11:] for line in lines[1:])
    assert json.loads(whole) == text


def test_a_folded_object_says_what_is_in_it():
    table = table_of({"sid": "SM1", "n": 3, "deep": {"x": [1]}})
    assert said(draw_folded(table, 0, 80)) == FOLDED + '{ "sid": "SM1", "n": 3, … 3 keys }'
    assert said(draw_folded(table, 0, 24)).endswith("… 3 keys }")


def test_a_long_value_is_cut_with_its_size():
    table = table_of(["x" * 5_000_000])
    line = said(draw_open(table, 1, 80))
    assert line.endswith("x … 5.0 MB")
    assert cell_len(line) == 80


def test_a_match_far_into_a_long_value_is_shown():
    table = table_of(["x" * 5000 + "needle" + "y" * 5000])
    at = table.text.index("needle")
    assert "…needleyy" in said(draw_around(table, 1, at, 80))
    assert draw_around(table, 1, table.starts[1] + 5, 80) is None
