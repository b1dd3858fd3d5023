"""Makes plans of campaigns: asks for what a plan rests on, bounded and once each, and plans in a thread.

What does not depend on the text is kept: after a change of the text alone nothing is asked and no number is read again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tui.jobs.plan import CampaignSpec, Plan, PlanProgress
    from tui.services.account import Account
    from tui.services.money import AccountMoney
    from tui.services.prices import Prices


class CampaignPlanner:
    """The plans of one form.

    Args:
        account: who would send.
        prices: what messages cost (`Session.prices`).
        money: what is left on the account (`Session.money`).
        clock: the present, aware.
    """

    def __init__(self, account: Account, prices: Prices, money: AccountMoney, *, clock: Callable[[], datetime]) -> None:
        self._account, self._prices, self._money, self._clock = account, prices, money, clock

    async def plan(self, spec: CampaignSpec, progressed: Callable[[PlanProgress], object] = lambda _: None) -> Plan:
        """What a campaign would do. Raises nothing for what could not be asked: the plan says what is unknown.

        Cancelling it ends it within some 50 ms; what was asked by then is kept.

        Args:
            spec: what is wanted.
            progressed: called on the loop, several times a second.
        """
        raise NotImplementedError

    def ask_again(self) -> None:
        """Forget what was asked, so that the next plan asks anew."""
