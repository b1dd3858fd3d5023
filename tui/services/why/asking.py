"""What the checks of one inquiry ask, each request once however many of them need it, and the words for no answer."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar, cast

from tui.services.why.checks import Check, CheckState, Subject
from tui.storage.connection import API_KEY
from tui.twilio.addresses import AddressKind, kind_of
from tui.twilio.errors import ApiError, NoAnswer, RequestFailed
from tui.twilio.numbers import NUMBERS_KEY, numbers_url, read_number

if TYPE_CHECKING:
    from tui.archive.picture import Figures
    from tui.services.account import Account
    from tui.twilio.bounded_list import BoundedList
    from tui.twilio.client import Client
    from tui.twilio.message import Message
    from tui.twilio.numbers import PhoneNumber

_T = TypeVar("_T")

MOST_NUMBERS: Final = 5_000
"""Phone numbers of an account that are looked through."""

LONGEST_REQUEST: Final = 10.0
"""Seconds that an answer is waited for; a list of several pages counts as one."""

_REFUSED: Final = frozenset({20003, 20403, 70051})
"""Codes of what credentials may not read. Source: `tui/twilio/error_codes.tsv`."""


class Unread(Exception):
    """Something could not be read.

    Attributes:
        url: of the request.
        what: what it was for, in the plural or as a whole: "brands", "the account's balance".
        problem: why not.
    """

    def __init__(self, url: str, what: str, problem: RequestFailed) -> None:
        super().__init__(what)
        self.url, self.what, self.problem = url, what, problem


class Asking:
    """The requests of one inquiry, and what it looks up in the archive.

    Args:
        account: whose; its archive is read as well.
        clock: the present, aware.
        longest: seconds that an answer is waited for.
    """

    def __init__(
        self,
        account: Account,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        longest: float = LONGEST_REQUEST,
    ) -> None:
        self.account = account
        self.now = clock()
        self._longest = longest
        self._asked: dict[str, asyncio.Future[object]] = {}

    @property
    def client(self) -> Client:
        """The account's client."""
        return self.account.client

    async def stop(self) -> None:
        """Let go of the requests that are still under way."""
        for each in self._asked.values():
            each.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    async def read(self, url: str, what: str, ask: Callable[[], Awaitable[_T]]) -> _T:
        """The answer to a request that several checks may need: it is sent once.

        A check that gives up waiting leaves it to the others.

        Raises:
            Unread: there is none.
        """
        if url not in self._asked:
            self._asked[url] = asyncio.ensure_future(cast("Awaitable[object]", ask()))
        try:
            async with asyncio.timeout(self._longest):
                return cast("_T", await asyncio.shield(self._asked[url]))
        except TimeoutError:
            reason = f"there was no answer within {self._longest:.0f} s."
            raise Unread(url, what, NoAnswer(reason, sent=True, timed_out=True)) from None
        except RequestFailed as problem:
            raise Unread(url, what, problem) from None

    async def numbers(self) -> BoundedList[PhoneNumber]:
        """The account's phone numbers."""
        from tui.twilio.bounded_list import read_bounded

        url = numbers_url(self.client)
        return await self.read(
            url,
            "the account's phone numbers",
            lambda: read_bounded(self.client, url, NUMBERS_KEY, read_number, most=MOST_NUMBERS),
        )

    # -- the archive -----------------------------------------------------------------------------------

    async def rows(self, query: str) -> array[int]:
        """The rows of all that match a query, ascending; none where an address cannot stand in one."""
        from tui.archive.query import QueryError
        from tui.archive.query_parser import parse

        try:
            return await self.account.archive.find_rows(parse(query))
        except QueryError:
            return array("q")

    async def figures(self, query: str, period: timedelta) -> Figures:
        """What the archive has of a query in the time up to now, added up."""
        from tui.archive.periods import Window
        from tui.archive.picture import Figures
        from tui.archive.query import QueryError
        from tui.archive.query_parser import parse

        with suppress(QueryError):
            window = Window(self.now - period, self.now + timedelta(seconds=1), "")
            found = await self.account.archive.figures(parse(query), window)
            if found is not None:
                return found[0]
        return Figures()

    async def read_rows(self, rows: Sequence[int]) -> list[Message]:
        """The messages of these rows that are still there."""
        return [each for each in await self.account.archive.read(rows) if each is not None]

    def is_complete(self, since: datetime, until: datetime) -> bool:
        """Whether the archive has all messages of a time, but for what came since its last look."""
        from tui.archive.coverage import Span

        coverage = self.account.archive.coverage
        newest = coverage.newest
        if newest is None:
            return False
        first, last = int(since.timestamp()), min(int(until.timestamp()), newest.last)
        return first > last or coverage.holds(Span(first, last))

    # -- words -----------------------------------------------------------------------------------------

    def unread(self, check: Check, unread: Unread) -> Check:
        """A check that got no answer: why, and who may read it."""
        fact, step = self._words(unread.problem, unread.what)
        return replace(
            check,
            state=CheckState.UNKNOWN,
            fact=fact,
            consequence="",
            next_step=step,
            asked=("GET", unread.url),
            cause="",
            unreached=unread.problem.reason if isinstance(unread.problem, NoAnswer) else "",
        )

    def _words(self, problem: RequestFailed, what: str) -> tuple[str, str]:
        if not isinstance(problem, ApiError):
            late = isinstance(problem, NoAnswer) and problem.timed_out
            return f"Could not read {what}: {problem.reason}", "Ask again." if late else problem.remedy
        told = f"{problem.status}" if problem.code is None else f"{problem.status}, {problem.code}"
        if self.account.sandbox and problem.status in (404, 501):
            return f"The sandbox has not got {what} ({told}).", ""
        if problem.status == 501:
            return f"Not there: {what} ({told}).", ""
        if problem.status in (401, 403, 404) or problem.code in _REFUSED:
            if self.account.connection.kind == API_KEY:
                return (
                    f"This API key may not read {what} ({told}); the account's auth token may.",
                    "Use a connection with the auth token, or look in the Twilio Console.",
                )
            return f"These credentials may not read {what} ({told}).", "Look in the Twilio Console."
        return f"Could not read {what}: {problem.reason} ({told})", problem.remedy


