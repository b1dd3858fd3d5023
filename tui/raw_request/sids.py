"""What a SID names, by its first two letters, and the requests that ask for it. Pure.

Source: the paths of Twilio's OpenAPI description and the patterns of their parameters (`^SM[0-9a-fA-F]{32}$`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tui.raw_request.form_text import RequestText

_SID: Final = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")

_ACCOUNT: Final = "/Accounts/{AccountSid}"
_MESSAGING: Final = "https://messaging.twilio.com/v1"
_CONVERSATIONS: Final = "https://conversations.twilio.com/v1"
_TASKS: Final = "https://taskrouter.twilio.com/v1/Workspaces"

KINDS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "AC": (
        "account",
        {
            "the account": "/Accounts/{Sid}.json",
            "its balance": "/Accounts/{Sid}/Balance.json",
            "its numbers": "/Accounts/{Sid}/IncomingPhoneNumbers.json",
            "its messages": "/Accounts/{Sid}/Messages.json",
        },
    ),
    "AD": ("address", {"the address": _ACCOUNT + "/Addresses/{Sid}.json"}),
    "AE": ("event of the account", {"the event": "https://monitor.twilio.com/v1/Events/{Sid}"}),
    "AP": ("TwiML application", {"the application": _ACCOUNT + "/Applications/{Sid}.json"}),
    "BN": ("A2P brand", {"the brand": _MESSAGING + "/a2p/BrandRegistrations/{Sid}"}),
    "BU": ("bundle", {"the customer profile": "https://trusthub.twilio.com/v1/CustomerProfiles/{Sid}"}),
    "CA": ("call", {"the call": _ACCOUNT + "/Calls/{Sid}.json"}),
    "CF": ("conference", {"the conference": _ACCOUNT + "/Conferences/{Sid}.json"}),
    "CH": (
        "conversation",
        {
            "the conversation": _CONVERSATIONS + "/Conversations/{Sid}",
            "its messages": _CONVERSATIONS + "/Conversations/{Sid}/Messages",
            "its participants": _CONVERSATIONS + "/Conversations/{Sid}/Participants",
        },
    ),
    "FN": (
        "execution of a Studio flow",
        {"the execution": "https://studio.twilio.com/v2/Flows/{FlowSid}/Executions/{Sid}"},
    ),
    "FW": (
        "Studio flow",
        {
            "the flow": "https://studio.twilio.com/v2/Flows/{Sid}",
            "its executions": "https://studio.twilio.com/v2/Flows/{Sid}/Executions",
        },
    ),
    "HH": ("toll-free verification", {"the verification": _MESSAGING + "/Tollfree/Verifications/{Sid}"}),
    "HX": (
        "content template",
        {
            "the template": "https://content.twilio.com/v1/Content/{Sid}",
            "its approval by WhatsApp": "https://content.twilio.com/v1/Content/{Sid}/ApprovalRequests",
        },
    ),
    "IS": ("conversation service", {"the service": _CONVERSATIONS + "/Services/{Sid}"}),
    "ME": (
        "media",
        {
            "about the media": _ACCOUNT + "/Messages/{MessageSid}/Media/{Sid}.json",
            "the file itself": _ACCOUNT + "/Messages/{MessageSid}/Media/{Sid}",
        },
    ),
    "MG": (
        "messaging service",
        {
            "the service": _MESSAGING + "/Services/{Sid}",
            "its phone numbers": _MESSAGING + "/Services/{Sid}/PhoneNumbers",
            "its short codes": _MESSAGING + "/Services/{Sid}/ShortCodes",
            "its sender names": _MESSAGING + "/Services/{Sid}/AlphaSenders",
            "its A2P campaign": _MESSAGING + "/Services/{Sid}/Compliance/Usa2p",
        },
    ),
    "MM": (
        "message with media",
        {
            "the message": _ACCOUNT + "/Messages/{Sid}.json",
            "its media": _ACCOUNT + "/Messages/{Sid}/Media.json",
        },
    ),
    "NO": (
        "alert",
        {
            "the alert": "https://monitor.twilio.com/v1/Alerts/{Sid}",
            "the notification": _ACCOUNT + "/Notifications/{Sid}.json",
        },
    ),
    "PN": ("phone number of the account", {"the number": _ACCOUNT + "/IncomingPhoneNumbers/{Sid}.json"}),
    "QE": (
        "A2P campaign",
        {"the campaign": _MESSAGING + "/Services/{MessagingServiceSid}/Compliance/Usa2p/{Sid}"},
    ),
    "QU": ("queue", {"the queue": _ACCOUNT + "/Queues/{Sid}.json"}),
    "RE": ("recording", {"the recording": _ACCOUNT + "/Recordings/{Sid}.json"}),
    "SC": ("short code", {"the short code": _ACCOUNT + "/SMS/ShortCodes/{Sid}.json"}),
    "SK": ("API key", {"the key, without its secret": _ACCOUNT + "/Keys/{Sid}.json"}),
    "SM": (
        "message",
        {
            "the message": _ACCOUNT + "/Messages/{Sid}.json",
            "its media": _ACCOUNT + "/Messages/{Sid}/Media.json",
        },
    ),
    "TK": ("SIP trunk", {"the trunk": "https://trunking.twilio.com/v1/Trunks/{Sid}"}),
    "UT": ("usage trigger", {"the trigger": _ACCOUNT + "/Usage/Triggers/{Sid}.json"}),
    "VA": (
        "Verify service",
        {
            "the service": "https://verify.twilio.com/v2/Services/{Sid}",
            "its rate limits": "https://verify.twilio.com/v2/Services/{Sid}/RateLimits",
        },
    ),
    "VE": (
        "verification",
        {"the verification": "https://verify.twilio.com/v2/Services/{ServiceSid}/Verifications/{Sid}"},
    ),
    "WS": ("TaskRouter workspace", {"the workspace": _TASKS + "/{Sid}"}),
    "XE": ("sender of a channel", {"the sender": "https://messaging.twilio.com/v2/Channels/Senders/{Sid}"}),
}
"""The first two letters → what Twilio calls it, and what can be asked: in words → the path, `{Sid}` for the SID."""

_UNKNOWN: Final[tuple[str, Mapping[str, str]]] = ("", {})

_OTHER_NAMES: Final = {"message_sid": "parent_sid", "messaging_service_sid": "service_sid"}


@dataclass(frozen=True, slots=True)
class SidRequest:
    """A request that a SID leads to, in words such as "its media"."""

    words: str
    request: RequestText


def is_sid(value: str) -> bool:
    """Whether a value is a SID of Twilio's, of whatever kind."""
    return _SID.fullmatch(value) is not None


