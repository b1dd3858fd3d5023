"""The life cycle of a send as one immutable type: `SendService` publishes it, screens render it.

    PREPARING ──┬── SENDING ──┬── FOLLOWING ─── ACCEPTED     Twilio answered with a SID; then its status is final, was
                │             │        ↑            ↑        watched long enough, or a person marked the send by hand
                │             ├── REJECTED          │        Twilio answered with an error: nothing was sent
                └── NOT_SENT ─┤        ↑            │        no byte left, or Twilio said that it was not processed
                              │        │            │
                              └── UNKNOWN ⇄ LOOKING_UP       the answer was lost: looked for in the account's list, or
                                                             open until somebody looks again, and never sent again

PREPARING ends when the journal has the send as `sending`: that is the point of no return. Only what fails before it may
be called NOT_SENT without an answer; whatever goes wrong after it is UNKNOWN. LOOKING_UP settles a send only by exactly
as many messages like it as there are sends like it. The journal (`tui.storage.journal`) keeps the five states that
outlive the program: `JournalState`. Data; must not know the service, HTTP or widgets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

from tui.storage.errors import StorageError
from tui.storage.journal_entry import JournalEntry, JournalState, SentTemplate, without_text
from tui.twilio.drafts import Draft
from tui.twilio.errors import ApiError, RequestFailed
from tui.twilio.message import Message, take_over

SendProblem = RequestFailed | StorageError


class SendStage(Enum):
    """Where a send stands; see the drawing above."""

    PREPARING = auto()
    SENDING = auto()
    FOLLOWING = auto()
    ACCEPTED = auto()
    REJECTED = auto()
    NOT_SENT = auto()
    UNKNOWN = auto()
    LOOKING_UP = auto()

    @property
    def under_way(self) -> bool:
        """Whether Twilio's answer is still awaited."""
        return self in (SendStage.PREPARING, SendStage.SENDING)

    @property
    def accepted(self) -> bool:
        """Whether Twilio has the message, or a person said so."""
        return self in (SendStage.FOLLOWING, SendStage.ACCEPTED)

    @property
    def unknown(self) -> bool:
        """Whether nobody knows if it was sent."""
        return self in (SendStage.UNKNOWN, SendStage.LOOKING_UP)


