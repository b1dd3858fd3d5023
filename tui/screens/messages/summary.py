"""The line above the message list, and the words in place of an empty one or below its last message. Pure.

Where the line is too narrow, what matters least is left out whole: first the zone's offset, then the zone, then what
is covered. The count and whether the list is live stay.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from tui.keymap import key_of, name_keys
from tui.safe_text import safe_text
from tui.screens.messages.loader import ListState
from tui.theme import FRUGAL, TONES
from tui.time_format import zone_name
from tui.twilio.errors import ApiError, RequestFailed
from tui.widgets.archive_words import covered_words, live_words, load_words, seconds_between
from tui.widgets.message_words import day_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.services.message_archive import SyncStatus
    from tui.services.session import Session

STEPS: Final = (1, 10)
"""Seconds after which a clock goes on, and with `--frugal`."""

SCATTERED: Final = "others between these are not loaded"
"""What is said below single messages that stand below all that is complete."""

_NATIONAL: Final = re.compile(r"(?!00)\(?[0-9][0-9 ().·/-]*")

_Piece = tuple[str, str]


def summarise(state: ListState, now: datetime, width: int, *, step: int = 1, hint: str = "") -> Content:
    """The line above the list, in exactly so many cells.

    Args:
        state: what is listed and read.
        now: the present, in whose zone times are told.
        width: cells.
        step: seconds after which a clock goes on.
        hint: what to press about what went wrong.
    """
    if state.status is None:
        return Content(" " * width)
    count = (f" {_count(state)}", "bold")
    live = _live(state.status, now, step, opening=state.opening)
    zone = zone_name(now)
    # By how much they matter; all but the first two may be left out.
    wanted = [
        *([_trouble(state, hint)] if state.error is not None or state.refusal or state.status.trouble else []),
        *([_under_way(state, now, step)] if _under_way(state, now, step)[0] else []),
        *([(say_covered(state, now), "$quiet")] if say_covered(state, now) else []),
    ]
    if _cells(count) + _cells(live) + 3 > width:
        live = [(words.partition(",")[0], style) for words, style in live]
    room = width - _cells(count) - _cells(live) - 3
    kept: list[_Piece] = []
    for words, style in wanted:
        if len(words) + 3 <= room:
            kept.append((f" · {words}", style))
            room -= len(words) + 3
        elif words is wanted[0][0] and style == TONES["bad"] and room > 20:
            kept.append((f" · {words[: room - 4]}…", style))
            room = 0
    for words in (zone, zone.partition(" ")[0]):
        if len(words) + 2 <= room:
            live = [(f"{words}  ", "$quiet"), *live]
            break
    left, right = Content.assemble(count, *kept), Content.assemble(*live, " ")
    gap = width - left.cell_length - right.cell_length
    return Content.assemble(left, " " * gap, right) if gap > 0 else Content.assemble(left, " ", right)[:width]


def _cells(words: _Piece | list[_Piece]) -> int:
    pieces = words if isinstance(words, list) else [words]
    return sum(len(text) for text, _ in pieces)


def _count(state: ListState) -> str:
    # Never left out: what is done with the marked is done with all of them, be they in view or not.
    above = f" · ▲ {state.above:,} new" if state.above else ""
    marked = f" · {state.marked:,} marked" if state.marked else ""
    return f"{_listed(state)}{above}{marked}"


def _listed(state: ListState) -> str:
    if not state.total and (state.status is None or not state.status.looked):
        # Nothing is kept, and Twilio has not answered: how many there are is not known.
        return "Messages"
    if state.found is None:
        return f"{state.total:,} message{'' if state.total == 1 else 's'}"
    more = "+" if state.counting else ""
    return f"{state.found:,}{more} of {state.total:,} loaded"


def _trouble(state: ListState, hint: str) -> _Piece:
    if state.status is not None and state.status.trouble:
        return safe_text(state.status.trouble, limit=200), TONES["bad"]
    if state.refusal:
        return safe_text(state.refusal, limit=200), TONES["bad"]
    reason = safe_text(state.error.reason, limit=160) if state.error is not None else ""
    if not hint and (state.status is None or state.status.next_try is None):
        hint = f"{key_of('messages.refresh')}: try again."
    # What to press comes first: the end may be cut off.
    return f"{hint} {reason}".strip(), TONES["bad"]


def _under_way(state: ListState, now: datetime, step: int) -> _Piece:
    status = state.status
    if status is None:
        return "", ""
    if status.load is not None and status.load.running:
        return load_words(status.load, now, step), TONES["busy"]
    if state.searching:
        return "asking Twilio for more…", TONES["busy"]
    if status.asking:
        return "asking…", TONES["busy"]
    if status.loading:
        return "loading…", TONES["busy"]
    return "", ""


def say_covered(state: ListState, now: datetime, *, before_key: str = "") -> str:
    """Since when everything is listed, and what more there is; `before_key` as in `covered_words`."""
    if state.coverage is None:
        return ""
    if state.searched and state.complete:
        return "all that Twilio has"
    if state.period_complete:
        return "all of this period"
    if state.searched and state.back_to is not None:
        return f"all back to {day_of(int(state.back_to.timestamp()), now)}"
    return covered_words(state.coverage, now, more=state.more_to_load, before_key=before_key)


def _live(status: SyncStatus, now: datetime, step: int, *, opening: bool) -> list[_Piece]:
    words, tone = live_words(status, opening=opening)
    if status.offline_since is not None:
        since = seconds_between(now, status.offline_since, step)
        words += f" {since // 60}:{since % 60:02d}"
        if status.next_try is not None:
            left = seconds_between(status.next_try, now, step)
            words += f", next try {left} s" if left else ", trying"
    return [(words, TONES[tone])]


def _is_national(text: str) -> bool:
    """Whether a query is a number without its country: Twilio cannot be asked for that."""
    return 7 <= sum(map(str.isdecimal, text)) <= 15 and _NATIONAL.fullmatch(text.strip()) is not None


def edge_words(state: ListState, text: str = "") -> str:
    """What is said below the last message; `text` is the query in force."""
    status = state.status
    if status is None or state.coverage is None:
        return ""
    if state.found is not None:
        if state.period_complete or (state.searched and state.complete):
            return "that is all"
        if state.searched and state.error is not None:
            return f"older ones could not be asked for; {key_of('messages.refresh')} tries again"
        if state.searched:
            return "older ones are asked for as you move down"
        if state.more_to_load or state.coverage.gaps():
            more = f"no older ones are loaded; {key_of('messages.load_history')} loads more"
            return f"{more}, + before a number asks Twilio" if _is_national(text) else more
        return "older ones are not kept" if state.more_below else "that is all"
    if not state.more_below:
        return (
            "that is all" if state.coverage.spans and state.coverage.spans[0].first == 0 else "older ones are not kept"
        )
    if status.loading:
        return "loading older ones…"
    if state.error is not None:
        return f"older ones could not be loaded; {key_of('messages.refresh')} tries again"
    return "older ones are loaded as you move down" if status.connected else "older ones come once Twilio answers"


class SummaryLine(Widget):
    """The line, drawn anew when it says something else; a clock in it goes on while there is one."""

    DEFAULT_CSS = "SummaryLine { height: 1; color: $foreground; }"

    def __init__(self, clock: Callable[[], datetime], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._state = ListState()
        self._hint = ""
        self._shown = Content("")

    def on_mount(self) -> None:
        self._ticks = self.set_interval(1, self._show, pause=True)

    def show(self, state: ListState, hint: str = "") -> None:
        """Tell of this state from now on, and what to press about what went wrong."""
        self._state, self._hint = state, hint
        self._show()
        status = state.status
        waits = status is not None and status.load is not None and status.load.waiting_until is not None
        if status is not None and (status.offline_since is not None or waits):
            self._ticks.resume()
        else:
            self._ticks.pause()

    def _words(self) -> Content:
        step = STEPS[self.app.theme == FRUGAL.name]
        return summarise(self._state, self._clock(), self.size.width, step=step, hint=self._hint)

    def _show(self) -> None:
        if self._words() != self._shown:
            self.refresh()

    def render(self) -> RenderResult:
        self._shown = self._words()
        return self._shown


def explain_emptiness(state: ListState, session: Session, text: str = "") -> Content:
    """What is the case and what to do, where there is no row to show.

    Args:
        state: what is listed and read.
        session: for the connection in use.
        text: the query in force.
    """
    status = state.status
    if status is None or (session.account is None and not session.opening):
        return _without_account(session)
    if text:
        return _nothing_found(state, session, text)
    if state.error is not None:
        return _words("The messages could not be read.", str(state.error), *_try_again(state, session))
    if state.counting or not status.looked or status.loading:
        opening = f"Opening {safe_text(session.opening, limit=40)}…" if session.opening else ""
        return _words(opening or "Loading messages…")
    if state.more_below:
        older = f"{key_of('messages.load_history')} loads older ones."
        return _words("No messages in the time that is loaded.", older)
    return _words("No messages yet.", name_keys("{messages.compose} writes the first one."))


def _nothing_found(state: ListState, session: Session, text: str) -> Content:
    change = name_keys("{messages.filter} changes the query, esc drops it.")
    now = session.clock()
    kept = f"None of the {state.total:,} messages here" if state.total != 1 else "Not the one message here"
    if state.counting:
        return _words("Searching…", change)
    tried = f"{kept} match: {safe_text(text, limit=200)}." if state.total != 1 else f"{kept} matches."
    covered = say_covered(state, now)
    if state.searching:
        return _words("Nothing found so far.", tried, "Twilio is being asked as well…", change)
    if state.searched and state.complete:
        return _words("Nothing found.", tried, "Twilio has none either.", change)
    if state.error is not None:
        failed = f"Twilio could not be asked: {state.error}"
        return _words("Nothing found so far.", tried, failed, *_try_again(state, session), change)
    covers = f"What is here: {covered}." if covered else "Nothing is loaded yet."
    whole = "Written with + and its country, Twilio is asked for a number as well."
    return _words("Nothing found.", tried, covers, *([whole] if _is_national(text) else []), change)


def _try_again(state: ListState, session: Session) -> list[str]:
    lines = [edit_hint(state.error, session)] if state.error is not None else []
    asked = f"Asked {session.account.client.policy.origin} for messages. " if session.account is not None else ""
    return [*lines, f"{asked}{key_of('messages.refresh')} tries again."]


def edit_hint(error: RequestFailed | None, session: Session) -> str:
    """Which keys edit the connection in use, where Twilio refused its credentials (HTTP 401) and it is a saved one."""
    account = session.account
    if account is None or account.sandbox or account.name not in session.saved.connections.names:
        return ""
    if not isinstance(error, ApiError) or error.status != 401:
        return ""
    keys = name_keys("{everywhere.connections} then {connections.edit}")
    return f"{keys} edits {safe_text(account.name, limit=40)}."


def _without_account(session: Session) -> Content:
    if session.trouble is not None:
        return _words(
            f"{session.failed or 'The connection'} could not be opened.",
            str(session.trouble),
            name_keys("{everywhere.switch_connection} chooses another connection."),
        )
    if session.opening:
        return _words(f"Opening {safe_text(session.opening, limit=40)}…")
    return _words(
        "No connection yet.",
        name_keys("{everywhere.switch_connection}, then choose the sandbox: it needs no account."),
        name_keys("{everywhere.connections} goes to Connections, to add your own."),
    )


def _words(title: str, *lines: str) -> Content:
    rest = [Content.styled(safe_text(line), "$quiet") for line in lines if line]
    return Content("\n").join([Content.styled(safe_text(title), "bold"), Content(""), *rest])
