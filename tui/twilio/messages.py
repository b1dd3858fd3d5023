"""The calls of the Messages API: create, fetch, list, redact, cancel, delete.

Functions over a `Client`; data in and out is frozen. Nothing here retries a POST. Creating is two steps, so that it is
never in doubt on which side of the POST one is: `prepare` may refuse, and then nothing has left; `post` and
`read_created` raise nothing more. Every other call raises the `RequestFailed`s of `tui.twilio.errors`: InvalidRequest
for what is no message SID, and ApiError, NoAnswer or BadAnswer.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import cast

from tui.twilio.client import Client, walk_pages
from tui.twilio.drafts import Draft, check
from tui.twilio.errors import ApiError, BadAnswer, InvalidRequest, NoAnswer, RequestFailed
from tui.twilio.exchange import LARGEST_ERROR, HttpResponse, OutgoingRequest, document_of, form_post, read_json
from tui.twilio.lenient_json import as_text, as_time
from tui.twilio.message import LIST_KEY, Message, StatusReport, read_message, read_messages, take_over

__all__ = [
    "Draft",
    "Filters",
    "Message",
    "Page",
    "StatusReport",
    "cancel",
    "delete",
    "fetch",
    "page",
    "pages",
    "post",
    "prepare",
    "read_created",
    "read_document",
    "read_message",
    "read_messages",
    "redact",
    "send",
    "take_over",
    "unforeseen",
]

MOST_PER_PAGE = 1000
_READ_AT_ONCE = 100
"""Messages of a page that are read on the loop; a thousand take as long as a few keys."""

_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of the list call. The server filters by neither status, direction nor text.

    Attributes:
        to: exactly this recipient.
        from_: exactly this sender.
        sent_on: this day (UTC).
        sent_after: this day or instant, or later, inclusive.
        sent_before: this day or instant, or earlier, inclusive.
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
            ("DateSent", _day_or_instant(self.sent_on)),
            ("DateSent>", _day_or_instant(self.sent_after)),
            ("DateSent<", _day_or_instant(self.sent_before)),
        )
        return tuple((name, value) for name, value in pairs if value)


def _day_or_instant(bound: date | None) -> str:
    if isinstance(bound, datetime):
        return f"{bound.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return bound.isoformat() if bound else ""


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


async def send(client: Client, draft: Draft) -> Message:
    """Create a message, once, on a connection of its own.

    Raises:
        InvalidRequest: the draft cannot be right; nothing was sent.
        ApiError: Twilio refused it.
        NoAnswer, BadAnswer: what became of it may be unknown.
    """
    told = read_created(client, await post(client, prepare(client, draft)))
    if isinstance(told, RequestFailed):
        raise told
    return told


def prepare(client: Client, draft: Draft, now: datetime | None = None) -> OutgoingRequest:
    """The create call of a draft; `now` as for `tui.twilio.drafts.check`.

    Raises:
        InvalidRequest: the draft cannot be right.
    """
    for problem in check(draft, now):
        raise problem
    return form_post(client.policy.locate(_collection(client)), draft.form())


async def post(client: Client, prepared: OutgoingRequest) -> HttpResponse | RequestFailed:
    """Send what was prepared once, on a connection of its own, and return what came of it.

    A failure says whether anything can have left: only an `InvalidRequest` of the transport and a `NoAnswer` with
    `sent=False` mean that nothing has.
    """
    try:
        return await client.exchange(prepared, fresh=True)
    except RequestFailed as problem:
        return problem
    except Exception as problem:
        return unforeseen(problem)


def read_created(client: Client, told: HttpResponse | RequestFailed) -> Message | RequestFailed:
    """The message in the response to a create call, or why there is none, with the client's secrets masked."""
    if isinstance(told, RequestFailed):
        return told
    try:
        message = read_message(read_document(told))
        if not 200 <= told.status < 300 or not _SID.fullmatch(message.sid):
            raise BadAnswer(told.status, "The answer names no message SID.", "Look for the message in the list.")
    except (InvalidRequest, NoAnswer) as problem:
        # The words of a request that did not leave; this one was answered.
        return unforeseen(problem)
    except RequestFailed as problem:
        return problem.masked(client.mask.text)
    except Exception as problem:
        return unforeseen(problem)
    return message


def read_document(response: HttpResponse) -> dict[str, object]:
    """As `tui.twilio.exchange.read_json`, but a refusal whose code cannot be read is a BadAnswer, whatever its status:
    it is not in Twilio's words, and does not prove that nothing was sent.
    """
    try:
        return read_json(response)
    except ApiError as problem:
        if len(response.content) > LARGEST_ERROR:
            # Not even looked through for a code: that would take the loop seconds.
            reason = f"The answer ({response.status}) is larger than any error of Twilio's."
        elif problem.code is not None or (document_of(response) or {}).get("code") in (None, ""):
            raise
        else:
            reason = f"The answer ({response.status}) carries a code that is none of Twilio's."
        raise BadAnswer(response.status, reason, "Look for the message in the list.") from None


