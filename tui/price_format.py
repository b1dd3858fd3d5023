"""Formats amounts of money, the same everywhere: to the hundredth of a cent, and further where there is more."""

from __future__ import annotations

from decimal import Decimal

from tui.safe_text import safe_text

_ABSURD = 10**9
"""An amount from which on not all digits are written out."""


def say_amount(amount: Decimal) -> str:
    """`0.0079`, `0.00083`, `1,234.5000`: four places, as most of Twilio's prices have, or five."""
    return f"{amount:.2e}" if abs(amount) >= _ABSURD else f"{amount:,.5f}".removesuffix("0")


def say_price(amount: Decimal, currency: str) -> str:
    """An amount with its currency, where that is known: `0.0079 USD`. Safe to show."""
    return f"{say_amount(amount)} {safe_text(currency, limit=10)}".rstrip()
