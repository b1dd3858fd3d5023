"""Usage Records, read by the official package and held against the list of messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from twilio.base.exceptions import TwilioException

from tui.sandbox.server import Sandbox
from tui.sandbox.usage import CATEGORIES

MAYA = "+14155550123"


def expected(messages: list[Any], category: str, first: date, last: date) -> tuple[int, int, float]:
    """Count, usage and price of a category, from the messages as listed."""

    def fits(message: Any) -> bool:
        channel = ":" in f"{message.to}{message.from_}"
        kind = "channels" if channel else "mms" if message.sid.startswith("MM") else "sms"
        direction = "inbound" if message.direction == "inbound" else "outbound"
        names = {"totalprice", kind} | (set() if channel else {f"{kind}-{direction}"})
        return message.price is not None and first <= message.date_sent.date() <= last and category in names

    found = [message for message in messages if fits(message)]
    usage = sum(1 if message.sid.startswith("MM") else int(message.num_segments) for message in found)
    return len(found), usage, -sum(float(message.price) for message in found)


@pytest.fixture
async def everything(official: Any, sandbox: Sandbox) -> list[Any]:
    await official.send(to=f"whatsapp:{MAYA}", from_=f"whatsapp:{sandbox.numbers[0]}", body="On another channel")
    return await official.do(lambda client: client.messages.list())


def windows(now: datetime) -> Iterator[tuple[str, date, date]]:
    today, first = now.date(), now.date().replace(day=1)
    yield "today", today, today
    yield "yesterday", today - timedelta(days=1), today - timedelta(days=1)
    yield "this_month", first, today
    yield "last_month", (first - timedelta(days=1)).replace(day=1), first - timedelta(days=1)
    yield "all_time", date(2025, 1, 1), today


async def test_each_window_and_category_is_the_sum_of_its_messages(
    official: Any, everything: list[Any], clock: Any
) -> None:
    clock.advance(seconds=10)
    listed = await official.do(lambda client: client.messages.list())
    for name, first, last in windows(clock.now):
        records = await official.do(lambda client, name=name: getattr(client.usage.records, name).list())
        assert [record.category for record in records] == list(CATEGORIES)
        for record in records:
            count, usage, price = expected(listed, record.category, first, last)
            assert float(record.price) == pytest.approx(price, abs=1e-6)
            assert record.price_unit == "usd"
            assert record.end_date == last
            if record.category == "totalprice":
                continue
            assert (record.count, record.usage) == (str(count), str(usage)), (name, record.category)


@pytest.mark.parametrize(("name", "form"), [("daily", "%Y-%m-%d"), ("monthly", "%Y-%m"), ("yearly", "%Y")])
async def test_periods_follow_one_another_and_add_up(official: Any, clock: Any, name: str, form: str) -> None:
    records = await official.do(lambda client: getattr(client.usage.records, name).list(category="sms"))
    (whole,) = await official.do(lambda client: client.usage.records.list(category="sms"))
    assert records[0].end_date == clock.now.date()
    for later, earlier in pairwise(records):
        assert earlier.end_date == later.start_date - timedelta(days=1)
        assert earlier.start_date.strftime(form) == earlier.end_date.strftime(form)
    assert sum(int(record.count) for record in records) == int(whole.count) > 100
    assert sum(float(record.price) for record in records) == pytest.approx(float(whole.price))
    assert records[-1].start_date == whole.start_date


async def test_a_range_may_be_given_in_days_or_as_an_offset(official: Any, clock: Any) -> None:
    today = clock.now.date()

    async def days(**asked: Any) -> list[date]:
        rows = await official.do(lambda client: client.usage.records.daily.list(category="sms", **asked))
        return [row.start_date for row in rows]

    last_three = [today - timedelta(days=n) for n in range(3)]
    assert await days(start_date=today - timedelta(days=2)) == last_three
    assert await days(start_date="-2days") == last_three
    assert await days(start_date="-2days", end_date="-1day") == last_three[1:]
    assert await days(start_date="-2days", end_date="+30days") == last_three
    (record,) = await official.do(
        lambda client: client.usage.records.list(category="sms", start_date="-2days", end_date="-1day")
    )
    assert (record.start_date, record.end_date) == (last_three[2], last_three[1])


async def test_what_counts_for_nothing_has_no_records(official: Any, clock: Any) -> None:
    records = official.client.usage.records
    assert await official.do(lambda _: records.list(category="calls")) == []
    assert await official.do(lambda _: records.today.list(start_date=clock.now.date() + timedelta(days=1))) == []


async def test_what_cannot_be_read_is_refused(empty: Sandbox, connect: Any) -> None:
    official = connect(empty)
    for asked in (
        {"start_date": "yesterday"},
        {"end_date": "2026-13-01"},
        {"start_date": "-30weeks"},
        {"start_date": "-999999days"},
        {"start_date": "2026-02-02", "end_date": "2026-02-01"},
        {"include_subaccounts": "perhaps"},
    ):
        with pytest.raises(TwilioException, match="20001"):
            await official.do(lambda client, asked=asked: client.usage.records.list(**asked))


async def test_a_failed_or_refused_message_costs_nothing(empty: Sandbox, connect: Any, clock: Any) -> None:
    official = connect(empty)
    await official.send(to="+14155530008", from_=empty.numbers[0], body="Fails")
    with pytest.raises(TwilioException):
        await official.send(to="+15005550001", from_=empty.numbers[0], body="Refused")
    clock.advance(seconds=10)
    (record,) = await official.do(lambda client: client.usage.records.today.list(category="totalprice"))
    assert float(record.price) == 0
    await official.send(to=MAYA, from_=empty.numbers[0], body="x" * 161)
    clock.advance(seconds=10)
    (record,) = await official.do(lambda client: client.usage.records.today.list(category="sms-outbound"))
    assert (record.count, record.usage, float(record.price)) == ("1", "2", pytest.approx(0.0158))
    assert record.as_of == clock.now.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    for uri in (record.uri, *record.subresource_uris.values()):
        assert (
            await official.do(lambda client, uri=uri: client.request("GET", empty.base_url + uri))
        ).status_code == 200


async def test_they_are_paged(official: Any) -> None:
    pages = await official.do(lambda client: client.usage.records.daily.list(page_size=7, limit=40))
    at_once = await official.do(lambda client: client.usage.records.daily.list(limit=40))
    assert [row.uri for row in pages] == [row.uri for row in at_once]
    assert len({row.uri for row in pages}) == 40
