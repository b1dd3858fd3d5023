"""What a failed create call means for its send, and the writing of it to the journal whatever happens meanwhile.

After the POST nothing here raises for a reason of its own: what is known stands, also where the journal cannot take it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from tui.storage.errors import OutboxConflict
from tui.storage.journal_entry import JournalEntry, JournalState
from tui.twilio.errors import ApiError, InvalidRequest, NoAnswer, RequestFailed

if TYPE_CHECKING:
    from tui.storage.journal import SendJournal

T = TypeVar("T")

NEVER_PROCESSED = 429
"""The HTTP status that Twilio promises to mean: not processed."""

LOWEST_CODE, HIGHEST_CODE = 10_000, 999_999
"""Twilio's codes stand between these; any other number is the word of something in between."""


def outcome_of(problem: RequestFailed) -> JournalState:
    """What a failed create call says about the message.

    *Not sent* is said only where it can be proved: the transport knows that no byte left, Twilio answered 429 (its
    promise: not processed) or 401 (it let nobody in). *Rejected* is for a refusal in Twilio's own form: status 4xx,
    JSON, one of Twilio's codes. Everything else leaves the outcome unknown: a 5xx, an answer cut short, and a 4xx
    whose body is text, HTML or XML as well. Those may come from a proxy that passed the request on before, and Twilio
    answers a create call that ends in `.json` in JSON only. Nothing is lost by it: since 2024 Twilio keeps refused
    creates in the list, where a look finds them and settles the send with their code.
    """
    match problem:
        case InvalidRequest() | NoAnswer(sent=False):
            return JournalState.NOT_SENT
        case ApiError(status=status, code=int() as code) if 400 <= status < 500 and LOWEST_CODE <= code <= HIGHEST_CODE:
            return JournalState.NOT_SENT if status == NEVER_PROCESSED and code == 20429 else JournalState.REJECTED
        case ApiError(status=status, code=None) if status in (401, NEVER_PROCESSED):
            return JournalState.NOT_SENT
        case _:
            return JournalState.UNKNOWN


def record(
    outbox: SendJournal,
    entry: JournalEntry,
    state: JournalState,
    *,
    sid: str | None = None,
    code: int | None = None,
    detail: str | None = None,
) -> JournalEntry:
    """Write down what is known of a send by now; never raises. Where the journal cannot take it, whatever the reason,
    the send is left there as it was, and is looked up as an unknown one after the next start.
    """
    write = partial(outbox.settle, entry.id, state, code=code, detail=detail)
    with suppress(Exception):
        try:
            return write(sid=sid)
        except OutboxConflict:
            # A look from another tuilio took this message for its own lost one.
            write()
    # Not the journal's word, but what Twilio said, is what became of it.
    return replace(entry, state=state, sid=sid, code=code, detail=detail)


async def write_down(outbox: SendJournal, entry: JournalEntry, state: JournalState, *, detail: str) -> JournalEntry:
    """As `record`, to the end, in a thread."""
    return await to_the_end(partial(record, outbox, entry, state, detail=detail))


async def to_the_end(work: Callable[[], T]) -> T:
    """Do work in a thread that begins at once and is always waited for; being cancelled takes effect after it."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, problem: BaseException | None) -> None:
        if problem is not None:
            done.set_exception(problem)
        else:
            done.set_result(result)  # pyright: ignore[reportArgumentType]

    def run() -> None:
        result: T | None = None
        problem: BaseException | None = None
        try:
            result = work()
        except BaseException as caught:
            problem = caught
        # Nobody waits any more when the loop is closed.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, result, problem)

    threading.Thread(target=run, name="journal").start()
    cancelled = False
    while not done.done():
        try:
            await asyncio.shield(done)
        except asyncio.CancelledError:
            cancelled = True
        except Exception:
            break
    if cancelled:
        # Looked at, so that nobody calls it forgotten.
        done.exception()
        raise asyncio.CancelledError
    return done.result()
