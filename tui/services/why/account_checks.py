"""Checks of the account as a whole: whether it is active, and whether anything is left on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tui.price_format import say_price
from tui.services.why.asking import Asking
from tui.services.why.checks import Check, CheckState, Subject
from tui.twilio.account_state import account_path, balance_path, fetch_account, fetch_balance

_TRIAL_ONLY: Final = frozenset({10002, 14111, 21608, 30044, 30454})
"""Codes of what only a trial account may not do. Source: `tui/twilio/error_codes.tsv`."""


async def check_account(asking: Asking, subject: Subject, check: Check) -> Check:
    """Whether the account is active."""
    client = asking.client
    url = client.policy.locate(account_path(client.account_sid))
    state = await asking.read(url, "the account's state", lambda: fetch_account(client))
    check = replace(check, asked=("GET", url))
    if not state.status:
        return replace(check, state=CheckState.UNKNOWN, fact="Twilio did not say how the account stands.")
    trial = state.type == "Trial"
    if not state.works:
        return replace(
            check,
            state=CheckState.FAULT,
            fact=f"The account is {state.status}.",
            consequence="Twilio sends nothing for it.",
            next_step="Look at balance and notices in the Twilio Console, or contact Twilio's support.",
            cause=f"The account is {state.status}.",
        )
    if trial and subject.code in _TRIAL_ONLY:
        return replace(
            check,
            state=CheckState.FAULT,
            fact="It is a trial account.",
            consequence="It may text verified numbers only, and little.",
            next_step="Verify the recipient in Twilio's Console, or upgrade the account.",
            cause="The account is a trial account, which may not do this.",
        )
    more = " It is a trial account: it may text verified numbers only." if trial else ""
    return replace(check, state=CheckState.FINE, fact=f"The account is active.{more}")


async def check_balance(asking: Asking, subject: Subject, check: Check) -> Check:
    """Whether anything is left on the account."""
    client = asking.client
    url = client.policy.locate(balance_path(client.account_sid))
    balance = await asking.read(url, "the account's balance", lambda: fetch_balance(client))
    check = replace(check, asked=("GET", url))
    if balance.amount is None:
        return replace(check, state=CheckState.UNKNOWN, fact="Twilio told no balance that is an amount.")
    left = say_price(balance.amount, balance.currency)
    if balance.amount > 0:
        return replace(check, state=CheckState.FINE, fact=f"{left} are left on the account.")
    return replace(
        check,
        state=CheckState.FAULT,
        fact=f"The balance is {left}.",
        consequence="Twilio suspends an account whose balance is used up until it is topped up.",
        next_step="Top up in the Twilio Console, under Billing.",
        cause=f"Nothing is left on the account: its balance is {left}.",
    )
