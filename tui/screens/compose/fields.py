"""The fields of the message form: one recipient, and the text."""

from __future__ import annotations

import re

from textual import events

from tui.textual_fixes.input_fields import LineField
from tui.textual_fixes.text_field import TextField


class OneRecipient(LineField):
    """A line for one recipient. Several are not taken: whoever pastes twenty must not believe that they all get it."""

    def _on_paste(self, event: events.Paste) -> None:
        count = count_recipients(event.text)
        if count < 2:
            super()._on_paste(event)
            return
        event.prevent_default()
        event.stop()
        words = f"A message goes to one recipient: of the {count} pasted none was taken. Paste one of them."
        self.notify(words, severity="warning", timeout=10, markup=False)


def count_recipients(text: str) -> int:
    """How many recipients a pasted text seems to hold: its lines, or on one line the numbers between commas."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1:
        return len(lines)
    pieces = re.split(r"[,;|\t]|\s+(?=\+|[a-z_]+:)", text)
    return max(1, sum(sum(each.isdigit() for each in piece) >= 7 for piece in pieces))


class MessageText(TextField):
    """Several lines of text; tab moves on, nothing blinks."""

    def __init__(self, *, id: str, placeholder: str = "") -> None:
        super().__init__(id=id, soft_wrap=True, tab_behavior="focus", show_line_numbers=False, placeholder=placeholder)

    def replace_all(self, text: str) -> None:
        """Put another text in place of this one, as one step that undo takes back."""
        self.history.checkpoint()
        self.replace(text, self.document.start, self.document.end)
        self.history.checkpoint()