def name_of_kind(sid: str) -> str:
    """What Twilio calls what a SID names; empty for a kind that is not known here."""
    return KINDS.get(sid[:2], _UNKNOWN)[0]


def requests_for(sid: str, around: Mapping[str, str], account_sid: str) -> tuple[SidRequest, ...]:
    """What can be asked about a SID, the likeliest first.

    Args:
        sid: as Twilio writes it.
        around: the texts beside it in the answer, by name: what a path needs besides the SID is taken from there
            (the message of a media, the service of a verification). What cannot be filled in is left out.
        account_sid: of the connection, which is written as its variable.
    """
    found: list[SidRequest] = []
    for words, template in KINDS.get(sid[:2], _UNKNOWN)[1].items():
        path = _fill(template, sid, around, account_sid)
        if path is not None:
            kind = "binary" if words == "the file itself" else "json"
            found.append(SidRequest(words, RequestText(path=path, response_type=kind)))
    return tuple(found)


def _fill(template: str, sid: str, around: Mapping[str, str], account_sid: str) -> str | None:
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", match[1]).lower()
        found = sid if name == "sid" else around.get(name) or around.get(_OTHER_NAMES.get(name, ""), "")
        if name == "account_sid" and not is_sid(found):
            found = account_sid
        missing = missing or not is_sid(found)
        return "$TWILIO_ACCOUNT_SID" if found == account_sid else found

    path = _PLACEHOLDER.sub(value, template)
    return None if missing else path
