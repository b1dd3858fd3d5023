"""The two dialogs of Webhooks: the receiver's settings, and the filter of the list."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from tui.safe_text import safe_text
from tui.screens.webhooks.event_list import KINDS, EventFilter, read_filter
from tui.textual_fixes.input_fields import LineField
from tui.textual_fixes.text_field import TextField
from tui.webhooks.errors import InvalidSetting, WebhookError
from tui.webhooks.settings import AS_IT_CAME, FOR_MY_URL, ReceiverSettings
from tui.widgets.dialogs import Dialog, ask_to_leave, key_line
from tui.widgets.form_fields import ChoiceField, FieldRow, FilterField, FilterForm

_LINES = {
    "port": ("Port", "any free one; a fixed one for a tunnel"),
    "public_url": ("Public URL", "https://hooks.example.com, without the paths below"),
    "inbound_path": ("Messages", "/sms"),
    "status_path": ("Statuses", "/status"),
    "forward_to": ("Forward to", "your own program: http://127.0.0.1:3000, or 3000 alone"),
    "host": ("Address", "127.0.0.1"),
}
_CHOICES = {
    "forward_signature": (
        "Its signature",
        {AS_IT_CAME: "Twilio's, as it came", FOR_MY_URL: "made anew, for my URL"},
        {FOR_MY_URL: "By the auth token, for the URL your program sees."},
    ),
    "expose": (
        "Other machines",
        {"no": "may not reach it", "yes": "may reach that address"},
        {"yes": "Other machines may then send requests here."},
    ),
    "allow_unsigned": (
        "Unsigned",
        {"no": "refused", "yes": "taken in, for this run"},
        {"yes": "Although nobody can tell who sent it; never forwarded."},
    ),
}
"""Name → label, the choices, and what is said under one that is chosen."""

_PARTS = {"port": "What Twilio calls", "forward_to": "What it is answered with", "host": "Who may call"}
"""Headings, by the field below them."""

_ORDER = (
    *("port", "public_url", "inbound_path", "status_path"),
    *("forward_to", "forward_signature", "reply"),
    *("host", "expose", "allow_unsigned"),
)


class SettingsForm(Dialog[ReceiverSettings]):
    """The settings of the webhook receiver. What is wrong is said under its field, and nothing typed is lost.

    Args:
        present: the settings in use, of which those stay that have no field here.
        typed: what stands in the fields, if that is something else.
        wrong: what was wrong with it.
    """

    IS_LONG = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,f9", "save", "Save", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("down,enter", "app.focus_next", show=False),
    ]

    def __init__(
        self,
        present: ReceiverSettings,
        typed: ReceiverSettings | None = None,
        *,
        wrong: WebhookError | None = None,
        note: str = "",
        focus: str = "port",
    ) -> None:
        super().__init__("Set up the receiver", note)
        self._present = present
        self._focus = focus
        self._problem = wrong
        self._refused: dict[str, str] | None = None
        self._in_use = _texts_of(present)
        shown = _texts_of(typed or present)
        self._rows: dict[str, FieldRow[LineField | ChoiceField | TextField]] = {}
        for name, (label, hint) in _LINES.items():
            line = LineField(shown[name], placeholder=hint, id=f"set-{name}", select_on_focus=False)
            self._rows[name] = FieldRow(name, label, line)
        for name, (label, choices, _) in _CHOICES.items():
            choice = ChoiceField(choices, shown[name], id=f"set-{name}", enter=False)
            self._rows[name] = FieldRow(name, label, choice)
        reply = TextField(
            shown["reply"],
            id="set-reply",
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            placeholder="nothing; or a text such as: Thanks {From}, we got it.  Or <Response>…</Response>",
        )
        self._rows["reply"] = FieldRow("reply", "Saved reply", reply)

    def parts(self) -> ComposeResult:
        for name in _ORDER:
            if name in _PARTS:
                yield Static(_PARTS[name], classes="part", markup=False)
            yield self._rows[name]

    def keys(self) -> Content:
        return key_line(("^s F9", "Save"), ("↑↓", "field"), ("←→", "choose"), ("esc", "Back"))

    def on_mount(self) -> None:
        self._explain()
        self._rows[self._focus].field.focus()
        if self._problem is not None:
            self._point_out(self._problem)

    def _explain(self) -> None:
        """Clear what was refused, and say what is chosen; what lets more in is a warning."""
        for name, row in self._rows.items():
            words = _CHOICES[name][2].get(self._text(name), "") if name in _CHOICES else ""
            row.say(words, "muted" if name == "forward_signature" else "warn")

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(ChoiceField.Changed)
    def _typed(self) -> None:
        # Fields that are filled tell of a change as well; what was wrong from the start outlives that.
        if self._texts() != self._refused:
            self._refused = None
            self._explain()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.app.action_focus_next()

    def action_save(self) -> None:
        try:
            self.dismiss(self._read().checked())
        except WebhookError as problem:
            self._point_out(problem)

    def action_refuse(self) -> None:
        if self._texts() == self._in_use:
            self.dismiss(None)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.dismiss(None)

        self.app.push_screen(ask_to_leave(), answered)

    def _text(self, name: str) -> str:
        field = self._rows[name].field
        return field.text if isinstance(field, TextField) else field.value.strip()

    def _texts(self) -> dict[str, str]:
        return {name: self._text(name) for name in self._rows}

    def _read(self) -> ReceiverSettings:
        text = self._texts()
        port = text["port"] or "0"
        if not (port.isascii() and port.isdigit() and len(port) < 8):
            raise InvalidSetting("port", f"“{port}” is not a port.", "Give a number up to 65535, or nothing.")
        return replace(
            self._present,
            host=text["host"] or "127.0.0.1",
            port=int(port),
            expose=text["expose"] == "yes",
            inbound_path=text["inbound_path"] or "/sms",
            status_path=text["status_path"] or "/status",
            public_url=text["public_url"],
            allow_unsigned=text["allow_unsigned"] == "yes",
            reply=text["reply"],
            forward_to=text["forward_to"],
            forwards=self._present.forwards or text["forward_to"] != self._present.forward_to,
            forward_signature=text["forward_signature"],
        )

    def _point_out(self, problem: WebhookError) -> None:
        self._refused = self._texts()
        # What concerns no single field stands nearest to the key that saves.
        row = self._rows.get(problem.field, self._rows["reply"])
        row.say(safe_text(str(problem), limit=300), "bad")
        row.field.focus()


def _texts_of(settings: ReceiverSettings) -> dict[str, str]:
    """What stands in the fields for these settings."""
    choices = {name: getattr(settings, name) for name in _CHOICES}
    return {
        **{name: str(getattr(settings, name) or "") for name in _LINES},
        **{name: each if isinstance(each, str) else "yes" if each else "no" for name, each in choices.items()},
        "reply": settings.reply,
    }


def event_filter_form(present: EventFilter) -> FilterForm[EventFilter]:
    """The dialog that filters the list of events."""
    kind = KINDS[present.kind] if present.kind else ""
    verdict = present.verdict.value if present.verdict else ""
    fields = (
        FilterField("text", "Text", "words in the text, a number, a SID, a status, a reason", present.text),
        FilterField("kind", "Kind", "message, status or other", kind),
        FilterField("verdict", "Verdict", "verified, rejected or ?", verdict),
    )
    return FilterForm("Filter events", fields, read_filter, "In the events loaded.")
