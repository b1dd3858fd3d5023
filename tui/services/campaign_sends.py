"""Sends the items of a campaign: each written to the send journal before it leaves, once, and settled by its answer.

As `SendService` does it for one message, with which it shares what happens at and after the POST. Several are written
down in one commit, and so are their outcomes. Knows nothing of order and pace.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from tui.jobs.group_commit import GroupCommit
from tui.jobs.model import ItemResult, ItemState, JobItem, LeftOut
from tui.jobs.pace import NOT_NOW, QUEUE_FULL
from tui.jobs.performing import Leaving, NotNow
from tui.services.job_settling import result_of_entry
from tui.services.send_outcome import (
    NEVER_PROCESSED,
    STOPPED_BEFORE,
    SendOutcome,
    new_send,
    post_once,
    read_outcome,
    record,
    to_the_end,
)
from tui.services.sends import snapshot_of
from tui.storage.errors import ArchiveUnavailable, OutboxConflict
from tui.storage.journal_entry import JournalEntry, JournalState, NewSend, SendEnd
from tui.twilio.errors import ApiError, InvalidRequest, NoAnswer, RequestFailed
from tui.twilio.exchange import HttpResponse, OutgoingRequest
from tui.twilio.messages import prepare
from tui.twilio.send_lookup import Findings, look_before

if TYPE_CHECKING:
    from tui.jobs.settling import InThread
    from tui.services.account import Account

GLANCE_SECONDS: Final = 5.0
"""Seconds between two glances at what stands newest in the account's list."""

READ_AT_ONCE: Final = 64 * 1024
"""Bytes of an answer that are read on the loop."""

CLOCK_JUMP: Final = 1.0
"""Seconds that the clock and the monotonic one may differ over a glance's age; more is a clock that was set."""

_REFUSED: Final = 20003

_UNREAD: Final = "Look at the messages of this account, then go on."


@dataclass(frozen=True, slots=True)
class _Sending(Leaving):
    """A send that is written down: its entry in the journal, and what leaves."""

    entry: JournalEntry
    prepared: OutgoingRequest


