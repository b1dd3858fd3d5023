"""Makes plans of campaigns: asks for what a plan rests on, bounded and once each, and plans in a thread.

What does not depend on the text is kept for a while: after a change of the text alone nothing is asked, and no number
is read again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Generic, TypeVar, cast

from tui.jobs.model import ItemState, Job, JobKind
from tui.jobs.plan import CampaignFacts, CampaignSpec, OptedOut, Plan, PlanProgress, fingerprint
from tui.jobs.planning import Addressee, choose_senders, make_plan, read_people
from tui.safe_text import safe_text
from tui.storage.errors import StorageError
from tui.storage.journal_entry import JournalEntry, JournalState
from tui.twilio.addresses import AddressKind, country_of, kind_of
from tui.twilio.channels import channel_of
from tui.twilio.drafts import Draft
from tui.twilio.errors import ApiError, InvalidRequest, RequestFailed
from tui.twilio.senders import SenderKind

if TYPE_CHECKING:
    from tui.services.account import Account
    from tui.services.jobs import AccountJobs
    from tui.services.money import AccountMoney
    from tui.services.prices import Prices
    from tui.twilio.account_state import Balance
    from tui.twilio.content import ContentTemplate
    from tui.twilio.pricing import CountryPrices

KEPT: Final = timedelta(minutes=5)
"""How long an answer counts."""

TRIED_AGAIN: Final = timedelta(minutes=1)
"""How long it counts that there was none."""

LONGEST_WAIT: Final = 10.0
"""Seconds that a plan waits for one answer of Twilio's; what has none by then is unknown."""

FIRST_LOOK: Final = 3.0
"""Seconds that the archive may take to ask for what is new."""

AT_ONCE: Final = 6
"""Countries that are asked about at a time."""

MOST_COUNTRIES: Final = 40
"""Countries that are asked about, those with the most recipients."""

LATELY: Final = timedelta(days=7)
"""How long ago the same text to the same people is worth a word."""

MOST_EARLIER: Final = 20_000
"""Sends that are looked through for that."""

_PIECE: Final = 1000
"""Addresses and sends that a file is asked about at a time."""

