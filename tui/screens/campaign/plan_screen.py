"""The page before a campaign begins: what would be sent and what not, each row on demand. What it shows is what begins.

A change of anything leads to a new page; nothing is sent from one that was not shown, or that has grown old.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from tui.actions import CAMPAIGN_PLAN, bindings
from tui.jobs.model import HaltRules, JobKind, LeftOut, NewJob
from tui.keymap import key_of
from tui.safe_text import glimpse, safe_text
from tui.screens.base import BaseScreen
from tui.screens.campaign.plan_rows import PlanGroup, PlanRows, find_line, groups_of, text_of
from tui.screens.campaign.plan_words import group_lines, head_lines, row_lines
from tui.screens.campaign.sender_words import show_senders
from tui.screens.campaign.trial import Trial
from tui.screens.sending.draft import DraftFields
from tui.services.session import Account, Session, SessionEvent
from tui.storage.errors import StorageError
from tui.theme import TONES
from tui.widgets.address_names import name_address
from tui.widgets.dialogs import Ask, TypeCount
from tui.widgets.row_list import RowList
from tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from tui.jobs.plan import CampaignSpec, Plan, PlanProgress
    from tui.services.campaign_plan import CampaignPlanner
    from tui.twilio.errors import InvalidRequest

STALE: Final = timedelta(minutes=10)
"""How long a page counts: meanwhile somebody may have opted out, or night may have come."""

SAID_EVERY: Final = 0.5
"""Seconds between two sentences on how far the checking is."""


@dataclass(frozen=True, slots=True)
class FormReading:
    """What the form says.

    Attributes:
        name, source: what it is called, and made from (foreign texts).
        read: how the rows were read, safe to show.
        trial_to: where the last trial went.
    """

    name: str
    source: str
    read: str
    spec: CampaignSpec
    halts: HaltRules
    trial_to: str = ""


class CampaignOwner(Protocol):
    """The form that a page is made from."""

    def planned_with(self, problems: tuple[InvalidRequest, ...]) -> None:
        """Say what keeps it from beginning."""
        ...

    def trial_went_to(self, number: str) -> None:
        """Remember where a trial goes."""
        ...

    async def begun(self) -> None:
        """A job has it now."""
        ...


class RowPane(TextPane):
    """The row under the cursor as it is sent, or what its group means."""

    READ_ON = "tab"


class PlanScreen(BaseScreen):
    """The page.

    Args:
        account: would send.
        campaign: what is planned.
        planner: plans it.
        owner: the form.
    """

    CSS_PATH = "campaign.tcss"
    TITLE = "Check"
    GIVES_WAY = True
    HELP_TEXT = (
        "What would be sent, before anything is. What is worth a look stands first, then what is left out and why, "
        "then what is ready: enter unfolds a line into its rows and folds it again, ↑ ↓ go through them, and the row "
        "under the cursor is shown exactly as it is sent. {campaign_plan.find_row} finds a row by its line in the "
        "file.\n\n"
        "Cost is Twilio's list price without carrier fees. The time is what the pace makes of the segments; a "
        "messaging service takes all at once and paces them itself.\n\n"
        "{campaign_plan.include_quiet} includes those where it is night, or leaves them out again. "
        "{campaign_plan.trial} sends one row to a number of your own, after the ordinary review. "
        "{campaign_plan.export} writes the rows of a line to a file.\n\n"
        "{campaign_plan.start} begins: it asks for the count to be typed. Each message is written down before it "
        "leaves, and none is sent twice, whatever ends the program; it can be paused and goes on later."
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-usual")]
    AUTO_FOCUS = "PlanRows"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(CAMPAIGN_PLAN)]

    def __init__(
        self, session: Session, account: Account, campaign: FormReading, planner: CampaignPlanner, owner: CampaignOwner
    ) -> None:
        super().__init__(session)
        self._mine = self.only_of = account
        self._campaign, self._planner, self._owner = campaign, planner, owner
        self.plan: Plan | None = None
        self._said_at = 0.0
        self._beginning = False
        self._too_early = False
        """Whether the start was asked for before there was a page: the count that is typed behind it leads nowhere."""
        self._trial = Trial(self, account, self._say_told, owner.trial_went_to)
        self._trial_to = campaign.trial_to

    @property
    def place(self) -> str:
        return "compose"

    def content(self) -> ComposeResult:
        yield Static("", id="head", markup=False)
        yield Static("", id="told", markup=False)
        with Container(id="page"):
            yield PlanRows()
            yield RowPane(id="row")

    @property
    def _rows(self) -> PlanRows:
        return self.query_one(PlanRows)

    def on_mount(self) -> None:
        self.query_one("#told").display = False
        self._check_all()

    # -- planning ------------------------------------------------------------------------------------

    def _check_all(self) -> None:
        """Make the page, or a new one in its place."""
        self.plan = None
        self._rows.show(None, (), (), 0)
        self.query_one(RowPane).show(Content(""))
        self._say_progress("", 0, 0)
        self.refresh_bindings()
        self.work(self._make_plan, group="plan", exclusive=True)

    async def _make_plan(self) -> None:
        plan = await self._planner.plan(self._campaign.spec, self._progressed)
        if self.session.account is self._mine:
            self._take(plan)

    def _progressed(self, progress: PlanProgress) -> None:
        now = time.monotonic()
        if now - self._said_at >= SAID_EVERY:
            self._said_at = now
            self._say_progress(progress.what, progress.done, progress.total)

    def _say_progress(self, what: str, done: int, total: int) -> None:
        rows = len(self._campaign.spec.table.rows)
        words = f"Checking {rows:,} row{'' if rows == 1 else 's'} of {glimpse(self._campaign.source, 40)} …"
        far = f"{safe_text(what, limit=80)}{f': {done:,} of {total:,}' if total else ''}"
        lines = [Content.styled(words, TONES["busy"]), Content(far), Content.styled("esc stops", "$quiet")]
        self.query_one("#head", Static).update(Content("\n").join(lines))

    def _take(self, plan: Plan) -> None:
        self.plan = plan
        groups = groups_of(plan)
        self._show_head()
        self._rows.show(plan, groups, ["ready"], plan.spec.column)
        self._show_row()
        self.refresh_bindings()

    def _show_head(self) -> None:
        if self.plan is None:
            return
        now, campaign = self.session.clock(), self._campaign
        lines = head_lines(
            self.plan,
            campaign.name,
            campaign.source,
            self._mine.senders,
            sandbox=self._mine.sandbox,
            now=now,
            width=self.size.width,
        )
        self.query_one("#head", Static).update(Content("\n").join(lines))

    @on(RowList.Moved)
    def _moved(self) -> None:
        self.query_one(RowPane).action_first()
        self._show_row()

    def _show_row(self) -> None:
        if self.plan is None:
            return
        group, row = self._rows.current
        pane = self.query_one(RowPane)
        if group is None:
            pane.show(Content(""))
        elif row is None:
            pane.show(group_lines(group))
        else:
            name = partial(name_address, self.session)
            pane.show(row_lines(self.plan, row, self.session.clock(), name, group))

    @on(RowList.Opened)
    def _opened(self, event: RowList.Opened) -> None:
        group, row = self._rows.at(event.index)
        if group is None:
            return
        if row is not None:
            self.query_one(RowPane).focus()
        elif group.rows:
            self._rows.fold(event.index)
            self._show_row()
        else:
            self.notify("There are no rows behind this line.", markup=False)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_head)

    def session_changed(self, event: SessionEvent) -> None:
        self._trial.take_event(event)

    def _say_told(self, words: str) -> None:
        told = self.query_one("#told", Static)
        told.display = bool(words)
        told.update(Content.styled(words, TONES["accent"]))

    # -- what can be done ----------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        plan = self.plan
        match action:
            case "include_quiet" | "plan_again" if self._beginning:
                return False
            case "include_quiet":
                return plan is not None and bool(plan.quiet or plan.left_out.get(LeftOut.QUIET_HOURS))
            case "find_row" | "export" | "plan_again":
                return plan is not None
            case "trial":
                return plan is not None and bool(plan.ready)
            case "start":
                return not self._beginning
            case _:
                return super().check_action(action, parameters)

    def explains_only(self, action: str) -> bool:
        return action == "start" and (self.plan is None or not self.plan.can_begin)

    def on_key(self, event: events.Key) -> None:
        if self._too_early and event.key.isdecimal():
            event.stop()
        else:
            self._too_early = False

    def action_include_quiet(self) -> None:
        """Include those where it is night, or leave them out: a new page."""
        spec = self._campaign.spec
        self._campaign = replace(self._campaign, spec=replace(spec, include_quiet=not spec.include_quiet))
        self._check_all()

    def action_plan_again(self) -> None:
        self._planner.ask_again()
        self._check_all()

    def action_find_row(self) -> None:
        plan = self.plan
        if plan is None or not plan.items:
            return

        def check(typed: str) -> str:
            first, last = plan.items[0].line, plan.items[-1].line
            number = "".join(typed.replace(",", "").split())
            if not (number.isascii() and number.isdigit() and len(number) < 9):
                return f"Type the number of a line, {first:,} to {last:,}."
            if find_line(plan, int(number)) is None:
                return f"No row begins in line {int(number):,}. There are lines {first:,} to {last:,}."
            return ""

        def entered(typed: str | None) -> None:
            if typed and plan is self.plan:
                row = find_line(plan, int("".join(typed.replace(",", "").split())))
                if row is not None:
                    self._rows.go_to(row)
                    self._show_row()

        self.app.push_screen(Ask("Go to a row", "By its line in the file.", check=check, action="Go"), entered)

    def action_trial(self) -> None:
        """Send what one row says to a number of one's own."""
        plan = self.plan
        if plan is None or not plan.ready:
            return
        _, row = self._rows.current
        if row is None or plan.items[row].left_out is not None or plan.items[row].draft is None:
            row = plan.ready[0]
        item = plan.items[row]
        draft = item.draft
        assert draft is not None
        message = DraftFields(
            from_=draft.from_,
            body=draft.body,
            media="\n".join(draft.media_urls),
            content_sid=draft.content_sid or "",
            content_variables=draft.content_variables or "",
        )
        self._trial.ask(message, item.line, self._trial_to)

    def action_export(self) -> None:
        """Write the rows of the line under the cursor."""
        from tui.screens.export_dialog import Export, ask_to_export
        from tui.storage.records import write_csv

        plan, (group, _) = self.plan, self._rows.current
        if plan is None or group is None or not group.rows:
            self.notify("There are no rows behind this line: go to another.", markup=False)
            return

        def write(path: Path, replace: bool) -> str:
            columns = ("line", "result", "reason", "to", "from", "text", *plan.spec.table.columns)
            count = write_csv(columns, export_rows(plan, group), path, replace=replace)
            return f"{count:,} row{'' if count == 1 else 's'}"

        words = f"{len(group.rows):,} {group.words}: each row with its line, what becomes of it, and its own columns."
        name = f"check-{self.session.clock().astimezone():%Y%m%d-%H%M}.csv"
        ask_to_export(self, Export("Export", words[:300], name, write, (".csv",)))

    def action_back(self) -> None:
        """From the row to the list, from there to the form; what keeps it from beginning is said there."""
        if self.query_one(RowPane).has_focus:
            self._rows.focus()
            return
        if self._beginning:
            self.notify("It begins: all of it is being written down first. Then its job is shown.", markup=False)
            return
        problems = () if self.plan is None else self.plan.problems
        self.dismiss()
        if problems:
            self.app.call_later(self._owner.planned_with, problems)

    # -- the start -----------------------------------------------------------------------------------

    def action_start(self) -> None:
        """Ask for the count, and begin what is shown."""
        if self._beginning:
            return
        if (plan := self.plan) is None:
            self._too_early = True
            words = "Nothing was begun: the rows are still being checked. Look at the page, then start."
            self.notify(words, severity="warning", markup=False)
            return
        if not plan.can_begin:
            why = str(plan.problems[0]) if plan.problems else "No row is ready."
            words = f"It cannot begin. {why} {key_of('campaign_plan.back')} goes back to the form."
            self.notify(safe_text(words, limit=300), severity="warning", timeout=10, markup=False)
            return
        if self._grown_old(plan):
            return
        count = len(plan.ready)
        messages = f"{count:,} message{'' if count == 1 else 's'}"
        senders = show_senders(plan.spec.senders, self._mine.senders)
        what = f"{'schedule' if plan.spec.message.send_at else 'send'} {messages} from {senders}"

        def answered(typed: str | None) -> None:
            if typed is None or self._beginning:
                return
            if plan is not self.plan:
                words = "Nothing was begun: another page stands here by now."
                self.notify(words, severity="warning", markup=False)
                return
            # The question may have stood there all night.
            if self._grown_old(plan):
                return
            self._beginning = True
            self.refresh_bindings()
            self.session.run(self._start(plan))

        self.app.push_screen(
            TypeCount("Start?", self._start_words(plan), count=count, what=what, action="Start"), answered
        )

    def _grown_old(self, plan: Plan) -> bool:
        """Whether the page counts no more; then a new one is made."""
        if self.session.clock() - plan.made_at <= STALE:
            return False
        words = "This page is more than 10 minutes old: the rows are checked anew. Look at it, then start."
        self.notify(words, severity="warning", timeout=10, markup=False)
        self.action_plan_again()
        return True

    def _start_words(self, plan: Plan) -> Content:
        if self._mine.sandbox:
            through = Content.assemble(
                (" SANDBOX ", f"bold $background on {TONES['warn']}"), " nothing leaves this machine"
            )
        else:
            through = Content.assemble(
                (safe_text(self._mine.name, limit=40), "bold"), ("  Twilio charges for them", "$quiet")
            )
        warnings = [each for each in plan.notes if each.warning]
        lines = [
            through,
            # Before all else: a low terminal shows the first lines only.
            *(Content.styled(f"! {safe_text(each.words, limit=160)}", TONES["warn"]) for each in warnings[:2]),
            *head_lines(
                plan,
                self._campaign.name,
                self._campaign.source,
                self._mine.senders,
                sandbox=self._mine.sandbox,
                now=self.session.clock(),
            )[1:],
        ]
        left = len(plan.items) - len(plan.ready)
        if left:
            lines.append(Content.styled(f"{left:,} row{' is' if left == 1 else 's are'} left out.", TONES["warn"]))
        return Content("\n").join(lines)

    async def _start(self, plan: Plan) -> None:
        """Write the job down and begin it. Outlives the screen: what was written down is begun, or told of."""
        from tui.screens.jobs.opening import open_job

        account, campaign, spec = self._mine, self._campaign, plan.spec
        new = NewJob(
            JobKind.CAMPAIGN,
            campaign.name[:200],
            account.name,
            account.client.account_sid,
            account.client.policy.base,
            campaign.source,
            tuple(spec.table.columns),
            spec.senders,
            plan.pacing,
            campaign.halts,
        )
        jobs = self.session.jobs(account)
        try:
            if await self._planner.is_overtaken():
                self._plan_after_another()
                return
            job = await jobs.create(new, plan.items)
        except StorageError as problem:
            words = f"Nothing was begun: it could not be written down. {problem}"
            self.app.notify(safe_text(words, limit=400), severity="error", timeout=12, markup=False)
            self._beginning = False
            if self.is_mounted:
                self.refresh_bindings()
            return
        try:
            await jobs.start(job.id)
        except StorageError as problem:
            words = f"It is written down, and not begun yet. {problem}"
            self.app.notify(safe_text(words, limit=400), severity="error", timeout=12, markup=False)
        await self._owner.begun()
        if self.is_mounted:
            open_job(self, account, job.id)

    def _plan_after_another(self) -> None:
        """Begin nothing: something else was begun since this page was made, perhaps this very campaign."""
        self._beginning = False
        words = "Nothing was begun: another job was, since this page was made. The rows are checked anew. Look at it."
        self.app.notify(words, severity="warning", timeout=12, markup=False)
        if self.is_mounted:
            self.action_plan_again()


def export_rows(plan: Plan, group: PlanGroup) -> Iterator[tuple[object, ...]]:
    """The rows of a group as they are written to a file."""
    for row in group.rows:
        item = plan.items[row]
        draft = item.draft
        result = "ready" if item.left_out is None else item.left_out.value
        to, sender = (draft.to, draft.from_) if draft is not None else ("", "")
        yield item.line, result, item.detail or "", to, sender, text_of(item), *item.cells


__all__ = ["CampaignOwner", "FormReading", "PlanScreen"]
