"""A starting set of useful requests; `$TWILIO_ACCOUNT_SID` stands for the account in use."""

from __future__ import annotations

from dataclasses import dataclass

from tui.screens.console.typed import MESSAGES_PATH, Typed

_ACCOUNT = "/Accounts/$TWILIO_ACCOUNT_SID"


@dataclass(frozen=True, slots=True)
class Example:
    """A request with a name."""

    name: str
    typed: Typed


EXAMPLES = (
    Example("the newest messages", Typed(query="PageSize=20")),
    Example("messages since a day", Typed(query="PageSize=50\nDateSent>=2026-01-02")),
    Example("the account's numbers", Typed(path=f"{_ACCOUNT}/IncomingPhoneNumbers.json", query="PageSize=50")),
    Example("messaging services", Typed(path="https://messaging.twilio.com/v1/Services", query="PageSize=50")),
    Example("what today cost", Typed(path=f"{_ACCOUNT}/Usage/Records/Today.json", query="Category=sms")),
    Example("the balance", Typed(path=f"{_ACCOUNT}/Balance.json")),
    Example("one message in full", Typed(path=f"{_ACCOUNT}/Messages/SM….json")),
    Example(
        "send a picture",
        Typed(
            method="POST",
            path=MESSAGES_PATH,
            body_kind="form",
            body="To=\nFrom=\nBody=\nMediaUrl=https://demo.twilio.com/owl.png",
        ),
    ),
)
