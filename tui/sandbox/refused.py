"""Refused creates that stay in the list: Twilio records what it answers with HTTP 400 as a message that failed.

Twilio has done so since 2024, account by account; this account is one of those. Recorded is every create that is
refused with 400 and says to whom, from whom and what: there is a message then, which `failed` with the code of the
refusal, was never sent and costs nothing. Not recorded are

    21602 21603 21604    no content, no sender, no recipient: there is no message
    21611 20429          HTTP 429: nothing was processed
    21701                no such messaging service: nobody whose message it could be
    TwiML replies        nobody called the API; a refused one stands among `/_sandbox/callbacks`

A refused create starts no status callbacks. Source: Twilio, "Programmable Messaging Error Visibility" (2024), which
says "all message creation attempts"; that it means the table above is our reading.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tui.sandbox.addresses import as_listed, is_service
from tui.sandbox.errors import Refusal
from tui.sandbox.form import Form
from tui.sandbox.lifecycle import Step
from tui.sandbox.messages import Media, Message, content_type
from tui.twilio.segments import measure

_NOBODYS = 21701


def is_recorded(form: Form, refusal: Refusal) -> bool:
    """Tell whether a create that was refused so is kept as a failed message."""
    content = form.text("Body") or form.text("ContentSid") or form.filled("MediaUrl")
    sender = form.text("From") or form.text("MessagingServiceSid")
    refused = refusal.status == 400 and refusal.code != _NOBODYS
    return refused and bool(form.text("To") and sender and content)


def failed_message(form: Form, refusal: Refusal, now: datetime, arrival: int, sid: Callable[[str], str]) -> Message:
    """Return the message that a refused create leaves behind. `sid` mints a SID of the kind it is given."""
    files = tuple(Media(sid("ME"), content_type(url)) for url in form.filled("MediaUrl"))
    body = form.get("Body") or ""
    sender, service = form.text("From"), form.text("MessagingServiceSid")
    if is_service(sender):
        sender, service = "", service or sender
    return Message(
        sid=sid("MM" if files else "SM"),
        arrival=arrival,
        created=now,
        to=as_listed(form.text("To")),
        sender=as_listed(sender),
        body=body,
        direction="outbound-api",
        segments=max(1, measure(body).segments),
        steps=(Step(now, "failed", refusal.code),),
        service=service or None,
        media=files,
    )