@dataclass(frozen=True, slots=True)
class SendState:
    """One send, as far as it is known.

    Attributes:
        draft: what is sent; of a send read from the journal only addresses, text and media.
        began: when it was asked for.
        entry: its line in the journal; None until it is written down.
        message: the message at Twilio in its newest known state, once there is one.
        seen: each status and the time at which it was first seen here.
        problem: why it was rejected or not sent, or why its answer was lost.
        following: whether its status is being watched.
        looking: whether it is being looked up.
        look_problem: why the last look-up failed.
        candidates: how many messages an unknown send could be; None when it was not looked up.
        resembling: whether those have another text than was sent, as Twilio may store one.
        from_journal: whether it was read from the journal rather than sent just now.
        template: the content template that the draft names, filled in; None where there is none, or nobody knew it.
    """

    draft: Draft
    began: datetime
    entry: JournalEntry | None = None
    message: Message | None = None
    seen: tuple[tuple[str, datetime], ...] = ()
    problem: SendProblem | None = None
    following: bool = False
    looking: bool = False
    look_problem: SendProblem | None = None
    candidates: int | None = None
    resembling: bool = False
    from_journal: bool = False
    template: SentTemplate | None = None

    @classmethod
    def of_entry(cls, entry: JournalEntry) -> SendState:
        """A send as the journal knows it."""
        draft = Draft(entry.to, entry.sender, entry.body, entry.media)
        return cls(draft, entry.started_at, entry, from_journal=True, template=entry.template)

    @property
    def error_code(self) -> int | None:
        """The error that its message failed with, or that Twilio refused it with; None for none."""
        if self.message is not None and self.message.error_code is not None:
            return self.message.error_code
        if isinstance(self.problem, ApiError):
            return self.problem.code
        return self.entry.code if self.entry is not None else None

    @property
    def stage(self) -> SendStage:
        """Where it stands."""
        if self.entry is None:
            return SendStage.PREPARING if self.problem is None else SendStage.NOT_SENT
        match self.entry.state:
            case JournalState.SENDING:
                return SendStage.SENDING
            case JournalState.ACCEPTED:
                return SendStage.FOLLOWING if self.following else SendStage.ACCEPTED
            case JournalState.REJECTED:
                return SendStage.REJECTED
            case JournalState.NOT_SENT:
                return SendStage.NOT_SENT
            case JournalState.UNKNOWN:
                return SendStage.LOOKING_UP if self.looking else SendStage.UNKNOWN

    @property
    def failed(self) -> bool:
        """Whether Twilio has the message and says that it did not arrive."""
        return self.message is not None and self.message.status in ("failed", "undelivered")

    @property
    def whole(self) -> bool:
        """Whether all that was sent is known, so that the same can be sent again.

        A request by hand may have held more than the journal keeps, and so may what an earlier version wrote there. The
        words of a message that was redacted or deleted are not brought back.
        """
        entry = self.entry
        return entry is None or (entry.options is not None and not (entry.by_hand or entry.withdrawn or entry.damaged))

    @property
    def send_at(self) -> datetime | None:
        """For when it is scheduled; None for at once, or where that is not known."""
        return self.draft.send_at or (self.entry.send_at if self.entry else None)

    @property
    def sid(self) -> str:
        """The message's SID, empty when it is not known."""
        if self.message is not None:
            return self.message.sid
        return (self.entry.sid if self.entry else None) or ""

    def is_same_send(self, other: SendState) -> bool:
        """Whether both are states of one send."""
        if self.entry is not None and other.entry is not None:
            return self.entry.id == other.entry.id
        # Before it is written down: the very draft, since an equal one may be sent a second time.
        return self.draft is other.draft and self.began == other.began

    def updated(self, newer: SendState, at: datetime) -> SendState:
        """This send after the service published `newer` of it; keeps what only this observer has seen."""
        message = newer.message or self.message
        if self.message and newer.message:
            # What was seen elsewhere may be newer than what the service asked for.
            message = take_over(self.message, newer.message)
        problem = newer.problem
        if problem is None and newer.stage.unknown:
            # A look-up that found nothing does not know why the answer was lost.
            problem = self.problem
        return replace(
            newer,
            draft=self.draft,
            began=self.began,
            message=message,
            seen=self._seen_with(message, at),
            problem=problem,
            from_journal=self.from_journal,
            template=self.template,
        )

    def without_words(self, *, gone: bool) -> SendState:
        """This send after its message was redacted, or is `gone`: without what is withdrawn from the journal then."""
        from tui.storage.journal_words import WORDS

        media = () if gone else self.draft.media_urls
        entry = self.entry
        if entry is not None:
            options = None if entry.options is None else tuple(pair for pair in entry.options if pair[0] not in WORDS)
            template = without_text(entry.template)
            entry = replace(entry, body="", media=media, options=options, template=template, withdrawn=True)
        draft = replace(self.draft, body="", media_urls=media, content_variables=None)
        message = replace(self.message, body="") if self.message is not None else None
        return replace(self, draft=draft, entry=entry, message=message, template=without_text(self.template))

    def with_message(self, message: Message, at: datetime) -> SendState:
        """This send after a message was seen in a newer state elsewhere; unchanged when it is another one's."""
        if message.sid != self.sid or message == self.message:
            return self
        message = take_over(self.message, message) if self.message else message
        return replace(self, message=message, seen=self._seen_with(message, at))

    def _seen_with(self, message: Message | None, at: datetime) -> tuple[tuple[str, datetime], ...]:
        if message is None or not message.status or (self.seen and self.seen[-1][0] == message.status):
            return self.seen
        return (*self.seen, (message.status, at))