def worst(checks: Iterable[Check], of_what: str) -> Check:
    """One check for several: the first fault, or else the first that is unknown, and how many of them it is.

    Args:
        checks: at least one.
        of_what: what there is one check for each of, in the plural: "senders".
    """
    listed = list(checks)
    for state in (CheckState.FAULT, CheckState.UNKNOWN):
        alike = [each for each in listed if each.state is state]
        if alike:
            counted = f" ({len(alike)} of {len(listed)} {of_what} looked at.)" if len(listed) > 1 else ""
            return replace(alike[0], fact=alike[0].fact + counted)
    counted = f" (All {len(listed)} {of_what} looked at.)" if len(listed) > 1 else ""
    return replace(listed[0], fact=listed[0].fact + counted)


def around(subject: Subject, before: timedelta, after: timedelta, now: datetime) -> tuple[datetime, datetime] | None:
    """The time of a subject's messages with some before and after, up to now; None where that is not known."""
    times = [each for each in (subject.at, *(m.date_created or m.when for m in subject.messages)) if each is not None]
    if not times:
        return None
    return min(times) - before, min(max(times) + after, now)


def counted(number: int, word: str) -> str:
    """`1 message`, `1,204 messages`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def term(key: str, address: str) -> str:
    """A term of the query language for an address, whatever is in it: `own:"+14155550100"`, `service:MG…`."""
    bare = address.replace('"', "")
    return f"service:{bare}" if kind_of(bare) is AddressKind.SERVICE else f'{key}:"{bare}"'


def between(since: datetime, until: datetime) -> str:
    """Terms of the query language for a time, to the minute, both ends included."""
    first, last = since.astimezone(), until.astimezone() + timedelta(minutes=1)
    return f"since:{first:%Y-%m-%dT%H:%M} until:{last:%Y-%m-%dT%H:%M}"
