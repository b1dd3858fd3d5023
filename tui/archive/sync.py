"""Reading the account's message list into its archive, newest first, and what the pages prove to be complete.

Twilio gives no totals and no feed of changes. It lists messages by the time at which they were sent, newest first, and
links its pages. So a page proves that nothing is missing between two instants: from the one at which the reading began
down to just above the oldest second on the page, of which more may follow; and down to the beginning of the account
where there are no further pages. Messages and that proof are kept in one transaction.

What is claimed, and what it rests on:

- The end is the server's own clock (the `Date` header) when it served the first page, less `LAG`: messages come in on
  several machines. Without that header it is the newest second on the page. This machine's clock extends no claim,
  but it bounds one that a server ahead of time makes: what comes in until then would be taken for known.
- Twilio's reference says that the list is sorted by the time of sending. Where a list may as well be one by the time
  of creation, a message that waited long stands lower than its time of sending says, on a later page it may be: then
  as much less is claimed as the longest wait seen in it.
- A message that was never sent has no time of sending. It is taken to stand where its creation puts it; Twilio does
  not document that, nor which days' lists hold it. What is known of such messages comes from the top of the list.
- A message that changes its time later (a scheduled one is sent) moves. It is unsettled until then, and asked for
  again by its SID: see `Sync.refresh_unsettled`.

Links that run in a circle, or lead through pages without anything new, end in a BadAnswer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from tui.archive.coverage import Coverage, Span
from tui.storage.errors import ArchiveUnavailable
from tui.twilio.errors import ApiError, BadAnswer, InvalidRequest, RequestFailed
from tui.twilio.messages import Filters, fetch, page

if TYPE_CHECKING:
    from tui.archive.store import ArchiveChange
    from tui.twilio.client import Client
    from tui.twilio.messages import Message, Page

PAGE_SIZE: Final = 50
"""Messages on a page where somebody waits for the first of them."""

LARGE_PAGE: Final = 1000
"""Messages on a page where all of a period is wanted; Twilio's largest."""

MOST_PAGES_AT_THE_TOP: Final = 20
"""Pages read in search of what is known; then a gap is left, and the newest span begins anew."""

MOST_BARREN: Final = 20
"""Pages in a row that bring nothing new: beyond these a server's links are taken for a circle."""

MOST_PAGES: Final = 20_000
"""Pages of one list."""

LAG: Final = 5
"""Seconds before a page was served of which it may lack messages: they come in on several machines."""

UNSETTLED_SECONDS: Final = 4 * 86_400
"""How long a message without a final status is asked for again. `sent` may stay for ever."""

FEW: Final = 3
"""Messages of a stretch that are fetched one by one; more are read from the list."""

MOST_FETCHES: Final = 20
"""Messages that one look fetches because they are not listed where they should be."""

_CONFIRMED_SECONDS: Final = 600.0
"""How long a message that is there, though not listed, is not fetched again."""

_SOONEST: Final = 8.0
_LATEST: Final = 7200.0
"""Seconds between two questions about a message without a final status: an eighth of its age within these."""

_FAR: Final = 1 << 40
"""A second after all others."""

_QUIET_SECONDS: Final = 60
"""How far what is complete is carried on without a message, before that alone is written down: each writing makes
other windows look."""


DAY: Final = 86_400
"""Seconds of a UTC day."""


class Shelf(Protocol):
    """Where messages are kept: a `tui.archive.store.Archive`, asked from the loop.

    Every call may raise `tui.storage.errors.ArchiveUnavailable`.
    """

    @property
    def coverage(self) -> Coverage:
        """As `Archive.coverage`."""
        ...

    @property
    def generation(self) -> int:
        """As `Archive.generation`, of the archive that `coverage` is about."""
        ...

    async def keep(
        self, messages: Iterable[Message], covered: Span | None = None, *, generation: int | None = None
    ) -> ArchiveChange:
        """As `Archive.put`."""
        ...

    async def drop(self, sids: Iterable[str]) -> None:
        """As `Archive.remove`, written through."""
        ...

    async def held(self, span: Span, limit: int | None = None) -> list[tuple[str, int]]:
        """SID and second of the messages that are kept of a span, oldest first."""
        ...

    async def unsettled(self, since: int) -> list[tuple[str, int]]:
        """SID and second of the messages from this second on whose status is not final, oldest first."""
        ...


