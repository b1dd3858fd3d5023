"""Rows of a JSON text: the same verdict and the same values as the standard library's, digits and order kept."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui.widgets.response_view.json_grammar import NotJson
from tui.widgets.response_view.json_reader import as_utf8, read_rows
from tui.widgets.response_view.json_tree import NONE, Tree
from tui.widgets.response_view.json_walk import JsonArray, JsonObject, Walk, as_value


def rest():
    pass


def read(content, **options):
    tree = Tree(as_utf8(content, rest))
    read_rows(tree, rest, **options)
    return tree


def plain(value):
    """What the walk gives, as the standard library's types."""
    if isinstance(value, JsonObject):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, JsonArray):
        return [plain(inner) for inner in value]
    return value


texts = st.text(st.characters(exclude_categories=[])) | st.sampled_from(["", '"', "\\", "a\\", "\ud83d", "é\n\t\x00"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-(10**40), 10**40) | texts,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(texts, inner, max_size=6),
    max_leaves=30,
)
documents = st.builds(
    lambda value, ascii, indent: json.dumps(value, ensure_ascii=ascii, indent=indent).encode("utf-8", "replace"),
    values,
    st.booleans(),
    st.sampled_from([None, 0, 3, "\t"]),
)


@settings(max_examples=150)
@given(content=documents, fast=st.booleans())
def test_the_rows_mean_what_the_text_means(content, fast):
    tree = read(content, fast=fast)
    assert tree.whole
    assert plain(as_value(Walk(tree, rest), 0)) == json.loads(content)


@settings(max_examples=300)
@given(content=st.text(alphabet='{}[]",:\\u0d8e1.-+ \ntruefalsn', max_size=24), fast=st.booleans())
@example(content="[1,]", fast=True)
@example(content='{"a":1,}', fast=True)
@example(content='{"a" 1}', fast=True)
@example(content='["\x01"]', fast=True)
@example(content='["\\x"]', fast=True)
@example(content="[01]", fast=True)
@example(content="[1.]", fast=True)
@example(content="[-]", fast=True)
@example(content="[{]}", fast=True)
@example(content="{}}", fast=True)
@example(content="[1}", fast=True)
@example(content="[}", fast=True)
@example(content="", fast=True)
@example(content="[" * 50, fast=True)
@example(content='["a', fast=True)
@example(content="[NaN]", fast=True)
def test_the_verdict_is_that_of_the_standard_library(content, fast):
    def no(word):
        raise ValueError(word)

    try:
        json.loads(content, parse_constant=no)
        good = True
    except ValueError:
        good = False
    if good:
        assert read(content.encode(), fast=fast).whole
    else:
        with pytest.raises(NotJson) as caught:
            read(content.encode(), fast=fast)
        assert 0 <= caught.value.offset <= len(content.encode())


@settings(max_examples=80)
@given(content=documents)
def test_both_ways_of_reading_make_the_same_rows(content):
    one, other = read(content), read(content, fast=False)
    for name in ("starts", "keys", "links", "parents", "depths", "containers"):
        assert getattr(one, name) == getattr(other, name)


@settings(max_examples=80)
@given(content=documents)
def test_every_row_knows_its_children_its_key_and_its_text(content):
    tree = read(content)
    for row in range(tree.count):
        if tree.is_close(row):
            assert tree.links[tree.links[row]] == row
            continue
        children = list(tree.children(row))
        assert all(tree.parents[child] == row for child in children)
        assert tree.length(row, 10**6) == len(children)
        if tree.is_array(row):
            assert [tree.element(row, index) for index in range(len(children))] == children
            assert tree.element(row, len(children)) == NONE
        assert tree.node(tree.row_at(tree.starts[row])) == row
        json.loads(tree.literal(row))


def test_digits_and_repeated_keys_stay_as_written():
    tree = read(b'{"a": 123456789012345678901234567890.1000, "a": 1E+2, "\\u0061": -0}')
    assert [tree.literal(row) for row in tree.children(0)] == [b"123456789012345678901234567890.1000", b"1E+2", b"-0"]
    assert [tree.key(row) for row in tree.children(0)] == ["a", "a", "a"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_of_unicode_are_recognised(encoding):
    tree = read('{"é": "日本 😀"}'.encode(encoding))
    assert plain(as_value(Walk(tree, rest), 0)) == {"é": "日本 😀"}


def test_bytes_that_are_no_text_are_refused_with_their_place():
    with pytest.raises(NotJson) as caught:
        read(b'{"a": "\xff"}')
    assert caught.value.offset == 7
    assert "line 1, column 8" in str(caught.value)


def test_very_long_values_are_read_whole():
    for value in ["x" * 500_000, "\n" * 500_000, "é\\" * 200_000, "9" * 100_000]:
        content = json.dumps({"k": value, "z": 1}, indent=1).encode()
        assert plain(as_value(Walk(read(content), rest), 0)) == {"k": value, "z": 1}
    assert read(b"[" + b" " * 500_000 + b"1" * 300_000 + b"." + b"0" * 300_000 + b"]").whole
    assert json.loads(json.dumps("")) == ""


def test_more_rows_than_are_kept_end_the_reading_without_a_fault():
    tree = read(b"[" + b"1," * 10_000 + b"1]", most=3000)
    assert not tree.whole
    assert 3000 <= tree.count < 5000


def test_the_deepest_nesting_is_read_and_what_is_deeper_is_refused():
    deep = 60_000
    assert read(b"[" * deep + b"]" * deep).whole is True
    with pytest.raises(NotJson, match="levels"):
        read(b"[" * 70_000 + b"]" * 70_000)


def test_the_place_of_a_fault_is_told_in_lines():
    with pytest.raises(NotJson) as caught:
        read(b'{\n  "a": 1,\n  "b": nope\n}')
    assert (caught.value.line, caught.value.column) == (3, 8)
    assert str(caught.value) == "a value is missing at line 3, column 8"
