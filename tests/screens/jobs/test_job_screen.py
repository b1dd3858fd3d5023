"""A job's screen by keys, over the real sandbox: what is going on, what became of the items, what can be done."""

from __future__ import annotations

import csv
from contextlib import chdir
from dataclasses import replace
from time import monotonic
from typing import Any

import pytest

from tests.piloting import is_asked, keys_are_answered
from tests.screens.jobs.campaigns import COLUMNS, INVALID, REFUSED, UNREACHABLE, begin, people, rows
from tui.jobs.model import HaltRules, ItemState, JobKind, JobState, NewJob
from tui.jobs.report import Became, Fate
from tui.jobs.store import JobStore
from tui.sandbox.faults import Fault
from tui.screens.base import OpenCampaign
from tui.screens.compose.outbox import OutboxScreen
from tui.screens.compose.outcome import Outcome
from tui.screens.jobs.count_list import CountList
from tui.screens.jobs.item_list import ItemList
from tui.screens.jobs.jobs_screen import JobsScreen
from tui.screens.jobs.opening import open_job
from tui.screens.jobs.screen import SEEN_AFTER, JobScreen
from tui.screens.messages.screen import MessagesScreen
from tui.screens.why.screen import WhyScreen
from tui.storage.connections import Connections, save
from tui.storage.paths import find_paths
from tui.twilio.client import Client
from tui.widgets.dialogs import Ask, Choose, Confirm

LIST = r"Messages\.json$"


def posts(sandbox: Any) -> int:
    return sum(served.method == "POST" for served in sandbox.requests)


def counts(pilot: Any) -> dict[Became, int]:
    return {group: len(numbers) for group, numbers in pilot.app.screen.report.groups.items()}


async def stand_on(pilot: Any, until: Any, group: Became) -> None:
    listed = pilot.app.screen.query_one(CountList)
    await until(pilot, lambda: any(line.group == group for line in listed.lines))
    listed.cursor = next(n for n, line in enumerate(listed.lines) if line.group == group)
    await pilot.pause()


@pytest.fixture
def see(until: Any, text_of: Any) -> Any:
    async def wait(pilot: Any, words: str) -> None:
        await until(pilot, lambda: words in text_of(pilot))

    return wait


async def opened(pilot: Any, until: Any, sandbox: Any, recipients: list[str], **more: Any) -> Any:
    session = pilot.app.session
    await until(pilot, lambda: session.account is not None)
    job = await begin(session, sandbox, recipients, **more)
    open_job(pilot.app.screen, session.account, job.id)
    await until(pilot, lambda: isinstance(pilot.app.screen, JobScreen) and pilot.app.screen.report.view is not None)
    await until(pilot, lambda: keys_are_answered(pilot))
    return session.jobs(session.account), job


async def go_on(pilot: Any, until: Any) -> None:
    """Begin, or go on, once it was shown for long enough that the job waits."""
    screen = pilot.app.screen
    await until(pilot, lambda: monotonic() - screen._waits_since > SEEN_AFTER)
    await pilot.press("space")


