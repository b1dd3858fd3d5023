"""The Webhooks screen: the receiver's state, the events as they arrive, and one event in full.

The receiver lives in the session and goes on when this screen is left. The list holds rows, not events: an event is
read from the store when it is looked at.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from heapq import merge
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from tui.actions import WEBHOOKS, bindings
from tui.keymap import key_of, name_keys
from tui.safe_text import safe_text
from tui.screens.base import DraftPrefill, Navigate, OpenCompose, OpenConversation, OpenEvents, OpenMessage
from tui.screens.list_detail import ListDetailScreen
from tui.screens.webhooks.alert_actions import AlertActions
from tui.screens.webhooks.detail_text import describe, peek
from tui.screens.webhooks.event_actions import GONE, EventActions, read_whole, show_error
from tui.screens.webhooks.event_list import EventFilter, EventList, EventRow, row_of, titles
from tui.screens.webhooks.forms import SettingsForm, event_filter_form
from tui.screens.webhooks.number_actions import NumberActions
from tui.screens.webhooks.own_event_actions import OwnEventActions
from tui.screens.webhooks.summary import HELP, EventListStatus, count_line, explain_emptiness, state_lines
from tui.screens.webhooks.tunnel_actions import TunnelActions
from tui.screens.why.opening import ask_why_of
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.services.webhook_service import WebhookService
from tui.twilio.message import PROBLEMS
from tui.webhooks.errors import EventsUnavailable, SettingsUnsaved, WebhookError
from tui.webhooks.event_queue import EventBatch
from tui.webhooks.event_store import EventStore
from tui.webhooks.events import EventKind, WebhookEvent
from tui.webhooks.sandbox_controls import SIGNING
from tui.webhooks.settings import ReceiverSettings
from tui.widgets.address_names import name_address, name_in_column
from tui.widgets.bars import KeyBar
from tui.widgets.row_list import Titles
from tui.widgets.text_pane import Preview, TextPane

PAGE: Final = 200
"""Events read from the store at a time."""

MOST_ROWS: Final = 2000
"""Rows held; older ones are read again when somebody moves down to them."""

MOST_AT_ONCE: Final = 500
"""Rows taken from one batch; more than this nobody reads."""


class WebhooksScreen(ListDetailScreen):
    """The receiver and its events, newest first."""

    CSS_PATH = ["../list_detail.tcss", "webhooks.tcss"]
    PLACE = "webhooks"
    HELP_TEXT = HELP
    AUTO_FOCUS = "EventList"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(WEBHOOKS)]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._events = EventActions(self, lambda: self._store)
        self._numbers = NumberActions(self, self._show_state)
        self._tunnel = TunnelActions(self, self._numbers)
        self._own_events = OwnEventActions(self)
        self._alerts = AlertActions(self, self._alerts_changed)
        self._rows: list[EventRow] = []
        self._unserved: tuple[WebhookEvent, ...] = ()
        self._filter = EventFilter()
        self._more_below = False
        self._skipped = 0
        self._trouble = ""
        self._shown_row: EventRow | None = None
        self._start_wanted = False

    def content(self) -> ComposeResult:
        yield Static(id="state", markup=False)
        yield Static(id="counts", markup=False)
        table = EventList(now=self.session.clock, name_of=self._name_in_column, id="table")
        yield from self.list_and_pane(Titles(lambda width: titles(width, forwards=table.forwards)), table)

    @property
    def _receiving(self) -> WebhookService:
        return self.session.receiving

    @property
    def _store(self) -> EventStore:
        return self._receiving.receiver.store

    @property
    def _table(self) -> EventList:
        return self.query_one(EventList)

    # -- events of the session -----------------------------------------------------------------------

    def account_changed(self, account: Account | None) -> None:
        self._alerts.forget()
        # The saved connections share their events; the sandbox has its own.
        if account is not None:
            if not account.sandbox:
                self._numbers.signing = "right"
            self._reload()
        else:
            self._show_rows()
        self._start_if_wanted()

    def _name_in_column(self, address: str, width: int) -> str:
        return name_in_column(self.session, address, width) if name_address(self.session, address) else ""

    def session_changed(self, event: SessionEvent) -> None:
        if event.what is EventType.WEBHOOKS and event.batch is not None:
            self._take(event.batch)
        elif event.what is EventType.NAMES:
            self._table.refresh()
            self.show_current()
        elif event.what is EventType.WITHDRAWN:
            self._rows = [row for row in self._rows if row.sid not in event.withdrawn or row.kind is EventKind.STATUS]
            # What an alert or the detail repeats of an answer may have the words as well.
            self._alerts.forget()
            self._show_rows()
            self.show_current()
        elif event.what in (EventType.WEBHOOKS, EventType.ACCOUNT):
            if event.what is EventType.ACCOUNT:
                self._start_if_wanted()
            self._show_forwards()
            self._show_state()
            self._show_emptiness()
            self.refresh_bindings()

    def on_screen_resume(self) -> None:
        self._receiving.watched = True
        self._show_state()

    def on_screen_suspend(self) -> None:
        # A question over this screen is not another screen.
        self._receiving.watched = self.app.current_mode == self.PLACE

    def unsaved_warning(self) -> str:
        receiving = self._receiving
        if receiving.listening is None or receiving.sandbox:
            return ""
        words = "The receiver stops: what Twilio sends while tuilio does not run is not received."
        numbers = ", ".join(safe_text(one.phone_number, limit=20) for one in receiving.pointed)
        if numbers:
            words += f" {numbers}: still pointed here; {key_of('webhooks.numbers')} gives back the webhook from before."
        return words

    # -- reading -------------------------------------------------------------------------------------

    def _reload(self) -> None:
        self._rows, self._skipped, self._trouble = [], 0, ""
        self._more_below = False
        self.opened = False
        self._show_rows(follow=True)
        self.work(partial(self._read, self._store, None), group="read", exclusive=True)

    async def _read(self, store: EventStore, before: int | None) -> None:
        try:
            events = await asyncio.to_thread(store.latest, PAGE, before=before)
        except EventsUnavailable as problem:
            # Older ones are still there: moving on asks for them again.
            self._trouble, self._more_below = str(problem), before is not None
            self._show_state()
            return
        if store is not self._store:
            return
        # What arrived while the store was read is there already.
        known = {row.id for row in self._rows}
        self._rows += [row_of(event) for event in events if event.id not in known]
        self._more_below = len(events) == PAGE
        self._trouble = store.notice
        self._show_rows(follow=before is None)

    def _take(self, batch: EventBatch) -> None:
        self._take_changes(batch)
        if self._receiving.receiver.queue.unserved != self._unserved:
            self._show_rows(follow=self._table.cursor == 0 and not self.opened)
        newest = batch.events[-MOST_AT_ONCE:]
        self._skipped += batch.left_out + len(batch.events) - len(newest)
        if not newest:
            self._show_state()
            return
        table = self._table
        following = table.cursor == 0 and not self.opened
        if not following and table.current in self._rows[MOST_ROWS - len(newest) :]:
            # The row somebody looks at would fall off the end: what is new can wait.
            self._skipped += len(newest)
            self._show_state()
            return
        known = {row.id for row in self._rows[:PAGE] if row.id}
        self._rows[:0] = [row_of(event) for event in reversed(newest) if event.id not in known]
        if len(self._rows) > MOST_ROWS:
            del self._rows[MOST_ROWS:]
            self._more_below = True
        self._show_rows(follow=following)

    def _take_changes(self, batch: EventBatch) -> None:
        changed = {event.id: row_of(event) for event in batch.changed}
        if not changed:
            return
        self._rows = [changed.get(row.id, row) for row in self._rows]
        self._show_rows()

    # -- showing -------------------------------------------------------------------------------------

    def _show_rows(self, *, follow: bool = False) -> None:
        table = self._table
        held = table.current
        chosen = self._filter
        self._unserved = self._receiving.receiver.queue.unserved
        rows = list(merge(self._rows, map(row_of, self._unserved), key=lambda row: row.received_at, reverse=True))
        table.rows = [row for row in rows if chosen.accepts(row)] if chosen else rows
        self._show_forwards()
        place = 0 if follow else next((n for n, row in enumerate(table.rows) if _is_same(row, held)), None)
        table.set_row_count(len(table.rows), cursor=place)
        self._show_emptiness()
        self._show_state()
        if table.current is not self._shown_row:
            self.show_current()
            self.refresh_bindings()

    def _show_forwards(self) -> None:
        """Show the column for the answers of the person's own program, where there may be any."""
        forwards = bool(self._receiving.settings.forward_to) or any(row.forwarded for row in self._rows)
        if self._table.forwards is not forwards:
            self._table.forwards = forwards
            self._table.refresh()
            self.query_one(Titles).refresh()

    @property
    def _status(self) -> EventListStatus:
        table = self._table
        return EventListStatus(
            loaded=len(self._rows),
            shown=table.row_count,
            above=table.cursor,
            skipped=self._skipped,
            more_below=self._more_below,
            event_filter=self._filter,
            trouble=self._trouble,
            signing="" if self._numbers.signing == "right" else SIGNING[self._numbers.signing].partition(",")[0],
        )

    def _show_state(self) -> None:
        if not self.is_mounted:
            return
        now = self._status
        self.put("#state", state_lines(self._receiving, self.session, now))
        # The count has one line whatever it says, and changes with every batch: no need to lay out the screen.
        self.put("#counts", count_line(self._receiving.receiver.queue.counts, now, self.session), layout=False)

    def _show_emptiness(self) -> None:
        some = self._table.row_count > 0
        self.show_empty(None if some else explain_emptiness(self._receiving, self._status))

    @property
    def _pane_width(self) -> int:
        # Alone on the screen it has two cells of its own on either side, and no size before it is shown.
        return self.query_one("#detail", TextPane).size.width if self.has_class("-wide") else self.size.width - 4

    def show_current(self) -> None:
        row = self._shown_row = self._table.current
        failed = row is not None and row.accepted and row.status in PROBLEMS
        self.query_one(KeyBar).suggested = frozenset({"why"} if failed else ())
        if row is None:
            self.show_nothing()
            return
        if self.peeks:
            self.query_one("#peek", Preview).show(peek(row, self.session.clock()))
        if self.reads:
            self.work(partial(self._show_whole, row), group="detail", exclusive=True)

    async def _show_whole(self, row: EventRow) -> None:
        try:
            event = await read_whole(self._store, row)
        except EventsUnavailable as problem:
            words = Content(safe_text(str(problem)))
        else:
            words = Content(GONE)
            if event is not None:
                # Making a megabyte safe to read takes a while.
                now = self.session.clock()
                alerts = self._alerts.lines(event, now)
                words = await asyncio.to_thread(
                    describe, event, now, self._pane_width, alerts, partial(name_address, self.session)
                )
        if row is self._table.current:
            self.query_one("#detail", TextPane).show(words)

    # -- moving, opening and filtering ---------------------------------------------------------------

    def moved(self) -> None:
        table = self._table
        if table.current is not self._shown_row:
            self.show_current_soon()
        self._show_state()
        oldest = next((row.id for row in reversed(self._rows) if row.id), 0)
        if self._more_below and oldest and table.row_count - table.cursor < 2 * max(1, table.size.height):
            self._more_below = False
            # In the group of `_reload`, so that older rows cannot come before those of a list begun anew.
            self.work(partial(self._read, self._store, oldest), group="read", exclusive=True)

    def action_open(self) -> None:
        if self._table.current is not None:
            self.opened = True

    def action_back(self) -> None:
        if self.opened:
            self.opened = False
        elif self._filter:
            self._apply_filter(EventFilter())

    def navigated(self, request: Navigate) -> None:
        """Some of the events."""
        if isinstance(request, OpenEvents):
            self.opened = False
            self._apply_filter(EventFilter(request.text))

    def action_filter(self) -> None:
        self.app.push_screen(event_filter_form(self._filter), self._apply_filter)

    def _apply_filter(self, event_filter: EventFilter | None) -> None:
        if event_filter is not None:
            self._filter = event_filter
            self._show_rows()

    # -- actions -------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        row = self._table.current if self.is_mounted else None
        match action:
            case "start":
                return self._receiving.listening is None
            case "stop":
                return self._receiving.listening is not None
            case "signing":
                return self._receiving.sandbox
            case "text_me":
                return self._receiving.sandbox and self._receiving.listening is not None
            case "numbers" | "public_address" | "own_event" | "alerts":
                return self.session.account is not None
            case "back":
                return self.opened or bool(self._filter)
            case "reply":
                return row is not None and row.accepted and row.kind is EventKind.INBOUND and bool(row.sender)
            case "conversation":
                known = row is not None and row.accepted and self.session.account is not None
                return known and row is not None and bool(_other_side(row))
            case "open_message" | "why":
                return row is not None and row.accepted and bool(row.sid) and self.session.account is not None
            case "media":
                return row is not None and row.has_media and self.session.account is not None
            case "play_again" | "play_elsewhere":
                return row is not None and row.kind is not EventKind.UNSERVED
            case "adopt":
                return row is not None and (row.kind is EventKind.UNSERVED or "Set the public URL" in row.diagnosis)
            case "open" | "copy" | "export" | "clear":
                return row is not None
            case _:
                return super().check_action(action, parameters)

    def action_refresh(self) -> None:
        self._reload()

    def action_reply(self) -> None:
        if (row := self._table.current) is not None:
            self.post_message(OpenCompose(DraftPrefill(to=row.sender, from_=row.to)))

    def action_conversation(self) -> None:
        if (row := self._table.current) is not None:
            self.post_message(OpenConversation(_other_side(row)))

    def action_name_number(self) -> None:
        from tui.screens.names.names_dialog import name_number

        row = self._table.current
        other = "" if row is None else row.sender if row.kind is EventKind.INBOUND else row.to
        name_number(self, self.session, other)

    def action_open_message(self) -> None:
        if (row := self._table.current) is not None:
            self.post_message(OpenMessage(row.sid))

    def action_why(self) -> None:
        if (row := self._table.current) is not None:
            self.work(partial(ask_why_of, self, row.sid), group="why", exclusive=True, asks=True)

    def action_media(self) -> None:
        if (row := self._table.current) is not None and (account := self.session.account) is not None:
            self._events.show_media(row, account)

    def action_play_again(self) -> None:
        if (row := self._table.current) is not None:
            self._events.play_again(row)

    def action_play_elsewhere(self) -> None:
        if (row := self._table.current) is not None:
            self._events.play_elsewhere(row)

    def action_adopt(self) -> None:
        if (row := self._table.current) is not None:
            self._events.adopt(row)

    def action_forwarding(self) -> None:
        settings = self._receiving.settings
        if not settings.forward_to:
            self.action_set_up("forward_to")
        elif settings.unconfirmed:
            self._events.ask_to_confirm()
        else:
            self.work(partial(self._set_forwarding, not settings.forwards), group="receiver")

    async def _set_forwarding(self, on: bool) -> None:
        try:
            await self._receiving.set_forwarding(on)
        except WebhookError as problem:
            show_error(self, str(problem))

    def action_copy(self) -> None:
        if (row := self._table.current) is not None:
            self._events.copy(row)

    def action_export(self) -> None:
        self._events.export(list(self._table.rows) if self._filter else None)

    def action_clear(self) -> None:
        self._events.clear(then=self._reload)

    def action_numbers(self) -> None:
        self._numbers.choose_number()

    def action_public_address(self) -> None:
        self._tunnel.public_address()

    def action_alerts(self) -> None:
        if (row := self._table.current) is None:
            self._alerts.ask_about_receiver()
            return
        self.opened = self.opened or not self.reads
        self._alerts.ask(row)

    def _alerts_changed(self) -> None:
        if self.reads:
            self.show_current()

    def action_own_event(self) -> None:
        self._own_events.ask()

    def action_text_me(self) -> None:
        self._numbers.text_me()

    def action_signing(self) -> None:
        self._numbers.choose_signing()

    # -- the receiver --------------------------------------------------------------------------------

    def action_start(self) -> None:
        if self.session.account is not None:
            self.work(self._start, group="receiver", asks=True)
        elif self.session.opening:
            self._start_wanted = True
            self.app.notify("It starts as soon as the connection is open.", markup=False)
        else:
            remedy = name_keys("{everywhere.switch_connection} chooses one.")
            show_error(self, f"There is no connection to verify webhooks with. {remedy}")

    def _start_if_wanted(self) -> None:
        wanted, self._start_wanted = self._start_wanted, self._start_wanted and bool(self.session.opening)
        if wanted and self.session.account is not None:
            self.action_start()

    async def _start(self) -> None:
        try:
            await self._receiving.start()
        except WebhookError as problem:
            show_error(self, str(problem))
        else:
            if self._receiving.settings.forwards:
                self._events.ask_to_confirm()
            await self._numbers.offer_number()

    def action_stop(self) -> None:
        self.work(self._receiving.stop, group="receiver")

    def action_set_up(self, field: str = "port") -> None:
        self._ask_settings(self._receiving.settings.public_url, focus=field)

    def _ask_settings(
        self,
        shown_url: str,
        typed: ReceiverSettings | None = None,
        *,
        wrong: WebhookError | None = None,
        words: str = "",
        focus: str = "port",
    ) -> None:
        """Ask for the settings of the connection in use; `shown_url` is the public URL before anything was typed."""
        receiving = self._receiving
        note = f"{words} For the sandbox: not saved." if receiving.sandbox else words
        form = SettingsForm(receiving.settings, typed, wrong=wrong, note=note.strip(), focus=focus)
        self.app.push_screen(form, partial(self._set_up_soon, receiving.sandbox, shown_url))

    def _set_up_soon(self, sandbox: bool, shown_url: str, settings: ReceiverSettings | None) -> None:
        if settings is not None:
            self.work(partial(self._set_up, sandbox, shown_url, settings), group="receiver", asks=True)

    async def _set_up(self, sandbox: bool, shown_url: str, settings: ReceiverSettings) -> None:
        present = self._receiving.settings.public_url
        if settings.public_url == shown_url:
            # A tunnel whose address it was may have ended meanwhile, or one have begun.
            settings, shown_url = replace(settings, public_url=present), present
        if sandbox is not self._receiving.sandbox:
            # Typed for the one it is saved for the other by nobody who has not seen that.
            words = "Another connection is in use by now. This was typed for the one before."
            self._ask_settings(shown_url, replace(settings, allow_unsigned=False), words=words)
            return
        try:
            await self._receiving.set_up(settings)
        except SettingsUnsaved as problem:
            show_error(self, str(problem))
        except WebhookError as problem:
            self._ask_settings(shown_url, settings, wrong=problem)
        else:
            self._events.ask_to_confirm()


def _is_same(row: EventRow, held: EventRow | None) -> bool:
    """Whether two rows are of one event, also where one is of a later state of it."""
    if row is held or held is None:
        return row is held
    if row.kind is EventKind.UNSERVED:
        return (row.kind, row.method, row.target) == (held.kind, held.method, held.target)
    return row.id == held.id != 0


def _other_side(row: EventRow) -> str:
    """The person whom an event is about; empty for none."""
    match row.kind:
        case EventKind.INBOUND:
            return row.sender
        case EventKind.STATUS:
            return row.to
        case _:
            return ""
