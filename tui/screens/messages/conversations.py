"""The conversations: the list of persons, and one of them with the reply, over the list of messages.

Wiring between the list, its loader, the pane and the session; each of them knows its own part.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from tui.actions import CONVERSATIONS, bindings
from tui.archive.conversations import without_channel
from tui.keymap import key_of, name_keys
from tui.safe_text import safe_text
from tui.screens.base import DraftPrefill, Navigate, OpenCompose, OpenMessage
from tui.screens.list_detail import ListDetailScreen
from tui.screens.messages.conversation_list import ConversationList, title_line
from tui.screens.messages.conversation_loader import ConversationLoader
from tui.screens.messages.conversation_pane import ConversationPane
from tui.screens.messages.message_actions import called_for, copy_message, send_again, show_media
from tui.screens.queries.query_bar import QueryBar
from tui.screens.queries.query_names import read_query
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.theme import TONES
from tui.twilio.message import PROBLEMS
from tui.widgets.address_names import name_address
from tui.widgets.archive_words import covered_words
from tui.widgets.bars import KeyBar
from tui.widgets.dialogs import Confirm
from tui.widgets.row_list import RowList, Titles
from tui.widgets.thread_view import ThreadView

if TYPE_CHECKING:
    from tui.archive.conversations import Conversation
    from tui.services.message_archive import MessageArchive
    from tui.twilio.messages import Message

UNREAD = "is:unread"

_TO_A_PERSON = frozenset({"reply", "in_compose"})
_IN_THE_REPLY = frozenset({"send", "choose_sender", "plain"})


class ConversationsScreen(ListDetailScreen):
    """The persons, newest first, with the conversation of one of them beside or over the list.

    Args:
        address: the person to begin with; empty for whoever wrote or was written to last.
        opened: whether their conversation is opened at once.
        at: the message in it that the cursor is to stand on; the newest for None.
        back_to: the place the person came from, where it is not Messages.
    """

    CSS_PATH = ["../list_detail.tcss", "conversations.tcss"]
    PLACE = "messages"
    TITLE = "Conversations"
    HELP_TEXT = (
        "One line a person, over all numbers of this account: ● unread, when, the last text (← from them, → from "
        "here), ✗ where the last one to them did not arrive. Enter opens the conversation; there {conversations.reply} "
        "or tab goes to the reply.\n\n"
        "A reply goes from the number they wrote to, which stands above it; {conversations.choose_sender} chooses "
        "another. Enter makes a new line. {conversations.send} shows the review; nothing leaves before you say yes "
        "there. What you type is kept for each person until it is sent.\n\n"
        "Lines say what is not loaded of a conversation; at its beginning ↑ asks Twilio for more.\n\n"
        "A conversation that was opened and shown to its end is read. {conversations.unread_only} lists only who wrote "
        "something unread; {conversations.filter} asks for others, in the words of Messages. "
        "{conversations.in_compose} writes to the person in Compose, where there are media, templates and schedules."
    )
    AUTO_FOCUS = "ConversationList"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(CONVERSATIONS)]

    def __init__(
        self,
        session: Session,
        *,
        address: str = "",
        opened: bool = False,
        at: Message | None = None,
        back_to: str = "",
    ) -> None:
        super().__init__(session)
        self.loader = ConversationLoader(self, self._listed)
        self._wanted, self._open_wanted = address, opened
        """The person that the cursor is to stand on, once they are listed."""
        self._apart = address if opened else ""
        """Whose conversation is opened, or was asked for by an address, wherever the cursor stands."""
        self._at, self._back_to = at, back_to

    def content(self) -> ComposeResult:
        yield Static("", id="conversations-summary", markup=False)
        yield QueryBar(self.session)
        rows = ConversationList(now=self.session.clock, name=partial(name_address, self.session))
        yield from self.list_and_pane(Titles(title_line), rows, ConversationPane(self))

    @property
    def _rows(self) -> ConversationList:
        return self.query_one(ConversationList)

    @property
    def pane(self) -> ConversationPane:
        """The conversation that is shown."""
        return self.query_one(ConversationPane)

    # -- events of the session -----------------------------------------------------------------------

    def account_changed(self, account: Account | None) -> None:
        self.pane.follow_account(account)
        self._follow_archive()

    def session_changed(self, event: SessionEvent) -> None:
        """Take over what the archive has by now, what became of a send, and other names."""
        if self._follow_archive():
            return
        match event.what:
            case EventType.ARCHIVE:
                self.loader.take(event.archive_change)
                self.pane.thread.take(event.archive_change)
                if self.pane.number:
                    self.work(self.pane.look_again, group="person", exclusive=True)
            case EventType.SYNC | EventType.ACCOUNT:
                self._summarise()
            case EventType.PRICES:
                self.pane.reply.measure()
            case EventType.NAMES:
                self._rows.refresh()
                self.pane.redraw_names()
            case _:
                self.pane.take_event(event)

    def _follow_archive(self) -> bool:
        """List another archive where the session has another; nothing of the one before stays."""
        archive = self.session.archive
        if archive is self.loader.archive:
            return False
        if self.loader.archive is not None:
            self._wanted = self._apart = ""
            self.opened = False
        self.query_one(QueryBar).show("")
        self.loader.begin(archive)
        if archive is not None:
            archive.shown = self.is_current
        return True

    def on_screen_resume(self) -> None:
        if (archive := self.loader.archive) is not None:
            archive.shown = True
            # Messages may have been read or sent elsewhere.
            self.loader.reread()
        self.pane.restore()
        self._note_read()

    def on_screen_suspend(self) -> None:
        # Textual runs the base's as well.
        if (archive := self.loader.archive) is not None:
            archive.shown = False

    # -- what is shown -------------------------------------------------------------------------------

    def _listed(self) -> None:
        """Show the persons that were read by now."""
        if not self.is_mounted:
            return
        rows, loader = self._rows, self.loader
        at = without_channel(self._wanted) if self._wanted else None
        if at is not None and loader.listed.of(at) is not None:
            self._wanted = ""
        rows.show(loader.listed, at=at)
        self._summarise()
        self.show_empty(None if len(loader.listed) or not loader.read_once else self._emptiness())
        if loader.read_once:
            self._open_where_wanted()
            self.show_current()

    def _open_where_wanted(self) -> None:
        if self._open_wanted:
            self._open_wanted = False
            self.action_open()

    def _emptiness(self) -> Content:
        if self.loader.query is not None:
            return Content.styled(name_keys("Nobody: no message matches. esc lists all again."), "$quiet")
        return Content.styled(name_keys("No messages yet. {messages.compose} in Messages writes the first."), "$quiet")

    def _summarise(self) -> None:
        archive = self.loader.archive
        pieces: list[tuple[str, str]] = [(" Conversations", "bold")]
        if archive is not None:
            status = archive.status
            unread = status.unread
            pieces.append((f" · ● {unread:,} unread", TONES["accent"]) if unread else (" · none unread", "$quiet"))
            # A person who is not listed may have written before that.
            more, now = archive.more_to_load, self.session.clock()
            if covered := covered_words(archive.coverage, now, more=more, before_key="in Messages "):
                pieces.append((f" · {covered}", "$quiet"))
            if status.trouble or status.error is not None:
                why = status.trouble or (status.error.reason if status.error is not None else "")
                pieces.append((f" · {key_of('conversations.refresh')}: try again. {safe_text(why)}", TONES["bad"]))
        self.query_one("#conversations-summary", Static).update(Content.assemble(*pieces))

    @property
    def current(self) -> Conversation | None:
        """The person under the cursor."""
        return self._rows.current

    def show_current(self) -> None:
        """Show the conversation of the person under the cursor, or that was asked for."""
        if self.reads and self.loader.read_once:
            current = self.current
            address = self._apart or (current.number if current is not None else "")
            if self.opened or self.pane.writes:
                # Until somebody goes on or back: what the list becomes meanwhile puts nobody else under a reply.
                self._apart = address
            number, at = without_channel(address), self._at
            self.pane.show(address, at=at if at is not None and without_channel(at.other_party) == number else None)
        self.refresh_bindings()

    def moved(self) -> None:
        if (current := self.current) is not None and current.number != without_channel(self._apart):
            # Nor does whoever is listed later take the cursor away.
            self._apart = self._wanted = ""
        self.show_current_soon()

    @on(ConversationList.MoreAsked)
    def _read_more(self) -> None:
        self.loader.read_more()

    def enter_pane(self) -> None:
        self.show_current()
        if not self.pane.writes:
            self.pane.thread.focus()
        self._note_read()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Open the conversation beside the list for whoever goes into it by tab or a click."""
        if not self.opened and self.pane in event.widget.ancestors:
            self.opened = True

    def open_person(self, address: str, back_to: str = "") -> None:
        """Open the conversation with a person."""
        self._apart = self._wanted = address
        self._back_to = back_to
        self._rows.show(self.loader.listed, at=without_channel(address))
        self.action_open()
        self.show_current()

    # -- what was read ---------------------------------------------------------------------------------

    @on(ThreadView.ReachedEnd)
    def _note_read(self) -> None:
        """A conversation that is opened and in view to its end is read. Beside the list it is only glanced at."""
        archive = self.loader.archive
        if archive is not None and self.opened and self.is_on_top and self.pane.thread.at_end and self.pane.number:
            self.work(partial(self._mark_read, archive, self.pane.number), group="read")

    async def _mark_read(self, archive: MessageArchive, number: str) -> None:
        await archive.mark_read(number)
        self.loader.reread({number})

    def action_mark_all_read(self) -> None:
        archive = self.loader.archive
        if archive is None:
            return
        unread = archive.status.unread
        if not unread:
            self.notify("Nothing is unread.", markup=False)
            return

        async def mark() -> None:
            await archive.mark_all_read()
            self.loader.reread()

        def answered(yes: bool | None) -> None:
            if yes and archive is self.loader.archive:
                self.work(mark, group="read")

        count = f"{unread:,} message{'' if unread == 1 else 's'}"
        words = "Which of them were unread is not kept."
        self.app.push_screen(Confirm(f"Mark {count} as read?", words, yes="Mark as read", no="Back"), answered)

    # -- moving --------------------------------------------------------------------------------------

    def action_back(self) -> None:
        """From the reply to the thread, from there to the list, from there to the messages."""
        if self.pane.writes:
            self.pane.thread.focus()
        elif self.opened and self._back_to:
            self._leave(self._back_to)
        elif self.opened:
            self._apart = self._wanted = ""
            self.opened = False
        elif self.loader.query is not None:
            self._narrow("")
        else:
            self._leave()

    def action_messages(self) -> None:
        self._leave()

    def _leave(self, back_to: str = "") -> None:
        if back_to:
            self.post_message(Navigate(back_to))
        self.dismiss()

    def action_neighbour(self, step: int) -> None:
        if not self.pane.writes:
            self._apart = ""
            super().action_neighbour(step)

    @on(RowList.Opened)
    def _row_opened(self) -> None:
        self._apart = ""
        self.action_open()

    # -- which are listed ------------------------------------------------------------------------------

    async def action_filter(self) -> None:
        await self.query_one(QueryBar).open()

    @on(QueryBar.Submitted)
    def _query_submitted(self, event: QueryBar.Submitted) -> None:
        self._narrow(event.text)

    @on(QueryBar.OpenAsked)
    def _open_asked(self, event: QueryBar.OpenAsked) -> None:
        self.post_message(OpenMessage(event.sid))

    def action_unread_only(self) -> None:
        self._narrow("" if self.query_one(QueryBar).text == UNREAD else UNREAD)

    def _narrow(self, text: str) -> None:
        """List those with a message that a query finds, all of them for ""; the cursor stays on its person."""
        from tui.archive.query import QueryError

        try:
            query = read_query(text, self.session)
        except QueryError as problem:
            self.notify(safe_text(str(problem)), severity="warning", markup=False)
            return
        current = self.current
        self._wanted = current.number if current is not None and not query else ""
        self._apart = ""
        self.opened = False
        self.query_one(QueryBar).show(text)
        self.loader.begin(self.loader.archive, query if query else None)

    # -- writing -------------------------------------------------------------------------------------

    def action_reply(self) -> None:
        self.work(self._reply, group="reply", exclusive=True, asks=True)

    async def _reply(self) -> None:
        """Go to the reply of the person under the cursor, once their draft stands there."""
        if not self.opened:
            self.action_open()
        self.show_current()
        await self.pane.ready()
        if self.pane.can_write and self.is_on_top:
            self.pane.reply.field.focus()

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted beside the field is meant for it, but is not put into it unseen."""
        if self.opened and event.text.strip():
            words = name_keys("Nothing was pasted: {conversations.reply} goes to the reply first.")
            self.notify(words, severity="warning", markup=False)

    def action_send(self) -> None:
        self.pane.review()

    def action_choose_sender(self) -> None:
        self.pane.choose_sender()

    def action_plain(self) -> None:
        self.pane.reply.make_plain()

    def action_in_compose(self) -> None:
        self.work(self._in_compose, group="reply", exclusive=True, asks=True)

    async def _in_compose(self) -> None:
        """Write in Compose to the person under the cursor, with what is typed to them so far."""
        # Of a key held down the pane shows the last row only when it rests.
        self.show_current()
        current = self.current
        if self.reads:
            await self.pane.ready()
            typed = self.pane.typed
            if self.is_on_top:
                self.post_message(OpenCompose(DraftPrefill(to=typed.to, from_=typed.from_, body=typed.body)))
        elif current is not None:
            self.post_message(OpenCompose(DraftPrefill(to=current.to, from_=current.own)))

    def action_send_again(self) -> None:
        if (message := self.current_message) is not None:
            send_again(self, message, review=True)

    def action_outbox(self) -> None:
        self.post_message(Navigate("compose", "outbox"))

    # -- the message ---------------------------------------------------------------------------------

    @property
    def current_message(self) -> Message | None:
        """The message that actions are about: that under the thread's cursor, or a person's last one in the list."""
        if self.opened:
            return self.pane.thread.current
        return self.current.last if self.current is not None else None

    @on(ThreadView.Opened)
    def _message_opened(self, event: ThreadView.Opened) -> None:
        self.post_message(OpenMessage(event.message.sid))

    @on(ThreadView.Moved)
    def _message_moved(self) -> None:
        self.query_one(KeyBar).suggested = called_for(self.current_message, self.session.clock())
        self.refresh_bindings()

    def action_copy(self) -> None:
        if (message := self.current_message) is not None:
            copy_message(self, message)

    def action_media(self) -> None:
        if (message := self.current_message) is not None:
            show_media(self, message)

    def action_why(self) -> None:
        from tui.screens.why.opening import ask_why

        if (message := self.current_message) is not None:
            self.work(partial(ask_why, self, message), group="why", exclusive=True, asks=True)

    def action_name_number(self) -> None:
        from tui.screens.names.names_dialog import name_number

        current = self.current
        name_number(self, self.session, self.pane.number if self.opened else current.to if current is not None else "")

    def action_refresh(self) -> None:
        if (archive := self.loader.archive) is not None:
            archive.look_now()

    def explains_only(self, action: str) -> bool:
        message = self.current_message
        return action == "media" and (message is None or not message.num_media)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted:
            return super().check_action(action, parameters)
        message = self.current_message
        if action in _IN_THE_REPLY:
            return self.opened and self.pane.can_write
        if action in _TO_A_PERSON:
            return self.session.account is not None and (self.current is not None or bool(self.pane.number))
        match action:
            case "copy":
                return message is not None
            case "media" | "why":
                return message is not None and self.session.account is not None
            case "send_again":
                return message is not None and message.status in PROBLEMS and not message.inbound
            case "filter" | "unread_only":
                # While one types, its keys type.
                types = self.pane.writes or self.query_one(QueryBar).is_open
                return self.loader.archive is not None and not types
            case "refresh" | "mark_all_read":
                return self.loader.archive is not None
            case _:
                return super().check_action(action, parameters)
