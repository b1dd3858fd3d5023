"""The loaded part of the account's message list: pages older messages, polls for newer ones, none twice or missing.

Twilio gives no total and no change feed. So older messages come by the server's own page links, newer ones
by reading from the top until a known message is met.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from tui.twilio.client import Client
from tui.twilio.errors import BadAnswer
from tui.twilio.messages import Filters, Message, page, take_over

MOST_PAGES_AT_THE_TOP = 20
"""Pages read in search of a known message before the list starts over."""

MOST_BARREN = 20
"""Pages in a row without a message that is new: beyond these a server's links are taken for a circle."""


@dataclass(frozen=True, slots=True)
class ListChange:
    """What one read of the list changed.

    Attributes:
        added_at_top: how many rows came in above the ones known before.
        added_below: how many rows came in at the end.
        updated: SIDs of rows whose content changed.
        restarted: the list was begun anew, since too much had happened to join old and new.
    """

    added_at_top: int = 0
    added_below: int = 0
    updated: frozenset[str] = frozenset()
    restarted: bool = False

    def __bool__(self) -> bool:
        return bool(self.added_at_top or self.added_below or self.updated or self.restarted)


class MessageList:
    """The loaded part of a list for one client and one set of filters, newest first."""

    def __init__(self, client: Client, filters: Filters | None = None, *, page_size: int = 50) -> None:
        self.filters = filters or Filters()
        self._client = client
        self._page_size = page_size
        self._rows: list[Message] = []
        self._place: dict[str, int] = {}
        self._forgotten: set[str] = set()
        self._next_uri: str | None = None
        self._started = False
        self._barren = 0
        self._lock = asyncio.Lock()

    @property
    def rows(self) -> list[Message]:
        """The loaded messages. Read only; replaced rows keep their place."""
        return self._rows

    @property
    def started(self) -> bool:
        """Whether the first page has arrived."""
        return self._started

    @property
    def more_below(self) -> bool:
        """Whether the server has older messages that are not loaded."""
        return not self._started or self._next_uri is not None

    def place_of(self, sid: str) -> int | None:
        """Where in `rows` the message with this SID is, from 0."""
        return self._place.get(sid)

    def find(self, sid: str) -> Message | None:
        """The loaded message with this SID."""
        place = self._place.get(sid)
        return None if place is None else self._rows[place]

    async def older(self) -> ListChange:
        """Load the next page at the end; the first page when nothing is loaded yet.

        Raises:
            RequestFailed: the rows stay as they were, and the same call may be made again.
        """
        async with self._lock:
            return await self._read_below()

    async def newer(self) -> ListChange:
        """Read from the top until a known message is met, and join what is new to what is known.

        Raises:
            RequestFailed: the rows stay as they were.
        """
        async with self._lock:
            if not self._started:
                return await self._read_below()
            fresh: list[Message] = []
            next_uri: str | None = None
            for _ in range(MOST_PAGES_AT_THE_TOP):
                loaded = await page(self._client, self.filters, page_size=self._page_size, next_uri=next_uri)
                fresh.extend(loaded.messages)
                next_uri = loaded.next_uri
                if next_uri is None or any(message.sid in self._place for message in loaded.messages):
                    return self._join(fresh)
            return self._restart(fresh, next_uri)

    def apply(self, messages: Iterable[Message]) -> ListChange:
        """Replace loaded rows by newer states of the same messages (a fetch, a status callback)."""
        return ListChange(updated=self._replace(messages))

    def forget(self, sid: str) -> bool:
        """Take a deleted message out. True when it was loaded."""
        # An answer that is still under way may show it once more.
        self._forgotten.add(sid)
        place = self._place.get(sid)
        if place is None:
            return False
        del self._rows[place]
        self._number()
        return True

    async def _read_below(self) -> ListChange:
        if self._started and self._next_uri is None:
            return ListChange()
        loaded = await page(self._client, self.filters, page_size=self._page_size, next_uri=self._next_uri)
        before = len(self._rows)
        updated = self._take(loaded.messages)
        self._next_uri = loaded.next_uri
        self._started = True
        self._barren = 0 if len(self._rows) > before else self._barren + 1
        if self._barren >= MOST_BARREN and self._next_uri is not None:
            # Whoever looks ahead would go on asking for ever, with nobody at the keyboard.
            self._barren = 0
            raise BadAnswer(
                200, f"The server led through {MOST_BARREN} pages without a further message.", "Refresh to go on."
            )
        return ListChange(added_below=len(self._rows) - before, updated=updated)

    def _take(self, messages: Iterable[Message]) -> frozenset[str]:
        listed = list(messages)
        updated = self._replace(listed)
        for message in listed:
            if message.sid not in self._place and message.sid not in self._forgotten:
                self._place[message.sid] = len(self._rows)
                self._rows.append(message)
        return updated

    def _replace(self, messages: Iterable[Message]) -> frozenset[str]:
        changed: set[str] = set()
        for told in messages:
            place = self._place.get(told.sid)
            if place is None:
                continue
            message = take_over(self._rows[place], told)
            if message == self._rows[place]:
                continue
            self._rows[place] = message
            changed.add(message.sid)
        return frozenset(changed)

    def _join(self, fresh: list[Message]) -> ListChange:
        updated = self._replace(fresh)
        above: dict[str, list[Message]] = {}
        waiting: dict[str, Message] = {}
        anchor = ""
        placed: set[str] = set()
        for message in fresh:
            if message.sid not in self._place:
                if message.sid not in placed and message.sid not in self._forgotten:
                    waiting[message.sid] = message
                continue
            anchor = message.sid
            above.setdefault(anchor, []).extend(waiting.values())
            placed.update(waiting)
            waiting = {}
        if not placed and not waiting:
            return ListChange(updated=updated)
        joined: list[Message] = []
        added, left = 0, len(above)
        if not anchor:
            joined.extend(waiting.values())
            added += len(waiting)
        for place, row in enumerate(self._rows):
            if not left:
                # All that is further down was not read: taken as it is, however long the list.
                joined.extend(self._rows[place:])
                break
            if row.sid not in above:
                joined.append(row)
                continue
            left -= 1
            joined.extend(above[row.sid])
            joined.append(row)
            added += len(above[row.sid])
            if row.sid == anchor:
                # New ones below the last known message of the reading keep their place as well.
                joined.extend(waiting.values())
                added += len(waiting)
        self._rows = joined
        self._number()
        return ListChange(added_at_top=added, updated=updated)

    def _restart(self, fresh: list[Message], next_uri: str | None) -> ListChange:
        self._rows = list({message.sid: message for message in fresh if message.sid not in self._forgotten}.values())
        self._next_uri = next_uri
        self._number()
        return ListChange(added_at_top=len(self._rows), restarted=True)

    def _number(self) -> None:
        self._place = {message.sid: place for place, message in enumerate(self._rows)}
