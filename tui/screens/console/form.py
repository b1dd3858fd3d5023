"""The request form: method and path, four sections of inputs, the preview of the request, what is wrong with it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events, on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input, Static, TextArea

from tui.keymap import name_keys
from tui.raw_request.form_text import BODY_KINDS, RequestText
from tui.raw_request.json_body import JsonMistake, find_mistake, format_json
from tui.raw_request.model import (
    DATA,
    FILES,
    FORM,
    HEADERS,
    MAX_RETRIES,
    METHOD,
    QUERY,
    RESPONSE_TYPES,
    RETRY_DELAY,
    TIMEOUT,
    URL,
)
from tui.raw_request.pairs import write_pairs
from tui.raw_request.pairs_0_1 import carried_over
from tui.raw_request.sending import PreparedRequest
from tui.safe_text import safe_text
from tui.screens.console.lines_editor import HEADER_NAMES, LinesEditor
from tui.screens.console.method_field import MethodField
from tui.screens.console.pasting import FormLine, PastedCurl, PastedRequestLine
from tui.screens.console.path_field import PathField
from tui.screens.console.preparing import DELAY_UNUSED
from tui.screens.console.request_preview import RequestPreview, say
from tui.screens.console.sections import marks_of, options_words, section_of, show_known
from tui.twilio.errors import InvalidRequest
from tui.twilio.operations import Operation, Parameter
from tui.widgets.form_fields import ChoiceField, FieldRow

STACKED = 24
"""Rows of the form from which on all sections are shown, one under the other; below, the chosen one alone."""

BELOW = 12
"""Rows that what is said under the sections has at least, where they are stacked."""

PLACEHOLDER = re.compile(r"\{\w+\}")
"""What stands in a path where a value belongs."""

_TWILIO_HOST = re.compile(r"https?://[^/?#]*\.twilio\.com(?=[:/?#]|$)", re.IGNORECASE)

_OPEN_LINE = re.compile(r"^\s*[^#\s].*=()\s*$")
_OPEN_JSON = re.compile(r':\s*"()",?$')
"""A line whose value is still to be given, and where."""

_CUT = (
    "The {name} has {size:,} characters, too many to edit here; shown is its beginning. {{console.edit}} opens it in "
    "your editor, delete empties it, ctrl+z goes back."
)

SECTIONS = ("query", "headers", "body", "options")
EDITORS = SECTIONS[:3]
_HINTS = {
    "query": "one name=value a line; # switches a line off",
    "headers": "one Name: value a line",
    "none": "no body; ← and → in the line above choose another kind",
    "raw": "sent as typed, byte for byte",
    "form": "one name=value a line, sent urlencoded",
    "multipart": 'name=value for a field, name=@/path;type=image/png for a file, name="@…" for a text',
    "file": "the path of a file, sent byte for byte; a Content-Type header says another type than its name does",
}
"""A section, or a kind of body → what its editor says while it is empty."""

_OPTIONS = {
    "timeout": ("Timeout (s)", "30, for each attempt"),
    "retries": ("Max retries", "0"),
    "delay": ("Retry delay (ms)", "0"),
}
_CHOICES = {
    "response": ("Response type", RESPONSE_TYPES),
    "backoff": ("Back-off", ("fixed delay", "exponential")),
    "errors": ("Retry on", ("5xx and network", "all errors")),
}
_INPUT_OF = {
    METHOD: "method",
    QUERY: "query",
    HEADERS: "headers",
    DATA: "body",
    FORM: "body",
    FILES: "body",
    TIMEOUT: "timeout",
    MAX_RETRIES: "retries",
    RETRY_DELAY: "delay",
}
"""A refusal's field → the input to go to; any other goes to the path."""


class OptionsLine(Static, can_focus=True):
    """Says the options in one line where all sections are shown; they open when the cursor or a click comes here."""

    class Entered(Message):
        """The cursor came here."""

    def on_focus(self) -> None:
        self.post_message(self.Entered())


