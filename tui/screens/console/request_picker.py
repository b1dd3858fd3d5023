"""A dialog that lists saved requests, the history, examples and Twilio's operations, found by typing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.raw_request.history import PastRequest
from tui.safe_text import glimpse
from tui.screens.console.request_choices import Kind, RequestChoice
from tui.screens.console.request_words import differences, short_path
from tui.screens.console.sections import show_known
from tui.textual_fixes.input_fields import LineField
from tui.theme import Tone
from tui.time_format import duration
from tui.twilio.operations import VERSION_PATH, Operation, operations
from tui.widgets.dialogs import Dialog, key_line
from tui.widgets.row_list import Piece, RowList

WIDE = 90
"""Cells of a row that has room for how long a request took."""

LACKING = "◌"
"""The mark of an operation that the sandbox, which is in use, has not."""

_MARKS: dict[Kind, tuple[str, Tone]] = {
    "aside": ("↩ ", "warn"),
    "saved": ("★ ", "accent"),
    "past": ("  ", "muted"),
    "example": ("◇ ", "muted"),
    "operation": ("○ ", "muted"),
}


class RequestList(RowList):
    """The requests that match what was typed."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[RequestChoice] = []
        self._several = False
        self._when = 0

    @property
    def chosen(self) -> RequestChoice | None:
        """The row that the cursor is on."""
        return self.entries[self.cursor] if self.entries else None

    def show(self, entries: list[RequestChoice]) -> None:
        """Show these requests."""
        self.entries = entries
        self._several = len({entry.past.connection for entry in entries if entry.past is not None}) > 1
        self._when = 1 + max((len(entry.name) for entry in entries if entry.past is not None), default=0)
        self.set_row_count(len(entries), cursor=0)
        self.refresh()

    def draw_row(self, index: int, width: int) -> list[Piece]:
        entry = self.entries[index]
        request = entry.request
        if entry.operation is not None:
            return _draw_operation(entry, entry.operation)
        # Mark, name or time, result, seconds, connection where there are several, method, path, values.
        return [
            _MARKS[entry.kind],
            *_draw_name(entry, self._when),
            *(_draw_past(entry.past, entry, width, self._several) if entry.past is not None else ()),
            (_cell(request.method, 7), "accent"),
            (glimpse(short_path(request.path), 200), "plain"),
            (f"  {glimpse(entry.values, 200)}" if entry.values else "", "plain" if entry.past is not None else "muted"),
        ]


def _draw_name(entry: RequestChoice, when: int) -> list[Piece]:
    """When a request of the history was sent, in so many cells, or a name with its folder before it."""
    if entry.past is not None:
        return [(_cell(entry.name, when), "muted")]
    folder = glimpse(entry.folder, 15)
    name = glimpse(entry.name.removeprefix(entry.folder), max(8, 23 - len(folder)))
    return [(folder, "muted"), (f"{name:<{23 - len(folder)}} ", "plain" if entry.kind == "saved" else "muted")]


def _draw_past(past: PastRequest, entry: RequestChoice, width: int, several: bool) -> list[Piece]:
    """What a request came to, how long it took, and whose it was where there are several connections."""
    pieces: list[Piece] = [(_cell(entry.result, 5), entry.tone)]
    if width >= WIDE:
        pieces.append((f"{duration(past.elapsed):>8} " if past.elapsed else " " * 9, "muted"))
    if several:
        pieces.append((_cell(past.connection, 12 if width >= WIDE else 9), "muted"))
    return pieces


def _draw_operation(entry: RequestChoice, operation: Operation) -> list[Piece]:
    path = operation.path.removeprefix(VERSION_PATH).replace("/Accounts/{AccountSid}", "…", 1)
    required = [each.name for each in (*operation.query, *operation.body) if each.required]
    return [
        (f"{LACKING} ", "warn") if entry.lacking else _MARKS["operation"],
        (_cell(operation.method, 7), "accent"),
        (_cell(operation.product, 12), "muted"),
        (path, "plain"),
        (f"  {' · '.join(required)}" if required else "", "muted"),
    ]


def _cell(text: str, width: int) -> str:
    return f"{glimpse(text, width - 1):<{width}}"


def describe(entry: RequestChoice, width: int) -> Content:
    """A few lines about a request: where it goes, and what it takes, holds, or came to."""
    where = f"{entry.request.method} {entry.request.path.strip()}"
    if entry.operation is not None:
        takes = entry.operation.body or entry.operation.query
        return Content.assemble(glimpse(where, 300), "\n", show_known(takes, "", width))
    past, words = entry.past, [differences(entry.request, None)]
    if past is not None:
        came_to = past.words or ("no answer" if past.status is None else str(past.status))
        words = [came_to, duration(past.elapsed) if past.elapsed else "", past.connection, *words]
    second = glimpse(" · ".join(word for word in words if word), 300)
    return Content.assemble(glimpse(where, 300), "\n", (second, "$quiet"))


