"""Addresses grouped for the eye, days as people name them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.widgets.message_words import day_words, show_address


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("+14155550123", "+1 415 555 0123"),
        ("+447700900456", "+44 770 090 0456"),
        ("+4915112345678", "+49 151 1234 5678"),
        ("+35312345678", "+353 1234 5678"),
        ("whatsapp:+14155550123", "+1 415 555 0123 wa"),
        ("rcs:+14155550123", "+1 415 555 0123 rcs"),
        ("messenger:1234", "messenger:1234"),
        ("ACME", "ACME"),
        ("12345", "12345"),
        ("+1", "+1"),
        ("+٣٤٣٤٣٤٣٤", "+٣٤٣٤٣٤٣٤"),
        ("", ""),
    ],
)
def test_a_number_is_grouped_for_the_eye(address: str, shown: str):
    assert show_address(address) == shown


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_grouping_changes_no_digit_and_leaves_none_alone(address: str):
    shown = show_address(address)
    assert shown.replace(" ", "") == address
    assert cell_len(shown) <= 20
    assert all(len(group) > 1 for group in shown.split(" ")[1:])


def test_days_are_named_as_people_do():
    today = date(2026, 11, 28)
    assert day_words(today, today) == "today, Sat 28 Nov"
    assert day_words(date(2026, 11, 27), today) == "yesterday, Fri 27 Nov"
    assert day_words(date(2025, 11, 27), today) == "Thu 27 Nov 2025"
    assert day_words(None, today) == "no time"
