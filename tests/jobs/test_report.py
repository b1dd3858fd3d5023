"""What became of a job's items: every item in exactly one group, from the store's marks and what messages came to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tui.jobs.model import ItemResult, ItemState, JobKind, JobState, LeftOut, NewItem, NewJob
from tui.jobs.report import Became, Fate, ItemMark, SentOutcome, group_items, mark_of
from tui.jobs.store import JobStore
from tui.twilio.drafts import Draft
from tui.twilio.message import STATUSES

NEW = NewJob(JobKind.CAMPAIGN, "Autumn", "harbor", "AC" + "1" * 32, "https://api.twilio.com")

MARKS = st.lists(
    st.builds(
        ItemMark,
        st.just(0),
        st.sampled_from(ItemState),
        st.none() | st.just("SM1"),
        st.none() | st.sampled_from([30007, 21610]),
        st.none() | st.sampled_from(LeftOut),
        st.booleans(),
    ),
    max_size=30,
).map(lambda marks: [ItemMark(n, m.state, m.sid, m.code, m.left_out, m.later) for n, m in enumerate(marks, 1)])
OUTCOMES = st.dictionaries(
    st.integers(1, 30), st.builds(SentOutcome, st.sampled_from([*STATUSES, "new"]), st.none() | st.just(30007))
)


@given(st.sampled_from(JobKind), MARKS, OUTCOMES)
def test_every_item_is_in_one_group_and_what_is_unknown_is_never_among_those_that_failed(kind, marks, outcomes):
    groups = group_items(kind, marks, outcomes)
    assert sorted(n for numbers in groups.values() for n in numbers) == [mark.number for mark in marks]
    assert all(list(numbers) == sorted(numbers) for numbers in groups.values())
    of = {number: group for group, numbers in groups.items() for number in numbers}
    for mark in marks:
        fate = of[mark.number].fate
        assert (fate is Fate.UNKNOWN) == (mark.state is ItemState.UNKNOWN)
        assert (fate is Fate.WAITING) == (mark.state is ItemState.WAITING)
        if fate is Fate.FAILED:
            assert mark.state is ItemState.FAILED or outcomes[mark.number].status != "delivered"


def test_the_store_tells_as_much_of_each_item_as_its_group_needs():
    now = datetime(2026, 11, 29, 17, 0, tzinfo=UTC)
    clock = [now]
    items = [NewItem(n, Draft(f"+1415555{n:04}", "+15005550006", "Hi")) for n in range(1, 1202)]
    items.append(NewItem(1202, left_out=LeftOut.OPTED_OUT))
    with JobStore(None, clock=lambda: clock[0]) as store:
        job = store.create(NEW, items)
        store.set_state(job.id, JobState.RUNNING)
        store.claim(job.id, range(1, 8))
        clock[0] += timedelta(seconds=5)
        store.settle(
            job.id,
            [
                ItemResult(1, ItemState.DONE, "SM" + "1" * 32),
                ItemResult(2, ItemState.DONE, "SM" + "2" * 32),
                ItemResult(3, ItemState.DONE, "SM" + "3" * 32),
                ItemResult(4, ItemState.FAILED, code=21211),
                ItemResult(5, ItemState.UNKNOWN),
                ItemResult(6, ItemState.LEFT_OUT, left_out=LeftOut.OPTED_OUT),
            ],
        )
        outcomes = {1: SentOutcome("delivered", None, Decimal("-0.0079"), "USD"), 2: SentOutcome("undelivered", 30007)}
        marks, _ = store.marks(job.id)
        assert {group: len(numbers) for group, numbers in group_items(JobKind.CAMPAIGN, marks, outcomes).items()} == {
            Became(Fate.UNKNOWN): 1,
            Became(Fate.FAILED, 21211): 1,
            Became(Fate.FAILED, 30007): 1,
            Became(Fate.WAITING): 1194,
            Became(Fate.LEAVING): 1,
            Became(Fate.ON_THE_WAY): 1,
            Became(Fate.DELIVERED): 1,
            Became(Fate.OPTED_OUT): 1,
            Became(Fate.LEFT_OUT, left_out=LeftOut.OPTED_OUT): 1,
        }
        few = store.items_by_number(job.id, [1202, 6, 5000])
        assert [each.number for each in few] == [6, 1202]
        assert [mark_of(each, job) for each in few] == [marks[5], marks[1201]]
