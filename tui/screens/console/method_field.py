"""The field for an HTTP method: a list of the usual ones, found by their first letters, and any other word typed."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.screens.console.pasting import FormLine
from tui.widgets.dialogs import Choice, Choose

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


class MethodField(FormLine):
    """↑, ↓ and enter list the methods; what is typed is completed, and typing on replaces the rest.

    No arrow changes it at once: whoever means the line below must not find a DELETE there.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("up,down,enter", "choose", show=False)]

    def __init__(self, *, id: str) -> None:
        super().__init__(placeholder=METHODS[0], id=id, select_on_focus=True)

    def replace(self, text: str, start: int, end: int) -> None:
        """As any field does, in capitals as it goes out; a beginning that was typed is completed."""
        super().replace(text.upper(), start, end)
        typed = self.value
        whole = next((each for each in METHODS if each.startswith(typed)), "")
        if text and whole and self.cursor_position == len(typed):
            self.value = whole
            self.selection = self.selection._replace(start=len(typed), end=len(whole))

    def action_choose(self) -> None:
        at = METHODS.index(self.value) if self.value in METHODS else 0
        self.app.push_screen(Choose("Method", [Choice(each, each) for each in METHODS], at=at), self._put)

    def _put(self, method: str | None) -> None:
        if method:
            self.value = method
            self.select_all()
