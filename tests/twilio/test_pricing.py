"""Twilio's price list: read leniently, asked of the sandbox, and the laws of an estimate."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.twilio.client import Client
from tui.twilio.errors import ApiError, InvalidRequest
from tui.twilio.pricing import (
    MOST_TYPES,
    Estimate,
    PriceList,
    PriceRange,
    estimate,
    fetch_prices,
    number_types,
    read_prices,
)

SERVICE = "MG" + "0" * 32

prices = st.decimals(0, 100, places=5)
ranges = st.tuples(prices, prices).map(lambda pair: PriceRange(min(pair), max(pair)))
TYPES = ("local", "mobile", "tollfree", "shortcode", "national")
lists = st.builds(
    PriceList, st.just("US"), st.sampled_from(("USD", "EUR", "")), st.dictionaries(st.sampled_from(TYPES), ranges)
)


def of(*carriers: list[tuple[str, object]], unit: object = "usd") -> PriceList:
    return read_prices(
        "US",
        {
            "price_unit": unit,
            "outbound_sms_prices": [
                {"prices": [{"number_type": name, "current_price": price} for name, price in each]} for each in carriers
            ],
        },
    )


def test_a_list_is_a_range_over_carriers_for_each_type_of_number() -> None:
    found = of([("local", "0.0079"), ("toll-free", 0.01)], [("local", "0.0083"), ("Toll Free", "0.02")])
    assert found.currency == "USD"
    assert found.outbound == {
        "local": PriceRange(Decimal("0.0079"), Decimal("0.0083")),
        "tollfree": PriceRange(Decimal("0.01"), Decimal("0.02")),
    }
    assert estimate(found, ["local"], 2) == Estimate(Decimal("0.0158"), Decimal("0.0166"), "USD")


def test_the_base_price_counts_where_there_is_no_current_one() -> None:
    item = {"number_type": "local", "base_price": "0.0075", "current_price": None}
    found = read_prices("US", {"price_unit": "USD", "outbound_sms_prices": [{"prices": [item]}]})
    assert found.outbound["local"].most == Decimal("0.0075")


@given(lists, st.lists(st.sampled_from((*TYPES, "other"))), st.integers(-2, 20))
def test_an_estimate_has_one_currency_and_runs_from_less_to_more(listed: PriceList, types: list[str], n: int) -> None:
    found = estimate(listed, types, n)
    if n < 1 or not listed.outbound or not listed.currency:
        assert found is None
        return
    assert found is not None
    assert found.currency == listed.currency
    assert Decimal(0) <= found.least <= found.most
    # Several segments cost as much as each of them, and a type that is known costs no more than any might.
    one, whatever = estimate(listed, types, 1), estimate(listed, (), n)
    assert one is not None
    assert whatever is not None
    assert (found.least, found.most) == (one.least * n, one.most * n)
    assert whatever.least <= found.least <= found.most <= whatever.most


json_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("prices", "number_type", "current_price", "base_price")) | st.text(max_size=4), inner
        )
    ),
    max_leaves=12,
)


@given(json_values, json_values)
def test_whatever_is_answered_is_a_price_list(outbound: Any, unit: Any) -> None:
    found = read_prices("US", {"outbound_sms_prices": outbound, "price_unit": unit})
    assert all(Decimal(0) <= each.least <= each.most for each in found.outbound.values())
    assert found.currency == "" or (len(found.currency) == 3 and found.currency.isascii() and found.currency.isupper())


def test_odd_prices_are_passed_over_and_types_are_bounded() -> None:
    assert of([("local", "-1"), ("local", "NaN"), ("local", "1e999999999"), ("", "1"), ("7", "1")]).outbound == {}
    many = of([(chr(97 + n) * 3, "1") for n in range(26)])
    assert len(many.outbound) == MOST_TYPES
    assert of([("local", "1")], unit="Galleons").currency == ""


@pytest.mark.parametrize(
    ("sender", "types"),
    [
        ("+14155550100", ("local", "mobile")),
        ("+18335550100", ("tollfree",)),
        ("+447911123456", ("mobile",)),
        ("+447700900456", ()),
        ("+442079460958", ("local",)),
        ("72345", ("shortcode",)),
        ("Harbor", ()),
        (SERVICE, ()),
        ("whatsapp:+14155238886", ()),
        ("", ()),
        ("+999", ()),
    ],
)
def test_the_type_of_a_sender_is_told_by_its_address(sender: str, types: tuple[str, ...]) -> None:
    assert number_types(sender) == types


async def test_prices_are_asked_of_the_sandbox(sandbox, connect) -> None:
    async with Client(connect(sandbox)) as client:
        germany = await fetch_prices(client, "DE")
        found = estimate(germany, number_types(sandbox.numbers[0]), 1)
        assert found is not None
        assert found.least < found.most
        assert found.currency == "USD"
        with pytest.raises(ApiError) as missing:
            await fetch_prices(client, "ZZ")
        assert missing.value.code == 20404
        for wrong in ("", "us", "U/", "DE/../US", "ÄÖ"):
            with pytest.raises(InvalidRequest):
                await fetch_prices(client, wrong)
