"""The sends made from here: each one once, remembered before it leaves, followed until it is settled.

A send is a small state machine kept in the outbox:

    sending ─┬─ accepted   Twilio answered with a SID
             ├─ rejected   Twilio answered with an error: nothing was sent
             ├─ not_sent   certain that no byte left, or Twilio said it was not processed
             └─ unknown ──┬─ accepted   exactly as many messages like it were found as there are such sends
                          ├─ rejected   its message was found among those that Twilio refused
                          └─ …          or the person decided

It has two halves. `begin` prepares: it may raise, and then nothing was sent. What it returns is the point of no return:
`post` takes it and raises nothing for a reason of its own, so that no trouble afterwards can be taken for a send that
did not happen. Knows the outbox and Twilio, nothing of screens. What happens is told through one callback.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from tui.services.send_outcome import outcome_of, record, to_the_end, write_down
from tui.storage.journal import Claim, ServerSnapshot
from tui.storage.journal_entry import JournalEntry, JournalState
from tui.twilio.drafts import Draft
from tui.twilio.errors import ApiError, InvalidRequest, RequestFailed
from tui.twilio.exchange import HttpResponse, OutgoingRequest
from tui.twilio.messages import Message, fetch, post, prepare, read_created, unforeseen

if TYPE_CHECKING:
    from tui.storage.journal import SendJournal
    from tui.twilio.client import Client
    from tui.twilio.send_lookup import SendAttempt

FOLLOW_FOR = 180.0
"""Seconds a sent message is watched: many never get further than `sent`."""

FOLLOW_DELAYS = (0.5, 1.0, 1.0, 2.0, 2.0, 3.0, 5.0)
"""Seconds between looks at its status; the last one repeats."""

_LISTED_AS = re.compile(r"\+?[0-9]{3,15}|[A-Za-z][A-Za-z_]*:\S+")
"""A recipient in the form that Twilio lists it in: a number without blanks and signs, or an address of a channel."""


@dataclass(frozen=True, slots=True)
class SendState:
    """One send, as far as it is known.

    Attributes:
        entry: its line in the outbox.
        message: the message at Twilio, once there is one, in its newest known state.
        problem: what went wrong, if anything did.
        following: whether its status is still being watched.
        candidates: how many messages an unknown send could be; None when it was not looked up.
        resembling: whether those have another text than was sent, as Twilio may store one.
    """

    entry: JournalEntry
    message: Message | None = None
    problem: RequestFailed | None = None
    following: bool = False
    candidates: int | None = None
    resembling: bool = False

    @property
    def state(self) -> JournalState:
        """Where the send stands."""
        return self.entry.state


@dataclass(frozen=True, slots=True)
class Begun:
    """A send that is written down and ready to leave; nothing of it has. Made by `SendService.begin` only."""

    entry: JournalEntry
    prepared: OutgoingRequest


Observer = Callable[[SendState], None]
Spend = Callable[[JournalEntry], object]
"""Takes what was sent out of the kept drafts. Called in a thread, before the journal says that it was accepted."""


class SendService:
    """Sends for one account."""

    def __init__(
        self,
        connection: str,
        client: Client,
        outbox: SendJournal,
        observe: Observer,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        failed: Callable[[BaseException], None] = lambda _: None,
    ) -> None:
        """`failed` hears of an observer that raised: that changes nothing about a send."""
        self._connection = connection
        self._client = client
        self._outbox = outbox
        self._observe = observe
        self._clock = clock
        self._sleep = sleep
        self._failed = failed
        self._current: SendState | None = None
        self._preparing = ""
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def in_flight(self) -> SendState | None:
        """The send whose request is under way, if one is."""
        current = self._current
        return current if current is not None and self.busy and current.state is JournalState.SENDING else None

    @property
    def busy(self) -> bool:
        """Whether a send is being written down, made or settled."""
        return not self._idle.is_set()

    @property
    def preparing(self) -> str:
        """The recipient of a send that was asked for and has not left yet; empty when there is none."""
        return self._preparing

    async def idle(self) -> None:
        """Wait until no send is under way."""
        await self._idle.wait()

    @property
    def latest(self) -> SendState | None:
        """The newest send made since the account was opened."""
        return self._current

    async def submit(self, draft: Draft, spend: Spend | None = None) -> SendState | None:
        """Send a draft once. A second call while one is in flight sends nothing and returns None.

        Raises:
            As `begin`.
        """
        begun = await self.begin(draft)
        return None if begun is None else await self.post(begun, spend)

    async def begin(self, draft: Draft) -> Begun | None:
        """Everything before the point of no return; on return the send is written down, and `post` must follow.

        None when another send is under way: nothing was begun.

        Raises:
            OutboxUnavailable: the send could not be remembered, so nothing was sent.
            InvalidRequest: the draft cannot be right; nothing was sent.
        """
        if self.busy:
            return None
        self._idle.clear()
        self._preparing, begun = draft.to, list[Begun]()
        try:
            prepared = prepare(self._client, draft, self._clock())
            before = await stands_before(self._client, self._outbox, draft.to)

            def write() -> None:
                entry = self._outbox.begin(
                    connection=self._connection,
                    account_sid=self._client.account_sid,
                    to=draft.to,
                    sender=draft.from_,
                    body=draft.body,
                    media=draft.media_urls,
                    base=self._client.policy.base,
                    options=draft.options(),
                    before=before,
                )
                begun.append(Begun(entry, prepared))

            await to_the_end(write)
        except BaseException:
            for each in begun:
                # Stopped while it was written down.
                await write_down(
                    self._outbox, each.entry, JournalState.NOT_SENT, detail="It was stopped before it left."
                )
            self._idle.set()
            raise
        finally:
            self._preparing = ""
        return begun[0]

    async def post(self, begun: Begun, spend: Spend | None = None) -> SendState:
        """Send what was begun, once. Cancelled, it leaves the send unknown; nothing else is ever raised."""
        entry = begun.entry
        try:
            self._publish(SendState(entry))
            told = await post(self._client, begun.prepared)
            return self._publish(await to_the_end(partial(self._conclude, entry, told, spend)))
        except Exception as problem:
            unknown = await write_down(self._outbox, entry, JournalState.UNKNOWN, detail=unforeseen(problem).reason)
            return self._publish(SendState(unknown, problem=unforeseen(problem)))
        except BaseException:
            # What Twilio did is not known. Where its answer is written down already, this changes nothing.
            await write_down(self._outbox, entry, JournalState.UNKNOWN, detail="The program stopped while it was sent.")
            raise
        finally:
            self._idle.set()

    def _conclude(self, entry: JournalEntry, told: HttpResponse | RequestFailed, spend: Spend | None) -> SendState:
        """Read what came of it, and write it down; runs in a thread."""
        outcome = read_created(self._client, told)
        if isinstance(outcome, Message):
            if spend is not None:
                # Whoever keeps the drafts tells of its own trouble.
                with suppress(Exception):
                    spend(entry)
            accepted = record(self._outbox, entry, JournalState.ACCEPTED, sid=outcome.sid)
            return SendState(accepted, outcome, following=not outcome.final)
        code = outcome.code if isinstance(outcome, ApiError | InvalidRequest) else None
        # A gateway may repeat what it was sent, credentials and all, and the journal is a file.
        detail = self._client.hide(outcome.reason)
        settled = record(self._outbox, entry, outcome_of(outcome), code=code, detail=detail)
        return SendState(settled, problem=outcome)

    async def follow(self, sending: SendState) -> SendState:
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

    async def check_again(self, entry: JournalEntry) -> SendState:
        """Look an unknown send up; settle it only when as many messages are like it as there are sends like it.

        Raises:
            RequestFailed: the list could not be read, or is another server's than the one it was sent to, or the send
                cannot be recognised there; it stays unknown.
            OutboxUnavailable, OutboxConflict: the journal could not be read or does not know the send.
        """
        from tui.twilio.send_lookup import LookupVerdict, match_sends, reconcile_send

        if (trouble := self._unfindable(entry)) is not None:
            raise trouble
        rivals = await asyncio.to_thread(self._outbox.open_ends, entry.account_sid)
        attempt = attempt_of(entry)
        others = [attempt_of(each) for each in rivals if each.id != entry.id and each.to == entry.to]
        findings = await reconcile_send(self._client, attempt, others, now=self._outbox.now)
        verdict = LookupVerdict()

        def judge(present: JournalEntry, rivals: tuple[JournalEntry, ...], claimed: frozenset[str]) -> Claim | None:
            nonlocal verdict
            # Read anew: another send like it may have begun meanwhile.
            others = [attempt_of(each) for each in rivals if _may_compete(each, present)]
            verdict = match_sends(attempt, others, findings, claimed)
            return None if verdict.message is None else claim_of(verdict.message, verdict.could_be)

        settled, by_this = await asyncio.to_thread(self._outbox.claim, entry.id, judge)
        message = verdict.message if by_this else None
        if message is None:
            # Where it is settled all the same, another look was faster.
            count = verdict.candidates if settled.state is JournalState.UNKNOWN else None
            return self._publish(SendState(settled, candidates=count, resembling=verdict.resembling))
        if settled.state is JournalState.REJECTED:
            refused = ApiError(400, settled.code, message.error_message)
            return self._publish(SendState(settled, problem=refused))
        return self._publish(SendState(settled, message, following=not message.final))

    def _unfindable(self, entry: JournalEntry) -> InvalidRequest | None:
        """Why a send cannot be looked for at all."""
        here = self._client.policy.base
        if entry.base and entry.base != here:
            # The same account at a test server or in another region: its messages tell nothing about this send.
            return InvalidRequest(
                "connection",
                f"It was sent to {entry.base}, and {self._connection} asks {here}.",
                f"Use the connection {entry.connection} as it was then, and check again.",
            )
        look = "Look among the messages, then mark it as sent if it is there."
        if entry.damaged:
            return InvalidRequest("journal", f"Its {entry.damaged[0]} cannot be read in the send journal.", look)
        if not _LISTED_AS.fullmatch(entry.to):
            return InvalidRequest("To", "Twilio lists its recipient in another form than it was written in.", look)
        if not entry.sender:
            return InvalidRequest("From", "It named no sender, so its message cannot be told from others.", look)
        return None

    async def mark_as_sent(self, entry: JournalEntry) -> SendState:
        """Settle an unknown send by the person's own knowledge."""
        settled = await asyncio.to_thread(
            self._outbox.settle, entry.id, JournalState.ACCEPTED, detail="Marked as sent by hand."
        )
        return self._publish(SendState(settled))

    def _publish(self, sending: SendState) -> SendState:
        if self._current is None or sending.entry.id >= self._current.entry.id:
            self._current = sending
        try:
            self._observe(sending)
        except Exception as problem:
            # Whoever looks on changes nothing about what was sent.
            self._failed(problem)
        return sending


