"""Controls for forms: a choice among words, a line for a secret, a labelled row with its note, and a filter form.

They know fields and words, not what is filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Generic, TypeVar

from rich.cells import cell_len
from textual import events, on
from textual.actions import SkipAction
from textual.app import ComposeResult, RenderResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.safe_text import safe_text
from tui.textual_fixes.input_fields import LineField
from tui.theme import TONES, Tone
from tui.twilio.errors import InvalidRequest
from tui.widgets.dialogs import Dialog, key_line

Answer = TypeVar("Answer")
Field = TypeVar("Field", bound=Widget, covariant=True)


GAP: Final = 3
"""Cells between two choices of a value."""

MORE_BEFORE: Final = "‹ "
MORE_BEHIND: Final = "›"


class ChoiceField(Widget, can_focus=True):
    """A choice among a few words on one line: ←→, space, enter and a click choose.

    Args:
        choices: value → words, or the words alone where they are the values.
        value: the one to begin with, the first unless given. It may be none of the choices (a file can hold anything):
            then it is shown with a question mark, and stays until another is chosen.
        tabs: `[one]  two`, for a choice of what is shown below; otherwise `● one   ○ two`, for a value.
        enter: whether enter chooses; where False, enter is left to the form.
        tones: value → the tone of its mark, where it has one of its own.

    Where not all of a value's words have room, those around the chosen one are shown, and ‹ › where there are more.

    Attributes:
        value: the one chosen. `Changed` is posted when a person chooses, not when this is set.
        marks: value → what is shown behind its words, such as a count.
    """

    DEFAULT_CSS = """
    ChoiceField { height: 1; width: 1fr; padding: 0 1; &:focus { background: $primary-muted; } }
    ChoiceField.-tabs { width: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1)", show=False),
        Binding("right,l,space", "step(1)", show=False),
    ]

    value: reactive[str] = reactive("", layout=True)
    marks: reactive[Mapping[str, str]] = reactive(dict, layout=True)

    class Changed(Message):
        """A person chose another word."""

        def __init__(self, choice: ChoiceField) -> None:
            super().__init__()
            self.choice = choice

        @property
        def control(self) -> ChoiceField:
            """What `@on` selects by."""
            return self.choice

    def __init__(
        self,
        choices: Mapping[str, str] | Sequence[str],
        value: str | None = None,
        *,
        id: str | None = None,
        tabs: bool = False,
        enter: bool = True,
        tones: Mapping[str, Tone] | None = None,
    ) -> None:
        super().__init__(id=id, classes="-tabs" if tabs else None)
        self._tones = tones or {}
        self._choices = dict(choices) if isinstance(choices, Mapping) else {word: word for word in choices}
        first = next(iter(self._choices)) if value is None else value
        self._choices.setdefault(first, f"{first} (?)")
        self.set_reactive(ChoiceField.value, first)
        self._tabs = tabs
        if enter:
            self._bindings.bind("enter", "step(1)", show=False)

    def offer(self, choices: Mapping[str, str], value: str) -> None:
        """Offer these in place of those, with this one chosen; nobody is told of it."""
        if choices != self._choices:
            self._choices = dict(choices)
            self.refresh(layout=True)
        self.value = value

    def validate_value(self, value: str) -> str:
        """Anything else means the first choice."""
        return value if value in self._choices else next(iter(self._choices))

    def render(self) -> RenderResult:
        return Content.assemble(*(piece for _, pieces in self._line() for piece in pieces))

    def _line(self) -> list[tuple[str | None, tuple[tuple[str, str], ...]]]:
        """The choices that are shown, left to right, each with its runs of text; without a value the signs of more."""
        values, room = list(self._choices), self.content_size.width
        cells = [sum(cell_len(text) for text, _ in self._pieces(value)) for value in values]
        first, last = 0, len(values)
        if not self._tabs and 0 < room < sum(cells) - GAP:
            at = values.index(self.value)
            room -= len(MORE_BEFORE) + len(MORE_BEHIND)
            while first < at and sum(cells[first : at + 1]) > room:
                first += 1
            last = at + 1
            while last < len(values) and sum(cells[first : last + 1]) <= room:
                last += 1
        line: list[tuple[str | None, tuple[tuple[str, str], ...]]] = []
        if first:
            line.append((None, ((MORE_BEFORE, "$quiet"),)))
        line += [(value, self._pieces(value)) for value in values[first:last]]
        if last < len(values):
            line.append((None, ((MORE_BEHIND, "$quiet"),)))
        return line

    def _pieces(self, value: str) -> tuple[tuple[str, str], ...]:
        """The runs of text of one choice, with their styles."""
        chosen = value == self.value
        words = f"{self._choices[value]} {self.marks.get(value, '')}".rstrip()
        quiet = "$quiet-selected" if self.has_focus else "$quiet"
        if self._tabs:
            other = "$foreground" if value in self.marks else quiet
            return ((f"[{words}]  ", "bold $text-primary") if chosen else (f" {words}   ", other),)
        own = TONES[self._tones[value]] if value in self._tones else ""
        mark = ("● ", own or "$text-primary") if chosen else ("○ ", own or quiet)
        return mark, (f"{words}{' ' * GAP}", "bold $foreground" if chosen else quiet)

    def action_step(self, by: int) -> None:
        """Choose a neighbour, round the ends."""
        values = list(self._choices)
        self._choose(values[(values.index(self.value) + by) % len(values)])

    def on_click(self, event: events.Click) -> None:
        end = self.gutter.left
        for value, pieces in self._line():
            end += sum(cell_len(text) for text, _ in pieces)
            if event.x < end:
                if value is not None:
                    self._choose(value)
                return

    def _choose(self, value: str) -> None:
        if value != self.value:
            self.value = value
            self.post_message(self.Changed(self))


