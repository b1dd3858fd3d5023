"""The outbox, over Compose: the sends of this account in the journal, and what can be done about an unknown one.

Columns give way as the terminal narrows: the SID or code (below 64 cells), the date beside the time (below 56),
the word of the state (below 44). It sends nothing and never changes the draft below it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.actions import OUTBOX, bindings
from tui.keymap import name_keys
from tui.safe_text import glimpse, safe_text
from tui.screens.base import BaseScreen, Navigate, OpenCompose, OpenConversation
from tui.screens.compose.outcome import Outcome
from tui.screens.sending.outcome_text import REMOVED, entry_look, entry_meaning
from tui.screens.sending.template_words import name_template
from tui.screens.why.opening import ask_why_of_send, can_ask_about_send
from tui.services.send_state import SendState
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.storage.errors import StorageError
from tui.storage.journal_entry import JournalEntry, JournalState
from tui.theme import TONES
from tui.time_format import full, planned_time, short
from tui.twilio.message import PROBLEMS
from tui.widgets.address_names import name_address
from tui.widgets.bars import KeyBar
from tui.widgets.error_words import short_error
from tui.widgets.row_list import Piece, RowList, Titles, fit
from tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from tui.services.message_archive import MessageArchive

MOST = 1000
"""Entries that are listed."""

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


class SendList(RowList):
    """The rows."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        status: Callable[[JournalEntry], str],
        name_of: Callable[[str], str],
    ) -> None:
        """`status` is the newest known status of an entry's message, empty when there is none; `name_of` a name."""
        super().__init__(id="sends")
        self._now, self._status, self._name_of = now, status, name_of
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
        if index >= len(self.entries):
            return []
        entry = self.entries[index]
        return entry_row(entry, width, self._now(), self._status(entry), self._name_of(entry.to))


class OutboxPreview(TextPane, can_focus=False):
    """A few lines about the row under the cursor."""


