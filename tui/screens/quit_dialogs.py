"""The questions before the program ends. What they say stays true while they stand there.

Knows sends as the session tells them, jobs in words, and of the places only what they would leave behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widgets import Static

from tui.safe_text import safe_text
from tui.services.send_state import SendStage, SendState
from tui.services.session import EventType, Session, SessionEvent
from tui.widgets.dialogs import Confirm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.screens.base import BaseScreen

PUT_AWAY_IN: Final = 1.0
"""Seconds that each place may take to keep what is in it, before it is asked about."""


def say_left(places: Sequence[BaseScreen]) -> str:
    """What would be lost or forgotten by quitting now; empty for nothing."""
    return " ".join(words for place in places if (words := place.unsaved_warning()))


class LeaveUnkept(Confirm):
    """Asks whether to give up what is not kept. Where a slow disk takes it meanwhile, the program ends unasked."""

    def __init__(self, places: Sequence[BaseScreen], left: str) -> None:
        super().__init__("Leave tuilio?", left, yes="Quit", no="Stay")
        self._places, self._left = places, left

    def on_screen_resume(self) -> None:
        """Wait for the disk as long as the question stands, also after help was read over it."""
        self.run_worker(self._keep, exclusive=True, exit_on_error=False)

    async def _keep(self) -> None:
        for place in self._places:
            await place.put_away()
        left = say_left(self._places)
        if not self.is_current or left == self._left:
            return
        if left:
            self._left = left
            self.ask_anew("Leave tuilio?", left, yes="Quit", no="Stay")
        else:
            self.dismiss(True)


class LeaveWhileSending(Confirm):
    """Asks whether to wait for Twilio's answer, and says so when the message left, or the answer came, meanwhile."""

    def __init__(self, session: Session, sending: SendState) -> None:
        title, words, yes, no = _question(sending)
        super().__init__(title, words, yes=yes, no=no)
        self._session, self._asked_about = session, sending

    def on_mount(self) -> None:
        self._session.subscribe(self._happened)
        if (sending := self._session.send_under_way) is not None:
            # It may have left while this was put on the screen.
            self._take_up(sending)

    def on_unmount(self) -> None:
        self._session.unsubscribe(self._happened)

    def _happened(self, event: SessionEvent) -> None:
        sending = event.sending
        if sending is None or not self.is_mounted:
            return
        if sending.stage.under_way:
            self._take_up(sending)
        elif sending.is_same_send(self._asked_about):
            self.ask_anew("Leave tuilio?", _say(sending), yes="Quit", no="Stay")

    def _take_up(self, sending: SendState) -> None:
        if self._asked_about.stage is not sending.stage:
            self._asked_about = sending
            title, words, yes, no = _question(sending)
            self.ask_anew(title, words, yes=yes, no=no)


def _question(sending: SendState) -> tuple[str, str, str, str]:
    if sending.stage is SendStage.PREPARING:
        words = f"The message to {_recipient(sending)} has not left yet. If you quit now it is not sent."
        return "A message is about to be sent", words, "Quit, do not send", "Let it be sent"
    words = (
        f"Twilio has not answered yet about the message to {_recipient(sending)}. "
        "If you quit now it is kept in the outbox as unknown: it may or may not be sent."
    )
    return "A message is being sent", words, "Quit, leave it unknown", "Wait"


def _recipient(sending: SendState) -> str:
    return safe_text(sending.draft.to, limit=40)


def _say(sending: SendState) -> str:
    to = _recipient(sending)
    if sending.stage.accepted:
        return f"Twilio has the message to {to} now. Whether it arrives, Messages will tell."
    if sending.stage in (SendStage.REJECTED, SendStage.NOT_SENT):
        return f"Nothing was sent to {to}; what you wrote is kept. Staying shows why."
    return f"The message to {to} may have been sent, or not. The outbox in Compose keeps it as unknown."


class LeaveWhileRunning(Confirm):
    """Asks whether to leave while jobs run here; what it says of them is how they stand by then.

    Args:
        session: whose events tell of jobs.
        running: what leaving does to them, as sentences; "" once none runs.
        left: what else would be lost.
    """

    def __init__(self, session: Session, running: Callable[[], str], left: str) -> None:
        super().__init__(_RUNNING, _together(running(), left), yes="Quit", no="Stay")
        self._session, self._say_running, self._left = session, running, left
        self._said = running()

    def on_mount(self) -> None:
        self._session.subscribe(self._happened)

    def on_unmount(self) -> None:
        self._session.unsubscribe(self._happened)

    def _happened(self, event: SessionEvent) -> None:
        if event.what is EventType.JOBS and self.is_mounted:
            # Once the job that it is about was read anew.
            self.set_timer(_READ_BY_THEN, self._say_anew)

    def _say_anew(self) -> None:
        said = self._say_running()
        if said == self._said:
            return
        ended, self._said = not said, said
        if ended:
            words = _together("No job runs any more: it has ended, or waits for you.", self._left)
            self.ask_anew("Leave tuilio?", words, yes="Quit", no="Stay")
        else:
            # Only how far it is: the question is the same, and so is what answers it.
            self.query_one(".words", Static).update(Content(_together(said, self._left)))


_RUNNING: Final = "A job is running"
_READ_BY_THEN: Final = 0.2
"""Seconds."""


def _together(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
