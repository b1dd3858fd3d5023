"""Texts with placeholders: values are put in once, and what cannot be filled is said before anything is sent."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.jobs.placeholders import Missing, PlaceholderError, Template, escape
from tui.storage.table_layout import name_columns

COLUMNS = ("Phone", "First name", "Day", "Photo")


def filled(text: str, *cells: str, url: bool = False) -> str | Missing:
    return Template(text).bound(COLUMNS, url=url).fill(cells)


def test_values_are_put_in_whatever_the_case_and_the_blanks_of_a_name():
    text = "Hi {first NAME}, your check-up is {Day}. {firstname}!"
    assert Template(text).names == ("first NAME", "Day")
    assert filled(text, "+1", " Maya ", "Tuesday") == "Hi Maya, your check-up is Tuesday. Maya!"


def test_a_name_is_the_same_in_any_normal_form():
    columns = name_columns(["Pre\u0301nom", "Pr\u00e9nom"], 2)
    assert columns[1] == "Pr\u00e9nom (2)"
    assert Template("{pr\u00e9nom}").bound(columns).fill(["Chlo", "x"]) == "Chlo"


def test_two_braces_are_one_and_a_value_with_braces_is_put_in_as_it_is():
    assert filled("{{{day}}} }}{{", "+1", "x", "{phone} {{x}}") == "{{phone} {{x}}} }{"


def test_values_that_a_row_lacks_are_told_by_their_titles():
    text = "{first name} {day} {phone}"
    assert filled(text, "+1", " \u200b\u00a0") == Missing(("First name", "Day"))
    assert str(filled(text, "+1", "Maya", "")) == "There is no value for “Day”."


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("Hi {name", 3, "The { at character 4 is not closed"),
        ("Hi name}", 7, "The } at character 8 closes nothing"),
        ("a\nb {", 4, "The { in line 2, character 3, is not closed"),
        ("Hi {} you", 3, "Nothing stands between the braces"),
        ("Hi {  } you", 3, "Nothing stands between the braces"),
        ("Hi {a{b}", 3, "is not closed"),
    ],
)
def test_a_brace_that_stands_alone_is_said_with_its_place(text: str, place: int, words: str):
    with pytest.raises(PlaceholderError, match=words) as caught:
        Template(text)
    assert caught.value.place == place


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hi {frst name}", r"There is no column “frst name”. Is {First name} meant\?"),
        ('{"id": 5}', "The columns are “Phone”, “First name”, “Day”, “Photo”; {{ stands for a brace"),
        ("Hi {{ first name }}!", "would be sent as it stands.*Write {first name} for the value"),
    ],
)
def test_a_name_that_no_column_has_is_said_with_the_nearest(text: str, words: str):
    with pytest.raises(PlaceholderError, match=words):
        Template(text).bound(COLUMNS)


def test_values_in_a_url_are_encoded_but_one_that_is_the_url():
    text = "https://example.com/p/{first name}.jpg?d={day}"
    assert (
        filled(text, "", "Ann & Co/é", "1 2", url=True) == "https://example.com/p/Ann%20%26%20Co%2F%C3%A9.jpg?d=1%202"
    )
    assert filled("{photo}", "", "", "", "https://example.com/a.jpg?b=c", url=True) == "https://example.com/a.jpg?b=c"


def test_line_ends_of_any_system_become_one_in_a_text():
    assert filled("{day}", "", "", "a\r\nb\rc\n") == "a\nb\nc"


TEXTS = st.text(st.sampled_from("{}ab\n\r é😀\u200b") | st.characters(codec="utf-8"), max_size=30)
VALUES = TEXTS.map(str.strip).filter(lambda text: "\r" not in text and any(each.isalnum() for each in text))
TITLES = st.lists(st.text(st.sampled_from("ab AB{}é"), max_size=6), min_size=1, max_size=5)


@given(TEXTS, st.lists(VALUES, min_size=4, max_size=4))
def test_any_text_can_be_written_and_any_text_is_read_or_refused_with_a_place_in_it(text: str, cells: list[str]):
    assert filled(escape(text), *cells) == text
    try:
        Template(text).bound(COLUMNS)
    except PlaceholderError as problem:
        assert 0 <= problem.place < len(text)
        assert problem.reason and problem.remedy


@given(TITLES, st.data())
def test_each_column_can_be_named_and_is_its_own_value_once(titles: list[str], data: st.DataObject):
    columns = name_columns(titles, len(titles))
    cells = data.draw(st.lists(VALUES, min_size=len(columns), max_size=len(columns)))
    template = Template("|".join(f"<{{{title}}}>" for title in columns))
    assert template.bound(columns).fill(cells) == "|".join(f"<{cell}>" for cell in cells)
    assert len(template.names) == len(columns)


@given(VALUES)
def test_a_value_in_a_url_cannot_change_where_it_leads(value: str):
    made = filled("https://example.com/a/{day}?x={day}#{day}", "", "", value, url=True)
    assert isinstance(made, str)
    parts = urlsplit(made)
    assert (parts.scheme, parts.netloc) == ("https", "example.com")
    assert [unquote(each) for each in (parts.path[3:], parts.query[2:], parts.fragment)] == [value] * 3
