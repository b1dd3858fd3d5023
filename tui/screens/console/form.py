"""The request side: method and path, four sections of inputs, what will be sent, what is wrong."""

from __future__ import annotations

import asyncio

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.suggester import Suggester
from textual.widgets import Input, Label, Static, TextArea

from tui.raw_request.endpoints import Endpoint, complete_path
from tui.raw_request.form_text import BODY_KINDS, RequestText
from tui.raw_request.model import FILES, RESPONSE_TYPES
from tui.raw_request.pairs_0_1 import carried_over
from tui.raw_request.sending import PreparedRequest
from tui.safe_text import safe_text
from tui.screens.console.choice import Pick
from tui.screens.console.lines_editor import HEADER_NAMES, LinesEditor
from tui.screens.console.preview import marks_of, section_of, show_known, show_notes, show_request
from tui.textual_fixes.input_fields import LineField
from tui.theme import TONES
from tui.twilio.errors import InvalidRequest

NARROW = 12
"""Rows of the form in a narrow terminal, at most."""

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
_OPTIONS = (
    ("timeout", "Timeout (s)", "30, for each attempt"),
    ("retries", "Max retries", "0"),
    ("delay", "Retry delay (ms)", "0"),
)
FIELD_OF = {
    "Method": "method",
    "URL": "path",
    "Query": "query",
    "Query Parameter": "query",
    "Headers": "headers",
    "Header": "headers",
    "Data": "body",
    "Form Data": "body",
    "File Data": "body",
    "Timeout": "timeout",
    "Max Retry Count": "retries",
    "Retry Delay": "delay",
}
"""A refusal's field → the input to go to."""


