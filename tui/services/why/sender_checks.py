"""Checks of the account's side: whether the sender is its own."""

from __future__ import annotations

from dataclasses import replace

from tui.services.why.asking import Asking
from tui.services.why.checks import Check, CheckState, Subject
from tui.twilio.addresses import AddressKind, kind_of
from tui.twilio.errors import RequestFailed
from tui.twilio.numbers import numbers_url


async def check_sender(asking: Asking, subject: Subject, check: Check) -> Check | None:
    """Whether the sender is among the account's numbers."""
    own = subject.own
    if kind_of(own) is not AddressKind.NUMBER:
        return None
    check = replace(check, asked=("GET", numbers_url(asking.client)))
    try:
        numbers = await asking.numbers()
    except RequestFailed as problem:
        return asking.unread(check, problem, "the account's phone numbers")
    if any(each.phone_number == own for each in numbers.items):
        return replace(check, state=CheckState.FINE, fact=f"{own} is one of the account's numbers.")
    if not numbers.whole:
        fact = f"{own} is not among the first {len(numbers.items):,} numbers of this account; there are more."
        return replace(check, state=CheckState.UNKNOWN, fact=fact)
    return replace(
        check,
        state=CheckState.FAULT,
        fact=f"{own} is not among the {len(numbers.items):,} numbers of this account.",
        consequence="Twilio takes no messages from it.",
        next_step="Send from one of the account's numbers, or use the account that owns this one.",
        cause=f"The sender {own} is not one of this account's numbers.",
    )