class CampaignSends:
    """A `Performer` of campaigns.

    Args:
        account: who sends.
        job: the job whose items they are.
        in_thread: where the journal is written.
    """

    def __init__(
        self,
        account: Account,
        job: int,
        *,
        in_thread: InThread = to_the_end,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._account, self._client, self._outbox = account, account.client, account.outbox
        self._job, self._in_thread = job, in_thread
        self._monotonic = monotonic
        self._glance = _Glance(account, monotonic)
        self._ends = GroupCommit[tuple[JournalEntry, SendOutcome], None](self._settle)

    async def leave(self, items: Sequence[JobItem]) -> Sequence[Leaving | ItemResult | NotNow]:
        """See `Performer.leave`. Whoever opted out meanwhile is left out.

        Raises:
            OutboxUnavailable: nothing of them was written down, and nothing leaves.
            ArchiveUnavailable: nobody knows who opted out, and nothing leaves.
        """
        told: list[Leaving | ItemResult | NotNow] = []
        ready: list[tuple[JobItem, OutgoingRequest]] = []
        opted_out = await self._opted_out(items)
        for item in items:
            if item.number in opted_out:
                words = opted_out[item.number]
                told.append(ItemResult(item.number, ItemState.LEFT_OUT, detail=words, left_out=LeftOut.OPTED_OUT))
                continue
            prepared = self._prepare(item)
            if isinstance(prepared, OutgoingRequest):
                ready.append((item, prepared))
            else:
                told.append(prepared)
        if not ready:
            return told
        try:
            before = await self._glance.look()
        except NoAnswer as problem:
            # Known before anything is written down: a night without a network leaves no thousand lines in the journal.
            return [*told, *(_not_reached(item.number, problem) for item, _ in ready)]
        return [*told, *await self._begin(ready, before)]

    async def perform(self, leaving: Leaving) -> ItemResult | NotNow:
        """See `Performer.perform`."""
        assert isinstance(leaving, _Sending)
        entry = leaving.entry

        async def conclude(answer: HttpResponse | RequestFailed) -> SendOutcome:
            read = partial(read_outcome, self._client, answer)
            # Twilio's have a kilobyte; whatever else answered must not hold up the keys.
            large = isinstance(answer, HttpResponse) and len(answer.content) > READ_AT_ONCE
            return await self._write_down(entry, await self._in_thread(read) if large else read())

        outcome = await post_once(self._client, leaving.prepared, conclude, partial(self._write_down, entry))
        if outcome.message is not None:
            self._account.note(outcome.message)
        return _result(leaving.item.number, entry.id, outcome)

    async def drop(self, leaving: Leaving) -> ItemResult:
        """See `Performer.drop`."""
        assert isinstance(leaving, _Sending)
        await self._write_down(leaving.entry, SendOutcome(JournalState.NOT_SENT, detail=STOPPED_BEFORE))
        return ItemResult(leaving.item.number, ItemState.WAITING, detail=STOPPED_BEFORE, entry=leaving.entry.id)

    # -- before it leaves ----------------------------------------------------------------------------

    async def _opted_out(self, items: Sequence[JobItem]) -> dict[int, str]:
        """The items whose recipients want no messages from their sender, each with how that is known."""
        by_sender: defaultdict[str, list[JobItem]] = defaultdict(list)
        for item in items:
            if item.draft is not None:
                by_sender[item.draft.from_].append(item)
        found: dict[int, str] = {}
        for sender, theirs in by_sender.items():
            addresses = {item.draft.to for item in theirs if item.draft is not None}
            opted_out = await self._account.archive.opted_out(sender, addresses)
            if opted_out is None:
                raise ArchiveUnavailable("It cannot be read who wants no messages, so nothing is sent.", _UNREAD)
            for item in theirs:
                if item.draft is not None and (one := opted_out.get(item.draft.to)) is not None:
                    found[item.number] = f"Opted out on {one.since:%Y-%m-%d}, while the job ran or before."
        return found

    def _prepare(self, item: JobItem) -> OutgoingRequest | ItemResult:
        if item.draft is None:
            return ItemResult(item.number, ItemState.FAILED, detail="There is nothing to send in it.")
        try:
            return prepare(self._client, item.draft, self._outbox.now())
        except InvalidRequest as problem:
            return ItemResult(item.number, ItemState.FAILED, code=problem.code, detail=str(problem))

    async def _begin(
        self, ready: Sequence[tuple[JobItem, OutgoingRequest]], before: Findings | None
    ) -> Sequence[Leaving | ItemResult]:
        """Write sends down. One of which another may have arrived becomes what that is."""
        sends = [self._new_send(item, before) for item, _ in ready]
        begun: list[JournalEntry] = []

        def write() -> dict[int, JournalEntry]:
            try:
                begun.extend(self._outbox.begin_all(sends))
            except OutboxConflict:
                taken = _begun_already(self._outbox.of_job(self._job, [send.item for send in sends]))
                begun.extend(self._outbox.begin_all([send for send in sends if send.item not in taken]))
                return taken
            return {}

        try:
            taken = await self._in_thread(write)
        except BaseException:
            await self._in_thread(
                lambda: [record(self._outbox, entry, JournalState.NOT_SENT, detail=STOPPED_BEFORE) for entry in begun]
            )
            raise
        entries = {entry.item: entry for entry in begun}
        return [
            _Sending(item, entries[item.number], prepared)
            if item.number in entries
            else result_of_entry(item.number, taken[item.number])
            for item, prepared in ready
        ]

    def _new_send(self, item: JobItem, before: Findings | None) -> NewSend:
        draft = item.draft
        assert draft is not None
        send = new_send(self._account.name, self._client, draft, snapshot_of(before, draft.to), item.template)
        return replace(send, job=self._job, item=item.number)

    # -- after it left -------------------------------------------------------------------------------

    async def _write_down(self, entry: JournalEntry, outcome: SendOutcome) -> SendOutcome:
        await self._ends.add((entry, outcome))
        return outcome

    async def _settle(self, group: Sequence[tuple[JournalEntry, SendOutcome]]) -> Sequence[None]:
        def write() -> None:
            try:
                self._outbox.settle_all(
                    [SendEnd(entry.id, each.state, each.sid, each.code, each.detail) for entry, each in group]
                )
            except Exception:
                # One by one: what cannot be written of one says nothing about the others.
                for entry, each in group:
                    record(self._outbox, entry, each.state, sid=each.sid, code=each.code, detail=each.detail)

        await self._in_thread(write)
        return [None] * len(group)


class _Glance:
    """What stands newest in the account's list, looked at every few seconds while messages are sent."""

    def __init__(self, account: Account, monotonic: Callable[[], float]) -> None:
        self._client, self._now, self._monotonic = account.client, account.outbox.now, monotonic
        self._found: Findings | None = None
        self._looked = float("-inf")
        self._ahead = 0.0

    async def look(self) -> Findings | None:
        """What was seen last; anew where that is some seconds old, or the clock was set since.

        Raises:
            NoAnswer: the server was not reached at all.
        """
        if self._monotonic() - self._looked > GLANCE_SECONDS or abs(self._difference() - self._ahead) > CLOCK_JUMP:
            # What is older is not used when this fails.
            self._found, self._looked = None, float("-inf")
            ahead = self._difference()
            self._found = await look_before(self._client, now=self._now)
            self._looked, self._ahead = self._monotonic(), ahead
        return self._found

    def _difference(self) -> float:
        return self._now().timestamp() - self._monotonic()


def _begun_already(entries: Sequence[JournalEntry]) -> dict[int, JournalEntry]:
    """Item → its send that may have arrived."""
    may_have = (JournalState.SENDING, JournalState.ACCEPTED, JournalState.UNKNOWN)
    return {entry.item: entry for entry in entries if entry.state in may_have}


def _not_reached(number: int, problem: RequestFailed, entry: int | None = None) -> NotNow:
    return NotNow(number, problem.reason, entry=entry, offline=True)


def _result(number: int, entry: int, outcome: SendOutcome) -> ItemResult | NotNow:
    """What became of an item, by the outcome of its send."""
    problem, detail = outcome.problem, outcome.detail
    match outcome.state, problem:
        case JournalState.ACCEPTED, _:
            return ItemResult(number, ItemState.DONE, outcome.sid, entry=entry)
        case JournalState.NOT_SENT, NoAnswer():
            return _not_reached(number, problem, entry)
        case JournalState.NOT_SENT | JournalState.REJECTED, ApiError(status=status, code=code) if (
            status == NEVER_PROCESSED or code in NOT_NOW
        ):
            full = code == QUEUE_FULL
            reason = "This sender's queue at Twilio is full" if full else "Twilio says slow down"
            return NotNow(number, reason, code, entry, problem.retry_after, queue_full=full)
        case JournalState.NOT_SENT, ApiError(status=401, code=None):
            return ItemResult(number, ItemState.FAILED, code=_REFUSED, detail=detail, entry=entry)
        case JournalState.NOT_SENT | JournalState.REJECTED, _:
            return ItemResult(number, ItemState.FAILED, code=outcome.code, detail=detail, entry=entry)
        case _:
            wait = problem.retry_after if isinstance(problem, ApiError) else None
            return ItemResult(number, ItemState.UNKNOWN, detail=detail, entry=entry, retry_after=wait)
