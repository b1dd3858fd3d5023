"""Ask Twilio for its alerts about an event, or about the receiver's URLs, and tell them in words.

Asked on demand, kept for each event while the program runs, and dropped with the account. All of it is remote text.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from textual.content import Content

from tui.keymap import key_of
from tui.safe_text import safe_lines
from tui.screens.base import BaseScreen
from tui.screens.webhooks.event_actions import show_error
from tui.screens.webhooks.event_list import EventRow
from tui.services.session import Account
from tui.theme import TONES
from tui.twilio.alerts import KEPT, FoundAlerts, find_alerts
from tui.twilio.errors import RequestFailed
from tui.webhooks.events import WebhookEvent
from tui.widgets.alert_words import alert_code, alert_meaning, alert_time, say_refusal, whole_alert
from tui.widgets.dialogs import Notice

BEFORE: Final = timedelta(minutes=10)
AFTER: Final = timedelta(hours=1)
"""The time around an event that alerts are looked for in: Twilio tries again for a while, and notes failures late."""

LATELY: Final = timedelta(days=1)
"""How far back alerts about the receiver's URLs are looked for."""

MOST_KEPT: Final = 50
MOST_OTHERS: Final = 8


class AlertActions:
    """Runs the action for a screen; `changed` is called when there is something else to show of an event."""

    def __init__(self, screen: BaseScreen, changed: Callable[[], None]) -> None:
        self._screen = screen
        self._changed = changed
        self._told: OrderedDict[tuple[int, datetime], FoundAlerts | str] = OrderedDict()
        """By the event's number, which some have in common, and time: what was found, or a sentence; empty while it is
        being asked."""
        self._asked: tuple[int, datetime] | None = None
        """What was asked about last."""

    def forget(self) -> None:
        """Drop what was found: it is another account's."""
        self._told.clear()

    def ask(self, row: EventRow) -> None:
        """Ask about an event, also once more; the detail shows what is found."""
        account = self._screen.session.account
        if account is None:
            return
        self._asked = (row.id, row.received_at)
        self._tell(self._asked, "")
        self._screen.work(partial(self._ask, account, row), group="alerts", exclusive=True)

    def ask_about_receiver(self) -> None:
        """Ask about the URLs of the receiver, and show what is found over the screen."""
        if (account := self._screen.session.account) is not None:
            self._screen.work(partial(self._ask_about_receiver, account), group="alerts", exclusive=True, asks=True)

    def lines(self, event: WebhookEvent, now: datetime) -> tuple[Content, ...]:
        """What is known of an event's alerts; nothing while nobody has asked."""
        told = self._told.get((event.id, event.received_at))
        if told is None:
            return ()
        if isinstance(told, FoundAlerts):
            words = list(_found(told, now))
        else:
            words = [Content.styled(told or "… asking Twilio", TONES["warn"] if told else TONES["busy"])]
        return (Content.styled("Twilio's alerts", "bold $text-primary"), *words, Content(""))

    def _tell(self, key: tuple[int, datetime], told: FoundAlerts | str) -> None:
        self._told[key] = told
        self._told.move_to_end(key)
        if len(self._told) > MOST_KEPT:
            self._told.popitem(last=False)
        self._changed()

    async def _ask(self, account: Account, row: EventRow) -> None:
        now = self._screen.session.clock()
        try:
            if now - row.received_at > KEPT - BEFORE:
                found = f"Twilio keeps alerts for {KEPT.days} days; this event is older."
            else:
                urls = self._urls(row)
                since, until = row.received_at - BEFORE, row.received_at + AFTER
                found = await find_alerts(account.client, since, until, sid=row.sid, urls=urls)
        except RequestFailed as problem:
            found = say_refusal(problem)
        except asyncio.CancelledError:
            # Where it was for the same event, that is being asked about still.
            if self._asked != (row.id, row.received_at):
                self._told.pop((row.id, row.received_at), None)
            raise
        if account is self._screen.session.account:
            self._tell((row.id, row.received_at), found)

    async def _ask_about_receiver(self, account: Account) -> None:
        now = self._screen.session.clock()
        try:
            found = await find_alerts(account.client, now - LATELY, now + AFTER, urls=self._urls(None))
        except RequestFailed as problem:
            show_error(self._screen, say_refusal(problem))
            return
        if self._screen.is_on_top and account is self._screen.session.account:
            self._screen.app.push_screen(
                Notice("Twilio's alerts of the last day", Content("\n").join(_found(found, now)))
            )

    def _urls(self, row: EventRow | None) -> tuple[str, ...]:
        """The URLs that alerts may be about: the receiver's, and the one that an event was sent to."""
        receiver = self._screen.session.receiving.receiver
        own = (receiver.inbound_url, receiver.status_url)
        origin = receiver.inbound_url.removesuffix(receiver.settings.inbound_path)
        return own if row is None or not origin else (*own, origin + row.target)


def _found(found: FoundAlerts, now: datetime) -> Iterator[Content]:
    for alert in found.message:
        yield from whole_alert(alert, now)
        if alert.response.strip():
            yield Content.styled("Twilio was answered:", "$quiet")
            yield from (Content(line) for line in safe_lines(alert.response.strip(), limit=1000)[:8])
    if found.urls:
        yield Content.styled("About the same URL:" if found.message else "About the receiver's URL:", "$quiet")
    for alert in found.urls[:MOST_OTHERS]:
        answered = f" · answered {alert.status}" if alert.status else ""
        yield Content.assemble(
            (f"{alert_time(alert, now)}  ", "$quiet"),
            (f"{alert_code(alert)} ", TONES["bad"]),
            alert_meaning(alert),
            (answered, "$quiet"),
        )
    if len(found.urls) > MOST_OTHERS:
        yield Content.styled(f"… and {len(found.urls) - MOST_OTHERS:,} more", "$quiet")
    if not found.message and not found.urls:
        again = key_of("webhooks.alerts")
        yield Content.styled(f"Twilio has none so far. They may come minutes late: {again} asks again.", "$quiet")
