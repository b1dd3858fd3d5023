"""The form of a draft: the fields, the meter under the text, and a sentence under each field.

Knows fields and words, not accounts, sends or storage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static, TextArea

from tui.keymap import key_of, name_keys
from tui.safe_text import glimpse, safe_text
from tui.screens.compose.recipients import RecipientField, Recipients
from tui.screens.sending.cautions import no_cost, note_lines
from tui.screens.sending.draft import FIELD_OF, NAMES, DraftFields
from tui.screens.sending.send_notes import SendNote
from tui.screens.sending.template_fields import MOST_FIELDS, TemplateFields
from tui.screens.sending.template_words import (
    DraftTemplate,
    fill_template,
    name_template,
    say_missing,
    say_template,
    template_warnings,
)
from tui.screens.sending.writing_form import WritingForm, field_line, name_of
from tui.textual_fixes.input_fields import LineField
from tui.theme import TONES
from tui.time_reading import EXAMPLES as TIMES
from tui.twilio.addresses import is_sid
from tui.twilio.content import ContentTemplate, read_values
from tui.twilio.drafts import Draft
from tui.twilio.errors import InvalidRequest, RequestFailed
from tui.widgets.form_fields import ChoiceField, FieldNote, FieldRow
from tui.widgets.message_text import MessageText
from tui.widgets.meter import blame_line, is_sms, meter_line

TO = "a name, +49 151 12345678, or as dialled in the sender's country"

CHOICES = (
    ("smart_encoded", "Smart encoding"),
    ("shorten_urls", "Shorten URLs"),
    ("send_as_mms", "Send as MMS"),
)
ANSWERS = {"": "as the account is set", "true": "yes", "false": "no"}


class DraftForm(WritingForm):
    """From, To, the text, and the rest under "more"."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "next_line", "Next field", show=False),
        Binding("up", "previous_line", "Field before", show=False),
    ]

    class Entered(Message):
        """The person came into a field."""

        def __init__(self, field: str) -> None:
            super().__init__()
            self.field = field

    def __init__(self) -> None:
        # Until there is an account; said later it would style every field again.
        super().__init__(id="form", disabled=True)
        self._shown = DraftFields()
        self._refused: dict[str, object] = {}
        self._cautions: Sequence[SendNote] = []
        self.cost_of: Callable[[str], str] = no_cost
        """What a text would cost as the form stands, safe to show; empty where that is not known. Waits for nothing."""
        self._templates: Mapping[str, ContentTemplate] | None = None
        self._clash = False

    def compose(self) -> ComposeResult:
        yield field_line(
            "from_", "From", name_keys("a number or service of this account; {compose.choose_sender} lists them")
        )
        to = RecipientField(placeholder=TO, id="field-to")
        yield FieldRow("to", "To", to, below=to.listed)
        yield Static("", id="cautions", markup=False)
        with Vertical(id="writing"):
            with Horizontal(id="writing-row"):
                yield Static("Text", classes="label", markup=False)
                yield MessageText(id="field-body", placeholder="What do you want to say?")
            yield Static("", id="meter", markup=False)
            yield Static("", id="blame", markup=False)
            yield FieldNote(id="note-body")
        yield Static("", id="more-closed", markup=False)
        with Vertical(id="more"):
            media = MessageText(id="field-media", placeholder="https://… one URL per line, ten at most")
            yield FieldRow("media", "Media", media)
            yield field_line("send_at", "Send at", TIMES)
            yield field_line("callback", "Callback", "https://… where Twilio reports the status")
            yield field_line("validity", "Valid for", "seconds it may wait, 1 to 36000")
            yield field_line(
                "content_sid",
                "Content",
                name_keys("HX… a template in place of the text; ⏎ or {compose.choose_template} lists them"),
            )
            yield TemplateFields()
            yield field_line("content_variables", "Variables", '{"1": "value"}')
            for name, label in CHOICES:
                yield FieldRow(name, label, ChoiceField(ANSWERS, id=f"field-{name}"), classes="choice")

    def on_mount(self) -> None:
        self.query_one("#cautions").display = False
        self.open_more(False)

    # -- the texts -----------------------------------------------------------------------------------

    @property
    def typed(self) -> DraftFields:
        """What stands in the fields."""
        return DraftFields(**{name: self.read(name) for name in NAMES})

    @property
    def recipients(self) -> Recipients:
        """Those one may write to."""
        return self.query_one("#field-to", RecipientField).recipients

    @recipients.setter
    def recipients(self, people: Recipients) -> None:
        self.query_one("#field-to", RecipientField).recipients = people
        self._show_template()

    @property
    def addressed(self) -> DraftFields:
        """What stands in the fields, with the address in place of a name that is one person's."""
        return self.recipients.addressed(self.typed)

    def fill(self, typed: DraftFields) -> None:
        """Put a draft into the fields; undo does not lead back to the one before."""
        self._shown = typed
        self._refused.clear()
        for name in NAMES:
            self._write(name, str(getattr(typed, name)))
            if name in FIELD_OF.values():
                self.note(name, "")
        self._show_template()
        self.open_more(typed.uses_more)
        self.scroll_home(animate=False)

    def set_text(self, name: str, text: str) -> None:
        """Put a text into one field, as if it were typed. What is said about it afterwards stands."""
        self._write(name, text)
        self.heed_changes()

    def _write(self, name: str, text: str) -> None:
        widget = self.query_one(f"#field-{name}")
        if isinstance(widget, TextArea):
            widget.load_text(text)
            widget.move_cursor(widget.document.end)
        elif isinstance(widget, Input):
            widget.value = text
            widget.cursor_position = len(text)
            if isinstance(widget, RecipientField):
                # It was not typed.
                widget.close_list()
            if name == "content_variables":
                self.query_one(TemplateFields).take(text)
        else:
            cast("ChoiceField", widget).value = text

    # -- what is said about them ---------------------------------------------------------------------

    def forget_known(self) -> None:
        """Say nothing more of sender, recipient and cost: they are another account's."""
        self.cost_of = no_cost
        self.caution([])

    def caution(self, notes: Sequence[SendNote]) -> None:
        """Say under To what is known of the two addresses; nothing takes no room."""
        if notes == self._cautions:
            return
        self._cautions = notes
        cautions = self.query_one("#cautions", Static)
        cautions.display = bool(notes)
        cautions.update(note_lines(notes))

    def refuse(self, words: str) -> None:
        """Say why it cannot be sent at all (words already safe to show); nothing stands in front of that."""
        self.app.clear_notifications()
        self.note("body", words, "bad")

    def show_problems(self, problems: tuple[InvalidRequest, ...]) -> None:
        """Say what is wrong under each field, with nothing in front of it, and go to the first."""
        self.app.clear_notifications()
        named = self.recipients.problem_with(self.read("to"))
        problems = tuple(named if named and problem.field == "To" else problem for problem in problems)
        names = [FIELD_OF.get(problem.field, "body") for problem in problems]
        if any(name not in ("from_", "to", "body") for name in names):
            self.open_more(True)
        for name, problem in zip(names, problems, strict=True):
            self.note(name, safe_text(str(problem), limit=240), "bad")
            self._refused[name] = self._grounds(name)
        if names:
            self.enter(names[0])

    def is_refused(self, name: str) -> bool:
        """Whether the problem shown under a field still stands: leaving the field does not answer it."""
        return name in self._refused and self._refused[name] == self._grounds(name)

    def take_back(self, name: str) -> None:
        """Whatever is found about a field from now on may be said again."""
        self._refused.pop(name, None)

    def _grounds(self, name: str) -> object:
        # How To is read depends on the sender's country, and only some senders can send later.
        typed = self.typed
        return (typed.from_, getattr(typed, name)) if name in ("to", "send_at") else getattr(typed, name)

    def enter_first_empty(self) -> None:
        """Put the cursor where there is something to type."""
        typed = self.typed
        wanted = ("from_", "to") if typed.content_sid.strip() else ("from_", "to", "body")
        empty = [name for name in wanted if not str(getattr(typed, name)).strip()]
        if empty or not (self.more_open and self.query_one(TemplateFields).enter()):
            self.enter(empty[0] if empty else "body")

    # -- the text ------------------------------------------------------------------------------------

    def say_more(self) -> None:
        """Say which fields under "more" are filled, and what the text costs: a template is said there while they are
        hidden.
        """
        self.query_one("#more-closed", Static).update(say_more(self.typed, self._filled()))
        self._measure(self.read("body"))

    @property
    def is_sms(self) -> bool:
        """Whether sender and recipient are of SMS."""
        addressed = self.addressed
        return is_sms(addressed.to, addressed.from_)

    def measure(self) -> None:
        """Say anew what the text, or the template in its place, costs."""
        self._show_template()

    def on_resize(self) -> None:
        # The conversation beside it takes half of the width, and what the meter leaves out depends on that.
        self.call_after_refresh(self.measure)

    def _measure(self, body: str) -> None:
        sms, meter = self.is_sms, self.query_one("#meter", Static)
        filled = None if body else self._filled()
        if filled is not None:
            name = name_template(filled.template.name, filled.template.language)
            meter.update(Content.assemble(("Template ", "$quiet"), name))
            # With the rest of the fields shown it stands above its variables.
            said = [Content(glimpse(filled.rendered.text, 300)), Content.styled(say_missing(filled), TONES["warn"])]
            shown = [] if self.more_open else [words for words in said if words.plain]
            self.query_one("#blame", Static).update(Content("\n").join(shown))
            return
        meter.update(meter_line(body, sms=sms, cost=self.cost_of(body) if sms else "", width=meter.content_size.width))
        self.query_one("#blame", Static).update(blame_line(body) if sms else "")

    @on(TextArea.Changed, "#field-body")
    def _body_changed(self, event: TextArea.Changed) -> None:
        self._measure(event.text_area.text)

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(ChoiceField.Changed)
    def _changed(self, event: Input.Changed | TextArea.Changed | ChoiceField.Changed) -> None:
        event.stop()
        self.heed_changes()

    def heed_changes(self) -> None:
        """Say anew what depends on what is typed, where that is other than it was."""
        typed = self.typed
        if typed == self._shown:
            return
        before, self._shown = self._shown, typed
        self._refused = {name: grounds for name, grounds in self._refused.items() if grounds == self._grounds(name)}
        for name in FIELD_OF.values():
            # What stands under Send at is said anew for each key; empty in between, the fields below would jump.
            if name != "send_at" and getattr(typed, name) != getattr(before, name) and not self.is_refused(name):
                self.note(name, "")
        template = ("to", "from_", "content_sid", "content_variables")
        if any(getattr(typed, name) != getattr(before, name) for name in template):
            self._show_template()
        if typed.body != before.body:
            # The change that a replacement made is told only now; its sentence must survive it.
            self.note("body", self.said)
            self.said = ""
            self._note_clash()
        self.post_message(self.Changed())

    # -- the content template ------------------------------------------------------------------------

    def know_templates(self, templates: Mapping[str, ContentTemplate] | None) -> None:
        """Take the account's templates by SID; None while they are not known."""
        self._templates = templates
        self._show_template()

    def choose_template(self, sid: str) -> None:
        """Send this template, and go to its first variable that has no value."""
        self.open_more(True)
        self.set_text("content_sid", sid)
        if not self.query_one(TemplateFields).enter():
            self.enter("content_sid")

    def say_unlisted(self, problem: RequestFailed) -> None:
        """Say that a template could not be looked up; it can be sent all the same."""
        reason = safe_text(problem.reason, limit=160)
        asks = name_keys("{compose.choose_template} asks again.")
        self.note("content_sid", f"What it says could not be read: {reason} {asks}", "warn")

    def _filled(self) -> DraftTemplate | None:
        return fill_template(self._templates, self._named())

    def _named(self) -> Draft:
        """As much of the draft as decides which template is sent, and how."""
        typed = self.addressed
        sid, variables = typed.content_sid.strip(), typed.content_variables.strip()
        return Draft(typed.to.strip(), typed.from_.strip(), content_sid=sid, content_variables=variables)

    def _show_template(self) -> None:
        draft, variables = self._named(), self.read("content_variables")
        # For when the lines go.
        self.query_one("#field-content_variables", LineField).value = variables
        filled = fill_template(self._templates, draft)
        # Written as JSON: what cannot be read as an object, many variables, and what the cursor stands in.
        fields = (
            filled is not None
            and read_values(variables) is not None
            and 0 < len(filled.template.variables) <= MOST_FIELDS
            and not self.is_in("content_variables")
        )
        cost = self.cost_of(filled.rendered.text) if filled is not None and filled.sms and not filled.is_mms else ""
        self.query_one(TemplateFields).show(filled, variables, fields=fields, cost=cost)
        # A template without variables needs none, but what is typed must be seen.
        self.query_one("#row-content_variables").display = not (
            fields or (filled is not None and not filled.template.variables and not variables)
        )
        if not self.is_refused("content_sid"):
            if filled is not None:
                self.note("content_sid", say_template(filled.template))
            elif is_sid(draft.content_sid or "", "HX"):
                self.note("content_sid", " ".join(template_warnings(self._templates, draft)), "warn")
            else:
                self.note("content_sid", "")
        self._note_clash()
        self._measure(self.read("body"))

    def _note_clash(self) -> None:
        """Say under a text that a template takes its place; at the review it is refused."""
        clash = bool(self.read("content_sid").strip() and self.read("body").strip())
        if not self.is_refused("body"):
            if clash:
                self.note("body", "Twilio sends the template in place of this text: take one of them out.", "warn")
            elif self._clash:
                self.note("body", "")
        self._clash = clash

    # -- the receiver of webhooks as status callback ---------------------------------------------------

    def offer_callback(self, url: str) -> None:
        """Name under an empty Callback the key that fills the receiver's URL in; with no URL take that back."""
        if self.is_attached and not self.typed.callback.strip():
            key = key_of("compose.receive")
            self.note("callback", f"{key} fills in the receiver's: {safe_text(url, limit=120)}" if url else "")

    def fill_callback(self, url: str) -> None:
        """Give the draft this callback in place of whatever it had."""
        self.open_more(True)
        self.set_text("callback", url)
        self.enter("callback")

    # -- moving --------------------------------------------------------------------------------------

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self.post_message(self.Entered(name_of(event.widget.id)))

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        # The class that this extends tells which field is done.
        if event.widget.id == "field-content_variables":
            self.call_after_refresh(self._show_template)

    def on_click(self, event: events.Click) -> None:
        if event.widget is not None and event.widget.id == "more-closed":
            self.open_more(True)
            self.enter("media")

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input.id == "field-content_sid":
            self.post_message(self.TemplatesWanted())
        else:
            self.screen.focus_next()

    def action_next_line(self) -> None:
        if self.is_in("from_"):
            self.post_message(self.SendersWanted())
        else:
            self.screen.focus_next()

    def action_previous_line(self) -> None:
        self.screen.focus_previous()


_NAMES = (
    ("send_at", "schedule"),
    ("callback", "callback"),
    ("validity", "validity"),
    ("content_sid", "content template"),
    ("content_variables", "variables"),
    ("smart_encoded", "smart encoding"),
    ("shorten_urls", "shorten URLs"),
    ("send_as_mms", "send as MMS"),
)


def say_more(typed: DraftFields, known: DraftTemplate | None = None) -> Content:
    """`ctrl+t  more: schedule, 2 media URLs`: a draft never has a part that nobody sees."""
    media = len(typed.media.split())
    filled = [f"{media} media URL{'' if media == 1 else 's'}"] if media else []
    named = f"template {name_template(known.template.name, known.template.language)}" if known is not None else ""
    for name, words in _NAMES:
        if getattr(typed, name).strip():
            filled.append((name == "content_sid" and named) or words)
    key = Content.styled(f"{key_of('compose.more')}  ", "$quiet")
    if not filled:
        return key + Content.styled("more: media, schedule, callback, content template …", "$quiet")
    return key + Content.assemble(("more, filled: ", "$quiet"), (", ".join(filled), TONES["accent"]))
