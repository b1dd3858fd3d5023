"""The request side: method and path, four sections of inputs, what will be sent, what is wrong."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult, RenderResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Label, Static, TextArea

from tui.safe_text import glimpse, safe_text
from tui.screens.console.completion import HEADER_NAMES, still_open
from tui.screens.console.editor import LinesEditor
from tui.screens.console.pairs_before import carried_over
from tui.screens.console.typed import BODY_KINDS
from tui.storage.typed_request import TypedRequest
from tui.theme import TONES
from tui.twilio.endpoints import Endpoint, Parameter, complete_path
from tui.twilio.errors import InvalidRequest
from tui.twilio.raw import Prepared
from tui.twilio.raw_request import RESPONSE_TYPES
from tui.widgets.fields import LineField

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
    ("timeout", "Timeout", "30 s, for each attempt"),
    ("retries", "Max retries", "0"),
    ("delay", "Retry delay", "0 ms"),
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


class Pick(Widget, can_focus=True):
    """One of a few words, changed with the arrows, enter or a click."""

    DEFAULT_CSS = """
    Pick { height: 1; width: auto; background: $surface; padding: 0 1; &:focus { background: $primary-muted; } }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1)", show=False),
        Binding("right,l,enter,space", "step(1)", show=False),
    ]
    chosen: reactive[str] = reactive("", layout=True)

    class Changed(Message):
        """Another word was chosen."""

        def __init__(self, pick: Pick) -> None:
            super().__init__()
            self.pick = pick

        @property
        def control(self) -> Pick:
            """Where it was chosen."""
            return self.pick

    def __init__(self, words: tuple[str, ...], *, id: str) -> None:
        super().__init__(id=id)
        self.words = words
        self.set_reactive(Pick.chosen, words[0])

    def render(self) -> RenderResult:
        """All words, the chosen one marked by brackets as well as by weight."""
        return Content("  ").join(
            Content.styled(f"[{word}]", "bold $text-primary")
            if word == self.chosen
            else Content.styled(f" {word} ", "$quiet")
            for word in self.words
        )

    def action_step(self, by: int) -> None:
        """The next or the last word."""
        self.chosen = self.words[(self.words.index(self.chosen) + by) % len(self.words)]
        self.post_message(self.Changed(self))

    def on_click(self, event: events.Click) -> None:
        """Choose the word under the pointer."""
        x = 0
        for word in self.words:
            x += len(word) + 4
            if event.x - 1 < x:
                self.chosen = word
                self.post_message(self.Changed(self))
                return


class SuggestPath(Suggester):
    """Completes a path from the table of Twilio's operations."""

    def __init__(self) -> None:
        super().__init__(use_cache=True, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """The first path that begins like this."""
        return next(iter(complete_path(value, 1)), None) if value.startswith("/") else None


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
                ("response", "Read answer as", RESPONSE_TYPES),
                ("backoff", "Back-off", ("fixed delay", "exponential")),
                ("errors", "Retry on", ("5xx and network", "all errors")),
            ):
                with Horizontal(classes="option"):
                    yield Label(label, markup=False)
                    yield Pick(words, id=name)
        yield Static(id="known", markup=False)
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
        self._show_known()
        self.post_message(self.Edited())

    def next_section(self) -> None:
        """The next section, with the cursor in it."""
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

    @property
    def typed(self) -> TypedRequest:
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
        return TypedRequest(
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

    def fill(self, typed: TypedRequest) -> None:
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
        # Textual (8.2.8) ends a line at a dozen characters and joins lines with one of them.
        self._raw, self._raw_shown = typed.body, self.query_one("#body", TextArea).text
        self.query_one("#kind", Pick).chosen = typed.body_kind
        self.query_one("#response", Pick).chosen = typed.response_type
        self.query_one("#backoff", Pick).chosen = "exponential" if typed.backoff else "fixed delay"
        self.query_one("#errors", Pick).chosen = "all errors" if typed.all_errors else "5xx and network"
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
        self.query_one("#known", Static).update(_words_about(known, area.text))

    def show_prepared(self, prepared: Prepared | None) -> None:
        """Say what will be sent."""
        preview, wrong = self.query_one("#preview", Static), self.query_one("#wrong", Static)
        wrong.display = False
        if prepared is None:
            preview.update("")
            return
        headers = ", ".join(f"{name}: {value}" for name, value in prepared.headers if name.lower() != "user-agent")
        lines = [
            Content.assemble((f"{safe_text(prepared.method, limit=12)} ", "bold"), glimpse(prepared.url, 300)),
            Content.styled(glimpse(headers, 300), "$quiet"),
        ]
        lines += [Content.styled(f"! {safe_text(note)}", TONES["warn"]) for note in prepared.notes]
        preview.update(Content("\n").join(lines))

    def show_problems(self, problems: tuple[InvalidRequest, ...], *, go: bool) -> None:
        """Say what is wrong, each with its input, and go to the first when it was to be sent."""
        self.query_one("#preview", Static).update("")
        wrong = self.query_one("#wrong", Static)
        wrong.display = True
        wrong.update(
            Content("\n").join(
                Content.styled(f"{problem.field}: {safe_text(str(problem), limit=200)}", TONES["bad"])
                for problem in problems
            )
        )
        if go:
            self.enter(FIELD_OF.get(problems[0].field, "path"))


def _words_about(known: tuple[Parameter, ...], text: str) -> Content:
    """What the operation takes besides what is typed, the required ones first."""
    names = still_open([each.name for each in known], text, "=")
    required = {each.name for each in known if each.required}
    names.sort(key=lambda name: name not in required)
    if not names:
        return Content("")
    shown = [Content.styled(name, "bold $quiet" if name in required else "$quiet") for name in names[:40]]
    return Content.assemble(("takes ", "$quiet"), Content(" · ").join(shown))
