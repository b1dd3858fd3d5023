"""Which of Twilio's products sent a webhook. Several of them use the names that a message's webhook uses.

Known by the parameters only they have (Twilio's documentation of each product's webhooks). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_MESSAGE_SIDS: Final = ("MessageSid", "SmsSid", "SmsMessageSid")
_SID: Final = re.compile(r"([A-Z]{2})[0-9a-f]{32}")
_ON_EVENT: Final = re.compile(r"on[A-Z]")

# These speak of chat messages, whatever else they hold.
_CHATS: Final = (("Conversations", "ConversationSid"), ("Chat", "ChannelSid"))

# These only where there is no message: a message may be sent by a call or a flow.
_OTHERS: Final = (
    ("Voice", "CallSid"),
    ("Voice", "ConferenceSid"),
    ("Voice", "RecordingSid"),
    ("Fax", "FaxSid"),
    ("Video", "RoomSid"),
    ("TaskRouter", "WorkspaceSid"),
    ("Studio", "FlowSid"),
    ("Verify", "VerificationSid"),
    ("Verify", "verification_sid"),
    ("Verify", "factor_sid"),
    ("Proxy", "interactionSid"),
    ("Proxy", "outboundResourceSid"),
    ("Intelligence", "transcript_sid"),
    ("Super SIM", "SimSid"),
    ("Link clicks", "sms_sid"),
    ("Debugger", "PayloadType"),
    ("Event Streams", "specversion"),
    ("Event Streams", "0.specversion"),
)
_EVENT_NAMES: Final = (
    *("EventType", "StatusCallbackEvent", "CallStatus", "RecordingStatus", "type", "0.type", "event_type", "Level"),
)


def message_sid(first: Mapping[str, str]) -> str:
    """The SID of the message that a webhook is about; empty when it is about none, or about a chat's.

    `first` holds the first value of every parameter. A SID of another form than Twilio's is taken as it is.
    """
    sid = next((first[name] for name in _MESSAGE_SIDS if first.get(name)), "")
    known = _SID.fullmatch(sid)
    if (known and known[1] not in {"SM", "MM"}) or _chat(first):
        return ""
    return sid


def tell_product(first: Mapping[str, str]) -> str:
    """Which product sent it and what for, in its own words, such as `Conversations onMessageAdded`.

    Empty for a message's webhook, and for one that nothing is known of. Remote text: sanitise before showing.
    """
    product = _chat(first)
    if not product and not message_sid(first):
        product = next((product for product, name in _OTHERS if name in first), "")
    event = next((first[name] for name in _EVENT_NAMES if first.get(name)), "") if product else ""
    return f"{product} {event}".strip()


def _chat(first: Mapping[str, str]) -> str:
    named = next((product for product, name in _CHATS if name in first), "")
    if named:
        return named
    sid = _SID.fullmatch(first.get("MessageSid", ""))
    return "Conversations" if (sid and sid[1] == "IM") or _ON_EVENT.match(first.get("EventType", "")) else ""
