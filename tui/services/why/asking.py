"""What the checks of one inquiry ask, each request once however many of them need it, and the words for no answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar, cast

from tui.services.why.checks import Check, CheckState
from tui.storage.connection import API_KEY
from tui.twilio.bounded_list import BoundedList, read_bounded
from tui.twilio.errors import ApiError, NoAnswer, RequestFailed
from tui.twilio.numbers import NUMBERS_KEY, PhoneNumber, numbers_url, read_number

if TYPE_CHECKING:
    from tui.services.account import Account
    from tui.twilio.client import Client

_T = TypeVar("_T")

MOST_NUMBERS: Final = 5_000
"""Phone numbers of an account that are looked through."""

_REFUSED: Final = frozenset({20003, 20403, 70051})
"""Codes of what credentials may not read. Source: `tui/twilio/error_codes.tsv`."""


class Asking:
    """The requests of one inquiry.

    Args:
        account: whose; its archive is read as well.
        clock: the present, aware.
    """

    def __init__(self, account: Account, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.account = account
        self.clock = clock
        self._asked: dict[str, asyncio.Future[object]] = {}

    @property
    def client(self) -> Client:
        """The account's client."""
        return self.account.client

    def stop(self) -> None:
        """Let go of the requests that are still under way."""
        for each in self._asked.values():
            each.cancel()

    async def once(self, key: str, ask: Callable[[], Awaitable[_T]]) -> _T:
        """The answer to a request that several checks need; a check that gives up waiting leaves it to the others."""
        if key not in self._asked:
            self._asked[key] = asyncio.ensure_future(cast("Awaitable[object]", ask()))
        return cast("_T", await asyncio.shield(self._asked[key]))

    async def numbers(self) -> BoundedList[PhoneNumber]:
        """The account's phone numbers."""
        url = numbers_url(self.client)
        return await self.once(url, lambda: read_bounded(self.client, url, NUMBERS_KEY, read_number, most=MOST_NUMBERS))

    def unread(self, check: Check, problem: RequestFailed, what: str) -> Check:
        """A check that got no answer: why, and who may read it.

        Args:
            check: as it would be otherwise.
            problem: what went wrong.
            what: what could not be read, in the plural or as a whole: "brands", "the account's balance".
        """
        fact, step = self._words(problem, what)
        return Check(check.name, check.title, CheckState.UNKNOWN, fact, next_step=step, asked=check.asked)

    def _words(self, problem: RequestFailed, what: str) -> tuple[str, str]:
        if not isinstance(problem, ApiError):
            late = isinstance(problem, NoAnswer) and problem.timed_out
            return f"Could not read {what}: {problem.reason}", "Ask again." if late else problem.remedy
        told = f"{problem.status}" if problem.code is None else f"{problem.status}, {problem.code}"
        if self.account.sandbox and problem.status in (404, 501):
            return f"The sandbox has not {what} ({told}).", ""
        if problem.status == 501:
            return f"{what[0].upper()}{what[1:]} are not there ({told}).", ""
        if problem.status in (401, 403, 404) or problem.code in _REFUSED:
            if self.account.connection.kind == API_KEY:
                return (
                    f"This API key may not read {what} ({told}); the account's auth token may.",
                    "Use a connection with the auth token, or look in the Twilio Console.",
                )
            return f"These credentials may not read {what} ({told}).", "Look in the Twilio Console."
        return f"Could not read {what}: {problem.reason} ({told})", problem.remedy
