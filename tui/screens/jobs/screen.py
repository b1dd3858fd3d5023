"""A job's screen: what is going on in one line, what became of its items, and the items behind each count.

Shows what a `JobReport` reads, and asks `AccountJobs` for what a person wants. Knows neither how an item is done nor
where the person came from.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from tui.actions import JOB, bindings
from tui.jobs.model import ItemState, JobKind, JobState
from tui.jobs.report import Became, Fate, mark_of, what_became
from tui.safe_text import safe_text
from tui.screens.base import BaseScreen, Navigate, OpenMessage
from tui.screens.jobs.count_lines import count_lines, look_of_group, meaning_of_group
from tui.screens.jobs.count_list import CountList
from tui.screens.jobs.item_list import ItemList
from tui.screens.jobs.item_words import code_of, item_lines, item_titles
from tui.screens.jobs.job_actions import JobActions
from tui.screens.jobs.job_words import (
    progress_bar,
    reason_lines,
    state_line,
    title_line,
    unknown_count,
    waits_for_a_person,
)
from tui.services.job_report import JobReport
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.storage.errors import StorageError
from tui.textual_fixes.key_queue import IgnoresTypeAhead
from tui.textual_fixes.one_shot import OneShot
from tui.theme import TONES
from tui.widgets.address_names import name_address, name_and_number
from tui.widgets.bars import KeyBar
from tui.widgets.row_list import RowList, Titles
from tui.widgets.text_pane import TextPane
from tui.widgets.toned_lines import without

if TYPE_CHECKING:
    from tui.jobs.model import Job, JobItem
    from tui.services.jobs import AccountJobs

LEAST_PAUSE, LONGEST_PAUSE = 0.5, 2.0
"""Seconds between two readings while it runs; after one that took long, three times as long as that."""

SEEN_AFTER = 0.7
"""Seconds for which it is shown that a job waits before a key goes on: one that was pressed to pause must not."""

_READ, _ITEMS, _DO = "job", "items", "job asked"
"""The groups of work."""

_BAR: Final = 60
"""Cells of the bar of progress at most."""


class ItemPane(TextPane, inherit_bindings=False):
    """A few lines about the row under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = without(TextPane.BINDINGS, "space")

    READ_ON = "tab"


