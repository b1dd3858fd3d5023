"""The parts of the form: a labelled line with room for a sentence under it, the text, a choice of three."""

from __future__ import annotations

import re
from typing import ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from tui.textual_fixes.input_fields import LineField
from tui.textual_fixes.text_field import TextField
from tui.theme import TONES, Tone


class FieldNote(Static):
    """A sentence under a field: a hint, how something was read, or what is wrong and what to do."""

    def __init__(self, *, id: str) -> None:
        super().__init__("", id=id, classes="note", markup=False)

    def say(self, words: str, tone: Tone = "muted") -> None:
        """Show a sentence (already safe to show)."""
        self.update(Content.styled(words, TONES[tone]) if words else "")


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


class FieldLine(Vertical):
    """A label, one line of text, and its note."""

    def __init__(self, name: str, label: str, *, placeholder: str = "", field: type[LineField] = LineField) -> None:
        super().__init__(id=f"line-{name}", classes="line")
        self._key, self._label, self._placeholder, self._field = name, label, placeholder, field

    def compose(self) -> ComposeResult:
        """Label and field side by side, the note below the field."""
        with Horizontal():
            yield Static(self._label, classes="label", markup=False)
            yield self._field(placeholder=self._placeholder, id=f"field-{self._key}")
        yield FieldNote(id=f"note-{self._key}")


class MessageText(TextField):
    """Several lines of text; tab moves on, nothing blinks."""

    def __init__(self, *, id: str, placeholder: str = "") -> None:
        super().__init__(id=id, soft_wrap=True, tab_behavior="focus", show_line_numbers=False, placeholder=placeholder)

    def replace_all(self, text: str) -> None:
        """Put another text in place of this one, as one step that undo takes back."""
        self.history.checkpoint()
        self.replace(text, self.document.start, self.document.end)
        self.history.checkpoint()


Choice = Literal["", "true", "false"]


class YesNo(Widget, can_focus=True):
    """Yes, no, or whatever the account is set to. Space, the arrows or a click change it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,right,enter", "turn(1)", "Change", show=False),
        Binding("left", "turn(-1)", "Change back", show=False),
    ]
    WORDS: ClassVar[dict[str, str]] = {"": "as the account is set", "true": "yes", "false": "no"}

    value: reactive[str] = reactive("")

    class Changed(Message):
        """Another answer was chosen."""

    def render(self) -> Content:
        """The three answers, the chosen one marked."""
        pieces = [
            Content.styled(
                f"{'●' if answer == self.value else '○'} {words}   ",
                TONES["accent" if answer == self.value else "muted"],
            )
            for answer, words in self.WORDS.items()
        ]
        return Content.assemble(*pieces)

    def validate_value(self, value: str) -> str:
        """Take only the three answers."""
        return value if value in self.WORDS else ""

    def watch_value(self) -> None:
        """Tell the form."""
        self.post_message(self.Changed())

    def action_turn(self, step: int) -> None:
        """The next answer, or the one before."""
        answers = list(self.WORDS)
        self.value = answers[(answers.index(self.value) + step) % len(answers)]

    def on_click(self, event: events.Click) -> None:
        """Choose the answer under the pointer."""
        x = event.x
        for answer, words in self.WORDS.items():
            x -= len(words) + 5
            if x < 0:
                self.value = answer
                return
