"""Laws of the store of jobs: over any steps, of either of two programs, stopped anywhere, and on a damaged file."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases import in_full
from tests.jobs.some_jobs import ACCOUNT, BASE, NEW, START, some
from tui.jobs.model import ITEM_FOLLOWERS, JOB_FOLLOWERS, ItemResult, ItemState, JobState, LeftOut, NewItem
from tui.jobs.store import JobStore
from tui.storage.errors import JobConflict, JobsUnavailable

COUNT = 6
numbers = st.lists(st.integers(1, COUNT + 1), max_size=4)
results = st.lists(st.tuples(st.integers(1, COUNT), st.sampled_from(ItemState)), min_size=1, max_size=3)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("claim"), st.integers(0, 1), numbers),
        st.tuples(st.just("settle"), st.integers(0, 1), results),
        st.tuples(st.just("job"), st.integers(0, 1), st.sampled_from(JobState)),
        st.tuples(st.just("close"), st.integers(0, 1), st.none()),
        st.tuples(st.just("stopped within"), st.integers(0, 1), numbers),
    ),
    max_size=30,
)


class Model:
    """What the items and the job should be."""

    def __init__(self) -> None:
        self.job = JobState.READY
        self.items = dict.fromkeys(range(1, COUNT + 1), ItemState.WAITING)

    def claim(self, wanted: list[int]) -> list[int]:
        if self.job is not JobState.RUNNING:
            return []
        got = sorted({each for each in wanted if self.items.get(each) is ItemState.WAITING})
        self.items |= dict.fromkeys(got, ItemState.LEAVING)
        return got

    def settle(self, wanted: list[tuple[int, ItemState]]) -> bool:
        items = dict(self.items)
        for number, state in wanted:
            same = items[number] is state is not ItemState.WAITING
            if not same and state not in ITEM_FOLLOWERS[items[number]]:
                return False
            items[number] = state
        self.items = items
        return True

    def move(self, state: JobState) -> bool:
        waits = {ItemState.WAITING, ItemState.LEAVING} & set(self.items.values())
        legal = state in JOB_FOLLOWERS[self.job] and not (state is JobState.FINISHED and waits)
        if legal or state is self.job:
            self.job = state
            return True
        return False


@given(steps)
@settings(max_examples=25)
def test_whatever_two_programs_do_an_item_moves_only_where_it_may(done):
    with TemporaryDirectory() as folder:
        stores = [JobStore(Path(folder) / "jobs.sqlite3", clock=lambda: START) for _ in range(2)]
        id = stores[0].create(NEW, [*some(COUNT), NewItem(99, left_out=LeftOut.COUNTRY)]).id
        model = Model()
        marks, change = stores[1].marks(id)
        followed = {mark.number: mark for mark in marks}
        for what, which, values in done:
            store, other = stores[which], stores[1 - which]
            if what == "claim":
                assert [item.number for item in store.claim(id, values)] == model.claim(values)
            elif what == "settle":
                given_ = [ItemResult(number, state, f"SM{number}", code=len(values)) for number, state in values]
                if model.settle(values):
                    store.settle(id, given_)
                else:
                    with pytest.raises(JobConflict):
                        store.settle(id, given_)
            elif what == "job":
                if model.move(values):
                    store.set_state(id, values, reason="why")
                else:
                    with pytest.raises(JobConflict):
                        store.set_state(id, values)
            elif what == "close":
                store.close()
            else:
                # The program ends before what it writes is committed.
                with suppress(KeyboardInterrupt), store._file.transaction() as database:
                    database.execute("UPDATE items SET state = 'done'")
                    raise KeyboardInterrupt
            found = {item.number: item.state for item in other.items(id)}
            assert found == {**model.items, COUNT + 1: ItemState.LEFT_OUT}
            marks, change = other.marks(id, change)
            assert len({mark.number for mark in marks}) == len(marks)
            followed |= {mark.number: mark for mark in marks}
            assert (tuple(followed.values()), change) == other.marks(id)
            job = other.job(id)
            assert job.state is model.job
            assert job.counts.states == {
                state: list(found.values()).count(state) for state in ItemState if state in found.values()
            }
        for store in stores:
            store.close()


CLAIMING = """
import sys
from pathlib import Path
from tui.jobs.model import ItemResult, ItemState
from tui.jobs.store import JobStore
store, id = JobStore(Path(sys.argv[1])), int(sys.argv[2])
while waiting := store.items(id, [ItemState.WAITING], limit=8):
    got = store.claim(id, [item.number for item in waiting])
    print(*(item.number for item in got), flush=True)
    store.settle(id, [ItemResult(item.number, ItemState.DONE, sid=f"SM{item.number}") for item in got])
