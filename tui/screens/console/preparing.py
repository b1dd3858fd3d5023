"""Make of the form what will be sent, with notes on it, and what to ask before that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tui.keymap import key_of
from tui.raw_request.form_text import RequestText, read
from tui.raw_request.json_body import is_json_type, mistake_in, sent_as_json
from tui.raw_request.sending import MAY_SEND_TWICE, PreparedRequest, check, prepare
from tui.raw_request.variables import Variables, named_in
from tui.safe_text import glimpse, safe_text
from tui.services.session import Account
from tui.twilio.errors import InvalidRequest
from tui.twilio.exchange import SAFE_METHODS
from tui.twilio.media_types import FORM
from tui.widgets.dialogs import Confirm

DELAY_UNUSED = "The retry delay is not used: the back-off is exponential."


def prepare_typed(
    account: Account, typed: RequestText, variables: Variables
) -> PreparedRequest | tuple[InvalidRequest, ...]:
    """The form's request as it will be sent, or everything that is wrong.

    Stats files, reads the body as JSON, and may read the last answer: call it in a thread.
    """
    reading = read(typed, variables)
    if reading.request is None:
        return reading.problems
    mistake = mistake_in(reading.request)
    request = sent_as_json(reading.request) if mistake is not None else reading.request
    problems = check(account.client, request)
    if problems:
        return problems
    prepared = replace(prepare(account.client, request), mistake=mistake, values=reading.values)
    notes = (*prepared.notes, *_notes(prepared))
    if typed.body_kind == "raw" and (name := named_in(typed.body, variables.saved)):
        notes = (*notes, f"{name} in a raw body goes out as it is typed: variables stand in the path and in lines.")
    return replace(prepared, notes=notes)


def question_before(prepared: PreparedRequest) -> Confirm | None:
    """What to ask before it is sent; None for what needs no question. Its no means that it is not as it should be."""
    asked = [MAY_SEND_TWICE] if MAY_SEND_TWICE in prepared.notes else []
    if prepared.mistake is None or not is_json_type(prepared.content_type):
        return Confirm("Send with retries?", MAY_SEND_TWICE, yes="Send as set", no="Change it") if asked else None
    words = f"{prepared.mistake}. It would be sent as it is, as {prepared.content_type}."
    words = safe_text(words[:1].upper() + words[1:], limit=300)
    return Confirm("This is not JSON", " ".join((words, *asked)), yes="Send it as it is", no="Go to the mistake")


def _notes(prepared: PreparedRequest) -> Iterator[str]:
    """What to know before it is sent, besides `PreparedRequest.notes`."""
    request = prepared.request
    if prepared.outgoing.content is not None and prepared.method in SAFE_METHODS:
        yield f"A {prepared.method} with a body: most servers leave it unread."
    if isinstance(request.data, str) and request.data:
        yield from _about_text(prepared, request.data)
    if request.exponential_backoff and request.retry_delay_ms and request.max_retries:
        yield DELAY_UNUSED


def _about_text(prepared: PreparedRequest, data: str) -> Iterator[str]:
    kind = prepared.content_type.partition(";")[0].strip().lower()
    if prepared.mistake is not None:
        key = key_of("console.format")
        yield f"Not JSON: {prepared.mistake}. It goes out as {glimpse(kind, 60)}; {key} goes there."
    elif kind == FORM and "+" in data:
        yield "In a form as it is sent, + means a blank; a plus is written %2B."
