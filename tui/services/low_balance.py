"""Tells once each time an account's balance falls below the amount that its connection names (`low_balance`).

Without such an amount nothing is asked. What was told is noted in the account's archive, so that a restart does not
tell it again, and a connection that keeps nothing leaves nothing: that archive is in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from tui.price_format import say_amount, say_price
from tui.twilio.errors import ApiError, RequestFailed

if TYPE_CHECKING:
    from tui.services.account import Account
    from tui.services.money import AccountMoney

EVERY: Final = 60 * 60.0
"""Seconds between two looks at the balance, while the connection is in use."""

_TOLD: Final = "low balance told"
"""The note in the archive: the amounts that the balance was told to be below, with blanks between; connections to one
account share it. Each is taken out once the balance is back there.
"""

_MOST_TOLD: Final = 20


class LowBalance:
    """Watches the balance of an account for as long as its task runs.

    Args:
        account: whose connection names the amount.
        money: what is asked.
        notice: tells the person; `{delivery.money}` in it becomes that action's key.
    """

    def __init__(self, account: Account, money: AccountMoney, notice: Callable[[str], None]) -> None:
        self._account = account
        self._money = money
        self._notice = notice
        self._told = False
        """As the note says: an archive that cannot be written must not have it told each time."""
        self._refused = False

    async def watch(self) -> None:
        """Look now, and from time to time. Ends when cancelled, and where there is nothing to look for."""
        while self._account.connection.least_balance is not None:
            await self.look()
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Ask for the balance, and tell where it fell below the amount. What only failed is asked again later."""
        least = self._account.connection.least_balance
        if least is None:
            return
        try:
            balance = await self._money.balance()
        except RequestFailed as problem:
            if isinstance(problem, ApiError) and problem.status in (401, 403, 404):
                self._tell_refused(least, f"Twilio does not show it to these credentials (HTTP {problem.status})")
            return
        if balance.amount is None:
            # A sub-account has none of its own.
            self._tell_refused(least, "Twilio names no amount for this account")
            return
        told = (await self._account.archive.note(_TOLD)).split()
        self._told = self._told or str(least) in told
        if balance.amount >= least:
            if self._told:
                await self._note(told, least, below=False)
        elif not self._told:
            self._notice(
                f"The balance of {self._account.name} is {say_price(balance.amount, balance.currency)}, below the "
                f"{say_threshold(least)} that you set. {{delivery.money}} in Delivery shows what was used."
            )
            await self._note(told, least, below=True)

    async def _note(self, told: list[str], least: Decimal, *, below: bool) -> None:
        self._told = below
        others = [each for each in told if each != str(least)]
        kept = [*others, str(least)] if below else others
        await self._account.archive.set_note(_TOLD, " ".join(kept[-_MOST_TOLD:]))

    def _tell_refused(self, least: Decimal, why: str) -> None:
        """Say once in a run that nobody watches: silence would be taken for enough."""
        if not self._refused:
            self._refused = True
            self._notice(
                f"The balance of {self._account.name} is not watched, though you set {say_threshold(least)}: {why}."
            )


def say_threshold(least: Decimal) -> str:
    """The amount as a person writes it: 20, 12.5."""
    return f"{least:,f}" if least == least.to_integral() else say_amount(least)
