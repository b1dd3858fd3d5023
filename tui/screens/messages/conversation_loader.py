"""What the list of conversations shows: pages read from the archive, kept up to date with it. Knows no widgets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from tui.archive.conversations import without_channel
from tui.screens.messages.conversation_list import PAGE, Listed

if TYPE_CHECKING:
    from tui.archive.query import Query
    from tui.archive.store import ArchiveChange
    from tui.screens.base import BaseScreen
    from tui.services.message_archive import MessageArchive

MOST_REREAD: Final = 50
"""Persons that are read again one by one; where more have changed, all that are listed are read."""


class ConversationLoader:
    """Reads, one thing after the other.

    With a query in force, a person whose messages match no more stays listed until another query is asked for: what
    one reads must not vanish under the eyes because it was read.

    Args:
        screen: whose workers read.
        shown: called when `listed` is another.

    Attributes:
        listed: the conversations that were read so far.
        read_once: whether the archive has answered since `begin`.
    """

    def __init__(self, screen: BaseScreen, shown: Callable[[], None]) -> None:
        self._screen, self._shown = screen, shown
        self.archive: MessageArchive | None = None
        self.query: Query | None = None
        self.listed = Listed()
        self.read_once = False
        self._rows: set[int] = set()
        self._numbers: set[str] = set()
        self._all = self._more = self._busy = False

    def begin(self, archive: MessageArchive | None, query: Query | None = None) -> None:
        """List the conversations of this archive, or those that a query finds in it, from the newest on."""
        self.archive, self.query = archive, query
        self.listed, self.read_once = Listed(), False
        self._rows, self._numbers, self._all, self._more = set(), set(), False, True
        self._shown()
        self._go()

    def read_more(self) -> None:
        """Read older ones, unless there are none."""
        if not self.listed.ended:
            self._more = True
            self._go()

    def reread(self, numbers: Iterable[str] | None = None) -> None:
        """Read these persons again; all that are listed for None."""
        if numbers is None:
            self._all = True
        else:
            self._numbers.update(numbers)
        self._go()

    def take(self, change: ArchiveChange | None) -> None:
        """Take over what one write to the archive changed; None where everything may be another."""
        if change is None:
            self.reread()
            return
        for before, now in change.rows.values():
            if now is not None:
                self._rows.add(now)
            elif before is not None and (gone := self.listed.whose(before)) is not None:
                # What went was the newest one of this person.
                self._numbers.add(gone)
        self._go()

    def _go(self) -> None:
        if not self._busy and self.archive is not None:
            self._busy = True
            self._screen.work(self._work, group="persons")

    async def _work(self) -> None:
        try:
            while (archive := self.archive) is not None and (self._all or self._more or self._rows or self._numbers):
                # Nothing is asked of a person that is not listed: older pages will have them.
                if self._all or len(self._rows) + len(self._numbers) > MOST_REREAD:
                    await self._read_all(archive)
                elif self._rows:
                    await self._find_persons(archive)
                elif self._numbers:
                    await self._read_persons(archive)
                else:
                    await self._read_page(archive)
        finally:
            self._busy = False

    async def _read_all(self, archive: MessageArchive) -> None:
        listed = self.listed
        self._all, self._rows, self._numbers = False, set(), set()
        wanted = max(PAGE, len(listed))
        found = await archive.conversations(wanted, query=self.query)
        matching = {each.number for each in found}
        gone = [number for number in listed.numbers if number not in matching] if self.query is not None else []
        stay = [await archive.conversation(number) for number in gone[:MOST_REREAD]]
        if listed is self.listed:
            self._more = False
            self.listed = Listed()
            self.listed.extend(found)
            self.listed.extend(each for each in stay if each is not None)
            self.listed.ended = len(found) < wanted
            self._told()

    async def _read_page(self, archive: MessageArchive) -> None:
        self._more, listed = False, self.listed
        if listed.ended:
            return
        found = await archive.conversations(PAGE, before=listed.oldest, query=self.query)
        if listed is self.listed:
            listed.extend(found)
            listed.ended = len(found) < PAGE
            self._told()

    async def _find_persons(self, archive: MessageArchive) -> None:
        rows, listed = sorted(self._rows), self.listed
        self._rows = set()
        messages = [message for message in await archive.read(rows) if message is not None]
        if listed is self.listed:
            self._numbers.update(without_channel(message.other_party) for message in messages)

    async def _read_persons(self, archive: MessageArchive) -> None:
        numbers, listed = self._numbers, self.listed
        self._numbers = set()
        found = {number: await archive.conversation(number) for number in numbers}
        strangers = {number for number in found if listed.of(number) is None}
        if self.query is not None and strangers:
            matching = {each.number for each in await archive.conversations(PAGE, query=self.query)}
            found = {number: each for number, each in found.items() if number in matching or number not in strangers}
        if listed is not self.listed:
            return
        oldest = listed.oldest or 0
        for number, conversation in found.items():
            # Further down than all that was read, they come with their page.
            near = conversation is None or listed.ended or conversation.row >= oldest
            listed.put(number, conversation if near else None)
        self._told()

    def _told(self) -> None:
        self.read_once = True
        self._shown()
