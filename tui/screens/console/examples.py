"""A starting set of useful requests; `$TWILIO_ACCOUNT_SID` stands for the account in use.

Each works as it is where it is offered, but for the two that send: outside the sandbox a person says to whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tui.raw_request.form_text import MESSAGES_PATH, NEWEST_MESSAGES, RequestText

_ACCOUNT = "/Accounts/$TWILIO_ACCOUNT_SID"
_PICTURE = "MediaUrl=https://demo.twilio.com/owl.png"
_IN_THE_SANDBOX = "To=+14155550123\nFrom=+14155550100\n"
"""Numbers that the sandbox has from its start."""


@dataclass(frozen=True, slots=True)
class Example:
    """A request with a name."""

    name: str
    typed: RequestText


def examples(now: datetime, *, sandbox: bool) -> tuple[Example, ...]:
    """Those that work here: at Twilio, or in the sandbox, which has less."""
    whom = _IN_THE_SANDBOX if sandbox else "To=\nFrom=\n"
    a_week_ago = (now - timedelta(days=7)).date().isoformat()
    return (
        Example("the newest messages", NEWEST_MESSAGES),
        Example("the newest one in full", RequestText(path=MESSAGES_PATH, query="PageSize=1")),
        Example(
            "messages of this week",
            RequestText(path=MESSAGES_PATH, query=f"PageSize=50\nDateSent>={a_week_ago}"),
        ),
        Example("send a text", _post(f"{whom}Body=Hello there")),
        Example("send a picture", _post(f"{whom}Body=\n{_PICTURE}")),
        Example(
            "the account's numbers", RequestText(path=f"{_ACCOUNT}/IncomingPhoneNumbers.json", query="PageSize=50")
        ),
        Example(
            "messaging services", RequestText(path="https://messaging.twilio.com/v1/Services", query="PageSize=50")
        ),
        Example("the balance", RequestText(path=f"{_ACCOUNT}/Balance.json")),
        Example("what today cost", RequestText(path=f"{_ACCOUNT}/Usage/Records/Today.json", query="Category=sms")),
        *(() if sandbox else _AT_TWILIO),
    )


def _post(body: str) -> RequestText:
    return RequestText(method="POST", path=MESSAGES_PATH, body_kind="form", body=body)


_AT_TWILIO = (
    Example(
        "look a number up",
        RequestText(
            path="https://lookups.twilio.com/v2/PhoneNumbers/+14155552671", query="# Fields=line_type_intelligence"
        ),
    ),
)
