"""Searching: every place a text stands, escaped or not, and nothing that only looks like it."""

from __future__ import annotations

import json
from array import array

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui.widgets.response_view.text_search import find_all, inside_escape, json_pattern, text_pattern


def found(content, pattern, **options):
    places = array("I")
    whole = find_all(content, pattern, lambda: None, places, **options)
    assert whole or len(places) == options["most"]
    return list(places)


def found_in_json(text, sought):
    return found(text, json_pattern(sought), skip=lambda at: inside_escape(text, at))


letters = st.text(alphabet='aAbé"\\/ \nuU0😀', max_size=30)


@settings(max_examples=200)
@given(text=letters, sought=st.text(alphabet='ab"\\/é\n😀u0', min_size=1, max_size=3), ascii=st.booleans())
@example(text="\\/", sought="/", ascii=True)
def test_a_value_is_found_in_json_as_often_as_in_itself(text, sought, ascii):
    content = json.dumps([text], ensure_ascii=ascii)
    found_here = found_in_json(content, sought)
    # The quotes around the value are quotes as well.
    within = [at for at in found_here if 1 < at < len(content) - 2]
    expected = text.lower().count(sought.lower())
    if '"' not in sought:
        assert len(within) == expected


@settings(max_examples=200)
@given(text=letters, sought=st.text(alphabet="aAbBé", min_size=1, max_size=3))
def test_a_capital_makes_it_exact(text, sought):
    count = text.count(sought) if sought != sought.lower() else text.lower().count(sought)
    assert len(found(text, text_pattern(sought))) == count


def test_matches_across_the_seams_of_pieces_are_found():
    content = ("x" * 9973 + "needle") * 200
    assert found(content, text_pattern("needle")) == [9973 + 9979 * n for n in range(200)]


def test_what_is_typed_as_it_is_shown_is_found_in_json_without_blanks():
    assert found_in_json('{"status":"failed"}', '"status": "failed"') == [1]
    assert found_in_json('{"status" :\n "failed"}', '"status": "failed"') == [1]


def test_the_letters_of_an_escape_are_not_what_they_look_like():
    assert found_in_json(r'["\n\u00e9n\\n"]', "n") == [10, 13]
    assert found_in_json(r'["\u00e9"]', "e9") == []
    assert found_in_json(r'["\u00E9"]', "é") == [2]


def test_no_more_are_kept_than_told():
    assert found("a" * 100, text_pattern("a"), most=10) == list(range(10))


def test_a_search_can_be_stopped():
    class Enough(Exception):
        pass

    def stop():
        raise Enough

    with pytest.raises(Enough):
        find_all("a" * 1_000_000, text_pattern("b"), stop, array("I"))
