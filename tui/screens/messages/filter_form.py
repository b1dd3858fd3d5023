"""The form that narrows the list. Answers with a `MessageFilter`; escape leaves things as they were."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Label, Static

from tui.screens.messages.filters import NAMES, MessageFilter, read_filter
from tui.textual_fixes.input_fields import LineField
from tui.twilio.errors import InvalidRequest
from tui.widgets.dialogs import Dialog, key_line

_LABELS = {
    "text": ("Text", "words in the text, or a number"),
    "status": ("Status", "problem, delivered, failed, …"),
    "direction": ("Direction", "in or out"),
    "to": ("To", "+4915112345678"),
    "from": ("From", "+15005550006"),
    "after": ("Sent from", "2026-11-01, today, 7d"),
    "before": ("Sent until", "2026-11-23, that day included"),
}
_PARTS = {"text": "Compared here, further and further back", "to": "Asked of Twilio, over everything; days are {zone}"}


class MessageFilterForm(Dialog[MessageFilter]):
    """Seven inputs; enter applies from any of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l", "clear", "Clear", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, present: MessageFilter, now: datetime) -> None:
        super().__init__("Filter messages")
        self._present = dict(present.typed)
        self._today = now.astimezone().date()
        self._zone = now.astimezone().tzname() or "UTC"

    def parts(self) -> ComposeResult:
        """What is compared here, then what Twilio selects by."""
        for name, (label, hint) in _LABELS.items():
            if name in _PARTS:
                yield Static(_PARTS[name].format(zone=self._zone), classes="part", markup=False)
            with Horizontal(classes="line"):
                yield Label(label, markup=False)
                box = LineField(self._present.get(name, ""), placeholder=hint, id=f"filter-{name}")
                yield box
        yield Static("", classes="wrong", markup=False)

    def keys(self) -> Content:
        """Enter, clear, escape."""
        return key_line(("⏎", "Apply"), ("^l", "Clear all"), ("esc", "Back"))

    def on_mount(self) -> None:
        """Begin where most searches begin."""
        self.query_one("#filter-text", Input).focus()

    def action_clear(self) -> None:
        """Empty every input; enter then shows everything."""
        for box in self.query(Input):
            box.value = ""
        self.query_one("#filter-text", Input).focus()

    @on(Input.Changed)
    def _typed(self) -> None:
        self.query_one(".wrong", Static).update("")

    @on(Input.Submitted)
    def _apply(self) -> None:
        typed = {name: self.query_one(f"#filter-{name}", Input).value for name in NAMES}
        try:
            self.dismiss(read_filter(typed, self._today))
        except InvalidRequest as problem:
            self.query_one(".wrong", Static).update(Content(str(problem)))
            self.query_one(f"#filter-{problem.field}", Input).focus()
