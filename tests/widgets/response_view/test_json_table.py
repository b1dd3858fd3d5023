"""A JSON text as lines: the same verdict and the same values as the standard library's, digits and order kept."""

from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui.widgets.response_view.json_table import MOST_BYTES, NotShown, read_table


def read(content):
    return read_table(content, lambda: None)


def value_of(table, line=0):
    """What the lines mean: pairs for an object, so that repeated keys and their order are kept."""
    match table.mark(line):
        case "{":
            return tuple((table.key(child), value_of(table, child)) for child in table.children(line))
        case "[":
            return [value_of(table, child) for child in table.children(line)]
        case _:
            return json.loads(table.literal(line), parse_float=Decimal)


def exactly(content):
    return json.loads(content, parse_float=Decimal, object_pairs_hook=tuple)


texts = st.text(st.characters(exclude_categories=[])) | st.sampled_from(["", '"', "\\", "a\\", "\ud83d", "é\n\t\x00"])
numbers = (
    st.integers(-(10**40), 10**40).map(str)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str)
    | st.sampled_from(["-0", "0.10", "1e5", "1E+2", "-1.50e-07", "1e400"])
)


def write(value, ascii):
    """JSON of what `values` makes; an object is a list of pairs in a tuple, a number a tuple of its digits."""
    match value:
        case ("object", pairs):
            return "{" + " ,".join(f"{json.dumps(k, ensure_ascii=ascii)}:{write(v, ascii)}" for k, v in pairs) + "}"
        case ("number", digits):
            return digits
        case list():
            return "[ " + ",\n".join(write(each, ascii) for each in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=ascii)


values = st.recursive(
    st.none() | st.booleans() | numbers.map(lambda digits: ("number", digits)) | texts,
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.lists(st.tuples(texts | st.just("again"), inner), max_size=6).map(lambda pairs: ("object", pairs))
    ),
    max_leaves=30,
)
documents = st.builds(lambda value, ascii: write(value, ascii).encode("utf-8", "replace"), values, st.booleans())


@pytest.mark.landing
@settings(max_examples=200)
@given(content=documents)
def test_the_lines_mean_what_the_text_means_with_exact_numbers_and_repeated_keys(content):
    assert value_of(read(content)) == exactly(content)


@settings(max_examples=400)
@given(content=st.text(alphabet='{}[]",:\\u0d8e1.-+ \ntruefalsnN', max_size=24))
@example(content="[1,]")
@example(content='{"a":1,}')
@example(content='{"a" 1}')
@example(content='["\x01"]')
@example(content='["\\x"]')
@example(content="[01]")
@example(content="[1.]")
@example(content="[-]")
@example(content="[{]}")
@example(content="{}}")
@example(content="[1}")
@example(content="")
@example(content="[" * 50)
@example(content='["a')
@example(content="[NaN]")
@example(content="7")
@example(content="7 7")
@example(content="0.0.0:")
@example(content='{}"a')
def test_the_verdict_and_the_place_are_those_of_the_standard_library(content):
    def no(word):
        raise ValueError(word)

    try:
        json.loads(content, parse_constant=no)
    except json.JSONDecodeError as problem:
        with pytest.raises(NotShown, match=f"at line {problem.lineno}, column {problem.colno}\\)$"):
            read(content.encode())
    except ValueError:
        with pytest.raises(NotShown, match="Not JSON"):
            read(content.encode())
    else:
        assert value_of(read(content.encode())) == exactly(content)


@settings(max_examples=80)
@given(content=documents)
def test_every_line_knows_its_children_its_key_and_its_text(content):
    table = read(content)
    for line in range(table.count):
        if table.is_close(line):
            assert table.links[table.links[line]] == line
            continue
        children = list(table.children(line))
        assert all(table.parents[child] == line for child in children)
        assert table.length(line, 10**6) == len(children)
        assert table.opening(table.line_at(table.starts[line])) == line
        json.loads(table.literal(line))