class RequestForm(Vertical):
    """The inputs of a raw request.

    Attributes:
        section: the one whose inputs are shown, or where all are the one that the cursor is in.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+z", "put_together", show=False)]

    section: reactive[str] = reactive("query")

    class Edited(Message):
        """Something was typed or chosen."""

    PastedCurl = PastedCurl

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._operation: Operation | None = None
        self._variables: Sequence[str] = ()
        self._apart: tuple[RequestText, str, RequestText] | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="line"):
            with Horizontal(id="method-line"):
                yield MethodField(id="method")
                yield Static("▾", id="method-mark", markup=False)
            hint = "/Accounts/$TWILIO_ACCOUNT_SID/… or words: lookup"
            yield PathField(lambda: self._variables, id="path", placeholder=hint)
        yield ChoiceField(SECTIONS, id="sections", tabs=True)
        for name in ("query", "headers"):
            with Horizontal(id=f"part-{name}", classes="part"):
                yield Static(name, classes="head", markup=False)
                yield LinesEditor(id=name, separator=":" if name == "headers" else "=", pairs=name == "query")
        with Horizontal(id="part-body", classes="part"):
            yield Static("body", classes="head", markup=False)
            with Vertical():
                yield ChoiceField(BODY_KINDS, id="kind", tabs=True)
                yield LinesEditor(id="body")
        with Vertical(id="part-options", classes="part"):
            yield OptionsLine(id="options-line", markup=False)
            for name, (label, hint) in _OPTIONS.items():
                yield FieldRow(name, label, FormLine(placeholder=hint, id=name, select_on_focus=False))
            for name, (label, words) in _CHOICES.items():
                yield FieldRow(name, label, ChoiceField(words, id=name))
        yield Static(id="known", markup=False)
        yield RequestPreview(id="below")

    def on_mount(self) -> None:
        self._editor("headers").names = HEADER_NAMES
        self.watch_section(self.section)

    def _editor(self, name: str) -> LinesEditor:
        return self.query_one(f"#{name}", LinesEditor)

    @property
    def _kind(self) -> str:
        return self.query_one("#kind", ChoiceField).value

    # -- what is shown of the sections -------------------------------------------------------------------

    @property
    def is_stacked(self) -> bool:
        """Whether all sections are shown."""
        return self.has_class("-stacked")

    @property
    def _shows_options(self) -> bool:
        """Whether each option has its row; else one line says them all."""
        return not self.is_stacked or self.section == "options"

    @on(OptionsLine.Entered)
    def _open_options(self, event: OptionsLine.Entered) -> None:
        event.stop()
        self.enter("timeout")

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height >= STACKED, "-stacked")
        self._show_hints()
        self._show_sections()

    def watch_section(self, section: str) -> None:
        for tabs in self.query("#sections").results(ChoiceField):
            tabs.value = section
        if self.is_mounted:
            self._show_sections()
            self._show_known()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        for part in self.query(".part"):
            if part in event.widget.ancestors:
                self.section = str(part.id).removeprefix("part-")
        self._show_hints()
        self._show_known()

    def on_descendant_blur(self) -> None:
        self._show_hints()

    def _show_sections(self) -> None:
        """Show all sections, each as high as it needs and there is room for; or the one that is chosen."""
        stacked = self.is_stacked
        for name in SECTIONS:
            self.query_one(f"#part-{name}").display = stacked or name == self.section
        for row in self.query("#part-options > *"):
            row.display = (row.id == "options-line") is not self._shows_options
        areas = [self._editor(name) for name in EDITORS]
        areas[-1].display = not stacked or self._kind != "none"
        if not stacked:
            for area in areas:
                area.styles.height = None
            return
        # The lines of the method, of the path, of the body's kind; the options.
        room = self.size.height - 3 - (len(_OPTIONS) + len(_CHOICES) if self._shows_options else 1) - BELOW
        shown = [area for area in areas if area.display]
        for area, rows in zip(shown, share(room, [area.wrapped_document.height for area in shown]), strict=True):
            area.styles.height = rows

    def _show_hints(self) -> None:
        for name in EDITORS:
            area = self._editor(name)
            quiet = self.is_stacked and not area.has_focus
            area.placeholder = "(none)" if quiet else _HINTS[self._kind if name == "body" else name]

    def key_down(self) -> None:
        if self.query_one("#kind").has_focus and self._kind != "none":
            self.enter("body")

    @on(ChoiceField.Changed, "#sections")
    def _section_chosen(self, event: ChoiceField.Changed) -> None:
        event.stop()
        self.section = event.choice.value

    @on(ChoiceField.Changed)
    @on(Input.Changed)
    @on(TextArea.Changed)
    def _edited(self) -> None:
        body, kind = self._editor("body"), self._kind
        body.disabled = kind == "none"
        body.files = "parts" if kind == "multipart" else "path" if kind == "file" else ""
        body.pairs = kind in ("form", "multipart")
        typed = self.typed
        marks = marks_of(typed)
        self.query_one("#sections", ChoiceField).marks = marks
        for name in SECTIONS:
            self.query_one(f"#part-{name}").set_class(name in marks, "-filled")
        self.query_one(OptionsLine).update(options_words(typed))
        unused = "not used with exponential" if typed.backoff and typed.delay.strip() else ""
        self.query_one("#row-delay", FieldRow).say(unused, "warn")
        self._show_hints()
        self._show_sections()
        self._show_known()
        self.post_message(self.Edited())

    @on(TextArea.SelectionChanged)
    def _moved(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        self._show_known()

    # -- moving ------------------------------------------------------------------------------------------

    def next_section(self) -> None:
        """The next section, with the cursor in it; from elsewhere the one that is shown."""
        if any(part.has_focus_within for part in self.query(".part")):
            self.section = SECTIONS[(SECTIONS.index(self.section) + 1) % len(SECTIONS)]
        first = {"body": "body" if self._editor("body").content and self._kind != "none" else "kind"}
        self.enter((first | {"options": "timeout"}).get(self.section, self.section))

    def enter(self, name: str) -> None:
        """Put the cursor into an input, in whatever section it is."""
        section = "options" if name in _OPTIONS else "body" if name == "kind" else name
        if section in SECTIONS:
            self.section = section
        self.query_one(f"#{name}").focus()

    def enter_gap(self) -> bool:
        """Put the cursor where a value is still to be given; False where none is.

        A placeholder of the path is selected; else the cursor stands behind a `Name=`, or between the quotes of a
        JSON value.
        """
        path = self.query_one("#path", Input)
        if gap := PLACEHOLDER.search(path.value):
            self.enter("path")
            path.selection = path.selection._replace(start=gap.start(), end=gap.end())
            return True
        kind = self.query_one("#kind", ChoiceField).value
        for name, value_missing in (("query", _OPEN_LINE), ("body", _OPEN_JSON if kind == "raw" else _OPEN_LINE)):
            area = self.query_one(f"#{name}", TextArea)
            for row, line in enumerate(area.text.split("\n") if (name, kind) != ("body", "none") else ()):
                if gap := value_missing.search(line):
                    self.enter(name)
                    area.move_cursor((row, gap.start(1)))
                    return True
        return False

    def enter_mistake(self, mistake: JsonMistake) -> None:
        """Put the cursor into the body, where its JSON is wrong."""
        area = self._editor("body")
        self.enter("body")
        row = min(mistake.line, area.document.line_count) - 1
        area.move_cursor((row, min(mistake.column - 1, len(area.document.get_line(row)))), center=True)

    # -- the texts ---------------------------------------------------------------------------------------

    @property
    def words(self) -> str:
        """What is looked for in the path's field, which has the focus; empty where that holds a path."""
        path = self.query_one(PathField)
        return path.words if path.has_focus else ""

    @property
    def typed(self) -> RequestText:
        """Every input, verbatim."""
        lines = {name: self.query_one(f"#{name}", Input).value for name in ("method", "path", *_OPTIONS)}
        texts = {name: self._editor(name).content for name in EDITORS}
        picks = {name: self.query_one(f"#{name}", ChoiceField).value for name in ("kind", *_CHOICES)}
        choices = RequestText(
            body_kind=picks["kind"],
            response_type=picks["response"],
            backoff=picks["backoff"] == "exponential",
            all_errors=picks["errors"] == "all errors",
        )
        return replace(choices, **lines, **texts)

    @property
    def holds_other_line_ends(self) -> bool:
        """Whether a raw body has line ends that the editor shows as its own; they are sent until it is edited."""
        return self._kind == "raw" and self._editor("body").holds_other_line_ends

    @property
    def editor(self) -> LinesEditor | None:
        """The text of the section that the cursor is in, or was in last; None where that is none."""
        if self.section not in EDITORS or (self.section == "body" and self._kind == "none"):
            return None
        return self._editor(self.section)

    def fill(self, typed: RequestText) -> None:
        """Put texts into every input."""
        typed = carried_over(typed)
        for name in ("method", "path", *_OPTIONS):
            box = self.query_one(f"#{name}", Input)
            box.value = getattr(typed, name)
            box.cursor_position = len(box.value)
        for name in EDITORS:
            self._editor(name).load(getattr(typed, name))
        for name, chosen in (
            ("kind", typed.body_kind),
            ("response", typed.response_type),
            ("backoff", "exponential" if typed.backoff else "fixed delay"),
            ("errors", "all errors" if typed.all_errors else "5xx and network"),
        ):
            self.query_one(f"#{name}", ChoiceField).value = chosen
        self.section = section_of(typed)
        self._edited()

    @on(PastedRequestLine)
    def _take_apart(self, event: PastedRequestLine) -> None:
        """Put a pasted method, path and query where each belongs."""
        event.stop()
        before, line = self.typed, event.line
        path = self.query_one("#path", Input)
        self.query_one("#method", Input).value = line.method or before.method
        path.value = line.path
        path.cursor_position = len(line.path)
        if line.query:
            kept = f"{before.query.rstrip()}\n".lstrip("\n")
            self._editor("query").put(kept + write_pairs(line.query))
        self._apart = (before, event.text, self.typed)

    def action_put_together(self) -> None:
        """Undo in the path: give back a pasted line as it was, while nothing of it was changed."""
        if self._apart is None or self._apart[2] != self.typed:
            raise SkipAction
        before, text, _ = self._apart
        self._apart = None
        self.query_one("#method", Input).value = before.method
        self._editor("query").put(before.query)
        self.query_one("#path", Input).value = text

    async def edit_outside(self, environ: Mapping[str, str]) -> str:
        """Take over what the person's editor makes of the section's text, as one step that undo takes back.

        Returns:
            Why not, safe to show; empty where it was done.
        """
        # A start imports no more than it needs.
        from tui.widgets.external_programs import OutsideFailed, edit_outside

        area = self.editor
        if area is None:
            return "Go to the query, the headers or a body: one of these is opened in the editor."
        before = area.content
        is_json = area.id == "body" and self._kind == "raw" and before.lstrip()[:1] in ("{", "[")
        try:
            after = await edit_outside(self, before, environ, ".json" if is_json else ".txt")
        except OutsideFailed as problem:
            return str(problem)
        if after != before:
            area.put(after)
        area.focus()
        return ""

    async def format_body(self) -> str:
        """Write the body's JSON with one value a line, as one step that undo takes back; go to a mistake in it.

        Returns:
            What is wrong, safe to show; empty where nothing is.
        """
        area = self._editor("body")
        before = area.content
        mistake = await asyncio.to_thread(find_mistake, before)
        after = before if mistake is not None else await asyncio.to_thread(format_json, before)
        if area.content != before:
            return ""
        if mistake is not None:
            self.enter_mistake(mistake)
            return f"Not JSON: {mistake}."
        if after != before:
            area.put(after)
        return ""

    # -- what is said under them ---------------------------------------------------------------------------

    def show_known(self, operation: Operation | None, variables: Sequence[str] = ()) -> None:
        """Complete and list the parameters of this operation, None for an unknown one, and complete variables."""
        self._operation, self._variables = operation, variables
        self._show_known()

    def _show_known(self) -> None:
        kind, operation, variables = self._kind, self._operation, self._variables
        known: dict[str, tuple[Parameter, ...]] = {}
        if operation is not None:
            fits = kind in ("form", "multipart") or (kind == "raw" and operation.body_type == "json")
            known = {"query": operation.query, "body": operation.body if fits else ()}
        for name in EDITORS:
            self._editor(name).variables = variables if name != "body" or kind in ("form", "multipart") else ()
        for name in ("query", "body"):
            area = self._editor(name)
            area.names = tuple(each.name for each in known.get(name, ()))
            area.values = {each.name: each.allowed for each in known.get(name, ())}
        words = Content("")
        if self.section in known:
            area = self._editor(self.section)
            line = area.document.get_line(area.cursor_location[0]) if area.has_focus else ""
            room = self.size.width * (3 if self.is_stacked else 1)
            words = show_known(known[self.section], area.text, room, line)
        say(self.query_one("#known", Static), words)

    def show_prepared(self, prepared: PreparedRequest | None) -> None:
        """Show what would leave, and notes on it; nothing without a connection."""
        notes = prepared.notes if prepared is not None else ()
        if self.is_stacked and self._shows_options:
            # It stands beside the field already.
            notes = tuple(note for note in notes if note != DELAY_UNUSED)
        if self.holds_other_line_ends:
            notes = (*notes, "The body's line ends go out as they came; the editor makes them alike once it is edited.")
        self.query_one(RequestPreview).show(prepared, (*notes, *self._cut()))

    def _cut(self) -> tuple[str, ...]:
        """A note on each text of which only the beginning is shown."""
        areas = {name: self._editor(name) for name in EDITORS}
        return tuple(
            name_keys(_CUT.format(name=name, size=len(area.content))) for name, area in areas.items() if area.is_cut
        )

    def show_problems(self, problems: tuple[InvalidRequest, ...], *, go: bool) -> None:
        """Show what is wrong, each with its input; with `go` put the cursor into the first of these."""
        lines: list[str] = []
        for problem in problems:
            name, _ = _OPTIONS.get(_INPUT_OF.get(problem.field, "path"), (problem.field, ""))
            lines.append(f"{name}: {safe_text(str(problem), limit=200)}")
        if any(problem.field == FILES for problem in problems):
            lines.append("A text that begins with @ is written between quotes.")
        path = self.query_one("#path", Input).value
        if any(problem.field == URL for problem in problems) and "//" in path and not _TWILIO_HOST.match(path.strip()):
            lines.append(name_keys("{console.open} finds every host of Twilio's, and what it offers."))
        self.query_one(RequestPreview).refuse(lines, self._cut())
        if go:
            self.enter(_INPUT_OF.get(problems[0].field, "path"))


def share(room: int, wanted: Sequence[int]) -> list[int]:
    """Rows for each text: what it wants where there is room, else the larger ones alike; one at least."""
    rows = [1] * len(wanted)
    order = sorted(range(len(wanted)), key=lambda each: wanted[each])
    for done, each in enumerate(order):
        rows[each] = max(1, min(wanted[each], room // (len(order) - done)))
        room -= rows[each]
    return rows