_MAY_HAVE_ARRIVED: Final = (JournalState.SENDING, JournalState.ACCEPTED, JournalState.UNKNOWN)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was answered, to which question about what, and when it counts no more; None for never."""

    value: object
    about: tuple[object, ...]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class _Done(Generic[_T]):
    """What a generator came to."""

    result: _T


class CampaignPlanner:
    """The plans of one form.

    Args:
        account: who would send.
        prices: what messages cost (`SessionFiles.prices`).
        money: what is left on the account (`Session.money`).
        jobs: what was, and is to be, sent to many (`Session.jobs`).
        clock: the present, aware.
    """

    def __init__(
        self, account: Account, prices: Prices, money: AccountMoney, jobs: AccountJobs, *, clock: Callable[[], datetime]
    ) -> None:
        self._account, self._prices, self._money, self._jobs, self._clock = account, prices, money, jobs, clock
        self._answers: dict[str, _Answer] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._newest_job: int | None = None

    def ask_again(self) -> None:
        """Forget what was asked, so that the next plan asks anew. Numbers stay read, and prices have their day."""
        self._answers = {name: each for name, each in self._answers.items() if each.until is None}

    async def is_overtaken(self) -> bool:
        """Whether a job was written down since the last plan was begun, by any window: it may write to the same people.

        Raises:
            StorageError: that cannot be read.
        """
        known = self._newest_job
        return await self._find_newest_job() != known

    async def plan(self, spec: CampaignSpec, progressed: Callable[[PlanProgress], object] = lambda _: None) -> Plan:
        """What a campaign would do. Raises nothing for what could not be asked: the plan says what is unknown.

        Cancelling it ends it within some 50 ms; what was asked by then is kept.

        Args:
            spec: what is wanted.
            progressed: called on the loop after each piece.
        """
        total = len(spec.table.rows)
        numbers = tuple(each for each in spec.senders if kind_of(each) is not AddressKind.SERVICE)
        country = spec.country or next(filter(None, map(country_of, numbers)), None)

        # Before anything is read of what was sent: what comes later is no part of the plan.
        self._newest_job = None
        with suppress(StorageError):
            self._newest_job = await self._find_newest_job()

        async def read() -> tuple[Addressee, ...]:
            reading = PlanProgress("Reading the numbers", 0, total)
            return await _in_pieces(read_people(spec.table, spec.column, country), reading, progressed)

        async def choose() -> list[str]:
            last: dict[str, str] = {}
            if len(numbers) > 1:
                addresses = list(dict.fromkeys(person.address for person in people if person.address))
                for start in range(0, len(addresses), _PIECE):
                    asked = addresses[start : start + _PIECE]
                    last |= await self._account.archive.last_senders(numbers, asked)
            return await asyncio.to_thread(choose_senders, people, spec.senders, last)

        people = await self._once("people", (_Same(spec.table), spec.column, country), read, kept=None)
        with self._account.working():
            progressed(PlanProgress("Asking about opt-outs, countries and prices"))
            senders = await self._once("senders", (_Same(people), spec.senders), choose)
            facts = await self._ask(spec, people, senders)
        checking = PlanProgress("Checking each row", 0, total)
        return await _in_pieces(make_plan(spec, people, senders, facts, self._clock()), checking, progressed)

    # -- asking ----------------------------------------------------------------------------------------

    async def _ask(self, spec: CampaignSpec, people: Sequence[Addressee], senders: Sequence[str]) -> CampaignFacts:
        who = (_Same(people), _Same(senders))
        found = Counter(each.country for each in people if each.country and not channel_of(each.address))
        countries = tuple(country for country, _ in found.most_common())
        service = next((each for each in spec.senders if kind_of(each) is AddressKind.SERVICE), "")
        kept_here = asyncio.gather(
            self._once("opt-outs", who, lambda: self._find_opt_outs(people, senders)),
            self._once("earlier", (self._newest_job,), self._find_earlier),
        )
        about_account = asyncio.gather(
            self._own_numbers(),
            self._once("pool", (service,), lambda: self._count_pool(service)),
            self._find_template(spec.message.content_sid),
            self._ask_balance(),
        )
        (opted_out, earlier), ((own, voice_only), pool, template, balance), enabled, prices = await asyncio.gather(
            kept_here,
            about_account,
            asyncio.gather(*(self._ask_country(each) for each in countries[:MOST_COUNTRIES])),
            asyncio.gather(*(self._ask_price(each) for each in countries[:MOST_COUNTRIES])),
        )
        named = dict(zip(countries, enabled, strict=False))
        reasons = {country: reason for country, (_, reason) in named.items() if reason}
        beyond = f"only the {MOST_COUNTRIES} countries with the most recipients are asked about"
        return CampaignFacts(
            opted_out=opted_out[1],
            opt_outs_since=opted_out[0],
            enabled={country: known for country, (known, _) in named.items()},
            not_enabled_reason=reasons | dict.fromkeys(countries[MOST_COUNTRIES:], beyond),
            prices={each: found for each, found in zip(countries, prices, strict=False) if found is not None},
            own=own,
            voice_only=voice_only,
            pool=pool,
            template=template,
            balance=balance,
            earlier=earlier,
        )

    async def _find_opt_outs(
        self, people: Sequence[Addressee], senders: Sequence[str]
    ) -> tuple[datetime | None, dict[tuple[str, str], OptedOut]]:
        """Since when that is known, None for never; and (sender, recipient) → how."""
        archive = self._account.archive
        # Who said STOP since Twilio was last asked is to be known as well.
        await archive.look_first(FIRST_LOOK)
        asked: dict[str, dict[str, None]] = {}
        for person, sender in zip(people, senders, strict=True):
            if person.address and sender:
                asked.setdefault(sender, {})[person.address] = None
        found: dict[tuple[str, str], OptedOut] = {}
        for sender, addresses in asked.items():
            listed = list(addresses)
            for start in range(0, len(listed), _PIECE):
                told = await archive.opted_out(sender, listed[start : start + _PIECE])
                found |= {(sender, to): OptedOut(each.since, each.by, each.sender) for to, each in (told or {}).items()}
        newest = archive.coverage.newest
        known = newest is not None and not archive.status.trouble
        return datetime.fromtimestamp(newest.first, UTC) if known and newest is not None else None, found

    async def _ask_country(self, country: str) -> tuple[bool | None, str]:
        """Whether a country is enabled, and why that is not known."""
        from tui.twilio.geo_permissions import is_enabled

        async def ask() -> tuple[bool | None, str]:
            enabled, problem = await self._bounded(lambda: is_enabled(self._account.client, country))
            if problem is not None:
                return None, _say(problem)
            return enabled, "" if enabled is not None else "Twilio's answer does not say"

        return await self._once(f"country {country}", (), ask, good=lambda answer: answer[0] is not None)

    async def _ask_price(self, country: str) -> CountryPrices | None:
        found, _ = await self._bounded(lambda: self._prices.price_list(self._account, country))
        return found

    async def _own_numbers(self) -> tuple[frozenset[str] | None, frozenset[str]]:
        """The account's numbers, None where they are not known; and those that send no SMS."""
        found, _ = await self._bounded(self._account.load_senders)
        if found is None or found.problems:
            return None, frozenset()
        numbers = [each for each in found.offered if each.kind is SenderKind.NUMBER]
        return frozenset(each.address for each in numbers), frozenset(each.address for each in numbers if not each.sms)

    async def _count_pool(self, service: str) -> int | None:
        from tui.twilio.registration import list_pool

        if not service:
            return None
        found, _ = await self._bounded(lambda: list_pool(self._account.client, service))
        return None if found is None else len(found.items)

    async def _find_template(self, sid: str | None) -> ContentTemplate | None:
        if not sid:
            return None
        found, _ = await self._bounded(self._account.load_templates)
        return (found or {}).get(sid)

    async def _ask_balance(self) -> Balance | None:
        found, _ = await self._bounded(self._money.balance)
        return found

    async def _find_newest_job(self) -> int:
        return max((view.job.id for view in await self._jobs.all()), default=0)

    async def _find_earlier(self) -> dict[int, tuple[datetime, str]]:
        """What was sent from here lately, or waits in a job; as much of it as can be read."""
        found: dict[int, tuple[datetime, str]] = {}
        with suppress(StorageError):
            jobs = {view.job.id: view.job for view in await self._jobs.all()}
            await self._find_sent(found, {id: job.new.name for id, job in jobs.items()})
            for job in jobs.values():
                if job.new.kind is JobKind.CAMPAIGN and not job.state.ended:
                    await self._find_waiting(found, job)
        return found

    async def _find_sent(self, found: dict[int, tuple[datetime, str]], names: Mapping[int, str]) -> None:
        outbox, since = self._account.outbox, self._clock() - LATELY
        before: int | None = None
        for _ in range(MOST_EARLIER // _PIECE):
            entries = await asyncio.to_thread(outbox.all_before, self._account.client.account_sid, before, _PIECE)
            for entry in entries:
                if entry.started_at >= since and entry.state in _MAY_HAVE_ARRIVED:
                    found.setdefault(_fingerprint_of(entry), (entry.started_at, names.get(entry.job, "")))
            if len(entries) < _PIECE or entries[-1].started_at < since:
                return
            before = entries[-1].id

    async def _find_waiting(self, found: dict[int, tuple[datetime, str]], job: Job) -> None:
        after = 0
        for _ in range(MOST_EARLIER // _PIECE):
            items = await self._jobs.items(job.id, (ItemState.WAITING, ItemState.LEAVING), after=after, limit=_PIECE)
            for item in items:
                if item.draft is not None:
                    found.setdefault(fingerprint(item.draft), (job.created_at, job.new.name))
            if len(items) < _PIECE:
                return
            after = items[-1].number

    # -- inside ----------------------------------------------------------------------------------------

    async def _once(
        self,
        name: str,
        about: tuple[object, ...],
        ask: Callable[[], Awaitable[_T]],
        *,
        kept: timedelta | None = KEPT,
        good: Callable[[_T], bool] = lambda _: True,
    ) -> _T:
        """The answer to a question, asked again where it was about something else, or is too old."""
        known, now = self._answers.get(name), self._clock()
        # A clock that was put back leaves answers of the future.
        if known is not None and known.about == about and (known.until is None or now <= known.until <= now + KEPT):
            return cast("_T", known.value)
        value = await ask()
        until = None if kept is None else self._clock() + (kept if good(value) else TRIED_AGAIN)
        self._answers[name] = _Answer(value, about, until)
        return value

    async def _bounded(self, ask: Callable[[], Awaitable[_T]]) -> tuple[_T | None, RequestFailed | None]:
        """An answer of Twilio's, or why there is none."""
        try:
            async with self._slots, asyncio.timeout(LONGEST_WAIT):
                return await ask(), None
        except TimeoutError:
            return None, InvalidRequest("", f"There was no answer within {LONGEST_WAIT:.0f} s.")
        except RequestFailed as problem:
            return None, problem


class _Same:
    """An object that is compared by being the very same; it is kept for as long as it is compared with."""

    def __init__(self, each: object) -> None:
        self._each = each

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other._each is self._each

    def __hash__(self) -> int:
        return id(self._each)


async def _in_pieces(
    work: Generator[int, None, _T], progress: PlanProgress, progressed: Callable[[PlanProgress], object]
) -> _T:
    """Have a generator work in a thread, a piece at a time."""
    while True:
        done = await asyncio.to_thread(_advance, work)
        if isinstance(done, _Done):
            return done.result
        progressed(PlanProgress(progress.what, done, progress.total))


def _advance(work: Generator[int, None, _T]) -> int | _Done[_T]:
    try:
        return next(work)
    except StopIteration as end:
        return _Done(cast("_T", end.value))


def _fingerprint_of(entry: JournalEntry) -> int:
    options = dict(entry.options or ())
    sid, variables = options.get("ContentSid"), options.get("ContentVariables")
    sent = Draft(entry.to, "", entry.body, entry.media, content_sid=sid, content_variables=variables)
    return fingerprint(sent)


def _say(problem: RequestFailed) -> str:
    """Why there is no answer, as the end of a sentence."""
    if isinstance(problem, ApiError) and problem.status in (401, 403):
        return "these credentials may not ask that"
    return safe_text(problem.reason, limit=120).rstrip(".")
