"""Reading what others wrote: nothing raises, nothing is guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.twilio.lenient_json import as_decimal, as_int, as_items, as_mapping, as_text, as_time

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
DATES = st.text(alphabet="0123456789 :+-TZ,.WMonJanGMT()", max_size=40)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("3", 3),
        (" -4 ", -4),
        (7, 7),
        (10**30, None),
        ("--5", None),
        ("-", None),
        ("", None),
        ("1.0", None),
        (1.0, None),
        (True, None),
        ("1_000", None),
        ("٣", None),
        ("²", None),
        ("9" * 5000, None),
        (None, None),
        ([1], None),
    ],
)
def test_a_whole_number_comes_plain_or_as_text(value: object, number: int | None) -> None:
    assert as_int(value) == number


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("-0.00750", Decimal("-0.00750")),
        (0.5, Decimal("0.5")),
        ("0", Decimal(0)),
        ("nan", None),
        ("-Infinity", None),
        ("sNaN1", None),
        ("1e999999999", None),
        ("1e-999999999", None),
        ("9" * 5000, None),
        ("", None),
        (None, None),
        ({}, None),
    ],
)
def test_an_amount_is_finite_and_short_enough_to_write_out(value: object, amount: Decimal | None) -> None:
    found = as_decimal(value)
    assert found == amount
    assert str(found) == str(amount)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Thu, 24 Aug 2023 05:01:45 +0000", datetime(2023, 8, 24, 5, 1, 45, tzinfo=UTC)),
        ("Thu, 24 Aug 2023 07:01:45 +0200", datetime(2023, 8, 24, 5, 1, 45, tzinfo=UTC)),
        ("Thu, 24 Aug 2023 05:01:45 -0000", datetime(2023, 8, 24, 5, 1, 45, tzinfo=UTC)),
        ("2023-08-24T05:01:45Z", datetime(2023, 8, 24, 5, 1, 45, tzinfo=UTC)),
        ("2023-08-24T05:01:45", datetime(2023, 8, 24, 5, 1, 45, tzinfo=UTC)),
        ("Thu, 99 Aug 2023 05:01:45 +0000", None),
        ("Thu, 24 Aug 99999 05:01:45 +0000", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("9999-12-31T23:59:59Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_time_is_in_utc_or_nothing(text: str, moment: datetime | None) -> None:
    assert as_time(text) == moment


def test_only_objects_are_items() -> None:
    assert as_items([{"a": 1}, None, 7, [], {}]) == ({"a": 1}, {})
    assert as_items({"a": 1}) == ()
    assert as_mapping([1]) == {}


def test_values_become_text_in_jsons_spelling() -> None:
    assert [as_text(v) for v in ("x", 7, 1.5, True, False, None, [], {})] == [
        *("x", "7", "1.5", "true", "false", "", "", "")
    ]


@settings(max_examples=300)
@given(JSON | DATES)
def test_no_value_ever_raises(value: object) -> None:
    as_mapping(value), as_items(value), as_text(value), as_int(value), as_decimal(value)
    moment = as_time(value)
    assert moment is None or moment.tzinfo is UTC