async def test_from_the_first_key_to_the_report(run_app, sandbox, until, see, text_of, tmp_path, monkeypatch):
    lost = Fault("reset-after", method="POST", path=LIST, skip=3)
    async with run_app(sandbox=sandbox) as pilot:
        _jobs, job = await opened(pilot, until, sandbox, [REFUSED, INVALID, UNREACHABLE, *people(5)])
        screen = pilot.app.screen
        await see(pilot, "○ not begun · 0 of 8")
        await see(pilot, "– not a number")
        # Who only wants to look sends nothing.
        await pilot.press("enter")
        await until(pilot, lambda: screen._inside)
        await pilot.press("escape")
        assert posts(sandbox) == 0
        sandbox.faults.add(lost)
        await go_on(pilot, until)
        await until(pilot, lambda: screen.report.view.job.state is JobState.FINISHED)
        # What was lost is looked for by itself, and found.
        await until(
            pilot,
            lambda: (
                counts(pilot).keys()
                == {
                    Became(Fate.FAILED, 21610),
                    Became(Fate.FAILED, 21211),
                    Became(Fate.FAILED, 30003),
                    Became(Fate.DELIVERED),
                    Became(Fate.LEFT_OUT, left_out=next(iter(job.counts.left_out))),
                }
            ),
        )
        assert posts(sandbox) == 8
        await see(pilot, "✓ finished · 8 of 8")
        await see(pilot, "✗ 30003 ")

        # The items behind a count, and the message of one; from there one comes back to it.
        await stand_on(pilot, until, Became(Fate.FAILED, 30003))
        await pilot.press("enter")
        items = screen.query_one(ItemList)
        await until(pilot, lambda: items.has_focus and items.current is not None)
        await see(pilot, "day Tuesday")
        # Read again with the job itself, and drawn once: nothing is left for a second reading.
        asked, read_at = [], screen._read_at
        with monkeypatch.context() as patch:
            patch.setattr(items, "_want", asked.append)
            screen.action_refresh()
            await until(pilot, lambda: screen._read_at > read_at and screen.report.groups)
            await pilot.pause()
        assert asked == [] and items.current is not None
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen) and pilot.app.screen.opened)
        await until(pilot, lambda: keys_are_answered(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen and keys_are_answered(pilot))
        await pilot.press("W")
        await until(pilot, lambda: isinstance(pilot.app.screen, WhyScreen) and keys_are_answered(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen and keys_are_answered(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: screen.query_one(CountList).has_focus)

        # What Twilio refused has no message, but a send with what is known of it.
        await stand_on(pilot, until, Became(Fate.FAILED, 21610))
        await pilot.press("enter")
        await until(pilot, lambda: items.has_focus and items.current is not None)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, OutboxScreen) and keys_are_answered(pilot))
        await see(pilot, "Rejected: nothing was sent")
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen and keys_are_answered(pilot))

        # The report on disk, with the columns it was made from.
        with chdir(tmp_path):
            await pilot.press("e")
            await until(pilot, lambda: is_asked(pilot, Ask))
            await pilot.press("enter")
            await see(pilot, "9 items written")
        (file,) = tmp_path.glob("campaign-*.csv")
        with file.open(encoding="utf-8", newline="") as text:
            written = list(csv.DictReader(text))
        assert list(written[0])[:3] == list(COLUMNS)
        assert [(row["row"], row["state"], row["error_code"]) for row in written[:3]] == [
            ("2", "failed", "21610"),
            ("3", "failed", "21211"),
            ("4", "failed", "30003"),
        ]
        assert written[4]["number"] == people(2)[1] and written[4]["sid"].startswith("SM")
        assert written[4]["price_unit"] == "USD" and written[8]["state"] == "left out: not a number"

        # A second campaign to some of those that failed: their rows as they stood in the table.
        asked: list[OpenCampaign] = []
        screen.post_message = lambda message, post=screen.post_message: (
            asked.append(message) or True if isinstance(message, OpenCampaign) else post(message)
        )
        await pilot.press("f")
        await until(pilot, lambda: is_asked(pilot, Choose))
        await see(pilot, "21610 opted out (STOP): 1")
        await pilot.press("4")
        await until(pilot, lambda: asked)
        (wanted,) = asked
        assert wanted.rows.columns == COLUMNS and wanted.rows.column == 0
        assert [row[0] for row in wanted.rows.rows] == [REFUSED, INVALID, UNREACHABLE]
        assert wanted.seed.from_ == sandbox.numbers[0]

        # Nothing is left to be paused, stopped or gone on with, and the list of jobs has it.
        assert not {"pause", "stop", "go_on"} & {each.binding.action for each in screen.active_bindings.values()}
        await pilot.press("J")
        await until(pilot, lambda: isinstance(pilot.app.screen, JobsScreen))
        await see(pilot, "✓ finished")
        assert posts(sandbox) == 8


@pytest.mark.landing
async def test_paused_gone_on_with_and_stopped_for_good(run_app, sandbox, until, see, text_of):
    async with run_app(sandbox=sandbox, size=(120, 40)) as pilot:
        jobs, job = await opened(pilot, until, sandbox, people(200), pace=20.0)
        screen = pilot.app.screen
        await go_on(pilot, until)
        await see(pilot, "⇉ running")
        # The top bar says so too, and the items stand beside the counts.
        await until(pilot, lambda: pilot.app.jobs_mark[0].startswith("⇉ "))
        await see(pilot, "Hi Maya")
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await see(pilot, "A job is running")
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen and keys_are_answered(pilot))
        # From wherever the cursor stands. The key that pauses, pressed twice, does not go on.
        await pilot.press("enter")
        await until(pilot, lambda: screen.query_one(ItemList).has_focus)
        await pilot.press("space")
        await see(pilot, "‖ paus")
        await pilot.press("space")
        await until(pilot, lambda: job.id not in jobs.running)
        await see(pilot, "‖ paused")
        # However small the terminal is, it says how it stands and what goes on.
        await pilot.resize_terminal(40, 12)
        shown = ("‖ paused", "space goes on.", "○ waiting")
        await until(pilot, lambda: all(words in text_of(pilot) for words in shown))
        assert not screen.max_scroll_y
        await pilot.resize_terminal(120, 40)
        before = posts(sandbox)
        assert 0 < before < 200 and pilot.app.jobs_mark[0].startswith("‖ ")
        await go_on(pilot, until)
        await see(pilot, "⇉ running")
        await pilot.press("X")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await see(pilot, "left undone for good")
        await until(pilot, lambda: job.id not in jobs.running)
        assert posts(sandbox) < 200
        assert pilot.app.jobs_mark[0] == ""


