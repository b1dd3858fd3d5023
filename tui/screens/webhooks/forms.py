"""The two forms of the place: how the receiver is set up, and what the list is narrowed by.

Both answer with data or not at all; what is wrong is said beside the fields, and nothing typed is lost by it.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult, RenderResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Label, Static, TextArea

from tui.safe_text import safe_text
from tui.screens.webhooks.event_list import KINDS, EventFilter, read_filter
from tui.textual_fixes.input_fields import LineField
from tui.textual_fixes.text_field import TextField
from tui.theme import TONES
from tui.webhooks.errors import InvalidSetting, WebhookError
from tui.webhooks.settings import ReceiverSettings
from tui.widgets.dialogs import Dialog, key_line

_LINES = {
    "port": ("Port", "any free one; a fixed one for a tunnel"),
    "public_url": ("Public URL", "https://hooks.example.com, without the paths below"),
    "inbound_path": ("Messages", "/sms"),
    "status_path": ("Statuses", "/status"),
    "host": ("Address", "127.0.0.1"),
}
_SWITCHES = {
    "expose": ("Other machines", "may reach that address"),
    "allow_unsigned": ("Unsigned", "taken in although nobody can tell; for this run"),
}


class Toggle(Widget, can_focus=True):
    """Yes or no. Space, the arrows or a click change it."""

    DEFAULT_CSS = """
    Toggle { height: 1; width: 1fr; padding: 0 1; background: $panel; &:focus { background: $primary-muted; } }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space,left,right", "turn", show=False)]
    value: reactive[bool] = reactive(False)

    def __init__(self, words: str, value: bool, *, id: str) -> None:
        super().__init__(id=id)
        self._words = words
        self.set_reactive(Toggle.value, value)

    def render(self) -> RenderResult:
        """A mark and what it stands for."""
        mark = ("yes ", "bold $text-warning") if self.value else ("no  ", "bold $foreground")
        return Content.assemble(mark, (self._words, "$quiet"))

    def action_turn(self) -> None:
        """The other answer."""
        self.value = not self.value

    def on_click(self, event: events.Click) -> None:
        """The same."""
        self.action_turn()


class SettingsForm(Dialog[ReceiverSettings]):
    """Everything a person decides about the receiver."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,f9", "save", "Save", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("down,enter", "app.focus_next", show=False),
    ]

    def __init__(self, present: ReceiverSettings, *, wrong: WebhookError | None = None, note: str = "") -> None:
        super().__init__("Set up the receiver", note)
        self._present = present
        self._problem = wrong

    def parts(self) -> ComposeResult:
        """Where it is called, where it listens, what it lets in, what it answers."""
        now = self._present
        values = {
            "port": str(now.port) if now.port else "",
            "public_url": now.public_url,
            "inbound_path": now.inbound_path,
            "status_path": now.status_path,
            "host": now.host,
        }
        for name, (label, hint) in _LINES.items():
            with Horizontal(classes="line"):
                yield Label(label, markup=False)
                box = LineField(values[name], placeholder=hint, id=f"set-{name}", select_on_focus=False)
                yield box
        for name, (label, words) in _SWITCHES.items():
            with Horizontal(classes="line"):
                yield Label(label, markup=False)
                yield Toggle(words, bool(getattr(now, name)), id=f"set-{name}")
        with Horizontal(id="reply-line"):
            yield Label("Reply", markup=False)
            yield _Reply(now.reply)
        yield Static("", classes="wrong", markup=False)

    def keys(self) -> Content:
        """Save, and how to leave."""
        return key_line(("^s F9", "Save"), ("↑↓", "field"), ("space", "yes/no"), ("esc", "Back"))

    def on_mount(self) -> None:
        """Begin at what is wrong, or at the top."""
        if self._problem is None:
            self.query_one("#set-port").focus()
        else:
            self._point_out(self._problem)

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _typed(self) -> None:
        if self._problem is None:
            self.query_one(".wrong", Static).update("")
        # Filling the fields tells of a change as well; what was wrong from the start outlives that.
        self._problem = None

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.app.action_focus_next()

    def action_save(self) -> None:
        """Check everything and answer."""
        try:
            self.dismiss(self._read().checked())
        except WebhookError as problem:
            self._point_out(problem)

    def _read(self) -> ReceiverSettings:
        text = {name: self.query_one(f"#set-{name}", Input).value.strip() for name in _LINES}
        port = text["port"] or "0"
        if not (port.isascii() and port.isdigit() and len(port) < 8):
            raise InvalidSetting("port", f"“{port}” is not a port.", "Give a number up to 65535, or nothing.")
        return ReceiverSettings(
            host=text["host"] or "127.0.0.1",
            port=int(port),
            expose=self.query_one("#set-expose", Toggle).value,
            inbound_path=text["inbound_path"] or "/sms",
            status_path=text["status_path"] or "/status",
            public_url=text["public_url"],
            allow_unsigned=self.query_one("#set-allow_unsigned", Toggle).value,
            reply=self.query_one(_Reply).text,
        )

    def _point_out(self, problem: WebhookError) -> None:
        label = _LINES.get(problem.field, ("Reply" if problem.field == "reply" else "",))[0]
        words = safe_text(f"{label}: {problem}" if label else str(problem), limit=300)
        self.query_one(".wrong", Static).update(Content.styled(words, TONES["bad"]))
        for field in self.query(f"#set-{problem.field}"):
            field.focus()


class _Reply(TextField):
    """The reply: a plain text, or TwiML."""

    def __init__(self, text: str) -> None:
        super().__init__(
            text,
            id="set-reply",
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            placeholder="nothing; or a text such as: Thanks {From}, we got it.  Or <Response>…</Response>",
        )
        self.cursor_blink = False


class EventFilterForm(Dialog[EventFilter]):
    """Three inputs; enter applies from any of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l", "clear", "Clear", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, present: EventFilter) -> None:
        super().__init__("Filter events", "Compared over what is loaded.")
        self._present = present

    def parts(self) -> ComposeResult:
        """Words, kind, verdict."""
        now = self._present
        for name, value, hint in (
            ("text", now.text, "words in the text, a number, a SID, a status, a reason"),
            ("kind", KINDS[now.kind] if now.kind else "", "message, status or other"),
            ("verdict", now.verdict.value if now.verdict else "", "verified, rejected or ?"),
        ):
            with Horizontal(classes="line"):
                yield Label(name.title(), markup=False)
                box = LineField(value, placeholder=hint, id=f"filter-{name}")
                yield box
        yield Static("", classes="wrong", markup=False)

    def keys(self) -> Content:
        """Enter, clear, escape."""
        return key_line(("⏎", "Apply"), ("^l", "Clear all"), ("esc", "Back"))

    def action_clear(self) -> None:
        """Empty every input; enter then shows everything."""
        for box in self.query(Input):
            box.value = ""

    @on(Input.Changed)
    def _typed(self) -> None:
        self.query_one(".wrong", Static).update("")

    @on(Input.Submitted)
    def _apply(self) -> None:
        typed = [self.query_one(f"#filter-{name}", Input).value for name in ("text", "kind", "verdict")]
        try:
            self.dismiss(read_filter(*typed))
        except InvalidSetting as problem:
            self.query_one(".wrong", Static).update(Content(safe_text(str(problem))))
            self.query_one(f"#filter-{problem.field}", Input).focus()
