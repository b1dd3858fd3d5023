"""Send a hand-made request for an account; one that creates a message goes through the send journal as well.

The journal entry is written before the request leaves, as for Compose: a message sent from the console must not be
forgotten, nor sent again on a guess. Knows nothing of screens.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl

from tui.raw_request.model import AttemptOutcome, RawRequest, RawResponse, RequestAttempt
from tui.raw_request.sending import Unanswered, prepare, send
from tui.raw_request.transfer import Progress, Spill
from tui.services.send_outcome import outcome_of, record, to_the_end, write_down
from tui.services.sends import stands_before
from tui.storage.journal import JournalEntry, JournalState, SendJournal
from tui.storage.journal_entry import NewSend
from tui.twilio.client import Client
from tui.twilio.drafts import options_of
from tui.twilio.errors import ApiError, InvalidRequest, RequestFailed
from tui.twilio.lenient_json import as_text
from tui.twilio.media_types import FORM
from tui.twilio.messages import read_document, unforeseen

T = TypeVar("T")

LARGEST_READ = 64 * 1024
"""Bytes of a body in a file that are looked at for the message that it makes."""

_MESSAGE_SID = re.compile(r"(SM|MM|IM)[0-9a-fA-F]{32}")
"""The SID of a message, or of one in a conversation: a response with any other SID is about something else."""


def creates_message(client: Client, request: RawRequest) -> bool:
    """Whether Twilio could make a message of a request; one that cannot be sent at all makes none."""
    try:
        return prepare(client, request).creates_message
    except InvalidRequest:
        return False


async def send_by_hand(
    client: Client,
    connection: str,
    outbox: SendJournal,
    request: RawRequest,
    *,
    on_attempt: Callable[[RequestAttempt], object] | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    spill: Spill | None = None,
    anonymous: bool = False,
) -> RawResponse:
    """Send a request and return the last response, whatever its status; options as `tui.raw_request.sending.send`.

    Raises:
        InvalidRequest: refused before anything was sent.
        OutboxUnavailable: it creates a message and could not be journalled, so nothing was sent.
        Unanswered: no attempt brought a whole response; the journal says what is known of a message.
    """
    if not await asyncio.to_thread(creates_message, client, request):
        return await send(client, request, on_attempt, on_progress=on_progress, spill=spill, anonymous=anonymous)
    entry = await _begin(client, connection, outbox, request)
    # From here on the request may have left: whatever goes wrong, what is known goes into the journal.
    ended = 0

    def attempted(attempt: RequestAttempt) -> None:
        nonlocal ended
        ended += attempt.outcome is not AttemptOutcome.STARTED
        _call(on_attempt, attempt)

    progressed = partial(_call, on_progress)
    try:
        response = await send(client, request, attempted, on_progress=progressed, spill=spill, anonymous=anonymous)
    except Unanswered as problem:
        state = outcome_of(problem) if len(problem.attempts) < 2 else JournalState.UNKNOWN
        await write_down(outbox, entry, state, detail=client.hide(problem.reason))
        raise
    except InvalidRequest as problem:
        # Of a later attempt it says nothing about those before it.
        state = JournalState.UNKNOWN if ended else JournalState.NOT_SENT
        await write_down(outbox, entry, state, detail=client.hide(problem.reason))
        raise
    except BaseException:
        # Stopped by the person or by the end of the program: what Twilio did is not known.
        await write_down(outbox, entry, JournalState.UNKNOWN, detail="It was stopped while it was sent.")
        raise
    await to_the_end(partial(_conclude, client, outbox, entry, response))
    return response


def _call(callback: Callable[[T], object] | None, step: T) -> None:
    """Call back; if that fails, the response must not be lost by it."""
    if callback is not None:
        try:
            callback(step)
        except Exception as problem:
            asyncio.get_running_loop().call_exception_handler(
                {"message": "A callback of a request failed.", "exception": problem}
            )


async def _begin(client: Client, connection: str, outbox: SendJournal, request: RawRequest) -> JournalEntry:
    pairs = await asyncio.to_thread(_pairs_that_leave, request)
    first = dict(reversed(pairs))
    to = first.get("To", "")
    new = NewSend(
        connection=connection,
        account_sid=client.account_sid,
        to=to,
        sender=first.get("From") or first.get("MessagingServiceSid") or "",
        body=first.get("Body", ""),
        media=tuple(value for name, value in pairs if name == "MediaUrl"),
        by_hand=True,
        base=client.policy.base,
        options=options_of(pairs),
        before=await stands_before(client, outbox, to),
    )
    begun: list[JournalEntry] = []
    try:
        await to_the_end(lambda: begun.append(outbox.begin(new)))
    except BaseException:
        for entry in begun:
            await write_down(outbox, entry, JournalState.NOT_SENT, detail="It was stopped before it left.")
        raise
    return begun[0]


def _pairs_that_leave(request: RawRequest) -> list[tuple[str, str]]:
    """The pairs of the body, also of one that is in a file, where that is a form and no longer than any message."""
    types = [
        value.partition(";")[0].strip().lower() for name, value in request.headers if name.lower() == "content-type"
    ]
    if request.data_file is None or types != [FORM]:
        return pairs_of(request)
    try:
        with Path(request.data_file).expanduser().open("rb") as file:
            data = file.read(LARGEST_READ)
    except OSError:
        # It was checked already; what happened to it since is told when it is sent.
        return []
    return pairs_of(replace(request, data=data, data_file=None))


def pairs_of(request: RawRequest) -> list[tuple[str, str]]:
    """The names and values in the body of a request that is a form, in their order."""
    if not request.data:
        return list(request.form)
    text = request.data if isinstance(request.data, str) else request.data.decode("utf-8", "replace")
    return parse_qsl(text, keep_blank_values=True)


def _conclude(client: Client, outbox: SendJournal, entry: JournalEntry, response: RawResponse) -> None:
    """Write what a response says of the message into the journal; runs in a thread."""
    try:
        state, sid, code, detail = _outcome(client, response)
    except Exception as problem:
        state, sid, code, detail = JournalState.UNKNOWN, None, None, unforeseen(problem).reason
    record(outbox, entry, state, sid=sid, code=code, detail=detail)


def _outcome(client: Client, response: RawResponse) -> tuple[JournalState, str | None, int | None, str | None]:
    """The message's state, SID and error code by a response, and what went wrong in words."""
    sid, code, detail = "", None, None
    try:
        told = as_text(read_document(response.answer).get("sid"))
        if _MESSAGE_SID.fullmatch(told) and not response.cut:
            sid, state = told, JournalState.ACCEPTED
        else:
            state, detail = JournalState.UNKNOWN, "The answer names no message SID."
    except RequestFailed as problem:
        state, detail = outcome_of(problem), client.hide(problem.reason)
        code = problem.code if isinstance(problem, ApiError) else None
    earlier = response.attempts[:-1]
    if state is not JournalState.ACCEPTED and any(a.status is None or not 400 <= a.status < 500 for a in earlier):
        # An attempt before the last may have made the message, whatever the last one says.
        state = JournalState.UNKNOWN
    return state, sid or None, code, detail
