"""The form's parts: a line of text, a line that hides what it holds, a choice on one line, and the row around them.

They know nothing of connections. Nothing here blinks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.app import ComposeResult, RenderResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.textual_fixes.input_fields import LineField
from tui.theme import TONES, Tone


class LineInput(LineField):
    """A line of text."""

    def __init__(self, value: str = "", *, password: bool = False) -> None:
        super().__init__(value, password=password, select_on_focus=False)
        self.cursor_blink = False


class SecretInput(LineInput):
    """A line that shows dots and never reaches a clipboard.

    Textual's own field copies and cuts the plain text, which a terminal passes on through OSC 52.
    """

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__(password=True)

    def action_copy(self) -> None:
        """Copy nothing."""
        if not self.selected_text:
            raise SkipAction
        self.notify("A secret is not copied.", markup=False)

    def action_cut(self) -> None:
        """Cut nothing."""
        self.notify("A secret is not copied; use delete to remove it.", markup=False)


class Options(Widget, can_focus=True):
    """A choice of a few words on one line: ←→ or space choose, a click as well."""

    DEFAULT_CSS = """
    Options { height: 1; width: 1fr; padding: 0 1; background: $surface; }
    Options:focus { background: $primary-muted; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1)", "Back", show=False),
        Binding("right,l,space", "step(1)", "Next", show=False),
    ]

    value: reactive[str] = reactive("", init=False)

    class Changed(Message):
        """Another word was chosen."""

        def __init__(self, options: Options, value: str) -> None:
            super().__init__()
            self.options = options
            self.value = value

        @property
        def control(self) -> Options:
            """Where it happened."""
            return self.options

    def __init__(self, choices: Mapping[str, str], value: str) -> None:
        super().__init__()
        self._choices = dict(choices)
        # What a file holds may be none of them; it stays until another is chosen.
        self._choices.setdefault(value, f"{value} (?)")
        self.set_reactive(Options.value, value)

    def render(self) -> RenderResult:
        """The words, the chosen one marked."""
        pieces: list[tuple[str, str] | str] = []
        for key, words in self._choices.items():
            chosen = key == self.value
            pieces.append(("(•) ", "$text-primary") if chosen else ("( ) ", "$quiet"))
            pieces.append((words, "bold $foreground" if chosen else "$quiet"))
            pieces.append("   ")
        return Content.assemble(*pieces)

    def watch_value(self, value: str) -> None:
        """Tell the form."""
        self.post_message(self.Changed(self, value))

    def action_step(self, by: int) -> None:
        """Choose a neighbour, round the ends."""
        keys = list(self._choices)
        self.value = keys[(keys.index(self.value) + by) % len(keys)]

    def on_click(self, event: events.Click) -> None:
        """Choose the word under the pointer."""
        end = self.gutter.left
        for key, words in self._choices.items():
            end += len(words) + 7
            if event.x < end:
                self.value = key
                return


Editor = LineInput | SecretInput | Options


class FieldRow(Vertical):
    """A label, what is typed, and one line below: an explanation, a warning, or what is wrong."""

    DEFAULT_CSS = """
    FieldRow {
        height: auto;
        & > Horizontal { height: 1; }
        & .label { width: 16; text-align: right; color: $quiet; margin: 0 2 0 0; }
        & .note { height: auto; min-height: 1; margin: 0 0 0 19; color: $quiet; }
        & Input { width: 1fr; max-width: 60; }
        & Options { max-width: 60; }
    }
    """

    def __init__(self, field: str, label: str, editor: Editor) -> None:
        super().__init__()
        self.field = field
        self.editor = editor
        self._label = label
        self._note = Static("", classes="note", markup=False)
        self._said: tuple[str, Tone] = ("", "muted")

    def compose(self) -> ComposeResult:
        """Label and editor, the note below."""
        with Horizontal():
            yield Static(self._label, classes="label", markup=False)
            yield self.editor
        yield self._note

    @property
    def value(self) -> str:
        """What is typed or chosen."""
        return self.editor.value

    def say(self, words: str, tone: Tone) -> None:
        """Put words below; repaints only when they are others."""
        if (words, tone) == self._said:
            return
        self._said = (words, tone)
        self._note.update(Content.styled(words, TONES[tone]))
        self.editor.set_class(tone == "bad", "-invalid")

    def hint(self, placeholder: str) -> None:
        """What the editor says while it is empty."""
        if isinstance(self.editor, Input):
            self.editor.placeholder = placeholder