async def test_what_halts_says_why_and_one_key_goes_on(run_app, sandbox, until, see, text_of):
    async with run_app(sandbox=sandbox) as pilot:
        refused = [INVALID] * 8
        _jobs, _job = await opened(pilot, until, sandbox, refused, halts=HaltRules(alike=3))
        await go_on(pilot, until)
        await see(pilot, "! halted")
        await see(pilot, "Mend that first; space then goes on.")
        shown = posts(sandbox)
        assert shown < 8
        await go_on(pilot, until)
        await until(pilot, lambda: posts(sandbox) > shown)


@pytest.mark.landing
async def test_an_unknown_one_is_shown_first_and_settled_as_in_the_outbox(run_app, sandbox, until, see, text_of):
    sandbox.faults.add(Fault("reset-before", method="POST", path=LIST))
    async with run_app(sandbox=sandbox) as pilot:
        jobs, job = await opened(pilot, until, sandbox, people(1))
        screen = pilot.app.screen
        await go_on(pilot, until)
        await see(pilot, "? unknown")
        await until(pilot, lambda: job.id not in jobs.running and screen.report.view.looking_up == 0)
        await stand_on(pilot, until, Became(Fate.UNKNOWN))
        await pilot.press("enter")
        items = screen.query_one(ItemList)
        await until(pilot, lambda: items.has_focus and items.current is not None)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, OutboxScreen) and keys_are_answered(pilot))
        await until(pilot, lambda: pilot.app.screen.query_one(Outcome).sending is not None)
        await pilot.press("m")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await see(pilot, "By your own word")
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        await until(pilot, lambda: Became(Fate.UNKNOWN) not in counts(pilot))
        view = await jobs.view(job.id)
        assert view.job.counts.states == {ItemState.DONE: 1, ItemState.LEFT_OUT: 1}
        assert posts(sandbox) == 1


@pytest.mark.landing
async def test_what_a_dead_run_left_is_told_at_the_start_and_goes_on_by_one_key(
    run_app, sandbox, connect, until, see, text_of, tmp_path
):
    connection = connect(sandbox, name="acme")
    folder = tmp_path / "config"
    save(folder / "connections.toml", Connections([connection]))
    new = NewJob(
        JobKind.CAMPAIGN,
        "Autumn reminders",
        "acme",
        sandbox.account_sid,
        "",
        "reminders.csv",
        COLUMNS,
        (sandbox.numbers[0],),
    )
    async with Client(connection) as client:
        new = replace(new, base=client.policy.base)
    with JobStore(find_paths(folder).jobs) as store:
        job = store.create(new, rows(people(3), sandbox.numbers[0]))
        store.set_state(job.id, JobState.RUNNING)
        store.claim(job.id, [1])
    async with run_app(connection="acme") as pilot:
        # Nothing of it is done by itself, and every place says that it waits.
        await until(pilot, lambda: any("J lists it" in told.message for told in pilot.app._notifications))
        await until(pilot, lambda: pilot.app.jobs_mark[0].startswith("! "))
        await see(pilot, "! 0/3")
        assert posts(sandbox) == 0
        await pilot.press("J")
        await until(pilot, lambda: isinstance(pilot.app.screen, JobsScreen) and keys_are_answered(pilot))
        await see(pilot, "! interrupted")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, JobScreen) and pilot.app.screen.report.view is not None)
        await see(pilot, "Nothing is sent twice")
        await go_on(pilot, until)
        await see(pilot, "✓ finished · 3 of 3")
        assert posts(sandbox) == 3
        # Back to the list, then to where one came from.
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, JobsScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen))
