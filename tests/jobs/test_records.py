"""The record of a change says what was done to which message, and nothing of what was in it."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.jobs.changes import SAID
from tui.jobs.model import ItemState, Job, JobCounts, JobItem, JobKind, JobState, NewJob
from tui.jobs.records import COLUMNS, file_name, is_recorded, write_record

NOW = datetime(2026, 11, 29, 18, tzinfo=UTC)
NUMBER = "+14155552671"
WORD = "Zwetschgenkuchen"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("records")


def job(kind: JobKind = JobKind.REDACT, state: JobState = JobState.FINISHED, items: tuple[JobItem, ...] = ()) -> Job:
    states: dict[ItemState, int] = {}
    for item in items:
        states[item.state] = states.get(item.state, 0) + 1
    new = NewJob(kind, f"{WORD} {NUMBER}", "harbor", "AC1", "https://api.twilio.com", source=f"with:{NUMBER} {WORD}")
    return Job(7, new, state, JobCounts(states), NOW, NOW, NOW, reason=f"{WORD} {NUMBER}")


DETAILS = st.one_of(
    st.sampled_from(["text removed", "text and 2 files removed", "gone already", *SAID.values()]),
    st.text().map(lambda text: f"{WORD} {NUMBER} {text}"),
    st.none(),
)
ITEMS = st.lists(
    st.builds(
        lambda number, state, attempts, detail, code: JobItem(
            7,
            number,
            number,
            state,
            sid=f"SM{number:032x}",
            attempts=attempts,
            detail=detail,
            code=code,
            cells=(WORD, NUMBER),
        ),
        st.integers(1, 10**6),
        st.sampled_from(list(ItemState)),
        st.integers(0, 2),
        DETAILS,
        st.sampled_from([None, 20009, 30007, 99999]),
    ),
    max_size=8,
).map(tuple)


@given(items=ITEMS)
def test_whatever_stands_in_its_items_no_word_and_no_number_of_them_is_in_a_record(
    folder: Path, items: tuple[JobItem, ...]
) -> None:
    record, table = folder / "x.jsonl", folder / "x.csv"
    made = job(items=items)
    assert write_record(made, lambda: items, record, written_at=NOW, replace=True) == len(items)
    assert write_record(made, lambda: items, table, written_at=NOW, replace=True, csv=True) == len(items)
    for file in (record, table):
        text = file.read_text()
        assert WORD not in text
        assert NUMBER not in text
        assert file.stat().st_mode & 0o777 == 0o600
    head, *lines = map(json.loads, record.read_text().splitlines())
    assert sum(head["counts"].values()) == len(items)
    with table.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [each["sid"] for each in lines] == [each["sid"] for each in rows] == [item.sid for item in items]
    for item, line, row in zip(items, lines, rows, strict=True):
        assert set(line) == set(COLUMNS)
        assert row["result"] == line["result"]
        assert (line["result"] == "done") == (item.state is ItemState.DONE)
        # Whatever was begun may have been done, and was at that time.
        assert (line["result"] == "not done") == (item.state is ItemState.WAITING and not item.attempts)
        assert head["counts"][line["result"]] == [each["result"] for each in lines].count(line["result"])
        assert line["what"] in (None, item.detail)
        assert row["account_sid"] == "AC1"


def test_only_changes_that_have_ended_are_recorded_each_under_a_name_of_its_own() -> None:
    assert [kind for kind in JobKind if is_recorded(job(kind))] == [JobKind.REDACT, JobKind.DELETE, JobKind.CANCEL]
    assert [state for state in JobState if is_recorded(job(state=state))] == [JobState.FINISHED, JobState.STOPPED]
    assert file_name(job()) == "20261129-180000-redact-7.jsonl"
