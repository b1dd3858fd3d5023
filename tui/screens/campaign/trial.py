"""A trial of one row: its message to a number of one's own, through the ordinary review and the ordinary send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.safe_text import safe_text
from tui.screens.sending.draft import DraftFields, read_draft
from tui.screens.sending.outcome_text import in_brief
from tui.screens.sending.reviewed_send import ReviewedSend, SpendDraft
from tui.screens.sending.sender_choices import name_of_sender
from tui.twilio.drafts import Draft
from tui.twilio.errors import InvalidRequest
from tui.widgets.dialogs import Ask

if TYPE_CHECKING:
    from tui.screens.base import BaseScreen
    from tui.services.send_state import SendState
    from tui.services.session import Account, SessionEvent
    from tui.storage.journal_entry import JournalEntry


class Trial:
    """The trials of one page; a `MessageForm`.

    Args:
        screen: over which they are asked for and reviewed.
        account: sends them.
        say: is told what became of the last one, as a sentence safe to show.
        went_to: is told to which number it goes.
    """

    sent_before: tuple[JournalEntry, ...] = ()

    def __init__(
        self, screen: BaseScreen, account: Account, say: Callable[[str], object], went_to: Callable[[str], object]
    ) -> None:
        self._screen, self._account, self._say, self._went_to = screen, account, say, went_to
        self._typed = DraftFields()
        self._sent: SendState | None = None
        self._sending = ReviewedSend(screen, self)

    def ask(self, message: DraftFields, line: int, to: str) -> None:
        """Ask for the number, and then for the sending, of what a row says.

        Args:
            message: its text, sender and media.
            line: the row's, as it is named.
            to: the number proposed.
        """

        def check(typed: str) -> str:
            problems = read_draft(replace(message, to=typed), now=self._screen.session.clock()).problems
            wrong = next((each for each in problems if each.field in ("To", "From")), None)
            return safe_text(str(wrong), limit=240) if wrong is not None else ""

        def entered(typed: str | None) -> None:
            if typed:
                self._went_to(typed)
                self._typed = replace(message, to=typed)
                self._sending.review(self._account)

        words = (
            f"What line {line:,} says is sent to a number of your own, at once and as an ordinary message: the review "
            "comes first. It counts for nothing in the campaign."
        )
        self._screen.app.push_screen(
            Ask("Trial", words, value=to, placeholder="+49 151 12345678", check=check, action="Review"), entered
        )

    def take_event(self, event: SessionEvent) -> None:
        """Follow what was sent."""
        sending = event.sending
        if sending is not None and self._sent is not None and sending.is_same_send(self._sent):
            self._sent = sending
            self._say(f"Trial. {in_brief(sending)}")

    # -- as MessageForm ------------------------------------------------------------------------------

    @property
    def typed(self) -> DraftFields:
        """What is sent."""
        return self._typed

    def is_still(self, account: Account) -> bool:
        """Whether this account is still the one in use."""
        return account is self._account is self._screen.session.account

    def label_of(self, sender: str) -> str:
        """As `MessageForm.label_of`."""
        return name_of_sender(sender, self._account.senders)

    def failed_with(self, draft: Draft) -> int | None:
        """It repeats nothing."""
        return None

    def refuse(self, words: str) -> None:
        """As `MessageForm.refuse`."""
        self._screen.notify(words, severity="error", timeout=12, markup=False)

    def show_problems(self, problems: tuple[InvalidRequest, ...]) -> None:
        """As `MessageForm.show_problems`."""
        self.refuse(safe_text(" ".join(map(str, problems)), limit=400))

    def declined(self) -> None:
        """Nothing was sent."""

    def leaving(self, account: Account, sending: SendState) -> SpendDraft | None:
        """Say that it leaves; there is no draft to be spent."""
        self._sent = sending
        self._say(f"Trial. {in_brief(sending)}")
        return None
