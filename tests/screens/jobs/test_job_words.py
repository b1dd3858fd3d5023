"""What is said of jobs and their items: in lists, in the top bar, in a ticket; nothing of it acts on a terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from unicodedata import category

import pytest

from tests.terminal.hostile import PAYLOADS
from tui.jobs.model import ItemState, Job, JobCounts, JobItem, JobKind, JobState, LeftOut, NewJob
from tui.jobs.report import Became, Fate, SentOutcome
from tui.safe_text import safe_text
from tui.screens.jobs.count_lines import LineKind, count_lines, meaning_of_group
from tui.screens.jobs.item_words import item_lines, item_row
from tui.screens.jobs.job_export import csv_columns, csv_row, ticket
from tui.screens.jobs.job_watch import JobWatch
from tui.screens.jobs.job_words import job_row, progress_bar, reason_lines, state_line, title_line
from tui.screens.jobs.to_failed import prefill_of, rows_of
from tui.services.jobs import JobView
from tui.twilio.drafts import Draft

NOW = datetime(2026, 11, 29, 17, 0, tzinfo=UTC)
MAYA = "+14155550123"
NEW = NewJob(
    JobKind.CAMPAIGN,
    "Autumn reminders",
    "acme",
    "AC" + "1" * 32,
    "https://api.twilio.com",
    "reminders.csv",
    ("name", "number", "status"),
    ("+14155550100",),
)


def job(state: JobState = JobState.RUNNING, reason: str = "", new: NewJob = NEW, id: int = 7, **counts: int) -> Job:
    states = {ItemState[name.upper()]: count for name, count in (counts or {"done": 84, "waiting": 114}).items()}
    return Job(id, new, state, JobCounts(states), NOW - timedelta(minutes=5), NOW - timedelta(minutes=4), None, reason)


def name(address: str) -> str:
    return safe_text(address)


@pytest.mark.parametrize(
    ("view", "line", "reason"),
    [
        (
            JobView(job(), here=True, rate=1.04, left=114.0),
            "⇉ running · 84 of 198 · 1.0/s · about 1 min 54 s left · from +14155550100",
            "",
        ),
        (
            JobView(job(), here=True, waiting_for="Twilio says slow down: next try in 8 s"),
            "⇉ running · 84 of 198 · from +14155550100",
            "Twilio says slow down: next try in 8 s",
        ),
        (
            JobView(job(JobState.PAUSED), here=True, under_way=3),
            "‖ pausing · 84 of 198 · 3 still under way · from +14155550100",
            "Nothing more is begun; space goes on.",
        ),
        (
            JobView(job(JobState.HALTED, "5 in a row were refused: 21606.")),
            "! halted · 84 of 198 · from +14155550100",
            "5 in a row were refused: 21606.\nMend that first; space then goes on.",
        ),
        (
            JobView(job(unknown=1, done=83, waiting=114), interrupted=True),
            "! interrupted · 84 of 198 · 1 unknown · from +14155550100",
            "The program ended while it ran. Nothing is sent twice; space goes on.",
        ),
        (
            JobView(job(), elsewhere=True),
            "⇉ runs in another window · 84 of 198 · from +14155550100",
            "Another window or program runs it. It can be paused here as well; it is never run twice.",
        ),
    ],
)
def test_one_line_says_what_is_going_on_and_the_next_what_to_do(view, line, reason):
    assert state_line(view, NOW, name).plain == line
    assert reason_lines(view).plain == reason


def test_a_list_says_refused_below_a_line_that_says_so_and_failed_where_what_was_not_delivered_counts_too():
    view = JobView(job(JobState.FINISHED, failed=2, done=196))
    assert "2 refused" in "".join(words for words, _ in job_row(view, 80, NOW, name))
    assert state_line(view, NOW, name).plain.startswith("✓ finished · 198 of 198 · 2 refused · ")
    assert state_line(view, NOW, name, 3).plain.startswith("✓ finished · 198 of 198 · 3 failed · ")


def test_in_a_list_no_key_goes_on():
    """Of a job that is not open: what is under the cursor of a list goes on by no key there."""
    halted = JobView(job(JobState.HALTED, "5 in a row were refused: 21606."))
    assert reason_lines(halted, listed=True).plain.endswith("Mend that first. Open it: there space then goes on.")


@pytest.mark.parametrize(
    ("done", "waiting", "bar"),
    [(0, 9, "░░░░░░░░░░"), (1, 9999, "█░░░░░░░░░"), (9999, 1, "█████████░"), (9, 0, "█" * 10)],
)
def test_what_has_begun_is_seen_in_the_bar_and_what_is_left_as_well(done, waiting, bar):
    assert progress_bar(job(done=done, waiting=waiting), 10).plain == bar


def test_trouble_stands_before_all_else():
    groups = {
        Became(Fate.UNKNOWN): [1],
        Became(Fate.FAILED, 30007): [2, 3],
        Became(Fate.WAITING): [4],
        Became(Fate.LEFT_OUT, left_out=LeftOut.DUPLICATE): [5],
    }
    lines = count_lines(job(JobState.PAUSED), groups)
    assert [(line.kind, line.words) for line in lines] == [
        (LineKind.HEADING, "what became of them · 4"),
        (LineKind.COUNT, "? unknown"),
        (LineKind.COUNT, "✗ 30007 carrier filtered"),
        (LineKind.COUNT, "○ waiting"),
        (LineKind.HEADING, "left out · 1"),
        (LineKind.COUNT, "– duplicate number"),
    ]
    # Nothing waits any more once a person has given it up.
    stopped = job(JobState.STOPPED)
    assert "– left undone" in [line.words for line in count_lines(stopped, groups)]
    assert "not sent any more" in meaning_of_group(Became(Fate.WAITING), stopped)


def watch_of(*views: JobView, connection: str = "acme") -> JobWatch:
    watch = JobWatch(
        SimpleNamespace(account=SimpleNamespace(name=connection)),  # pyright: ignore[reportArgumentType]
        lambda _: None,
        lambda: None,
        lambda _: None,
    )
    watch._views = {view.job.id: view for view in views}
    return watch


def test_the_mark_in_the_top_bar_is_of_what_needs_somebody_first():
    running, paused = JobView(job(), here=True), JobView(job(JobState.PAUSED, id=8))
    assert watch_of().mark == ("", "plain")
    assert watch_of(running).mark == ("⇉ 84/198", "busy")
    assert watch_of(running, connection="harbor").mark == ("⇉ acme 84/198", "busy")
    assert watch_of(paused, running).mark == ("⇉ 84/198 +1", "busy")
    assert watch_of(paused, running, JobView(job(id=9), interrupted=True)).mark == ("! 84/198 +2", "bad")
    assert watch_of(JobView(job(done=9900, waiting=100), here=True)).mark == ("⇉ 99 %", "busy")
    assert watch_of(paused).ends_with_this == ""
    watch = watch_of(running, paused)
    assert "“Autumn reminders” (84 of 198) runs. It stops once" in watch.ends_with_this
    assert "The next start says so" in watch.ends_with_this
    watch._of_sandbox.add(running.job.id)
    assert watch.ends_with_this.endswith("What runs in the sandbox is forgotten with it.")
    assert "next start" not in watch.ends_with_this


@pytest.mark.parametrize(("connection", "told"), [("harbor", 1), ("acme", 0)])
def test_that_a_job_goes_on_with_its_connection_is_said_where_another_is_in_use(connection, told):
    watch, said = watch_of(JobView(job(), here=True), connection=connection), list[str]()
    watch._say = said.append
    watch._work = lambda _: None
    watch.take(SimpleNamespace(what=None, account=None))  # pyright: ignore[reportArgumentType]
    assert len(said) == told


def item(number: int, to: str = MAYA, **more) -> JobItem:
    cells = (f"Maya {number}", "(415) 555-0123", "new")
    known = {"state": ItemState.FAILED, "draft": Draft(to, "+14155550100", f"Hi {number}"), "cells": cells} | more
    return JobItem(7, number, number + 1, changed_at=NOW, **known)


def test_a_second_campaign_has_the_rows_as_they_stood_and_knows_the_column_of_numbers():
    rows = rows_of(job(), [item(1), item(2)])
    assert (rows.columns, rows.column) == (NEW.columns, 1)
    assert rows.rows[0] == ("Maya 1", "(415) 555-0123", "new")
    assert prefill_of([item(1), item(2)]).body == ""
    assert prefill_of([item(1), item(1)]).body == "Hi 1"
    # What was sent is no pattern: a brace in it is a brace.
    sent = Draft(MAYA, "+14155550100", "Code {name}", ("https://example.com/{a}.png",))
    again = prefill_of([item(1, draft=sent)])
    assert (again.body, again.media) == ("Code {{name}}", ("https://example.com/{{a}}.png",))
    # What was redacted meanwhile is not brought back.
    assert prefill_of([item(1, withdrawn=True)]).body == ""


def test_the_report_keeps_the_columns_it_was_made_from_and_gives_way_where_names_meet():
    assert csv_columns(job())[:5] == ("name", "number", "status", "item", "row")
    assert {"tuilio number", "tuilio status"} <= set(csv_columns(job()))
    row = csv_row(job(), item(1, state=ItemState.DONE, sid="SM1"), SentOutcome("undelivered", 30007))
    assert len(row) == len(csv_columns(job()))
    assert row[:3] == ("Maya 1", "(415) 555-0123", "new") and row[6:10] == ("failed", "SM1", "undelivered", 30007)


def test_a_ticket_names_codes_and_messages_and_no_text():
    groups = {Became(Fate.FAILED, 30007): [1, 2], Became(Fate.DELIVERED): [3]}
    text = ticket(job(), groups, {Became(Fate.FAILED, 30007): ["SM1", "SM2"]}, "finished", NOW)
    assert "Campaign “Autumn reminders”: finished, 84 of 198" in text
    assert "2  30007 carrier filtered\n     SM1\n     SM2\n1  delivered" in text
    assert "Hi" not in text and "Maya" not in text


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_no_line_holds_what_a_terminal_would_obey(payload):
    new = NewJob(JobKind.CAMPAIGN, payload, payload, "AC1", payload, payload, (payload, "b"), (payload,))
    view = JobView(job(JobState.HALTED, payload, new=new))
    bad = item(1, payload, cells=(payload, payload), detail=payload, sid=payload)
    shown = "".join(text for text, _ in job_row(view, 120, NOW, name))
    shown += title_line(view.job, NOW).plain + state_line(view, NOW, name).plain
    shown += reason_lines(view).plain.replace("\n", "")
    for state in (ItemState.FAILED, ItemState.LEFT_OUT, ItemState.UNKNOWN):
        one = JobItem(**{**{f: getattr(bad, f) for f in bad.__slots__}, "state": state, "left_out": LeftOut.MISSING})
        shown += "".join(text for text, _ in item_row(one, None, 120, NOW, name))
        about = item_lines(one, Became(Fate.UNKNOWN), None, NOW, job=view.job, name_of=name)
        shown += about.plain.replace("\n", "")
    assert not [each for each in shown if category(each) in ("Cc", "Cs", "Zl", "Zp")]
    assert not [each for each in shown if "\u202a" <= each <= "\u202e" or "\u2066" <= each <= "\u2069"]
