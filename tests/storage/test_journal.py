"""The journal: written before a send, moved forward only, one entry to a message."""

from __future__ import annotations

import itertools
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.outbox import kept, sids_in
from tests.plans import scans
from tests.words_in_files import another_reads, files_with
from tui.storage.database import open_database
from tui.storage.errors import OutboxConflict, OutboxUnavailable
from tui.storage.journal import Claim, JournalEntry, JournalState, SendJournal
from tui.storage.journal_database import LAYOUT
from tui.storage.journal_entry import NewSend, SendEnd, SentTemplate

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
DEAD = 2**22 + 7  # beyond the highest process number Linux gives out


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "outbox.sqlite3"


@pytest.fixture
def outbox(path):
    with SendJournal(path) as opened:
        yield opened


def begin(outbox: SendJournal, **changes) -> JournalEntry:
    draft = {"connection": "acme", "account_sid": "AC1", "to": "+1", "sender": "+2", "body": "hello"}
    return outbox.begin(NewSend(**(draft | changes)))


def test_a_send_is_on_disk_before_begin_returns(outbox, path):
    entry = begin(outbox, media=["https://a", "https://b"])
    with SendJournal(path) as other:
        assert other.entries("AC1") == (entry,)
    assert entry.state is JournalState.SENDING
    assert (entry.media, entry.sid, entry.settled_at) == (("https://a", "https://b"), None, None)


def test_times_are_aware_and_in_utc(path):
    zone = (START + timedelta(hours=0)).astimezone()
    with SendJournal(path, clock=lambda: zone) as outbox:
        entry = outbox.settle(begin(outbox).id, JournalState.ACCEPTED, sid="SM1")
        assert entry.started_at == entry.settled_at == START
        assert entry.started_at.utcoffset() == timedelta(0)


def test_only_its_owner_can_read_the_journal(outbox, path):
    begin(outbox)
    files = list(path.parent.glob("outbox.sqlite3*"))
    assert {each.name for each in files} >= {"outbox.sqlite3", "outbox.sqlite3-wal", "outbox.sqlite3-shm"}
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


LEGAL = {(JournalState.SENDING, each) for each in JournalState if each is not JournalState.SENDING} | {
    (JournalState.UNKNOWN, each) for each in (JournalState.ACCEPTED, JournalState.REJECTED, JournalState.NOT_SENT)
}


@pytest.mark.parametrize(("old", "new"), list(itertools.product(JournalState, JournalState)))
def test_a_send_only_moves_forward(old, new):
    with SendJournal(None) as outbox:
        entry = begin(outbox)
        if old is not JournalState.SENDING:
            entry = outbox.settle(entry.id, old, sid="SM1" if old is JournalState.ACCEPTED else None)
        if (old, new) in LEGAL:
            assert outbox.settle(entry.id, new).state is new
        elif old is new:
            assert outbox.settle(entry.id, new) == entry
        else:
            with pytest.raises(OutboxConflict, match=f"{old.value} cannot become {new.value}"):
                outbox.settle(entry.id, new)
            assert kept(outbox, entry) == entry


def test_what_became_of_a_send_is_kept(outbox):
    entry = outbox.settle(begin(outbox).id, JournalState.REJECTED, code=21211, detail="Invalid 'To'")
    assert (entry.code, entry.detail) == (21211, "Invalid 'To'")
    assert kept(outbox, entry) == entry
    with pytest.raises(OutboxConflict, match="no such entry"):
        outbox.settle(entry.id + 1, JournalState.ACCEPTED)


def test_marked_as_sent_by_hand_the_sid_may_follow_once(outbox):
    number = outbox.settle(begin(outbox).id, JournalState.UNKNOWN).id
    outbox.settle(number, JournalState.ACCEPTED)
    assert outbox.settle(number, JournalState.ACCEPTED, sid="SM1").sid == "SM1"
    assert outbox.settle(number, JournalState.ACCEPTED, sid="SM1").sid == "SM1"
    with pytest.raises(OutboxConflict):
        outbox.settle(number, JournalState.ACCEPTED, sid="SM2")


def test_a_message_belongs_to_one_entry_of_its_account_only(outbox):
    first, second, elsewhere = begin(outbox), begin(outbox), begin(outbox, account_sid="AC2")
    outbox.settle(first.id, JournalState.ACCEPTED, sid="SM1")
    outbox.settle(elsewhere.id, JournalState.ACCEPTED, sid="SM1")
    with pytest.raises(OutboxConflict, match="already belongs"):
        outbox.settle(second.id, JournalState.ACCEPTED, sid="SM1")
    assert kept(outbox, second).state is JournalState.SENDING
    assert sids_in(outbox, "AC1") == {"SM1"}
    assert sids_in(outbox, "AC3") == frozenset()


