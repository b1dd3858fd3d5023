"""The form of a campaign: wiring between its fields, the rows that are read, and the page of what would be sent."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from tui.actions import CAMPAIGN, bindings
from tui.safe_text import safe_text
from tui.screens.base import BaseScreen
from tui.screens.campaign.fields import CampaignFields, name_campaign, read_campaign, rows_of, say_source
from tui.screens.campaign.form import CampaignForm
from tui.screens.campaign.row_source import ReadRows, RowSource
from tui.screens.campaign.rows_pane import RowsPane
from tui.screens.campaign.sender_words import offered_senders, say_country, say_pace, say_senders, with_sender
from tui.screens.campaign.text_sizes import MeasuringStopped, PlaceholderError, TextSizes, measure_rows
from tui.screens.sending.draft import DraftFields
from tui.screens.sending.send_time import explain_send_at
from tui.screens.sending.template_words import fill_template
from tui.services.autosave import Autosave
from tui.services.campaign_plan import CampaignPlanner
from tui.services.send_outcome import to_the_end
from tui.services.session import Account, EventType, Session, SessionEvent
from tui.services.withdrawn_words import without_rows
from tui.textual_fixes.one_shot import OneShot
from tui.twilio.addresses import is_sid
from tui.twilio.drafts import Draft
from tui.twilio.errors import InvalidRequest, RequestFailed
from tui.widgets.dialogs import Choose, Confirm

if TYPE_CHECKING:
    from tui.screens.sending.templates import ChooseTemplate

SETTLED_AFTER: Final = 0.3
"""Seconds without a key before rows are read and texts measured, and what is typed is written down."""


class CampaignScreen(BaseScreen):
    """The form, for one account.

    Args:
        account: who would send.
        typed: what stands in the form to begin with.
        autosave: keeps it.
    """

    CSS_PATH = "campaign.tcss"
    TITLE = "To many"
    GIVES_WAY = True
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
    HELP_TEXT = (
        "One text to many, each row of a table once. Nothing leaves from here: {campaign.plan} checks every row and "
        "shows what would be sent, to whom, at what cost; sending begins from that page, when you type the count.\n"
        "Recipients are the rows of a CSV file, lines that you paste, or what was marked in Messages. What was read is "
        "said under it; choose the column of the numbers with ← →.\n"
        "In the text { lists the columns: {name} stands for that column's value in each row; {{ and }} are braces. "
        "Media and the variables of a template take them too. The meter tells the typical and the longest row.\n"
        "From takes one number, which sends one after the other; several with commas, which take turns, each person "
        "always from the same one; or a messaging service, which takes all at once and paces them itself: the way for "
        "what outgrows one machine. Only a service can send later.\n"
        "It halts by itself when several fail alike in a row, and says why.\n"
        "What you type is kept for each connection, also when you leave; the sandbox keeps it until tuilio ends."
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(CAMPAIGN)]

    def __init__(self, session: Session, account: Account, typed: CampaignFields, autosave: Autosave) -> None:
        super().__init__(session)
        self._mine = self.only_of = account
        self._typed, self._autosave = typed, autosave
        self._source, self._rows = RowSource(), ReadRows()
        self._sizes: TextSizes | None = None
        self._planner = CampaignPlanner(
            account, session.files.prices(account), session.money(account), session.jobs(account), clock=session.clock
        )
        self._disk = asyncio.Lock()
        self._read_of: object = None
        self._timer: OneShot | None = None
        self._turn = 0
        self._measured: object = None
        self._reading = False
        """Whether the page was asked for and the rows are read for it: a count that is typed ahead leads nowhere."""

    @property
    def place(self) -> str:
        return "compose"

    def content(self) -> ComposeResult:
        given = rows_of(self._typed.rows)
        with Horizontal(id="beside"):
            yield CampaignForm(self._typed, "" if given is None else given.source)
            yield RowsPane(id="rows")

    @property
    def _form(self) -> CampaignForm:
        return self.query_one(CampaignForm)

    def on_mount(self) -> None:
        self._autosave.note(self._texts())
        self._say_all()
        self._form.enter_first_empty()
        self.work(self._settled, group="settled", exclusive=True)
        if self._mine.senders is None:
            self.work(self._learn_senders, group="senders", exclusive=True)
        self._learn_templates()

    # -- keeping what is typed -----------------------------------------------------------------------

    def _texts(self) -> dict[str, str]:
        if not self._form.is_attached:
            # The program ends, which may come before the last that is told of the form.
            return dict(self._autosave.noted)
        typed = self._form.typed
        return {} if typed.blank else typed.texts()

    async def _save(self) -> None:
        async with self._disk:
            await to_the_end(self._autosave.save)

    async def put_away(self, within: float | None = None) -> None:
        """Write what is typed."""
        if self._autosave.note(self._texts()):
            await asyncio.wait({self.session.run(self._save())}, timeout=within)

    def unsaved_warning(self) -> str:
        """What becomes of what is typed."""
        if not self._texts():
            return ""
        if self._mine.sandbox:
            return "The message to many that you were writing is lost then: the sandbox saves nothing."
        if not self._autosave.note(self._texts()):
            return ""
        problem = self._autosave.problem
        why = safe_text(problem.reason, limit=200) if problem else "The disk has not taken it yet."
        return f"The message to many that you were writing is lost if you quit. {why}"

    async def on_unmount(self) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # Textual awaits either
        await self._save()

    # -- what is typed, as it settles ----------------------------------------------------------------

    @on(CampaignForm.Changed)
    def _changed(self) -> None:
        self._autosave.note(self._texts())
        self._say_all()
        self._learn_templates()
        if self._timer is not None:
            self._timer.stop()
        self._timer = OneShot(self, SETTLED_AFTER, self._settle)

    def _settle(self) -> None:
        self.session.run(self._save())
        self.work(self._settled, group="settled", exclusive=True)

    @on(CampaignForm.Left)
    def _left(self) -> None:
        self._say_all()
        if self._read_of == _rows_typed(self._form.typed):
            # Also what is wrong with the rows: it was no mistake yet while it was typed.
            self._say_read()

    def _say_all(self) -> None:
        """Say under each field how it is read; what cannot be read yet is no mistake while it is typed."""
        form, typed = self._form, self._form.typed
        for name, (words, tone) in {
            "from_": say_senders(typed.from_, self._mine.senders),
            "pace": say_pace(typed.pace, typed.from_),
            "country": say_country(typed.country, typed.from_),
            "send_at": explain_send_at(DraftFields(from_=typed.from_, send_at=typed.send_at), now=self.session.clock()),
        }.items():
            typing = tone == "bad" and form.is_in(name)
            form.note(name, "" if typing else words, "warn" if tone == "bad" else tone)

    async def _settled(self) -> None:
        """Read the rows where they are others, and measure the text over them."""
        self._turn += 1
        turn, typed = self._turn, self._form.typed
        read = await self._source.read(typed)
        if turn != self._turn or not self.is_attached:
            return
        self._take_rows(read, typed)
        await self._measure(turn)

    def _take_rows(self, read: ReadRows, of: CampaignFields) -> None:
        new, self._rows, self._read_of = read is not self._rows, read, _rows_typed(of)
        self._say_read()
        if new:
            self._form.know_table(read.table, read.column(self._form.typed))

    def _say_read(self) -> None:
        form, read = self._form, self._rows
        field = {"lines": "lines", "file": "path"}.get(form.typed.source or "file", "source")
        typing = bool(read.problem) and form.is_in(field)
        form.say_rows("" if typing else read.say(), "warn" if read.problem else "good" if read.table else "muted")

    async def _measure(self, turn: int) -> None:
        form, typed = self._form, self._form.typed
        filled = fill_template(self._mine.templates, self._named())
        body = typed.body if typed.body.strip() or filled is None else ""
        mark = body, self._rows.table, typed.column
        if mark != self._measured:
            sizes: TextSizes | None = None
            note = ""
            if self._rows.table is not None and body.strip():
                try:
                    stopped = lambda: turn != self._turn or not self.is_attached  # noqa: E731
                    sizes = await asyncio.to_thread(measure_rows, body, self._rows.table, stopped)
                except MeasuringStopped:
                    return
                except PlaceholderError as problem:
                    note = safe_text(str(problem), limit=240)
            if turn != self._turn or not self.is_attached:
                return
            self._measured, self._sizes = mark, sizes
            form.measured(sizes, body)
            if note and not form.body.listed.has_class("-shown"):
                form.note("body", note, "warn")
            elif not note and typed.body.strip() and typed.content_sid.strip():
                form.note("body", "Twilio sends the template in place of this text: take one of them out.", "warn")
        self.query_one(RowsPane).show_rows(self._rows, self._rows.column(typed), body, self._sizes)

    # -- senders and templates -----------------------------------------------------------------------

    async def _learn_senders(self) -> None:
        await self._mine.load_senders()
        self._say_all()

    @on(CampaignForm.SendersWanted)
    def action_choose_sender(self) -> None:
        self.work(self._choose_sender, group="chooser", exclusive=True, asks=True)

    async def _choose_sender(self) -> None:
        if self._mine.senders is None:
            self._form.note("from_", "Asking Twilio for the account's senders …", "busy")
        known = await self._mine.load_senders()
        if not known.offered:
            self._form.note("from_", "The account's senders could not be listed: type one.", "warn")
            return
        if self.is_on_top:
            typed = self._form.typed.from_
            words = "Choose one more, and they take turns; choose one that is taken (✓), and it is left out."
            question = Choose("Send from", offered_senders(known, typed), words if typed.strip() else "")
            self.app.push_screen(question, self._sender_chosen)

    def _sender_chosen(self, chosen: str | None) -> None:
        if chosen is not None:
            self._form.set_text("from_", with_sender(self._form.typed.from_, chosen))
            self._form.enter("from_")
            self._say_all()

    def _named(self) -> Draft:
        typed = self._form.typed
        sid, variables = typed.content_sid.strip(), typed.content_variables.strip()
        return Draft("", typed.from_.partition(",")[0].strip(), content_sid=sid, content_variables=variables)

    def _learn_templates(self) -> None:
        named = is_sid(self._form.typed.content_sid.strip(), "HX")
        if named and self._mine.templates is None:
            self.work(self._list_templates, group="templates")
        self._form.show_template(fill_template(self._mine.templates, self._named()), named=named)

    @on(CampaignForm.TemplatesWanted)
    def action_choose_template(self) -> None:
        from tui.screens.sending.templates import ChooseTemplate

        def ask(again: bool) -> None:
            self.work(partial(self._list_templates, dialog, again=again), group="templates", exclusive=True)

        dialog = ChooseTemplate(ask, at=self._form.typed.content_sid.strip())
        self.app.push_screen(dialog, self._template_chosen)

    def _template_chosen(self, sid: str | None) -> None:
        if sid is not None:
            self._form.open_more(True)
            self._form.set_text("content_sid", sid)
            self._form.enter("content_sid")

    async def _list_templates(self, dialog: ChooseTemplate | None = None, *, again: bool = False) -> None:
        try:
            templates = await self._mine.load_templates(again=again)
        except RequestFailed as problem:
            if dialog is not None:
                dialog.fail(problem)
            return
        if dialog is not None:
            dialog.show(templates)
        self._learn_templates()

    def session_changed(self, event: SessionEvent) -> None:
        if event.what is EventType.PRICES:
            self._planner.ask_again()
        elif event.what is EventType.WITHDRAWN and self._form.is_attached:
            rows = self._form.typed.rows
            if (left := without_rows(rows, event.withdrawn)) != rows:
                self._form.set_text("rows", left)

    # -- what can be done ----------------------------------------------------------------------------

    def action_plain(self) -> None:
        self._form.make_plain()

    def action_more(self) -> None:
        self._form.open_more(not self._form.more_open)
        if self._form.more_open:
            self._form.enter("media")

    def action_edit(self) -> None:
        self.work(partial(self._form.edit_outside, self.session.environ), group="outside", exclusive=True)

    def action_clear(self) -> None:
        """Start over, after asking."""
        typed = self._form.typed
        if typed.blank and not typed.from_.strip():
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._typed = CampaignFields(trial_to=self._form.typed.trial_to)
                self.work(self._start_over, group="start over")

        question = Confirm("Clear the form?", "Everything typed here is lost.", yes="Clear", no="Keep")
        self.app.push_screen(question, answered)

    async def _start_over(self) -> None:
        beside = self.query_one("#beside", Horizontal)
        self._turn += 1
        self._rows, self._measured, self._sizes = ReadRows(), None, None
        with self.app.batch_update():
            await self._form.remove()
            await beside.mount(CampaignForm(self._typed), before=0)
        self._changed()
        self._form.enter_first_empty()

    def action_back(self) -> None:
        if self.focused is not None:
            self.set_focus(None)
        else:
            self.dismiss()

    # -- the page of what would be sent --------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        if self._reading and event.key.isdecimal():
            event.stop()

    def action_plan(self) -> None:
        self.work(self._plan, group="plan", exclusive=True, asks=True)

    async def _plan(self) -> None:
        form = self._form
        self._turn += 1
        # The file as it is now, not as it was when its name was typed.
        given = form.typed
        self._reading = True
        long = OneShot(self, SETTLED_AFTER, partial(form.say_rows, "Reading the rows; then they are checked …", "busy"))
        try:
            read = await self._source.read(given)
        finally:
            self._reading = False
            long.stop()
        typed = form.typed
        self._take_rows(read, given)
        now = self.session.clock()
        reading = read_campaign(typed, read.table, read.column(typed), now=now)
        problems = reading.problems
        if read.problem:
            where = {"lines": "lines"}.get(typed.source, "path")
            unread = InvalidRequest(where, read.problem, "")
            problems = (unread, *(each for each in problems if each.field != where))
        if problems or reading.spec is None:
            form.show_problems(problems)
            return
        if not self.is_on_top:
            return
        from tui.screens.campaign.plan_screen import FormReading, PlanScreen

        campaign = FormReading(
            name_campaign(typed), say_source(typed), read.say(), reading.spec, reading.halts, typed.trial_to
        )
        await self.app.push_screen(PlanScreen(self.session, self._mine, campaign, self._planner, self))

    # What the page tells the form.

    def planned_with(self, problems: tuple[InvalidRequest, ...]) -> None:
        """Say under the fields what keeps the campaign from beginning."""
        self._form.show_problems(problems)

    def trial_went_to(self, number: str) -> None:
        """Remember the number for the next trial."""
        self._form.set_text("trial_to", number)

    async def begun(self) -> None:
        """Let go of what was typed but the sender: a job has it now. The form may have been left meanwhile."""
        here = bool(self.query(CampaignForm))
        typed = self._form.typed if here else self._typed
        self._typed = CampaignFields(from_=typed.from_, trial_to=typed.trial_to)
        self._autosave.note(self._typed.texts() if not self._typed.blank else {})
        await self._save()
        if here and self.query(CampaignForm):
            with self.prevent(CampaignForm.Changed):
                await self._start_over()


def _rows_typed(typed: CampaignFields) -> object:
    """What the rows are read from."""
    return typed.source, typed.path, typed.lines, typed.rows