class SuggestPath(Suggester):
    """Completes a path from the table of Twilio's operations."""

    def __init__(self) -> None:
        super().__init__(use_cache=True, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """The first path that begins like this."""
        if not value.startswith("/"):
            return None
        # The table of operations is read from disk when it is first asked for.
        return next(iter(await asyncio.to_thread(complete_path, value, 1)), None)


class RequestForm(Vertical):
    """Everything a raw request can say."""

    section: reactive[str] = reactive("query")

    class Edited(Message):
        """Something was typed or chosen."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._endpoint: Endpoint | None = None
        self._raw = self._raw_shown = ""

    def compose(self) -> ComposeResult:
        """Two lines, the section bar, one section at a time, the preview."""
        with Horizontal(id="line"):
            yield self._input("method", "GET")
            path = self._input("path", "/Accounts/$TWILIO_ACCOUNT_SID/…")
            path.suggester = SuggestPath()
            yield path
        yield Pick(SECTIONS, id="sections")
        for name in ("query", "headers"):
            yield self._text(name)
        with Vertical(id="part-body"):
            yield Pick(BODY_KINDS, id="kind")
            yield self._text("body")
        with Vertical(id="part-options"):
            for name, label, hint in _OPTIONS:
                with Horizontal(classes="option"):
                    yield Label(label, markup=False)
                    yield self._input(name, hint)
            for name, label, words in (
                ("response", "Response type", RESPONSE_TYPES),
                ("backoff", "Back-off", ("fixed delay", "exponential")),
                ("errors", "Retry on", ("5xx and network", "all errors")),
            ):
                with Horizontal(classes="option"):
                    yield Label(label, markup=False)
                    yield Pick(words, id=name)
        yield Static(id="known", markup=False)
        yield Static(id="notes", markup=False)
        yield Static(id="preview", markup=False)
        yield Static(id="wrong", markup=False)

    def _input(self, name: str, hint: str) -> Input:
        return LineField(placeholder=hint, id=name, select_on_focus=False)

    def _text(self, name: str) -> LinesEditor:
        area = LinesEditor(id=name, placeholder=_HINTS[name], separator=":" if name == "headers" else "=")
        area.names = HEADER_NAMES if name == "headers" else ()
        return area

    def on_mount(self) -> None:
        """Show the first section."""
        self.watch_section(self.section)

    def watch_section(self, section: str) -> None:
        """Only one section is there at a time."""
        for name in SECTIONS:
            part = self.query(f"#part-{name}" if name in ("body", "options") else f"#{name}")
            part.set(display=name == section)
        for pick in self.query("#sections").results(Pick):
            pick.chosen = section
        if self.is_mounted:
            self._show_known()

    @on(Pick.Changed, "#sections")
    def _section_chosen(self, event: Pick.Changed) -> None:
        event.stop()
        self.section = event.pick.chosen

    @on(Pick.Changed)
    @on(Input.Changed)
    @on(TextArea.Changed)
    def _edited(self) -> None:
        kind = self.query_one("#kind", Pick).chosen
        body = self.query_one("#body", LinesEditor)
        body.placeholder = _BODY_HINTS[kind]
        body.disabled = kind == "none"
        body.files = kind == "multipart"
        self.query_one("#sections", Pick).marks = marks_of(self.typed)
        self._show_known()
        self.post_message(self.Edited())

    def next_section(self) -> None:
        """The next section, with the cursor in it; from above them the one that is shown."""
        if not any(self.query_one(f"#{name}").has_focus for name in ("method", "path", "sections")):
            self.section = SECTIONS[(SECTIONS.index(self.section) + 1) % len(SECTIONS)]
        self.enter({"query": "query", "headers": "headers", "body": "kind", "options": "timeout"}[self.section])

    def enter(self, name: str) -> None:
        """Put the cursor into an input, in whatever section it is."""
        for section, names in (("query", ("query",)), ("headers", ("headers",)), ("body", ("body", "kind"))):
            if name in names:
                self.section = section
        if name in ("timeout", "retries", "delay"):
            self.section = "options"
        self.query_one(f"#{name}").focus()

    def enter_gap(self) -> bool:
        """Put the cursor behind the first name of a form that has no value yet; False where all have one."""
        lines = self.query_one("#body", TextArea).text.split("\n") if self.section == "body" else []
        row = next((row for row, line in enumerate(lines) if line.endswith("=") and not line.startswith("#")), None)
        if row is None:
            return False
        self.enter("body")
        self.query_one("#body", TextArea).move_cursor((row, len(lines[row])))
        return True

    @property
    def typed(self) -> RequestText:
        """Every input, verbatim."""

        def text(name: str) -> str:
            return self.query_one(f"#{name}", Input).value

        def area(name: str) -> str:
            return self.query_one(f"#{name}", TextArea).text

        def pick(name: str) -> str:
            return self.query_one(f"#{name}", Pick).chosen

        body = area("body")
        if pick("kind") == "raw" and body == self._raw_shown:
            body = self._raw
        return RequestText(
            text("method"),
            text("path"),
            area("query"),
            area("headers"),
            pick("kind"),
            body,
            pick("response"),
            text("timeout"),
            text("retries"),
            text("delay"),
            pick("backoff") == "exponential",
            pick("errors") == "all errors",
        )

    @property
    def holds_other_line_ends(self) -> bool:
        """Whether a raw body has line ends that the editor shows as its own; they are sent until it is edited."""
        return self._raw != self._raw_shown and self.typed.body == self._raw

    def fill(self, typed: RequestText) -> None:
        """Put texts into every input."""
        typed = carried_over(typed)
        for name, value in (
            ("method", typed.method),
            ("path", typed.path),
            ("timeout", typed.timeout),
            ("retries", typed.retries),
            ("delay", typed.delay),
        ):
            box = self.query_one(f"#{name}", Input)
            box.value = value
            box.cursor_position = len(value)
        for name, value in (("query", typed.query), ("headers", typed.headers), ("body", typed.body)):
            self.query_one(f"#{name}", TextArea).text = value
        # Textual's text area ends a line at a dozen characters and joins lines with one of them.
        self._raw, self._raw_shown = typed.body, self.query_one("#body", TextArea).text
        self.query_one("#kind", Pick).chosen = typed.body_kind
        self.query_one("#response", Pick).chosen = typed.response_type
        self.query_one("#backoff", Pick).chosen = "exponential" if typed.backoff else "fixed delay"
        self.query_one("#errors", Pick).chosen = "all errors" if typed.all_errors else "5xx and network"
        self.section = section_of(typed)
        self._edited()

    def show_known(self, endpoint: Endpoint | None) -> None:
        """Complete the parameters of this operation; None when it is not one that is known."""
        self._endpoint = endpoint
        self._show_known()

    def _show_known(self) -> None:
        query, body = self.query_one("#query", LinesEditor), self.query_one("#body", LinesEditor)
        endpoint = self._endpoint
        pairs = self.query_one("#kind", Pick).chosen in ("form", "multipart")
        query.names = tuple(each.name for each in endpoint.query) if endpoint else ()
        body.names = tuple(each.name for each in endpoint.body) if endpoint and pairs else ()
        area, known = (query, endpoint.query) if self.section == "query" and endpoint else (body, ())
        if self.section == "body" and endpoint and pairs:
            known = endpoint.body
        room = self.size.width * (3 if self.size.height > NARROW else 1)
        self.query_one("#known", Static).update(show_known(known, area.text, room))

    def show_prepared(self, prepared: PreparedRequest | None) -> None:
        """Say what will be sent."""
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
        """Say what is wrong, each with its input, and go to the first when it was to be sent."""
        self.query_one("#preview", Static).update("")
        self._show_notes(())
        wrong = self.query_one("#wrong", Static)
        wrong.display = True
        lines = [f"{problem.field}: {safe_text(str(problem), limit=200)}" for problem in problems]
        if any(problem.field == FILES for problem in problems):
            lines.append("A text that begins with @ is written between quotes.")
        wrong.update(Content("\n").join(Content.styled(line, TONES["bad"]) for line in lines))
        if go:
            self.enter(FIELD_OF.get(problems[0].field, "path"))