def test_a_look_never_takes_what_is_known_to_be_anothers(outbox):
    first, second = begin(outbox), begin(outbox)
    outbox.settle(first.id, JournalState.ACCEPTED, sid="SM1")
    outbox.settle(second.id, JournalState.UNKNOWN)
    settled, by_this = outbox.claim(second.id, lambda *_: Claim(JournalState.ACCEPTED, "SM1"))
    assert (settled.state, settled.sid, by_this) == (JournalState.UNKNOWN, None, False)


def test_entries_are_newest_first_bounded_and_by_account(outbox):
    numbers = [begin(outbox).id for _ in range(5)]
    begin(outbox, account_sid="AC2")
    assert [each.id for each in outbox.entries("AC1", limit=3)] == numbers[:1:-1]
    outbox.settle(numbers[1], JournalState.UNKNOWN)
    outbox.settle(numbers[3], JournalState.UNKNOWN)
    assert [each.id for each in outbox.unknown("AC1")] == [numbers[3], numbers[1]]


@settings(max_examples=40)
@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_text_comes_back_verbatim(body, media):
    with SendJournal(None) as outbox:
        entry = begin(outbox, body=body + "\ud83d\0", media=media)
        assert kept(outbox, entry).body == body + "\ud83d\0"


def test_recovering_leaves_a_live_send_alone(path):
    with SendJournal(path) as ours, SendJournal(path, pid=os.getppid(), process="other") as theirs:
        begin(ours)
        begin(theirs)
        assert ours.recover() == ()
        assert theirs.recover() == ()


def test_recovering_calls_the_sends_of_a_dead_process_unknown(path):
    with SendJournal(path, pid=DEAD) as dead:
        lost, done = begin(dead), begin(dead)
        dead.settle(done.id, JournalState.ACCEPTED, sid="SM1")
    with SendJournal(path) as outbox:
        (found,) = outbox.recover()
        assert (found.id, found.state) == (lost.id, JournalState.UNKNOWN)
        assert found.settled_at is not None
        assert outbox.unknown("AC1") == (found,)
        assert outbox.recover() == ()


def test_a_process_number_used_again_does_not_hide_a_lost_send(path):
    with SendJournal(path, process="before the restart") as before:
        begin(before)
    with SendJournal(path) as outbox:
        assert len(outbox.recover()) == 1


def test_a_send_older_than_two_minutes_is_unknown_though_its_process_lives(path):
    now = [START]
    with SendJournal(path, clock=lambda: now[0]) as outbox:
        entry = begin(outbox)
        now[0] += timedelta(seconds=120)
        assert outbox.recover() == ()
        now[0] += timedelta(seconds=1)
        assert [each.id for each in outbox.recover()] == [entry.id]
        assert outbox.settle(entry.id, JournalState.ACCEPTED, sid="SM1").state is JournalState.ACCEPTED


