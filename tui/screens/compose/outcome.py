"""The outcome of a send, and what can be done about it from there.

It follows one send of one account; whatever else goes on in the session is not its business.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.message import Message as Posted
from textual.widgets import Static

from tui.actions import OUTCOME, bindings
from tui.safe_text import safe_text
from tui.screens.base import OpenMessage
from tui.screens.compose.outcome_text import explanation, facts, headline
from tui.screens.compose.send_progress import SendProgress
from tui.services.session import Account, EventType, NotBegun, Session, SessionEvent
from tui.storage.errors import StorageError
from tui.storage.journal import JournalState
from tui.twilio.drafts import Draft
from tui.twilio.errors import ApiError, NoAnswer, RequestFailed
from tui.widgets.copying import copy_text
from tui.widgets.dialogs import Confirm

_OVER_THE_FORM = frozenset({"new_message", "done", "write_on", "try_again"})
"""What only the send that was just made can do: the form it came from is behind it."""

_POSSIBLE = {
    "new_message": {JournalState.ACCEPTED},
    "done": {JournalState.ACCEPTED},
    "open_message": {JournalState.ACCEPTED},
    "copy_sid": {JournalState.ACCEPTED},
    "watch_on": {JournalState.ACCEPTED},
    "try_again": {JournalState.NOT_SENT},
    "check_again": {JournalState.UNKNOWN},
    "mark_sent": {JournalState.UNKNOWN},
    "send_anyway": {JournalState.UNKNOWN},
    "rewrite": {JournalState.REJECTED, JournalState.NOT_SENT},
    "write_on": {JournalState.REJECTED, JournalState.NOT_SENT, JournalState.UNKNOWN},
}


class Outcome(VerticalScroll, can_focus=True):
    """Shows a `SendProgress` and offers what is possible at its point."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(OUTCOME)]

    class Again(Posted):
        """The person wants this draft sent as a new message."""

        def __init__(self, account: Account, draft: Draft) -> None:
            super().__init__()
            self.account = account
            self.draft = draft

    class Rewrite(Posted):
        """The person wants what the journal kept of a send in the form."""

        def __init__(self, draft: Draft) -> None:
            super().__init__()
            self.draft = draft

    class Done(Posted):
        """The person wants the form back: to write, or only to see it."""

        def __init__(self, *, to_write: bool = True) -> None:
            super().__init__()
            self.to_write = to_write

    def __init__(self, session: Session) -> None:
        super().__init__(id="outcome")
        self._session = session
        self.account: Account | None = None
        self.course: SendProgress | None = None

    def compose(self) -> ComposeResult:
        """What happened, then the facts."""
        yield Static("", id="outcome-headline", markup=False)
        yield Static("", id="outcome-words", markup=False)
        yield Static("", id="outcome-facts", markup=False)

    # -- what is shown -------------------------------------------------------------------------------

    def follow(self, account: Account, course: SendProgress) -> None:
        """Show this send from now on."""
        self.account = account
        self._show(course)
        self.scroll_home(animate=False)

    def forget(self) -> None:
        """Show nothing; the send goes on in the session."""
        self.account = self.course = None
        for part in self.query(Static):
            part.update("")

    def hear(self, event: SessionEvent) -> bool:
        """Take over what the session tells, where it is about this send; says whether it changed anything."""
        course, now = self.course, self._session.clock()
        if course is None or event.account is not self.account:
            return False
        if event.what is EventType.SEND and event.sending and course.concerns(event.sending):
            self._show(course.told(event.sending, now))
        elif event.what is EventType.MESSAGE and event.message:
            self._show(course.known(event.message, now))
        return self.course != course

    def fail(self, account: Account, problem: BaseException) -> None:
        """Say that following this account's send failed. Only what could not even be begun was not sent; after
        anything else nobody here knows whether it was.
        """
        course, words = self.course, safe_text(str(problem), limit=300)
        if course is None or self.account is not account or course.state is not JournalState.SENDING:
            return
        if isinstance(problem, NotBegun) and course.sending is None:
            self._show(replace(course, failure=words))
        else:
            self._show(replace(course, broken=f"Something went wrong here: {words}"))

    def _show(self, course: SendProgress) -> None:
        before, self.course = self.course, course
        if course == before:
            return
        self.query_one("#outcome-headline", Static).update(headline(course))
        self.query_one("#outcome-words", Static).update(explanation(course))
        self.query_one("#outcome-facts", Static).update(facts(course))
        self.refresh_bindings()

    # -- what can be done ----------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what makes sense at this point; the footer shows no more than that."""
        possible = _POSSIBLE.get(action)
        if possible is None:
            return True
        course = self.course
        if course is None or course.state not in possible:
            return False
        if action in _OVER_THE_FORM:
            return not course.journalled
        if action == "rewrite":
            return course.journalled
        if action in ("open_message", "copy_sid"):
            return bool(course.sid)
        if action == "watch_on":
            return course.settled and course.message is not None and not course.message.final
        if action in ("check_again", "mark_sent"):
            return course.sending is not None and not course.looking
        return True

    def action_new_message(self) -> None:
        """Back to the form, which is empty by now."""
        self.post_message(self.Done())

    def action_done(self) -> None:
        """The same, by the key that leads back everywhere; the keys of the header work there."""
        self.post_message(self.Done(to_write=False))

    def action_write_on(self) -> None:
        """Back to the form, as it was left."""
        self.post_message(self.Done())

    def action_open_message(self) -> None:
        """Show it in Messages."""
        if self.course:
            self.post_message(OpenMessage(self.course.sid))

    def action_copy_sid(self) -> None:
        """Hand the SID to the terminal."""
        if self.course:
            copy_text(self, self.course.sid, "the SID", "mark it here, with shift and the mouse")

    def action_watch_on(self) -> None:
        """Watch the status again."""
        if self.account and self.course and self.course.sending:
            sending = replace(self.course.sending, following=True)
            self._show(self.course.told(sending, self._session.clock()))
            self._session.run(self.account.desk.follow(sending))

    def action_try_again(self) -> None:
        """Send the same once more: nothing of it left."""
        if self.account and self.course:
            self.post_message(self.Again(self.account, self.course.draft))

    def action_rewrite(self) -> None:
        """Put it into the form: nothing of it was sent."""
        if self.course:
            self.post_message(self.Rewrite(self.course.draft))

    def action_send_anyway(self) -> None:
        """Send it as a new message, after a warning; what comes from the journal is looked at in the form first."""
        course, account = self.course, self.account
        if course is None or account is None:
            return

        def answered(yes: bool | None) -> None:
            if yes and self.course and self.course.state is JournalState.UNKNOWN:
                again = self.Rewrite(course.draft) if course.journalled else self.Again(account, course.draft)
                self.post_message(again)

        words = (
            f"The first attempt to {safe_text(course.draft.to, limit=40)} may have arrived. "
            "If it did, the recipient gets the same text twice, and both are charged."
        )
        if course.journalled:
            words += " It goes into the form first: only addresses, text and media are known of it."
        self.app.push_screen(
            Confirm(
                "Send it anyway?",
                words,
                yes="Write another one" if course.journalled else "Send another one",
                no="Do not send",
            ),
            answered,
        )

    def action_check_again(self) -> None:
        """Look it up in the account's list."""
        if self.account and self.course:
            self._session.run(self._check(self.account, self.course))

    async def _check(self, account: Account, course: SendProgress) -> None:
        if course.sending is None:
            return
        entry = course.sending.entry
        self._show(replace(course, looking=True))
        trouble = ""
        try:
            found = await account.desk.check_again(entry)
        except (RequestFailed, StorageError) as problem:
            # Without the advice to try again or the comfort that nothing left: that is about the look, not the send.
            words = problem.reason if isinstance(problem, NoAnswer | ApiError) else str(problem)
            found, trouble = None, safe_text(words, limit=240)
        if self.is_attached and self.course and self.course.sending and self.course.sending.entry.id == entry.id:
            self._show(replace(self.course, looking=False, look_failed=trouble))
        if found is not None and found.following:
            await account.desk.follow(found)

    def action_mark_sent(self) -> None:
        """Settle it by the person's own knowledge."""
        course, account = self.course, self.account
        if course is None or account is None or course.sending is None:
            return
        entry = course.sending.entry

        def answered(yes: bool | None) -> None:
            if yes:
                self._session.run(account.desk.mark_as_sent(entry))

        self.app.push_screen(
            Confirm(
                "Mark it as sent?",
                "Do this when you know that it arrived. The draft is cleared then.",
                yes="It was sent",
                no="Back",
            ),
            answered,
        )
