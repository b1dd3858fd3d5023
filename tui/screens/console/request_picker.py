"""A dialog that lists saved requests, replaced forms, the history and examples, and is searched by typing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from tui import time_format as moments
from tui.raw_request.form_text import MESSAGES_PATH, NEWEST_MESSAGES, RequestText
from tui.raw_request.history import PastRequest
from tui.safe_text import glimpse
from tui.textual_fixes.input_fields import LineField
from tui.theme import Tone
from tui.widgets.dialogs import Dialog, key_line
from tui.widgets.row_list import Piece, RowList

WIDE = 90
"""Cells of a row that has room for how long a request took."""

STOPPED = "stopped"
"""The words of a request in the history that was stopped."""

Kind = Literal["saved", "aside", "past", "example"]


@dataclass(frozen=True, slots=True)
class RequestChoice:
    """One row of the list.

    Attributes:
        name: of a saved request or an example; of one in the history, when it was sent.
        result: the status of one in the history, `—` for no response, `■` for one that was stopped.
        past: the entry of the history, with the response where that was kept.
    """

    kind: Kind
    request: RequestText
    name: str = ""
    result: str = ""
    tone: Tone = "muted"
    past: PastRequest | None = None

    @property
    def searched(self) -> str:
        """The text that is searched, in small letters."""
        request = self.request
        parts = [self.kind, self.name, self.result, request.method, request.path, request.query, request.body]
        if self.past is not None:
            parts += [self.past.connection, self.past.words or ("no answer" if self.past.status is None else "")]
        return "\n".join(parts).casefold()


def entries(
    saved: dict[str, RequestText],
    aside: Sequence[RequestText],
    past: Iterable[PastRequest],
    now: datetime,
    *,
    sandbox: bool = False,
) -> list[RequestChoice]:
    """Every request there is to choose, the likeliest first."""
    return [
        *(RequestChoice("aside", request, "put aside") for request in aside),
        *(RequestChoice("saved", request, name) for name, request in saved.items()),
        *(_entry_of(each, now) for each in past),
        *(RequestChoice("example", request, name) for name, request in examples(now, sandbox=sandbox).items()),
    ]


_ACCOUNT = "/Accounts/$TWILIO_ACCOUNT_SID"
_NUMBERS_OF_THE_SANDBOX = "To=+14155550123\nFrom=+14155550100\n"
"""The sandbox has these from its start."""


def examples(now: datetime, *, sandbox: bool) -> dict[str, RequestText]:
    """Name → request. Each works as it is, but for the two that send: outside the sandbox a person says to whom."""
    whom = _NUMBERS_OF_THE_SANDBOX if sandbox else "To=\nFrom=\n"
    a_week_ago = (now - timedelta(days=7)).date().isoformat()
    found = {
        "the newest messages": NEWEST_MESSAGES,
        "the newest one in full": RequestText(path=MESSAGES_PATH, query="PageSize=1"),
        "messages of this week": RequestText(path=MESSAGES_PATH, query=f"PageSize=50\nDateSent>={a_week_ago}"),
        "send a text": _post(f"{whom}Body=Hello there"),
        "send a picture": _post(f"{whom}Body=\nMediaUrl=https://demo.twilio.com/owl.png"),
        "the account's numbers": RequestText(path=f"{_ACCOUNT}/IncomingPhoneNumbers.json", query="PageSize=50"),
        "messaging services": RequestText(path="https://messaging.twilio.com/v1/Services", query="PageSize=50"),
        "the balance": RequestText(path=f"{_ACCOUNT}/Balance.json"),
        "what today cost": RequestText(path=f"{_ACCOUNT}/Usage/Records/Today.json", query="Category=sms"),
    }
    if not sandbox:
        found["look a number up"] = RequestText(
            path="https://lookups.twilio.com/v2/PhoneNumbers/+14155552671", query="# Fields=line_type_intelligence"
        )
    return found


def _post(body: str) -> RequestText:
    return RequestText(method="POST", path=MESSAGES_PATH, body_kind="form", body=body)


def _entry_of(past: PastRequest, now: datetime) -> RequestChoice:
    status = past.status
    if status is None:
        result, tone = "■" if past.words == STOPPED else "—", "warn"
    else:
        result, tone = str(status), "good" if status < 300 else "warn" if status < 400 else "bad"
    return RequestChoice("past", past.request, moments.short(past.at, now), result, tone, past)


def short_path(path: str) -> str:
    """A path with a `…` for what those of an account begin with."""
    return re.sub(r"^/Accounts/\$TWILIO_ACCOUNT_SID(?=[/.?])", "…", path.strip())


_MARKS: dict[Kind, tuple[str, Tone]] = {
    "aside": ("↩ ", "warn"),
    "saved": ("★ ", "accent"),
    "past": ("  ", "muted"),
    "example": ("◇ ", "muted"),
}


class RequestList(RowList):
    """The requests that match what was typed."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[RequestChoice] = []
        self._several = False

    def show(self, entries: list[RequestChoice]) -> None:
        """Show these requests."""
        self.entries = entries
        self._several = len({entry.past.connection for entry in entries if entry.past is not None}) > 1
        self.set_row_count(len(entries), cursor=0)
        self.refresh()

    def draw_row(self, index: int, width: int) -> list[Piece]:
        # Mark, name or time, result, seconds, connection where there are several, method, path.
        entry = self.entries[index]
        mark, tone = _MARKS[entry.kind]
        name = 12 if entry.kind == "past" else 24
        request = entry.request
        words = [short_path(request.path)]
        words += [" ".join(request.query.split("\n"))] if request.query else []
        return [
            (mark, tone),
            (_cell(entry.name, name), "plain" if entry.kind == "saved" else "muted"),
            *(self._past(entry.past, entry.result, entry.tone, width) if entry.past is not None else ()),
            (_cell(request.method, 7), "accent"),
            (glimpse("  ".join(words), 200), "plain"),
        ]

    def _past(self, past: PastRequest, result: str, tone: Tone, width: int) -> list[Piece]:
        pieces: list[Piece] = [(_cell(result, 5), tone)]
        if width >= WIDE:
            pieces.append((f"{past.elapsed:6.1f} s " if past.elapsed else " " * 9, "muted"))
        if self._several:
            pieces.append((_cell(past.connection, 12 if width >= WIDE else 9), "muted"))
        return pieces