KILLED = """
import os, signal, sys
from pathlib import Path
from tui.storage.journal import SendJournal
from tui.storage.journal_entry import NewSend
outbox = SendJournal(Path(sys.argv[1]))
outbox.begin(NewSend("acme", "AC1", "+1", "+2", "hello"))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_send_cut_off_by_a_kill_is_found_unknown(path):
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path)])
    assert killed.returncode == -signal.SIGKILL
    with SendJournal(path) as outbox:
        (entry,) = outbox.recover()
        assert (entry.state, entry.body) == (JournalState.UNKNOWN, "hello")
        assert outbox.notice is None


def test_threads_and_instances_share_a_journal(path):
    failures: list[BaseException] = []

    def until_done(change: Callable[[], JournalEntry]) -> JournalEntry:
        while True:
            try:
                return change()
            except OutboxUnavailable as problem:
                # On a disk that hangs another one has the journal for longer than this one waits; nothing was written.
                assert "database is locked" in str(problem)

    def work(outbox: SendJournal, name: str) -> None:
        try:
            for number in range(10):
                id, sid = until_done(lambda: begin(outbox)).id, f"SM{name}{number}"
                until_done(partial(outbox.settle, id, JournalState.ACCEPTED, sid=sid))
        except BaseException as problem:
            failures.append(problem)

    with SendJournal(path) as one, SendJournal(path) as two:
        threads = [
            threading.Thread(target=work, args=(outbox, str(name))) for name, outbox in enumerate([one, one, two, two])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert len(sids_in(one, "AC1")) == 40


@pytest.mark.parametrize("damage", ["garbage", "torn", "foreign"])
def test_a_damaged_journal_is_set_aside_and_said(path, damage):
    with SendJournal(path) as outbox:
        for _ in range(200):
            begin(outbox, body="x" * 500)
    match damage:
        case "garbage":
            path.write_bytes(b"this is no database, " * 100)
        case "torn":
            whole = path.read_bytes()
            path.write_bytes(whole[:4096] + b"\xaa" * 8192 + whole[12288:])
        case _:
            path.unlink()
            database = sqlite3.connect(path)
            database.execute("CREATE TABLE theirs (x)")
            database.close()
    before = path.read_bytes()
    with SendJournal(path) as outbox:
        entry = begin(outbox)
        (aside,) = path.parent.glob("outbox.sqlite3.broken-*")
        assert aside.read_bytes() == before
        assert aside.name in (outbox.notice or "")
        assert outbox.entries("AC1") == (entry,)


def test_a_journal_that_others_could_read_is_closed_to_them(path):
    path.parent.mkdir()
    path.touch(0o644)
    path.chmod(0o644)
    with SendJournal(path) as outbox:
        begin(outbox)
        assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.glob("outbox.sqlite3*")} == {0o600}


def test_every_line_reaches_the_disk_before_the_next_step(path):
    """SQLite's FULL (2): a commit survives the power that goes."""
    database, _ = open_database(path, LAYOUT)
    with closing(database):
        assert database.execute("PRAGMA synchronous").fetchone() == (2,)


def test_another_instance_that_writes_in_between_makes_nothing_fail(path):
    """A transaction that began by reading would be refused where another has written since."""
    with SendJournal(path) as one, SendJournal(path) as two:
        entry = begin(one)
        writing: list[threading.Thread] = []

        def clock() -> datetime:
            if not writing:
                writing.append(threading.Thread(target=begin, args=(two,)))
                writing[0].start()
                writing[0].join(0.2)
            return START

        with SendJournal(path, clock=clock) as third:
            assert third.settle(entry.id, JournalState.ACCEPTED, sid="SM1").state is JournalState.ACCEPTED
        writing[0].join()
        assert len(one.entries("AC1")) == 2


def test_a_journal_of_a_newer_version_refuses_sends_and_is_left_alone(path):
    with SendJournal(path) as outbox:
        begin(outbox)
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 2")
    database.close()
    with SendJournal(path) as outbox, pytest.raises(OutboxUnavailable, match="newer") as caught:
        begin(outbox)
    assert caught.value.remedy
    assert not list(path.parent.glob("*.broken-*"))


def test_a_place_that_cannot_be_written_refuses_the_send(tmp_path):
    (tmp_path / "file").touch()
    outbox = SendJournal(tmp_path / "file" / "outbox.sqlite3")
    for _ in range(2):
        with pytest.raises(OutboxUnavailable) as caught:
            begin(outbox)
        assert caught.value.remedy


FULL = """
import resource, sys
from pathlib import Path
from tui.storage.errors import OutboxUnavailable
from tui.storage.journal import SendJournal
from tui.storage.journal_entry import NewSend
outbox = SendJournal(Path(sys.argv[1]))
def begin(body):
    return outbox.begin(NewSend("acme", "AC1", "+1", "+2", body))
begin("before")
used = Path(sys.argv[1] + "-wal").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (used + 4096, resource.RLIM_INFINITY))
try:
    begin("hunter2" * 10_000)
except OutboxUnavailable as problem:
    assert "hunter2" not in str(problem)
    print(problem.reason)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
begin("after")
print([entry.body for entry in outbox.entries("AC1")])
outbox.close()
"""


def test_a_full_disk_refuses_the_send_and_space_made_is_used_again(path):
    ran = subprocess.run([sys.executable, "-c", FULL, str(path)], capture_output=True, text=True)
    assert ran.stderr == ""
    reason, bodies = ran.stdout.splitlines()
    assert reason.startswith("The send journal cannot be used: ")
    assert bodies == "['after', 'before']"


def test_what_is_no_file_is_neither_waited_for_nor_changed(path):
    path.parent.mkdir()
    os.mkfifo(path)
    path.chmod(0o666)
    with pytest.raises(OutboxUnavailable, match="Not a regular file"), SendJournal(path) as outbox:
        begin(outbox)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666


