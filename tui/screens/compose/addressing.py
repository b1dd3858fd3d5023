"""What is said under From, To and the time: which senders there are, and how what is typed is read.

Holds what one account can send from. Never changes what is typed.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from importlib import import_module

from textual.widgets import Input

from tui.safe_text import safe_text
from tui.screens.compose.draft_check import recipient_of
from tui.screens.compose.form import DraftForm
from tui.screens.compose.schedule import explain_send_at
from tui.screens.compose.senders import SuggestSender, choices, count_words, describe, first_sender
from tui.services.session import Account
from tui.storage.errors import StorageError
from tui.storage.journal import JournalEntry
from tui.twilio.addresses import AddressError, country_name, country_of
from tui.twilio.errors import InvalidRequest
from tui.twilio.senders import AccountSenders
from tui.widgets.dialogs import Choose


class Addressing:
    """Reads the two addresses of a form for one account."""

    def __init__(self, form: DraftForm, account: Account) -> None:
        self._form = form
        self._account = account
        self._suggester = SuggestSender()
        self.usual = ""
        """The sender that a new draft begins with; empty for none."""
        form.query_one("#field-from_", Input).suggester = self._suggester
        self._offer(account.senders)

    @property
    def senders(self) -> AccountSenders | None:
        """What the account can send from, None until it is known."""
        return self._account.senders

    async def prepare(self) -> None:
        """Learn the senders and the usual one, and fill an empty From with it."""
        sends: tuple[JournalEntry, ...] = ()
        # Without the journal there is no last sender; sending says what is wrong with it.
        with suppress(StorageError):
            sends = await asyncio.to_thread(self._account.outbox.entries, self._account.client.account_sid, 1)
        self.settle_usual(first_sender(self.senders, sends))
        # Understanding numbers takes 0.1 s to load; nobody is waiting for it yet.
        await asyncio.to_thread(import_module, "phonenumbers")
        if self.senders is None:
            await self._account.load_senders()
            self._offer(self.senders)
        self.settle_usual(first_sender(self.senders, sends))
        self.note_sender()

    def settle_usual(self, sender: str) -> None:
        """Take this as the usual sender, and fill an untouched From with it."""
        if not sender:
            return
        self.usual = sender
        if not self._form.typed.from_:
            self._form.set_text("from_", sender)
            self.note_sender()
            if self._form.is_in("from_"):
                self._form.enter_first_empty()

    def _offer(self, senders: AccountSenders | None) -> None:
        if senders is not None:
            self._suggester.senders = senders.offered

    def label_of(self, sender: str) -> str:
        """What the account calls a sender, safe to show; empty when it is not its own."""
        offered = self.senders.offered if self.senders else ()
        return next((safe_text(s.label, limit=50) for s in offered if s.address == sender), "")

    def note_sender(self) -> None:
        """Say under From what is known of it, unless it was refused as it stands."""
        if self._form.is_refused("from_"):
            return
        try:
            words, warns = describe(self._form.typed.from_, self.senders)
        except AddressError as problem:
            self._form.note("from_", safe_text(f"{problem.reason} {problem.remedy}"), "bad")
            return
        self._form.note("from_", words, "warn" if warns else "muted")

    async def ask_sender(self) -> Choose | None:
        """The question which sender to use; None, and a sentence under From, when there is none to offer."""
        self._form.take_back("from_")
        if self.senders is None:
            self._form.note("from_", "Asking Twilio for the account's senders …", "busy")
            await self._account.load_senders()
            self._offer(self.senders)
        lines = choices(self.senders.offered) if self.senders else []
        if not lines:
            self._form.note("from_", count_words(self.senders), "warn")
            return None
        self.note_sender()
        typed = self._form.typed.from_.strip()
        return Choose("Send from", lines, at=next((n for n, line in enumerate(lines) if line.key == typed), 0))

    def take_sender(self, address: str) -> None:
        """Send from this one."""
        self._form.set_text("from_", address)
        self.note_both()

    def note_both(self) -> None:
        """Say what is known of the sender, and how the recipient is read with it."""
        self.note_sender()
        self.note_recipient()

    def field_left(self, field: str, now: datetime) -> None:
        """Read what was typed into a field that was left, and say how it is read."""
        if field == "from_":
            self.note_both()
        if field == "to":
            self.note_recipient()
        if field == "send_at" and not self._form.is_refused("send_at"):
            words, wrong = explain_send_at(self._form.typed.send_at, now=now)
            self._form.note("send_at", words, "bad" if wrong else "plain")

    def note_recipient(self) -> None:
        """Say under To how it is read, before it is used, unless it was refused as it stands."""
        if self._form.is_refused("to"):
            return
        try:
            recipient = recipient_of(self._form.typed)
        except InvalidRequest as problem:
            self._form.note("to", safe_text(str(problem)), "bad")
            return
        if recipient is None:
            self._form.note("to", "")
            return
        place = (country_name(country_of(recipient.address) or "") or "").removeprefix("the ")
        # The number stands before it already; a note that names the country says that too.
        note = "; ".join(part.partition(": ")[0] for part in (recipient.note or "").split("; "))
        same = recipient.address == self._form.typed.to.strip()
        words = ["" if same else f"= {recipient.address}", place if place and place not in note else "", note]
        said = " · ".join(safe_text(word, limit=160) for word in words if word)
        self._form.note("to", said, "muted" if same else "plain")
