"""The rows of the outbox: sends, and jobs as one line each, with what is said of one in a few lines.

Words are safe to show. Knows no journal, no session.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from textual.content import Content

from tui.safe_text import glimpse, safe_text
from tui.screens.jobs.job_words import Name, job_row, reason_lines, state_line, title_line
from tui.screens.sending.outcome_text import REMOVED, entry_look, entry_meaning
from tui.screens.sending.template_words import name_template
from tui.storage.journal_entry import JournalEntry, JournalState
from tui.theme import TONES
from tui.time_format import full, planned_time, short
from tui.widgets.error_words import short_error
from tui.widgets.row_list import Piece, RowList, fit

if TYPE_CHECKING:
    from tui.services.jobs import JobView

LONGEST_PREVIEW = 400
"""Characters of a text that a row looks at; no terminal is wider."""


@lru_cache(maxsize=32)
def column_widths(width: int) -> tuple[int, int, int, int]:
    """Cells of state, time, recipient and SID or code in a list of this width; 0 hides a column."""
    return (13 if width >= 44 else 2, 12 if width >= 56 else 6, 16 if width >= 64 else 13, 11 if width >= 64 else 0)


def column_titles(width: int) -> str:
    """The line above the rows."""
    state, time, to, result = column_widths(width)
    words = (fit("State" if state > 2 else "", state), f"{'Time':>{time}}", fit("To", to))
    return " " + "  ".join([*words, *([fit("SID, code", result)] if result else []), "Text"])


def entry_row(entry: JournalEntry, width: int, now: datetime, status: str = "", name: str = "") -> list[Piece]:
    """One entry as a row; `name` is the recipient's, safe to show: the number stands before it."""
    state, time, to, result = column_widths(width)
    look = entry_look(entry, status)
    moment = "?" if "time" in entry.damaged else short(entry.started_at, now)[:time]
    pieces: list[Piece] = [
        (f" {fit(look.mark if state == 2 else str(look), state)}  ", look.tone),
        (f"{moment:>{time}}  ", "muted"),
        (f"{fit(safe_text(entry.to, limit=40), to)}  ", "plain"),
    ]
    if result:
        pieces.append((f"{fit(_result(entry), result)}  ", "muted" if entry.code is None else "bad"))
    waits = entry.state is JournalState.ACCEPTED and status in ("", "scheduled")
    if waits and entry.send_at is not None and entry.send_at > now:
        pieces.append((f"for {short(entry.send_at, now)}  ", "busy"))
    if entry.by_hand:
        pieces.append(("by hand ", "accent"))
    if entry.damaged:
        pieces.append(("unreadable: " + ", ".join(entry.damaged) + "  ", "warn"))
    if name:
        pieces.append((f"{name} · ", "plain"))
    preview = glimpse(entry.text, LONGEST_PREVIEW)
    media = f"({len(entry.media)} media)" if entry.media else ""
    named = f"template {name_template(entry.template.name, entry.template.language)}" if entry.template else ""
    none = f"text {REMOVED}" if entry.withdrawn else named or "no text"
    pieces.append((preview or media or f"({none})", "plain" if preview else "muted"))
    return pieces


def entry_details(entry: JournalEntry, now: datetime, status: str = "", name: str = "") -> Content:
    """An entry in a few lines: what its state means, who sent it when, and its text; `name` is the recipient's."""
    look = entry_look(entry, status)
    facts = [
        "" if "time" in entry.damaged else full(entry.started_at, now),
        f"planned for {planned_time(entry.send_at, now)}" if entry.send_at else "",
        f"to {safe_text(entry.to, limit=40)} {name}" if name else "",
        f"from {safe_text(entry.sender, limit=40)}" if entry.sender else "",
        f"connection {safe_text(entry.connection, limit=30)}",
        "by hand, in the console" if entry.by_hand else "",
        f"template {name_template(entry.template.name, entry.template.language)}" if entry.template else "",
        safe_text(entry.sid, limit=40) if entry.sid else "",
        f"error {short_error(entry.code)}" if entry.code is not None else "",
    ]
    return Content("\n").join(
        [
            Content.styled(f"{look.mark} {entry_meaning(entry, status)}", TONES[look.tone]),
            Content.styled(" · ".join(part for part in facts if part), "$quiet"),
            Content(glimpse(entry.text, LONGEST_PREVIEW) or (f"Text {REMOVED}" if entry.withdrawn else "")),
        ]
    )


