"""The senders of an account, in words: the lines of the chooser, the note under From, the one to begin with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import set_cell_size
from textual.suggester import Suggester

from tui.keymap import key_of
from tui.safe_text import glimpse, safe_text
from tui.storage.journal import JournalEntry
from tui.twilio.addresses import AddressKind, kind_of, read_sender
from tui.twilio.senders import AccountSenders, Sender, SenderKind
from tui.widgets.dialogs import Choice

NAME_WIDTH = 33


def choices(senders: Iterable[Sender]) -> list[Choice]:
    """A line for each, those that cannot send SMS last and quieter."""
    return [
        Choice(
            sender.address,
            set_cell_size(glimpse(sender.label or sender.kind.value, NAME_WIDTH), NAME_WIDTH),
            _detail(sender),
            "plain" if sender.sms else "muted",
        )
        for sender in sorted(senders, key=lambda sender: not sender.sms)
    ]


def _detail(sender: Sender) -> str:
    address = safe_text(sender.address, limit=40)
    if not sender.sms:
        return f"{address} · no SMS"
    if sender.kind is SenderKind.SERVICE:
        return f"service {address[:6]}…{address[-4:]}"
    return address


def first_sender(senders: AccountSenders | None, sends: Sequence[JournalEntry]) -> str:
    """The sender a new draft begins with: the last one used, else the only one there is, else none."""
    if sends:
        return sends[0].sender
    able = [sender for sender in senders.offered if sender.sms] if senders else []
    return able[0].address if len(able) == 1 else ""


def describe(typed: str, senders: AccountSenders | None) -> tuple[str, bool]:
    """What is known of a sender, and whether that is a warning. Empty for what is not typed.

    Raises:
        AddressError: it can be no sender.
    """
    if not typed.strip():
        return count_words(senders), False
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
    return f"{read} {kind.value if kind else ''}".strip(), False


def count_words(senders: AccountSenders | None) -> str:
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
