"""The fields of a content template in the form: what it will say, and a line for each of its variables."""

from __future__ import annotations

from collections.abc import Mapping

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.safe_text import glimpse
from tui.screens.sending.template_words import DraftTemplate, say_missing, show_rendered
from tui.textual_fixes.input_fields import LineField
from tui.theme import TONES
from tui.twilio.content import as_values, put_value
from tui.widgets.form_fields import FieldRow
from tui.widgets.meter import meter_line

MOST_FIELDS = 20
"""Variables that get a line each; more are written as JSON."""


class TemplateFields(Vertical):
    """The preview and the lines of one template at a time; hidden while there is none."""

    DEFAULT_CSS = """
    TemplateFields {
        height: auto;
        display: none;
        &.-shown { display: block; }
        & > Static { height: auto; margin: 0 1 0 11; max-width: 100; }
        & > #template-text { padding: 0 1; background: $panel; }
        & FieldRow .label { width: 11; text-align: right; padding: 0 1 0 0; }
        & FieldRow .note { display: none; }
    }
    """

    class Changed(Message):
        """Another value was typed. Which ones stand in the lines by now tells `put_into`: this may come keys later."""

        def can_replace(self, message: Message) -> bool:
            """Only the newest values matter."""
            return isinstance(message, TemplateFields.Changed)

    def __init__(self) -> None:
        super().__init__(id="template-fields")
        self._rows: dict[str, LineField] = {}
        self._made = 0

    def compose(self) -> ComposeResult:
        yield Static("", id="template-text", markup=False)
        yield Static("", id="template-meter", markup=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The variables that have a line now."""
        return tuple(self._rows)

    def put_into(self, variables: str) -> str:
        """ContentVariables with what stands in the lines; as it is where there are none."""
        values = as_values(variables)
        for name, field in self._rows.items():
            if field.value != values.get(name, ""):
                variables = put_value(variables, name, field.value)
        return variables

    def take(self, variables: str) -> None:
        """Have the lines say what ContentVariables was set to."""
        values = as_values(variables)
        for name, field in self._rows.items():
            field.value = values.get(name, "")

    def show(self, filled: DraftTemplate | None, variables: str, *, fields: bool, cost: str = "") -> None:
        """Show a template and its cost, and with `fields` a line for each of its variables.

        Only lines that are new take their values from `variables`: what is typed into one is never set back.
        """
        self.set_class(filled is not None, "-shown")
        if filled is None:
            self._lay_out({}, {})
            return
        self.query_one("#template-text", Static).update(show_rendered(filled.rendered))
        words = meter_line(filled.rendered.text, sms=filled.sms, cost=cost)
        if missing := say_missing(filled):
            words = Content("\n").join([words, Content.styled(missing, TONES["warn"])])
        self.query_one("#template-meter", Static).update(words)
        self._lay_out(filled.template.variables if fields else {}, as_values(variables))

    def enter(self) -> bool:
        """Put the cursor into the first line that is empty, or the first; says whether there is one."""
        lines = list(self._rows.values())
        if lines:
            field = next((field for field in lines if not field.value), lines[0])
            field.focus(scroll_visible=False)
        return bool(lines)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Scroll to where a line is seen together with the text that it changes."""
        self.call_after_refresh(self._reveal, event.widget)

    def _reveal(self, line: Widget) -> None:
        self.scroll_visible(animate=False)
        line.scroll_visible(animate=False)

    def _lay_out(self, samples: Mapping[str, str], values: Mapping[str, str]) -> None:
        if tuple(samples) == self.names:
            for name, field in self._rows.items():
                field.placeholder = glimpse(samples[name], 80)
            return
        self.query(FieldRow).remove()
        self._rows, rows = {}, list[FieldRow[LineField]]()
        for name, sample in samples.items():
            # Those of the template before may not be gone yet: no two may have one id.
            self._made += 1
            field = LineField(values.get(name, ""), placeholder=glimpse(sample, 80), id=f"field-variable-{self._made}")
            self._rows[name] = field
            rows.append(FieldRow(f"variable-{self._made}", glimpse(name, 16), field))
        if rows:
            self.mount_all(rows)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed())
