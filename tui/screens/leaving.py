"""The question before the program ends while a message is being sent. What it says stays true while it stands there.

Knows sends as the session tells them, nothing of the places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.safe_text import safe_text
from tui.session import Event, Happening, Session
from tui.storage.outbox_entry import State
from tui.widgets.dialogs import Confirm

if TYPE_CHECKING:
    from tui.sending import Sending


class LeaveWhileSending(Confirm):
    """Asks whether to wait for Twilio's answer, and says so when it came meanwhile."""

    def __init__(self, session: Session, sending: Sending) -> None:
        super().__init__(
            "A message is being sent",
            f"Twilio has not answered yet about the message to {_recipient(sending)}. "
            "If you quit now it is kept in the outbox as unknown: it may or may not be sent.",
            yes="Quit, leave it unknown",
            no="Wait",
        )
        self._session, self._asked_about = session, sending.entry.id

    def on_mount(self) -> None:
        """Hear what becomes of it."""
        self._session.observe(self._happened)

    def on_unmount(self) -> None:
        """It is no longer of interest here."""
        self._session.ignore(self._happened)

    def _happened(self, event: Event) -> None:
        sending = event.sending
        if event.what is not Happening.SEND or sending is None or sending.entry.id != self._asked_about:
            return
        if self.is_mounted and sending.state is not State.SENDING:
            self.ask_anew("Leave tuilio?", _say(sending), yes="Quit", no="Stay")


def _recipient(sending: Sending) -> str:
    return safe_text(sending.entry.to, limit=40)


def _say(sending: Sending) -> str:
    to = _recipient(sending)
    match sending.state:
        case State.ACCEPTED:
            return f"Twilio has the message to {to} now. Whether it arrives, Messages will tell."
        case State.REJECTED | State.NOT_SENT:
            return f"Nothing was sent to {to}; what you wrote is kept. Staying shows why."
        case _:
            return f"The message to {to} may have been sent, or not. The outbox in Compose keeps it as unknown."