def test_digits_and_repeated_keys_stay_as_written():
    table = read(b'{"a": 123456789012345678901234567890.1000, "a": 1E+2, "\\u0061": -0, "a": 1.0, "a": 0.0000001}')
    digits = ["123456789012345678901234567890.1000", "1E+2", "-0", "1.0", "0.0000001"]
    assert [table.literal(line) for line in table.children(0)] == digits
    assert [table.key(line) for line in table.children(0)] == ["a"] * 5


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_of_unicode_are_recognised(encoding):
    assert value_of(read('{"é": "日本 😀"}'.encode(encoding))) == (("é", "日本 😀"),)


def test_bytes_that_are_no_text_are_refused_with_their_place():
    with pytest.raises(NotShown, match=r"no text at line 2, column 2"):
        read(b'{"a":\n"\xff"}')


def test_very_long_values_are_read_whole():
    for value in ["x" * 500_000, "\n" * 500_000, "é\\" * 200_000, '"' * 100_000, "9" * 100_000]:
        content = json.dumps({"k": value, "z": 1}, indent=1).encode()
        assert value_of(read(content)) == (("k", value), ("z", 1))
    assert read(b"[" + b" " * 500_000 + b"1" * 300_000 + b"." + b"0" * 300_000 + b"]").count == 3


@pytest.mark.landing
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[" + b" " * MOST_BYTES + b"]", "More than 16 MB of JSON"),
        (b"[" + b"1," * 2_100_000 + b"1]", "More than 2,000,000 lines of JSON"),
        (b"[" * 70_000 + b"]" * 70_000, "JSON with more than 65,000 levels"),
        (b'{"a":[' + b"1" * 5000 + b"]}", "JSON with a number that is too long to be read"),
        (b'{"a":1e99999999999999999999}', "JSON with a number that is too long to be read"),
    ],
    ids=["large", "lines", "levels", "digits", "exponent"],
)
def test_what_is_too_much_is_refused_in_a_sentence(content, words):
    with pytest.raises(NotShown, match=f"^{words}$"):
        read(content)


def test_the_deepest_nesting_is_read():
    assert read(b"[" * 60_000 + b"]" * 60_000).count == 2 * 60_000 - 1


def test_reading_stops_where_it_is_not_wanted_any_more():
    class Unwanted(Exception):
        pass

    def stop():
        raise Unwanted

    with pytest.raises(Unwanted):
        read_table(b"[" + b"1," * 100_000 + b"1]", stop)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{\n  "a": 1,\n  "b": nope\n}', "Not JSON (expecting value at line 3, column 8)"),
        (b"[1, " + b"2, " * 50_000 + b"3 4]", "Not JSON (expecting ',' delimiter at line 1, column 150,007)"),
        (b'{"a": "b', "Not JSON (unterminated string starting at line 1, column 7)"),
        (b'["a", NaN]', "Not JSON (expecting value at line 1, column 7)"),
        (b"<html>", "Not JSON (expecting value at line 1, column 1)"),
    ],
)
def test_what_is_not_json_says_what_is_wrong_and_where(content, words):
    with pytest.raises(NotShown) as caught:
        read(content)
    assert str(caught.value) == words


def test_one_very_long_string_costs_little_more_than_many_short_ones():
    content = json.dumps(["\n" * 4_000_000]).encode()
    begun = time.thread_time()
    assert read(content).count == 3
    # 0.25 s; where ijson is given equal pieces of it, 14 s.
    assert time.thread_time() - begun < 3


def test_half_surrogate_pairs_are_read_whatever_follows_them():
    table = read(b'["\\ud800\\ud800\\udc00", "\\uDBFF", {"\\udc00": "\\\\ud800"}]')
    assert value_of(table) == ["\ud800\U00010000", "\udbff", (("\udc00", "\\ud800"),)]