def _can_rename(entry: RequestChoice) -> bool:
    return entry.kind == "saved"


def _can_forget(entry: RequestChoice) -> bool:
    return entry.kind == "saved" or entry.past is not None


class ChooseRequest(Dialog[RequestChoice]):
    """A search line and the list; answers with the chosen row.

    Args:
        known: the requests that are listed before anything is typed.
        find: of these, and of all operations, those that a text finds.
        forget: called with the row of a saved request, or of one in the history, that is to be forgotten.
        rename: called with the row of a saved request that is to have another name.
        typed: what is looked for at first.
    """

    DEFAULT_CSS = """
    ChooseRequest > Vertical { width: 124; }
    ChooseRequest RequestList { height: 12; margin: 1 0 0 0; }
    ChooseRequest #about { height: 3; margin: 1 0 0 0; }
    ChooseRequest .keys { margin: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8", "forget", "Forget", show=False),
        Binding("f2", "rename", "Rename", show=False),
    ]

    def __init__(
        self,
        known: list[RequestChoice],
        find: Callable[[Sequence[RequestChoice], str], list[RequestChoice]],
        forget: Callable[[RequestChoice], None],
        rename: Callable[[RequestChoice], None],
        typed: str = "",
    ) -> None:
        super().__init__("Open a request")
        self._known = known
        self._find = find
        self._forget = forget
        self._rename = rename
        self._typed = typed

    def parts(self) -> ComposeResult:
        hint = "find a path, a name, a status, or what Twilio offers: lookup"
        yield LineField(self._typed, placeholder=hint, select_on_focus=False)
        yield RequestList()
        yield Static(id="about", markup=False)

    def on_mount(self) -> None:
        self._narrow()

    def keys(self) -> Content:
        """The keys that do something with the row under the cursor."""
        entry = next((rows.chosen for rows in self.query(RequestList)), None)
        pairs = [("⏎", "Open"), ("↑↓", "Move"), ("esc", "Back")]
        if entry is not None and _can_rename(entry):
            pairs.insert(-1, ("F2", "Rename"))
        if entry is not None and _can_forget(entry):
            pairs.insert(-1, ("F8", "Forget"))
        return key_line(*pairs)

    def put(self, entry: RequestChoice, instead: RequestChoice | None) -> None:
        """Show another row in the place of one, or none."""
        rows = self.query_one(RequestList)
        self._known = [
            each
            for old in self._known
            if (each := instead if (old.kind, old.name, old.past) == (entry.kind, entry.name, entry.past) else old)
        ]
        at = rows.cursor
        self._narrow()
        rows.cursor = min(at, max(0, len(rows.entries) - 1))

    @on(Input.Changed)
    def _narrow(self) -> None:
        found = self._find(self._known, self.query_one(Input).value)
        self.query_one(RequestList).show(found)
        offered = [entry for entry in found if entry.operation is not None]
        words = f"○ {len(offered)} of Twilio's {len(operations()):,} operations" if offered else ""
        if any(entry.lacking for entry in offered):
            words += f" · {LACKING} not in the sandbox"
        self.query_one(Vertical).border_subtitle = Content(words)
        self._describe()

    @on(RowList.Moved)
    def _describe(self) -> None:
        about, entry = self.query_one("#about", Static), self.query_one(RequestList).chosen
        about.update(describe(entry, about.size.width) if entry is not None else "")
        if entry is not None:
            keys = self.keys()
        else:
            elsewhere = ", and the path takes a URL as it is" if "://" in self.query_one(Input).value else ""
            keys = Content(f"Nothing like that. esc goes back{elsewhere}.")
        self.query_one(".keys", Static).update(keys)

    def on_resize(self) -> None:
        self._describe()

    def on_key(self, event: events.Key) -> None:
        self.query_one(RequestList).move_by(event)

    @on(Input.Submitted)
    @on(RowList.Opened)
    def _opened(self) -> None:
        if (entry := self.query_one(RequestList).chosen) is not None:
            self.dismiss(entry)

    def action_forget(self) -> None:
        entry = self.query_one(RequestList).chosen
        if entry is not None and _can_forget(entry):
            self._forget(entry)

    def action_rename(self) -> None:
        entry = self.query_one(RequestList).chosen
        if entry is not None and _can_rename(entry):
            self._rename(entry)
