"""What a text costs, in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.twilio.segments import measure
from tui.widgets.meter import blame_line, is_sms, meter_line, name_character, plain_text, say_length


@given(st.text(max_size=200))
def test_the_meter_says_what_was_measured(body):
    size, line = measure(body), meter_line(body).plain
    assert line.startswith(f"{size.encoding} · {size.segments} segment")
    assert f"{len(body)} of 1600" in line
    assert ("Unicode (70 per segment)" in blame_line(body).plain) is bool(size.culprits)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("plain", ""),
        ("10 €", "€ count twice"),
        ("a\u00a0b", "(no-break space) needs Unicode (70 per segment). F8 replaces it"),
        ("“a” “b”", "“×2 ”×2 need Unicode (70 per segment). F8 replaces them"),
        ("日本", "日 本 need Unicode (70 per segment). No plain equivalent."),
        ("“日", "“ 日 need Unicode (70 per segment). F8 replaces “"),
    ],
)
def test_the_characters_to_blame_are_named(body, words):
    assert blame_line(body).plain == words


@given(st.characters())
def test_a_character_is_named_without_anything_a_terminal_would_obey(character):
    assert name_character(character).isprintable()


@pytest.mark.parametrize(
    ("addresses", "sms"),
    [
        (("+14155550123", "+14155550100"), True),
        (("+14155550123", "MG" + "a" * 32), True),
        (("tel:+14155550123", ""), True),
        (("whatsapp:+14155550123", ""), False),
        (("+14155550123", "rcs:brand_agent"), False),
        ((" messenger:123", ""), False),
        (("", ""), True),
    ],
)
def test_segments_are_counted_for_sms_only(addresses, sms):
    assert is_sms(*addresses) is sms
    assert ("segment" in meter_line("Hello", sms=is_sms(*addresses)).plain) is sms


@given(st.text(max_size=1700), st.integers(0, 120))
def test_a_cost_stands_behind_segments_only_and_what_is_left_gives_way_to_it(body, width):
    cost = "about 0.0158–0.0166 USD"
    line, without = meter_line(body, cost=cost, width=width), meter_line(body)
    priced = 0 < len(body) <= 1600
    assert line.plain.endswith(cost) is priced
    if not priced:
        assert line.plain == without.plain
    else:
        assert (" left " in line.plain) is (not width or without.cell_length + 3 + len(cost) <= width)
    assert cost not in meter_line(body, sms=False, cost=cost).plain


@given(st.text(alphabet="a\t\u00a0\u2003\u202f \u2009“é日", max_size=30))
def test_an_editor_makes_one_blank_of_one_blank(text):
    plain = plain_text(text)
    assert len(plain) == len(text)
    assert plain_text(plain) == plain
    assert "\t" not in plain
    assert "\u00a0" not in plain


@pytest.mark.parametrize(("length", "words"), [(0, "0 characters"), (1, "1 character"), (1600, "1,600 characters")])
def test_a_length_is_said_in_words_of_its_number(length: int, words: str) -> None:
    assert say_length("x" * length) == words
