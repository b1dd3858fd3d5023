"""What is kept of an answer: all of it, in a tenth of the room."""

from __future__ import annotations

import gc
import json
import tracemalloc
import zlib
from hashlib import sha256
from typing import cast

from tui.twilio.client import Client
from tui.twilio.message_list import MessageList
from tui.twilio.messages import Message, read_message, read_messages, take_over

MESSAGES, PAGE = 2_000, 50
ACCOUNT = "AC" + "a" * 32


def resource(number: int) -> dict[str, object]:
    """A message as Twilio lists it, no two alike."""
    sid = f"SM{sha256(str(number).encode()).hexdigest()[:32]}"
    uri = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}"
    moment = f"Wed, 01 Jul 2026 {number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02} +0000"
    return {
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": f"Message {number}: see you on Monday, will you? Yours, the front desk",
        "date_created": moment,
        "date_sent": moment,
        "date_updated": moment,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": "+14155550100",
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": "-0.00750",
        "price_unit": "USD",
        "sid": sid,
        "status": "delivered",
        "subresource_uris": {"media": f"{uri}/Media.json", "feedback": f"{uri}/Feedback.json"},
        "to": f"+1415{number:07}",
        "uri": f"{uri}.json",
    }


def listed(first: int, encoding: str = "utf-8") -> tuple[Message, ...]:
    content = json.dumps({"messages": [resource(n) for n in range(first, first + PAGE)]}).encode(encoding)
    return read_messages(content, json.loads(content))


def test_a_loaded_message_takes_less_than_a_kilobyte() -> None:
    feed = MessageList(cast("Client", None))
    listed(0)
    gc.collect()
    tracemalloc.start()
    try:
        for first in range(0, MESSAGES, PAGE):
            feed._take(listed(first))
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(feed.rows) == MESSAGES
    assert taken / MESSAGES < 1_000


def test_every_message_of_a_page_still_knows_its_whole_resource() -> None:
    for encoding in ("utf-8", "utf-16", "utf-32"):
        assert [message.raw for message in listed(100, encoding)] == [resource(n) for n in range(100, 100 + PAGE)]


def test_what_is_no_object_in_a_list_shifts_no_neighbour() -> None:
    content = json.dumps({"messages": [None, resource(1), "x", resource(2)]}).encode()
    assert [message.raw["sid"] for message in read_messages(content, json.loads(content))] == [
        resource(1)["sid"],
        resource(2)["sid"],
    ]


def test_a_newer_state_brings_its_own_resource() -> None:
    known, told = listed(0)[3], read_message(resource(3) | {"status": "failed"})
    assert take_over(known, told).raw["status"] == "failed"
    assert known.raw["status"] == "delivered"


def test_a_lone_surrogate_and_an_endless_number_survive() -> None:
    odd: dict[str, object] = {"sid": "SM1", "body": "\ud800", "n": 10**4000, "x": float("inf")}
    assert read_message(odd).raw == odd


def test_a_resource_too_deep_to_be_written_or_read_again_is_nothing() -> None:
    deep: dict[str, object] = {}
    for _ in range(100_000):
        deep = {"x": deep}
    assert read_message({"sid": "SM1", "x": deep}).raw == {}
    packed = zlib.compress(b'{"messages": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}")
    assert Message("SM1", packed=packed).raw == {}
    assert Message("SM1").raw == {}
