"""The Messages place: the list, the pane beside it, and what keeps both true.

The list is a `MessageList` for the account in use; an answer for another account or another selection is dropped,
since its feed is not the screen's any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.actions import MESSAGES, bindings
from tui.screens.base import DraftPrefill, Navigate, OpenCompose
from tui.screens.messages.filters import MessageFilter
from tui.screens.messages.loading import Loading
from tui.screens.messages.summary import MessageListStatus, explain_emptiness, summarise
from tui.screens.messages.table import MessageTable, title_line
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.storage.journal_entry import JournalState
from tui.widgets.row_list import Titles

if TYPE_CHECKING:
    from tui.twilio.message_list import ListChange, MessageList
    from tui.twilio.messages import Message

PAGE_SIZE = 50


class MessagesScreen(Loading):
    """Newest first, endless, with one message in full beside or over the list."""

    CSS_PATH = ["../list_detail.tcss", "messages.tcss"]
    PLACE = "messages"
    HELP_TEXT = (
        "The newest messages of the connection in use. Older ones are loaded as you move down; Twilio gives no "
        "total, so the line above the list says how many are loaded and whether there are more.\n\n"
        "A failed row says why. Enter shows a message in full, with what to do about an error. Filters on To, "
        "From and days are asked of Twilio; status, direction and text are compared here, further and further back "
        "until the screen is full. A full stop ends such a search, End goes on.\n\n"
        "Watching ({messages.watch}) brings new messages and status changes by themselves; the cursor stays on its "
        "message."
    )
    AUTO_FOCUS = "MessageTable"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(MESSAGES),
        Binding("full_stop", "stop_search", "Stop", show=False, tooltip="Stop searching further back."),
        Binding(
            "end,G", "search_on", "Search on", show=False, tooltip="Search further back for what the filter wants."
        ),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._held = ""

    def content(self) -> ComposeResult:
        """The summary, the list with its titles and peek, the pane."""
        yield Static(id="summary", markup=False)
        yield from self.list_and_pane(Titles(title_line), MessageTable(now=self.session.clock, id="table"))

    def on_mount(self) -> None:
        """Start looking for news once; it idles while there is nothing to watch."""
        self.work(self._watch(), group="watch")

    # -- what the session tells ----------------------------------------------------------------------

    def account_changed(self, account: Account | None) -> None:
        """Begin anew: nothing of the other account stays."""
        self._selection = MessageFilter()
        self._start_over()

    def session_changed(self, event: SessionEvent) -> None:
        """Take over newer states of messages; look for a message that was just sent."""
        if self._feed is None:
            self._show_rows()
            return
        if event.account is not self.session.account:
            return
        if event.what is EventType.MESSAGE:
            if event.message is None:
                self._forget(event.sid)
            else:
                self._known(event.message)
        elif (
            event.what is EventType.SEND and event.sending is not None and event.sending.state is JournalState.ACCEPTED
        ):
            self._wake.set()

    def _forget(self, sid: str) -> None:
        if self._feed is not None and self._feed.forget(sid):
            self._show_rows()
        self.look_away(sid)

    def _known(self, message: Message) -> None:
        if self._feed is None:
            return
        self.look_again(message)
        self._changed(self._feed, self._feed.apply([message]))
        if self._feed.find(message.sid) is None:
            self._wake.set()

    # -- loading -------------------------------------------------------------------------------------

    def _start_over(self) -> None:
        account = self.session.account
        self._feed = _feed(account, self._selection) if account else None
        self._give_up_gathering("The list is another one now")
        self._loading = self._asking = self._stopped = False
        self._trouble, self._held = None, ""
        self.look_away()
        self._table.messages = []
        self._table.set_row_count(0, cursor=0)
        self._show_rows()
        self.show_current()
        if self._feed is not None:
            self._load_older(self._feed)

    # -- showing -------------------------------------------------------------------------------------

    def _changed(self, feed: MessageList, change: ListChange) -> None:
        if not change:
            return
        if change.added_below and not (change.added_at_top or change.updated or change.restarted):
            # Long searches read thousands of pages: what was looked at is not looked at again.
            self._append(feed.rows[-change.added_below :])
        elif change.added_at_top or change.added_below or change.restarted or self._selection.compares:
            self._show_rows()
        else:
            table = self._table
            # Without a filter of ours the table has the feed's own order.
            for sid in change.updated:
                if (place := feed.place_of(sid)) is not None:
                    table.messages[place] = feed.rows[place]
                    table.redraw_row(place)
        current = self.current_message
        if current is not None and current.sid in change.updated:
            self.show_current()

    def _append(self, older: list[Message]) -> None:
        table, selection, held = self._table, self._selection, self._table.current
        fresh = [m for m in older if selection.accepts(m)] if selection.compares else older
        table.messages.extend(fresh)
        cursor = None
        if fresh and self._held:
            cursor = next((n for n, m in enumerate(table.messages) if m.sid == self._held), 0)
            self._held = ""
        table.set_row_count(len(table.messages), cursor=cursor)
        self._show_state()
        if table.current is not held:
            self.show_current()

    def _show_rows(self, *, anew: bool = False) -> None:
        """Everything that the list shows; `anew` for other rows, on which the cursor keeps its message or begins."""
        table, feed, selection = self._table, self._feed, self._selection
        held = table.current
        rows = feed.rows if feed is not None else []
        shown = [message for message in rows if selection.accepts(message)] if selection.compares else list(rows)
        same = len(shown) == table.row_count and shown == table.messages
        table.messages = shown
        if not same:
            if selection.compares or feed is None:
                place = next((n for n, m in enumerate(shown) if held is not None and m.sid == held.sid), None)
            else:
                place = feed.place_of(held.sid) if held is not None else None
            table.set_row_count(len(shown), cursor=0 if place is None and anew else place)
        self._show_state()
        now_held = table.current
        if (now_held is None) is not (held is None) or (held and now_held and now_held.sid != held.sid):
            self.show_current()

    def _show_state(self) -> None:
        """What is said above the list and in its place, and which keys there are."""
        self.show_empty(None if self._table.messages else explain_emptiness(self._situation, self.session))
        self._show_summary()
        self.refresh_bindings()

    @property
    def _situation(self) -> MessageListStatus:
        return MessageListStatus(
            self._feed,
            self._selection,
            self._table.row_count,
            self._loading,
            self.watching,
            self._trouble,
            self._asking,
            self._stopped,
            self._gathering,
        )

    def _show_summary(self) -> None:
        self._say(summarise(self._situation, self.session))

    def _say(self, words: Content | str) -> None:
        summary = self.query_one("#summary", Static)
        if summary.content != words:
            summary.update(words)

    def on_screen_resume(self) -> None:
        """Catch up with what came while another place was shown."""
        self._wake.set()

    def resized(self) -> None:
        """A taller list wants more rows."""
        super().resized()
        if self._feed is not None and self._feed.started:
            self._fill_view(self._feed)

    # -- moving and opening --------------------------------------------------------------------------

    @property
    def listed(self) -> list[Message]:
        """The messages as they are shown, for export."""
        return list(self._table.messages)

    def moved(self) -> None:
        """Show the message, and load older ones before the cursor comes to them."""
        self.single = None
        self.show_current_soon()
        if self._feed is not None and self._feed.started:
            self._fill_view(self._feed)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the way back only where there is one, and to stop or go on only what can be."""
        match action:
            case "back":
                return self.opened or bool(self._selection)
            case "stop_search":
                return self.searching
            case "search_on":
                return self.can_search_on
            case _:
                return super().check_action(action, parameters)

    @on(MessageTable.EndAsked)
    def _end_asked(self) -> None:
        self.action_search_on()

    def action_back(self) -> None:
        """From the message to the list; from the list to the unfiltered list."""
        if self.opened:
            self.look_away()
        elif self._selection:
            self._select(MessageFilter())

    def action_neighbour(self, step: int) -> None:
        """The message above or below, without leaving the full view."""
        if self.opened and self.single is None:
            self._table.cursor += step

    # -- the list itself -----------------------------------------------------------------------------

    def action_compose(self) -> None:
        """A new message."""
        self.post_message(OpenCompose(DraftPrefill()))

    def action_outbox(self) -> None:
        """What was sent from here, in Compose."""
        self.post_message(Navigate("compose", "outbox"))

    def action_filter(self) -> None:
        """Narrow the list."""
        from tui.screens.messages.filter_form import MessageFilterForm

        self.app.push_screen(MessageFilterForm(self._selection, self.session.clock()), self._selected)

    def _selected(self, selection: MessageFilter | None) -> None:
        if selection is not None and self.session.account is not None:
            self._select(selection)

    def _select(self, selection: MessageFilter) -> None:
        held = self._table.current
        before, self._selection = self._selection, selection
        self._give_up_gathering("The list is another one now")
        # What was asked for is the list, not the message that was opened before.
        self.look_away()
        if before.server != selection.server:
            self._start_over()
            self._held = held.sid if held is not None else ""
            return
        self._stopped = False
        self._show_rows(anew=True)
        if self._feed is not None and self._feed.started:
            self._fill_view(self._feed)

    def action_refresh(self) -> None:
        """Ask now; a list that failed to load is tried again."""
        feed = self._feed
        if feed is None:
            return
        if not feed.started or self._trouble is not None:
            self._trouble = None
            self._loading = False
            self._load_older(feed)
        self._asking = feed.started
        self._show_summary()
        self._wake.set()

    def action_watch(self) -> None:
        """Watch, or stop watching."""
        self.watching = not self.watching
        self._show_summary()
        if self.watching:
            self._wake.set()


def _feed(account: Account, selection: MessageFilter) -> MessageList:
    # Imported with the first account: until then there is nothing to read.
    from tui.twilio.message_list import MessageList

    return MessageList(account.client, selection.server, page_size=PAGE_SIZE)
