"""The sends made from here: each one once, remembered before it leaves, followed until it is settled.

A send is a small state machine kept in the outbox:

    sending ─┬─ accepted   Twilio answered with a SID
             ├─ rejected   Twilio answered with an error: nothing was sent
             ├─ not_sent   certain that no byte left, or Twilio said it was not processed
             └─ unknown ──┬─ accepted   exactly one message like it was found
                          └─ …          or the person decided

Knows the outbox and Twilio, nothing of screens. What happens is told through one callback.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from tui.storage.errors import OutboxConflict, StorageError
from tui.storage.outbox_entry import Entry, State
from tui.twilio.drafts import Draft, check
from tui.twilio.errors import ApiError, InvalidRequest, NoAnswer, RequestFailed
from tui.twilio.messages import Message, fetch, send

if TYPE_CHECKING:
    from tui.storage.outbox import Outbox
    from tui.twilio.client import Client

FOLLOW_FOR = 180.0
"""Seconds a sent message is watched: many never get further than `sent`."""

FOLLOW_DELAYS = (0.5, 1.0, 1.0, 2.0, 2.0, 3.0, 5.0)
"""Seconds between looks at its status; the last one repeats."""

NEVER_PROCESSED = 429
"""The HTTP status that Twilio promises to mean: not processed."""

LOWEST_CODE = 10_000
"""Twilio's codes begin here; a smaller one is the word of something in between."""


@dataclass(frozen=True, slots=True)
class Sending:
    """One send, as far as it is known.

    Attributes:
        entry: its line in the outbox.
        message: the message at Twilio, once there is one, in its newest known state.
        problem: what went wrong, if anything did.
        following: whether its status is still being watched.
        candidates: how many messages an unknown send could be; None when it was not looked up.
    """

    entry: Entry
    message: Message | None = None
    problem: RequestFailed | None = None
    following: bool = False
    candidates: int | None = None

    @property
    def state(self) -> State:
        """Where the send stands."""
        return self.entry.state


Observer = Callable[[Sending], None]


