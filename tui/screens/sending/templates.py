"""The dialog that lists an account's content templates: found by typing, shown as they are, chosen by their SID."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from tui.safe_text import glimpse, safe_text
from tui.screens.sending.template_words import approval_look, say_template, show_rendered
from tui.textual_fixes.input_fields import LineField
from tui.theme import TONES
from tui.twilio.content import KINDS, MOST_LISTED, WHATSAPP, ContentTemplate, render
from tui.twilio.errors import RequestFailed
from tui.widgets.dialogs import Dialog, key_line
from tui.widgets.row_list import Piece, RowList, fit

WIDE = 110
"""Cells of a terminal in which the preview has room beside the list."""


def kind_words(template: ContentTemplate) -> str:
    """`quick reply`; a type that is not known as Twilio calls it."""
    return KINDS.get(template.kind) or glimpse(template.kind, 20) or "empty"


def find_templates(templates: Sequence[ContentTemplate], typed: str) -> list[ContentTemplate]:
    """Those in which every word that was typed stands: in name, language, type, approval, text or SID."""
    words = typed.casefold().split()

    def holds(template: ContentTemplate) -> bool:
        look = approval_look(template)
        texts = (template.name, template.language, kind_words(template), look.word, template.sid)
        whole = " ".join((*texts, *(form.body for form in template.forms))).casefold()
        return all(word in whole for word in words)

    return [template for template in templates if holds(template)]


def describe_template(template: ContentTemplate, *, sms: bool) -> Content:
    """A template in full: its name and approval, the text with its buttons, the samples."""
    about = [Content.styled(say_template(template), "bold")]
    approval = template.approvals.get(WHATSAPP)
    if approval is not None and approval.reason:
        about.append(Content.styled(safe_text(approval.reason, limit=300), TONES["bad"]))
    rendered = render(template, {}, sms=sms)
    about += [show_rendered(rendered)]
    if rendered.kind != template.kind:
        about.append(Content.styled(f"By SMS as {KINDS.get(rendered.kind, 'it is')}.", "$quiet"))
    samples = [
        f"{glimpse(name, 20)}: {glimpse(sample, 40) or '(no sample)'}" for name, sample in template.variables.items()
    ]
    about.append(Content.styled("Variables  " + " · ".join(samples) if samples else "No variables", "$quiet"))
    return Content("\n").join(about)


class TemplateList(RowList):
    """The templates that match what was typed."""

    CLICKS_TO_OPEN = 1

    def __init__(self) -> None:
        super().__init__()
        self.templates: list[ContentTemplate] = []

    @property
    def chosen(self) -> ContentTemplate | None:
        """The row that the cursor is on."""
        return self.templates[self.cursor] if self.templates else None

    def show(self, templates: list[ContentTemplate], at: str) -> None:
        """Show these, with the cursor on the one of that SID."""
        self.templates = templates
        place = next((n for n, each in enumerate(templates) if each.sid == at), 0)
        self.set_row_count(len(templates), cursor=place)
        self.refresh()

    def draw_row(self, index: int, width: int) -> list[Piece]:
        template = self.templates[index]
        look = approval_look(template)
        name = max(12, width - 2 - 7 - 15 - 16)
        return [
            (f" {look.mark} ", look.tone),
            (f"{fit(glimpse(template.name, 80) or '(no name)', name)} ", "plain"),
            (f"{fit(glimpse(template.language, 8), 6)} ", "muted"),
            (f"{fit(kind_words(template), 14)} ", "muted"),
            (look.word, look.tone),
        ]


class ChooseTemplate(Dialog[str]):
    """A search line, the list, and the template under the cursor as it is; answers with its SID.

    Args:
        ask: begins to list them, anew where they were listed already; `show` or `fail` tells what came.
        at: the SID that is in the draft.
        sms: whether the draft goes by SMS, which takes the simpler forms of a template.
    """

    DEFAULT_CSS = """
    ChooseTemplate {
        & > Vertical { width: 124; }
        & #choice { layout: vertical; height: auto; margin: 1 0 0 0; }
        & TemplateList { height: 8; max-height: 8; }
        & #template { height: 7; margin: 1 0 0 0; background: $panel; padding: 0 1; }
        & #template > Static { height: auto; }
        & .keys { margin: 0; }
        &.-wide #choice { layout: horizontal; height: 20; }
        &.-wide TemplateList { width: 3fr; height: 20; max-height: 20; }
        &.-wide #template { width: 2fr; height: 20; margin: 0 0 0 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+r", "ask", "Ask again", show=False)]

    def __init__(self, ask: Callable[[bool], None], *, at: str = "", sms: bool = True) -> None:
        super().__init__("Content templates")
        self._ask, self._at, self._sms = ask, at, sms
        self._known: tuple[ContentTemplate, ...] | None = None
        self._typed = ""

    def parts(self) -> ComposeResult:
        yield LineField(placeholder="find a name, a language, a type, words of the text", select_on_focus=False)
        with Container(id="choice"):
            yield TemplateList()
            with VerticalScroll(id="template", can_focus=False):
                yield Static("", markup=False)

    def on_mount(self) -> None:
        self._ask_twilio(again=False)

    def keys(self) -> Content:
        return key_line(("⏎", "Choose"), ("↑↓", "Move"), ("^r", "Ask Twilio again"), ("esc", "Back"))

    def show(self, templates: Mapping[str, ContentTemplate]) -> None:
        """Show what was listed."""
        if self.is_mounted:
            self._known = tuple(templates.values())
            self._narrow()

    def fail(self, problem: RequestFailed) -> None:
        """Say why nothing was listed; what was listed before stays."""
        if not self.is_mounted:
            return
        reason = safe_text(f"{problem.reason} {problem.remedy}".strip(), limit=300)
        words = f"The templates could not be listed. {reason}\n^r asks again. A template's SID can be typed as it is."
        if self._known:
            self.query_one(Vertical).border_subtitle = Content.styled("could not be listed again", TONES["warn"])
            self.notify(words, severity="warning", timeout=10, markup=False)
        else:
            self._tell(Content.styled(words, TONES["bad"]))

    def _ask_twilio(self, *, again: bool) -> None:
        if not self._known:
            self._tell(Content.styled("Asking Twilio for the account's templates …", "$quiet"))
        self.query_one(Vertical).border_subtitle = Content("asking …" if again else "")
        self._ask(again)

    def _tell(self, words: Content) -> None:
        self.query_one("#template > Static", Static).update(words)

    @on(Input.Changed)
    def _narrow(self) -> None:
        if self._known is None:
            return
        rows = self.query_one(TemplateList)
        typed = self.query_one(Input).value
        found = find_templates(self._known, typed)
        # Of what was typed the first is meant; asked for again, the one that the cursor was on.
        same = typed == self._typed and rows.chosen is not None
        rows.show(found, rows.chosen.sid if same and rows.chosen else "" if typed.strip() else self._at)
        self._typed = typed
        known = f"{len(self._known):,} template{'' if len(self._known) == 1 else 's'}"
        count = f"{len(found):,} of {known}" if len(found) < len(self._known) else known
        most = " · not all: type the SID of others" if len(self._known) >= MOST_LISTED else ""
        self.query_one(Vertical).border_subtitle = Content(count + most if self._known else "")
        self._describe()

    @on(RowList.Moved)
    def _describe(self) -> None:
        template = self.query_one(TemplateList).chosen
        if template is not None:
            self._tell(describe_template(template, sms=self._sms))
        elif self._known:
            self._tell(Content.styled("None of them holds these words.", "$quiet"))
        elif self._known is not None:
            where = "They are made in Twilio's Console, under Content Template Builder, and by POST v1/Content."
            self._tell(Content.styled(f"This account has no content templates.\n{where}", "$quiet"))
        self.query_one("#template").scroll_home(animate=False)

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= WIDE, "-wide")

    def on_key(self, event: events.Key) -> None:
        self.query_one(TemplateList).move_by(event)

    @on(Input.Submitted)
    @on(RowList.Opened)
    def _chosen(self) -> None:
        if (template := self.query_one(TemplateList).chosen) is not None:
            self.dismiss(template.sid)

    def action_ask(self) -> None:
        """List them anew."""
        self._ask_twilio(again=True)
