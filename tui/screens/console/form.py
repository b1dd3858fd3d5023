"""The request form: method and path, four sections of inputs, the preview of the request, what is wrong with it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.suggester import Suggester
from textual.widgets import Input, Static, TextArea
from textual.widgets.input import Selection

from tui.raw_request.form_text import BODY_KINDS, RequestText
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
)
from tui.raw_request.pairs_0_1 import carried_over
from tui.raw_request.sending import PreparedRequest
from tui.raw_request.variables import complete_variable
from tui.safe_text import safe_text
from tui.screens.console.lines_editor import HEADER_NAMES, LinesEditor
from tui.screens.console.pasting import FormLine, PastedCurl
from tui.screens.console.preview import marks_of, section_of, show_known, show_notes, show_request
from tui.theme import TONES
from tui.twilio.errors import InvalidRequest
from tui.twilio.operations import Operation, complete_path
from tui.widgets.form_fields import ChoiceField, FieldRow

NARROW = 12
"""Rows of the form in a narrow terminal, at most."""

PLACEHOLDER = re.compile(r"\{\w+\}")
"""What stands in a path where a value belongs."""

_OPEN_LINE = re.compile(r"^\s*[^#\s].*=()\s*$")
_OPEN_JSON = re.compile(r':\s*"()",?$')
"""A line whose value is still to be given, and where."""

SECTIONS = ("query", "headers", "body", "options")
_HINTS = {
    "query": "one name=value a line; # switches a line off",
    "headers": "one Name: value a line",
    "body": "what is sent, as typed",
}
_BODY_HINTS = {
    "none": "no body; ← and → in the line above choose another kind",
    "raw": "sent as typed, byte for byte",
    "form": "one name=value a line, sent urlencoded",
    "multipart": 'name=value for a field, name=@/path;type=image/png for a file, name="@…" for a text',
}
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


class SuggestPath(Suggester):
    """Completes a path from Twilio's operations, and the variable that it ends with."""

    def __init__(self, variables: Callable[[], Sequence[str]]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._variables = variables

    async def get_suggestion(self, value: str) -> str | None:
        if rest := complete_variable(value, self._variables()):
            return value + rest
        if not value.startswith("/"):
            return None
        # The table of operations is read from disk when it is first asked for.
        return next(iter(await asyncio.to_thread(complete_path, value, 1)), None)


class RequestForm(Vertical):
    """The inputs of a raw request."""

    section: reactive[str] = reactive("query")

    class Edited(Message):
        """Something was typed or chosen."""

    PastedCurl = PastedCurl

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._operation: Operation | None = None
        self._variables: Sequence[str] = ()
        self._raw = self._raw_shown = ""

    def compose(self) -> ComposeResult:
        with Horizontal(id="line"):
            yield self._input("method", "GET")
            path = self._input("path", "/Accounts/$TWILIO_ACCOUNT_SID/…")
            path.suggester = SuggestPath(lambda: self._variables)
            yield path
        yield ChoiceField(SECTIONS, id="sections", tabs=True)
        for name in ("query", "headers"):
            yield self._text(name)
        with Vertical(id="part-body"):
            yield ChoiceField(BODY_KINDS, id="kind", tabs=True)
            yield self._text("body")
        with Vertical(id="part-options"):
            for name, (label, hint) in _OPTIONS.items():
                yield FieldRow(name, label, self._input(name, hint))
            for name, (label, words) in _CHOICES.items():
                yield FieldRow(name, label, ChoiceField(words, id=name))
        for name in ("known", "notes", "preview", "wrong"):
            yield Static(id=name, markup=False)

    def _input(self, name: str, hint: str) -> Input:
        return FormLine(placeholder=hint, id=name, select_on_focus=False)

    def _text(self, name: str) -> LinesEditor:
        area = LinesEditor(id=name, placeholder=_HINTS[name], separator=":" if name == "headers" else "=")
        area.names = HEADER_NAMES if name == "headers" else ()
        return area

    def on_mount(self) -> None:
        self.watch_section(self.section)

    def watch_section(self, section: str) -> None:
        for name in SECTIONS:
            part = self.query(f"#part-{name}" if name in ("body", "options") else f"#{name}")
            part.set(display=name == section)
        for tabs in self.query("#sections").results(ChoiceField):
            tabs.value = section
        if self.is_mounted:
            self._show_known()

    @on(ChoiceField.Changed, "#sections")
    def _section_chosen(self, event: ChoiceField.Changed) -> None:
        event.stop()
        self.section = event.choice.value

    @on(ChoiceField.Changed)
    @on(Input.Changed)
    @on(TextArea.Changed)
    def _edited(self) -> None:
        kind = self.query_one("#kind", ChoiceField).value
        body = self.query_one("#body", LinesEditor)
        body.placeholder = _BODY_HINTS[kind]
        body.disabled = kind == "none"
        body.files = kind == "multipart"
        self.query_one("#sections", ChoiceField).marks = marks_of(self.typed)
        self._show_known()
        self.post_message(self.Edited())

    def next_section(self) -> None:
        """The next section, with the cursor in it; from above them the one that is shown."""
        if not any(self.query_one(f"#{name}").has_focus for name in ("method", "path", "sections")):
            self.section = SECTIONS[(SECTIONS.index(self.section) + 1) % len(SECTIONS)]
        self.enter({"body": "kind", "options": "timeout"}.get(self.section, self.section))

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
            path.selection = Selection(*gap.span())
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

    @property
    def typed(self) -> RequestText:
        """Every input, verbatim."""
        lines = {name: self.query_one(f"#{name}", Input).value for name in ("method", "path", *_OPTIONS)}
        texts = {name: self.query_one(f"#{name}", TextArea).text for name in ("query", "headers", "body")}
        picks = {name: self.query_one(f"#{name}", ChoiceField).value for name in ("kind", *_CHOICES)}
        if picks["kind"] == "raw" and texts["body"] == self._raw_shown:
            texts["body"] = self._raw
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
        return self._raw != self._raw_shown and self.typed.body == self._raw

    def fill(self, typed: RequestText) -> None:
        """Put texts into every input."""
        typed = carried_over(typed)
        for name in ("method", "path", *_OPTIONS):
            box = self.query_one(f"#{name}", Input)
            box.value = getattr(typed, name)
            box.cursor_position = len(box.value)
        for name in ("query", "headers", "body"):
            self.query_one(f"#{name}", TextArea).text = getattr(typed, name)
        # Textual's text area ends a line at a dozen characters and joins lines with one of them.
        self._raw, self._raw_shown = typed.body, self.query_one("#body", TextArea).text
        for name, chosen in (
            ("kind", typed.body_kind),
            ("response", typed.response_type),
            ("backoff", "exponential" if typed.backoff else "fixed delay"),
            ("errors", "all errors" if typed.all_errors else "5xx and network"),
        ):
            self.query_one(f"#{name}", ChoiceField).value = chosen
        self.section = section_of(typed)
        self._edited()

    def show_known(self, operation: Operation | None, variables: Sequence[str] = ()) -> None:
        """Complete and list the parameters of this operation, None for an unknown one, and complete variables."""
        self._operation, self._variables = operation, variables
        self._show_known()

    def _show_known(self) -> None:
        pairs = self.query_one("#kind", ChoiceField).value in ("form", "multipart")
        known = (
            {"query": self._operation.query, "body": self._operation.body if pairs else ()} if self._operation else {}
        )
        for name in ("query", "headers", "body"):
            area = self.query_one(f"#{name}", LinesEditor)
            area.variables = self._variables if pairs or name != "body" else ()
        for name in ("query", "body"):
            area = self.query_one(f"#{name}", LinesEditor)
            area.names = tuple(each.name for each in known.get(name, ()))
            area.values = {each.name: each.allowed for each in known.get(name, ())}
        text = self.query_one(f"#{self.section}", TextArea).text if self.section in known else ""
        room = self.size.width * (3 if self.size.height > NARROW else 1)
        self.query_one("#known", Static).update(show_known(known.get(self.section, ()), text, room))

    def show_prepared(self, prepared: PreparedRequest | None) -> None:
        """Show the preview of the request; none without a connection."""
        self.query_one("#wrong", Static).display = False
        self.query_one("#preview", Static).update(show_request(prepared) if prepared is not None else "")
        notes = prepared.notes if prepared is not None else ()
        if self.holds_other_line_ends:
            notes = (*notes, "The body's line ends go out as they came; the editor makes them alike once it is edited.")
        self._show_notes(notes)

    def _show_notes(self, notes: tuple[str, ...]) -> None:
        line = self.query_one("#notes", Static)
        line.display = bool(notes)
        line.update(show_notes(notes))

    def show_problems(self, problems: tuple[InvalidRequest, ...], *, go: bool) -> None:
        """Show what is wrong, each with its input; with `go` put the cursor into the first of these."""
        self.query_one("#preview", Static).update("")
        self._show_notes(())
        wrong = self.query_one("#wrong", Static)
        wrong.display = True
        lines: list[str] = []
        for problem in problems:
            name, _ = _OPTIONS.get(_INPUT_OF.get(problem.field, "path"), (problem.field, ""))
            lines.append(f"{name}: {safe_text(str(problem), limit=200)}")
        if any(problem.field == FILES for problem in problems):
            lines.append("A text that begins with @ is written between quotes.")
        wrong.update(Content("\n").join(Content.styled(line, TONES["bad"]) for line in lines))
        if go:
            self.enter(_INPUT_OF.get(problems[0].field, "path"))