def _cell(text: str, width: int) -> str:
    return f"{glimpse(text, width - 1):<{width}}"


class ChooseRequest(Dialog[RequestChoice]):
    """A search line and the list; answers with the chosen row. `forget` is called with the name of a saved request."""

    DEFAULT_CSS = """
    ChooseRequest > Vertical { width: 110; }
    ChooseRequest RequestList { height: 14; margin: 1 0 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8", "forget", "Forget", show=False),
    ]

    def __init__(self, found: list[RequestChoice], forget: Callable[[str], None]) -> None:
        super().__init__("Open a request")
        self._all = found
        self._forget = forget

    def parts(self) -> ComposeResult:
        yield LineField(placeholder="type to find: a path, a name, a status", select_on_focus=False)
        yield RequestList()

    def on_mount(self) -> None:
        self._narrow()

    def keys(self) -> Content:
        return key_line(("⏎", "Open"), ("↑↓", "Move"), ("F8", "Forget a saved ★ one"), ("esc", "Back"))

    def drop(self, name: str) -> None:
        """Remove a saved request from the list."""
        self._all = [entry for entry in self._all if entry.kind != "saved" or entry.name != name]
        self._narrow()

    @on(Input.Changed)
    def _narrow(self) -> None:
        words = self.query_one(Input).value.casefold().split()
        found = [entry for entry in self._all if all(word in entry.searched for word in words)]
        self.query_one(RequestList).show(found)
        keys = self.keys() if found else Content("Nothing like that. esc goes back.")
        self.query_one(".keys", Static).update(keys)

    def on_key(self, event: events.Key) -> None:
        # Arrows move in the list while the line has the focus.
        rows = self.query_one(RequestList)
        moves = {
            "up": rows.action_cursor_up,
            "down": rows.action_cursor_down,
            "pageup": rows.action_page_up,
            "pagedown": rows.action_page_down,
        }
        if event.key in moves and not rows.has_focus:
            event.stop()
            moves[event.key]()

    @on(Input.Submitted)
    @on(RowList.Opened)
    def _opened(self) -> None:
        rows = self.query_one(RequestList)
        if rows.entries:
            self.dismiss(rows.entries[rows.cursor])

    def action_forget(self) -> None:
        rows = self.query_one(RequestList)
        if rows.entries and rows.entries[rows.cursor].kind == "saved":
            self._forget(rows.entries[rows.cursor].name)