def second_of_message(message: Message) -> int | None:
    """The second since 1970 that a message has in the list; None where it has no time."""
    return None if message.when is None else max(int(message.when.timestamp()), 0)


def instant(second: int) -> datetime:
    """A second since 1970 as an instant."""
    return datetime.fromtimestamp(second, UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """What one page adds to a walk.

    Attributes:
        messages: those on the page.
        proven: the span that is complete with this page, below what was so before; None where it adds nothing.
        listed: SIDs of all messages of that span that the walk has seen.
    """

    messages: tuple[Message, ...]
    proven: Span | None
    listed: frozenset[str]


class ListProof:
    """What the pages of one list prove, told one after the other from the newest on.

    Args:
        floor: the first second that is asked for; 0 for no bound.
        ceiling: the last second that is asked for; None for no bound.
        now: what this machine takes for now; None leaves all to the server's clock.

    Attributes:
        first: all from this second on is proven; None before anything is.
    """

    def __init__(self, floor: int = 0, ceiling: int | None = None, *, now: float | None = None) -> None:
        self.first: int | None = None
        self._now = _FAR if now is None else int(now)
        self._floor, self._ceiling = floor, ceiling
        self._top: int | None = None
        self._lowest: int | None = None
        self._created: int | None = None
        self._longest_wait = 0
        self._by_sent = self._by_created = True
        self._waiting: dict[str, int] = {}

    def add(self, page: Page) -> Step:
        """Take the next page."""
        times = {each.sid: at for each in page.messages if (at := second_of_message(each)) is not None}
        if self._top is None:
            self._top = self._top_of(page, times.values())
        self._waiting.update(times)
        for message in page.messages:
            if message.date_sent is None:
                continue
            self._note_order(times[message.sid], message.date_created)
        before = self._top + 1 if self.first is None else self.first
        first = self._floor if page.next_uri is None else self._reached()
        if first is None or first >= before:
            return Step(page.messages, None, frozenset())
        self.first = first
        listed = frozenset(sid for sid, at in self._waiting.items() if at >= first)
        self._waiting = {sid: at for sid, at in self._waiting.items() if at < first}
        return Step(page.messages, Span(first, before - 1), listed)

    def _note_order(self, sent: int, date_created: datetime | None) -> None:
        self._by_sent = self._by_sent and (self._lowest is None or sent <= self._lowest)
        self._lowest = sent if self._lowest is None else min(self._lowest, sent)
        if date_created is None:
            return
        created = int(date_created.timestamp())
        self._by_created = self._by_created and (self._created is None or created <= self._created)
        self._created = created if self._created is None else min(self._created, created)
        self._longest_wait = max(self._longest_wait, sent - created)

    def _reached(self) -> int | None:
        if self._lowest is None:
            return None
        wait = self._longest_wait if self._by_created or not self._by_sent else 0
        return max(self._lowest + 1 + wait, self._floor)

    def _top_of(self, page: Page, times: Iterable[int]) -> int:
        """The last second of which the first page can be complete."""
        if page.served_at is None:
            # More may come in the newest second.
            top = max((at for at in times if at <= self._now), default=1) - 1
        else:
            top = int(page.served_at.timestamp()) - LAG
            if max(times, default=0) <= self._now:
                # Not where a message shows that this machine's clock is behind.
                top = min(top, self._now - LAG)
        return top if self._ceiling is None else min(top, self._ceiling)


class Walk:
    """One list of Twilio's, read page by page by its own links.

    Attributes:
        ended: whether the last page was read.
        reached: the oldest second seen so far; None before any.
        proof: what the pages prove.
        generation: of the archive that has the pages read so far.
        unkept: the last page that was read, until all is done that follows from it.
    """

    def __init__(
        self,
        client: Client,
        filters: Filters,
        *,
        page_size: int = PAGE_SIZE,
        proof: ListProof | None = None,
        generation: int = 0,
    ) -> None:
        self.ended = False
        self.reached: int | None = None
        self.proof = proof or ListProof()
        self.generation = generation
        self.unkept: Step | None = None
        self._client, self._filters, self._page_size = client, filters, page_size
        self._next: str | None = None
        self._followed: set[str] = set()
        self._barren = 0
        self._here: set[str] = set()

    async def step(self) -> Step:
        """Read the next page.

        Raises:
            RequestFailed: nothing has changed, and the same page may be asked for again; at a BadAnswer that would
                bring the same.
        """
        loaded = await page(self._client, self._filters, page_size=self._page_size, next_uri=self._next)
        link = loaded.next_uri
        if link is not None:
            if link in self._followed or len(self._followed) >= MOST_PAGES:
                raise BadAnswer(200, "The server's links to further pages run in a circle.", "Refresh to try again.")
            self._look_for_progress(loaded)
            self._followed.add(link)
        self._next, self.ended = link, link is None
        return self.proof.add(loaded)

    def _look_for_progress(self, loaded: Page) -> None:
        """Count the pages that neither reach further back nor name a message that was not named since one did."""
        reached = min((at for each in loaded.messages if (at := second_of_message(each)) is not None), default=None)
        if reached is not None and (self.reached is None or reached < self.reached):
            self.reached, self._barren, self._here = reached, 0, set()
        fresh = {each.sid for each in loaded.messages} - self._here
        self._here |= fresh
        self._barren = 0 if fresh else self._barren + 1
        if self._barren >= MOST_BARREN:
            raise BadAnswer(
                200, f"The server led through {MOST_BARREN} pages without a further message.", "Refresh to try again."
            )


class ServerSearch:
    """What Twilio itself finds for a query's numbers and days, page by page, newest first; all of it is kept.

    Whoever awaits `more` or `rest` stops the search by cancelling that task. What is found proves no period complete.

    Attributes:
        back_to: all that match from this instant on were found; None before that can be said of any.
        complete: whether the end was reached, so that all that match were found.
        whole: whether all that a query matches is among it; else what else matches was not asked for, and neither
            `complete` nor `back_to` say anything of the query.
    """

    def __init__(
        self,
        client: Client,
        shelf: Shelf,
        filters: Sequence[Filters],
        *,
        whole: bool = True,
    ) -> None:
        self.whole = whole
        self.back_to: datetime | None = None
        self.complete = not filters
        self._shelf = shelf
        self._walks = [Walk(client, each) for each in filters]
        self._unkept: tuple[Message, ...] = ()
        self._lock = asyncio.Lock()

    async def more(self) -> bool:
        """Read one more page; False where there is none.

        Raises:
            RequestFailed: also where it cannot be kept; the same call may be made again.
        """
        async with self._lock:
            left = [walk for walk in self._walks if not walk.ended]
            if not left and not self._unkept:
                return False
            if not self._unkept:
                # The one that is behind: so that all are read back to one and the same instant.
                walk = max(left, key=lambda walk: _FAR if walk.proof.first is None else walk.proof.first)
                self._unkept = (await walk.step()).messages
            try:
                await self._shelf.keep(self._unkept)
            except ArchiveUnavailable as problem:
                raise RequestFailed(problem.reason, problem.remedy) from None
            self._unkept = ()
            reached = [walk.proof.first for walk in self._walks if not walk.ended]
            self.complete = not reached
            if self.complete:
                self.back_to = instant(0)
            elif None not in reached:
                self.back_to = instant(max(at for at in reached if at is not None))
            return not self.complete

    async def rest(self) -> None:
        """Read all that is left, for an export or a total.

        Raises:
            RequestFailed: as `more`.
        """
        while await self.more():
            pass


class Sync:
    """Reads one account's list into its archive. Every call raises RequestFailed or ArchiveUnavailable.

    `clock` gives seconds since 1970; only how often something is asked for depends on it.
    """

    def __init__(self, client: Client, shelf: Shelf, *, clock: Callable[[], float] = time.time) -> None:
        self.client = client
        self.shelf = shelf
        self._clock = clock
        self._top = asyncio.Lock()
        self._bottom = asyncio.Lock()
        self._below: Walk | None = None
        self._confirmed: dict[str, float] = {}
        self._due: dict[str, float] = {}

    # -- what is new ---------------------------------------------------------------------------------

    async def head(self) -> None:
        """Read from the top until what is complete is met, or for the first time until a page proves something.

        After `MOST_PAGES_AT_THE_TOP` pages a gap is left, and the newest span begins anew.
        """
        async with self._top:
            known = self.shelf.coverage.newest
            proof = ListProof(now=self._clock())
            walk = Walk(self.client, Filters(), proof=proof, generation=self.shelf.generation)
            for number in range(MOST_PAGES_AT_THE_TOP):
                step = await walk.step()
                await self._keep(step, walk.generation, known if number == 0 else None, most=MOST_FETCHES)
                for message in step.messages:
                    self._asked(message.sid, second_of_message(message) or 0)
                first = walk.proof.first
                if (
                    walk.ended
                    or not self._has_pages_of(walk)
                    or (first is not None and (known is None or first <= known.last + 1))
                ):
                    return

    # -- what is further down ------------------------------------------------------------------------

    async def older(self) -> bool:
        """Read below all that is complete, at least a page, until that proves more. False at the account's beginning.

        The next call goes on by Twilio's link, unless something else was read there meanwhile.
        """
        async with self._bottom:
            spans = self.shelf.coverage.spans
            if not spans:
                await self.head()
                return True
            edge = spans[0].first
            if edge == 0:
                return False
            walk, self._below = self._below, None
            if walk is None or walk.ended or walk.proof.first != edge:
                walk = await self._begin_below(edge)
            # Nothing may be complete any more: the file was damaged, say, and begun anew.
            while (
                not walk.ended
                and self._has_pages_of(walk)
                and (spans := self.shelf.coverage.spans)
                and spans[0].first >= edge
            ):
                await self.read_page(walk)
            # Kept only now: after a failure the next call begins anew.
            self._below = walk
            spans = self.shelf.coverage.spans
            return not spans or spans[0].first > 0

    async def fill(self, gap: Span) -> None:
        """Read a gap of the coverage, from its end down to its beginning. What was read stays if it is cancelled."""
        async with self._bottom:
            walk = await self._begin_below(gap.last + 1, LARGE_PAGE)
            while (
                not walk.ended
                and self._has_pages_of(walk)
                and (walk.proof.first is None or walk.proof.first > gap.first)
            ):
                await self.read_page(walk)

    def walk_day(self, day: int) -> Walk:
        """The list of one UTC day, given as days since 1970, still to be read."""
        first = day * DAY
        filters = Filters(sent_on=instant(first).date())
        proof = ListProof(first, first + DAY - 1, now=self._clock())
        return Walk(self.client, filters, page_size=LARGE_PAGE, proof=proof, generation=self.shelf.generation)

    async def read_page(self, walk: Walk) -> int:
        """Read and keep one page of a walk; returns how many messages it has.

        After a failure the next call goes on with the same page.
        """
        step = walk.unkept or await walk.step()
        walk.unkept = step
        await self._keep(step, walk.generation)
        walk.unkept = None
        return len(step.messages)

    async def is_empty(self, span: Span) -> bool:
        """Whether Twilio has no message in a span, which is complete then.

        Both bounds are asked for with a second to spare, so that it does not matter whether the server includes them,
        or takes the instants for their days.
        """
        filters = Filters(
            sent_after=instant(span.first - 1) if span.first else None, sent_before=instant(span.last + 1)
        )
        generation = self.shelf.generation
        loaded = await page(self.client, filters, page_size=1)
        now = self._clock() - DAY if loaded.served_at is None else min(loaded.served_at.timestamp(), self._clock())
        if loaded.messages or loaded.next_uri is not None or span.last > now - LAG:
            return False
        await self._keep(Step((), span, frozenset()), generation)
        return True

    async def _begin_below(self, edge: int, page_size: int = PAGE_SIZE) -> Walk:
        """A walk that begins where what is complete ends, with its first page read and kept.

        `DateSent<=` includes the instant it names, so the oldest message that is known there is met again. Where it is
        not (the bound is taken as excluded, or as its day's midnight), the list is read from the next day's end on.
        """
        known = await self.shelf.held(Span(edge, _FAR), limit=1)
        start = instant(known[0][1] if known else edge)
        generation = self.shelf.generation

        def begin(before: date, page_size: int) -> Walk:
            proof = ListProof(0, edge - 1)
            filters = Filters(sent_before=before)
            return Walk(self.client, filters, page_size=page_size, proof=proof, generation=generation)

        walk = begin(start, page_size)
        step = await walk.step()
        if all((second_of_message(each) or 0) < edge for each in step.messages):
            walk = begin(start.date() + timedelta(days=1), LARGE_PAGE)
            step = await walk.step()
        await self._keep(step, generation)
        return walk

    def _has_pages_of(self, walk: Walk) -> bool:
        """Whether the archive is that which a walk began in: another one lacks pages, and nothing more is proven."""
        return walk.generation == self.shelf.generation

    async def _keep(self, step: Step, generation: int, known: Span | None = None, *, most: int | None = None) -> None:
        """Keep a page with what it proves, then look for messages that are kept of that span but not listed."""
        proven = step.proven
        quiet = (
            known is not None
            and proven is not None
            and known.first <= proven.first <= known.last + 1
            and proven.last <= known.last + _QUIET_SECONDS
        )
        changed = await self.shelf.keep(step.messages, None if quiet else proven, generation=generation)
        if quiet and changed:
            await self.shelf.keep((), proven, generation=generation)
        if proven is None:
            return
        now = self._clock()
        held = await self.shelf.held(proven)
        await self._fetch(
            [sid for sid, _ in held if sid not in step.listed and self._confirmed.get(sid, 0) < now][:most]
        )

    def confirm_anew(self) -> None:
        """Fetch unlisted messages again that were there when they were fetched a moment ago."""
        self._confirmed.clear()

    async def _fetch(self, sids: Sequence[str]) -> None:
        """Ask for messages one by one, and drop those that Twilio has no more."""
        found: list[Message] = []
        gone: list[str] = []
        try:
            for sid in sids:
                try:
                    found.append(await fetch(self.client, sid))
                except InvalidRequest:
                    # No SID of Twilio's; nothing can be asked about it.
                    pass
                except ApiError as problem:
                    if (problem.status, problem.code) != (404, 20404):
                        raise
                    gone.append(sid)
                self._confirmed[sid] = self._clock() + _CONFIRMED_SECONDS
        finally:
            if found:
                await self.shelf.keep(found)
            if gone:
                await self.shelf.drop(gone)

    # -- what still changes --------------------------------------------------------------------------

    async def refresh_unsettled(self) -> None:
        """Ask anew for young messages without a final status, where it is time: the less often, the older they are.

        Few of a UTC day are fetched one by one; more are read from the list, in no more requests than that.
        """
        now = self._clock()
        held = await self.shelf.unsettled(int(now) - UNSETTLED_SECONDS)
        self._due = {sid: self._due.get(sid, 0) for sid, _ in held}
        days: dict[int, list[tuple[str, int]]] = {}
        for sid, at in held:
            if self._due[sid] <= now:
                days.setdefault(at // DAY, []).append((sid, at))
        for day in sorted(days, reverse=True):
            due = {sid for sid, _ in days[day]}
            for sid, at in days[day]:
                # Before it is answered: one message that Twilio cannot tell of must not fail every look.
                self._asked(sid, at)
            if len(due) > FEW:
                due -= await self._listed(days[day])
            await self._fetch(sorted(due)[:MOST_FETCHES])

    async def _listed(self, due: Sequence[tuple[str, int]]) -> set[str]:
        """Keep what the list says of the stretch of these messages; returns the SIDs that it named."""
        left = {sid for sid, _ in due}
        times = [at for _, at in due]
        filters = Filters(sent_after=instant(min(times)), sent_before=instant(max(times)))
        walk = Walk(self.client, filters, page_size=LARGE_PAGE)
        for _ in range(len(due)):
            step = await walk.step()
            await self.shelf.keep(step.messages)
            left.difference_update(each.sid for each in step.messages)
            if walk.ended or not left:
                break
        return {sid for sid, _ in due} - left

    def _asked(self, sid: str, at: int) -> None:
        now = self._clock()
        self._due[sid] = now + min(max((now - at) / 8, _SOONEST), _LATEST)

    # -- what a query names --------------------------------------------------------------------------

    def search(self, filters: Sequence[Filters], *, whole: bool = True) -> ServerSearch:
        """A search by Twilio, of which nothing is read yet."""
        return ServerSearch(self.client, self.shelf, filters, whole=whole)
