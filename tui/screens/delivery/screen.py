"""Delivery: what became of the messages of a period, as far as they are kept on this computer."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from tui.actions import DELIVERY, bindings
from tui.keymap import name_keys
from tui.screens.base import BaseScreen
from tui.services.session import Account, SessionEvent
from tui.theme import TONES


class DeliveryScreen(BaseScreen):
    """The figures of a period and a query; each row leads to the messages behind it."""

    PLACE = "delivery"
    TITLE = "Delivery"
    HELP_TEXT = "How many messages arrived, and why the others did not."
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(DELIVERY)]

    def content(self) -> ComposeResult:
        yield Static(id="words", markup=False)

    def account_changed(self, account: Account | None) -> None:
        self._say()

    def session_changed(self, event: SessionEvent) -> None:
        self._say()

    def action_opt_outs(self) -> None:
        """List who wants no more messages."""
        from tui.screens.delivery.opt_outs import open_opt_outs

        open_opt_outs(self)

    def action_money(self) -> None:
        """Show balance and usage."""
        from tui.screens.delivery.money import open_money

        open_money(self)

    def action_alerts(self) -> None:
        """Show what Twilio itself noted."""
        from tui.archive.periods import read_window
        from tui.screens.delivery.alerts import open_alerts

        open_alerts(self, read_window("7d", self.session.clock()))

    def _say(self) -> None:
        if self.session.account is None:
            words = Content.styled(
                name_keys("No connection is in use: {everywhere.switch_connection} chooses one."), TONES["warn"]
            )
        else:
            words = Content(name_keys("Nothing is summed up here yet. {messages.totals} in Messages sums up its list."))
        self.query_one("#words", Static).update(words)