class SendDesk:
    """Sends for one account."""

    def __init__(
        self,
        connection: str,
        client: Client,
        outbox: Outbox,
        observe: Observer,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._connection = connection
        self._client = client
        self._outbox = outbox
        self._observe = observe
        self._clock = clock
        self._sleep = sleep
        self._current: Sending | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def in_flight(self) -> Sending | None:
        """The send whose request is under way, if one is."""
        current = self._current
        return current if current is not None and self.busy and current.state is State.SENDING else None

    @property
    def busy(self) -> bool:
        """Whether a send is being written down, made or settled."""
        return not self._idle.is_set()

    async def idle(self) -> None:
        """Wait until no send is under way."""
        await self._idle.wait()

    @property
    def latest(self) -> Sending | None:
        """The newest send made since the account was opened."""
        return self._current

    async def submit(self, draft: Draft) -> Sending | None:
        """Send a draft once. A second call while one is in flight sends nothing and returns None.

        Raises:
            OutboxUnavailable: the send could not be remembered, so nothing was sent.
            InvalidRequest: the draft cannot be right; nothing was sent.
        """
        if self.busy:
            return None
        self._idle.clear()
        try:
            for problem in check(draft):
                raise problem
            entry = await asyncio.to_thread(
                self._outbox.begin,
                connection=self._connection,
                account_sid=self._client.account_sid,
                to=draft.to,
                sender=draft.from_,
                body=draft.body,
                media=draft.media_urls,
                base=self._client.gate.base,
            )
            self._publish(Sending(entry))
            return await self._attempt(entry, draft)
        finally:
            self._idle.set()

    async def _attempt(self, entry: Entry, draft: Draft) -> Sending:
        try:
            message = await send(self._client, draft)
        except InvalidRequest as problem:
            await self._settle(entry, State.NOT_SENT, problem)
            raise
        except RequestFailed as problem:
            return await self._settle(entry, outcome_of(problem), problem)
        except BaseException as problem:
            # Cancelled or broken in a way nobody foresaw: what Twilio did is not known.
            stopped = "The program stopped while it was sent."
            unknown = replace(entry, state=State.UNKNOWN, detail=stopped)
            with suppress(StorageError):
                unknown = self._outbox.settle(entry.id, State.UNKNOWN, detail=stopped)
            if isinstance(problem, Exception):
                self._publish(Sending(unknown))
            raise
        accepted = await write_down(self._outbox, entry, State.ACCEPTED, sid=message.sid)
        return self._publish(Sending(accepted, message, following=not message.final))

    async def follow(self, sending: Sending) -> Sending:
        """Watch an accepted message until its status is final or `FOLLOW_FOR` seconds have passed.

        Failed looks are skipped: the message is sent, whatever happens to the watching. A deleted one is let go.
        """
        current, waited, step = sending, 0.0, 0
        while current.message is not None and not current.message.final and waited < FOLLOW_FOR:
            if self._client.closed:
                break
            delay = FOLLOW_DELAYS[min(step, len(FOLLOW_DELAYS) - 1)]
            await self._sleep(delay)
            waited, step = waited + delay, step + 1
            try:
                message = await fetch(self._client, current.message.sid)
            except ApiError as problem:
                if problem.status == 404:
                    break
                continue
            except RequestFailed:
                continue
            if message != current.message:
                current = self._publish(replace(current, message=message, following=not message.final))
        if current.following:
            current = self._publish(replace(current, following=False))
        return current

    async def check_again(self, entry: Entry) -> Sending:
        """Look an unknown send up; settle it only when exactly one message is like it.

        Raises:
            RequestFailed: the list could not be read, or is another server's than the one it was sent to; the send
                stays unknown.
            OutboxUnavailable, OutboxConflict: the journal could not be read or does not know the send.
        """
        from tui.twilio.lookup import Attempt, find_sent

        here = self._client.gate.base
        if entry.base and entry.base != here:
            # The same account at a test server or in another region: its messages tell nothing about this send.
            raise InvalidRequest(
                "connection",
                f"It was sent to {entry.base}, and {self._connection} asks {here}.",
                f"Use the connection {entry.connection} as it was then, and check again.",
            )
        attempt = Attempt(entry.to, entry.sender, entry.body, entry.started_at, media=bool(entry.media))
        claimed = await asyncio.to_thread(self._outbox.claimed, entry.account_sid)
        found = await find_sent(self._client, attempt, claimed)
        if len(found) != 1:
            return self._publish(Sending(entry, candidates=len(found)))
        message = found[0]
        try:
            settled = await asyncio.to_thread(self._outbox.settle, entry.id, State.ACCEPTED, sid=message.sid)
        except OutboxConflict:
            # Another look was faster: it settled this send, or took the message for a twin of it.
            present = await asyncio.to_thread(self._outbox.find, entry.id)
            return self._publish(Sending(present, candidates=0 if present.state is State.UNKNOWN else None))
        return self._publish(Sending(settled, message, following=not message.final))

    async def mark_as_sent(self, entry: Entry) -> Sending:
        """Settle an unknown send by the person's own knowledge."""
        settled = await asyncio.to_thread(
            self._outbox.settle, entry.id, State.ACCEPTED, detail="Marked as sent by hand."
        )
        return self._publish(Sending(settled))

    async def _settle(self, entry: Entry, state: State, problem: RequestFailed) -> Sending:
        code = problem.code if isinstance(problem, ApiError | InvalidRequest) else None
        # A gateway may repeat what it was sent, credentials and all, and the journal is a file.
        detail = self._client.hide(problem.reason)
        settled = await write_down(self._outbox, entry, state, code=code, detail=detail)
        return self._publish(Sending(settled, problem=problem))

    def _publish(self, sending: Sending) -> Sending:
        if self._current is None or sending.entry.id >= self._current.entry.id:
            self._current = sending
        self._observe(sending)
        return sending


def record(
    outbox: Outbox,
    entry: Entry,
    state: State,
    *,
    sid: str | None = None,
    code: int | None = None,
    detail: str | None = None,
) -> Entry:
    """Write down what is known of a send by now. What is known stands even where the journal cannot take it:
    there the send is left as it was, and is looked up as an unknown one after the next start.
    """
    write = partial(outbox.settle, entry.id, state, code=code, detail=detail)
    try:
        return write(sid=sid)
    except OutboxConflict:
        # A look from another tuilio took this message for its own lost one.
        with suppress(StorageError):
            write()
    except StorageError:
        pass
    return replace(entry, state=state, sid=sid, code=code, detail=detail)


async def write_down(
    outbox: Outbox,
    entry: Entry,
    state: State,
    *,
    sid: str | None = None,
    code: int | None = None,
    detail: str | None = None,
) -> Entry:
    """As `record`, in a thread; whoever stops waiting does not undo it."""
    write = partial(record, outbox, entry, state, sid=sid, code=code, detail=detail)
    try:
        return await asyncio.to_thread(write)
    except asyncio.CancelledError:
        # The thread may not have begun; saying the same twice changes nothing.
        write()
        raise


def outcome_of(problem: RequestFailed) -> State:
    """What a failed create call says about the message.

    Rejected is for Twilio's own refusals; not sent for what certainly never left or was not processed; anything
    else, a 5xx and a broken answer among it, leaves the outcome unknown.
    """
    match problem:
        case InvalidRequest() | NoAnswer(sent=False):
            return State.NOT_SENT
        case ApiError(status=status, code=code) if 400 <= status < 500 and code is not None and code >= LOWEST_CODE:
            return State.NOT_SENT if status == NEVER_PROCESSED and code == 20429 else State.REJECTED
        case ApiError(status=status) if status in (401, NEVER_PROCESSED):
            return State.NOT_SENT
        case _:
            return State.UNKNOWN