"""


def start(path: Path, id: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CLAIMING, str(path), str(id)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_programs_that_claim_at_once_never_get_the_same_item(tmp_path):
    path = tmp_path / "jobs.sqlite3"
    with JobStore(path) as store:
        id = store.set_state(store.create(NEW, some(300)).id, JobState.RUNNING).id
        said = [each.communicate(timeout=60)[0].split() for each in [start(path, id), start(path, id)]]
        claimed = [int(number) for each in said for number in each]
        assert sorted(claimed) == list(range(1, 301))
        assert store.set_state(id, JobState.FINISHED).counts.states == {ItemState.DONE: 300}


@pytest.mark.parametrize("part", [0, *(in_full(part) for part in range(1, 8))])
def test_what_was_claimed_before_a_kill_is_not_claimed_after_it(tmp_path, part):
    path, draws = tmp_path / "jobs.sqlite3", random.Random(part)
    with JobStore(path) as store:
        id = store.set_state(store.create(NEW, some(500)).id, JobState.RUNNING).id
    told: list[int] = []
    for _ in range(2):
        with start(path, id) as one:
            assert one.stdout is not None
            for _ in range(draws.randint(1, 15)):
                told += map(int, one.stdout.readline().split())
            os.kill(one.pid, signal.SIGKILL)
            told += map(int, one.stdout.read().split())
    assert len(told) == len(set(told))
    with JobStore(path) as store:
        states = {item.number: item.state for item in store.items(id, limit=1000)}
        assert {states[number] for number in told} <= {ItemState.LEAVING, ItemState.DONE}
        # Killed between the commit and its word of it: at most what one group of either had.
        untold = [number for number, state in states.items() if state is not ItemState.WAITING and number not in told]
        assert len(untold) <= 2 * 8


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of two jobs, with items in every state, before anything happened to it."""
    path = tmp_path_factory.mktemp("whole") / "jobs.sqlite3"
    with JobStore(path, clock=lambda: START) as store:
        fill(store)
    return path


def fill(store: JobStore) -> None:
    store.create(NEW, some(12))
    id = store.set_state(store.create(NEW, some(60)).id, JobState.RUNNING).id
    store.claim(id, range(1, 41))
    ends = [ItemState.DONE, ItemState.FAILED, ItemState.UNKNOWN, ItemState.WAITING, ItemState.LEFT_OUT]
    store.settle(
        id,
        [
            ItemResult(number, ends[number % 5], sid=f"SM{number}", code=number, left_out=LeftOut.OPTED_OUT)
            for number in range(1, 31)
        ],
    )


