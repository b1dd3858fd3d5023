"""Patterns of faults: they mean what Python's regular expressions mean, and cost next to nothing."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.sandbox.faults import LONGEST, LONGEST_PATH, read_pattern

pieces = st.sampled_from(["a", "b", "/", r"\.", ".", "[ab]", "[^a]", r"\d", ".*", ".+", "1", "-"])
ways = st.builds(
    lambda start, middle, end: start + "".join(middle) + end,
    st.sampled_from(["", "^"]),
    st.lists(pieces, max_size=6),
    st.sampled_from(["", "$"]),
)
patterns = st.lists(ways, min_size=1, max_size=3).map("|".join)


@pytest.mark.parametrize("tries", [60, pytest.param(3000, marks=pytest.mark.long)])
def test_a_pattern_fits_what_the_same_regular_expression_finds(tries: int) -> None:
    @given(patterns, st.text(alphabet="ab/.1-", max_size=12))
    @settings(max_examples=tries)
    def law(pattern: str, path: str) -> None:
        assert read_pattern(pattern).fits(path) == (re.search(pattern, path) is not None)

    law()


@given(st.text(max_size=30), st.text(max_size=30))
@settings(max_examples=50)
def test_whatever_is_asked_is_read_or_refused_in_words(pattern: str, path: str) -> None:
    try:
        read = read_pattern(pattern)
    except ValueError as refused:
        assert str(refused).startswith("path ")
    else:
        assert read.fits(path) in {True, False}


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "(a)", "(([a-z])+)+Z$", "a*", "a+", "a?", "a{2}", "a{2,}", "[a", "a]", "a\\", r"\1", r"\b", r"\x41",
     "[[a]]", "[a--b]", "[z-a]", "a^", "$a", "^^", "(?i)a", ".*?", ".*+", "x" * (LONGEST + 1)],
)  # fmt: skip
def test_what_could_run_away_or_mean_something_else_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="path"):
        read_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", [".*a" * 66 + "Z$", ".*" * 100, "." * 199 + "Z", "|".join(["a.*a.*Z"] * 25), "[a-z]" * 39 + "Z$"]
)
def test_the_longest_patterns_are_quick_on_the_longest_paths(pattern: str) -> None:
    read = read_pattern(pattern)
    begun = time.process_time()
    read.fits("a" * LONGEST_PATH)
    assert time.process_time() - begun < 0.1
    assert not read.fits("a" * (LONGEST_PATH + 1))
