"""What the forms of a message to one and of one to many share: fields by name, a sentence under each, the text, and the
rest under "more". Knows neither which fields there are nor what is done with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from textual import events, on
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Input, TextArea

from tui.screens.sending.template_fields import TemplateFields
from tui.textual_fixes.input_fields import LineField
from tui.theme import Tone
from tui.widgets.external_programs import OutsideFailed, edit_outside
from tui.widgets.form_fields import ChoiceField, FieldNote, FieldRow
from tui.widgets.message_text import MessageText


class WritingForm(VerticalScroll, can_focus=False):
    """Fields with the ids `field-NAME`, in rows with the ids `row-NAME`; the text is called `body`."""

    class Changed(Message):
        """Something was typed."""

        def can_replace(self, message: Message) -> bool:
            """Only the newest text matters."""
            return isinstance(message, WritingForm.Changed)

    class Left(Message):
        """The person left a field."""

        def __init__(self, field: str) -> None:
            super().__init__()
            self.field = field

    class SendersWanted(Message):
        """The person asks for the list of senders."""

    class TemplatesWanted(Message):
        """The person asks for the list of content templates."""

    said = ""
    """What a replacement did, said once its change is noticed; that would take it away."""

    @property
    def body(self) -> MessageText:
        """The field of the text."""
        return self.query_one("#field-body", MessageText)

    def read(self, name: str) -> str:
        """What stands in a field."""
        widget = self.query_one(f"#field-{name}")
        if isinstance(widget, TextArea):
            return widget.text
        text = cast("Input | ChoiceField", widget).value
        # While a template's variables have lines of their own, what stands in those is what is meant.
        return self.query_one(TemplateFields).put_into(text) if name == "content_variables" else text

    def heed_changes(self) -> None:
        """Something may be other than it was."""
        raise NotImplementedError

    @on(TemplateFields.Changed)
    def _variable_typed(self, event: TemplateFields.Changed) -> None:
        event.stop()
        self.heed_changes()

    def note(self, name: str, words: str, tone: Tone = "muted") -> None:
        """Say something under a field (words already safe to show)."""
        if name != "body":
            self.query_one(f"#row-{name}", FieldRow).say(words, tone)
            return
        self.query_one("#note-body", FieldNote).say(words, tone)
        self.body.set_class(tone == "bad" and bool(words), "-invalid")

    # -- moving --------------------------------------------------------------------------------------

    def enter(self, name: str) -> None:
        """Put the cursor into a field."""
        self.query_one(f"#field-{name}").focus()

    def is_in(self, name: str) -> bool:
        """Whether the cursor stands in this field."""
        focused = self.screen.focused
        return focused is not None and focused.id == f"field-{name}"

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Tell which field is done: what is typed can be read now."""
        self.post_message(self.Left(name_of(event.widget.id)))

    @property
    def more_open(self) -> bool:
        """Whether the fields under "more" are shown."""
        return self.has_class("-more")

    def open_more(self, shown: bool) -> None:
        """Show or hide the rest of the fields; hidden, a line says which of them are filled."""
        self.set_class(shown, "-more")
        self.say_more()
        inside = self.screen.focused
        if not shown and inside is not None and self.query_one("#more") in inside.ancestors:
            self.enter("body")

    def say_more(self) -> None:
        """Say which fields under "more" are filled."""
        raise NotImplementedError

    # -- the text ------------------------------------------------------------------------------------

    @property
    def is_sms(self) -> bool:
        """Whether the text is billed in segments, as far as is known."""
        return True

    def make_plain(self) -> None:
        """Replace what forces UCS-2 by plain equivalents, and say what was done."""
        replaced, words = self.body.make_plain(sms=self.is_sms)
        if replaced:
            self.said = words
        else:
            self.note("body", words)

    async def edit_outside(self, environ: Mapping[str, str]) -> None:
        """Take over what the person's editor leaves, as one step that undo takes back; else say why not."""
        area = self.body
        before = area.text
        try:
            after = await edit_outside(self, before, environ)
        except OutsideFailed as problem:
            self.note("body", str(problem), "warn")
            return
        if after != before:
            area.replace_all(after)
        self.enter("body")


def field_line(name: str, label: str, placeholder: str, text: str = "") -> FieldRow[LineField]:
    """A field of one line in its row."""
    return FieldRow(name, label, LineField(text, placeholder=placeholder, id=f"field-{name}"))


def name_of(id: str | None) -> str:
    """The name of a field with this id."""
    return (id or "").removeprefix("field-")
