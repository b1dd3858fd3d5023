"""Amounts of money: the same form everywhere."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tui.price_format import say_amount, say_price


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.00790", "0.0079"),
        ("0.0079", "0.0079"),
        ("0.00083", "0.00083"),
        ("0.00001", "0.00001"),
        ("0", "0.0000"),
        ("1234.5", "1,234.5000"),
        ("1E+300", "1.00e+300"),
    ],
)
def test_an_amount_has_four_places_or_five(amount, words):
    assert say_amount(Decimal(amount)) == words


def test_a_price_names_its_currency_where_it_is_known():
    assert say_price(Decimal("0.0075"), "USD") == "0.0075 USD"
    assert say_price(Decimal("0.0075"), "") == "0.0075"
    assert "\x1b" not in say_price(Decimal(1), "U\x1b[31m")
