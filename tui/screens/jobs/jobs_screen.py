"""The list of an account's jobs, newest first, one line each. Knows what each stands at, not what is in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from tui.actions import JOBS, bindings
from tui.jobs.model import JobKind, JobState
from tui.keymap import name_keys
from tui.safe_text import safe_text
from tui.screens.base import BaseScreen, Navigate
from tui.screens.jobs.job_words import (
    Name,
    job_name,
    job_row,
    reason_lines,
    state_line,
    title_line,
    waits_for_a_person,
)
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.storage.errors import StorageError
from tui.theme import TONES
from tui.widgets.address_names import name_and_number
from tui.widgets.dialogs import Confirm
from tui.widgets.row_list import Piece, RowList
from tui.widgets.text_pane import Preview

if TYPE_CHECKING:
    from tui.services.jobs import JobView


class JobList(RowList):
    """The rows; enter opens one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(tuple(replace(each, name="open_row") for each in JOBS if each.name == "open_job"))
    ]

    def __init__(self, *, now: Callable[[], datetime], name: Name) -> None:
        super().__init__(id="jobs")
        self._now, self._who = now, name
        self.views: Sequence[JobView] = ()

    @property
    def current(self) -> JobView | None:
        """The job under the cursor."""
        return self.views[self.cursor] if self.cursor < len(self.views) else None

    def show(self, views: Sequence[JobView]) -> None:
        """Show these; the cursor stays on its job."""
        wanted = self.current.job.id if self.current is not None else None
        self.views = views
        place = next((n for n, view in enumerate(views) if view.job.id == wanted), None)
        self.set_row_count(len(views), cursor=place)

    def draw_row(self, index: int, width: int) -> list[Piece]:
        if index >= len(self.views):
            return []
        return job_row(self.views[index], width, self._now(), self._who)