def _result(entry: JournalEntry) -> str:
    if entry.code is not None:
        return f"error {entry.code}"
    sid = safe_text(entry.sid or "", limit=40)
    return sid if len(sid) < 12 else f"{sid[:6]}…{sid[-4:]}"


def job_details(view: JobView, now: datetime, name: Name) -> Content:
    """A job in a few lines: what it is, how far, why it does not go on."""
    lines = (title_line(view.job, now), state_line(view, now, name), reason_lines(view, listed=True))
    return Content("\n").join(each for each in lines if each.plain)


def in_order(entries: Sequence[JournalEntry], views: Sequence[JobView]) -> list[JournalEntry | JobView]:
    """The lines: sends of which nobody knows what became first, then sends and jobs together, newest first.

    Args:
        entries: as `SendJournal.history` has them.
        views: the jobs, newest first.
    """
    lost = [each for each in entries if each.state is JournalState.UNKNOWN]
    rest: list[JournalEntry | JobView] = [each for each in entries if each.state is not JournalState.UNKNOWN]
    # What is sent keeps its order, also where a time cannot be read: jobs are put in between.
    for view in reversed(views):
        when = _when(view)
        rest.insert(next((n for n, each in enumerate(rest) if _when(each) <= when), len(rest)), view)
    return [*lost, *rest]


def _when(line: JournalEntry | JobView) -> datetime:
    if isinstance(line, JournalEntry):
        return line.started_at
    return line.job.started_at or line.job.created_at


def key_of_line(line: JournalEntry | JobView) -> tuple[str, int]:
    """What tells a line from every other."""
    return ("send", line.id) if isinstance(line, JournalEntry) else ("job", line.job.id)


class SendList(RowList):
    """The rows.

    Args:
        now: what time it is.
        status: the newest known status of an entry's message, empty when there is none.
        name_of: an address → what it is called, safe to show.
        name: the same with its number.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        status: Callable[[JournalEntry], str],
        name_of: Callable[[str], str],
        name: Name,
    ) -> None:
        super().__init__(id="sends")
        self._now, self._status, self._name_of, self._who = now, status, name_of, name
        self.lines: Sequence[JournalEntry | JobView] = ()

    @property
    def entries(self) -> Sequence[JournalEntry]:
        """The sends that are listed."""
        return [each for each in self.lines if isinstance(each, JournalEntry)]

    @property
    def line(self) -> JournalEntry | JobView | None:
        """The line under the cursor."""
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    @property
    def current(self) -> JournalEntry | None:
        """The send under the cursor."""
        return line if isinstance(line := self.line, JournalEntry) else None

    def show(self, lines: Sequence[JournalEntry | JobView], *, at: int | None = None) -> None:
        """Show these; the cursor stays on its line, or goes to the send of this number."""
        wanted = ("send", at) if at is not None else key_of_line(self.line) if self.line is not None else None
        self.lines = lines
        place = next((n for n, each in enumerate(lines) if key_of_line(each) == wanted), None)
        self.set_row_count(len(lines), cursor=place)

    def draw_row(self, index: int, width: int) -> list[Piece]:
        if index >= len(self.lines):
            return []
        line = self.lines[index]
        if isinstance(line, JournalEntry):
            return entry_row(line, width, self._now(), self._status(line), self._name_of(line.to))
        return job_row(line, width, self._now(), self._who)
