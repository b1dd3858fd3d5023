"""The parameters of a message's webhooks as Twilio sends them: an inbound message, and a status callback. Pure.

Sources: https://www.twilio.com/docs/messaging/guides/webhook-request (with its parameters for WhatsApp) and
https://www.twilio.com/docs/messaging/guides/track-outbound-message-status. The sandbox sends these, and so do test
events of one's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

API_VERSION: Final = "2010-04-01"
CHAT: Final = "whatsapp:"
"""What an address on WhatsApp begins with."""

RECEIPTS: Final = frozenset({"delivered", "undelivered", "partially_delivered", "read"})
"""Statuses that come with the time of the carrier's receipt."""

Parameters = list[tuple[str, str]]


def inbound_parameters(
    *,
    account_sid: str,
    sid: str,
    sender: str,
    to: str,
    body: str,
    segments: int,
    countries: tuple[str, str] = ("", ""),
    media: Sequence[tuple[str, str]] = (),
    service: str = "",
) -> Parameters:
    """The parameters of the webhook for a message that has arrived.

    Args:
        account_sid: whose message it is.
        sid: of the message.
        sender: who wrote it, to the number `to`.
        to: the number it was written to.
        body: its text.
        segments: how many it was billed as.
        countries: ISO codes of the sender's and the number's country, where they are known.
        media: content type and URL of each file.
        service: the messaging service whose webhook it is; empty for the number's own.
    """
    places = [
        (f"{side}{part}", country if part == "Country" else "")
        for side, country in zip(("From", "To"), countries, strict=True)
        for part in ("City", "Country", "State", "Zip")
    ]
    if sender.startswith(CHAT):
        # A profile has a name and an id in place of a country.
        number = sender.removeprefix(CHAT).removeprefix("+")
        places = [("ProfileName", number), ("WaId", number), ("MessageType", "image" if media else "text")]
    files = [
        pair
        for index, (content_type, url) in enumerate(media)
        for pair in ((f"MediaContentType{index}", content_type), (f"MediaUrl{index}", url))
    ]
    parameters = [
        ("AccountSid", account_sid),
        ("ApiVersion", API_VERSION),
        ("Body", body),
        ("From", sender),
        ("MessageSid", sid),
        *([("MessagingServiceSid", service)] if service else []),
        ("NumMedia", str(len(media))),
        ("NumSegments", str(segments)),
        ("SmsMessageSid", sid),
        ("SmsSid", sid),
        ("SmsStatus", "received"),
        ("To", to),
        *places,
    ]
    return [*sorted(parameters), *files]


def status_parameters(
    *,
    account_sid: str,
    sid: str,
    sender: str,
    to: str,
    status: str,
    at: datetime,
    code: str = "",
    service: str = "",
) -> Parameters:
    """The parameters of a status callback; `code` is the error's, `at` the time of the status in UTC."""
    return [
        ("AccountSid", account_sid),
        ("ApiVersion", API_VERSION),
        ("From", sender),
        ("MessageSid", sid),
        ("MessageStatus", status),
        ("SmsSid", sid),
        ("SmsStatus", status),
        ("To", to),
        *([("MessagingServiceSid", service)] if service else []),
        *([("ErrorCode", code)] if code else []),
        *([("RawDlrDoneDate", f"{at:%y%m%d%H%M}")] if status in RECEIPTS else []),
    ]
