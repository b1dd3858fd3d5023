"""Compose: write a message, review it, send it once, and see what became of it.

Wiring between the form, the review, the outcome and the session; each of them knows its own part.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from tui.actions import COMPOSE, bindings
from tui.keymap import key_of, name_keys
from tui.safe_text import safe_text
from tui.screens.base import (
    BaseScreen,
    DraftPrefill,
    Navigate,
    OpenCampaign,
    OpenCompose,
    OpenJob,
    OpenMessage,
    OpenSend,
)
from tui.screens.campaign.opening import open_campaign
from tui.screens.campaign.seed import CampaignSeed, seed_of
from tui.screens.compose.form import DraftForm
from tui.screens.compose.outbox import OutboxScreen
from tui.screens.compose.outcome import Outcome
from tui.screens.compose.recipients import RecipientField, Recipients, as_reviewed, learn_recipients, named_recipients
from tui.screens.compose.senders import Addressing
from tui.screens.jobs.opening import show_jobs
from tui.screens.sending.cautions import Cautions
from tui.screens.sending.draft import (
    Addressed,
    DraftAutosave,
    DraftFields,
    SavedDrafts,
    read_draft,
    typed_of,
    unspent,
)
from tui.screens.sending.outcome_text import in_brief, say_unknown
from tui.screens.sending.review import SentBefore, find_sent_before, say_sent_before
from tui.screens.sending.reviewed_send import ReviewedSend, SpendDraft
from tui.services.send_outcome import to_the_end
from tui.services.send_state import SendState
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.storage.errors import StorageError
from tui.storage.journal_entry import JournalEntry
from tui.textual_fixes.one_shot import OneShot
from tui.textual_fixes.worker_errors import WorkerFailed
from tui.theme import TONES
from tui.twilio.addresses import is_sid
from tui.twilio.drafts import Draft
from tui.twilio.errors import InvalidRequest, RequestFailed
from tui.widgets.dialogs import Choice, Choose, Confirm
from tui.widgets.meter import is_sms
from tui.widgets.thread_pane import ThreadPane, Wanted
from tui.widgets.thread_view import ThreadView

if TYPE_CHECKING:
    from tui.screens.sending.templates import ChooseTemplate

T = TypeVar("T")

SAVE_AFTER = 0.5
"""Seconds without a change before a draft is written to disk."""

MINUTE = 60.0
"""Seconds after which what is said of times is said anew."""

SHOWN = 60
"""Characters of a draft that a question about it shows."""

View = Literal["nowhere", "form", "outcome"]

_IN_THE_FORM = frozenset(
    {
        "send",
        "choose_sender",
        "choose_template",
        "plain",
        "more",
        "swap",
        "clear",
        "resume",
        "receive",
        "edit",
        "to_many",
    }
)


class Banner(Static):
    """A line that is there only when it has something to say. Mouse: a click does what it offers."""

    def __init__(self, action: str) -> None:
        super().__init__("", id="banner", markup=False)
        self._action = action
        self._said: str | None = None

    def on_mount(self) -> None:
        self.say("")

    def say(self, words: str) -> None:
        """Show a sentence (already safe to show), or nothing."""
        if words == self._said:
            return
        self._said = words
        self.display = bool(words)
        self.update(
            Content.assemble((words, TONES["warn"]), (f"  {key_of('compose.outbox')}: outbox", "$quiet"))
            if words
            else ""
        )

    async def on_click(self, event: events.Click) -> None:
        event.stop()
        await self.screen.run_action(self._action)


class ComposeScreen(BaseScreen):
    """The form, or the outcome of the last send in its place."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    CSS_PATH = ["compose.tcss", "outcome.tcss"]
    PLACE = "compose"
    HELP_TEXT = (
        "Fill in From, To and the text, then review with {compose.send}. Nothing leaves before you say yes there.\n"
        "To takes a number or a whole name, and lists whom it may mean: ↓ ↑ choose, enter or tab takes, esc closes the "
        "list. Nobody is taken that you did not choose.\n"
        "A number in national form is read with the sender's country; how it was read stands under it.\n"
        "The line under the text tells what it costs: one character outside GSM-7 makes every segment shorter. "
        "{compose.plain} replaces those that have a plain equivalent. The cost is Twilio's list price for the "
        "recipient's country, for SMS only, without carrier fees.\n"
        "Under To stands what may keep it from arriving: a channel that does not fit ({compose.choose_sender} puts it "
        "right), STOP, WhatsApp's 24 hours; as far as the messages kept here tell.\n"
        "Send at (under {compose.more}) takes tomorrow 9:00, mon 17:30, 9pm, +2h or 4 dec 9:00, in your own time zone. "
        "Under it stands how that is read, and the recipient's time where the number tells it.\n"
        "Content (under {compose.more}) takes a content template in place of the text: {compose.choose_template} lists "
        "the account's, with what WhatsApp said to them. Each variable is a line of its own; for an empty one Twilio "
        "sends the template's sample.\n"
        "{outcome.why} asks Twilio why a message did not arrive. What was not delivered {outcome.send_again} sends "
        "again, after the review, and {outcome.rewrite} puts into the form; a draft that stands there is put aside, if "
        "you say so.\n"
        "{compose.to_many} writes to many: each row of a file, or each line pasted, gets one message.\n"
        "What you type is kept for each connection, also when you leave; the sandbox keeps it until tuilio ends."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(COMPOSE)]

    _autosave: DraftAutosave | None = None
    _addressing: Addressing | None = None
    _cautions: Cautions | None = None
    _save_timer: OneShot | None = None
    _view: View = "nowhere"
    _aside: DraftFields = DraftFields()
    _unknown_sends: tuple[JournalEntry, ...] = ()
    _spent: frozenset[tuple[bool, int]] = frozenset()
    _prefill: tuple[DraftPrefill, str, bool] | None = None
    _sent_before: tuple[SentBefore, ...] = ()
    _repeated: DraftPrefill | None = None
    _asked_for: Account | None = None
    _reviewed: Addressed | None = None
    """How names were read for what was sent last: they may be other people's by the time it is accepted."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._disk = asyncio.Lock()
        self._sending = ReviewedSend(self, self)

    def content(self) -> ComposeResult:
        yield Static("", id="nowhere", markup=False)
        yield Banner("outbox")
        with Horizontal(id="beside"):
            yield DraftForm()
            yield Outcome(self.session)
            yield ThreadPane(self.session)

    @property
    def _form(self) -> DraftForm:
        return self.query_one(DraftForm)

    @property
    def _outcome(self) -> Outcome:
        return self.query_one(Outcome)

    @property
    def _receiver_url(self) -> str:
        """Where statuses would arrive; empty while no receiver is running that Twilio can reach."""
        receiving = self.session.receiving_so_far
        return receiving.callback_url if receiving is not None and self.session.account is not None else ""

    # -- whose draft it is ---------------------------------------------------------------------------

    def account_changed(self, account: Account | None) -> None:
        earlier = self._autosave
        if earlier is not None:
            if earlier.account is account:
                return
            earlier.note(self._drafts())
        self._autosave = self._addressing = self._cautions = None
        self._unknown_sends, self._aside, self._prefill, self._sent_before = (), DraftFields(), None, ()
        self._reviewed = self._repeated = None
        self._outcome.forget()
        self.query_one(ThreadPane).clear()
        self._form.recipients = Recipients()
        self._form.forget_known()
        self._form.fill(DraftFields())
        self.query_one("#nowhere", Static).update(explain_no_account(self.session))
        self._show("nowhere")
        if earlier is not None or account is not None:
            self.session.run(self._change_drafts(earlier, account))

    async def _change_drafts(self, earlier: DraftAutosave | None, account: Account | None) -> None:
        """Save one account's draft and then read the other's: it may be the same one."""

        def change() -> tuple[DraftAutosave | None, tuple[SentBefore, ...]]:
            if earlier is not None:
                earlier.save()
            if account is None:
                return None, ()
            autosave = DraftAutosave(account, self._unsaved)
            kept = SavedDrafts(people.addressed(autosave.kept.draft), people.addressed(autosave.kept.aside))
            return autosave, find_sent_before(account, kept, self.session.clock())

        # What is kept may be addressed by name.
        await self.session.contacts.read()
        people = named_recipients(self.session)
        autosave, sent_before = await self._on_disk(change)
        if autosave is None or account is None or account is not self.session.account or not self.is_mounted:
            return
        kept = autosave.kept
        self._aside, self._sent_before = kept.aside, sent_before
        self._form.recipients = people
        self._form.fill(kept.draft)
        form = self._form
        self._cautions = Cautions(
            account,
            self.session,
            read=lambda: form.addressed,
            show=form.caution,
            is_typed=lambda: form.is_in("to"),
            cure=name_keys("{compose.choose_sender} puts it right."),
            pick=name_keys("{compose.choose_template} picks one."),
        )
        form.cost_of = self._cautions.cost
        self._addressing = Addressing(self._form, account, self._cautions)
        self._addressing.note_sender()
        self._addressing.note_send_at(self.session.clock())
        self._autosave = autosave
        self._heed_addresses()
        self._form.offer_callback(self._receiver_url)
        self._form.know_templates(account.templates)
        self._learn_templates(account)
        self._show("form")
        self.work(partial(self._learn_senders, self._addressing), group="senders", exclusive=True)
        self._learn_recipients()
        self.work(partial(self._find_unknown_sends, account), group="unknown sends", exclusive=True)
        if (wanted := self._prefill) is not None:
            self._prefill = None
            seed, came_from, review = wanted
            self.begin(seed, came_from, review=review)

    async def _learn_senders(self, addressing: Addressing) -> None:
        await addressing.prepare()
        # It may have been drawn before it was known what the account calls its numbers.
        self.query_one(ThreadPane).redraw()

    def is_still(self, account: Account) -> bool:
        """Whether this account's draft stands in the form: another may be opened while a question is open."""
        kept = self._autosave
        return kept is not None and kept.account is account and account is self.session.account

    async def _on_disk(self, work: Callable[[], T]) -> T:
        """Do what waits for the disk or for another tuilio: in a thread, each after the one before, to its end."""
        async with self._disk:
            return await to_the_end(work)

    def on_mount(self) -> None:
        self.set_interval(MINUTE, self._minute_passed)

    def _minute_passed(self) -> None:
        """What is said of times grows old while nobody types."""
        if self._view == "form" and self.is_on_top and self._addressing is not None and self._cautions is not None:
            self._addressing.note_send_at(self.session.clock())
            self._cautions.say()

    def navigated(self, request: Navigate) -> None:
        """A reply, a message sent again, or the outbox; the outbox stays for whoever comes back to it."""
        begins = isinstance(request, OpenCompose) or request.then in ("outbox", "to_many")
        if begins and isinstance(self.app.screen, OutboxScreen):
            self.app.screen.dismiss()
        if isinstance(request, OpenCompose):
            self.begin(request.seed, request.came_from, review=request.then == "review")
        elif isinstance(request, OpenCampaign):
            self.work(partial(open_campaign, self, seed_of(request, self.session.clock())), group="to many", asks=True)
        elif request.then == "to_many":
            self.action_to_many()
        elif isinstance(request, OpenJob):
            show_jobs(self, request)
        elif isinstance(request, OpenSend):
            self.app.push_screen(OutboxScreen(self.session, shown=request.entry))
        elif request.then == "outbox":
            self.app.push_screen(OutboxScreen(self.session, back_to="messages"))

    def begin(self, seed: DraftPrefill, came_from: str = "", *, review: bool = False) -> None:
        """Start a draft, and with `review` ask for its sending; one that is there is never replaced without asking.

        Whoever would rather not goes back to the place they came from.
        """
        self._repeated = seed
        if self._autosave is None:
            if self.session.account is not None:
                self._prefill = seed, came_from, review  # The kept draft is being read.
            else:
                self.notify("There is no connection to write with yet.", severity="warning", markup=False)
            return
        typed, now = self._form.typed, self.session.clock()
        present = DraftFields(
            seed.to, seed.from_ or self._usual, seed.body, "\n".join(seed.media), **typed_of(seed.options, now)
        )
        if typed.blank or typed == present:
            self._start(present, review=review)
        elif read_draft(self.typed, now=now).draft == read_draft(present, now=now).draft:
            # The same, as the person wrote it.
            self._start(typed, review=review)
        elif not isinstance(self.app.screen, Choose):
            answered = partial(self._begin_answered, self._autosave.account, present, came_from, review)
            self.app.push_screen(ask_to_replace(self._drafts()), answered)

    def _begin_answered(
        self, account: Account, present: DraftFields, came_from: str, review: bool, answer: str | None
    ) -> None:
        if not self.is_still(account):
            words = "Another connection was opened meanwhile: nothing was begun, and its draft is as it was."
            self.notify(words, severity="warning", markup=False)
            return
        if answer == "aside":
            self._aside = self._form.typed
        if answer in ("aside", "replace"):
            self._start(present, review=review)
            return
        self._show("form")
        if answer is None and came_from not in ("", self.PLACE):
            self.post_message(Navigate(came_from))

    def _start(self, typed: DraftFields, *, review: bool = False) -> None:
        self._form.fill(typed)
        if self._addressing is not None:
            self._addressing.note_both()
        # Until the review stands there, a key that repeats would be typed into what is to be sent.
        self._show("form", to_write=not review)
        self._typed_changed()
        if review:
            self.action_send()

    async def put_away(self, within: float | None = None) -> None:
        """Write what is typed, or find out that it cannot be written."""
        if self._autosave is not None and self._autosave.note(self._drafts()):
            # What is begun is waited for when the program ends, and goes on when nobody waits here any more.
            await asyncio.wait({self.session.run(self._on_disk(self._autosave.save))}, timeout=within)

    def unsaved_warning(self) -> str:
        """What becomes of an unsent draft."""
        return self._autosave.unsaved_warning(self._drafts()) if self._autosave is not None else ""

    # -- keeping what is typed -----------------------------------------------------------------------

    @property
    def _usual(self) -> str:
        return self._addressing.usual if self._addressing else ""

    def _drafts(self) -> SavedDrafts:
        if not self._form.is_attached:
            # The program ends, which may come before the last that is told of the form.
            return SavedDrafts() if self._autosave is None else self._autosave.noted
        typed = self._form.typed
        # A sender that was filled in by itself is not worth keeping.
        return SavedDrafts(DraftFields() if typed.blank and typed.from_.strip() == self._usual else typed, self._aside)

    @on(DraftForm.Changed)
    def _typed_changed(self) -> None:
        if self._addressing is not None:
            self._addressing.note_send_at(self.session.clock())
        self._heed_addresses()
        if self._autosave is None:
            return
        self._learn_templates(self._autosave.account)
        if self._sent_before:
            self._update_banner()
        if self._save_timer is not None:
            self._save_timer.stop()
        if self._autosave.note(self._drafts()):
            self._save_timer = OneShot(self, SAVE_AFTER, self._save_soon)

    def _heed_addresses(self) -> None:
        """Say what is known of sender and recipient, and ask where they are others than before."""
        if self._cautions is None:
            return
        moved = self._cautions.moved()
        self._cautions.say()
        if moved:
            self._form.measure()
            self._learn_standing()

    def _learn_standing(self) -> None:
        if self._cautions is not None:
            self.work(self._cautions.learn, group="standing", exclusive=True)
            self.query_one(ThreadPane).follow(self._wanted_thread)

    def _wanted_thread(self) -> Wanted:
        account, cautions = self.session.account, self._cautions
        return (account.archive, cautions.recipient, None) if account is not None and cautions else (None, "", None)

    @on(ThreadView.Opened)
    def _message_chosen(self, event: ThreadView.Opened) -> None:
        self.post_message(OpenMessage(event.message.sid))

    def _unsaved(self, problem: StorageError) -> None:
        self.post_message(WorkerFailed(problem))  # May come from a thread; posting is safe from there.

    def _save_soon(self) -> None:
        if self._autosave is not None:
            self.session.run(self._on_disk(self._autosave.save))

    async def on_unmount(self) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # Textual awaits either
        if self._autosave is not None:
            await self._on_disk(self._autosave.save)

    # -- the fields ----------------------------------------------------------------------------------

    @on(DraftForm.Left)
    def _field_left(self, message: DraftForm.Left) -> None:
        if self._addressing is not None:
            self._addressing.field_left(message.field, self.session.clock())
        if self._cautions is not None and message.field in ("to", "from_"):
            self._cautions.say()
            self._form.measure()

    @on(DraftForm.Entered)
    def _field_entered(self, message: DraftForm.Entered) -> None:
        if message.field == "to":
            self._learn_recipients()

    def _learn_recipients(self) -> None:
        if self.session.account is not None:
            self.work(partial(self._take_recipients, self.session.account), group="people", exclusive=True)

    async def _take_recipients(self, account: Account) -> None:
        people = await learn_recipients(self.session)
        if self.is_still(account) and self._addressing is not None:
            self._addressing.take_recipients(people)
            self._heed_addresses()

    @on(DraftForm.SendersWanted)
    def action_choose_sender(self) -> None:
        if self.session.account is not None:
            self.work(partial(self._choose_sender, self.session.account), group="chooser", exclusive=True, asks=True)

    async def _choose_sender(self, account: Account) -> None:
        addressing = self._addressing
        question = await addressing.ask_sender() if addressing else None
        if question is not None and account is self.session.account and self.is_on_top:
            self.app.push_screen(question, partial(self._sender_chosen, account))

    def _sender_chosen(self, account: Account, address: str | None) -> None:
        if address is not None and self._addressing is not None and self.is_still(account):
            self._addressing.take_sender(address)
            self._form.enter("to" if not self._form.typed.to.strip() else "body")

    @on(DraftForm.TemplatesWanted)
    def action_choose_template(self) -> None:
        account, typed = self.session.account, self._form.addressed
        if account is None or not self.is_still(account):
            return
        from tui.screens.sending.templates import ChooseTemplate

        def ask(again: bool) -> None:
            self.work(partial(self._list_templates, account, dialog, again=again), group="templates", exclusive=True)

        dialog = ChooseTemplate(ask, at=typed.content_sid.strip(), sms=is_sms(typed.to, typed.from_))
        self.app.push_screen(dialog, partial(self._template_chosen, account))

    def _template_chosen(self, account: Account, sid: str | None) -> None:
        if sid is not None and self.is_still(account):
            self._form.choose_template(sid)

    def _learn_templates(self, account: Account) -> None:
        """Ask for the account's templates, once, where the draft names one."""
        named = is_sid(self._form.typed.content_sid.strip(), "HX")
        if named and account.templates is None and self._asked_for is not account:
            self._asked_for = account
            self.work(partial(self._list_templates, account), group="templates", exclusive=True)

    async def _list_templates(
        self, account: Account, dialog: ChooseTemplate | None = None, *, again: bool = False
    ) -> None:
        try:
            templates = await account.load_templates(again=again)
        except RequestFailed as problem:
            if dialog is not None:
                dialog.fail(problem)
            elif self.is_still(account):
                self._form.say_unlisted(problem)
            return
        if self.is_still(account):
            self._form.know_templates(templates)
        if dialog is not None:
            dialog.show(templates)

    def action_plain(self) -> None:
        self._form.make_plain()

    def action_edit(self) -> None:
        self.work(partial(self._form.edit_outside, self.session.environ), group="outside", exclusive=True)

    def action_more(self) -> None:
        self._form.open_more(not self._form.more_open)
        if self._form.more_open:
            self._form.enter("media")

    def action_receive(self) -> None:
        if url := self._receiver_url:
            self._form.fill_callback(url)

    def action_clear(self) -> None:
        """Start over, after asking."""
        account = self.session.account
        if account is None or self._form.typed.blank:
            return

        def answered(yes: bool | None) -> None:
            if yes and self.is_still(account):
                self._start(DraftFields(from_=self._usual))

        question = Confirm("Clear the draft?", "Everything typed here is lost.", yes="Clear", no="Keep")
        self.app.push_screen(question, answered)

    def action_to_many(self, lines: str = "") -> None:
        """Write to many, beginning with what is typed here; and with these lines as the recipients."""
        typed = replace(self._form.typed, to="", callback="", validity="") if self._autosave else DraftFields()
        self.work(partial(open_campaign, self, CampaignSeed(lines=lines, typed=typed)), group="to many", asks=True)

    @on(RecipientField.ManyPasted)
    def _many_pasted(self, message: RecipientField.ManyPasted) -> None:
        """Offer to write to all of them: a message here goes to one."""
        if (account := self.session.account) is None:
            return

        def answered(yes: bool | None) -> None:
            if yes and self.is_still(account):
                self.action_to_many(message.text)

        words = "A message here goes to one recipient, and none of those pasted was taken."
        question = Confirm(f"Write to all {message.count:,}?", words, yes="Write to all", no="Back, paste one of them")
        self.app.push_screen(question, answered)

    def action_swap(self) -> None:
        typed, self._aside = self._aside, self._drafts().draft
        self._start(typed)

    def action_back(self) -> None:
        if self._view == "form" and self.focused is not None:
            self.set_focus(None)
        else:
            self.post_message(Navigate("messages"))

    def action_resume(self) -> None:
        self._form.enter_first_empty()

    # -- review and send -----------------------------------------------------------------------------

    def action_send(self) -> None:
        if (account := self.session.account) is not None:
            self._sending.review(account)

    @property
    def typed(self) -> DraftFields:
        """What stands in the form, addressed."""
        return self._form.addressed

    def label_of(self, sender: str) -> str:
        """As `MessageForm.label_of`."""
        return self._addressing.label_of(sender) if self._addressing else ""

    @property
    def sent_before(self) -> tuple[JournalEntry, ...]:
        """The sends that what was kept here may have been."""
        return tuple(each.entry for each in self._sent_before)

    def failed_with(self, draft: Draft) -> int | None:
        """As `MessageForm.failed_with`."""
        before = self._repeated
        same = before is not None and (before.to, before.from_, before.body) == (draft.to, draft.from_, draft.body)
        return before.failed_with if before is not None and same else None

    def refuse(self, words: str) -> None:
        """As `MessageForm.refuse`."""
        self._form.refuse(words)

    def show_problems(self, problems: tuple[InvalidRequest, ...]) -> None:
        """As `MessageForm.show_problems`."""
        self._form.show_problems(problems)

    def declined(self) -> None:
        """Back to the form from the review."""
        if self.focused is None and self.session.account is not None and self.is_still(self.session.account):
            self._form.enter_first_empty()

    def leaving(self, account: Account, sending: SendState) -> SpendDraft | None:
        """Show what becomes of it."""
        people = self._form.recipients
        # What is sent anyway was reviewed before, and something else may stand in the form.
        from_form = self._view == "form"
        self._reviewed = as_reviewed(self._form.typed.to, sending.draft.to, people) if from_form else people.addressed
        self._outcome.follow(account, sending)
        self._show("outcome")
        if self._autosave is None:
            return None
        self._autosave.note(self._drafts())
        self._save_soon()
        # What was sent is gone from the disk before the journal says so: it must never be offered anew.
        return partial(self._autosave.spend, now=self.session.clock(), addressed=self._reviewed)

    @on(Outcome.Again)
    def _again(self, message: Outcome.Again) -> None:
        self._sending.submit(message.account, message.draft)

    @on(Outcome.Rewrite)
    def _rewrite(self, message: Outcome.Rewrite) -> None:
        if message.account is self.session.account:
            self.begin(message.seed, review=message.review)

    # -- what became of it ---------------------------------------------------------------------------

    def session_changed(self, event: SessionEvent) -> None:
        """Follow sends; a draft is given up only when it was accepted."""
        if event.what is EventType.ACCOUNT and self.session.account is None:
            self.query_one("#nowhere", Static).update(explain_no_account(self.session))
        if event.what is EventType.NAMES:
            self._learn_recipients()
        if event.what is EventType.PRICES and event.account is self.session.account:
            self._form.measure()
        self.query_one(ThreadPane).take(event)
        if event.what is EventType.ARCHIVE:
            self._learn_standing()
            # A history that was empty when the form was opened.
            if not self._form.recipients.knows_recent:
                self._learn_recipients()
        if event.what is EventType.WEBHOOKS and event.batch is None:
            self._form.offer_callback(self._receiver_url)
            self.refresh_bindings()
        if event.account and event.sending:
            if event.sending.stage.accepted and event.sending.entry is not None:
                self._spend(event.account, event.sending.entry)
            if event.account is self.session.account and not event.sending.stage.under_way:
                self.work(partial(self._find_unknown_sends, event.account), group="unknown sends", exclusive=True)
        if event.account is self.session.account and self._outcome.take_event(event):
            self._update_banner()

    def _spend(self, account: Account, entry: JournalEntry) -> None:
        mark = account.sandbox, entry.id
        if mark in self._spent:
            return
        self._spent = self._spent | {mark}
        now = self.session.clock()
        if self._autosave is None or not self._autosave.keeps_for(account):
            self.session.run(self._on_disk(lambda: DraftAutosave(account, self._unsaved).spend(entry, now)))
            return
        if self._addressing is not None:
            self._addressing.usual = entry.sender
        addressed, typed = self._reviewed or self._form.recipients.addressed, self._form.typed
        self._aside = unspent(self._aside, entry, now, addressed)
        if (rest := unspent(typed, entry, now, addressed)) != typed:
            self._form.fill(rest)
            if self._addressing is not None:
                self._addressing.note_sender()
            self._heed_addresses()
        if self._autosave.note(self._drafts()):
            self._save_soon()

    @on(Outcome.Done)
    def _outcome_done(self, message: Outcome.Done) -> None:
        sending = self._outcome.sending
        if sending is not None and sending.stage.accepted:
            self._outcome.forget()
        self._show("form", to_write=message.to_write)

    def action_outbox(self) -> None:
        """Show what was sent from here; the cursor stands on the send that was just made."""
        sending = self._outcome.sending
        entry = sending.entry if sending is not None else None
        if sending is not None and entry is None and self._view == "form":
            # It never came into the journal.
            self._show("outcome")
            return
        self.app.push_screen(OutboxScreen(self.session, at=entry.id if entry is not None else None))

    def on_screen_resume(self) -> None:
        if self._view == "form" and self.focused is None:
            # Textual would take the first field, so that what is typed next takes the sender's place.
            self._form.enter_first_empty()
        if (account := self.session.account) is not None:
            self.work(partial(self._find_unknown_sends, account), group="unknown sends", exclusive=True)

    async def _find_unknown_sends(self, account: Account) -> None:
        found: tuple[JournalEntry, ...] = ()
        # Sending says what is wrong with the journal.
        with suppress(StorageError):
            found = await asyncio.to_thread(account.outbox.unknown, account.client.account_sid)
        if account is self.session.account:
            self._unknown_sends = found
            self._update_banner()

    # -- what is shown -------------------------------------------------------------------------------

    def _show(self, view: View, *, to_write: bool = True) -> None:
        self._view = view
        if not to_write:
            # Before what has it is hidden: Textual would hand it on to the next field.
            self.set_focus(None)
        self.query_one("#nowhere").display = view == "nowhere"
        self._form.display = view == "form"
        # Coming to a place, Textual gives the focus even to a hidden field; it passes by a disabled one only.
        self._form.disabled = view == "nowhere"
        self._outcome.display = view == "outcome"
        # With what was said before, while one writes. Nothing else hangs on it, so nothing else is styled again.
        self.set_class(view == "form", "-writing", update=False)
        self.query_one(ThreadPane).update_node_styles()
        if view == "outcome":
            self._outcome.focus()
        elif view == "form" and to_write:
            self._form.enter_first_empty()
        self._update_banner()

    def _update_banner(self) -> None:
        words, sending = "", self._outcome.sending
        if self._view == "form":
            words = (
                in_brief(sending)
                if sending is not None
                else say_sent_before(self._sent_before, self.typed, self.session.clock())
                or say_unknown(self._unknown_sends)
            )
        self.query_one(Banner).say(words)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in _IN_THE_FORM and self._view != "form":
            return False
        match action:
            case "swap":
                return not self._aside.blank
            case "resume":
                return self.focused is None
            case "receive":
                return bool(self._receiver_url)
            case _:
                return True


