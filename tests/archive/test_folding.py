"""Texts meet without regard to case, marks, width and alphabets' own digits."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.archive.folding import INDEX_END, fold, fold_for_index

ALIKE = [
    ("Café", "CAFE\u0301"),
    ("straße", "STRASSE"),
    ("İstanbul", "istanbul"),
    ("Ｆｕｌｌ", "full"),
    ("２０２６", "2026"),
    ("٣٤", "34"),
    ("e\u2013mail", "e-mail"),
    ("one\r\ntwo", "one two"),
    ("one\u00a0two", "one two"),
    ("in\u200bvisible", "invisible"),
    ("שָׁלוֹם", "שלום"),
    ("مُحَمَّد", "محمد"),
    ("❤\ufe0f", "❤"),
    ("1\ufe0f\u20e3", "1"),
    ("ﬁn", "fin"),
    ("ガ", "ｶﾞ"),
    ("한글", unicodedata.normalize("NFD", "한글")),
]
DIFFERENT = [("か", "が"), ("कि", "का"), ("क्", "क"), ("a", "b"), ("注文", "注意")]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_these_are_the_same_text(one: str, other: str):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_these_are_not(one: str, other: str):
    assert fold(one) != fold(other)


TEXTS = st.text(st.characters(codec=None, exclude_categories=[]))


@given(TEXTS)
def test_folding_twice_changes_nothing(text: str):
    assert fold(fold(text)) == fold(text)


@given(TEXTS)
def test_the_normal_form_does_not_matter(text: str):
    assert {fold(unicodedata.normalize(form, text)) for form in ("NFC", "NFD", "NFKC", "NFKD")} == {fold(text)}


@given(TEXTS)
def test_a_folded_text_can_be_stored_and_has_no_line_end(text: str):
    folded = fold(text)
    folded.encode()
    assert "\n" not in folded
    assert "\0" not in folded
    assert fold_for_index(text) in ("", folded + INDEX_END)
