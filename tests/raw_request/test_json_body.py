"""Bodies that are meant as JSON: where the mistake is, and formatting that changes nothing but blanks."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.raw_request.json_body import find_mistake, format_json, mistake_in, sent_as_json
from tui.raw_request.model import RawRequest

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
BLANKS = st.sampled_from(["", " ", "\n", "\r\n\t"])


@given(VALUES, BLANKS, BLANKS, BLANKS)
def test_formatting_changes_nothing_but_the_blanks_between_tokens(value, comma, colon, end):
    text = json.dumps(value, separators=(f",{comma}", f"{colon}:")) + end
    formatted = format_json(text)
    assert json.loads(formatted) == value
    assert format_json(formatted) == formatted
    assert without_blanks(formatted) == without_blanks(text)
    # As Python writes it, which is what people expect.
    assert formatted.rstrip("\n") == json.dumps(value, indent=2)


def without_blanks(text):
    return re.findall(r'"(?:[^"\\]|\\.)*"|\S', text)


def test_digits_repeated_names_order_and_escapes_stay_as_they_were():
    text = '{"b":1.10,"a":1e400,"b":123456789012345678901234567890,"c":"\\u00e9\\/","d":{},"e":[ ]}'
    assert format_json(text) == (
        '{\n  "b": 1.10,\n  "a": 1e400,\n  "b": 123456789012345678901234567890,\n'
        '  "c": "\\u00e9\\/",\n  "d": {},\n  "e": []\n}'
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a": 1,}', (1, 9)),
        ("[1,\n ]", (2, 2)),
        ('{\n  "a": 1\n  "b": 2\n}', (3, 3)),
        ('{"NaN": "NaN",\n "a": NaN}', (2, 7)),
        ("[1, -Infinity]", (1, 5)),
        ('{"a": "b\nc"}', (1, 9)),
        ("", (1, 1)),
        ("[" * 100_000, (1, 1)),
    ],
)
def test_a_mistake_has_its_line_and_its_column(text, place):
    mistake = find_mistake(text)
    assert mistake is not None
    assert (mistake.line, mistake.column) == place


@given(st.text('{}[]",:1eNa \n\\'))
def test_whatever_is_typed_is_json_or_has_a_place_that_is_in_the_text(text):
    mistake = find_mistake(text)
    if mistake is None:
        assert find_mistake(format_json(text)) is None
    else:
        lines = text.split("\n")
        assert 1 <= mistake.line <= len(lines)
        assert 1 <= mistake.column <= len(lines[mistake.line - 1]) + 1


@pytest.mark.parametrize(
    ("data", "content_type", "meant"),
    [
        ("{,", "", True),
        ("[1,", "", True),
        ("  {,", "text/plain", True),
        ("a=b", "application/json", True),
        ("a", "application/vnd.x+json; charset=utf-8", True),
        ("[a]=b", "", False),
        ("a {", "", False),
        ("", "application/json", False),
    ],
)
def test_a_body_is_meant_as_json_by_its_beginning_or_its_type(data, content_type, meant):
    headers = [("content-type", content_type)] if content_type else []
    request = RawRequest("POST", "/x", data=data, headers=headers)
    assert (mistake_in(request) is not None) == meant
    typed = sent_as_json(request).headers
    assert [*typed] == (headers or [("Content-Type", "application/json")])