def explain_no_account(session: Session) -> Content:
    """Why there is no form: an account is being opened, could not be opened, or was never chosen."""
    if session.account is not None and not session.opening:
        return Content.styled("Reading the draft …", "$quiet")
    if session.opening:
        return Content.styled(f"Opening {safe_text(session.opening, limit=40)} …", "$quiet")
    keys = Content.styled(
        name_keys(
            "{everywhere.switch_connection} chooses a connection, {everywhere.connections_anywhere} shows them all."
        ),
        "$quiet",
    )
    if session.trouble is not None:
        trouble = Content.styled(safe_text(session.refusal, limit=400), TONES["bad"])
        return Content("\n\n").join([trouble, keys])
    return Content("\n\n").join([Content("No connection is in use, so nothing can be sent."), keys])


def ask_to_replace(drafts: SavedDrafts) -> Choose:
    """A new draft is wanted where one is already; answers `aside`, `replace` or `stay`."""
    earlier = "" if drafts.aside.blank else "the one put aside before is lost"
    text = drafts.draft.body or drafts.draft.to or "without a text"
    more = f" and {len(text) - SHOWN:,} more characters" if len(text) > SHOWN else ""
    return Choose(
        "There is a draft already",
        [
            Choice("aside", name_keys("Put it aside; {compose.swap} brings it back"), earlier),
            Choice("replace", "Replace it", "what is typed is lost", "warn"),
            Choice("stay", "Keep writing it", "nothing new is begun"),
        ],
        f"“{safe_text(text[:SHOWN], limit=None)}{'…' if more else ''}”{more}",
    )
