"""What an account has and what it used, as Twilio tells: asked when it is wanted, kept for minutes, in memory only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeVar, cast

from tui.twilio.account_state import fetch_account, fetch_balance, list_subaccounts
from tui.twilio.errors import RequestFailed
from tui.twilio.usage import TOTAL, UsagePeriod, fetch_usage

if TYPE_CHECKING:
    from tui.services.message_archive import MessageArchive
    from tui.twilio.account_state import AccountState, Balance
    from tui.twilio.bounded_list import BoundedList
    from tui.twilio.client import Client
    from tui.twilio.usage import PeriodUsage, UsageRecord

KEPT: Final = timedelta(minutes=3)
"""How long an answer counts. Twilio itself is minutes late with what was just spent."""

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class KeptSum:
    """What the messages on this computer add up to in a period.

    Attributes:
        count: of messages.
        priced: how many of them have a price.
        costs: currency → what they cost.
        whole: whether all messages of the period are known, as far as it has passed.
    """

    count: int
    priced: int
    costs: Mapping[str, Decimal]
    whole: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    at: datetime
    answer: object


class AccountMoney:
    """The money of one account. Of each question one request is under way; a refusal is not kept.

    Its calls raise the `RequestFailed`s of `tui.twilio.errors`; `again` asks although an answer is kept.

    Args:
        client: whose account it is.
        clock: the present, aware.
        run: runs work that outlives a screen.
    """

    def __init__(
        self,
        client: Client,
        *,
        clock: Callable[[], datetime],
        run: Callable[[Coroutine[object, object, object]], asyncio.Task[object]],
    ) -> None:
        self._client = client
        self._clock = clock
        self._run = run
        self._kept: dict[str, _Kept] = {}
        self._asking: dict[str, asyncio.Task[object]] = {}

    async def balance(self, *, again: bool = False) -> Balance:
        """What is left on the account."""
        return await self._ask("balance", fetch_balance, again)

    async def state(self, *, again: bool = False) -> AccountState:
        """Its status, type, name and parent. A Standard API key may not read it."""
        return await self._ask("state", fetch_account, again)

    async def subaccounts(self, *, again: bool = False) -> BoundedList[AccountState]:
        """Its sub-accounts. A Standard API key may not read them."""
        return await self._ask("subaccounts", list_subaccounts, again)

    async def usage(self, period: UsagePeriod, *, again: bool = False) -> PeriodUsage:
        """The Usage Records of the account alone."""
        today = self._today()
        return await self._ask(f"usage {period.value}", lambda client: fetch_usage(client, period, today), again)

    async def total(self, period: UsagePeriod, *, again: bool = False) -> UsageRecord | None:
        """What a period cost the account and its sub-accounts together; None where Twilio does not say."""
        today = self._today()

        async def ask(client: Client) -> UsageRecord | None:
            return (await fetch_usage(client, period, today, category=TOTAL, subaccounts=True)).total

        return await self._ask(f"total {period.value}", ask, again)

    def _today(self) -> date:
        return self._clock().astimezone(UTC).date()

    async def _ask(self, name: str, ask: Callable[[Client], Awaitable[_Answer]], again: bool) -> _Answer:
        kept = self._kept.get(name)
        # A clock that was put back leaves answers of the future.
        if kept is not None and not again and timedelta(0) <= self._clock() - kept.at < KEPT:
            return cast("_Answer", kept.answer)
        if name not in self._asking:
            self._asking[name] = self._run(self._fetch(name, ask))
        # Whoever stops waiting takes the answer from nobody else.
        answer = await asyncio.shield(self._asking[name])
        if isinstance(answer, RequestFailed):
            raise answer
        return cast("_Answer", answer)

    async def _fetch(self, name: str, ask: Callable[[Client], Awaitable[object]]) -> object:
        """The answer, or why there is none."""
        try:
            answer = await ask(self._client)
        except RequestFailed as problem:
            return problem
        else:
            self._kept[name] = _Kept(self._clock(), answer)
            return answer
        finally:
            del self._asking[name]


async def sum_kept(archive: MessageArchive, first: date, last: date, now: datetime) -> KeptSum | None:
    """What the messages on this computer add up to on some UTC days, the last one included; None where the file cannot
    be read.
    """
    from tui.archive.periods import Window
    from tui.archive.query import Query

    since, until = (datetime.combine(day, time(), UTC) for day in (first, last + timedelta(days=1)))
    window = Window(since, until, "")
    figures = await archive.figures(Query(), window)
    if figures is None:
        return None
    found, _ = figures
    whole = window.narrow(Query()).is_held_by(archive.coverage, now)
    return KeptSum(found.count, found.billed, found.costs, whole)
