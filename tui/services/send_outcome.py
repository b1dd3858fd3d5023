"""What a failed create call means for its send, and the writing of it to the journal whatever happens meanwhile.

After the POST nothing here raises for a reason of its own: what is known stands, also where the journal cannot take it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from tui.storage.errors import OutboxConflict
from tui.storage.journal_entry import JournalEntry, JournalState, NewSend, SentTemplate, ServerSnapshot
from tui.twilio.errors import ApiError, InvalidRequest, NoAnswer, RequestFailed
from tui.twilio.exchange import HttpResponse, OutgoingRequest
from tui.twilio.messages import Message, post, read_created, unforeseen

if TYPE_CHECKING:
    from tui.storage.journal import SendJournal
    from tui.twilio.client import Client
    from tui.twilio.drafts import Draft

T = TypeVar("T")

NEVER_PROCESSED = 429
"""The HTTP status that Twilio promises to mean: not processed."""

LOWEST_CODE, HIGHEST_CODE = 10_000, 999_999
"""Twilio's codes stand between these; any other number is the word of something in between."""


STOPPED_BEFORE = "It was stopped before it left."
STOPPED_MEANWHILE = "The program stopped while it was sent."


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """What came of a create call, as the journal keeps it, with Twilio's message or what went wrong.

    Attributes:
        detail: what went wrong, in words, the client's secrets masked.
    """

    state: JournalState
    message: Message | None = None
    problem: RequestFailed | None = None
    code: int | None = None
    detail: str | None = None

    @property
    def sid(self) -> str | None:
        """The message's SID, where there is one."""
        return self.message.sid if self.message is not None else None


def new_send(
    connection: str, client: Client, draft: Draft, before: ServerSnapshot, template: SentTemplate | None
) -> NewSend:
    """A draft as it is written down before it leaves."""
    return NewSend(
        connection=connection,
        account_sid=client.account_sid,
        to=draft.to,
        sender=draft.from_,
        body=draft.body,
        media=draft.media_urls,
        base=client.policy.base,
        options=draft.options(),
        before=before,
        template=template,
    )


def read_outcome(client: Client, answer: HttpResponse | RequestFailed) -> SendOutcome:
    """Read what a create call was answered; for a thread, since an answer may be large."""
    told = read_created(client, answer)
    if isinstance(told, Message):
        return SendOutcome(JournalState.ACCEPTED, told)
    code = told.code if isinstance(told, ApiError | InvalidRequest) else None
    # A gateway may repeat what it was sent, credentials and all, and the journal is a file.
    return SendOutcome(outcome_of(told), problem=told, code=code, detail=client.hide(told.reason))


async def post_once(
    client: Client,
    prepared: OutgoingRequest,
    conclude: Callable[[HttpResponse | RequestFailed], Awaitable[T]],
    lost: Callable[[SendOutcome], Awaitable[T]],
) -> T:
    """Send what is written down as begun, once, on a connection of its own, and write down what came of it.

    Args:
        client: who sends.
        prepared: what was written down.
        conclude: writes down what the answer says, to the end, whatever happens meanwhile.
        lost: writes down an unknown outcome, likewise. What is written down already it does not change.

    Raises:
        CancelledError: it was cancelled, and is written down: as what it was answered, or as unknown.
    """
    try:
        return await conclude(await post(client, prepared))
    except Exception as problem:
        told = unforeseen(problem)
        return await lost(SendOutcome(JournalState.UNKNOWN, problem=told, detail=told.reason))
    except BaseException:
        # What Twilio did is not known.
        await lost(SendOutcome(JournalState.UNKNOWN, detail=STOPPED_MEANWHILE))
        raise


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


async def write_down(
    outbox: SendJournal, entry: JournalEntry, state: JournalState, *, detail: str | None
) -> JournalEntry:
    """As `record`, to the end, in a thread."""
    return await to_the_end(partial(record, outbox, entry, state, detail=detail))


async def to_the_end(work: Callable[[], T], executor: Executor | None = None) -> T:
    """Do work in a thread that is always waited for; being cancelled takes effect after it.

    Without an executor the thread begins at once, however many others are busy.
    """
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

    if executor is None:
        threading.Thread(target=run, name="journal").start()
    else:
        executor.submit(run)
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
