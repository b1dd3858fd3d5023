"""Patterns: they find what Python's regular expressions find, and cost what the text is long."""

from __future__ import annotations

import random
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.sandbox.patterns import LONGEST, read_pattern

items = st.sampled_from(["a", "b", "/", r"\.", ".", "[ab]", "[^a]", r"\d", "[^-]", r"[\d/]", "1", "-", "^", "$"])
times = st.sampled_from(["", "", "*", "+", "?", "*?", "{2}", "{1,}", "{0,2}", "{1,3}?"])


def repeated(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    rows = st.lists(parts, max_size=3).map("".join)
    choices = st.lists(rows, min_size=1, max_size=3).map("|".join)
    return st.builds("{}{}{}){}".format, st.sampled_from(["(", "(?:"]), choices, st.just(""), times)


singles = st.builds(lambda item, many: item if item in "^$" else item + many, items, times)
pieces = st.recursive(singles, repeated, max_leaves=8)
patterns = st.lists(st.lists(pieces, max_size=4).map("".join), min_size=1, max_size=3).map("|".join)


@pytest.mark.parametrize("tries", [50, pytest.param(1500, marks=pytest.mark.long)])
def test_a_pattern_fits_what_the_same_regular_expression_finds(tries: int) -> None:
    @given(patterns.filter(lambda pattern: len(pattern) <= LONGEST), st.text(alphabet="ab/.1-", max_size=10))
    @settings(max_examples=tries, deadline=None)
    def law(pattern: str, path: str) -> None:
        assert read_pattern(pattern).fits(path) == (re.search(pattern, path) is not None)

    law()


@given(st.text(max_size=30), st.text(max_size=30))
@settings(max_examples=50)
def test_whatever_is_asked_is_read_or_refused_in_words(pattern: str, path: str) -> None:
    try:
        read = read_pattern(pattern)
    except ValueError as refused:
        assert str(refused).startswith("the pattern ")
    else:
        assert read.fits(path) in {True, False}


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "(a", "a)", "(?=a)", "(?P<x>a)", "*", "a**", "a*+", "a{2,1}", "a{,2}", "a{2", "[a", "a]", "a\\", r"\1",
     r"\b", r"\x41", "[[a]]", "[a--b]", "[z-a]", "^*", "a(?i)",
     "(" * 30 + ")" * 30, "((a{99}){99}){99}", "x" * (LONGEST + 1)],
)  # fmt: skip
def test_what_could_grow_large_or_mean_something_else_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="the pattern"):
        read_pattern(pattern)


def test_case_and_ends_of_lines_are_as_they_are_told() -> None:
    assert read_pattern("(?i)your CODE is [A-F]").fits("Your code is b")
    assert not read_pattern("CODE").fits("code")
    assert read_pattern("^Hi.*you$").fits("Hi\nthank you")
    assert not read_pattern("^thank").fits("Hi\nthank you")


@pytest.mark.parametrize(
    "pattern",
    [".*a" * 66 + "Z$", ".*" * 100, "." * 199 + "Z", "|".join(["a.*a.*Z"] * 25), "[a-z]" * 39 + "Z$", "(a+)+Z",
     "(a|a)*Z", "(a*)*(a*)*(a*)*Z", "(a{1,15}){1,15}Z", "a.{500}Z", "a.{0,290}Z"],
)  # fmt: skip
def test_the_worst_patterns_are_quick_on_the_longest_texts(pattern: str) -> None:
    read = read_pattern(pattern)
    # In one that is mixed hardly a set of states comes twice, so that nothing is remembered.
    for text in ("a" * 10_000, "".join(random.Random(1).choices("ab", k=10_000))):
        begun = time.process_time()
        assert read.fits(text) is (pattern == ".*" * 100)
        assert time.process_time() - begun < 1.5


def test_what_is_remembered_is_bounded() -> None:
    read = read_pattern("[^Z]*Z.{20}Z")
    assert not read.fits("".join(map(chr, range(0x100, 0x2000))))
    assert read._remembered <= 2000
