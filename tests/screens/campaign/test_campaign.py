"""A campaign by keys, against the sandbox: the form, the page before the start, a trial, and a start that counts."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import Input, Static, TextArea

from tests.screens.compose.test_compose import FRONT_DESK, Person, posts
from tui.jobs.model import JobKind, JobState, LeftOut, NewJob
from tui.sandbox.server import Sandbox
from tui.screens.base import CampaignRows, DraftPrefill, OpenCampaign
from tui.screens.campaign.plan_screen import PlanScreen
from tui.screens.campaign.row_source import RowSource
from tui.screens.campaign.screen import CampaignScreen
from tui.screens.sending.review import Review
from tui.services.campaign_plan import CampaignPlanner
from tui.services.session import EventType, SessionEvent
from tui.widgets.dialogs import Ask, Choose, TypeCount
from tui.widgets.form_fields import ChoiceField, FieldNote

SPREADSHEET = (
    "phone;name;day\r\n"
    "+1 415 555 0123;Maya;Tuesday\r\n"
    "+14155550124;Zo\u00eb;Monday\r\n"
    "+1 (415) 555-0123;Maya again;Friday\r\n"
    "call me;Nobody;Monday\r\n"
    "+14155550125;;Monday\r\n"
    "+819012345678;Yuki;Monday\r\n"
)
OWN = "+14155550177"


class Writer(Person):
    """Somebody who writes to many."""

    @property
    def form(self) -> CampaignScreen:
        return next(s for s in self.pilot.app._screen_stacks["compose"] if isinstance(s, CampaignScreen))

    @property
    def page(self) -> PlanScreen:
        screen = self.pilot.app.screen
        assert isinstance(screen, PlanScreen)
        return screen

    async def opened(self) -> None:
        await self.until(lambda: isinstance(self.pilot.app.screen, CampaignScreen))
        await self.pilot.pause()

    async def fill(self, name: str, text: str) -> None:
        """Put a text in place of what stands in a field, as a paste."""
        field = self.form.query_one(f"#field-{name}")
        field.focus()
        await self.until(lambda: field.has_focus)
        if isinstance(field, Input):
            field.value = ""
        elif isinstance(field, TextArea):
            field.load_text("")
        self.pilot.app.post_message(events.Paste(text))
        await self.until(lambda: self.kept(name).strip() == text.strip())

    def kept(self, name: str) -> str:
        return getattr(self.form._form.typed, name)

    def said(self, name: str) -> str:
        return str(self.form.query_one(f"#note-{name}", FieldNote).content)

    async def planned(self) -> Any:
        await self.until(lambda: isinstance(self.pilot.app.screen, PlanScreen) and self.page.plan is not None)
        await self.pilot.pause()
        return self.page.plan


@pytest.fixture
def writer(until: Any, text_of: Any) -> Any:
    return lambda pilot: Writer(pilot, until, text_of)


async def test_a_text_is_written_to_the_rows_of_a_spreadsheet_checked_tried_and_begun(
    sandbox: Sandbox, run_app: Any, writer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "reminders.csv"
    file.write_bytes(SPREADSHEET.encode("cp1252"))
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me: Writer = writer(pilot)
        await me.settled()
        # What is typed in Compose comes along.
        await me.into("from_", FRONT_DESK)
        await me.into("body", "Hi ")
        await me.press("ctrl+n")
        await me.opened()
        assert (me.kept("from_"), me.kept("body")) == (FRONT_DESK, "Hi ")
        await me.until(lambda: "= 1 segment/s" in me.said("pace"))
        # Nothing is checked while there is nobody to write to; what is typed while that is looked at leads nowhere.
        found, read = asyncio.Event(), RowSource.read

        async def reads(self: Any, *what: Any) -> Any:
            await found.wait()
            return await read(self, *what)

        with monkeypatch.context() as slow:
            slow.setattr(RowSource, "read", reads)
            await me.press("escape", "ctrl+s")
            await me.until(lambda: "Reading the rows" in me.said("path"))
            await me.press("ctrl+s", "2", "0")
            assert isinstance(pilot.app.screen, CampaignScreen)
            found.set()
            await me.until(lambda: "There are no recipients yet" in me.said("path"))
        await me.fill("path", str(tmp_path / "remin"))
        await me.until(lambda: bool(me.form.query_one("#field-path", Input)._suggestion))
        await me.press("right")
        await me.until(lambda: me.kept("path") == str(file))
        await me.until(lambda: "6 rows, 3 columns" in me.said("path"))
        assert "Windows-1252" in me.said("path")
        assert "semicolons" in me.said("path")
        # A brace lists the columns; nobody is chosen but by ↓.
        body = me.form.query_one("#field-body", TextArea)
        body.focus()
        await me.press("ctrl+end", *"{na")
        await me.until(lambda: me.form._form.body.listed.has_class("-shown"))
        await me.press("down", "tab")
        assert body.text == "Hi {name}"
        assert body.has_focus
        await me.press(*", see you on {dy}")
        await me.until(lambda: "day" in me.said("body"))
        await me.press("left", "left", "a")
        await me.sees("characters, line 4) · 1 without a value")

        await me.press("ctrl+s")
        plan = await me.planned()
        assert {reason: [plan.items[row].line for row in rows] for reason, rows in plan.left_out.items()} == {
            LeftOut.DUPLICATE: [4],
            LeftOut.NOT_A_NUMBER: [5],
            LeftOut.MISSING: [6],
        } | ({LeftOut.QUIET_HOURS: plan_lines(plan, LeftOut.QUIET_HOURS)} if plan.quiet else {})
        await me.sees("of 6 rows ready")
        if plan.quiet:
            await me.press("h")
            plan = await me.planned()
            assert plan.spec.include_quiet
            await me.sees("included although it is night")
        await me.sees("3 of 6 rows ready")
        await me.sees("Hi Maya, see you on Tuesday")
        assert posts(sandbox) == 0
        # The groups unfold, and a row is found by its line.
        await me.press("g")
        group, row = me.page._rows.current
        assert row is None
        before = me.page._rows.row_count
        await me.press("enter")
        assert me.page._rows.row_count == before + len(group.rows)
        await me.press("n")
        await me.until(lambda: isinstance(pilot.app.screen, Ask))
        await me.press("4", "enter")
        await me.sees("stands in line 2 already")
        await me.press("n")
        await me.until(lambda: isinstance(pilot.app.screen, Ask))
        await me.press(*"99", "enter")
        await me.sees("No row begins in line 99")
        await me.press("backspace", "backspace", "3", "enter")
        await me.sees("line 3 → +1 415 555 0124")
        await me.sees("Hi Zoë, see you on Monday")

        # A trial goes through the ordinary review, to one number.
        await me.press("t")
        await me.until(lambda: isinstance(pilot.app.screen, Ask))
        await me.press(*OWN, "enter")
        await me.until(lambda: isinstance(pilot.app.screen, Review))
        assert "Hi Zoë" in me.screen
        await me.press("y")
        await me.sees(f"Trial. Last message, to {OWN}")
        assert posts(sandbox) == 1

        # The start asks for the count; nothing else begins it.
        await me.press("ctrl+s")
        await me.until(lambda: isinstance(pilot.app.screen, TypeCount))
        await me.press("enter")
        await me.sees("Type 3, or press esc to go back.")
        await me.press("4", "enter")
        await me.sees("It is 3, not that.")
        assert posts(sandbox) == 1
        # A page that has grown old while the question stood there begins nothing.
        session = pilot.app.session
        clock = session.clock
        with monkeypatch.context() as later:
            later.setattr(session, "clock", lambda: clock() + timedelta(minutes=11))
            await me.press("backspace", "3", "enter")
            await me.sees("more than 10 minutes old")
        await me.until(lambda: isinstance(pilot.app.screen, PlanScreen) and me.page.plan not in (None, plan))
        plan = me.page.plan
        await me.press("ctrl+s")
        await me.until(lambda: isinstance(pilot.app.screen, TypeCount))
        # Another window began something since the page was made: it may be the same, to the same people.
        account = session.account
        other = NewJob(JobKind.CAMPAIGN, "Twin", account.name, account.client.account_sid, account.client.policy.base)
        twin = await session.jobs(account).create(other, plan.items)
        await me.press("3", "enter")
        await me.sees("Nothing was begun: another job was")
        plan = await me.planned()
        await me.sees("3 of them got the same text, or will, by “Twin”. Look twice.")
        assert posts(sandbox) == 1
        # The question begins with what speaks against it: in a low terminal it shows no more than that.
        await me.press("ctrl+s")
        await me.until(lambda: isinstance(pilot.app.screen, TypeCount))
        asked = str(pilot.app.screen.query_one(".words", Static).content).splitlines()
        assert asked[1].startswith("! 3 of them got the same text")
        await me.press("escape")
        await me.until(lambda: isinstance(pilot.app.screen, PlanScreen))
        await session.jobs(account).remove(twin.id)
        # What is typed ahead of a page answers nothing, leads nowhere, and that is said.
        checked, check = asyncio.Event(), CampaignPlanner.plan

        async def checks(self: Any, *what: Any) -> Any:
            await checked.wait()
            return await check(self, *what)

        monkeypatch.setattr(CampaignPlanner, "plan", checks)
        await me.press("r", "ctrl+s", "2", "0", "enter")
        await me.sees("the rows are still being checked")
        assert me.page.plan is None
        checked.set()
        await me.planned()
        await me.press("ctrl+s")
        await me.until(lambda: isinstance(pilot.app.screen, TypeCount))
        jobs, written = session.jobs(account), asyncio.Event()
        create = type(jobs).create

        async def slowly(self: Any, *what: Any) -> Any:
            await written.wait()
            return await create(self, *what)

        monkeypatch.setattr(type(jobs), "create", slowly)
        await me.press("3", "enter")
        await me.until(lambda: isinstance(pilot.app.screen, PlanScreen))
        # Nobody leaves what is being begun by a key, and wonders whether it was.
        await me.press("escape")
        await me.sees("It begins")
        form = me.form
        written.set()
        await me.until(lambda: not isinstance(pilot.app.screen, TypeCount | PlanScreen | CampaignScreen))
        jobs = await session.jobs(account).all()
        assert [(each.job.new.name, each.job.counts.total) for each in jobs] == [("reminders", 3)]
        job = jobs[0].job
        assert job.new.columns == ("phone", "name", "day")
        assert (job.new.source, job.new.senders) == ("reminders.csv", (FRONT_DESK,))

        states: list[JobState] = [job.state]

        async def ended() -> bool:
            states[0] = (await session.jobs(account).view(job.id)).job.state
            return states[0].ended

        while not await ended():
            await pilot.pause(0.1)
        assert states == [JobState.FINISHED]
        assert posts(sandbox) == 4
        # What was begun stands in no form any more, also where the form was left before.
        assert session.files.campaign_forms(account).get(account.name).get("body", "") == ""
        assert not form.is_attached
        await form.begun()


def plan_lines(plan: Any, reason: LeftOut) -> list[int]:
    return [plan.items[row].line for row in plan.left_out.get(reason, ())]


@pytest.mark.landing
async def test_numbers_pasted_into_to_become_a_campaign_that_is_kept_while_one_is_elsewhere(
    sandbox: Sandbox, run_app: Any, writer: Any, tmp_path: Path
) -> None:
    many = "\n".join(f"+1415555{number:04}" for number in range(20))
    async with run_app(sandbox=sandbox, screen="compose") as pilot:
        me: Writer = writer(pilot)
        await me.settled()
        await me.into("from_", FRONT_DESK)
        await me.into("to", many)
        await me.sees("Write to all 20?")
        await me.press("y")
        await me.opened()
        await me.until(lambda: "20 rows" in me.said("lines"))
        await me.fill("body", "Water is off today.")
        await me.press("ctrl+t")
        await me.fill("alike", "nine")
        await me.press("ctrl+s")
        await me.until(lambda: "no number of failures" in me.said("alike"))
        await me.fill("alike", "3")
        assert me.said("alike") == ""
        # Away and back: all of it is there.
        await me.press("f2")
        await me.press("f3")
        await me.until(lambda: isinstance(pilot.app.screen, CampaignScreen))
        await me.press("escape", "escape")
        await me.until(lambda: not isinstance(pilot.app.screen, CampaignScreen))
        await me.press("ctrl+n")
        await me.opened()
        assert (me.kept("lines"), me.kept("body"), me.kept("alike")) == (many, "Water is off today.", "3")
        # Rows from elsewhere do not take the place of a text without asking, nor a text that of another.
        sid = f"SM{'a' * 32}"
        rows = CampaignRows(
            "2 people of is:problem",
            ("number", "name", "message"),
            (("+14155550123", "Maya", sid), ("+14155550124", "", f"SM{'b' * 32}")),
        )
        me.form.post_message(OpenCampaign(rows, DraftPrefill(body="Hello {name}")))
        await me.until(lambda: isinstance(pilot.app.screen, Choose))
        await me.press("2")
        await me.opened()
        assert me.kept("body") == "Water is off today."
        me.form.post_message(OpenCampaign(rows, DraftPrefill(body="Hello {name}")))
        await me.until(lambda: isinstance(pilot.app.screen, Choose))
        await me.press("1")
        await me.opened()
        await me.until(lambda: "2 rows, 3 columns" in me.said("source"))
        assert me.kept("body") == "Hello {name}"
        await me.press("ctrl+s")
        plan = await me.planned()
        assert plan_lines(plan, LeftOut.MISSING) == [2]
        # A change leads to a new page.
        await me.press("escape")
        await me.until(lambda: isinstance(pilot.app.screen, CampaignScreen))
        await me.fill("body", "Hello")
        await me.press("ctrl+s")
        assert await me.planned() is not plan
        assert len(me.page.plan.ready) == 2 if not me.page.plan.quiet else True
        await me.press("escape")
        await me.until(lambda: isinstance(pilot.app.screen, CampaignScreen))
        # What was made of a message goes with that.
        pilot.app.session.publish(SessionEvent(EventType.WITHDRAWN, withdrawn={sid: False}))
        await me.until(lambda: "1 row, 3 columns" in me.said("source") and sid not in me.kept("rows"))
        await me.press("ctrl+l")
        await me.sees("Clear the form?")
        await me.press("y")
        await me.until(lambda: me.kept("body") == "" and me.kept("rows") == "")
        assert me.kept("from_") == ""
        # What keeps the rows from being read is said once the field is left; without rows there are no columns.
        await me.fill("path", str(tmp_path / "none.csv"))
        assert me.said("path") == ""
        await me.fill("body", "Hi {")
        await me.until(lambda: "There is no file" in me.said("path"))
        assert "No columns are known yet" in str(me.form._form.body.listed.render())
        # Of columns none of which has numbers none is chosen; the one that has them is offered wherever it stands.
        table = tmp_path / "rows.csv"
        table.write_text("name,day\nMaya,Tuesday\nBen,Monday\n", "utf-8")
        await me.fill("path", str(table))
        await me.until(lambda: "2 rows" in me.said("path"))
        column = me.form.query_one("#field-column", ChoiceField)
        assert column.value == ""
        column.focus()
        await me.press("right")
        await me.until(lambda: me.kept("column") == "name")
        wide = [f"c{number}" for number in range(60)]
        rows_of_wide = (",".join([*(f"v{n}" for n in range(59)), f"+1415555012{end}"]) for end in range(3))
        table.write_text("\n".join([",".join(wide), *rows_of_wide]) + "\n", "utf-8")
        await me.fill("path", f"{table}")
        await me.until(lambda: "60 columns" in me.said("path"))
        assert column.value == "59"
        assert posts(sandbox) == 0
        # What was typed is told of the form once the program has begun to end.
        session = pilot.app.session
        forms, name = session.files.campaign_forms(session.account), session.account.name
        pilot.app.exit()
        me.form._changed()
    assert forms.get(name)["body"] == "Hi {"
