"""Which lines show, whatever is folded or open: the same as writing all lines down and looking."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tui.widgets.response_view.json_document import JsonDocument
from tui.widgets.response_view.json_table import NONE, read_table

values = st.recursive(
    st.integers(0, 9),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from("abcde"), inner, max_size=5),
    max_leaves=25,
)
steps = st.lists(
    st.tuples(
        st.sampled_from(["fold", "unfold", "open", "depth", "undepth", "reveal", "all", "every"]), st.integers(0, 60)
    ),
    max_size=12,
)


def document_of(value):
    return JsonDocument(read_table(json.dumps(value).encode(), lambda: None))


def written_down(table, folded, opened):
    lines = []
    line = 0
    while line < table.count:
        lines.append(line)
        if line in folded:
            line = table.links[line] + 1
            continue
        lines.extend([line] * opened.get(line, 0))
        line += 1
    return lines


def ends_of(table, line):
    return table.links[line] if table.is_container(line) else line


@settings(max_examples=150)
@given(value=values, steps=steps)
def test_lines_are_what_writing_them_down_gives(value, steps):
    document = document_of(value)
    table = document.table
    folded, opened = set(), {}
    for what, number in steps:
        line = number % table.count
        if what == "fold":
            document.fold(line)
            folded |= {line} if table.is_container(line) else set()
        elif what == "unfold":
            document.unfold(line)
            folded.discard(line)
        elif what == "open" and not table.is_container(line) and not table.is_close(line):
            document.open({line: number % 4})
            opened[line] = number % 4
        elif what == "depth":
            assert document.fold_depth(number % 4)
            folded |= {each for each in table.containers if table.depths[each] == number % 4}
        elif what == "undepth":
            document.unfold_depth(number % 4)
            folded = {each for each in folded if table.depths[each] != number % 4}
        elif what == "reveal":
            document.reveal(line)
            folded = {each for each in folded if not each < line <= table.links[each]}
        elif what == "all":
            document.unfold_all()
            folded = set()
        elif what == "every":
            assert document.fold_all()
            folded |= {each for each in table.containers if table.parents[each] != NONE}
    lines = written_down(table, folded, opened)
    assert list(document.shown) == lines
    for line in range(table.count):
        hidden_by = [each for each in sorted(folded) if each < line <= ends_of(table, each)]
        assert document.screen_line(line) == lines.index(hidden_by[0] if hidden_by else line)


@settings(max_examples=60)
@given(value=values, data=st.data())
def test_folding_and_unfolding_leaves_everything_as_it_was(value, data):
    document = document_of(value)
    before = list(document.shown)
    lines = data.draw(st.lists(st.integers(0, document.table.count - 1), max_size=6))
    for line in lines:
        document.fold(line)
    for line in reversed(lines):
        document.unfold(line)
    assert list(document.shown) == before


def test_the_path_of_a_key_that_is_no_plain_name_is_quoted():
    document = document_of({"a b": [{"it's": {"sid": 1, 'q"\\': None}}]})
    assert document.path(4) == "$['a b'][0]['it\\'s'].sid"
    assert document.path(5) == "$['a b'][0]['it\\'s']['q\"\\\\']"
    assert document.path(document.table.count - 1) == "$"


def test_a_value_is_copied_as_its_own_characters_or_as_it_was_written():
    document = JsonDocument(read_table(b'["a\\n\\u00e9", 1.10, "\\ud800", {"b": 1e5}, []]', lambda: None))
    values = [document.value(line) for line in document.table.children(0)]
    assert values == ["a\né", "1.10", '"\\ud800"', '{"b": 1e5}', "[]"]