class OutboxScreen(BaseScreen):
    """The journal of this account: unknown sends first, then the newest."""

    CSS_PATH = ["outcome.tcss", "outbox.tcss"]
    PLACE = "compose"
    TITLE = "Outbox"
    HELP_TEXT = (
        "What was sent from here with this account, from Compose and by hand from the console. What was sent by other "
        "programs is in Messages only.\n\n"
        "Unknown sends come first: Twilio's answer was lost, so they may have been sent or not. Enter shows one; there "
        "{outcome.check_again} looks for it again, {outcome.mark_sent} settles it by your own word, "
        "{outcome.send_anyway} writes it anew. Nothing is sent again by itself.\n\n"
        "Accepted means that Twilio took the message. What was heard of it since stands in its place; the rest is in "
        "Messages."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(OUTBOX)]

    _view: Literal["list", "outcome"] = "list"
    _trouble: str = ""
    _read_once: bool = False

    def __init__(self, session: Session, *, at: int | None = None, back_to: str = "") -> None:
        """`at` is the entry to stand on, `back_to` the place where the person came from when it is not Compose."""
        super().__init__(session)
        self._at = at
        self._back_to = back_to

    def content(self) -> ComposeResult:
        yield Static("", id="outbox-summary", markup=False)
        with Vertical(id="outbox"):
            yield Titles(column_titles)
            yield SendList(now=self.session.clock, status=self._status, name_of=partial(name_address, self.session))
            yield Static("", id="outbox-empty", markup=False)
            yield OutboxPreview(id="outbox-glance")
        yield Outcome(self.session)

    @property
    def _rows(self) -> SendList:
        return self.query_one(SendList)

    @property
    def _outcome(self) -> Outcome:
        return self.query_one(Outcome)

    def _status(self, entry: JournalEntry) -> str:
        account = self.session.account
        return account.statuses.get(entry.sid or "", "") if account is not None else ""

    # -- what the session tells ----------------------------------------------------------------------

    def account_changed(self, account: Account | None) -> None:
        self._rows.show(())
        self._trouble, self._read_once = "", False
        self._outcome.forget()
        self._show("list")
        self.action_refresh()

    def session_changed(self, event: SessionEvent) -> None:
        """Follow what is sent meanwhile."""
        if event.what is EventType.NAMES:
            self._rows.refresh()
            self._describe_row()
            return
        if event.account is not self.session.account:
            return
        self._outcome.take_event(event)
        if event.what in (EventType.SEND, EventType.WITHDRAWN):
            self.action_refresh()
        elif event.what is EventType.MESSAGE:
            self._rows.refresh()
            self._describe_row()
            if event.sid and (shown := self._outcome.sending) is not None and shown.sid == event.sid:
                self._tell_more(event.sid)

    def on_screen_resume(self) -> None:
        self.action_refresh()

    def action_refresh(self) -> None:
        account = self.session.account
        if account is not None:
            self.work(partial(self._read, account), group="journal", exclusive=True)
        elif self.is_mounted:
            self._describe()

    async def _read(self, account: Account) -> None:
        entries: tuple[JournalEntry, ...] = ()
        trouble = ""
        try:
            entries = await asyncio.to_thread(account.outbox.history, account.client.account_sid, MOST)
        except StorageError as problem:
            trouble = safe_text(str(problem), limit=300)
        if account is not self.session.account:
            return
        self._trouble, self._read_once = trouble, True
        self._rows.show(entries, at=self._at)
        self._at = None
        self._describe()

    # -- what is shown -------------------------------------------------------------------------------

    def _show(self, view: Literal["list", "outcome"]) -> None:
        self._view = view
        self.query_one("#outbox").display = view == "list"
        self._outcome.display = view == "outcome"
        (self._outcome if view == "outcome" else self._rows).focus()
        self._describe()

    def _describe(self) -> None:
        entries = self._rows.entries
        self.query_one("#outbox-summary", Static).update(self._summary())
        empty = self.query_one("#outbox-empty", Static)
        empty.display, self._rows.display = not entries, bool(entries)
        self.query_one(Titles).display = bool(entries)
        empty.update("" if entries else self._emptiness())
        if entries and self._view == "list":
            # A list that was hidden while it was empty has lost the keys.
            self._rows.focus()
        self._describe_row()
        self.refresh_bindings()

    def _summary(self) -> Content:
        entries, account = self._rows.entries, self.session.account
        if not entries or account is None:
            return Content(" Outbox")
        unknown = sum(entry.state is JournalState.UNKNOWN for entry in entries)
        count = f"the newest {MOST:,}" if len(entries) >= MOST else str(len(entries))
        # First what matters most: the rest may be cut off.
        ends = (f" · ? {unknown} unknown", TONES["warn"]) if unknown else (" · none unknown", "$quiet")
        pieces = [(" Outbox", "bold"), ends, (f" · {count} send{'' if count == '1' else 's'} from here", "$quiet")]
        return Content.assemble(*pieces)

    def _emptiness(self) -> Content:
        if self.session.account is None:
            return Content.styled(
                name_keys("No connection is in use. {everywhere.switch_connection} chooses one."), "$quiet"
            )
        if self._trouble:
            return Content.styled(self._trouble, TONES["bad"])
        if not self._read_once:
            return Content.styled("Reading the journal…", "$quiet")
        return Content.styled(
            name_keys("Nothing was sent from here with this account yet. {outbox.back} goes back."), "$quiet"
        )

    @on(RowList.Moved)
    def _describe_row(self) -> None:
        entry = self._rows.current
        glance = self.query_one("#outbox-glance", TextPane)
        glance.display = entry is not None
        if self._view == "list":
            failed = entry is not None and (entry.code is not None or self._status(entry) in PROBLEMS)
            self.query_one(KeyBar).suggested = frozenset({"why"} if failed else ())
        glance.show(
            entry_details(entry, self.session.clock(), self._status(entry), name_address(self.session, entry.to))
            if entry is not None
            else Content("")
        )

    # -- what can be done ----------------------------------------------------------------------------

    @on(RowList.Opened)
    def _opened(self) -> None:
        entry, account = self._rows.current, self.session.account
        if entry is not None and account is not None:
            self._outcome.follow(account, SendState.of_entry(entry))
            self._show("outcome")
            self._tell_more(entry.sid or "")

    def _tell_more(self, sid: str) -> None:
        """Show what is known of the message by now, as its row does."""
        if sid and (archive := self.session.archive) is not None:
            self.work(partial(self._read_kept, archive, sid), group="kept", exclusive=True)

    async def _read_kept(self, archive: MessageArchive, sid: str) -> None:
        if (message := await archive.find(sid)) is not None:
            self._outcome.know(message)

    @on(Outcome.Rewrite)
    def _rewrite(self, message: Outcome.Rewrite) -> None:
        if message.account is self.session.account:
            self.post_message(OpenCompose(message.seed, review=message.review))

    def action_back(self) -> None:
        if self._view == "outcome":
            self._outcome.forget()
            self._show("list")
            self.action_refresh()
            return
        if self._back_to:
            self.post_message(Navigate(self._back_to))
        self.dismiss()

    def action_why(self) -> None:
        if (entry := self._rows.current) is not None:
            sending = SendState.of_entry(entry)
            self.work(partial(ask_why_of_send, self, sending), group="why", exclusive=True, asks=True)

    def action_conversation(self) -> None:
        if (entry := self._rows.current) is not None:
            self.post_message(OpenConversation(entry.to))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "conversation":
            entry = self._rows.current if self.is_mounted else None
            return self._view == "list" and entry is not None and bool(entry.to)
        if action == "why":
            entry = self._rows.current if self.is_mounted else None
            return self._view == "list" and entry is not None and can_ask_about_send(SendState.of_entry(entry))
        listed = action in ("refresh", "name_number")
        return self._view == "list" if listed else super().check_action(action, parameters)

    def action_name_number(self) -> None:
        from tui.screens.names.names_dialog import name_number

        entry = self._rows.current
        name_number(self, self.session, entry.to if entry is not None else "")
