"""The view over Delivery of what Twilio noted in a period: its debugger's entries, the same trouble in one line.

Asked when it is opened; one is read whole, with request and answer, when it is opened. All of it is remote text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from tui.actions import ALERTS, bindings
from tui.keymap import name_keys
from tui.safe_text import safe_text
from tui.screens.base import BaseScreen, OpenEvents, OpenMessage
from tui.screens.delivery.alert_list import AlertList, AlertRow, list_rows, titles
from tui.screens.delivery.figure_words import say_window
from tui.screens.list_detail import ListDetailScreen
from tui.services.session import EventType
from tui.theme import TONES
from tui.time_format import full
from tui.twilio.addresses import find_message_sids
from tui.twilio.alerts import KEPT, Alert, AlertGroup, fetch_alert, group_alerts, read_period
from tui.twilio.error_catalogue import page_of
from tui.twilio.errors import RequestFailed
from tui.widgets.alert_words import exchange_lines, say_refusal, whole_alert
from tui.widgets.copying import offer_copies
from tui.widgets.row_list import Titles
from tui.widgets.text_pane import Preview, TextPane

if TYPE_CHECKING:
    from tui.archive.periods import Window
    from tui.services.session import Account, Session, SessionEvent

MOST_WHOLE: Final = 100
"""Alerts that are kept as they were read whole."""

_LIST, _ONE = "alerts", "alert"
"""The groups of what is asked."""

_COLUMNS: Final = ("date", "code", "meaning", "level", "about", "method", "url", "status", "twilio_says", "sid")


def open_alerts(screen: BaseScreen, window: Window) -> None:
    """Show what Twilio noted in a period over a screen; says why not where no connection is open."""
    if (account := screen.account_in_use()) is not None and screen.is_on_top:
        screen.app.push_screen(AlertsScreen(screen.session, account, window))


class AlertsScreen(ListDetailScreen):
    """The alerts of a period.

    Args:
        account: that is asked.
        window: the period.
    """

    CSS_PATH = ["../list_detail.tcss", "alerts.tcss"]
    PLACE = "delivery"
    TITLE = "Alerts"
    GIVES_WAY = True
    AUTO_FOCUS = "AlertList"
    HELP_TEXT = (
        "What Twilio noted itself in this period: what its Console shows as the error log, or debugger. Most are "
        "webhooks of yours that failed; some are about messages. The same trouble at the same URL is one line, with "
        "how often it happened; {alerts.unfold} lists each of it.\n\n"
        "Enter reads one whole: what Twilio called, with its parameters, and what your server answered. "
        "{alerts.open_message} shows the message it is about, {alerts.events} the webhook events here that it "
        "concerns.\n\n"
        "Twilio keeps alerts for 30 days, and notes them some minutes late, or now and then not at all: "
        "{alerts.ask_again} asks again. An API key may be one that does not read them; that is said."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ALERTS)]

    def __init__(self, session: Session, account: Account, window: Window) -> None:
        super().__init__(session)
        self._asked_account, self._window = account, window
        self.only_of = account
        self._groups: tuple[AlertGroup, ...] = ()
        self._unfolded: list[AlertGroup] = []
        self._count, self._is_whole = 0, True
        self._said = ""
        """In place of the list: why there is none."""
        self._whole: dict[str, Alert | str] = {}
        """SID → the alert as it was read whole, or why it could not be; empty while it is asked for."""

    def content(self) -> ComposeResult:
        yield Static("", id="asked", markup=False)
        yield from self.list_and_pane(Titles(titles), AlertList(self.session.clock))

    def on_mount(self) -> None:
        self.action_ask_again()

    @property
    def _list(self) -> AlertList:
        return self.query_one(AlertList)

    # -- what the session tells ----------------------------------------------------------------------

    def session_changed(self, event: SessionEvent) -> None:
        if event.what is EventType.WITHDRAWN:
            # What a request or its answer repeats may have the words as well.
            self._whole.clear()
            self.show_current()

    # -- asking --------------------------------------------------------------------------------------

    def action_ask_again(self) -> None:
        """Ask Twilio for the alerts of the period."""
        self._whole.clear()
        if not self._groups:
            self._said = "Asking Twilio…"
        self._show_list()
        self.work(self._ask, group=_LIST, exclusive=True)

    async def _ask(self) -> None:
        account, now = self._asked_account, self.session.clock()
        since, until = max(self._window.since, now - KEPT), min(self._window.until or now, now)
        try:
            if since >= until:
                self._take((), said=f"Twilio keeps alerts for {KEPT.days} days; this period is older.")
                return
            found = await read_period(account.client, since, until)
            groups = await asyncio.to_thread(group_alerts, found.items)
        except RequestFailed as problem:
            self._take((), said=say_refusal(problem))
            return
        words = "Twilio has noted nothing in this period so far. It may come late: {alerts.ask_again} asks again."
        self._take(groups, whole=found.whole, said="" if groups else name_keys(words))

    def _take(self, groups: tuple[AlertGroup, ...], *, whole: bool = True, said: str = "") -> None:
        if self.is_outlived:
            return
        unfolded = {(each.newest.code, each.newest.bare_url) for each in self._unfolded}
        self._groups, self._is_whole, self._said = groups, whole, said
        self._unfolded = [each for each in groups if (each.newest.code, each.newest.bare_url) in unfolded]
        self._count = sum(len(each.alerts) for each in groups)
        self._show_list()

    def _show_list(self) -> None:
        if not self.is_mounted:
            return
        self._list.show(list_rows(self._groups, self._unfolded))
        self.show_empty(None if self._groups else Content.styled(self._said, TONES["plain"]))
        self.query_one("#asked", Static).update(self._summary())
        self.show_current()
        self.refresh_bindings()

    def _summary(self) -> Content:
        now = self.session.clock()
        period = say_window(self._window) if self._window.terms else "all that Twilio keeps"
        pieces: list[tuple[str, str] | str] = [(" Alerts", "bold"), (f" · {period}", "$quiet")]
        if self._groups:
            count = f"{self._count:,} alert{'' if self._count == 1 else 's'}"
            if not self._is_whole:
                oldest = min((each.alerts[-1].at for each in self._groups if each.alerts[-1].at), default=None)
                since = f" since {full(oldest, now)}" if oldest else ""
                pieces.append((f" · the newest {count}{since}; there are more", TONES["warn"]))
            else:
                pieces.append(f" · {count}")
        if self._window.since < now - KEPT:
            pieces.append((f" · Twilio keeps {KEPT.days} days", "$quiet"))
        return Content.assemble(*pieces)

    # -- one of them ---------------------------------------------------------------------------------

    def show_current(self) -> None:
        row = self._list.current
        if row is None:
            self.show_nothing()
            return
        now = self.session.clock()
        if self.reads:
            self.query_one("#detail", TextPane).show(Content("\n").join(self._lines(row, now)))
        if self.peeks:
            self.query_one("#peek", Preview).show(Content("\n").join(whole_alert(row.alert, now)))

    def moved(self) -> None:
        if self.opened:
            self._read_whole()
        self.show_current_soon()

    def enter_pane(self) -> None:
        super().enter_pane()
        self._read_whole()

    def _lines(self, row: AlertRow, now: datetime) -> Iterator[Content]:
        known = self._whole.get(row.alert.sid)
        alert = known if isinstance(known, Alert) else row.alert
        yield from whole_alert(alert, now)
        if row.folds:
            first = row.group.alerts[-1].at
            since = f" since {full(first, now)}" if first else ""
            yield Content.styled(
                name_keys(f"It happened {row.folds:,} times{since}; this is the last. {{alerts.unfold}} lists each."),
                "$quiet",
            )
        if alert.resource_sid:
            yield Content.assemble(("About  ", "$quiet"), safe_text(alert.resource_sid, limit=60))
        yield Content("")
        if isinstance(known, Alert):
            yield from exchange_lines(alert)
        elif known:
            yield Content.styled(known, TONES["warn"])
        else:
            asking = row.alert.sid in self._whole
            words = "… asking Twilio for request and answer" if asking else "Enter reads its request and answer."
            yield Content.styled(words, TONES["busy"] if asking else "$quiet")

    def _read_whole(self) -> None:
        """Ask for request and answer of the alert under the cursor, unless they are known."""
        row = self._list.current
        if row is not None and not self._whole.get(row.alert.sid):
            while len(self._whole) >= MOST_WHOLE:
                self._whole.pop(next(iter(self._whole)))
            self._whole[row.alert.sid] = ""
            self.work(partial(self._ask_whole, row.alert.sid), group=_ONE, exclusive=True)

    async def _ask_whole(self, sid: str) -> None:
        try:
            found: Alert | str = await fetch_alert(self._asked_account.client, sid)
        except RequestFailed as problem:
            found = say_refusal(problem)
        except asyncio.CancelledError:
            if not self._whole.get(sid):
                self._whole.pop(sid, None)
            raise
        if sid in self._whole:
            self._whole[sid] = found
            self.show_current()

    # -- what can be done ----------------------------------------------------------------------------

    @property
    def _message_sid(self) -> str:
        row = self._list.current if self.is_mounted else None
        return next(iter(find_message_sids(row.alert.resource_sid)), "") if row is not None else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        row = self._list.current if self.is_mounted else None
        match action:
            case "unfold":
                return row is not None and len(row.group.alerts) > 1
            case "open_message":
                return bool(self._message_sid)
            case "copy" | "export" | "events":
                return row is not None
            case _:
                return super().check_action(action, parameters)

    def action_unfold(self) -> None:
        """Show each alert of a line, or fold them again."""
        row = self._list.current
        if row is None:
            return
        if any(each is row.group for each in self._unfolded):
            self._unfolded = [each for each in self._unfolded if each is not row.group]
        else:
            self._unfolded.append(row.group)
        rows = list_rows(self._groups, self._unfolded)
        head = next(n for n, each in enumerate(rows) if each.group is row.group)
        self._list.show(rows)
        self._list.cursor = head
        self.show_current()

    def action_open_message(self) -> None:
        if sid := self._message_sid:
            self.post_message(OpenMessage(sid))

    def action_events(self) -> None:
        """Show the webhook events of its message, or those of its URL's path."""
        row = self._list.current
        if row is None:
            return
        path = row.alert.bare_url.partition("://")[2].partition("/")[2]
        self.post_message(OpenEvents(self._message_sid or f"/{path}"))

    def action_copy(self) -> None:
        row = self._list.current
        if row is None:
            return
        now, hide = self.session.clock(), self._asked_account.client.hide
        known = self._whole.get(row.alert.sid)
        alert = known if isinstance(known, Alert) else row.alert
        lines = [*whole_alert(alert, now), *(exchange_lines(alert) if isinstance(known, Alert) else ())]
        text = hide("\n".join(line.plain for line in lines))
        parts = {
            "alert": ("what is shown of it", text),
            "about": ("the SID it is about", alert.resource_sid),
            "url": ("the URL", hide(alert.bare_url)),
            "error": ("Twilio's page on the error", "" if alert.code is None else page_of(alert.code)),
            "SID": ("the alert's SID", alert.sid),
        }
        offer_copies(self, parts, plainly="show plainly, to select it by hand", plain=text, again="alerts.copy")

    def action_export(self) -> None:
        """Write what is listed to a file, each alert a line."""
        from tui.screens.export_dialog import Export, ask_to_export
        from tui.storage.records import local_time, write_csv
        from tui.widgets.alert_words import alert_meaning, alert_said

        def row(each: Alert) -> tuple[object, ...]:
            meaning = "" if each.code is None else alert_meaning(each)
            about = (each.resource_sid, each.method, each.bare_url, each.status, alert_said(each), each.sid)
            return (local_time(each.at), each.code, meaning, each.level, *about)

        alerts = [alert for group in self._groups for alert in group.alerts]

        def write(path: Path, replace: bool) -> str:
            count = write_csv(_COLUMNS, map(row, alerts), path, replace=replace)
            return f"{count:,} alert{'' if count == 1 else 's'}"

        words = "What is listed, without requests and answers. CSV, with local times and their offset from UTC."
        name = f"alerts-{self.session.clock().astimezone():%Y%m%d-%H%M}.csv"
        ask_to_export(self, Export("Export", words, name, write, (".csv",)))

    def action_back(self) -> None:
        if self.opened:
            self.opened = False
        else:
            self.dismiss()
