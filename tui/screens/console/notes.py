"""What a person should know about a request before it leaves, though nothing is wrong with it. Pure.

What the request itself says (`PreparedRequest.notes`) stands before these.
"""

from __future__ import annotations

from collections.abc import Iterator

from tui.raw_request.model import read_exactly
from tui.raw_request.sending import PreparedRequest
from tui.twilio.exchange import SAFE_METHODS
from tui.twilio.media_types import FORM, JSON


def notes_on(prepared: PreparedRequest) -> tuple[str, ...]:
    """One sentence a matter; may take as long as it takes to read the body as JSON."""
    return tuple(_notes(prepared))


def _notes(prepared: PreparedRequest) -> Iterator[str]:
    request = prepared.request
    if prepared.outgoing.content is not None and prepared.method in SAFE_METHODS:
        yield f"A {prepared.method} with a body: most servers leave it unread."
    if isinstance(request.data, str) and request.data:
        yield from _about_text(request.data, prepared.content_type)
    if request.exponential_backoff and request.retry_delay_ms and request.max_retries:
        yield "The Retry Delay is not used: the back-off is exponential."


def _about_text(data: str, content_type: str) -> Iterator[str]:
    kind = content_type.partition(";")[0].strip().lower()
    first = data.lstrip()[:1]
    if kind == JSON or kind.endswith("+json") or first == "{" or (first == "[" and kind != FORM):
        try:
            read_exactly(data)
        except ValueError as problem:
            yield f"Not JSON: {problem}. It goes out as {kind}."
    elif kind == FORM and "+" in data:
        yield "In a form as it is sent, + means a blank; a plus is written %2B."