def test_a_late_answer_is_written_down_after_closing(path):
    outbox = SendJournal(path)
    entry = begin(outbox)
    outbox.close()
    outbox.settle(entry.id, JournalState.ACCEPTED, sid="SM1")
    outbox.close()
    with SendJournal(path) as again:
        assert kept(again, entry).sid == "SM1"


# -- what is shown, and what is forgotten ----------------------------------------------------------


def test_the_history_begins_with_what_nobody_knows_the_end_of(outbox):
    first, second, third, fourth = (begin(outbox, body=str(number)) for number in range(4))
    outbox.settle(first.id, JournalState.UNKNOWN)
    outbox.settle(second.id, JournalState.ACCEPTED, sid="SM2")
    outbox.settle(third.id, JournalState.UNKNOWN)
    begin(outbox, account_sid="AC2")
    assert [entry.id for entry in outbox.history("AC1")] == [third.id, first.id, fourth.id, second.id]
    assert [entry.id for entry in outbox.history("AC1", 3)] == [third.id, first.id, fourth.id]


def test_it_is_known_which_sends_were_made_by_hand(outbox):
    begin(outbox)
    begin(outbox, by_hand=True)
    assert [entry.by_hand for entry in outbox.history("AC1")] == [True, False]


def test_a_journal_of_an_earlier_version_is_read_and_stays_readable_for_it(path):
    with SendJournal(path) as outbox:
        begin(outbox)
    with closing(sqlite3.connect(path)) as earlier:
        earlier.execute("ALTER TABLE sends DROP COLUMN by_hand")
        earlier.execute("ALTER TABLE sends DROP COLUMN base")
        earlier.commit()
    with SendJournal(path) as outbox:
        assert not outbox.history("AC1")[0].by_hand
        assert begin(outbox, by_hand=True).by_hand
    with closing(sqlite3.connect(path)) as earlier:
        # As the earlier version writes: it names its columns, and this one is not among them.
        earlier.execute(
            "INSERT INTO sends (connection, account_sid, recipient, sender, body, media, state, started_at, pid, "
            "process) SELECT connection, account_sid, recipient, sender, body, media, state, started_at, pid, process "
            "FROM sends LIMIT 1"
        )
        earlier.commit()
        assert earlier.execute("PRAGMA user_version").fetchone() == (1,)
    with SendJournal(path) as outbox:
        assert [entry.by_hand for entry in outbox.history("AC1")] == [False, True, False]


@pytest.fixture
def crowded(path):
    """A journal with six settled sends of account AC1, a day apart from START on."""
    days = itertools.count()
    moment = [START]
    with SendJournal(path, clock=lambda: moment[0]) as outbox:
        for state in (JournalState.ACCEPTED, JournalState.REJECTED, JournalState.NOT_SENT) * 2:
            moment[0] = START + timedelta(days=next(days))
            outbox.settle(begin(outbox).id, state)
        yield outbox, moment


def test_old_settled_sends_beyond_the_newest_are_forgotten(crowded):
    outbox, moment = crowded
    moment[0] = START + timedelta(days=89)
    assert outbox.prune(keep=3) == 0
    moment[0] = START + timedelta(days=91, hours=1)
    assert outbox.prune(keep=3) == 2
    moment[0] = START + timedelta(days=1000)
    assert outbox.prune(keep=3) == 1
    assert [entry.id for entry in outbox.history("AC1")] == [6, 5, 4]
    assert outbox.prune(keep=3) == 0


@pytest.mark.parametrize("state", [JournalState.UNKNOWN, JournalState.SENDING])
def test_nothing_is_forgotten_while_an_unknown_send_may_be_compared_with_it(crowded, state):
    outbox, moment = crowded
    entry = begin(outbox)
    if state is JournalState.UNKNOWN:
        outbox.settle(entry.id, state)
    other = [begin(outbox, account_sid="AC2").id for _ in range(5)]
    for number in other:
        outbox.settle(number, JournalState.REJECTED)
    moment[0] = START + timedelta(days=1000)
    assert outbox.prune(keep=3) == 2
    assert len(outbox.history("AC1")) == 7
    assert [one.id for one in outbox.history("AC2")] == other[:1:-1]
    outbox.settle(entry.id, JournalState.ACCEPTED, sid="SM1")
    assert outbox.prune(keep=3) == 4


