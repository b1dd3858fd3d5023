"""The checks as rows: mark, what is looked at, what was found. A row never changes its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import BindingType

from tui.actions import WHY, bindings
from tui.safe_text import glimpse
from tui.screens.why.why_text import look_of_check, unreached
from tui.services.why.checks import Check
from tui.widgets.row_list import Piece, RowList

MOST_OF_FACT = 300
"""Characters of a fact that a row looks at; no terminal is wider."""


class CheckList(RowList):
    """The rows; enter takes the request of one into the console."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(tuple(replace(each, name="open_row") for each in WHY if each.name == "open_request"))
    ]

    def __init__(self) -> None:
        super().__init__(id="checks")
        self.checks: tuple[Check, ...] = ()
        self._silent = False
        """Whether it is said above the rows that nothing answers."""

    @property
    def current(self) -> Check | None:
        """The check under the cursor."""
        return self.checks[self.cursor] if self.cursor < len(self.checks) else None

    def show(self, checks: Sequence[Check]) -> None:
        """Show the checks as they stand."""
        before, silent, current = self.checks, self._silent, self.current
        self.checks, self._silent = tuple(checks), bool(unreached(checks))
        if len(before) != len(self.checks):
            # What does not apply to the subject is gone; the cursor stays on its check.
            names = [each.name for each in self.checks]
            at = names.index(current.name) if current is not None and current.name in names else None
            self.set_row_count(len(names), cursor=at)
            return
        for index, (old, new) in enumerate(zip(before, self.checks, strict=True)):
            if old != new or silent is not self._silent:
                self.redraw_row(index)

    def draw_row(self, index: int, width: int) -> list[Piece]:
        check = self.checks[index]
        mark, tone = look_of_check(check.state)
        column = max(cell_len(glimpse(each.title, 40)) for each in self.checks)
        title = glimpse(check.title, 40)
        fact = "no answer" if self._silent and check.unreached else glimpse(check.fact, MOST_OF_FACT)
        return [
            (f" {mark} ", tone),
            (title + " " * (column - cell_len(title) + 2), "plain"),
            (fact, "muted" if tone in ("good", "muted") else "plain"),
        ]
