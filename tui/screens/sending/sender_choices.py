"""The senders of an account as lines of a choice, and what the account calls one of them."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import set_cell_size

from tui.safe_text import glimpse, safe_text
from tui.twilio.senders import AccountSenders, Sender, SenderKind
from tui.widgets.dialogs import Choice

NAME_WIDTH = 33


def sender_choices(senders: Iterable[Sender]) -> list[Choice]:
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


def name_of_sender(sender: str, senders: AccountSenders | None) -> str:
    """What the account calls a sender, safe to show; empty when it is not its own, or is not known yet."""
    offered = senders.offered if senders else ()
    return next((safe_text(each.label, limit=50) for each in offered if each.address == sender), "")