class SecretInput(LineField):
    """A line that shows dots and never reaches a clipboard.

    Textual's own field copies and cuts the plain text, which a terminal passes on through OSC 52.
    """

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__(password=True, select_on_focus=False)

    def action_copy(self) -> None:
        if not self.selected_text:
            raise SkipAction
        self.notify("A secret is not copied.", markup=False)

    def action_cut(self) -> None:
        self.notify("A secret is not copied; use delete to remove it.", markup=False)


class FieldNote(Static):
    """A sentence under a field: a hint, how something was read, or what is wrong and what to do.

    It takes no room while it is empty, unless a form's style gives `.note` a display.
    """

    DEFAULT_CSS = "FieldNote { height: auto; color: $quiet; &.-empty { display: none; } }"

    def __init__(self, *, id: str) -> None:
        super().__init__("", id=id, classes="note -empty", markup=False)
        self._said: tuple[str, Tone] = ("", "muted")

    def say(self, words: str, tone: Tone = "muted") -> None:
        """Show a sentence (already safe to show)."""
        if (words, tone) != self._said:
            self._said = (words, tone)
            self.set_class(not words, "-empty")
            self.update(Content.styled(words, TONES[tone]) if words else "")


class FieldRow(Vertical, Generic[Field]):
    """A label and a field side by side, and under them a note.

    Args:
        key: the field's name in the form; the row's id is `row-KEY`, the note's `note-KEY`.
        field: what is filled in.
        below: what opens under the field, over what follows.
    """

    DEFAULT_CSS = """
    FieldRow {
        height: auto;
        & > Horizontal { height: auto; }
        & .label { width: 16; padding: 0 1; color: $quiet; }
        & .note { padding: 0 1 0 17; }
        & Input { width: 1fr; }
    }
    """

    def __init__(
        self, key: str, label: str, field: Field, *, classes: str | None = None, below: Widget | None = None
    ) -> None:
        super().__init__(id=f"row-{key}", classes=classes)
        self.key = key
        self.field = field
        self._below = below
        self._label = label
        self._note = FieldNote(id=f"note-{key}")

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(self._label, classes="label", markup=False)
            yield self.field
        if self._below is not None:
            yield self._below
        yield self._note

    def say(self, words: str, tone: Tone = "muted") -> None:
        """Show a sentence (already safe to show) under the field; a bad one marks the field as well."""
        self._note.say(words, tone)
        self.field.set_class(tone == "bad" and bool(words), "-invalid")
        if words and self.field.has_focus:
            # Where the form is longer than the terminal.
            self.call_after_refresh(self.scroll_visible, animate=False, force=True)

    def hint(self, placeholder: str) -> None:
        """Set what a line says while it is empty."""
        if isinstance(self.field, Input):
            self.field.placeholder = placeholder


@dataclass(frozen=True, slots=True)
class FilterField:
    """One line of a filter form.

    Attributes:
        key: the field's name, by which a refusal points at it.
        hint: shown while it is empty.
        value: what stands in it.
        heading: a line above it, where a new part of the form begins.
    """

    key: str
    label: str
    hint: str
    value: str = ""
    heading: str = ""


class FilterForm(Dialog[Answer]):
    """A dialog with one line for each thing that a list is filtered by; enter applies from any of them.

    Args:
        read: the texts by key → the dialog's answer; raises `InvalidRequest` with the key as its field.
    """

    DEFAULT_CSS = """
    FilterForm {
        & > Vertical { width: 76; }
        & .part { color: $quiet; margin: 1 0 0 0; }
        & FieldRow .label { width: 13; }
        & FieldRow .note { padding: 0 1 0 14; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l", "clear", "Clear", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(
        self, title: str, fields: Sequence[FilterField], read: Callable[[Mapping[str, str]], Answer], words: str = ""
    ) -> None:
        super().__init__(title, words)
        self._fields = fields
        self._read = read
        self._rows = {
            field.key: FieldRow(
                field.key, field.label, LineField(field.value, placeholder=field.hint, id=f"filter-{field.key}")
            )
            for field in fields
        }

    def parts(self) -> ComposeResult:
        for field in self._fields:
            if field.heading:
                yield Static(field.heading, classes="part", markup=False)
            yield self._rows[field.key]

    def keys(self) -> Content:
        return key_line(("⏎", "Apply"), ("^l", "Clear all"), ("esc", "Back"))

    def action_clear(self) -> None:
        """Empty every field; enter then shows everything."""
        for box in self.query(Input):
            box.value = ""
        self.query(Input).first().focus()

    @on(Input.Changed)
    def _typed(self) -> None:
        for row in self._rows.values():
            row.say("")

    @on(Input.Submitted)
    def _apply(self) -> None:
        try:
            answer = self._read({key: row.field.value for key, row in self._rows.items()})
        except InvalidRequest as problem:
            row = self._rows[problem.field]
            row.say(safe_text(str(problem), limit=300), "bad")
            row.field.focus()
        else:
            self.dismiss(answer)
