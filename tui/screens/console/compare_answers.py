"""Two answers compared: which requests they answer, and what differs in status, body and headers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.raw_request.model import RawResponse
from tui.safe_text import safe_text
from tui.screens.console.answer_words import headline
from tui.textual_fixes.patched_screen import PatchedScreen
from tui.theme import TONES
from tui.widgets.copying import PlainText, copy_text
from tui.widgets.dialogs import Ask, key_line
from tui.widgets.response_view.body_view import BodyView
from tui.widgets.response_view.comparison import ChangedValue, compare_bodies, compare_headers
from tui.widgets.response_view.comparison_view import ComparisonView, as_copied, show_json, show_line
from tui.widgets.row_list import RowList
from tui.widgets.text_pane import Preview

_QUIET = ("date", "age", "expires", "etag", "last-modified", "set-cookie", "cf-ray", "via")
_QUIET_ENDINGS = ("request-id", "trace-id", "amz-cf-id", "cf-pop", "request-duration", "x-cache", "content-length")
_MOST_SHOWN = 4000


class CompareAnswers(PatchedScreen, ModalScreen[None]):
    """What differs between two answers, one difference a row, the one under the cursor in full below.

    Args:
        one, other: the answers; what is only in `other` counts as added.
        words: what to say before each of the two requests, such as when they were made.
    """

    DEFAULT_CSS = """
    CompareAnswers {
        background: $background;
        & #compared { height: auto; max-height: 4; padding: 0 1; }
        & ComparisonView { height: 1fr; margin: 0 1; }
        & #compared-note { height: auto; max-height: 2; padding: 0 1; }
        & #difference { height: 6; padding: 0 1; border-top: solid $panel; }
        & .keys { height: 1; color: $quiet; padding: 0 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Back", show=False),
        Binding("c", "copy", "Copy", show=False),
        Binding("f1", "app.help", "Help", show=False),
    ]

    def __init__(self, one: RawResponse, other: RawResponse, words: tuple[str, str] = ("", "")) -> None:
        super().__init__()
        self._one, self._other = one, other
        self._words = words

    def holds(self, responses: Collection[int]) -> bool:
        """Whether one of the two is among these ids of responses."""
        return id(self._one) in responses or id(self._other) in responses

    def compose(self) -> ComposeResult:
        yield Static(id="compared", markup=False)
        yield ComparisonView(id="differences")
        yield Static(id="compared-note", markup=False)
        yield Preview(id="difference")
        keys = (("↑ ↓", "Move"), ("n", "Next"), ("/", "Search"), ("⏎", "Whole"), ("c", "Copy"), ("esc", "Back"))
        yield Static(key_line(*keys), classes="keys", markup=False)

    def on_mount(self) -> None:
        self.query_one(ComparisonView).focus()
        self.query_one(ComparisonView).compare(lambda checkpoint: differences(self._one, self._other, checkpoint))

    def on_resize(self) -> None:
        """Say which two are compared, in as much detail as there is room."""
        lines: list[Content] = []
        for mark, words, response in zip("-+", self._words, (self._one, self._other), strict=True):
            before = f"{mark} {safe_text(words, limit=40)} ".replace("  ", " ")
            line, tone = headline(response, self.size.width - 2 - len(before))
            lines.append(Content.assemble((before, "$quiet"), (line, TONES[tone])))
        self.query_one("#compared", Static).update(Content("\n").join(lines))

    @on(BodyView.Changed)
    def _say_note(self, event: BodyView.Changed) -> None:
        event.stop()
        view = event.view
        search = f"“{safe_text(view.sought, limit=30)}” {view.search_status}" if view.sought else ""
        words = " · ".join(word for word in (view.note, search) if word)
        self.query_one("#compared-note", Static).update(Content.styled(words, "$quiet"))

    @on(ComparisonView.Compared)
    @on(RowList.Moved)
    def _show_whole(self) -> None:
        change = self.query_one(ComparisonView).change
        shown: list[Content] = []
        if change is not None:
            show = show_line if isinstance(change.place, str) else show_json
            shown.append(Content.styled(safe_text(change.where(), limit=400), TONES["accent"]))
            for mark, tone, value in (("- ", TONES["bad"], change.old), ("+ ", TONES["good"], change.new)):
                if value is not None:
                    shown.append(Content.assemble((mark, tone), show(value, _MOST_SHOWN)))
        self.query_one("#difference", Preview).show(Content("\n").join(shown))

    @on(RowList.Opened)
    def _show_plainly(self) -> None:
        change = self.query_one(ComparisonView).change
        if change is not None:
            self.app.push_screen(PlainText(as_copied(change)))

    @on(BodyView.SearchWanted)
    def _search(self, event: BodyView.SearchWanted) -> None:
        event.stop()
        view = event.view

        def entered(text: str | None) -> None:
            if text is not None:
                view.search(text)

        self.app.push_screen(Ask("Search the differences", value=view.sought, action="Search"), entered)

    def action_copy(self) -> None:
        change = self.query_one(ComparisonView).change
        if change is not None:
            copy_text(self, as_copied(change), "the difference", "mark it here, with shift and the mouse")


def differences(one: RawResponse, other: RawResponse, checkpoint: Callable[[], None]) -> list[ChangedValue | str]:
    """The rows of a comparison, headings among them. Looks through both bodies: call it in a thread."""
    one, other = one.shown(), other.shown()
    body = compare_bodies(one.content, other.content, (one.charset, other.charset), checkpoint)
    headers = sorted(compare_headers(one.headers, other.headers, _is_quiet), key=lambda header: header.quiet)
    rows: list[ChangedValue | str] = []
    statuses = [f"{each.status} {each.reason}".rstrip() for each in (one, other)]
    if statuses[0] != statuses[1]:
        rows.append(ChangedValue("status", statuses[0], statuses[1]))
    cut = "Only the beginnings that are kept were compared." if one.cut or other.cut else ""
    rows.append(" ".join(word for word in (_counted("Body", len(body.changes)), body.note, cut) if word))
    rows.extend(body.changes)
    rows.append(_counted("Headers", len(headers)))
    rows.extend(headers)
    return rows


def _counted(what: str, count: int) -> str:
    return f"{what}: {f'{count:,} difference' + ('' if count == 1 else 's') if count else 'the same'}."


def _is_quiet(name: str) -> bool:
    """Whether a header differs between any two answers."""
    return name in _QUIET or name.endswith(_QUIET_ENDINGS)
