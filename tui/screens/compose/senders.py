"""The senders of an account: the chooser, the notes under From and To, the sender that a new draft begins with."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from importlib import import_module

from textual.suggester import Suggester
from textual.widgets import Input

from tui.keymap import key_of
from tui.safe_text import safe_text
from tui.screens.compose.form import DraftForm
from tui.screens.compose.recipients import Recipients
from tui.screens.sending.cautions import Cautions
from tui.screens.sending.draft import recipient_of
from tui.screens.sending.review import LOOKED_THROUGH
from tui.screens.sending.send_notes import ChannelFix
from tui.screens.sending.send_time import explain_send_at
from tui.screens.sending.sender_choices import name_of_sender, sender_choices
from tui.services.session import Account
from tui.storage.errors import StorageError
from tui.storage.journal import JournalEntry
from tui.twilio.addresses import AddressError, AddressKind, country_name, country_of, kind_of, read_sender
from tui.twilio.errors import InvalidRequest
from tui.twilio.senders import AccountSenders, Sender, SenderKind
from tui.widgets.dialogs import Choice, Choose
from tui.widgets.message_words import show_address

_CHANNELS = {"whatsapp": "WhatsApp", "messenger": "Messenger", "rcs": "RCS"}


def first_sender(senders: AccountSenders | None, sends: Sequence[JournalEntry]) -> str:
    """The sender a new draft begins with: the last one used, else the only one there is, else none."""
    if sends:
        return sends[0].sender
    able = [sender for sender in senders.offered if sender.sms] if senders else []
    return able[0].address if len(able) == 1 else ""


def describe_sender(typed: str, senders: AccountSenders | None) -> tuple[str, bool]:
    """What is known of a sender, and whether that is a warning. Empty for what is not typed.

    Raises:
        AddressError: it can be no sender.
    """
    if not typed.strip():
        return count_senders(senders), False
    address = read_sender(typed)
    known = next((s for s in senders.offered if s.address == address), None) if senders else None
    if known is not None:
        if not known.sms:
            return f"{safe_text(known.label, limit=40)}: this number cannot send SMS.", True
        kind = f" · {known.kind.value}" if known.kind is SenderKind.SERVICE else ""
        return f"{safe_text(known.label, limit=50)}{kind}", False
    read = f"= {address}" if address != typed.strip() else ""
    kind = kind_of(address)
    owned = (AddressKind.NUMBER, AddressKind.SERVICE)
    if senders is not None and not senders.problems and kind in owned:
        return f"{read} not among this account's senders; Twilio will decide".strip(), True
    return f"{read} {_kind_name(address)}".strip(), False


def _kind_name(address: str) -> str:
    kind = kind_of(address)
    if kind is AddressKind.CHANNEL:
        channel = address.partition(":")[0].lower()
        return f"{_CHANNELS.get(channel, channel)} sender"
    return kind.value if kind else ""


def count_senders(senders: AccountSenders | None) -> str:
    """What there is to choose from."""
    if senders is None:
        return ""
    if not senders.offered and senders.problems:
        return f"Type a sender; they could not be listed. {safe_text(senders.problems[0].reason, limit=110)}"
    numbers = sum(1 for s in senders.offered if s.kind is SenderKind.NUMBER)
    services = len(senders.offered) - numbers
    if not senders.offered:
        return "This account has no number and no messaging service yet."
    parts = (_count(numbers, "number"), _count(services, "messaging service"))
    return f"{key_of('compose.choose_sender')} or ↓ chooses among " + " and ".join(part for part in parts if part) + "."


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}" if number else ""


class SuggestSender(Suggester):
    """Completes an address from its beginning."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.senders: tuple[Sender, ...] = ()

    async def get_suggestion(self, value: str) -> str | None:
        """The first address that begins like this."""
        if len(value) < 2:
            return None
        return next((s.address for s in self.senders if s.sms and s.address.startswith(value)), None)


class Addressing:
    """Reads the two addresses of a form for one account."""

    def __init__(self, form: DraftForm, account: Account, cautions: Cautions) -> None:
        self._form = form
        self._cautions = cautions
        self._used: tuple[str, ...] = ()
        self._account = account
        self._suggester = SuggestSender()
        self._stood_for: dict[str, str] = {}
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
            sends = await asyncio.to_thread(
                self._account.outbox.entries, self._account.client.account_sid, LOOKED_THROUGH
            )
        self._used = tuple(dict.fromkeys(entry.sender for entry in sends))
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
        return name_of_sender(sender, self.senders)

    def take_recipients(self, people: Recipients) -> None:
        """Offer these under To, and read it anew unless somebody types there; a name that is another's now is told."""
        before, self._form.recipients = self._form.addressed.to, people
        if self._form.addressed.to != before:
            self._form.take_back("to")
        if not (self._form.is_in("to") and self._form.typed.to.strip()):
            self.note_recipient()

    def note_sender(self) -> None:
        """Say under From what is known of it, unless it was refused as it stands."""
        if self._form.is_refused("from_"):
            return
        try:
            words, warns = describe_sender(self._form.typed.from_, self.senders)
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
        lines = [Choice(f"{fix.field}\n{fix.address}", fix.words, "puts the channels right") for fix in self._fixes()]
        lines += sender_choices(self.senders.offered) if self.senders else []
        if not lines:
            self._form.note("from_", count_senders(self.senders), "warn")
            return None
        self.note_sender()
        typed = self._form.typed.from_.strip()
        return Choose("Send from", lines, at=next((n for n, line in enumerate(lines) if line.key == typed), 0))

    def _fixes(self) -> list[ChannelFix]:
        able = [sender.address for sender in (self.senders.offered if self.senders else ()) if sender.sms]
        return self._cautions.fixes((*self._used, *able))

    def take_sender(self, chosen: str) -> None:
        """Send from this one; or put the channels right, by one of the lines that `ask_sender` offers for that."""
        field, _, address = chosen.rpartition("\n")
        self._form.set_text(field or "from_", address)
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
        if field == "send_at":
            self.note_send_at(now)

    def note_send_at(self, now: datetime) -> None:
        """Say under Send at how it is read, and what time it is then for the recipient, unless it was refused."""
        if not self._form.is_refused("send_at"):
            finished = not self._form.is_in("send_at")
            self._form.note("send_at", *explain_send_at(self._form.addressed, now=now, finished=finished))

    def note_recipient(self) -> None:
        """Say under To how it is read, before it is used, unless it was refused as it stands."""
        if self._form.is_refused("to"):
            return
        people, typed, addressed = self._form.recipients, self._form.typed.to.strip(), self._form.addressed
        try:
            recipient = recipient_of(addressed)
        except InvalidRequest as problem:
            self._form.note("to", safe_text(str(people.problem_with(typed) or problem), limit=300), "bad")
            return
        if recipient is None:
            self._form.note("to", people.say())
            return
        place = (country_name(country_of(recipient.address) or "") or "").removeprefix("the ")
        # The number stands before it already; a note that names the country says that too.
        note = "; ".join(part.partition(": ")[0] for part in (recipient.note or "").split("; "))
        same, named = recipient.address == typed, addressed.to.strip() != typed
        read = "" if same else show_address(recipient.address) if named else f"= {recipient.address}"
        words = [people.name_of(recipient.address), read, place if place and place not in note else "", note]
        said = " · ".join(safe_text(word, limit=160) for word in words if word)
        before = self._stood_for.get(typed, recipient.address)
        self._stood_for = {typed: before} if named else {}
        if before != recipient.address:
            self._form.note("to", f"{said} · until now it was {show_address(before)}", "warn")
        else:
            self._form.note("to", said, "muted" if same else "plain")
