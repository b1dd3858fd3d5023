"""The panel that shows one send and offers what can be done about it; its words are in `outcome_text`."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.message import Message as Posted
from textual.widgets import Static

from tui.actions import OUTCOME, bindings
from tui.safe_text import safe_text
from tui.screens.base import BaseScreen, DraftPrefill, OpenConversation, OpenMessage
from tui.screens.sending.outcome_text import explanation, facts, headline
from tui.screens.why.opening import ask_why_of_send, can_ask_about_send, send_calls_for_why
from tui.services.send_state import SendStage, SendState
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.twilio.drafts import Draft
from tui.twilio.message import further
from tui.widgets.address_names import name_address
from tui.widgets.bars import KeyBar
from tui.widgets.copying import copy_text
from tui.widgets.dialogs import Confirm

if TYPE_CHECKING:
    from tui.twilio.messages import Message

_ACCEPTED = {SendStage.FOLLOWING, SendStage.ACCEPTED}
_UNKNOWN = {SendStage.UNKNOWN, SendStage.LOOKING_UP}
_NOTHING_SENT = {SendStage.REJECTED, SendStage.NOT_SENT}

_OVER_THE_FORM = frozenset({"new_message", "done", "write_on"})
"""Actions of a send that was just made only: the form it came from is behind it."""

_POSSIBLE = {
    "new_message": _ACCEPTED,
    "done": _ACCEPTED,
    "open_message": _ACCEPTED,
    "copy_sid": _ACCEPTED,
    "media": _ACCEPTED,
    "conversation": set(SendStage),
    "watch_on": {SendStage.ACCEPTED},
    "send_again": _ACCEPTED | _NOTHING_SENT,
    "why": _ACCEPTED | _NOTHING_SENT,
    "check_again": {SendStage.UNKNOWN},
    "mark_sent": {SendStage.UNKNOWN},
    "send_anyway": _UNKNOWN,
    "rewrite": _ACCEPTED | _NOTHING_SENT,
    "write_on": _NOTHING_SENT | _UNKNOWN,
}
"""Action → the stages of a send at which it is offered."""


def prefill_of(sending: SendState) -> DraftPrefill:
    """A new draft with what a send held, as far as it is known."""
    draft, entry = sending.draft, sending.entry
    options = entry.options if sending.from_journal and entry is not None else draft.options()
    return DraftPrefill(draft.to, draft.from_, draft.body, draft.media_urls, options or (), sending.error_code)


def _has_media(message: Message | None) -> bool:
    return message is not None and bool(message.num_media)


class Outcome(VerticalScroll, can_focus=True):
    """Shows a `SendState` and offers what is possible at its stage."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(OUTCOME)]

    class Again(Posted):
        """The person wants this draft sent as a new message."""

        def __init__(self, account: Account, draft: Draft) -> None:
            super().__init__()
            self.account = account
            self.draft = draft

    class Rewrite(Posted):
        """The person wants what a send held in the form, as a new draft; with `review`, reviewed at once."""

        def __init__(self, account: Account, seed: DraftPrefill, *, review: bool = False) -> None:
            super().__init__()
            self.account = account
            self.seed = seed
            self.review = review

    class Done(Posted):
        """The person wants the form back: to write, or only to see it."""

        def __init__(self, *, to_write: bool = True) -> None:
            super().__init__()
            self.to_write = to_write

    def __init__(self, session: Session) -> None:
        super().__init__(id="outcome")
        self._session = session
        self.account: Account | None = None
        self.sending: SendState | None = None

    def compose(self) -> ComposeResult:
        yield Static("", id="outcome-headline", markup=False)
        yield Static("", id="outcome-words", markup=False)
        yield Static("", id="outcome-facts", markup=False)

    # -- what is shown -------------------------------------------------------------------------------

    def follow(self, account: Account, sending: SendState) -> None:
        """Show this send of this account from now on."""
        self.account = account
        self._show(sending)
        self.scroll_home(animate=False)

    def know(self, message: Message) -> None:
        """Take over how the message of the send that is shown is kept by now; when its status came is not known."""
        sending = self.sending
        if sending is None or sending.sid != message.sid:
            return
        if sending.message is None or further(sending.message.status, message.status) != sending.message.status:
            self._show(replace(sending, message=message))

    def forget(self) -> None:
        """Show nothing; the send goes on in the session."""
        self.account = self.sending = None
        for part in self.query(Static):
            part.update("")

    def take_event(self, event: SessionEvent) -> bool:
        """Take over what the session published about the send that is shown; says whether that changed anything."""
        before, now = self.sending, self._session.clock()
        if before is None or event.account is not self.account:
            return False
        if event.what is EventType.WITHDRAWN and before.sid in event.withdrawn:
            self._show(before.without_words(gone=event.withdrawn[before.sid]))
        elif event.sending is not None and before.is_same_send(event.sending):
            self._show(before.updated(event.sending, now))
        elif event.message is not None:
            self._show(before.with_message(event.message, now))
        return self.sending != before

    def _show(self, sending: SendState) -> None:
        before, self.sending = self.sending, sending
        if sending == before:
            return
        self.query_one("#outcome-headline", Static).update(headline(sending))
        self.query_one("#outcome-words", Static).update(explanation(sending))
        self.query_one("#outcome-facts", Static).update(facts(sending, name_of=partial(name_address, self._session)))
        called_for = {"why"} if send_calls_for_why(sending, self._session.clock()) else set[str]()
        self.screen.query_one(KeyBar).suggested = frozenset(called_for)
        self.refresh_bindings()

    # -- what can be done ----------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        possible, sending = _POSSIBLE.get(action), self.sending
        if possible is None:
            return True
        if sending is None or sending.stage not in possible:
            return False
        if action in _OVER_THE_FORM:
            return not sending.from_journal
        match action:
            case "send_again":
                return sending.whole and (sending.failed or not sending.stage.accepted)
            case "rewrite":
                return sending.failed if sending.stage.accepted else sending.from_journal
            case "open_message" | "copy_sid":
                return bool(sending.sid)
            case "media":
                return bool(sending.sid) and bool(sending.draft.media_urls or _has_media(sending.message))
            case "conversation":
                return bool(sending.draft.to)
            case "why":
                return can_ask_about_send(sending)
            case "watch_on":
                return sending.message is not None and not sending.message.final
            case _:
                return True

    def action_new_message(self) -> None:
        self.post_message(self.Done())

    def action_done(self) -> None:
        """As `new_message`, by the key that leads back everywhere; the keys of the header work there."""
        self.post_message(self.Done(to_write=False))

    def action_write_on(self) -> None:
        self.post_message(self.Done())

    def action_open_message(self) -> None:
        if self.sending:
            self.post_message(OpenMessage(self.sending.sid))

    def action_conversation(self) -> None:
        if self.sending:
            self.post_message(OpenConversation(self.sending.draft.to))

    def action_copy_sid(self) -> None:
        if self.sending:
            copy_text(self, self.sending.sid, "the SID", "mark it here, with shift and the mouse")

    def action_media(self) -> None:
        from tui.screens.media_dialog import open_media_dialog

        screen = self.screen
        if self.account and self.sending and isinstance(screen, BaseScreen):
            open_media_dialog(screen, self.sending.sid, self.account)

    def action_why(self) -> None:
        screen, sending = self.screen, self.sending
        if sending is not None and isinstance(screen, BaseScreen):
            screen.work(partial(ask_why_of_send, screen, sending), group="why", exclusive=True, asks=True)

    def action_watch_on(self) -> None:
        if self.account and self.sending:
            self._session.run(self.account.sends.follow(self.sending))

    def action_send_again(self) -> None:
        if self.account and self.sending:
            self.post_message(self.Rewrite(self.account, prefill_of(self.sending), review=True))

    def action_rewrite(self) -> None:
        if self.account and self.sending:
            self.post_message(self.Rewrite(self.account, prefill_of(self.sending)))

    def action_check_again(self) -> None:
        if self.account and self.sending:
            self._session.check_send(self.account, self.sending)

    def action_send_anyway(self) -> None:
        """Send it as a new message, after a warning; what comes from the journal is looked at in the form first."""
        sending, account = self.sending, self.account
        if sending is None or account is None:
            return

        def answered(yes: bool | None) -> None:
            if yes and self.sending and self.sending.stage.unknown:
                in_the_form = self.Rewrite(account, prefill_of(sending))
                self.post_message(in_the_form if sending.from_journal else self.Again(account, sending.draft))

        words = (
            f"The first attempt to {safe_text(sending.draft.to, limit=40)} may have arrived. "
            "If it did, the recipient gets the same text twice, and both are charged."
        )
        if sending.from_journal:
            words += " It goes into the form first, to be looked at."
        yes = "Into the form" if sending.from_journal else "Send anyway"
        self.app.push_screen(Confirm("Send it anyway?", words, yes=yes, no="Do not send"), answered)

    def action_mark_sent(self) -> None:
        """Settle it by the person's own knowledge, after asking."""
        sending, account = self.sending, self.account
        if sending is None or account is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._session.run(account.sends.mark_as_sent(sending))

        words = "Do this when you know that it arrived. The draft is cleared then."
        self.app.push_screen(Confirm("Mark it as sent?", words, yes="It was sent", no="Back"), answered)