class JobsScreen(BaseScreen):
    """The jobs of one account.

    Args:
        account: whose.
        back_to: the place where the person came from, when it is not Compose.
    """

    CSS_PATH = "job.tcss"
    PLACE = "compose"
    TITLE = "Jobs"
    GIVES_WAY = True
    AUTO_FOCUS = "JobList"
    HELP_TEXT = (
        "What was begun for many at once with this account: campaigns, and changes to many messages. Newest first; "
        "enter shows one, with what became of its items.\n\n"
        "What is interrupted ran when the program ended: it does nothing until somebody goes on with it. What runs in "
        "another window is shown here, and cannot be run twice. {jobs.remove} removes one that has ended from this "
        "computer; its messages stay at Twilio and in Messages."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(tuple(each for each in JOBS if each.name != "open_job"))]

    def __init__(self, session: Session, account: Account, *, back_to: str = "") -> None:
        super().__init__(session)
        self.only_of = account
        self._jobs = session.jobs(account)
        self._back_to = back_to
        self._trouble, self._read_once = "", False

    def content(self) -> ComposeResult:
        yield Static("", id="jobs-summary", markup=False)
        yield JobList(now=self.session.clock, name=partial(name_and_number, self.session))
        yield Static("", id="jobs-empty", markup=False)
        yield Preview(id="jobs-glance")

    def on_mount(self) -> None:
        self.action_refresh()

    @property
    def _rows(self) -> JobList:
        return self.query_one(JobList)

    def session_changed(self, event: SessionEvent) -> None:
        """Follow what runs."""
        if event.what is EventType.NAMES:
            self._rows.refresh()
        elif event.what is EventType.JOBS:
            if any(view.job.id == event.job for view in self._rows.views):
                self.work(partial(self._read_one, event.job), group=f"job {event.job}", exclusive=True)
            else:
                self.action_refresh()

    def on_screen_resume(self) -> None:
        # Textual runs the base's as well.
        self.action_refresh()

    def action_refresh(self) -> None:
        self.work(self._read, group="jobs", exclusive=True)

    async def _read(self) -> None:
        try:
            views, self._trouble = await self._jobs.all(), ""
        except StorageError as problem:
            views, self._trouble = (), str(problem)
        if not self.is_mounted:
            return
        self._read_once = True
        self._rows.show(views)
        self._describe()

    async def _read_one(self, id: int) -> None:
        """Read one anew: counting all of them twice a second would be felt."""
        try:
            newer = await self._jobs.view(id)
        except StorageError:
            await self._read()
            return
        if self.is_mounted:
            self._rows.show([newer if view.job.id == id else view for view in self._rows.views])
            self._describe()

    @on(RowList.Moved)
    def _describe(self) -> None:
        views, rows = self._rows.views, self._rows
        self.query_one("#jobs-summary", Static).update(self._summary())
        empty = self.query_one("#jobs-empty", Static)
        empty.display, rows.display = not views, bool(views)
        empty.update("" if views else self._emptiness())
        if views and self.focused is None:
            # A list that was hidden while it was empty has lost the keys.
            rows.focus()
        glance, now = self.query_one("#jobs-glance", Preview), self.session.clock()
        glance.display = rows.current is not None
        if (view := rows.current) is not None:
            name = partial(name_and_number, self.session)
            lines = (title_line(view.job, now), state_line(view, now, name), reason_lines(view, listed=True))
            glance.show(Content("\n").join(each for each in lines if each.plain))
        self.refresh_bindings()

    def _summary(self) -> Content:
        views = self._rows.views
        if not views:
            return Content(" Jobs")
        running = sum(view.here or view.elsewhere for view in views if view.job.state is JobState.RUNNING)
        waiting = sum(waits_for_a_person(view) for view in views)
        ends = [
            (f" · {waiting} wait{'s' if waiting == 1 else ''} for you", TONES["warn"]) if waiting else ("", ""),
            (f" · {running} running", TONES["busy"]) if running else ("", ""),
            (f" · {len(views):,} job{'' if len(views) == 1 else 's'}", "$quiet"),
        ]
        return Content.assemble((" Jobs", "bold"), *(each for each in ends if each[0]))

    def _emptiness(self) -> Content:
        if self._trouble:
            return Content.styled(safe_text(self._trouble, limit=300), TONES["bad"])
        if not self._read_once:
            return Content.styled("Reading the jobs…", "$quiet")
        words = "Nothing was begun for many at once with this account yet. {compose.to_many} in Compose writes to many."
        return Content.styled(name_keys(words), "$quiet")

    # -- what can be done ----------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "remove":
            view = self._rows.current if self.is_mounted else None
            return view is not None and (view.job.state.ended or view.job.state is JobState.READY)
        return super().check_action(action, parameters)

    @on(RowList.Opened)
    def _opened(self) -> None:
        view, account = self._rows.current, self.only_of
        if view is not None and account is not None:
            from tui.screens.jobs.screen import JobScreen

            self.app.push_screen(JobScreen(self.session, account, view.job.id))

    def action_remove(self) -> None:
        view = self._rows.current
        if view is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.work(partial(self._remove, view.job.id), group="remove")

        words = (
            f"“{job_name(view.job)}” and what is kept here of its items and their rows is removed from this computer. "
        )
        if view.job.new.kind is JobKind.CAMPAIGN:
            words += "Its messages stay at Twilio, and in Messages."
        else:
            words += "What was changed at Twilio stays so, and so does the record of it, where one is kept."
        self.app.push_screen(Confirm("Remove the job?", words, yes="Remove"), answered)

    async def _remove(self, id: int) -> None:
        try:
            await self._jobs.remove(id)
        except StorageError as problem:
            self.notify(safe_text(str(problem)), severity="error", timeout=12, markup=False)
        await self._read()

    def action_back(self) -> None:
        if self._back_to:
            self.post_message(Navigate(self._back_to))
        self.dismiss()
