"""A job: an ordered set of items that are done one by one, each once, over kills and restarts. Data only.

    item    WAITING ── LEAVING ──┬── DONE      Twilio took it (a campaign's message has a SID then)
               ↑           │     ├── FAILED    Twilio refused it, for certain
               └───────────┘     └── UNKNOWN   its answer was lost: looked up, never done again by itself
            nothing left, or Twilio said "not now"

    job     READY ── RUNNING ⇄ PAUSED        by a person
                        │ ⇄ HALTED           by itself: too many alike in a row failed; `Job.reason` says why
                        ├── FINISHED         every item is settled
                        └── STOPPED          given up by a person; what is waiting stays undone for good

LEAVING is committed before anything of the item leaves; what follows is committed before the next item of that sender
is begun. RUNNING is what a person wants: whether anybody is at it is told by the job's lock (`tui.services.jobs`).
Must not know SQL, HTTP or how an item is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from tui.storage.journal_entry import SentTemplate
from tui.twilio.drafts import Draft


class JobKind(StrEnum):
    """What is done to each item."""

    CAMPAIGN = "campaign"
    """A message is sent."""
    REDACT = "redact"
    """The text of a message is emptied at Twilio, and its media are deleted."""
    DELETE = "delete"
    """A message is deleted at Twilio, with its media."""
    CANCEL = "cancel"
    """A scheduled message is canceled."""


class JobState(StrEnum):
    """Where a job stands; see the drawing above."""

    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    HALTED = "halted"
    FINISHED = "finished"
    STOPPED = "stopped"

    @property
    def ended(self) -> bool:
        """Whether nothing will be done any more."""
        return self in (JobState.FINISHED, JobState.STOPPED)


class ItemState(StrEnum):
    """Where an item stands; see the drawing above."""

    LEFT_OUT = "left_out"
    """Told of, and never to be done: `JobItem.left_out` says why."""
    WAITING = "waiting"
    LEAVING = "leaving"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


JOB_FOLLOWERS: Final = {
    JobState.READY: frozenset({JobState.RUNNING, JobState.STOPPED}),
    JobState.RUNNING: frozenset({JobState.PAUSED, JobState.HALTED, JobState.FINISHED, JobState.STOPPED}),
    # What was under way when it was paused may have been the last.
    JobState.PAUSED: frozenset({JobState.RUNNING, JobState.FINISHED, JobState.STOPPED}),
    JobState.HALTED: frozenset({JobState.RUNNING, JobState.FINISHED, JobState.STOPPED}),
    JobState.FINISHED: frozenset[JobState](),
    JobState.STOPPED: frozenset[JobState](),
}
"""State of a job → those that it may go to. FINISHED only where nothing is WAITING or LEAVING."""

ITEM_FOLLOWERS: Final = {
    ItemState.LEFT_OUT: frozenset[ItemState](),
    # Itself: put off. To LEAVING by `JobStore.claim` alone.
    ItemState.WAITING: frozenset({ItemState.WAITING, ItemState.LEFT_OUT}),
    ItemState.LEAVING: frozenset(
        {ItemState.WAITING, ItemState.LEFT_OUT, ItemState.DONE, ItemState.FAILED, ItemState.UNKNOWN}
    ),
    ItemState.UNKNOWN: frozenset({ItemState.DONE, ItemState.FAILED}),
    ItemState.DONE: frozenset[ItemState](),
    ItemState.FAILED: frozenset[ItemState](),
}
"""State of an item → those that it may go to. Saying the same of a settled one again adds what was not known."""


class LeftOut(StrEnum):
    """Why an item is not done."""

    DUPLICATE = "duplicate"
    """Its recipient stands further above already."""
    OPTED_OUT = "opted_out"
    """Its recipient wants no messages from this sender."""
    NOT_A_NUMBER = "not_a_number"
    """Its recipient cannot be read, or can receive nothing."""
    COUNTRY = "country"
    """Its recipient's country is not enabled for this account."""
    QUIET_HOURS = "quiet_hours"
    """It is night where its recipient lives."""
    MISSING = "missing"
    """A value that its text names is not in its row."""
    UNSENDABLE = "unsendable"
    """What its row makes of the message cannot be sent: too long, a URL that is none, nothing to say."""
    NOT_SUITABLE = "not_suitable"
    """Of a change: this message is not in a state in which it can be made."""


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item as it was shown before the job was begun.

    Attributes:
        line: where it stands in what the job was made from, from 1; the line of the file for a file.
        draft: what is sent, as it was shown; of a campaign.
        sid: the message that is changed; of a change.
        template: the content template that the draft names, filled in.
        cells: its row of the table that it comes from, as it stands there (foreign texts).
        left_out: why it is not done; None where it is.
        detail: in words, what is wrong with it (may hold foreign text).
    """

    line: int
    draft: Draft | None = None
    sid: str | None = None
    template: SentTemplate | None = None
    cells: tuple[str, ...] = ()
    left_out: LeftOut | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class JobItem:
    """One item.

    Attributes:
        job, number: the job, and which of its items it is, from 1 in their order.
        draft: what is sent; None of a change. Its words are gone where `withdrawn`.
        sid: the message, once there is one.
        code: Twilio's error, where it failed by one.
        entry: the number of its newest send in the send journal; of a campaign.
        attempts: how often it was begun.
        not_before: not to be begun again before this.
        changed_at: when it reached the state it is in.
        damaged: the columns that cannot be read; such an item is not begun.
    """

    job: int
    number: int
    line: int
    state: ItemState
    draft: Draft | None = None
    sid: str | None = None
    template: SentTemplate | None = None
    cells: tuple[str, ...] = ()
    left_out: LeftOut | None = None
    code: int | None = None
    detail: str | None = None
    entry: int | None = None
    attempts: int = 0
    not_before: datetime | None = None
    changed_at: datetime | None = None
    withdrawn: bool = False
    damaged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of an item that was begun, as it is written into the store of jobs.

    Attributes:
        number: which of the job's items it is.
        state: DONE, FAILED, UNKNOWN or LEFT_OUT; WAITING where nothing left and it is to be begun again.
        sid: the message, where there is one by now.
        code: Twilio's error, where it failed by one.
        detail: in words, what went wrong (may hold foreign text).
        entry: the number of its send in the send journal.
        not_before: of one that waits: not to be begun again before this.
        left_out: of one that is left out: why.
        retry_after: seconds that Twilio asked to wait before anything else is begun; not kept.
    """

    number: int
    state: ItemState
    sid: str | None = None
    code: int | None = None
    detail: str | None = None
    entry: int | None = None
    not_before: datetime | None = None
    left_out: LeftOut | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Pacing:
    """How fast a job goes.

    Attributes:
        per_second: segments in a second that each sender may send (a change counts as one); None for as fast as
            Twilio accepts, which is what a messaging service is for.
        at_once: how many requests may be under way at a time.
    """

    per_second: float | None = 1.0
    at_once: int = 4


