"""Messages as Twilio keeps them: send, fetch, page through, redact, cancel, delete, list media.

Functions over a `Client`; data in and out is frozen. Nothing here retries a POST: see `drafts` for what is
checked before, and the session's outbox for what is remembered.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from tui.twilio.client import Client
from tui.twilio.compressed_pages import pack_page, pack_resource, unpack
from tui.twilio.create_message import post, prepare, read_document, unforeseen
from tui.twilio.drafts import Draft
from tui.twilio.errors import BadAnswer, InvalidRequest, NoAnswer, RequestFailed
from tui.twilio.exchange import HttpResponse, OutgoingRequest
from tui.twilio.lenient_json import as_decimal, as_int, as_items, as_text, as_time
from tui.twilio.statuses import ARRIVED, FINAL, further, step

__all__ = [
    "Draft",
    "Filters",
    "Media",
    "Message",
    "Page",
    "StatusReport",
    "cancel",
    "delete",
    "fetch",
    "list_media",
    "page",
    "pages",
    "read_created",
    "read_message",
    "read_messages",
    "redact",
    "send",
    "take_over",
]

MOST_PER_PAGE = 1000
_LIST: Final = "messages"
_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class Message:
    """One message resource (https://www.twilio.com/docs/messaging/api/message-resource).

    Every field may be missing in an answer: texts are then empty, numbers and times None.

    Attributes:
        direction: `inbound`, `outbound-api`, `outbound-call` or `outbound-reply`.
        price: in `price_unit`, negative for what is charged; None until billed.
        packed: the answer it came in, shared with the other messages of that answer; see `raw`.
        place: which of them it is.
    """

    sid: str
    status: str = ""
    direction: str = ""
    to: str = ""
    from_: str = ""
    body: str = ""
    account_sid: str = ""
    messaging_service_sid: str = ""
    num_segments: int | None = None
    num_media: int | None = None
    price: Decimal | None = None
    price_unit: str = ""
    error_code: int | None = None
    error_message: str = ""
    date_created: datetime | None = None
    date_sent: datetime | None = None
    date_updated: datetime | None = None
    packed: bytes = field(default=b"", repr=False, compare=False)
    place: int = field(default=0, repr=False, compare=False)

    @property
    def raw(self) -> Mapping[str, object]:
        """The whole JSON object, unknown fields included; parsed when asked for, and not to be changed."""
        return unpack(self.packed, _LIST, self.place)

    @property
    def inbound(self) -> bool:
        """Whether somebody sent it to the account."""
        return self.direction == "inbound"

    @property
    def other_party(self) -> str:
        """The address that is not the account's own."""
        return self.from_ if self.inbound else self.to

    @property
    def own_party(self) -> str:
        """The account's side: its number, or the service when no number is chosen yet."""
        return self.to if self.inbound else self.from_ or self.messaging_service_sid

    @property
    def final(self) -> bool:
        """Whether the status will not change any more. `sent` may stay for ever and still is not final."""
        return self.status in FINAL

    @property
    def when(self) -> datetime | None:
        """The instant a person would call the message's time."""
        return self.date_sent or self.date_created


@dataclass(frozen=True, slots=True)
class StatusReport(Message):
    """What a webhook said of a message: who, to whom, which status, which error. Everything else is not known."""


def take_over(known: Message, told: Message) -> Message:
    """What is known of a message once something else was told of it, in whatever order news arrive.

    A status never goes back, what is not told (a code, say) is no news, and a text that was emptied stays empty.
    Whole messages, as Twilio answers them, replace all the rest unless they are older; reports nothing else. Of two
    codes that reports give the larger stands, so that their order does not matter. `known` or `told` itself comes
    back where it says it all.
    """
    status = further(known.status, told.status)
    code = max((c for c in (known.error_code, told.error_code) if c is not None), default=None)
    whole = not isinstance(known, StatusReport)
    if isinstance(told, StatusReport) or (whole and _is_older(told, known)):
        same = (status, code) == (known.status, known.error_code)
        return known if same else replace(known, status=status, error_code=code)
    newer = whole and _is_older(known, told)
    if newer and told.status in ARRIVED:
        # It was tried again, and arrived: Twilio keeps no code with that.
        code = told.error_code
    emptied = whole and not newer and not known.body
    merged = replace(
        told,
        status=told.status if whole and step(told.status) == step(status) else status,
        error_code=code,
        error_message=told.error_message or (known.error_message if code == known.error_code else ""),
        body="" if emptied else told.body,
    )
    return told if merged == told else merged


def _is_older(candidate: Message, other: Message) -> bool:
    """Whether an answer describes an earlier state than the other one: answers may overtake each other."""
    if candidate.date_updated and other.date_updated and candidate.date_updated != other.date_updated:
        return candidate.date_updated < other.date_updated
    # Twilio's times are whole seconds, in which a message may go through all of its life.
    return step(candidate.status) < step(other.status)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the server can select by. It knows nothing of status, direction or text.

    Attributes:
        to: exactly this recipient.
        from_: exactly this sender.
        sent_on: this day (UTC).
        sent_after: this day or later, inclusive.
        sent_before: this day or earlier, inclusive.
    """

    to: str = ""
    from_: str = ""
    sent_on: date | None = None
    sent_after: date | None = None
    sent_before: date | None = None

    def query(self) -> tuple[tuple[str, str], ...]:
        """The pairs of the list call."""
        pairs = (
            ("To", self.to),
            ("From", self.from_),
            ("DateSent", self.sent_on.isoformat() if self.sent_on else ""),
            ("DateSent>", self.sent_after.isoformat() if self.sent_after else ""),
            ("DateSent<", self.sent_before.isoformat() if self.sent_before else ""),
        )
        return tuple((name, value) for name, value in pairs if value)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Attributes:
        next_uri: Twilio's own link to the next page; None at the end. There is no total count.
        served_at: the server's own time of the answer, from its `Date` header, in whole seconds; None without one.
    """

    messages: tuple[Message, ...]
    next_uri: str | None = None
    served_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """One attachment of a message."""

    sid: str
    content_type: str = ""
    uri: str = ""
    date_created: datetime | None = None


def read_message(raw: Mapping[str, object]) -> Message:
    """A message from its JSON object; odd and missing values become empty ones."""
    return _read(raw, pack_resource(_LIST, raw), 0, {})


def read_messages(content: bytes, document: Mapping[str, object]) -> tuple[Message, ...]:
    """The messages of a list answer, given as it came and as it was parsed. Equal texts in it are kept once.

    What has no SID is passed over: nothing could be asked or done about it, and the list knows its rows by their SIDs.
    """
    packed, shared = pack_page(content), dict[str, str]()
    items = enumerate(as_items(document.get(_LIST)))
    return tuple(_read(raw, packed, place, shared) for place, raw in items if as_text(raw.get("sid")))


def _read(raw: Mapping[str, object], packed: bytes, place: int, shared: dict[str, str]) -> Message:
    def text(name: str) -> str:
        value = as_text(raw.get(name))
        return shared.setdefault(value, value)

    return Message(
        sid=as_text(raw.get("sid")),
        status=text("status"),
        direction=text("direction"),
        to=text("to"),
        from_=text("from"),
        body=as_text(raw.get("body")),
        account_sid=text("account_sid"),
        messaging_service_sid=text("messaging_service_sid"),
        num_segments=as_int(raw.get("num_segments")),
        num_media=as_int(raw.get("num_media")),
        price=as_decimal(raw.get("price")),
        price_unit=text("price_unit"),
        error_code=as_int(raw.get("error_code")),
        error_message=text("error_message"),
        date_created=as_time(raw.get("date_created")),
        date_sent=as_time(raw.get("date_sent")),
        date_updated=as_time(raw.get("date_updated")),
        packed=packed,
        place=place,
    )


async def send(client: Client, draft: Draft) -> Message:
    """Create a message, once, on a connection of its own.

    Raises:
        InvalidRequest: the draft cannot be right; nothing was sent.
        ApiError: Twilio refused it.
        NoAnswer, BadAnswer: what became of it may be unknown.
    """
    told = read_created(client, await post(prepare(client, draft)))
    if isinstance(told, RequestFailed):
        raise told
    return told


def read_created(client: Client, told: HttpResponse | RequestFailed) -> Message | RequestFailed:
    """The message that the answer to a create call tells of, or why there is none, with the client's secrets masked."""
    if isinstance(told, RequestFailed):
        return told
    try:
        return _read_created(told)
    except (InvalidRequest, NoAnswer) as problem:
        # The words of a request that did not leave; this one was answered.
        return unforeseen(problem)
    except RequestFailed as problem:
        return problem.masked(client.mask.text)
    except Exception as problem:
        return unforeseen(problem)


def _read_created(answer: HttpResponse) -> Message:
    message = read_message(read_document(answer))
    if not 200 <= answer.status < 300 or not _SID.fullmatch(message.sid):
        raise BadAnswer(answer.status, "The answer names no message SID.", "Look for the message in the list.")
    return message


async def fetch(client: Client, sid: str) -> Message:
    """One message by its SID.

    Raises:
        InvalidRequest: the text is not a message SID.
        ApiError: among others 404 with code 20404 when the account has no such message.
        NoAnswer, BadAnswer: see `tui.twilio.errors`.
    """
    return _same(sid, await client.get(_resource(client, sid)))


async def page(client: Client, filters: Filters, *, page_size: int = 50, next_uri: str | None = None) -> Page:
    """One page of the list, newest first: the first one, or the one a link leads to.

    Args:
        client: who asks.
        filters: what the server selects by; not used when following a link, which carries its own.
        page_size: messages per page, 1-1000.
        next_uri: `Page.next_uri` of the page before.

    Raises:
        InvalidRequest: the link leads away from the connection's host.
        ApiError, NoAnswer, BadAnswer: see `tui.twilio.errors`.
    """
    if next_uri is None:
        if not 1 <= page_size <= MOST_PER_PAGE:
            raise InvalidRequest("PageSize", f"A page of {page_size} is out of range.", "Give 1 to 1000.")
        url = client.gate.locate(_collection(client), (*filters.query(), ("PageSize", str(page_size))))
    else:
        url = client.gate.follow(next_uri)
    answer = await client.exchange(OutgoingRequest("GET", url))
    document = await client.document(answer)
    if not isinstance(document.get(_LIST), list):
        raise BadAnswer(200, "The answer holds no list of messages.", "Check the connection's base URL.")
    messages = read_messages(answer.content, document)
    if document[_LIST] and not messages:
        raise BadAnswer(200, "The answer lists things that are no messages.", "Check the connection's base URL.")
    return Page(
        messages=messages,
        next_uri=as_text(document.get("next_page_uri")) or None,
        served_at=as_time(answer.header("date")),
    )


async def pages(client: Client, filters: Filters, *, page_size: int = 50) -> AsyncIterator[Page]:
    """Every page from the newest on, by the server's own links only.

    Raises:
        BadAnswer: the server's links run in a circle.
        InvalidRequest, ApiError, NoAnswer: as `page`.
    """
    seen: set[str] = set()
    current = await page(client, filters, page_size=page_size)
    yield current
    while current.next_uri is not None:
        if current.next_uri in seen:
            raise BadAnswer(200, "The server's links to further pages run in a circle.", "The list ends here.")
        seen.add(current.next_uri)
        current = await page(client, filters, next_uri=current.next_uri)
        yield current


async def redact(client: Client, sid: str) -> Message:
    """Empty the body of a message for good. The message itself stays.

    Raises:
        As `fetch`.
    """
    return _same(sid, await client.post(_resource(client, sid), [("Body", "")]))


async def cancel(client: Client, sid: str) -> Message:
    """Call off a scheduled message.

    Raises:
        As `fetch`; an ApiError when it is not scheduled any more.
    """
    return _same(sid, await client.post(_resource(client, sid), [("Status", "canceled")]))


async def delete(client: Client, sid: str) -> None:
    """Remove a message from the account for good.

    Raises:
        As `fetch`; an ApiError with code 20009 while the message is still in flight.
    """
    await client.document(await client.exchange(OutgoingRequest("DELETE", _resource(client, sid)), fresh=True))


async def list_media(client: Client, sid: str) -> tuple[Media, ...]:
    """The attachments of a message (its first 50; a message has ten at most).

    Raises:
        As `fetch`.
    """
    document = await client.get(_resource(client, sid, "/Media.json"))
    return tuple(
        Media(
            sid=as_text(item.get("sid")),
            content_type=as_text(item.get("content_type")),
            uri=as_text(item.get("uri")),
            date_created=as_time(item.get("date_created")),
        )
        for item in as_items(document.get("media_list"))
    )


def _collection(client: Client) -> str:
    return f"/Accounts/{client.account_sid}/Messages.json"


def _same(sid: str, document: Mapping[str, object]) -> Message:
    message = read_message(document)
    if message.sid.lower() != sid.lower():
        raise BadAnswer(200, "The answer is not about the message that was asked for.", "Check the base URL.")
    return message


def _resource(client: Client, sid: str, tail: str = ".json") -> str:
    if not _SID.fullmatch(sid):
        raise InvalidRequest(
            "Message SID", "A message SID is SM or MM and 32 hexadecimal digits.", "Copy it again, whole."
        )
    return client.gate.locate(f"/Accounts/{client.account_sid}/Messages/{sid}{tail}")
