"""Parse a webhook's parameters from its query, form or JSON, and classify it: kind of event, product of Twilio's.

Several products use the names that a message's webhook uses; they are told apart by the parameters that only they have
(Twilio's documentation of each product's webhooks). Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Final, cast

from tui.twilio.media_types import FORM, JSON
from tui.twilio.signature import form_pairs
from tui.webhooks.events import EventKind, Pairs

MOST_PARAMETERS: Final = 2000
"""Parameters of a request, at most; Twilio sends some dozens, and more would only keep the program busy."""

LARGE: Final = 16 * 1024
"""Bytes of a body beyond which it is not parsed on the loop, and only once accepted: anyone may send one."""

_DEEPEST: Final = 8

MESSAGE_SIDS: Final = ("MessageSid", "SmsSid", "SmsMessageSid")
"""Parameters that name the message which a request is about."""

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


def count_fields(target: str, body: bytes) -> int:
    """An upper bound of the number of parameters, found without parsing them."""
    return target.count("&") + body.count(b"&") + 2


def read_parameters(target: str, content_type: str, body: bytes, *, accepted: bool) -> Pairs:
    """The parameters of the query, then those of the body, in their order, blanks and repeats kept. Never raises.

    JSON objects are flattened (`data.messageSid`), entries of an array numbered (`0.type`). Bytes that are no UTF-8
    become U+FFFD. At most `MOST_PARAMETERS` are returned, and none of a body beyond `LARGE` that was not `accepted`.
    """
    query = target.partition("?")[2].encode("utf-8", "surrogatepass")
    kind = content_type.partition(";")[0].strip().lower()
    found = list(islice(_decoded(query), MOST_PARAMETERS))
    if len(body) > LARGE and not accepted:
        return tuple(found)
    if kind in {FORM, ""} and not (kind == "" and body[:1] in (b"{", b"[")):
        found.extend(islice(_decoded(body), MOST_PARAMETERS))
    elif kind in {JSON, ""} or kind.endswith("+json"):
        found.extend(_json(body))
    return tuple(found[:MOST_PARAMETERS])


def first_values(parameters: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The first value of every parameter."""
    first: dict[str, str] = {}
    for name, value in parameters:
        first.setdefault(name, value)
    return first


def tell_kind(parameters: Pairs, *, status_path: bool) -> EventKind:
    """Classify a request by its parameters; `status_path` decides where they do not."""
    first = first_values(parameters)
    if not message_sid(first):
        return EventKind.OTHER
    if "MessageStatus" in first:
        return EventKind.STATUS
    status = first.get("SmsStatus")
    if "Body" in first or status in {"received", "receiving"}:
        return EventKind.INBOUND
    return EventKind.STATUS if status_path or status is not None else EventKind.INBOUND


def message_sid(first: Mapping[str, str]) -> str:
    """The SID of the SMS or MMS that a webhook is about; empty when it is about none, or about a chat message.

    `first` holds the first value of every parameter. A SID of another form than Twilio's is taken as it is.
    """
    sid = next((first[name] for name in MESSAGE_SIDS if first.get(name)), "")
    known = _SID.fullmatch(sid)
    if (known and known[1] not in {"SM", "MM"}) or _chat(first):
        return ""
    return sid


def tell_product(first: Mapping[str, str]) -> str:
    """The product that sent a webhook and its own name for the event, such as `Conversations onMessageAdded`.

    Empty for a message's webhook and for an unknown one. Remote text: sanitise before showing.
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


def _decoded(form: bytes) -> Iterator[tuple[str, str]]:
    for name, value in form_pairs(form):
        yield name.decode("utf-8", "replace"), value.decode("utf-8", "replace")


def _json(body: bytes) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    with suppress(ValueError, RecursionError):
        _flatten("", json.loads(body), found, 0)
    return found


def _flatten(name: str, value: object, found: list[tuple[str, str]], depth: int) -> None:
    inside: Iterable[tuple[object, object]] | None = None
    if value and depth < _DEEPEST and isinstance(value, dict):
        inside = cast("dict[object, object]", value).items()
    elif value and depth < _DEEPEST and isinstance(value, list):
        inside = enumerate(cast("list[object]", value))
    if inside is None:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        found.append((storable(name), storable(text)))
        return
    for key, inner in inside:
        if len(found) >= MOST_PARAMETERS:
            return
        _flatten(f"{name}.{key}" if name else str(key), inner, found, depth + 1)


def storable(text: str) -> str:
    """The text without lone surrogates, which JSON's escapes can spell and no file or terminal takes."""
    return text.encode("utf-8", "replace").decode("utf-8")
