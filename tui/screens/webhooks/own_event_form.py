"""The form for a test event of one's own: what it says, where it goes, and which URL it is signed for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, TextArea

from tui.safe_text import safe_text
from tui.textual_fixes.input_fields import LineField
from tui.textual_fixes.text_field import TextField
from tui.webhooks.errors import WebhookError
from tui.webhooks.own_events import OwnEvent, OwnKind
from tui.widgets.dialogs import Dialog, key_line
from tui.widgets.form_fields import ChoiceField, FieldRow

SANDBOX: Final = "the sandbox"
HERE: Final = "tuilio, to the URL below"

FOR_TARGET: Final = "that URL"
FOR_PUBLIC: Final = "the public URL"
UNSIGNED: Final = "nothing"

_KINDS: Final = {"SMS": OwnKind.SMS, "MMS": OwnKind.MMS, "WhatsApp": OwnKind.WHATSAPP, "status": OwnKind.STATUS}
_SHOWN: Final[Mapping[OwnKind, frozenset[str]]] = {
    OwnKind.SMS: frozenset({"sender", "to", "body"}),
    OwnKind.MMS: frozenset({"sender", "to", "body", "media"}),
    OwnKind.WHATSAPP: frozenset({"sender", "to", "body", "media"}),
    OwnKind.STATUS: frozenset({"sender", "to", "status", "code"}),
    OwnKind.OWN: frozenset(),
}
"""The fields that a kind of event has, beside those that all have."""

_NAMES: Final = {"forward_to": "target"}
"""What a refusal calls a field of this form."""

_ARRIVES: Final = frozenset({OwnKind.SMS, OwnKind.MMS})
"""The kinds that the sandbox can send: a message that arrives at one of its numbers."""


@dataclass(frozen=True, slots=True)
class TypedEvent:
    """A test event as it was typed, and what becomes of it.

    Attributes:
        target: the URL it goes to.
        signed: one of `FOR_TARGET`, `FOR_PUBLIC`, `UNSIGNED`.
        by: `SANDBOX` has the sandbox make a message that arrives; `HERE` sends the request from here.
    """

    event: OwnEvent = field(default_factory=OwnEvent)
    target: str = ""
    signed: str = FOR_TARGET
    by: str = HERE

    @property
    def by_the_sandbox(self) -> bool:
        """Whether the sandbox is to make the message."""
        return self.by == SANDBOX and self.event.kind in _ARRIVES


class OwnEventForm(Dialog[TypedEvent]):
    """The form. Escape keeps what was typed in `typed`.

    Args:
        typed: what stands in it.
        usual: what is usual for a kind of event: a field that still has what is usual for the kind before gets it.
        urls: the URL that a target is signed for, for a kind of event, by the choices that there are.
        sandbox: whether the sandbox may send it.
        wrong: what was wrong with it.
    """

    IS_LONG = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,f9", "save", "Send", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("down,enter", "app.focus_next", show=False),
    ]
    DEFAULT_CSS = """
    OwnEventForm {
        & > Vertical { width: 76; }
        & TextArea { width: 1fr; height: 2; }
        & #own-further { height: 3; }
        & ChoiceField { background: $panel; &:focus { background: $primary-muted; } }
    }
    """

    def __init__(
        self,
        typed: TypedEvent,
        *,
        usual: Callable[[OwnKind], TypedEvent],
        urls: Callable[[str, OwnKind], Mapping[str, str]],
        sandbox: bool,
        wrong: WebhookError | None = None,
    ) -> None:
        super().__init__("A test event")
        self._usual = usual
        self._urls = urls
        self._sandbox = sandbox
        self._wrong = wrong
        self._refused = typed if wrong is not None else None
        self._kind = typed.event.kind
        event = typed.event
        word = next((word for word, kind in _KINDS.items() if kind is event.kind), "own")
        fields: dict[str, tuple[str, LineField | ChoiceField | TextField]] = {
            "kind": ("Kind", _choice("kind", (*_KINDS, "own"), word)),
            "by": ("Sent by", _choice("by", (SANDBOX, HERE), typed.by)),
            "target": ("To the URL", _line("target", typed.target, "http://127.0.0.1:3000/sms")),
            "signed": ("Signed for", _choice("signed", tuple(urls("", event.kind)), typed.signed)),
            "method": ("Method", _choice("method", ("POST", "GET"), event.method)),
            "sender": ("From", _line("sender", event.sender, "+14155550123")),
            "to": ("To", _line("to", event.to, "+14155550100")),
            "body": ("Body", _text("body", event.body, "")),
            "media": ("MediaUrl", _line("media", event.media, "https://example.com/a.png; several with blanks")),
            "status": ("MessageStatus", _line("status", event.status, "sent, delivered, undelivered, failed, read …")),
            "code": ("ErrorCode", _line("code", event.code, "30007, or nothing")),
            "further": ("Parameters", _text("further", event.further, "Name=value, one a line; in place of the usual")),
        }
        self._rows = {name: FieldRow(name, label, widget) for name, (label, widget) in fields.items()}

    @property
    def typed(self) -> TypedEvent:
        """What stands in the form."""
        event = OwnEvent(
            kind=_KINDS.get(self._text("kind"), OwnKind.OWN),
            method=self._text("method"),
            sender=self._text("sender"),
            to=self._text("to"),
            body=self._text("body"),
            media=self._text("media"),
            status=self._text("status"),
            code=self._text("code"),
            further=self._text("further"),
        )
        return TypedEvent(event, self._text("target").strip(), self._text("signed"), self._text("by"))

    def parts(self) -> ComposeResult:
        yield from self._rows.values()

    def keys(self) -> Content:
        return key_line(("^s F9", "Send"), ("↑↓", "field"), ("←→", "choose"), ("esc", "Back"))

    def on_mount(self) -> None:
        self._show_fields()
        self._explain()
        self._rows["kind"].field.focus()
        if self._wrong is not None:
            row = self._rows.get(_NAMES.get(self._wrong.field, self._wrong.field), self._rows["kind"])
            row = row if row.display else self._rows["kind"]
            row.say(safe_text(str(self._wrong), limit=300), "bad")
            row.field.focus()

    def action_save(self) -> None:
        self.dismiss(self.typed)

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.app.action_focus_next()

    @on(ChoiceField.Changed)
    def _chosen(self) -> None:
        typed = self.typed
        if typed.event.kind is not self._kind:
            before, after = self._usual(self._kind), self._usual(typed.event.kind)
            self._kind = typed.event.kind
            for name, was, now in (
                ("sender", before.event.sender, after.event.sender),
                ("to", before.event.to, after.event.to),
                ("target", before.target, after.target),
            ):
                line = self._rows[name].field
                if isinstance(line, LineField) and line.value == was:
                    line.value = now
        self._show_fields()
        self._explain()

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _changed(self) -> None:
        # Fields that are filled tell of a change as well; what was wrong from the start outlives that.
        if self.is_mounted and self.typed != self._refused:
            self._refused = None
            self._explain()

    def _show_fields(self) -> None:
        kind, by = self._kind, self._text("by")
        wanted = {"kind", "target", "signed", "method", "further", *_SHOWN[kind]}
        if self._sandbox and kind in _ARRIVES:
            wanted = {*wanted, "by"} if by == HERE else {"kind", "by", *_SHOWN[kind]}
        for name, row in self._rows.items():
            row.display = name in wanted

    def _explain(self) -> None:
        for row in self._rows.values():
            row.say("")
        typed = self.typed
        urls = self._urls(typed.target, typed.event.kind)
        if len(urls) == 1:
            self._rows["signed"].say("This connection has no auth token to sign with; API keys never sign.", "warn")
        else:
            self._rows["signed"].say(safe_text(urls.get(typed.signed, ""), limit=200))

    def _text(self, name: str) -> str:
        widget = self._rows[name].field
        return widget.text if isinstance(widget, TextField) else widget.value


def _line(name: str, value: str, hint: str) -> LineField:
    return LineField(value, placeholder=hint, id=f"own-{name}", select_on_focus=False)


def _choice(name: str, words: tuple[str, ...], value: str) -> ChoiceField:
    return ChoiceField(words, value if value in words else words[0], id=f"own-{name}", enter=False)


def _text(name: str, value: str, hint: str) -> TextField:
    return TextField(
        value,
        id=f"own-{name}",
        soft_wrap=True,
        tab_behavior="focus",
        show_line_numbers=False,
        placeholder=Content(hint),
    )
