"""A starting set of useful requests; `$TWILIO_ACCOUNT_SID` stands for the account in use."""

from __future__ import annotations

from dataclasses import dataclass

from tui.screens.console.typed import MESSAGES_PATH, NEWEST_MESSAGES
from tui.storage.typed_request import TypedRequest

_ACCOUNT = "/Accounts/$TWILIO_ACCOUNT_SID"


@dataclass(frozen=True, slots=True)
class Example:
    """A request with a name."""

    name: str
    typed: TypedRequest


EXAMPLES = (
    Example("the newest messages", NEWEST_MESSAGES),
    Example("messages since a day", TypedRequest(path=MESSAGES_PATH, query="PageSize=50\nDateSent>=2026-01-02")),
    Example("the account's numbers", TypedRequest(path=f"{_ACCOUNT}/IncomingPhoneNumbers.json", query="PageSize=50")),
    Example("messaging services", TypedRequest(path="https://messaging.twilio.com/v1/Services", query="PageSize=50")),
    Example("what today cost", TypedRequest(path=f"{_ACCOUNT}/Usage/Records/Today.json", query="Category=sms")),
    Example("the balance", TypedRequest(path=f"{_ACCOUNT}/Balance.json")),
    Example("one message in full", TypedRequest(path=f"{_ACCOUNT}/Messages/SM….json")),
    Example(
        "send a picture",
        TypedRequest(
            method="POST",
            path=MESSAGES_PATH,
            body_kind="form",
            body="To=\nFrom=\nBody=\nMediaUrl=https://demo.twilio.com/owl.png",
        ),
    ),
)