@dataclass(frozen=True, slots=True)
class HaltRules:
    """When a job halts by itself.

    Attributes:
        alike: after so many in a row that failed with the same code, or were lost; credentials and funds halt at once.
        filtered: when more than this share of those settled so far failed as filtered (30007), once `alike` did.
    """

    alike: int = 5
    filtered: float = 0.2


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job before it is written down; its items go beside it.

    Attributes:
        name: what the person calls it.
        connection, account_sid, base: as in the send journal: whose it is, and at which server.
        source: what it was made from, in words: a file's name, a query.
        columns: the titles of the table that its items come from.
        senders: the addresses or the messaging service that it sends from.
    """

    kind: JobKind
    name: str
    connection: str
    account_sid: str
    base: str
    source: str = ""
    columns: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    pacing: Pacing = Pacing()
    halts: HaltRules = HaltRules()


@dataclass(frozen=True, slots=True)
class JobCounts:
    """How many items of a job stand where.

    Attributes:
        states: every state that occurs → how many.
        left_out: of those left out, why → how many.
        codes: of those that failed, Twilio's code, None for none → how many.
    """

    states: Mapping[ItemState, int] = field(default_factory=dict[ItemState, int])
    left_out: Mapping[LeftOut, int] = field(default_factory=dict[LeftOut, int])
    codes: Mapping[int | None, int] = field(default_factory=dict[int | None, int])

    @property
    def total(self) -> int:
        """All items that are or were to be done."""
        return sum(count for state, count in self.states.items() if state is not ItemState.LEFT_OUT)

    @property
    def open(self) -> int:
        """Those that are still to be done."""
        return self.states.get(ItemState.WAITING, 0) + self.states.get(ItemState.LEAVING, 0)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it is kept.

    Attributes:
        id: its number, which it keeps.
        new: what it was begun with.
        reason: why it was halted, as a sentence, and what to do (may hold foreign text); "" where it was not.
        journal: the send journal that its sends were written into, by that file's own mark; "" before the first.
        damaged: the columns that cannot be read; such a job is not run.
    """

    id: int
    new: NewJob
    state: JobState
    counts: JobCounts
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str = ""
    journal: str = ""
    damaged: tuple[str, ...] = ()
