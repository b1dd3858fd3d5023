"""What is known of a form's sender and recipient before anything leaves: said under To; and what its text costs.

Reads the archive in its own thread when the addresses change; nothing waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui.keymap import name_keys
from tui.screens.compose.form import DraftForm
from tui.screens.draft import DraftFields, recipient_of
from tui.screens.send_notes import ChannelFix, channel_fixes, notes_before_sending, say_estimate, stop_note
from tui.services.session import Account, Session
from tui.twilio.addresses import AddressError, read_sender
from tui.twilio.errors import InvalidRequest

if TYPE_CHECKING:
    from tui.archive.standing import Standing


class Cautions:
    """The sentences under To of one account's draft, and the cost beside the meter."""

    def __init__(self, form: DraftForm, account: Account, session: Session) -> None:
        self._form, self._account, self._session = form, account, session
        self._typed = ("", "")
        self._sender = self._to = ""
        self._standing: Standing | None = None
        form.cost_of = self.cost

    def moved(self) -> bool:
        """Read the addresses; whether they are others than before, so that `learn` has something to do."""
        typed = self._form.addressed
        if (typed.from_, typed.to) == self._typed:
            return False
        self._typed = typed.from_, typed.to
        before = self._sender, self._to
        self._sender, self._to = addresses_of(typed)
        if (self._sender, self._to) == before:
            return False
        self._standing = None
        return True

    async def learn(self) -> None:
        """Ask the archive what it holds of the two, and say it."""
        pair = self._sender, self._to
        standing = await self._account.archive.standing(*pair) if pair[1] else None
        if pair == (self._sender, self._to) and self._form.is_attached:
            self._standing = standing
            self.say()

    def say(self) -> None:
        """Say under To what is known by now. While it is typed only that they sent STOP: the rest may be half."""
        now = self._session.clock()
        if self._form.is_in("to"):
            stop = stop_note(self._standing, self._sender, self._to, now) if self._standing else None
            self._form.caution([stop] if stop else [])
            return
        template = bool(self._form.typed.content_sid.strip())
        cure = name_keys("{compose.choose_sender} puts it right.")
        self._form.caution(
            list(notes_before_sending(self._sender, self._to, self._standing, now, template=template, cure=cure))
        )

    def fixes(self, senders: Iterable[str]) -> list[ChannelFix]:
        """What would bring sender and recipient to one channel; empty where they fit."""
        return channel_fixes(self._sender, self._to, senders)

    def cost(self, body: str) -> str:
        """As `DraftForm.cost_of`. Of a number that is being typed nothing is asked: its beginning may be another's."""
        if self._form.is_in("to") or not self._to:
            return ""
        typed = self._form.addressed
        quote = self._session.prices(self._account).quote(
            self._account,
            to=self._to,
            sender=self._sender,
            body=body,
            media=bool(typed.media.strip()) or typed.send_as_mms == "true",
        )
        return say_estimate(quote.estimate) if quote.estimate is not None else ""


def addresses_of(typed: DraftFields) -> tuple[str, str]:
    """The sender and the recipient as they would be sent; empty for what cannot be read."""
    try:
        sender = read_sender(typed.from_) if typed.from_.strip() else ""
    except AddressError:
        sender = ""
    try:
        recipient = recipient_of(typed)
    except InvalidRequest:
        recipient = None
    return sender, recipient.address if recipient else ""