class JobScreen(IgnoresTypeAhead, BaseScreen):
    """One job of one account. A key that came before it could be read does nothing: the blank may begin to send.

    Args:
        account: whose.
        id: the job's number.
        back_to: the place where the person came from, when it is not Compose.
    """

    CSS_PATH = "job.tcss"
    PLACE = "compose"
    TITLE = "Job"
    GIVES_WAY = True
    AUTO_FOCUS = "CountList"
    HELP_TEXT = (
        "What became of many: a campaign, or a change to many messages. The first lines say what is going on. Below "
        "stand the counts, trouble first: enter on one lists the items behind it, and on an item opens its message.\n\n"
        "{job.pause} stops it once what is under way is done, and goes on with it. A job that halted by "
        "itself says why: mend that first. What was sent is not sent again, however often it is stopped, killed and "
        "gone on with. {job.stop} gives up what is still waiting, for good.\n\n"
        "Unknown means that Twilio's answer was lost: it may have been sent, or not. None of these is sent again by "
        "itself, and there is no key that sends them all again: enter on one looks for it, or settles it by your "
        "word.\n\n"
        "{job.export} writes it all to a file, {job.copy} copies the report for a ticket, {job.to_failed} begins a "
        "second campaign to those that failed only."
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-usual")]
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(tuple(each for each in JOB if not each.name.startswith("open_"))),
        Binding("right,l", "into_items", "The items", show=False),
        Binding("left,h", "back", "Back", show=False),
    ]

    def __init__(self, session: Session, account: Account, id: int, *, back_to: str = "") -> None:
        super().__init__(session)
        self._account_of, self._number, self._back_to = account, id, back_to
        self.only_of = account
        store = session.all_jobs.store(sandbox=account.sandbox)
        self.report = JobReport(partial(self._jobs.view, id), store, account.archive, id)
        self._actions = JobActions(self, account, self.report)
        self._shown: Became | None = None
        """The group whose items are listed."""
        self._inside = False
        """Whether one is among the items."""
        self._settled_by_hand = False
        """Whether an unknown send was opened, which may be settled by now."""
        self._trouble = ""
        self._waits_since = float("inf")
        """Since when it is shown that it waits for a person."""
        self._read_at, self._pause = 0.0, LEAST_PAUSE
        self._later: OneShot | None = None

    @property
    def _jobs(self) -> AccountJobs:
        return self.session.jobs(self._account_of)

    def content(self) -> ComposeResult:
        yield Static("", id="job-title", markup=False)
        yield Static("", id="job-state", markup=False)
        yield Static("", id="job-bar", markup=False)
        yield Static("", id="job-reason", markup=False)
        with Horizontal(id="job"):
            with Vertical(id="job-counts"):
                yield CountList()
            with Vertical(id="job-items"):
                yield Static("", id="job-group", markup=False)
                yield Titles(item_titles)
                yield ItemList(self._want, now=self.session.clock, name_of=partial(name_address, self.session))
        yield ItemPane(id="job-glance")

    def on_mount(self) -> None:
        self.query_one(KeyBar).leading = frozenset({"go_on", "pause"})
        self.ask_again()
        self._show()
        self.action_refresh()

    # -- reading -------------------------------------------------------------------------------------

    def session_changed(self, event: SessionEvent) -> None:
        """Follow what is done, and what is heard of the messages."""
        if event.what is EventType.NAMES:
            self._show()
        elif event.what is EventType.JOBS:
            if event.job == self._number:
                self._read_soon()
        elif event.account is self._account_of and event.what in _HEARD:
            self._read_soon()

    def on_screen_resume(self) -> None:
        # Textual runs the base's as well.
        if self.report.view is not None:
            self._read_soon()
        if self._settled_by_hand:
            # What a person found out, or said, about a send is the item's as well.
            self._settled_by_hand = False
            self.action_check_again()

    def _read_soon(self) -> None:
        """Read it again, no more often than is good for the keys; the last event is never missed."""
        if self._later is None and self.is_mounted:
            wait = max(0.01, self._read_at + self._pause - monotonic())
            self._later = OneShot(self, wait, self.action_refresh)

    def action_refresh(self) -> None:
        if self._later is not None:
            self._later.stop()
            self._later = None
        self.work(self._read, group=_READ, exclusive=True)

    async def _read(self) -> None:
        begun, items = monotonic(), None
        try:
            await self.report.read()
            # With the items that will be in view: a second drawing is what a key would wait for.
            if self._shown is not None and self._shown == self._group_to_list:
                items = await self.report.items(self._items.seen_of(self.report.groups.get(self._shown, ())))
            self._trouble = ""
        except StorageError as problem:
            self._trouble = str(problem)
        self._read_at = monotonic()
        self._waits_since = min(self._waits_since, self._read_at) if self._waits else float("inf")
        self._pause = min(LONGEST_PAUSE, max(LEAST_PAUSE, 3 * (self._read_at - begun)))
        if items is not None:
            # What was asked for before these is older; what they lack is asked for again.
            self.workers.cancel_group(self, _ITEMS)
        self._show(items or ())

    def _want(self, numbers: Sequence[int]) -> None:
        self.work(partial(self._read_items, numbers), group=_ITEMS, exclusive=True)

    async def _read_items(self, numbers: Sequence[int]) -> None:
        try:
            items = await self.report.items(numbers)
        except StorageError as problem:
            self._trouble = str(problem)
            self._show_head()
            return
        self._items.take(items)
        self._describe()

    # -- what is shown -------------------------------------------------------------------------------

    @property
    def _counts(self) -> CountList:
        return self.query_one(CountList)

    @property
    def _items(self) -> ItemList:
        return self.query_one(ItemList)

    @property
    def _waits(self) -> bool:
        view = self.report.view
        return view is not None and waits_for_a_person(view) and not view.job.state.ended

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def _show(self, items: Iterable[JobItem] = ()) -> None:
        """Show what is known by now, and these items as they were just read."""
        if not self.is_mounted:
            return
        self._show_head()
        if (view := self.report.view) is not None:
            self._counts.show(count_lines(view.job, self.report.groups))
        self._show_group(items)
        self._describe()

    def _show_head(self) -> None:
        view, now = self.report.view, self.session.clock()
        if view is None:
            words = self._trouble or "Reading the job…"
            self._put("#job-title", Content.styled(safe_text(words, limit=300), TONES["bad"]))
            return
        job = view.job
        self._put("#job-title", title_line(job, now))
        failed = sum(len(them) for group, them in self.report.groups.items() if group.fate is Fate.FAILED)
        self._put("#job-state", state_line(view, now, partial(name_and_number, self.session), failed))
        self._put("#job-bar", progress_bar(job, max(10, min(_BAR, self.size.width - 2))))
        reason = Content.styled(safe_text(self._trouble, limit=300), TONES["bad"]) if self._trouble else None
        self._put("#job-reason", reason or reason_lines(view))

    def _put(self, where: str, words: Content) -> None:
        part = self.query_one(where, Static)
        if part.content == words and part.display == bool(words.plain):
            return
        # What is as high as before is drawn, and the screen not laid out again.
        size = part.content_size
        as_high = (
            part.display and size.width > 0 and words.get_height(part.styles.get_rules(), size.width) == size.height
        )
        part.display = bool(words.plain)
        part.update(words, layout=not as_high)

    @property
    def _group_to_list(self) -> Became | None:
        """The group that is open, or beside the counts the one under the cursor."""
        return self._shown if self._inside or not self.has_class("-wide") else self._counts.group

    def _show_group(self, items: Iterable[JobItem] = ()) -> None:
        """List its items."""
        if self._shown is not None or self._group_to_list is not None:
            self._list(self._group_to_list, items)
        self.set_class(self._inside, "-inside")

    def _list(self, group: Became | None, items: Iterable[JobItem] = ()) -> None:
        anew = group != self._shown
        self._shown = group
        view = self.report.view
        numbers = self.report.groups.get(group, ()) if group is not None else ()
        if view is not None and group is not None:
            mark, words, tone = look_of_group(group, view.job)
            count = Content.styled(f" · {len(numbers):,}", "$quiet")
            self._put("#job-group", Content.assemble((f"{mark} {words}", TONES[tone]), count))
        else:
            self._put("#job-group", Content(""))
        code = group.code if group else None
        self._items.show(numbers, self.report.outcomes, code=code, anew=anew, read=() if anew else items)

    @on(RowList.Moved)
    def _moved(self, message: RowList.Moved) -> None:
        if message.rows is self._counts and not self._inside:
            self._show_group()
        self._describe()

    def _describe(self) -> None:
        """A few lines about the row under the cursor."""
        self.query_one("#job-glance", TextPane).show(self._about())
        failed = self._inside and self._can_ask_why
        bar, view = self.query_one(KeyBar), self.report.view
        bar.suggested = frozenset({"why"} if failed else ())
        # As the line above says it.
        bar.said = {"go_on": "Begin"} if view is not None and view.job.state is JobState.READY else {}
        self.refresh_bindings()

    def _about(self) -> Content:
        view = self.report.view
        if view is None:
            return Content("")
        if self._inside and (item := self._items.current) is not None:
            outcome = self.report.outcomes.get(item.number)
            return item_lines(
                item,
                self._group_of(item),
                outcome,
                self.session.clock(),
                job=view.job,
                name_of=partial(name_address, self.session),
            )
        group = self._shown if self._inside else self._counts.group
        return Content(meaning_of_group(group, view.job)) if group is not None else Content("")

    def _group_of(self, item: JobItem) -> Became:
        """The item's own group: it may have changed since it was listed."""
        assert self.report.view is not None
        job = self.report.view.job
        return what_became(job.new.kind, mark_of(item, job), self.report.outcomes.get(item.number))

    # -- moving --------------------------------------------------------------------------------------

    @on(RowList.Opened)
    def _opened(self, message: RowList.Opened) -> None:
        if message.rows is self._counts:
            self.action_into_items()
        elif (item := self._items.current) is not None:
            self._open_item(item)

    def action_into_items(self) -> None:
        """List the items of the count under the cursor, and go there."""
        if self._inside or (group := self._counts.group) is None:
            return
        self._inside = True
        self._list(group)
        self._show_group()
        self._items.focus()
        self._describe()

    def _open_item(self, item: JobItem) -> None:
        if item.sid and self._message_is_there(item):
            self.post_message(OpenMessage(item.sid, leads_back=True))
        elif item.entry is not None and item.state in (ItemState.UNKNOWN, ItemState.FAILED, ItemState.DONE):
            self._settled_by_hand = item.state is ItemState.UNKNOWN
            self.work(partial(self._actions.open_send, item), group="send", exclusive=True, asks=True)
        elif item.state is ItemState.LEFT_OUT:
            self.notify("It was left out, so there is no message. The lines below say why.", markup=False)
        else:
            self.notify("There is no message yet.", markup=False)

    def _message_is_there(self, item: JobItem) -> bool:
        view = self.report.view
        return view is None or view.job.new.kind is not JobKind.DELETE or item.state is not ItemState.DONE

    def action_back(self) -> None:
        if self._inside:
            self._inside = False
            self._show_group()
            self._counts.focus()
            self._describe()
            return
        if self._back_to:
            self.post_message(Navigate(self._back_to))
        self.dismiss()

    # -- what can be done ----------------------------------------------------------------------------

    @property
    def _job(self) -> Job | None:
        return self.report.view.job if self.report.view is not None else None

    @property
    def _can_ask_why(self) -> bool:
        item = self._items.current if self._inside else None
        return item is not None and (bool(item.sid) or code_of(item, None) is not None)

    @property
    def _failed(self) -> dict[Became, Sequence[int]]:
        groups = self.report.groups.items()
        return {group: numbers for group, numbers in groups if group.fate is Fate.FAILED}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        job, view = self._job, self.report.view
        if action in ("back", "refresh", "into_items") or action not in _NAMES:
            return super().check_action(action, parameters)
        if job is None or view is None or not self.is_mounted:
            return False
        match action:
            case "go_on":
                return self._waits
            case "pause":
                return job.state is JobState.RUNNING and not view.interrupted
            case "stop":
                return not job.state.ended
            case "check_again":
                return bool(unknown_count(job)) and not view.here and not view.looking_up
            case "why":
                return self._can_ask_why
            case "to_failed":
                return job.new.kind is JobKind.CAMPAIGN and bool(self._failed)
            case _:
                return True

    def action_go_on(self) -> None:
        if monotonic() - self._waits_since >= SEEN_AFTER:
            self.work(partial(self._ask_of, self._jobs.start), group=_DO)

    def action_pause(self) -> None:
        self.work(partial(self._ask_of, self._jobs.pause), group=_DO)

    async def _ask_of(self, wanted: Callable[[int], Coroutine[object, object, object]]) -> None:
        """Have it done, and say why not where that cannot be."""
        try:
            await wanted(self._number)
        except StorageError as problem:
            self.notify(safe_text(str(problem)), severity="error", timeout=12, markup=False)
        await self._read()

    def action_check_again(self) -> None:
        """Look for all of which nobody knows whether they were sent; none is sent again, whatever is found."""
        self.work(partial(self._ask_of, self._jobs.check_again), group=_DO)

    def action_stop(self) -> None:
        if self._job is not None:
            self._actions.stop(self._job, lambda: self.work(partial(self._ask_of, self._jobs.stop), group=_DO))

    def action_why(self) -> None:
        if (item := self._items.current) is not None:
            self.work(partial(self._actions.ask_why, item), group="why", exclusive=True, asks=True)

    def action_to_failed(self) -> None:
        from tui.screens.jobs.to_failed import ask_to_write_again

        if self._job is not None:
            at = self._shown if self._inside else self._counts.group
            ask_to_write_again(self, self._job, self.report, self._failed, at)

    def action_copy(self) -> None:
        item = self._items.current if self._inside else None
        self.work(partial(self._actions.copy, item), group="copy", exclusive=True, asks=True)

    def action_export(self) -> None:
        if self._job is not None:
            self._actions.export(self._job)


_HEARD: Final = (EventType.ARCHIVE, EventType.MESSAGE, EventType.WITHDRAWN, EventType.SEND)

_NAMES: Final = frozenset(each.name for each in JOB)
