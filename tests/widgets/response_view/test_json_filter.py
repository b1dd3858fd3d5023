"""Choosing by JSONPath: the same values as the library finds in dicts and lists, as they were written."""

from __future__ import annotations

import json

import jsonpath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.widgets.response_view.document import Document
from tui.widgets.response_view.folding import Folding
from tui.widgets.response_view.json_filter import BadExpression, select
from tui.widgets.response_view.json_reader import read_rows
from tui.widgets.response_view.json_tree import Tree

BODY = b"""{"messages": [{"sid": "SM1", "price": 1.10, "to": "+1"}, {"sid": "SM2", "price": null},
 {"sid": "SM3", "price": 123456789012345678901234567890, "to": "+3"}], "end": 0, "it's": [true]}"""


def tree_of(content):
    tree = Tree(content)
    read_rows(tree, lambda: None)
    return tree


def chosen(content, expression):
    return select(tree_of(content), expression, lambda: None).content.decode()


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("$.messages[*].sid", '["SM1","SM2","SM3"]'),
        ("messages[0].sid", '["SM1"]'),
        (".messages[-1].sid", '["SM3"]'),
        ("$..price", "[1.10,null,123456789012345678901234567890]"),
        ("$.messages[?@.price > 1].sid", '["SM1","SM3"]'),
        ("$.messages[?@.to].to", '["+1","+3"]'),
        ("$.messages[::2].sid", '["SM1","SM3"]'),
        ("$.messages[::-1].sid", '["SM3","SM2","SM1"]'),
        ('$["it\'s"]', "[[true]]"),
        ("$.messages[?@.sid == $.messages[1].sid].sid", '["SM2"]'),
        ("$.messages[?match(@.sid, 'SM[12]')].sid", '["SM1","SM2"]'),
        ("$.nothing", "[]"),
        ("$", "[" + BODY.decode() + "]"),
    ],
)
def test_values_are_chosen_as_they_were_written(expression, values):
    assert chosen(BODY, expression) == values


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", "it's", "é\n", 'q"\\', "\u2028"]), inner)
    ),
    max_leaves=15,
)


@settings(max_examples=150)
@given(value=values, expression=st.sampled_from(["$..a", "$.*", "$[0]", "$..[?@.a]", "$.a.b", "$[?@ == 'x']", "$..*"]))
def test_the_library_finds_the_same_in_dicts_and_lists(value, expression):
    content = json.dumps(value).encode()
    expected = jsonpath.findall(expression, value) if isinstance(value, dict | list) else []
    assert json.loads(chosen(content, expression)) == expected


@settings(max_examples=60)
@given(value=values)
def test_the_path_of_a_value_leads_to_the_value(value):
    tree = tree_of(json.dumps(value, ensure_ascii=False).encode())
    document = Document(tree, Folding(tree))
    for row in range(tree.count):
        if tree.is_close(row):
            continue
        selection = select(tree, document.path(row), lambda: None)
        assert list(selection.rows) == [row]
        if isinstance(value, dict | list):
            assert jsonpath.findall(document.path(row), value) == [json.loads(tree.literal(row))]


@pytest.mark.parametrize(
    "expression", ["", "  ", "$.a[", "$..", "$.a[?@.b>>1]", "$['a", "$.a[?nosuch(@)]", "$[99999999999999999999]"]
)
def test_what_is_no_path_is_told_in_one_sentence(expression):
    with pytest.raises(BadExpression) as caught:
        chosen(BODY, expression)
    assert "$.messages[*].sid" in caught.value.reason
    assert "\n" not in caught.value.reason
    assert "TOKEN" not in caught.value.reason


@settings(max_examples=150)
@given(expression=st.text(alphabet="$.[]*?@'\"ab01,:()=<>&|! \n\\u", max_size=14))
def test_any_expression_chooses_or_is_refused(expression):
    try:
        json.loads(chosen(BODY, expression))
    except BadExpression as refused:
        assert refused.reason


def test_a_body_nested_too_deeply_is_refused_with_a_way_out():
    with pytest.raises(BadExpression, match="levels"):
        chosen(b"[" * 2000 + b"]" * 2000, "$..a")


@pytest.mark.long
@pytest.mark.usefixtures("garbage_as_ever")
def test_choosing_among_a_million_values_keeps_none_of_them():
    import tracemalloc

    tree = tree_of(b"[" + b'{"a":1},' * 20_000 + b"{}]")
    chosen(b"[]", "$.a")
    tracemalloc.start()
    select(tree, "$[?@.a == 2]", lambda: None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000
