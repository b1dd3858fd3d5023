"""TOML is read as Python reads it, but for what is nested deeper than the program can walk."""

from __future__ import annotations

import time
import tomllib

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.storage.toml_reading import DEEPEST, loads

TEXTS = st.lists(st.sampled_from(["a", "b.c", "'.", '".', "'''", '"""', "#", "\\", "\n", " "]), max_size=40).map(
    "".join
)
VALUES = st.recursive(
    TEXTS | st.integers(-9, 9), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
)


@settings(max_examples=25)
@given(st.dictionaries(TEXTS, VALUES, max_size=4), st.booleans())
def test_what_is_not_deep_is_read_as_it_stands(document: dict[str, object], lines: bool) -> None:
    text = tomli_w.dumps(document, multiline_strings=lines)
    assert loads(text) == tomllib.loads(text)


@pytest.mark.parametrize("quote", ['"', "'", '"""', "'''"])
def test_dots_in_a_text_or_a_comment_are_no_key(quote: str) -> None:
    text = f"b = {quote}{'x.' * 500}x{quote} # {'x.' * 500}\n"
    assert loads(text) == tomllib.loads(text)


def test_as_deep_as_is_allowed_and_no_deeper() -> None:
    fits, over = "a." * (DEEPEST - 1) + "a = 1", "a." * DEEPEST + "a = 1"
    assert loads(fits) == tomllib.loads(fits)
    with pytest.raises(RecursionError):
        loads(over)


@pytest.mark.parametrize(
    "text",
    ["a." * 500_000, "a" * 10**6, "a-" * 500_000, "b = '" + "a." * 500_000, '"' * 10**6, "# a." * 250_000, "[" * 10**6],
    ids=lambda text: f"{text[:6]}…",
)
def test_a_megabyte_of_anything_is_refused_within_moments(text: str) -> None:
    begun = time.process_time()
    with pytest.raises((ValueError, RecursionError)):
        loads(f"{text}\n=")
    assert time.process_time() - begun < 2
