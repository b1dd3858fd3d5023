"""The course of one send, as a person follows it: what was sent, where it stands, when each status was seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from tui.services.sends import SendState
from tui.storage.journal import JournalState
from tui.twilio.drafts import Draft
from tui.twilio.messages import Message, take_over


@dataclass(frozen=True, slots=True)
class SendProgress:
    """One send.

    Attributes:
        draft: what was sent.
        began: when it was pressed.
        sending: the newest the session told; None until it is written down.
        seen: each status and the time it was first seen here.
        failure: why it could not even be begun; nothing was sent then.
        broken: what went wrong while it was followed here; what Twilio did is not known by it.
        looking: whether somebody is looking it up right now.
        look_failed: why the last look-up did not work.
        journalled: whether it comes from the journal, which keeps addresses, text and media, and nothing else.
    """

    draft: Draft
    began: datetime
    sending: SendState | None = None
    seen: tuple[tuple[str, datetime], ...] = ()
    failure: str = ""
    broken: str = ""
    looking: bool = False
    look_failed: str = ""
    journalled: bool = False

    @property
    def state(self) -> JournalState:
        """Where it stands."""
        if self.failure:
            return JournalState.NOT_SENT
        if self.broken and (self.sending is None or self.sending.state is JournalState.SENDING):
            return JournalState.UNKNOWN
        return self.sending.state if self.sending else JournalState.SENDING

    @property
    def message(self) -> Message | None:
        """The message at Twilio, once there is one."""
        return self.sending.message if self.sending else None

    @property
    def sid(self) -> str:
        """The message's SID, empty when it is not known."""
        if self.sending is None:
            return ""
        return self.message.sid if self.message else self.sending.entry.sid or ""

    @property
    def settled(self) -> bool:
        """Whether nothing more is expected by itself."""
        return self.state is not JournalState.SENDING and not (self.sending and self.sending.following)

    def concerns(self, sending: SendState) -> bool:
        """Whether the session's word is about this send."""
        if self.sending is not None:
            return self.sending.entry.id == sending.entry.id
        # The first word about a new send; one about an older send never says that it is under way.
        return sending.state is JournalState.SENDING

    def told(self, sending: SendState, at: datetime) -> SendProgress:
        """The course after the session told something."""
        if self.message:
            # What was seen elsewhere may be newer, here as in `known`.
            newer = take_over(self.message, sending.message) if sending.message else self.message
            sending = replace(sending, message=newer)
        if self.sending and sending.problem is None and sending.state is JournalState.UNKNOWN:
            # A look-up that found nothing does not know why the answer was lost.
            sending = replace(sending, problem=self.sending.problem)
        broken = self.broken if sending.state is JournalState.SENDING else ""
        return replace(self, sending=sending, seen=self._with(sending.message, at), look_failed="", broken=broken)

    def known(self, message: Message, at: datetime) -> SendProgress:
        """The course after the message was seen elsewhere in a newer state."""
        if self.sending is None or message.sid != self.sid or message == self.message:
            return self
        message = take_over(self.message, message) if self.message else message
        return replace(self, sending=replace(self.sending, message=message), seen=self._with(message, at))

    def _with(self, message: Message | None, at: datetime) -> tuple[tuple[str, datetime], ...]:
        if message is None or not message.status or (self.seen and self.seen[-1][0] == message.status):
            return self.seen
        return (*self.seen, (message.status, at))
