"""The Messages screen: the list over the account's archive, the message under the cursor, and the actions on both.

Holds a `MessageLoader`, which knows what is listed, and a `MessageDetail`, which shows one message in full.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from tui.actions import MESSAGES, bindings
from tui.safe_text import safe_text
from tui.screens.base import (
    DraftPrefill,
    Navigate,
    OpenCompose,
    OpenConsole,
    OpenConversation,
    OpenDelivery,
    OpenMessage,
    OpenMessages,
)
from tui.screens.list_detail import ListDetailScreen
from tui.screens.messages.loader import MessageLoader
from tui.screens.messages.message_actions import (
    ask_for_sid,
    called_for,
    cancel_message,
    copy_message,
    delete_message,
    export_messages,
    redact_message,
    send_again,
    show_media,
)
from tui.screens.messages.message_detail import MessageDetail
from tui.screens.messages.summary import SCATTERED, SummaryLine, edge_words, edit_hint, explain_emptiness, say_covered
from tui.screens.messages.table import NOWHERE, MessageTable, title_line
from tui.screens.queries.query_bar import QueryBar
from tui.screens.queries.query_names import read_query
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.widgets.address_names import name_in_column
from tui.widgets.bars import KeyBar
from tui.widgets.row_list import Titles
from tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.command import Provider

    from tui.screens.messages.conversations import ConversationsScreen
    from tui.screens.messages.listing import Line
    from tui.screens.messages.marking import Marking
    from tui.twilio.messages import Message
    from tui.widgets.thread_view import ThreadView


def _saved_view_commands() -> type[Provider]:
    # Imported when the palette is opened: it takes long.
    from tui.screens.queries.saved_views import SavedViewCommands

    return SavedViewCommands


class MessagesScreen(ListDetailScreen):
    """The account's messages, newest first, with one in full beside or over the list."""

    CSS_PATH = ["../list_detail.tcss", "messages.tcss"]
    PLACE = "messages"
    HELP_TEXT = (
        "The messages that are kept on this computer, newest first, and brought up to date from Twilio. Older ones are "
        "loaded as you move down; {messages.load_history} loads months of them. The line above the list says since "
        "when all are here; enter on a line that says what is not loaded loads it.\n\n"
        "A failed row says why. Enter shows a message in full, with what to do about an error; {messages.why} asks "
        "Twilio why it did not arrive. {messages.filter} asks for some of them: words, a number, since:7d, is:problem. "
        "For days, and for numbers with + and their country, Twilio is asked as well. Escape drops the query and "
        "leaves the cursor on its message.\n\n"
        "{messages.mark} marks the message under the cursor, {messages.mark_all} all that the query finds; a star at "
        "the row's edge shows it. {messages.change_many} redacts, deletes, cancels, sends again or exports what is "
        "marked, or all that is listed: it counts first, and the count is typed. All other keys mean the one under the "
        "cursor. Escape drops the marks.\n\n"
        "{messages.media} lists a message's media, to save, open or read them. Nothing is fetched before that. What "
        "might do harm asks first, and a program is not opened; over SSH, $TUILIO_OPENER names what shows a file in a "
        "terminal.\n\n"
        "{messages.name_number} names the number under the cursor and leads to all names, which can be imported from a "
        "spreadsheet or a telephone's address book.\n\n"
        "Watching ({messages.watch}) brings new messages and status changes by themselves; the cursor stays on its "
        "message, and ▲ above the list counts what came above the view."
    )
    AUTO_FOCUS = "MessageTable"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(MESSAGES)]
    COMMANDS = {_saved_view_commands}

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        # There is no row before an archive is open: said once all is drawn, it would be drawn and styled again.
        self.add_class("-empty", update=False)
        self.loader = MessageLoader(
            self,
            listed=self._listed,
            updated=self._updated,
            status_changed=self._show_status,
            needs_more=self._needs_more,
            unmarked=self._unmarked,
        )
        self._marking: Marking | None = None
        self.detail = MessageDetail(self, under_cursor=self._under_cursor, not_found=self._sid_not_found)
        self._from_the_top = False
        """Whether another query's rows are awaited, of which the first is wanted."""
        self._conversations: ConversationsScreen | None = None
        """What stands over the list while one is among the persons."""
        self._came_from_thread = False
        """Whether the message was opened from a conversation, to which one goes back."""
        self._back_to = ""
        """The place that the query in force came from, where escape goes back to it."""
        self._message_back_to = ""
        """The same of the message that is opened."""
        self._stood_on: Line = None
        """What was under the cursor when that was last looked at."""

    def content(self) -> ComposeResult:
        yield SummaryLine(self.session.clock, id="summary")
        yield QueryBar(self.session)
        titles = Titles(lambda width: title_line(width, self._table.day_in_view))
        who = partial(name_in_column, self.session)
        yield from self.list_and_pane(
            titles,
            MessageTable(now=self.session.clock, screen=self, who=who, marked=self._is_marked, id="table"),
            Vertical(TextPane(id="detail"), id="pane"),
        )

    def _is_marked(self, row: int) -> bool:
        return row in self.loader.marks

    def _under_cursor(self) -> Message | None:
        """The message under the cursor; None as well while the program ends, when the list may be gone already."""
        # Asked for each key of the foot: Textual keeps this answer, and would walk through all widgets for a `query`.
        table = self.query_one_optional(MessageTable)
        return table.current if table is not None else None

    @property
    def _table(self) -> MessageTable:
        return self.query_one(MessageTable)

    # -- events of the session -----------------------------------------------------------------------

    def account_changed(self, account: Account | None) -> None:
        self._follow_archive()
        self._show_status()

    def session_changed(self, event: SessionEvent) -> None:
        """Take over what the archive has by now, and newer states of the message that was opened."""
        if self._follow_archive():
            return
        self.detail.take_event(event)
        if event.what is EventType.ARCHIVE:
            if event.archive_change is None:
                self.loader.reread()
            else:
                self.loader.take(event.archive_change)
        elif event.what is EventType.SYNC:
            self._show_status()
            self.loader.synced()
        elif event.what is EventType.NAMES:
            self._table.refresh()
            self.show_current()
        elif event.account is self.session.account and event.message is not None:
            self.detail.take_over(event.message)
            current = self.current_message
            if current is not None and current.sid == event.message.sid:
                # Its media may have been listed; what else is new comes with the archive's change.
                self.show_current()
        elif event.account is self.session.account and event.what is EventType.MESSAGE:
            self.detail.forget(event.sid)
        elif event.what is EventType.ACCOUNT:
            self._show_status()

    def _follow_archive(self) -> bool:
        """Show another archive where the session has another; nothing of the one before stays."""
        archive = self.session.archive
        if archive is self.loader.archive:
            return False
        self.detail.close()
        self.query_one(QueryBar).show("")
        self.loader.begin(archive)
        self._marking = None
        if archive is not None:
            archive.shown = self.is_current
        self._listed(NOWHERE)
        self.show_current()
        return True

    def navigated(self, request: Navigate) -> None:
        over = self._conversations
        if isinstance(request, OpenConversation):
            back_to = request.came_from if request.came_from != self.PLACE else ""
            if over is not None:
                over.open_person(request.address, back_to)
            else:
                self._open_conversations(request.address, opened=True, back_to=back_to)
            return
        if over is not None and isinstance(request, OpenMessage | OpenMessages):
            over.dismiss()
            # From a message that was opened there one comes back to the conversation.
            self._came_from_thread = request.came_from == self.PLACE and isinstance(request, OpenMessage)
        if isinstance(request, OpenMessage):
            self._message_back_to = request.came_from if request.leads_back else ""
            self.detail.open_sid(request.sid)
        elif isinstance(request, OpenMessages):
            self.show_query(request.query)
            # A row of figures was opened: escape leads back to them.
            self._back_to = request.came_from if request.came_from == "delivery" else ""

    # -- showing -------------------------------------------------------------------------------------

    def _listed(self, places: Mapping[int, int | None]) -> None:
        """Show the rows that the loader lists by now."""
        table, loader = self._table, self.loader
        row, first = table.row, self._from_the_top and loader.query is not None and loader.state.found is not None
        cursor = loader.listing.numbers[-1] if first and loader.listing.numbers else None
        has_followed = self._stood_on == table.under_cursor
        table.show(loader.listing, loader.at_hand, places=places, cursor=cursor)
        if has_followed:
            self._stood_on = table.under_cursor
        if first:
            table.scroll_rows_to(0)
            self._from_the_top = False
        self._show_status()
        if row is None or table.row != places.get(row, row):
            self.show_current()
        if loader.archive is not None and loader.listing.numbers:
            self.call_after_refresh(loader.archive.note_drawn)

    def _updated(self, rows: list[int]) -> None:
        table = self._table
        for row in rows:
            table.redraw_message(row)
        if table.row in rows:
            self.show_current()

    def _show_status(self) -> None:
        """Fill the line above the list, or the words in place of an empty one; offer the keys that work now."""
        table = self._table
        if self._marking is not None and self._marking.settle():
            table.refresh()
        state = replace(self.loader.state, above=table.above)
        text = self.loader.query.text if self.loader.query is not None else ""
        if not table.listing and self.opened and not self.detail.apart:
            # There is no message that could be open.
            self.detail.close()
        self.show_empty(None if table.listing else explain_emptiness(state, self.session, text))
        self.query_one(SummaryLine).show(state, edit_hint(state.error, self.session))
        apart = table.listing.end_of_loaded < len(table.listing)
        table.show_below(SCATTERED if apart else edge_words(state, text), self.loader.filling)
        self._show_keys()

    @property
    def current_message(self) -> Message | None:
        """The message that actions are about."""
        return self.detail.current

    def show_current(self) -> None:
        self.detail.show()
        self._show_keys()

    def _show_keys(self) -> None:
        """Offer what the message under the cursor calls for, and the marks."""
        bar, marking = self.query_one(KeyBar), self._marking
        bar.said = marking.words if marking is not None else {}
        bar.leading = frozenset(bar.said)
        bar.suggested = called_for(self.current_message, self.session.clock()) | bar.leading
        self.refresh_bindings()

    @on(MessageTable.Arrived)
    @on(QueryBar.NamesLearnt)
    def _arrived(self) -> None:
        self.show_current()

    def on_thread_view_opened(self, event: ThreadView.Opened) -> None:
        """Open the message of the conversation that was clicked."""
        self.detail.open_sid(event.message.sid)

    @on(MessageTable.AboveChanged)
    def _above_changed(self) -> None:
        self._show_status()

    @on(MessageTable.DayChanged)
    def _show_day(self) -> None:
        self.query_one(Titles).refresh()

    # -- moving and opening --------------------------------------------------------------------------

    def on_screen_resume(self) -> None:
        if (archive := self.loader.archive) is not None:
            archive.shown = True

    def on_screen_suspend(self) -> None:
        # Textual runs the base's as well.
        if (archive := self.loader.archive) is not None:
            archive.shown = False

    def resized(self) -> None:
        super().resized()
        self.loader.read_older()

    def moved(self) -> None:
        # Rows that arrive above move the cursor's line, and nobody went anywhere.
        if self._stood_on != (line := self._table.under_cursor):
            self._stood_on = line
            self.detail.follow_cursor()
        self.show_current_soon()
        if -self._table.size.height < self._table.lines_below < -1 and self.loader.query is None:
            self.loader.read_on()
        else:
            self.loader.read_older()

    def _needs_more(self) -> bool:
        # A list that shows no row has no height. From below what is loaded one would read on and on.
        return -1 <= self._table.lines_below < 2 * (self._table.size.height or self.size.height)

    @on(MessageTable.EndAsked)
    def _read_on(self) -> None:
        self.loader.read_on()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        message = self.current_message if self.is_mounted else None
        match action:
            case "open":
                return message is not None or (self.is_mounted and self._table.gap is not None)
            case "reply" | "copy" | "delete" | "show_raw" | "redact" | "cancel_scheduled":
                # Where there is nothing to redact or to cancel, the key says so: silent, it would leave the `y`
                # that is typed after it to start a reply.
                return message is not None
            case "view":
                return message is not None and bool(message.body)
            case "media":
                return message is not None and self.session.account is not None
            case "send_again":
                return message is not None and not message.inbound
            case "why":
                return message is not None and self.session.account is not None
            case "filter":
                # While one types, its key types.
                return self.session.archive is not None and not (self.is_mounted and self.query_one(QueryBar).is_open)
            case "figures" | "conversations" | "load_history" | "views" | "export" | "refresh" | "watch":
                return self.session.archive is not None
            case "mark" | "mark_all" | "change_many":
                return self.is_mounted and not self.opened and bool(self._table.listing)
            case "back":
                marks = self._marking is not None and self._marking.has_some
                return any((self.opened, marks, self.loader.query, self.loader.filling))
            case _:
                return super().check_action(action, parameters)

    def explains_only(self, action: str) -> bool:
        message = self.current_message
        if message is None:
            return False
        match action:
            case "cancel_scheduled":
                return message.status != "scheduled"
            case "redact":
                return not message.body and not message.num_media
            case "media":
                return not message.num_media
            case _:
                return False

    def action_open(self) -> None:
        if (gap := self._table.gap) is not None and not self.detail.apart:
            self.loader.fill(gap)
            self._show_status()
        else:
            self._message_back_to = ""
            self.detail.open()

    def action_back(self) -> None:
        message = self.current_message
        if self.opened and self._came_from_thread and message is not None:
            self.action_conversations()
            self.detail.close()
        elif self.opened:
            back_to, self._message_back_to = self._message_back_to, ""
            self.detail.close()
            if back_to:
                self.post_message(Navigate(back_to))
        elif self._marking is not None and self._marking.drop():
            self._show_marks()
        elif self.loader.filling is not None:
            self.loader.stop_filling()
        elif self.loader.query is not None:
            back_to = self._back_to
            self.show_query("")
            if back_to:
                self.post_message(Navigate(back_to))

    def action_neighbour(self, step: int) -> None:
        if not self.detail.apart:
            super().action_neighbour(step)

    def action_open_sid(self) -> None:
        self._ask_for_sid()

    def _ask_for_sid(self, typed: str = "", words: str = "") -> None:
        ask_for_sid(self, self.detail.open_sid, typed=typed, words=words)

    def _sid_not_found(self, sid: str, words: str) -> bool:
        """Ask for another, unless that would take the keys from what is typed by now."""
        if not self.is_current or self.query_one(QueryBar).is_open:
            return False
        self.detail.close()
        self._ask_for_sid(sid, words)
        return True

    # -- many at once ----------------------------------------------------------------------------------

    @property
    def marking(self) -> Marking:
        """What is marked, and how; made when something is marked for the first time."""
        if self._marking is None:
            from tui.screens.messages.marking import Marking

            self._marking = Marking(self, self.loader)
        return self._marking

    def action_mark(self) -> None:
        self.marking.toggle(self._table)
        self._show_status()

    def action_mark_all(self) -> None:
        self.marking.mark_all()
        self._show_marks()

    def action_change_many(self) -> None:
        from tui.screens.messages.bulk import change_many

        if self.loader.state.counting or self.marking.waits:
            self.notify("They are still being counted: press it again in a moment.", markup=False)
            return
        covered = say_covered(self.loader.state, self.session.clock(), before_key="esc, then ")
        words = f"Loaded here: {covered}." if covered else ""
        change_many(self, self.loader, covered=words, open_sid=self.detail.open_sid, done=self._unmark)

    def _unmark(self) -> None:
        self.marking.drop()
        self._show_marks()

    def _unmarked(self, count: int) -> None:
        self.marking.dropped(count)
        self._show_marks()

    def _show_marks(self) -> None:
        self._table.refresh()
        self._show_status()

    # -- what is listed --------------------------------------------------------------------------------

    async def action_filter(self) -> None:
        await self.query_one(QueryBar).open()

    async def on_paste(self, event: events.Paste) -> None:
        """Take what is pasted into the list for a query; a log line with a SID in it asks for that message."""
        if event.text.strip():
            await self.query_one(QueryBar).open()
            # To the field, which has the focus by now.
            self.app.post_message(events.Paste(event.text))

    @on(QueryBar.Submitted)
    def _query_submitted(self, event: QueryBar.Submitted) -> None:
        self.show_query(event.text)

    @on(QueryBar.OpenAsked)
    def _open_asked(self, event: QueryBar.OpenAsked) -> None:
        self._message_back_to = ""
        self.detail.open_sid(event.sid)

    def show_query(self, text: str) -> None:
        """List what a query finds, from its first message on; with "" all, around the message under the cursor."""
        from tui.archive.query import QueryError

        if self.loader.archive is None:
            return
        try:
            query = read_query(text, self.session)
        except QueryError as problem:
            self.notify(safe_text(str(problem)), severity="warning", markup=False)
            return
        self._back_to = ""
        self._message_back_to = ""
        if self._marking is not None:
            self._marking.waits = False
        # What was asked for is the list, not the message that was opened before.
        self.detail.close()
        self.query_one(QueryBar).show(text)
        self._from_the_top = bool(query)
        self.loader.narrow(query if query else None)
        if query:
            self._show_status()
        else:
            self._listed(NOWHERE)

    def action_name_number(self) -> None:
        from tui.screens.names.names_dialog import name_number

        message = self.current_message
        name_number(self, self.session, message.other_party if message is not None else "")

    def action_views(self) -> None:
        from tui.screens.queries.saved_views import choose_view

        present = self.query_one(QueryBar).text
        self.work(partial(choose_view, self, present, self.show_query), group="views", asks=True)

    def action_figures(self) -> None:
        self.post_message(OpenDelivery(self.query_one(QueryBar).text))

    def action_load_history(self) -> None:
        from tui.screens.history_dialog import LoadHistoryDialog

        self.app.push_screen(LoadHistoryDialog(self.session))

    def action_refresh(self) -> None:
        self.loader.look_again()

    def action_watch(self) -> None:
        if (archive := self.loader.archive) is not None:
            archive.watch(not archive.status.watching)

    def action_export(self) -> None:
        from tui.archive.query_parser import parse

        if (archive := self.loader.archive) is not None:
            covered = say_covered(self.loader.state, self.session.clock(), before_key="esc, then ")
            words = f"{covered[:1].upper()}{covered[1:]}." if covered else ""
            export_messages(self, archive, partial(archive.find_rows, self.loader.query or parse("")), words)

    # -- persons -------------------------------------------------------------------------------------

    def action_conversations(self) -> None:
        """The list of persons; from a message that is opened the conversation with its person, at that message."""
        message = self.current_message
        address = message.other_party if message is not None else ""
        self._open_conversations(address, opened=self.opened and bool(address), at=message if self.opened else None)

    def _open_conversations(self, address: str, *, opened: bool, at: Message | None = None, back_to: str = "") -> None:
        from tui.screens.messages.conversations import ConversationsScreen

        if self._conversations is not None or not self.is_on_top:
            return

        def left(_: None) -> None:
            self._conversations = None

        self._came_from_thread = False
        self._conversations = ConversationsScreen(self.session, address=address, opened=opened, at=at, back_to=back_to)
        self.app.push_screen(self._conversations, left)

    async def put_away(self, within: float | None = None) -> None:
        """Write the replies that are being written, in every conversation."""
        if (account := self.session.account) is not None:
            if self._conversations is not None:
                self._conversations.pane.put_away()
            await asyncio.wait({self.session.run(asyncio.to_thread(account.replies.save))}, timeout=within)

    def unsaved_warning(self) -> str:
        """What becomes of replies that are not sent."""
        account = self.session.account
        return account.replies.unsaved_warning() if account is not None else ""

    # -- writing -------------------------------------------------------------------------------------

    def action_compose(self) -> None:
        self.post_message(OpenCompose(DraftPrefill()))

    def action_outbox(self) -> None:
        self.post_message(Navigate("compose", "outbox"))

    def action_reply(self) -> None:
        if (message := self.current_message) is not None:
            self.post_message(OpenCompose(DraftPrefill(to=message.other_party, from_=message.own_party)))

    def action_send_again(self) -> None:
        if (message := self.current_message) is not None:
            send_again(self, message)

    # -- the message ---------------------------------------------------------------------------------

    def action_copy(self) -> None:
        if (message := self.current_message) is not None:
            copy_message(self, message)

    def action_view(self) -> None:
        if (message := self.current_message) is not None:
            self.work(partial(self.show_in_pager, message.body), group="outside", exclusive=True)

    def action_media(self) -> None:
        if (message := self.current_message) is not None:
            show_media(self, message)

    def action_why(self) -> None:
        from tui.screens.why.opening import ask_why

        if (message := self.current_message) is not None:
            self.work(partial(ask_why, self, message), group="why", exclusive=True, asks=True)

    def action_show_raw(self) -> None:
        if (message := self.current_message) is not None:
            self.post_message(OpenConsole(f"/Accounts/$TWILIO_ACCOUNT_SID/Messages/{message.sid}.json"))

    def action_redact(self) -> None:
        if (message := self.current_message) is not None:
            redact_message(self, message)

    def action_cancel_scheduled(self) -> None:
        if (message := self.current_message) is not None:
            cancel_message(self, message)

    def action_delete(self) -> None:
        if (message := self.current_message) is not None:
            delete_message(self, message)
