"""The outbox: what was sent from here, from the send journal. Unknown sends come first and are opened to be settled.

What many at once were sent by is one line, which opens the job. Nothing here is sent again without going through the
form and its review.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.actions import OUTBOX, bindings
from tui.keymap import name_keys
from tui.safe_text import safe_text
from tui.screens.base import BaseScreen, Navigate, OpenCompose, OpenConversation
from tui.screens.compose.outbox_filter import PLACEHOLDER, OutboxLines, read_filter
from tui.screens.compose.outbox_rows import (
    SendList,
    column_titles,
    entry_details,
    in_order,
    job_details,
)
from tui.screens.compose.outcome import Outcome
from tui.screens.jobs.job_words import unknown_count
from tui.screens.why.opening import ask_why_of_send, can_ask_about_send
from tui.services.send_state import SendState
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.storage.errors import StorageError
from tui.storage.journal_entry import JournalEntry, JournalState
from tui.textual_fixes.input_fields import LineField
from tui.theme import TONES
from tui.twilio.message import PROBLEMS
from tui.widgets.address_names import name_address, name_and_number
from tui.widgets.bars import KeyBar
from tui.widgets.row_list import RowList, Titles
from tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from pathlib import Path

    from tui.services.jobs import JobView
    from tui.services.message_archive import MessageArchive

MOST: Final = 1000
"""Sends that are listed."""


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
        "Messages.\n\n"
        "A campaign, or a change to many, is one line; enter shows what became of its items. Of its sends only those "
        "that are unknown are listed here as well. {outbox.filter} narrows the list by words, numbers and states, such "
        "as is:unknown or is:failed; {outbox.export} writes what is listed to a file."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(OUTBOX)]

    _view: Literal["list", "outcome"] = "list"
    _trouble: str = ""
    _read_once: bool = False

    def __init__(
        self, session: Session, *, at: int | None = None, shown: JournalEntry | None = None, back_to: str = ""
    ) -> None:
        """`at` is the entry to stand on, `shown` the only one that is wanted, at once and whole; `back_to` the place
        where the person came from when it is not Compose.
        """
        super().__init__(session)
        self._at = at
        self._only = shown
        self._back_to = back_to
        self._lines = OutboxLines(self._status, partial(name_address, session))

    def content(self) -> ComposeResult:
        yield Static("", id="outbox-summary", markup=False)
        with Vertical(id="outbox"):
            yield LineField(placeholder=PLACEHOLDER, id="outbox-filter")
            yield Titles(column_titles)
            yield SendList(
                now=self.session.clock,
                status=self._status,
                name_of=partial(name_address, self.session),
                name=partial(name_and_number, self.session),
            )
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
        self._lines.take(())
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
        if event.what is EventType.JOBS:
            self._job_changed(event.job)
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
        views: tuple[JobView, ...] = ()
        trouble: list[str] = []
        try:
            entries = await asyncio.to_thread(account.outbox.history, account.client.account_sid, MOST)
        except StorageError as problem:
            trouble.append(safe_text(str(problem), limit=300))
        try:
            views = await self.session.jobs(account).all()
        except StorageError as problem:
            trouble.append(safe_text(str(problem), limit=300))
        if account is not self.session.account:
            return
        self._trouble, self._read_once = " ".join(trouble), True
        self._lines.take(in_order(entries, views))
        self._narrow()
        self._at = None
        if self._only is not None and self._outcome.sending is None:
            self._show_send(account, self._only)

    def _job_changed(self, id: int) -> None:
        """Read a job's line anew, or all where it is none of them: counting all twice a second would be felt."""
        account = self.session.account
        if account is None or self._only is not None:
            return
        if self._lines.job(id) is not None:
            self.work(partial(self._read_job, account, id), group=f"job {id}", exclusive=True)
        else:
            self.action_refresh()

    async def _read_job(self, account: Account, id: int) -> None:
        try:
            newer = await self.session.jobs(account).view(id)
        except StorageError:
            self.action_refresh()
            return
        before = self._lines.job(id)
        if account is not self.session.account or before is None:
            return
        self._lines.take_job(newer)
        self._narrow()
        if unknown_count(newer.job) != unknown_count(before.job):
            # Its unknown sends are listed by themselves.
            self.action_refresh()

    # -- narrowing -----------------------------------------------------------------------------------

    @property
    def _field(self) -> LineField:
        return self.query_one("#outbox-filter", LineField)

    def action_filter(self) -> None:
        self._field.display = True
        self._field.focus()

    @on(Input.Changed)
    def _narrow(self) -> None:
        """List those that have what is typed."""
        self._lines.wanted = read_filter(self._field.value)
        self._rows.show(self._lines.listed, at=self._at)
        self._describe()

    @on(Input.Submitted)
    def _to_the_rows(self) -> None:
        if self._rows.lines:
            self._rows.focus()

    def on_key(self, event: events.Key) -> None:
        if self._field.has_focus:
            self._rows.move_by(event)

    def _drop_filter(self) -> bool:
        """Whether there was one, or one was being typed."""
        field = self._field
        if not field.display:
            return False
        self._rows.focus()
        field.value, field.display = "", False
        self._narrow()
        return True

    # -- what is shown -------------------------------------------------------------------------------

    def _show(self, view: Literal["list", "outcome"]) -> None:
        self._view = view
        self.query_one("#outbox").display = view == "list"
        self._outcome.display = view == "outcome"
        (self._outcome if view == "outcome" else self._rows).focus()
        self._describe()

    def _describe(self) -> None:
        lines = self._rows.lines
        self.query_one("#outbox-summary", Static).update(self._summary())
        empty = self.query_one("#outbox-empty", Static)
        empty.display, self._rows.display = not lines, bool(lines)
        self.query_one(Titles).display = bool(lines)
        empty.update("" if lines else self._emptiness())
        if lines and self._view == "list" and not self._field.has_focus:
            # A list that was hidden while it was empty has lost the keys.
            self._rows.focus()
        self._describe_row()
        self.refresh_bindings()

    def _summary(self) -> Content:
        lines, wanted, account = self._lines.all, self._lines.wanted, self.session.account
        if not lines or account is None:
            return Content(" Outbox")
        sends = [each for each in lines if isinstance(each, JournalEntry)]
        unknown = sum(entry.state is JournalState.UNKNOWN for entry in sends)
        jobs = len(lines) - len(sends)
        count = f"the newest {MOST:,}" if len(sends) >= MOST else str(len(sends))
        # First what matters most: the rest may be cut off.
        ends = (f" · ? {unknown} unknown", TONES["warn"]) if unknown else (" · none unknown", "$quiet")
        pieces = [(" Outbox", "bold"), ends]
        if wanted:
            pieces.append((f" · {len(self._rows.lines):,} listed of {len(lines):,}", TONES["accent"]))
        else:
            pieces.append((f" · {count} send{'' if count == '1' else 's'} from here", "$quiet"))
            if jobs:
                pieces.append((f" · {jobs} job{'' if jobs == 1 else 's'}", "$quiet"))
        if wanted.wrong or self._trouble:
            pieces.append((f" · {wanted.wrong or self._trouble}", TONES["bad"]))
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
        if self._lines.all:
            words = self._lines.wanted.wrong or "Nothing here has that."
            return Content.styled(name_keys(f"{words} {{outbox.back}} lists all again."), "$quiet")
        return Content.styled(
            name_keys("Nothing was sent from here with this account yet. {outbox.back} goes back."), "$quiet"
        )

    @on(RowList.Moved)
    def _describe_row(self) -> None:
        entry, line, now = self._rows.current, self._rows.line, self.session.clock()
        glance = self.query_one("#outbox-glance", TextPane)
        glance.display = line is not None
        if self._view == "list":
            failed = entry is not None and (entry.code is not None or self._status(entry) in PROBLEMS)
            self.query_one(KeyBar).suggested = frozenset({"why"} if failed else ())
        if entry is not None:
            glance.show(entry_details(entry, now, self._status(entry), name_address(self.session, entry.to)))
        elif line is not None and not isinstance(line, JournalEntry):
            glance.show(job_details(line, now, partial(name_and_number, self.session)))
        else:
            glance.show(Content(""))

    # -- what can be done ----------------------------------------------------------------------------

    @on(RowList.Opened)
    def _opened(self) -> None:
        entry, line, account = self._rows.current, self._rows.line, self.session.account
        if account is None or line is None:
            return
        if not isinstance(line, JournalEntry):
            self._open_job(account, line.job.id)
        elif entry is not None:
            self._show_send(account, entry)

    def _show_send(self, account: Account, entry: JournalEntry) -> None:
        self._outcome.follow(account, SendState.of_entry(entry))
        self._show("outcome")
        self._tell_more(entry.sid or "")

    def _open_job(self, account: Account, id: int) -> None:
        from tui.screens.jobs.screen import JobScreen

        self.app.push_screen(JobScreen(self.session, account, id))

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
        if self._view == "outcome" and self._only is None:
            self._outcome.forget()
            self._show("list")
            self.action_refresh()
            return
        if self._only is None and self._drop_filter():
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
        if action == "export":
            return self._view == "list" and self.is_mounted and bool(self._rows.lines)
        if action == "name_number":
            return self._view == "list" and self.is_mounted and self._rows.current is not None
        if action == "filter":
            return self._view == "list" and bool(self._lines.all)
        listed = action == "refresh"
        return self._view == "list" if listed else super().check_action(action, parameters)

    def action_name_number(self) -> None:
        from tui.screens.names.names_dialog import name_number

        entry = self._rows.current
        name_number(self, self.session, entry.to if entry is not None else "")

    def action_export(self) -> None:
        from tui.screens.compose.outbox_export import COLUMNS, WORDS, csv_rows
        from tui.screens.export_dialog import Export, ask_to_export
        from tui.storage.records import write_csv

        listed, name_of = tuple(self._rows.lines), self.session.contacts.name_of
        account = self.session.account
        statuses = dict(account.statuses) if account is not None else {}

        def status(entry: JournalEntry) -> str:
            return statuses.get(entry.sid or "", "")

        def write(path: Path, replace: bool) -> str:
            count = write_csv(COLUMNS, csv_rows(listed, status=status, name_of=name_of), path, replace=replace)
            return f"{count:,} line{'' if count == 1 else 's'}"

        name = f"outbox-{self.session.clock().astimezone():%Y%m%d-%H%M}.csv"
        ask_to_export(self, Export("Export the outbox", WORDS, name, write, (".csv",)))
