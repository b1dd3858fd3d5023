"""Test events of one's own: a webhook as Twilio would send it, signed, made from what a person typed. Pure.

Every event has a SID of its own. What marks it as a test is the beginning of its `I-Twilio-Idempotency-Token`, of which
no receiver reads more than whether it is the same: all else is as Twilio's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final
from urllib.parse import urlencode, urlsplit

from tui.twilio.exchange import OutgoingRequest
from tui.twilio.media_types import FORM, type_by_name
from tui.twilio.segments import measure
from tui.twilio.signature import sign, without_user
from tui.twilio.webhook_parameters import CHAT, Parameters, inbound_parameters, status_parameters
from tui.webhooks.errors import InvalidSetting
from tui.webhooks.events import TEST_MARK
from tui.webhooks.forward_target import ForwardTarget, read_target

_NAME: Final = re.compile(r"[A-Za-z0-9_.\[\]-]{1,100}")


class OwnKind(Enum):
    """What a test event is about."""

    SMS = "SMS"
    MMS = "MMS"
    WHATSAPP = "WhatsApp"
    STATUS = "status"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class OwnEvent:
    """A test event as it was typed.

    Attributes:
        method: POST, or GET with everything in the query.
        media: URLs of files, between blanks or line ends.
        further: lines `Name=value`; one takes the place of what the kind has by that name, more are added.
    """

    kind: OwnKind = OwnKind.SMS
    method: str = "POST"
    sender: str = ""
    to: str = ""
    body: str = ""
    media: str = ""
    status: str = "delivered"
    code: str = ""
    further: str = ""


def parameters_of(event: OwnEvent, *, account_sid: str, now: datetime, new_sid: Callable[[], str]) -> Parameters:
    """The parameters of a test event; `new_sid` gives 32 hexadecimal digits, `now` is UTC.

    Raises:
        InvalidSetting: a field is missing, or a line has no name; it names the field.
    """
    further = read_further(event.further)
    if event.kind is OwnKind.OWN:
        if not further:
            raise InvalidSetting("further", "There is no parameter.", "Write Name=value, one a line.")
        return further
    for field, value in (("sender", event.sender), ("to", event.to)):
        if not value.strip():
            name = "From" if field == "sender" else "To"
            raise InvalidSetting(field, f"{name} is empty.", "Give a number such as +14155550123.")
    named = {name for name, _ in further}
    if event.kind is OwnKind.STATUS:
        made = _status(event, account_sid, now, new_sid)
    else:
        made = _inbound(event, account_sid, new_sid)
    return [*(pair for pair in made if pair[0] not in named), *further]


def read_further(text: str) -> Parameters:
    """The lines `Name=value`; blank lines are left out, a value may be empty.

    Raises:
        InvalidSetting: a line has no `=`, or no name before it.
    """
    found: Parameters = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, separator, value = line.partition("=")
        if not separator or not _NAME.fullmatch(name.strip()):
            raise InvalidSetting("further", f"Line {number} is no parameter.", "Write Name=value.")
        found.append((name.strip(), value))
    return found


def split_query(text: str) -> tuple[ForwardTarget, str]:
    """The program that a URL names, and the query of the URL, with its question mark; both as they were typed.

    Raises:
        InvalidSetting: it is no URL of a program; the field is `forward_to`.
    """
    url, mark, query = text.strip().partition("?")
    if not query.isascii() or not query.isprintable() or set(query) & set(' \\"<>#'):
        raise InvalidSetting("forward_to", "The query holds a sign that no URL has.", "Write it percent-encoded.")
    return read_target(url), mark + query


def signed_request(
    parameters: Parameters, target: str, signed_for: str, token: str, *, method: str, retry_id: str
) -> OutgoingRequest:
    """The request of a test event, byte for byte as it leaves.

    Args:
        parameters: its parameters.
        target: where it goes.
        signed_for: the URL it is signed for; empty for no signature. Where its host is another than the target's, the
            request names that one, as what comes through a tunnel does.
        token: the account's auth token.
        method: POST or GET.
        retry_id: hexadecimal digits that belong to this event alone.
    """
    called = without_user(signed_for or target)
    text = urlencode(parameters)
    body, signed = (b"", []) if method == "GET" else (text.encode("ascii"), parameters)
    if method == "GET":
        target, called = (f"{url}{'&' if '?' in url else '?'}{text}" if text else url for url in (target, called))
    headers = [
        ("Host", urlsplit(called).netloc),
        ("User-Agent", "TwilioProxy/1.1"),
        ("Accept", "*/*"),
        ("I-Twilio-Idempotency-Token", TEST_MARK + retry_id),
    ]
    if urlsplit(called).netloc != urlsplit(target).netloc:
        headers.append(("X-Forwarded-Proto", urlsplit(called).scheme))
    if signed_for:
        headers.append(("X-Twilio-Signature", sign(token, called, signed)))
    if method != "GET":
        headers += [("Content-Type", f"{FORM}; charset=UTF-8"), ("Content-Length", str(len(body)))]
    return OutgoingRequest(method, target, tuple(headers), body or None, verbatim=True)


def public_form(target: str, public_url: str) -> str:
    """The URL under which Twilio would call the target: the public URL with its path and query."""
    parts = urlsplit(target)
    return f"{public_url}{parts.path}{'?' + parts.query if parts.query else ''}"


def media_urls(event: OwnEvent) -> tuple[str, ...]:
    """The URLs of its files."""
    return tuple(event.media.split())


def _inbound(event: OwnEvent, account_sid: str, new_sid: Callable[[], str]) -> Parameters:
    files = media_urls(event)
    if event.kind is OwnKind.MMS and not files:
        raise InvalidSetting("media", "An MMS has a file.", "Give its URL, such as https://example.com/a.png.")
    sender, to = (
        _on_chat(each) if event.kind is OwnKind.WHATSAPP else each.strip() for each in (event.sender, event.to)
    )
    return inbound_parameters(
        account_sid=account_sid,
        sid=("MM" if files else "SM") + new_sid(),
        sender=sender,
        to=to,
        body=event.body,
        segments=max(1, measure(event.body).segments),
        media=[(type_by_name(url.partition("?")[0]), url) for url in files],
    )


def _status(event: OwnEvent, account_sid: str, now: datetime, new_sid: Callable[[], str]) -> Parameters:
    code, status = event.code.strip(), event.status.strip()
    if not status:
        raise InvalidSetting("status", "MessageStatus is empty.", "Give one such as delivered.")
    if code and not (code.isascii() and code.isdigit()):
        raise InvalidSetting("code", f"“{code}” is no error code.", "Give its number, such as 30007, or nothing.")
    return status_parameters(
        account_sid=account_sid,
        sid="SM" + new_sid(),
        sender=event.sender.strip(),
        to=event.to.strip(),
        status=status,
        at=now,
        code=code,
    )


def _on_chat(address: str) -> str:
    text = address.strip()
    return text if text.startswith(CHAT) else CHAT + text
