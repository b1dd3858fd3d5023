"""A list over Delivery of one account's own, which closes and says so once another account is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.safe_text import glimpse
from tui.services.session import EventType
from tui.textual_fixes.worker_errors import ReportsWorkerErrors
from tui.widgets.dialogs import Dialog

if TYPE_CHECKING:
    from tui.screens.base import BaseScreen
    from tui.services.session import Account, SessionEvent


class AccountDialog(ReportsWorkerErrors, Dialog[str]):
    """As `BaseScreen` with `only_of`: it leaves with its account.

    Args:
        title: what is listed.
        below: the screen that it stands over.
        account: whose that is.
    """

    IS_LONG = True

    def __init__(self, title: str, below: BaseScreen, account: Account) -> None:
        super().__init__(title)
        self._below, self._session, self._account = below, below.session, account

    def on_mount(self) -> None:
        # Textual runs a subclass's own as well.
        self._session.subscribe(self._heard)
        self._leave_if_outlived()

    def on_unmount(self) -> None:
        self._session.unsubscribe(self._heard)

    def on_screen_resume(self) -> None:
        self.call_after_refresh(self._leave_if_outlived)

    def _heard(self, event: SessionEvent) -> None:
        if event.what is EventType.ACCOUNT:
            self.call_later(self._leave_if_outlived)

    def _leave_if_outlived(self) -> None:
        if self._account is not self._session.account and self.is_current:
            words = f"{self._title} closed: this was of {glimpse(self._account.name, 40)}, which is in use no more."
            self.app.notify(words, severity="warning", timeout=10, markup=False)
            self.workers.cancel_node(self)
            self.dismiss(None)
