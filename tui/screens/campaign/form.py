"""The form of a campaign: its fields, a sentence under each, the meter under the text.

Knows no accounts and no files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from tui.keymap import key_of, name_keys
from tui.safe_text import glimpse, safe_text
from tui.screens.campaign.fields import FIELD_OF, FILE, LINES, MORE, NAMES, ROWS, USUAL, CampaignFields
from tui.screens.campaign.placeholder_text import PlaceholderText
from tui.screens.campaign.text_sizes import TextSizes
from tui.screens.sending.template_fields import MOST_FIELDS, TemplateFields
from tui.screens.sending.template_words import DraftTemplate, name_template, say_template
from tui.screens.sending.writing_form import WritingForm, field_line
from tui.storage.spreadsheets import TABLE_ENDINGS, Table
from tui.textual_fixes.input_fields import LineField
from tui.theme import TONES, Tone
from tui.time_reading import EXAMPLES as TIMES
from tui.twilio.content import read_values
from tui.twilio.errors import InvalidRequest
from tui.twilio.segments import measure
from tui.widgets.form_fields import ChoiceField, FieldNote, FieldRow
from tui.widgets.message_text import MessageText
from tui.widgets.meter import blame_line, say_length, say_segments
from tui.widgets.path_completion import PathSuggester

MOST_COLUMNS: Final = 40
"""Columns that are offered as that of the numbers, beside the one that looks so."""

SOURCES: Final = {FILE: "a file", LINES: "pasted lines", ROWS: "given rows"}


class CampaignForm(WritingForm):
    """Name, recipients, sender, text and pace, and the rest under "more".

    Args:
        typed: what stands in it to begin with.
        given: what the rows are that another screen gave, in words; "" where none did.
    """

    def __init__(self, typed: CampaignFields, given: str = "") -> None:
        super().__init__(id="form")
        self._given = given
        self._shown = typed
        self._column = typed.column
        self._kept = {"rows": typed.rows, "trial_to": typed.trial_to}
        self._refused: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        typed = self._shown
        yield field_line("name", "Name", "what you call it; the file's name unless given", typed.name)
        sources = {key: words for key, words in SOURCES.items() if key != ROWS or self._given}
        if self._given:
            sources[ROWS] = glimpse(self._given, 40)
        source = typed.source if typed.source in sources else FILE
        yield FieldRow("source", "Recipients", ChoiceField(sources, source, id="field-source", enter=False))
        suggester = PathSuggester(TABLE_ENDINGS)
        path = LineField(typed.path, placeholder="~/reminders.csv; → completes", suggester=suggester, id="field-path")
        yield FieldRow("path", "File", path)
        lines = MessageText(id="field-lines", placeholder="a number a line, or rows of a spreadsheet with their titles")
        lines.text = typed.lines
        yield FieldRow("lines", "Lines", lines)
        yield FieldRow("column", "Numbers in", ChoiceField({"": "–"}, id="field-column", enter=False))
        yield field_line("country", "Country", "of numbers without +, like US or Germany", typed.country)
        yield field_line(
            "from_", "From", name_keys("{campaign.choose_sender} lists: one, several, or a service"), typed.from_
        )
        with Vertical(id="writing"):
            with Horizontal(id="writing-row"):
                yield Static("Text", classes="label", markup=False)
                body = PlaceholderText(id="field-body", placeholder="Hi {name}, … ( { lists the columns )")
                body.text = typed.body
                yield body
            yield body.listed
            yield Static("", id="meter", markup=False)
            yield Static("", id="blame", markup=False)
            yield FieldNote(id="note-body")
        yield field_line("pace", "Pace", "segments a second of each sender", typed.pace)
        yield Static("", id="more-closed", markup=False)
        with Vertical(id="more"):
            media = MessageText(id="field-media", placeholder="https://… one URL per line, {columns} in them too")
            media.text = typed.media
            yield FieldRow("media", "Media", media)
            yield field_line("send_at", "Send at", f"with a service: {TIMES}", typed.send_at)
            template = name_keys("HX… a template in place of the text; {campaign.choose_template} lists them")
            yield field_line("content_sid", "Content", template, typed.content_sid)
            yield TemplateFields()
            yield field_line("content_variables", "Variables", '{"1": "{name}"}', typed.content_variables)
            yield field_line("alike", "Halt after", f"{USUAL.alike} failures alike in a row", typed.alike)
            yield field_line("filtered", "or when", f"{USUAL.filtered:.0%} were filtered by carriers", typed.filtered)

    def on_mount(self) -> None:
        for area in self.query(TextArea):
            area.move_cursor(area.document.end)
        self.open_more(self._shown.uses_more)
        self._show_source()

    # -- the texts -----------------------------------------------------------------------------------

    @property
    def typed(self) -> CampaignFields:
        """What stands in the fields."""
        return CampaignFields(**{name: self.read(name) for name in NAMES})

    def read(self, name: str) -> str:
        """What stands in a field, or belongs to what stands there."""
        if name in self._kept:
            return self._kept[name]
        if name == "column":
            return self._column
        return super().read(name)

    def set_text(self, name: str, text: str) -> None:
        """Put a text into one field, as if it were typed."""
        if name in self._kept:
            self._kept[name] = text
        else:
            widget = self.query_one(f"#field-{name}")
            if isinstance(widget, TextArea):
                widget.load_text(text)
                widget.move_cursor(widget.document.end)
            else:
                cast("Input | ChoiceField", widget).value = text
        self.heed_changes()

    # -- what is said --------------------------------------------------------------------------------

    def note(self, name: str, words: str, tone: Tone = "muted") -> None:
        """Say something under a field (words already safe to show); what was refused stays until that changes."""
        if name in self._refused and tone != "bad":
            return
        super().note(name, words, tone)

    def show_problems(self, problems: Sequence[InvalidRequest]) -> None:
        """Say what is wrong under each field, with nothing in front of it, and go to the first."""
        self.app.clear_notifications()
        names = [name if (name := FIELD_OF.get(each.field, each.field)) in NAMES else "body" for each in problems]
        if any(name in MORE for name in names):
            self.open_more(True)
        for name, problem in zip(names, problems, strict=True):
            self.note(name, safe_text(str(problem), limit=300), "bad")
            self._refused[name] = self.read(name)
        order = [*NAMES]
        if names:
            self.enter(min(names, key=order.index))

    def say_rows(self, words: str, tone: Tone = "muted") -> None:
        """Say what was read of the recipients, under the field that they are from."""
        for name in ("path", "lines", "source"):
            self.note(name, words if name == self._source_field else "", tone)

    @property
    def _source_field(self) -> str:
        return {FILE: "path", LINES: "lines"}.get(self.read("source"), "source")

    def know_table(self, table: Table | None, column: int | None) -> None:
        """Offer the columns of a table: which has the numbers, and what may stand in braces."""
        titles = [] if table is None else list(table.columns)
        offered = {str(n): glimpse(titles[n], 24) for n in range(len(titles)) if n < MOST_COLUMNS or n == column}
        # None that looks so is none that is chosen.
        none = {} if offered and column is not None else {"": "–"}
        self.query_one("#field-column", ChoiceField).offer(none | offered, "" if column is None else str(column))
        self.query_one("#row-column").display = len(titles) > 1
        first = table.rows[0].cells if table is not None and table.rows else ()
        body = self.body
        body.columns = tuple((title, first[n] if n < len(first) else "") for n, title in enumerate(titles))
        body.offer()

    def measured(self, sizes: TextSizes | None, body: str) -> None:
        """Say what the text costs over the rows, or as it stands where there are none."""
        meter, blame = self.query_one("#meter", Static), self.query_one("#blame", Static)
        text = body if sizes is None else sizes.longest
        # Braces that stand for a value are none of what is sent.
        blame.update("" if sizes is None and "{" in body else blame_line(text))
        if not body.strip():
            meter.update("")
            return
        size = measure(text)
        encoding = (size.encoding, TONES["warn" if size.culprits else "plain"])
        if sizes is None:
            meter.update(Content.assemble(encoding, (f" · {say_segments(size)} ({say_length(text)})", "")))
            return
        longest = f"longest {say_segments(size)} ({say_length(text)}, line {sizes.longest_line:,})"
        typical = measure(sizes.typical)
        parts = [" · ", longest]
        if sizes.typical != sizes.longest:
            parts = [f" · typical {say_segments(typical)} ({len(sizes.typical):,}) · ", longest]
        lacking = f" · {sizes.missing:,} without a value" if sizes.missing else ""
        meter.update(Content.assemble(encoding, *parts, (lacking, TONES["warn"])))

    def show_template(self, filled: DraftTemplate | None, *, named: bool) -> None:
        """Show the template that is named, with a line for each of its variables."""
        variables = self.read("content_variables")
        self.query_one("#field-content_variables", LineField).value = variables
        fields = filled is not None and read_values(variables) is not None
        fields = fields and filled is not None and 0 < len(filled.template.variables) <= MOST_FIELDS
        self.query_one(TemplateFields).show(filled, variables, fields=fields)
        self.query_one("#row-content_variables").display = not fields
        words = say_template(filled.template) if filled is not None else ""
        self.note("content_sid", words or ("not known here; Twilio will decide" if named else ""))
        if filled is not None and not self.has_class("-more"):
            self.say_more(name_template(filled.template.name, filled.template.language))

    # -- moving --------------------------------------------------------------------------------------

    def enter_first_empty(self) -> None:
        """Put the cursor where there is something to type."""
        typed = self.typed
        wanted = [{FILE: "path", LINES: "lines"}.get(typed.source, "country"), "from_", "body"]
        empty = [name for name in wanted if name != "country" and not getattr(typed, name).strip()]
        if typed.content_sid.strip() and empty == ["body"]:
            empty = []
        self.enter(empty[0] if empty else "body")

    def say_more(self, template: str = "") -> None:
        """Say which fields under "more" are filled, the template by its name where that is known."""
        typed = self.typed
        filled = [_CALLED[name] for name in MORE if getattr(typed, name).strip() and name != "content_variables"]
        if template:
            filled = [f"template {template}" if each == _CALLED["content_sid"] else each for each in filled]
        key = Content.styled(f"{key_of('campaign.more')}  ", "$quiet")
        words = (
            Content.assemble(("more, filled: ", "$quiet"), (", ".join(filled), TONES["accent"]))
            if filled
            else Content.styled("more: media, schedule, template, halting", "$quiet")
        )
        self.query_one("#more-closed", Static).update(key + words)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        match event.input.id:
            case "field-content_sid":
                self.post_message(self.TemplatesWanted())
            case "field-from_" if not event.value.strip():
                self.post_message(self.SendersWanted())
            case _:
                self.screen.focus_next()

    # -- changes -------------------------------------------------------------------------------------

    def _show_source(self) -> None:
        source = self.read("source")
        self.query_one("#row-path").display = source == FILE
        self.query_one("#row-lines").display = source == LINES

    @on(ChoiceField.Changed)
    def _chosen(self, event: ChoiceField.Changed) -> None:
        event.stop()
        if event.choice.id == "field-column":
            number, columns = event.choice.value, self.body.columns
            self._column = columns[int(number)][0] if number and int(number) < len(columns) else ""
        else:
            self._column = ""
            self.say_rows("")
            self._show_source()
        self.heed_changes()

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _changed(self, event: Input.Changed | TextArea.Changed) -> None:
        event.stop()
        if isinstance(event, TextArea.Changed) and isinstance(event.text_area, PlaceholderText):
            event.text_area.offer()
        self.heed_changes()

    @on(TextArea.SelectionChanged, "#field-body")
    def _cursor_moved(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        self.body.cursor_moved()

    def heed_changes(self) -> None:
        """Take back what was said of a field that is other than it was."""
        typed = self.typed
        if typed == self._shown:
            return
        before, self._shown = self._shown, typed
        for name in NAMES:
            if getattr(typed, name) == getattr(before, name):
                continue
            if name in self._refused:
                del self._refused[name]
                self.note(name, "")
        if typed.body != before.body:
            self.note("body", self.said)
            self.said = ""
        self.post_message(self.Changed())

    @property
    def body(self) -> PlaceholderText:
        """The field of the text."""
        return self.query_one("#field-body", PlaceholderText)


_CALLED: Mapping[str, str] = {
    "media": "media",
    "send_at": "schedule",
    "content_sid": "content template",
    "content_variables": "variables",
    "alike": "when it halts",
    "filtered": "share of filtered",
}