def unforeseen(problem: Exception) -> RequestFailed:
    """A failure of which it is not known whether the request has left."""
    # Its type only: the words of an unknown error may repeat what was sent.
    return RequestFailed(
        f"Something unexpected went wrong while it was sent ({type(problem).__name__}).",
        "Look for the message in the list before sending it again.",
    )


async def fetch(client: Client, sid: str) -> Message:
    """One message by its SID. An ApiError with status 404 and code 20404 when the account has no such message."""
    return _same(sid, await client.get(resource(client, sid)))


async def page(client: Client, filters: Filters, *, page_size: int = 50, next_uri: str | None = None) -> Page:
    """One page of the list, newest first: the first one, or the one a link leads to.

    Args:
        client: who asks.
        filters: what the server selects by; not used when following a link, which carries its own.
        page_size: messages per page, 1-1000.
        next_uri: `Page.next_uri` of the page before.

    Raises:
        InvalidRequest: also where the link leads away from the connection's host.
    """
    url = _first_url(client, filters, page_size) if next_uri is None else client.policy.follow(next_uri)
    return await _load(client, url)


async def pages(client: Client, filters: Filters, *, page_size: int = 50) -> AsyncIterator[Page]:
    """Every page from the newest on, by the server's own links only.

    Raises:
        BadAnswer: the server's links run in a circle.
        Others as `page`.
    """
    url = _first_url(client, filters, page_size)
    async for each in walk_pages(client, url, lambda url: _load(client, url), lambda loaded: loaded.next_uri):
        yield each


def _first_url(client: Client, filters: Filters, page_size: int) -> str:
    if not 1 <= page_size <= MOST_PER_PAGE:
        raise InvalidRequest("PageSize", f"A page of {page_size} is out of range.", "Give 1 to 1000.")
    return client.policy.locate(_collection(client), (*filters.query(), ("PageSize", str(page_size))))


async def _load(client: Client, url: str) -> Page:
    response = await client.exchange(OutgoingRequest("GET", url))
    document = await client.document(response)
    listed = document.get(LIST_KEY)
    if not isinstance(listed, list):
        raise BadAnswer(200, "The answer holds no list of messages.", "Check the connection's base URL.")
    is_long = len(cast("list[object]", listed)) > _READ_AT_ONCE
    messages = await asyncio.to_thread(read_messages, document) if is_long else read_messages(document)
    if listed and not messages:
        raise BadAnswer(200, "The answer lists things that are no messages.", "Check the connection's base URL.")
    return Page(messages, as_text(document.get("next_page_uri")) or None, as_time(response.header("date")))


async def redact(client: Client, sid: str) -> Message:
    """Empty the body of a message for good. The message itself stays."""
    return _same(sid, await client.post(resource(client, sid), [("Body", "")]))


async def cancel(client: Client, sid: str) -> Message:
    """Cancel a scheduled message. An ApiError when it is not scheduled any more."""
    return _same(sid, await client.post(resource(client, sid), [("Status", "canceled")]))


async def delete(client: Client, sid: str) -> None:
    """Remove a message from the account for good. An ApiError with code 20009 while it is still in flight."""
    await delete_at(client, resource(client, sid))


async def delete_at(client: Client, url: str) -> None:
    """DELETE a URL that the policy made; only 204 without a body is Twilio's word that it is done."""
    response = await client.exchange(OutgoingRequest("DELETE", url), fresh=True)
    await client.document(response)
    if response.status != 204:
        raise BadAnswer(response.status, "The answer is not Twilio's to a deletion.", "Look whether it is gone.")


def _collection(client: Client) -> str:
    return f"/Accounts/{client.account_sid}/Messages.json"


def _same(sid: str, document: Mapping[str, object]) -> Message:
    message = read_message(document)
    if message.sid.lower() != sid.lower():
        raise BadAnswer(200, "The answer is not about the message that was asked for.", "Check the base URL.")
    return message


def resource(client: Client, sid: str, tail: str = ".json") -> str:
    """The URL of a message, or of what is below it by `tail`.

    Raises:
        InvalidRequest: that is no message SID.
    """
    if not _SID.fullmatch(sid):
        raise InvalidRequest(
            "Message SID", "A message SID is SM or MM and 32 hexadecimal digits.", "Copy it again, whole."
        )
    return client.policy.locate(f"/Accounts/{client.account_sid}/Messages/{sid}{tail}")
