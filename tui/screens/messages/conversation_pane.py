"""The conversation with one person: who it is, the thread, and the reply under it, from its draft to its send.

Knows one person at a time, not the list they are chosen from.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.archive.conversations import without_channel
from tui.archive.coverage import Span
from tui.keymap import name_keys
from tui.safe_text import safe_text
from tui.screens.messages.reply import Reply, ReplyAddresses, address_to
from tui.screens.sending.cautions import Cautions, no_cost
from tui.screens.sending.draft import DraftFields
from tui.screens.sending.outcome_text import headline, say_problem
from tui.screens.sending.review import LOOKED_THROUGH
from tui.screens.sending.reviewed_send import ReviewedSend, SpendDraft
from tui.screens.sending.sender_choices import name_of_sender, sender_choices
from tui.services.account import Account, SessionEvent
from tui.services.reply_drafts import ReplyDraft, ReplyDrafts
from tui.services.send_state import SendStage, SendState
from tui.storage.errors import StorageError
from tui.storage.journal_entry import JournalEntry
from tui.textual_fixes.one_shot import OneShot
from tui.theme import Tone
from tui.twilio.errors import InvalidRequest, RequestFailed
from tui.widgets.address_names import name_address, name_and_number
from tui.widgets.dialogs import Choose
from tui.widgets.thread_view import ThreadView

if TYPE_CHECKING:
    from tui.archive.conversations import Conversation
    from tui.archive.sync import ServerSearch
    from tui.screens.base import BaseScreen
    from tui.services.message_archive import MessageArchive
    from tui.twilio.drafts import Draft
    from tui.twilio.messages import Message

SAVE_AFTER: Final = 0.5
"""Seconds without a change before a reply is written to disk."""


class ConversationPane(Vertical, can_focus=False):
    """One conversation. Holds the text that is sent: a `MessageForm`.

    Args:
        place: the screen it is on.

    Attributes:
        thread: all messages with the person.
        reply: what is written to them.
        number: whose it is; empty for nobody's.
        conversation: what the archive says of that person; None where nothing is kept, or it is not read yet.
    """

    def __init__(self, place: BaseScreen) -> None:
        super().__init__(id="detail")
        self._place, self._session = place, place.session
        self.thread = ThreadView(now=self._session.clock, id="thread")
        self.thread.names = partial(name_address, self._session)
        self.thread.how_older = self._how_older
        self.reply = Reply()
        self.number = ""
        self.conversation: Conversation | None = None
        self._address = self._sender = ""
        self._account: Account | None = None
        self._replies: ReplyDrafts | None = None
        self._filled = False
        """Whether the draft of this person stands in the field."""
        self._noted = ReplyDraft()
        """What was put into the field, or noted from it, last."""
        self._reviewed = ""
        """Whose reply is being reviewed."""
        self._sends: dict[str, SendState] = {}
        """The newest send to each person that was made here and is not accepted."""
        self._unknown: tuple[JournalEntry, ...] = ()
        self._sent_same: tuple[JournalEntry, ...] = ()
        """Sends of what was kept as the reply of this person: it may be there because nobody could clear it."""
        self._older: tuple[ServerSearch, int] | None = None
        """Twilio's search for what is not loaded of the conversation, and the last second it is asked for."""
        self._older_said = ""
        self._asking_older: tuple[MessageArchive, str] | None = None
        self._save_timer: OneShot | None = None
        self._sending = ReviewedSend(place, self)
        self._cautions: Cautions | None = None
        self._ready = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield Static("", id="with", markup=False)
        yield self.thread
        yield self.reply

    @property
    def writes(self) -> bool:
        """Whether the cursor stands in the reply."""
        return self.reply.field.has_focus

    @property
    def can_write(self) -> bool:
        """Whether there is somebody to write to, and the text is not being sent."""
        return self._filled and not self.reply.field.read_only

    # -- whose it is ---------------------------------------------------------------------------------

    def follow_account(self, account: Account | None) -> None:
        """Nothing of another account may stay."""
        if account is not self._account:
            self.put_away()
            # The text is of the account before: it is not kept with this one.
            self._filled = False
            self._account, self._replies = account, account.replies if account is not None else None
            self._sends, self._unknown = {}, ()
            self._cautions = self._cautions_for(account) if account is not None else None
            self.reply.cost_of = self._cautions.cost if self._cautions is not None else no_cost
            self.reply.caution([])
            self._begin(self._address if account is not None else "")

    def _cautions_for(self, account: Account) -> Cautions:
        return Cautions(account, self._session, read=lambda: self.reply.typed, show=self.reply.caution)

    def show(self, address: str, *, at: Message | None = None) -> None:
        """Show the conversation with this person; the one that is shown already stays as it is.

        It is shown from its end, or with the cursor on the message `at`.
        """
        if without_channel(address) != self.number:
            self.put_away()
            self._begin(address, at)

    def _begin(self, address: str, at: Message | None = None) -> None:
        """Empty the pane, and read the conversation with this person into it; nobody's for an empty address."""
        number = without_channel(address)
        self._ready.clear()
        self.number, self._address, self.conversation = number, address, None
        self._sender, self._filled, self._older, self._older_said = "", False, None, ""
        self._sent_same, self._asking_older = (), None
        self.reply.hold(False)
        self.reply.fill("")
        self.reply.display = False
        self.query_one("#with", Static).update("")
        self._place.work(partial(self._read, number, at), group="conversation", exclusive=True, asks=True)

    async def ready(self) -> None:
        """Wait until the draft of the person stands in the field."""
        await self._ready.wait()

    async def _read(self, number: str, at: Message | None) -> None:
        archive = self._session.archive
        if archive is None or not number:
            await self.thread.show(None, "")
            return
        conversation = await archive.conversation(number)
        if at is not None and conversation is not None and at.sid == conversation.last.sid:
            # The newest one is where it begins anyway, and follows what comes.
            at = None
        await self.thread.show(archive, number, at=at)
        draft = await self._replies.read(number) if self._replies is not None else ReplyDraft()
        if number != self.number:
            return
        self.conversation, self._sender, self._filled = conversation, draft.sender, self._replies is not None
        self.reply.display = self._filled
        self.reply.fill(draft.body)
        self._noted = draft
        self._describe()
        self._ready.set()
        self._place.refresh_bindings()
        if (account := self._account) is not None:
            self._find_unknown(account, kept=draft.body)
            if account.senders is None:
                await account.load_senders()
                self._describe()
                self.thread.redraw()

    async def look_again(self) -> None:
        """Read again what the archive says of the person."""
        number, archive = self.number, self._session.archive
        if archive is not None and number:
            # What came while the person was read may be missing in that.
            await self.ready()
            conversation = await archive.conversation(number)
            if number == self.number and self._filled and archive is self._session.archive:
                self.conversation = conversation
                self._describe()
                if self._cautions is not None:
                    await self._cautions.learn()

    def redraw_names(self) -> None:
        """Names are others by now."""
        self._describe()
        self.thread.redraw()

    def _describe(self) -> None:
        """Say who it is, and between which addresses a reply goes."""
        if not self.number:
            return
        usual = self.conversation.own if self.conversation is not None else ""
        address = self.conversation.to if self.conversation is not None else self._address
        sender = self._sender or usual
        names = (self._named(sender), self._named(usual))
        self.reply.go_between(ReplyAddresses(address_to(address, sender), sender, usual, names))
        if self._cautions is not None and self._cautions.moved():
            self._cautions.say()
            self.reply.measure()
            self._place.work(self._cautions.learn, group="standing", exclusive=True)
        count = self.thread.count
        messages = "no message yet" if not count else f"{count:,} message{'' if count == 1 else 's'}"
        if count and not self._older_said and (archive := self._session.archive) is not None and archive.more_to_load:
            messages += " loaded"
        more = f" · {self._older_said}" if self._older_said else ""
        who = Content.assemble((name_and_number(self._session, address), "bold"), (f" · {messages}{more}", "$quiet"))
        self.query_one("#with", Static).update(who)
        self._say_send()

    def _named(self, sender: str) -> str:
        account = self._account
        return name_of_sender(sender, account.senders) if account is not None else ""

    @on(ThreadView.Shown)
    def _thread_shown(self) -> None:
        self._describe()

    def _how_older(self) -> str:
        archive = self._session.archive
        return "↑ asks Twilio for more" if archive is not None and archive.status.connected else ""

    @on(ThreadView.OlderAsked)
    def _older_asked(self) -> None:
        archive, number = self._session.archive, self.number
        # A key held down asks once.
        if archive is not None and number and self._asking_older != (archive, number):
            self._asking_older = (archive, number)
            self._place.work(partial(self._read_older, archive, number), group="older", exclusive=True)

    async def _read_older(self, archive: MessageArchive, number: str) -> None:
        """Ask Twilio for what is not loaded of the conversation, from its newest gap down until something comes."""
        words = ""
        self._say_older(number, "asking Twilio for older ones …")
        try:
            words = await self._read_older_pages(archive, number)
        except RequestFailed as problem:
            words = f"older ones could not be read: {safe_text(problem.reason, limit=80)}"
        finally:
            if self._asking_older == (archive, number):
                self._asking_older = None
                self._say_older(number, words)

    async def _read_older_pages(self, archive: MessageArchive, number: str) -> str:
        """Read pages until a gap is closed or there are older messages; what is to be said then.

        Raises:
            RequestFailed: the next call goes on there.
        """
        thread, more = self.thread, True
        gap, began = thread.gap, thread.began
        if gap is None or began is None:
            return "there are no older ones"
        if self._older is None or gap.last > self._older[1]:
            search = _search_older(archive, number, gap.last)
            if search is None:
                return "Twilio cannot be asked for older ones now"
            self._older = (search, gap.last)
        search, last = self._older
        while more:
            more = await search.more()
            if self._asking_older != (archive, number) or self.number != number:
                break
            if search.back_to is not None and search.whole:
                first = int(search.back_to.timestamp())
                thread.note_searched(Span(min(first, last), last))
                if first <= gap.first or first < began:
                    break
        return "" if more else "there are no older ones"

    def _say_older(self, number: str, words: str) -> None:
        if number == self.number:
            self._older_said = words
            self._describe()

    # -- what is typed -------------------------------------------------------------------------------

    @on(Reply.Changed)
    def _typed_changed(self) -> None:
        self._note()
        if self._save_timer is not None:
            self._save_timer.stop()
        self._save_timer = OneShot(self, SAVE_AFTER, self._save)

    def _note(self) -> None:
        """Keep what was typed; what is as it was may have been sent from elsewhere, and is not kept anew."""
        typed = ReplyDraft(self.reply.body, self._sender)
        if self._replies is not None and self._filled and typed != self._noted:
            self._noted = typed
            self._replies.note(self.number, typed)

    def _save(self) -> None:
        if self._replies is not None:
            self._session.run(asyncio.to_thread(self._replies.save))

    def put_away(self) -> None:
        """Keep what is typed by now."""
        if self._filled:
            self._note()
            self._save()

    def on_unmount(self) -> None:
        self.put_away()

    def restore(self) -> None:
        """Show what is kept of the reply: it may have been sent from elsewhere."""
        if self._filled:
            self._place.work(partial(self._restore, self.number), group="restore", exclusive=True)

    async def _restore(self, number: str, sent: JournalEntry | None = None) -> None:
        if self._replies is None:
            return
        if sent is not None:
            await asyncio.to_thread(self._replies.spend, sent)
        draft = await self._replies.read(number)
        # What was typed since stays.
        if number == self.number and self._filled and draft.body != self.reply.body == self._noted.body:
            self._noted = ReplyDraft(draft.body, self._sender)
            self.reply.fill(draft.body)

    # -- from whom -----------------------------------------------------------------------------------

    def choose_sender(self) -> None:
        """Ask which of the account's senders it is from."""
        if self._account is not None and self.can_write:
            self._place.work(partial(self._choose_sender, self._account), group="chooser", exclusive=True, asks=True)

    async def _choose_sender(self, account: Account) -> None:
        number = self.number
        if account.senders is None:
            self.reply.say("Asking Twilio for the account's senders …", "busy")
        senders = await account.load_senders()
        if not self._writes_for(account) or number != self.number or not self._place.is_on_top:
            return
        self.reply.say("")
        if not senders.offered:
            why = safe_text(senders.problems[0].reason, limit=160) if senders.problems else "The account has none."
            self.reply.say(f"There is no sender to choose. {why}", "warn")
            return
        lines = sender_choices(senders.offered)
        at = next((n for n, line in enumerate(lines) if line.key == self.reply.addresses.sender), 0)

        def chosen(address: str | None) -> None:
            if address is not None and self._writes_for(account) and number == self.number:
                self._sender = "" if self.conversation and address == self.conversation.own else address
                self._note()
                self._save()
                self._describe()
                self.reply.field.focus()

        self.app.push_screen(Choose("Send from", lines, at=at), chosen)

    # -- review and send: what `MessageForm` asks for ---------------------------------------------------

    def review(self) -> None:
        """Ask for the sending of the reply; once, however often the key comes."""
        if self._account is not None and self.can_write:
            self._reviewed = self.number
            self._sending.review(self._account)

    @property
    def typed(self) -> DraftFields:
        """What stands in the reply."""
        return self.reply.typed

    def is_still(self, account: Account) -> bool:
        """Whether this account's reply stands in the field, and to the person for whom its review was asked."""
        return self._writes_for(account) and self.number == self._reviewed

    def _writes_for(self, account: Account) -> bool:
        return account is self._account is self._session.account and self.can_write

    def label_of(self, sender: str) -> str:
        """As `MessageForm.label_of`."""
        return self._named(sender)

    @property
    def sent_before(self) -> tuple[JournalEntry, ...]:
        """Those of which nobody knows whether they happened, and those that what was kept here may have been."""
        return (*self._unknown, *self._sent_same)

    def failed_with(self, draft: Draft) -> int | None:
        """As `MessageForm.failed_with`: a reply is a new text."""
        return None

    def refuse(self, words: str) -> None:
        """As `MessageForm.refuse`."""
        self.reply.say(words, "bad")

    def show_problems(self, problems: tuple[InvalidRequest, ...]) -> None:
        """As `MessageForm.show_problems`."""
        whom = self.reply.addresses.to
        # Nobody can write this address in another way: it is the one they have.
        said = (f"{whom} cannot be answered. {each.reason}" if each.field == "To" else str(each) for each in problems)
        self.reply.say(" ".join(safe_text(words, limit=240) for words in said), "bad")
        self.reply.field.focus()

    def declined(self) -> None:
        """Back in the field."""
        self.reply.field.focus()

    def leaving(self, account: Account, sending: SendState) -> SpendDraft | None:
        """Keep the text where it is until it is accepted, and go to the end of the thread, where it will appear."""
        self.put_away()
        self._sends[without_channel(sending.draft.to)] = sending
        self._say_send()
        self.thread.focus()
        self.thread.action_last()
        return account.replies.spend

    def take_event(self, event: SessionEvent) -> None:
        """Follow the sends that were made here."""
        sending, account = event.sending, self._account
        if sending is None or account is None or event.account is not account:
            return
        number = without_channel(sending.draft.to)
        before = self._sends.get(number)
        if before is not None and before.is_same_send(sending):
            if sending.stage.accepted:
                del self._sends[number]
            else:
                self._sends[number] = before.updated(sending, self._session.clock())
        if not sending.stage.under_way and not sending.stage.accepted:
            self._find_unknown(account)
        if number == self.number and before is not None and before.is_same_send(sending):
            self._say_send()
        if number == self.number and sending.stage.accepted and sending.entry is not None:
            # Also where it was sent in Compose.
            self._place.work(partial(self._restore, number, sending.entry), group="restore", exclusive=True)

    def _find_unknown(self, account: Account, *, kept: str = "") -> None:
        """Learn which sends are unknown, and which were of the text that was `kept` as a reply."""
        work = partial(self._read_unknown, account, self.number, kept)
        self._place.work(work, group="kept before" if kept else "unknown sends", exclusive=True)

    async def _read_unknown(self, account: Account, number: str, kept: str) -> None:
        sid, same = account.client.account_sid, list[JournalEntry]()
        # Sending says what is wrong with the journal.
        with suppress(StorageError):
            found = await asyncio.to_thread(account.outbox.unknown, sid)
            if kept:
                sends = await asyncio.to_thread(account.outbox.entries, sid, LOOKED_THROUGH)
                same = [entry for entry in sends if entry.body == kept and without_channel(entry.to) == number]
            if account is self._account:
                self._unknown = found
                if kept and number == self.number:
                    self._sent_same = tuple(same)
                self._say_send()

    def _say_send(self) -> None:
        """Say where the last send to this person stands, as long as there is something to do or to wait for."""
        sending = self._sends.get(self.number)
        held = sending is not None and sending.stage.under_way
        if held != self.reply.field.read_only:
            self.reply.hold(held)
            self._place.refresh_bindings()
        unknown = [entry for entry in self._unknown if without_channel(entry.to) == self.number]
        words, tone = say_send(sending, unknown=len(unknown))
        if words or not self.reply.body:
            self.reply.say(words, tone)


