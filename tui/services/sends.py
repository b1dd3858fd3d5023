"""Sends messages: each one once, written to the send journal before it leaves, followed until its status is final.

The life cycle is drawn in `tui.services.send_state`. A send has two halves. `begin` prepares: it may raise, and then
nothing was sent. What it returns is the point of no return: `post` takes it and raises nothing for a reason of its own,
so that no trouble afterwards can be taken for a send that did not happen. Each new state is published to one observer.
Knows the journal and Twilio, nothing of screens.
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

from tui.services.send_outcome import (
    STOPPED_BEFORE,
    SendOutcome,
    new_send,
    post_once,
    read_outcome,
    record,
    to_the_end,
    write_down,
)
from tui.services.send_state import SendStage, SendState
from tui.storage.errors import StorageError
from tui.storage.journal import Claim
from tui.storage.journal_entry import JournalEntry, JournalState, ServerSnapshot
from tui.twilio.errors import ApiError, InvalidRequest, RequestFailed
from tui.twilio.exchange import HttpResponse, OutgoingRequest
from tui.twilio.messages import Message, fetch, prepare, unforeseen

if TYPE_CHECKING:
    from tui.storage.journal import SendJournal
    from tui.twilio.client import Client
    from tui.twilio.send_lookup import Findings, SendAttempt

FOLLOW_FOR = 180.0
"""Seconds a sent message is watched: many never get further than `sent`."""

FOLLOW_DELAYS = (0.5, 1.0, 1.0, 2.0, 2.0, 3.0, 5.0)
"""Seconds between looks at its status; the last one repeats."""

_LISTED_AS = re.compile(r"\+?[0-9]{3,15}|[A-Za-z][A-Za-z_]*:\S+")
"""A recipient in the form that Twilio lists it in: a number without blanks and signs, or an address of a channel."""


@dataclass(frozen=True, slots=True)
class BegunSend:
    """A send that is written down and ready to leave; nothing of it has. Made by `SendService.begin` only."""

    state: SendState
    entry: JournalEntry
    prepared: OutgoingRequest


SendObserver = Callable[[SendState], None]
SpendDraft = Callable[[JournalEntry], object]
"""Takes what was sent out of the kept drafts. Called in a thread, before the journal says that it was accepted."""


class SendService:
    """Sends for one account, one at a time."""

    def __init__(
        self,
        connection: str,
        client: Client,
        outbox: SendJournal,
        observe: SendObserver,
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
        self._under_way: SendState | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def under_way(self) -> SendState | None:
        """The send that waits for Twilio's answer, PREPARING or SENDING, if there is one."""
        return self._under_way

    @property
    def busy(self) -> bool:
        """Whether a send is being written down, made or settled."""
        return not self._idle.is_set()

    async def idle(self) -> None:
        """Wait until no send is under way."""
        await self._idle.wait()

    async def send(self, state: SendState, spend: SpendDraft | None = None) -> SendState:
        """Take a new send through its whole life: send it, look it up where its answer was lost, follow it.

        While another one is under way nothing is sent; that is published as NOT_SENT.

        Raises:
            As `begin`, once NOT_SENT is published with the reason. What fails after that is UNKNOWN.
        """
        try:
            begun = await self.begin(state)
        except Exception as problem:
            self._publish(replace(state, problem=_before_it_left(problem)))
            raise
        if begun is None:
            problem = RequestFailed("Another message is being sent.", "Wait for its answer.")
            return self._publish(replace(state, problem=problem))
        try:
            state = await self.post(begun, spend)
        except Exception as problem:
            lost = replace(begun.entry, state=JournalState.UNKNOWN)
            self._publish(replace(state, entry=lost, problem=unforeseen(problem)))
            raise
        if state.stage is SendStage.UNKNOWN:
            state = await self.check_again(state)
        return await self.follow(state) if state.stage is SendStage.FOLLOWING else state

    async def begin(self, state: SendState) -> BegunSend | None:
        """Everything before the point of no return; on return the send is written down, and `post` must follow.

        None when another send is under way: nothing was begun.

        Raises:
            OutboxUnavailable: the send could not be remembered, so nothing was sent.
            InvalidRequest: the draft cannot be right; nothing was sent.
        """
        if self.busy:
            return None
        self._idle.clear()
        self._under_way, draft, begun = state, state.draft, list[BegunSend]()
        try:
            prepared = prepare(self._client, draft, self._clock())
            before = await stands_before(self._client, self._outbox, draft.to)

            def write() -> None:
                entry = self._outbox.begin(new_send(self._connection, self._client, draft, before, state.template))
                begun.append(BegunSend(replace(state, entry=entry), entry, prepared))

            await to_the_end(write)
        except BaseException:
            for each in begun:
                # Stopped while it was written down.
                await write_down(self._outbox, each.entry, JournalState.NOT_SENT, detail=STOPPED_BEFORE)
            self._end()
            raise
        return begun[0]

    async def post(self, begun: BegunSend, spend: SpendDraft | None = None) -> SendState:
        """Send what was begun, once. Cancelled, it leaves the send unknown; nothing else is ever raised."""
        state, entry = begun.state, begun.entry

        async def conclude(answer: HttpResponse | RequestFailed) -> SendState:
            return await to_the_end(partial(self._conclude, state, entry, answer, spend))

        async def lost(outcome: SendOutcome) -> SendState:
            unknown = await write_down(self._outbox, entry, outcome.state, detail=outcome.detail)
            return replace(state, entry=unknown, problem=outcome.problem)

        try:
            self._under_way = state
            self._publish(state)
            return self._publish(await post_once(self._client, begun.prepared, conclude, lost))
        finally:
            self._end()

    def _end(self) -> None:
        self._under_way = None
        self._idle.set()

    def _conclude(
        self, state: SendState, entry: JournalEntry, answer: HttpResponse | RequestFailed, spend: SpendDraft | None
    ) -> SendState:
        """Read what came of it, and write it down; runs in a thread."""
        outcome = read_outcome(self._client, answer)
        if outcome.message is not None and spend is not None:
            # Whoever keeps the drafts tells of its own trouble.
            with suppress(Exception):
                spend(entry)
        settled = record(self._outbox, entry, outcome.state, sid=outcome.sid, code=outcome.code, detail=outcome.detail)
        if outcome.message is None:
            return replace(state, entry=settled, problem=outcome.problem)
        return replace(state, entry=settled, message=outcome.message, following=not outcome.message.final)

    async def follow(self, state: SendState) -> SendState:
        """Watch an accepted message until its status is final or `FOLLOW_FOR` seconds have passed.

        Failed looks are skipped: the message is sent, whatever happens to the watching. A deleted one is let go.
        """
        if state.message is None or state.message.final:
            return state
        if not state.following:
            state = self._publish(replace(state, following=True))
        message, waited, step = state.message, 0.0, 0
        while message is not None and not message.final and waited < FOLLOW_FOR and not self._client.closed:
            delay = FOLLOW_DELAYS[min(step, len(FOLLOW_DELAYS) - 1)]
            await self._sleep(delay)
            waited, step = waited + delay, step + 1
            try:
                fetched = await fetch(self._client, message.sid)
            except ApiError as problem:
                if problem.status == 404:
                    break
                continue
            except RequestFailed:
                continue
            if fetched != message:
                message = fetched
                state = self._publish(replace(state, message=message, following=not message.final))
        return self._publish(replace(state, following=False)) if state.following else state

    async def check_again(self, state: SendState) -> SendState:
        """Look an unknown send up; settle it only when as many messages are like it as there are sends like it.

        Otherwise it stays unknown. `look_problem` is why it could not be looked up: the list or the journal could not
        be read, the list is another server's than the one it was sent to, or the send cannot be recognised there.
        """
        state = replace(state, looking=False, look_problem=None)
        if state.entry is None:
            return state
        self._publish(replace(state, looking=True))
        found = state
        try:
            found = await self._look_up(state, state.entry)
        except (RequestFailed, StorageError) as problem:
            found = replace(state, look_problem=problem)
        finally:
            self._publish(found)
        return found

    async def _look_up(self, state: SendState, entry: JournalEntry) -> SendState:
        from tui.twilio.send_lookup import LookupVerdict, match_sends, reconcile_send

        if (trouble := self._unfindable(entry)) is not None:
            raise trouble
        rivals = await asyncio.to_thread(self._outbox.open_ends, entry.account_sid, entry.to)
        attempt = attempt_of(entry)
        others = [attempt_of(each) for each in rivals if each.id != entry.id]
        findings = await reconcile_send(self._client, attempt, others, now=self._outbox.now)
        verdict = LookupVerdict()

        def judge(present: JournalEntry, rivals: tuple[JournalEntry, ...], claimed: frozenset[str]) -> Claim | None:
            nonlocal verdict
            # Read anew: another send like it may have begun meanwhile.
            others = [attempt_of(each) for each in rivals if _may_compete(each, present)]
            verdict = match_sends(attempt, others, findings, claimed)
            return None if verdict.message is None else claim_of(verdict.message, verdict.could_be)

        found = {message.sid for message in findings.messages}
        settled, by_this = await asyncio.to_thread(partial(self._outbox.claim, entry.id, judge, among=found))
        message = verdict.message if by_this else None
        if message is None:
            # Where it is settled all the same, another look was faster.
            if settled.state is not JournalState.UNKNOWN:
                return replace(state, entry=settled, problem=None, candidates=None, resembling=False)
            return replace(state, entry=settled, candidates=verdict.candidates, resembling=verdict.resembling)
        if settled.state is JournalState.REJECTED:
            return replace(state, entry=settled, problem=ApiError(400, settled.code, message.error_message))
        return replace(state, entry=settled, message=message, problem=None, following=not message.final)

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
        if entry.withdrawn:
            return InvalidRequest("journal", "Its text was removed when its message was redacted or deleted.", look)
        if not _LISTED_AS.fullmatch(entry.to):
            return InvalidRequest("To", "Twilio lists its recipient in another form than it was written in.", look)
        if not entry.sender:
            return InvalidRequest("From", "It named no sender, so its message cannot be told from others.", look)
        return None

    async def mark_as_sent(self, state: SendState) -> SendState:
        """Settle an unknown send by the person's own knowledge.

        Raises:
            OutboxUnavailable, OutboxConflict: the journal could not take it.
        """
        if state.entry is None:
            return state
        settle = partial(self._outbox.settle, state.entry.id, JournalState.ACCEPTED, detail="Marked as sent by hand.")
        settled = await asyncio.to_thread(settle)
        return self._publish(replace(state, entry=settled, problem=None))

    def _publish(self, state: SendState) -> SendState:
        if self._under_way is not None and not state.stage.under_way and state.is_same_send(self._under_way):
            self._under_way = None
        try:
            self._observe(state)
        except Exception as problem:
            # Whoever looks on changes nothing about what was sent.
            self._failed(problem)
        return state


def _before_it_left(problem: Exception) -> RequestFailed | StorageError:
    if isinstance(problem, RequestFailed | StorageError):
        return problem
    return RequestFailed(f"Something unexpected went wrong before it left ({type(problem).__name__}).")


async def stands_before(client: Client, outbox: SendJournal, to: str) -> ServerSnapshot:
    """What is known just before a send to this recipient leaves, as the journal keeps it."""
    from tui.twilio.send_lookup import look_before

    if not to:
        return ServerSnapshot()
    try:
        return snapshot_of(await look_before(client, to, now=outbox.now), to)
    except RequestFailed:
        return ServerSnapshot()


def snapshot_of(findings: Findings | None, to: str) -> ServerSnapshot:
    """What was found before a send to a recipient, as the journal keeps it."""
    if findings is None:
        return ServerSnapshot()
    clock = findings.clock
    ahead = None if clock is None else (clock.least.total_seconds(), clock.most.total_seconds())
    return ServerSnapshot(frozenset(each.sid for each in findings.messages if each.to == to), ahead)


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
        withdrawn=entry.withdrawn,
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