@pytest.fixture
def written(path):
    """A journal of many sends, and after them three of account AC1 with words: accepted, rejected and unknown."""
    with SendJournal(path) as outbox:
        for number in range(200):
            outbox.settle(begin(outbox, body="x" * 700).id, JournalState.ACCEPTED, sid=f"SM{number}")
        for sid, state in (
            ("SMa", JournalState.ACCEPTED),
            ("SMb", JournalState.REJECTED),
            ("SMc", JournalState.UNKNOWN),
        ):
            more = {
                "options": [("ContentSid", "HX1"), ("ContentVariables", '{"1": "plum jam"}')],
                "media": ["https://jam"],
            }
            if sid == "SMb":
                more["template"] = SentTemplate("greeting", "en", "Dear quince tart")
            entry = begin(outbox, body=f"Bring {sid} plum cake", **more)
            outbox.settle(entry.id, state, sid=None if state is JournalState.UNKNOWN else sid)
        yield outbox


def test_words_are_withdrawn_from_settled_sends_and_from_the_file(written, path):
    changed = written.withdraw("AC1", {"SMa": False, "SMb": True, "SM1": True, "SMz": True})
    assert {entry.sid: entry.body[:5] for entry in changed} == {"SMa": "Bring", "SMb": "Bring", "SM1": "xxxxx"}
    found = {entry.sid: entry for entry in written.history("AC1", 1000)}
    assert [(e.body, e.media, e.options, e.withdrawn) for e in (found["SMa"], found["SMb"])] == [
        ("", ("https://jam",), (("ContentSid", "HX1"),), True),
        ("", (), (("ContentSid", "HX1"),), True),
    ]
    assert [files_with(path.parent, word) for word in ("SMa plum", "SMb plum")] == [[], []]
    assert found["SMb"].template == SentTemplate("greeting", "en", "")
    assert files_with(path.parent, "quince tart") == []
    # By its words it is recognised among the messages.
    assert (found[None].body, found[None].withdrawn) == ("Bring SMc plum cake", False)
    assert files_with(path.parent, "SMc plum")
    assert written.withdraw("AC1", {"SMa": False, "SMb": True}) == ()
    assert written.withdraw("AC2", {"SM2": True}) == ()
    assert written.withdraw("AC1", {"SMa": True})[0].media == ("https://jam",)


def test_what_another_program_was_in_the_way_of_is_overwritten_another_time(written, path):
    with another_reads(path, written._file._database):
        assert written.withdraw("AC1", {"SMa": False})
        assert files_with(path.parent, "SMa plum")
    written.overwrite()
    assert files_with(path.parent, "SMa plum") == []


def test_what_is_forgotten_with_age_is_overwritten_as_well(crowded, path):
    outbox, moment = crowded
    outbox.settle(begin(outbox, body="plum cake").id, JournalState.ACCEPTED)
    moment[0] = START + timedelta(days=1000)
    assert files_with(path.parent, "plum cake")
    outbox.settle(begin(outbox).id, JournalState.ACCEPTED)
    assert outbox.prune(keep=1) == 7
    assert files_with(path.parent, "plum cake") == []


def test_a_group_is_begun_whole_or_not_at_all(outbox):
    group = [NewSend("acme", "AC1", f"+{number}", "+2", "hello", job=7, item=number) for number in range(1, 9)]
    entries = outbox.begin_all(group)
    assert [(each.item, each.state) for each in entries] == [(number, JournalState.SENDING) for number in range(1, 9)]
    assert outbox.of_job(7) == entries
    assert outbox.of_job(7, [3, 5, 99]) == (entries[2], entries[4])
    with pytest.raises(OutboxConflict, match=r"Item 4 .* already"):
        outbox.begin_all([replace(group[0], item=9), group[3]])
    assert outbox.of_job(7, [9]) == ()
    ends = [SendEnd(each.id, JournalState.ACCEPTED, f"SM{each.id}") for each in entries]
    with pytest.raises(OutboxConflict):
        outbox.settle_all([*ends, SendEnd(999, JournalState.ACCEPTED)])
    assert {each.state for each in outbox.of_job(7)} == {JournalState.SENDING}
    assert outbox.settle_all(ends) == outbox.of_job(7)