def say_send(sending: SendState | None, *, unknown: int) -> tuple[str, Tone]:
    """What is said under a reply about its send (safe to show), and the tone; empty for nothing.

    Args:
        sending: the send that was made here last and is not accepted.
        unknown: sends to this person of which nobody knows whether they happened.
    """
    stage = sending.stage if sending is not None else None
    if sending is not None and stage in (SendStage.PREPARING, SendStage.SENDING):
        return f"{headline(sending).plain}. It is sent once; the text stays until then.", "busy"
    if sending is not None and stage in (SendStage.REJECTED, SendStage.NOT_SENT):
        why = " ".join(line.plain for line in say_problem(sending))
        why = why if not why or why.endswith((".", "!", "?", ")")) else f"{why}."
        how = name_keys("Your text is still here: change it, or {conversations.send} reviews it again.")
        return f"{headline(sending).plain.rstrip('.')}. {why} {how}", "bad"
    if unknown or (stage is not None and stage.unknown):
        which = "The last message" if unknown < 2 else f"{unknown} messages"
        how = name_keys("{conversations.outbox} shows the outbox, where it can be checked.")
        looking = " Twilio is being asked …" if stage is SendStage.LOOKING_UP else ""
        return f"? {which} to them may have been sent, or not; it is never sent again by itself.{looking} {how}", "warn"
    return "", "muted"


def _search_older(archive: MessageArchive, number: str, last: int) -> ServerSearch | None:
    """Twilio's search for the messages with a person up to a second; None where it cannot be asked."""
    from tui.archive.query import QueryError
    from tui.archive.query_parser import parse

    # A whole day more: it is taken for its beginning or for its end.
    until = (datetime.fromtimestamp(last).astimezone() + timedelta(days=2)).date()
    with suppress(QueryError):
        return archive.ask(parse(f'with:"{number}" until:{until.isoformat()}'))
    return None
