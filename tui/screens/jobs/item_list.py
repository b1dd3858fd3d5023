"""The items behind a count, however many: read by the page as they come into view. Knows no store.

Rows are numbers of items; what is not read yet is an ellipsis, and asked for.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Final

from textual.binding import BindingType

from tui.actions import JOB, bindings
from tui.jobs.model import JobItem
from tui.jobs.report import SentOutcome
from tui.screens.jobs.item_words import item_row
from tui.widgets.row_list import Piece, RowList
from tui.widgets.toned_lines import TonedLines, without

PAGE: Final = 100
"""Items that are read at once."""

_MOST_KEPT: Final = 20 * PAGE
"""Items that are kept; those that went out of view longest ago go first."""


class ItemList(RowList, inherit_bindings=False):
    """The rows.

    Args:
        want: called with the numbers of items that are in view and not read yet.
        now: what time it is.
        name_of: an address → what it is called, safe to show.

    Attributes:
        numbers: the items that are listed.
        outcomes: number → what is known of its message.
    """

    # The blank pauses the job here, and goes on with it.
    BINDINGS: ClassVar[list[BindingType]] = [
        *without(TonedLines.BINDINGS, "space", "enter"),
        *bindings(tuple(replace(each, name="open_row") for each in JOB if each.name == "open_item")),
    ]

    def __init__(
        self,
        want: Callable[[Sequence[int]], None],
        *,
        now: Callable[[], datetime],
        name_of: Callable[[str], str],
    ) -> None:
        super().__init__(id="items")
        self._want, self._now, self._name_of = want, now, name_of
        self.numbers: Sequence[int] = array("q")
        self.outcomes: Mapping[int, SentOutcome] = {}
        self._items: dict[int, JobItem] = {}
        self._stale: set[int] = set()
        self._code: int | None = None

    @property
    def current(self) -> JobItem | None:
        """The item under the cursor, once it is read."""
        return self._items.get(self.numbers[self.cursor]) if self.cursor < len(self.numbers) else None

    def show(
        self,
        numbers: Sequence[int],
        outcomes: Mapping[int, SentOutcome],
        *,
        code: int | None = None,
        anew: bool = False,
        read: Iterable[JobItem] = (),
    ) -> None:
        """List these; the cursor stays on its item, or goes to the first one with `anew`.

        Args:
            numbers: of the items, ascending.
            outcomes: number → what is known of its message.
            code: all of theirs.
            anew: whether they are others than before.
            read: those of `seen_of` these numbers, as they are by now: they are drawn once and not twice.
        """
        self._code = code
        at = None if anew else self._at
        if anew:
            self._items.clear()
        self._stale = set(self._items)
        self._keep(read)
        self.outcomes = outcomes
        moved = numbers != self.numbers
        self.numbers = numbers
        place: int | None = 0 if anew else None
        if at is not None and moved:
            place = _place_of(numbers, at)
        self.set_row_count(len(numbers), cursor=place)
        if anew:
            self.scroll_rows_to(0)
        self.refresh()

    def seen_of(self, numbers: Sequence[int]) -> Sequence[int]:
        """Those of other numbers that would be in view if they were listed now."""
        place = self.cursor if self._at is None else _place_of(numbers, self._at)
        return self._seen(numbers, max(0, self.top + place - self.cursor))

    def take(self, items: Iterable[JobItem]) -> None:
        """Show what was read."""
        self._keep(items)
        self.refresh()

    @property
    def _at(self) -> int | None:
        """The number under the cursor."""
        return self.numbers[self.cursor] if self.cursor < len(self.numbers) else None

    def _keep(self, items: Iterable[JobItem]) -> None:
        for item in items:
            self._items.pop(item.number, None)
            self._items[item.number] = item
            self._stale.discard(item.number)
        while len(self._items) > _MOST_KEPT:
            self._items.pop(next(iter(self._items)))

    def _seen(self, numbers: Sequence[int], top: int) -> Sequence[int]:
        """Those in view with this row at the top, and the rest of their page."""
        first = top // PAGE * PAGE
        return numbers[first : max(top + max(1, self.size.height) + 1, first + PAGE)]

    def view_changed(self) -> None:
        seen = self._seen(self.numbers, self.top)
        if wanted := [number for number in seen if number not in self._items or number in self._stale]:
            self._want(wanted)

    def draw_row(self, index: int, width: int) -> list[Piece]:
        if index >= len(self.numbers):
            return []
        number = self.numbers[index]
        if (item := self._items.get(number)) is None:
            return [(" …", "muted")]
        return item_row(item, self.outcomes.get(number), width, self._now(), self._name_of, code=self._code)


def _place_of(numbers: Sequence[int], number: int) -> int:
    """Where an item stands among ascending numbers, or would."""
    from bisect import bisect_left

    return min(bisect_left(numbers, number), max(0, len(numbers) - 1))