def work_with(path: Path, whole: Path, *, counted: bool) -> None:
    """Everything that is done with a file; what is begun of it is what was written down, and was waiting.

    What is `counted` is what the rows say, unless a byte was changed behind SQLite's back: it counts by an index.
    """
    with JobStore(whole) as store:
        original = {
            (job.id, item.number): item for job in store.jobs(ACCOUNT, BASE) for item in store.items(job.id, limit=999)
        }
    with JobStore(path, clock=lambda: START) as store:
        store.prune()
        store.under_way()
        for job in store.jobs(ACCOUNT, BASE):
            with suppress(JobConflict):
                store.set_state(job.id, JobState.RUNNING)
            items = store.items(job.id, limit=999)
            counts = store.job(job.id).counts
            if counted:
                assert counts.states.get(ItemState.UNKNOWN, 0) == sum(e.state is ItemState.UNKNOWN for e in items)
                assert sum(counts.states.values()) == len(items)
            rounds, begun = 0, set[int]()
            while waiting := store.items(job.id, [ItemState.WAITING], limit=8):
                rounds += 1
                assert rounds < 99, waiting
                claimed = store.claim(job.id, [item.number for item in waiting])
                if (not claimed and (job := store.job(job.id)).state is not JobState.RUNNING) or job.damaged:
                    break
                for item in claimed:
                    before = original[item.job, item.number]
                    assert (item.draft, before.state) == (before.draft, ItemState.WAITING)
                    assert (item.damaged, item.number in begun) == ((), False)
                    begun.add(item.number)
                store.settle(job.id, [ItemResult(item.number, ItemState.DONE) for item in claimed])
            store.sids(job.id)
            job = store.job(job.id)
            if counted and job.state is JobState.RUNNING and not job.damaged:
                assert not store.items(job.id, [ItemState.WAITING])
        store.withdraw(ACCOUNT, {f"SM{number}": True for number in range(99)})
        assert store.create(NEW, some(2)).counts.open == 2


ITEM_COLUMNS = ["job", "number", "line", "state", "draft", "sid", "template", "cells", "left_out", "code", "detail"]
ITEM_COLUMNS += ["entry", "attempts", "not_before", "changed_at", "withdrawn", "checksum"]
JOB_COLUMNS = ["kind", "name", "connection", "account_sid", "base", "source", "columns", "senders", "pacing", "halts"]
JOB_COLUMNS += ["state", "reason", "journal", "created_at", "started_at", "ended_at"]
VALUES = ["", "garbage", "waiting", "running", "finished", 5, -1, 1.5, 2**63 - 1, b"\xff", "[", "[1]", "null", "{}"]
VALUES += ['{"to": 5}', '{"x": 1}', '{"to": "+1", "from_": "+2", "body": "other"}', "[1e999, 4]", "[0, 0]", "[true, 1]"]
VALUES += ["9999-12-31T23:59:59+00:00", "2026-01-01", "x" * 50_000, "[" * 5000, '["AC", "en", "text"]']


@pytest.mark.parametrize("part", [0, *(in_full(part) for part in range(1, 20))])
def test_any_damaged_cell_is_a_row_that_is_not_begun(tmp_path, whole, part):
    for number in range(12):
        draws = random.Random(part * 1000 + number)
        path = tmp_path / f"{number}.sqlite3"
        shutil.copy(whole, path)
        with sqlite3.connect(path) as database:
            for _ in range(draws.choice([1, 1, 2, 6])):
                table, columns, rows = draws.choice([("items", ITEM_COLUMNS, 72), ("jobs", JOB_COLUMNS, 2)])
                row = draws.randrange(rows)
                value = draws.choice(["?", "?", "?", "?", "CAST(x'ffc0ed' AS TEXT)", "NULL"])
                values = (draws.choice(VALUES),) if value == "?" else ()
                with suppress(sqlite3.IntegrityError):
                    database.execute(
                        f"UPDATE {table} SET {draws.choice(columns)} = {value} "
                        f"WHERE rowid = (SELECT rowid FROM {table} LIMIT 1 OFFSET {row})",
                        values,
                    )
        database.close()
        work_with(path, whole, counted=True)