@pytest.mark.parametrize("state", JournalState)
def test_an_item_of_a_job_is_begun_again_only_where_it_certainly_did_not_arrive(outbox, path, state):
    outbox.begin_all([NewSend("acme", "AC1", "+1", "+2", "", job=7, item=1)])
    if state is not JournalState.SENDING:
        outbox.settle(1, state)
    with SendJournal(path) as other:
        begin(other, job=7, item=2)
        begin(other, job=8, item=1)
        if state in (JournalState.REJECTED, JournalState.NOT_SENT):
            assert begin(other, job=7, item=1).item == 1
        else:
            with pytest.raises(OutboxConflict):
                begin(other, job=7, item=1)


def test_sends_of_jobs_stand_in_no_list_of_single_ones_unless_they_are_unknown(outbox):
    single = [begin(outbox), begin(outbox)]
    ours = outbox.begin_all([NewSend("acme", "AC1", "+1", "+2", "", job=7, item=number) for number in range(1, 5)])
    outbox.settle(ours[0].id, JournalState.ACCEPTED, sid="SM1")
    outbox.settle(ours[1].id, JournalState.REJECTED)
    outbox.settle(ours[2].id, JournalState.UNKNOWN)
    newer = begin(outbox, to="+3")
    assert [each.id for each in outbox.history("AC1")] == [ours[2].id, newer.id, single[1].id, single[0].id]
    assert [each.id for each in outbox.entries("AC1")] == [newer.id, ours[2].id, single[1].id, single[0].id]
    assert [each.id for each in outbox.unknown("AC1")] == [ours[2].id]
    every = [each.id for each in outbox.all_before("AC1")]
    assert every == sorted((each.id for each in (*single, *ours, newer)), reverse=True)
    assert [each.id for each in outbox.all_before("AC1", every[1], 2)] == every[2:4]
    # A lost send may be any of them.
    assert {each.id for each in outbox.open_ends("AC1", "+1")} == {each.id for each in (*single, *ours[1:])}
    outbox.settle(single[0].id, JournalState.UNKNOWN)
    given = []
    outbox.claim(
        single[0].id, lambda entry, rivals, claimed: given.append((len(rivals), claimed)), among=["SM1", "SM2"]
    )
    assert given == [(4, {"SM1"})]
    assert [each.item for each in outbox.of_messages("AC1", ["SM1"])] == [1]


def test_what_a_job_has_still_to_read_from_it_is_not_forgotten(path):
    moment = [START]
    with SendJournal(path, clock=lambda: moment[0]) as outbox:
        for job in (0, 0, 7, 8):
            outbox.settle(begin(outbox, job=job, item=job).id, JournalState.ACCEPTED)
        moment[0] += timedelta(days=91)
        assert outbox.prune(keep=1, jobs=[7]) == 2
        assert [each.job for each in outbox.of_job(7) + outbox.of_job(8)] == [7, 8]


def test_a_journal_has_a_mark_of_its_own_which_its_copy_has_as_well(outbox, path, tmp_path):
    mark = outbox.identity
    outbox.close()
    with SendJournal(path) as again, SendJournal(tmp_path / "other" / "outbox.sqlite3") as another:
        assert again.identity == mark
        assert another.identity not in ("", mark)


def test_what_is_asked_during_a_send_reads_no_more_of_a_journal_than_is_wanted(outbox):
    first, second = begin(outbox), begin(outbox)
    outbox.settle(first.id, JournalState.ACCEPTED, sid="SM1")
    steps = {
        "entries": lambda: outbox.entries("AC1"),
        "history": lambda: outbox.history("AC1"),
        "unknown": lambda: outbox.unknown("AC1"),
        "open ends": lambda: outbox.open_ends("AC1", "+1"),
        "claim": lambda: outbox.claim(second.id, lambda *_: Claim(JournalState.ACCEPTED, "SM2"), among=["SM1", "SM2"]),
        "of a job": lambda: (outbox.of_job(7), outbox.of_job(7, [1, 2])),
        "of messages": lambda: outbox.of_messages("AC1", ["SM1"]),
        "begin": lambda: begin(outbox, job=7, item=1),
        "settle": lambda: outbox.settle(begin(outbox).id, JournalState.ACCEPTED, sid="SM3"),
        "withdraw": lambda: outbox.having_words("AC1", {"SM1": True}),
        "withdraw jobs": lambda: outbox.withdraw_jobs([7]),
        "recover": outbox.recover,
        "overwrite": outbox.overwrite,
    }
    found = {name: scans(outbox._file._database, step) for name, step in steps.items()}
    # Those of nobody stand in an index of their own, which is empty.
    own = {step for each in found.values() for step in each if "sends_of_nobody" not in step}
    assert {each for each in own if not each.startswith("SCAN (subquery")} == set(), found
