"""The Webhooks place: the receiver's switch, what arrives as it arrives, and one event in full.

The receiver lives in the session and goes on when this place is left. The list holds rows, not events: an event is
read from the store when it is looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from tui.actions import WEBHOOKS, bindings
from tui.keymap import key_of, name_keys
from tui.safe_text import safe_text
from tui.screens.webhooks.detail_text import describe, peek
from tui.screens.webhooks.event_list import EventList, EventRow, row_of, titles
from tui.screens.webhooks.filters import EventFilter
from tui.screens.webhooks.forms import EventFilterForm, SettingsForm
from tui.screens.webhooks.number_actions import Numbers
from tui.screens.webhooks.summary import HELP, EventListStatus, count_line, explain_emptiness, state_lines
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.webhooks.errors import EventsUnavailable, SettingsUnsaved, WebhookError
from tui.webhooks.event_queue import EventBatch
from tui.webhooks.event_store import EventStore
from tui.webhooks.sandbox_controls import SIGNING
from tui.webhooks.settings import ReceiverSettings
from tui.widgets.row_list import Titles
from tui.widgets.text_pane import Preview, TextPane

PAGE = 200
"""Events read from the store at a time."""

MOST_ROWS = 2000
"""Rows held; older ones are read again when somebody moves down to them."""

MOST_AT_ONCE = 500
"""Rows taken from one batch; more than this nobody reads."""


class WebhooksScreen(Numbers):
    """What Twilio sends, newest first."""

    CSS_PATH = ["../list_detail.tcss", "webhooks.tcss"]
    PLACE = "webhooks"
    HELP_TEXT = HELP
    AUTO_FOCUS = "EventList"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(WEBHOOKS)]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._rows: list[EventRow] = []
        self._selection = EventFilter()
        self._more_below = False
        self._skipped = 0
        self._trouble = ""
        self._shown_row: EventRow | None = None
        self._wanted = False

    def content(self) -> ComposeResult:
        """How it stands, the list with its titles and peek, the pane."""
        yield Static(id="state", markup=False)
        yield Static(id="counts", markup=False)
        yield from self.list_and_pane(Titles(titles), EventList(now=self.session.clock, id="table"))

    # -- what the session tells ----------------------------------------------------------------------

    def account_changed(self, account: Account | None) -> None:
        """The saved connections share their events; the sandbox has its own."""
        if account is not None:
            self.signing = self.signing if account.sandbox else "right"
            self.reload()
        else:
            self._show_rows()
        self._start_if_wanted()

    def session_changed(self, event: SessionEvent) -> None:
        """Take in what was received; say how the receiver stands."""
        if event.what is EventType.WEBHOOKS and event.batch is not None:
            self._take(event.batch)
        elif event.what in (EventType.WEBHOOKS, EventType.ACCOUNT):
            if event.what is EventType.ACCOUNT:
                self._start_if_wanted()
            self.show_state()
            self._show_emptiness()
            self.refresh_bindings()

    def on_screen_resume(self) -> None:
        """Nothing is news any more to a person who looks."""
        self.receiving.watched = True
        self.show_state()

    def on_screen_suspend(self) -> None:
        """What arrives from now on is news, unless this is only a question over this place."""
        self.receiving.watched = self.app.current_mode == self.PLACE

    def unsaved_warning(self) -> str:
        """What quitting stops."""
        receiving = self.receiving
        if receiving.listening is None or receiving.sandbox:
            return ""
        words = "The receiver stops: what Twilio sends while tuilio does not run is not received."
        numbers = ", ".join(safe_text(one.phone_number, limit=20) for one in receiving.pointed)
        if numbers:
            words += f" {numbers}: still pointed here; {key_of('webhooks.numbers')} gives back the webhook from before."
        return words

    # -- reading -------------------------------------------------------------------------------------

    @property
    def store(self) -> EventStore:
        """Where events are kept."""
        return self.receiving.receiver.store

    def reload(self) -> None:
        """Read the newest anew."""
        self._rows, self._skipped, self._trouble = [], 0, ""
        self._more_below = False
        self.opened = False
        self._show_rows(follow=True)
        self.work(partial(self._read, self.store, None), group="read", exclusive=True)

    async def _read(self, store: EventStore, before: int | None) -> None:
        try:
            events = await asyncio.to_thread(store.latest, PAGE, before=before)
        except EventsUnavailable as problem:
            # Older ones are still there: moving on asks for them again.
            self._trouble, self._more_below = str(problem), before is not None
            self.show_state()
            return
        if store is not self.store:
            return
        # What arrived while the store was read is there already.
        known = {row.id for row in self._rows}
        self._rows += [row_of(event) for event in events if event.id not in known]
        self._more_below = len(events) == PAGE
        self._trouble = store.notice
        self._show_rows(follow=before is None)

    def _take(self, batch: EventBatch) -> None:
        newest = batch.events[-MOST_AT_ONCE:]
        self._skipped += batch.left_out + len(batch.events) - len(newest)
        if not newest:
            self.show_state()
            return
        table = self._table
        following = table.cursor == 0 and not self.opened
        if not following and table.current in self._rows[MOST_ROWS - len(newest) :]:
            # The row somebody looks at would fall off the end: what is new can wait.
            self._skipped += len(newest)
            self.show_state()
            return
        known = {row.id for row in self._rows[:PAGE] if row.id}
        self._rows[:0] = [row_of(event) for event in reversed(newest) if event.id not in known]
        if len(self._rows) > MOST_ROWS:
            del self._rows[MOST_ROWS:]
            self._more_below = True
        self._show_rows(follow=following)

    # -- showing -------------------------------------------------------------------------------------

    @property
    def _table(self) -> EventList:
        return self.query_one(EventList)

    @property
    def current_row(self) -> EventRow | None:
        """The event that actions are about."""
        return self._table.current

    @property
    def listed(self) -> Sequence[EventRow]:
        """The events as they are shown."""
        return self._table.rows

    @property
    def narrowed(self) -> bool:
        """Whether a filter is on."""
        return bool(self._selection)

    def _show_rows(self, *, follow: bool = False) -> None:
        table = self._table
        held = table.current
        chosen = self._selection
        table.rows = [row for row in self._rows if chosen.accepts(row)] if chosen else list(self._rows)
        place = 0 if follow else next((n for n, row in enumerate(table.rows) if row is held), None)
        table.set_row_count(len(table.rows), cursor=place)
        self._show_emptiness()
        self.show_state()
        if table.current is not self._shown_row:
            self.show_current()
            self.refresh_bindings()

    @property
    def _situation(self) -> EventListStatus:
        table = self._table
        return EventListStatus(
            loaded=len(self._rows),
            shown=table.row_count,
            above=table.cursor,
            skipped=self._skipped,
            more_below=self._more_below,
            selection=self._selection,
            trouble=self._trouble,
            signing="" if self.signing == "right" else SIGNING[self.signing].partition(",")[0],
        )

    def show_state(self) -> None:
        """The lines above the list."""
        if not self.is_mounted:
            return
        now = self._situation
        self._put("#state", state_lines(self.receiving, self.session, now))
        self._put("#counts", count_line(self.receiving.receiver.feed.counts, now, self.session))

    def _put(self, where: str, words: Content) -> None:
        part = self.query_one(where, Static)
        if part.content != words:
            # The count has one line whatever it says, and changes with every batch: no need to lay out the screen.
            part.update(words, layout=where != "#counts")

    def _show_emptiness(self) -> None:
        some = self._table.row_count > 0
        self.show_empty(None if some else explain_emptiness(self.receiving, self._situation))

    @property
    def _pane_width(self) -> int:
        # Alone on the screen it has two cells of its own on either side, and no size before it is shown.
        return self.query_one("#detail", TextPane).size.width if self.has_class("-wide") else self.size.width - 4

    def show_current(self) -> None:
        """The event under the cursor, in the peek and the pane."""
        row = self._shown_row = self._table.current
        if row is None:
            self.show_nothing()
            return
        if self.peeks:
            self.query_one("#peek", Preview).show(peek(row, self.session.clock()))
        if self.reads:
            self.work(partial(self._show_whole, row), group="detail", exclusive=True)

    async def _show_whole(self, row: EventRow) -> None:
        try:
            event = await self.whole(row)
        except EventsUnavailable as problem:
            words = Content(safe_text(str(problem)))
        else:
            words = Content("This event is no longer kept: newer ones took its room.")
            if event is not None:
                # Making a megabyte safe to read takes a while.
                words = await asyncio.to_thread(describe, event, self.session.clock(), self._pane_width)
        if row is self._table.current:
            self.query_one("#detail", TextPane).show(words)

    # -- moving and opening --------------------------------------------------------------------------

    def moved(self) -> None:
        """Show the event, and read older ones before the cursor comes to them."""
        table = self._table
        if table.current is not self._shown_row:
            self.show_current_soon()
        self.show_state()
        oldest = self._rows[-1].id if self._rows else 0
        if self._more_below and oldest and table.row_count - table.cursor < 2 * max(1, table.size.height):
            self._more_below = False
            # In the group of `reload`, which begins the list anew: what is older must not come before what is newer.
            self.work(partial(self._read, self.store, oldest), group="read", exclusive=True)

    def action_open(self) -> None:
        """Show the event in full."""
        if self.current_row is not None:
            self.opened = True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be done now."""
        match action:
            case "start":
                return self.receiving.listening is None
            case "stop":
                return self.receiving.listening is not None
            case "back":
                return self.opened or bool(self._selection)
            case _:
                return super().check_action(action, parameters)

    def action_back(self) -> None:
        """From the event to the list; from the list to the unfiltered list."""
        if self.opened:
            self.opened = False
        elif self._selection:
            self._select(EventFilter())

    def action_filter(self) -> None:
        """Narrow the list."""
        self.app.push_screen(EventFilterForm(self._selection), self._select)

    def _select(self, selection: EventFilter | None) -> None:
        if selection is not None:
            self._selection = selection
            self._show_rows()

    def action_refresh(self) -> None:
        """Read the list from the store: also what came too fast to list."""
        self.reload()

    # -- the receiver --------------------------------------------------------------------------------

    def action_start(self) -> None:
        """Listen, once it is known whose webhooks they are."""
        if self.session.account is not None:
            self.work(self._start(), group="receiver", asks=True)
        elif self.session.opening:
            self._wanted = True
            self.app.notify("It starts as soon as the connection is open.", markup=False)
        else:
            remedy = name_keys("{everywhere.switch_connection} chooses one.")
            self._refuse(f"There is no connection to verify webhooks with. {remedy}")

    def _start_if_wanted(self) -> None:
        wanted, self._wanted = self._wanted, self._wanted and bool(self.session.opening)
        if wanted and self.session.account is not None:
            self.action_start()

    async def _start(self) -> None:
        try:
            await self.receiving.start()
        except WebhookError as problem:
            self._refuse(str(problem))
            return
        if (used := self._used) is not None and used.sandbox:
            await self.offer_number(used)

    def action_stop(self) -> None:
        """Stop listening."""
        self.work(self.receiving.stop(), group="receiver")

    def action_set_up(self) -> None:
        """Change how the receiver is set up."""
        note = "" if not self.receiving.sandbox else "For the sandbox: not saved."
        self.app.push_screen(SettingsForm(self.receiving.settings, note=note), self._set_up_soon)

    def _set_up_soon(self, settings: ReceiverSettings | None) -> None:
        if settings is not None:
            self.work(self._set_up(settings), group="receiver")

    async def _set_up(self, settings: ReceiverSettings) -> None:
        try:
            await self.receiving.set_up(settings)
        except SettingsUnsaved as problem:
            self._refuse(str(problem))
        except WebhookError as problem:
            self.app.push_screen(SettingsForm(settings, wrong=problem), self._set_up_soon)
