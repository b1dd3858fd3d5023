"""What became of the items of a run that died: by the newest send of each in the journal, and by nothing else."""

from __future__ import annotations

import itertools
import sqlite3
from dataclasses import replace

import pytest

from tui.jobs.model import ItemResult, ItemState, JobKind, JobState, NewItem, NewJob
from tui.jobs.store import JobStore
from tui.services.job_settling import settle_journal, settle_left
from tui.storage.journal import JournalState, SendJournal
from tui.storage.journal_entry import NewSend
from tui.twilio.drafts import Draft

ACCOUNT, BASE, FROM = "AC" + "1" * 32, "https://api.twilio.com", "+15005550006"

SID = "SM" + "1" * 32

BECOMES = {
    # What its sends are in the journal, oldest first → what the item is then.
    (): "waiting",
    (("sending", None),): "unknown",
    (("unknown", None),): "unknown",
    (("accepted", None),): "done",
    (("not_sent", None),): "waiting",
    (("rejected", 21211),): "failed",
    # Those are not failures of its own: the run would have put it back.
    (("rejected", 20003),): "waiting",
    (("rejected", 21611),): "waiting",
    (("not_sent", 20429), ("rejected", 21211)): "failed",
    (("not_sent", None), ("not_sent", None), ("accepted", None)): "done",
    (("rejected", 20003), ("unknown", None)): "unknown",
}


@pytest.fixture
def store():
    with JobStore(None) as opened:
        yield opened


def begun(store, outbox, sends, kind=JobKind.CAMPAIGN):
    """A job of one item that a run had claimed, with these sends."""
    new = NewJob(kind, "Autumn", "harbor", ACCOUNT, BASE, senders=(FROM,))
    job = store.create(new, [NewItem(1, Draft("+14155550001", FROM, "Hello"), SID if kind is JobKind.REDACT else None)])
    store.set_state(job.id, JobState.RUNNING, journal=outbox.identity)
    store.claim(job.id, [1])
    for number, (state, code) in enumerate(sends):
        entry = outbox.begin_all(
            [NewSend("harbor", ACCOUNT, "+14155550001", FROM, "Hello", job=job.id, item=1, base=BASE)]
        )[0]
        if state != "sending":
            sid = f"SM{job.id + number:032}" if state == "accepted" else None
            outbox.settle(entry.id, JournalState(state), sid=sid, code=code, detail="Why.")
    return job.id


@pytest.mark.parametrize("sends", BECOMES, ids=str)
def test_an_item_is_what_its_newest_send_is(store, sends):
    with SendJournal(None) as outbox:
        id = begun(store, outbox, sends)
        assert settle_left(store, outbox, id) == 1
        item = store.items(id)[0]
        assert item.state.value == BECOMES[sends]
        assert (item.sid is not None) is (item.state is ItemState.DONE)
        # Once more changes nothing.
        assert settle_left(store, outbox, id) == 0


def test_one_without_a_send_in_another_journal_than_it_was_written_into_is_unknown(store):
    with SendJournal(None) as lost, SendJournal(None) as outbox:
        id = begun(store, lost, [("accepted", None)])
        settle_left(store, outbox, id)
        item = store.items(id)[0]
        assert item.state is ItemState.UNKNOWN and item.detail is not None and "journal" in item.detail


@pytest.mark.parametrize("tried", [None, "not_sent", "rejected"])
def test_one_whose_send_an_older_copy_of_the_journal_lacks_is_unknown(store, tmp_path, tried):
    # The copy has what was tried of it before, and not the send that was on its way when its run died.
    file, copy = tmp_path / "outbox.sqlite3", tmp_path / "copy.sqlite3"
    with SendJournal(file) as outbox:
        new = NewJob(JobKind.CAMPAIGN, "Autumn", "harbor", ACCOUNT, BASE, senders=(FROM,))
        drafts = [Draft(f"+1415555000{n}", FROM, "Hello") for n in (1, 2)]
        job = store.create(new, [NewItem(n, draft) for n, draft in enumerate(drafts, 1)])
        store.set_state(job.id, JobState.RUNNING, journal=outbox.identity)
        store.claim(job.id, [1, 2])
        send = NewSend("harbor", ACCOUNT, drafts[0].to, FROM, "Hello", job=job.id, item=1, base=BASE)
        if tried is not None:
            (first,) = outbox.begin_all([send])
            outbox.settle(first.id, JournalState(tried), code=20429)
        with sqlite3.connect(copy) as older, sqlite3.connect(file) as whole:
            whole.backup(older)
        outbox.begin_all([send])
        (other,) = outbox.begin_all([replace(send, item=2, to=drafts[1].to)])
        store.settle(job.id, [ItemResult(2, ItemState.DONE, SID, entry=other.id)])
    with SendJournal(copy) as outbox:
        settle_left(store, outbox, job.id)
    assert [item.state.value for item in store.items(job.id)] == ["unknown", "done"]


def test_a_change_may_be_made_again(store):
    with SendJournal(None) as outbox:
        id = begun(store, outbox, (), JobKind.REDACT)
        settle_left(store, outbox, id)
        assert store.items(id)[0].state is ItemState.WAITING


def test_many_are_settled_each_by_its_own(store):
    with SendJournal(None) as outbox:
        new = NewJob(JobKind.CAMPAIGN, "Autumn", "harbor", ACCOUNT, BASE, senders=(FROM,))
        items = [NewItem(n, Draft(f"+1415555{n:04}", FROM, "Hello")) for n in range(1, 601)]
        id = store.set_state(store.create(new, items).id, JobState.RUNNING, journal=outbox.identity).id
        store.claim(id, list(range(1, 501)))
        kinds = itertools.cycle((None, JournalState.ACCEPTED, JournalState.UNKNOWN, JournalState.REJECTED))
        for number, state in zip(range(1, 501), kinds, strict=False):
            if state is None:
                continue
            (entry,) = outbox.begin_all(
                [NewSend("harbor", ACCOUNT, items[number - 1].draft.to, FROM, "Hello", job=id, item=number)]
            )
            sid = f"SM{number:032}" if state is JournalState.ACCEPTED else None
            outbox.settle(entry.id, state, sid=sid, code=21211 if state is JournalState.REJECTED else None)
        assert settle_left(store, outbox, id) == 500
        counts = {state.value: count for state, count in store.job(id).counts.states.items()}
        assert counts == {"waiting": 225, "done": 125, "unknown": 125, "failed": 125}


def test_a_send_that_is_known_to_be_done_is_not_left_unknown_in_the_journal(store):
    with SendJournal(None) as outbox:
        id = begun(store, outbox, [("unknown", None)])
        (entry,) = outbox.of_job(id)
        settle_journal(store, outbox, ACCOUNT)
        assert outbox.of_job(id)[0].state is JournalState.UNKNOWN
        store.settle(id, [ItemResult(1, ItemState.DONE, SID, entry=entry.id)])
        settle_journal(store, outbox, ACCOUNT)
        assert (outbox.of_job(id)[0].state, outbox.of_job(id)[0].sid) == (JournalState.ACCEPTED, SID)
