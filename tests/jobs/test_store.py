"""The store of jobs: an item is claimed by one, moves only where it may, and is on the disk before the next step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.jobs.some_jobs import ACCOUNT, BASE, NEW, START, some
from tests.plans import scans
from tui.jobs import tables
from tui.jobs.model import (
    HaltRules,
    ItemResult,
    ItemState,
    JobState,
    LeftOut,
    NewItem,
    Pacing,
)
from tui.jobs.store import JobStore
from tui.storage.errors import JobConflict, JobGone
from tui.storage.journal_entry import SentTemplate
from tui.twilio.drafts import Draft


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "jobs.sqlite3"


@pytest.fixture
def store(path):
    with JobStore(path, clock=lambda: START) as opened:
        yield opened


@pytest.fixture
def running(store):
    return store.set_state(store.create(NEW, some(5)).id, JobState.RUNNING)


def states(store, id):
    return [item.state.value for item in store.items(id)]


def test_a_job_comes_back_as_it_was_written_down(store, path):
    new = replace(NEW, pacing=Pacing(None, 8), halts=HaltRules(3, 0.5), name="half \ud83d", source="\x1b[31m\0")
    whole = Draft(
        "+1",
        "MG" + "2" * 32,
        "half \ud83d",
        ("https://a/ü", "https://b"),
        "https://c",
        5,
        START + timedelta(days=1),
        "HX" + "3" * 32,
        '{"1": "x"}',
        True,
        False,
        None,
    )
    items = [
        NewItem(2, whole, template=SentTemplate("t", "de", "Hallo"), cells=("a", "\ud83d", "")),
        NewItem(3, sid="SM" + "4" * 32),
        NewItem(4, left_out=LeftOut.OPTED_OUT, detail="said STOP", cells=("x",)),
    ]
    job = store.create(new, items)
    with JobStore(path) as other:
        assert other.job(job.id) == job
        assert (job.new, job.state, job.created_at, job.damaged) == (new, JobState.READY, START, ())
        found = other.items(job.id)
    assert [(e.line, e.draft, e.sid, e.template, e.cells, e.left_out, e.detail) for e in found] == [
        (e.line, e.draft, e.sid, e.template, e.cells, e.left_out, e.detail) for e in items
    ]
    assert [e.state for e in found] == [ItemState.WAITING, ItemState.WAITING, ItemState.LEFT_OUT]
    assert (job.counts.total, job.counts.open, job.counts.left_out) == (2, 2, {LeftOut.OPTED_OUT: 1})


def test_what_is_claimed_is_nobody_elses(running, store, path):
    with JobStore(path) as other:
        assert [item.number for item in store.claim(running.id, [1, 2])] == [1, 2]
        claimed = other.claim(running.id, [4, 3, 2, 1, 99])
    assert [(item.number, item.state, item.attempts) for item in claimed] == [
        (3, ItemState.LEAVING, 1),
        (4, ItemState.LEAVING, 1),
    ]
    assert store.claim(running.id, [1, 2, 3, 4]) == ()
    assert states(store, running.id) == ["leaving"] * 4 + ["waiting"]


@pytest.mark.parametrize("state", [JobState.PAUSED, JobState.HALTED, JobState.STOPPED])
def test_nothing_is_claimed_of_a_job_that_does_not_run(running, store, state):
    store.set_state(running.id, state, reason="why")
    assert store.claim(running.id, [1]) == ()
    assert states(store, running.id) == ["waiting"] * 5
    with pytest.raises(JobGone):
        store.claim(running.id + 1, [1])


def test_an_item_that_was_put_back_is_told_when_it_is_due(running, store):
    store.claim(running.id, [1])
    later = START + timedelta(seconds=8)
    store.settle(running.id, [ItemResult(1, ItemState.WAITING, detail="not now", not_before=later)])
    assert [(e.not_before, e.detail) for e in store.items(running.id, limit=2)] == [(later, "not now"), (None, None)]
    again = store.claim(running.id, [1])[0]
    assert (again.attempts, again.not_before, again.detail) == (2, None, None)


def test_what_became_of_items_is_kept_and_counted(running, store):
    store.claim(running.id, [1, 2, 3, 4])
    store.settle(
        running.id,
        [
            ItemResult(1, ItemState.DONE, sid="SM1", entry=7),
            ItemResult(2, ItemState.FAILED, code=21211, detail="Wrong."),
            ItemResult(3, ItemState.UNKNOWN, entry=8),
            ItemResult(4, ItemState.LEFT_OUT, left_out=LeftOut.OPTED_OUT),
        ],
    )
    counts = store.job(running.id).counts
    assert (counts.total, counts.open) == (4, 1)
    assert (counts.codes, counts.left_out) == ({21211: 1}, {LeftOut.OPTED_OUT: 1})
    assert store.sids(running.id) == ((1, "SM1"),)
    failed, left_out = (store.items(running.id, [each])[0] for each in (ItemState.FAILED, ItemState.LEFT_OUT))
    assert (failed.number, failed.code, left_out.number, left_out.left_out) == (2, 21211, 4, LeftOut.OPTED_OUT)
    assert [e.number for e in store.items(running.id, [ItemState.UNKNOWN, ItemState.WAITING], after=3)] == [5]
    store.settle(running.id, [ItemResult(3, ItemState.DONE, sid="SM3")])
    (found,) = store.items(running.id, after=2, limit=1)
    assert (found.state, found.sid, found.entry) == (ItemState.DONE, "SM3", 8)


def test_one_illegal_move_moves_nothing(running, store):
    store.claim(running.id, [1, 2])
    done = ItemResult(1, ItemState.DONE, sid="SM1")
    for other in (ItemResult(3, ItemState.DONE), ItemResult(9, ItemState.DONE), ItemResult(2, ItemState.LEAVING)):
        if other.number != 2:
            with pytest.raises(JobConflict):
                store.settle(running.id, [done, other])
            assert states(store, running.id)[:2] == ["leaving", "leaving"]
    store.settle(running.id, [done])
    store.settle(running.id, [done])
    with pytest.raises(JobConflict, match="another message"):
        store.settle(running.id, [ItemResult(1, ItemState.DONE, sid="SM2")])
    with pytest.raises(JobGone):
        store.settle(running.id + 1, [done])


def test_a_job_is_finished_when_nothing_is_left_to_do(running, store):
    with pytest.raises(JobConflict, match="5 of its items"):
        store.set_state(running.id, JobState.FINISHED)
    store.claim(running.id, range(1, 6))
    store.settle(running.id, [ItemResult(number, ItemState.UNKNOWN) for number in range(1, 6)])
    assert store.set_state(running.id, JobState.FINISHED).ended_at == START
    with pytest.raises(JobConflict, match="finished cannot become running"):
        store.set_state(running.id, JobState.RUNNING)
    # What is looked up later is told all the same.
    store.settle(running.id, [ItemResult(1, ItemState.DONE, sid="SM1")])


def test_jobs_are_newest_first_and_of_one_account_and_server(store):
    ids = [store.create(replace(NEW, account_sid=who), ()).id for who in (ACCOUNT, "AC2", ACCOUNT)]
    store.create(replace(NEW, base="http://127.0.0.1:1"), ())
    assert [job.id for job in store.jobs(ACCOUNT, BASE)] == [ids[2], ids[0]]
    assert [job.id for job in store.jobs(ACCOUNT, BASE, limit=1)] == [ids[2]]
    store.remove(ids[2])
    assert [job.id for job in store.jobs(ACCOUNT, BASE)] == [ids[0]]
    with JobStore(None) as another:
        assert another.create(NEW, ()).id not in range(min(ids) - 1000, max(ids) + 1000)


def test_nothing_that_is_asked_while_a_job_runs_goes_through_all_items(running, store):
    id = running.id
    steps = {
        "job": lambda: store.job(id),
        "jobs": lambda: store.jobs(ACCOUNT, BASE),
        "items": lambda: store.items(id, [ItemState.WAITING], after=1),
        "of a count": lambda: store.items(id, [ItemState.FAILED]),
        "claim": lambda: store.claim(id, [1, 2]),
        "settle": lambda: store.settle(id, [ItemResult(1, ItemState.DONE, sid="SM1")]),
        "state": lambda: store.set_state(id, JobState.RUNNING),
        "sids": lambda: store.sids(id),
        "withdraw": lambda: tables.withdraw(store._file._database, ACCOUNT, {"SM2": True}),
        "overwrite": store.overwrite,
    }
    found = {name: scans(store._file._database, step) for name, step in steps.items()}
    # Jobs are few, and those of no account are shown with each.
    found["jobs"] = [step for step in found["jobs"] if not step.startswith("SCAN jobs")]
    assert {name: each for name, each in found.items() if each} == {}
