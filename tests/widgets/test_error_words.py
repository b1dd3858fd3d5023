"""An error code in words: the same in rows, sentences and details, whatever Twilio sends with it."""

from __future__ import annotations

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.twilio.error_catalogue import LONGEST_BRIEF, explanations
from tui.widgets.error_words import advice, in_few_words, meaning_of, short_error, whole_error


def whole(code: int, said: str = "") -> list[str]:
    return [line.plain for line in whole_error(code, said)]


@pytest.mark.parametrize("code", explanations())
def test_a_known_code_has_its_own_words_wherever_it_is_shown(code: int):
    known = explanations()[code]
    assert short_error(code, "Twilio's") == f"{code} {known.brief}"
    assert meaning_of(code, "Twilio's") == known.meaning
    assert advice(code) == f"{known.remedy} {known.again}"
    assert whole(code) == [f"Error {code}  {known.meaning}", f"What to do: {known.remedy}", known.again]


def test_what_twilio_says_besides_stands_under_it():
    assert whole(30007, "Message filtered [/]")[-1] == "Twilio says: Message filtered [/]"
    assert len(whole(30007, "Twilio or a carrier filtered the message as unwanted")) == 3


def test_a_code_that_is_not_known_says_so_and_where_twilio_explains_it():
    assert short_error(39999) == "39999 not known here"
    assert whole(39999, "Odd") == [
        "Error 39999  Odd",
        "This code is not known here; Twilio explains it at https://www.twilio.com/docs/api/errors/39999",
    ]


@given(st.text(), st.integers(1, 10**6))
def test_no_code_takes_more_of_a_row_than_its_share_or_lets_a_control_character_through(said: str, code: int):
    words = in_few_words(code, said)
    assert words and cell_len(words) <= LONGEST_BRIEF
    lines = (words, meaning_of(code, said), *whole(code, said))
    assert not [character for line in lines for character in line if category(character) in ("Cc", "Cs")]
