"""What is listed and which messages are at hand: both read from the account's archive, never on the loop.

The rows of all messages are kept as an array while a query is in force as well: dropping it shows them at once.
Changes of the archive are taken in as they come; those that come while rows are being found are taken in again after.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from tui.screens.messages.listing import Listing
from tui.screens.messages.marks import Marks
from tui.services.messages_at_hand import MessagesAtHand, Moved
from tui.twilio.errors import RequestFailed

if TYPE_CHECKING:
    from datetime import datetime

    from tui.archive.coverage import Coverage, Span
    from tui.archive.query import Query
    from tui.archive.store import ArchiveChange
    from tui.screens.base import BaseScreen
    from tui.services.message_archive import MessageArchive, ServerSearch, SyncStatus

FIRST_ROWS: Final = 200
"""Rows that are found before all others: more than the tallest terminal shows at once."""


@dataclass(frozen=True, slots=True)
class ListState:
    """What the line above the list tells.

    Attributes:
        status: what is being read from Twilio; None without an archive.
        opening: whether the connection is open, or is being opened.
        refusal: why it could not be opened.
        total: how many messages are kept.
        marked: how many of those listed are marked.
        above: how many that came meanwhile stand above the view, and were not in it so far.
        found: how many of them match the query; None where there is none.
        counting: whether the rest of them is still being found.
        coverage: which periods are complete.
        more_below: whether Twilio may have older ones.
        more_to_load: whether loading history may bring them.
        period_complete: whether all of the time that the query names is complete here.
        searched: whether Twilio was asked for what the query names.
        searching: whether it is being asked.
        complete: whether all that it found was read.
        back_to: since when all that it found was read; None before anything was.
        error: why that failed.
    """

    status: SyncStatus | None = None
    opening: bool = True
    refusal: str = ""
    total: int = 0
    marked: int = 0
    above: int = 0
    found: int | None = None
    counting: bool = False
    coverage: Coverage | None = None
    more_below: bool = False
    more_to_load: bool = False
    period_complete: bool = False
    searched: bool = False
    searching: bool = False
    complete: bool = False
    back_to: datetime | None = None
    error: RequestFailed | None = None


@dataclass(slots=True)
class _Rows:
    """One list: its lines, and the changes that came while its rows were being found."""

    listing: Listing = field(default_factory=Listing)
    finding: bool = False
    meanwhile: list[list[Moved]] = field(default_factory=list[list[Moved]])


class MessageLoader:
    """Keeps the rows of an archive, and of a query over it, in the workers of a screen.

    Args:
        screen: whose workers read.
        listed: called when other rows are listed, with where their messages went: old row number → new one, or None.
        updated: called with rows whose messages are others.
        status_changed: called when something else of `state` may be another.
        needs_more: tells whether the view has too few rows below the cursor.
        unmarked: called with how many marks were let go of, since their messages are not among those listed now.

    Attributes:
        marks: which of the messages that are listed are marked.
    """

    def __init__(
        self,
        screen: BaseScreen,
        *,
        listed: Callable[[dict[int, int | None]], None],
        updated: Callable[[list[int]], None],
        status_changed: Callable[[], None],
        needs_more: Callable[[], bool],
        unmarked: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._screen = screen
        self._listed, self._updated = listed, updated
        self._status_changed, self._needs_more, self._unmarked = status_changed, needs_more, unmarked
        self.marks = Marks()
        self.archive: MessageArchive | None = None
        self.at_hand: MessagesAtHand | None = None
        self.query: Query | None = None
        """What is in force; None for all messages."""
        self.filling: Span | None = None
        """The gap that is being read."""
        self._whole = _Rows()
        self._sought: _Rows | None = None
        """The rows of the query that are being found, or were."""
        self._found: _Rows | None = None
        """The same, once the first of them are found; until then the list before stays."""
        self._search: ServerSearch | None = None
        self._searching = self._reads_older = self._asked_meanwhile = self._matching = self._wants_rest = False
        self._error: RequestFailed | None = None
        self._failed = False
        """Whether Twilio could not be reached when that was last looked at."""

    @property
    def listing(self) -> Listing:
        """The lines to show: those of the query, once its first rows are found."""
        return (self._found or self._whole).listing

    @property
    def whole(self) -> Listing:
        """The lines of all messages."""
        return self._whole.listing

    @property
    def state(self) -> ListState:
        """What can be told of the list."""
        archive, session = self.archive, self._screen.session
        if archive is None:
            return ListState()
        sought, found, search = self._sought, self._found, self._search
        return ListState(
            status=archive.status,
            opening=archive.status.connected or bool(session.opening or session.account),
            refusal="" if archive.status.connected else session.refusal,
            total=len(self.whole.numbers),
            marked=len(self.marks),
            found=None if self.query is None else len(found.listing.numbers) if found is not None else 0,
            counting=self._whole.finding or (sought is not None and (sought is not found or sought.finding)),
            coverage=archive.coverage,
            more_below=archive.more_below,
            more_to_load=archive.more_to_load,
            period_complete=self.query is not None
            and archive.status.looked
            and archive.status.error is None
            and self.query.is_held_by(archive.coverage, session.clock()),
            searched=search is not None and (search.whole or not search.complete),
            searching=self._searching,
            complete=search is not None and search.whole and search.complete,
            back_to=search.back_to if search is not None and search.whole else None,
            error=self._error or archive.status.error,
        )

    # -- which rows ----------------------------------------------------------------------------------

    def begin(self, archive: MessageArchive | None) -> None:
        """List all messages of another archive; nothing of the one before stays."""
        self._stop_query()
        self.marks.clear()
        self.archive = archive
        self.at_hand = MessagesAtHand(archive.read) if archive is not None else None
        self._whole = _Rows()
        if archive is not None:
            self._find_whole(archive)

    def reread(self) -> None:
        """Find all rows again: any may be another."""
        if self.archive is None or self.at_hand is None:
            return
        self._screen.work(partial(self._read_again, self.at_hand, self.at_hand.doubt()), group="again")
        self._find_whole(self.archive)
        if self.query is not None:
            self._find(self.archive, self.query)

    def narrow(self, query: Query | None) -> None:
        """List what matches; None for all messages, which are there at once."""
        self._stop_query()
        self.query = query
        if query is not None and self.archive is not None:
            self._find(self.archive, query)
            self.search_on()

    def _stop_query(self) -> None:
        for group in ("find", "search", "fill"):
            self._screen.workers.cancel_group(self._screen, group)
        self.query = self._sought = self._found = self._search = self._error = self.filling = None
        self._searching = self._wants_rest = False

    def _find_whole(self, archive: MessageArchive) -> None:
        rows = self._whole
        rows.finding, rows.meanwhile = True, []
        self._screen.work(partial(self._find_all_of, archive, rows), group="whole", exclusive=True)

    async def _find_all_of(self, archive: MessageArchive, rows: _Rows) -> None:
        await self._find_rows(archive, None, rows, lambda: rows is self._whole)

    def _find(self, archive: MessageArchive, query: Query) -> None:
        self._sought = rows = _Rows(finding=True)

        async def find() -> None:
            await self._find_rows(archive, query, rows, lambda: rows is self._sought)

        self._screen.work(find, group="find", exclusive=True)

    async def _find_rows(
        self, archive: MessageArchive, query: Query | None, rows: _Rows, wanted: Callable[[], bool]
    ) -> None:
        """Find the newest rows, then all; where there are rows already, all at once."""
        limits = (None,) if len(rows.listing) else (FIRST_ROWS, None)
        for limit in limits:
            rows.meanwhile = []
            numbers = await archive.list_rows(limit) if query is None else await archive.find_rows(query, limit=limit)
            if not wanted():
                return
            if limit is not None and self.at_hand is not None:
                # The first picture has its rows.
                await self.at_hand.read(self.at_hand.missing(numbers[-60:]))
                if not wanted():
                    return
            rows.listing = Listing(numbers)
            rows.finding = limit is not None and len(numbers) == limit
            if rows is self._whole:
                _change(rows.listing, rows.meanwhile)
            else:
                self._found = rows
                self._match()
            self._set_gaps(rows)
            self._listed({})
            if not rows.finding:
                if rows is (self._found or self._whole):
                    await self._keep_marks(archive, rows)
                break
        self._status_changed()
        # Whether the view needs more could not be told before.
        self.read_older()

    async def _keep_marks(self, archive: MessageArchive, rows: _Rows) -> None:
        """Unmark what is not listed any more, and rows on which another message stands by now."""
        dropped = self.marks.keep_only(rows.listing.numbers)
        if single := self.marks.marked_one_by_one:
            sids = {row: each.sid for row, each in zip(single, await archive.read(single), strict=True) if each}
            if archive is self.archive:
                dropped += self.marks.discard(self.marks.others_by_now(sids))
        if dropped:
            self._unmarked(dropped)

    # -- changes -------------------------------------------------------------------------------------

    def take(self, change: ArchiveChange) -> None:
        """Take over what one write to the archive changed."""
        if self.archive is None or self.at_hand is None:
            return
        moves, shown = list(change.rows.values()), self.listing
        again = self.at_hand.take(moves)
        self.marks.follow(moves)
        if self._whole.finding:
            self._whole.meanwhile.append(moves)
        others = _change(self.whole, [moves]) and shown is self.whole
        if self._sought is not None:
            self._sought.meanwhile.append(moves)
            self._match()
        for rows in (self._whole, self._found):
            others = (rows is not None and self._set_gaps(rows) and rows.listing is shown) or others
        if others:
            self._listed(_places(moves))
        if again:
            self._screen.work(partial(self._read_again, self.at_hand, again), group="again")
        self._status_changed()

    def _set_gaps(self, rows: _Rows) -> bool:
        """Show what was not read within these rows; whether that is something else than before.

        Where Twilio itself searches, that is no matter. What single messages stand below all that is complete may
        have others between them: a gap that begins with 0.
        """
        from tui.archive.coverage import Span
        from tui.archive.layout import second_of

        coverage, numbers = self.archive.coverage if self.archive is not None else None, rows.listing.numbers
        if not coverage or not numbers or (rows is not self._whole and self._search is not None):
            return rows.listing.set_gaps(())
        # What a page ends with is not complete: it may share its second with the next one.
        edge = coverage.spans[0].first - 2
        below = [Span(0, edge)] if second_of(numbers[0]) <= edge else []
        return rows.listing.set_gaps([*below, *coverage.gaps()])

    async def _read_again(self, at_hand: MessagesAtHand, rows: list[int]) -> None:
        others = await at_hand.read(rows)
        if others and at_hand is self.at_hand:
            self._updated(others)

    def _match(self) -> None:
        """Ask the archive which of the changed messages match the query, once its rows are found."""
        rows = self._found
        if rows is not None and rows.meanwhile and not rows.finding and not self._matching:
            self._matching = True
            self._screen.work(self._match_changed, group="match")

    async def _match_changed(self) -> None:
        try:
            while (rows := self._found) and not rows.finding and rows.meanwhile and self.archive and self.query:
                moves, rows.meanwhile = [move for each in rows.meanwhile for move in each], []
                here = {now for _, now in moves if now is not None}
                hits = await self.archive.matching(self.query, here)
                if rows.finding:
                    continue
                gone = {before for before, _ in moves if before is not None} | here
                if rows is self._found:
                    self.marks.discard(gone - hits)
                if rows.listing.change(gone - hits, hits) and rows is self._found:
                    self._listed(_places(moves))
        finally:
            self._matching = False
        self._status_changed()

    # -- more from Twilio ----------------------------------------------------------------------------

    def read_older(self) -> None:
        """Read on below the last message where the view comes near it, unless that is under way or has failed."""
        archive = self.archive
        if archive is None or self._whole.finding or not archive.status.looked or not self._needs_more():
            return
        if self.query is not None:
            if self._error is None:
                self.search_on()
        elif archive.more_below and archive.status.error is None:
            self._read_page(archive)

    def read_on(self) -> None:
        """Read older messages because somebody asked, also for a query that Twilio cannot be asked."""
        archive = self.archive
        if archive is None or not archive.status.connected:
            return
        if self._search is not None:
            self._error = None
            self.search_on()
        elif archive.more_below:
            # While a page comes, its rows may be there before its reading has ended.
            self._asked_meanwhile = self._reads_older
            self._read_page(archive)

    def _read_page(self, archive: MessageArchive) -> None:
        if not self._reads_older:
            self._reads_older = True
            self._screen.work(partial(self._read_older_page, archive), group="older")

    async def _read_older_page(self, archive: MessageArchive) -> None:
        more = False
        try:
            more = await archive.older()
        finally:
            asked, self._reads_older, self._asked_meanwhile = self._asked_meanwhile, False, False
        if more and archive is self.archive:
            (self.read_on if asked else self.read_older)()

    def synced(self) -> None:
        """Ask Twilio for what the query names once it can be asked, and again where only the network failed."""
        archive = self.archive
        if archive is None:
            return
        failed, self._failed = self._failed, archive.status.error is not None
        if failed and not self._failed:
            self._error = None
        if self._search is None:
            self.search_on()
        else:
            self.read_older()

    def search_on(self) -> None:
        """Have Twilio search for what the query names, until all of it was asked for once and the view is full."""
        archive, query = self.archive, self.query
        if archive is None or query is None or self._searching:
            return
        if self._search is None:
            self._search = archive.ask(query)
        search = self._search
        if search is not None and not search.complete:
            self._searching = True
            self._screen.work(partial(self._ask, query, search), group="search", exclusive=True)

    async def _ask(self, query: Query, search: ServerSearch) -> None:
        try:
            while await search.more() and query is self.query:
                self._status_changed()
                enough = search.back_to is not None and (self._found is None or not self._needs_more())
                if enough and not self._wants_rest:
                    break
        except RequestFailed as problem:
            if query is self.query:
                self._error = problem
        finally:
            if query is self.query:
                self._searching = False
        self._status_changed()

    @property
    def lacks_rest(self) -> bool:
        """Whether Twilio can tell all that the query finds, and has not told all of it yet."""
        search = self._search
        return search is not None and search.whole and not search.complete and self._error is None

    def search_rest(self) -> None:
        """Have Twilio asked for all that the query finds, and not only for what fills the view."""
        self._wants_rest = True
        self.search_on()

    def fill(self, gap: Span) -> None:
        """Read what lies in a gap; of one that begins with 0, one page."""
        if self.archive is not None and self.filling is None:
            self.filling = gap
            self._screen.work(partial(self._fill, self.archive, gap), group="fill")

    async def _fill(self, archive: MessageArchive, gap: Span) -> None:
        try:
            await (archive.fill(gap) if gap.first else archive.older())
        finally:
            if self.filling is gap:
                self.filling = None
                self._status_changed()

    def stop_filling(self) -> None:
        """Read no further; what was read is kept."""
        self._screen.workers.cancel_group(self._screen, "fill")
        self.filling = None
        self._status_changed()

    def look_again(self) -> None:
        """Ask Twilio for what is new, and once more for what a query names where that failed."""
        if self.archive is None:
            return
        self.archive.look_now()
        if self._error is not None:
            self._error = None
            self.search_on()


def _change(listing: Listing, changes: Sequence[Sequence[Moved]]) -> bool:
    """Take in changes, one after the other: a row may be left by one message and taken by another."""
    there: dict[int, bool] = {}
    for moves in changes:
        there.update((before, False) for before, _ in moves if before is not None)
        there.update((now, True) for _, now in moves if now is not None)
    gone = [row for row, still in there.items() if not still]
    return listing.change(gone, [row for row, still in there.items() if still])


def _places(moves: Sequence[Moved]) -> dict[int, int | None]:
    """Where the messages of old row numbers went."""
    return {before: now for before, now in moves if before is not None and before != now}
