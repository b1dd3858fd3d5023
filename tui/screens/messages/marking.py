"""Marking messages of the list: one, all that the query finds, none; and what is said of it.

Which ones are marked is `marks.py`'s; what is done with them is `bulk.py`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.keymap import name_keys
from tui.screens.messages.summary import say_covered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.screens.base import BaseScreen
    from tui.screens.messages.loader import MessageLoader
    from tui.screens.messages.table import MessageTable


class Marking:
    """What a person marks in a list.

    Args:
        screen: says what was marked.
        loader: knows what is listed, and has the marks.
    """

    def __init__(self, screen: BaseScreen, loader: MessageLoader) -> None:
        self._screen, self._loader = screen, loader
        self.waits = False
        """Whether all are to be marked once all are found."""

    @property
    def words(self) -> Mapping[str, str]:
        """What the actions are called that the key line offers now; none where nothing is marked."""
        marked = len(self._loader.marks)
        if not marked:
            return {}
        all_or_none = "Unmark all" if self._has_all else "Mark all"
        return {"change_many": f"Change {marked:,} marked", "mark": "Mark", "mark_all": all_or_none}

    @property
    def has_some(self) -> bool:
        """Whether something is marked, or is to be once it is found."""
        return self.waits or bool(self._loader.marks)

    @property
    def _has_all(self) -> bool:
        return self._loader.marks.has_all_of(self._loader.listing.numbers)

    def toggle(self, table: MessageTable) -> None:
        """Mark the message under the cursor, or unmark it, and go on to the next."""
        if (row := table.row) is not None:
            self._loader.marks.toggle(row, table.current.sid if table.current is not None else "")
            table.redraw_message(row)
        table.action_cursor_down()

    def mark_all(self) -> None:
        """Mark all that the query finds, also those that are not in view; where all are marked, none.

        Where Twilio can tell all of them and has not yet, it is asked for the rest first: `settle` marks them.
        """
        loader = self._loader
        if self.waits or self._has_all:
            self.drop()
            return
        self.waits = True
        if loader.lacks_rest:
            loader.search_rest()

    def settle(self) -> bool:
        """Mark what was asked for, once it is found; whether that was done now."""
        state, loader = self._loader.state, self._loader
        if not self.waits or state.counting or state.searching:
            return False
        self.waits = False
        loader.marks.mark_all(loader.listing.numbers)
        if not (count := len(loader.marks)):
            return False
        covered = say_covered(state, self._screen.session.clock())
        here = f" What is here: {covered}." if covered else ""
        failed = " Twilio could not be asked for the rest." if state.error is not None and loader.query else ""
        keys = name_keys("{messages.change_many} changes them, esc unmarks.")
        words = f"{count:,} message{'' if count == 1 else 's'} marked.{failed}{here} {keys}"
        self._screen.notify(words, severity="warning" if failed else "information", markup=False)
        return True

    def drop(self) -> bool:
        """Unmark all, and mark nothing later; whether there was something to unmark."""
        had = self.has_some
        self.waits = False
        self._loader.marks.clear()
        return had

    def dropped(self, count: int) -> None:
        """Say that marks were let go of, since their messages are not listed any more."""
        left, were = len(self._loader.marks), "1 mark was" if count == 1 else f"{count:,} marks were"
        rest = f"{left:,} are left." if left else "None is left."
        self._screen.notify(f"{were} dropped: not among these. {rest}", severity="warning", markup=False)
