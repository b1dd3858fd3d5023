"""What is kept of a resource: all of it, in a tenth of the room."""

from __future__ import annotations

import gc
import json
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.archive.resources import resource
from tui.twilio.message import ABSENT
from tui.twilio.messages import Message, read_message, read_messages, take_over

MESSAGES, PAGE = 2_000, 50


def listed(first: int) -> tuple[Message, ...]:
    return read_messages(json.loads(json.dumps({"messages": [resource(n) for n in range(first, first + PAGE)]})))


@pytest.mark.landing
def test_a_loaded_message_takes_less_than_a_kilobyte() -> None:
    kept: list[Message] = []
    listed(0)
    gc.collect()
    tracemalloc.start()
    try:
        for first in range(0, MESSAGES, PAGE):
            kept += listed(first)
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(kept) == MESSAGES
    assert taken / MESSAGES < 1_000


def test_every_message_of_a_page_still_knows_its_whole_resource() -> None:
    assert [message.raw for message in listed(100)] == [resource(n) for n in range(100, 100 + PAGE)]


def test_what_the_fields_say_is_not_kept_once_more() -> None:
    assert not any(message.extra for message in listed(0))
    told = resource(1) | {"price": "-0.0075", "tags": ["a"]}
    del told["api_version"]
    assert read_message(told).extra == {"price": "-0.0075", "tags": ["a"], "api_version": ABSENT}


def test_what_is_no_object_in_a_list_shifts_no_neighbour() -> None:
    document: dict[str, object] = {"messages": [None, resource(1), "x", resource(2)]}
    assert [message.raw for message in read_messages(document)] == [resource(1), resource(2)]


def test_a_newer_state_brings_its_own_resource() -> None:
    known, told = listed(0)[3], read_message(resource(3) | {"status": "failed"})
    assert take_over(known, told).raw["status"] == "failed"
    assert known.raw["status"] == "delivered"


def test_a_resource_says_what_its_message_has_come_to_say() -> None:
    known = read_message({"sid": "SM1", "status": 7, "body": 12345, "new": 1})
    assert known.raw == {"sid": "SM1", "status": 7, "body": 12345, "new": 1}
    assert replace(known, status="delivered", body="").raw == {
        "sid": "SM1",
        "status": "delivered",
        "body": "",
        "new": 1,
    }


def test_a_message_that_no_answer_brought_has_the_usual_form() -> None:
    raw = resource(7)
    fields = ("sid", "status", "direction", "to", "body", "account_sid", "price_unit")
    times = {name: read_message(raw).date_sent for name in ("date_created", "date_sent", "date_updated")}
    made = Message(
        **{name: raw[name] for name in fields},  # type: ignore[arg-type]
        **times,
        from_="+14155550100",
        num_segments=1,
        num_media=0,
        price=Decimal("-0.0075"),
    )
    assert made.raw == raw


def test_a_lone_surrogate_and_an_endless_number_survive() -> None:
    odd: dict[str, object] = {"sid": "SM1", "body": "\ud800", "n": 10**4000, "x": float("inf")}
    assert read_message(odd).raw == odd


def test_a_value_too_deep_to_be_written_again_is_left_out() -> None:
    deep: dict[str, object] = {}
    for _ in range(100_000):
        deep = {"x": deep}
    assert read_message({"sid": "SM1", "x": deep, "y": [1]}).raw == {"sid": "SM1", "y": [1]}
    assert read_message({"sid": "SM1", "uri": {"x": [deep]}}).raw["sid"] == "SM1"


SECONDS = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC))


@given(SECONDS)
def test_a_time_is_written_as_every_library_does(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    assert Message("SM1", date_sent=moment).raw["date_sent"] == format_datetime(moment)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-1000, max_value=1000))
def test_a_price_has_five_places(price: Decimal) -> None:
    assert Message("SM1", price=price).raw["price"] == f"{price + 0:.5f}"
