"""One message in full: the one under the cursor, or any of the account by its SID; asked for anew when it is opened.

Knows which message is looked at, not how the list is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.safe_text import safe_text
from tui.screens.base import Navigate, OpenMessage
from tui.screens.messages.detail_text import describe, peek
from tui.screens.messages.message_actions import Deeds
from tui.screens.messages.table import MessageTable
from tui.services.session import Account
from tui.twilio.errors import ApiError, RequestFailed
from tui.widgets.text_pane import Preview, TextPane

if TYPE_CHECKING:
    from tui.twilio.messages import Media, Message


class Looking(Deeds):
    """A list of messages of which one is looked at."""

    single: Message | None = None
    """The message that was opened by its SID, wherever the cursor stands."""

    _media: tuple[str, tuple[Media, ...]] = ("", ())

    @property
    def current_message(self) -> Message | None:
        """The message that actions are about: one opened by its SID, else the one under the cursor."""
        return self.single if self.single is not None else self.query_one(MessageTable).current

    def show_current(self) -> None:
        """The message at hand, in the peek and the pane."""
        message, now = self.current_message, self.session.clock()
        if message is None:
            self.show_nothing()
            return
        if self.reads:
            sid, media = self._media
            self.query_one("#detail", TextPane).show(describe(message, now, media if sid == message.sid else None))
        if self.peeks:
            self.query_one("#peek", Preview).show(peek(message, now))

    def look_away(self, sid: str = "") -> None:
        """Go back to the list; with a SID, only from that message, because it is gone."""
        if not sid:
            self.single, self.opened = None, False
            return
        if self.single is not None and self.single.sid == sid:
            self.single, self.opened = None, False
        self.show_current()

    def look_again(self, message: Message) -> None:
        """Take over what is newer about the message that was opened by its SID."""
        if self.single is not None and self.single.sid == message.sid:
            from tui.twilio.messages import take_over

            self.single = take_over(self.single, message)

    def action_open(self) -> None:
        """Read the message and ask Twilio how it stands now."""
        message, account = self.current_message, self.session.account
        if message is not None and account is not None:
            self.opened = True
            self.show_current()
            self.work(self._look_closer(account, message), group="look", exclusive=True)

    async def _look_closer(self, account: Account, message: Message) -> None:
        try:
            fresh = await self._fetch(account, message.sid)
        except RequestFailed as problem:
            if account is self.session.account:
                self.app.notify(safe_text(f"Not brought up to date: {problem}"), severity="warning", markup=False)
            return
        if account is self.session.account:
            self.session.message_known(account, fresh)
            self.show_current()

    async def _fetch(self, account: Account, sid: str) -> Message:
        """The message as Twilio has it now, with its media, wherever it came from.

        Raises:
            RequestFailed: there is no message; media that cannot be listed are only said.
        """
        from tui.twilio.messages import fetch, list_media

        message, media = await fetch(account.client, sid), ()
        if message.num_media:
            try:
                media = await list_media(account.client, sid)
            except RequestFailed as problem:
                if account is self.session.account:
                    words = f"The media could not be listed: {problem}"
                    self.app.notify(safe_text(words), severity="warning", markup=False)
                return message
        if account is self.session.account:
            self._media = (sid, media)
        return message

    def navigated(self, request: Navigate) -> None:
        """A message that another place speaks of."""
        if isinstance(request, OpenMessage):
            self.open_message(request.sid)

    def open_message(self, sid: str) -> None:
        """Show any message of the account by its SID."""
        account = self.session.account
        if account is not None:
            self.work(self._open_sid(account, sid), group="look", exclusive=True)

    async def _open_sid(self, account: Account, sid: str) -> None:
        try:
            message = await self._fetch(account, sid)
        except RequestFailed as problem:
            if account is self.session.account:
                where = f" Looked in {account.name}." if isinstance(problem, ApiError) else ""
                self.ask_for_sid(sid, f"{problem}{where}")
            return
        if account is self.session.account:
            self.single = message
            self.opened = True
            self.show_current()