@pytest.mark.parametrize("part", [0, *(in_full(part) for part in range(1, 20))])
def test_damage_in_any_page_begins_nothing_that_was_not_written_down(tmp_path, whole, part):
    content = whole.read_bytes()
    pages = range(len(content) // 4096)
    for page in pages:
        draws = random.Random(part * 1000 + page)
        path = tmp_path / f"{page}.sqlite3"
        spoiled = bytearray(content)
        if part % 2:
            for _ in range(draws.choice([1, 3, 30])):
                spoiled[page * 4096 + draws.randrange(4096)] = draws.randrange(256)
        else:
            length = draws.choice([16, 512, 4096])
            begin = page * 4096 + draws.randrange(4096 - length + 1)
            spoiled[begin : begin + length] = draws.choice([bytes(length), draws.randbytes(length)])
        path.write_bytes(spoiled)
        try:
            work_with(path, whole, counted=False)
        except JobsUnavailable as problem:
            # Damage that only shows where it is met: the next use looks through the file and sets it aside.
            assert problem.remedy
            with suppress(JobsUnavailable):
                work_with(path, whole, counted=False)


def test_a_row_names_what_cannot_be_read_of_it(tmp_path, whole):
    path = tmp_path / "jobs.sqlite3"
    shutil.copy(whole, path)
    with sqlite3.connect(path) as database:
        for rowid, column, value in ((13, "draft", "{}"), (53, "draft", "["), (54, "state", "x"), (55, "cells", "[")):
            database.execute(f"UPDATE items SET {column} = ? WHERE rowid = ?", (value, rowid))
        database.execute("UPDATE jobs SET pacing = '[]' WHERE rowid = (SELECT min(rowid) FROM jobs)")
    database.close()
    with JobStore(path, clock=lambda: START) as store:
        running, broken = store.jobs(ACCOUNT, BASE)
        assert broken.damaged == ("pace",)
        with pytest.raises(JobConflict, match="pace cannot be read"):
            store.set_state(broken.id, JobState.RUNNING)
        assert store.set_state(broken.id, JobState.STOPPED).state is JobState.STOPPED
        named = {item.number: (item.damaged, item.state) for item in store.items(running.id) if item.damaged}
        assert named == {
            1: (("text",), ItemState.FAILED),
            41: (("text",), ItemState.WAITING),
            42: (("state",), ItemState.UNKNOWN),
            43: (("cells",), ItemState.WAITING),
        }
        assert [item.number for item in store.claim(running.id, [41, 42, 43, 44])] == [44]
        failed = store.items(running.id, [ItemState.FAILED], after=40)
        assert [(item.number, item.detail) for item in failed] == [
            (41, "Its text cannot be read in the file of jobs, so it was not begun."),
            (43, "Its cells cannot be read in the file of jobs, so it was not begun."),
        ]
        assert 42 in [item.number for item in store.items(running.id, [ItemState.UNKNOWN])]


FULL = """
import resource, sys
from pathlib import Path
from tui.jobs.model import ItemState, JobState
from tui.jobs.store import JobStore
from tui.storage.errors import JobsUnavailable
sys.path.insert(0, sys.argv[2])
from tests.jobs.some_jobs import NEW, some
store = JobStore(Path(sys.argv[1]))
id = store.set_state(store.create(NEW, some(30)).id, JobState.RUNNING).id
used = Path(sys.argv[1] + "-wal").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (used, resource.RLIM_INFINITY))
for step in (lambda: store.claim(id, range(1, 30)), lambda: store.create(NEW, some(2000))):
    try:
        step()
    except JobsUnavailable as problem:
        print(problem)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(len(store.jobs(NEW.account_sid, NEW.base)), {item.state.value for item in store.items(id)})
print(len(store.claim(id, range(1, 30))))
"""


def test_on_a_full_disk_nothing_was_changed_and_space_made_is_used_again(tmp_path):
    here = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "jobs.sqlite3"), str(here)], capture_output=True, text=True
    )
    assert ran.stderr == ""
    first, second, found, claimed = ran.stdout.splitlines()
    for sentence in (first, second):
        assert sentence.startswith("The file of campaigns and bulk changes cannot be used: ")
        assert sentence.endswith("can be written and has room.")
    assert (found, claimed) == ("1 {'waiting'}", "29")


def test_a_file_of_a_newer_version_is_left_alone(tmp_path):
    path = tmp_path / "jobs.sqlite3"
    with JobStore(path) as store:
        store.create(NEW, some(1))
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 2")
    database.close()
    with JobStore(path) as store, pytest.raises(JobsUnavailable, match="newer tuilio"):
        store.jobs(ACCOUNT, BASE)
    assert not list(tmp_path.glob("*.broken-*"))
