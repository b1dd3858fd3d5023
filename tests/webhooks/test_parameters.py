"""Webhooks of other products that share a message's parameter names: shown as what they are, not answered as an SMS."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.webhooks.test_event_store import EVENT
from tui.screens.webhooks.detail_text import describe
from tui.screens.webhooks.event_list import draw_event, row_of
from tui.webhooks.events import EventKind, Pairs
from tui.webhooks.parameters import first_values, tell_kind, tell_product

NOW = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
IM, SM, MM, CH = (prefix + "0123456789abcdef" * 2 for prefix in ("IM", "SM", "MM", "CH"))
CHAT: Pairs = (("MessageSid", IM), ("Body", "Hello"), ("AccountSid", "AC1"), ("Author", "+14155550123"))
OTHERS: list[tuple[Pairs, str]] = [
    ((*CHAT, ("EventType", "onMessageAdded"), ("ConversationSid", CH)), "Conversations onMessageAdded"),
    ((*CHAT, ("EventType", "onMessageAdd"), ("ConversationSid", CH)), "Conversations onMessageAdd"),
    ((("EventType", "onDeliveryUpdated"), ("MessageSid", IM), ("Status", "read")), "Conversations onDeliveryUpdated"),
    ((("EventType", "onMessageAdded"), ("MessageSid", SM), ("ConversationSid", CH), ("Body", "x")), "Conversations"),
    ((("EventType", "onMessageSent"), ("MessageSid", IM), ("ChannelSid", CH), ("Body", "x")), "Chat onMessageSent"),
    (CHAT, "Conversations"),
    ((("CallSid", "CA1"), ("CallStatus", "ringing"), ("From", "+1"), ("To", "+2")), "Voice ringing"),
    ((("CallSid", "CA1"), ("RecordingSid", "RE1"), ("RecordingStatus", "completed")), "Voice completed"),
    ((("FlowSid", "FW1"), ("Body", "x"), ("From", "+1")), "Studio"),
    ((("type", "factor.verified"), ("factor_sid", "YF1")), "Verify factor.verified"),
    ((("0.specversion", "1.0"), ("0.type", "com.twilio.messaging.message.sent")), "Event Streams com.twilio"),
    ((("RoomSid", "RM1"), ("StatusCallbackEvent", "room-created")), "Video room-created"),
    ((("WorkspaceSid", "WS1"), ("EventType", "task.created")), "TaskRouter task.created"),
    ((("Sid", "NO1"), ("Level", "ERROR"), ("PayloadType", "application/json")), "Debugger ERROR"),
]
MESSAGES: list[tuple[Pairs, EventKind]] = [
    ((("MessageSid", SM), ("Body", "x")), EventKind.INBOUND),
    ((("MessageSid", MM), ("NumMedia", "1"), ("SmsStatus", "received")), EventKind.INBOUND),
    ((("SmsSid", SM), ("SmsStatus", "sent")), EventKind.STATUS),
    # WhatsApp's callbacks have an EventType as well, and a message may come of a call or a flow.
    ((("MessageSid", SM), ("EventType", "READ"), ("MessageStatus", "read")), EventKind.STATUS),
    ((("MessageSid", SM), ("MessageStatus", "sent"), ("CallSid", "CA1")), EventKind.STATUS),
    ((("MessageSid", SM), ("Body", "x"), ("FlowSid", "FW1")), EventKind.INBOUND),
    ((("MessageSid", "gateway-7"), ("Body", "x")), EventKind.INBOUND),
]


@pytest.mark.parametrize(("parameters", "words"), OTHERS)
@pytest.mark.parametrize("path", ["/sms", "/status"])
async def test_another_products_webhook_is_shown_as_what_it_is_and_not_answered(
    twilio, receiver, parameters: Pairs, words: str, path: str
) -> None:
    receiver.adjust(replace(receiver.settings, reply="Thank you, {From}"))
    answer = await twilio.post(path, parameters)
    assert (answer.status, answer.body) == (204, b"")
    (event,) = receiver.queue.take().events
    assert event.kind is EventKind.OTHER
    assert event.accepted
    assert event.sid == ""
    assert words in "".join(text for text, _ in draw_event(row_of(event), 120, NOW))
    assert f"{words.partition(' ')[0]}" in str(describe(event, NOW))
    assert "not about an SMS" in str(describe(event, NOW))


@pytest.mark.parametrize(("parameters", "kind"), MESSAGES)
def test_a_message_stays_one(parameters: Pairs, kind: EventKind) -> None:
    assert tell_kind(parameters, status_path=False) is kind
    assert tell_product(first_values(parameters)) == ""
    assert replace(EVENT, kind=kind, parameters=parameters).sid == parameters[0][1]


async def test_two_things_that_happen_to_one_chat_message_are_no_repeat(twilio, receiver) -> None:
    for what in ("onMessageAdded", "onMessageUpdated", "onDeliveryUpdated"):
        await twilio.post("/sms", (*CHAT, ("ConversationSid", CH), ("EventType", what)))
    assert [event.duplicate_of for event in receiver.queue.take().events] == [None] * 3