async def stands_before(client: Client, outbox: SendJournal, to: str) -> ServerSnapshot:
    """What is known just before a send to this recipient leaves, as the journal keeps it."""
    from tui.twilio.send_lookup import look_before

    if not to:
        return ServerSnapshot()
    sids, clock = await look_before(client, to, now=outbox.now)
    ahead = None if clock is None else (clock.least.total_seconds(), clock.most.total_seconds())
    return ServerSnapshot(sids, ahead)


def attempt_of(entry: JournalEntry) -> SendAttempt:
    """A line of the journal as the look-up takes it."""
    from tui.twilio.send_lookup import SendAttempt, ServerClock

    ahead = entry.before.ahead
    return SendAttempt(
        entry.to,
        entry.sender,
        entry.body,
        entry.started_at,
        media=bool(entry.media),
        options=entry.options,
        before=entry.before.sids,
        clock=None if ahead is None else ServerClock(*(timedelta(seconds=each) for each in ahead)),
        refused=entry.code if entry.state is JournalState.REJECTED else None,
    )


def claim_of(message: Message, could_be: tuple[Message, ...]) -> Claim:
    """What a message that was found makes of its send: one that Twilio refused was never sent."""
    from tui.twilio.send_lookup import refusal_of

    sids = tuple(each.sid for each in could_be)
    code = refusal_of(message)
    if code is None:
        return Claim(JournalState.ACCEPTED, message.sid, could_be=sids)
    return Claim(JournalState.REJECTED, message.sid, code, ApiError(400, code, message.error_message).reason, sids)


def _may_compete(rival: JournalEntry, entry: JournalEntry) -> bool:
    """Whether another send may own a message that is like this one's."""
    if rival.state is JournalState.REJECTED and rival.code is None:
        return False
    return not (rival.base and entry.base) or rival.base == entry.base
