"""What was sent from here, a line each: where it stands, when, to whom, its SID or code, how the text begins.

Columns give way as the terminal narrows: the SID or code (below 64 cells), the date beside the time (below 56),
the word of the state (below 44). Knows entries of the journal, not how they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache

from textual.content import Content

from tui.safe_text import glimpse, safe_text
from tui.storage.journal import JournalEntry, JournalState
from tui.theme import TONES, StatusLook
from tui.theme import look_of as status_look
from tui.time_format import full, short
from tui.widgets.row_list import Piece, RowList, fit

LONGEST_PREVIEW = 400
"""Characters of a text that a row looks at; no terminal is wider."""

_LOOKS = {
    JournalState.UNKNOWN: StatusLook("?", "unknown", "warn"),
    JournalState.SENDING: StatusLook("…", "sending", "busy"),
    JournalState.ACCEPTED: StatusLook("›", "accepted", "plain"),
    JournalState.REJECTED: StatusLook("✗", "rejected", "bad"),
    JournalState.NOT_SENT: StatusLook("✗", "not sent", "bad"),
}
_MARKED = StatusLook("✓", "marked", "good")
_DAMAGED = StatusLook("?", "unreadable", "warn")

_MEANINGS = {
    JournalState.UNKNOWN: "It may have been sent, or not. Enter shows what can be done.",
    JournalState.SENDING: "It is being sent: Twilio has not answered yet.",
    JournalState.ACCEPTED: "Twilio took it. Its status now is in Messages; enter leads there.",
    JournalState.REJECTED: "Twilio refused it: nothing was sent.",
    JournalState.NOT_SENT: "Nothing was sent, for certain.",
}


def look_of(entry: JournalEntry, status: str = "") -> StatusLook:
    """How an entry's state is shown; one settled by the person's word is not called accepted.

    `status` is the newest that is known of its message: that Twilio took it says little once there is more.
    """
    if "state" in entry.damaged:
        return _DAMAGED
    if entry.state is JournalState.ACCEPTED and status:
        return status_look(safe_text(status, limit=24))
    return _MARKED if entry.state is JournalState.ACCEPTED and entry.sid is None else _LOOKS[entry.state]


def words_of(entry: JournalEntry, status: str = "") -> str:
    """What an entry's state means, as a sentence or two."""
    if entry.state is JournalState.ACCEPTED and status and not entry.damaged:
        return f"Twilio took it; {safe_text(status, limit=24)} is the newest that is known. Enter leads to it."
    if entry.damaged:
        which = ", ".join(entry.damaged)
        return f"Damaged in the send journal; not readable: {which}. {_MEANINGS[entry.state]}"
    if look_of(entry) is _MARKED:
        return "Sent, by your own word; which message it was is not known here."
    return _MEANINGS[entry.state]


@lru_cache(maxsize=32)
def widths(width: int) -> tuple[int, int, int, int]:
    """Cells of state, time, recipient and SID or code in a list of this width; 0 hides a column."""
    return (13 if width >= 44 else 2, 12 if width >= 56 else 6, 16 if width >= 64 else 13, 11 if width >= 64 else 0)


def titles(width: int) -> str:
    """The line above the rows."""
    state, time, to, result = widths(width)
    words = (fit("State" if state > 2 else "", state), f"{'Time':>{time}}", fit("To", to))
    return " " + "  ".join([*words, *([fit("SID, code", result)] if result else []), "Text"])


def row(entry: JournalEntry, width: int, now: datetime, status: str = "") -> list[Piece]:
    """One entry as a row."""
    state, time, to, result = widths(width)
    look = look_of(entry, status)
    moment = "?" if "time" in entry.damaged else short(entry.started_at, now)[:time]
    pieces: list[Piece] = [
        (f" {fit(look.mark if state == 2 else str(look), state)}  ", look.tone),
        (f"{moment:>{time}}  ", "muted"),
        (f"{fit(safe_text(entry.to, limit=40), to)}  ", "plain"),
    ]
    if result:
        pieces.append((f"{fit(_result(entry), result)}  ", "muted" if entry.code is None else "bad"))
    if entry.by_hand:
        pieces.append(("by hand ", "accent"))
    if entry.damaged:
        pieces.append(("unreadable: " + ", ".join(entry.damaged) + "  ", "warn"))
    preview = glimpse(entry.body, LONGEST_PREVIEW)
    media = f"({len(entry.media)} media)" if entry.media else ""
    pieces.append((preview or media or "(no text)", "plain" if preview else "muted"))
    return pieces


def describe(entry: JournalEntry, now: datetime, status: str = "") -> Content:
    """An entry in a few lines: what its state means, who sent it when, and its text."""
    look = look_of(entry, status)
    facts = [
        "" if "time" in entry.damaged else full(entry.started_at, now),
        f"from {safe_text(entry.sender, limit=40)}" if entry.sender else "",
        f"connection {safe_text(entry.connection, limit=30)}",
        "by hand, in the console" if entry.by_hand else "",
        safe_text(entry.sid, limit=40) if entry.sid else "",
        f"error {entry.code}" if entry.code is not None else "",
    ]
    return Content("\n").join(
        [
            Content.styled(f"{look.mark} {words_of(entry, status)}", TONES[look.tone]),
            Content.styled(" · ".join(part for part in facts if part), "$quiet"),
            Content(glimpse(entry.body, LONGEST_PREVIEW)),
        ]
    )


def _result(entry: JournalEntry) -> str:
    if entry.code is not None:
        return f"error {entry.code}"
    sid = safe_text(entry.sid or "", limit=40)
    return sid if len(sid) < 12 else f"{sid[:6]}…{sid[-4:]}"


class SendList(RowList):
    """The rows."""

    def __init__(self, *, now: Callable[[], datetime], status: Callable[[JournalEntry], str]) -> None:
        """`status` is the newest known status of an entry's message, empty when there is none."""
        super().__init__(id="sends")
        self._now, self._status = now, status
        self.entries: Sequence[JournalEntry] = ()

    @property
    def current(self) -> JournalEntry | None:
        """The entry under the cursor."""
        return self.entries[self.cursor] if self.cursor < len(self.entries) else None

    def show(self, entries: Sequence[JournalEntry], *, at: int | None = None) -> None:
        """Show these; the cursor stays on its entry, or goes to the one of this number."""
        wanted = at if at is not None else self.current.id if self.current else None
        self.entries = entries
        place = next((n for n, entry in enumerate(entries) if entry.id == wanted), None)
        self.set_row_count(len(entries), cursor=place)

    def draw_row(self, index: int, width: int) -> list[Piece]:
        """See `row`."""
        if index >= len(self.entries):
            return []
        entry = self.entries[index]
        return row(entry, width, self._now(), self._status(entry))
