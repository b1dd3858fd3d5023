"""The Messages screen: the list, the message under the cursor beside it, and the actions on both.

Holds a `MessageLoader`, which reads the list, and a `MessageDetail`, which shows one message in full.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.actions import MESSAGES, bindings
from tui.screens.base import DraftPrefill, Navigate, OpenCompose, OpenConsole, OpenMessage
from tui.screens.list_detail import ListDetailScreen
from tui.screens.messages.filters import MessageFilter
from tui.screens.messages.loader import MessageLoader
from tui.screens.messages.message_actions import (
    ask_for_sid,
    cancel_message,
    copy_message,
    delete_message,
    export_loaded,
    redact_message,
)
from tui.screens.messages.message_detail import MessageDetail
from tui.screens.messages.summary import explain_emptiness, summarise
from tui.screens.messages.table import MessageTable, title_line
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.widgets.row_list import Titles

if TYPE_CHECKING:
    from tui.twilio.message_list import ListChange
    from tui.twilio.messages import Message


class MessagesScreen(ListDetailScreen):
    """The account's messages, newest first, with one in full beside or over the list."""

    CSS_PATH = ["../list_detail.tcss", "messages.tcss"]
    PLACE = "messages"
    HELP_TEXT = (
        "The newest messages of the connection in use. Older ones are loaded as you move down; Twilio gives no "
        "total, so the line above the list says how many are loaded and whether there are more.\n\n"
        "A failed row says why. Enter shows a message in full, with what to do about an error. Filters on To, "
        "From and days look at Twilio, in all history; those on status, direction and text in the messages loaded, and "
        "further and further back until the screen is full. A full stop ends such a search, End goes on.\n\n"
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
        self.loader = MessageLoader(
            self, changed=self._changed, status_changed=self._show_status, needs_more=self._needs_more
        )
        self.detail = MessageDetail(self, under_cursor=lambda: self._table.current, not_found=self._ask_for_sid)
        self._cursor_sid = ""
        """The message on which the cursor shall stand once it is loaded."""

    def content(self) -> ComposeResult:
        yield Static(id="summary", markup=False)
        yield from self.list_and_pane(Titles(title_line), MessageTable(now=self.session.clock, id="table"))

    def on_mount(self) -> None:
        self.work(self.loader.watch(), group="watch")

    @property
    def _table(self) -> MessageTable:
        return self.query_one(MessageTable)

    # -- events of the session -----------------------------------------------------------------------

    def account_changed(self, account: Account | None) -> None:
        self._begin(account, MessageFilter())

    def session_changed(self, event: SessionEvent) -> None:
        """Take over newer states of messages; look for a message that was just sent."""
        if self.loader.status.loaded is None:
            self._show_rows()
            return
        if event.account is not self.session.account:
            return
        if event.message is not None:
            self._take_over(event.message)
        elif event.what is EventType.MESSAGE:
            self._forget(event.sid)
        if event.sending is not None and event.sending.stage.accepted:
            self.loader.look_now()

    def _take_over(self, message: Message) -> None:
        loaded = self.loader.status.loaded
        if loaded is None:
            return
        self.detail.take_over(message)
        change = loaded.apply([message])
        self._changed(change)
        current = self.current_message
        if message.sid not in change.updated and current is not None and current.sid == message.sid:
            # Its media may have been listed.
            self.show_current()
        if loaded.find(message.sid) is None:
            self.loader.look_now()

    def _forget(self, sid: str) -> None:
        loaded = self.loader.status.loaded
        if loaded is not None and loaded.forget(sid):
            self._show_rows()
        self.detail.forget(sid)

    def navigated(self, request: Navigate) -> None:
        if isinstance(request, OpenMessage):
            self.detail.open_sid(request.sid)

    # -- showing -------------------------------------------------------------------------------------

    def _begin(self, account: Account | None, wanted: MessageFilter) -> None:
        """Show and read another list; nothing of the one before stays."""
        self.loader.begin(account, wanted)
        self._cursor_sid = ""
        self.detail.close()
        self._table.messages = []
        self._table.set_row_count(0, cursor=0)
        self._show_rows()
        self.show_current()
        self.loader.load_older()

    def _changed(self, change: ListChange) -> None:
        status = self.loader.status
        if not change or status.loaded is None:
            return
        if change.added_below and not (change.added_at_top or change.updated or change.restarted):
            # Long searches read thousands of pages: what was looked at is not looked at again.
            self._append(status.loaded.rows[-change.added_below :])
        elif change.added_at_top or change.added_below or change.restarted or status.filter.compares:
            self._show_rows()
        else:
            table = self._table
            # Without a filter of ours the table has the order of the loaded list.
            for sid in change.updated:
                if (place := status.loaded.place_of(sid)) is not None:
                    table.messages[place] = status.loaded.rows[place]
                    table.redraw_row(place)
        current = self.current_message
        if current is not None and current.sid in change.updated:
            self.show_current()

    def _append(self, older: list[Message]) -> None:
        table, wanted, before = self._table, self.loader.status.filter, self._table.current
        fresh = [m for m in older if wanted.accepts(m)] if wanted.compares else older
        table.messages.extend(fresh)
        cursor = None
        if fresh and self._cursor_sid:
            cursor = next((n for n, m in enumerate(table.messages) if m.sid == self._cursor_sid), 0)
            self._cursor_sid = ""
        table.set_row_count(len(table.messages), cursor=cursor)
        self._show_status()
        if table.current is not before:
            self.show_current()

    def _show_rows(self, *, other_filter: bool = False) -> None:
        """Show the loaded messages that are wanted; the cursor keeps its message.

        Where that is not shown any more, it keeps its line, or with `other_filter` goes to the first row.
        """
        table, status = self._table, self.loader.status
        before = table.current
        rows = status.loaded.rows if status.loaded is not None else []
        shown = [message for message in rows if status.filter.accepts(message)] if status.filter.compares else [*rows]
        same = len(shown) == table.row_count and shown == table.messages
        table.messages = shown
        if not same:
            if before is None:
                place = None
            elif status.filter.compares or status.loaded is None:
                place = next((n for n, m in enumerate(shown) if m.sid == before.sid), None)
            else:
                place = status.loaded.place_of(before.sid)
            table.set_row_count(len(shown), cursor=0 if place is None and other_filter else place)
        self._show_status()
        now = table.current
        if (now and now.sid) != (before and before.sid):
            self.show_current()

    def _show_status(self) -> None:
        """Fill the line above the list, or the words in place of an empty one; offer the keys that work now."""
        status, shown = self.loader.status, self._table.row_count
        self.show_empty(None if shown else explain_emptiness(status, self.session))
        words: Content | str = summarise(status, shown, self.session)
        summary = self.query_one("#summary", Static)
        if summary.content != words:
            summary.update(words)
        self.refresh_bindings()

    @property
    def current_message(self) -> Message | None:
        """The message that actions are about."""
        return self.detail.current

    def show_current(self) -> None:
        self.detail.show()

    # -- moving and opening --------------------------------------------------------------------------

    def on_screen_resume(self) -> None:
        # Catch up with what came while another screen was shown.
        self.loader.look_now()

    def resized(self) -> None:
        super().resized()
        self.loader.fill_view()

    def moved(self) -> None:
        self.detail.single = None
        self.show_current_soon()
        self.loader.fill_view()

    def _needs_more(self) -> bool:
        table = self._table
        # A list that shows no row yet has no height; without a filter the first page is enough for it.
        height = table.size.height or (self.size.height if self.loader.status.filter.compares else 1)
        return table.row_count - table.cursor < 2 * height

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        message, status = self.current_message if self.is_mounted else None, self.loader.status
        match action:
            case "open" | "reply" | "copy" | "delete" | "show_raw" | "redact" | "cancel_scheduled":
                # Where there is nothing to redact or to cancel, the key says so: silent, it would leave the `y`
                # that is typed after it to start a reply.
                return message is not None
            case "view":
                return message is not None and bool(message.body)
            case "send_again":
                return message is not None and not message.inbound
            case "back":
                return self.opened or bool(status.filter)
            case "stop_search":
                return status.searching
            case "search_on":
                return status.can_search_on
            case _:
                return super().check_action(action, parameters)

    def action_open(self) -> None:
        self.detail.open()

    def action_back(self) -> None:
        if self.opened:
            self.detail.close()
        elif self.loader.status.filter:
            self._select(MessageFilter())

    def action_neighbour(self, step: int) -> None:
        if self.detail.single is None:
            super().action_neighbour(step)

    def action_open_sid(self) -> None:
        self._ask_for_sid()

    def _ask_for_sid(self, typed: str = "", words: str = "") -> None:
        ask_for_sid(self, self.detail.open_sid, typed=typed, words=words)

    # -- the list ------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        from tui.screens.messages.filter_form import message_filter_form

        self.app.push_screen(message_filter_form(self.loader.status.filter, self.session.clock()), self._filter_entered)

    def _filter_entered(self, wanted: MessageFilter | None) -> None:
        if wanted is not None and self.session.account is not None:
            self._select(wanted)

    def _select(self, wanted: MessageFilter) -> None:
        before, current = self.loader.status.filter, self._table.current
        # What was asked for is the list, not the message that was opened before.
        self.detail.close()
        if before.server != wanted.server:
            self._begin(self.session.account, wanted)
            self._cursor_sid = current.sid if current is not None else ""
            return
        self.loader.narrow(wanted)
        self._show_rows(other_filter=True)
        self.loader.fill_view()

    def action_refresh(self) -> None:
        self.loader.refresh()

    def action_watch(self) -> None:
        status = self.loader.status
        status.watching = not status.watching
        self._show_status()
        if status.watching:
            self.loader.look_now()

    def action_stop_search(self) -> None:
        self.loader.stop()

    @on(MessageTable.EndAsked)
    def action_search_on(self) -> None:
        self.loader.search_on()

    def action_export(self) -> None:
        gather = self.loader.gather if self.loader.status.more_below else None
        export_loaded(self, lambda: list(self._table.messages), gather)

    # -- writing -------------------------------------------------------------------------------------

    def action_compose(self) -> None:
        self.post_message(OpenCompose(DraftPrefill()))

    def action_outbox(self) -> None:
        self.post_message(Navigate("compose", "outbox"))

    def action_reply(self) -> None:
        if (message := self.current_message) is not None:
            self.post_message(OpenCompose(DraftPrefill(to=message.other_party, from_=message.own_party)))

    def action_send_again(self) -> None:
        """A new draft with the same text: nothing is sent yet."""
        if (message := self.current_message) is not None:
            sender = message.messaging_service_sid or message.from_
            self.post_message(OpenCompose(DraftPrefill(to=message.to, from_=sender, body=message.body)))

    # -- the message ---------------------------------------------------------------------------------

    def action_copy(self) -> None:
        if (message := self.current_message) is not None:
            copy_message(self, message)

    def action_view(self) -> None:
        if (message := self.current_message) is not None:
            self.work(self.show_in_pager(message.body), group="outside", exclusive=True)

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
