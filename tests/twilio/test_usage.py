"""Usage Records: asked of the sandbox, and the laws of what is read from any answer."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twilio.conftest import Heard, answer
from tui.twilio.client import Client
from tui.twilio.errors import ApiError, BadAnswer, InvalidRequest
from tui.twilio.usage import (
    MOST_CATEGORIES,
    TOTAL,
    UsagePeriod,
    fetch_usage,
    is_messaging,
    parent_of,
    read_usage,
    usage_path,
)

TODAY = date(2026, 11, 29)
DAYS = (TODAY, TODAY)

amounts = st.decimals(0, 10**6, places=5)
anything: Any = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just([]) | st.just({})
)
categories = st.sampled_from(("sms", "sms-inbound", "mms", "calls", TOTAL, "new-thing"))


def record(category: str, price: object, unit: object = "usd", **rest: object) -> dict[str, object]:
    return {"category": category, "price": price, "price_unit": unit, **rest}


@pytest.mark.parametrize("period", list(UsagePeriod))
async def test_the_sandbox_tells_what_each_period_cost(sandbox, connection, period: UsagePeriod) -> None:
    today = datetime.now(UTC).date()
    async with Client(connection) as client:
        usage = await fetch_usage(client, period, today)
        assert (usage.first, usage.last) == period.days(today)
        assert usage.total is not None
        assert usage.total.price is not None
        sms, parts = usage.records["sms"], [usage.records[f"sms-{way}"] for way in ("inbound", "outbound")]
        assert sms.price == sum((each.price or Decimal(0)) for each in parts)
        assert sms.usage == sum((each.usage or Decimal(0)) for each in parts)
        assert (sms.count_unit, sms.usage_unit, sms.currency) == ("messages", "segments", "USD")
        assert usage.without(["sms", "mms", "channels"]) == 0
        one = await fetch_usage(client, period, today, category=TOTAL)
        assert one.records == {TOTAL: usage.total}


def test_a_path_asks_for_the_account_alone_unless_its_sub_accounts_are_meant() -> None:
    query = parse_qs(urlsplit(usage_path("AC1", UsagePeriod.TODAY)).query)
    assert query == {"PageSize": ["1000"], "IncludeSubaccounts": ["false"]}
    path = usage_path("AC1", UsagePeriod.LAST_MONTH, category="sms&x", subaccounts=True)
    assert path.startswith("/Accounts/AC1/Usage/Records/LastMonth.json?")
    assert parse_qs(urlsplit(path).query) == {"Category": ["sms&x"], "IncludeSubaccounts": ["true"]}


@given(st.dates(date(2, 1, 1), date(9998, 12, 31)))
def test_periods_join_without_a_gap(today: date) -> None:
    day = timedelta(days=1)
    assert UsagePeriod.TODAY.days(today) == (today, today)
    assert UsagePeriod.YESTERDAY.days(today) == (today - day, today - day)
    first, last = UsagePeriod.THIS_MONTH.days(today)
    before, end = UsagePeriod.LAST_MONTH.days(today)
    assert (first.day, last, before.day) == (1, today, 1)
    assert end + day == first
    assert (before + timedelta(days=31)).replace(day=1) == first


@given(st.dictionaries(categories, st.tuples(amounts, st.sampled_from(("usd", "eur")))), st.lists(categories))
def test_what_is_left_and_what_was_taken_off_make_the_total_in_one_currency(
    priced: dict[str, tuple[Decimal, str]], taken: list[str]
) -> None:
    usage = read_usage([record(name, str(price), unit) for name, (price, unit) in priced.items()], *DAYS)
    others = sorted({name for name in taken if name != TOTAL})
    left = usage.without(others)
    known = [priced[name] for name in others if name in priced]
    if TOTAL not in priced:
        assert left is None
        return
    total, currency = priced[TOTAL]
    same = all(unit == currency or not price for price, unit in known)
    summed = sum((price for price, _ in known), Decimal(0))
    assert (left is None) == (not same or summed > total)
    if left is not None:
        assert left + summed == total


@given(st.lists(st.dictionaries(st.sampled_from(("category", "count", "usage", "price", "price_unit")), anything)))
def test_whatever_is_answered_is_usage(items: Any) -> None:
    usage = read_usage(items, *DAYS)
    assert (usage.first, usage.last) == DAYS
    for name, each in usage.records.items():
        assert name == each.category != ""
        assert all(number is None or number.is_finite() for number in (each.count, each.usage, each.price))
    assert usage.without(usage.records) is None or usage.total is not None


@pytest.mark.parametrize("odd", ["NaN", float("nan"), "1e999999999", "ten", None, True, {}, []])
def test_what_is_no_number_is_unknown_and_not_nothing(odd: object) -> None:
    usage = read_usage([record(TOTAL, odd, "galleons", count=odd, usage=odd)], *DAYS)
    assert usage.total is not None
    assert (usage.total.price, usage.total.count, usage.total.usage, usage.total.currency) == (None, None, None, "")
    assert usage.without([]) is None
    # What one part cost is not known, so neither is the rest.
    assert read_usage([record(TOTAL, 9), record("sms", odd)], *DAYS).without(["sms"]) is None


def test_odd_days_are_those_that_were_asked_for_and_absurd_prices_are_kept() -> None:
    for days in [("0001-01-01", "9999-12-31"), ("2026-11-30", "2026-11-01"), ("today", "x"), (None, 7)]:
        item = record(TOTAL, 10**25, start_date=days[0], end_date=days[1], as_of="never")
        usage = read_usage([item, record(TOTAL, "1")], *DAYS)
        assert (usage.first, usage.last, usage.as_of) == (*DAYS, None)
        assert usage.total is not None
        assert usage.total.price == Decimal(10**25)
    told = read_usage(
        [record("x", 1, start_date="2026-11-01", end_date="2026-11-29", as_of="2026-11-29T03:00:00Z")], *DAYS
    )
    assert (told.first, told.last) == (date(2026, 11, 1), TODAY)
    assert told.as_of == datetime(2026, 11, 29, 3, tzinfo=UTC)


def test_categories_nest_by_their_names() -> None:
    names = ["sms", "sms-outbound", "sms-outbound-longcode", "smsx", "channels", "calls"]
    assert parent_of("sms-outbound-longcode", names) == "sms-outbound"
    assert parent_of("sms-outbound", names) == "sms"
    assert parent_of("smsx", names) == parent_of("sms", names) == ""
    assert is_messaging("sms")
    assert is_messaging("channels-whatsapp-inbound")
    assert not is_messaging("smsx")
    assert not is_messaging("calls-sms")


async def test_pages_are_followed_up_to_a_bound_and_never_away(serve) -> None:
    pages = 0

    async def reply(heard: Heard, writer: Any) -> None:
        nonlocal pages
        pages += 1
        rows = [record(f"c{pages}-{number}", "1") for number in range(600)]
        more = f"/2010-04-01/Accounts/AC/Usage/Records/Today.json?PageToken={pages}"
        writer.write(answer(json.dumps({"usage_records": rows, "next_page_uri": more}).encode()))

    wire = await serve(reply)
    async with Client(wire.connection()) as client:
        usage = await fetch_usage(client, UsagePeriod.TODAY, TODAY)
    assert len(usage.records) == MOST_CATEGORIES
    assert pages == 4

    away = {"usage_records": [], "next_page_uri": "https://evil.example/x"}
    for body, problem in [(away, InvalidRequest), ({"usage_records": "none"}, BadAnswer)]:
        wire = await serve(answer(json.dumps(body).encode()))
        async with Client(wire.connection()) as client:
            with pytest.raises(problem):
                await fetch_usage(client, UsagePeriod.TODAY, TODAY)


async def test_a_refusal_is_twilios_error(serve) -> None:
    wire = await serve(answer(b'{"code": 20003, "message": "Authenticate"}', status="401 Unauthorized"))
    async with Client(wire.connection()) as client:
        with pytest.raises(ApiError) as caught:
            await fetch_usage(client, UsagePeriod.THIS_MONTH, TODAY)
    assert caught.value.status == 401
