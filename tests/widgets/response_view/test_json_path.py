"""Choosing by JSONPath: the same values as the library finds in dicts and lists, as they were written."""

from __future__ import annotations

import json
import time

import jsonpath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.widgets.response_view import json_path
from tui.widgets.response_view.json_document import JsonDocument
from tui.widgets.response_view.json_path import BadExpression, select
from tui.widgets.response_view.json_table import read_table

BODY = b"""{"messages": [{"sid": "SM1", "price": 1.10, "to": "+1"}, {"sid": "SM2", "price": null},
 {"sid": "SM3", "price": 123456789012345678901234567890, "to": "+3"}], "end": 0, "it's": [true]}"""


def checkpoint():
    pass


def document_of(content):
    return JsonDocument(read_table(content, checkpoint))


def chosen(content, expression):
    return select(document_of(content), expression, checkpoint).table.text


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
    document = document_of(json.dumps(value, ensure_ascii=False).encode())
    for line in range(document.table.count):
        if document.table.is_close(line):
            continue
        selection = select(document, document.path(line), checkpoint)
        assert list(selection.origins) == [line]
        assert selection.path(1) == document.path(line)
        if isinstance(value, dict | list):
            assert jsonpath.findall(document.path(line), value) == [json.loads(document.table.literal(line))]


@pytest.mark.parametrize(
    "expression", ["", "  ", "$.a[", "$..", "$.a[?@.b>>1]", "$['a", "$.a[?nosuch(@)]", "$[99999999999999999999]"]
)
def test_what_is_no_path_is_told_in_one_sentence(expression):
    with pytest.raises(BadExpression) as caught:
        chosen(BODY, expression)
    reason = str(caught.value)
    assert "$.messages[*].sid" in reason
    assert "\n" not in reason
    assert "TOKEN" not in reason


@settings(max_examples=150)
@given(expression=st.text(alphabet="$.[]*?@'\"ab01,:()=<>&|! \n\\u", max_size=14))
def test_any_expression_chooses_or_is_refused(expression):
    try:
        json.loads(chosen(BODY, expression))
    except BadExpression as refused:
        assert str(refused)


def test_a_body_nested_too_deeply_is_refused_with_a_way_out():
    with pytest.raises(BadExpression, match="levels"):
        chosen(b"[" * 2000 + b"]" * 2000, "$..a")


def test_of_a_repeated_key_the_last_value_is_chosen():
    assert chosen(b'{"a": 1, "b": 2, "a": 3.0}', "$.a") == "[3.0]"


def test_values_of_a_body_too_large_to_be_decoded_at_once_are_chosen(monkeypatch):
    monkeypatch.setattr(json_path, "_DECODED_AT_ONCE", 8)
    assert chosen(BODY, "$.messages[?@.price > 1].sid") == '["SM1","SM3"]'


@pytest.mark.landing
def test_choosing_every_member_of_a_large_object_takes_no_longer_than_the_object_is_large():
    content = json.dumps({f"key{n}": n for n in range(20_000)}).encode()
    begun = time.thread_time()
    assert len(select(document_of(content), "$.*", checkpoint).origins) == 20_000
    # 0.3 s; where each looks through all keys for its own, minutes.
    assert time.thread_time() - begun < 5


def test_a_body_too_large_to_choose_from_says_so(monkeypatch):
    monkeypatch.setattr(json_path, "MOST_FILTERED", 10)
    with pytest.raises(BadExpression, match="Only a body of up to"):
        chosen(BODY, "$.end")


def test_a_value_as_large_as_the_body_is_chosen_whole():
    body = json.dumps({"messages": ["é" * 6_000_000]}, ensure_ascii=False)
    assert chosen(body.encode(), "$.messages[0]") == f"[{body[14:-2]}]"


def test_more_values_than_are_kept_are_cut(monkeypatch):
    monkeypatch.setattr(json_path, "MOST_CHOSEN", 2)
    selection = select(document_of(BODY), "$.messages[*].sid", checkpoint)
    assert (selection.cut, selection.table.text) == (True, '["SM1","SM2"]')
